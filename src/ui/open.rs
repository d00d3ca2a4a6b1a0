//! Opening things: what waits, a brief, a page, an editor. Nothing opens by itself.

use std::time::Duration;

use super::{
    brief_page, draft,
    editor::{Editor, Rows},
    layout::Pane,
    modal::{Approval, Choice, Edits, MAX_MODALS, Modal, Page, Purpose, Reader, Take},
    panes::brief::{plan_text, task_text},
    place::{Spot, Tone, Ui},
    plan_rows::tasks,
    risk::{self, Risk},
    wish::{Facts, Wish},
    wrap::Flow,
};
use crate::domain::{
    Command, Goal, Outcome, Phase, QuestionId, Standing, TaskId, Waiting, WaitingId, WaitingKind,
    attention,
};

impl Ui {
    /// Opens a dialog, unless two are open already.
    pub(super) fn push(&mut self, modal: Modal, facts: Facts<'_>) {
        if self.modals.len() < MAX_MODALS {
            self.modals.push(modal);
        } else {
            self.put_by(modal);
            self.say("close a dialog first (Esc)", Tone::Fault, facts.now.up);
        }
    }

    /// Asks for a line of text; one that was begun for the same and left goes on.
    pub(super) fn prompt(&mut self, purpose: Purpose, text: &str, facts: Facts<'_>) {
        let goal = facts.state.goal();
        let goes_on = |kept: &Purpose| match (kept, &purpose) {
            // What was written to a session that has ended is for the one after it.
            (Purpose::Steer { run }, Purpose::Steer { .. })
                if goal.is_none_or(|goal| !goal.runs.contains_key(run)) =>
            {
                true
            }
            (kept, purpose) => kept == purpose,
        };
        let at = self.drafts.iter().rposition(|kept| match kept {
            Modal::Prompt { purpose: kept, .. } => goes_on(kept),
            _ => false,
        });
        let kept = at.map(|at| self.drafts.remove(at));
        let (editor, original) = match kept {
            Some(Modal::Prompt { editor, original, .. }) => (editor, original),
            _ => (Editor::new(purpose.rows(), text).at_end(), text.to_owned()),
        };
        self.push(Modal::Prompt { purpose, editor, original }, facts);
    }

    /// Asks for the answer to a question; one that was begun and left goes on.
    fn ask_person(&mut self, id: QuestionId, facts: Facts<'_>) {
        let is_it = |kept: &Modal| matches!(kept, Modal::Question { id: kept, .. } if *kept == id);
        let modal = match self.drafts.iter().position(is_it) {
            Some(at) => self.drafts.remove(at),
            None => {
                Modal::Question { id, editor: Editor::new(Rows::Many, ""), choice: None, top: 0 }
            }
        };
        self.push(modal, facts);
    }

    /// Shows a page of text, such as a diff that was asked for.
    pub fn show_page(&mut self, title: impl Into<String>, text: &str, up: Duration) {
        let reader = Reader { title: title.into(), flow: Flow::of(text), top: 0, page: Page::Text };
        // What was asked for a moment ago is replaced, not piled up.
        let is_text = |modal: &Modal| match modal {
            Modal::Reader(open) => open.page == Page::Text && open.title == reader.title,
            _ => false,
        };
        if self.modals.last().is_some_and(is_text) {
            self.modals.pop();
        }
        if self.modals.len() < MAX_MODALS {
            self.modals.push(Modal::Reader(reader));
        } else {
            let text = format!("`{}` is here: close a dialog (Esc) and ask again", reader.title);
            self.say(text, Tone::Fault, up);
        }
    }

    /// Opens the most urgent thing that waits.
    pub(super) fn answer(&mut self, facts: Facts<'_>) -> Option<Wish> {
        let waits = facts.state.goal().map(attention).unwrap_or_default();
        let Some(first) = waits.into_iter().next() else {
            self.say("nothing waits for you", Tone::Plain, facts.now.up);
            return None;
        };
        self.open_waiting(&first, facts)
    }

