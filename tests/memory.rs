//! The memory at the command line: the real binary over what the demo left.

#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::{
    fs,
    io::Write as _,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};

use serde_json::{Value, json};

struct Kept {
    _temp: tempfile::TempDir,
    folder: PathBuf,
    repo: PathBuf,
}

fn command(folder: &Path, at: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_chargehand"));
    command
        .args(args)
        .env("CHARGEHAND_CONFIG_DIR", folder.join("config"))
        .env("CHARGEHAND_DATA_DIR", folder.join("data"))
        .env("CHARGEHAND_STATE_DIR", folder.join("state"))
        .env_remove("OPENAI_BASE_URL")
        .env_remove("OPENAI_API_KEY")
        .current_dir(at);
    for (name, value) in [
        ("GIT_AUTHOR_NAME", "Demo Person"),
        ("GIT_AUTHOR_EMAIL", "demo@localhost"),
        ("GIT_COMMITTER_NAME", "Demo Person"),
        ("GIT_COMMITTER_EMAIL", "demo@localhost"),
    ] {
        command.env(name, value);
    }
    command
}

impl Kept {
    /// What a played demo leaves.
    fn demo() -> Self {
        let temp = tempfile::tempdir().unwrap();
        let folder = temp.path().to_owned();
        let keep = folder.to_str().unwrap().to_owned();
        let played =
            command(&folder, &folder, &["demo", "--headless", "--keep", &keep]).output().unwrap();
        assert!(played.status.success(), "{}", String::from_utf8_lossy(&played.stderr));
        let repo = fs::read_dir(&folder)
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .find(|path| path.join(".git").exists())
            .expect("the demo's repository");
        Self { _temp: temp, folder, repo }
    }

    fn run(&self, args: &[&str]) -> Output {
        command(&self.folder, &self.repo, args).output().unwrap()
    }

    /// What a successful command says on standard output.
    fn out(&self, args: &[&str]) -> String {
        let output = self.run(args);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{args:?}: {said}");
        String::from_utf8(output.stdout).unwrap()
    }

    /// What a command says on standard error, however it ends.
    fn said(&self, args: &[&str]) -> String {
        String::from_utf8(self.run(args).stderr).unwrap()
    }
}

#[test]
fn what_the_demo_left_can_be_read_asked_corrected_exported_and_taken_back() {
    let kept = Kept::demo();
    lessons(&kept);
    general(&kept);
    briefs(&kept);
    why(&kept);
    moments(&kept);
    exported(&kept);
    imported(&kept);
    spoken(&kept);
    undone(&kept);
}

fn lessons(kept: &Kept) {
    let all = kept.out(&["lessons"]);
    assert!(all.contains("to_cents") && all.contains("with it"), "{all}");
    let id = all.split_whitespace().find(|word| word.starts_with('L')).unwrap().to_owned();
    for (verb, shown) in [("pin", "pinned"), ("general", "general")] {
        kept.out(&["lessons", verb, &id]);
        assert!(kept.out(&["lessons"]).contains(shown));
    }
    assert!(
        fs::read_to_string(kept.folder.join("data/lessons.yaml")).unwrap().contains("to_cents")
    );
    kept.out(&["lessons", "correct", &id, "--do", "Go through lib/money.sh"]);
    assert!(kept.out(&["lessons"]).contains("do:   Go through lib/money.sh"));
    kept.out(&["lessons", "undo", &id]);
    assert!(kept.out(&["lessons"]).contains("to_cents"));
    kept.out(&["lessons", "forget", &id]);
    let all = kept.out(&["lessons"]);
    assert!(all.contains("forgotten, pinned, general") && !all.contains("in every brief"), "{all}");
    kept.out(&["lessons", "undo", &id]);
    kept.out(&["lessons", "add", "--when", "a shell script", "--do", "begin with set -eu"]);
    assert!(kept.said(&["lessons", "pin", "L9999"]).contains("there is no lesson"));
}

fn briefs(kept: &Kept) {
    let bill = kept.out(&["show", "bill"]);
    assert!(bill.contains("tokens in all") && bill.contains("what is asked"), "{bill}");
    let sources = kept.out(&["show", "sources", "budget"]);
    assert!(sources.contains("from lesson L") && sources.contains("the result of"), "{sources}");
    let versions = kept.out(&["show", "versions", "import"]);
    assert!(versions.contains("attempt 1") && versions.contains("did not pass"), "{versions}");
    assert!(versions.contains("attempt 2") && versions.contains("+ "), "{versions}");
    assert!(kept.out(&["show", "readiness"]).lines().count() >= 4);
}

