//! A repository whose every door is a trap: nothing of it may be executed by our calls.

use chargehand::git::{GitError, Landing, Message, On, Repo, Shape, Since, Worktree};

use crate::world::{World, write};

const TRAP: &str = "(ps -o args= -p $PPID; pwd; env | grep GIT) >> \"$MARKER\"; cat";

/// All that configuration and hooks can make git execute.
fn set_traps(world: &World) {
    for (key, value) in [
        ("core.fsmonitor", "touch \"$MARKER\""),
        ("core.pager", TRAP),
        ("core.editor", TRAP),
        ("core.sshCommand", TRAP),
        ("diff.external", TRAP),
        ("diff.evil.command", TRAP),
        ("diff.evil.textconv", TRAP),
        ("filter.evil.clean", TRAP),
        ("filter.evil.smudge", TRAP),
        ("filter.evil.required", "true"),
        ("merge.evil.driver", "touch \"$MARKER\"; false"),
        ("merge.default", "evil"),
        ("gpg.program", "touch \"$MARKER\""),
        ("log.showSignature", "true"),
        ("trailer.evil.command", "touch \"$MARKER\""),
        ("trailer.evil.key", "Evil: "),
        ("pager.log", TRAP),
        ("color.ui", "always"),
        ("diff.noprefix", "true"),
        ("core.untrackedCache", "true"),
        ("credential.helper", "!touch \"$MARKER\""),
    ] {
        world.sh(&format!("git config '{key}' '{value}'"));
    }
    for hook in [
        "pre-commit",
        "prepare-commit-msg",
        "commit-msg",
        "post-commit",
        "post-checkout",
        "post-merge",
        "pre-merge-commit",
        "post-index-change",
        "reference-transaction",
        "post-rewrite",
        "pre-auto-gc",
    ] {
        write(&world.top, &format!(".git/hooks/{hook}"), "#!/bin/sh\ntouch \"$MARKER\"\n");
    }
    world.sh("chmod +x .git/hooks/*");
}

/// Every operation but landing in the person's checkout.
async fn everything(world: &World) {
    let repo = world.repo().await;
    Shape::of(&repo).await.unwrap();
    repo.ls_tree("HEAD").await.unwrap();
    repo.log("HEAD", Since::Beginning, &[], 10).await.unwrap();
    let diff = repo.diff("HEAD~1", "HEAD", &[], 10_000).await.unwrap();
    assert!(diff.patch.starts_with("diff --git a/"), "{}", diff.patch);
    repo.open_goal("g", "HEAD").await.unwrap();
    let mut heads = Vec::new();
    for (task, text) in [("one", "1\n"), ("two", "2\n"), ("three", "3\n")] {
        let tree = world.worktree(&repo, task).await;
        // Two of the same file, so that a merge driver would be asked.
        let file = if task == "three" { "other.txt" } else { "clash.txt" };
        write(&tree.path, file, text);
        write(&tree.path, "src/lib.sh", "one\ntwo\nthree\n");
        tree.snapshot_tree().await.unwrap();
        tree.keep("g/x").await.unwrap();
        let done = tree.commit_all("HEAD", &Message::new(task).trailer("A", "b")).await.unwrap();
        heads.push(done.head);
        tree.remove(task).await.unwrap();
    }
    let land = async |head: &str| repo.begin_landing("g", head, &Message::new("m")).await.unwrap();
    let Landing::Ready(one) = land(&heads[0].commit).await else { panic!("not ready") };
    repo.finish_landing(&one).await.unwrap();
    assert!(matches!(land(&heads[1].commit).await, Landing::Conflict { .. }));
    let Landing::Ready(three) = land(&heads[2].commit).await else { panic!("not ready") };
    let on = On::Commit(three.merged.commit.clone());
    let check = Worktree::open(&repo, &world.root.join("data/check"), on).await.unwrap();
    check.remove("check").await.unwrap();
    repo.finish_landing(&three).await.unwrap();
    repo.drop_branch("chargehand-attempts/g/two-1").await.unwrap();
}

#[tokio::test]
async fn a_hostile_configuration_with_tracked_attributes_executes_nothing() {
    let world = World::new();
    world.write(".gitattributes", "* filter=evil diff=evil merge=evil\n");
    world.sh("git add -A && git commit -qm Attributes");
    set_traps(&world);
    let still = world.still();
    everything(&world).await;
    assert!(
        !world.marker().exists(),
        "something was executed: {}",
        std::fs::read_to_string(world.marker()).unwrap()
    );
    still.holds();
}

#[tokio::test]
async fn attributes_in_the_git_directory_execute_nothing_either() {
    let world = World::new();
    set_traps(&world);
    // git reads these even when it is told to take attributes from an empty tree.
    world.write(".git/info/attributes", "* filter=evil diff=evil merge=evil\n");
    everything(&world).await;
    assert!(
        !world.marker().exists(),
        "something was executed: {}",
        std::fs::read_to_string(world.marker()).unwrap()
    );
}

#[tokio::test]
async fn attributes_of_the_global_configuration_execute_nothing_in_worktrees() {
    let world = World::new();
    set_traps(&world);
    write(&world.root, "attributes", "* filter=evil diff=evil merge=evil\n");
    world.sh("git config core.attributesFile ../attributes");
    world.sh("git config --global core.attributesFile ../attributes");
    everything(&world).await;
    assert!(
        !world.marker().exists(),
        "something was executed: {}",
        std::fs::read_to_string(world.marker()).unwrap()
    );
}

#[tokio::test]
async fn the_traps_are_real() {
    let world = World::new();
    world.write(".gitattributes", "* filter=evil diff=evil merge=evil\n");
    world.sh("git add -A && git commit -qm Attributes");
    set_traps(&world);
    world.sh("git status >/dev/null");
    assert!(world.marker().exists());
}

#[tokio::test]
async fn a_filter_whose_name_cannot_be_disarmed_is_refused() {
    use std::{ffi::OsStr, os::unix::ffi::OsStrExt as _};
    let world = World::new();
    let mut config = std::fs::read(world.top.join(".git/config")).unwrap();
    config.extend_from_slice(b"[filter \"\xff\"]\n\tsmudge = touch \\\"$MARKER\\\"\n");
    std::fs::write(world.top.join(".git/config"), config).unwrap();
    std::fs::write(
        world.top.join(".git/info/attributes"),
        OsStr::from_bytes(b"* filter=\xff\n").as_bytes(),
    )
    .unwrap();
    let repo = world.repo().await;
    let error = repo.ls_tree("HEAD").await.unwrap_err();
    assert!(matches!(error, GitError::Garbled { .. }), "{error}");
    assert!(!world.marker().exists());
}

#[tokio::test]
async fn a_partial_clone_does_not_reach_for_the_network() {
    let world = World::new();
    world.sh("git config uploadpack.allowFilter true && git clone -q --filter=blob:none --no-checkout \"file://$PWD\" ../partial 2>/dev/null");
    let repo = Repo::discover_with(world.git(), &world.root.join("partial")).await.unwrap();
    let shape = Shape::of(&repo).await.unwrap();
    assert!(shape.notes.contains(&chargehand::git::Note::Partial));
    let path = world.root.join("data/t");
    let on = On::Branch { name: "chargehand-attempts/g/t-1".to_owned(), base: "HEAD".to_owned() };
    let error = Worktree::open(&repo, &path, on).await.unwrap_err();
    assert!(matches!(error, GitError::Failed { .. }), "{error}");
}
