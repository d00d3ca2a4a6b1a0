//! The linter's look beyond the brief's own words: paths, siblings, and what holds already.

use std::collections::BTreeSet;

use super::{
    ground::Ground,
    lint::{finding, mends},
};
use crate::domain::{BEFORE, Brief, Check, Finding, Fix, Phase, SectionKind, Severity, TaskSpec};

/// Most findings of one kind.
const MOST: usize = 5;

/// Everything that the brief leans on or reaches for.
pub(super) fn reach(
    brief: &Brief,
    ground: &Ground,
    exists: &dyn Fn(&str) -> bool,
    found: &mut Vec<Finding>,
) {
    let spec = &ground.task.spec;
    holds_already(brief, ground, found);
    outputs(spec, found);
    inputs(ground, exists, found);
    named(brief, ground, exists, found);
    within(spec, found);
    shared(ground, found);
}

/// A command that passes on the very tree that the work begins from proves nothing.
fn holds_already(brief: &Brief, ground: &Ground, found: &mut Vec<Finding>) {
    for one in &brief.criteria {
        if one.command().is_some_and(|line| ground.passes_now.iter().any(|known| known == line)) {
            let text = format!("criterion `{}` passes {BEFORE}: alone it proves nothing", one.text);
            found.push(finding(Severity::Note, text));
        }
    }
}

fn outputs(spec: &TaskSpec, found: &mut Vec<Finding>) {
    if spec.outputs.is_empty() {
        found.push(finding(Severity::Warning, "no output is named"));
    } else if !spec.outputs.iter().any(|output| looks_like_path(output)) {
        let text = "no output names a path: nobody can look for it";
        found.push(finding(Severity::Note, text));
    }
}

/// What there is to read: the repository, and what the tasks before this one made or were to make.
fn made(ground: &Ground) -> Vec<&str> {
    let promised = ground.dependencies.iter().flat_map(|task| &task.spec.outputs);
    let changed = ground
        .dependencies
        .iter()
        .filter(|task| matches!(task.phase, Phase::Done { .. }))
        .filter_map(|task| task.last_attempt())
        .flat_map(|attempt| &attempt.files);
    promised.chain(changed).map(|path| plain(path)).collect()
}

fn inputs(ground: &Ground, exists: &dyn Fn(&str) -> bool, found: &mut Vec<Finding>) {
    let made = made(ground);
    let spec = &ground.task.spec;
    let missing = spec.inputs.iter().filter(|path| looks_like_path(path)).filter(|path| {
        let path = plain(path);
        !is_glob(path) && !exists(path) && !stands_in(path, &made)
    });
    for path in missing.take(MOST) {
        let text = format!("it is to read `{path}`, which nothing before it makes");
        found.push(finding(Severity::Warning, text));
    }
}

/// Paths between backticks that are nowhere.
fn named(brief: &Brief, ground: &Ground, exists: &dyn Fn(&str) -> bool, found: &mut Vec<Finding>) {
    let spec = &ground.task.spec;
    let mut known = made(ground);
    known.extend(spec.outputs.iter().chain(&spec.inputs).map(|path| plain(path)));
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
    let mut told: BTreeSet<&str> = BTreeSet::new();
    for text in words.map(|section| &section.text) {
        // What stands between backticks: every second piece.
        for quoted in text.split('`').skip(1).step_by(2).filter(|one| looks_like_path(one)) {
            let path = plain(quoted);
            let path = path.split(':').next().unwrap_or(path);
            if stands_in(path, &known) || exists(path) || told.len() >= MOST || !told.insert(path) {
                continue;
            }
            let text = format!("`{path}` is neither in the repository nor an output");
            found.push(match meant(path, &known, ground, exists) {
                Some(by) => {
                    let text = format!("{text}; `{by}` is");
                    // What is quoted goes as a whole; a line's number stays behind the new path.
                    let line = quoted.find(':').map_or("", |at| &quoted[at..]);
                    let (words, by) = (quoted.to_owned(), by + line);
                    mends(Severity::Note, text, Fix::Replace { words, by })
                }
                None => finding(Severity::Note, text),
            });
        }
    }
}

