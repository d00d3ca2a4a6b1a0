//! The demo's words and edits hold together: the script is played against the embedded project
//! with files and commands in a temporary folder, without the engine.
#![allow(clippy::unwrap_used, clippy::panic)]

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::Command,
};

use chargehand::{
    demo::{Script, conversation::Conversation, project, scenario},
    domain::{Check, PlanDraft, Report, TaskSpec},
    planner::propose::drafted,
};
use grep_matcher::Matcher;
use serde_json::{Value, json};

/// How a command that no criterion names is answered.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Word {
    Allow,
    Deny,
}

/// A session that was played to its end.
struct Played {
    scenes: Vec<String>,
    /// The last call: what the session delivers.
    tool: String,
    arguments: Value,
    /// Commands that needed the person's word.
    asked: Vec<String>,
}

struct Stage {
    script: Script,
    word: Word,
    answer: &'static str,
}

impl Stage {
    fn new(word: Word, answer: &'static str) -> Self {
        Self { script: scenario().unwrap(), word, answer }
    }

    /// Plays a session: `tool` is what tells its role.
    fn play(&self, tool: &str, user: &str, root: &Path, allowed: &[String]) -> Played {
        let mut messages = vec![
            json!({ "role": "system", "content": "rules" }),
            json!({ "role": "user", "content": user }),
        ];
        let tools = json!([{ "type": "function", "function": { "name": tool } }]);
        let mut played = Played {
            scenes: Vec::new(),
            tool: String::new(),
            arguments: Value::Null,
            asked: Vec::new(),
        };
        for _ in 0..20 {
            let body = json!({ "model": "demo", "tools": tools, "messages": messages });
            let conversation = Conversation::of(&body);
            let Some(at) = self.script.scene_for(&conversation, &[]) else {
                panic!("no scene fits: {}", conversation.tail(2_000));
            };
            let scene = &self.script.scenes[at];
            played.scenes.push(scene.name.clone());
            let said = scene.said(&conversation);
            let call = |(at, call): (usize, &chargehand::demo::script::Call)| {
                json!({ "id": format!("c{}_{at}", messages.len()), "type": "function",
                    "function": { "name": call.tool, "arguments": call.arguments.to_string() } })
            };
            let calls: Vec<Value> = said.calls.iter().enumerate().map(call).collect();
            messages
                .push(json!({ "role": "assistant", "content": said.text, "tool_calls": calls }));
            for (call, sent) in said.calls.iter().zip(&calls) {
                if ["propose_plan", "write_brief", "judge", "finish"].contains(&call.tool.as_str())
                {
                    played.tool.clone_from(&call.tool);
                    played.arguments = call.arguments.clone();
                    return played;
                }
                let result =
                    self.perform(&call.tool, &call.arguments, root, allowed, &mut played.asked);
                messages
                    .push(json!({ "role": "tool", "tool_call_id": sent["id"], "content": result }));
            }
        }
        panic!("the session does not end: {:?}", played.scenes);
    }

    fn perform(
        &self,
        tool: &str,
        arguments: &Value,
        root: &Path,
        allowed: &[String],
        asked: &mut Vec<String>,
    ) -> String {
        let text = |name: &str| arguments[name].as_str().unwrap_or_else(|| panic!("{tool} {name}"));
        match tool {
            "read" => fs::read_to_string(root.join(text("path"))).unwrap(),
            "write" => {
                fs::write(root.join(text("path")), text("content")).unwrap();
                "written".to_owned()
            }
            "edit" => {
                let before = fs::read_to_string(root.join(text("path"))).unwrap();
                assert_eq!(before.matches(text("old")).count(), 1, "{before}");
                fs::write(root.join(text("path")), before.replace(text("old"), text("new")))
                    .unwrap();
                "edited".to_owned()
            }
            "run" => {
                let line = text("command").to_owned();
                if !allowed.contains(&line) {
                    asked.push(line.clone());
                    if self.word == Word::Deny {
                        return chargehand::agent::not_allowed("");
                    }
                }
                let (exit, output) = sh(&line, root);
                format!("exit {exit}\n{output}")
            }
            "ask_person" => {
                assert!(arguments["options"].as_array().unwrap().len() > 1);
                format!("The person answers: {}", self.answer)
            }
            other => panic!("the script calls `{other}`"),
        }
    }

