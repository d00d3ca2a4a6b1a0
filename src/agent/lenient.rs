//! Reading JSON as models write it: forgiving in form, never guessing at what is missing.
//!
//! Forgiven: trailing commas, raw newlines inside strings, escapes that JSON does not know, keys
//! without quotes, single quotes, Python's `True`, `False`, `None` and `"""text"""`, JavaScript's
//! template strings. Not forgiven: anything unclosed, for it may have been cut off.

use serde_json::{Map, Number, Value};

/// Deepest nesting that is read.
const DEPTH: u32 = 64;

/// Reads a text that is one value and nothing else; a code fence around it is taken off.
pub(super) fn whole(text: &str) -> Option<Value> {
    let text = unfenced(text.trim());
    if let Ok(value) = serde_json::from_str(text) {
        return Some(value);
    }
    let (value, end) = first(text)?;
    text.get(end..)?.trim().is_empty().then_some(value)
}

/// Reads the value that a text begins with, and says where it ends in bytes.
pub(super) fn first(text: &str) -> Option<(Value, usize)> {
    let mut strict = serde_json::Deserializer::from_str(text).into_iter::<Value>();
    if let Some(Ok(value)) = strict.next() {
        return Some((value, strict.byte_offset()));
    }
    let mut reader = Reader { text, at: 0, depth: 0 };
    let value = reader.value()?;
    Some((value, reader.at))
}

fn unfenced(text: &str) -> &str {
    let Some(inner) = text.strip_prefix("```").and_then(|rest| rest.strip_suffix("```")) else {
        return text;
    };
    inner.split_once('\n').map_or(text, |(_info, body)| body.trim())
}

struct Reader<'a> {
    text: &'a str,
    /// Bytes read so far; always between characters.
    at: usize,
    depth: u32,
}

