//! The person's commands in the order in which they were given, also while a brief that they have
//! changed is being looked over: what they approve after it is not what stood before it.

use std::collections::VecDeque;

use crate::{domain::Command, ui::RequestId};

/// What the person has given with one key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Given {
    /// What the screen calls it: it is told what came of it.
    pub(super) id: RequestId,
    pub(super) commands: Vec<Command>,
}

/// Commands that wait for those before them.
#[derive(Clone, Debug, Default)]
pub(super) struct Decisions {
    /// Those that are being looked over, as the person gave them.
    looked_at: Option<Given>,
    waiting: VecDeque<Given>,
}

/// What is to be done now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Next {
    Decide(Given),
    /// They change a brief: the linter looks at it first.
    LookOver(Given),
    /// Nothing, or nothing yet.
    Wait,
}

impl Decisions {
    /// The person has given these.
    pub(super) fn given(&mut self, given: Given) {
        self.waiting.push_back(given);
    }

    /// What comes next.
    pub(super) fn next(&mut self) -> Next {
        if self.looked_at.is_some() {
            return Next::Wait;
        }
        match self.waiting.pop_front() {
            None => Next::Wait,
            Some(given) if given.commands.iter().any(edits) => {
                self.looked_at = Some(given.clone());
                Next::LookOver(given)
            }
            Some(given) => Next::Decide(given),
        }
    }

    /// The look at a brief is over. The commands as the person gave them are handed back, for when
    /// nothing came of it.
    pub(super) fn looked_over(&mut self) -> Option<Given> {
        self.looked_at.take()
    }

    /// All that waits, in its order: nobody is there any more to look it over.
    pub(super) fn rest(&mut self) -> Vec<Given> {
        self.looked_at.take().into_iter().chain(self.waiting.drain(..)).collect()
    }
}

fn edits(command: &Command) -> bool {
    matches!(command, Command::EditBrief { .. })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{AttemptNo, Author, Brief};

    fn given(command: Command) -> Given {
        Given { id: RequestId::default(), commands: vec![command] }
    }

    fn note(text: &str) -> Given {
        given(Command::Note { run: None, text: text.to_owned() })
    }

    fn edit() -> Given {
        let brief = Brief {
            task: "task".into(),
            attempt: AttemptNo(1),
            version: 2,
            sections: Vec::new(),
            criteria: Vec::new(),
            lint: Vec::new(),
            parent: None,
            author: Author::Person,
            lessons: Vec::new(),
            withheld: Vec::new(),
        };
        given(Command::EditBrief { brief })
    }

    #[test]
    fn what_is_decided_after_an_edit_waits_until_the_edit_is_looked_over() {
        let mut decisions = Decisions::default();
        decisions.given(note("a"));
        assert_eq!(decisions.next(), Next::Decide(note("a")));
        for one in [edit(), note("b"), edit(), note("c")] {
            decisions.given(one);
        }
        assert_eq!(decisions.next(), Next::LookOver(edit()));
        assert_eq!(decisions.next(), Next::Wait);
        assert_eq!(decisions.looked_over(), Some(edit()));
        assert_eq!(decisions.next(), Next::Decide(note("b")));
        assert_eq!(decisions.next(), Next::LookOver(edit()));
        assert_eq!(decisions.next(), Next::Wait);
        decisions.looked_over();
        assert_eq!(decisions.next(), Next::Decide(note("c")));
        assert_eq!(decisions.next(), Next::Wait);
    }

    #[test]
    fn whoever_leaves_loses_nothing_that_they_decided() {
        let mut decisions = Decisions::default();
        for one in [edit(), note("b")] {
            decisions.given(one);
        }
        assert_eq!(decisions.next(), Next::LookOver(edit()));
        assert_eq!(decisions.rest(), [edit(), note("b")]);
        assert_eq!(decisions.next(), Next::Wait);
    }
}
