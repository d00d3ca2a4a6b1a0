//! `kill -9` while the log is written: every acknowledged event survives, and the rest is whole.

use std::{
    io::{BufRead, BufReader, Write},
    path::Path,
    process::{Command, Stdio},
};

use chargehand::{
    domain::{Actor, Event, Record, Seq},
    logger::{Access, Store},
};

const CHILD: &str = "CHARGEHAND_TEST_KILL_LOG";

fn record(seq: u64) -> Record {
    // Every third is a boundary, so that both kinds of commit are hit.
    let event = if seq.is_multiple_of(3) {
        Event::PlanningResumed
    } else {
        Event::Noted { run: None, text: format!("note {seq} {}", "word ".repeat(40)) }
    };
    Record {
        seq: Seq(seq),
        at: seq,
        actor: Actor::Chargehand,
        goal: None,
        revision: 0,
        task: None,
        attempt: None,
        event,
    }
}

/// Appends in groups of one to four for ever, and says each group's last seq once it is written.
fn write_until_killed(path: &Path) -> Result<(), Box<dyn std::error::Error>> {
    let mut store = Store::open(path, Access::Write)?;
    let mut out = std::io::stdout();
    loop {
        let first = store.last().0 + 1;
        let group: Vec<Record> = (first..=first + first % 4).map(record).collect();
        store.append(&group)?;
        writeln!(out, "\nacknowledged {}", store.last())?;
        out.flush()?;
    }
}

/// The test runs itself again as the writer that is killed.
#[test]
fn an_acknowledged_event_survives_kill_9() {
    if let Some(path) = std::env::var_os(CHILD) {
        return write_until_killed(Path::new(&path)).unwrap();
    }
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("log.db");
    let mut known = 0;
    for round in 0..20 {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "an_acknowledged_event_survives_kill_9", "--nocapture"])
            .env(CHILD, &path)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        // Killed after a number of lines that differs from round to round, and so at another
        // moment of an append; what it still says until it is dead counts too.
        let mut said = 0;
        for line in lines.map_while(Result::ok) {
            if let Some(seq) = line.strip_prefix("acknowledged ") {
                known = seq.parse().unwrap();
                said += 1;
                if said == 1 + round * 3 {
                    child.kill().unwrap();
                }
            }
        }
        assert!(!child.wait().unwrap().success());
        assert!(said > 0, "round {round}: the writer could not open the log");

        let store = Store::open(&path, Access::Write).unwrap();
        let replayed = store.replay().unwrap();
        assert_eq!(replayed.quarantined, [], "round {round}");
        assert!(store.last().0 >= known, "round {round}: {} of {known}", store.last());
        let kept = store.recall().unwrap().last(usize::MAX).unwrap().records;
        assert!((1..).zip(&kept).all(|(seq, kept)| *kept == record(seq)), "round {round}");
        assert_eq!(store.recall().unwrap().faults().unwrap(), Vec::<String>::new());
    }
}
