//! Going down a path one name at a time, by descriptor, so that nothing can be swapped under it.
//!
//! Each directory is opened without following links; a link is read and its target's names are
//! walked in turn. So the real names are known in the end, which is what a check of names needs.

use std::{
    ffi::{OsStr, OsString},
    os::{
        fd::{AsFd as _, BorrowedFd, OwnedFd},
        unix::ffi::{OsStrExt as _, OsStringExt as _},
    },
};

use rustix::{
    fs::{AtFlags, FileType, Mode, OFlags, mkdirat, openat, readlinkat, statat},
    io::Errno,
};

use super::{
    entry::{Kind, is_git_name},
    error::FileError,
};

/// As many links as Linux itself follows in one path.
const MAX_LINKS: usize = 40;

/// What to do with a directory on the way that is not there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Absent {
    Fail,
    Make,
    /// Go on by name alone: nothing is opened in the end.
    Suppose,
}

/// What to do when the last name is a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Last {
    Follow,
    Keep,
}

/// What git's own names mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Git {
    Allowed,
    Refused,
}

/// How to walk.
#[derive(Clone, Copy, Debug)]
pub(super) struct Manner {
    pub(super) absent: Absent,
    pub(super) last: Last,
    pub(super) git: Git,
}

/// Where a path really leads: a directory and a name in it that was no link when looked at.
#[derive(Debug)]
pub(super) struct Place {
    dir: Option<OwnedFd>,
    /// `None` for the root itself.
    pub(super) name: Option<OsString>,
    /// The real names from the root to it.
    pub(super) real: Vec<OsString>,
}

impl Place {
    /// The directory that the name is in.
    pub(super) fn dir<'a>(&'a self, root: BorrowedFd<'a>) -> BorrowedFd<'a> {
        self.dir.as_ref().map_or(root, |dir| dir.as_fd())
    }
}

/// Checks a path as it is written and gives its names, last first.
pub(super) fn names(path: &str) -> Result<Vec<OsString>, FileError> {
    if path.is_empty() {
        return Err(FileError::Empty);
    }
    if path.contains('\0') {
        return Err(FileError::Nul);
    }
    if path.starts_with('/') {
        return Err(FileError::Absolute { path: path.to_owned() });
    }
    Ok(split(path.as_bytes()))
}

fn split(path: &[u8]) -> Vec<OsString> {
    path.split(|byte| *byte == b'/')
        .filter(|name| !name.is_empty() && *name != b".")
        .rev()
        .map(|name| OsStr::from_bytes(name).to_owned())
        .collect()
}

/// Walks from `root` to where `path` leads.
pub(super) fn walk(root: BorrowedFd<'_>, path: &str, manner: Manner) -> Result<Place, FileError> {
    let mut ahead = names(path)?;
    // The directories that we are in, below the root: going up is leaving one of them.
    let mut trail: Vec<OwnedFd> = Vec::new();
    let mut real: Vec<OsString> = Vec::new();
    let mut links = 0;
    let path = || path.to_owned();
    let failed = |errno: Errno| error(path(), errno);

    while let Some(name) = ahead.pop() {
        if name == ".." {
            // Supposed directories have a name and no descriptor.
            if real.len() == trail.len() {
                trail.pop();
            }
            if real.pop().is_none() {
                return Err(FileError::Escapes { path: path() });
            }
            continue;
        }
        if manner.git == Git::Refused && is_git_name(&name.to_string_lossy()) {
            return Err(FileError::Protected { path: path() });
        }
        if real.len() > trail.len() {
            real.push(name);
            continue;
        }
        let dir = trail.last().map_or(root, |dir| dir.as_fd());
        let kind = match statat(dir, &name, AtFlags::SYMLINK_NOFOLLOW) {
            Ok(stat) => Some(FileType::from_raw_mode(stat.st_mode)),
            Err(Errno::NOENT) => None,
            Err(errno) => return Err(failed(errno)),
        };
        let is_last = ahead.is_empty();
        if kind == Some(FileType::Symlink) && !(is_last && manner.last == Last::Keep) {
            links += 1;
            if links > MAX_LINKS {
                return Err(FileError::Links { path: path() });
            }
            let target = readlinkat(dir, &name, Vec::new()).map_err(failed)?.into_bytes();
            if target.starts_with(b"/") {
                return Err(FileError::Escapes { path: path() });
            }
            ahead.extend(split(&OsString::from_vec(target).into_vec()));
            continue;
        }
        if is_last {
            real.push(name.clone());
            return Ok(Place { dir: trail.pop(), name: Some(name), real });
        }
        match (kind, manner.absent) {
            (None, Absent::Fail) => return Err(FileError::Missing { path: path() }),
            (None, Absent::Make) => match mkdirat(dir, &name, Mode::from_raw_mode(0o777)) {
                // Another maker is as good as we are; what it made is looked at by opening it.
                Ok(()) | Err(Errno::EXIST) => {}
                Err(errno) => return Err(failed(errno)),
            },
            (None, Absent::Suppose) => {
                real.push(name);
                continue;
            }
            (Some(_), _) => {}
        }
        let flags = OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC | OFlags::RDONLY;
        let next = openat(dir, &name, flags, Mode::empty()).map_err(|errno| match errno {
            Errno::NOTDIR => FileError::WrongKind {
                path: path(),
                kind: kind.map_or("file", |kind| Kind::of(kind).word()),
                wanted: "directory",
            },
            errno => failed(errno),
        })?;
        trail.push(next);
        real.push(name);
    }
    // The path came back to a directory by its own name: `a/..`, `.`, or a link to `.`.
    match trail.pop() {
        None => Ok(Place { dir: None, name: None, real }),
        Some(dir) => Ok(Place { dir: Some(dir), name: Some(OsString::from(".")), real }),
    }
}

/// What a failed system call says about a path.
pub(super) fn error(path: String, errno: Errno) -> FileError {
    match errno {
        Errno::NOENT => FileError::Missing { path },
        Errno::XDEV => FileError::Escapes { path },
        Errno::LOOP => FileError::Links { path },
        Errno::NOTDIR => {
            FileError::WrongKind { path, kind: "file on the way", wanted: "directory" }
        }
        // What opening a FIFO without a reader or a socket says.
        Errno::NXIO => {
            FileError::WrongKind { path, kind: Kind::Special.word(), wanted: Kind::File.word() }
        }
        errno => FileError::Io { path, source: errno.into() },
    }
}
