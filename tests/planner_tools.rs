//! The planner's sessions from outside: what they open with, what they may call, and what the
//! core is asked when they call it.

#![allow(
    clippy::unwrap_used,
    reason = "helpers of tests, like the tests, stop at the first surprise"
)]

use std::sync::{Arc, Mutex};

use chargehand::{
    agent::{Ask, Class, Link, Output, Prompts, Schema, Spec, Tool, Toolbox, Word},
    domain::{
        Actor, CallId, Command, Decision, Event, FaultClass, Goal, Phase, PlanDraft, Record,
        Refusal, RunId, Seq, Severity, Standing, State, Task, ToolCall, Trust, estimate_text,
    },
    planner::{
        Delivery, ExistsHere, Ground, Heard, PlanFacts, ReviewFacts, Rules, Shown, Window, Worth,
        brief_tools, brief_turn, drafted, plan_tools, plan_turn, review_tools, review_turn,
    },
};
use futures::future::BoxFuture;
use serde_json::{Value, json};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

/// A core that keeps what it was asked and answers with records, or refuses what the test says.
struct Core {
    link: Link,
    asked: Arc<Mutex<Vec<Command>>>,
    words: mpsc::UnboundedSender<Word>,
}

impl Core {
    fn new(refuse: impl Fn(&Command) -> Option<Refusal> + Send + 'static) -> Self {
        let (asks, mut inbox) = mpsc::channel::<Ask>(8);
        let (words, said) = mpsc::unbounded_channel();
        let (live, _) = mpsc::channel(8);
        let by = Actor::Planner { model: "m".to_owned() };
        let link = Link::new(RunId(7), by, asks, said, live, CancellationToken::new());
        let asked: Arc<Mutex<Vec<Command>>> = Arc::default();
        let kept = Arc::clone(&asked);
        tokio::spawn(async move {
            let mut seq = 100;
            while let Some(ask) = inbox.recv().await {
                seq += 1;
                let answer = refuse(&ask.command).map_or_else(|| Ok(record(seq)), Err);
                kept.lock().unwrap().push(ask.command);
                let _ = ask.reply.send(answer);
            }
        });
        Self { link, asked, words }
    }

    fn willing() -> Self {
        Self::new(|_| None)
    }

    fn asked(&self) -> Vec<Command> {
        self.asked.lock().unwrap().clone()
    }

    /// Calls a tool as a session does: validated first.
    async fn call(&self, delivery: &Delivery, name: &str, arguments: Value) -> Output {
        let tool = delivery.tools.iter().find(|tool| tool.spec().name == name).unwrap();
        let schema = Schema::compile(&tool.spec().schema).unwrap();
        let arguments = schema.read(&arguments.to_string()).unwrap();
        let call = ToolCall {
            id: CallId(1),
            wire_id: "w".to_owned(),
            tool: name.to_owned(),
            arguments: arguments.to_string(),
        };
        tool.call(&call, arguments, &self.link).await
    }
}

fn record(seq: u64) -> Record {
    Record {
        seq: Seq(seq),
        at: 0,
        actor: Actor::Chargehand,
        goal: None,
        revision: 0,
        task: None,
        attempt: None,
        event: Event::Noted { run: None, text: String::new() },
    }
}

fn everything() -> ExistsHere {
    Arc::new(|_| true)
}

fn small_plan() -> Value {
    json!({"tasks": [{"title": "Greet", "outputs": ["greet.sh"], "criteria": ["sh test.sh"]}]})
}

/// A goal with two approved tasks, the second after the first.
fn goal() -> Goal {
    let text = "version: 1\ntasks:\n\
        - {title: Greet, outputs: [greet.sh], criteria: [sh test.sh]}\n\
        - {title: Document, outputs: [README.md], criteria: [grep greet README.md], after: [greet]}\n";
    let draft = chargehand::planner::parse(text, &|_| true).unwrap().draft;
    let mut goal = opened();
    goal.standing = Standing::Working;
    goal.plan.revision = 1;
    goal.plan.stages = draft.stages;
    goal.plan.tasks =
        draft.tasks.into_iter().map(|spec| Task::fresh(spec, Phase::Approved)).collect();
    goal
}

