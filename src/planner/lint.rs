//! The brief's linter: the same findings for the same brief, and no model asked.

use super::{ground::Ground, reach::reach};
use crate::domain::{
    Attempt, BEFORE, Brief, Finding, Fix, Outcome, SectionKind, Severity, When, uncheckable,
};

/// Hundredths of the reader's window that a brief should stay below, and must.
const SHARE: (u32, u32) = (25, 50);
/// Words that leave open what is meant, each with what to write instead.
const VAGUE: [(&str, &str); 19] = [
    ("tbd", "decide it"),
    ("todo", "decide it"),
    ("???", "decide it"),
    ("etc", "name the others"),
    ("and so on", "name the others"),
    ("and the like", "name the others"),
    ("similar things", "name them"),
    ("as you see fit", "decide it"),
    ("whatever", "decide it"),
    ("use best practices", "name them"),
    ("handle errors", "say which and how"),
    ("edge cases", "name them"),
    ("as needed", "say when"),
    ("if necessary", "say when"),
    ("as appropriate", "say what"),
    ("appropriately", "say how"),
    ("properly", "say how"),
    ("somehow", "say how"),
    ("should work", "say what must happen"),
];
/// Vague words up to here are gaps; after that they are only weak.
const GAPS: usize = 9;

/// Looks a brief over. `exists` says whether a path of the repository exists.
pub fn lint(brief: &Brief, ground: &Ground, exists: &dyn Fn(&str) -> bool) -> Vec<Finding> {
    let window = ground.window;
    let mut found = Vec::new();
    criteria(brief, ground.task.last_attempt(), &mut found);
    sections(brief, ground, &mut found);
    reach(brief, ground, exists, &mut found);
    vague(brief, &mut found);
    let tokens = brief.tokens();
    let (should, must) = (window.share(SHARE.0), window.share(SHARE.1));
    if tokens > must {
        let text = format!("about {tokens} tokens: more than {} % of the reader's window", SHARE.1);
        found.push(mends(Severity::Error, text, Fix::Shorten { most: should }));
    } else if tokens > should {
        let text = format!("about {tokens} tokens: more than {} % of the reader's window", SHARE.0);
        found.push(mends(Severity::Warning, text, Fix::Shorten { most: should }));
    }
    // The worst first.
    found.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
    found
}

pub(super) fn finding(severity: Severity, text: impl Into<String>) -> Finding {
    Finding { severity, text: text.into(), fix: None }
}

/// A finding that a change of the brief's own text mends.
pub(super) fn mends(severity: Severity, text: impl Into<String>, fix: Fix) -> Finding {
    Finding { fix: Some(fix), ..finding(severity, text) }
}

fn criteria(brief: &Brief, last: Option<&Attempt>, found: &mut Vec<Finding>) {
    if brief.criteria.is_empty() {
        found.push(finding(Severity::Error, "there is no success criterion"));
    } else if !brief.criteria.iter().any(|one| one.needs_evidence() && !one.is_manual()) {
        let text = "no criterion can be checked by the program: only a person can say it is done";
        found.push(finding(Severity::Warning, text));
    }
    for one in &brief.criteria {
        if let Some(why) = uncheckable(one) {
            found.push(finding(Severity::Error, format!("criterion `{}`: {why}", one.text)));
        }
        let key = one.key();
        let passed_before = last.is_some_and(|attempt| {
            attempt.evidence.iter().any(|evidence| {
                evidence.when == When::Before
                    && evidence.outcome == Outcome::Passed
                    && evidence.criterion == key
            })
        });
        if passed_before {
            let text = format!("criterion `{}` passed {BEFORE}: it proves nothing", one.text);
            found.push(finding(Severity::Note, text));
        }
    }
}

