//! A brief to read and to decide upon: what the linter found, then each paragraph with where it
//! comes from and what it takes. One part is marked; keys drop it or mend it.

use std::{fmt::Write as _, ops::Range};

use super::{
    action::Action,
    clean,
    modal::{Modal, Page, Purpose, Reader},
    origin::origins,
    paint::count,
    place::{Tone, Ui},
    wish::{Facts, Wish},
    wrap::Flow,
};
use crate::domain::{
    Brief, Came, Command, Criterion, READY, SectionKind, Severity, Sign, State, Task, TaskId,
    compare, hash,
};

/// A part of the page that can be marked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BriefPart {
    /// Its bytes of the page's text.
    pub bytes: Range<usize>,
    pub what: PartOf,
}

/// What a part is of the brief.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PartOf {
    /// A finding of the linter, by its place.
    Finding(usize),
    /// A paragraph, by its place.
    Paragraph(usize),
}

/// Whether the page is waiting for a version that the person has just asked for there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rebuild {
    No,
    /// The version with this hash takes its place, and no other: it is what was asked for.
    Due {
        hash: String,
    },
}

/// The marked and markable parts of a brief's page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BriefParts {
    pub all: Vec<BriefPart>,
    /// Which is marked.
    pub at: Option<usize>,
    pub rebuild: Rebuild,
}

/// The page of a task's brief.
pub(super) fn reader(id: &TaskId, brief: &Brief, state: &State, now: u64) -> Reader {
    let (text, all) = text(brief, state, now);
    let parts = BriefParts { all, at: None, rebuild: Rebuild::No };
    Reader {
        title: format!("Brief of {id}, attempt {}, version {}", brief.attempt, brief.version),
        flow: Flow::safe(text),
        top: 0,
        page: Page::Brief { task: id.clone(), hash: brief.hash(), parts },
    }
}

fn text(brief: &Brief, state: &State, now: u64) -> (String, Vec<BriefPart>) {
    let task = state.goal().and_then(|goal| goal.task(&brief.task));
    let next = task.filter(|task| task.next_attempt() == brief.attempt);
    let mut text = String::new();
    if let Some(refuted) = next.and_then(Task::refuted) {
        let _ = writeln!(text, "! {}", clean::line(&refuted));
    }
    if brief.shows_nothing() {
        text.push_str("! All that is checked holds already: passing will prove nothing.\n");
    }
    let _ = write!(
        text,
        "Readiness {} of 100, about {} tokens.",
        brief.readiness(),
        count(u64::from(brief.tokens()))
    );
    if brief.readiness() < READY {
        let _ = write!(text, " Below {READY} it is sent only with your reason (A asks for it).");
    }
    text.push('\n');
    let mut parts = Vec::new();
    for (place, finding) in brief.lint.iter().enumerate() {
        let word = match finding.severity {
            Severity::Note => "note",
            Severity::Warning => "warning",
            Severity::Error => "error",
        };
        let from = text.len();
        let _ = write!(text, "! {word}: {}", clean::line(&finding.text));
        if let Some(fix) = &finding.fix {
            let _ = write!(text, " (f: {})", clean::line(&fix.told()));
        }
        text.push('\n');
        parts.push(BriefPart { bytes: from..text.len(), what: PartOf::Finding(place) });
    }
    let mut last: Option<SectionKind> = None;
    for (place, section) in brief.sections.iter().enumerate() {
        if section.text.trim().is_empty() {
            continue;
        }
        if last != Some(section.kind) {
            let _ = write!(text, "\n## {}\n", section.kind.heading());
            last = Some(section.kind);
        }
        let from = text.len();
        let sources = origins(&section.sources, &state.lessons, now);
        let _ = writeln!(text, "· {sources} · {} tok", count(u64::from(section.tokens)));
        text.push_str(clean::block(&section.text).trim_end());
        text.push('\n');
        parts.push(BriefPart { bytes: from..text.len(), what: PartOf::Paragraph(place) });
    }
    for one in &brief.withheld {
        let _ = write!(
            text,
            "\n{one} fits and is left out, so that what it is worth can be counted.\n"
        );
    }
    let commands: Vec<&str> = brief.criteria.iter().filter_map(Criterion::command).collect();
    if !commands.is_empty() {
        let _ = write!(
            text,
            "\nIts approval lets these commands run:\n  $ {}\n",
            clean::block(&commands.join("\n  $ "))
        );
    }
    (text, parts)
}