/// A goal just stated, made by the fold.
fn opened() -> Goal {
    let tree = chargehand::domain::Snapshot { commit: "c".to_owned(), tree: "t".to_owned() };
    let event = Event::GoalOpened {
        id: "hello".into(),
        text: "Say hello.".to_owned(),
        base: tree,
        onto: None,
        policy: chargehand::domain::Policy::Each,
        caps: chargehand::domain::Caps::default(),
        commands: chargehand::domain::CommandPolicy::Ask,
    };
    let mut state = State::default();
    state.apply(&Record { event, goal: Some("hello".into()), ..record(1) });
    state.goals.remove(&"hello".into()).unwrap()
}

fn ground(goal: &Goal) -> Ground {
    Ground::gather(goal, &[], &"greet".into(), Rules::default(), Window(16_000)).unwrap()
}

fn deliveries() -> Vec<Delivery> {
    let goal = goal();
    vec![
        plan_tools(dangerous(), everything()),
        brief_tools(dangerous(), Arc::new(ground(&goal)), everything()),
        review_tools(dangerous(), goal.plan.clone(), &[], Heard::default(), everything()),
    ]
}

/// A tool that changes or executes, as nobody should put into a planner's hands.
struct Dangerous(Class);

impl Tool for Dangerous {
    fn spec(&self) -> Spec {
        Spec { name: "danger", description: "", schema: json!({"type": "object"}) }
    }
    fn class(&self) -> Class {
        self.0
    }
    fn call<'a>(&'a self, _: &'a ToolCall, _: Value, _: &'a Link) -> BoxFuture<'a, Output> {
        Box::pin(async { Output::ok("") })
    }
}

fn dangerous() -> Toolbox {
    vec![Box::new(Dangerous(Class::Change)), Box::new(Dangerous(Class::Execute))]
}

#[test]
fn invariant_10_planner_and_reviewer_have_no_tool_that_writes_or_executes() {
    for delivery in deliveries() {
        assert!(!delivery.tools.is_empty());
        for tool in &delivery.tools {
            assert!(matches!(tool.class(), Class::Look | Class::Deliver), "{}", tool.spec().name);
        }
    }
}

#[test]
fn schemas_are_closed_and_small_enough_for_a_small_window() {
    for delivery in deliveries() {
        for tool in &delivery.tools {
            let Spec { name, schema, .. } = tool.spec();
            assert_eq!(schema["additionalProperties"], false, "{name}");
            Schema::compile(&schema).unwrap();
            assert!(!schema.to_string().contains("$ref"), "{name}");
            assert!(estimate_text(&schema.to_string()) <= 1_400, "{name}");
        }
    }
}