    fn plan(&self, root: &Path) -> PlanDraft {
        let played = self.play("propose_plan", "# The goal\n\nx\n", root, &[]);
        let written = serde_json::from_value(played.arguments).unwrap();
        drafted(written, &|path| root.join(path).exists()).unwrap_or_else(|faults| {
            panic!("the plan has faults: {faults:?}");
        })
    }

    fn brief(&self, task: &TaskSpec, tried: &str, root: &Path) -> String {
        let yaml = format!("{} ({})\n{}", task.title, task.id, task.objective);
        let user = format!("# The plan\n\nall of it\n\n# The task to brief\n\n{yaml}\n\n{tried}");
        let played = self.play("write_brief", &user, root, &[]);
        assert_eq!(played.tool, "write_brief");
        let own = serde_json::to_string(&played.arguments).unwrap();
        format!(
            "## Objective\n\n{}\n\n## Context\n\n{own}\n\n## Decisions\n\n{}\n",
            task.objective,
            task.shared_decisions.join("\n")
        )
    }

    fn execute(&self, task: &TaskSpec, brief: &str, root: &Path) -> (Played, Report) {
        let allowed: Vec<String> = task
            .criteria
            .iter()
            .filter_map(|criterion| criterion.command().map(str::to_owned))
            .collect();
        let played = self.play("finish", brief, root, &allowed);
        let report = serde_json::from_value(played.arguments.clone()).unwrap();
        (played, report)
    }

    fn review(&self, task: &TaskSpec, diff: &str, root: &Path) -> Value {
        let user =
            format!("# The goal\n\nx\n\n# The task\n\n{}\n\n# The diff\n\n{diff}\n", task.title);
        self.play("judge", &user, root, &[]).arguments
    }
}

fn sh(line: &str, root: &Path) -> (i32, String) {
    let out = Command::new("sh").arg("-c").arg(line).current_dir(root).output().unwrap();
    let text = [out.stdout, out.stderr].concat();
    (out.status.code().unwrap_or(-1), String::from_utf8_lossy(&text).into_owned())
}

fn fresh() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (path, bytes, mode) in project() {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, bytes).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(*mode)).unwrap();
    }
    folder
}

/// Takes a task's files over from its own folder.
fn land(task: &TaskSpec, from: &Path, to: &Path) {
    for path in task.outputs.iter().map(PathBuf::from).chain(["lib/commands/month.sh".into()]) {
        if from.join(&path).is_file() {
            fs::copy(from.join(&path), to.join(&path)).unwrap();
        }
    }
}

/// Whether each criterion holds that can be looked at without git.
fn checks(task: &TaskSpec, root: &Path) -> Vec<(String, bool)> {
    let matches = |text: &str, pattern: &str| {
        grep_regex::RegexMatcher::new(pattern).unwrap().is_match(text.as_bytes()).unwrap()
    };
    let look = |check: &Check| match check {
        Check::Command { run, expect_exit, pattern, .. } => {
            let (exit, output) = sh(run, root);
            exit == *expect_exit && pattern.as_ref().is_none_or(|it| matches(&output, it))
        }
        Check::FileExists { path } => root.join(path).exists(),
        Check::FileMatches { path, pattern } => {
            matches(&fs::read_to_string(root.join(path)).unwrap(), pattern)
        }
        Check::DiffWithin { .. } => true,
        Check::Manual { .. } | Check::Judgement { .. } => panic!("the demo runs without a person"),
    };
    task.criteria.iter().map(|one| (one.text.clone(), look(&one.check))).collect()
}