/// A task's briefs side by side, each next to what came of it.
pub fn versions_text(task: &Task) -> String {
    let mut text = String::new();
    for version in compare::versions(task) {
        let attempt = version
            .attempt
            .map_or_else(|| "the next attempt".to_owned(), |number| format!("attempt {number}"));
        let _ = writeln!(
            text,
            "{attempt}: {} ({} tokens, readiness {}): {}",
            hash::short(&version.hash),
            version.tokens,
            version.readiness,
            came(version.outcome)
        );
        for change in &version.changes {
            let _ = writeln!(text, "  {}", change.kind.heading());
            for (sign, line) in &change.lines {
                let sign = match sign {
                    Sign::Added => '+',
                    Sign::Removed => '-',
                };
                let _ = writeln!(text, "  {sign} {}", clean::line(line));
            }
        }
    }
    text
}

/// What came of a brief, in words.
pub fn came(outcome: Came) -> &'static str {
    match outcome {
        Came::Open => "nothing yet",
        Came::Passed => "passed its first checks",
        Came::Failed => "did not pass its first checks",
    }
}

impl Ui {
    /// A key on the page of a brief, beyond those of every page.
    pub(super) fn on_brief_page(&mut self, action: Action, facts: Facts<'_>) -> Option<Wish> {
        let size = self.drawn.as_ref().map_or((1, 1), |drawn| drawn.page);
        let Some(Modal::Reader(reader)) = self.modals.last_mut() else { return None };
        let Page::Brief { task, hash, parts } = &mut reader.page else { return None };
        let id = task.clone();
        match action {
            Action::NextPart | Action::PreviousPart => {
                parts.step(action);
                let marked = parts.at.and_then(|at| parts.all.get(at)).map(|one| one.bytes.start);
                if let Some(byte) = marked {
                    let (line, _) = reader.flow.line_of(size.1.max(1), byte);
                    let below = reader.top + size.0.saturating_sub(3);
                    if line < reader.top || line >= below {
                        reader.top = line.saturating_sub(1);
                    }
                }
                None
            }
            Action::Drop | Action::Mend => {
                let (hash, at) = (hash.clone(), parts.marked());
                self.rebuild(&id, &hash, at, action, facts)
            }
            Action::Undo => {
                let wish = self.undo(facts);
                self.expect(&id, wish.as_ref());
                wish
            }
            Action::Versions => {
                self.versions(&id, facts);
                None
            }
            _ => None,
        }
    }

    /// Asks for the next version of the brief: without what is marked, or with it mended.
    fn rebuild(
        &mut self,
        id: &TaskId,
        hash: &str,
        at: Option<PartOf>,
        action: Action,
        facts: Facts<'_>,
    ) -> Option<Wish> {
        let task = facts.state.goal()?.task(id)?;
        let up = facts.now.up;
        let Some(brief) = task.brief.as_ref().filter(|brief| brief.hash() == hash) else {
            self.say("this brief is not the one that waits any more", Tone::Fault, up);
            return None;
        };
        let (next, said) = match (action, at) {
            (Action::Drop, Some(PartOf::Paragraph(place))) => {
                (brief.without(place), "what says what is to be done cannot be left out; e edits")
            }
            (Action::Drop, _) => {
                self.say("Tab marks a paragraph, D leaves it out", Tone::Plain, up);
                return None;
            }
            (_, Some(PartOf::Finding(place))) => {
                (brief.mended(place), "only other words mend this: e edits the brief")
            }
            (_, Some(PartOf::Paragraph(_)) | None) => {
                let first = (0..brief.lint.len()).find_map(|place| brief.mended(place));
                (first, "nothing here has a fix of its own: e edits the brief")
            }
        };
        let Some(brief) = next else {
            self.say(said, Tone::Fault, up);
            return None;
        };
        let wish = self.decide(vec![Command::EditBrief { brief }], facts);
        self.expect(id, wish.as_ref());
        wish
    }

