use std::fs;

use chargehand::git::{GitError, Message, On, Worktree};

use crate::world::{World, write};

#[tokio::test]
async fn invariant_12_what_is_removed_stays_reachable_by_a_kept_ref() {
    let world = World::new();
    let still = world.still();
    let repo = world.repo().await;
    let tree = world.worktree(&repo, "t").await;
    write(&tree.path, "committed", "1");
    let done = tree.commit_all("HEAD", &Message::new("One")).await.unwrap();
    world.sh_in(&tree.path, "echo reset-away > gone && git add gone && git commit -qm gone && git reset -q --hard HEAD~1");
    write(&tree.path, "staged", "staged");
    world.sh_in(&tree.path, "git add staged");
    write(&tree.path, "staged", "changed after");
    write(&tree.path, "untracked", "2");
    fs::remove_file(tree.path.join("README.md")).unwrap();
    let path = tree.path.clone();
    let kept = tree.remove("g/t-1").await.unwrap();
    assert_eq!(kept.name, "refs/chargehand/kept/g/t-1");
    assert!(!path.exists());
    assert_eq!(repo.worktrees().await.unwrap().len(), 1);
    let show = |what: &str| world.sh(&format!("git show '{}:{what}'", kept.name));
    assert_eq!(show("untracked"), "2");
    assert_eq!(show("staged"), "changed after");
    assert!(!world.try_sh_in(&world.top, &format!("git show {}:README.md", kept.name)).0);
    assert!(repo.is_ancestor(&done.head.commit, &kept.commit).await.unwrap());
    // Every blob is reachable, also those that no file had at the end.
    let all = world.sh(&format!("git rev-list --objects {} | cut -d' ' -f1", kept.name));
    for text in ["reset-away\n", "staged", "changed after", "2", "1"] {
        let file = world.root.join("blob");
        fs::write(&file, text).unwrap();
        let id = world.sh("git hash-object ../blob");
        assert!(all.contains(&id), "{text:?} is lost");
    }
    // Its branch stays until a person says otherwise.
    assert_eq!(repo.snapshot("chargehand-attempts/g/t-1").await.unwrap(), done.head);
    still.holds();
}

#[tokio::test]
async fn keeping_the_same_twice_is_one_ref_and_something_else_gets_another() {
    let world = World::new();
    let repo = world.repo().await;
    let tree = world.worktree(&repo, "t").await;
    write(&tree.path, "x", "x");
    let status = || world.sh_in(&tree.path, "git status --porcelain");
    let before = status();
    let one = tree.keep("g/t-1").await.unwrap();
    assert_eq!(tree.keep("g/t-1").await.unwrap(), one);
    assert_eq!(status(), before);
    write(&tree.path, "x", "y");
    let two = tree.keep("g/t-1").await.unwrap();
    assert_eq!(two.name, "refs/chargehand/kept/g/t-1.2");
    assert_eq!(repo.kept().await.unwrap(), [one, two]);
}

#[tokio::test]
async fn a_clean_worktree_keeps_its_very_commit() {
    let world = World::new();
    let repo = world.repo().await;
    let tree = world.worktree(&repo, "t").await;
    let kept = tree.remove("g/t-1").await.unwrap();
    assert_eq!(kept.commit, repo.snapshot("HEAD").await.unwrap().commit);
}

#[tokio::test]
async fn keeping_needs_neither_a_name_nor_a_key() {
    let world = World::new();
    fs::write(world.root.join("gitconfig"), "[commit]\n\tgpgsign = true\n").unwrap();
    let repo = world.repo().await;
    let tree = world.worktree(&repo, "t").await;
    write(&tree.path, "x", "x");
    tree.remove("g/t-1").await.unwrap();
}

