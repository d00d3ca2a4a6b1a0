//! Keys in dialogs and text fields.

use super::{
    action::Action,
    asked, draft,
    editor::Editor,
    keymap::Keymap,
    modal::{Edits, MAX_MODALS, Modal, Page, Purpose, Reader, Take},
    panes::{brief::task_text, help},
    place::{Spot, Tone, Ui},
    wish::{Facts, Wish},
    wrap::Flow,
};
use crate::domain::{Brief, Command, Standing, TaskSpec};

impl Ui {
    /// Performs an action in the topmost dialog.
    #[expect(clippy::too_many_lines, reason = "one arm a dialog, none left out")]
    pub(super) fn on_dialog(
        &mut self,
        action: Action,
        keys: &Keymap,
        facts: Facts<'_>,
    ) -> Option<Wish> {
        let page = self.drawn.as_ref().map_or((1, 1), |drawn| drawn.page);
        let rows = self.drawn.as_ref().map_or(1, |drawn| drawn.asked);
        let modal = self.modals.last_mut()?;
        if let Some(editor) = modal.editor_mut()
            && write(editor, action)
        {
            // Another filter gives another list.
            if let Modal::Help { cursor, .. } | Modal::Palette { cursor, .. } = modal {
                *cursor = 0;
            }
            return self.asks(facts);
        }
        match modal {
            Modal::Help { filter, layer, cursor } => {
                let entries = help::help(keys, *layer, filter.text());
                let chosen = pick(action, cursor, &entries)?;
                self.modals.pop();
                self.update(chosen, keys, facts)
            }
            Modal::Palette { filter, layer, cursor } => {
                let entries = help::palette(keys, *layer, filter.text());
                let chosen = pick(action, cursor, &entries)?;
                self.modals.pop();
                self.update(chosen, keys, facts)
            }
            Modal::Waiting { cursor } => {
                let waits = facts.state.goal().map(crate::domain::attention).unwrap_or_default();
                step(action, cursor, waits.len());
                if action == Action::Open
                    && let Some(one) = waits.get(*cursor)
                {
                    self.modals.pop();
                    return self.open_waiting(one, facts);
                }
                None
            }
            Modal::Memory(_) => self.on_memory(action, facts),
            Modal::Thought { .. } => self.on_thought(action, facts),
            Modal::Approval(_) => self.on_approval(action, page, facts),
            Modal::Question { id, editor, choice, top } => {
                let id = *id;
                let asked = facts.state.goal()?.questions.get(&id)?;
                let all = asked::lines(asked, page.1).len();
                let seen = asked::shown(all, rows);
                if scroll(action, top, seen, all - seen) {
                    return None;
                }
                let options = asked.options.clone();
                match action {
                    Action::Send => {
                        let chosen = choice.and_then(|at| options.get(at).cloned());
                        let answer = chosen.unwrap_or_else(|| editor.text().trim().to_owned());
                        if answer.is_empty() {
                            return None;
                        }
                        let text = self.modals.pop()?;
                        let answer = Command::AnswerQuestion { question: id, answer };
                        let wish = self.decide(vec![answer], facts);
                        self.sends(text, wish)
                    }
                    _ => None,
                }
            }
            Modal::Prompt { .. } => match action {
                Action::Send => self.send(facts),
                Action::EditOutside => self.outside(),
                // The session scrolls while the person writes.
                Action::PageUp | Action::PageDown => self.on_session(action, facts),
                _ => None,
            },
            Modal::Reader(reader) => {
                let all = reader.flow.count(page.1.max(1)).saturating_sub(page.0);
                if scroll(action, &mut reader.top, page.0, all) {
                    return None;
                }
                self.on_reader(action, facts)
            }
            Modal::Draft { editor, .. } => {
                let lines = isize::try_from(page.0).unwrap_or(1);
                match action {
                    Action::PageUp => editor.go_lines(-lines, false),
                    Action::PageDown => editor.go_lines(lines, false),
                    _ => return self.on_draft(action, facts),
                }
                None
            }
            Modal::Change { id, taken, cursor } => {
                step(action, cursor, taken.len());
                match action {
                    Action::Toggle => {
                        if let Some(one) = taken.get_mut(*cursor) {
                            *one = if *one == Take::Yes { Take::No } else { Take::Yes };
                        }
                        None
                    }
                    Action::Confirm => {
                        let places = taken.iter().enumerate();
                        let accepted: Vec<usize> = places
                            .filter(|(_, one)| **one == Take::Yes)
                            .map(|(at, _)| at)
                            .collect();
                        let change = *id;
                        self.modals.pop();
                        self.decide(vec![Command::DecideChange { change, accepted }], facts)
                    }
                    _ => None,
                }
            }
            Modal::Confirm { yes, no, top, question } => {
                let all = Flow::of(question).count(page.1.max(1));
                let seen = asked::shown(all, page.0);
                if scroll(action, top, seen, all - seen) {
                    return None;
                }
                let wish = match action {
                    // What is merged is looked at before the answer, which waits below it.
                    Action::Diff if **yes == Wish::Land => return Some(Wish::Changes),
                    Action::Yes => Some((**yes).clone()),
                    Action::No => no.as_deref().cloned(),
                    _ => return None,
                };
                self.modals.pop();
                match wish? {
                    Wish::Commands(commands) => self.decide(commands, facts),
                    wish => Some(wish),
                }
            }
        }
    }