    /// Opens one thing that waits.
    pub(super) fn open_waiting(&mut self, waiting: &Waiting, facts: Facts<'_>) -> Option<Wish> {
        let goal = facts.state.goal()?;
        match &waiting.id {
            WaitingId::Command { run, call } => {
                let ask = goal.asks.iter().find(|ask| ask.run == *run && ask.call == *call);
                if let Some(ask) = ask {
                    // Two never lie over each other: the lower one would be armed when it appears.
                    if matches!(self.modals.last(), Some(Modal::Approval(_))) {
                        self.modals.pop();
                    }
                    // What reaches far starts on the harmless choice.
                    let choice = match risk::of(&ask.command).0 {
                        Risk::Low | Risk::Medium => Choice::Allow,
                        Risk::High => Choice::Deny,
                    };
                    self.push(Modal::Approval(Approval::new(ask.clone(), choice)), facts);
                }
            }
            WaitingId::Question(id) => self.ask_person(*id, facts),
            WaitingId::Plan => self.read_plan(goal, facts),
            WaitingId::Change(id) => self.open_change(goal, *id, facts),
            WaitingId::Manual { task, criterion } => self.look(goal, task, Some(criterion), facts),
            WaitingId::Capture(id) => {
                self.push(Modal::Thought { id: *id, cursor: 0 }, facts);
            }
            WaitingId::Planning => {
                let question = format!("{}\n\nTry planning again?", waiting.text);
                let yes = Box::new(Wish::Commands(vec![Command::ResumePlanning]));
                self.push(Modal::Confirm { question, yes, no: None, top: 0 }, facts);
            }
            WaitingId::Provider(name) => {
                let question = format!("{}\n\nAsk it again now?", waiting.text);
                let release = Command::ReleaseProvider { provider: name.clone() };
                let yes = Box::new(Wish::Commands(vec![release]));
                self.push(Modal::Confirm { question, yes, no: None, top: 0 }, facts);
            }
            WaitingId::Goal => {
                if goal.is_complete() {
                    return self.asks_land(facts);
                }
                self.say(waiting.text.clone(), Tone::Plain, facts.now.up);
            }
            WaitingId::Task(task) => match waiting.kind {
                WaitingKind::Brief => self.read_brief(goal, task, facts),
                WaitingKind::Command
                | WaitingKind::Question
                | WaitingKind::Failure
                | WaitingKind::Blocked
                | WaitingKind::Plan
                | WaitingKind::Change
                | WaitingKind::Look
                | WaitingKind::Held
                | WaitingKind::Provider
                | WaitingKind::Thought
                | WaitingKind::Goal => {
                    self.plan.cursor = Some(Spot::Task(task.clone()));
                    self.focus = Pane::Plan;
                    self.shown = None;
                    let text = format!("{task}: r retries, e edits, x cancels, Space releases");
                    self.say(text, Tone::Plain, facts.now.up);
                }
            },
        }
        None
    }

    pub(super) fn open_change(
        &mut self,
        goal: &Goal,
        id: crate::domain::ChangeId,
        facts: Facts<'_>,
    ) {
        if let Some(change) = goal.changes.get(&id) {
            let taken = vec![Take::Yes; change.hunks.len()];
            self.push(Modal::Change { id, taken, cursor: 0 }, facts);
        }
    }

    /// Asks whether what only a person can see holds.
    pub(super) fn look(
        &mut self,
        goal: &Goal,
        id: &TaskId,
        criterion: Option<&str>,
        facts: Facts<'_>,
    ) {
        let Some(task) = goal.task(id) else { return };
        let mut open = task.unlooked().filter(|one| criterion.is_none_or(|key| one.key() == key));
        let Some(one) = open.next() else { return };
        let answer = |outcome: Outcome| {
            Box::new(Wish::Commands(vec![Command::CheckManual {
                task: id.clone(),
                criterion: one.key(),
                outcome,
                note: String::new(),
            }]))
        };
        let question = format!("{id}: {}\n\nDoes it hold?", one.look().unwrap_or(&one.text));
        let no = Some(answer(Outcome::Failed));
        self.push(Modal::Confirm { question, yes: answer(Outcome::Passed), no, top: 0 }, facts);
    }

    /// Shows the proposed plan as a whole.
    pub(super) fn read_plan(&mut self, goal: &Goal, facts: Facts<'_>) {
        let Standing::Proposed { draft } = &goal.standing else { return };
        let page = Page::Plan { hash: draft.hash() };
        let (title, flow) = ("The plan".to_owned(), Flow::of(&plan_text(goal)));
        self.push(Modal::Reader(Reader { title, flow, top: 0, page }), facts);
    }

