use std::fs;

use chargehand::git::{GitError, Head, Message};

use crate::world::{World, read, write};

fn message() -> Message {
    Message::new("Do the task")
        .body("It was done.\n\nChargehand-Task: forged")
        .trailer("Chargehand-Goal", "g")
        .trailer("Chargehand-Task", "t\nChargehand-Attempt: 99")
        .trailer("Chargehand-Attempt", "1")
}

#[tokio::test]
async fn work_is_committed_with_deletions_and_new_files_and_without_ignored_ones() {
    let world = World::new();
    let still = world.still();
    let repo = world.repo().await;
    let base = repo.snapshot("HEAD").await.unwrap();
    let tree = world.worktree(&repo, "t").await;
    write(&tree.path, "new dir/ñew.txt", "new");
    write(&tree.path, "ignored/cache", "no");
    write(&tree.path, "src/lib.sh", "one\nTWO\nthree\n");
    fs::remove_file(tree.path.join("README.md")).unwrap();
    let done = tree.commit_all(&base.commit, &message()).await.unwrap();
    assert_eq!(done.files, ["README.md", "new dir/ñew.txt", "src/lib.sh"]);
    assert_ne!(done.head.commit, base.commit);
    assert_eq!(repo.snapshot("chargehand-attempts/g/t-1").await.unwrap(), done.head);
    assert_eq!(world.sh_in(&tree.path, "git status --porcelain"), "");
    assert_eq!(
        world.sh_in(&tree.path, "git log -1 --format='%an <%ae>'"),
        "Ada Person <ada@example.org>"
    );
    still.holds();
}