/// The one path with the same file name that there is, or the same path from another folder.
fn meant(
    path: &str,
    known: &[&str],
    ground: &Ground,
    exists: &dyn Fn(&str) -> bool,
) -> Option<String> {
    let name = path.rsplit('/').next().filter(|name| !name.is_empty())?;
    let of_name = |one: &&&str| one.rsplit('/').next() == Some(name);
    let mut same = known.iter().filter(of_name);
    if let (Some(only), None) = (same.next(), same.next()) {
        return Some((*only).to_owned());
    }
    // Folders that the task is about: models forget them.
    let spec = &ground.task.spec;
    let paths = spec.outputs.iter().chain(&spec.inputs).chain(&spec.may_touch);
    let mut folders: Vec<&str> = paths
        .filter_map(|one| plain(one).rsplit_once('/'))
        .map(|(folder, _)| folder)
        .filter(|folder| !is_glob(folder))
        .collect();
    folders.sort_unstable();
    folders.dedup();
    let mut there = folders
        .iter()
        .map(|folder| format!("{folder}/{path}"))
        .chain([name.to_owned()])
        .filter(|one| one != path && exists(one));
    let first = there.next();
    if there.next().is_some() { None } else { first }
}

/// Nothing that must come to be lies outside of what may be touched.
fn within(spec: &TaskSpec, found: &mut Vec<Finding>) {
    let files = spec.criteria.iter().filter_map(|one| match &one.check {
        Check::FileExists { path } | Check::FileMatches { path, .. } => Some(path),
        Check::Command { .. }
        | Check::DiffWithin { .. }
        | Check::Manual { .. }
        | Check::Judgement { .. } => None,
    });
    let wanted: BTreeSet<&str> = spec
        .outputs
        .iter()
        .chain(files)
        .filter(|path| looks_like_path(path))
        .map(|path| plain(path))
        .collect();
    for path in wanted.iter().filter(|path| !is_glob(path)).take(MOST) {
        if !spec.may_touch.is_empty() && !matches_any(&spec.may_touch, path) {
            let text = format!(
                "`{path}` must come to be and lies outside of what may be touched: {}",
                spec.may_touch.join(", ")
            );
            found.push(finding(Severity::Error, text));
        }
        if matches_any(&spec.must_not_touch, path) {
            let text = format!("`{path}` must come to be and must not be touched");
            found.push(finding(Severity::Error, text));
        }
    }
    let bounds = spec.criteria.iter().find_map(|one| match &one.check {
        Check::DiffWithin { globs } => Some(globs),
        Check::Command { .. }
        | Check::FileExists { .. }
        | Check::FileMatches { .. }
        | Check::Manual { .. }
        | Check::Judgement { .. } => None,
    });
    let Some(bounds) = bounds else { return };
    for path in wanted.iter().filter(|path| !is_glob(path) && !matches_any(bounds, path)).take(MOST)
    {
        let text = format!("`{path}` must come to be, and a criterion forbids to change it");
        found.push(finding(Severity::Error, text));
    }
}

/// Decisions that tasks at work side by side share must stand in both.
fn shared(ground: &Ground, found: &mut Vec<Finding>) {
    let own = &ground.task.spec;
    let says = |spec: &TaskSpec, decision: &str| {
        spec.shared_decisions.iter().any(|one| one.trim().eq_ignore_ascii_case(decision.trim()))
    };
    for sibling in &ground.siblings {
        let both_share = !own.shared_decisions.is_empty() && !sibling.shared_decisions.is_empty();
        if !both_share && !overlap(own, sibling) {
            continue;
        }
        for (here, there) in [(own, sibling), (sibling, own)] {
            for decision in there.shared_decisions.iter().filter(|one| !says(here, one)).take(MOST)
            {
                let text = format!(
                    "`{}` may run beside `{}` and shares with it: “{}”; only one of them says so",
                    own.id,
                    sibling.id,
                    decision.trim()
                );
                found.push(finding(Severity::Warning, text));
            }
        }
    }
}

/// Whether two tasks name a path in common.
fn overlap(one: &TaskSpec, other: &TaskSpec) -> bool {
    let paths = |spec: &TaskSpec| -> BTreeSet<String> {
        let all = spec.outputs.iter().chain(&spec.may_touch);
        all.map(|path| plain(path).to_owned()).filter(|path| looks_like_path(path)).collect()
    };
    !paths(one).is_disjoint(&paths(other))
}

fn plain(path: &str) -> &str {
    path.trim().trim_start_matches("./").trim_end_matches('/')
}

fn is_glob(path: &str) -> bool {
    path.contains(['*', '?', '[', '{'])
}

fn stands_in(path: &str, known: &[&str]) -> bool {
    let folder = format!("{path}/");
    known.iter().any(|one| *one == path || one.starts_with(&folder))
}

/// Whether a path matches a glob of a plan: a name without wildcards stands for all beneath it.
fn matches_any(globs: &[String], path: &str) -> bool {
    globs.iter().any(|glob| {
        let glob = plain(glob);
        let below = format!("{glob}/**");
        let matches = |form: &str| {
            globset::Glob::new(form).is_ok_and(|glob| glob.compile_matcher().is_match(path))
        };
        glob == "." || glob.is_empty() || matches(glob) || (!is_glob(glob) && matches(&below))
    })
}

