//! A directory out of which no path leads: the file opener of the tools.
//!
//! Reading asks the kernel (`openat2` with `RESOLVE_BENEATH`) where it can, and walks by hand
//! elsewhere; both decide on opened descriptors, never on a string that may mean something else
//! a moment later. Writing always walks, because it must know the real names: git's own are
//! refused, also behind a link.

use std::{
    fs::File,
    io::{self, Read as _, Write as _},
    os::fd::{AsFd as _, OwnedFd},
    path::{Path, PathBuf},
};

use rustix::{
    fs::{
        AtFlags, CWD, Dir, FileType, Mode, OFlags, fchmod, fstat, openat, renameat, statat,
        unlinkat,
    },
    io::Errno,
};

use super::{
    entry::{Entry, Kind},
    error::FileError,
    walk::{self, Absent, Git, Last, Manner, Place},
};

/// Most names that are listed of one directory.
pub const MAX_ENTRIES: usize = 10_000;

const LOOK: Manner = Manner { absent: Absent::Fail, last: Last::Follow, git: Git::Allowed };

/// A directory; nothing outside it can be reached through it.
#[derive(Debug)]
pub struct Beneath {
    root: PathBuf,
    dir: OwnedFd,
}

impl Beneath {
    /// Opens a directory. The path to it is the caller's own and may hold links.
    pub fn open(root: &Path) -> Result<Self, FileError> {
        let flags = OFlags::DIRECTORY | OFlags::CLOEXEC | OFlags::RDONLY;
        let shown = || root.display().to_string();
        let dir =
            openat(CWD, root, flags, Mode::empty()).map_err(|errno| walk::error(shown(), errno))?;
        Ok(Self { root: root.to_owned(), dir })
    }

    /// The directory as it was named when it was opened.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The bytes of a regular file of at most `cap` bytes.
    pub fn read(&self, path: &str, cap: u64) -> Result<Vec<u8>, FileError> {
        // NONBLOCK: a FIFO or a device must not hold us before its kind is known.
        let file = self.look(path, OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOCTTY)?;
        let failed = |errno| walk::error(path.to_owned(), errno);
        let stat = fstat(&file).map_err(failed)?;
        require_file(path, FileType::from_raw_mode(stat.st_mode))?;
        let too_large = |size| FileError::TooLarge { path: path.to_owned(), size, cap };
        let size = u64::try_from(stat.st_size).unwrap_or(0);
        if size > cap {
            return Err(too_large(size));
        }
        let mut bytes = Vec::with_capacity(usize::try_from(size).unwrap_or(0));
        // One byte more than the cap tells a file that grew, or one of /proc that has no size.
        let read = File::from(file).take(cap.saturating_add(1)).read_to_end(&mut bytes);
        read.map_err(|source| FileError::Io { path: path.to_owned(), source })?;
        if bytes.len() as u64 > cap { Err(too_large(bytes.len() as u64)) } else { Ok(bytes) }
    }

