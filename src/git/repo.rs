//! A repository as seen from one checkout: where it is, and what is checked out.

use std::{
    ffi::OsStr,
    os::unix::ffi::OsStrExt as _,
    path::{Path, PathBuf},
    sync::Arc,
};

use tokio_util::sync::CancellationToken;

use super::{
    call::{Call, Place},
    error::GitError,
    glance::Glances,
    run::{Git, Ground},
    shape::Unsupported,
};

/// Git's hashes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Hash {
    Sha1,
    Sha256,
}

impl Hash {
    /// The empty tree's id.
    fn empty_tree(self) -> &'static str {
        match self {
            Self::Sha1 => "4b825dc642cb6eb9a060e54bf8d69288fbee4904",
            Self::Sha256 => "6ef19b41225c5369f1c104d45d8d85efa9b057b53b14b4b9b939dd74decc5321",
        }
    }
}

/// A commit and its tree, as git object ids in hex.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snapshot {
    pub commit: String,
    pub tree: String,
}

/// What a checkout has checked out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Head {
    /// A branch (its short name) with a commit.
    Branch { name: String, at: Snapshot },
    /// A commit and no branch.
    Detached { at: Snapshot },
    /// A branch without any commit yet.
    Unborn { branch: String },
}

impl Head {
    /// What is checked out, if there is any commit.
    pub fn at(&self) -> Option<&Snapshot> {
        match self {
            Self::Branch { at, .. } | Self::Detached { at } => Some(at),
            Self::Unborn { .. } => None,
        }
    }
}

/// What the first commit of a new repository holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum First {
    /// Nothing.
    Empty,
    /// All files that are there and not ignored.
    Everything,
}

/// A repository as seen from one checkout. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Repo {
    /// The git directory that all worktrees share, absolute.
    pub common: PathBuf,
    /// The checkout's root, absolute: the main one or a linked worktree.
    pub top: PathBuf,
    /// This checkout's own git directory; `common` itself for the main checkout.
    pub git_dir: PathBuf,
    pub(super) hash: Hash,
    pub(super) git: Git,
    pub(super) glances: Arc<Glances>,
}

impl Repo {
    /// Finds the repository that a directory is in, with git as the person has it configured.
    /// A bare repository is refused, since there is no checkout in it.
    pub async fn discover(dir: &Path, stop: &CancellationToken) -> Result<Self, GitError> {
        Self::discover_with(Git::new(stop), dir).await
    }

    /// The same with a given way to call git.
    pub async fn discover_with(git: Git, dir: &Path) -> Result<Self, GitError> {
        let asked = [
            "rev-parse",
            "--is-bare-repository",
            "--is-inside-work-tree",
            "--show-object-format",
            "--path-format=absolute",
            "--git-common-dir",
            "--git-dir",
            "--show-toplevel",
        ];
        let answer = git.answer(Call::read(dir, asked)).await?;
        let lines = answer.lines();
        match (lines.first().map(Vec::as_slice), lines.get(1).map(Vec::as_slice)) {
            (Some(b"true"), _) => return Err(Unsupported::Bare { dir: dir.to_owned() }.into()),
            (Some(_), Some(b"false")) => {
                return Err(Unsupported::InsideGitDir { dir: dir.to_owned() }.into());
            }
            _ if answer.exit != 0 => {
                let failed = answer.failed();
                let missing = failed.said().contains("not a git repository");
                let none = GitError::NoRepository { dir: dir.to_owned() };
                return Err(if missing { none } else { failed });
            }
            _ => {}
        }
        let [_, _, format, common, git_dir, top] = lines.as_slice() else {
            // A git that does not know what it was asked for says it back.
            git.version(dir).await?;
            return Err(answer.garbled("a path of the repository has a line break in it"));
        };
        let path = |bytes: &[u8]| PathBuf::from(OsStr::from_bytes(bytes));
        let hash = if format == b"sha256" { Hash::Sha256 } else { Hash::Sha1 };
        Ok(Self::at(git, hash, [path(common), path(git_dir), path(top)]))
    }

    /// The repository in these places: the common git directory, the checkout's own, its root.
    pub(super) fn at(git: Git, hash: Hash, [common, git_dir, top]: [PathBuf; 3]) -> Self {
        let info_attributes = common.join("info/attributes");
        let empty_tree = hash.empty_tree().to_owned();
        let git = git.on(Ground { info_attributes, empty_tree, ..Ground::default() });
        Self { common, top, git_dir, hash, git, glances: Arc::default() }
    }

    /// Makes a directory a repository with a first commit, as a person was offered.
    pub async fn init(git: Git, dir: &Path, first: First) -> Result<Self, GitError> {
        // Before anything is made: a repository without a commit would be left.
        super::commit::needs_identity(&git, &Place::from(dir)).await?;
        git.ok(Call::write(dir, ["init", "--quiet"])).await?;
        let repo = Self::discover_with(git, dir).await?;
        repo.first_commit(first).await?;
        Ok(repo)
    }

