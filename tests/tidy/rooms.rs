//! Floors, faces and sizes.

use std::collections::BTreeSet;

use super::{
    none,
    source::{Source, document, program},
};

/// Who may import whom. A room that is not named may not be imported.
const FLOORS: &[(&str, &[&str])] = &[
    ("domain", &[]),
    ("agent", &["domain"]),
    ("sandbox", &[]),
    ("git", &["sandbox"]),
    ("logger", &["domain"]),
    ("ui", &["domain"]),
    ("term", &["sandbox"]),
    ("tools", &["domain", "agent", "git", "sandbox", "logger"]),
    ("planner", &["domain", "agent", "tools", "git", "sandbox", "logger"]),
    ("executor", &["domain", "agent", "tools", "git", "sandbox", "logger"]),
    (
        "config",
        &["domain", "agent", "sandbox", "git", "logger", "ui", "tools", "planner", "executor"],
    ),
    ("demo", &["domain", "agent"]),
    (
        "app",
        &[
            "domain", "agent", "sandbox", "git", "logger", "ui", "term", "tools", "planner",
            "executor", "config", "demo",
        ],
    ),
    (
        "cli",
        &[
            "domain", "agent", "sandbox", "git", "logger", "ui", "term", "tools", "planner",
            "executor", "config", "demo", "app",
        ],
    ),
    ("main", &["cli", "maths"]),
    ("maths", &[]),
    ("lib", &[]),
];

/// Most lines of a file, its tests not counted.
const MAX_LINES: usize = 400;

fn floors(source: &Source) -> Vec<String> {
    let home = source.room();
    let Some((_, may)) = FLOORS.iter().find(|(room, _)| *room == home) else {
        return vec![format!(
            "{}: the room `{home}` has no floor; add it to the table",
            source.path
        )];
    };
    let mut used: BTreeSet<String> = BTreeSet::new();
    for root in ["crate::", "chargehand::"] {
        used.extend(source.paths(root).into_iter().filter_map(|path| path.into_iter().next()));
    }
    used.iter()
        .filter(|room| *room != home && !may.contains(&room.as_str()))
        .map(|room| format!("{}: `{home}` may not import `{room}`", source.path))
        .collect()
}

/// The modules of a room: names of the files and folders in it.
fn modules(room: &str, all: &[Source]) -> BTreeSet<String> {
    let folder = format!("src/{room}/");
    all.iter()
        .filter_map(|source| source.path.strip_prefix(&folder)?.split('/').next())
        .map(|name| name.trim_end_matches(".rs").to_owned())
        .filter(|name| name != "mod")
        .collect()
}

/// The imports at the top level alone: inside an inline module `super` is the file itself.
fn uses(source: &Source) -> Source {
    let code = source.code();
    let text: String = format!("\n{code}")
        .split("\nuse ")
        .skip(1)
        .filter_map(|rest| Some(format!("{};\n", rest.split_once(';')?.0)))
        .collect();
    Source::new(&source.path, &text)
}

/// Strangers come through the face; siblings by the file.
fn faces(source: &Source, all: &[Source]) -> Vec<String> {
    let home = source.room();
    let mut found = Vec::new();
    for path in source.paths("crate::") {
        let (room, inside) = (&path[0], path.get(1));
        if room == home && source.path.starts_with(&format!("src/{home}/")) {
            // Files of an inner folder may name a file of the room in full.
            if !inside.is_some_and(|name| modules(room, all).contains(name)) {
                let text = "imports through its own room's face; name the sibling's file";
                found.push(format!("{}: {text}", source.path));
            }
        } else if path.len() > 2
            && inside.is_some_and(|name| modules(room, all).contains(name))
            // A module may lend its name to its functions: `hash::short` says more than `short`.
            && path[2].starts_with(char::is_uppercase)
        {
            let path = path.join("::");
            let text = format!("reaches into a room: `{path}`; import from `crate::{room}`");
            found.push(format!("{}: {text}", source.path));
        }
    }
    // Only files that lie directly in a room have its face as `super`.
    let is_in_room = source.path.matches('/').count() == 2 && !source.path.ends_with("/mod.rs");
    if is_in_room {
        let siblings = modules(home, all);
        for path in uses(source).paths("super::") {
            if path[0] != "super" && !siblings.contains(&path[0]) {
                let text = format!("imports `super::{}` through the room's face", path[0]);
                found.push(format!("{}: {text}; name the sibling's file", source.path));
            }
        }
    }
    found
}

/// A room's `mod.rs` holds its doc, its modules and its face, nothing else.
fn face_only(source: &Source) -> Vec<String> {
    let is_face = source.path.ends_with("/mod.rs") || source.path == "src/lib.rs";
    if !is_face {
        return Vec::new();
    }
    let code: Vec<String> = source
        .code()
        .lines()
        .filter(|line| !line.trim_start().starts_with('#'))
        .map(str::to_owned)
        .collect();
    let code = code.join(" ");
    let is_face = |item: &str| {
        let item = item.strip_prefix("pub").unwrap_or(item);
        let item = item.strip_prefix("(super)").or(item.strip_prefix("(crate)")).unwrap_or(item);
        item.trim_start().starts_with("mod ") || item.trim_start().starts_with("use ")
    };
    code.split(';')
        .map(str::trim)
        .filter(|item| !item.is_empty() && !is_face(item))
        .map(|item| {
            let item: String = item.chars().take(40).collect();
            format!("{}: holds more than modules and its face: `{item}`", source.path)
        })
        .collect()
}