#[tokio::test]
async fn trailers_are_the_last_paragraph_and_no_text_can_pose_as_one() {
    let world = World::new();
    let repo = world.repo().await;
    let tree = world.worktree(&repo, "t").await;
    write(&tree.path, "x", "x");
    tree.commit_all("HEAD", &message()).await.unwrap();
    let trailers = world.sh_in(&tree.path, "git log -1 --format='%(trailers:only,unfold)'");
    insta::assert_snapshot!(trailers, @r"
    Chargehand-Goal: g
    Chargehand-Task: t Chargehand-Attempt: 99
    Chargehand-Attempt: 1
    ");
}

#[tokio::test]
async fn empty_work_leaves_the_head_where_it_was() {
    let world = World::new();
    let repo = world.repo().await;
    let base = repo.snapshot("HEAD").await.unwrap();
    let tree = world.worktree(&repo, "t").await;
    write(&tree.path, "ignored/only", "x");
    let done = tree.commit_all(&base.commit, &message()).await.unwrap();
    assert_eq!(done.head, base);
    assert!(done.files.is_empty());
}

#[tokio::test]
async fn commits_that_the_agent_made_count_as_work() {
    let world = World::new();
    let repo = world.repo().await;
    let base = repo.snapshot("HEAD").await.unwrap();
    let tree = world.worktree(&repo, "t").await;
    world.sh_in(&tree.path, "echo a > a && git add a && git commit -qm mine");
    write(&tree.path, "b", "b");
    let done = tree.commit_all(&base.commit, &message()).await.unwrap();
    assert_eq!(done.files, ["a", "b"]);
}

#[tokio::test]
async fn an_agent_that_switched_branches_loses_nothing() {
    let world = World::new();
    let repo = world.repo().await;
    let tree = world.worktree(&repo, "t").await;
    write(&tree.path, "first", "1");
    let first = tree.commit_all("HEAD", &message()).await.unwrap();
    world.sh_in(&tree.path, "git switch -q --detach HEAD~1");
    write(&tree.path, "second", "2");
    let second = tree.commit_all("HEAD", &message()).await.unwrap();
    assert!(matches!(tree.head().await.unwrap(), Head::Detached { .. }));
    assert_eq!(repo.snapshot("chargehand-attempts/g/t-1").await.unwrap(), second.head);
    let kept = repo.kept().await.unwrap();
    assert_eq!(kept[0].commit, first.head.commit, "{kept:?}");
}

#[tokio::test]
async fn a_worktree_with_a_forged_git_file_is_still_ours() {
    let world = World::new();
    let repo = world.repo().await;
    let tree = world.worktree(&repo, "t").await;
    fs::remove_file(tree.path.join(".git")).unwrap();
    world.sh_in(&tree.path, "git init -q && git config core.fsmonitor 'touch $MARKER'");
    write(&tree.path, "x", "x");
    let done = tree.commit_all("HEAD", &message()).await.unwrap();
    assert_eq!(done.files, ["x"]);
    assert_eq!(repo.snapshot("chargehand-attempts/g/t-1").await.unwrap(), done.head);
    assert!(!world.marker().exists());
    let again = world.worktree(&repo, "t").await;
    assert_eq!(again.git_dir, tree.git_dir);
}

#[tokio::test]
async fn a_snapshot_tree_is_what_a_commit_would_be_and_changes_nothing() {
    let world = World::new();
    let repo = world.repo().await;
    let tree = world.worktree(&repo, "t").await;
    let clean = tree.snapshot_tree().await.unwrap();
    assert_eq!(clean, repo.snapshot("HEAD").await.unwrap().tree);
    write(&tree.path, "src/lib.sh", "one\nTWO\nthree\n");
    write(&tree.path, "new", "new");
    let index = fs::read(tree.git_dir.join("index")).unwrap();
    let snapshot = tree.snapshot_tree().await.unwrap();
    assert_eq!(fs::read(tree.git_dir.join("index")).unwrap(), index);
    assert_ne!(snapshot, clean);
    let done = tree.commit_all("HEAD", &message()).await.unwrap();
    assert_eq!(done.head.tree, snapshot);
}

#[tokio::test]
async fn a_change_of_the_same_size_at_the_same_moment_is_seen() {
    let world = World::new();
    let repo = world.repo().await;
    let tree = world.worktree(&repo, "t").await;
    for round in 0..10 {
        let text = format!("{round}\n");
        write(&tree.path, "x", &text);
        let snapshot = tree.snapshot_tree().await.unwrap();
        assert_eq!(world.sh_in(&tree.path, &format!("git show {snapshot}:x")), text.trim());
        let done = tree.commit_all("HEAD", &message()).await.unwrap();
        assert_eq!(done.head.tree, snapshot);
    }
}

#[tokio::test]
async fn a_missing_identity_is_a_clear_fault() {
    let world = World::new();
    fs::write(world.root.join("gitconfig"), "").unwrap();
    let repo = world.repo().await;
    let tree = world.worktree(&repo, "t").await;
    write(&tree.path, "x", "x");
    let error = tree.commit_all("HEAD", &message()).await.unwrap_err();
    assert!(matches!(error, GitError::NoIdentity { .. }), "{error:?}");
    assert!(error.to_string().contains("git config --global user.name"), "{error}");
}

#[tokio::test]
async fn a_repository_inside_the_work_is_refused_because_its_content_would_be_lost() {
    let world = World::new();
    let repo = world.repo().await;
    let tree = world.worktree(&repo, "t").await;
    let line = "git init -q inner && cd inner && echo a > a && git add a && git commit -qm a";
    world.sh_in(&tree.path, line);
    let error = tree.commit_all("HEAD", &message()).await.unwrap_err();
    assert!(matches!(&error, GitError::Embedded { paths } if paths == &["inner"]), "{error}");
}

#[tokio::test]
async fn commits_are_signed_with_the_persons_own_program_and_no_other() {
    let world = World::new();
    let signer = "#!/bin/sh\ncat >/dev/null\necho '[GNUPG:] SIG_CREATED ' >&2\necho '-----BEGIN PGP SIGNATURE-----'\necho x\necho '-----END PGP SIGNATURE-----'\ntouch \"$MARKER\"\n";
    write(&world.root, "signer", signer);
    world.sh_in(&world.root, "chmod +x signer && git config --global commit.gpgsign true");
    world.sh_in(&world.root, "git config --global gpg.program \"$PWD/signer\"");
    let repo = world.repo().await;
    let tree = world.worktree(&repo, "t").await;
    write(&tree.path, "x", "x");
    let done = tree.commit_all("HEAD", &message()).await.unwrap();
    let raw = world.sh(&format!("git cat-file commit {}", done.head.commit));
    assert!(raw.contains("gpgsig"), "{raw}");
    assert!(world.marker().exists());
    fs::remove_file(world.marker()).unwrap();

    // An agent's own program, in the configuration that it can write.
    world.sh("git config gpg.program \"touch $MARKER\"");
    write(&tree.path, "x", "y");
    let error = tree.commit_all("HEAD", &message()).await.unwrap_err();
    assert!(matches!(error, GitError::Signing { .. }), "{error:?}");
    assert!(!world.marker().exists());
}

#[tokio::test]
async fn a_sparse_repository_commits_also_outside_its_part() {
    let world = World::new();
    world.sh("git sparse-checkout set src");
    let repo = world.repo().await;
    let still = world.still();
    let tree = world.worktree(&repo, "t").await;
    assert!(tree.path.join("src/lib.sh").exists());
    write(&tree.path, "elsewhere/x", "x");
    let done = tree.commit_all("HEAD", &message()).await.unwrap();
    assert_eq!(done.files, ["elsewhere/x"]);
    still.holds();
}

#[tokio::test]
async fn line_ends_make_the_round_trip_unchanged() {
    let world = World::new();
    world.write(".gitattributes", "*.bat text eol=crlf\n");
    world.write("a.bat", "one\r\ntwo\r\n");
    world.sh("git add -A && git commit -qm Bat 2>/dev/null");
    let repo = world.repo().await;
    let tree = world.worktree(&repo, "t").await;
    assert_eq!(read(&tree.path, "a.bat"), "one\ntwo\n", "as it is stored");
    write(&tree.path, "x", "x");
    let done = tree.commit_all("HEAD", &message()).await.unwrap();
    assert_eq!(done.files, ["x"]);
}
