use chargehand::git::{
    Candidate, GitError, How, Landing, Merge, Message, On, Repo, Snapshot, Worktree,
};

use crate::world::{World, read, write};

fn message() -> Message {
    Message::new("Land it").trailer("Chargehand-Task", "t")
}

/// An attempt that writes one file; its head.
async fn attempt(world: &World, repo: &Repo, task: &str, path: &str, text: &str) -> Snapshot {
    let tree = world.worktree(repo, task).await;
    write(&tree.path, path, text);
    tree.commit_all("HEAD", &message()).await.unwrap().head
}

async fn ready(repo: &Repo, head: &Snapshot) -> Candidate {
    match repo.begin_landing("g", &head.commit, &message()).await.unwrap() {
        Landing::Ready(candidate) => candidate,
        other => panic!("not ready: {other:?}"),
    }
}

#[tokio::test]
async fn the_goals_branch_is_made_once_and_found_again() {
    let world = World::new();
    let still = world.still();
    let repo = world.repo().await;
    assert_eq!(repo.goal_tip("g").await.unwrap(), None);
    let base = repo.open_goal("g", "HEAD~1").await.unwrap();
    assert_eq!(repo.open_goal("g", "HEAD").await.unwrap(), base);
    assert_eq!(repo.goal_tip("g").await.unwrap(), Some(base));
    still.holds();
}

#[tokio::test]
async fn the_first_lands_by_moving_forward_and_the_second_by_a_merge() {
    let world = World::new();
    let still = world.still();
    let repo = world.repo().await;
    repo.open_goal("g", "HEAD").await.unwrap();
    let one = attempt(&world, &repo, "one", "one.txt", "1").await;
    let two = attempt(&world, &repo, "two", "two.txt", "2").await;

    let first = ready(&repo, &one).await;
    assert_eq!((first.how, &first.merged), (How::Forward, &one));
    assert_eq!(repo.goal_tip("g").await.unwrap().unwrap().commit, first.tip, "nothing moved yet");
    repo.finish_landing(&first).await.unwrap();

    let second = ready(&repo, &two).await;
    assert_eq!(second.how, How::Merged);
    let path = world.root.join("data/landing");
    let on = On::Commit(second.merged.commit.clone());
    let check = Worktree::open(&repo, &path, on).await.unwrap();
    assert_eq!(read(&check.path, "one.txt"), "1");
    assert_eq!(read(&check.path, "two.txt"), "2");
    assert_eq!(check.snapshot_tree().await.unwrap(), second.merged.tree);
    assert_eq!(check.close("landing").await.unwrap(), None);
    repo.finish_landing(&second).await.unwrap();

    let tip = repo.goal_tip("g").await.unwrap().unwrap();
    assert_eq!(tip, second.merged);
    let parents = world.sh("git log -1 --format=%P chargehand/g");
    assert_eq!(parents, format!("{} {}", one.commit, two.commit));
    let trailer = world.sh("git log -1 --format='%(trailers:key=Chargehand-Task)' chargehand/g");
    assert_eq!(trailer, "Chargehand-Task: t");
    still.holds();
}

#[tokio::test]
async fn landing_twice_is_landing_once() {
    let world = World::new();
    let repo = world.repo().await;
    repo.open_goal("g", "HEAD").await.unwrap();
    let one = attempt(&world, &repo, "one", "one.txt", "1").await;
    let candidate = ready(&repo, &one).await;
    repo.finish_landing(&candidate).await.unwrap();
    repo.finish_landing(&candidate).await.unwrap();
    let again = repo.begin_landing("g", &one.commit, &message()).await.unwrap();
    assert_eq!(again, Landing::Already { tip: one });
}

#[tokio::test]
async fn a_conflict_names_its_files_and_keeps_both_sides() {
    let world = World::new();
    let still = world.still();
    let repo = world.repo().await;
    repo.open_goal("g", "HEAD").await.unwrap();
    let one = attempt(&world, &repo, "one", "src/lib.sh", "one\nTWO\nthree\n").await;
    let two = attempt(&world, &repo, "two", "src/lib.sh", "one\nzwei\nthree\n").await;
    repo.finish_landing(&ready(&repo, &one).await).await.unwrap();
    let landing = repo.begin_landing("g", &two.commit, &message()).await.unwrap();
    let files = vec!["src/lib.sh".to_owned()];
    let (ours, theirs) = (one.commit.clone(), two.commit.clone());
    assert_eq!(landing, Landing::Conflict { files, ours, theirs });
    assert_eq!(repo.goal_tip("g").await.unwrap(), Some(one));
    assert_eq!(repo.snapshot("chargehand-attempts/g/two-1").await.unwrap(), two);
    still.holds();
}