fn small(source: &Source) -> Vec<String> {
    let lines = source.body().lines().count();
    let text = format!("{}: {lines} lines without tests; {MAX_LINES} is the stop", source.path);
    if lines > MAX_LINES { vec![text] } else { Vec::new() }
}

/// The table of floors in a document, as `(room, may import)`.
fn told_floors(document: &str) -> Vec<(String, Vec<String>)> {
    let quoted = |cell: &str| -> Vec<String> {
        cell.split('`').skip(1).step_by(2).map(str::to_owned).collect()
    };
    document
        .lines()
        .skip_while(|line| !line.starts_with("| room | may import |"))
        .skip(2)
        .take_while(|line| line.starts_with('|'))
        .filter_map(|line| {
            let mut cells = line.trim_matches('|').split('|');
            let room = quoted(cells.next()?).into_iter().next()?;
            Some((room, quoted(cells.next()?)))
        })
        .collect()
}

#[test]
fn rooms_import_downwards_only() {
    none(&program().iter().flat_map(floors).collect::<Vec<_>>());
}

#[test]
fn strangers_come_through_the_face_and_siblings_by_file() {
    let all = program();
    none(&all.iter().flat_map(|source| faces(source, &all)).collect::<Vec<_>>());
}

#[test]
fn a_mod_file_holds_only_its_doc_its_modules_and_its_face() {
    none(&program().iter().flat_map(face_only).collect::<Vec<_>>());
}

#[test]
fn files_are_small() {
    none(&program().iter().flat_map(small).collect::<Vec<_>>());
}

#[test]
fn the_architecture_tells_the_floors_as_they_are() {
    let told = told_floors(&document("ARCHITECTURE.md"));
    for (room, may) in FLOORS.iter().filter(|(room, _)| *room != "lib") {
        let found = told.iter().find(|(name, _)| name == room);
        let Some((_, found)) = found else {
            panic!("ARCHITECTURE.md has no floor for `{room}`");
        };
        assert_eq!(
            found.iter().map(String::as_str).collect::<BTreeSet<_>>(),
            may.iter().copied().collect::<BTreeSet<_>>(),
            "the floor of `{room}` in ARCHITECTURE.md"
        );
    }
}

#[test]
fn an_import_upwards_is_found() {
    for text in ["use crate::app::App;", "use crate::{ui::View};", "fn f() { crate::git::go() }"] {
        assert_eq!(floors(&Source::new("src/domain/plan.rs", text)).len(), 1, "{text}");
    }
    assert_eq!(floors(&Source::new("src/main.rs", "use chargehand::git::Repo;")).len(), 1);
    assert_eq!(floors(&Source::new("src/app/run.rs", "use crate::cli::Exit;")).len(), 1);
    assert_eq!(floors(&Source::new("src/attic/box.rs", "")).len(), 1);
    assert!(floors(&Source::new("src/agent/a.rs", "use crate::domain::Plan;")).is_empty());
    assert!(floors(&Source::new("src/agent/a.rs", "// use crate::app::App;")).is_empty());
}

#[test]
fn a_way_around_the_face_is_found() {
    let all = [
        Source::new("src/domain/mod.rs", ""),
        Source::new("src/domain/plan.rs", "use super::Task;"),
        Source::new("src/domain/ids.rs", "use crate::domain::Task;"),
        Source::new("src/git/land.rs", "use crate::domain::{plan::Task, Task as T};"),
        Source::new(
            "src/agent/ok.rs",
            "use crate::domain::{Task, plan}; fn f() { crate::domain::plan::go() }",
        ),
        Source::new("src/domain/in.rs", "mod low {\n    use super::COOKIE;\n}\n"),
        Source::new("src/domain/deep/a.rs", "use crate::domain::{plan::Task, ids};"),
        Source::new("src/domain/ok.rs", "use super::{ids::TaskId, plan::{Plan, Task}};"),
    ];
    let counts: Vec<usize> = all.iter().map(|source| faces(source, &all).len()).collect();
    assert_eq!(counts, [0, 1, 1, 1, 0, 0, 0, 0]);
}

#[test]
fn an_item_in_a_mod_file_is_found() {
    let text = "//! Doc.\n\npub mod a;\n#[cfg(test)]\nmod kit;\n\npub use self::{\n    a::A,\n};\n";
    assert!(face_only(&Source::new("src/git/mod.rs", text)).is_empty());
    let text = "pub mod a;\nfn helper() { a() }\n";
    assert_eq!(face_only(&Source::new("src/git/mod.rs", text)).len(), 1);
    assert!(face_only(&Source::new("src/git/a.rs", text)).is_empty());
}

#[test]
fn a_file_over_the_stop_is_found_and_tests_do_not_count() {
    let long = "x\n".repeat(MAX_LINES);
    assert!(small(&Source::new("src/a.rs", &long)).is_empty());
    assert_eq!(small(&Source::new("src/a.rs", &format!("{long}y\n"))).len(), 1);
    let with_tests = format!("{long}#[cfg(test)]\nmod tests {{\n{long}}}\n");
    assert!(small(&Source::new("src/a.rs", &with_tests)).is_empty());
}

#[test]
fn a_table_of_floors_is_read() {
    let text = "x\n| room | may import | x |\n|---|---|---|\n| `git` | `sandbox`, `a` | `n` |\n\n| `no` | |\n";
    let wanted = vec![("git".to_owned(), vec!["sandbox".to_owned(), "a".to_owned()])];
    assert_eq!(told_floors(text), wanted);
}
