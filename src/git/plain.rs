//! A repository of the plainest shape, as its files tell of it: where git's answer is known.
//!
//! git takes milliseconds to say where a repository is, and says the same as long as what it looks
//! at is the same. Of a checkout with a `.git` folder of its own, all in the user's hands, these
//! are few things: the folders, the repository's configuration and the person's, and git itself.
//! Such an answer may be kept with these signs. Whatever is any different (a linked worktree, a bare repository, a
//! configuration that includes others, somebody else's folder) is asked for, each time.

use std::{
    env,
    ffi::OsStr,
    fs,
    io::Read as _,
    os::unix::{ffi::OsStrExt as _, fs::MetadataExt as _},
    path::{Path, PathBuf},
};

use memchr::memmem;

use super::{
    repo::{Hash, Repo, is_id},
    run::Git,
};

/// Most bytes of what stands in `HEAD`.
const MOST_SHORT: u64 = 4_096;
/// Most bytes of a configuration that is looked at.
const MOST_CONFIG: u64 = 64 * 1024;
/// Words of a configuration that can make git's answer hang on yet another file or folder.
const ELSEWHERE: &[&[u8]] = &[b"include", b"worktree"];

/// A repository of the plainest shape around a folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plain {
    top: PathBuf,
    signs: Vec<u8>,
}

impl Plain {
    /// The nearest checkout around a folder, if it is of this shape.
    pub fn near(git: &Git, dir: &Path) -> Option<Self> {
        let dir = dir.canonicalize().ok()?;
        // A folder that git can be started in.
        fs::metadata(dir.join(".")).ok()?;
        let top = dir.ancestors().find(|path| is_there(path, ".git"))?;
        let git_dir = top.join(".git");
        let mut signs = Signs::default();
        let device = signs.folder(top)?;
        for folder in [&git_dir, &git_dir.join("objects"), &git_dir.join("refs")] {
            signs.folder(folder)?;
        }
        // git goes from no file system to another, and takes a folder on its way that looks like
        // the inside of a repository for one.
        for between in dir.ancestors().take_while(|path| *path != top) {
            let is_other = fs::symlink_metadata(between).ok()?.dev() != device;
            if is_other || is_there(between, "HEAD") {
                return None;
            }
        }
        if is_there(&git_dir, "commondir") || !is_head(&short(&git_dir.join("HEAD"), MOST_SHORT)?) {
            return None;
        }
        let config = short(&git_dir.join("config"), MOST_CONFIG)?;
        let lower = config.to_ascii_lowercase();
        if ELSEWHERE.iter().any(|word| memmem::find(&lower, word).is_some()) {
            return None;
        }
        signs.add(&config);
        signs.program(git.variable("PATH")?)?;
        signs.configured(git);
        Some(Self { top: top.to_owned(), signs: signs.0 })
    }

    /// The checkout's root, absolute.
    pub fn top(&self) -> &Path {
        &self.top
    }

    /// All that git's answer hangs on, as bytes: the same bytes, the same answer.
    pub fn signs(&self) -> &[u8] {
        &self.signs
    }

    /// Whether this is what git has said.
    pub fn is(&self, repo: &Repo) -> bool {
        repo.top == self.top
            && repo.common == self.top.join(".git")
            && repo.git_dir == repo.common
            && repo.hash == Hash::Sha1
    }

    /// The repository, of which git has said so.
    pub fn repo(&self, git: Git) -> Repo {
        let common = self.top.join(".git");
        Repo::at(git, Hash::Sha1, [common.clone(), common, self.top.clone()])
    }
}

/// Signs one behind the other, each with its length: no two lists of them are the same bytes.
#[derive(Default)]
struct Signs(Vec<u8>);

impl Signs {
    fn add(&mut self, sign: &[u8]) {
        self.0.extend((sign.len() as u64).to_le_bytes());
        self.0.extend(sign);
    }

    fn number(&mut self, number: u64) {
        self.0.extend(number.to_le_bytes());
    }

    /// A folder of the user's own, which git trusts whatever its configuration says; its device.
    fn folder(&mut self, path: &Path) -> Option<u64> {
        let found =
            fs::symlink_metadata(path).ok().filter(|found| found.is_dir() && is_own(found))?;
        self.add(path.as_os_str().as_bytes());
        self.number(found.dev());
        self.number(found.ino());
        self.number(u64::from(found.mode()));
        Some(found.dev())
    }

    /// The person's own configuration: it has no say in where a repository is, but git answers
    /// nothing while it cannot be read. What it includes is not looked at: a fault there is told of
    /// by the first call that works in the repository.
    fn configured(&mut self, git: &Git) {
        let of = |name: &str| git.variable(name).map(PathBuf::from);
        let home = of("HOME").unwrap_or_default();
        let files = if let Some(file) = of("GIT_CONFIG_GLOBAL") {
            vec![file]
        } else {
            let folder = of("XDG_CONFIG_HOME").unwrap_or_else(|| home.join(".config"));
            vec![folder.join("git/config"), home.join(".gitconfig")]
        };
        let of_all = of("GIT_CONFIG_SYSTEM").unwrap_or_else(|| PathBuf::from("/etc/gitconfig"));
        for file in files.iter().chain([&of_all]) {
            self.add(file.as_os_str().as_bytes());
            match fs::metadata(file) {
                Ok(found) => self.content(&found),
                Err(_) => self.number(0),
            }
        }
    }

    /// What is another as soon as a file has another content.
    fn content(&mut self, found: &fs::Metadata) {
        self.number(found.dev());
        self.number(found.ino());
        self.number(found.len());
        self.number(found.ctime().cast_unsigned());
        self.number(found.ctime_nsec().cast_unsigned());
    }

    /// The git that would be asked: the first on a `PATH`.
    fn program(&mut self, path: &OsStr) -> Option<()> {
        let folders = env::split_paths(path).filter(|folder| folder.is_absolute());
        let (file, found) = folders.map(|folder| folder.join("git")).find_map(|file| {
            let found = fs::metadata(&file).ok()?;
            (found.is_file() && found.mode() & 0o111 != 0).then_some((file, found))
        })?;
        self.add(file.as_os_str().as_bytes());
        self.content(&found);
        Some(())
    }
}

/// Whether a name is in a folder, or may be.
fn is_there(folder: &Path, name: &str) -> bool {
    use std::io::ErrorKind::NotFound;
    !fs::symlink_metadata(folder.join(name)).is_err_and(|error| error.kind() == NotFound)
}

fn is_own(found: &fs::Metadata) -> bool {
    found.uid() == rustix::process::geteuid().as_raw()
}

/// The bytes of a short file of the user's own.
fn short(path: &Path, most: u64) -> Option<Vec<u8>> {
    let found = fs::symlink_metadata(path).ok()?;
    if !found.is_file() || !is_own(&found) || found.len() > most {
        return None;
    }
    let mut bytes = Vec::new();
    fs::File::open(path).ok()?.take(most + 1).read_to_end(&mut bytes).ok()?;
    (bytes.len() as u64 <= most).then_some(bytes)
}

/// Whether this is what git takes for a `HEAD`.
fn is_head(bytes: &[u8]) -> bool {
    let text = bytes.trim_ascii_end();
    text.starts_with(b"ref: refs/") || str::from_utf8(text).is_ok_and(is_id)
}
