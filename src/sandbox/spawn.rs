//! Starting a process: the only place that does.

use std::{
    ffi::OsString,
    io,
    os::fd::OwnedFd,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use rustix::fs::{Mode, OFlags};
use tokio::net::unix::pipe;
use tokio_util::sync::CancellationToken;

use super::{
    capture::{Captured, Keep},
    child::Start,
    env::{COOKIE, Env},
    error::SpawnError,
    reap::Child,
    supervise::{Family, Watched, watch},
    sweep::Cookie,
};

/// How long a child may run when nothing else is said.
pub const DEFAULT_TIMEOUT: Duration = Duration::from_mins(2);

/// Called with each settled piece of a child's output as it comes.
pub type Live<'a> = &'a (dyn Fn(&str) + Send + Sync);

/// What is executed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Program {
    /// A line for `/bin/sh -c`.
    Shell(String),
    /// A program and its arguments, never read by a shell.
    Argv(Vec<OsString>),
}

/// What a child reads on its standard input. Never ours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stdin {
    /// Nothing: the end, at once.
    Null,
    Bytes(Vec<u8>),
}

/// How stdout and stderr are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Streams {
    /// In one, in the order in which they were written; `Finished::stderr` stays empty.
    Merged,
    /// Each for itself, for output that is parsed.
    Apart,
}

/// A process to start.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spawn {
    pub program: Program,
    pub cwd: PathBuf,
    pub env: Env,
    pub stdin: Stdin,
    pub streams: Streams,
    pub timeout: Duration,
    pub keep: Keep,
}

impl Spawn {
    /// A shell line with merged output and the default limits.
    pub fn shell(line: impl Into<String>, cwd: impl Into<PathBuf>) -> Self {
        Self::of(Program::Shell(line.into()), cwd.into(), Streams::Merged)
    }

    /// A program with its arguments, output apart and the default limits.
    pub fn argv<A: Into<OsString>>(
        argv: impl IntoIterator<Item = A>,
        cwd: impl Into<PathBuf>,
    ) -> Self {
        let argv = argv.into_iter().map(Into::into).collect();
        Self::of(Program::Argv(argv), cwd.into(), Streams::Apart)
    }

    fn of(program: Program, cwd: PathBuf, streams: Streams) -> Self {
        Self {
            program,
            cwd,
            env: Env::base(),
            stdin: Stdin::Null,
            streams,
            timeout: DEFAULT_TIMEOUT,
            keep: Keep::default(),
        }
    }
}

/// How a child ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    Code(i32),
    Signal(i32),
    /// It ran longer than its timeout and was killed.
    TimedOut,
    /// We were told to stop and killed it.
    Stopped,
    /// It wrote more than `Keep::total` and was killed.
    TooMuchOutput,
}

/// What the child left behind when it ended by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Aftermath {
    Clean,
    /// Processes that it had started were still running, and were killed.
    Killed,
}

/// A child that has ended. Nothing that descends from it runs any more.
#[derive(Debug)]
pub struct Finished {
    pub exit: Exit,
    /// stdout, with stderr in it when they are merged.
    pub output: Captured,
    pub stderr: Captured,
    pub aftermath: Aftermath,
    /// Milliseconds from start to end.
    pub millis: u64,
}

impl Finished {
    /// Whether it ended by itself with code 0.
    pub fn succeeded(&self) -> bool {
        self.exit == Exit::Code(0)
    }
}

