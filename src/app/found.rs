//! What git has said of where a repository is, kept in the state folder: a file for each checkout.

use std::{
    fs,
    io::{self, Write as _},
    path::{Path, PathBuf},
};

use crate::{
    config::Dirs,
    domain::hash,
    git::{Git, GitError, Plain, Repo},
};

/// Most answers that are kept.
const MOST: usize = 500;

/// Finds the repository that a folder is in. Git is asked, unless it has been and everything that
/// its answer hangs on is as it was: that takes a third of the time to the first frame.
pub(super) async fn repository(git: Git, dir: &Path, dirs: &Dirs) -> Result<Repo, GitError> {
    let before = Plain::near(&git, dir);
    if let Some(plain) = before.as_ref().filter(|plain| is_kept(plain, dirs)) {
        return Ok(plain.repo(git));
    }
    let repo = Repo::discover_with(git.clone(), dir).await?;
    // What was changed while git was asked is asked for again at the next start.
    if let Some(plain) = before
        && plain.is(&repo)
        && Plain::near(&git, dir).as_ref() == Some(&plain)
    {
        // What cannot be kept is asked for again.
        let _ = keep(&plain, dirs);
    }
    Ok(repo)
}

fn file(plain: &Plain, dirs: &Dirs) -> PathBuf {
    let name = hash::bytes(plain.top().as_os_str().as_encoded_bytes());
    dirs.state.join("repositories").join(name)
}

/// The signs as they are kept: a configuration can hold a password.
fn kept(plain: &Plain) -> String {
    hash::bytes(plain.signs())
}

fn is_kept(plain: &Plain, dirs: &Dirs) -> bool {
    fs::read(file(plain, dirs)).is_ok_and(|bytes| bytes == kept(plain).as_bytes())
}

fn keep(plain: &Plain, dirs: &Dirs) -> io::Result<()> {
    let path = file(plain, dirs);
    let folder = path.parent().unwrap_or(&path);
    fs::create_dir_all(folder)?;
    // Checkouts come and go; of those that are still used git is asked once more.
    if fs::read_dir(folder)?.take(MOST + 1).count() > MOST {
        fs::remove_dir_all(folder)?;
        fs::create_dir_all(folder)?;
    }
    let mut file = tempfile::Builder::new().prefix(".kept-").tempfile_in(folder)?;
    file.write_all(kept(plain).as_bytes())?;
    file.persist(path)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::{os::unix::fs::PermissionsExt as _, process::Command};

    use tokio_util::sync::CancellationToken;

    use super::*;

    struct World {
        root: tempfile::TempDir,
        dirs: Dirs,
    }

    impl World {
        /// A repository, and a git that counts how often it is asked.
        fn new() -> Self {
            let root = tempfile::tempdir().unwrap();
            let path = root.path();
            let folder = |name: &str| path.join(name);
            let dirs = Dirs { config: folder("c"), data: folder("d"), state: folder("s") };
            fs::create_dir(folder("bin")).unwrap();
            let counting = format!(
                "#!/bin/sh\necho asked >> {}\nPATH={} exec git \"$@\"\n",
                folder("asked").display(),
                std::env::var("PATH").unwrap(),
            );
            fs::write(folder("bin/git"), counting).unwrap();
            fs::set_permissions(folder("bin/git"), fs::Permissions::from_mode(0o755)).unwrap();
            let world = Self { root, dirs };
            world.sh("git init -q repo");
            world
        }

        fn sh(&self, line: &str) {
            let mut shell = Command::new("sh");
            shell.args(["-c", line]).current_dir(self.root.path());
            shell.env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_NOSYSTEM", "1");
            assert!(shell.status().unwrap().success(), "{line}");
        }

        fn git(&self) -> Git {
            let bin = self.root.path().join("bin");
            let path = format!("{}:{}", bin.display(), std::env::var("PATH").unwrap());
            let git = Git::new(&CancellationToken::new()).with_env("PATH", &path);
            git.with_env("GIT_CONFIG_GLOBAL", "/dev/null").with_env("GIT_CONFIG_NOSYSTEM", "1")
        }

        /// Finds the repository in a folder; how often git was asked for it.
        async fn find(&self, dir: &str) -> (Result<Repo, GitError>, usize) {
            let asked = self.root.path().join("asked");
            let _ = fs::remove_file(&asked);
            let repo = repository(self.git(), &self.root.path().join(dir), &self.dirs).await;
            (repo, fs::read_to_string(asked).unwrap_or_default().lines().count())
        }
    }

    #[tokio::test]
    async fn git_is_asked_once_and_again_when_its_answer_may_be_another() {
        let world = World::new();
        let (first, asked) = world.find("repo").await;
        assert_eq!(asked, 1);
        let (again, asked) = world.find("repo").await;
        assert_eq!(asked, 0);
        let (first, again) = (first.unwrap(), again.unwrap());
        assert_eq!((&first.top, &first.common), (&again.top, &again.common));

        world.sh("git -C repo config user.name Else");
        assert_eq!(world.find("repo").await.1, 1);
        world.sh("mkdir repo/src");
        assert_eq!(world.find("repo/src").await.1, 0, "it is the same checkout");
        world.sh("rm -rf repo/.git");
        assert!(matches!(world.find("repo").await.0, Err(GitError::NoRepository { .. })));
        world.sh("git init -q repo");
        assert_eq!(world.find("repo").await.1, 1, "it is another repository");
    }

    #[tokio::test]
    async fn answers_do_not_pile_up() {
        let world = World::new();
        let folder = world.dirs.state.join("repositories");
        fs::create_dir_all(&folder).unwrap();
        for number in 0..=MOST {
            fs::write(folder.join(number.to_string()), "").unwrap();
        }
        assert_eq!(world.find("repo").await.1, 1);
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 1);
        assert_eq!(world.find("repo").await.1, 0);
    }

    #[tokio::test]
    async fn what_git_refuses_is_never_kept() {
        let world = World::new();
        world.sh("git -C repo config core.repositoryFormatVersion 99");
        for _ in 0..2 {
            let (refused, asked) = world.find("repo").await;
            assert!(matches!(refused, Err(GitError::Failed { .. })));
            assert_eq!(asked, 1);
        }
        world.sh("git -C repo config --file .git/config core.repositoryFormatVersion 0");
        assert!(world.find("repo").await.0.is_ok());
    }

    #[tokio::test]
    async fn of_a_state_folder_that_holds_nonsense_or_cannot_be_written_git_is_asked() {
        let world = World::new();
        assert_eq!(world.find("repo").await.1, 1);
        let folder = world.dirs.state.join("repositories");
        let [file] = &fs::read_dir(&folder).unwrap().collect::<Vec<_>>()[..] else { panic!() };
        let file = file.as_ref().unwrap().path();
        fs::write(&file, "nonsense").unwrap();
        assert_eq!(world.find("repo").await.1, 1);
        fs::remove_dir_all(&folder).unwrap();
        fs::write(&folder, "in the way").unwrap();
        for _ in 0..2 {
            let (repo, asked) = world.find("repo").await;
            assert!(repo.is_ok());
            assert_eq!(asked, 1);
        }
    }
}
