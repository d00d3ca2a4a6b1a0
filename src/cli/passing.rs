//! The folder of a demo that is not kept. It goes with the demo; where nothing could take it away,
//! as after SIGKILL, the next demo does.

use std::{fs::File, io, os::unix::fs::MetadataExt as _, path::Path, time::Duration};

use tempfile::TempDir;

/// How the folders are called.
const PREFIX: &str = "chargehand-demo-";

/// A folder that nobody holds is taken away once nothing was made in it for so long: it may be of a
/// demo that is just beginning.
const AGE: Duration = Duration::from_secs(60);

/// A new folder, and what shows others that somebody uses it for as long as it is kept. What demos
/// left behind that were killed is taken away first.
pub(super) fn folder() -> io::Result<(TempDir, File)> {
    let all = std::env::temp_dir();
    sweep(&all, AGE);
    let temp = tempfile::Builder::new().prefix(PREFIX).tempdir_in(all)?;
    let held = File::open(temp.path())?;
    // Where the file system knows no locks, the age alone counts.
    let _ = held.try_lock();
    Ok((temp, held))
}

/// Takes away the user's own folders that no demo holds any more.
fn sweep(all: &Path, age: Duration) {
    for one in std::fs::read_dir(all).into_iter().flatten().flatten() {
        if one.file_name().to_string_lossy().starts_with(PREFIX) && is_left(&one.path(), age) {
            // What cannot be taken away harms nobody; the next demo tries again.
            let _ = std::fs::remove_dir_all(one.path());
        }
    }
}

fn is_left(path: &Path, age: Duration) -> bool {
    let mine = rustix::process::geteuid().as_raw();
    let old = std::fs::symlink_metadata(path).is_ok_and(|meta| {
        let since = meta.modified().ok().and_then(|at| at.elapsed().ok());
        meta.is_dir() && meta.uid() == mine && since.is_some_and(|since| since >= age)
    });
    old && File::open(path).is_ok_and(|folder| folder.try_lock().is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_killed_demo_left_goes_and_what_is_in_use_or_of_others_stays() {
        let all = tempfile::tempdir().unwrap();
        let make = |name: &str| {
            let path = all.path().join(name);
            std::fs::create_dir_all(path.join("ledger")).unwrap();
            path
        };
        let (left, held) = (make("chargehand-demo-left"), make("chargehand-demo-held"));
        let other = make("something-else");
        let lock = File::open(&held).unwrap();
        lock.try_lock().unwrap();
        sweep(all.path(), AGE);
        assert!(left.exists(), "it is too young");
        sweep(all.path(), Duration::ZERO);
        assert!(!left.exists() && held.exists() && other.exists());
        // Let go by word: a child that another test forks just now has this handle as well until it
        // becomes its program, and closing ours alone would leave the folder held that long.
        lock.unlock().unwrap();
        sweep(all.path(), Duration::ZERO);
        assert!(!held.exists());
    }
}
