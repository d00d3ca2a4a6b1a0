//! A person's changes of a brief that need no writing: a source dropped, a finding mended.

use super::{
    brief::{Author, Brief, Fix, Section, SectionKind, Source},
    ids::LessonId,
    tokens::tokens_of,
};

impl Fix {
    /// What it does, in a few words.
    pub fn told(&self) -> String {
        match self {
            Fix::Cut { words, .. } => format!("leave out “{words}”"),
            Fix::Replace { words, by } => format!("write `{by}` for `{words}`"),
            Fix::Add { kind, text } => format!("add to “{}”: {text}", kind.heading()),
            Fix::Shorten { most } => format!("leave out what is longest, down to {most} tokens"),
        }
    }
}

impl Brief {
    /// The next version, in the person's name, without one paragraph. `None`: it cannot be left
    /// out, since it says what is to be done or how it will be looked at, or there is none there.
    pub fn without(&self, place: usize) -> Option<Brief> {
        let section = self.sections.get(place)?;
        if !section.kind.is_optional() {
            return None;
        }
        let mut brief = self.next();
        brief.sections.remove(place);
        brief.forget_lessons();
        Some(brief)
    }

    /// The next version, in the person's name, with one of the linter's findings mended. `None`:
    /// there is no such finding, or nothing mends it but other words.
    pub fn mended(&self, place: usize) -> Option<Brief> {
        let fix = self.lint.get(place)?.fix.as_ref()?;
        let mut brief = self.next();
        match fix {
            Fix::Cut { kind, words } => {
                for section in brief.sections.iter_mut().filter(|one| one.kind == *kind) {
                    section.rewrite(without_words(&section.text, words));
                }
            }
            Fix::Replace { words, by } => {
                let (old, new) = (format!("`{words}"), format!("`{by}"));
                // What is quoted from elsewhere says what it says.
                for section in brief.sections.iter_mut().filter(|one| !one.kind.is_recalled()) {
                    section.rewrite(section.text.replace(&old, &new));
                }
            }
            Fix::Add { kind, text } => {
                let section = Section {
                    kind: *kind,
                    text: format!("- {text}"),
                    sources: vec![Source::Person],
                    tokens: tokens_of(text),
                };
                let place = brief.sections.iter().take_while(|one| one.kind <= *kind).count();
                brief.sections.insert(place, section);
            }
            Fix::Shorten { most } => brief.shorten(*most),
        }
        brief.sections.retain(|section| !section.text.trim().is_empty());
        brief.forget_lessons();
        brief.lint.remove(place);
        (brief.sections != self.sections).then_some(brief)
    }

    fn next(&self) -> Brief {
        Brief {
            version: self.version.saturating_add(1),
            parent: Some(self.hash()),
            author: Author::Person,
            ..self.clone()
        }
    }

    fn shorten(&mut self, most: u32) {
        while self.tokens() > most {
            let largest = (0..self.sections.len())
                .filter(|at| self.sections[*at].kind.is_recalled())
                .max_by_key(|at| self.sections[*at].tokens);
            let Some(at) = largest else { return };
            self.sections.remove(at);
        }
    }

    /// A lesson whose words do not stand in it any more is not carried: what came of the attempt
    /// says nothing about it.
    pub fn forget_lessons(&mut self) {
        let source = |lesson: LessonId| Source::Lesson { lesson };
        let sections = &self.sections;
        self.lessons.retain(|id| sections.iter().any(|one| one.sources.contains(&source(*id))));
    }
}

impl Section {
    /// Puts other words in, which are the person's from now on. The same words change nothing.
    fn rewrite(&mut self, text: String) {
        if text != self.text {
            self.tokens = tokens_of(&text);
            self.text = text;
            if !self.sources.contains(&Source::Person) {
                self.sources.push(Source::Person);
            }
        }
    }
}

impl SectionKind {
    /// Whether a brief may do without.
    pub fn is_optional(self) -> bool {
        match self {
            SectionKind::Context
            | SectionKind::Results
            | SectionKind::SharedDecisions
            | SectionKind::Steps
            | SectionKind::Rules
            | SectionKind::Lessons
            | SectionKind::Tried => true,
            SectionKind::Objective
            | SectionKind::Requirements
            | SectionKind::Outputs
            | SectionKind::Criteria
            | SectionKind::OutOfScope => false,
        }
    }

    /// Whether it was recalled or quoted and not written for this brief.
    fn is_recalled(self) -> bool {
        match self {
            SectionKind::Results | SectionKind::Rules | SectionKind::Lessons => true,
            SectionKind::Objective
            | SectionKind::Context
            | SectionKind::SharedDecisions
            | SectionKind::Requirements
            | SectionKind::Steps
            | SectionKind::Outputs
            | SectionKind::Criteria
            | SectionKind::OutOfScope
            | SectionKind::Tried => false,
        }
    }
}

