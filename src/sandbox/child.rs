//! Starting a child: what is done between our program and its own. The one file that does
//! anything `unsafe` (`maths.rs` only names functions as C does).
//!
//! `fork` copies the page tables of everything that we hold, and afterwards each page that we write
//! is copied: milliseconds for every child of a program of some size, and a session starts many. So
//! on Linux a child is begun as `posix_spawn` does it: it shares our memory, and the thread that
//! starts it waits until it executes its program. `posix_spawn` itself will not do, since it cannot
//! tie a child's life to ours.
//!
//! Until it executes, the child may only make bare system calls: it must not allocate, lock or
//! panic, and no handler of a signal may run in it. Everything that it needs is laid out before.
#![allow(unsafe_code)]

use std::{
    ffi::{OsStr, OsString},
    io,
    os::fd::OwnedFd,
    path::Path,
};

use rustix::process::Pid;

use super::env::Env;

/// What a child is started with.
pub(super) struct Start<'a> {
    /// The program and its arguments.
    pub(super) argv: &'a [OsString],
    pub(super) cwd: &'a Path,
    pub(super) env: &'a Env,
    /// One more variable.
    pub(super) mark: (&'a str, &'a OsStr),
    /// Standard input, output and error.
    pub(super) streams: [OwnedFd; 3],
    /// The write end of a pipe, which the child and all that descend from it inherit. As long as
    /// any of them holds it, the read end is not at its end; so that nothing is left can be told
    /// without a search.
    pub(super) life: OwnedFd,
}

impl Start<'_> {
    /// Starts the child and returns when it has executed its program, or could not.
    ///
    /// - It is in a session of its own: there is no terminal that it could ask on (`/dev/tty` fails
    ///   with ENXIO), and one signal reaches the whole group.
    /// - On Linux it gets SIGKILL when the thread that started it ends, so `kill -9` of us ends it.
    ///   So never start one from a thread that comes and goes (`spawn_blocking`).
    /// - No signal is blocked or ignored in it but those that we ignore; SIGPIPE is not.
    ///
    /// Whoever calls must wait for it. The error is that of the call that failed; of `PATH` only
    /// absolute folders count, since the working directory may be a model's.
    pub(super) fn go(&self) -> io::Result<Pid> {
        imp::go(self)
    }
}

#[cfg(target_os = "linux")]
pub(super) use self::imp::handle;

#[cfg(target_os = "linux")]
mod imp {
    use std::{
        ffi::{CString, c_char, c_int, c_void},
        mem::MaybeUninit,
        os::{
            fd::{AsRawFd, OwnedFd},
            unix::ffi::OsStrExt as _,
        },
        ptr,
        sync::atomic::{AtomicI32, Ordering},
    };

    use rustix::{
        io::Errno,
        process::{
            PidfdFlags, Signal, getpid, getppid, pidfd_open, set_parent_process_death_signal,
            setsid,
        },
    };
    use tokio::io::{Interest, unix::AsyncFd};

    use super::{OsStr, Pid, Start, io};

    /// Bytes of the child's stack until it executes; it calls nothing deep.
    const STACK: usize = 64 * 1024;
    /// The last signal of Linux.
    const LAST_SIGNAL: c_int = 64;
    /// Where a program is looked for without a `PATH`.
    const DEFAULT_PATH: &str = "/bin:/usr/bin";

