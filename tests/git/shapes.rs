use std::{fs, os::unix::fs::PermissionsExt as _};

use chargehand::git::{First, GitError, Head, Note, Operation, Repo, Shape, Unsupported};

use crate::world::{World, write};

async fn notes(world: &World) -> Vec<Note> {
    let still = world.still();
    let shape = Shape::of(&world.repo().await).await.unwrap();
    still.holds();
    shape.notes
}

#[tokio::test]
async fn a_plain_repository_needs_no_note() {
    assert_eq!(notes(&World::new()).await, []);
}

#[tokio::test]
async fn an_unborn_branch_is_refused_with_the_offer_of_a_first_commit() {
    let world = World::bare_ground();
    world.sh("git init -q");
    let error = Shape::of(&world.repo().await).await.unwrap_err();
    assert!(matches!(error, GitError::Unsupported(Unsupported::Unborn { .. })));
    insta::assert_snapshot!(error, @"the branch `main` has no commit yet, so there is nothing to begin work from. A first commit is needed: `git add -A && git commit -m Begin`, or `chargehand run --init`, which commits what is here.");
}

#[tokio::test]
async fn a_first_commit_can_hold_everything_or_nothing() {
    let world = World::bare_ground();
    world.write("a.txt", "a\n");
    let repo = Repo::init(world.git(), &world.top, First::Everything).await.unwrap();
    assert_eq!(repo.ls_tree("HEAD").await.unwrap(), ["a.txt"]);
    assert!(matches!(repo.head().await.unwrap(), Head::Branch { name, .. } if name == "main"));
    assert_eq!(world.sh("git status --porcelain"), "");
    assert_eq!(world.sh("git log -1 --format=%an"), "Ada Person");
    let again = repo.first_commit(First::Everything).await.unwrap();
    assert_eq!(again, repo.snapshot("HEAD").await.unwrap());

    let world = World::bare_ground();
    world.write("a.txt", "a\n");
    let repo = Repo::init(world.git(), &world.top, First::Empty).await.unwrap();
    assert!(repo.ls_tree("HEAD").await.unwrap().is_empty());
    assert_eq!(world.sh("git status --porcelain"), "?? a.txt");
}

#[tokio::test]
async fn a_detached_and_dirty_checkout_is_worked_in_and_said() {
    let world = World::new();
    world.sh("git checkout -q --detach");
    world.write("README.md", "changed\n");
    world.write("new.txt", "new\n");
    world.write("ignored/x", "x");
    assert_eq!(notes(&world).await, [Note::Detached, Note::Dirty { files: 2 }]);
}

#[tokio::test]
async fn a_merge_under_way_is_said() {
    let world = World::new();
    world.sh("git checkout -qb side && echo side > README.md && git commit -qam side");
    world.sh("git checkout -q main && echo main > README.md && git commit -qam main");
    assert!(!world.try_sh_in(&world.top, "git merge side").0);
    assert!(notes(&world).await.contains(&Note::UnderWay { what: Operation::Merge }));
}

#[tokio::test]
async fn shallow_sparse_and_filtered_repositories_are_worked_in_and_said() {
    let world = World::new();
    world.write(".gitattributes", "# filter=no\n*.bin filter=lfs diff=lfs -text\n");
    world.sh("git add -A && git commit -qm Attributes");
    assert_eq!(notes(&world).await, [Note::Filters { names: vec!["lfs".to_owned()] }]);
    world.sh("git sparse-checkout set src");
    assert!(notes(&world).await.contains(&Note::Sparse));

    world.sh("git clone -q --depth 1 \"file://$PWD\" ../shallow 2>/dev/null");
    let shallow = Repo::discover_with(world.git(), &world.root.join("shallow")).await.unwrap();
    assert!(Shape::of(&shallow).await.unwrap().notes.contains(&Note::Shallow));
}

#[tokio::test]
async fn submodules_are_named_and_stay_empty_in_worktrees() {
    let world = World::new();
    world.sh("git clone -q . ../lib");
    world.sh("git -c protocol.file.allow=always submodule add -q ../lib vendor/lib 2>/dev/null");
    world.sh("git commit -qm Submodule");
    let paths = vec!["vendor/lib".to_owned()];
    assert_eq!(notes(&world).await, [Note::Submodules { paths }]);

    let repo = world.repo().await;
    let still = world.still();
    let worktree = world.worktree(&repo, "t").await;
    std::fs::write(worktree.path.join("x"), "x").unwrap();
    let done = worktree.commit_all("HEAD", &chargehand::git::Message::new("x")).await.unwrap();
    assert_eq!(done.files, ["x"], "the empty submodule is no change");
    worktree.remove("g/t-1").await.unwrap();
    still.holds();
}

#[tokio::test]
async fn a_submodule_itself_can_be_worked_in() {
    let world = World::new();
    world.sh("git clone -q . ../lib");
    world.sh("git -c protocol.file.allow=always submodule add -q ../lib lib 2>/dev/null");
    let repo = Repo::discover_with(world.git(), &world.top.join("lib")).await.unwrap();
    assert_eq!(repo.top, world.top.join("lib"));
    assert_eq!(Shape::of(&repo).await.unwrap().notes, []);
    let worktree = world.worktree(&repo, "t").await;
    assert!(worktree.path.join("README.md").exists());
}

#[tokio::test]
async fn a_repository_of_the_other_hash_is_worked_in() {
    let world = World::bare_ground();
    world.sh("git init -q --object-format=sha256 && echo a > a && git add a && git commit -qm a");
    let repo = world.repo().await;
    let worktree = world.worktree(&repo, "t").await;
    std::fs::write(worktree.path.join("b"), "b").unwrap();
    let done = worktree.commit_all("HEAD", &chargehand::git::Message::new("b")).await.unwrap();
    assert_eq!(done.head.commit.len(), 64);
    assert_eq!(done.files, ["b"]);
}

#[tokio::test]
async fn a_git_that_is_too_old_is_refused_by_the_first_call_and_writes_nothing() {
    let world = World::new();
    let bin = world.root.join("bin");
    let fake = format!(
        "#!/bin/sh\ncase \"$*\" in *version) echo git version 2.30.1;; *) exec {} \"$@\";; esac\n",
        world.sh("command -v git").trim()
    );
    write(&bin, "git", &fake);
    fs::set_permissions(bin.join("git"), fs::Permissions::from_mode(0o755)).unwrap();
    let path = format!("{}:{}", bin.display(), std::env::var("PATH").unwrap());
    let git = world.git().with_env("PATH", &path);
    let still = world.still();
    let repo = Repo::discover_with(git, &world.top).await.unwrap();
    for error in [
        repo.git_version().await.unwrap_err(),
        repo.head().await.unwrap_err(),
        repo.first_commit(First::Everything).await.unwrap_err(),
    ] {
        assert!(matches!(error, GitError::TooOld { .. }), "{error}");
        assert!(error.to_string().contains("git 2.30.1 is too old"), "{error}");
    }
    still.holds();
}