    /// Whether something is there. A link that leads nowhere is not; one that leads out is an
    /// error.
    pub fn exists(&self, path: &str) -> Result<bool, FileError> {
        match self.kind(path) {
            Ok(_) => Ok(true),
            Err(error) if error.is_missing() => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// What is there, links followed.
    pub fn kind(&self, path: &str) -> Result<Kind, FileError> {
        let place = walk::walk(self.dir.as_fd(), path, LOOK)?;
        let Some(name) = &place.name else { return Ok(Kind::Directory) };
        let stat = statat(place.dir(self.dir.as_fd()), name, AtFlags::SYMLINK_NOFOLLOW)
            .map_err(|errno| walk::error(path.to_owned(), errno))?;
        Ok(Kind::of(FileType::from_raw_mode(stat.st_mode)))
    }

    /// The names in a directory, sorted; `.` is the root. At most `MAX_ENTRIES`.
    pub fn list(&self, path: &str) -> Result<Vec<Entry>, FileError> {
        let dir = self.look(path, OFlags::RDONLY | OFlags::DIRECTORY)?;
        let failed = |errno| walk::error(path.to_owned(), errno);
        let mut entries = Vec::new();
        for entry in Dir::read_from(&dir).map_err(failed)? {
            let entry = entry.map_err(failed)?;
            let name = entry.file_name();
            if name == c"." || name == c".." {
                continue;
            }
            // It may be gone by now; then it is not listed.
            let Ok(stat) = statat(&dir, name, AtFlags::SYMLINK_NOFOLLOW) else { continue };
            entries.push(Entry {
                name: name.to_string_lossy().into_owned(),
                kind: Kind::of(FileType::from_raw_mode(stat.st_mode)),
                size: u64::try_from(stat.st_size).unwrap_or(0),
            });
            if entries.len() == MAX_ENTRIES {
                break;
            }
        }
        entries.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(entries)
    }

    /// Writes a file whole: a new one beside it takes its place, so that nobody sees half of it.
    /// Makes the directories on the way and keeps an existing file's mode.
    pub fn write(&self, path: &str, bytes: &[u8]) -> Result<(), FileError> {
        let manner = Manner { absent: Absent::Make, last: Last::Follow, git: Git::Refused };
        let place = walk::walk(self.dir.as_fd(), path, manner)?;
        let name = named(&place, path)?;
        let dir = place.dir(self.dir.as_fd());
        let failed = |errno: Errno| walk::error(path.to_owned(), errno);

        let mode = match statat(dir, name, AtFlags::SYMLINK_NOFOLLOW) {
            Ok(stat) => {
                require_file(path, FileType::from_raw_mode(stat.st_mode))?;
                Some(Mode::from_raw_mode(stat.st_mode) & Mode::from_raw_mode(0o777))
            }
            Err(Errno::NOENT) => None,
            Err(errno) => return Err(failed(errno)),
        };
        let beside = format!(".chargehand-{}.tmp", uuid::Uuid::new_v4());
        let flags =
            OFlags::CREATE | OFlags::EXCL | OFlags::WRONLY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let new = openat(dir, &beside, flags, Mode::from_raw_mode(0o666)).map_err(failed)?;
        let written = (|| {
            if let Some(mode) = mode {
                fchmod(&new, mode)?;
            }
            File::from(new).write_all(bytes)?;
            Ok(renameat(dir, &beside, dir, name)?)
        })();
        written.map_err(|source: io::Error| {
            // Best effort: the error that matters is the first one.
            let _ = unlinkat(dir, &beside, AtFlags::empty());
            FileError::Io { path: path.to_owned(), source }
        })
    }

    /// Removes a file, or a link itself. A directory is refused.
    pub fn remove(&self, path: &str) -> Result<(), FileError> {
        let manner = Manner { absent: Absent::Fail, last: Last::Keep, git: Git::Refused };
        let place = walk::walk(self.dir.as_fd(), path, manner)?;
        let name = named(&place, path)?;
        unlinkat(place.dir(self.dir.as_fd()), name, AtFlags::empty()).map_err(|errno| match errno {
            Errno::ISDIR | Errno::PERM => wrong_kind(path, Kind::Directory),
            errno => walk::error(path.to_owned(), errno),
        })
    }

    /// Opens what is there for looking at it.
    fn look(&self, path: &str, flags: OFlags) -> Result<OwnedFd, FileError> {
        walk::names(path)?;
        let flags = flags | OFlags::CLOEXEC;
        #[cfg(target_os = "linux")]
        match by_kernel(&self.dir, path, flags) {
            // Kernels before 5.6 and some containers have no openat2.
            Err(Errno::NOSYS | Errno::PERM) => {}
            opened => return opened.map_err(|errno| walk::error(path.to_owned(), errno)),
        }
        self.look_by_walking(path, flags)
    }

    /// The same by hand.
    fn look_by_walking(&self, path: &str, flags: OFlags) -> Result<OwnedFd, FileError> {
        let place = walk::walk(self.dir.as_fd(), path, LOOK)?;
        let dir = place.dir(self.dir.as_fd());
        let name = place.name.as_deref().unwrap_or(".".as_ref());
        openat(dir, name, flags | OFlags::NOFOLLOW | OFlags::CLOEXEC, Mode::empty())
            .map_err(|errno| walk::error(path.to_owned(), errno))
    }
}

/// Asks the kernel to resolve a path that may not leave `dir`.
#[cfg(target_os = "linux")]
fn by_kernel(dir: &OwnedFd, path: &str, flags: OFlags) -> rustix::io::Result<OwnedFd> {
    use rustix::fs::{ResolveFlags, openat2};
    /// The kernel says "again" when something was renamed while it looked.
    const TRIES: usize = 16;
    let resolve = ResolveFlags::BENEATH | ResolveFlags::NO_MAGICLINKS;
    let mut outcome = Err(Errno::AGAIN);
    for _ in 0..TRIES {
        outcome = openat2(dir, path, flags, Mode::empty(), resolve);
        if outcome.as_ref().err() != Some(&Errno::AGAIN) {
            break;
        }
    }
    outcome
}

/// The name of a place that must be a file's.
fn named<'a>(place: &'a Place, path: &str) -> Result<&'a std::ffi::OsStr, FileError> {
    match place.name.as_deref() {
        Some(name) if name != "." && !path.ends_with('/') => Ok(name),
        Some(_) | None => Err(wrong_kind(path, Kind::Directory)),
    }
}

fn require_file(path: &str, file_type: FileType) -> Result<(), FileError> {
    match Kind::of(file_type) {
        Kind::File => Ok(()),
        kind => Err(wrong_kind(path, kind)),
    }
}

fn wrong_kind(path: &str, kind: Kind) -> FileError {
    FileError::WrongKind { path: path.to_owned(), kind: kind.word(), wanted: Kind::File.word() }
}