    /// All that the child looks at, in memory that it shares with us.
    struct Plan<'a> {
        /// Where the program may be; null ends each list.
        places: &'a [*const c_char],
        argv: &'a [*const c_char],
        env: &'a [*const c_char],
        cwd: *const c_char,
        streams: [c_int; 3],
        life: c_int,
        parent: Pid,
        /// Why it could not execute anything; 0 as long as it could.
        failed: AtomicI32,
    }

    pub(super) fn go(start: &Start<'_>) -> io::Result<Pid> {
        let argv = start.argv.iter().map(|one| text(one)).collect::<io::Result<Vec<_>>>()?;
        let mark = (OsStr::new(start.mark.0), start.mark.1);
        let env = start.env.iter().chain([mark]);
        let env = env.map(|(name, value)| pair(name, value)).collect::<io::Result<Vec<_>>>()?;
        let program = start.argv.first().map_or(OsStr::new(""), |program| program.as_os_str());
        let path = start.env.iter().find(|(name, _)| *name == "PATH").map(|(_, value)| value);
        let places = places(program, path.unwrap_or(OsStr::new(DEFAULT_PATH)))?;
        let cwd = text(start.cwd.as_os_str())?;
        let (places, argv, env) = (pointers(&places), pointers(&argv), pointers(&env));
        let plan = Plan {
            places: &places,
            argv: &argv,
            env: &env,
            cwd: cwd.as_ptr(),
            streams: start.streams.each_ref().map(AsRawFd::as_raw_fd),
            life: start.life.as_raw_fd(),
            parent: getpid(),
            failed: AtomicI32::new(0),
        };
        let pid = share(&plan)?;
        match plan.failed.load(Ordering::Acquire) {
            0 => Ok(pid),
            errno => {
                // It has ended already, or is about to.
                let _ = rustix::process::waitpid(Some(pid), rustix::process::WaitOptions::empty());
                Err(io::Error::from_raw_os_error(errno))
            }
        }
    }

    /// What can be read once a process of ours has ended. Linux 5.3; call it before the process is
    /// waited for, else it may be another's.
    pub(in super::super) fn handle(pid: Pid) -> io::Result<AsyncFd<OwnedFd>> {
        let handle = pidfd_open(pid, PidfdFlags::empty())?;
        // SAFETY: an `OwnedFd` is open as long as it lives, and never another.
        let registered = unsafe { AsyncFd::register_with_interest(handle, Interest::READABLE) };
        registered.map_err(|error| io::Error::other(error.to_string()))
    }

    /// Begins a child that shares our memory, and waits until it executes or ends.
    fn share(plan: &Plan<'_>) -> io::Result<Pid> {
        let mut stack = vec![MaybeUninit::<u8>::uninit(); STACK];
        // It grows downwards, and must begin at a multiple of 16.
        let top = stack.as_mut_ptr_range().end.map_addr(|addr| addr & !15);
        let mut ours = MaybeUninit::<libc::sigset_t>::uninit();
        let mut all = MaybeUninit::<libc::sigset_t>::uninit();
        // SAFETY: `sigfillset` fills what it is given, `pthread_sigmask` reads the one and fills
        // the other, and both are only used as arguments of it.
        //
        // `clone` calls `begin` on memory of `stack`, which like `plan` outlives the child's use of
        // it: with CLONE_VFORK this thread stands still until the child executes or ends. `begin`
        // keeps to system calls and to its own stack. All signals are blocked until it has taken
        // our handlers off, so that none of them runs in the child.
        let pid = unsafe {
            libc::sigfillset(all.as_mut_ptr());
            libc::pthread_sigmask(libc::SIG_SETMASK, all.as_ptr(), ours.as_mut_ptr());
            let flags = libc::CLONE_VM | libc::CLONE_VFORK | libc::SIGCHLD;
            let pid = libc::clone(begin, top.cast(), flags, ptr::from_ref(plan).cast_mut().cast());
            let failed = io::Error::last_os_error();
            libc::pthread_sigmask(libc::SIG_SETMASK, ours.as_ptr(), ptr::null_mut());
            if pid < 0 { Err(failed) } else { Ok(pid) }
        }?;
        drop(stack);
        Pid::from_raw(pid).ok_or_else(|| io::ErrorKind::InvalidData.into())
    }

    /// The child. Comes back only when it could not execute.
    extern "C" fn begin(plan: *mut c_void) -> c_int {
        // SAFETY: `share` gives a plan that lives until we execute or end.
        let plan = unsafe { &*plan.cast::<Plan<'_>>() };
        let Err(errno) = execute(plan) else { return 0 };
        plan.failed.store(errno.raw_os_error(), Ordering::Release);
        127
    }

    fn execute(plan: &Plan<'_>) -> Result<(), Errno> {
        setsid()?;
        set_parent_process_death_signal(Some(Signal::KILL))?;
        // We may have ended before the call above.
        if getppid() != Some(plan.parent) {
            return Err(Errno::SRCH);
        }
        let failed = || Errno::from_raw_os_error(errno());
        // SAFETY: bare system calls on descriptors that are open and on text that ends in a null,
        // all laid out by `go`. The table of descriptors and that of handlers are the child's own.
        // What it writes of our memory is this stack, `errno` of the thread that stands still, and
        // nothing else.
        unsafe {
            for (wanted, stream) in (0..).zip(plan.streams) {
                if libc::dup2(stream, wanted) < 0 {
                    return Err(failed());
                }
            }
            if libc::fcntl(plan.life, libc::F_SETFD, 0) < 0 || libc::chdir(plan.cwd) < 0 {
                return Err(failed());
            }
            let mut none = MaybeUninit::<libc::sigset_t>::uninit();
            libc::sigemptyset(none.as_mut_ptr());
            for signal in 1..=LAST_SIGNAL {
                reset(signal);
            }
            libc::sigprocmask(libc::SIG_SETMASK, none.as_ptr(), ptr::null_mut());
            let mut denied = false;
            for place in plan.places.iter().take_while(|place| !place.is_null()) {
                libc::execve(*place, plan.argv.as_ptr(), plan.env.as_ptr());
                match errno() {
                    libc::EACCES => denied = true,
                    libc::ENOENT | libc::ENOTDIR => {}
                    other => return Err(Errno::from_raw_os_error(other)),
                }
            }
            Err(if denied { Errno::ACCESS } else { Errno::NOENT })
        }
    }

    /// Takes our handler of a signal off. What we ignore stays ignored, but for SIGPIPE, which
    /// Rust ignores in every program.
    ///
    /// # Safety
    /// Only in a child whose handlers are its own.
    unsafe fn reset(signal: c_int) {
        let mut now = MaybeUninit::<libc::sigaction>::zeroed();
        // SAFETY: `sigaction` fills `now`, which is valid as zeroes too, and reads it; a signal
        // that it does not know is an error, and nothing is done.
        unsafe {
            if libc::sigaction(signal, ptr::null(), now.as_mut_ptr()) != 0 {
                return;
            }
            let ours = match (*now.as_ptr()).sa_sigaction {
                libc::SIG_DFL => false,
                libc::SIG_IGN => signal == libc::SIGPIPE,
                _ => true,
            };
            if ours {
                let plain = MaybeUninit::<libc::sigaction>::zeroed();
                libc::sigaction(signal, plain.as_ptr(), ptr::null_mut());
            }
        }
    }

    fn errno() -> c_int {
        // SAFETY: the address of this thread's own number.
        unsafe { *libc::__errno_location() }
    }

    /// Where a program may be: itself when it names a folder, else in each folder of a `PATH`.
    pub(super) fn places(program: &OsStr, path: &OsStr) -> io::Result<Vec<CString>> {
        if program.as_bytes().contains(&b'/') {
            return Ok(vec![text(program)?]);
        }
        let folders = std::env::split_paths(path).filter(|folder| folder.is_absolute());
        let all = folders.map(|folder| folder.join(program));
        // The program itself is tried in each, while whoever starts it stands still: that is a
        // hundred times a look at whether it is there.
        let (there, absent): (Vec<_>, Vec<_>) = all.partition(|file| file.exists());
        let places = if there.is_empty() { absent } else { there };
        places.iter().map(|file| text(file.as_os_str())).collect()
    }

    fn text(text: &OsStr) -> io::Result<CString> {
        CString::new(text.as_bytes()).map_err(io::Error::from)
    }

    fn pair(name: &OsStr, value: &OsStr) -> io::Result<CString> {
        CString::new([name.as_bytes(), b"=", value.as_bytes()].concat()).map_err(io::Error::from)
    }

    fn pointers(list: &[CString]) -> Vec<*const c_char> {
        list.iter().map(|one| one.as_ptr()).chain([ptr::null()]).collect()
    }
}

