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
    pub fn trailer(mut self, key: &str, value: impl ToString) -> Self {
        self.trailers.push((key.to_owned(), value.to_string()));
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
    let end = plain.floor_char_boundary(MOST_BODY);
    plain[..end].trim().to_owned()
}