    /// The page that is rejected stays below the question why, where there is room for both: who
    /// leaves the question reads on.
    fn make_room(&mut self) {
        if self.modals.len() >= MAX_MODALS {
            self.modals.pop();
        }
    }

    /// A page that was rejected is not read on.
    pub(super) fn close_rejected(&mut self) {
        self.modals.retain(|modal| match modal {
            Modal::Reader(open) => !matches!(open.page, Page::Plan { .. } | Page::Brief { .. }),
            _ => true,
        });
    }

    fn on_reader(&mut self, action: Action, facts: Facts<'_>) -> Option<Wish> {
        let Some(Modal::Reader(reader)) = self.modals.last() else { return None };
        let page = reader.page.clone();
        match (action, page) {
            (Action::Copy, _) => Some(Wish::Copy { text: reader.flow.text().to_owned() }),
            (Action::Approve, Page::Plan { hash }) => {
                self.modals.pop();
                let goal = facts.state.goal()?;
                match &goal.standing {
                    Standing::Proposed { draft } if draft.hash() == hash => {
                        self.approve_plan(goal, facts)
                    }
                    // Another plan than the one that was read: the core says so.
                    Standing::Proposed { .. }
                    | Standing::Planning { .. }
                    | Standing::Working
                    | Standing::Stalled { .. }
                    | Standing::Landed { .. } => {
                        self.decide(vec![Command::ApprovePlan { hash }], facts)
                    }
                }
            }
            (Action::Reject, Page::Plan { .. }) => {
                self.make_room();
                self.prompt(Purpose::RejectPlan, "", facts);
                None
            }
            (Action::Approve, Page::Brief { task, hash, .. }) => {
                if self.is_being_edited(&task, facts) {
                    return None;
                }
                self.modals.pop();
                self.approve_brief(&task, hash, facts)
            }
            (Action::Reject, Page::Brief { task, .. }) => {
                self.make_room();
                self.prompt(Purpose::RejectBrief { task }, "", facts);
                None
            }
            (Action::Edit | Action::EditOutside, Page::Brief { task, .. }) => {
                self.modals.pop();
                self.edit(facts.state.goal()?, &task, facts);
                if action == Action::EditOutside { self.outside() } else { None }
            }
            (_, Page::Brief { .. }) => self.on_brief_page(action, facts),
            (_, Page::Lesson { .. }) => self.on_lesson(action, facts),
            _ => None,
        }
    }

