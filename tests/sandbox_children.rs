//! A zoo of hostile children: whatever they do, they end in time, are bounded, and leave nobody.
#![allow(clippy::unwrap_used)]

use std::{
    fs,
    os::unix::process::ExitStatusExt as _,
    time::{Duration, Instant},
};

use chargehand::sandbox::{Aftermath, Exit, Finished, Keep, Spawn, Streams, end_orphans, run};
use tokio_util::sync::CancellationToken;

/// How soon after its end or its timeout nobody may be left. The promise is 2 s; a machine that is
/// busy with other tests gets more.
const SOON: Duration = Duration::from_secs(6);
/// The timeout of those that never end by themselves: long enough to have begun.
const SHORT: Duration = Duration::from_millis(600);

/// One of the zoo, found again by a variable of its own.
struct Beast {
    mark: String,
    spawn: Spawn,
}

impl Beast {
    fn new(line: &str) -> Self {
        let mark = format!("beast-{}", uuid::Uuid::new_v4());
        let mut spawn = Spawn::shell(line, "/");
        spawn.env = spawn.env.set("ZOO", &mark);
        spawn.timeout = SHORT;
        Self { mark, spawn }
    }

    fn with(mut self, change: impl FnOnce(&mut Spawn)) -> Self {
        change(&mut self.spawn);
        self
    }

    /// One that ends by itself.
    fn mortal(line: &str) -> Self {
        Self::new(line).with(|spawn| spawn.timeout = Duration::from_secs(60))
    }

    /// Runs it, and sees that it ended in time and left nobody.
    async fn tame(self) -> Finished {
        let began = Instant::now();
        let finished = run(self.spawn, &CancellationToken::new(), None).await.unwrap();
        assert!(began.elapsed() < SHORT + SOON, "took {:?}", began.elapsed());
        assert_nobody(&self.mark);
        finished
    }
}

/// Fails when a process that carries the mark is still there after `SOON`.
fn assert_nobody(mark: &str) {
    let until = Instant::now() + SOON;
    while is_anybody(mark) {
        assert!(Instant::now() < until, "somebody with {mark} survived");
        std::thread::yield_now();
    }
}

fn is_anybody(mark: &str) -> bool {
    let all = fs::read_dir("/proc").into_iter().flatten().flatten();
    all.filter_map(|process| fs::read(process.path().join("environ")).ok())
        .any(|environ| environ.windows(mark.len()).any(|window| window == mark.as_bytes()))
}

#[tokio::test]
async fn one_that_only_sleeps_is_ended_by_the_timeout() {
    assert_eq!(Beast::new("sleep 100").tame().await.exit, Exit::TimedOut);
}

#[tokio::test]
async fn one_that_ignores_the_polite_signal_is_killed() {
    let beast = Beast::new("trap '' TERM; echo up; while :; do sleep 1; done");
    let finished = beast.tame().await;
    assert_eq!(finished.exit, Exit::TimedOut);
    assert_eq!(finished.output.text(), "up\n", "what it wrote before is kept");
}

#[tokio::test]
async fn a_grandchild_that_ignores_the_signal_is_killed_after_its_parent_went() {
    let beast = Beast::new("sh -c 'trap \"\" TERM; while :; do sleep 1; done' & wait");
    assert_eq!(beast.tame().await.exit, Exit::TimedOut);
}

