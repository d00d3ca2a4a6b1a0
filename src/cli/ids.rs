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
