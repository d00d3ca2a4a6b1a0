//! Words that may be said in one place only, or nowhere.

use super::{
    none,
    source::{Source, program, rust, texts},
};

/// What a pure room may not say: its decisions hang on its arguments alone.
const IMPURE: &[&str] =
    &["std::fs", "std::process", "SystemTime", "::now(", "tokio", "rand::", "HashMap", "HashSet"];

/// Pure rooms, each with the files that are not.
const PURE: &[(&str, &[&str])] = &[("domain", &[]), ("ui", &["src/ui/pace.rs"])];

/// Words, and the only places where code may say them.
const PLACES: &[(&str, &[&str])] = &[
    ("Command::new(", &["src/sandbox/"]),
    ("process::Command", &["src/sandbox/"]),
    ("rusqlite", &["src/logger/"]),
    ("reqwest", &["src/agent/transport.rs"]),
    ("async_openai", &["src/agent/openai.rs", "src/agent/openai_"]),
    ("tokio::spawn", &["src/app/", "src/demo/server.rs"]),
    ("task::spawn(", &["src/app/", "src/demo/server.rs"]),
    ("JoinSet", &["src/app/", "src/demo/server.rs"]),
    ("SystemTime::now", &["src/app/"]),
    ("Timestamp::now", &["src/app/"]),
    ("Zoned::now", &["src/app/"]),
    // Whatever a room keeps between two calls, its caller must hold.
    ("static mut", &[]),
    ("OnceLock", &[]),
    ("thread_local!", &[]),
    ("panic!(", &[]),
];

/// Rooms that may not say a word, whatever others may.
const BANNED: &[(&str, &[&str])] = &[
    // A planner that could name the change tools would sooner or later be handed them.
    ("planner", &["tools::change", "change("]),
    // Files are opened for tools by `sandbox::Beneath` only.
    ("tools", &["std::fs", "tokio::fs", "File::open"]),
    ("executor", &["std::fs", "tokio::fs", "File::open"]),
    ("domain", &["std::time"]),
];

/// Who reads YAML, and the guard that looks at the text before: a file that says the one says the
/// other. What comes with the program needs none.
const YAML: (&str, &str) = ("serde_yaml::from_str(", "guard_yaml(");
const OUR_OWN_YAML: &[&str] = &["src/config/models.rs"];

/// Put together here so that this file does not say them itself.
const UNFINISHED: &[&str] =
    &[concat!("#[", "ignore"), concat!("to", "do!("), concat!("unimple", "mented!(")];
const OUTSIDE: &[&str] = &[
    concat!("/wo", "rk/"),
    concat!("\"/wo", "rk\""),
    concat!(".lib", "rary"),
    concat!("../sha", "red"),
];

fn pure(source: &Source) -> Vec<String> {
    let path = source.path.as_str();
    if !PURE.iter().any(|(room, but)| *room == source.room() && !but.contains(&path)) {
        return Vec::new();
    }
    let code = source.code();
    let said = IMPURE.iter().filter(|word| says(&code, word));
    said.map(|word| format!("{}: a pure room says `{word}`", source.path)).collect()
}

fn placed(source: &Source) -> Vec<String> {
    let code = source.code();
    let mut found = Vec::new();
    for (word, places) in PLACES {
        if !places.iter().any(|place| source.path.starts_with(place)) && says(&code, word) {
            let where_to = if places.is_empty() { "nowhere" } else { "only in " };
            let text = format!("says `{word}`, which belongs {where_to}{}", places.join(", "));
            found.push(format!("{}: {text}", source.path));
        }
    }
    for (room, words) in BANNED {
        for word in words.iter().filter(|word| *room == source.room() && says(&code, word)) {
            found.push(format!("{}: `{room}` says `{word}`", source.path));
        }
    }
    found
}

/// Whether code says a word, and not merely the end of a longer one.
fn says(code: &str, word: &str) -> bool {
    code.match_indices(word).any(|(at, _)| {
        let before = code[..at].chars().next_back().unwrap_or(' ');
        word.starts_with(':') || !(before.is_alphanumeric() || before == '_')
    })
}

fn guarded(source: &Source) -> Vec<String> {
    let (read, guard) = YAML;
    let code = source.code();
    let open = code.contains(read)
        && !code.contains(guard)
        && !OUR_OWN_YAML.contains(&source.path.as_str());
    let text = format!("{}: reads YAML without `{guard}…)` before", source.path);
    open.then_some(text).into_iter().collect()
}

fn finished(source: &Source) -> Vec<String> {
    let said = UNFINISHED.iter().filter(|word| source.text.contains(**word));
    said.map(|word| format!("{}: says `{word}`", source.path)).collect()
}

fn at_home(source: &Source) -> Vec<String> {
    let said = OUTSIDE.iter().filter(|word| source.text.contains(**word));
    said.map(|word| format!("{}: names `{word}`, outside the repository", source.path)).collect()
}