    fn on_draft(&mut self, action: Action, facts: Facts<'_>) -> Option<Wish> {
        let Some(Modal::Draft { edits, editor, .. }) = self.modals.last() else { return None };
        let (edits, text) = (edits.clone(), editor.text().to_owned());
        if action == Action::EditOutside {
            return self.outside();
        }
        if !matches!(action, Action::Save | Action::SaveAndApprove | Action::Preview) {
            return None;
        }
        let told = match &edits {
            Edits::Brief(old) => draft::brief_of(old, &text).map(|brief| match action {
                Action::Preview => {
                    let (title, flow) =
                        ("What the session will be given".to_owned(), Flow::of(&brief.render()));
                    Saved::Shown(Box::new(Reader { title, flow, top: 0, page: Page::Text }))
                }
                _ => Saved::As(Box::new(brief)),
            }),
            Edits::Task(_) | Edits::NewTask { .. } => match written(&edits, &text) {
                Ok(spec) if action == Action::Preview => Ok(Saved::Shown(Box::new(Reader {
                    title: "The YAML is sound; not saved yet".to_owned(),
                    flow: Flow::of(&task_text(&spec)),
                    top: 0,
                    page: Page::Text,
                }))),
                Ok(spec) if matches!(&edits, Edits::Task(old) if old.id != spec.id) => {
                    Err("a task keeps its id; add a new one (+) instead".to_owned())
                }
                Ok(spec) => {
                    let text = self.modals.pop()?;
                    let wish = self.save_task(&edits, spec, facts);
                    return self.sends(text, wish);
                }
                Err(why) => Err(why),
            },
        };
        match told {
            Ok(Saved::As(brief)) => {
                let text = self.modals.pop()?;
                let (task, hash) = (brief.task.clone(), brief.hash());
                self.plan.cursor = Some(Spot::Task(task.clone()));
                let wish = self.decide(vec![Command::EditBrief { brief: *brief }], facts);
                if wish.is_some() && action == Action::SaveAndApprove {
                    // What is approved is what has been looked over, like any other brief.
                    self.decisions.then_approve(task, hash);
                }
                self.sends(text, wish)
            }
            Ok(Saved::Shown(reader)) => {
                self.push(Modal::Reader(*reader), facts);
                None
            }
            Err(why) => {
                let word = if action == Action::Preview { "not sound" } else { "not saved" };
                self.say(format!("{word}: {why}"), Tone::Fault, facts.now.up);
                None
            }
        }
    }

    /// Gives the text under the person's hands to their editor.
    pub(super) fn outside(&self) -> Option<Wish> {
        let (text, ending) = match self.modals.last()? {
            Modal::Draft { edits: Edits::Task(_) | Edits::NewTask { .. }, editor, .. } => {
                (editor.text(), "yaml")
            }
            modal => (modal.editor()?.text(), "md"),
        };
        Some(Wish::OpenEditor { text: text.to_owned(), ending })
    }

    /// Takes back what the person's editor has made of the text.
    pub fn edited(&mut self, text: &str) {
        // A page that was asked for before may lie over it by now.
        if let Some(editor) = self.modals.iter_mut().rev().find_map(Modal::editor_mut) {
            editor.replace(text);
        }
    }
}

/// The task that a text says. Of a new one, nothing may stand as it was given.
fn written(edits: &Edits, text: &str) -> Result<TaskSpec, String> {
    let spec = draft::task_of(text)?;
    let is_new = matches!(edits, Edits::NewTask { .. });
    match draft::left_blank(&spec).filter(|_| is_new) {
        Some(why) => Err(why),
        None => Ok(spec),
    }
}

/// What a text that is a brief comes to.
enum Saved {
    As(Box<Brief>),
    /// It is only looked at.
    Shown(Box<Reader>),
}

/// Actions of every text field. Says whether it was one.
fn write(editor: &mut Editor, action: Action) -> bool {
    match action {
        Action::NewLine => editor.new_line(),
        Action::LineStart => editor.to_line_start(),
        Action::LineEnd => editor.to_line_end(),
        Action::KillEnd => editor.kill_end(),
        Action::KillStart => editor.kill_start(),
        Action::KillWord => editor.kill_word(),
        Action::TextUndo => {
            editor.undo();
        }
        Action::TextRedo => {
            editor.redo();
        }
        _ => return false,
    }
    true
}

/// Moves the cursor of a list.
fn step(action: Action, cursor: &mut usize, count: usize) {
    let last = count.saturating_sub(1);
    *cursor = match action {
        Action::Down => (*cursor + 1).min(last),
        Action::Up => cursor.saturating_sub(1),
        Action::PageDown => (*cursor + 10).min(last),
        Action::PageUp => cursor.saturating_sub(10),
        _ => (*cursor).min(last),
    };
}

/// Moves in a list of actions, or picks one.
fn pick(action: Action, cursor: &mut usize, entries: &[help::Entry]) -> Option<Action> {
    step(action, cursor, entries.len());
    (action == Action::Open).then(|| entries.get(*cursor).map(|entry| entry.action)).flatten()
}

/// Scrolls a page. Says whether the action was one that scrolls.
pub(super) fn scroll(action: Action, top: &mut usize, page: usize, most: usize) -> bool {
    let now = (*top).min(most);
    *top = match action {
        Action::Down => now + 1,
        Action::Up => now.saturating_sub(1),
        Action::HalfDown => now + page / 2,
        Action::HalfUp => now.saturating_sub(page / 2),
        Action::PageDown => now + page,
        Action::PageUp => now.saturating_sub(page),
        Action::Top => 0,
        Action::Bottom => most,
        _ => return false,
    }
    .min(most);
    true
}
