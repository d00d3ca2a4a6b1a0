use chargehand::git::{Git, GitError, Head, Kind, Repo, Since, Unsupported};
use tokio_util::sync::CancellationToken;

use crate::world::{World, write};

const ALL: &[String] = &[];

#[tokio::test]
async fn a_repository_is_found_from_a_subfolder_with_unicode_and_spaces() {
    let world = World::new();
    let dir = world.top.join("sub dir/ďeep");
    std::fs::create_dir_all(&dir).unwrap();
    let still = world.still();
    let repo = Repo::discover_with(world.git(), &dir).await.unwrap();
    assert_eq!(repo.top, world.top);
    assert_eq!(repo.common, world.top.join(".git"));
    assert!(!repo.is_linked());
    still.holds();
}

#[tokio::test]
async fn a_linked_worktree_shares_the_common_directory_and_has_its_own_top() {
    let world = World::new();
    world.sh("git worktree add -q ../other");
    let other = world.root.join("other");
    let repo = Repo::discover_with(world.git(), &other.join("src")).await.unwrap();
    assert_eq!(repo.top, other);
    assert_eq!(repo.common, world.top.join(".git"));
    assert!(repo.is_linked());
}

#[tokio::test]
async fn a_checkout_of_a_bare_repository_works_and_the_bare_one_is_refused() {
    let world = World::new();
    world.sh("git clone -q --bare . ../bare.git");
    let bare = world.root.join("bare.git");
    let refused = Repo::discover_with(world.git(), &bare).await.unwrap_err();
    assert!(matches!(refused, GitError::Unsupported(Unsupported::Bare { .. })), "{refused}");
    world.sh_in(&bare, "git worktree add -q ../checkout main");
    let repo = Repo::discover_with(world.git(), &world.root.join("checkout")).await.unwrap();
    assert_eq!(repo.common, bare);
    assert!(matches!(repo.head().await.unwrap(), Head::Branch { name, .. } if name == "main"));
}

#[tokio::test]
async fn a_directory_without_a_repository_is_told_what_to_do() {
    let world = World::bare_ground();
    let error = Repo::discover_with(world.git(), &world.top).await.unwrap_err();
    assert!(matches!(error, GitError::NoRepository { .. }));
    assert!(error.to_string().contains("git init"), "{error}");
}

#[tokio::test]
async fn the_inside_of_a_git_directory_is_refused() {
    let world = World::new();
    let error = Repo::discover_with(world.git(), &world.top.join(".git/refs")).await.unwrap_err();
    assert!(matches!(error, GitError::Unsupported(Unsupported::InsideGitDir { .. })), "{error}");
}

#[tokio::test]
async fn a_missing_directory_is_an_error_that_names_it() {
    let world = World::bare_ground();
    let error = Repo::discover_with(world.git(), &world.root.join("gone")).await.unwrap_err();
    assert!(error.to_string().contains("gone"), "{error}");
}

#[tokio::test]
async fn a_stopped_git_does_nothing() {
    let world = World::new();
    let stop = CancellationToken::new();
    stop.cancel();
    let error = Repo::discover_with(Git::new(&stop), &world.top).await.unwrap_err();
    assert!(matches!(error, GitError::Stopped));
}

#[tokio::test]
async fn head_is_a_branch_or_detached_or_unborn() {
    let world = World::new();
    let repo = world.repo().await;
    let Head::Branch { name, at } = repo.head().await.unwrap() else { panic!("no branch") };
    assert_eq!(name, "main");
    assert_eq!(at.commit, world.sh("git rev-parse HEAD"));
    assert_eq!(at.tree, world.sh("git rev-parse HEAD^{tree}"));
    world.sh("git checkout -q --detach");
    assert_eq!(repo.head().await.unwrap(), Head::Detached { at });
    world.sh("git checkout -q --orphan fresh");
    assert_eq!(repo.head().await.unwrap(), Head::Unborn { branch: "fresh".to_owned() });
    assert_eq!(repo.head().await.unwrap().at(), None);
}

