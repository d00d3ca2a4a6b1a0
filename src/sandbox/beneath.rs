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

    /// A regular file, opened for reading, and its size in bytes.
    pub fn open_file(&self, path: &str) -> Result<(File, u64), FileError> {
        // NONBLOCK: a FIFO or a device must not hold us before its kind is known.
        let file = self.look(path, OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOCTTY)?;
        let stat = fstat(&file).map_err(|errno| walk::error(path.to_owned(), errno))?;
        require_file(path, FileType::from_raw_mode(stat.st_mode))?;
        Ok((File::from(file), u64::try_from(stat.st_size).unwrap_or(0)))
    }

    /// The bytes of a regular file of at most `cap` bytes.
    pub fn read(&self, path: &str, cap: u64) -> Result<Vec<u8>, FileError> {
        let (file, size) = self.open_file(path)?;
        let too_large = |size| FileError::TooLarge { path: path.to_owned(), size, cap };
        if size > cap {
            return Err(too_large(size));
        }
        let mut bytes = Vec::with_capacity(usize::try_from(size).unwrap_or(0));
        // One byte more than the cap tells a file that grew, or one of /proc that has no size.
        let read = file.take(cap.saturating_add(1)).read_to_end(&mut bytes);
        read.map_err(|source| FileError::Io { path: path.to_owned(), source })?;
        if bytes.len() as u64 > cap { Err(too_large(bytes.len() as u64)) } else { Ok(bytes) }
    }

    /// The path by its real names: links followed, `.` and `..` gone. What does not exist yet is
    /// taken as it is written. The root is `.`.
    pub fn real(&self, path: &str) -> Result<String, FileError> {
        let manner = Manner { absent: Absent::Suppose, last: Last::Follow, git: Git::Allowed };
        let place = walk::walk(self.dir.as_fd(), path, manner)?;
        let real = place.real.iter().map(|name| name.to_string_lossy()).collect::<Vec<_>>();
        Ok(if real.is_empty() { ".".to_owned() } else { real.join("/") })
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

#[cfg(test)]
mod tests {
    use std::{
        fs,
        os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink},
        sync::atomic::{AtomicBool, Ordering},
    };

    use rustix::fs::{FileType, Mode, mknodat};

    use super::*;

    const CAP: u64 = 1 << 20;
    const SECRET: &str = "the secret outside";

    /// A root with hostile things in it, beside an outside that must not be reached.
    struct Place {
        all: tempfile::TempDir,
        root: Beneath,
    }

    fn place() -> Place {
        let all = tempfile::tempdir().unwrap();
        let root = all.path().join("root");
        let outside = all.path().join("outside");
        fs::create_dir_all(root.join("dir/sub")).unwrap();
        fs::create_dir_all(root.join(".git/hooks")).unwrap();
        fs::create_dir(&outside).unwrap();
        fs::write(outside.join("secret"), SECRET).unwrap();
        fs::write(root.join("file"), "inside").unwrap();
        fs::write(root.join("dir/sub/deep"), "deep").unwrap();
        fs::write(root.join(".git/config"), "config").unwrap();
        for (link, target) in [
            ("up", "../outside"),
            ("upfile", "../outside/secret"),
            ("abs", outside.to_str().unwrap()),
            ("absfile", outside.join("secret").to_str().unwrap()),
            ("absinside", root.join("file").to_str().unwrap()),
            ("dir/back", "../../outside"),
            ("chain1", "chain2"),
            ("chain2", "dir/back"),
            ("loop1", "loop2"),
            ("loop2", "loop1"),
            ("self", "self"),
            ("proc", "/proc/self/root"),
            ("procfd", "/proc/self/cwd"),
            ("dangling", "../outside/new"),
            ("nowhere", "not/here"),
            ("good", "dir/sub/deep"),
            ("gooddir", "dir"),
            ("dir/sub/upgood", "../../file"),
            ("gitlink", ".git"),
            ("gitfile", ".git/config"),
            ("here", "."),
        ] {
            symlink(target, root.join(link)).unwrap();
        }
        let root = Beneath::open(&root).unwrap();
        mknodat(&root.dir, "fifo", FileType::Fifo, Mode::from_raw_mode(0o600), 0).unwrap();
        Place { all, root }
    }

    impl Place {
        fn assert_outside_untouched(&self) {
            let outside = self.all.path().join("outside");
            let names: Vec<_> = fs::read_dir(&outside).unwrap().flatten().collect();
            assert_eq!(names.len(), 1, "{names:?}");
            assert_eq!(fs::read_to_string(outside.join("secret")).unwrap(), SECRET);
            assert_eq!(fs::read_dir(self.all.path()).unwrap().count(), 2);
        }
    }

    /// Paths that lead out, or would.
    const ESCAPES: &[&str] = &[
        "..",
        "../",
        "../outside",
        "../outside/secret",
        "./../outside/secret",
        "dir/../../outside/secret",
        "dir/sub/../../../outside/secret",
        "dir/./sub/.././../../outside/secret",
        "dir//..//..//outside//secret",
        "../root/../outside/secret",
        "../root/file",
        "up/secret",
        "up/../outside/secret",
        "upfile",
        "abs/secret",
        "absfile",
        "absinside",
        "dir/back/secret",
        "gooddir/back/secret",
        "gooddir/../../outside/secret",
        "chain1/secret",
        "chain2/secret",
        "here/../../outside/secret",
        "here/here/up/secret",
        "dir/sub/../../up/secret",
        "proc/etc/passwd",
        "procfd/Cargo.toml",
        "/etc/passwd",
        "//etc/passwd",
        "/",
        "",
        "file\0",
        "up/\0secret",
        "loop1",
        "self",
        "loop1/secret",
        "good/../../../../outside/secret",
    ];

    #[test]
    fn no_path_leads_out_for_reading_whichever_way_it_is_resolved() {
        let place = place();
        for path in ESCAPES {
            let read = place.root.read(path, CAP);
            assert!(read.is_err(), "{path:?} read {read:?}");
            assert!(place.root.list(path).is_err(), "{path:?} listed");
            let walked = place.root.look_by_walking(path, OFlags::RDONLY);
            assert!(walked.is_err(), "{path:?} walked to");
            assert!(!matches!(place.root.exists(path), Ok(true)), "{path:?} told of");
        }
    }

    #[test]
    fn no_path_leads_out_for_writing_or_removing() {
        let place = place();
        let names = ["dangling", "up/new", "up/new/deep", "dir/back/new", "abs/new", "chain1/new"];
        for path in ESCAPES.iter().chain(&names) {
            assert!(place.root.write(path, b"escaped").is_err(), "{path:?} written");
            place.assert_outside_untouched();
        }
        for path in ["../outside/secret", "up/secret", "abs/secret", "dir/back/secret"] {
            assert!(place.root.remove(path).is_err(), "{path:?} removed");
            place.assert_outside_untouched();
        }
    }

    #[test]
    fn links_that_stay_inside_are_followed_both_ways() {
        let place = place();
        let inside =
            ["good", "gooddir/sub/deep", "here/dir/sub/deep", "dir/sub/../sub/deep", "./good"];
        for path in inside {
            assert_eq!(place.root.read(path, CAP).unwrap(), b"deep", "{path}");
            assert!(place.root.look_by_walking(path, OFlags::RDONLY).is_ok(), "{path}");
        }
        assert_eq!(place.root.read("dir/sub/upgood", CAP).unwrap(), b"inside");
        place.root.write("good", b"changed").unwrap();
        let root = place.root.root();
        assert_eq!(fs::read_to_string(root.join("dir/sub/deep")).unwrap(), "changed");
        assert!(fs::symlink_metadata(root.join("good")).unwrap().is_symlink());
    }

    #[test]
    fn what_is_gits_own_cannot_be_written_under_any_name() {
        let place = place();
        for path in [
            ".git",
            ".git/config",
            ".GIT/config",
            ".git/hooks/pre-commit",
            ".git/new/deep",
            "gitlink/config",
            "gitlink/hooks/pre-commit",
            "gitfile",
            "dir/../.git/config",
            "dir/.git/config",
            "here/.Git/x",
            "sub/.git",
            "git~1/x",
            ".git./x",
        ] {
            let error = place.root.write(path, b"x").unwrap_err();
            assert!(matches!(error, FileError::Protected { .. }), "{path}: {error}");
        }
        assert!(place.root.remove(".git/config").is_err());
        assert!(place.root.remove("gitlink/config").is_err());
        let root = place.root.root();
        assert_eq!(fs::read_to_string(root.join(".git/config")).unwrap(), "config");
        assert_eq!(fs::read_dir(root.join(".git/hooks")).unwrap().count(), 0);
    }

    #[test]
    fn only_regular_files_are_opened_and_nothing_hangs() {
        let place = place();
        for path in ["fifo", "dir", "here"] {
            let error = place.root.read(path, CAP).unwrap_err();
            assert!(matches!(error, FileError::WrongKind { .. }), "{path}: {error}");
            let error = place.root.write(path, b"x").unwrap_err();
            assert!(matches!(error, FileError::WrongKind { .. }), "{path}: {error}");
        }
        let dev = Beneath::open(Path::new("/dev")).unwrap();
        for path in ["null", "zero", "tty"] {
            assert!(dev.read(path, CAP).is_err(), "{path}");
        }
        assert!(place.root.read("file/", CAP).is_err());
        assert!(place.root.read("file/x", CAP).is_err());
    }

    #[test]
    fn a_file_over_the_cap_is_refused_also_when_it_does_not_tell_its_size() {
        let place = place();
        place.root.write("big", &[b'x'; 100]).unwrap();
        assert_eq!(place.root.read("big", 100).unwrap().len(), 100);
        let error = place.root.read("big", 99).unwrap_err();
        assert_eq!(
            error.to_string(),
            "`big` has 100 bytes, more than the 99 that are read at once"
        );
        #[cfg(target_os = "linux")]
        {
            let proc = Beneath::open(Path::new("/proc/self")).unwrap();
            let error = proc.read("status", 10).unwrap_err();
            assert!(matches!(error, FileError::TooLarge { .. }), "{error}");
        }
    }

    #[test]
    fn writing_makes_directories_keeps_the_mode_and_leaves_nothing_beside() {
        let place = place();
        let root = place.root.root().to_owned();
        place.root.write("a/b/c/new", b"one").unwrap();
        assert_eq!(fs::read(root.join("a/b/c/new")).unwrap(), b"one");
        fs::set_permissions(root.join("a/b/c/new"), fs::Permissions::from_mode(0o750)).unwrap();
        place.root.write("a/b/c/new", b"two").unwrap();
        assert_eq!(fs::metadata(root.join("a/b/c/new")).unwrap().mode() & 0o777, 0o750);
        assert_eq!(place.root.list("a/b/c").unwrap().len(), 1);
        assert!(place.root.write("file/x", b"x").is_err(), "a file is no directory");
        place.root.remove("a/b/c/new").unwrap();
        assert!(!place.root.exists("a/b/c/new").unwrap());
    }

    #[test]
    fn a_path_has_one_real_name_whatever_way_it_is_written() {
        let place = place();
        for (path, real) in [
            ("./dir//sub/../sub/deep", "dir/sub/deep"),
            ("good", "dir/sub/deep"),
            ("here/gooddir/new/file", "dir/new/file"),
            ("new/deep/../file", "new/file"),
            ("nowhere", "not/here"),
            ("gitlink/x", ".git/x"),
            ("dir/..", "."),
            (".", "."),
        ] {
            assert_eq!(place.root.real(path).unwrap(), real, "{path}");
        }
        for path in ["../x", "new/../../x", "up/x", "dangling", "/etc"] {
            assert!(place.root.real(path).is_err(), "{path}");
        }
    }

    #[test]
    fn a_hard_link_to_the_outside_is_replaced_and_not_written_through() {
        let place = place();
        let outside = place.all.path().join("outside/secret");
        fs::hard_link(&outside, place.root.root().join("hard")).unwrap();
        place.root.write("hard", b"changed").unwrap();
        place.assert_outside_untouched();
    }

    #[test]
    fn a_link_is_removed_itself_and_a_directory_never() {
        let place = place();
        place.root.remove("upfile").unwrap();
        place.root.remove("good").unwrap();
        assert!(place.root.exists("dir/sub/deep").unwrap());
        assert!(place.root.remove("dir").is_err());
        assert!(place.root.remove("..").is_err());
        place.assert_outside_untouched();
    }

    #[test]
    fn a_listing_names_what_is_there_and_what_it_is() {
        let place = place();
        let listed = place.root.list("dir").unwrap();
        let names: Vec<_> = listed.iter().map(|entry| (entry.name.as_str(), entry.kind)).collect();
        assert_eq!(names, [("back", Kind::Link), ("sub", Kind::Directory)]);
        assert_eq!(place.root.list("dir/sub").unwrap()[0].size, 4);
        assert!(place.root.list(".").unwrap().len() > 20);
        assert!(place.root.list("none").unwrap_err().is_missing());
        assert!(!place.root.exists("nowhere").unwrap());
        assert_eq!(place.root.kind("fifo").unwrap(), Kind::Special);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_directory_swapped_for_a_link_while_we_work_lets_nothing_out_or_in() {
        use rustix::fs::{RenameFlags, renameat_with};
        const ROUNDS: usize = 4000;
        let place = place();
        let root = place.root.root().to_owned();
        fs::create_dir(root.join("swap")).unwrap();
        fs::write(root.join("swap/secret"), "inside").unwrap();
        symlink("../outside", root.join("evil")).unwrap();
        let (over, mut seen) = (AtomicBool::new(false), 0);
        std::thread::scope(|scope| {
            scope.spawn(|| {
                // Bounded, so that a failure of the other thread does not hang this one.
                for _ in 0..1_000_000 {
                    if over.load(Ordering::Relaxed) {
                        break;
                    }
                    let exchange = RenameFlags::EXCHANGE;
                    renameat_with(&place.root.dir, "swap", &place.root.dir, "evil", exchange)
                        .unwrap();
                }
            });
            for round in 0..ROUNDS {
                for read in [
                    place.root.read("swap/secret", CAP),
                    place.root.look_by_walking("swap/secret", OFlags::RDONLY).map(|file| {
                        let mut bytes = Vec::new();
                        File::from(file).read_to_end(&mut bytes).unwrap();
                        bytes
                    }),
                ] {
                    let read = read.unwrap_or_default();
                    assert_ne!(read, SECRET.as_bytes());
                    seen += usize::from(read == b"inside");
                }
                if round % 4 == 0 {
                    // Whether it finds the directory is chance; where it writes is not.
                    let _ = place.root.write("swap/written", b"x");
                    let _ = place.root.remove("swap/written");
                }
            }
            over.store(true, Ordering::Relaxed);
        });
        assert!((1..2 * ROUNDS).contains(&seen), "swapped, and found at times: {seen}");
        place.assert_outside_untouched();
    }
}
