//! Reading a YAML file of a person's: one document, a mapping, each key once; and where it is at
//! fault, with the place and in plain words.

use std::{collections::BTreeSet, fmt};

use serde::de::{
    self, DeserializeOwned, DeserializeSeed, Deserializer, EnumAccess, IgnoredAny, MapAccess,
    SeqAccess, VariantAccess as _, Visitor,
};

use super::{
    yaml::{Overgrown, guard_yaml},
    yaml_words::plain,
};

/// What is wrong with a YAML file. Lines and columns count from 1.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line} column {column}: {what}")]
pub struct YamlFault {
    pub line: usize,
    pub column: usize,
    pub what: String,
}

impl From<Overgrown> for YamlFault {
    fn from(grown: Overgrown) -> Self {
        Self { line: grown.line, column: 1, what: grown.what }
    }
}

/// A file's bytes as text, or where they stop to be UTF-8.
pub fn yaml_text(bytes: Vec<u8>) -> Result<String, YamlFault> {
    String::from_utf8(bytes).map_err(|error| {
        let (line, column) = place_of(error.as_bytes(), error.utf8_error().valid_up_to());
        YamlFault { line, column, what: "not UTF-8; save the file as UTF-8".to_owned() }
    })
}

/// Reads one mapping. `wanted` says in words what the file should hold, such as `a mapping of
/// settings`. A file that is empty, or has comments only, is a mapping without keys.
pub fn read_yaml<T: DeserializeOwned>(text: &str, wanted: &str) -> Result<T, YamlFault> {
    guard_yaml(text)?;
    let told = |error: serde_yaml::Error| fault(&error, text);
    let mut documents = serde_yaml::Deserializer::from_str(text);
    let first = match documents.next() {
        Some(first) => first.deserialize_any(Walk::Top { wanted }).map_err(told)?,
        None => Seen::Nothing,
    };
    if let Some(second) = documents.next() {
        return Err(second_document(second, text));
    }
    let text_read = match first {
        Seen::Nothing => "{}",
        Seen::Something => text,
    };
    serde_yaml::from_str(text_read).map_err(told)
}

/// Reads a mapping that the program comes with, in half the time: what is looked for in a person's
/// file besides is not in ours, which tests see to.
pub fn read_own_yaml<T: DeserializeOwned>(text: &str) -> Result<T, YamlFault> {
    serde_yaml::from_str(text).map_err(|error| fault(&error, text))
}

/// A fault of the library's with its place, in plain words.
fn fault(error: &serde_yaml::Error, text: &str) -> YamlFault {
    let said = error.to_string();
    // Of a letter that may not stand in YAML the library tells the byte and not the line.
    let byte = said.split_once(" at position ").and_then(|(what, at)| {
        let digits: String = at.chars().take_while(char::is_ascii_digit).collect();
        Some((what, digits.parse::<usize>().ok()?))
    });
    if let Some((what, at)) = byte {
        let (line, column) = place_of(text.as_bytes(), at);
        return YamlFault { line, column, what: what.to_owned() };
    }
    let (line, column) = error.location().map_or((1, 1), |at| (at.line(), at.column()));
    // The place is told apart, in front.
    let what = said.replacen(&format!(" at line {line} column {column}"), "", 1);
    YamlFault { line, column, what: plain(&what) }
}

fn place_of(bytes: &[u8], at: usize) -> (usize, usize) {
    let before = String::from_utf8_lossy(bytes.get(..at).unwrap_or(bytes));
    let column = before.rsplit('\n').next().map_or(0, |line| line.chars().count());
    (before.split('\n').count(), column + 1)
}

/// A second document, told where it begins.
fn second_document(second: serde_yaml::Deserializer<'_>, text: &str) -> YamlFault {
    let what = "a second document begins here; the file must hold one only".to_owned();
    let begun = second.deserialize_any(Walk::Refused).err().and_then(|error| error.location());
    let (line, column) = begun.map_or((1, 1), |at| (at.line(), at.column()));
    let lines: Vec<&str> = text.lines().take(line).collect();
    match lines.iter().rposition(|line| line.starts_with("---")) {
        Some(at) if at > 0 => YamlFault { line: at + 1, column: 1, what },
        Some(_) | None => YamlFault { line, column, what },
    }
}

/// Whether a value stands where one is looked for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Seen {
    Nothing,
    Something,
}

/// Goes through all of a document before it is read as anything: what is raised here gets the place
/// of the very value or key from the library.
#[derive(Clone, Copy)]
enum Walk<'a> {
    /// The whole document, which must be a mapping.
    Top { wanted: &'a str },
    /// A value anywhere below.
    Below,
    /// A document that should not be there: whatever it is, it is refused.
    Refused,
}

impl Walk<'_> {
    /// Says of something that is not a mapping whether it may stand here.
    fn other<E: de::Error>(self, what: fmt::Arguments<'_>) -> Result<Seen, E> {
        match self {
            Walk::Top { wanted } => Err(E::custom(format_args!("expected {wanted}, not {what}"))),
            Walk::Below => Ok(Seen::Something),
            Walk::Refused => Err(E::custom("refused")),
        }
    }
}

