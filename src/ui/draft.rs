//! Briefs and tasks as texts that a person edits, and back.

use crate::domain::{Author, Brief, Section, SectionKind, Source, TaskSpec, read_yaml, tokens_of};

const KINDS: [SectionKind; 12] = [
    SectionKind::Objective,
    SectionKind::Context,
    SectionKind::Results,
    SectionKind::SharedDecisions,
    SectionKind::Requirements,
    SectionKind::Steps,
    SectionKind::Outputs,
    SectionKind::Criteria,
    SectionKind::OutOfScope,
    SectionKind::Rules,
    SectionKind::Lessons,
    SectionKind::Tried,
];

/// The next version of a brief, in the person's words. The criteria stay: they are the task's.
pub fn brief_of(old: &Brief, text: &str) -> Result<Brief, String> {
    let mut sections: Vec<(SectionKind, String)> = Vec::new();
    for line in text.lines() {
        let heading = line.strip_prefix("## ").map(str::trim);
        let kind = KINDS.into_iter().find(|kind| heading == Some(kind.heading()));
        match (kind, sections.last_mut()) {
            (Some(kind), _) => {
                if sections.iter().any(|(one, _)| *one == kind) {
                    return Err(format!("the section `{}` is there twice", kind.heading()));
                }
                sections.push((kind, String::new()));
            }
            (None, Some((_, text))) => {
                text.push_str(line);
                text.push('\n');
            }
            (None, None) if line.trim().is_empty() => {}
            (None, None) => {
                return Err("a brief begins with a heading, such as `## Objective`".to_owned());
            }
        }
    }
    let sections: Vec<Section> =
        sections.iter().flat_map(|(kind, text)| paragraphs(old, *kind, text)).collect();
    if sections.is_empty() {
        return Err("the brief is empty".to_owned());
    }
    let mut brief = Brief {
        version: old.version.saturating_add(1),
        sections,
        lint: Vec::new(),
        parent: Some(old.hash()),
        author: Author::Person,
        ..old.clone()
    };
    brief.forget_lessons();
    Ok(brief)
}

/// What stands under a heading, paragraph by paragraph: those that are as they were keep their
/// sources, all between them is the person's.
fn paragraphs(old: &Brief, kind: SectionKind, text: &str) -> Vec<Section> {
    let mut found = Vec::new();
    let own = |text: &str, found: &mut Vec<Section>| {
        let text = text.trim().to_owned();
        if !text.is_empty() {
            let (tokens, sources) = (tokens_of(&text), vec![Source::Person]);
            found.push(Section { kind, text, sources, tokens });
        }
    };
    let mut left = text.trim();
    for section in old.sections.iter().filter(|one| one.kind == kind) {
        let known = section.text.trim();
        // Only whole lines: what stands within a line was written into it.
        let whole = |at: usize| {
            let end = at + known.len();
            (at == 0 || left[..at].ends_with('\n'))
                && (end == left.len() || left[end..].starts_with('\n'))
        };
        let place = left.match_indices(known).map(|(at, _)| at).find(|at| whole(*at));
        if let Some(at) = place.filter(|_| !known.is_empty()) {
            own(&left[..at], &mut found);
            found.push(section.clone());
            left = left[at + known.len()..].trim_start_matches('\n');
        }
    }
    own(left, &mut found);
    found
}

/// A task as YAML.
pub fn task_text(spec: &TaskSpec) -> String {
    serde_yaml::to_string(spec).unwrap_or_default()
}

/// A task from YAML. The error names the place.
pub fn task_of(text: &str) -> Result<TaskSpec, String> {
    read_yaml(text, "a mapping of a task's fields").map_err(|fault| fault.to_string())
}

/// What stands in a new task for the person to write over.
const BLANKS: [(&str, &str); 4] = [
    ("id", "new-task"),
    ("outputs", "path/of/a/file"),
    ("criteria", "what holds once it is done"),
    ("criteria", "a command that passes then"),
];

/// What a new task begins as.
pub fn new_task(stage: &str, after: Option<&str>) -> String {
    let after = after.map(|after| format!("after: [{after}]\n")).unwrap_or_default();
    let [(_, id), (_, output), (_, text), (_, run)] = BLANKS;
    format!(
        "id: {id}\nstage: {stage}\ntitle: \nobjective: \noutputs:\n  - {output}\ncriteria:\n  \
         - text: {text}\n    check:\n      type: command\n      run: {run}\n{after}"
    )
}

