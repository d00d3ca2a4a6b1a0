//! A suggestion for a word that is not known.

/// The known word that is nearest to an unknown one, when it is near enough to have been meant:
/// at most a third of its letters differ (Levenshtein's distance).
pub fn nearest<'a>(unknown: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let most = (unknown.chars().count() / 3).max(1);
    known
        .into_iter()
        .map(|word| (distance(unknown, word), word))
        .filter(|(distance, _)| *distance <= most)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, word)| word)
}

/// A parser's message about an unknown field or variant, with a suggestion added. The message of
/// serde names the unknown word first and then the known ones, each in backticks.
pub fn with_suggestion(message: &str) -> String {
    let Some(at) = message.find("unknown field `").or_else(|| message.find("unknown variant `"))
    else {
        return message.to_owned();
    };
    let mut words = message[at..].split('`').skip(1).step_by(2);
    let suggestion = words.next().and_then(|unknown| nearest(unknown, words));
    match suggestion {
        Some(meant) => format!("{message} (did you mean `{meant}`?)"),
        None => message.to_owned(),
    }
}

/// The number of letters to insert, delete or replace.
fn distance(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().collect();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (at, letter) in one.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = at + 1;
        for (place, theirs) in other.iter().enumerate() {
            let replaced = diagonal + usize::from(letter != *theirs);
            diagonal = row[place + 1];
            row[place + 1] = replaced.min(row[place] + 1).min(diagonal + 1);
        }
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_of_the_pen_gets_a_suggestion_and_another_word_none() {
        assert_eq!(nearest("plnner", ["planner", "cheap"]), Some("planner"));
        assert_eq!(nearest("criterion", ["criteria", "covers"]), Some("criteria"));
        assert_eq!(nearest("banana", ["planner", "cheap"]), None);
    }

    #[test]
    fn serde_s_message_keeps_its_words() {
        let message =
            "models: unknown field `plnner`, expected one of `planner`, `cheap` at line 3 column 3";
        assert_eq!(with_suggestion(message), format!("{message} (did you mean `planner`?)"));
        assert_eq!(with_suggestion("invalid type"), "invalid type");
    }
}