/// Whether a text can only be a path: one word with a slash or a file's ending, and no sign of
/// code, command or address.
pub(super) fn looks_like_path(text: &str) -> bool {
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

#[cfg(test)]
mod tests {
    use super::super::{
        brief::{Words, compose},
        rules::Rules,
        test::{goal, spec},
        text::Window,
    };
    use super::*;
    use crate::domain::Criterion;

    /// What is found of `name`, which comes after `greet` and may run beside `docs`.
    fn found(edit: impl FnOnce(&mut TaskSpec, &mut TaskSpec)) -> String {
        let mut name = spec("name", "Greet by name", &["src/name.sh"]);
        name.after = vec!["greet".into()];
        let mut docs = spec("docs", "Write the README", &["README.md"]);
        edit(&mut name, &mut docs);
        let goal = goal(vec![spec("greet", "Greet", &["src/greet.sh"]), name, docs]);
        let rules = Rules::default();
        let ground = Ground::gather(&goal, &[], &"name".into(), rules, Window(16_000)).unwrap();
        let words =
            Words { context: "see `src/gone.sh`, `src/greet.sh`".into(), ..Words::default() };
        let mut found = Vec::new();
        reach(&compose(&ground, &words), &ground, &|path| path == "test.sh", &mut found);
        let line = |one: &Finding| format!("{:?}: {}", one.severity, one.text);
        found.iter().map(line).collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn a_command_that_passes_on_the_tree_that_the_work_begins_from_is_found() {
        let goal = goal(vec![spec("name", "Greet by name", &["src/name.sh"])]);
        let window = Window(16_000);
        let mut ground =
            Ground::gather(&goal, &[], &"name".into(), Rules::default(), window).unwrap();
        let held = |ground: &Ground| {
            let mut found = Vec::new();
            holds_already(&compose(ground, &Words::default()), ground, &mut found);
            found.iter().map(|one| one.text.clone()).collect::<Vec<_>>()
        };
        ground.passes_now = vec!["sh other.sh".to_owned()];
        assert_eq!(held(&ground), [""; 0]);
        ground.passes_now.push("sh test.sh".to_owned());
        let told = "criterion `the tests pass` passes before the work: alone it proves nothing";
        assert_eq!(held(&ground), [told]);
    }

    const GONE: &str = "Note: `src/gone.sh` is neither in the repository nor an output";

    #[test]
    fn what_a_dependency_makes_may_be_named_and_read_and_what_nobody_makes_may_not() {
        assert_eq!(found(|name, _| name.inputs = vec!["src/greet.sh".into()]), GONE);
        insta::assert_snapshot!(found(|name, _| name.inputs = vec!["src/lib.sh".into()]), @r"
        Warning: it is to read `src/lib.sh`, which nothing before it makes
        Note: `src/gone.sh` is neither in the repository nor an output
        ");
    }

    #[test]
    fn what_must_come_to_be_must_lie_where_it_may() {
        assert_eq!(found(|name, _| name.may_touch = vec!["src".into()]), GONE);
        insta::assert_snapshot!(found(|name, _| {
            name.may_touch = vec!["lib/**".into()];
            name.must_not_touch = vec!["src/".into()];
            name.criteria.push(Criterion {
                text: "only the tests change".into(),
                check: Check::DiffWithin { globs: vec!["tests/**".into()] },
            });
        }), @r"
        Note: `src/gone.sh` is neither in the repository nor an output
        Error: `src/name.sh` must come to be and lies outside of what may be touched: lib/**
        Error: `src/name.sh` must come to be and must not be touched
        Error: `src/name.sh` must come to be, and a criterion forbids to change it
        ");
    }

    #[test]
    fn decisions_that_siblings_share_must_stand_in_both() {
        let said = |name: &mut TaskSpec, docs: &mut TaskSpec| {
            name.shared_decisions = vec!["POSIX sh only".into()];
            docs.shared_decisions = vec!["posix SH only ".into()];
        };
        assert_eq!(found(said), GONE);
        insta::assert_snapshot!(found(|name, docs| {
            name.shared_decisions = vec!["POSIX sh only".into()];
            docs.outputs = vec!["src/name.sh".into()];
        }), @r"
        Note: `src/gone.sh` is neither in the repository nor an output
        Warning: `name` may run beside `docs` and shares with it: “POSIX sh only”; only one of them says so
        ");
    }
}
