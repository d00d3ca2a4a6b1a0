//! What the models say, and the plans that they work on.

use std::fmt::Write as _;

use chargehand::demo::Script;

/// A plan of equal tasks; none waits for another, and each makes a file of its own.
pub fn plan(tasks: usize) -> String {
    let mut text = format!(
        "version: 1\ngoal: {}\nsummary: s\nparts: [{{id: p1, text: The files}}]\n\
         stages: [{{id: s1, title: Files}}]\ntasks:\n",
        super::desk::GOAL
    );
    for task in 1..=tasks {
        let file = format!("file-{task:02}.txt");
        let _ = write!(
            text,
            "- id: task-{task:02}\n  stage: s1\n  title: Make a file\n  \
             objective: Put the word into {file} now.\n  outputs: [{file}]\n  \
             criteria: [{{text: It is there, file: {file}}}]\n  covers: [p1]\n"
        );
    }
    text
}

/// Models that answer at once: the planner briefs and accepts, the executor first calls `true` so
/// often, each time in a turn of its own, then writes its file and reports in one turn.
pub fn script(calls: u32) -> Script {
    playing(calls, "true")
}

/// The same with 5.4 KB of output in each turn.
pub fn reading(calls: u32) -> Script {
    playing(calls, "seq 1000 2079; true")
}

fn playing(calls: u32, command: &str) -> Script {
    let mut text = String::from(
        "play: always\nmodels: [bench]\nscenes:\n\
         - when: {role: brief}\n  say: {calls: [{tool: write_brief, arguments: \
         {context: There is nothing yet., requirements: [The word is in it.]}}]}\n\
         - when: {role: review}\n  say: {calls: [{tool: judge, arguments: \
         {decision: accept, why: It is there.}}]}\n",
    );
    for turn in 0..calls {
        let _ = write!(
            text,
            "- when: {{role: execute, turns: {turn}}}\n  \
             say: {{calls: [{{tool: run, arguments: {{command: '{command} {turn}'}}}}]}}\n"
        );
    }
    text.push_str(
        "- when: {role: execute}\n  take: {file: {after: 'word into ', until: ' now', else: x}}\n  \
         say: {calls: [{tool: write, arguments: {path: '{{file}}', content: 'made'}}, \
         {tool: finish, arguments: {status: done, summary: It is there.}}]}\n",
    );
    Script::parse(&text).unwrap()
}