    /// Takes note of the version of a brief that a wish writes: its page waits for that one.
    fn expect(&mut self, id: &TaskId, wish: Option<&Wish>) {
        let Some(Wish::Commands(commands)) = wish else { return };
        let written = commands.iter().find_map(|command| match command {
            Command::EditBrief { brief } if brief.task == *id => Some(brief.hash()),
            _ => None,
        });
        if let Some(Modal::Reader(Reader { page: Page::Brief { parts, .. }, .. })) =
            self.modals.last_mut()
            && let Some(hash) = written
        {
            parts.rebuild = Rebuild::Due { hash };
        }
    }

    /// The person's approval of a brief; of one that is not ready, their reason is asked for first.
    pub(super) fn approve_brief(
        &mut self,
        task: &TaskId,
        hash: String,
        facts: Facts<'_>,
    ) -> Option<Wish> {
        if self.is_being_edited(task, facts) {
            return None;
        }
        let found = facts.state.goal().and_then(|goal| goal.task(task));
        let unready = found.is_some_and(|one| {
            one.brief.as_ref().is_some_and(|brief| {
                brief.hash() == hash
                    && brief.readiness() < READY
                    && one.overrides.iter().all(|over| over.hash != hash)
            })
        });
        if unready {
            self.prompt(Purpose::Override { task: task.clone(), hash }, "", facts);
            return None;
        }
        self.decide(vec![Command::ApproveBrief { task: task.clone(), hash }], facts)
    }

    /// Shows a task's briefs next to what came of them.
    pub(super) fn versions(&mut self, id: &TaskId, facts: Facts<'_>) {
        let task = facts.state.goal().and_then(|goal| goal.task(id));
        let text = task.map(versions_text).unwrap_or_default();
        if text.is_empty() {
            self.say("it has no brief yet", Tone::Plain, facts.now.up);
        } else {
            let title = format!("Briefs of {id} and what came of them");
            self.show_page(title, &text, facts.now.up);
        }
    }

    /// Puts the version that was asked for in the place of the one before it.
    pub(super) fn rebuilt(&mut self, facts: Facts<'_>) {
        let Some(goal) = facts.state.goal() else { return };
        let mut said = None;
        for modal in &mut self.modals {
            let Modal::Reader(open) = modal else { continue };
            let Page::Brief { task, hash, parts } = &open.page else { continue };
            let Rebuild::Due { hash: wanted } = &parts.rebuild else { continue };
            let brief = goal.task(task).and_then(|one| one.brief.as_ref());
            let Some(brief) = brief.filter(|one| wanted != hash && one.hash() == *wanted) else {
                continue;
            };
            let mut next = reader(task, brief, facts.state, facts.now.at);
            next.top = open.top;
            if let Page::Brief { parts: new, .. } = &mut next.page {
                new.at =
                    parts.at.filter(|_| !new.all.is_empty()).map(|at| at.min(new.all.len() - 1));
            }
            *open = next;
            said = Some(format!(
                "rebuilt: {} tokens, readiness {}; u takes it back",
                count(u64::from(brief.tokens())),
                brief.readiness()
            ));
        }
        if let Some(said) = said {
            self.say(said, Tone::Plain, facts.now.up);
        }
    }
}

impl BriefParts {
    fn step(&mut self, action: Action) {
        let count = self.all.len();
        if count == 0 {
            return;
        }
        self.at = Some(match (action, self.at) {
            (Action::NextPart, None) => 0,
            (Action::NextPart, Some(at)) => (at + 1) % count,
            (_, None) => count - 1,
            (_, Some(at)) => (at + count - 1) % count,
        });
    }

    fn marked(&self) -> Option<PartOf> {
        self.all.get(self.at?).map(|part| part.what)
    }

    /// The bytes of the marked part.
    pub(super) fn bytes(&self) -> Option<Range<usize>> {
        self.all.get(self.at?).map(|part| part.bytes.clone())
    }
}
