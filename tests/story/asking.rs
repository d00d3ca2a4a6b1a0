//! Commands that need the person's word.

use chargehand::domain::*;

use super::world::*;

/// `a` runs, and its session wants to run a command.
fn asking(line: &str) -> (Life, RunId, Commit) {
    let mut life = Life::planned(Policy::Yes, vec![spec("a", &[])]);
    life.briefed("a", "do it");
    let run = life.open_attempt("a");
    let commit = life.run(intend(run, 1, line));
    (life, run, commit)
}

fn intend(run: RunId, id: u32, line: &str) -> Command {
    Command::IntendCall { run, call: tool_call(id), command: Some(line.into()) }
}

fn word(run: RunId, allow: bool) -> Command {
    let why = if allow { "" } else { "use the cache" }.to_owned();
    Command::AnswerCall { run, call: CallId(1), allow, why }
}

#[test]
fn a_command_is_asked_for_whole_and_allowed_while_its_run_lives() {
    let (mut life, run, commit) = asking("cargo add serde && cargo build");
    insta::assert_snapshot!(tell(&commit), @"12 chargehand: call 1 intends `cargo add serde && cargo build`: the person is asked [a #1]");
    insta::assert_snapshot!(life.waiting(), @"R10.1 (command): `a` wants to run: cargo add serde && cargo build");
    insta::assert_snapshot!(life.why("a"), @"a session works on attempt 1 (R10) and waits for your word on a command (R10.1)");
    insta::assert_snapshot!(tell(&life.person(word(run, true))), @"
    13 you: call 1 of R10 allowed [a #1]
        -> tell R10 that call 1 is allowed
    ");
    assert_eq!(life.waiting(), "");
    insta::assert_snapshot!(life.person_refused(word(run, true)), @"no command waits under call 1 of R10");
    let again = life.run(intend(run, 2, "cargo add serde && cargo build"));
    assert!(tell(&again).contains("the person is asked"), "allowed once is not allowed for ever");
}

#[test]
fn a_denied_command_is_told_with_the_reason() {
    let (mut life, run, _) = asking("curl example.org");
    insta::assert_snapshot!(tell(&life.person(word(run, false))), @"
    13 you: call 1 of R10 denied [a #1]
        -> tell R10 that call 1 is denied use the cache
    ");
}

#[test]
fn a_word_that_comes_after_the_run_has_died_is_good_for_one_call() {
    let (mut life, dead, _) = asking("curl example.org");
    let mut told = tell(&life.killed());
    insta::assert_snapshot!(life.why("a"), @"it waits for your word on a command (R10.1)");
    told += &tell(&life.person(word(dead, true)));
    let run = life.open("execute", Some("a"));
    told += &tell(&life.run(intend(run, 2, "curl example.org/other")));
    told += &tell(&life.run(intend(run, 3, "curl example.org")));
    told += &tell(&life.run(intend(run, 4, "curl example.org")));
    insta::assert_snapshot!(told, @"
    13 chargehand: R10 ended: interrupted [a #1]
    14 you: call 1 of R10 allowed [a #1]
    15 chargehand: R15 began: execute a [a #1]
        -> start R15 execute a
    16 chargehand: call 2 intends `curl example.org/other`: the person is asked [a #1]
    17 chargehand: call 3 intends `curl example.org`: allowed by Person [a #1]
    18 chargehand: call 4 intends `curl example.org`: the person is asked [a #1]
    ");
    assert_eq!(life.task("a").attempts.len(), 1, "it is the same attempt");
}

#[test]
fn a_denial_that_comes_after_the_run_has_died_lets_the_attempt_go_on_without() {
    let (mut life, dead, _) = asking("curl example.org");
    life.killed();
    insta::assert_snapshot!(tell(&life.person(word(dead, false))), @"
    14 you: call 1 of R10 denied [a #1]
    15 chargehand: R15 began: execute a [a #1]
        -> start R15 execute a
    ");
    assert!(life.task("a").last_attempt().unwrap().granted.is_empty());
}

#[test]
fn what_an_approved_criterion_names_in_full_or_a_rule_allows_runs() {
    let (mut life, run, _) = asking("make a");
    life.person(Command::AddRule { rule: CommandRule::Argv { words: vec!["ls".into()] } });
    let mut told = String::new();
    for (id, line) in [(2, "make a"), (3, "make a; id"), (4, "ls -l"), (5, "ls; id")] {
        told += &tell(&life.run(intend(run, id, line)));
    }
    insta::assert_snapshot!(told, @r#"
    14 chargehand: call 2 intends `make a`: allowed by Criterion { criterion: "a0af9bf96849" } [a #1]
    15 chargehand: call 3 intends `make a; id`: the person is asked [a #1]
    16 chargehand: call 4 intends `ls -l`: allowed by Rule { rule: "ls …" } [a #1]
    17 chargehand: call 5 intends `ls; id`: the person is asked [a #1]
    "#);
}

#[test]
fn with_rules_only_everything_else_is_denied_and_with_all_it_runs() {
    let (mut life, run, _) = asking("id");
    let mut told = String::new();
    for (id, commands) in [(2, CommandPolicy::Rules), (3, CommandPolicy::All)] {
        life.person(Command::SetPolicy { policy: Policy::Yes, commands });
        told += &tell(&life.run(intend(run, id, "id")));
    }
    insta::assert_snapshot!(told, @"
    14 chargehand: call 2 intends `id`: denied, no approved criterion and no rule allows this command [a #1]
    16 chargehand: call 3 intends `id`: allowed by AllCommands [a #1]
    ");
}
