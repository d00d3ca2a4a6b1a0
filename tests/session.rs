//! A session against a scripted model and a core that is played by the test.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use chargehand::{
    agent::{
        Ask, BlobSink, Capability, Choice, Class, Dialect, Ended, Ground, Limits, Line, Link,
        LiveText, Lore, Manner, Message, Model, NoLore, Offer, Opening, Output, Request, Room,
        Scripted, Seen, Session, Source, Spec, Still, Tool, Toolbox, Word,
    },
    domain::{
        Actor, CallId, Command, Event, Fault, FaultClass, Item, Micros, Price, Record, Refusal,
        RunId, Seq, ToolCall, Usage, Way,
        run::{Authority, Permission},
    },
};
use futures::future::BoxFuture;
use serde_json::{Value, json};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

/// Keeps whole outputs in memory.
#[derive(Default)]
struct Kept(Mutex<Vec<Vec<u8>>>);

impl BlobSink for Kept {
    fn put(&self, bytes: &[u8]) -> Option<String> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.push(bytes.to_vec());
        Some(format!("digest{}", kept.len()))
    }
}

const RUN: RunId = RunId(7);

/// What was asked of the core and what tools did, in the order of both.
#[derive(Clone, Default)]
struct Story(Arc<Mutex<Vec<String>>>);

impl Story {
    fn lines_so_far(&self) -> MutexGuard<'_, Vec<String>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn tell(&self, line: String) {
        self.lines_so_far().push(line);
    }

    fn text(&self) -> String {
        self.lines_so_far().join("\n")
    }

    /// The lines that begin with a word.
    fn lines(&self, word: &str) -> Vec<String> {
        let lines = self.lines_so_far();
        lines.iter().filter(|line| line.starts_with(word)).cloned().collect()
    }
}

fn line_of(command: &Command) -> String {
    match command {
        Command::Reserve { reservation, .. } => match reservation.cost {
            Some(cost) => format!("reserve, {} micros", cost.0),
            None => "reserve".to_owned(),
        },
        Command::Spend { usage, cost, .. } => {
            let cost = cost.map_or(String::new(), |cost| format!(", {} micros", cost.0));
            format!("spend {}+{}{cost}", usage.input, usage.output)
        }
        Command::LogItem { item, .. } => match item {
            Item::Told { text } => format!("told {text}"),
            Item::Said { text, calls, way, .. } => {
                let calls: Vec<_> =
                    calls.iter().map(|call| format!("{}:{}", call.id, call.tool)).collect();
                format!("said {way:?} {text:?} [{}]", calls.join(" "))
            }
            Item::Returned { call, ok, text, blob, .. } => {
                let blob = blob.as_ref().map_or(String::new(), |blob| format!(" blob {blob}"));
                format!("returned {call} {} {text}{blob}", if *ok { "ok" } else { "error" })
            }
        },
        Command::IntendCall { call, command, .. } => {
            format!("intend {} {} {command:?}", call.id, call.tool)
        }
        Command::Note { text, .. } => format!("note {text}"),
        other => format!("{other:?}"),
    }
}

type Rule = Box<dyn FnMut(&Command) -> Option<Result<Event, Refusal>> + Send>;

/// A core that says yes to everything, apart from what a rule says.
struct Core {
    story: Story,
    words: mpsc::UnboundedSender<Word>,
    link: Link,
    live: mpsc::Receiver<(RunId, LiveText)>,
}

fn core() -> Core {
    core_with(Box::new(|_| None))
}

fn core_with(mut rule: Rule) -> Core {
    let (asks, mut asked) = mpsc::channel::<Ask>(8);
    let (words, heard) = mpsc::unbounded_channel();
    let (live_in, live) = mpsc::channel(64);
    let by = Actor::Executor { model: "m".to_owned() };
    let link = Link::new(RUN, by.clone(), asks, heard, live_in, CancellationToken::new());
    let story = Story::default();
    let told = story.clone();
    tokio::spawn(async move {
        let mut seq = 100;
        while let Some(Ask { command, reply, by: _ }) = asked.recv().await {
            told.tell(line_of(&command));
            let event = rule(&command).unwrap_or_else(|| agreed(command));
            seq += 1;
            let record = event.map(|event| Record {
                seq: Seq(seq),
                at: 0,
                actor: by.clone(),
                goal: None,
                revision: 0,
                task: None,
                attempt: None,
                event,
            });
            let _ = reply.send(record);
        }
    });
    Core { story, words, link, live }
}

fn agreed(command: Command) -> Result<Event, Refusal> {
    Ok(match command {
        Command::Reserve { run, reservation } => Event::Reserved { run, reservation },
        Command::Spend { run, model, usage, cost } => Event::Spent { run, model, usage, cost },
        Command::LogItem { run, item } => Event::ItemLogged { run, item },
        Command::Note { run, text } => Event::Noted { run, text },
        Command::IntendCall { run, call, command } => {
            let permission = Permission::Allowed { by: Authority::Worktree };
            Event::CallIntended { run, call, command, permission }
        }
        other => return Err(Refusal::NotNow(format!("{other:?}"))),
    })
}

/// A rule that gives each command of a shell another permission.
fn permitting(permission: Permission) -> Rule {
    Box::new(move |command| match command {
        Command::IntendCall { run, call, command } => Some(Ok(Event::CallIntended {
            run: *run,
            call: call.clone(),
            command: command.clone(),
            permission: permission.clone(),
        })),
        _ => None,
    })
}

/// A tool that answers at once, or never.
struct Fake {
    name: &'static str,
    class: Class,
    schema: Value,
    story: Story,
    output: Option<Output>,
}

impl Tool for Fake {
    fn spec(&self) -> Spec {
        Spec { name: self.name, description: "A tool.", schema: self.schema.clone() }
    }