/// What of a new task stands there as it was given, if anything does: it means nothing.
pub fn left_blank(spec: &TaskSpec) -> Option<String> {
    let is_there = |blank: &str| {
        spec.id.as_str() == blank
            || spec.outputs.iter().any(|one| one.trim() == blank)
            || spec.criteria.iter().any(|one| {
                one.text.trim() == blank || one.command().is_some_and(|run| run.trim() == blank)
            })
    };
    let (field, blank) = BLANKS.into_iter().find(|(_, blank)| is_there(blank))?;
    Some(format!("{field}: `{blank}` only shows what belongs there; write your own in its place"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::AttemptNo;

    fn brief() -> Brief {
        let section = |kind, text: &str| Section {
            kind,
            text: text.to_owned(),
            sources: vec![Source::Planner],
            tokens: 3,
        };
        Brief {
            task: "a".into(),
            attempt: AttemptNo(1),
            version: 1,
            sections: vec![
                section(SectionKind::Objective, "Do it."),
                section(SectionKind::Steps, "1. begin\n\n## not a heading of ours\n2. end"),
            ],
            criteria: vec![],
            lint: vec![],
            parent: None,
            author: Author::Planner,
            lessons: vec![],
            withheld: vec![],
        }
    }

    #[test]
    fn a_brief_that_was_not_changed_keeps_its_sections_and_sources() {
        let old = brief();
        let new = brief_of(&old, &old.render());
        assert_eq!(new.as_ref().map(|new| &new.sections), Ok(&old.sections));
        assert_eq!(new.map(|new| (new.version, new.parent)), Ok((2, Some(old.hash()))));
    }

    #[test]
    fn what_was_changed_is_the_persons() {
        let old = brief();
        let text = old.render().replace("Do it.", "Do it well.");
        let sources = brief_of(&old, &text)
            .map(|new| new.sections.iter().map(|one| one.sources.clone()).collect::<Vec<_>>());
        assert_eq!(sources, Ok(vec![vec![Source::Person], vec![Source::Planner]]));
    }

    #[test]
    fn a_line_that_is_added_is_the_persons_and_a_lesson_that_goes_is_not_carried() {
        let mut old = brief();
        let lesson = |id: u64| Section {
            kind: SectionKind::Lessons,
            text: format!("- L{id}: x"),
            sources: vec![Source::Lesson { lesson: crate::domain::LessonId(id) }],
            tokens: 3,
        };
        old.sections.extend([lesson(1), lesson(2), lesson(3)]);
        old.lessons = [1, 2, 3].map(crate::domain::LessonId).to_vec();
        let text = old.render().replace("- L2: x\n", "- mine\n");
        let new = brief_of(&old, &text).unwrap();
        let told: Vec<String> = new.sections[2..]
            .iter()
            .map(|one| format!("{} {:?}", one.text, one.sources[0] == Source::Person))
            .collect();
        assert_eq!(told, ["- L1: x false", "- mine true", "- L3: x false"]);
        assert_eq!(new.lessons, [1, 3].map(crate::domain::LessonId));
        assert_eq!(new.render(), text);
    }

    #[test]
    fn what_is_no_brief_is_said() {
        for (text, error) in [
            ("Do it.", "a brief begins with a heading, such as `## Objective`"),
            ("## Objective\n\n## Steps\n", "the brief is empty"),
            ("## Steps\na\n## Steps\nb", "the section `Steps` is there twice"),
        ] {
            assert_eq!(brief_of(&brief(), text), Err(error.to_owned()));
        }
    }

    #[test]
    fn a_new_task_reads_once_its_blanks_are_filled() {
        let text = new_task("s", Some("a"))
            .replace("title: ", "title: t")
            .replace("objective: ", "objective: o");
        let task = task_of(&text);
        assert!(task.as_ref().is_ok_and(|task| left_blank(task).is_some()));
        assert_eq!(
            task.map(|task| (task.id, task.after)),
            Ok(("new-task".into(), vec!["a".into()]))
        );
        assert!(task_of("id: x").is_err());
    }
}
