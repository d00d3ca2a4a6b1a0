//! The log: what an append waits for, how much goes through, how soon a long one is open.

use std::{fs::OpenOptions, io::Write as _, path::Path, time::Duration};

use chargehand::{
    domain::{
        Actor, AttemptNo, CallId, Event, Item, Permission, Record, Reservation, RunId, Seq,
        ToolCall, Usage, Way,
    },
    logger::{Access, Recall, Store},
};

use super::{
    desk::folder,
    report::{Row, Target, float, in_turns, median, ms, timed},
};

/// Single appends that are timed.
const SINGLES: u32 = 301;
/// Bytes of a bare append, about those of an event.
const BARE: usize = 250;
/// Events a second that a group commit should reach, their text searchable.
const WANTED: f64 = 50_000.0;
/// Events of a page of the log.
const PAGE: usize = 100;

/// The median of bare appends to a file, each on disk before the next.
pub fn bare_append(path: &Path, times: u32) -> Duration {
    let mut file = OpenOptions::new().create(true).append(true).open(path).unwrap();
    let times: Vec<Duration> = (0..times).map(|_| timed(|| sync(&mut file)).0).collect();
    median(&times)
}

fn sync(file: &mut std::fs::File) {
    file.write_all(&[b'x'; BARE]).unwrap();
    file.sync_data().unwrap();
}

/// Records as a session leaves them, from a seq on: turns of five events each.
pub fn session(from: u64, count: u64) -> Vec<Record> {
    (from..from + count).map(|seq| record(seq, event(seq))).collect()
}

fn record(seq: u64, event: Event) -> Record {
    Record {
        seq: Seq(seq),
        at: 1_795_341_600_000 + seq * 7,
        actor: Actor::Executor { model: "bench".into() },
        goal: Some("make-the-files".into()),
        revision: 1,
        task: Some(format!("task-{:02}", seq / 500 % 97).as_str().into()),
        attempt: Some(AttemptNo(1)),
        event,
    }
}

fn event(seq: u64) -> Event {
    let run = RunId(seq / 500 + 1);
    let id = CallId(u32::try_from(seq % 1_000).unwrap_or(0));
    let call = ToolCall {
        id,
        wire_id: format!("call_{seq}"),
        tool: "run".into(),
        arguments: format!("{{\"command\":\"sh tests/run.sh part-{}\"}}", seq % 389),
    };
    let usage = Usage { input: 4_000 + seq % 977, cached: 3_000, output: 80, reasoning: 0 };
    match seq % 5 {
        0 => Event::Reserved { run, reservation: Reservation { tokens: 12_000, cost: None } },
        1 => Event::Spent { run, model: "bench".into(), usage, cost: None },
        2 => Event::ItemLogged {
            run,
            item: Item::Said {
                text: format!("I look at part {} of the tests before I change it.", seq % 389),
                reasoning: String::new(),
                calls: vec![call],
                way: Way::Native,
                usage,
            },
        },
        3 => Event::CallIntended {
            run,
            command: Some(format!("sh tests/run.sh part-{}", seq % 389)),
            call,
            permission: Permission::Asked,
        },
        _ => Event::ItemLogged {
            run,
            item: Item::Returned {
                call: id,
                ok: true,
                text: format!("exit 0\nok {}: file-{} holds what it should", seq % 97, seq % 389),
                blob: None,
                millis: 40,
            },
        },
    }
}

/// One durable event against a bare append, what is done behind it, and groups.
pub fn append() -> Vec<Row> {
    let folder = folder();
    let mut store = Store::open(&folder.path().join("log/log.db"), Access::Write).unwrap();
    let mut bare =
        OpenOptions::new().create(true).append(true).open(folder.path().join("bare")).unwrap();
    // As the log's writer does when it has nothing to write.
    store.tend().unwrap();
    let (mut ours, mut behind, mut theirs) = (Vec::new(), Vec::new(), Vec::new());
    for seq in 1..=u64::from(SINGLES) {
        // The third of a turn: a boundary with words in it.
        let records = [record(seq, event(3))];
        ours.push(timed(|| store.append(&records).unwrap()).0);
        behind.push(timed(|| store.tend().unwrap()).0);
        theirs.push(timed(|| sync(&mut bare)).0);
    }
    assert_eq!(store.commits().durable, u64::from(SINGLES));
    let bare = ("fdatasync", median(&theirs));
    let mut rows = vec![
        Row::times("one durable event", median(&ours), bare, Target::AtMost(1.5)),
        Row::shown("its words, behind it", ms(median(&behind))),
    ];
    for (group, groups) in [(100, 100), (1_000, 20)] {
        let batches: Vec<Vec<Record>> =
            (0..groups).map(|at| session(store.last().0 + 1 + at * group, group)).collect();
        let before = store.commits().durable;
        let times: Vec<Duration> =
            batches.iter().map(|batch| timed(|| store.append(batch).unwrap()).0).collect();
        assert_eq!(store.commits().durable - before, groups, "one wait for the disk a group");
        let rate = |time: Duration| float(batches[0].len()) / time.as_secs_f64();
        let all = rate(times.iter().sum::<Duration>() / u32::try_from(times.len()).unwrap());
        let figure = format!(
            "{:.0} events/s of the median group ({:.2} of {WANTED:.0}), {all:.0} of all",
            rate(median(&times)),
            rate(median(&times)) / WANTED
        );
        rows.push(Row::shown(&format!("in groups of {group}, searchable"), figure));
    }
    rows
}

/// A long log opened to its newest page against an empty one.
pub fn reopen(events: u64) -> Vec<Row> {
    let folder = folder();
    let (long, empty) = (folder.path().join("long/log.db"), folder.path().join("empty/log.db"));
    let mut store = Store::open(&long, Access::Write).unwrap();
    let (time, ()) = timed(|| {
        for from in (1..=events).step_by(2_000) {
            store.append(&session(from, 2_000.min(events + 1 - from))).unwrap();
        }
    });
    drop(store);
    drop(Store::open(&empty, Access::Write).unwrap());
    let page = |path: &Path| Recall::open(path).unwrap().last(PAGE).unwrap().records.len();
    assert_eq!((page(&long), page(&empty)), (PAGE, 0));
    let (full, none) =
        in_turns(101, || assert_eq!(page(&long), PAGE), || assert_eq!(page(&empty), 0));
    let what = format!("a log of {events} events to its newest page");
    vec![
        Row::times(&what, full, ("an empty log", none), Target::AtMost(6.0)),
        Row::shown("built", ms(time)),
    ]
}