    fn class(&self) -> Class {
        self.class
    }

    fn command(&self, arguments: &Value) -> Option<String> {
        arguments.get("command").and_then(Value::as_str).map(str::to_owned)
    }

    fn call<'a>(
        &'a self,
        call: &'a ToolCall,
        arguments: Value,
        _link: &'a Link,
    ) -> BoxFuture<'a, Output> {
        self.story.tell(format!("DOES {} {} {arguments}", call.id, self.name));
        Box::pin(async {
            match &self.output {
                Some(output) => output.clone(),
                None => std::future::pending().await,
            }
        })
    }
}

fn tool(story: &Story, name: &'static str, class: Class, output: Option<Output>) -> Box<dyn Tool> {
    let schema = json!({
        "type": "object",
        "additionalProperties": false,
        "required": if class == Class::Deliver { json!([]) } else { json!(["path"]) },
        "properties": {"path": {"type": "string"}, "line": {"type": "integer"}},
    });
    Box::new(Fake { name, class, schema, story: story.clone(), output })
}

fn shell(story: &Story, output: Option<Output>) -> Box<dyn Tool> {
    let schema = json!({
        "type": "object",
        "additionalProperties": false,
        "required": ["command"],
        "properties": {"command": {"type": "string"}},
    });
    Box::new(Fake { name: "run", class: Class::Execute, schema, story: story.clone(), output })
}

fn tools(story: &Story) -> Toolbox {
    vec![
        tool(story, "read", Class::Look, Some(Output::ok("text of it"))),
        tool(story, "write", Class::Change, Some(Output::ok("written"))),
        shell(story, Some(Output::ok("exit 0"))),
        tool(story, "finish", Class::Deliver, Some(Output::end("delivered"))),
    ]
}

fn session(core: &Core, model: &Arc<Scripted>) -> Session {
    Session {
        model: Arc::clone(model) as Arc<dyn Model>,
        name: "m".to_owned(),
        price: None,
        link: core.link.clone(),
        tools: tools(&core.story),
        limits: Limits::default(),
        manner: Manner::default(),
        lore: Arc::new(NoLore),
        ground: Arc::new(Still),
        blobs: Arc::new(Kept::default()),
    }
}

fn opening() -> Opening {
    Opening { system: "You work.".to_owned(), user: "Do it.".to_owned() }
}

fn script(lines: impl IntoIterator<Item = Line>) -> Arc<Scripted> {
    Arc::new(Scripted::new(lines))
}

fn read() -> Line {
    Line::calls("read", &json!({"path": "a"}))
}

fn finish() -> Line {
    Line::calls("finish", &json!({}))
}

/// Plays a script against a core that agrees, and returns the end with all that happened.
async fn play(lines: impl IntoIterator<Item = Line>) -> (Ended, Core, Vec<Request>) {
    let core = core();
    let model = script(lines);
    let ended = session(&core, &model).run(opening(), vec![]).await;
    (ended, core, model.requests())
}

fn fault_of(ended: Ended) -> (FaultClass, String) {
    match ended {
        Ended::GaveUp(fault) | Ended::Faulted(fault) => (fault.class, fault.message),
        Ended::Delivered | Ended::Stopped => panic!("no fault: {ended:?}"),
    }
}

fn last_text(request: &Request) -> &str {
    match request.messages.last() {
        Some(Message::User(text) | Message::Result { text, .. }) => text,
        other => panic!("{other:?}"),
    }
}