#[tokio::test]
async fn head_is_asked_for_again_whatever_has_moved_it() {
    let world = World::new();
    let repo = world.repo().await;
    let moves = [
        "git commit -q --allow-empty -m more",
        "git checkout -q -b side",
        "git commit -q --allow-empty -m aside",
        "git pack-refs --all",
        "git update-ref refs/heads/side HEAD~1 && git pack-refs --all",
        "git reset -q --hard main",
        "git checkout -q --detach",
        "git checkout -q HEAD~1",
        "git checkout -q main",
        "git branch -m main trunk",
        "git symbolic-ref refs/heads/alias refs/heads/side && git symbolic-ref HEAD refs/heads/alias",
        "git update-ref refs/heads/side HEAD~1",
    ];
    for step in moves {
        world.sh(step);
        // Asked twice: the second time it may be known.
        for _ in 0..2 {
            let head = repo.head().await.unwrap();
            let anew = world.repo().await.head().await.unwrap();
            assert_eq!(head, anew, "{step}");
            assert_eq!(head.at().unwrap().commit, world.sh("git rev-parse HEAD"), "{step}");
        }
    }
}

#[tokio::test]
async fn head_that_has_not_moved_needs_no_call_of_git() {
    let world = World::new();
    let repo = world.repo().await;
    for arrange in ["true", "git pack-refs --all", "git checkout -q --detach"] {
        world.sh(arrange);
        assert_eq!(repo.head_now(), None, "{arrange}");
        let head = repo.head().await.unwrap();
        assert_eq!(repo.head_now().as_ref(), Some(&head), "{arrange}");
        let stop = CancellationToken::new();
        stop.cancel();
        // A stopped git does nothing.
        assert_eq!(repo.stopped_by(&stop).head().await.unwrap(), head, "{arrange}");
    }
}

#[tokio::test]
async fn head_of_a_repository_whose_files_do_not_say_it_is_asked_of_git() {
    let world = World::bare_ground();
    let line = "git init -q --ref-format=reftable -b main .";
    // git before 2.45 has none.
    if !world.try_sh_in(&world.top, line).0 {
        return;
    }
    for step in ["git commit -q --allow-empty -m one", "git commit -q --allow-empty -m two"] {
        world.sh(step);
        let repo = world.repo().await;
        let before = repo.head().await.unwrap();
        world.sh("git commit -q --allow-empty -m more");
        assert_ne!(repo.head().await.unwrap(), before);
    }
}

#[tokio::test]
async fn a_revision_is_found_or_not_and_never_read_as_an_option() {
    let world = World::new();
    let repo = world.repo().await;
    assert_eq!(repo.find("nope").await.unwrap(), None);
    assert_eq!(repo.find("--all").await.unwrap(), None);
    assert_eq!(repo.find("main").await.unwrap(), Some(repo.snapshot("HEAD").await.unwrap()));
    assert!(repo.snapshot("--version").await.is_err());
}

#[tokio::test]
async fn the_tree_lists_every_file_also_from_a_subfolder() {
    let world = World::new();
    let repo = Repo::discover_with(world.git(), &world.top.join("src")).await.unwrap();
    let paths = repo.ls_tree("HEAD").await.unwrap();
    assert_eq!(paths, [".gitignore", "README.md", "src/lib.sh", "src/žluť and space.txt"]);
}

