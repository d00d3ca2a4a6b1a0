//! Arguments against their schema: read, mended where the meaning is plain, then validated.

use jsonschema::{Draft, Validator, error::ValidationErrorKind};
use serde_json::{Map, Number, Value};

use super::{cap::floor, lenient};

/// Most faults that are told at once.
const FAULTS: usize = 8;
/// Most bytes of one told fault.
const FAULT_BYTES: usize = 300;
/// Longest arguments that are looked at, in bytes.
pub const ARGUMENT_BYTES: usize = 1 << 20;
/// Keys that models wrap arguments in once too often.
const WRAPPERS: [&str; 4] = ["arguments", "parameters", "args", "input"];

/// A schema, compiled once per session.
#[derive(Debug)]
pub struct Schema {
    source: Value,
    validator: Validator,
}

impl Schema {
    /// Compiles a JSON Schema of draft 7; the error is the compiler's own words.
    pub fn compile(source: &Value) -> Result<Self, String> {
        // It has all that tools need, and the library gets ready for it in half a millisecond; for
        // the newest one it takes two, and as many megabytes, at a session's first request.
        let options = jsonschema::options().with_draft(Draft::Draft7);
        let validator = options.build(source).map_err(|fault| fault.to_string())?;
        Ok(Self { source: source.clone(), validator })
    }

    /// Reads arguments as a model wrote them: JSON with small faults forgiven, numbers, booleans,
    /// lists and objects given as text turned into what the schema asks for.
    /// What cannot be mended comes back as exact faults, one a line.
    pub fn read(&self, arguments: &str) -> Result<Value, Vec<String>> {
        if arguments.len() > ARGUMENT_BYTES {
            return Err(vec![format!(
                "the arguments are {} bytes long; the most is {ARGUMENT_BYTES}",
                arguments.len()
            )]);
        }
        let text = if arguments.trim().is_empty() { "{}" } else { arguments };
        let mut value = lenient::whole(text).ok_or_else(|| {
            let why = match serde_json::from_str::<Value>(text) {
                Err(fault) => fault.to_string(),
                Ok(_) => String::new(),
            };
            vec![format!("the arguments are not valid JSON: {why}")]
        })?;
        if let Value::String(inner) = &value
            && let Some(object @ Value::Object(_)) = lenient::whole(inner)
        {
            value = object;
        }
        unwrap(&mut value, &self.source);
        mend(&mut value, &self.source);
        let faults: Vec<String> = self
            .validator
            .iter_errors(&value)
            .take(FAULTS)
            .map(|fault| told(&fault, &self.source))
            .collect();
        if faults.is_empty() { Ok(value) } else { Err(faults) }
    }
}

fn told(fault: &jsonschema::ValidationError<'_>, schema: &Value) -> String {
    let place = fault.instance_path().to_string();
    // Masked: the fault names the place, it does not repeat a whole file that stood there.
    let mut text = if place.is_empty() {
        fault.masked_with("the arguments").to_string()
    } else {
        format!("{place}: {}", fault.masked_with("the value"))
    };
    if place.is_empty()
        && matches!(fault.kind(), ValidationErrorKind::AdditionalProperties { .. })
        && let Some(known) = schema.get("properties").and_then(Value::as_object)
    {
        text.push_str("; known are: ");
        text.push_str(&known.keys().cloned().collect::<Vec<_>>().join(", "));
    }
    if text.len() > FAULT_BYTES {
        text.truncate(floor(&text, FAULT_BYTES));
        text.push('…');
    }
    text
}

/// Takes off one wrapping that the schema does not know, such as `{"arguments": {...}}`.
fn unwrap(value: &mut Value, schema: &Value) {
    let Value::Object(fields) = &*value else { return };
    let [(key, inner @ Value::Object(_))] = fields.iter().collect::<Vec<_>>()[..] else { return };
    let known = schema.get("properties").and_then(|known| known.get(key)).is_some();
    if WRAPPERS.contains(&key.as_str()) && !known {
        *value = inner.clone();
    }
}