/// Runs a process to its end, at most until its timeout or until `stop`.
///
/// The child has a session of its own, an allow-listed environment and no terminal. On timeout
/// and stop its group gets SIGTERM, 500 ms later SIGKILL, and what left the group is found by its
/// cookie (Linux). A process that outlives the child and holds its pipes is waited for 2 s, then
/// killed. When the future is dropped, all is killed at once.
pub async fn run(
    spawn: Spawn,
    stop: &CancellationToken,
    live: Option<Live<'_>>,
) -> Result<Finished, SpawnError> {
    let began = Instant::now();
    let cookie = Cookie::new(spawn.env.outer());
    let argv = argv(&spawn.program)?;

    let piped = |what| move |source| SpawnError::Io { what, source };
    let pipe = || io::pipe().map_err(piped("making a pipe"));
    let (alive, held) = pipe()?;
    let alive = OwnedFd::from(alive);
    rustix::fs::fcntl_setfl(&alive, OFlags::NONBLOCK)
        .map_err(|errno| piped("setting up a pipe")(errno.into()))?;
    let (out, writer) = stream().map_err(piped("making a pipe"))?;
    let (err, other) = match spawn.streams {
        Streams::Merged => (None, writer.try_clone().map_err(piped("making a pipe"))?),
        Streams::Apart => {
            let (err, other) = stream().map_err(piped("making a pipe"))?;
            (Some(err), other)
        }
    };
    let (input, stdin) = match spawn.stdin {
        Stdin::Null => {
            let null =
                rustix::fs::open("/dev/null", OFlags::RDONLY | OFlags::CLOEXEC, Mode::empty());
            (null.map_err(|errno| piped("opening /dev/null")(errno.into()))?, None)
        }
        Stdin::Bytes(bytes) => {
            let (reader, writer) = pipe()?;
            let writer = pipe::Sender::from_owned_fd(OwnedFd::from(writer));
            let writer = writer.map_err(piped("setting up a pipe"))?;
            (OwnedFd::from(reader), Some((writer, bytes)))
        }
    };

    let start = Start {
        argv: &argv,
        cwd: &spawn.cwd,
        env: &spawn.env,
        mark: (COOKIE, cookie.value()),
        streams: [input, OwnedFd::from(writer), OwnedFd::from(other)],
        life: OwnedFd::from(held),
    };
    let child = start.go().map_err(|source| start_error(&spawn.cwd, &argv, source))?;
    // Our ends of its pipes: only when they are closed can the pipes come to their end.
    drop(start);
    let child = Child::new(child).map_err(piped("watching a process"))?;
    let family = Family::new(child, cookie, alive);
    let watched = Watched { family, out, err, stdin, timeout: spawn.timeout, keep: spawn.keep };
    let ended = watch(watched, stop, live).await.map_err(piped("watching a process"))?;
    let millis = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
    Ok(Finished {
        exit: ended.exit,
        output: ended.output,
        stderr: ended.stderr,
        aftermath: ended.aftermath,
        millis,
    })
}

/// The arguments as they will be executed, the program first.
fn argv(program: &Program) -> Result<Vec<OsString>, SpawnError> {
    match program {
        Program::Shell(line) => Ok(["/bin/sh", "-c", line].map(OsString::from).to_vec()),
        Program::Argv(argv) if argv.is_empty() => Err(SpawnError::Empty),
        Program::Argv(argv) => Ok(argv.clone()),
    }
}

fn stream() -> io::Result<(pipe::Receiver, io::PipeWriter)> {
    let (reader, writer) = io::pipe()?;
    Ok((pipe::Receiver::from_owned_fd(OwnedFd::from(reader))?, writer))
}

