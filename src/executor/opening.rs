//! What a session begins with: the same words for every task, then the brief.

use serde::Serialize;

use crate::{
    agent::{Opening, Prompt, PromptError, Prompts},
    domain::Brief,
};

#[derive(Serialize)]
struct Values {
    brief: String,
}

/// The opening of an attempt's session: the role, the same for every task, then the brief. What
/// the person says to it later is in the session's history.
pub fn opening(prompts: &Prompts, brief: &Brief) -> Result<Opening, PromptError> {
    #[derive(Serialize)]
    struct Nothing {}
    let values = Values { brief: brief.render().trim_end().to_owned() };
    Ok(Opening {
        system: prompts.render(Prompt::ExecutorSystem, &Nothing {})?,
        user: prompts.render(Prompt::ExecutorUser, &values)?,
    })
}

#[cfg(test)]
mod tests {
    use super::super::finish::finish_tool;
    use super::*;
    use crate::{
        agent::Spec,
        domain::{AttemptNo, Author, Section, SectionKind, Source},
        tools::{ChangePlace, change, look_at_files},
    };

    fn brief(text: &str) -> Brief {
        Brief {
            task: "a".into(),
            attempt: AttemptNo(1),
            version: 1,
            sections: vec![Section {
                kind: SectionKind::Objective,
                text: text.to_owned(),
                sources: vec![Source::Goal],
                tokens: 1,
            }],
            criteria: Vec::new(),
            lint: Vec::new(),
            parent: None,
            author: Author::Planner,
            lessons: Vec::new(),
            withheld: Vec::new(),
        }
    }

    #[test]
    fn the_brief_comes_after_words_that_are_the_same_for_every_task() {
        let prompts = Prompts::embedded().unwrap();
        let one = opening(&prompts, &brief("Add {{ a }} flag.")).unwrap();
        let other = opening(&prompts, &brief("Write docs.")).unwrap();
        assert_eq!(one.system, other.system);
        insta::assert_snapshot!(one.user, @r#"
        ## Objective

        Add {{ a }} flag.
        "#);
        insta::assert_snapshot!(other.user, @r#"
        ## Objective

        Write docs.
        "#);
    }

    #[test]
    fn the_fixed_prompt_with_all_tools_is_at_most_6000_bytes() {
        let prompts = Prompts::embedded().unwrap();
        let system = opening(&prompts, &brief("")).unwrap().system;
        let root = std::env::temp_dir();
        let place = ChangePlace {
            root: root.clone(),
            may_touch: vec![],
            must_not_touch: vec![],
            outputs: vec![],
        };
        let mut tools = look_at_files(&root);
        tools.extend(change(&place).unwrap());
        tools.push(finish_tool());
        let sizes: Vec<(&str, usize)> = tools
            .iter()
            .map(|tool| {
                let Spec { name, description, schema } = tool.spec();
                // As it goes over the wire, in its frame.
                let frame =
                    r#"{"type":"function","function":{"name":"","description":"","parameters":}},"#;
                (name, frame.len() + name.len() + description.len() + schema.to_string().len())
            })
            .collect();
        let sum = system.len() + sizes.iter().map(|(_, size)| size).sum::<usize>();
        assert!(sum <= 6_000, "{sum}: system {}, {sizes:?}", system.len());
    }
}