#[tokio::test]
async fn one_that_cleans_up_when_asked_may_say_so() {
    let beast = Beast::new("trap 'echo bye; exit 0' TERM; sleep 100 & wait");
    let finished = beast.tame().await;
    assert_eq!(finished.exit, Exit::TimedOut);
    assert_eq!(finished.output.text(), "bye\n");
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn one_that_forks_twice_into_a_session_of_its_own_is_found() {
    let beast =
        Beast::new("(setsid sh -c 'trap \"\" TERM HUP; sleep 100 & sleep 100' &); sleep 100");
    assert_eq!(beast.tame().await.exit, Exit::TimedOut);
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_daemon_that_outlives_its_starter_is_ended_with_it() {
    let beast = Beast::mortal("(setsid sleep 100 </dev/null >/dev/null 2>&1 &); echo ok");
    let finished = beast.tame().await;
    assert_eq!(finished.exit, Exit::Code(0));
    assert_eq!(finished.aftermath, Aftermath::Killed);
}

#[tokio::test]
async fn a_background_process_that_holds_the_pipes_hangs_nobody() {
    let beast = Beast::mortal("sleep 100 & echo done");
    let finished = beast.tame().await;
    assert_eq!(finished.exit, Exit::Code(0), "the child itself ended well");
    assert_eq!(finished.output.text(), "done\n");
    assert_eq!(finished.aftermath, Aftermath::Killed);
}

#[tokio::test]
async fn a_silent_background_process_is_ended_at_once() {
    let beast = Beast::mortal("sleep 100 >/dev/null 2>&1 & exit 4");
    let finished = beast.tame().await;
    assert_eq!(finished.exit, Exit::Code(4));
    assert_eq!(finished.aftermath, Aftermath::Killed);
}

#[tokio::test]
async fn one_that_closes_its_output_is_still_timed() {
    assert_eq!(Beast::new("exec >&- 2>&-; sleep 100").tame().await.exit, Exit::TimedOut);
}

#[tokio::test]
async fn one_that_stops_itself_is_killed() {
    assert_eq!(Beast::new("kill -STOP $$; echo woke").tame().await.exit, Exit::TimedOut);
}

#[tokio::test]
async fn a_swarm_is_killed_to_the_last() {
    let beast = Beast::new("i=0; while [ $i -lt 40 ]; do sleep 100 & i=$((i+1)); done; wait");
    assert_eq!(beast.tame().await.exit, Exit::TimedOut);
}

#[tokio::test]
async fn one_that_clears_its_environment_dies_with_the_group() {
    let beast = Beast::new("exec env -i ZOO=$ZOO sh -c 'trap \"\" TERM; sleep 100; sleep 100'");
    assert_eq!(beast.tame().await.exit, Exit::TimedOut);
}

#[tokio::test]
async fn a_flood_is_cut_at_the_cap() {
    let beast = Beast::mortal("yes").with(|spawn| {
        spawn.keep = Keep { head: 10, tail: 10, total: 1 << 20 };
    });
    let finished = beast.tame().await;
    assert_eq!(finished.exit, Exit::TooMuchOutput);
    assert!(finished.output.text().starts_with("y\ny\ny\ny\ny\n\n[... "));
    assert!(finished.output.whole().unwrap().len() <= 1 << 20);
}

#[tokio::test]
async fn a_flood_on_the_error_stream_counts_as_well() {
    let beast = Beast::mortal("yes >&2").with(|spawn| {
        spawn.streams = Streams::Apart;
        spawn.keep.total = 1 << 20;
    });
    let finished = beast.tame().await;
    assert_eq!(finished.exit, Exit::TooMuchOutput);
    assert_eq!(finished.output.total(), 0);
}

#[tokio::test]
async fn a_line_without_an_end_is_bounded_and_known_as_binary() {
    let beast = Beast::mortal("head -c 4000000 /dev/zero");
    let finished = beast.tame().await;
    assert_eq!(finished.exit, Exit::Code(0));
    assert_eq!(finished.output.total(), 4_000_000);
    assert!(finished.output.is_binary() && finished.output.is_cut());
    assert!(finished.output.text().len() < 40_000);
}

#[tokio::test]
async fn one_that_asks_the_terminal_finds_none() {
    let beast = Beast::mortal("read answer </dev/tty; echo got $?");
    let finished = beast.tame().await;
    assert!(finished.output.text().contains("/dev/tty"), "{}", finished.output.text());
    assert_ne!(finished.exit, Exit::TimedOut);
}

#[tokio::test]
async fn one_that_waits_for_input_meets_its_end() {
    let beast = Beast::mortal("cat; head -c 1; echo end");
    assert_eq!(beast.tame().await.output.text(), "end\n");
}

#[tokio::test]
async fn one_that_kills_itself_is_told_by_its_signal() {
    assert_eq!(Beast::mortal("kill -9 $$").tame().await.exit, Exit::Signal(9));
}

#[tokio::test]
async fn one_that_kills_its_own_group_harms_nobody_else() {
    assert_eq!(Beast::mortal("kill -9 0").tame().await.exit, Exit::Signal(9));
}

#[tokio::test]
async fn a_stop_ends_it_whatever_its_timeout() {
    let stop = CancellationToken::new();
    let token = stop.clone();
    let live = move |_: &str| token.cancel();
    let mut beast = Beast::new("echo up; trap '' TERM; sleep 100; sleep 100");
    beast.spawn.timeout = Duration::from_secs(600);
    let finished = run(beast.spawn, &stop, Some(&live)).await.unwrap();
    assert_eq!(finished.exit, Exit::Stopped);
    assert_nobody(&beast.mark);
}

#[tokio::test]
async fn when_nobody_waits_for_it_any_more_it_is_killed() {
    let up = CancellationToken::new();
    let token = up.clone();
    let live = move |_: &str| token.cancel();
    let beast = Beast::new("trap '' TERM; echo up; (setsid sleep 100 &); sleep 100; sleep 100")
        .with(|spawn| spawn.timeout *= 1000);
    let never = CancellationToken::new();
    tokio::select! {
        _ = run(beast.spawn, &never, Some(&live)) => panic!("it does not end by itself"),
        () = up.cancelled() => {}
    }
    assert_nobody(&beast.mark);
}

#[cfg(target_os = "linux")]
#[test]
fn a_child_dies_with_the_thread_that_started_it() {
    let beast = Beast::new("echo up; exec sleep 100").with(|spawn| spawn.timeout *= 1000);
    let mark = beast.mark.clone();
    std::thread::spawn(move || {
        let up = CancellationToken::new();
        let token = up.clone();
        let live = move |_: &str| token.cancel();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let never = CancellationToken::new();
            let mut running = Box::pin(run(beast.spawn, &never, Some(&live)));
            tokio::select! {
                _ = &mut running => panic!("it does not end by itself"),
                () = up.cancelled() => {}
            }
            assert!(is_anybody(&beast.mark));
            // As after `kill -9`: nothing of ours gets to run.
            std::mem::forget(running);
        });
    })
    .join()
    .unwrap();
    assert_nobody(&mark);
}

