//! Messages of the commits that chargehand makes.

/// Most characters of a subject line.
const MOST_SUBJECT: usize = 100;
/// Most bytes of a body.
const MOST_BODY: usize = 8 * 1024;

/// A commit's message. Its words may come from a model: they are kept within their places, so
/// that no text can pose as a trailer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Message {
    pub subject: String,
    pub body: String,
    /// Keys and values of the last paragraph, such as `Chargehand-Task: greet`.
    pub trailers: Vec<(String, String)>,
}

impl Message {
    /// A message with a subject alone.
    pub fn new(subject: impl Into<String>) -> Self {
        Self { subject: subject.into(), ..Self::default() }
    }

    /// With a body.
    #[must_use]
    pub fn body(mut self, body: impl Into<String>) -> Self {
        self.body = body.into();
        self
    }

    /// With a trailer.
    #[must_use]
    pub fn trailer(mut self, key: &str, value: impl Into<String>) -> Self {
        self.trailers.push((key.to_owned(), value.into()));
        self
    }

    /// The text as git stores it.
    pub fn text(&self) -> String {
        let subject: String = one_line(&self.subject).chars().take(MOST_SUBJECT).collect();
        let mut paragraphs = vec![if subject.is_empty() { "Work".to_owned() } else { subject }];
        let body = paragraph(&self.body);
        if !body.is_empty() {
            paragraphs.push(body);
        }
        let trailers: Vec<String> = self
            .trailers
            .iter()
            .map(|(key, value)| format!("{}: {}", one_line(key), one_line(value)))
            .collect();
        if !trailers.is_empty() {
            paragraphs.push(trailers.join("\n"));
        }
        paragraphs.join("\n\n") + "\n"
    }
}

fn one_line(text: &str) -> String {
    let plain: String =
        text.chars().map(|char| if char.is_control() { ' ' } else { char }).collect();
    plain.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn paragraph(text: &str) -> String {
    let plain: String = text.chars().filter(|char| *char == '\n' || !char.is_control()).collect();
    let end = (0..=MOST_BODY.min(plain.len())).rev().find(|end| plain.is_char_boundary(*end));
    plain[..end.unwrap_or(0)].trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_a_subject_a_body_and_trailers() {
        let text = Message::new("Add  a\ngreeting")
            .body("Why.\n\nReviewed-by: nobody\u{1b}[31m\n\n")
            .trailer("Chargehand-Task", "greet")
            .text();
        insta::assert_snapshot!(text, @r"
        Add a greeting

        Why.

        Reviewed-by: nobody[31m

        Chargehand-Task: greet
        ");
    }

    #[test]
    fn long_and_empty_texts_are_bounded() {
        assert_eq!(Message::new(" \n ").text(), "Work\n");
        let text = Message::new("é".repeat(500)).body("é".repeat(50_000)).text();
        let (subject, body) = text.split_once("\n\n").unwrap();
        assert_eq!(subject.chars().count(), MOST_SUBJECT);
        assert!(body.len() <= MOST_BODY + 1);
    }
}
