//! The brief's linter: the same findings for the same brief, and no model asked.

use crate::domain::{
    Attempt, Brief, Finding, Outcome, SectionKind, Severity, TaskSpec, When, uncheckable,
};

use super::text::Window;

/// Hundredths of the reader's window that a brief should stay below, and must.
const SHARE: (u32, u32) = (25, 50);
/// Words that leave open what is meant, each with what to write instead.
const VAGUE: [(&str, &str); 12] = [
    ("tbd", "decide it"),
    ("todo", "decide it"),
    ("???", "decide it"),
    ("etc", "name the others"),
    ("and so on", "name the others"),
    ("as needed", "say when"),
    ("if necessary", "say when"),
    ("as appropriate", "say what"),
    ("appropriately", "say how"),
    ("properly", "say how"),
    ("somehow", "say how"),
    ("should work", "say what must happen"),
];
/// Vague words up to here are gaps; after that they are only weak.
const GAPS: usize = 5;

/// Looks a brief over. `exists` says whether a path of the repository exists; `window` is that of
/// the model that will read it; `last` is the task's latest attempt, whose baseline is known.
pub fn lint(
    brief: &Brief,
    spec: &TaskSpec,
    last: Option<&Attempt>,
    exists: &dyn Fn(&str) -> bool,
    window: Window,
) -> Vec<Finding> {
    let mut found = Vec::new();
    criteria(brief, last, &mut found);
    sections(brief, &mut found);
    paths(brief, spec, exists, &mut found);
    vague(brief, &mut found);
    let tokens = brief.tokens();
    let (should, must) = (window.share(SHARE.0), window.share(SHARE.1));
    if tokens > must {
        let text = format!("about {tokens} tokens: more than {} % of the reader's window", SHARE.1);
        found.push(finding(Severity::Error, text));
    } else if tokens > should {
        let text = format!("about {tokens} tokens: more than {} % of the reader's window", SHARE.0);
        found.push(finding(Severity::Warning, text));
    }
    // The worst first.
    found.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
    found
}

fn finding(severity: Severity, text: impl Into<String>) -> Finding {
    Finding { severity, text: text.into() }
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
            let text =
                format!("criterion `{}` passed before the work: it proves nothing", one.text);
            found.push(finding(Severity::Note, text));
        }
    }
}

fn sections(brief: &Brief, found: &mut Vec<Finding>) {
    let has = |kind| brief.sections.iter().any(|section| section.kind == kind);
    for (kind, severity, text) in [
        (SectionKind::Objective, Severity::Error, "there is no objective"),
        (SectionKind::Requirements, Severity::Warning, "there are no requirements"),
        (SectionKind::Context, Severity::Note, "there is no context"),
        (SectionKind::OutOfScope, Severity::Note, "nothing is said to be out of scope"),
    ] {
        if !has(kind) {
            found.push(finding(severity, text));
        }
    }
    if brief.attempt.0 > 1 && !has(SectionKind::Tried) {
        let text = "a follow-up must say what was tried before";
        found.push(finding(Severity::Error, text));
    }
}

fn paths(brief: &Brief, spec: &TaskSpec, exists: &dyn Fn(&str) -> bool, found: &mut Vec<Finding>) {
    if !spec.outputs.iter().any(|output| looks_like_path(output)) {
        let text = "no output names a path: nobody can look for it";
        found.push(finding(Severity::Note, text));
    }
    let known: Vec<&str> =
        spec.outputs.iter().chain(&spec.inputs).map(|path| path.trim_start_matches("./")).collect();
    let words = brief.sections.iter().filter(|section| match section.kind {
        SectionKind::Context | SectionKind::Requirements | SectionKind::Steps => true,
        SectionKind::Objective
        | SectionKind::Results
        | SectionKind::SharedDecisions
        | SectionKind::Outputs
        | SectionKind::Criteria
        | SectionKind::OutOfScope
        | SectionKind::Rules
        | SectionKind::Lessons
        | SectionKind::Tried => false,
    });
    let mut told: Vec<String> = Vec::new();
    for text in words.map(|section| &section.text) {
        // What stands between backticks: every second piece.
        for quoted in text.split('`').skip(1).step_by(2).filter(|one| looks_like_path(one)) {
            let path = quoted.trim_start_matches("./").trim_end_matches('/');
            let path = path.split(':').next().unwrap_or(path);
            let made = known.iter().any(|one| *one == path || one.starts_with(&format!("{path}/")));
            if !made && !exists(path) && !told.iter().any(|one| one == path) {
                told.push(path.to_owned());
            }
        }
    }
    for path in told.iter().take(5) {
        let text = format!("`{path}` is neither in the repository nor an output");
        found.push(finding(Severity::Note, text));
    }
}

/// Whether a text can only be a path: one word with a slash or a file's ending, and no sign of
/// code, command or address.
fn looks_like_path(text: &str) -> bool {
    let text = text.trim();
    let plain = !text.is_empty()
        && text.len() < 200
        && text.chars().all(|one| one.is_alphanumeric() || "._-/:".contains(one))
        && !text.contains("//")
        && !text.contains("::")
        && !text.starts_with('/')
        && !text.starts_with('-');
    let ending = text.rsplit_once('.').is_some_and(|(stem, ending)| {
        !stem.is_empty()
            && (1..=4).contains(&ending.len())
            && ending.chars().all(|one| one.is_ascii_lowercase())
    });
    plain && (ending || text.contains('/'))
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
                found.push(finding(severity, format!("{heading}: “{vague}” is vague; {instead}")));
            }
        }
    }
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
        ground::Ground,
        rules::Rules,
        test::{goal, spec},
    };
    use super::*;
    use crate::domain::{AttemptNo, Check};

    fn linted(words: &Words, edit: impl FnOnce(&mut TaskSpec)) -> String {
        let mut spec = spec("name", "Greet by name", &["src/greet.sh"]);
        spec.out_of_scope = vec!["colours".to_owned()];
        edit(&mut spec);
        let goal = goal(vec![spec.clone()]);
        let window = Window(16_000);
        let ground = Ground::gather(&goal, &[], &"name".into(), Rules::default(), window).unwrap();
        let brief = compose(&ground, words);
        shown(&lint(&brief, &spec, None, &|path| path == "test.sh", window))
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
        let goal = goal(vec![spec.clone()]);
        let window = Window(16_000);
        let ground = Ground::gather(&goal, &[], &"name".into(), Rules::default(), window).unwrap();
        let mut brief = compose(&ground, &sound());
        brief.sections[0].tokens = 5_000;
        assert!(shown(&lint(&brief, &spec, None, &|_| true, window)).contains("Warning: about 5"));
        brief.sections[0].tokens = 9_000;
        brief.attempt = AttemptNo(2);
        let found = shown(&lint(&brief, &spec, None, &|_| true, window));
        assert!(found.contains("Error: about 9") && found.contains("Error: a follow-up must"));
    }
}