fn why(kept: &Kept) {
    let why = kept.out(&["why", "lib/commands/budget.sh"]);
    assert!(why.contains("planned as an output") && why.contains("landed at"), "{why}");
    assert!(why.lines().all(|line| line.starts_with('[')), "{why}");
    assert!(kept.said(&["why", "no/such/file"]).contains("neither the repository nor the memory"));
}

fn moments(kept: &Kept) {
    let landed = kept.out(&["search", "import", "--kind", "landed", "--limit", "1", "--json"]);
    let line = landed.lines().next().expect("the import has landed");
    let at = serde_json::from_str::<Value>(line).unwrap()["seq"].to_string();
    let then = kept.out(&["log", "--at", &at]);
    assert!(then.lines().count() < kept.out(&["log"]).lines().count());
    assert!(kept.out(&["plan", "show", "--at", &at]).contains("tasks:"));
    assert!(kept.said(&["log", "--at", "yesterday"]).contains("neither an event's number"));
    // A time is written as after `since:`.
    assert_eq!(kept.out(&["log", "--at", &format!("#{at}")]), then);
    assert!(kept.said(&["log", "--at", "1h"]).contains("the log has nothing of it"));
    assert!(!kept.out(&["search", "kind:says", "--limit", "3"]).is_empty());
    assert!(!kept.out(&["search", "kind:follow-up", "--limit", "3"]).is_empty());
    let by = kept.out(&["search", "the", "--by", "planner", "--json", "--limit", "50"]);
    for line in by.lines() {
        assert_eq!(serde_json::from_str::<Value>(line).unwrap()["actor"], "planner");
    }
    assert!(kept.said(&["search", "x", "--by", "nobody"]).contains("is nobody"));
    let inline = kept.out(&["search", "by:planner", "kind:judged", "task:import", "--json"]);
    assert!(inline.lines().count() >= 2, "{inline}");
    for line in inline.lines() {
        let event = serde_json::from_str::<Value>(line).unwrap();
        assert_eq!((&event["kind"], &event["task"]), (&json!("judged"), &json!("import")));
    }
    // An entry opens with its evidence: a verdict with the checks that it rests on.
    let verdict = serde_json::from_str::<Value>(inline.lines().last().unwrap()).unwrap();
    let opened = kept.out(&["show", &verdict["seq"].to_string()]);
    for part in ["# follow-up import", "# Evidence", "refuted", "failed:", "# As the log has it"] {
        assert!(opened.contains(part), "{part}: {opened}");
    }
    assert!(kept.said(&["show", "999999"]).contains("there is no event 999999"));
    assert!(kept.out(&["search", "cents since:1h"]).lines().count() > 1);
    assert!(kept.said(&["search", "cents until:1w"]).contains("nothing is remembered"));
}

fn exported(kept: &Kept) {
    let folder = kept.folder.join("out");
    kept.out(&["export", folder.to_str().unwrap(), "--full"]);
    for name in ["events.jsonl", "lessons.md", "AGENTS.proposed.md", "log.db"] {
        assert!(folder.join(name).exists(), "{name}");
    }
    let goal = fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .find(|path| path.join("handover.md").exists())
        .expect("a goal's folder");
    for name in ["handover.md", "changelog.md", "tasks.md", "../AGENTS.proposed.md"] {
        let text = fs::read_to_string(goal.join(name)).unwrap();
        let lines: Vec<&str> =
            text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')).collect();
        assert!(!lines.is_empty(), "{name}");
        for line in lines {
            let cited = line.rsplit_once('[').is_some_and(|(_, cited)| {
                let cited = cited.trim_end_matches(']');
                !cited.is_empty() && cited.split(", ").all(|one| one.parse::<u64>().is_ok())
            });
            assert!(cited, "{name} says without an event: {line}");
        }
    }
    restored(kept, &folder);
    bad_input(kept, &folder);
    let pack = fs::read_to_string(goal.join("handover.md")).unwrap();
    for part in ["## The goal", "## What is done", "## How to check it", "## Traps"] {
        assert!(pack.contains(part), "{pack}");
    }
}