#[test]
fn schemas_accept_what_is_meant_and_deny_what_is_not() {
    let all = deliveries();
    let schema = |name: &str| {
        let tools = all.iter().flat_map(|delivery| &delivery.tools);
        let tool = tools.into_iter().find(|tool| tool.spec().name == name).unwrap();
        Schema::compile(&tool.spec().schema).unwrap()
    };
    for (name, good) in [
        ("propose_plan", small_plan()),
        (
            "propose_plan",
            json!({"tasks": [{"title": "a", "outputs": "a.txt", "criteria": "make"}]}),
        ),
        (
            "propose_plan",
            json!({"summary": "s", "parts": ["p"], "stages": ["s"], "tasks": [{
            "id": "a", "title": "a", "outputs": ["a"], "complexity": "4", "kind": "Fix",
            "criteria": [{"text": "t", "run": "make", "pattern": "ok"}, {"look": "at it"}]}]}),
        ),
        ("write_brief", json!({"context": "c", "requirements": ["r"]})),
        ("ask_person", json!({"question": "which?", "options": ["a", "b"]})),
        ("judge", json!({"decision": "accept", "why": "it holds"})),
        (
            "judge",
            json!({"decision": "change_plan", "why": "too big", "hunks": [
            {"do": "supersede", "id": "a", "by": ["b"]},
            {"do": "add", "task": {"title": "b", "outputs": ["b"], "criteria": ["make b"]}}],
            "lessons": [{"trigger": "t", "fix": "f", "evidence": [3]}]}),
        ),
    ] {
        assert!(schema(name).read(&good.to_string()).is_ok(), "{name}: {good}");
    }
    for (name, bad) in [
        ("propose_plan", json!({})),
        ("propose_plan", json!({"tasks": []})),
        ("propose_plan", json!({"tasks": [{"title": "a"}]})),
        (
            "propose_plan",
            json!({"tasks": [{"title": "a", "outputs": ["a"], "criteria": ["a"], "pinned": ["title"]}]}),
        ),
        ("write_brief", json!({"context": "c"})),
        ("ask_person", json!({"options": ["a"]})),
        ("judge", json!({"decision": "approve", "why": "fine"})),
        ("judge", json!({"why": "fine"})),
    ] {
        assert!(schema(name).read(&bad.to_string()).is_err(), "{name}: {bad}");
    }
}

#[tokio::test]
async fn a_sound_plan_is_proposed_and_ends_the_session() {
    let (core, delivery) = (Core::willing(), plan_tools(vec![], everything()));
    let output = core.call(&delivery, "propose_plan", small_plan()).await;
    assert!(output.ok && output.ends, "{output:?}");
    let [Command::Propose { run: RunId(7), draft }] = &core.asked()[..] else { panic!() };
    assert_eq!(draft.tasks[0].id.as_str(), "greet");
}

#[tokio::test]
async fn a_faulty_plan_goes_back_with_its_exact_faults_three_times_at_most() {
    let (core, delivery) = (Core::willing(), plan_tools(vec![], everything()));
    let faulty = json!({"tasks": [{
        "title": "a", "outputs": ["a"], "criteria": ["make"], "after": ["b"]}]});
    let first = core.call(&delivery, "propose_plan", faulty.clone()).await;
    assert!(!first.ok && !first.ends);
    assert!(first.text.contains("- task `a`, after: `b` is no task of the plan"), "{}", first.text);
    assert!(!core.call(&delivery, "propose_plan", faulty.clone()).await.ends);
    let last = core.call(&delivery, "propose_plan", faulty).await;
    assert!(!last.ok && last.ends);
    assert_eq!(delivery.rounds.count(), 3);
    assert_eq!(delivery.rounds.fault().unwrap().class, FaultClass::Model);
    assert!(core.asked().is_empty());
}

#[tokio::test]
async fn a_question_waits_for_its_own_answer() {
    let (core, delivery) = (Core::willing(), plan_tools(vec![], everything()));
    let question = |number| chargehand::domain::QuestionId(number);
    core.words.send(Word::Question { question: question(9), answer: "no".to_owned() }).unwrap();
    core.words.send(Word::Question { question: question(101), answer: "sh".to_owned() }).unwrap();
    let output = core
        .call(&delivery, "ask_person", json!({"question": "Which shell?", "options": [" "]}))
        .await;
    assert_eq!(output, Output::ok("The person answers: sh"));
    let [Command::AskQuestion { question, options, .. }] = &core.asked()[..] else { panic!() };
    assert_eq!((question.as_str(), options.len()), ("Which shell?", 0));
}

#[tokio::test]
async fn a_stopped_run_ends_the_session_without_a_fault_of_the_model() {
    let (core, delivery) = (Core::willing(), plan_tools(vec![], everything()));
    core.link.stop.cancel();
    let output = core.call(&delivery, "ask_person", json!({"question": "Which shell?"})).await;
    assert!(output.ends && !output.ok);
    assert_eq!(delivery.rounds.fault(), None);
}

