//! A suggestion for a word that is not known.

/// The known word that is nearest to an unknown one, when it is near enough to have been meant:
/// at most a third of its letters differ (Damerau's and Levenshtein's distance, each place changed
/// once).
pub fn nearest<'a>(unknown: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let most = (unknown.chars().count() / 3).max(1);
    known
        .into_iter()
        .map(|word| (distance(unknown, word), word))
        .filter(|(distance, _)| *distance <= most)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, word)| word)
}

/// The number of letters to insert, delete or replace, or of neighbours to change round.
fn distance(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().collect();
    let mut before: Vec<usize> = Vec::new();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    let mut last = None;
    for (at, letter) in one.chars().enumerate() {
        let mut next = vec![at + 1];
        for (place, theirs) in other.iter().enumerate() {
            let replaced = row[place] + usize::from(letter != *theirs);
            let mut fewest = replaced.min(row[place + 1] + 1).min(next[place] + 1);
            let round = place > 0 && last == Some(*theirs) && other[place - 1] == letter;
            if round {
                fewest = fewest.min(before[place - 1] + 1);
            }
            next.push(fewest);
        }
        before = std::mem::replace(&mut row, next);
        last = Some(letter);
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
        assert_eq!(nearest("plna", ["lane", "plan"]), Some("plan"));
        assert_eq!(nearest("ab", ["ba"]), Some("ba"));
        assert_eq!(nearest("", ["a", "abc"]), Some("a"));
        assert_eq!(nearest("banana", ["planner", "cheap"]), None);
    }
}
