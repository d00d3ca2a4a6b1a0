use std::{fs, sync::Arc};

use chargehand::git::{GitError, Head, On, Repo, Worktree};
use tokio::task::JoinSet;

use crate::world::{World, read, write};

fn on(name: &str) -> On {
    On::Branch { name: name.to_owned(), base: "HEAD".to_owned() }
}

#[tokio::test]
async fn invariant_14_a_worktree_changes_nothing_in_a_dirty_checkout() {
    let world = World::new();
    world.write("README.md", "not committed\n");
    world.write("staged.txt", "staged\n");
    world.sh("git stash -q -u && git stash apply -q && git add staged.txt");
    let still = world.still();
    let repo = world.repo().await;
    let worktree = world.worktree(&repo, "t").await;
    still.holds();
    assert_eq!(read(&worktree.path, "README.md"), "hello\n");
    let Head::Branch { name, .. } = worktree.head().await.unwrap() else { panic!("detached") };
    assert_eq!(name, "chargehand-attempts/g/t-1");
    let (tracked, _) =
        world.try_sh_in(&world.top, "git config branch.chargehand-attempts/g/t-1.merge");
    assert!(!tracked, "no branch tracks another");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn twenty_four_parallel_creations_all_succeed() {
    let world = Arc::new(World::new());
    world.sh("git config branch.autoSetupMerge always");
    let still = world.still();
    let repo = world.repo().await;
    let mut all = JoinSet::new();
    for number in 0..24 {
        // Half through clones of one value, half as other processes would find it.
        let clone = if number % 2 == 0 { repo.clone() } else { world.repo().await };
        let path = world.root.join(format!("trees/{number}"));
        all.spawn(async move {
            let on = on(&format!("chargehand-attempts/g/t-{number}"));
            Worktree::open(&clone, &path, on).await
        });
    }
    while let Some(done) = all.join_next().await {
        done.unwrap().unwrap();
    }
    assert_eq!(repo.worktrees().await.unwrap().len(), 25);
    still.holds();
}

#[tokio::test]
async fn opening_again_gives_the_same_worktree_with_its_work() {
    let world = World::new();
    let repo = world.repo().await;
    let first = world.worktree(&repo, "t").await;
    write(&first.path, "work.txt", "work");
    let again = world.worktree(&repo, "t").await;
    assert_eq!(again.path, first.path);
    assert_eq!(again.git_dir, first.git_dir);
    assert_eq!(read(&again.path, "work.txt"), "work");
}

#[tokio::test]
async fn a_worktree_whose_directory_is_gone_comes_back_with_the_work_of_its_branch() {
    let world = World::new();
    let repo = world.repo().await;
    let first = world.worktree(&repo, "t").await;
    write(&first.path, "work.txt", "work");
    first.commit_all("HEAD", &chargehand::git::Message::new("Work")).await.unwrap();
    fs::remove_dir_all(&first.path).unwrap();
    let listed = repo.worktrees().await.unwrap();
    assert!(listed[1].prunable.is_some(), "{listed:?}");
    let again = world.worktree(&repo, "t").await;
    assert_eq!(read(&again.path, "work.txt"), "work");
}

#[tokio::test]
async fn a_branch_that_exists_is_continued() {
    let world = World::new();
    world.sh("git branch chargehand-attempts/g/t-1 HEAD~1");
    let repo = world.repo().await;
    let worktree = world.worktree(&repo, "t").await;
    let at = worktree.head().await.unwrap();
    assert_eq!(at.at().unwrap().commit, world.sh("git rev-parse HEAD~1"));
}

#[tokio::test]
async fn what_is_in_the_way_is_left_alone_and_no_branch_stays_behind() {
    let world = World::new();
    let repo = world.repo().await;
    let path = world.root.join("data/t");
    write(&path, "precious.txt", "precious");
    let error = Worktree::open(&repo, &path, on("chargehand-attempts/g/t-1")).await.unwrap_err();
    assert!(matches!(error, GitError::InTheWay { .. }), "{error}");
    assert_eq!(read(&path, "precious.txt"), "precious");
    assert_eq!(repo.find("chargehand-attempts/g/t-1").await.unwrap(), None);
}

#[tokio::test]
async fn a_failed_creation_takes_its_branch_back() {
    let world = World::new();
    let repo = world.repo().await;
    // git makes the branch, then fails to make its directory below `worktrees`.
    world.sh("echo file > .git/worktrees");
    let path = world.root.join("data/t");
    let error = Worktree::open(&repo, &path, on("chargehand-attempts/g/t-1")).await.unwrap_err();
    assert!(matches!(error, GitError::Failed { .. }), "{error}");
    assert_eq!(repo.find("chargehand-attempts/g/t-1").await.unwrap(), None);
}

#[tokio::test]
async fn a_worktree_that_git_had_not_finished_is_finished() {
    let world = World::new();
    let repo = world.repo().await;
    let first = world.worktree(&repo, "t").await;
    // As git leaves it when it is killed between the registration and the checkout.
    fs::write(first.git_dir.join("locked"), "initializing").unwrap();
    fs::remove_file(first.git_dir.join("index")).unwrap();
    fs::remove_file(first.path.join("README.md")).unwrap();
    let again = world.worktree(&repo, "t").await;
    assert_eq!(read(&again.path, "README.md"), "hello\n");
    assert_eq!(repo.worktrees().await.unwrap()[1].locked, None);
}

#[tokio::test]
async fn a_detached_worktree_stands_on_one_commit_only() {
    let world = World::new();
    let repo = world.repo().await;
    let head = repo.snapshot("HEAD").await.unwrap().commit;
    let path = world.root.join("data/check");
    let tree = Worktree::open(&repo, &path, On::Commit(head.clone())).await.unwrap();
    assert!(matches!(tree.head().await.unwrap(), Head::Detached { .. }));
    Worktree::open(&repo, &path, On::Commit(head)).await.unwrap();
    let other = repo.snapshot("HEAD~1").await.unwrap().commit;
    let error = Worktree::open(&repo, &path, On::Commit(other)).await.unwrap_err();
    assert!(matches!(error, GitError::InTheWay { .. }), "{error}");
}

#[tokio::test]
async fn a_lock_of_another_git_is_waited_for_and_never_removed() {
    let world = World::new();
    let repo = world.repo().await;
    let worktree = world.worktree(&repo, "t").await;
    write(&worktree.path, "x", "x");
    let lock = worktree.git_dir.join("index.lock");
    fs::write(&lock, "").unwrap();
    let message = chargehand::git::Message::new("x");
    let commit = worktree.commit_all("HEAD", &message);
    let (done, ()) = tokio::join!(commit, async {
        tokio::time::sleep(std::time::Duration::from_millis(60)).await;
        assert!(lock.exists());
        fs::remove_file(&lock).unwrap();
    });
    assert_eq!(done.unwrap().files, ["x"]);
}

#[tokio::test]
async fn worktrees_of_a_linked_checkout_and_of_a_submodule_path_are_found_by_the_repository() {
    let world = World::new();
    world.sh("git worktree add -q ../other");
    let repo = Repo::discover_with(world.git(), &world.root.join("other")).await.unwrap();
    let worktree = world.worktree(&repo, "t").await;
    assert!(worktree.git_dir.starts_with(world.top.join(".git/worktrees")));
}

/// A git of ours that was killed with its parent leaves locks, which would stop the next start.
#[tokio::test]
async fn locks_that_a_killed_git_left_in_our_places_are_cleared_and_the_persons_are_not() {
    let world = World::new();
    let repo = world.repo().await;
    let worktree = world.worktree(&repo, "t").await;
    let branch = repo.common.join("refs/heads/chargehand-attempts/g/t-1.lock");
    let goal = repo.common.join("refs/heads/chargehand/g.lock");
    fs::create_dir_all(goal.parent().unwrap()).unwrap();
    let persons = repo.git_dir.join("index.lock");
    for lock in [&worktree.git_dir.join("index.lock"), &branch, &goal, &persons] {
        fs::write(lock, "").unwrap();
    }
    let again = world.worktree(&repo, "t").await;
    write(&again.path, "new.txt", "work\n");
    let what = chargehand::git::Message::new("Work");
    let base = repo.snapshot("HEAD").await.unwrap();
    let committed = again.commit_all(&base.commit, &what).await.unwrap();
    assert_eq!(committed.files, ["new.txt"]);
    repo.open_goal("g", &base.commit).await.unwrap();
    assert!(persons.exists(), "the person's own lock is waited for, never removed");
}