fn all_hold(found: &[(String, bool)]) -> bool {
    found.iter().all(|(_, held)| *held)
}

fn task<'a>(plan: &'a PlanDraft, id: &str) -> &'a TaskSpec {
    plan.tasks.iter().find(|task| task.id.as_str() == id).unwrap()
}

const TRIED: &str = "# What was tried\n\nattempt 1: 19.99 came through as 19.98\n";
const TRIED_SECTION: &str = "\n## What was tried before\n\nattempt 1\n";

#[test]
fn the_embedded_project_is_whole_and_its_tests_pass() {
    let root = fresh();
    let (exit, output) = sh("sh tests/run.sh", root.path());
    assert_eq!((exit, output.as_str()), (0, "7 passed, 0 failed\n"));
    let (_, help) = sh("bin/ledger help", root.path());
    assert_eq!(help.lines().count(), 3, "{help}");
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/demo/project");
    let mut open = vec![own.clone()];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
                continue;
            }
            let name = path.strip_prefix(&own).unwrap().to_str().unwrap();
            assert!(project().iter().any(|(path, ..)| *path == name), "{name} is not embedded");
        }
    }
}

#[test]
fn the_plan_is_faultless_and_carries_the_persons_answer() {
    let root = fresh();
    let plan = Stage::new(Word::Allow, "it's all quiet; $(rm -r .)").plan(root.path());
    let decided = &task(&plan, "month").shared_decisions[0];
    assert_eq!(decided, "An empty month prints \"its all quiet; rm -r .\".");
}

#[test]
fn two_tasks_can_run_at_once_and_share_no_file() {
    let root = fresh();
    let plan = Stage::new(Word::Allow, "nothing spent").plan(root.path());
    let (month, import) = (task(&plan, "month"), task(&plan, "import"));
    assert!(month.after.is_empty() && import.after.is_empty());
    assert!(month.may_touch.iter().all(|path| !import.may_touch.contains(path)));
    assert_eq!((plan.stages.len(), plan.tasks.len()), (2, 4));
}

