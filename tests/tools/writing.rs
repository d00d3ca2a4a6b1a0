//! write, and the rules of a task for its paths.

use chargehand::{
    agent::Class,
    tools::{ChangePlace, change},
};
use serde_json::{Value, json};

use super::world::{World, bad, good};

fn to(path: &str) -> Value {
    json!({"path": path, "content": "new\n"})
}

#[tokio::test]
async fn write_creates_with_directories_and_replaces() {
    let world = World::new(&[]);
    let tools = world.change(&[], &[]);
    assert_eq!(good(&tools, "write", to("a/b/c.txt")).await, "created a/b/c.txt: 1 lines, 4 bytes");
    assert_eq!(
        good(&tools, "write", to("a/b/c.txt")).await,
        "replaced a/b/c.txt: 1 lines, 4 bytes"
    );
    assert_eq!(world.text("a/b/c.txt"), "new\n");
}

#[tokio::test]
async fn write_does_not_leave_the_root_nor_touch_git() {
    let world = World::new(&[(".git/config", "ours"), ("dir/x", "")]);
    world.link("up", "..");
    world.link("gitlink", ".git");
    let tools = world.change(&[], &[]);
    let refused = [
        "../new",
        "up/new",
        "/tmp/chargehand-new",
        ".git/config",
        ".GIT/config",
        "gitlink/config",
        "dir/../.git/hooks/pre-commit",
        "dir",
        "dir/",
        "",
        ".",
    ];
    for path in refused {
        bad(&tools, "write", to(path)).await;
    }
    assert_eq!(world.text(".git/config"), "ours");
    assert_eq!(world.outside(), ["root", "secret"]);
}

#[tokio::test]
async fn outside_may_touch_nothing_is_written() {
    let world = World::new(&[("src/a", "old\n")]);
    let tools = world.change(&["src/**", "Cargo.toml"], &[]);
    good(&tools, "write", to("src/deep/b")).await;
    good(&tools, "write", to("./Cargo.toml")).await;
    let said = bad(&tools, "write", to("docs/a.md")).await;
    assert_eq!(
        said,
        "not changed: this task may only touch `src/**`, `Cargo.toml` (may_touch); `docs/a.md` is \
         outside"
    );
    assert!(!world.has("docs"));
    let edit = json!({"path": "README", "old": "a", "new": "b"});
    assert!(bad(&tools, "edit", edit).await.contains("(may_touch)"));
}

#[tokio::test]
async fn must_not_touch_wins_over_may_touch() {
    let world = World::new(&[("src/gen/a", "old\n")]);
    let tools = world.change(&["src"], &["src/gen/"]);
    good(&tools, "write", to("src/b")).await;
    let said = bad(&tools, "write", to("src//./gen/a")).await;
    assert_eq!(
        said,
        "not changed: `src/gen/a` must not be touched in this task (must_not_touch `src/gen/`)"
    );
    let edit = json!({"path": "src/gen/a", "old": "old", "new": "b"});
    assert!(bad(&tools, "edit", edit).await.contains("must_not_touch"));
    assert_eq!(world.text("src/gen/a"), "old\n");
}

#[tokio::test]
async fn a_detour_around_the_rules_is_refused() {
    let world = World::new(&[("src/a", ""), ("docs/b", "old\n")]);
    world.link("src/link", "../docs");
    world.link("src/file", "../docs/b");
    let tools = world.change(&["src/**"], &[]);
    for path in ["src/../docs/b", "src/link/b", "src/link/new", "src/file", "src/link/../../docs/b"]
    {
        bad(&tools, "write", to(path)).await;
    }
    let said = bad(&tools, "write", to("src/link/b")).await;
    assert!(said.contains("goes through the symbolic link `link`"), "{said}");
    assert_eq!(world.text("docs/b"), "old\n");
    // Where nothing is forbidden, a link within the root is as good as its target.
    good(&world.change(&[], &[]), "write", to("src/link/b")).await;
    assert_eq!(world.text("docs/b"), "new\n");
}

#[tokio::test]
async fn a_new_file_beside_the_outputs_is_made_and_the_model_is_told() {
    let world = World::new(&[("greet.sh", "echo hello\n")]);
    let place = ChangePlace { outputs: vec!["greet.sh".into()], ..world.place(&[], &[]) };
    let tools = change(&place).unwrap();
    let made = good(&tools, "write", to("src/greet.sh")).await;
    assert!(made.contains("created src/greet.sh"), "{made}");
    assert!(made.contains("is none of this task's outputs (`greet.sh`)"), "{made}");
    let replaced = good(&tools, "write", to("greet.sh")).await;
    assert!(!replaced.contains("note:"), "{replaced}");
}

#[test]
fn a_glob_that_does_not_compile_is_named() {
    let world = World::new(&[]);
    for place in [world.place(&["src/{a"], &[]), world.place(&[], &["src/{a"])] {
        let fault = change(&place).err().unwrap();
        assert!(fault.starts_with("`src/{a` is no glob"), "{fault}");
    }
}

#[test]
fn each_change_tool_has_its_class() {
    let world = World::new(&[]);
    let tools = world.change(&[], &[]);
    let classes: Vec<_> = tools.iter().map(|tool| (tool.spec().name, tool.class())).collect();
    assert_eq!(
        classes,
        [("write", Class::Change), ("edit", Class::Change), ("run", Class::Execute)]
    );
}

#[tokio::test]
async fn arguments_of_the_wrong_type_change_nothing() {
    let world = World::new(&[("a", "old")]);
    let tools = world.change(&[], &[]);
    bad(&tools, "write", json!({"path": "a"})).await;
    bad(&tools, "write", json!({"path": "a", "content": 5})).await;
    bad(&tools, "edit", json!({"path": "a", "old": "old"})).await;
    assert_eq!(world.text("a"), "old");
}