/// Tells a missing directory from a missing program: both come as "not found".
fn start_error(cwd: &Path, argv: &[OsString], source: io::Error) -> SpawnError {
    match std::fs::metadata(cwd) {
        Ok(meta) if meta.is_dir() => {
            let program = argv.first().map(|program| program.to_string_lossy().into_owned());
            SpawnError::Start { program: program.unwrap_or_default(), source }
        }
        Ok(_) => SpawnError::Cwd {
            cwd: cwd.to_owned(),
            source: io::Error::from(io::ErrorKind::NotADirectory),
        },
        Err(source) => SpawnError::Cwd { cwd: cwd.to_owned(), source },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn shell(line: &str) -> Finished {
        run(Spawn::shell(line, "/"), &CancellationToken::new(), None).await.unwrap()
    }

    #[tokio::test]
    async fn a_shell_line_gives_its_code_and_both_streams_in_order() {
        let finished = shell("echo out; echo err >&2; echo end; exit 3").await;
        assert_eq!(finished.exit, Exit::Code(3));
        assert_eq!(finished.output.text(), "out\nerr\nend\n");
        assert_eq!(finished.aftermath, Aftermath::Clean);
    }

    #[tokio::test]
    async fn an_argument_list_is_not_read_by_a_shell_and_keeps_its_streams_apart() {
        let spawn = Spawn::argv(["sh", "-c", "echo $1; echo e >&2", "x", "$HOME;*"], "/");
        let finished = run(spawn, &CancellationToken::new(), None).await.unwrap();
        assert_eq!(finished.output.text(), "$HOME;*\n");
        assert_eq!(finished.stderr.text(), "e\n");
    }

    #[tokio::test]
    async fn a_missing_program_and_a_missing_directory_are_told_apart() {
        let stop = CancellationToken::new();
        let error = run(Spawn::argv(["no-such-program-x"], "/"), &stop, None).await.unwrap_err();
        assert!(matches!(error, SpawnError::Start { .. }), "{error}");
        let error = run(Spawn::argv(["true"], "/no/such/dir"), &stop, None).await.unwrap_err();
        assert!(matches!(error, SpawnError::Cwd { .. }), "{error}");
        let error = run(Spawn::argv(["x"; 0], "/"), &stop, None).await.unwrap_err();
        assert!(matches!(error, SpawnError::Empty), "{error}");
    }

    #[tokio::test]
    async fn standard_input_is_what_was_given_or_at_its_end() {
        assert_eq!(shell("cat; read x; echo $?").await.output.text(), "1\n");
        let mut spawn = Spawn::shell("tr a-z A-Z", "/");
        spawn.stdin = Stdin::Bytes(b"given".repeat(50_000));
        let finished = run(spawn, &CancellationToken::new(), None).await.unwrap();
        assert_eq!(finished.output.whole().unwrap(), b"GIVEN".repeat(50_000));
    }

    #[tokio::test]
    async fn input_that_nobody_reads_holds_nothing_up() {
        let mut spawn = Spawn::shell("exit 0", "/");
        spawn.stdin = Stdin::Bytes(vec![b'x'; 1 << 20]);
        let finished = run(spawn, &CancellationToken::new(), None).await.unwrap();
        assert_eq!(finished.exit, Exit::Code(0));
    }

    #[tokio::test]
    async fn output_is_told_live_as_text() {
        let told = std::sync::Mutex::new(String::new());
        let live = |piece: &str| told.lock().unwrap().push_str(piece);
        let spawn = Spawn::shell("printf 'a\\303'; printf '\\251b'", "/");
        run(spawn, &CancellationToken::new(), Some(&live)).await.unwrap();
        assert_eq!(told.into_inner().unwrap(), "aéb");
    }

    #[tokio::test]
    async fn the_child_sees_only_the_allowed_environment() {
        let mut spawn = Spawn::shell("env", "/");
        let ours = [("PATH", "/bin:/usr/bin"), ("OPENAI_API_KEY", "canary"), ("X", "canary")];
        spawn.env = Env::of(ours.map(|(name, value)| (name.into(), value.into())));
        let finished = run(spawn, &CancellationToken::new(), None).await.unwrap();
        let text = finished.output.text();
        assert!(!text.contains("canary"), "{text}");
        assert!(text.contains("TERM=dumb") && text.contains("CI=1"), "{text}");
        assert!(text.contains("CHARGEHAND_RUN="), "{text}");
    }

    #[tokio::test]
    async fn text_with_a_null_in_it_starts_nothing() {
        let spawn = Spawn::argv(["echo", "a\0b"], "/");
        let error = run(spawn, &CancellationToken::new(), None).await.unwrap_err();
        assert!(matches!(error, SpawnError::Start { .. }), "{error}");
    }

    #[cfg(target_os = "linux")]
    #[tokio::test]
    async fn no_signal_is_blocked_or_handled_in_a_child_and_a_broken_pipe_ends_it() {
        // So that there is a handler of ours to take off.
        let kind = tokio::signal::unix::SignalKind::user_defined2();
        let _handled = tokio::signal::unix::signal(kind).unwrap();
        let status = shell("cat /proc/self/status").await.output.text();
        let mask = |name: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(name)).unwrap();
            u64::from_str_radix(line.trim(), 16).unwrap()
        };
        assert_eq!((mask("SigBlk:"), mask("SigCgt:")), (0, 0), "{status}");
        assert_eq!(mask("SigIgn:") & (1 << (13 - 1)), 0, "{status}");
    }

    #[tokio::test]
    async fn many_children_at_once_are_all_waited_for() {
        let all = (0..20).map(|code| async move { (code, shell(&format!("exit {code}")).await) });
        for (code, finished) in futures::future::join_all(all).await {
            assert_eq!(finished.exit, Exit::Code(code));
        }
    }
}