/// A backup put into another clone is the same memory, once its owner has adopted it there.
fn restored(kept: &Kept, backup: &Path) {
    let clone = kept.folder.join("clone");
    let cloned = Command::new("git")
        .args(["clone", "-q", kept.repo.to_str().unwrap(), clone.to_str().unwrap()])
        .status();
    assert!(cloned.unwrap().success());
    let home = clone.join(".git/chargehand");
    fs::create_dir_all(home.join("blobs")).unwrap();
    fs::copy(backup.join("log.db"), home.join("log.db")).unwrap();
    copied(&backup.join("blobs"), &home.join("blobs"));
    let there = |args: &[&str]| command(&kept.folder, &clone, args).output().unwrap();
    // An unpacked archive could carry forged approvals: it opens read-only until it is adopted.
    let refused = there(&["lessons", "add", "--when", "x y z", "--do", "w"]);
    assert!(String::from_utf8_lossy(&refused.stderr).contains("chargehand trust --log"));
    assert!(there(&["trust", "--log"]).status.success());
    for args in [&["log"][..], &["lessons"], &["show", "bill"], &["plan", "show"]] {
        let (one, other) = (there(args), kept.run(args));
        assert!(one.status.success(), "{}", String::from_utf8_lossy(&one.stderr));
        assert_eq!(one.stdout, other.stdout, "{args:?}");
    }
    let doctor = String::from_utf8(there(&["doctor"]).stdout).unwrap();
    assert!(doctor.contains("KiB of log") && doctor.contains("outputs"), "{doctor}");
    // The log is where it was: what was adopted elsewhere is a copy, and the owner says which.
    fs::remove_dir_all(&clone).unwrap();
    assert!(kept.run(&["trust", "--log"]).status.success());
}

/// Events that no longer decode and a page that is lost: each is named, `doctor` says what to do,
/// and the rest is there for every question.
fn bad_input(kept: &Kept, backup: &Path) {
    let clone = kept.folder.join("bad");
    let cloned = Command::new("git")
        .args(["clone", "-q", kept.repo.to_str().unwrap(), clone.to_str().unwrap()])
        .status();
    assert!(cloned.unwrap().success());
    let home = clone.join(".git/chargehand");
    fs::create_dir_all(&home).unwrap();
    let log = home.join("log.db");
    let whole = fs::read(backup.join("log.db")).unwrap();
    let there = |args: &[&str]| {
        let output = command(&kept.folder, &clone, args).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        (String::from_utf8(output.stdout).unwrap(), said)
    };
    // One letter of a kind, in the table, where its data follow, and not in an index.
    let kind = whole.windows(16).position(|at| at == b"baseline_taken{\"").unwrap();
    let mut bytes = whole.clone();
    bytes[kind] = b'v';
    // A leaf of the table, far behind the goal's first event, is filled with noughts.
    let leaf = (1..whole.len() / 4096)
        .filter(|page| whole[page * 4096] == 0x0d)
        .rfind(|page| whole[page * 4096..][..4096].windows(8).any(|at| at == b"\"blob\":\""));
    let mut holed = whole.clone();
    holed[leaf.unwrap() * 4096..][..4096].fill(0);
    for bad in [bytes, holed] {
        fs::write(&log, bad).unwrap();
        let (found, _) = there(&["doctor"]);
        for part in ["BAD   events", "cannot be read", "nothing is deleted", "(`export --full`)"] {
            assert!(found.contains(part), "{part}: {found}");
        }
        assert!(there(&["status"]).1.contains("cannot be read and left out here"));
        let (events, said) = there(&["log"]);
        assert!(events.lines().count() > 60 && said.contains("unreadable: event"), "{said}");
        assert!(there(&["search", "cents"]).0.lines().count() > 5);
        assert!(there(&["why", "lib/commands/budget.sh"]).0.contains("landed at"));
        let folder = kept.folder.join("rest");
        let (_, said) = there(&["export", folder.to_str().unwrap()]);
        assert!(said.contains("events and 1 goal"), "{said}");
        fs::remove_dir_all(folder).unwrap();
    }
    fs::remove_dir_all(&clone).unwrap();
}

fn copied(from: &Path, to: &Path) {
    for entry in fs::read_dir(from).into_iter().flatten() {
        let entry = entry.unwrap();
        let to = to.join(entry.file_name());
        if entry.path().is_dir() {
            fs::create_dir_all(&to).unwrap();
            copied(&entry.path(), &to);
        } else {
            fs::copy(entry.path(), to).unwrap();
        }
    }
}

