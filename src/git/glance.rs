//! What is looked up again and again: what is checked out, a commit's paths, and the newest commits
//! that lead to it.
//!
//! A commit never changes, so its paths and its history are read once. What is checked out is asked
//! again as soon as a file of git's that says so is another. A screen has all of it read while a goal
//! is typed, and the planner is asked that much sooner.

use std::{
    collections::{BTreeSet, VecDeque},
    fs,
    io::{ErrorKind, Read as _},
    os::unix::fs::MetadataExt as _,
    path::Path,
    sync::{Arc, Mutex, PoisonError},
};

use tokio::sync::OnceCell;

use super::{
    error::GitError,
    history::{Commit, Since},
    repo::{Head, Repo, head_of, is_id},
};

/// Newest commits that are read.
const NEWEST: u32 = 15;
/// Commits that are kept in mind.
const MOST: usize = 2;
/// Most bytes of a file that names a commit or a branch.
const MOST_SHORT: u64 = 4_096;
/// Most paths of a commit that is kept in mind: a few megabytes.
const MOST_PATHS: usize = 50_000;

/// What is kept in mind of a checkout.
#[derive(Debug, Default)]
pub(super) struct Glances {
    /// The latest first.
    commits: Mutex<VecDeque<(String, Arc<Glance>)>>,
    head: Mutex<Option<(Signs, Head)>>,
}

/// What is known of one commit.
#[derive(Debug, Default)]
struct Glance {
    paths: OnceCell<Arc<BTreeSet<String>>>,
    newest: OnceCell<Arc<Vec<Commit>>>,
}

impl Glances {
    fn at(&self, commit: &str) -> Arc<Glance> {
        let mut all = self.commits.lock().unwrap_or_else(PoisonError::into_inner);
        let of = |paths: &Arc<BTreeSet<String>>| paths.len() <= MOST_PATHS;
        all.retain(|(_, glance)| glance.paths.get().is_none_or(of));
        if let Some((_, glance)) = all.iter().find(|(id, _)| id == commit) {
            return Arc::clone(glance);
        }
        let glance = Arc::<Glance>::default();
        // What a name means may change: only an id is worth keeping.
        if is_id(commit) {
            all.push_front((commit.to_owned(), Arc::clone(&glance)));
            all.truncate(MOST);
        }
        glance
    }
}

/// The files of git's that say what is checked out. While they are the same, so is that.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Signs {
    /// What stands in `HEAD`.
    head: String,
    branch: Branch,
}

/// Where it stands which commit a branch is at.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Branch {
    /// None is checked out.
    Detached,
    /// In a file of its own, with this text.
    Loose(String),
    /// In the file of all packed ones, which git never writes in place.
    Packed { inode: u64, bytes: u64, changed: (i64, i64) },
}

/// A file's text, if it is as short as those of git that name a commit or a branch.
fn short(path: &Path) -> std::io::Result<String> {
    let mut text = String::new();
    fs::File::open(path)?.take(MOST_SHORT).read_to_string(&mut text)?;
    Ok(text)
}

impl Signs {
    /// The signs of a checkout; `None` where they do not say everything, as in a reftable.
    fn read(git_dir: &Path, common: &Path) -> Option<Self> {
        let path = git_dir.join("HEAD");
        // One that is a link to a branch's file does not say which by its text.
        let is_file = fs::symlink_metadata(&path).ok()?.is_file();
        let head = is_file.then(|| short(&path).ok())??;
        let branch = match head.trim_end().strip_prefix("ref: ") {
            None if is_id(head.trim_end()) => Branch::Detached,
            None => return None,
            Some(name) => match short(&common.join(name)) {
                Ok(text) if is_id(text.trim_end()) => Branch::Loose(text),
                Ok(_) => return None,
                Err(error) if error.kind() != ErrorKind::NotFound => return None,
                Err(_) => {
                    let packed = fs::symlink_metadata(common.join("packed-refs")).ok()?;
                    let changed = (packed.ctime(), packed.ctime_nsec());
                    Branch::Packed { inode: packed.ino(), bytes: packed.len(), changed }
                }
            },
        };
        Some(Self { head, branch })
    }

    /// Whether what git said fits what stands in `HEAD`.
    fn fit(&self, head: &Head) -> bool {
        let text = self.head.trim_end();
        match head {
            Head::Branch { name, at: _ } => text.strip_prefix("ref: refs/heads/") == Some(name),
            Head::Detached { at } => text == at.commit,
            Head::Unborn { .. } => false,
        }
    }
}

impl Repo {
    /// What this checkout has checked out, where that is known without asking git: two short files
    /// are read.
    pub fn head_now(&self) -> Option<Head> {
        self.head_by(Signs::read(&self.git_dir, &self.common).as_ref())
    }

    fn head_by(&self, signs: Option<&Signs>) -> Option<Head> {
        let kept = self.glances.head.lock().unwrap_or_else(PoisonError::into_inner);
        let (then, head) = kept.as_ref()?;
        (signs == Some(then)).then(|| head.clone())
    }

    /// What this checkout has checked out.
    pub async fn head(&self) -> Result<Head, GitError> {
        let signs = || Signs::read(&self.git_dir, &self.common);
        let before = signs();
        if let Some(head) = self.head_by(before.as_ref()) {
            return Ok(head);
        }
        let head = head_of(&self.git, &self.place()).await?;
        // One that was moved while git was asked is asked for again.
        *self.glances.head.lock().unwrap_or_else(PoisonError::into_inner) = before
            .filter(|before| before.fit(&head) && signs().as_ref() == Some(before))
            .map(|signs| (signs, head.clone()));
        Ok(head)
    }

    /// The paths of all files of a commit.
    pub async fn paths_at(&self, commit: &str) -> Result<Arc<BTreeSet<String>>, GitError> {
        let glance = self.glances.at(commit);
        let read = async || Ok(Arc::new(self.ls_tree(commit).await?.into_iter().collect()));
        glance.paths.get_or_try_init(read).await.cloned()
    }

    /// The newest commits that lead to a commit, itself first: 15 at most.
    pub async fn newest_at(&self, commit: &str) -> Result<Arc<Vec<Commit>>, GitError> {
        let glance = self.glances.at(commit);
        let read = async || Ok(Arc::new(self.log(commit, Since::Beginning, &[], NEWEST).await?));
        glance.newest.get_or_try_init(read).await.cloned()
    }
}
