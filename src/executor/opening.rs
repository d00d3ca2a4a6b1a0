//! What a session begins with: the same words for every task, then the brief.

use serde::Serialize;

use crate::{
    agent::{Opening, Prompt, PromptError, Prompts},
    domain::Brief,
};

#[derive(Serialize)]
struct Values {
    brief: String,
    steering: String,
}

/// The opening of an attempt's session. `steering` is what the person has said to it so far, for
/// a run that goes on where another ended.
pub fn opening(
    prompts: &Prompts,
    brief: &Brief,
    steering: &[String],
) -> Result<Opening, PromptError> {
    #[derive(Serialize)]
    struct Nothing {}
    let values =
        Values { brief: brief.render().trim_end().to_owned(), steering: steering.join("\n\n") };
    Ok(Opening {
        system: prompts.render(Prompt::ExecutorSystem, &Nothing {})?,
        user: prompts.render(Prompt::ExecutorUser, &values)?,
    })
}

#[cfg(test)]
mod tests {
    use super::super::finish::finish_tool;
    use super::*;
    use crate::domain::{AttemptNo, Author, Section, SectionKind, Source};

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
        }
    }

    #[test]
    fn the_brief_comes_after_words_that_are_the_same_for_every_task() {
        let prompts = Prompts::embedded().unwrap();
        let one = opening(&prompts, &brief("Add {{ a }} flag."), &[]).unwrap();
        let other = opening(&prompts, &brief("Write docs."), &["Be brief.".to_owned()]).unwrap();
        assert_eq!(one.system, other.system);
        insta::assert_snapshot!(one.user, @r#"
        ## Objective

        Add {{ a }} flag.
        "#);
        insta::assert_snapshot!(other.user, @r#"
        ## Objective

        Write docs.

        ## From the person, while you work

        Be brief.
        "#);
    }

    /// Of the 6,000 bytes that the fixed prompt may have, the other tools need the rest.
    #[test]
    fn the_fixed_words_and_the_report_stay_within_their_part_of_the_prompt() {
        let prompts = Prompts::embedded().unwrap();
        let system = opening(&prompts, &brief(""), &[]).unwrap().system;
        let finish = finish_tool().spec();
        let tool = finish.name.len() + finish.description.len() + finish.schema.to_string().len();
        assert!(system.len() <= 1_700, "{}", system.len());
        assert!(tool <= 1_300, "{tool}");
    }
}