/// What is general is offered in another project of the same person, as another's, and used there
/// only by their word.
fn general(kept: &Kept) {
    let other = kept.folder.join("other");
    fs::create_dir(&other).unwrap();
    let git = |args: &[&str]| {
        let mut git = Command::new("git");
        for who in ["AUTHOR", "COMMITTER"] {
            git.env(format!("GIT_{who}_NAME"), "P").env(format!("GIT_{who}_EMAIL"), "p@localhost");
        }
        assert!(git.args(args).current_dir(&other).status().unwrap().success());
    };
    git(&["init", "-q"]);
    git(&["commit", "-q", "--allow-empty", "-m", "begin"]);
    let there = |args: &[&str]| {
        let output = command(&kept.folder, &other, args).output().unwrap();
        String::from_utf8(output.stdout).unwrap() + &String::from_utf8_lossy(&output.stderr)
    };
    there(&["lessons", "add", "--when", "a first word", "--do", "to have a log"]);
    let offered = there(&["lessons"]);
    assert!(offered.contains("G1 from another project"), "{offered}");
    assert!(offered.contains("to_cents"), "{offered}");
    there(&["lessons", "adopt", "G1"]);
    let all = there(&["lessons"]);
    assert!(!all.contains("G1") && all.contains("to_cents"), "{all}");
}

fn imported(kept: &Kept) {
    let events = kept.folder.join("out/events.jsonl");
    let said = kept.said(&["import", events.to_str().unwrap()]);
    assert!(said.contains(" known already"), "{said}");
    // The same events as another person's log has them.
    let text = fs::read_to_string(&events).unwrap();
    let own = text.split("\"id\":\"").nth(1).unwrap().split(':').next().unwrap();
    let theirs = kept.folder.join("theirs.jsonl");
    fs::write(&theirs, text.replace(own, "0b0e7a52-6a0e-4a53-9d3c-3a0f6f2a9d11")).unwrap();
    let status = kept.out(&["status", "--json"]);
    let said = kept.said(&["import", theirs.to_str().unwrap()]);
    assert!(said.contains("They are foreign here"), "{said}");
    assert_eq!(kept.out(&["status", "--json"]), status, "nothing was decided by it");
    assert!(kept.out(&["search", "--foreign", "cents"]).contains("foreign 0b0e7a52"));
    assert!(!kept.out(&["search", "cents"]).contains("foreign"));
    // Another content for a place that is taken: both are kept, named, and used by nothing.
    let theirs_text = fs::read_to_string(&theirs).unwrap();
    let line = theirs_text.lines().nth(4).unwrap().replace("\"time\":\"2", "\"time\":\"1");
    fs::write(&theirs, line).unwrap();
    assert!(kept.said(&["import", theirs.to_str().unwrap()]).contains("1 event taken in"));
    let doctor = kept.out(&["doctor"]);
    assert!(doctor.contains("kept apart: event 5") && doctor.contains("ask whoever"), "{doctor}");
}

