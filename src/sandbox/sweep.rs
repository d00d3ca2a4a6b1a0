//! Finding and ending what descends from a child and has left its process group.
//!
//! A process can leave the group (`setsid`) and its parent (a double fork), but it keeps the
//! environment that it was started with, and so our cookie. One that also clears its environment
//! and forks twice is missed; only a pid namespace catches that, which comes with containment.

use std::ffi::{OsStr, OsString};

use super::env::COOKIE;

/// The mark of one run of one child: our pid and start time, so that a later life of the program
/// can tell whose it was, and something that nobody else has.
#[derive(Clone, Debug)]
pub(super) struct Cookie {
    own: String,
    value: OsString,
}

/// An outer cookie longer than this is not carried on.
const MAX_OUTER: usize = 1024;

impl Cookie {
    /// A new one. Within another chargehand's child the outer cookie is kept in front, so that
    /// the outer one still finds all of ours.
    pub(super) fn new(outer: Option<&OsStr>) -> Self {
        let pid = std::process::id();
        let own = format!("{pid}.{}.{}", linux::born(pid).unwrap_or(0), uuid::Uuid::new_v4());
        let mut value = OsString::new();
        if let Some(outer) = outer.filter(|outer| outer.len() <= MAX_OUTER) {
            value.push(outer);
            value.push(":");
        }
        value.push(&own);
        Self { own, value }
    }

    pub(super) fn value(&self) -> &OsStr {
        &self.value
    }
}

/// Kills every process that carries the cookie. Returns how many it found.
pub(super) fn kill_marked(cookie: &Cookie) -> usize {
    linux::kill_where(|carried| contains(carried, cookie.own.as_bytes()))
}

/// Kills what an earlier life of the program left running: processes whose chargehand is gone.
/// Returns how many were found. Call it once at start.
pub fn end_orphans() -> usize {
    // When a chargehand started us, what shares our cookie is our parent's, perhaps with pids that
    // cannot be seen from here (another namespace): not ours to judge.
    let outer = std::env::var_os(COOKIE);
    linux::kill_where(|carried| {
        outer.as_ref().is_none_or(|outer| outer.as_encoded_bytes() != carried) && is_orphan(carried)
    })
}

/// Whether the chargehand that set this cookie (the last of a chain) no longer runs.
fn is_orphan(cookie: &[u8]) -> bool {
    let last = cookie.rsplit(|byte| *byte == b':').next().unwrap_or_default();
    let Ok(last) = std::str::from_utf8(last) else { return false };
    let mut parts = last.split('.');
    let (Some(pid), Some(born)) = (parts.next(), parts.next()) else { return false };
    let (Ok(pid), Ok(born)) = (pid.parse(), born.parse::<u64>()) else { return false };
    linux::born(pid) != Some(born)
}

fn contains(text: &[u8], wanted: &[u8]) -> bool {
    !wanted.is_empty() && text.windows(wanted.len()).any(|window| window == wanted)
}

#[cfg(target_os = "linux")]
mod linux {
    use std::{fs, io::Read as _};

    use rustix::process::{Pid, PidfdFlags, Signal, pidfd_open, pidfd_send_signal};

    use super::COOKIE;

    /// Rounds of searching: a process may fork while we look.
    const ROUNDS: usize = 8;
    /// More than the kernel allows for one environment string.
    const MAX_ENVIRON: u64 = 256 * 1024;

    /// More than a line of `/proc/<pid>/stat` has: 52 numbers and a name of at most 64 bytes.
    const STAT: usize = 2048;

    /// When a process was started, in clock ticks since boot; tells a reused pid from the old one.
    pub(super) fn born(pid: u32) -> Option<u64> {
        // One read of a small buffer: this is on the way of every child.
        let mut buffer = [0; STAT];
        let read = fs::File::open(format!("/proc/{pid}/stat")).ok()?.read(&mut buffer).ok()?;
        let stat = String::from_utf8_lossy(&buffer[..read]);
        // The name may hold spaces and brackets: fields are counted behind the last bracket.
        stat.rsplit_once(')')?.1.split_whitespace().nth(19)?.parse().ok()
    }

    /// Kills every process but us whose cookie is wanted, until none is found.
    pub(super) fn kill_where(wanted: impl Fn(&[u8]) -> bool) -> usize {
        let own = std::process::id();
        let mut found = 0;
        for _ in 0..ROUNDS {
            let mut now = 0;
            for pid in processes().filter(|pid| *pid != own) {
                if !carried(pid).is_some_and(|cookie| wanted(&cookie)) {
                    continue;
                }
                let Some(target) = i32::try_from(pid).ok().and_then(Pid::from_raw) else {
                    continue;
                };
                let Ok(handle) = pidfd_open(target, PidfdFlags::empty()) else { continue };
                // Looked at again through a held pid: in between it could have become another's.
                if carried(pid).is_some_and(|cookie| wanted(&cookie))
                    && pidfd_send_signal(&handle, Signal::KILL).is_ok()
                {
                    now += 1;
                }
            }
            found = found.max(now);
            if now == 0 {
                break;
            }
        }
        found
    }

    fn processes() -> impl Iterator<Item = u32> {
        fs::read_dir("/proc")
            .into_iter()
            .flatten()
            .flatten()
            .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
    }

    /// The cookie that a process was started with. A zombie has none, nor has another user's.
    fn carried(pid: u32) -> Option<Vec<u8>> {
        let mut environ = Vec::new();
        let file = fs::File::open(format!("/proc/{pid}/environ")).ok()?;
        file.take(MAX_ENVIRON).read_to_end(&mut environ).ok()?;
        environ
            .split(|byte| *byte == 0)
            .find_map(|line| line.strip_prefix(COOKIE.as_bytes())?.strip_prefix(b"="))
            .map(<[u8]>::to_vec)
    }
}

#[cfg(not(target_os = "linux"))]
mod linux {
    /// Start times are not read here.
    pub(super) fn born(_pid: u32) -> Option<u64> {
        None
    }

    /// Other systems do not show another process's environment: the group kill must do.
    pub(super) fn kill_where(_wanted: impl Fn(&[u8]) -> bool) -> usize {
        0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cookie_of_a_running_chargehand_marks_no_orphan() {
        let cookie = Cookie::new(None);
        assert!(!is_orphan(cookie.value().as_encoded_bytes()));
    }

    #[test]
    fn a_cookie_whose_pid_was_given_to_another_marks_an_orphan() {
        let cookie = format!("{}.1.x", std::process::id());
        assert_eq!(is_orphan(cookie.as_bytes()), cfg!(target_os = "linux"));
    }

    #[test]
    fn what_is_no_cookie_of_ours_is_left_alone() {
        for foreign in ["", "1", "a.b.c", "x:y", "1:"] {
            assert!(!is_orphan(foreign.as_bytes()), "{foreign:?}");
        }
    }

    #[test]
    fn an_outer_cookie_is_carried_in_front_unless_it_is_too_long() {
        let inner = Cookie::new(Some(OsStr::new("1.2.x")));
        assert!(inner.value().as_encoded_bytes().starts_with(b"1.2.x:"));
        let long = "x".repeat(MAX_OUTER + 1);
        assert!(Cookie::new(Some(OsStr::new(&long))).value().len() < 100);
    }
}
