//! The brief: the planner's words, and all that the program itself knows, each with its source.

use std::fmt::Write as _;

use serde::Deserialize;

use super::{
    ground::Ground,
    shown,
    text::{clip, list, titled},
};
use crate::domain::{
    Author, Brief, DirectionFrom, Lesson, LessonState, Section, SectionKind, Source, Trust,
    tokens_of,
};

/// What the planner writes of a brief.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Words {
    pub context: String,
    pub requirements: Vec<String>,
    pub steps: Vec<String>,
}

/// Composes a brief for the task's next attempt. Sections with nothing to say are left out.
pub fn compose(ground: &Ground, words: &Words) -> Brief {
    let task = &ground.task;
    let attempt = task.next_attempt();
    let earlier = task.brief.as_ref().filter(|brief| brief.attempt == attempt);
    let mut sections: Vec<Section> = Vec::new();
    sections.extend(objective(ground));
    sections.extend(context(ground, words).into_iter().flatten());
    sections.extend(results(ground));
    sections.extend(shared(ground));
    sections.extend(requirements(ground, words));
    sections.extend(steps(ground, words));
    sections.extend(outputs(ground));
    sections.extend(criteria(ground));
    sections.extend(out_of_scope(ground));
    sections.extend(rules(ground));
    sections.extend(lessons(ground));
    sections.extend(tried(ground));
    Brief {
        task: task.spec.id.clone(),
        attempt,
        version: earlier.map_or(1, |brief| brief.version.saturating_add(1)),
        sections,
        criteria: task.spec.criteria.clone(),
        lint: Vec::new(),
        parent: earlier.map(Brief::hash),
        author: Author::Planner,
        lessons: ground.lessons.iter().map(|lesson| lesson.id).collect(),
        withheld: ground.withheld.into_iter().collect(),
    }
}

/// A paragraph, unless it has nothing to say.
fn section(kind: SectionKind, text: &str, sources: Vec<Source>) -> Option<Section> {
    let text = text.trim();
    if text.is_empty() {
        return None;
    }
    Some(Section { kind, tokens: tokens_of(text), text: text.to_owned(), sources })
}

fn plan(ground: &Ground) -> Source {
    Source::Plan { revision: ground.revision }
}

fn objective(ground: &Ground) -> Option<Section> {
    let spec = &ground.task.spec;
    let bare = |text: &str| text.trim().trim_end_matches('.').to_lowercase();
    let text = if bare(&spec.objective) == bare(&spec.title) {
        spec.title.clone()
    } else {
        format!("{}\n\n{}", spec.title.trim(), spec.objective.trim())
    };
    // A task that covers parts of the goal says what the goal says of them.
    let goal = (!spec.covers.is_empty()).then_some(Source::Goal);
    let sources = std::iter::once(plan(ground)).chain(goal).collect();
    section(SectionKind::Objective, &text, sources)
}

fn context(ground: &Ground, words: &Words) -> [Option<Section>; 4] {
    let spec = &ground.task.spec;
    let kind = SectionKind::Context;
    let own = clip(words.context.trim(), ground.window.share(12), "the context");
    let thoughts = if ground.thoughts.is_empty() {
        String::new()
    } else {
        titled("The person says", &ground.thoughts)
    };
    [
        section(kind, &own, vec![Source::Planner]),
        section(kind, &spec.guidance, vec![plan(ground)]),
        section(kind, &thoughts, vec![Source::Person]),
        section(kind, &titled("Read first", &spec.inputs), vec![plan(ground)]),
    ]
}

fn results(ground: &Ground) -> Vec<Section> {
    let all = ground.results(ground.window.share(10)).into_iter();
    all.filter_map(|(task, text)| section(SectionKind::Results, &text, vec![Source::Task { task }]))
        .collect()
}

fn shared(ground: &Ground) -> Option<Section> {
    let text = list(&ground.task.spec.shared_decisions);
    section(SectionKind::SharedDecisions, &text, vec![plan(ground)])
}

fn requirements(ground: &Ground, words: &Words) -> Option<Section> {
    let text = clip(&list(&words.requirements), ground.window.share(8), "the requirements");
    section(SectionKind::Requirements, &text, vec![Source::Planner])
}

fn steps(ground: &Ground, words: &Words) -> Option<Section> {
    let (steps, source) = if words.steps.iter().any(|step| !step.trim().is_empty()) {
        (&words.steps, Source::Planner)
    } else {
        (&ground.task.spec.steps, plan(ground))
    };
    let mut text = String::new();
    for (place, step) in steps.iter().filter(|step| !step.trim().is_empty()).enumerate() {
        // Models number their steps themselves, too.
        let step = step.trim().trim_start_matches(|letter: char| letter.is_ascii_digit());
        let step = step.strip_prefix(['.', ')']).unwrap_or(step).trim();
        let _ = writeln!(text, "{}. {}", place + 1, step.replace('\n', "\n   "));
    }
    section(SectionKind::Steps, &clip(&text, ground.window.share(6), "the steps"), vec![source])
}

