//! The first start, where nothing is configured: never a dead end.

use std::{
    io::{BufRead as _, BufReader, Write as _},
    net::TcpListener,
    path::Path,
    process::Command,
};

use termlens::Key;

use super::desk::{Desk, builder};

/// A folder with a repository in it.
fn repository(folder: &Path) {
    for args in [
        &["init", "-q", "-b", "main"][..],
        &[
            "-c",
            "user.name=P",
            "-c",
            "user.email=p@x",
            "commit",
            "-q",
            "--allow-empty",
            "-m",
            "one",
        ],
    ] {
        let done = Command::new("git").args(args).current_dir(folder).status().unwrap();
        assert!(done.success());
    }
}

/// A server on the loopback that lists one model to whoever asks.
fn lists_a_model() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/v1", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut lines = BufReader::new(stream.try_clone().unwrap()).lines();
            while lines.next().is_some_and(|line| !line.unwrap().is_empty()) {}
            let body = r#"{"data": [{"id": "tiny-coder"}]}"#;
            let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close";
            write!(stream, "{head}\r\ncontent-length: {}\r\n\r\n{body}", body.len()).unwrap();
        }
    });
    url
}

#[test]
fn without_key_and_server_the_demo_is_one_key_away() {
    let temp = tempfile::tempdir().unwrap();
    repository(temp.path());
    let mut desk = Desk::of(builder(temp.path(), (100, 30)).current_dir(temp.path()), &[]);
    desk.see("No model is configured yet");
    desk.see("LM Studio");
    desk.see("The demo");
    for _ in 0..12 {
        desk.press("j");
    }
    desk.key(Key::Enter);
    desk.see("DEMO");
    desk.see("PLANNING");
    desk.see("1 question");
    desk.press("q");
    desk.see("Quit?");
    desk.press("y");
    desk.ended(0);
}

#[test]
fn a_model_of_this_machine_is_found_chosen_and_kept() {
    let temp = tempfile::tempdir().unwrap();
    repository(temp.path());
    let url = lists_a_model();
    let at = |size| builder(temp.path(), size).current_dir(temp.path());
    let mut desk = Desk::of(at((100, 30)).env("OPENAI_BASE_URL", &url), &[]);
    desk.see("1 model: tiny-coder");
    desk.key(Key::Enter);
    desk.see("no goal yet");
    desk.see("kept in");
    desk.press("q");
    desk.ended(0);
    let kept = std::fs::read_to_string(temp.path().join("config/config.yaml")).unwrap();
    assert!(kept.contains("tiny-coder") && kept.contains(&url), "{kept}");
    // The second start asks nothing.
    let mut desk = Desk::of(at((100, 30)), &[]);
    desk.see("no goal yet");
    desk.press("q");
    desk.ended(0);
}

#[test]
fn a_folder_that_is_no_repository_can_become_one() {
    let temp = tempfile::tempdir().unwrap();
    let folder = temp.path().join("new");
    std::fs::create_dir(&folder).unwrap();
    std::fs::write(folder.join("a.txt"), "a\n").unwrap();
    let at = builder(temp.path(), (100, 30))
        .current_dir(&folder)
        .env("GIT_AUTHOR_NAME", "P")
        .env("GIT_AUTHOR_EMAIL", "p@x")
        .env("GIT_COMMITTER_NAME", "P")
        .env("GIT_COMMITTER_EMAIL", "p@x");
    let mut desk = Desk::of(at, &[]);
    desk.see("This folder is no git repository");
    desk.see("Make it one");
    desk.key(Key::Enter);
    desk.see("No model is configured yet");
    desk.press("q");
    desk.ended(0);
    assert!(folder.join(".git").exists());
}

#[test]
fn without_a_name_to_commit_in_nothing_is_made_and_it_is_said_what_to_do() {
    let temp = tempfile::tempdir().unwrap();
    let folder = temp.path().join("new");
    std::fs::create_dir(&folder).unwrap();
    let at = builder(temp.path(), (100, 30)).current_dir(&folder);
    let mut desk = Desk::of(at, &[]);
    desk.see("Make it one");
    desk.key(Key::Enter);
    desk.see("git config");
    desk.see("Make it one");
    desk.press("q");
    desk.ended(0);
    assert!(!folder.join(".git").exists(), "half a repository is left");
}

#[test]
fn a_goal_that_no_model_can_take_yet_is_shown_and_not_lost() {
    let temp = tempfile::tempdir().unwrap();
    repository(temp.path());
    let at = builder(temp.path(), (80, 24)).current_dir(temp.path());
    let mut desk = Desk::of(at, &["Add a flag that shouts"]);
    desk.see("Your goal waits for it: Add a flag that shouts");
    for _ in 0..12 {
        desk.press("j");
    }
    desk.key(Key::Enter);
    desk.see("DEMO");
    desk.see("1 question");
    desk.press("q");
    desk.see("Quit?");
    desk.press("y");
    desk.ended(0);
    let said = desk.terminal.screen().text();
    assert!(said.contains("to state it again: chargehand \"Add a flag that shouts\""), "{said}");
}

#[test]
fn while_a_goal_is_stated_what_matters_of_the_checkout_is_said() {
    let temp = tempfile::tempdir().unwrap();
    repository(temp.path());
    std::fs::write(temp.path().join("mine.txt"), "unsaved\n").unwrap();
    let at = builder(temp.path(), (120, 36)).current_dir(temp.path());
    let mut desk = Desk::of(at, &["--base-url", "http://127.0.0.1:9/v1", "--model", "m"]);
    desk.see("no goal yet");
    desk.press("g");
    desk.press("n");
    desk.see("What should we build?");
    desk.see("uncommitted change(s) in your checkout stay as they are");
    desk.key(Key::Esc);
    desk.gone("What should we build?");
    desk.press("q");
    desk.ended(0);
}