#[cfg(not(target_os = "linux"))]
mod imp {
    use std::{
        os::unix::process::CommandExt as _,
        process::{Command, Stdio},
    };

    use rustix::io::FdFlags;

    use super::{Pid, Start, io};

    pub(super) fn go(start: &Start<'_>) -> io::Result<Pid> {
        let (program, arguments) =
            start.argv.split_first().ok_or(io::Error::from(io::ErrorKind::InvalidInput))?;
        let mut command = Command::new(program);
        command.args(arguments).current_dir(start.cwd).env_clear().envs(start.env.iter());
        command.env(start.mark.0, start.mark.1);
        let [input, output, error] = &start.streams;
        command
            .stdin(Stdio::from(input.try_clone()?))
            .stdout(Stdio::from(output.try_clone()?))
            .stderr(Stdio::from(error.try_clone()?));
        let life = start.life.try_clone()?;
        let prepare = move || {
            rustix::process::setsid()?;
            rustix::io::fcntl_setfd(&life, FdFlags::empty())?;
            Ok(())
        };
        // SAFETY: setsid and fcntl are async-signal-safe; nothing is allocated, locked or freed;
        // `life` stays open because the closure owns it.
        unsafe {
            command.pre_exec(prepare);
        }
        // Whoever called waits for it by its pid.
        let child = command.spawn()?;
        i32::try_from(child.id())
            .ok()
            .and_then(Pid::from_raw)
            .ok_or_else(|| io::ErrorKind::InvalidData.into())
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn a_program_is_looked_for_in_the_absolute_folders_of_the_path_alone() {
        let places = |program: &str, path: &str| {
            let places = imp::places(OsStr::new(program), OsStr::new(path)).unwrap();
            places.iter().map(|one| one.to_str().unwrap().to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(places("git", "/a:bin::.:/b/"), ["/a/git", "/b/git"]);
        assert_eq!(places("./git", "/a"), ["./git"]);
        assert_eq!(places("/x/git", ""), ["/x/git"]);
        assert!(places("git", "").is_empty());
    }
}
