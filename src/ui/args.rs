//! A look into a tool call's arguments: the text fields at the top of a JSON object.
//!
//! Only for showing: whoever acts on arguments parses them properly. What is not JSON has none.

use std::iter::Peekable;

type Chars<'a> = Peekable<std::str::Chars<'a>>;

/// The value of a text field at the top level, if it is there and a text.
pub fn text_field(json: &str, wanted: &str) -> Option<String> {
    let mut chars = json.chars().peekable();
    blanks(&mut chars);
    (chars.next()? == '{').then_some(())?;
    loop {
        blanks(&mut chars);
        let name = match chars.peek()? {
            '"' => string(&mut chars)?,
            ',' => {
                chars.next();
                continue;
            }
            _ => return None,
        };
        blanks(&mut chars);
        (chars.next()? == ':').then_some(())?;
        blanks(&mut chars);
        if *chars.peek()? == '"' {
            let value = string(&mut chars)?;
            if name == wanted {
                return Some(value);
            }
        } else {
            skip(&mut chars)?;
            if name == wanted {
                return None;
            }
        }
    }
}

fn blanks(chars: &mut Chars<'_>) {
    while chars.next_if(char::is_ascii_whitespace).is_some() {}
}

/// A string with its escapes undone.
fn string(chars: &mut Chars<'_>) -> Option<String> {
    chars.next_if_eq(&'"')?;
    let mut out = String::new();
    loop {
        match chars.next()? {
            '"' => return Some(out),
            '\\' => match chars.next()? {
                'n' => out.push('\n'),
                't' => out.push('\t'),
                'r' => out.push('\r'),
                'b' => out.push('\u{8}'),
                'f' => out.push('\u{c}'),
                'u' => out.push(escaped(chars)?),
                other => out.push(other),
            },
            other => out.push(other),
        }
    }
}

/// `\uXXXX`, or two of them as a surrogate pair.
fn escaped(chars: &mut Chars<'_>) -> Option<char> {
    let first = hex(chars)?;
    if (0xd800..0xdc00).contains(&first) && chars.next_if_eq(&'\\').is_some() {
        chars.next_if_eq(&'u')?;
        let second = hex(chars)?.checked_sub(0xdc00).filter(|low| *low < 0x400);
        let joined = second.map(|low| 0x1_0000 + ((first - 0xd800) << 10) + low);
        return Some(joined.and_then(char::from_u32).unwrap_or(char::REPLACEMENT_CHARACTER));
    }
    Some(char::from_u32(first).unwrap_or(char::REPLACEMENT_CHARACTER))
}

fn hex(chars: &mut Chars<'_>) -> Option<u32> {
    (0..4).try_fold(0, |sum, _| Some(sum * 16 + chars.next()?.to_digit(16)?))
}

/// Goes past a value that is no string.
fn skip(chars: &mut Chars<'_>) -> Option<()> {
    let mut depth = 0_usize;
    loop {
        match chars.peek()? {
            '"' => {
                string(chars)?;
                continue;
            }
            '{' | '[' => depth += 1,
            '}' | ']' | ',' if depth == 0 => return Some(()),
            '}' | ']' => depth -= 1,
            _ => {}
        }
        chars.next();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_field_is_found_among_others() {
        let json = r#" {"a": {"path": ["x", 1]}, "n": -1.5e3, "path": "src/\u00e9\ud83d\ude00\n\"b", "z": true}"#;
        assert_eq!(text_field(json, "path").as_deref(), Some("src/é😀\n\"b"));
        assert_eq!(text_field(json, "n"), None);
        assert_eq!(text_field(json, "gone"), None);
    }

    #[test]
    fn what_is_not_json_has_no_fields() {
        for json in
            ["", "[]", "{", "{\"path\"", "{\"path\": \"x", "{\"path\": \"\\u12", "{path: x}"]
        {
            assert_eq!(text_field(json, "path"), None, "{json}");
        }
    }
}