/// Turns values into the types that the schema asks for, where only one reading is possible.
fn mend(value: &mut Value, schema: &Value) {
    if !allows_type_of(value, schema)
        && let Some(better) = wanted(schema).find_map(|kind| converted(value, kind))
    {
        *value = better;
    }
    match value {
        Value::Object(fields) => mend_fields(fields, schema),
        Value::Array(values) => {
            if let Some(items) = schema.get("items") {
                for value in values {
                    mend(value, items);
                }
            }
        }
        Value::String(text) => {
            // Enumerations are written in any case.
            let same = schema.get("enum").and_then(Value::as_array).and_then(|choices| {
                let like = |choice: &&str| choice.eq_ignore_ascii_case(text.trim());
                choices.iter().filter_map(Value::as_str).find(like)
            });
            if let Some(same) = same {
                same.clone_into(text);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

fn mend_fields(fields: &mut Map<String, Value>, schema: &Value) {
    let Some(known) = schema.get("properties").and_then(Value::as_object) else { return };
    let required = |key: &str| {
        let names = schema.get("required").and_then(Value::as_array);
        names.is_some_and(|names| names.iter().any(|name| name == key))
    };
    // A null for something optional says that it was left out.
    fields.retain(|key, value| {
        !value.is_null()
            || required(key)
            || known.get(key).is_none_or(|schema| allows_type_of(value, schema))
    });
    for (key, schema) in known {
        if let Some(value) = fields.get_mut(key) {
            mend(value, schema);
        }
    }
}

/// The types that a schema names, in its order.
fn wanted(schema: &Value) -> impl Iterator<Item = &str> {
    let kinds = schema.get("type");
    let one = kinds.and_then(Value::as_str);
    let many = kinds.and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
    one.into_iter().chain(many)
}

fn allows_type_of(value: &Value, schema: &Value) -> bool {
    let mut named = wanted(schema).peekable();
    if named.peek().is_none() {
        return true;
    }
    named.any(|kind| match value {
        Value::Null => kind == "null",
        Value::Bool(_) => kind == "boolean",
        Value::Number(number) => {
            kind == "number" || (kind == "integer" && (number.is_i64() || number.is_u64()))
        }
        Value::String(_) => kind == "string",
        Value::Array(_) => kind == "array",
        Value::Object(_) => kind == "object",
    })
}

fn converted(value: &Value, kind: &str) -> Option<Value> {
    match (kind, value) {
        ("integer", Value::Number(number)) => whole_number(number.as_f64()?),
        ("integer", Value::String(text)) => {
            let text = text.trim();
            text.parse::<i64>().ok().map(Value::from).or_else(|| whole_number(text.parse().ok()?))
        }
        ("number", Value::String(text)) => text.trim().parse::<Number>().ok().map(Value::Number),
        ("boolean", Value::String(text)) => match text.trim().to_ascii_lowercase().as_str() {
            "true" => Some(Value::Bool(true)),
            "false" => Some(Value::Bool(false)),
            _ => None,
        },
        ("array", Value::String(text)) => match lenient::whole(text) {
            Some(list @ Value::Array(_)) => Some(list),
            // One thing where a list of things is wanted.
            Some(_) | None => Some(Value::Array(vec![value.clone()])),
        },
        ("array", Value::Object(_) | Value::Number(_)) => Some(Value::Array(vec![value.clone()])),
        ("object", Value::String(text)) => {
            lenient::whole(text).filter(|value| matches!(value, Value::Object(_)))
        }
        ("string", Value::Number(number)) => Some(Value::String(number.to_string())),
        ("string", Value::Bool(flag)) => Some(Value::String(flag.to_string())),
        _ => None,
    }
}

fn whole_number(number: f64) -> Option<Value> {
    // Beyond 2^53 a float no longer says which whole number is meant.
    let exact = number.fract() == 0.0 && number.abs() < 9_007_199_254_740_992.0;
    #[expect(clippy::cast_possible_truncation, reason = "within 2^53 and without a fraction")]
    exact.then(|| Value::from(number as i64))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn schema() -> Schema {
        Schema::compile(&json!({
            "type": "object",
            "additionalProperties": false,
            "required": ["path"],
            "properties": {
                "path": {"type": "string"},
                "line": {"type": "integer", "minimum": 1},
                "ratio": {"type": "number"},
                "all": {"type": "boolean"},
                "tags": {"type": "array", "items": {"type": "string"}},
                "status": {"type": "string", "enum": ["done", "partial"]},
                "blocker": {
                    "type": "object",
                    "additionalProperties": false,
                    "properties": {"lines": {"type": "array", "items": {"type": "integer"}}},
                },
            },
        }))
        .unwrap()
    }

    #[test]
    fn sound_arguments_pass_as_they_are() {
        let value = schema().read(r#"{"path": "a.rs", "line": 3, "tags": ["x"]}"#).unwrap();
        assert_eq!(value, json!({"path": "a.rs", "line": 3, "tags": ["x"]}));
    }

    #[test]
    fn plain_slips_of_type_are_mended() {
        for (given, meant) in [
            (json!({"path": "a", "line": "12"}), json!({"path": "a", "line": 12})),
            (json!({"path": "a", "line": 12.0}), json!({"path": "a", "line": 12})),
            (json!({"path": "a", "line": "12.0"}), json!({"path": "a", "line": 12})),
            (json!({"path": "a", "ratio": "0.5"}), json!({"path": "a", "ratio": 0.5})),
            (json!({"path": "a", "all": "True"}), json!({"path": "a", "all": true})),
            (
                json!({"path": "a", "tags": "[\"x\", \"y\"]"}),
                json!({"path": "a", "tags": ["x", "y"]}),
            ),
            (json!({"path": "a", "tags": "x"}), json!({"path": "a", "tags": ["x"]})),
            (json!({"path": "a", "tags": [1, true]}), json!({"path": "a", "tags": ["1", "true"]})),
            (json!({"path": 7}), json!({"path": "7"})),
            (json!({"path": "a", "status": "Done"}), json!({"path": "a", "status": "done"})),
            (json!({"path": "a", "line": null}), json!({"path": "a"})),
            (
                json!({"path": "a", "blocker": "{\"lines\": [\"1\"]}"}),
                json!({"path": "a", "blocker": {"lines": [1]}}),
            ),
            (json!({"arguments": {"path": "a"}}), json!({"path": "a"})),
        ] {
            assert_eq!(schema().read(&given.to_string()), Ok(meant), "{given}");
        }
    }

    #[test]
    fn faults_are_exact_and_do_not_repeat_the_value() {
        let long = "x".repeat(5000);
        let faults = schema().read(&json!({"file": long, "line": [1]}).to_string()).unwrap_err();
        insta::assert_snapshot!(faults.join("\n"), @r#"
        /line: the value is not of type "integer"
        Additional properties are not allowed ('file' was unexpected); known are: path, line, ratio, all, tags, status, blocker
        "path" is a required property
        "#);
    }

    #[test]
    fn a_bound_that_is_passed_is_told_with_its_place() {
        let faults = schema().read(r#"{"path": "a", "line": 0}"#).unwrap_err();
        insta::assert_snapshot!(faults.join("\n"), @"/line: the value is less than the minimum of 1");
    }

    #[test]
    fn text_that_is_no_json_is_told_with_the_place() {
        let faults = schema().read(r#"{"path": "a"#).unwrap_err();
        insta::assert_snapshot!(
            faults.join("\n"),
            @"the arguments are not valid JSON: EOF while parsing a string at line 1 column 11"
        );
    }

    #[test]
    fn no_arguments_mean_an_empty_object() {
        let free = Schema::compile(&json!({"type": "object"})).unwrap();
        assert_eq!(free.read(""), Ok(json!({})));
    }

    #[test]
    fn arguments_given_as_json_in_a_string_are_read() {
        assert_eq!(schema().read(r#""{\"path\": \"a\"}""#), Ok(json!({"path": "a"})));
    }

    #[test]
    fn endless_arguments_are_refused_unread() {
        let faults = schema().read(&"x".repeat(ARGUMENT_BYTES + 1)).unwrap_err();
        assert!(faults[0].contains("bytes long"), "{faults:?}");
    }

    #[test]
    fn a_broken_schema_is_an_error_not_a_panic() {
        assert!(Schema::compile(&json!({"type": 12})).is_err());
    }
}