#[tokio::test]
async fn a_worktree_with_a_repository_inside_is_not_removed() {
    let world = World::new();
    let repo = world.repo().await;
    let tree = world.worktree(&repo, "t").await;
    let path = tree.path.clone();
    let line = "git init -q inner && cd inner && echo a > a && git add a && git commit -qm a";
    world.sh_in(&tree.path, line);
    let error = tree.remove("g/t-1").await.unwrap_err();
    assert!(matches!(error, GitError::WouldLose { .. }), "{error}");
    assert!(path.join("inner/a").exists());
}

#[tokio::test]
async fn a_worktree_in_the_middle_of_a_conflicted_merge_is_kept_with_both_sides() {
    let world = World::new();
    world.sh("git branch other && echo main > README.md && git commit -qam main");
    let repo = world.repo().await;
    let tree = world.worktree(&repo, "t").await;
    world.sh_in(
        &tree.path,
        "git switch -qc mine other && echo mine > README.md && git commit -qam mine",
    );
    assert!(!world.try_sh_in(&tree.path, "git merge main").0);
    let kept = tree.remove("g/t-1").await.unwrap();
    let shown = world.sh(&format!("git show {}:README.md", kept.name));
    assert!(shown.contains("main") && shown.contains("mine"), "{shown}");
}

#[tokio::test]
async fn the_persons_own_checkout_is_never_removed() {
    let world = World::new();
    world.sh("git worktree add -q ../other");
    let other = world.root.join("other");
    let repo = chargehand::git::Repo::discover_with(world.git(), &other).await.unwrap();
    let on = On::Branch { name: "other".to_owned(), base: "HEAD".to_owned() };
    let tree = Worktree::open(&repo, &other, on).await.unwrap();
    let error = tree.remove("x").await.unwrap_err();
    assert!(matches!(error, GitError::WouldLose { .. }), "{error}");
    assert!(other.join("README.md").exists());
}

#[tokio::test]
async fn ignored_files_are_named_before_they_go() {
    let world = World::new();
    let repo = world.repo().await;
    let tree = world.worktree(&repo, "t").await;
    write(&tree.path, "ignored/a/b", "x");
    write(&tree.path, "c.log", "x");
    write(&tree.path, "kept", "x");
    assert_eq!(tree.ignored().await.unwrap(), ["c.log", "ignored/"]);
}

#[tokio::test]
async fn a_dropped_branch_leaves_a_kept_ref_and_one_that_is_checked_out_stays() {
    let world = World::new();
    let repo = world.repo().await;
    let tree = world.worktree(&repo, "t").await;
    write(&tree.path, "x", "x");
    let done = tree.commit_all("HEAD", &Message::new("x")).await.unwrap();
    let branch = "chargehand-attempts/g/t-1";
    let error = repo.drop_branch(branch).await.unwrap_err();
    assert!(matches!(error, GitError::CheckedOut { .. }), "{error}");
    tree.remove("g/t-1").await.unwrap();
    let kept = repo.drop_branch(branch).await.unwrap();
    assert_eq!(kept.commit, done.head.commit);
    assert_eq!(repo.find(branch).await.unwrap(), None);
    world.sh("git reflog expire --expire=now --all && git gc -q --prune=now");
    assert_eq!(world.sh(&format!("git show {}:x", done.head.commit)), "x");
}

#[tokio::test]
async fn a_checks_worktree_closes_without_a_trace_unless_something_was_left_in_it() {
    let world = World::new();
    let repo = world.repo().await;
    let commit = repo.snapshot("HEAD").await.unwrap().commit;
    let open = async || {
        let on = On::Commit(commit.clone());
        Worktree::open(&repo, &world.root.join("data/check"), on).await.unwrap()
    };
    let check = open().await;
    write(&check.path, "ignored/build", "x");
    assert_eq!(check.close("check").await.unwrap(), None);
    let check = open().await;
    write(&check.path, "left", "x");
    let kept = check.close("check").await.unwrap().unwrap();
    assert_eq!(world.sh(&format!("git show {}:left", kept.name)), "x");
    let tree = world.worktree(&repo, "t").await;
    let error = tree.close("t").await.unwrap_err();
    assert!(matches!(error, GitError::WouldLose { .. }), "{error}");
}