    /// Gives an unborn branch its first commit, in the person's name.
    pub async fn first_commit(&self, first: First) -> Result<Snapshot, GitError> {
        if let Head::Branch { at, .. } | Head::Detached { at } = self.head().await? {
            return Ok(at);
        }
        match first {
            First::Empty => {}
            First::Everything => {
                // The person's own checkout: their filters and line ends hold.
                let add = Call::write(&self.top, ["add", "--all"]).honouring_attributes();
                self.git.ok(add).await?;
            }
        }
        let tree = match first {
            First::Empty => {
                let empty = Call::write(&self.top, ["mktree"]).stdin(Vec::new());
                self.git.ok(empty).await?.text()
            }
            First::Everything => self.git.ok(Call::write(&self.top, ["write-tree"])).await?.text(),
        };
        let commit = super::commit::make(self, &self.place(), &tree, &[], "Begin\n").await?;
        let zero = "0".repeat(commit.len());
        super::refs::update(self, &self.place(), "HEAD", &commit, &zero).await?;
        Ok(Snapshot { commit, tree })
    }

    /// The version of git, its first two numbers; one that is too old is an error, as it is of any
    /// other call.
    pub async fn git_version(&self) -> Result<(u32, u32), GitError> {
        self.git.version(&self.top).await
    }

    /// The same repository, with calls that are stopped by another token.
    #[must_use]
    pub fn stopped_by(&self, stop: &CancellationToken) -> Self {
        Self { git: self.git.stopped_by(stop), ..self.clone() }
    }

    pub(super) fn place(&self) -> Place {
        Place::from(&self.top)
    }

    /// Whether this checkout is a linked worktree, not the main one.
    pub fn is_linked(&self) -> bool {
        self.git_dir != self.common
    }

    /// The commit and tree that a revision names.
    pub async fn snapshot(&self, rev: &str) -> Result<Snapshot, GitError> {
        snapshot_in(&self.git, &self.place(), rev).await
    }

    /// The full id of the commit that a revision names; a full id is taken as it is.
    pub(super) async fn id_of(&self, rev: &str) -> Result<String, GitError> {
        if is_id(rev) { Ok(rev.to_owned()) } else { Ok(self.snapshot(rev).await?.commit) }
    }

    /// The commit and tree of a revision, or none if there is no such revision.
    pub async fn find(&self, rev: &str) -> Result<Option<Snapshot>, GitError> {
        let verify = ["rev-parse", "--verify", "--quiet", "--end-of-options"];
        let answer =
            self.git.answer(Call::read(&self.top, verify).arg(format!("{rev}^{{commit}}"))).await?;
        match answer.exit {
            0 => self.snapshot(&answer.text()).await.map(Some),
            1 => Ok(None),
            _ => Err(answer.failed()),
        }
    }

    /// Whether a commit is reached from another.
    pub async fn is_ancestor(&self, old: &str, new: &str) -> Result<bool, GitError> {
        let ask = Call::read(&self.top, ["merge-base", "--is-ancestor", old, new]);
        let answer = self.git.answer(ask).await?;
        match answer.exit {
            0 => Ok(true),
            1 => Ok(false),
            _ => Err(answer.failed()),
        }
    }
}

/// Whether a revision is a full id, which means the same for ever.
pub(super) fn is_id(rev: &str) -> bool {
    matches!(rev.len(), 40 | 64) && rev.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// What a checkout has checked out.
pub(super) async fn head_of(git: &Git, place: &Place) -> Result<Head, GitError> {
    // One start where all is as it is nearly always.
    let at_once = ["rev-parse", "HEAD^{commit}", "HEAD^{tree}", "--symbolic-full-name", "HEAD"];
    let answer = git.answer(Call::read(place, at_once)).await?;
    if answer.exit == 0
        && let [commit, tree, full] = answer.text().lines().collect::<Vec<_>>()[..]
        && is_id(commit)
        && is_id(tree)
    {
        let at = Snapshot { commit: commit.to_owned(), tree: tree.to_owned() };
        if full == "HEAD" {
            return Ok(Head::Detached { at });
        }
        let name = full.strip_prefix("refs/heads/").unwrap_or(full).to_owned();
        return Ok(Head::Branch { name, at });
    }
    let symbolic = git.answer(Call::read(place, ["symbolic-ref", "--quiet", "HEAD"]));
    let (answer, at) = tokio::join!(symbolic, snapshot_in(git, place, "HEAD"));
    let answer = answer?;
    let branch = match answer.exit {
        0 => Some(answer.text()),
        1 => None,
        _ => return Err(answer.failed()),
    };
    let Some(branch) = branch else {
        return Ok(Head::Detached { at: at? });
    };
    let name = branch.strip_prefix("refs/heads/").unwrap_or(&branch).to_owned();
    match at {
        Ok(at) => Ok(Head::Branch { name, at }),
        Err(error) => {
            let verify = Call::read(place, ["rev-parse", "--verify", "--quiet", "HEAD"]);
            let born = git.answer(verify).await?.exit == 0;
            if born { Err(error) } else { Ok(Head::Unborn { branch: name }) }
        }
    }
}

/// The commit and tree of a revision, in a checkout.
pub(super) async fn snapshot_in(git: &Git, place: &Place, rev: &str) -> Result<Snapshot, GitError> {
    let call = Call::read(place, ["log", "-1", "--format=%H %T", "--end-of-options", rev, "--"]);
    let answer = git.ok(call).await?;
    let text = answer.text();
    let Some((commit, tree)) = text.split_once(' ') else {
        return Err(answer.garbled(format!("no commit and tree for {rev}")));
    };
    Ok(Snapshot { commit: commit.to_owned(), tree: tree.to_owned() })
}
