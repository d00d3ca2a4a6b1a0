//! The memory: everything that ever happened, searched while the person types, and the lessons.
//!
//! The search itself is the program's: each change of the text is a wish, and what is shown stays
//! until the answer is there.

use super::{
    action::Action,
    ask::Ask,
    editor::{Editor, Rows},
    lesson_words,
    modal::{Modal, Page, Purpose, Reader},
    origin::age,
    place::{Tone, Ui},
    wish::{Facts, Wish},
    wrap::Flow,
};
use crate::domain::{Command, Lesson, LessonCandidate, LessonId, Mark, Seq, State, TaskId};

/// Most lessons in the list.
const MAX_LESSONS: usize = 100;

/// The memory with the question under the person's hands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Memory {
    pub editor: Editor,
    /// The question that was asked last.
    pub asked: Option<String>,
    pub found: Option<Found>,
    pub cursor: usize,
    /// The lessons that have the words of the question, the newest first.
    pub lessons: Vec<LessonId>,
}

/// What a question has found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// The question.
    pub text: String,
    pub hits: Vec<HitRow>,
    /// What is wrong with the question, or what it leaves out.
    pub note: String,
}

/// An event that was found, safe to show.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HitRow {
    pub seq: Seq,
    /// Milliseconds since 1970 UTC.
    pub at: u64,
    pub task: Option<TaskId>,
    pub word: &'static str,
    /// The text around what was found, on one line.
    pub text: String,
}

