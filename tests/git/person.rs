use chargehand::git::{Filters, How, Landed, Message, NotLanded, Operation, Repo};

use crate::world::{World, read, write};

/// A world whose goal `g` has one commit that adds `work.txt` and changes the library.
async fn landed() -> (World, Repo) {
    let world = World::new();
    let repo = world.repo().await;
    repo.open_goal("g", "HEAD").await.unwrap();
    let tree = world.worktree(&repo, "t").await;
    write(&tree.path, "work.txt", "work\n");
    write(&tree.path, "src/lib.sh", "one\nTWO\nthree\n");
    let head = tree.commit_all("HEAD", &Message::new("Work")).await.unwrap().head;
    let landing = repo.begin_landing("g", &head.commit, &Message::new("Land")).await.unwrap();
    let chargehand::git::Landing::Ready(candidate) = landing else { panic!("{landing:?}") };
    repo.finish_landing(&candidate).await.unwrap();
    (world, repo)
}

async fn land(repo: &Repo) -> Landed {
    let what = Message::new("Merge goal g").trailer("Chargehand-Goal", "g");
    repo.land_into_checkout("chargehand/g", &what, Filters::Global).await.unwrap()
}

async fn refused(world: &World, repo: &Repo) -> NotLanded {
    let still = world.still();
    let Landed::Not(why) = land(repo).await else { panic!("it landed") };
    still.holds();
    why
}

#[tokio::test]
async fn the_goal_moves_the_persons_branch_forward() {
    let (world, repo) = landed().await;
    let Landed::Now { into, at, how } = land(&repo).await else { panic!("not landed") };
    assert_eq!((into.as_str(), how), ("main", How::Forward));
    assert_eq!(at.commit, world.sh("git rev-parse HEAD"));
    assert_eq!(read(&world.top, "work.txt"), "work\n");
    assert_eq!(world.sh("git status --porcelain"), "");
    assert_eq!(land(&repo).await, Landed::Already { into: "main".to_owned(), at });
}

#[tokio::test]
async fn a_branch_that_went_on_gets_a_merge_commit() {
    let (world, repo) = landed().await;
    world.sh("echo mine > mine && git add mine && git commit -qm Mine");
    let mine = world.sh("git rev-parse HEAD");
    let Landed::Now { how, .. } = land(&repo).await else { panic!("not landed") };
    assert_eq!(how, How::Merged);
    assert_eq!(world.sh("git rev-parse HEAD^1"), mine);
    assert_eq!(world.sh("git rev-parse HEAD^2"), world.sh("git rev-parse chargehand/g"));
    assert_eq!(world.sh("git log -1 --format='%an %s'"), "Ada Person Merge goal g");
    assert_eq!(world.sh("git status --porcelain"), "");
}

#[tokio::test]
async fn uncommitted_changes_elsewhere_stay_as_they_are() {
    let (world, repo) = landed().await;
    world.write("README.md", "not committed\n");
    world.write("staged", "staged\n");
    world.sh("git add staged");
    world.write("untracked", "untracked\n");
    assert!(matches!(land(&repo).await, Landed::Now { .. }));
    assert_eq!(world.sh("git status --porcelain"), " M README.md\nA  staged\n?? untracked");
    assert_eq!(read(&world.top, "README.md"), "not committed\n");
}

#[tokio::test]
async fn uncommitted_and_untracked_and_ignored_files_in_the_way_refuse_it() {
    let (world, repo) = landed().await;
    world.write("src/lib.sh", "mine\n");
    let why = refused(&world, &repo).await;
    assert_eq!(why, NotLanded::Overlap { files: vec!["src/lib.sh".to_owned()] });
    world.sh("git add -A");
    assert!(matches!(refused(&world, &repo).await, NotLanded::Overlap { .. }));
    world.sh("git reset -q --hard");
    world.write("work.txt", "mine\n");
    let why = refused(&world, &repo).await;
    assert_eq!(why, NotLanded::Overlap { files: vec!["work.txt".to_owned()] });
    world.sh("echo work.txt >> .git/info/exclude");
    assert!(matches!(refused(&world, &repo).await, NotLanded::Overlap { .. }));
}

#[tokio::test]
async fn a_conflict_leaves_everything_as_it_was() {
    let (world, repo) = landed().await;
    world.sh("printf 'one\\nzwei\\nthree\\n' > src/lib.sh && git commit -qam Mine");
    world.write("untracked", "x");
    let why = refused(&world, &repo).await;
    assert_eq!(why, NotLanded::Conflict { files: vec!["src/lib.sh".to_owned()] });
}

#[tokio::test]
async fn a_detached_head_an_unborn_branch_and_a_merge_under_way_refuse_it() {
    let (world, repo) = landed().await;
    world.sh("git checkout -q --detach");
    assert_eq!(refused(&world, &repo).await, NotLanded::Detached);
    world.sh("git checkout -q --orphan fresh");
    assert!(matches!(refused(&world, &repo).await, NotLanded::Unborn { .. }));
    world.sh(
        "git checkout -qf main && git checkout -qb side && echo s > README.md && git commit -qam s",
    );
    world.sh("git checkout -q main && echo m > README.md && git commit -qam m");
    assert!(!world.try_sh_in(&world.top, "git merge side").0);
    assert_eq!(refused(&world, &repo).await, NotLanded::UnderWay { what: Operation::Merge });
}

#[tokio::test]
async fn line_ends_in_the_persons_checkout_are_as_their_git_makes_them() {
    let world = World::new();
    world.write(".gitattributes", "*.bat text eol=crlf\n");
    world.sh("git add -A && git commit -qm Attributes");
    let repo = world.repo().await;
    let tree = world.worktree(&repo, "t").await;
    write(&tree.path, "a.bat", "one\ntwo\n");
    tree.commit_all("HEAD", &Message::new("Bat")).await.unwrap();
    let landed = repo
        .land_into_checkout("chargehand-attempts/g/t-1", &Message::new("x"), Filters::Global)
        .await
        .unwrap();
    assert!(matches!(landed, Landed::Now { .. }), "{landed:?}");
    assert_eq!(read(&world.top, "a.bat"), "one\r\ntwo\r\n");
    assert_eq!(world.sh("git status --porcelain"), "");
}

#[tokio::test]
async fn filters_of_the_repositorys_own_configuration_need_the_persons_word() {
    let (world, repo) = landed().await;
    world.write(".git/info/attributes", "* filter=mine\n");
    world.sh("git config filter.mine.smudge 'touch \"$MARKER\"; cat'");
    let why = refused(&world, &repo).await;
    assert_eq!(why, NotLanded::Filters { keys: vec!["filter.mine.smudge".to_owned()] });
    assert!(!world.marker().exists());
    let what = Message::new("Merge");
    let done = repo.land_into_checkout("chargehand/g", &what, Filters::Trusted).await.unwrap();
    assert!(matches!(done, Landed::Now { .. }), "{done:?}");
    assert!(world.marker().exists());
}

#[tokio::test]
async fn the_persons_hooks_do_not_run() {
    let (world, repo) = landed().await;
    for hook in ["post-merge", "post-checkout", "pre-merge-commit", "reference-transaction"] {
        write(&world.top, &format!(".git/hooks/{hook}"), "#!/bin/sh\ntouch \"$MARKER\"\n");
    }
    world.sh("chmod +x .git/hooks/*");
    assert!(matches!(land(&repo).await, Landed::Now { .. }));
    assert!(!world.marker().exists());
}