impl Reader<'_> {
    fn rest(&self) -> &str {
        &self.text[self.at..]
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn next(&mut self) -> Option<char> {
        let letter = self.peek()?;
        self.at += letter.len_utf8();
        Some(letter)
    }

    fn take(&mut self, wanted: &str) -> bool {
        let found = self.rest().starts_with(wanted);
        if found {
            self.at += wanted.len();
        }
        found
    }

    fn space(&mut self) {
        while self.peek().is_some_and(char::is_whitespace) {
            self.next();
        }
    }

    fn value(&mut self) -> Option<Value> {
        self.space();
        if self.depth >= DEPTH {
            return None;
        }
        self.depth += 1;
        let value = match self.peek()? {
            '{' => self.object(),
            '[' => self.array(),
            '"' | '\'' | '`' => self.string().map(Value::String),
            '-' | '0'..='9' => self.number(),
            _ => self.word(),
        };
        self.depth -= 1;
        value
    }

    fn object(&mut self) -> Option<Value> {
        self.take("{");
        let mut fields = Map::new();
        loop {
            self.space();
            if self.take("}") {
                return Some(Value::Object(fields));
            }
            let key = match self.peek()? {
                '"' | '\'' => self.string()?,
                _ => self.name()?,
            };
            self.space();
            if !self.take(":") {
                return None;
            }
            let value = self.value()?;
            fields.insert(key, value);
            self.space();
            if !self.take(",") && self.peek()? != '}' {
                return None;
            }
        }
    }

    fn array(&mut self) -> Option<Value> {
        self.take("[");
        let mut values = Vec::new();
        loop {
            self.space();
            if self.take("]") {
                return Some(Value::Array(values));
            }
            values.push(self.value()?);
            self.space();
            if !self.take(",") && self.peek()? != ']' {
                return None;
            }
        }
    }

    fn name(&mut self) -> Option<String> {
        let end = self.rest().find(|letter: char| {
            !(letter.is_ascii_alphanumeric() || matches!(letter, '_' | '-'))
        })?;
        let name = self.rest()[..end].to_owned();
        self.at += end;
        (!name.is_empty()).then_some(name)
    }

    fn word(&mut self) -> Option<Value> {
        let known = [
            ("true", Value::Bool(true)),
            ("True", Value::Bool(true)),
            ("false", Value::Bool(false)),
            ("False", Value::Bool(false)),
            ("null", Value::Null),
            ("None", Value::Null),
        ];
        known.into_iter().find_map(|(word, value)| self.take(word).then_some(value))
    }

    fn number(&mut self) -> Option<Value> {
        let rest = self.rest();
        let end = rest
            .find(|letter: char| !matches!(letter, '0'..='9' | '-' | '+' | '.' | 'e' | 'E'))
            .unwrap_or(rest.len());
        let number: Number = rest[..end].parse().ok()?;
        self.at += end;
        Some(Value::Number(number))
    }

    fn string(&mut self) -> Option<String> {
        if self.take("\"\"\"") {
            // Text in triple quotes is meant as it stands; its first line break is layout.
            self.take("\n");
            let end = self.rest().find("\"\"\"")?;
            let text = self.rest()[..end].to_owned();
            self.at += end + 3;
            return Some(text);
        }
        let quote = self.next()?;
        let mut text = String::new();
        loop {
            match self.next()? {
                letter if letter == quote => return Some(text),
                '\\' if quote == '`' => match self.next()? {
                    '`' => text.push('`'),
                    other => text.extend(['\\', other]),
                },
                '\\' => self.escape(&mut text)?,
                letter => text.push(letter),
            }
        }
    }

    fn escape(&mut self, text: &mut String) -> Option<()> {
        match self.next()? {
            'n' => text.push('\n'),
            't' => text.push('\t'),
            'r' => text.push('\r'),
            'b' => text.push('\u{8}'),
            'f' => text.push('\u{c}'),
            'u' => text.push(self.unicode()?),
            letter @ ('"' | '\'' | '\\' | '/') => text.push(letter),
            // A backslash before a line break joins the lines, as in C and the shell.
            '\n' => {}
            // `\d`, `\$` and the like: the writer forgot to double the backslash.
            letter => text.extend(['\\', letter]),
        }
        Some(())
    }

    fn unicode(&mut self) -> Option<char> {
        let high = self.hex()?;
        if !(0xD800..0xDC00).contains(&high) {
            return Some(char::from_u32(high).unwrap_or(char::REPLACEMENT_CHARACTER));
        }
        let before = self.at;
        if self.take("\\u") {
            let low = self.hex()?;
            if (0xDC00..0xE000).contains(&low) {
                return char::from_u32(0x1_0000 + ((high - 0xD800) << 10) + (low - 0xDC00));
            }
            self.at = before;
        }
        Some(char::REPLACEMENT_CHARACTER)
    }

    fn hex(&mut self) -> Option<u32> {
        let digits = self.rest().get(..4)?;
        let number = u32::from_str_radix(digits, 16).ok()?;
        self.at += 4;
        Some(number)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn forgives_what_models_get_wrong() {
        for (text, value) in [
            (r#"{"a": 1,}"#, json!({"a": 1})),
            (r"[1, 2, ]", json!([1, 2])),
            ("{\"a\": \"one\ntwo\"}", json!({"a": "one\ntwo"})),
            (r#"{"a": "\d+\.rs"}"#, json!({"a": "\\d+\\.rs"})),
            (r#"{"a": "it\'s"}"#, json!({"a": "it's"})),
            (r"{'a': 'b'}", json!({"a": "b"})),
            (r#"{a: "b"}"#, json!({"a": "b"})),
            (r#"{"a": True, "b": None}"#, json!({"a": true, "b": null})),
            ("{\"a\": \"\"\"\nfn x() {}\n\"\"\"}", json!({"a": "fn x() {}\n"})),
            ("{\"a\": `let s = \"x\";`,}", json!({"a": "let s = \"x\";"})),
            ("```json\n{\"a\": 1}\n```", json!({"a": 1})),
            (r#"{"a": "\ud83e\udd80",}"#, json!({"a": "🦀"})),
            (r#"{"a": "\ud83e",}"#, json!({"a": "\u{fffd}"})),
            (r#"{"a": -1.5e3,}"#, json!({"a": -1500.0})),
        ] {
            assert_eq!(whole(text), Some(value), "{text}");
        }
    }

    #[test]
    fn what_is_cut_off_is_not_completed() {
        for text in [
            r#"{"a": 1"#,
            r#"{"a": "b"#,
            "[1, 2",
            "{",
            "",
            r#"{"a" 1}"#,
            r#"{"a": "b" "c": 1}"#,
            r#"{"a": 1} and more"#,
            "\"\"\"open",
            "plain words",
            r#"{"a": "\u12"}"#,
        ] {
            assert_eq!(whole(text), None, "{text}");
        }
    }

    #[test]
    fn the_first_value_ends_where_it_ends() {
        let text = r#"{"a": 1} rest"#;
        assert_eq!(first(text), Some((json!({"a": 1}), 8)));
        assert_eq!(first("{a: 1,} rest"), Some((json!({"a": 1}), 7)));
    }

    #[test]
    fn endless_nesting_is_refused() {
        assert_eq!(whole(&"[".repeat(100_000)), None);
        assert_eq!(whole(&"{a:".repeat(100_000)), None);
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused_without_a_panic(text in "\\PC*") {
            let _ = whole(&text);
            if let Some((_, end)) = first(&text) {
                prop_assert!(text.is_char_boundary(end));
            }
        }

        #[test]
        fn any_soup_of_json_signs_is_read_or_refused(text in "[{}\\[\\]\",:'`\\\\ua0-9 \n-]{0,60}") {
            let _ = whole(&text);
        }
    }
}
