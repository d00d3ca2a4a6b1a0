use std::{fs, os::unix::fs::symlink, path::Path};

use chargehand::git::{GitError, Plain, Repo};

use crate::world::World;

/// What is told of a folder without git, held against what git says of it.
async fn told(world: &World, dir: &Path) -> Option<Plain> {
    let plain = Plain::near(&world.git(), dir)?;
    let repo = Repo::discover_with(world.git(), dir).await.unwrap();
    assert!(plain.is(&repo), "git says {repo:?}");
    let same = plain.repo(world.git());
    assert_eq!((&same.common, &same.git_dir, &same.top), (&repo.common, &repo.git_dir, &repo.top));
    assert_eq!(same.head().await.unwrap(), repo.head().await.unwrap());
    Some(plain)
}

#[tokio::test]
async fn a_plain_repository_is_told_from_its_files_as_git_tells_it() {
    let world = World::new();
    fs::create_dir_all(world.top.join("src/deep")).unwrap();
    symlink(&world.top, world.root.join("link")).unwrap();
    let plain = told(&world, &world.top).await.unwrap();
    for dir in ["a project/src/deep", "link", "link/src"] {
        assert_eq!(told(&world, &world.root.join(dir)).await.as_ref(), Some(&plain), "{dir}");
    }
}

#[tokio::test]
async fn work_leaves_the_signs_as_they_are() {
    let world = World::new();
    let before = told(&world, &world.top).await.unwrap();
    world.sh("git checkout -qb side && echo side > README.md && git commit -qam side");
    world.sh("git tag v1 && git pack-refs --all && git gc -q");
    assert_eq!(told(&world, &world.top).await, Some(before.clone()));
    world.sh("git checkout -q --detach");
    assert_eq!(told(&world, &world.top).await, Some(before));
}

#[tokio::test]
async fn whatever_the_answer_hangs_on_is_another_sign() {
    let world = World::new();
    let mut seen = vec![told(&world, &world.top).await.unwrap()];
    for change in [
        "git config core.bare false && git config user.name Else",
        "cp -r .git .git2 && rm -rf .git && mv .git2 .git",
        "chmod 711 .git/objects",
        "mv .git/refs .git/r && cp -r .git/r .git/refs",
    ] {
        world.sh(change);
        let now = told(&world, &world.top).await.unwrap();
        assert!(!seen.contains(&now), "{change}");
        seen.push(now);
    }
    // git answers nothing while the person's own configuration is broken.
    let global = world.root.join("gitconfig");
    let sound = fs::read_to_string(&global).unwrap();
    fs::write(&global, "[user\n").unwrap();
    assert!(!seen.contains(&Plain::near(&world.git(), &world.top).unwrap()));
    fs::write(&global, sound).unwrap();
    // Another git would be asked.
    let bin = world.root.join("bin");
    fs::create_dir(&bin).unwrap();
    fs::copy("/bin/sh", bin.join("git")).unwrap();
    let path = format!("{}:{}", bin.display(), std::env::var("PATH").unwrap());
    let other = Plain::near(&world.git().with_env("PATH", &path), &world.top).unwrap();
    assert!(!seen.contains(&other));
    let none = world.git().with_env("PATH", world.root.join("none").to_str().unwrap());
    assert!(Plain::near(&none, &world.top).is_none());
}

#[tokio::test]
async fn of_any_other_shape_git_is_asked() {
    let plain = |world: &World, dir: &str| Plain::near(&world.git(), &world.root.join(dir));
    let world = World::new();
    world.sh("git worktree add -q ../linked && mkdir -p bare/inside && git init -q --bare bare");
    assert!(plain(&world, "linked").is_none(), "its .git is a file");
    // What git would take for a bare repository on its way up.
    assert!(plain(&world, "a project/bare/inside").is_none());
    assert!(plain(&world, "a project/.git").is_none());
    assert!(plain(&world, ".").is_none(), "there is none");
    assert!(plain(&world, "a project/README.md").is_none(), "git cannot be started in a file");

    for change in [
        "git config include.path ../more",
        "git config extensions.worktreeConfig true",
        "git config core.worktree ../..",
        "mv .git ../moved && ln -s ../moved .git",
        "mv .git/objects ../objects && ln -s ../../objects .git/objects",
        "echo ../elsewhere > .git/commondir",
        "echo nonsense > .git/HEAD",
        "rm .git/HEAD",
        "rm .git/config",
        "head -c 70000 /dev/zero | tr '\\0' '#' >> .git/config",
        "mv .git ../moved && echo 'gitdir: ../moved' > .git",
    ] {
        let world = World::new();
        assert!(plain(&world, "a project").is_some());
        world.sh(change);
        assert!(plain(&world, "a project").is_none(), "{change}");
    }
}

#[tokio::test]
async fn what_git_says_otherwise_is_not_taken_for_plain() {
    let world = World::bare_ground();
    world.sh("git init -q --object-format=sha256");
    let plain = Plain::near(&world.git(), &world.top).unwrap();
    assert!(!plain.is(&world.repo().await), "its hash is another");

    let world = World::new();
    world.sh("git config core.repositoryFormatVersion 99");
    assert!(Plain::near(&world.git(), &world.top).is_some());
    let refused = Repo::discover_with(world.git(), &world.top).await.unwrap_err();
    assert!(matches!(refused, GitError::Failed { .. }), "{refused}");
}