impl<'de> DeserializeSeed<'de> for Walk<'_> {
    type Value = Seen;

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<Seen, D::Error> {
        from.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Walk<'_> {
    type Value = Seen;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a value")
    }

    fn visit_bool<E: de::Error>(self, value: bool) -> Result<Seen, E> {
        self.other(format_args!("`{value}`"))
    }

    fn visit_i64<E: de::Error>(self, value: i64) -> Result<Seen, E> {
        self.other(format_args!("the number `{value}`"))
    }

    fn visit_u64<E: de::Error>(self, value: u64) -> Result<Seen, E> {
        self.other(format_args!("the number `{value}`"))
    }

    fn visit_i128<E: de::Error>(self, value: i128) -> Result<Seen, E> {
        self.other(format_args!("the number `{value}`"))
    }

    fn visit_u128<E: de::Error>(self, value: u128) -> Result<Seen, E> {
        self.other(format_args!("the number `{value}`"))
    }

    fn visit_f64<E: de::Error>(self, value: f64) -> Result<Seen, E> {
        self.other(format_args!("the number `{value}`"))
    }

    fn visit_str<E: de::Error>(self, _: &str) -> Result<Seen, E> {
        self.other(format_args!("a single text"))
    }

    fn visit_none<E: de::Error>(self) -> Result<Seen, E> {
        self.visit_unit()
    }

    fn visit_unit<E: de::Error>(self) -> Result<Seen, E> {
        match self {
            Walk::Top { .. } | Walk::Below => Ok(Seen::Nothing),
            Walk::Refused => Err(E::custom("refused")),
        }
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Seen, A::Error> {
        self.other::<A::Error>(format_args!("a list"))?;
        while list.next_element_seed(Walk::Below)?.is_some() {}
        Ok(Seen::Something)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Seen, A::Error> {
        if matches!(self, Walk::Refused) {
            return Err(de::Error::custom("refused"));
        }
        let mut keys = BTreeSet::new();
        while map.next_key_seed(Once { keys: &mut keys })?.is_some() {
            map.next_value_seed(Walk::Below)?;
        }
        Ok(Seen::Something)
    }

    fn visit_enum<A: EnumAccess<'de>>(self, tagged: A) -> Result<Seen, A::Error> {
        self.other::<A::Error>(format_args!("a value with a tag"))?;
        let (_, value) = tagged.variant::<IgnoredAny>()?;
        value.newtype_variant_seed(Walk::Below)
    }
}

/// A key that must not have stood in its mapping before.
struct Once<'a> {
    keys: &'a mut BTreeSet<String>,
}

impl<'de> DeserializeSeed<'de> for Once<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<(), D::Error> {
        // Any scalar can be had as its text; a key that is no scalar is refused with its place.
        from.deserialize_str(self)
    }
}

impl Visitor<'_> for Once<'_> {
    type Value = ();

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a plain word as a key")
    }

    fn visit_str<E: de::Error>(self, key: &str) -> Result<(), E> {
        if self.keys.insert(key.to_owned()) {
            Ok(())
        } else {
            Err(E::custom(format_args!("the key `{key}` stands here a second time")))
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn told(text: &str) -> String {
        let read: Result<BTreeMap<String, serde_yaml::Value>, _> =
            read_yaml(text, "a mapping of settings");
        read.map_or_else(|fault| fault.to_string(), |read| format!("{} keys", read.len()))
    }

    #[test]
    fn a_file_that_is_no_single_mapping_is_told_with_its_place() {
        let texts = [
            "# mine\n- a: 1\n",
            "\n  just words\n",
            "3\n",
            "!x {a: 1}\n",
            "a: 1\n---\nb: 2\n",
            "---\na: 1\n--- {b: 2}\n",
            "a: 1\n...\n---\n",
            "a: [1\n",
            "a: 1\nb: \u{7}\n",
        ];
        insta::assert_snapshot!(texts.map(told).join("\n"), @r#"
        line 2 column 1: expected a mapping of settings, not a list
        line 2 column 3: expected a mapping of settings, not a single text
        line 1 column 1: expected a mapping of settings, not the number `3`
        line 1 column 1: expected a mapping of settings, not a value with a tag
        line 2 column 1: a second document begins here; the file must hold one only
        line 3 column 1: a second document begins here; the file must hold one only
        line 3 column 1: a second document begins here; the file must hold one only
        line 2 column 1: did not find expected ',' or ']', while parsing a flow sequence at line 1 column 4
        line 2 column 4: control characters are not allowed
        "#);
    }

    #[test]
    fn a_file_without_a_word_is_a_mapping_without_keys() {
        assert_eq!(["", "\n \n", "# all out\n", "---\n", "{}"].map(told), ["0 keys"; 5]);
        assert_eq!(told("---\na: 1\n...\n"), "1 keys");
    }

    #[test]
    fn a_repeated_key_is_told_where_it_stands_again() {
        let texts = [
            "a: 1\nb: 2\n\"a\": 3\n",
            "a:\n  b: 1\n  c: [{d: 1, d: 2}]\n",
            "a: {b: 1}\nc: {b: 1}\n",
            "a: &x {b: 1}\nc: *x\n",
            "[a]: 1\n",
        ];
        insta::assert_snapshot!(texts.map(told).join("\n"), @r#"
        line 3 column 1: the key `a` stands here a second time
        line 3 column 14: a.c[0]: the key `d` stands here a second time
        2 keys
        2 keys
        line 1 column 1: expected a plain word as a key, not a list
        "#);
    }

    #[test]
    fn bytes_that_are_no_text_have_a_line() {
        let fault = yaml_text(b"a: 1\nb: \xc3\xa9\xff\n".to_vec()).unwrap_err();
        assert_eq!(fault.to_string(), "line 2 column 5: not UTF-8; save the file as UTF-8");
    }
}