fn outputs(ground: &Ground) -> Option<Section> {
    section(SectionKind::Outputs, &list(&ground.task.spec.outputs), vec![plan(ground)])
}

fn criteria(ground: &Ground) -> Option<Section> {
    let criteria: Vec<String> = ground.task.spec.criteria.iter().map(shown::criterion).collect();
    section(SectionKind::Criteria, &list(&criteria), vec![plan(ground)])
}

fn out_of_scope(ground: &Ground) -> Option<Section> {
    let spec = &ground.task.spec;
    let mut text = list(&spec.out_of_scope);
    if !spec.may_touch.is_empty() {
        let _ = writeln!(text, "- Change only what matches: {}", spec.may_touch.join(", "));
    }
    if !spec.must_not_touch.is_empty() {
        let _ = writeln!(text, "- Do not change: {}", spec.must_not_touch.join(", "));
    }
    for sibling in &ground.siblings {
        let _ = writeln!(
            text,
            "- Another task does this, leave it to that one: {}",
            sibling.title.trim()
        );
    }
    let text = clip(&text, ground.window.share(4), "what is out of scope");
    section(SectionKind::OutOfScope, &text, vec![plan(ground)])
}

fn rules(ground: &Ground) -> Vec<Section> {
    let all = ground.rules.parts(ground.window.share(10)).into_iter();
    all.filter_map(|(path, text)| section(SectionKind::Rules, &text, vec![Source::Rule { path }]))
        .collect()
}

fn lessons(ground: &Ground) -> Vec<Section> {
    let one = |one: &Lesson| {
        let text = list(&[lesson(one)]);
        section(SectionKind::Lessons, &text, vec![Source::Lesson { lesson: one.id }])
    };
    ground.lessons.iter().filter_map(one).collect()
}

/// A lesson with its id, its day and what it rests on. The day and not the age: a text that
/// changes by itself would make two briefs differ that say the same.
pub(super) fn lesson(lesson: &Lesson) -> String {
    let day = i64::try_from(lesson.at)
        .ok()
        .and_then(|at| jiff::Timestamp::from_millisecond(at).ok())
        .map_or_else(|| "an unknown day".to_owned(), |at| at.strftime("%Y-%m-%d").to_string());
    let state = match lesson.state {
        LessonState::Candidate => "not confirmed yet",
        LessonState::Confirmed
        | LessonState::Stale
        | LessonState::Refuted
        | LessonState::Retired
        | LessonState::Forgotten => lesson.state.word(),
    };
    let shown_by = match lesson.trust {
        Trust::Program => "the program saw it",
        Trust::Check => "a check showed it",
        Trust::Person => "the person said it",
        Trust::Reviewer => "a reviewer concluded it",
        Trust::Text => "it stands in some text only",
    };
    let task = lesson.task.as_ref().map_or(String::new(), |task| format!("; task `{task}`"));
    let events: Vec<String> = lesson.what.evidence.iter().map(ToString::to_string).collect();
    let events =
        if events.is_empty() { String::new() } else { format!(", events {}", events.join(", ")) };
    format!(
        "{}: {} → {} ({state}; {shown_by}{events}{task}, {day})",
        lesson.id,
        lesson.what.trigger.trim(),
        lesson.what.fix.trim(),
    )
}

fn tried(ground: &Ground) -> Vec<Section> {
    let task = &ground.task;
    let kind = SectionKind::Tried;
    let of = |attempt| Source::Attempt { task: task.spec.id.clone(), attempt };
    let all = ground.tried(ground.window.share(12)).into_iter();
    let mut sections: Vec<Section> =
        all.filter_map(|(attempt, text)| section(kind, &text, vec![of(attempt)])).collect();
    let last = task.last_attempt().filter(|_| !ground.partial.trim().is_empty());
    if let Some(last) = last {
        let patch = clip(&ground.partial, ground.window.share(8), "the patch");
        // Nothing in a patch may end its fence.
        let patch = patch.replace("```", "'''");
        let text = format!("What that attempt changed:\n```diff\n{patch}\n```");
        sections.extend(section(kind, &text, vec![of(last.number)]));
    }
    if let Some(direction) = &task.direction {
        let (who, own) = match direction.from {
            DirectionFrom::Review => ("The reviewer's direction", None),
            DirectionFrom::Person => ("The person's direction", Some(Source::Person)),
            DirectionFrom::Landing => ("From the checks on the merged tree", None),
        };
        let words = clip(direction.text.trim(), ground.window.share(6), "the direction");
        let text = format!("{who} for this attempt: {words}");
        let source = own.or_else(|| task.last_attempt().map(|last| of(last.number)));
        sections.extend(section(kind, &text, vec![source.unwrap_or(Source::Planner)]));
    }
    sections
}

#[cfg(test)]
mod tests {
    use super::super::{
        rules::{RuleFile, Rules},
        test::{attempted, goal, lesson, spec},
        text::Window,
    };
    use super::*;
    use crate::domain::{AttemptNo, Direction, Goal, Phase};