/// Every public item has a doc comment right above it, or above its attributes.
fn documented(source: &Source) -> Vec<String> {
    let lines: Vec<&str> = source.body().lines().map(str::trim).collect();
    let kinds = ["fn ", "async fn ", "const fn ", "struct ", "enum ", "trait ", "type "];
    let is_public = |line: &str| {
        let rest = line.strip_prefix("pub ");
        rest.is_some_and(|rest| kinds.iter().any(|kind| rest.starts_with(kind)))
    };
    let mut found = Vec::new();
    for (at, line) in lines.iter().enumerate().filter(|(_, line)| is_public(line)) {
        let mut above = at;
        let has_doc = loop {
            let Some(line) = above.checked_sub(1).map(|above| lines[above]) else { break false };
            above -= 1;
            if line.starts_with("///") || line.starts_with("$(#[") {
                break true;
            }
            if line.starts_with("#[") || line.starts_with("//") {
                continue;
            }
            if !line.ends_with(")]") {
                break false;
            }
            // The last line of an attribute that begins further up.
            while above > 0 && !lines[above].starts_with("#[") {
                above -= 1;
            }
        };
        if !has_doc {
            found.push(format!("{}:{}: no doc comment: `{line}`", source.path, at + 1));
        }
    }
    found
}

#[test]
fn pure_rooms_stay_pure() {
    none(&program().iter().flat_map(pure).collect::<Vec<_>>());
}

#[test]
fn each_thing_is_done_in_its_one_place() {
    none(&program().iter().flat_map(placed).collect::<Vec<_>>());
}

#[test]
fn no_yaml_is_read_before_it_is_looked_at() {
    none(&program().iter().flat_map(guarded).collect::<Vec<_>>());
}

#[test]
fn yaml_that_is_read_unseen_is_found() {
    let bare = "fn f(t: &str) { let x: X = serde_yaml::from_str(t)?; }";
    assert_eq!(guarded(&Source::new("src/ui/a.rs", bare)).len(), 1);
    assert_eq!(guarded(&Source::new("src/config/models.rs", bare)).len(), 0);
    let seen = format!("fn g(t: &str) {{ guard_yaml(t)?; }}\n{bare}");
    assert_eq!(guarded(&Source::new("src/ui/a.rs", &seen)).len(), 0);
}

#[test]
fn no_test_is_skipped_and_nothing_is_left_undone() {
    let all = ["src", "tests", "benches"].into_iter().flat_map(rust);
    none(&all.flat_map(|source| finished(&source)).collect::<Vec<_>>());
}

#[test]
fn nothing_outside_the_repository_is_named() {
    none(&texts().iter().flat_map(at_home).collect::<Vec<_>>());
}

#[test]
fn every_public_item_has_a_doc_comment() {
    none(&program().iter().flat_map(documented).collect::<Vec<_>>());
}

#[test]
fn an_impure_word_is_found() {
    for word in IMPURE {
        let source = Source::new("src/domain/plan.rs", &format!("let x = Instant{word};"));
        let source = if word.starts_with(':') {
            source
        } else {
            Source::new("src/domain/plan.rs", &format!("let x = {word};"))
        };
        assert_eq!(pure(&source).len(), 1, "{word}");
        assert!(pure(&Source::new("src/app/plan.rs", &source.text)).is_empty());
    }
    let pace = Source::new("src/ui/pace.rs", "Instant::now()");
    assert!(pure(&pace).is_empty());
    assert_eq!(pure(&Source::new("src/ui/view.rs", "Instant::now()")).len(), 1);
    assert!(pure(&Source::new("src/domain/a.rs", "/// No tokio.\nlet operand::x;")).is_empty());
}

#[test]
fn a_thing_done_in_the_wrong_place_is_found() {
    for (word, places) in PLACES {
        let text = format!("{word} x");
        assert!(!placed(&Source::new("src/ui/view.rs", &text)).is_empty(), "{word}");
        for place in *places {
            let path =
                if place.ends_with('/') { format!("{place}a.rs") } else { (*place).to_owned() };
            assert!(placed(&Source::new(&path, &text)).is_empty(), "{word} in {path}");
        }
    }
    for (room, words) in BANNED {
        for word in *words {
            let source = Source::new(&format!("src/{room}/a.rs"), &format!("let x = {word};"));
            assert!(!placed(&source).is_empty(), "{word} in {room}");
        }
    }
    let exchange = Source::new("src/planner/a.rs", "fn exchange() {}");
    assert!(placed(&exchange).is_empty());
}

#[test]
fn what_is_unfinished_or_outside_is_found() {
    for word in UNFINISHED {
        assert_eq!(finished(&Source::new("src/a.rs", word)).len(), 1);
    }
    for word in OUTSIDE {
        assert_eq!(at_home(&Source::new("a.md", &format!("see {word}x"))).len(), 1);
    }
    assert!(at_home(&Source::new("a.md", "a/worktree/x /workshop")).is_empty());
}

#[test]
fn a_public_item_without_a_doc_comment_is_found() {
    let bare = "pub fn a() {}\n\npub struct B;\n\n#[derive(\n    Clone,\n)]\npub enum C {}\n\n/// D.\nconst D: u8 = 1;\npub async fn d() {}\n";
    assert_eq!(documented(&Source::new("src/a.rs", bare)).len(), 4);
    let good = "/// A.\npub fn a() {}\n\n/// C.\n#[derive(\n    Clone,\n)]\n#[must_use]\npub enum C {}\npub(super) fn e() {}\nfn f() {}\n";
    assert_eq!(documented(&Source::new("src/a.rs", good)), Vec::<String>::new());
}
