//! Ids as people type them: in any case, for none of ours differ by it alone in what waits.

use crate::domain::{GoalId, TaskId, Waiting};

/// A task's id.
pub(super) fn task(typed: &str) -> TaskId {
    TaskId(typed.trim().to_ascii_lowercase())
}

/// A goal's id.
pub(super) fn goal(typed: &str) -> GoalId {
    GoalId(typed.trim().to_ascii_lowercase())
}

/// A number behind one of our letters, or alone: `L14`, `l14`, `14`.
pub(super) fn number(typed: &str, letter: char) -> Option<u64> {
    let typed = typed.trim();
    let digits = typed.strip_prefix([letter, letter.to_ascii_lowercase()]).unwrap_or(typed);
    if !digits.bytes().all(|one| one.is_ascii_digit()) {
        return None;
    }
    digits.parse().ok()
}

/// What waits under an id: as it is shown, else in another case.
pub(super) fn waiting<'a>(all: &'a [Waiting], typed: &str) -> Option<&'a Waiting> {
    let typed = typed.trim();
    let shown = |one: &&Waiting| one.id.to_string() == typed;
    let like = |one: &&Waiting| one.id.to_string().eq_ignore_ascii_case(typed);
    all.iter().find(shown).or_else(|| all.iter().find(like))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{QuestionId, WaitingId, WaitingKind};

    #[test]
    fn a_number_stands_behind_one_letter_or_alone() {
        for (typed, read) in [("L14", Some(14)), (" l14 ", Some(14)), ("14", Some(14))] {
            assert_eq!(number(typed, 'L'), read, "{typed}");
        }
        for other in ["", "L", "LL14", "R14", "L+1", "L1.2", "L99999999999999999999"] {
            assert_eq!(number(other, 'L'), None, "{other}");
        }
    }

    #[test]
    fn an_id_is_found_in_any_case_and_as_it_is_shown_first() {
        let one = |id: WaitingId| Waiting {
            id,
            kind: WaitingKind::Question,
            task: None,
            what: String::new(),
            text: String::new(),
            unblocks: 0,
            until: None,
        };
        let all = [
            one(WaitingId::Question(QuestionId(12))),
            one(WaitingId::Task("q12".into())),
            one(WaitingId::Task("readme".into())),
        ];
        assert_eq!(waiting(&all, "q12").unwrap().id, WaitingId::Task("q12".into()));
        assert_eq!(waiting(&all, "Q12").unwrap().id, WaitingId::Question(QuestionId(12)));
        assert_eq!(waiting(&all[..1], "q12").unwrap().id, WaitingId::Question(QuestionId(12)));
        assert_eq!(waiting(&all, " README ").unwrap().id, WaitingId::Task("readme".into()));
        assert_eq!(waiting(&all, "nothing"), None);
    }
}