#[cfg(target_os = "linux")]
#[test]
fn what_an_earlier_life_left_is_ended_at_the_next_start_and_nothing_else() {
    let sleeper = |cookie: String| {
        let mut command = std::process::Command::new("sleep");
        command.arg("100").env("CHARGEHAND_RUN", cookie).spawn().unwrap()
    };
    let own = std::process::id();
    let stat = fs::read_to_string("/proc/self/stat").unwrap();
    let born = stat.rsplit_once(')').unwrap().1.split_whitespace().nth(19).unwrap().to_owned();
    let mut orphan = sleeper(format!("{own}.1.long-gone"));
    let mut alive = sleeper(format!("{own}.{born}.still-here"));
    end_orphans();
    assert_eq!(orphan.wait().unwrap().signal(), Some(9));
    assert!(alive.try_wait().unwrap().is_none());
    alive.kill().unwrap();
    alive.wait().unwrap();
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn what_we_start_can_read_neither_our_memory_nor_our_environment() {
    use rustix::process::{DumpableBehavior, dumpable_behavior};
    chargehand::sandbox::shield();
    assert_eq!(dumpable_behavior().unwrap(), DumpableBehavior::NotDumpable);
    // Root may read everything, so only another user shows what the kernel refuses.
    let line = format!("cat /proc/{}/environ", std::process::id());
    let mut look = Spawn::shell(line.clone(), "/");
    if rustix::process::geteuid().is_root() {
        look = Spawn::argv(["setpriv", "--reuid=65534", "--clear-groups", "sh", "-c", &line], "/");
    }
    if let Ok(finished) = run(look, &CancellationToken::new(), None).await {
        assert!(!finished.succeeded(), "{}", finished.output.text());
    }
    // What was started is still found again by what it carries.
    Beast::mortal("sleep 60 & exit 0").tame().await;
}