#[tokio::test]
async fn the_log_is_newest_first_and_can_be_bounded() {
    let world = World::new();
    let repo = world.repo().await;
    let subjects = |log: Vec<chargehand::git::Commit>| {
        log.into_iter().map(|commit| commit.subject).collect::<Vec<_>>()
    };
    let all = repo.log("HEAD", Since::Beginning, ALL, 10).await.unwrap();
    assert_eq!(all[0].author, "Ada Person");
    assert!(all[0].at > 1_700_000_000);
    assert_eq!(subjects(all), ["Second", "First"]);
    let one = repo.log("HEAD", Since::Beginning, ALL, 1).await.unwrap();
    assert_eq!(subjects(one), ["Second"]);
    let new = repo.log("HEAD", Since::Commit("HEAD~1"), ALL, 10).await.unwrap();
    assert_eq!(subjects(new), ["Second"]);
    let of_one = ["README.md".to_owned()];
    let of_one = repo.log("HEAD", Since::Beginning, &of_one, 10).await.unwrap();
    assert_eq!(subjects(of_one), ["First"]);
    assert!(repo.log("HEAD", Since::Commit("HEAD"), ALL, 10).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_diff_tells_kinds_counts_and_renames_and_its_patch_is_capped() {
    let world = World::new();
    world.sh("git mv README.md READ.me && rm src/lib.sh");
    world.write("new\tname", "a\nb\n");
    std::fs::write(world.top.join("blob"), [0, 1, 2]).unwrap();
    write(&world.top, "src/žluť and space.txt", "y\nz\n");
    world.sh("git add -A && git commit -qm Third");
    let repo = world.repo().await;
    let diff = repo.diff("HEAD~1", "HEAD", ALL, 10_000).await.unwrap();
    let told: Vec<_> = diff
        .files
        .iter()
        .map(|file| (file.path.as_str(), file.was.as_deref(), file.kind, file.lines))
        .collect();
    assert_eq!(
        told,
        [
            ("READ.me", Some("README.md"), Kind::Renamed, Some((0, 0))),
            ("blob", None, Kind::Added, None),
            ("new\tname", None, Kind::Added, Some((2, 0))),
            ("src/lib.sh", None, Kind::Deleted, Some((0, 3))),
            ("src/žluť and space.txt", None, Kind::Changed, Some((2, 1))),
        ]
    );
    assert!(!diff.cut);
    assert!(diff.patch.contains("+a\n+b\n"), "{}", diff.patch);
    let short = repo.diff("HEAD~1", "HEAD", ALL, 50).await.unwrap();
    assert!(short.cut);
    assert_eq!(short.patch.len(), 50);
    let only = repo.diff("HEAD~1", "HEAD", &["blob".to_owned()], 10_000).await.unwrap();
    assert_eq!(only.files.len(), 1);
    let paths = repo.changed_paths("HEAD~1", "HEAD").await.unwrap();
    assert_eq!(
        paths,
        ["READ.me", "README.md", "blob", "new\tname", "src/lib.sh", "src/žluť and space.txt"]
    );
    assert!(repo.changed_paths("HEAD", "HEAD").await.unwrap().is_empty());
}

#[tokio::test]
async fn a_file_of_a_revision_is_read_up_to_a_cap() {
    let world = World::new();
    let repo = world.repo().await;
    assert_eq!(repo.file_at("HEAD", "README.md", 100).await.unwrap().unwrap(), b"hello\n");
    assert_eq!(repo.file_at("HEAD", "nope", 100).await.unwrap(), None);
    assert!(repo.file_at("HEAD", "README.md", 3).await.is_err());
}

#[tokio::test]
async fn a_commit_that_is_known_by_its_id_is_read_once_and_a_name_each_time() {
    let world = World::new();
    let repo = world.repo().await;
    let at = repo.snapshot("HEAD").await.unwrap().commit;
    let paths = repo.paths_at(&at).await.unwrap();
    assert!(paths.contains("README.md") && paths.len() == 4, "{paths:?}");
    let newest = repo.newest_at(&at).await.unwrap();
    assert_eq!(
        newest.iter().map(|one| one.subject.as_str()).collect::<Vec<_>>(),
        ["Second", "First"]
    );
    let named = repo.paths_at("HEAD").await.unwrap();
    assert_eq!(named, paths);
    world.sh("git rm -q README.md && git commit -qm Third");
    assert_eq!(repo.paths_at("HEAD").await.unwrap().len(), 3);
    // Nothing is asked of git any more, not even by a clone of the handle.
    std::fs::rename(world.top.join(".git"), world.root.join("gone")).unwrap();
    assert_eq!(repo.clone().paths_at(&at).await.unwrap(), paths);
    assert_eq!(repo.newest_at(&at).await.unwrap(), newest);
    assert!(repo.paths_at("HEAD").await.is_err());
}
