//! Texts without what is known, or looks, like a secret.

use memchr::memmem;

/// Shortest secret that is looked for: shorter ones would be found in ordinary words.
const MIN_SECRET: usize = 8;
/// What stands where a secret stood.
pub const WITHHELD: &str = "[withheld]";

/// Known secrets, in the order in which they are looked for.
#[derive(Clone, Default)]
pub struct Secrets(Vec<String>);

impl std::fmt::Debug for Secrets {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("Secrets(..)")
    }
}

impl Secrets {
    /// These, as far as they are long enough to be told from words.
    pub fn new(secrets: impl IntoIterator<Item = String>) -> Self {
        let mut known: Vec<String> =
            secrets.into_iter().filter(|secret| secret.len() >= MIN_SECRET).collect();
        // The longest first: one may be a part of another, whose rest must not be left.
        known.sort_by(|one, other| other.len().cmp(&one.len()).then_with(|| one.cmp(other)));
        known.dedup();
        Self(known)
    }

    /// The text without them; the same text when there are none.
    pub fn clean(&self, text: String) -> String {
        self.0.iter().fold(text, |text, secret| {
            if memmem::find(text.as_bytes(), secret.as_bytes()).is_some() {
                text.replace(secret.as_str(), WITHHELD)
            } else {
                text
            }
        })
    }

    /// Whether one of them stands there.
    pub fn are_in(&self, bytes: &[u8]) -> bool {
        self.0.iter().any(|secret| memmem::find(bytes, secret.as_bytes()).is_some())
    }

    /// The secrets, the longest first.
    pub fn known(&self) -> &[String] {
        &self.0
    }
}

/// Beginnings of keys, with the fewest characters that follow. After the makers' own notices.
const BEGINNINGS: [(&str, usize); 13] = [
    ("sk-", 20),
    ("sk_live_", 16),
    ("ghp_", 30),
    ("gho_", 30),
    ("ghs_", 30),
    ("github_pat_", 30),
    ("glpat-", 20),
    ("hf_", 30),
    ("gsk_", 30),
    ("xoxb-", 20),
    ("xoxp-", 20),
    ("AKIA", 16),
    ("AIza", 30),
];

/// Known secrets, and a sense for unknown ones.
#[derive(Clone, Debug, Default)]
pub struct Withheld {
    known: Secrets,
}

impl Withheld {
    /// Knows these secrets, as they are and as they stand in JSON.
    pub fn new(secrets: impl IntoIterator<Item = String>) -> Self {
        let forms = |secret: String| {
            let escaped = serde_json::Value::from(secret.as_str()).to_string();
            let escaped = escaped.trim_matches('"').to_owned();
            // What is too short as it is is too short in every form.
            (secret.len() >= MIN_SECRET).then_some([escaped, secret]).into_iter().flatten()
        };
        Self { known: Secrets::new(secrets.into_iter().flat_map(forms)) }
    }

    /// The text without them; the same text when there are none.
    pub fn clean(&self, text: String) -> String {
        unknown(self.known.clean(text))
    }

    /// Whether there is something to take out.
    pub fn is_in(&self, text: &str) -> bool {
        self.known.are_in(text.as_bytes())
            || BEGINNINGS.iter().any(|(begin, least)| places(text, begin, *least).next().is_some())
    }
}

/// Takes out what looks like a key.
fn unknown(mut text: String) -> String {
    for (begin, least) in BEGINNINGS {
        let found: Vec<(usize, usize)> = places(&text, begin, least).collect();
        for (start, end) in found.into_iter().rev() {
            text.replace_range(start..end, WITHHELD);
        }
    }
    text
}

/// Where keys that begin so stand.
fn places<'t>(
    text: &'t str,
    begin: &'static str,
    least: usize,
) -> impl Iterator<Item = (usize, usize)> + 't {
    text.match_indices(begin).filter_map(move |(start, _)| {
        let before = text[..start].chars().next_back();
        if before.is_some_and(|letter| letter.is_ascii_alphanumeric() || letter == '_') {
            return None;
        }
        let rest = &text[start + begin.len()..];
        let of_a_key = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '_' | '-');
        let length = rest.find(|letter| !of_a_key(letter)).unwrap_or(rest.len());
        // Words with dashes are no keys: those have digits and letters of both cases.
        let key = &rest[..length];
        let mixed = key.contains(|c: char| c.is_ascii_digit()) && key.contains(char::is_alphabetic);
        (length >= least && mixed).then_some((start, start + begin.len() + length))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_that_contains_another_leaves_nothing_of_itself_behind() {
        let known = ["secret-1", "secret-1-and-more", "short", "secret-1"].map(str::to_owned);
        let secrets = Secrets::new(known);
        assert_eq!(secrets.known(), ["secret-1-and-more", "secret-1"]);
        let text = "secret-1-and-more, secret-1, short".to_owned();
        assert!(secrets.are_in(text.as_bytes()));
        assert_eq!(secrets.clean(text), "[withheld], [withheld], short");
        assert!(!secrets.are_in(b"secret- short"));
    }

    #[test]
    fn known_secrets_are_withheld_also_in_the_way_json_writes_them() {
        let withheld = Withheld::new(["pass\"word\\1".to_owned(), "short".to_owned()]);
        assert_eq!(withheld.clean("a pass\"word\\1 b".to_owned()), "a [withheld] b");
        let json = serde_json::json!({"a": "pass\"word\\1", "b": "short"}).to_string();
        assert_eq!(withheld.clean(json), r#"{"a":"[withheld]","b":"short"}"#);
    }

    #[test]
    fn what_looks_like_a_key_is_withheld_and_words_are_not() {
        let withheld = Withheld::default();
        for key in [
            "sk-proj-abcDEF0123456789abcDEF",
            "ghp_0123456789abcdefghijABCDEFGHIJ012345",
            "AKIA0123456789ABCDEF",
        ] {
            let text = format!("key={key}, and more");
            assert!(withheld.is_in(&text), "{key}");
            assert_eq!(withheld.clean(text), "key=[withheld], and more");
        }
        for text in ["a task-of-the-week-in-the-middle", "sk-short1", "ask-0123456789abcdefghijk0"]
        {
            assert!(!withheld.is_in(text), "{text}");
            assert_eq!(withheld.clean(text.to_owned()), text);
        }
    }
}
