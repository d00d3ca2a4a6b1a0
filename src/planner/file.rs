//! The plan file: `plan.yaml` as people read, edit and commit it.
//!
//! Written whole each time (comments are not kept); read as an import that says, line by line,
//! what is wrong.

use serde::{Deserialize, Serialize};

use super::{
    criterion::WrittenCriterion,
    locate::Lines,
    propose::drafted,
    written::{Named, WrittenPlan, WrittenTask, as_stages},
};
use crate::domain::{PlanDraft, YamlFault, read_yaml};

/// The version of the format that is written, and the only one that is read.
pub const PLAN_FILE_VERSION: u32 = 1;

/// A plan with the goal that it is for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PlanFile {
    pub goal: String,
    pub draft: PlanDraft,
}

/// One thing that is wrong with a plan file. Lines and columns count from 1.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}, column {column}: {text}")]
pub struct FileFault {
    pub line: usize,
    pub column: usize,
    pub text: String,
}

impl From<YamlFault> for FileFault {
    fn from(fault: YamlFault) -> Self {
        Self { line: fault.line, column: fault.column, text: fault.what }
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    version: u32,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    goal: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    summary: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    parts: Vec<Named>,
    #[serde(default, serialize_with = "as_stages", skip_serializing_if = "Vec::is_empty")]
    stages: Vec<Named>,
    tasks: Vec<WrittenTask>,
}

/// Reads a plan file. Either the whole is sound, or every fault is told with its place.
pub fn parse(text: &str, exists: &dyn Fn(&str) -> bool) -> Result<PlanFile, Vec<FileFault>> {
    let wanted = "a mapping with `version`, `goal` and `tasks`";
    let written: Written = read_yaml(text, wanted).map_err(|fault| vec![FileFault::from(fault)])?;
    let lines = Lines::of(text);
    if written.version != PLAN_FILE_VERSION {
        let (line, column) = lines.top("version");
        let text = format!(
            "version {} is not known; this program reads version {PLAN_FILE_VERSION}",
            written.version
        );
        return Err(vec![FileFault { line, column, text }]);
    }
    let plan = WrittenPlan {
        summary: written.summary,
        parts: written.parts,
        stages: written.stages,
        tasks: written.tasks,
    };
    let unsound: Vec<FileFault> = plan
        .tasks
        .iter()
        .enumerate()
        .filter(|(_, task)| {
            !task.id.is_empty() && !crate::domain::TaskId(task.id.clone()).is_sound()
        })
        .map(|(place, task)| {
            let (line, column) = lines.in_task(place, "id");
            let text = format!("`{}` is not an id: 1 to 48 of a-z, 0-9 and -", task.id);
            FileFault { line, column, text }
        })
        .collect();
    let ids = plan.ids();
    let mut faults = match drafted(plan, exists) {
        Ok(draft) if unsound.is_empty() => return Ok(PlanFile { goal: written.goal, draft }),
        Ok(_) => Vec::new(),
        Err(faults) => faults.iter().map(|fault| lines.place(fault, &ids)).collect(),
    };
    faults.extend(unsound);
    faults.sort_by_key(|fault| (fault.line, fault.column));
    Err(faults)
}

/// Writes a plan file. Prose is normalised so that it stays readable; commands stay as they are.
pub fn emit(file: &PlanFile) -> Result<String, serde_yaml::Error> {
    let plan = WrittenPlan::of(&file.draft);
    let named = |list: Vec<Named>| -> Vec<Named> {
        list.into_iter().map(|one| Named { id: one.id, text: normal(&one.text) }).collect()
    };
    let written = Written {
        version: PLAN_FILE_VERSION,
        goal: normal(&file.goal),
        summary: normal(&plan.summary),
        parts: named(plan.parts),
        stages: named(plan.stages),
        tasks: plan.tasks.into_iter().map(normal_task).collect(),
    };
    serde_yaml::to_string(&written)
}

fn normal_task(task: WrittenTask) -> WrittenTask {
    let list = |list: Vec<String>| list.iter().map(|entry| normal(entry)).collect();
    let criterion = |criterion: WrittenCriterion| match criterion {
        WrittenCriterion::Line(run) => WrittenCriterion::Line(run),
        WrittenCriterion::Form(mut form) => {
            form.text = normal(&form.text);
            form.look = normal(&form.look);
            form.judge = normal(&form.judge);
            WrittenCriterion::Form(form)
        }
    };
    WrittenTask {
        title: normal(&task.title),
        objective: normal(&task.objective),
        criteria: task.criteria.into_iter().map(criterion).collect(),
        guidance: normal(&task.guidance),
        steps: list(task.steps),
        out_of_scope: list(task.out_of_scope),
        shared_decisions: list(task.shared_decisions),
        why_complex: normal(&task.why_complex),
        ..task
    }
}

/// Prose without what would turn a readable block into one escaped line: tabs become spaces,
/// line ends lose their blanks and carriage returns, other control characters go.
fn normal(text: &str) -> String {
    let plain: String = text
        .replace("\r\n", "\n")
        .replace('\t', "    ")
        .chars()
        .filter(|letter| *letter == '\n' || !letter.is_control())
        .collect();
    plain.lines().map(str::trim_end).collect::<Vec<_>>().join("\n").trim().to_owned()
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use proptest::prelude::*;

    use super::super::test::spec;
    use super::*;
    use crate::domain::{Check, Criterion, Kind, Part, StageSpec, TaskSpec};

    const SOUND: &str = "\
version: 1
goal: Say hello
parts:
  - greet whoever is named
tasks:
  - title: Greet
    outputs: [greet.sh]
    criteria:
      - sh test.sh
      - file: greet.sh
        pattern: Hello
  - id: docs
    title: Document it
    after: [greet]
    inputs: [greet.sh]
    outputs: [README.md]
    covers: [p1]
    criteria: [grep -q greet README.md]
";

    fn told(text: &str) -> String {
        match parse(text, &|_| false) {
            Ok(_) => "sound".to_owned(),
            Err(faults) => faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"),
        }
    }

    #[test]
    fn a_short_plan_file_is_a_plan() {
        let file = parse(SOUND, &|_| false).unwrap();
        assert_eq!(file.goal, "Say hello");
        assert_eq!(file.draft.tasks[0].id.as_str(), "greet");
        assert_eq!(file.draft.tasks[1].covers, ["p1"]);
        insta::assert_snapshot!(emit(&file).unwrap(), @r#"
        version: 1
        goal: Say hello
        parts:
        - id: p1
          text: greet whoever is named
        stages:
        - id: work
          title: Work
        tasks:
        - id: greet
          stage: work
          title: Greet
          objective: Greet
          outputs:
          - greet.sh
          criteria:
          - sh test.sh
          - pattern: Hello
            file: greet.sh
        - id: docs
          stage: work
          title: Document it
          objective: Document it
          outputs:
          - README.md
          criteria:
          - grep -q greet README.md
          covers:
          - p1
          after:
          - greet
          inputs:
          - greet.sh
        "#);
    }

    #[test]
    fn each_fault_of_meaning_has_its_line_and_column() {
        let text = SOUND
            .replace("after: [greet]", "after: [great]")
            .replace("outputs: [README.md]", "outputs: []")
            .replace("pattern: Hello", "pattern: '(Hello'")
            .replace("id: docs", "id: The Docs")
            .replace("covers: [p1]", "complexity: 12");
        insta::assert_snapshot!(told(&text), @r#"
        line 3, column 1: parts: no task covers part `p1` (greet whoever is named)
        line 8, column 5: task `greet`, criteria: criterion 2: `(Hello` is no regular expression: error: unclosed group
        line 12, column 5: `The Docs` is not an id: 1 to 48 of a-z, 0-9 and -
        line 14, column 5: task `the-docs`, after: `great` is no task of the plan
        line 15, column 5: task `the-docs`, inputs: `greet.sh` is made by `greet`, which it does not come after
        line 16, column 5: task `the-docs`, outputs: there is no output; name a path or artefact that exists when it is done
        line 17, column 5: task `the-docs`, complexity: 12 is not from 1 to 10
        "#);
    }

    #[test]
    fn each_fault_of_form_has_its_line_and_column() {
        for (from, to) in [
            ("after:", "afer:"),
            ("goal: Say hello", "goal: [unclosed"),
            ("version: 1", "version: 2"),
            ("version: 1", "version: one"),
            ("title: Greet", "title: Greet\n    title: Again"),
            ("        pattern:", "        patern:"),
            ("outputs: [greet.sh]", "outputs: greet.sh"),
            ("    criteria:\n", "\tcriteria:\n"),
            ("kind", "kind"),
        ] {
            let text = SOUND.replacen(from, to, 1);
            let told = told(&text);
            assert!(told == "sound" || told.starts_with("line "), "{told}");
            assert_eq!(told == "sound", from == to, "{from} -> {to}: {told}");
        }
        insta::assert_snapshot!(told(&SOUND.replacen("after:", "afer:", 1)), @"line 14, column 5: tasks[1]: unknown key `afer`; did you mean `after`?");
        insta::assert_snapshot!(told(&SOUND.replacen("        pattern:", "        zzz:", 1)), @"line 11, column 9: tasks[0].criteria[1]: unknown key `zzz`; known here are text, run, expect_exit, pattern, timeout_seconds, file, diff_within, look, judge");
        insta::assert_snapshot!(told("tasks: []"), @"line 1, column 1: the key `version` is missing");
        insta::assert_snapshot!(told(&SOUND.replacen("outputs: [greet.sh]", "outputs: 3", 1)), @"line 7, column 14: tasks[0].outputs: expected a list, not the number `3`");
    }

    #[test]
    fn a_plan_file_that_is_no_single_mapping_or_says_a_thing_twice_is_told_with_its_place() {
        let texts = [
            "- version: 1\n".to_owned(),
            "a plan\n".to_owned(),
            String::new(),
            format!("{SOUND}---\n{SOUND}"),
            SOUND.replacen("title: Greet", "title: Greet\n    title: Again", 1),
            SOUND.replacen("version: 1", "version: one", 1),
        ];
        insta::assert_snapshot!(texts.map(|text| told(&text)).join("\n"), @r#"
        line 1, column 1: expected a mapping with `version`, `goal` and `tasks`, not a list
        line 1, column 1: expected a mapping with `version`, `goal` and `tasks`, not a single text
        line 1, column 1: the key `version` is missing
        line 19, column 1: a second document begins here; the file must hold one only
        line 7, column 5: tasks[0]: the key `title` stands here a second time
        line 1, column 10: version: expected a whole number from 0 to 4294967295, not the text "one"
        "#);
    }

    #[test]
    fn bombs_depths_and_endless_files_are_refused() {
        let mut bomb = String::from("a0: &a0 [x,x,x,x,x,x,x,x,x]\n");
        for level in 1..9 {
            let items = vec![format!("*a{}", level - 1); 9].join(",");
            let _ = writeln!(bomb, "a{level}: &a{level} [{items}]");
        }
        let deep = format!("version: 1\ntasks: {}", "[".repeat(100_000));
        let long = format!("{SOUND}# {}", "x".repeat(crate::domain::YAML_BYTES));
        for text in [bomb, deep, long] {
            assert!(told(&text).starts_with("line "));
        }
    }

    #[test]
    fn prose_is_written_as_readable_blocks_and_commands_as_they_are() {
        let mut task = spec("a", "A", &["a"]);
        task.guidance = "first \r\n\tsecond\u{1b}[1m\n".to_owned();
        task.criteria = vec![Criterion {
            text: "it runs".to_owned(),
            check: Check::Command {
                run: "printf 'a\tb' \nmake".to_owned(),
                expect_exit: 0,
                pattern: None,
                timeout_seconds: None,
            },
        }];
        let stages = vec![StageSpec { id: "work".into(), title: "Work".to_owned() }];
        let draft = PlanDraft { stages, tasks: vec![task], ..PlanDraft::default() };
        let text = emit(&PlanFile { goal: "g".to_owned(), draft }).unwrap();
        assert!(text.contains("guidance: |-\n    first\n        second[1m\n"), "{text}");
        assert!(text.contains(r#"run: "printf 'a\tb' \nmake""#), "{text}");
    }

    fn words() -> impl Strategy<Value = String> {
        "[ -~éß漢🦀\n]{0,30}[a-z:#-]"
            .prop_map(|text| normal(&text))
            .prop_filter("words", |text| !text.trim().is_empty())
    }

    prop_compose! {
        fn tasks()(texts in prop::collection::vec((words(), words(), words(), 1_u8..=10), 1..5))
            -> Vec<TaskSpec>
        {
            let mut tasks = Vec::new();
            for (place, (title, guidance, command, complexity)) in texts.into_iter().enumerate() {
                let mut task = spec(&format!("t{place}"), "x", &["out.txt"]);
                task.title.clone_from(&title);
                task.objective = guidance.clone();
                task.steps = vec![title, guidance.clone()];
                task.guidance = guidance;
                task.complexity = complexity;
                task.kind = if complexity > 5 { Kind::Docs } else { Kind::Feature };
                task.after = (0..place).map(|one| format!("t{one}").as_str().into()).collect();
                task.covers = vec!["p1".to_owned()];
                task.criteria.push(Criterion {
                    text: "it runs".to_owned(),
                    check: Check::FileExists { path: "out.txt".to_owned() },
                });
                task.criteria.push(Criterion {
                    text: command.clone(),
                    check: Check::Manual { look: command },
                });
                tasks.push(task);
            }
            tasks
        }
    }

    proptest! {
        #[test]
        fn what_is_written_reads_back_the_same(goal in words(), part in words(), tasks in tasks()) {
            let draft = PlanDraft {
                summary: goal.clone(),
                parts: vec![Part { id: "p1".to_owned(), text: part }],
                stages: vec![StageSpec { id: "work".into(), title: "Work".to_owned() }],
                tasks,
            };
            let file = PlanFile { goal, draft };
            let text = emit(&file).unwrap();
            let back = parse(&text, &|_| false);
            prop_assert_eq!(back, Ok(file), "{}", text);
        }

        #[test]
        fn no_text_makes_the_reader_panic(text in "(?s).{0,200}") {
            let _ = parse(&text, &|_| true);
        }
    }
}