/// A line of the list.
#[derive(Clone, Copy, Debug)]
pub(super) enum Entry<'a> {
    Lesson(&'a Lesson),
    Hit(&'a HitRow),
}

impl Memory {
    /// Opens it with a question.
    pub fn new(text: &str) -> Self {
        Self {
            editor: Editor::new(Rows::One, text),
            asked: None,
            found: None,
            cursor: 0,
            lessons: vec![],
        }
    }

    /// The lines of the list: lessons that have the words, then what was found.
    pub(super) fn entries<'a>(&'a self, state: &'a State) -> Vec<Entry<'a>> {
        let of = |id: &LessonId| {
            let at = state.lessons.binary_search_by_key(id, |one| one.id).ok()?;
            state.lessons.get(at)
        };
        let lessons = self.lessons.iter().filter_map(of).map(Entry::Lesson);
        let hits = self.found.iter().flat_map(|found| &found.hits).map(Entry::Hit);
        lessons.chain(hits).collect()
    }

    /// Looks which lessons have the words: when the text has changed or a lesson has come.
    fn refill(&mut self, state: &State) {
        let ask = Ask::of(self.editor.text());
        self.lessons.clear();
        // Filters are about events.
        if !ask.marks.is_empty() {
            return;
        }
        let wanted = ask.words.to_lowercase();
        let fits = |lesson: &&Lesson| {
            let text = format!("{} {}", lesson.what.trigger, lesson.what.fix).to_lowercase();
            let id = lesson.id.to_string().to_lowercase();
            wanted.split_whitespace().all(|word| text.contains(word) || id == word)
        };
        let all = state.lessons.iter().rev().filter(fits).take(MAX_LESSONS);
        self.lessons.extend(all.map(|lesson| lesson.id));
    }

    /// The wish for what stands there now, if it was not asked already.
    fn ask(&mut self, state: &State) -> Option<Wish> {
        let text = self.editor.text().trim().to_owned();
        if self.asked.as_ref() == Some(&text) {
            return None;
        }
        self.refill(state);
        self.asked = Some(text.clone());
        self.cursor = 0;
        Some(Wish::Search { text })
    }
}

impl Ui {
    /// Opens the memory, and asks for the newest.
    pub(super) fn open_memory(&mut self, facts: Facts<'_>) -> Option<Wish> {
        self.push(Modal::Memory(Memory::new("")), facts);
        self.asks(facts)
    }

    /// The question that has changed under the person's hands, to be asked.
    pub(super) fn asks(&mut self, facts: Facts<'_>) -> Option<Wish> {
        match self.modals.last_mut() {
            Some(Modal::Memory(memory)) => memory.ask(facts.state),
            _ => None,
        }
    }

    /// Takes what was found. An answer to a question that has changed meanwhile is still nearer
    /// than the one before it.
    pub fn found(&mut self, found: Found) {
        for modal in &mut self.modals {
            if let Modal::Memory(memory) = modal {
                memory.found = Some(found);
                return;
            }
        }
    }

    /// A key in the memory.
    pub(super) fn on_memory(&mut self, action: Action, facts: Facts<'_>) -> Option<Wish> {
        let Some(Modal::Memory(memory)) = self.modals.last_mut() else { return None };
        let entries = memory.entries(facts.state);
        let last = entries.len().saturating_sub(1);
        let cursor = memory.cursor.min(last);
        let to = match action {
            Action::Down => cursor + 1,
            Action::Up => cursor.saturating_sub(1),
            Action::PageDown => cursor + 10,
            Action::PageUp => cursor.saturating_sub(10),
            Action::Open => {
                let lesson = match entries.get(cursor)? {
                    Entry::Lesson(lesson) => lesson.id,
                    // A lesson's number is that of the event that noted it.
                    Entry::Hit(hit) => LessonId(hit.seq.0),
                };
                let entry = entries.get(cursor)?;
                match entry {
                    Entry::Hit(hit) if facts.state.lessons.iter().all(|one| one.id != lesson) => {
                        let (seq, text) = (hit.seq, hit.text.clone());
                        self.show_page(format!("Event {seq}"), &text, facts.now.up);
                        return Some(Wish::Event { seq });
                    }
                    Entry::Lesson(_) | Entry::Hit(_) => self.open_lesson(lesson, facts),
                }
                return None;
            }
            Action::Moment => {
                let Some(Entry::Hit(hit)) = entries.get(cursor) else { return None };
                let seq = hit.seq;
                self.close_all();
                return Some(Wish::Moment { seq });
            }
            _ => return None,
        };
        memory.cursor = to.min(last);
        None
    }

    /// Opens a lesson's page.
    pub(super) fn open_lesson(&mut self, id: LessonId, facts: Facts<'_>) {
        let Some(lesson) = facts.state.lessons.iter().find(|one| one.id == id) else { return };
        let reader = lesson_page(lesson, facts.now.at);
        self.push(Modal::Reader(reader), facts);
    }

    /// A key on a lesson's page.
    pub(super) fn on_lesson(&mut self, action: Action, facts: Facts<'_>) -> Option<Wish> {
        let Some(Modal::Reader(Reader { page: Page::Lesson { id }, .. })) = self.modals.last()
        else {
            return None;
        };
        let id = *id;
        let lesson = facts.state.lessons.iter().find(|one| one.id == id)?;
        if let Some(mark) = mark(action, lesson) {
            return self.decide(vec![Command::MarkLesson { lesson: id, mark }], facts);
        }
        match action {
            Action::Correct => {
                let text = format!("when: {}\ndo: {}", lesson.what.trigger, lesson.what.fix);
                self.modals.pop();
                self.prompt(Purpose::Correct { lesson: id }, &text, facts);
                None
            }
            Action::Open => {
                let seq = lesson.what.evidence.first().copied().unwrap_or(Seq(id.0));
                // Its page gives way to that of the event: no more than two lie over each other.
                self.modals.pop();
                let row = facts.story.row(seq);
                let text = row.map(|row| format!("{}\n\n{}", row.word, row.text));
                let title = format!("Event {seq}");
                self.show_page(title, &text.unwrap_or_default(), facts.now.up);
                Some(Wish::Event { seq })
            }
            _ => None,
        }
    }

    /// A lesson in the words that the person has given it.
    pub(super) fn corrected(&mut self, id: LessonId, text: &str, facts: Facts<'_>) -> Option<Wish> {
        let old = facts.state.lessons.iter().find(|one| one.id == id)?;
        let Some((trigger, fix)) = when_and_do(text) else {
            let said = "not changed: it needs a line `when: …` and a line `do: …`";
            self.say(said, Tone::Fault, facts.now.up);
            return None;
        };
        let what = LessonCandidate { trigger, fix, ..old.what.clone() };
        let mark = Mark::Corrected { what };
        self.decide(vec![Command::MarkLesson { lesson: id, mark }], facts)
    }

    /// Shows open pages of lessons as they are now.
    pub(super) fn relearn(&mut self, facts: Facts<'_>) {
        for modal in &mut self.modals {
            if let Modal::Memory(memory) = modal {
                memory.refill(facts.state);
            }
            if let Modal::Reader(open) = modal
                && let Page::Lesson { id } = &open.page
                && let Some(lesson) = facts.state.lessons.iter().find(|one| one.id == *id)
            {
                let top = open.top;
                *open = Reader { top, ..lesson_page(lesson, facts.now.at) };
            }
        }
    }
}

/// What a key says of a lesson, if it is a word on it.
pub(super) fn mark(action: Action, lesson: &Lesson) -> Option<Mark> {
    match action {
        Action::Pin if lesson.pinned => Some(Mark::Unpinned),
        Action::Pin => Some(Mark::Pinned),
        Action::ConfirmLesson => Some(Mark::Confirmed),
        Action::Forget => Some(Mark::Forgotten),
        Action::Undo => Some(Mark::Undone),
        _ => None,
    }
}

fn when_and_do(text: &str) -> Option<(String, String)> {
    let (when, fix) = text.trim().strip_prefix("when:")?.split_once("\ndo:")?;
    let (when, fix) = (when.trim(), fix.trim());
    (!when.is_empty() && !fix.is_empty()).then(|| (when.to_owned(), fix.to_owned()))
}

fn lesson_page(lesson: &Lesson, now: u64) -> Reader {
    Reader {
        title: format!("Lesson {}", lesson.id),
        flow: Flow::of(&lesson_text(lesson, now)),
        top: 0,
        page: Page::Lesson { id: lesson.id },
    }
}

/// A lesson with what it rests on and what it is worth.
fn lesson_text(lesson: &Lesson, now: u64) -> String {
    let paths = if lesson.what.paths.is_empty() {
        String::new()
    } else {
        format!("\nWhere: {}", lesson.what.paths.join(", "))
    };
    format!(
        "{}\n\nWhen: {}\nDo: {}{paths}\n\n{}, {} ago, {}\nShown by {} (Enter opens the first); {}",
        lesson_words::standing(lesson),
        lesson.what.trigger.trim(),
        lesson.what.fix.trim(),
        lesson_words::taught(lesson),
        age(now.saturating_sub(lesson.at)),
        lesson_words::trust(lesson.trust),
        lesson_words::events(lesson),
        lesson_words::value(lesson),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_correction_has_two_parts() {
        let told = when_and_do("when: a\nb\ndo: c ");
        assert_eq!(told, Some(("a\nb".to_owned(), "c".to_owned())));
        for text in ["", "when: a", "do: b", "when:\ndo: b", "when: a\ndo: "] {
            assert_eq!(when_and_do(text), None, "{text}");
        }
    }
}