#[tokio::test]
async fn deletions_renames_and_kinds_that_clash_are_conflicts_too() {
    let world = World::new();
    let repo = world.repo().await;
    let make = |branch: &str, line: &str| {
        world.sh(&format!("git checkout -qb {branch} main && {line} && git add -A && git commit -qm {branch} && git checkout -q main"));
    };
    make("delete", "rm src/lib.sh");
    make("edit", "echo four >> src/lib.sh");
    make("dir", "rm README.md && mkdir README.md && echo x > README.md/x");
    make("text", "echo more >> README.md");
    make("add1", "echo 1 > same");
    make("add2", "echo 2 > same");
    for (ours, theirs) in [("delete", "edit"), ("dir", "text"), ("add1", "add2")] {
        let merge = repo.try_merge(ours, theirs).await.unwrap();
        assert!(
            matches!(&merge, Merge::Conflict { files } if !files.is_empty()),
            "{ours}: {merge:?}"
        );
    }
    assert!(matches!(repo.try_merge("edit", "text").await.unwrap(), Merge::Clean { .. }));
    assert_eq!(repo.try_merge("main", "edit").await.unwrap(), Merge::Forward);
    assert_eq!(repo.try_merge("edit", "main").await.unwrap(), Merge::Contained);
}

#[tokio::test]
async fn a_tip_that_moved_in_between_is_not_overwritten() {
    let world = World::new();
    let repo = world.repo().await;
    repo.open_goal("g", "HEAD").await.unwrap();
    let one = attempt(&world, &repo, "one", "one.txt", "1").await;
    let two = attempt(&world, &repo, "two", "two.txt", "2").await;
    let (first, second) = (ready(&repo, &one).await, ready(&repo, &two).await);
    repo.finish_landing(&first).await.unwrap();
    let error = repo.finish_landing(&second).await.unwrap_err();
    assert!(matches!(error, GitError::Moved { .. }), "{error}");
    assert_eq!(repo.goal_tip("g").await.unwrap(), Some(one));
}

#[tokio::test]
async fn a_goals_branch_that_is_checked_out_is_not_moved_under_the_person() {
    let world = World::new();
    let repo = world.repo().await;
    repo.open_goal("g", "HEAD").await.unwrap();
    let one = attempt(&world, &repo, "one", "one.txt", "1").await;
    world.sh("git checkout -q chargehand/g");
    let still = world.still();
    let error = repo.finish_landing(&ready(&repo, &one).await).await.unwrap_err();
    assert!(matches!(error, GitError::CheckedOut { .. }), "{error}");
    still.holds();
}

#[tokio::test]
async fn a_goal_without_its_branch_is_an_error_not_a_new_branch() {
    let world = World::new();
    let repo = world.repo().await;
    let error = repo.begin_landing("g", "HEAD", &message()).await.unwrap_err();
    assert!(matches!(error, GitError::Moved { .. }), "{error}");
}

#[tokio::test]
async fn a_landing_that_nothing_is_known_of_is_taken_back_and_kept() {
    let world = World::new();
    let still = world.still();
    let repo = world.repo().await;
    let base = repo.open_goal("g", "HEAD").await.unwrap();
    let one = attempt(&world, &repo, "one", "one.txt", "1").await;
    let two = attempt(&world, &repo, "two", "two.txt", "2").await;
    let heads = [one.commit.clone(), two.commit.clone()];
    assert_eq!(repo.take_back("g", &base.commit, &heads).await.unwrap(), None, "nothing moved");

    // A move forward, then a merge.
    repo.finish_landing(&ready(&repo, &one).await).await.unwrap();
    let kept = repo.take_back("g", &base.commit, &heads).await.unwrap().unwrap();
    assert_eq!(kept.commit, one.commit);
    assert_eq!(repo.goal_tip("g").await.unwrap(), Some(base));
    repo.finish_landing(&ready(&repo, &one).await).await.unwrap();
    let merged = ready(&repo, &two).await;
    repo.finish_landing(&merged).await.unwrap();
    let kept = repo.take_back("g", &one.commit, &heads).await.unwrap().unwrap();
    assert_eq!(kept.name, "refs/chargehand/kept/unlanded/g.2");
    assert_eq!(world.sh("git rev-parse refs/chargehand/kept/unlanded/g.2"), merged.merged.commit);
    assert_eq!(repo.goal_tip("g").await.unwrap(), Some(one));
    still.holds();
}

#[tokio::test]
async fn a_goals_branch_that_somebody_else_moved_is_left_where_it_is() {
    let world = World::new();
    let repo = world.repo().await;
    let base = repo.open_goal("g", "HEAD").await.unwrap();
    let one = attempt(&world, &repo, "one", "one.txt", "1").await;
    world.sh("git checkout -q chargehand/g && git commit -q --allow-empty -m theirs && git checkout -q main");
    let theirs = repo.goal_tip("g").await.unwrap();
    assert_eq!(repo.take_back("g", &base.commit, &[one.commit]).await.unwrap(), None);
    assert_eq!(repo.goal_tip("g").await.unwrap(), theirs);
}