/// The answers of the memory server to these messages.
fn served(kept: &Kept, messages: &str) -> Vec<Value> {
    let mut server = command(&kept.folder, &kept.repo, &["mcp"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    server.stdin.take().unwrap().write_all(messages.as_bytes()).unwrap();
    let output = server.wait_with_output().unwrap();
    assert!(output.status.success());
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn spoken(kept: &Kept) {
    let call = |id: u32, name: &str, arguments: Value| {
        json!({"jsonrpc": "2.0", "id": id, "method": "tools/call",
               "params": {"name": name, "arguments": arguments}})
    };
    let messages = [
        json!({"jsonrpc": "2.0", "id": 1, "method": "initialize",
               "params": {"protocolVersion": "2025-06-18", "capabilities": {},
                          "clientInfo": {"name": "t", "version": "1"}}}),
        json!({"jsonrpc": "2.0", "method": "notifications/initialized"}),
        json!({"jsonrpc": "2.0", "id": 2, "method": "tools/list"}),
        call(3, "search", json!({"query": "cents"})),
        call(4, "plan", json!({})),
        call(5, "lessons", json!({})),
        call(6, "approve", json!({"id": "all"})),
        call(7, "search", json!({"query": ""})),
        json!({"jsonrpc": "2.0", "id": 8, "method": "resources/list"}),
    ];
    let mut text = messages.map(|one| one.to_string() + "\n").concat();
    // What cannot be read, has a wrong shape or is too long harms nothing that comes after it.
    text.push_str("{broken\n\n\u{0}\n[]\n");
    text.push_str(r#"{"jsonrpc": "2.0", "id": 9, "method": 5}"#);
    text.push('\n');
    let long = json!({"jsonrpc": "2.0", "id": 10, "method": "ping", "x": "x".repeat(2 << 20)});
    text.push_str(&(long.to_string() + "\n"));
    text.push_str(&(json!({"jsonrpc": "2.0", "id": 11, "method": "ping"}).to_string() + "\n"));
    text.push_str(&(call(12, "plan", json!({"at": "no time"})).to_string() + "\n"));
    text.push_str(&(call(13, "search", json!({"query": 7, "limit": -1})).to_string() + "\n"));
    let filtered = json!({"query": "cents task:month kind:judged", "until": "999999"});
    text.push_str(&(call(14, "search", filtered).to_string() + "\n"));
    text.push_str(&(call(15, "search", json!({"query": "kind:landed"})).to_string() + "\n"));
    let misspelt = json!({"query": "cents", "tsak": "month"});
    text.push_str(&(call(16, "search", misspelt).to_string() + "\n"));
    text.push_str(&(call(17, "search", json!({"query": "x", "kind": "nil"})).to_string() + "\n"));
    text.push_str(&(call(18, "plan", json!({"at": "999999"})).to_string() + "\n"));
    let answers = served(kept, &text);
    let of = |id: u64| answers.iter().find(|one| one["id"] == id).unwrap_or(&Value::Null);
    assert_eq!(of(1)["result"]["protocolVersion"], "2025-06-18");
    assert_eq!(of(1)["result"]["serverInfo"]["name"], "chargehand");
    let tools = of(2)["result"]["tools"].as_array().unwrap();
    assert_eq!(tools.len(), 3);
    assert!(tools.iter().all(|tool| tool["annotations"]["readOnlyHint"] == true));
    assert!(tools.iter().all(|tool| tool["inputSchema"]["type"] == "object"));
    let said = |id: u64| of(id)["result"]["content"][0]["text"].as_str().unwrap_or_default();
    assert!(said(3).contains("to_cents"), "{}", said(3));
    assert!(said(4).contains("tasks:") && said(5).contains("when:"));
    assert_eq!(of(6)["error"]["code"], -32_602);
    assert_eq!(of(7)["result"]["isError"], true);
    assert_eq!(of(8)["error"]["code"], -32_601);
    assert_eq!(of(10), &Value::Null);
    assert!(of(11)["result"].is_object());
    assert!(of(12)["result"]["isError"] == true && said(12).contains("neither an event's number"));
    assert_eq!(of(13)["result"]["isError"], true);
    let all_of = |id: u64, words: &str| said(id).lines().all(|line| line.contains(words));
    assert!(said(14).starts_with('[') && all_of(14, " month, "), "{}", said(14));
    assert!(said(15).starts_with('[') && all_of(15, "Z "), "{}", said(15));
    assert!(said(15).lines().count() < said(3).lines().count().max(20), "{}", said(15));
    assert!(said(16).contains("has no argument `tsak`; it has: "), "{}", said(16));
    assert!(said(17).contains("there is no kind `nil`"), "{}", said(17));
    assert!(said(18).contains("beyond the log's end: its last event is"), "{}", said(18));
    let faulty = |one: &&Value| one["error"]["code"] == -32_600 || one["id"] == 9;
    assert!(answers.iter().any(|one| faulty(&one)), "{answers:?}");
}

fn undone(kept: &Kept) {
    kept.out(&["capture", "add", "a", "--json flag"]);
    let captured = kept.out(&["search", "flag", "--kind", "captured", "--json"]);
    let seq = &serde_json::from_str::<Value>(&captured).unwrap()["seq"];
    kept.out(&["settle", &format!("n{seq}"), "note"]);
    assert!(kept.said(&["settle", "x", "note"]).contains("is no thought"));
    let branch = |kept: &Kept| {
        let refs = Command::new("git")
            .args(["for-each-ref", "--format=%(objectname)", "refs/heads/chargehand/"])
            .current_dir(&kept.repo)
            .output()
            .unwrap();
        String::from_utf8(refs.stdout).unwrap()
    };
    let before = branch(kept);
    let said = kept.said(&["undo", "README", "--why", "it reads badly"]);
    assert!(said.contains("readme: cancelled") || said.contains("undone"), "{said}");
    assert_ne!(branch(kept), before);
    let refused = kept.said(&["undo", "readme"]);
    assert!(refused.contains("has not landed"), "{refused}");
    for args in [&["plan", "fork", "--at", "999999"][..], &["log", "--at", "2999-01-01T00:00:00Z"]]
    {
        assert!(kept.said(args).contains("is beyond the log's end: its last event is"), "{args:?}");
    }
    let forked = kept.said(&["plan", "fork", "--at", "40", "Another way"]);
    for wrong in ["LL3", "RR3"] {
        assert!(kept.said(&["lessons", "pin", wrong]).contains("there is no lesson"), "{wrong}");
    }
    assert!(forked.contains("another-way") || forked.contains("nothing left"), "{forked}");
}