/// Plays the whole goal; the answers may be any.
fn whole_goal(word: Word, answer: &'static str) {
    let tip = fresh();
    let stage = Stage::new(word, answer);
    let plan = stage.plan(tip.path());

    // Two tasks side by side, each from the same base.
    let (month, import) = (task(&plan, "month"), task(&plan, "import"));
    let (in_month, in_import) = (fresh(), fresh());
    let held = |found: Vec<(String, bool)>| found.into_iter().filter(|(_, held)| *held).count();
    assert_eq!(held(checks(month, in_month.path())), 1, "only the bound on the diff holds before");
    let brief = stage.brief(month, "", in_month.path());
    let (played, report) = stage.execute(month, &brief, in_month.path());
    assert_eq!(played.asked, ["sh scripts/bench.sh"]);
    assert_eq!(report.did_not_work.is_empty(), word == Word::Allow);
    assert!(all_hold(&checks(month, in_month.path())), "{:?}", checks(month, in_month.path()));
    assert_eq!(stage.review(month, "", in_month.path())["decision"], "accept");
    land(month, in_month.path(), tip.path());

    // A claim, and the check that refutes it.
    assert_eq!(held(checks(import, in_import.path())), 1);
    let brief = stage.brief(import, "", in_import.path());
    let (_, report) = stage.execute(import, &brief, in_import.path());
    assert!(report.summary.ends_with("Everything works."));
    let found = checks(import, in_import.path());
    let failed: Vec<&str> =
        found.iter().filter(|(_, held)| !held).map(|(text, _)| text.as_str()).collect();
    assert_eq!(failed, ["The bank's example comes through to the cent"]);
    let diff = |root: &Path| fs::read_to_string(root.join("lib/commands/import.sh")).unwrap();
    let verdict = stage.review(import, &diff(in_import.path()), in_import.path());
    assert_eq!(verdict["decision"], "follow_up");

    // The follow-up that mends it, from the base again, and the lesson.
    let in_import = fresh();
    let brief = stage.brief(import, TRIED, in_import.path()) + TRIED_SECTION;
    let (played, _) = stage.execute(import, &brief, in_import.path());
    assert!(
        played.scenes.iter().all(|name| name.starts_with("import again")),
        "{:?}",
        played.scenes
    );
    assert!(all_hold(&checks(import, in_import.path())), "{:?}", checks(import, in_import.path()));
    let verdict = stage.review(import, &diff(in_import.path()), in_import.path());
    assert_eq!(verdict["decision"], "accept");
    let lesson = verdict["lessons"][0].clone();
    land(import, in_import.path(), tip.path());
    assert!(all_hold(&checks(month, tip.path())) && all_hold(&checks(import, tip.path())));

    // The lesson shows up in a later brief, and is heeded.
    let budget = task(&plan, "budget");
    assert!(!all_hold(&checks(budget, tip.path())));
    let brief = stage.brief(budget, "", tip.path());
    let with =
        format!("{brief}\n## Lessons that apply\n\nL9: {}: {}\n", lesson["trigger"], lesson["fix"]);
    let (played, _) = stage.execute(budget, &with, tip.path());
    assert!(played.scenes.contains(&"budget, 3 command, with the lesson".to_owned()));
    assert!(all_hold(&checks(budget, tip.path())), "{:?}", checks(budget, tip.path()));
    assert_eq!(stage.review(budget, "", tip.path())["decision"], "accept");

    // A criterion that proves nothing, beside one that does.
    let readme = task(&plan, "readme");
    let before = checks(readme, tip.path());
    assert!(before.contains(&("All tests still pass".to_owned(), true)), "{before:?}");
    assert!(!all_hold(&before));
    let brief = stage.brief(readme, "", tip.path());
    stage.execute(readme, &brief, tip.path());
    assert!(all_hold(&checks(readme, tip.path())));
    assert_eq!(stage.review(readme, "", tip.path())["decision"], "accept");

    // The merged tree passes everything; the person's words are in it.
    for task in &plan.tasks {
        assert!(all_hold(&checks(task, tip.path())), "{}: {:?}", task.id, checks(task, tip.path()));
    }
    let (_, empty) = sh("LEDGER_FILE=none sh bin/ledger month 1999-01", tip.path());
    assert_eq!(empty.trim_end(), answer);
}

#[test]
fn the_goal_plays_to_its_end_when_the_command_is_allowed() {
    whole_goal(Word::Allow, "nothing spent");
}

#[test]
fn the_goal_plays_to_its_end_when_the_command_is_denied_and_the_answer_is_ones_own() {
    whole_goal(Word::Deny, "not a single cent!");
}

#[test]
fn an_interrupted_session_finds_its_words_again() {
    let root = fresh();
    let stage = Stage::new(Word::Allow, "nothing spent");
    let plan = stage.plan(root.path());
    let brief = stage.brief(task(&plan, "month"), "", root.path());
    let cut = |results: &[&str]| {
        let mut messages = vec![json!({ "role": "user", "content": brief })];
        for text in results {
            messages.push(json!({ "role": "assistant", "content": "", "tool_calls": [{}] }));
            messages.push(json!({ "role": "tool", "content": text }));
        }
        let tools = json!([{ "type": "function", "function": { "name": "finish" } }]);
        let body = json!({ "model": "demo", "tools": tools, "messages": messages });
        let at = stage.script.scene_for(&Conversation::of(&body), &[]).unwrap();
        stage.script.scenes[at].name.clone()
    };
    assert_eq!(cut(&["text"]), "month, 2 write");
    assert_eq!(cut(&["text", "interrupted; the outcome is unknown"]), "month, 2 write");
    assert_eq!(cut(&["text", "interrupted; the outcome is unknown", "ok"]), "month, 3 test");
}