    fn words() -> Words {
        Words {
            context: "`src/greet.sh` prints; `test.sh` runs it.".to_owned(),
            requirements: vec!["`sh src/greet.sh --name Ann` prints `Hello, Ann!`".to_owned()],
            steps: vec!["1. Read `test.sh`.".to_owned(), "Add the flag.".to_owned()],
        }
    }

    fn two_tasks() -> Goal {
        let mut second = spec("name", "Greet by name", &["src/greet.sh"]);
        second.after = vec!["greet".into()];
        second.must_not_touch = vec!["test.sh".to_owned()];
        second.shared_decisions = vec!["POSIX sh only".to_owned()];
        let other = spec("docs", "Write the README", &["README.md"]);
        let mut goal = goal(vec![spec("greet", "Greet", &["src/greet.sh"]), second, other]);
        let key = goal.plan.tasks[0].spec.criteria[0].key();
        let mut done = attempted(&key, "m");
        done.evidence.clear();
        goal.plan.tasks[0].attempts = vec![done];
        goal.plan.tasks[0].phase =
            Phase::Done { attempt: AttemptNo(1), commit: "c1".to_owned(), tree: "t1".to_owned() };
        goal
    }

    fn ground(goal: &Goal) -> Ground {
        let rules = Rules {
            files: vec![RuleFile {
                path: "AGENTS.md".to_owned(),
                text: "Run `sh test.sh`.".to_owned(),
            }],
        };
        let lessons =
            [lesson(14, "greet.sh: parameter not set", "give a default: ${x:-}", &["src/*.sh"])];
        Ground::gather(goal, &lessons, &"name".into(), rules, Window(16_000)).unwrap()
    }

    #[test]
    fn a_first_brief_has_the_planners_words_and_what_the_program_knows() {
        let brief = compose(&ground(&two_tasks()), &words());
        insta::assert_snapshot!(brief.render(), @r#"
        ## Objective

        Greet by name

        ## Context

        `src/greet.sh` prints; `test.sh` runs it.

        ## Results of earlier tasks

        ### `greet`: Greet

        Changed: src/greet.sh
        Added the flag.

        ## Decisions shared with sibling tasks

        - POSIX sh only

        ## Requirements

        - `sh src/greet.sh --name Ann` prints `Hello, Ann!`

        ## Steps

        1. Read `test.sh`.
        2. Add the flag.

        ## Expected outputs

        - src/greet.sh

        ## Success criteria

        - the tests pass
          Command: `sh test.sh` must exit 0

        ## Out of scope

        - Do not change: test.sh
        - Another task does this, leave it to that one: Write the README

        ## Rules of this repository

        From `AGENTS.md`:

        Run `sh test.sh`.

        ## Lessons that apply

        - L14: greet.sh: parameter not set → give a default: ${x:-} (not confirmed yet; a reviewer concluded it, events 41; task `other`, 2026-11-18)
        "#);
        assert_eq!(brief.version, 1);
        assert_eq!(brief.lessons.len(), 1);
        assert_eq!(brief.criteria.len(), 1);
    }

    #[test]
    fn every_section_says_where_it_comes_from_and_how_long_it_is() {
        let brief = compose(&ground(&two_tasks()), &words());
        for section in &brief.sections {
            assert!(!section.sources.is_empty(), "{:?}", section.kind);
            assert!(section.tokens > 0);
        }
        let kinds: Vec<SectionKind> = brief.sections.iter().map(|section| section.kind).collect();
        assert!(kinds.is_sorted());
    }

    #[test]
    fn a_follow_up_says_what_was_tried_what_came_of_it_and_what_must_differ() {
        let mut goal = two_tasks();
        let key = goal.plan.tasks[1].spec.criteria[0].key();
        goal.plan.tasks[1].attempts = vec![attempted(&key, "small-model")];
        goal.plan.tasks[1].direction = Some(Direction {
            text: "Use a default value.".to_owned(),
            from: DirectionFrom::Review,
        });
        let brief = compose(&ground(&goal), &words());
        assert_eq!(brief.attempt, AttemptNo(2));
        let (_, tried) = brief.grouped().pop().unwrap();
        insta::assert_snapshot!(tried, @r#"
        Attempt 1 (small-model):
        Claims: done. Added the flag.
        Changed: src/greet.sh
        Evidence against it:
        - FAILED after the work: the tests pass (exit 1)
          ```
          greet.sh: 3: name: parameter not set
          ```

        The reviewer's direction for this attempt: Use a default value.
        "#);
    }

    #[test]
    fn another_version_of_the_same_attempt_names_its_parent() {
        let mut goal = two_tasks();
        let first = compose(&ground(&goal), &words());
        goal.plan.tasks[1].brief = Some(first.clone());
        let second = compose(&ground(&goal), &Words::default());
        assert_eq!((second.version, second.parent), (2, Some(first.hash())));
    }

    #[test]
    fn the_same_facts_make_the_same_brief() {
        let goal = two_tasks();
        let one = compose(&ground(&goal), &words());
        assert_eq!(one.substance(), compose(&ground(&goal), &words()).substance());
    }
}
