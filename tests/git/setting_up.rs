use std::{fs, os::unix::fs::PermissionsExt as _};

use chargehand::git::{Applied, Message, SetupError, WorktreeSettings};

use crate::world::{World, read, write};

fn settings(setup: &[&str], copy: &[&str], share: &[&str]) -> WorktreeSettings {
    let own = |list: &[&str]| list.iter().map(|text| (*text).to_owned()).collect();
    WorktreeSettings { setup: own(setup), copy: own(copy), share: own(share) }
}

#[tokio::test]
async fn untracked_files_are_copied_with_their_modes_and_nothing_is_overwritten() {
    let world = World::new();
    world.write(".env.log", "SECRET=1\n");
    world.write("conf/deep/local.log", "x");
    world.write("not-asked", "x");
    fs::set_permissions(world.top.join(".env.log"), fs::Permissions::from_mode(0o600)).unwrap();
    let still = world.still();
    let repo = world.repo().await;
    let tree = world.worktree(&repo, "t").await;
    let asked = settings(&[], &[".env*", "conf/**", "README.md"], &[]);
    let applied = tree.set_up(&asked, None).await.unwrap();
    assert_eq!(applied.copied, [".env.log", "conf/deep/local.log"]);
    assert_eq!(read(&tree.path, ".env.log"), "SECRET=1\n");
    let mode = fs::metadata(tree.path.join(".env.log")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    assert!(!tree.path.join("not-asked").exists());
    still.holds();
}

#[tokio::test]
async fn a_copy_does_not_follow_a_tracked_link_out_of_the_worktree() {
    let world = World::new();
    let outside = world.root.join("outside");
    fs::create_dir(&outside).unwrap();
    std::os::unix::fs::symlink(&outside, world.top.join("conf")).unwrap();
    world.sh("git add conf && git commit -qm Link");
    fs::remove_file(world.top.join("conf")).unwrap();
    world.write("conf/local.log", "x");
    let repo = world.repo().await;
    let tree = world.worktree(&repo, "t").await;
    let error = tree.set_up(&settings(&[], &["conf/**"], &[]), None).await.unwrap_err();
    assert!(matches!(error, SetupError::Git(_)), "{error}");
    assert!(fs::read_dir(&outside).unwrap().next().is_none());
}

#[tokio::test]
async fn shared_directories_are_links_that_are_never_committed() {
    let world = World::new();
    world.write("node_modules/a/index.js", "a");
    world.write("deep/cache/x", "x");
    world.sh("printf 'node_modules/\\ndeep/\\n' >> .git/info/exclude");
    let repo = world.repo().await;
    let tree = world.worktree(&repo, "t").await;
    let asked = settings(&[], &[], &["node_modules/", "deep/cache", "absent"]);
    let applied = tree.set_up(&asked, None).await.unwrap();
    assert_eq!(applied.shared, ["node_modules", "deep/cache"]);
    assert_eq!(applied.absent, ["absent"]);
    assert_eq!(read(&tree.path, "node_modules/a/index.js"), "a");
    assert_eq!(applied.changed, Vec::<String>::new());
    write(&tree.path, "x", "x");
    let done = tree.commit_all("HEAD", &Message::new("x")).await.unwrap();
    assert_eq!(done.files, ["x"]);
    assert_eq!(tree.snapshot_tree().await.unwrap(), done.head.tree);
    tree.remove("g/t-1").await.unwrap();
    assert_eq!(read(&world.top, "node_modules/a/index.js"), "a", "only the link was removed");
}

#[tokio::test]
async fn tracked_and_outside_directories_are_not_shared() {
    let world = World::new();
    let repo = world.repo().await;
    let tree = world.worktree(&repo, "t").await;
    for dir in ["src", "../x", "/etc", "", ".git", "a/../../b"] {
        let error = tree.set_up(&settings(&[], &[], &[dir]), None).await.unwrap_err();
        assert!(matches!(error, SetupError::Share { .. }), "{dir}: {error}");
    }
}

#[tokio::test]
async fn setup_lines_run_once_in_order_and_what_they_change_is_told() {
    let world = World::new();
    let repo = world.repo().await;
    let tree = world.worktree(&repo, "t").await;
    let lines = ["echo one >> ignored-not", "test -f \"$CHARGEHAND_CHECKOUT/README.md\""];
    let asked = settings(&lines, &[], &[]);
    let applied = tree.set_up(&asked, None).await.unwrap();
    assert_eq!(applied.changed, ["ignored-not"]);
    assert_eq!(tree.set_up(&asked, None).await.unwrap(), Applied::default());
    assert_eq!(read(&tree.path, "ignored-not"), "one\n");
}

#[tokio::test]
async fn a_setup_line_that_fails_is_told_with_its_output_and_tried_again() {
    let world = World::new();
    let repo = world.repo().await;
    let tree = world.worktree(&repo, "t").await;
    let asked = settings(&["echo no network >&2; test -f ignored/ready || exit 7"], &[], &[]);
    let error = tree.set_up(&asked, None).await.unwrap_err();
    insta::assert_snapshot!(error, @r"
    worktree.setup: `echo no network >&2; test -f ignored/ready || exit 7` ended with exit 7. Its output:
    no network
    ");
    let silent = tree.set_up(&settings(&["exit 7"], &[], &[]), None).await.unwrap_err();
    insta::assert_snapshot!(silent, @"worktree.setup: `exit 7` ended with exit 7. It printed nothing.");
    write(&tree.path, "ignored/ready", "");
    tree.set_up(&asked, None).await.unwrap();
}

#[test]
fn unknown_settings_are_refused() {
    assert!(serde_json::from_str::<WorktreeSettings>(r#"{"setup": ["x"]}"#).is_ok());
    assert!(serde_json::from_str::<WorktreeSettings>(r#"{"setups": ["x"]}"#).is_err());
}
