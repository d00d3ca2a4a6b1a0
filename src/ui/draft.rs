//! Briefs and tasks as texts that a person edits, and back.

use crate::domain::{Author, Brief, Section, SectionKind, Source, TaskSpec, guard_yaml};

/// Characters of a token, roughly; only for the sizes that are shown.
const CHARS_PER_TOKEN: usize = 4;

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
    let mut sections: Vec<Section> = Vec::new();
    for line in text.lines() {
        let heading = line.strip_prefix("## ").map(str::trim);
        let kind = KINDS.into_iter().find(|kind| heading == Some(kind.heading()));
        match (kind, sections.last_mut()) {
            (Some(kind), _) => {
                if sections.iter().any(|one| one.kind == kind) {
                    return Err(format!("the section `{}` is there twice", kind.heading()));
                }
                let (text, sources) = (String::new(), vec![Source::Person]);
                sections.push(Section { kind, text, sources, tokens: 0 });
            }
            (None, Some(section)) => {
                section.text.push_str(line);
                section.text.push('\n');
            }
            (None, None) if line.trim().is_empty() => {}
            (None, None) => {
                return Err("a brief begins with a heading, such as `## Objective`".to_owned());
            }
        }
    }
    for section in &mut sections {
        section.text = section.text.trim().to_owned();
        let tokens = section.text.chars().count().div_ceil(CHARS_PER_TOKEN);
        section.tokens = u32::try_from(tokens).unwrap_or(u32::MAX);
        let same = |one: &&Section| one.kind == section.kind && one.text.trim() == section.text;
        if let Some(same) = old.sections.iter().find(same) {
            *section = same.clone();
        }
    }
    if sections.iter().all(|section| section.text.is_empty()) {
        return Err("the brief is empty".to_owned());
    }
    Ok(Brief {
        version: old.version.saturating_add(1),
        sections,
        lint: Vec::new(),
        parent: Some(old.hash()),
        author: Author::Person,
        ..old.clone()
    })
}

/// A task as YAML.
pub fn task_text(spec: &TaskSpec) -> String {
    serde_yaml::to_string(spec).unwrap_or_default()
}

/// A task from YAML. The error names the place.
pub fn task_of(text: &str) -> Result<TaskSpec, String> {
    guard_yaml(text).map_err(|grown| grown.to_string())?;
    serde_yaml::from_str(text).map_err(|error| error.to_string())
}

/// What a new task begins as.
pub fn new_task(stage: &str, after: Option<&str>) -> String {
    let after = after.map(|after| format!("after: [{after}]\n")).unwrap_or_default();
    format!(
        "id: new-task\nstage: {stage}\ntitle: \nobjective: \noutputs:\n  - path/of/a/file\n\
         criteria:\n  - text: it works\n    check:\n      type: command\n      run: make test\n{after}"
    )
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
        assert_eq!(
            task.map(|task| (task.id, task.after)),
            Ok(("new-task".into(), vec!["a".into()]))
        );
        assert!(task_of("id: x").is_err());
    }
}
