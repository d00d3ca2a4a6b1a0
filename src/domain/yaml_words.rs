//! The words of serde's and the YAML library's messages as a person reads them: no name of a type
//! of ours, and the key that is likely meant.

use super::nearest::nearest;

/// Most letters of a value that are shown.
const SHOWN: usize = 80;
/// Most known words that are listed where none is near.
const LISTED: usize = 40;

/// How the rest of a message goes on that begins in a known way; `None` where it does not.
type Told = fn(&str) -> Option<String>;

/// A message in plain words. A path in front of it, such as `caps.turns: `, stays.
pub fn plain(message: &str) -> String {
    let forms: [(&str, Told); 6] = [
        ("unknown field `", |rest| unknown(rest, "unknown key")),
        ("unknown variant `", |rest| unknown(rest, "unknown word")),
        ("missing field `", |rest| {
            Some(format!("the key `{}` is missing", rest.strip_suffix('`')?))
        }),
        ("invalid type: ", |rest| mismatch(rest)),
        ("invalid value: ", |rest| mismatch(rest)),
        ("invalid length ", |rest| {
            let (length, wanted) = rest.split_once(", expected ")?;
            Some(format!("expected {}, not {length} entries", expected(wanted)))
        }),
    ];
    for (start, read) in forms {
        let Some((before, rest)) = message.split_once(start) else { continue };
        // Elsewhere the words are someone's own, quoted.
        if (before.is_empty() || before.ends_with(": "))
            && let Some(said) = read(rest)
        {
            return format!("{before}{said}");
        }
    }
    if message.ends_with("repetition limit exceeded") {
        return "its aliases (`*name`) repeat too much; write out what they stand for".to_owned();
    }
    match message.split_once("data did not match any variant of") {
        Some((before, _)) => format!("{before}this has none of the forms that are known here"),
        None => message.to_owned(),
    }
}

/// What to say of a word that is none of those known.
pub fn not_known(what: &str, word: &str, known: &[&str]) -> String {
    match nearest(word, known.iter().copied()) {
        Some(meant) => format!("{what} `{word}`; did you mean `{meant}`?"),
        None if known.is_empty() || known.len() > LISTED => format!("{what} `{word}`"),
        None => format!("{what} `{word}`; known here are {}", known.join(", ")),
    }
}

/// `x`, expected one of `a`, `b`, as serde goes on.
fn unknown(rest: &str, what: &str) -> Option<String> {
    let (word, known) = rest.split_once('`')?;
    let known: Vec<&str> = known.split('`').skip(1).step_by(2).collect();
    Some(not_known(what, word, &known))
}

fn mismatch(rest: &str) -> Option<String> {
    // What was found may hold these words, too; what was expected does not.
    let (found, wanted) = rest.rsplit_once(", expected ")?;
    Some(format!("expected {}, not {}", expected(wanted), instead(found)))
}

fn expected(wanted: &str) -> String {
    match wanted {
        "u8" => "a whole number from 0 to 255".to_owned(),
        "u16" => "a whole number from 0 to 65535".to_owned(),
        "u32" => "a whole number from 0 to 4294967295".to_owned(),
        "u64" | "usize" | "u128" => "a whole number, 0 or more".to_owned(),
        "i8" | "i16" | "i32" | "i64" | "i128" | "isize" | "an integer" => {
            "a whole number".to_owned()
        }
        "f32" | "f64" | "a float" => "a number".to_owned(),
        "a string" | "string" | "str" | "a borrowed string" => "a text".to_owned(),
        "a character" | "char" => "one letter".to_owned(),
        "a boolean" | "bool" => "`true` or `false`".to_owned(),
        "a sequence" => "a list".to_owned(),
        "a map" => "a mapping".to_owned(),
        "unit" | "null" => "nothing".to_owned(),
        "field identifier" => "the name of a key".to_owned(),
        "variant identifier" | "string or map" => "a word".to_owned(),
        _ if wanted.contains("enum ") => "one of the words that are known here".to_owned(),
        _ if wanted.contains("tuple ") || wanted.contains("sequence of ") => "a list".to_owned(),
        _ if wanted.starts_with("an array") || wanted.starts_with("array") => "a list".to_owned(),
        _ if wanted.starts_with("struct ") || wanted.starts_with("map containing") => {
            "a mapping".to_owned()
        }
        _ => wanted.to_owned(),
    }
}

/// What was found; of a long text its beginning.
fn instead(found: &str) -> String {
    let cut: String = found.chars().take(SHOWN).collect();
    let short = if cut.len() < found.len() { format!("{cut}…") } else { cut };
    let found = short.as_str();
    match found {
        "sequence" => "a list".to_owned(),
        "map" => "a mapping".to_owned(),
        "unit value" | "Option value" | "null" => "nothing".to_owned(),
        "enum" | "unit variant" | "newtype variant" | "tuple variant" | "struct variant" => {
            "a value with a tag".to_owned()
        }
        _ => {
            let (kind, value) = found.split_once(' ').unwrap_or(("", found));
            match kind {
                "integer" => format!("the number {value}"),
                "string" => format!("the text {value}"),
                "boolean" => value.to_owned(),
                "floating" => format!("the number {}", value.trim_start_matches("point ")),
                "character" => format!("the letter {value}"),
                _ => found.to_owned(),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_name_of_a_type_is_left() {
        let said = [
            "invalid type: sequence, expected struct Config",
            "caps.turns: invalid type: string \"a, expected b\", expected u64",
            "invalid value: integer `-1`, expected u32",
            "invalid type: floating point `1.5`, expected u8",
            "invalid type: unit value, expected a string",
            "invalid type: boolean `true`, expected f64",
            "invalid type: map, expected internally tagged enum CommandRule",
            "invalid length 3, expected a tuple of size 2",
            "rules[0]: data did not match any variant of untagged enum Either",
            "missing field `version`",
            "repetition limit exceeded",
        ];
        insta::assert_snapshot!(said.map(plain).join("\n"), @r#"
        expected a mapping, not a list
        caps.turns: expected a whole number, 0 or more, not the text "a, expected b"
        expected a whole number from 0 to 4294967295, not the number `-1`
        expected a whole number from 0 to 255, not the number `1.5`
        expected a text, not nothing
        expected a number, not `true`
        expected one of the words that are known here, not a mapping
        expected a list, not 3 entries
        rules[0]: this has none of the forms that are known here
        the key `version` is missing
        its aliases (`*name`) repeat too much; write out what they stand for
        "#);
    }

    #[test]
    fn of_a_long_text_the_beginning_is_shown() {
        let said = plain(&format!("invalid type: string \"{}\", expected u64", "é".repeat(9_000)));
        assert!(said.ends_with("éé…") && said.len() < 300, "{said}");
    }

    #[test]
    fn an_unknown_word_gets_the_nearest_or_all_that_are_known() {
        let said = [
            "models: unknown field `plnner`, expected one of `planner`, `cheap`",
            "unknown field `zzz`, expected `why`",
            "unknown variant `fxi`, expected `fix` or `docs`",
            "unknown field `x`, there are no fields",
            "there is no key `unknown field `",
        ];
        insta::assert_snapshot!(said.map(plain).join("\n"), @r#"
        models: unknown key `plnner`; did you mean `planner`?
        unknown key `zzz`; known here are why
        unknown word `fxi`; did you mean `fix`?
        unknown key `x`
        there is no key `unknown field `
        "#);
    }
}