/// A text without some words, whatever their case; what is quoted between backticks stays.
fn without_words(text: &str, words: &str) -> String {
    let pieces: Vec<String> = text
        .split('`')
        .enumerate()
        .map(|(at, piece)| if at % 2 == 0 { cut(piece, words) } else { piece.to_owned() })
        .collect();
    pieces.join("`")
}

fn cut(piece: &str, words: &str) -> String {
    let mut left = piece.to_owned();
    loop {
        // ASCII only, so that places in the two texts are the same.
        let lower = left.to_ascii_lowercase();
        let Some(at) = lower.match_indices(&words.to_ascii_lowercase()).find_map(|(at, _)| {
            let end = at + words.len();
            let apart = |letter: Option<char>| letter.is_none_or(|one| !one.is_alphanumeric());
            let stands =
                apart(lower[..at].chars().next_back()) && apart(lower[end..].chars().next());
            stands.then_some(at)
        }) else {
            return left;
        };
        let end = at + words.len();
        // The point of an abbreviation, and the comma before it, go with it.
        let end = if left[end..].starts_with('.') && words == "etc" { end + 1 } else { end };
        let before = left[..at].trim_end_matches([' ', ',']).to_owned();
        left = format!("{before}{}", &left[end..]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{AttemptNo, Finding, Severity};

    fn section(kind: SectionKind, text: &str, from: Source) -> Section {
        Section { kind, text: text.to_owned(), sources: vec![from], tokens: 100 }
    }

    fn brief() -> Brief {
        let lesson = |id: u64| Source::Lesson { lesson: LessonId(id) };
        let finding = |fix| Finding { severity: Severity::Note, text: "x".to_owned(), fix };
        let kind = SectionKind::Requirements;
        Brief {
            task: "a".into(),
            attempt: AttemptNo(1),
            version: 3,
            sections: vec![
                section(SectionKind::Objective, "Do it as `AGENTS.md` says.", Source::Planner),
                section(kind, "- Flags, etc. and `etc` stay properly", Source::Planner),
                section(SectionKind::Rules, "From `AGENTS.md`: run it", Source::Person),
                section(SectionKind::Lessons, "- L4: one", lesson(4)),
                section(SectionKind::Lessons, "- L5: two", lesson(5)),
            ],
            criteria: vec![],
            lint: vec![
                finding(Some(Fix::Cut { kind, words: "etc".to_owned() })),
                finding(Some(Fix::Add {
                    kind: SectionKind::OutOfScope,
                    text: "Nothing else.".to_owned(),
                })),
                finding(Some(Fix::Shorten { most: 250 })),
                finding(None),
                finding(Some(Fix::Replace { words: "AGENTS.md".into(), by: "CLAUDE.md".into() })),
            ],
            parent: None,
            author: Author::Planner,
            lessons: vec![LessonId(4), LessonId(5)],
            withheld: vec![],
        }
    }

    #[test]
    fn paragraphs_of_one_kind_stand_under_one_heading() {
        insta::assert_snapshot!(brief().render(), @r"
        ## Objective

        Do it as `AGENTS.md` says.

        ## Requirements

        - Flags, etc. and `etc` stay properly

        ## Rules of this repository

        From `AGENTS.md`: run it

        ## Lessons that apply

        - L4: one
        - L5: two
        ");
    }

    #[test]
    fn a_dropped_lesson_is_not_carried_and_the_version_is_the_persons() {
        let old = brief();
        let new = old.without(3).unwrap();
        assert_eq!(new.lessons, [LessonId(5)]);
        assert!(!new.render().contains("L4") && new.render().contains("- L5: two"));
        assert_eq!((new.version, new.author, new.parent), (4, Author::Person, Some(old.hash())));
        assert_eq!(old.without(0), None);
        assert_eq!(old.without(9), None);
    }

    #[test]
    fn a_finding_is_mended_in_the_text_and_gone_from_the_list() {
        let old = brief();
        let text = |place: usize| old.mended(place).map(|new| new.render()).unwrap_or_default();
        assert!(text(0).contains("- Flags and `etc` stay properly"), "{}", text(0));
        assert!(text(1).contains("## Out of scope\n\n- Nothing else.\n\n## Rules"));
        assert!(text(4).contains("Do it as `CLAUDE.md` says."));
        assert!(text(4).contains("From `AGENTS.md`"), "what is quoted says what it says");
        assert_eq!(old.mended(0).unwrap().lint.len(), 4);
        assert_eq!(old.mended(0).unwrap().sections[1].sources[1], Source::Person);
        assert_eq!(old.mended(3), None);
        let short = old.mended(2).unwrap();
        assert!(short.tokens() <= 250 && short.lessons.len() < 2, "{short:?}");
    }
}
