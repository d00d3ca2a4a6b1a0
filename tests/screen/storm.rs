//! Keys in any order while approvals come and go: nothing is decided that was not opened and seen.

use super::*;

/// What happens in a storm.
#[derive(Clone, Debug)]
enum Gust {
    Key(&'static str),
    /// A session asks for a command.
    Asks,
    /// The command that has waited longest is gone: its session has ended it.
    Goes,
}

/// Keys that decide, move, open and close, wherever they are pressed.
const KEYS: [&str; 20] = [
    "y", "n", "N", "r", "A", "x", "Enter", "Enter", "Esc", "a", "F3", "j", "k", "Tab", "Space",
    "End", "1", "2", "3", "q",
];

fn gust() -> impl Strategy<Value = Gust> {
    prop_oneof![
        12 => (0..KEYS.len()).prop_map(|key| Gust::Key(KEYS[key])),
        3 => Just(Gust::Asks),
        1 => Just(Gust::Goes),
    ]
}

fn asks(stage: &mut Stage, id: u32) {
    let run = stage.life.find("execute", Some("month"));
    let Some(run) = run.filter(|run| !stage.life.goal().runs[run].stopping) else { return };
    let text = format!("rm -rf build/{id}");
    let call = call(id, "run", &serde_json::json!({ "command": text }).to_string());
    stage.life.run(Command::IntendCall { run, call, command: Some(text) });
    stage.tell();
}

fn goes(stage: &mut Stage) {
    let Some((run, call)) = stage.life.goal().asks.first().map(|ask| (ask.run, ask.call)) else {
        return;
    };
    stage.life.person(Command::AnswerCall { run, call, allow: false, why: String::new() });
    stage.tell();
}

/// The command whose approval is open; a prompt for the reason may lie over it.
fn open(stage: &Stage) -> Option<(RunId, CallId)> {
    stage.ui.modals.iter().rev().find_map(|modal| match modal {
        Modal::Approval(one) => Some((one.ask.run, one.ask.call)),
        _ => None,
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn approvals_that_come_amid_a_storm_of_keys_are_decided_by_none_of_them(
        storm in prop::collection::vec((gust(), 0_u64..300), 1..80),
    ) {
        let mut stage = Stage::over(working(), 100, 30);
        stage.draw();
        let (mut opened, mut next) = (None, 100);
        for (gust, millis) in storm {
            stage.wait(millis);
            match gust {
                Gust::Asks => {
                    next += 1;
                    let before = open(&stage);
                    asks(&mut stage, next);
                    stage.draw();
                    prop_assert_eq!(open(&stage), before, "it opens by itself");
                }
                Gust::Goes => {
                    goes(&mut stage);
                    stage.draw();
                }
                Gust::Key(key) => {
                    let seen = open(&stage);
                    let press = Keys::parse(key).unwrap().0[0];
                    let wish = stage.event(KeyEvent::new(press.code, press.mods));
                    let Some(Wish::Commands(commands)) = wish else {
                        stage.draw();
                        if open(&stage) != seen {
                            opened = open(&stage).map(|ask| (ask, stage.up));
                        }
                        continue;
                    };
                    for command in &commands {
                        if let Command::AnswerCall { run, call, .. } = command {
                            prop_assert_eq!(Some((*run, *call)), seen, "another one is decided");
                            let since = opened.filter(|(ask, _)| Some(*ask) == seen);
                            let since = since.map(|(_, at)| stage.up.saturating_sub(at));
                            prop_assert!(since >= Some(Duration::from_millis(400)), "{:?}", since);
                        }
                    }
                    for command in commands {
                        // Any other key may ask for what cannot be done just now.
                        let _ = stage.life.try_by(command, Actor::Person);
                    }
                    stage.tell();
                    stage.draw();
                    opened = open(&stage).map(|ask| (ask, stage.up));
                }
            }
        }
    }
}