fn sections(brief: &Brief, ground: &Ground, found: &mut Vec<Finding>) {
    let spec = &ground.task.spec;
    let scope = || Fix::Add {
        kind: SectionKind::OutOfScope,
        text: if spec.outputs.is_empty() {
            "Everything that the requirements do not name".to_owned()
        } else {
            format!("Everything but the expected outputs: {}", spec.outputs.join(", "))
        },
    };
    let asked = || Fix::Add {
        kind: SectionKind::Requirements,
        text: spec.criteria.iter().map(|one| one.text.trim()).collect::<Vec<_>>().join("; "),
    };
    let has = |kind| brief.sections.iter().any(|section| section.kind == kind);
    for (kind, severity, text) in [
        (SectionKind::Objective, Severity::Error, "there is no objective"),
        (SectionKind::Requirements, Severity::Warning, "there are no requirements"),
        (SectionKind::Context, Severity::Note, "there is no context"),
        (SectionKind::OutOfScope, Severity::Note, "nothing is said to be out of scope"),
    ] {
        if !has(kind) {
            let fix = match kind {
                SectionKind::OutOfScope => Some(scope()),
                SectionKind::Requirements => (!spec.criteria.is_empty()).then(asked),
                SectionKind::Objective
                | SectionKind::Context
                | SectionKind::Results
                | SectionKind::SharedDecisions
                | SectionKind::Steps
                | SectionKind::Outputs
                | SectionKind::Criteria
                | SectionKind::Rules
                | SectionKind::Lessons
                | SectionKind::Tried => None,
            };
            found.push(Finding { fix, ..finding(severity, text) });
        }
    }
    if brief.attempt.0 > 1 && !has(SectionKind::Tried) {
        let text = "a follow-up must say what was tried before";
        found.push(finding(Severity::Error, text));
    }
}

fn vague(brief: &Brief, found: &mut Vec<Finding>) {
    for section in &brief.sections {
        match section.kind {
            SectionKind::Objective | SectionKind::Requirements | SectionKind::Steps => {}
            SectionKind::Context
            | SectionKind::Results
            | SectionKind::SharedDecisions
            | SectionKind::Outputs
            | SectionKind::Criteria
            | SectionKind::OutOfScope
            | SectionKind::Rules
            | SectionKind::Lessons
            | SectionKind::Tried => continue,
        }
        // What is quoted is code or output, not our words.
        let words: String = section.text.split('`').step_by(2).collect::<Vec<_>>().join(" ");
        let words = words.to_lowercase();
        for (place, (vague, instead)) in VAGUE.iter().enumerate() {
            if says(&words, vague) {
                let severity = if place < GAPS { Severity::Warning } else { Severity::Note };
                let heading = section.kind.heading();
                let text = format!("{heading}: “{vague}” is vague; {instead}");
                // Where the word only blurs what stands there anyway, it can go.
                let fix = blurs(vague)
                    .then(|| Fix::Cut { kind: section.kind, words: (*vague).to_owned() });
                found.push(Finding { fix, ..finding(severity, text) });
            }
        }
    }
}

/// Whether a text says the same, and firmly, without this word: the others stand for something that
/// only a person can put in.
fn blurs(vague: &str) -> bool {
    matches!(
        vague,
        "etc"
            | "and so on"
            | "and the like"
            | "as you see fit"
            | "as needed"
            | "if necessary"
            | "as appropriate"
            | "appropriately"
            | "properly"
            | "somehow"
    )
}

/// Whether a phrase stands in a text by itself, not as part of a longer word.
fn says(text: &str, phrase: &str) -> bool {
    text.match_indices(phrase).any(|(at, _)| {
        let before = text[..at].chars().next_back();
        let after = text[at + phrase.len()..].chars().next();
        !before.is_some_and(char::is_alphanumeric) && !after.is_some_and(char::is_alphanumeric)
    })
}

#[cfg(test)]
mod tests {
    use super::super::{
        brief::{Words, compose},
        rules::Rules,
        test::{attempted, goal, spec},
        text::Window,
    };
    use super::*;
    use crate::domain::{AttemptNo, Check, TaskSpec};

    fn linted(words: &Words, edit: impl FnOnce(&mut TaskSpec)) -> String {
        let mut spec = spec("name", "Greet by name", &["src/greet.sh"]);
        spec.out_of_scope = vec!["colours".to_owned()];
        edit(&mut spec);
        let goal = goal(vec![spec.clone()]);
        let window = Window(16_000);
        let ground = Ground::gather(&goal, &[], &"name".into(), Rules::default(), window).unwrap();
        let brief = compose(&ground, words);
        shown(&lint(&brief, &ground, &|path| path == "test.sh"))
    }

