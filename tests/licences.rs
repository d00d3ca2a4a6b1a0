//! Every crate that is compiled in has a licence that `deny.toml` allows.
#![allow(clippy::unwrap_used)]

use std::{collections::BTreeSet, path::Path, process::Command};

use serde_json::Value;

/// The quoted names of the `allow` list of a `deny.toml`.
fn allowed(toml: &str) -> BTreeSet<String> {
    let list = toml.split("\nallow = [").nth(1).unwrap_or("");
    let list = list.split("\n]").next().unwrap_or("");
    list.split('"').skip(1).step_by(2).map(str::to_owned).collect()
}

/// Whether a licence expression can be met: `OR` needs one side, `AND` both, and binds closer.
fn met(expression: &str, allowed: &BTreeSet<String>) -> bool {
    // The old form of crates.io, where a slash means `OR`.
    let spaced = expression.replace('/', " OR ").replace('(', " ( ").replace(')', " ) ");
    let words: Vec<&str> = spaced.split_whitespace().collect();
    let mut at = 0;
    let held = either(&words, &mut at, allowed);
    held && at == words.len()
}

fn either(words: &[&str], at: &mut usize, allowed: &BTreeSet<String>) -> bool {
    let mut held = both(words, at, allowed);
    while words.get(*at) == Some(&"OR") {
        *at += 1;
        held |= both(words, at, allowed);
    }
    held
}

fn both(words: &[&str], at: &mut usize, allowed: &BTreeSet<String>) -> bool {
    let mut held = one(words, at, allowed);
    while words.get(*at) == Some(&"AND") {
        *at += 1;
        held &= one(words, at, allowed);
    }
    held
}

fn one(words: &[&str], at: &mut usize, allowed: &BTreeSet<String>) -> bool {
    let Some(word) = words.get(*at) else { return false };
    *at += 1;
    if *word == "(" {
        let held = either(words, at, allowed);
        let closed = words.get(*at) == Some(&")");
        *at += 1;
        return held && closed;
    }
    let mut name = (*word).to_owned();
    if words.get(*at) == Some(&"WITH") {
        name = format!("{name} WITH {}", words.get(*at + 1).unwrap_or(&""));
        *at += 2;
    }
    allowed.contains(&name)
}

fn output(program: &str, arguments: &[&str]) -> String {
    let mut command = Command::new(program);
    command.args(arguments).current_dir(env!("CARGO_MANIFEST_DIR"));
    let found = command.output().unwrap();
    assert!(found.status.success(), "{}", String::from_utf8_lossy(&found.stderr));
    String::from_utf8(found.stdout).unwrap()
}

#[test]
fn every_crate_has_a_licence_that_is_allowed() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let allowed = allowed(&std::fs::read_to_string(root.join("deny.toml")).unwrap());
    let rustc = std::env::var("RUSTC").unwrap_or_else(|_| "rustc".to_owned());
    let version = output(&rustc, &["-vV"]);
    let host = version.lines().find_map(|line| line.strip_prefix("host: ")).unwrap();
    // Without the filter, crates of other systems would have to be downloaded first.
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let arguments =
        ["metadata", "--locked", "--offline", "--format-version=1", "--filter-platform", host];
    let metadata: Value = serde_json::from_str(&output(&cargo, &arguments)).unwrap();
    let packages = metadata["packages"].as_array().unwrap();
    assert!(packages.len() > 100);
    let faults: Vec<String> = packages
        .iter()
        .filter(|package| !met(package["license"].as_str().unwrap_or("none"), &allowed))
        .map(|package| {
            format!("{} {}: {}", package["name"], package["version"], package["license"])
        })
        .collect();
    assert!(faults.is_empty(), "licences that deny.toml does not allow:\n{}", faults.join("\n"));
}

#[test]
fn a_licence_that_is_not_allowed_is_found() {
    let allowed =
        allowed("x\nallow = [\n \"MIT\",\n \"ISC\",\n \"A WITH e\",\n]\nother = [\"GPL\"]\n");
    assert_eq!(allowed.len(), 3);
    for good in
        ["MIT", "GPL OR MIT", "GPL/MIT", "(MIT OR GPL) AND ISC", "A WITH e", "GPL AND X OR ISC"]
    {
        assert!(met(good, &allowed), "{good}");
    }
    for bad in ["GPL", "MIT AND GPL", "A", "A WITH f", "", "none", "(MIT", "MIT ISC", "GPL OR X"] {
        assert!(!met(bad, &allowed), "{bad}");
    }
}