#[tokio::test]
async fn a_brief_is_composed_linted_and_written() {
    let goal = goal();
    let (core, delivery) =
        (Core::willing(), brief_tools(vec![], Arc::new(ground(&goal)), everything()));
    let empty = json!({"context": "c", "requirements": [" "]});
    assert!(!core.call(&delivery, "write_brief", empty).await.ok);
    let words = json!({"context": "It is new.", "requirements": ["It prints hello."]});
    assert!(core.call(&delivery, "write_brief", words).await.ends);
    let [Command::WriteBrief { brief, .. }] = &core.asked()[..] else { panic!() };
    assert_eq!(brief.task.as_str(), "greet");
    assert!(brief.render().contains("Command: `sh test.sh` must exit 0"));
    assert!(
        brief.lint.iter().all(|finding| finding.severity == Severity::Note),
        "{:?}",
        brief.lint
    );
}

#[tokio::test]
async fn an_accept_without_evidence_comes_back_and_its_lessons_are_noted_once() {
    let core = Core::new(|command| match command {
        Command::Judge { verdict, .. } if verdict.decision == Decision::Accept => {
            Some(Refusal::NoEvidence("no passing evidence for: the tests pass".to_owned()))
        }
        _ => None,
    });
    let shown = [
        Shown { seq: Seq(3), worth: Worth::CheckFailed, text: "checks fail".to_owned() },
        Shown { seq: Seq(5), worth: Worth::CheckPassed, text: "checks pass".to_owned() },
    ];
    let delivery = review_tools(vec![], goal().plan, &shown, Heard::default(), everything());
    let verdict = |decision: &str| {
        json!({"decision": decision, "why": "w", "direction": "quote it", "lessons": [
            {"trigger": "unset", "fix": "default", "paths": ["*.sh", "[z-a]"], "evidence": [3, 5, 99]},
            {"trigger": "", "fix": "nothing"}]})
    };
    let refused = core.call(&delivery, "judge", verdict("accept")).await;
    assert!(!refused.ok && !refused.ends);
    assert!(refused.text.contains("no passing evidence for: the tests pass"), "{}", refused.text);
    assert!(core.call(&delivery, "judge", verdict("follow_up")).await.ends);
    let asked = core.asked();
    let notes: Vec<_> = asked
        .iter()
        .filter_map(|command| match command {
            Command::NoteLesson { what, trust, .. } => Some((what.clone(), *trust)),
            _ => None,
        })
        .collect();
    let [(what, Trust::Check)] = &notes[..] else { panic!("{notes:?}") };
    assert_eq!(
        (what.paths.clone(), what.evidence.clone()),
        (vec!["*.sh".to_owned()], vec![Seq(3), Seq(5)])
    );
    assert!(matches!(asked.last(), Some(Command::Judge { .. })));
}