    #[test]
    fn a_path_of_another_folder_is_mended_with_the_line_s_number_behind_it() {
        let mut spec = spec("name", "Greet by name", &["src/greet.sh"]);
        spec.out_of_scope = vec!["colours".to_owned()];
        let goal = goal(vec![spec.clone()]);
        let ground =
            Ground::gather(&goal, &[], &"name".into(), Rules::default(), Window(16_000)).unwrap();
        let words = Words { context: "See `lib/greet.sh:12` first.".to_owned(), ..sound() };
        let mut brief = compose(&ground, &words);
        brief.lint = lint(&brief, &ground, &|path| path == "test.sh");
        assert_eq!(
            shown(&brief.lint),
            "Note: `lib/greet.sh` is neither in the repository nor an output; `src/greet.sh` is"
        );
        let mended = brief.mended(0).unwrap().render();
        assert!(mended.contains("See `src/greet.sh:12` first."), "{mended}");
    }

    fn shown(found: &[Finding]) -> String {
        let line = |one: &Finding| format!("{:?}: {}", one.severity, one.text);
        found.iter().map(line).collect::<Vec<_>>().join("\n")
    }

    fn sound() -> Words {
        Words {
            context: "`src/greet.sh` prints, `test.sh` tests `sh x.sh --a`, see `std::fs`."
                .to_owned(),
            requirements: vec!["It prints `Hello, etc`.".to_owned()],
            steps: Vec::new(),
        }
    }

    #[test]
    fn a_sound_brief_has_no_findings() {
        assert_eq!(linted(&sound(), |_| {}), "");
    }

    #[test]
    fn thin_and_vague_briefs_are_told_what_they_lack() {
        let words = Words {
            context: "See `src/gone.sh:12`.".to_owned(),
            requirements: vec!["Handle flags etc. properly, TBD".to_owned()],
            steps: Vec::new(),
        };
        insta::assert_snapshot!(linted(&words, |spec| {
            spec.out_of_scope.clear();
            spec.outputs = vec!["a nicer script".to_owned()];
        }), @r#"
        Warning: Requirements: “tbd” is vague; decide it
        Warning: Requirements: “etc” is vague; name the others
        Note: nothing is said to be out of scope
        Note: no output names a path: nobody can look for it
        Note: `src/gone.sh` is neither in the repository nor an output
        Note: Requirements: “properly” is vague; say how
        "#);
    }

    #[test]
    fn a_criterion_that_passed_before_the_last_attempts_work_is_found() {
        let spec = spec("name", "Greet by name", &["src/greet.sh"]);
        let goal = goal(vec![spec.clone()]);
        let ground =
            Ground::gather(&goal, &[], &"name".into(), Rules::default(), Window(16_000)).unwrap();
        let brief = compose(&ground, &sound());
        let found = |when, outcome| {
            let mut attempt = attempted(&brief.criteria[0].key(), "m");
            (attempt.evidence[0].when, attempt.evidence[0].outcome) = (when, outcome);
            let mut found = Vec::new();
            criteria(&brief, Some(&attempt), &mut found);
            shown(&found)
        };
        assert_eq!(
            found(When::Before, Outcome::Passed),
            "Note: criterion `the tests pass` passed before the work: it proves nothing"
        );
        assert_eq!(found(When::Before, Outcome::Failed), "");
        assert_eq!(found(When::After, Outcome::Passed), "");
    }

    #[test]
    fn criteria_must_be_there_and_checkable() {
        let none = linted(&sound(), |spec| spec.criteria.clear());
        assert_eq!(none, "Error: there is no success criterion");
        let manual = linted(&sound(), |spec| {
            spec.criteria[0].check = Check::Manual { look: "the colours".to_owned() };
        });
        assert!(manual.starts_with("Warning: no criterion can be checked by the program"));
        let empty = linted(&sound(), |spec| {
            spec.criteria[0].check = Check::FileExists { path: "/etc/passwd".to_owned() };
        });
        assert!(empty.starts_with("Error: criterion `the tests pass`: its path"), "{empty}");
    }

    #[test]
    fn a_brief_must_leave_room_to_work() {
        let spec = spec("name", "Greet by name", &["src/greet.sh"]);
        let goal = goal(vec![spec]);
        let window = Window(16_000);
        let ground = Ground::gather(&goal, &[], &"name".into(), Rules::default(), window).unwrap();
        let mut brief = compose(&ground, &sound());
        brief.sections[0].tokens = 5_000;
        assert!(shown(&lint(&brief, &ground, &|_| true)).contains("Warning: about 5"));
        brief.sections[0].tokens = 9_000;
        brief.attempt = AttemptNo(2);
        let found = shown(&lint(&brief, &ground, &|_| true));
        assert!(found.contains("Error: about 9") && found.contains("Error: a follow-up must"));
    }
}