#[tokio::test(start_paused = true)]
async fn everything_is_on_record_before_what_follows_from_it() {
    let (ended, core, requests) = play([
        read(),
        Line::calls_all(&[
            ("write", json!({"path": "a"})),
            ("run", json!({"command": "make test"})),
        ]),
        finish(),
    ])
    .await;
    assert_eq!(ended, Ended::Delivered);
    assert_eq!(requests.len(), 3);
    insta::assert_snapshot!(core.story.text(), @r#"
    reserve
    spend 100+10
    said Native "" [1:read]
    DOES 1 read {"path":"a"}
    returned 1 ok text of it
    reserve
    spend 100+10
    said Native "" [2:write 3:run]
    intend 2 write None
    DOES 2 write {"path":"a"}
    returned 2 ok written
    intend 3 run Some("make test")
    DOES 3 run {"command":"make test"}
    returned 3 ok exit 0
    reserve
    spend 100+10
    said Native "" [4:finish]
    DOES 4 finish {}
    returned 4 ok delivered
    "#);
}

#[tokio::test(start_paused = true)]
async fn the_model_sees_its_tools_its_opening_and_its_results() {
    let (_, _, requests) = play([read(), finish()]).await;
    let names: Vec<_> = requests[0].tools.iter().map(|spec| spec.name).collect();
    assert_eq!(names, ["read", "write", "run", "finish"]);
    assert_eq!(requests[0].messages.len(), 2);
    assert_eq!(requests[0].max_output, 8_192);
    assert_eq!(last_text(&requests[1]), "text of it");
}

#[tokio::test(start_paused = true)]
async fn a_command_that_is_asked_about_waits_for_the_word() {
    for (allow, why) in [(true, ""), (false, "too dangerous")] {
        let core = core_with(permitting(Permission::Asked));
        let model = script([Line::calls("run", &json!({"command": "rm x"})), finish()]);
        let run = tokio::spawn(session(&core, &model).run(opening(), vec![]));
        while core.story.lines("intend").is_empty() {
            tokio::task::yield_now().await;
        }
        assert!(core.story.lines("DOES").is_empty());
        core.words.send(Word::Call { call: CallId(1), allow, why: why.to_owned() }).unwrap();
        assert_eq!(run.await.unwrap(), Ended::Delivered);
        assert_eq!(core.story.lines("DOES 1 run").len(), usize::from(allow));
        let seen = last_text(&model.requests()[1]).to_owned();
        assert_eq!(seen.contains("too dangerous"), !allow, "{seen}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_denied_command_is_an_error_that_says_why() {
    let core = core_with(permitting(Permission::Denied { why: "rules only".to_owned() }));
    let model = script([Line::calls("run", &json!({"command": "rm x"})), finish()]);
    session(&core, &model).run(opening(), vec![]).await;
    assert!(core.story.lines("DOES 1").is_empty());
    insta::assert_snapshot!(core.story.lines("returned 1").join("\n"), @"returned 1 error not executed: this was not allowed: rules only. Do not try the same in another form; find another way, or say in your result what stands in the way.");
}

#[tokio::test(start_paused = true)]
async fn an_intent_that_the_core_refuses_is_not_carried_out() {
    let core = core_with(Box::new(|command| match command {
        Command::IntendCall { .. } => Some(Err(Refusal::ReadOnly)),
        _ => None,
    }));
    let model = script([Line::calls("write", &json!({"path": "a"})), finish()]);
    session(&core, &model).run(opening(), vec![]).await;
    assert!(core.story.lines("DOES 1").is_empty());
    assert!(core.story.lines("returned 1")[0].contains("only reads"), "{}", core.story.text());
}

#[tokio::test(start_paused = true)]
async fn unsound_calls_come_back_with_exact_faults() {
    let (ended, core, _) = play([
        Line::calls("open", &json!({})),
        Line::calls("read", &json!({"file": "a"})),
        Line::calls("write", &json!("{\"path\": \"a")),
        finish(),
    ])
    .await;
    assert_eq!(ended, Ended::Delivered);
    assert!(core.story.lines("intend").is_empty());
    insta::assert_snapshot!(core.story.lines("returned").join("\n"), @r#"
    returned 1 error there is no tool `open`; there are: read, write, run, finish
    returned 2 error `read` was not executed, its arguments have faults:
    - Additional properties are not allowed ('file' was unexpected); known are: path, line
    - "path" is a required property
    Correct them and send the whole call again.
    returned 3 error `write` was not executed, its arguments have faults:
    - the arguments is not of type "object"
    Correct them and send the whole call again.
    returned 4 ok delivered
    "#);
}

#[tokio::test(start_paused = true)]
async fn plain_slips_in_arguments_are_mended_before_the_tool_sees_them() {
    let (_, core, _) =
        play([Line::calls("read", &json!({"path": "a", "line": "3"})), finish()]).await;
    assert_eq!(core.story.lines("DOES 1"), [r#"DOES 1 read {"path":"a","line":3}"#]);
}

#[tokio::test(start_paused = true)]
async fn a_turn_without_a_call_is_nudged_three_times_and_no_more() {
    let talk = || Line::says("I think it is done.");
    let (ended, core, requests) = play([talk(), talk(), talk(), talk(), finish()]).await;
    let (class, message) = fault_of(ended);
    assert_eq!(class, FaultClass::Model);
    insta::assert_snapshot!(message, @"4 turns in a row came to nothing; the last: the answer called no tool");
    assert_eq!(requests.len(), 4);
    let told = core.story.lines("told");
    assert_eq!(told.len(), 3);
    assert!(told[0].contains("`finish`"), "{}", told[0]);
}

#[tokio::test(start_paused = true)]
async fn the_fault_of_turns_in_vain_names_the_faulty_arguments() {
    // Not quite the same each time: a model that only repeats itself is told so before.
    let wrong = |file: &str| Line::calls("read", &json!({"path": 1, "file": file}));
    let (ended, _, _) = play([wrong("a"), wrong("b"), wrong("c"), wrong("d")]).await;
    let (_, message) = fault_of(ended);
    insta::assert_snapshot!(message, @"4 turns in a row came to nothing; the last: the arguments of `read` had faults: Additional properties are not allowed ('file' was unexpected); known are: path, line");
}

#[tokio::test(start_paused = true)]
async fn a_call_ends_the_row_of_nudges() {
    let talk = || Line::says("Hm.");
    let (ended, _, _) =
        play([talk(), talk(), talk(), read(), talk(), talk(), talk(), finish()]).await;
    assert_eq!(ended, Ended::Delivered);
}

#[tokio::test(start_paused = true)]
async fn a_model_that_called_nothing_must_call_something() {
    let core = core();
    let model = script([Line::says("Hm."), read(), finish()]);
    session(&core, &model).run(opening(), vec![]).await;
    let choices: Vec<_> = model.requests().into_iter().map(|request| request.choice).collect();
    assert_eq!(choices, [Choice::Auto, Choice::Required, Choice::Auto]);
}

#[tokio::test(start_paused = true)]
async fn a_turn_at_the_output_limit_executes_nothing() {
    let Line::Turn(mut turn) = Line::calls("write", &json!({"path": "a"})) else { unreachable!() };
    turn.finish = chargehand::agent::Finish::Length;
    let (ended, core, _) = play([
        Line::Turn(turn),
        Line::cut_off("```json\n{\"name\": \"write\", \"arguments\": {\"path\": \"a\"}}\n```\nand"),
        finish(),
    ])
    .await;
    assert_eq!(ended, Ended::Delivered);
    assert!(core.story.lines("DOES 1 write").is_empty(), "{}", core.story.text());
    assert!(core.story.lines("told")[0].contains("cut off at the limit"));
    assert_eq!(core.story.lines("told").len(), 2);
}

#[tokio::test(start_paused = true)]
async fn endless_answers_end_the_session() {
    let (ended, _, requests) = play((0..9).map(|_| Line::cut_off("la la"))).await;
    assert_eq!(fault_of(ended).0, FaultClass::Model);
    assert_eq!(requests.len(), 4);
}

#[tokio::test(start_paused = true)]
async fn a_fault_of_the_model_is_its_own() {
    let fault = Fault::new(FaultClass::Model, "an empty answer");
    let (ended, _, _) = play([Line::Fault(fault.clone())]).await;
    assert_eq!(ended, Ended::GaveUp(fault));
}

#[tokio::test(start_paused = true)]
async fn a_fault_of_the_connection_ends_the_session_and_gives_the_reservation_back() {
    let fault = Fault::new(FaultClass::Network, "connection reset");
    let (ended, core, _) = play([read(), Line::Fault(fault.clone())]).await;
    assert_eq!(ended, Ended::Faulted(fault));
    insta::assert_snapshot!(core.story.text(), @r#"
    reserve
    spend 100+10
    said Native "" [1:read]
    DOES 1 read {"path":"a"}
    returned 1 ok text of it
    reserve
    spend 0+0
    "#);
}

#[tokio::test(start_paused = true)]
async fn nothing_is_sent_when_the_budget_refuses() {
    let core = core_with(Box::new(|command| match command {
        Command::Reserve { .. } => Some(Err(Refusal::Unpriced)),
        _ => None,
    }));
    let model = script([finish()]);
    let ended = session(&core, &model).run(opening(), vec![]).await;
    assert_eq!(fault_of(ended), (FaultClass::Budget, Refusal::Unpriced.to_string()));
    assert!(model.requests().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_known_price_is_reserved_for_the_most_and_spent_as_used() {
    let core = core();
    let model = script([finish()]);
    let price = Price { input: 1_000_000, cached: 0, output: 2_000_000 };
    let limits = Limits { max_output: 50, ..Limits::default() };
    let session = Session { price: Some(price), limits, ..session(&core, &model) };
    session.run(opening(), vec![]).await;
    let reserved: u64 = core.story.lines("reserve")[0]
        .trim_matches(|letter: char| !letter.is_ascii_digit())
        .parse()
        .unwrap();
    assert!(reserved > 100 + 2 * 50, "the prompt and the longest answer: {reserved}");
    assert_eq!(core.story.lines("spend"), ["spend 100+10, 120 micros"]);
    assert_eq!(price.cost(Usage { input: 100, output: 10, ..Usage::default() }), Micros(120));
}

#[tokio::test(start_paused = true)]
async fn a_server_that_says_nothing_of_usage_is_accounted_by_estimate() {
    let Line::Turn(mut turn) = finish() else { unreachable!() };
    turn.usage = Usage::default();
    let (_, core, _) = play([Line::Turn(turn)]).await;
    assert_ne!(core.story.lines("spend"), ["spend 0+0"]);
}

#[tokio::test(start_paused = true)]
async fn a_stop_cancels_the_turn_and_gives_the_reservation_back() {
    let core = core();
    let model = script([Line::Silence]);
    let run = tokio::spawn(session(&core, &model).run(opening(), vec![]));
    while model.requests().is_empty() {
        tokio::task::yield_now().await;
    }
    core.link.stop.cancel();
    assert_eq!(run.await.unwrap(), Ended::Stopped);
    assert_eq!(core.story.lines("spend"), ["spend 0+0"]);
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_broke_off_is_paid_for_as_far_as_it_came() {
    let broken = |then| {
        let lost = Line::Loses("the server fell silent".to_owned(), Box::new(then));
        Line::Begins(
            "twelve words of an answer that will never be whole, or so".to_owned(),
            Box::new(lost),
        )
    };
    let (ended, core, _) = play([broken(broken(finish()))]).await;
    assert_eq!(ended, Ended::Delivered);
    let spent = core.story.lines("spend");
    assert_eq!(spent.len(), 3, "{spent:?}");
    assert_eq!(spent[0], spent[1]);
    assert!(spent[0].ends_with("+20"), "the prompt and what was said: {spent:?}");
    assert_eq!(spent[2], "spend 100+10");
    let notes = core.story.lines("note");
    assert_eq!(notes, ["note asked 3 times for one turn; before it came: the server fell silent"]);
    // Nothing was said in the try that fails: nothing is spent.
    let fault = Fault::new(FaultClass::Network, "gone");
    let lost = Line::Loses("gone".to_owned(), Box::new(Line::Fault(fault.clone())));
    let (ended, core, _) = play([lost]).await;
    assert_eq!(
        (ended, core.story.lines("spend")),
        (Ended::Faulted(fault), vec!["spend 0+0".to_owned()])
    );
}

/// An answer that breaks off, and is asked for again after a while.
fn asked_again() -> Line {
    let then = finish().after(Duration::from_secs(1));
    let lost = Line::Loses("the server fell silent".to_owned(), Box::new(then));
    Line::Begins("some words".to_owned(), Box::new(lost))
}

#[tokio::test(start_paused = true)]
async fn a_try_after_an_answer_that_broke_off_has_a_reservation_of_its_own() {
    let (ended, core, _) = play([asked_again()]).await;
    assert_eq!(ended, Ended::Delivered);
    let is_money = |line: &&str| line.starts_with("reserve") || line.starts_with("spend");
    let told = core.story.text();
    let money: Vec<&str> = told.lines().filter(is_money).collect();
    assert!(money[1].ends_with("+4"), "{money:?}");
    assert_eq!([money[0], money[2], money[3]], ["reserve", "reserve", "spend 100+10"]);
    assert_eq!(money.len(), 4, "{money:?}");
}

#[tokio::test(start_paused = true)]
async fn no_try_is_waited_for_whose_cost_no_cap_lets_through() {
    let mut reserved = 0;
    let core = core_with(Box::new(move |command| match command {
        Command::Reserve { .. } => {
            reserved += 1;
            (reserved > 1).then_some(Err(Refusal::Unpriced))
        }
        _ => None,
    }));
    let model = script([asked_again()]);
    let ended = session(&core, &model).run(opening(), vec![]).await;
    assert_eq!(fault_of(ended).0, FaultClass::Budget);
    assert_eq!(core.story.lines("spend").len(), 1, "{}", core.story.text());
}

#[tokio::test(start_paused = true)]
async fn a_turn_that_is_stopped_in_the_middle_is_paid_for_as_far_as_it_came() {
    let core = core();
    let said = Line::Begins("some words".to_owned(), Box::new(Line::Silence));
    let model = script([said]);
    let run = tokio::spawn(session(&core, &model).run(opening(), vec![]));
    while model.requests().is_empty() {
        tokio::task::yield_now().await;
    }
    core.link.stop.cancel();
    assert_eq!(run.await.unwrap(), Ended::Stopped);
    let spent = core.story.lines("spend");
    assert!(spent.len() == 1 && spent[0].ends_with("+4"), "{spent:?}");
}

#[tokio::test(start_paused = true)]
async fn a_stop_ends_a_tool_that_does_not_end_itself() {
    let core = core();
    let model = script([Line::calls("run", &json!({"command": "sleep 99"}))]);
    let tools = vec![shell(&core.story, None)];
    let run = tokio::spawn(Session { tools, ..session(&core, &model) }.run(opening(), vec![]));
    while core.story.lines("DOES").is_empty() {
        tokio::task::yield_now().await;
    }
    core.link.stop.cancel();
    assert_eq!(run.await.unwrap(), Ended::Stopped);
}

#[tokio::test(start_paused = true)]
async fn a_stop_ends_the_wait_for_a_word() {
    let core = core_with(permitting(Permission::Asked));
    let model = script([Line::calls("run", &json!({"command": "rm x"}))]);
    let run = tokio::spawn(session(&core, &model).run(opening(), vec![]));
    while core.story.lines("intend").is_empty() {
        tokio::task::yield_now().await;
    }
    core.link.stop.cancel();
    assert_eq!(run.await.unwrap(), Ended::Stopped);
    assert!(core.story.lines("DOES").is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_stopped_session_does_not_hang_on_a_core_that_is_silent() {
    let (asks, kept) = mpsc::channel::<Ask>(8);
    let (_words, heard) = mpsc::unbounded_channel();
    let (live, _shown) = mpsc::channel(8);
    let stop = CancellationToken::new();
    let link = Link::new(RUN, Actor::Chargehand, asks, heard, live, stop.clone());
    let core = core();
    let model = script([finish()]);
    let run = tokio::spawn(Session { link, ..session(&core, &model) }.run(opening(), vec![]));
    tokio::task::yield_now().await;
    stop.cancel();
    assert_eq!(run.await.unwrap(), Ended::Stopped);
    assert_eq!(kept.len(), 1, "it had asked, and was not answered");
}

#[tokio::test(start_paused = true)]
async fn a_run_that_the_core_has_ended_stops() {
    let core = core_with(Box::new(|command| match command {
        Command::LogItem { run, .. } => Some(Err(Refusal::RunHasEnded(*run))),
        _ => None,
    }));
    let model = script([read(), finish()]);
    assert_eq!(session(&core, &model).run(opening(), vec![]).await, Ended::Stopped);
    assert!(core.story.lines("DOES").is_empty(), "nothing is done that is not on record");
}

#[tokio::test(start_paused = true)]
async fn steering_is_told_before_the_next_turn() {
    let core = core();
    core.words.send(Word::Steer { text: "Use tabs.".to_owned() }).unwrap();
    let model = script([finish()]);
    session(&core, &model).run(opening(), vec![]).await;
    assert_eq!(core.story.lines("told"), ["told The person says: Use tabs."]);
    assert!(last_text(&model.requests()[0]).ends_with("Use tabs."));
}

#[tokio::test(start_paused = true)]
async fn turns_are_counted_over_all_runs_of_the_attempt() {
    let core = core();
    let model = script((0..20).map(|at| Line::calls("read", &json!({"path": at.to_string()}))));
    let limits = Limits { turns: 10, turns_used: 6, ..Limits::default() };
    let ended = Session { limits, ..session(&core, &model) }.run(opening(), vec![]).await;
    insta::assert_snapshot!(fault_of(ended).1, @"all 10 turns of the attempt are used up");
    assert_eq!(model.requests().len(), 4);
    assert_eq!(core.story.lines("told 4 turns are left").len(), 1);
}

#[tokio::test(start_paused = true)]
async fn the_models_time_is_bounded_over_all_turns() {
    let core = core();
    let slow = || read().after(Duration::from_secs(40));
    let model = script([slow(), slow(), finish()]);
    let limits = Limits { time: Duration::from_secs(60), ..Limits::default() };
    let ended = Session { limits, ..session(&core, &model) }.run(opening(), vec![]).await;
    let (class, message) = fault_of(ended);
    assert_eq!(class, FaultClass::Model);
    assert!(message.contains("time"), "{message}");
    assert_eq!(core.story.lines("spend"), ["spend 100+10", "spend 0+0"]);
}

#[tokio::test(start_paused = true)]
async fn a_continued_session_goes_on_where_the_log_ends() {
    let core = core();
    let model = script([read(), finish()]);
    let call = ToolCall {
        id: CallId(4),
        wire_id: "x".to_owned(),
        tool: "run".to_owned(),
        arguments: "{\"command\": \"make\"}".to_owned(),
    };
    let past = vec![Item::Said {
        text: "I build.".to_owned(),
        reasoning: String::new(),
        calls: vec![call],
        way: Way::Native,
        usage: Usage::default(),
    }];
    assert_eq!(session(&core, &model).run(opening(), past).await, Ended::Delivered);
    assert!(last_text(&model.requests()[0]).contains("the outcome is unknown"));
    assert_eq!(
        core.story.lines("said"),
        [r#"said Native "" [5:read]"#, r#"said Native "" [6:finish]"#]
    );
}

#[tokio::test(start_paused = true)]
async fn calls_in_the_text_are_salvaged_and_the_way_is_on_record() {
    let (ended, core, _) = play([
        Line::says("I look.\n```json\n{\"name\": \"read\", \"arguments\": {\"path\": \"a\"}}\n```"),
        Line::says("<tool_call>{\"name\": \"finish\", \"arguments\": {}}</tool_call>"),
    ])
    .await;
    assert_eq!(ended, Ended::Delivered);
    assert_eq!(
        core.story.lines("said"),
        [r#"said Salvaged "I look." [1:read]"#, r#"said Salvaged "" [2:finish]"#]
    );
}

#[tokio::test(start_paused = true)]
async fn a_file_in_a_fence_goes_the_way_of_every_change() {
    let core = core();
    let schema = json!({"type": "object", "properties": {"path": {}, "content": {}}});
    let output = Some(Output::ok("written"));
    let story = core.story.clone();
    let write = Fake { name: "write", class: Class::Change, schema, story, output };
    let mut tools = tools(&core.story);
    tools[1] = Box::new(write);
    let model = script([Line::says("```rust src/a.rs\nfn a() {}\n```"), finish()]);
    Session { tools, ..session(&core, &model) }.run(opening(), vec![]).await;
    assert_eq!(core.story.lines("said FileFence").len(), 1);
    assert_eq!(core.story.lines("intend"), ["intend 1 write None"]);
    assert_eq!(
        core.story.lines("DOES 1"),
        [r#"DOES 1 write {"path":"src/a.rs","content":"fn a() {}\n"}"#]
    );
}

#[tokio::test(start_paused = true)]
async fn a_history_too_long_for_the_server_is_shortened_and_sent_again() {
    let core = core();
    let long = Output::ok("some words of a long file\n".repeat(300));
    let mut tools = tools(&core.story);
    tools[0] = tool(&core.story, "read", Class::Look, Some(long));
    let overflow = Fault::new(FaultClass::ContextOverflow, "too long");
    let model = script([
        read(),
        Line::calls("read", &json!({"path": "b"})),
        Line::Fault(overflow.clone()),
        Line::Fault(overflow),
        finish(),
    ]);
    let ended = Session { tools, ..session(&core, &model) }.run(opening(), vec![]).await;
    assert_eq!(ended, Ended::Delivered);
    let sizes: Vec<u64> = model
        .requests()
        .iter()
        .map(|request| chargehand::agent::estimate_messages(&request.messages))
        .collect();
    assert!(sizes[3] < sizes[2] && sizes[4] < sizes[3], "{sizes:?}");
}

#[tokio::test(start_paused = true)]
async fn an_opening_that_overflows_is_a_fault_at_once() {
    let overflow = Fault::new(FaultClass::ContextOverflow, "too long");
    let (ended, _, requests) = play([Line::Fault(overflow.clone()), finish()]).await;
    assert_eq!(ended, Ended::Faulted(overflow));
    assert_eq!(requests.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_long_result_is_cut_for_the_model_and_kept_whole() {
    let core = core();
    let text = "line of output\n".repeat(10_000);
    let mut tools = tools(&core.story);
    tools[0] = tool(&core.story, "read", Class::Look, Some(Output::ok(text.clone())));
    let model = script([read(), finish()]);
    let blobs = Arc::new(Kept::default());
    let limits = Limits { window: 1_000_000, shown: usize::MAX, ..Limits::default() };
    let kept = Arc::clone(&blobs);
    Session { tools, limits, blobs, ..session(&core, &model) }.run(opening(), vec![]).await;
    assert_eq!(*kept.0.lock().unwrap(), [text.into_bytes()]);
    let returned = &core.story.lines("returned 1")[0];
    assert!(returned.len() < 64 * 1024 + 200, "{}", returned.len());
    assert!(returned.contains("ask for a smaller part"), "{returned}");
    assert!(core.story.text().contains(" blob digest1"));
}

#[tokio::test(start_paused = true)]
async fn what_a_tool_keeps_of_its_own_is_stored_as_it_is() {
    let core = core();
    let output = Output { whole: Some(b"all of it".to_vec()), ..Output::ok("a part") };
    let mut tools = tools(&core.story);
    tools[2] =
        shell(&core.story, Some(Output { text: "\u{1b}[31mred\u{1b}[0m".to_owned(), ..output }));
    let model = script([Line::calls("run", &json!({"command": "ls"})), finish()]);
    let blobs = Arc::new(Kept::default());
    let kept = Arc::clone(&blobs);
    Session { tools, blobs, ..session(&core, &model) }.run(opening(), vec![]).await;
    assert_eq!(*kept.0.lock().unwrap(), [b"all of it".to_vec()]);
    assert_eq!(core.story.lines("returned 1"), ["returned 1 ok red blob digest1"]);
}

#[tokio::test(start_paused = true)]
async fn a_result_is_not_handed_over_behind_a_change_that_failed() {
    let core = core();
    let mut tools = tools(&core.story);
    tools[1] = tool(&core.story, "write", Class::Change, Some(Output::error("disk full")));
    let model = script([
        Line::calls_all(&[
            ("write", json!({"path": "a"})),
            ("read", json!({"path": "a"})),
            ("finish", json!({})),
        ]),
        Line::calls_all(&[("finish", json!({})), ("read", json!({"path": "a"}))]),
    ]);
    let ended = Session { tools, ..session(&core, &model) }.run(opening(), vec![]).await;
    assert_eq!(ended, Ended::Delivered);
    insta::assert_snapshot!(core.story.lines("returned").join("\n"), @r"
    returned 1 error disk full
    returned 2 error not executed: an earlier call of the same turn came to nothing. Look at its result first.
    returned 3 error not executed: an earlier call of the same turn came to nothing. Look at its result first.
    returned 4 ok delivered
    returned 5 error not executed: the session's result had been delivered.
    ");
}

#[tokio::test(start_paused = true)]
async fn going_round_in_circles_is_pointed_out_once_and_then_ends_the_session() {
    let (ended, core, requests) = play((0..20).map(|_| read())).await;
    let (class, message) = fault_of(ended);
    assert_eq!(class, FaultClass::Model);
    assert!(message.contains("repeats itself"), "{message}");
    assert_eq!(requests.len(), 6);
    assert_eq!(core.story.lines("told The last calls repeated themselves").len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_model_that_never_writes_a_sound_call_is_given_up() {
    let (ended, _, requests) =
        play((0..9).map(|at| Line::calls(&format!("open{at}"), &json!({})))).await;
    assert_eq!(fault_of(ended).0, FaultClass::Model);
    assert_eq!(requests.len(), 4);
}

#[tokio::test(start_paused = true)]
async fn calls_beyond_the_most_of_one_turn_are_not_executed() {
    let many: Vec<_> = (0..40).map(|at| ("read", json!({"path": at.to_string()}))).collect();
    let (_, core, _) = play([Line::calls_all(&many), finish()]).await;
    assert_eq!(core.story.lines("DOES").len(), 24 + 1);
    assert_eq!(core.story.lines("returned").len(), 40 + 1);
}

#[tokio::test(start_paused = true)]
async fn a_tool_with_a_broken_schema_is_a_fault_before_anything_is_sent() {
    let core = core();
    let schema = json!({"type": 12});
    let story = core.story.clone();
    let broken = Fake { name: "broken", class: Class::Look, schema, story, output: None };
    let model = script([finish()]);
    let tools: Toolbox = vec![Box::new(broken)];
    let ended = Session { tools, ..session(&core, &model) }.run(opening(), vec![]).await;
    assert_eq!(fault_of(ended).0, FaultClass::Environment);
    assert!(model.requests().is_empty());
}

#[tokio::test(start_paused = true)]
async fn text_under_way_is_shown_live() {
    let core = core();
    let mut live = core.live;
    let model = script([Line::says("Hello."), finish()]);
    let core = Core { live: mpsc::channel(1).1, ..core };
    session(&core, &model).run(opening(), vec![]).await;
    assert_eq!(live.recv().await, Some((RUN, LiveText::Text("Hello.".to_owned()))));
    assert_eq!(live.recv().await, Some((RUN, LiveText::Call("finish".to_owned()))));
}

/// Remembers what was learnt.
#[derive(Default)]
struct Learnt(Mutex<Vec<Seen>>);

impl Learnt {
    fn all(&self) -> Vec<Seen> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Lore for Learnt {
    fn of(&self, _model: &str) -> Capability {
        Capability::default()
    }

    fn learn(&self, _model: &str, seen: Seen) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(seen);
    }
}

#[tokio::test(start_paused = true)]
async fn arguments_without_a_name_are_the_call_of_the_one_tool_that_delivers_so() {
    let (ended, core, _) =
        play([read(), Line::says("### Result\n\n```json\n{\"path\": \"a\", \"line\": 3}\n```\n")])
            .await;
    assert_eq!(ended, Ended::Delivered);
    assert_eq!(core.story.lines("said")[1], "said Salvaged \"### Result\" [2:finish]");
    assert_eq!(core.story.lines("DOES")[1], r#"DOES 2 finish {"path":"a","line":3}"#);
    assert_eq!(
        core.story.lines("note"),
        [
            "note the model wrote arguments that name no tool; they fit `finish` alone and count as its call"
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn a_model_that_calls_nothing_natively_is_offered_its_tools_in_words() {
    let core = core();
    let model = script([
        Line::says("I shall read it."),
        Line::says("<tools>read</tools>"),
        Line::says(
            "{\"thought\": \"Let me look.\", \"name\": \"read\", \"arguments\": {\"path\": \"a\"}}",
        )
        .offered(Dialect::Schema),
        Line::says("{\"thought\": \"Done.\", \"name\": \"finish\", \"arguments\": {}}")
            .offered(Dialect::Schema),
    ]);
    let learnt = Arc::new(Learnt::default());
    let lore = Arc::clone(&learnt) as Arc<dyn Lore>;
    let ended = Session { lore, ..session(&core, &model) }.run(opening(), vec![]).await;
    assert_eq!(ended, Ended::Delivered);
    let offers: Vec<Option<Dialect>> = model.requests().iter().map(|one| one.offer).collect();
    let [native, held] = [Dialect::Native, Dialect::Schema].map(Some);
    assert_eq!(offers, [native, native, held, held]);
    assert_eq!(core.story.lines("said")[2], "said Salvaged \"Let me look.\" [1:read]");
    assert_eq!(core.story.lines("note").len(), 1);
    assert_eq!(
        learnt.all(),
        [
            Seen::CalledNothing(Dialect::Native),
            Seen::CalledNothing(Dialect::Native),
            Seen::WroteCall(Dialect::Schema),
            Seen::WroteCall(Dialect::Schema),
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn a_way_of_offering_tools_that_a_person_has_fixed_stays() {
    let core = core();
    let model = script([Line::says("a"), Line::says("b"), Line::says("c"), finish()]);
    let manner = Manner { offer: Offer::Fixed(Dialect::Native), ..Manner::default() };
    let ended = Session { manner, ..session(&core, &model) }.run(opening(), vec![]).await;
    assert_eq!(ended, Ended::Delivered);
    assert!(model.requests().iter().all(|one| one.offer == Some(Dialect::Native)));
}

#[tokio::test(start_paused = true)]
async fn of_a_weak_model_only_the_first_call_of_a_turn_is_carried_out() {
    let core = core();
    let model = script([
        Line::calls_all(&[("read", json!({"path": "a"})), ("write", json!({"path": "b"}))]),
        finish(),
    ]);
    let manner = Manner { calls: 1, ..Manner::default() };
    Session { manner, ..session(&core, &model) }.run(opening(), vec![]).await;
    assert_eq!(core.story.lines("DOES").len(), 2);
    assert!(core.story.lines("returned 2 error not executed: one call a turn").len() == 1);
}

#[tokio::test(start_paused = true)]
async fn a_server_that_reads_half_of_a_request_and_does_not_say_so_is_found_out() {
    let core = core();
    let model = script([read().reported(20_000, 2_050), finish().reported(20_000, 2_050)]);
    let learnt = Arc::new(Learnt::default());
    let lore = Arc::clone(&learnt) as Arc<dyn Lore>;
    Session { lore, ..session(&core, &model) }.run(opening(), vec![]).await;
    let notes = core.story.lines("note");
    assert_eq!(notes.len(), 1, "{notes:?}");
    assert!(notes[0].contains("read only 2050 tokens of 20000 bytes"), "{notes:?}");
    assert!(notes[0].contains("OLLAMA_CONTEXT_LENGTH"), "{notes:?}");
    let room = Room { tokens: 4_096, from: Source::Truncation };
    assert!(learnt.all().contains(&Seen::Holds(room)));
}

#[tokio::test(start_paused = true)]
async fn a_window_that_a_refusal_names_is_heeded_and_known_from_then_on() {
    let core = core();
    let long = Output::ok("some words of a long file\n".repeat(300));
    let mut tools = tools(&core.story);
    tools[0] = tool(&core.story, "read", Class::Look, Some(long));
    let words = "answered 400: This model's maximum context length is 4096 tokens.";
    let overflow = Fault::new(FaultClass::ContextOverflow, words);
    let reads = ["a", "b", "c"].map(|path| Line::calls("read", &json!({ "path": path })));
    let model = script(reads.into_iter().chain([Line::Fault(overflow), finish()]));
    let learnt = Arc::new(Learnt::default());
    let lore = Arc::clone(&learnt) as Arc<dyn Lore>;
    let limits = Limits { max_output: 500, ..Limits::default() };
    let ended =
        Session { tools, lore, limits, ..session(&core, &model) }.run(opening(), vec![]).await;
    assert_eq!(ended, Ended::Delivered);
    let last = model.requests().pop().unwrap();
    let sent = chargehand::agent::estimate_messages(&last.messages)
        + chargehand::agent::estimate_specs(&last.tools)
        + u64::from(last.max_output);
    assert!((3_000..=4_096).contains(&sent), "{sent}");
    let room = Room { tokens: 4_096, from: Source::Refusal };
    assert!(learnt.all().contains(&Seen::Holds(room)));
}

#[tokio::test(start_paused = true)]
async fn a_way_of_offering_tools_that_the_server_refuses_is_known_from_then_on() {
    let core = core();
    let model = script([finish().offered(Dialect::Text)]);
    let learnt = Arc::new(Learnt::default());
    let lore = Arc::clone(&learnt) as Arc<dyn Lore>;
    Session { lore, ..session(&core, &model) }.run(opening(), vec![]).await;
    assert!(learnt.all().contains(&Seen::Refused(Dialect::Native)), "{:?}", learnt.all());
}

#[tokio::test(start_paused = true)]
async fn an_opening_that_the_window_cannot_hold_is_not_sent_once_more() {
    let core = core();
    let model = script([read().reported(60_000, 2_050), finish()]);
    let user = "some words that say what is to be done\n".repeat(1_500);
    let long = Opening { system: "Be good.".to_owned(), user };
    let ended = session(&core, &model).run(long, vec![]).await;
    let Ended::Faulted(fault) = ended else { panic!("{ended:?}") };
    assert_eq!(fault.class, FaultClass::ContextOverflow);
    assert!(fault.message.contains("the model's window holds 4096: it was not sent"), "{fault}");
    assert_eq!(model.requests().len(), 1);
}

/// Files that are others each time, or always the same.
struct Files(Option<std::sync::atomic::AtomicU32>);

impl Ground for Files {
    fn digest(&self) -> futures::future::BoxFuture<'_, Option<String>> {
        let add = |count: &std::sync::atomic::AtomicU32| {
            count.fetch_add(1, std::sync::atomic::Ordering::SeqCst).to_string()
        };
        let digest = self.0.as_ref().map_or("same".to_owned(), add);
        Box::pin(async { Some(digest) })
    }
}

/// How a session ends that makes the same call six times, and how often it was told.
async fn six_alike(files: Files) -> (Ended, usize) {
    let core = core();
    let model = script((0..6).map(|_| read()).chain([finish()]));
    let ground = Arc::new(files);
    let ended = Session { ground, ..session(&core, &model) }.run(opening(), vec![]).await;
    (ended, core.story.lines("told The last calls repeated").len())
}

#[tokio::test(start_paused = true)]
async fn a_session_that_goes_round_in_circles_is_told_once_and_then_ends() {
    let (ended, told) = six_alike(Files(None)).await;
    let Ended::GaveUp(fault) = ended else { panic!("{ended:?}") };
    assert_eq!(fault.class, FaultClass::Model);
    assert_eq!(fault.message, "the model repeats itself and gets nowhere");
    assert_eq!(told, 1);
}

#[tokio::test(start_paused = true)]
async fn the_same_call_with_the_same_result_is_progress_while_the_files_change() {
    let (ended, told) = six_alike(Files(Some(std::sync::atomic::AtomicU32::new(0)))).await;
    assert_eq!((ended, told), (Ended::Delivered, 0));
}