#[tokio::test]
async fn a_split_takes_over_what_the_replaced_task_covered() {
    let mut goal = goal();
    goal.plan.parts =
        vec![chargehand::domain::Part { id: "p1".to_owned(), text: "greet".to_owned() }];
    goal.plan.tasks[0].spec.covers = vec!["p1".to_owned()];
    let (core, delivery) =
        (Core::willing(), review_tools(vec![], goal.plan, &[], Heard::default(), everything()));
    let verdict = json!({"decision": "change_plan", "why": "too big", "hunks": [
        {"do": "add", "task": {"title": "Greet plainly", "outputs": ["greet.sh"], "criteria": ["sh a.sh"]}},
        {"do": "add", "task": {"title": "Greet by name", "outputs": ["greet.sh"], "criteria": ["sh b.sh"],
            "after": ["Greet plainly"]}},
        {"do": "supersede", "id": "greet", "by": ["Greet plainly", "greet-by-name"]},
        {"do": "change", "id": "document", "task": {"steps": ["Name both."]}}]});
    let output = core.call(&delivery, "judge", verdict).await;
    assert!(output.ends, "{}", output.text);
    let asked = core.asked();
    let [Command::Judge { verdict, .. }] = &asked[..] else { panic!() };
    let Decision::ChangePlan { hunks } = &verdict.decision else { panic!() };
    let told: Vec<String> = hunks
        .iter()
        .map(|hunk| match hunk {
            chargehand::domain::Hunk::Add { task } => {
                format!("add {} covers {:?} after {:?}", task.id, task.covers, task.after)
            }
            chargehand::domain::Hunk::Change { task } => {
                format!("change {} title {} steps {:?}", task.id, task.title, task.steps)
            }
            chargehand::domain::Hunk::Supersede { task, by } => {
                format!("supersede {task} by {by:?}")
            }
            chargehand::domain::Hunk::Reorder { order } => format!("reorder {order:?}"),
        })
        .collect();
    insta::assert_snapshot!(told.join("\n"), @r#"
    add greet-plainly covers ["p1"] after []
    add greet-by-name covers ["p1"] after [TaskId("greet-plainly")]
    supersede greet by [TaskId("greet-plainly"), TaskId("greet-by-name")]
    change document title Document steps ["Name both."]
    "#);
}

#[tokio::test]
async fn a_faulty_change_of_the_plan_comes_back_with_its_faults() {
    let (core, delivery) =
        (Core::willing(), review_tools(vec![], goal().plan, &[], Heard::default(), everything()));
    let verdict = json!({"decision": "change_plan", "why": "w", "hunks": [
        {"do": "supersede", "id": "nobody"}, {"do": "add"}]});
    let output = core.call(&delivery, "judge", verdict).await;
    insta::assert_snapshot!(output.text, @r#"
    Not accepted. Mend exactly this and call it again, 2 more times at most:
    - hunks: `add` and `change` need a `task`
    - task `nobody`, hunks: there is no such task
    "#);
    assert!(core.asked().is_empty());
}

#[test]
fn each_turn_opens_with_its_facts_and_stays_within_its_window() {
    let prompts = Prompts::embedded().unwrap();
    let long = "words of all kinds\n".repeat(20_000);
    let rules =
        chargehand::planner::rules_for(&["a"], &|path| (path == "AGENTS.md").then(|| long.clone()));
    let mut goal = goal();
    goal.text.clone_from(&long);
    goal.plan.tasks[0].spec.objective.clone_from(&long);
    let window = Window(16_000);
    let facts = PlanFacts { rules: &rules, tree: &long, history: &long, memory: &long, window };
    let plan = plan_turn(&prompts, &goal, &facts).unwrap();
    let ground = Ground::gather(&goal, &[], &"greet".into(), rules.clone(), window).unwrap();
    let brief = brief_turn(&prompts, &ground, &long, window).unwrap();
    for turn in [plan, brief] {
        // The bill names every part, and they come to what is sent.
        let sum: u32 = turn.bill.iter().map(|part| part.tokens).sum();
        let opening = turn.opening;
        let sent = estimate_text(&opening.system) + estimate_text(&opening.user);
        assert!(u64::from(sum).abs_diff(sent) <= 4, "{sum} {sent}");
        assert!(turn.bill.iter().all(|part| part.tokens <= part.budget + 40), "{:?}", turn.bill);
        let tokens = estimate_text(&opening.system) + estimate_text(&opening.user);
        assert!(tokens <= 16_000 * 2 / 3, "{tokens}");
        assert!(opening.user.contains("tokens of the goal left out …]"));
        assert!(opening.user.starts_with("# Rules of this repository\n\nFrom `AGENTS.md`"));
    }
}

#[test]
fn a_rejected_plans_reason_and_the_persons_answers_reach_the_next_plan_turn() {
    let prompts = Prompts::embedded().unwrap();
    let mut goal = opened();
    goal.standing = Standing::Planning { why: Some("Too many tasks.".to_owned()), run: None };
    let question =
        json!({"run": 1, "task": null, "text": "Which shell?", "options": [], "answer": "dash"});
    goal.questions
        .insert(chargehand::domain::QuestionId(4), serde_json::from_value(question).unwrap());
    let facts = PlanFacts {
        rules: &Rules::default(),
        tree: "greet.sh",
        history: "",
        memory: "",
        window: Window(16_000),
    };
    let user = plan_turn(&prompts, &goal, &facts).unwrap().opening.user;
    insta::assert_snapshot!(user, @r#"
    # The goal

    Say hello.

    # Files

    greet.sh

    # What the person has answered

    Asked: Which shell?
    Answer: dash

    # Why the last plan was rejected

    Too many tasks.

    Plan it: look at what you need, then call `propose_plan`.
    "#);
}

#[test]
fn a_review_turn_shows_evidence_diff_and_what_lessons_may_rest_on() {
    let prompts = Prompts::embedded().unwrap();
    let mut goal = goal();
    let brief =
        chargehand::planner::compose(&ground(&goal), &chargehand::planner::Words::default());
    let key = goal.plan.tasks[0].spec.criteria[0].key();
    let attempt: chargehand::domain::Attempt = serde_json::from_value(json!({
        "number": 1, "brief": brief, "brief_hash": "", "model": "m", "tier": "standard",
        "base": {"commit": "c", "tree": "t"}, "worktree": "/w", "runs": [], "head": null,
        "files": ["greet.sh"], "usage": chargehand::domain::Usage::default(), "turns": 1, "calls": 1,
        "evidence": [
            {"criterion": key, "when": "before", "tree": "t", "outcome": "passed", "exit": 0, "seen": "", "millis": 1},
            {"criterion": key, "when": "after", "tree": "u", "outcome": "failed", "exit": 2, "seen": "no such file", "millis": 1},
        ],
        "report": {"status": "done", "summary": "All done."}, "ended": null, "verdict": null,
        "granted": [],
    }))
    .unwrap();
    goal.plan.tasks[0].attempts = vec![attempt.clone()];
    let events =
        [Shown { seq: Seq(12), worth: Worth::CheckFailed, text: "checks: 1 of 1 fail".to_owned() }];
    let facts = ReviewFacts { diff: "+```sh\n+echo hi", events: &events, window: Window(16_000) };
    let opening =
        review_turn(&prompts, &goal, &goal.plan.tasks[0], &attempt, &facts).unwrap().opening;
    let from = opening.user.find("# What the worker reports").unwrap();
    insta::assert_snapshot!(&opening.user[from..], @r#"
    # What the worker reports

    Claims: done. All done.

    # Evidence

    - FAILED after the work: `sh test.sh` exits 0 (exit 2)
      ```
      no such file
      ```
    - PASSED before the work: `sh test.sh` exits 0 (exit 0)

    # The diff

    ````diff
    +```sh
    +echo hi
    ````

    # Events of this attempt

    - #12 checks: 1 of 1 fail

    This was attempt 1 of 3; 2 are left.

    Look at what you need, then call `judge`.
    "#);
}

#[test]
fn drafts_of_models_are_held_to_the_repository() {
    let written = serde_json::from_value(json!({"tasks": [{
        "title": "a", "outputs": ["a"], "criteria": ["make"], "inputs": ["gone.c"]}]}))
    .unwrap();
    let faults: Result<PlanDraft, _> = drafted(written, &|_| false);
    let told: Vec<String> = faults.unwrap_err().iter().map(ToString::to_string).collect();
    assert_eq!(told, ["task `a`, inputs: `gone.c` does not exist and no task before it makes it"]);
}