    /// Shows a task's brief, or the task where it has none.
    pub(super) fn read_brief(&mut self, goal: &Goal, id: &TaskId, facts: Facts<'_>) {
        let Some(shown) = tasks(goal).into_iter().find(|one| one.spec.id == *id) else { return };
        let brief = shown.task.and_then(|task| task.brief.as_ref());
        let reader = if let Some(brief) = brief {
            brief_page::reader(id, brief, facts.state, facts.now.at)
        } else {
            let (title, flow) = (format!("Task {id}"), Flow::of(&task_text(shown.spec)));
            Reader { title, flow, top: 0, page: Page::Text }
        };
        self.push(Modal::Reader(reader), facts);
    }

    /// Opens the brief of a task in the editor, or the task where no brief waits.
    pub(super) fn edit(&mut self, goal: &Goal, id: &TaskId, facts: Facts<'_>) {
        let Some(shown) = tasks(goal).into_iter().find(|one| one.spec.id == *id) else { return };
        let brief = shown.task.and_then(|task| {
            let waits = matches!(task.phase, Phase::Drafted | Phase::Ready);
            task.brief.as_ref().filter(|_| waits)
        });
        if brief.is_none() && self.take_up_left(id, facts) {
            return;
        }
        let (edits, text) = match brief {
            Some(brief) => (Edits::Brief(Box::new(brief.clone())), brief.render()),
            None => (Edits::Task(Box::new(shown.spec.clone())), draft::task_text(shown.spec)),
        };
        self.open_draft(edits, text, facts);
    }

    /// Opens a text in the editor; a draft of it that was left lies there as it was left.
    pub(super) fn open_draft(&mut self, edits: Edits, text: String, facts: Facts<'_>) {
        let kept = self.drafts.iter().rposition(|draft| match draft {
            Modal::Draft { edits: kept, .. } => kept.is_of(&edits),
            _ => false,
        });
        let editor = match kept.map(|at| self.drafts.remove(at)) {
            Some(Modal::Draft { edits: kept, editor, .. }) => {
                if kept != edits {
                    let said = "your text of an earlier version: what waits has changed since";
                    self.say(said, Tone::Plain, facts.now.up);
                }
                editor
            }
            _ => match edits {
                // What a new task is called is written first.
                Edits::NewTask { .. } => Editor::new(Rows::Many, &text).behind("title: "),
                Edits::Brief(_) | Edits::Task(_) => Editor::new(Rows::Many, &text),
            },
        };
        self.push(Modal::Draft { edits, editor, original: text }, facts);
    }

    /// Closes what is open about things that are gone: a command that was answered elsewhere, a
    /// question that was forgotten. Called after the state has changed.
    pub fn settle(&mut self, facts: Facts<'_>) {
        self.rebuilt(facts);
        self.relearn(facts);
        let goal = facts.state.goal();
        if let Some(goal) = goal {
            self.preselect(goal);
        }
        if self.past.is_none() {
            // An answer to what is not asked any more.
            self.drafts.retain(|kept| match kept {
                Modal::Question { id, .. } => {
                    goal.is_some_and(|goal| goal.open_questions().any(|(open, _)| open == *id))
                }
                _ => true,
            });
        }
        let before = self.modals.len();
        self.modals.retain(|modal| match modal {
            Modal::Approval(open) => goal.is_some_and(|goal| goal.asks.contains(&open.ask)),
            Modal::Question { id, .. } => {
                goal.is_some_and(|goal| goal.open_questions().any(|(open, _)| open == *id))
            }
            Modal::Change { id, .. } => goal.is_some_and(|goal| goal.changes.contains_key(id)),
            Modal::Thought { id, .. } => goal
                .is_some_and(|goal| goal.captures.get(id).is_some_and(|one| one.settled.is_none())),
            Modal::Prompt {
                purpose: Purpose::Deny { run, call, .. } | Purpose::Rule { run, call, .. },
                ..
            } => goal.is_some_and(|goal| {
                goal.asks.iter().any(|ask| ask.run == *run && ask.call == *call)
            }),
            Modal::Help { .. }
            | Modal::Palette { .. }
            | Modal::Waiting { .. }
            | Modal::Memory(_)
            | Modal::Prompt { .. }
            | Modal::Reader(_)
            | Modal::Draft { .. }
            | Modal::Confirm { .. } => true,
        });
        if self.modals.len() < before {
            self.chord.clear();
            self.say("what was open is decided or gone", Tone::Plain, facts.now.up);
        }
    }
}
