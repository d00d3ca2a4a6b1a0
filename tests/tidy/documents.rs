//! The documents keep their sizes and their promises.

use super::{
    none,
    source::{Source, document, rust},
};

/// Most lines of a document.
const SIZES: &[(&str, usize)] = &[("ARCHITECTURE.md", 200), ("AGENTS.md", 100)];

/// Invariants whose test is still to be written; empty when the house stands.
const PENDING: &[u32] = &[];

/// How many invariants there are.
const INVARIANTS: u32 = 14;

/// What is wrong with the table of invariants: rows of number, sentence and tests.
fn invariants(document: &str, sources: &[Source]) -> Vec<String> {
    let mut found = Vec::new();
    for number in 1..=INVARIANTS {
        let start = format!("| {number} |");
        let rows: Vec<&str> = document.lines().filter(|line| line.starts_with(&start)).collect();
        let [row] = rows.as_slice() else {
            found.push(format!("invariant {number} has {} rows, not one", rows.len()));
            continue;
        };
        let cell = row.split('|').nth(3).unwrap_or("");
        let tests: Vec<&str> = cell.split('`').skip(1).step_by(2).collect();
        let prefix = format!("invariant_{number:02}_");
        let exists = |test: &str| {
            let declared = format!("fn {test}(");
            sources.iter().any(|source| source.text.contains(&declared))
        };
        let lost: Vec<&&str> = tests.iter().filter(|test| !exists(test)).collect();
        let held = lost.is_empty() && tests.iter().any(|test| test.starts_with(&prefix));
        match (held, PENDING.contains(&number)) {
            (true, false) | (false, true) => {}
            (true, true) => {
                found
                    .push(format!("invariant {number} has its test; take it off the pending list"));
            }
            (false, false) if lost.is_empty() => {
                found.push(format!("invariant {number} names no test `{prefix}...`"));
            }
            (false, false) => {
                found.push(format!("invariant {number} names tests that do not exist: {lost:?}"));
            }
        }
    }
    found
}

fn sized(name: &str, most: usize, text: &str) -> Vec<String> {
    match text.lines().count() {
        0 => vec![format!("{name} is missing")],
        lines if lines > most => vec![format!("{name}: {lines} lines; {most} is the stop")],
        _ => Vec::new(),
    }
}

#[test]
fn every_invariant_names_a_test_that_exists() {
    let sources: Vec<Source> = ["src", "tests"].into_iter().flat_map(rust).collect();
    none(&invariants(&document("ARCHITECTURE.md"), &sources));
}

#[test]
fn documents_stay_short() {
    let faults = SIZES.iter().flat_map(|(name, most)| sized(name, *most, &document(name)));
    none(&faults.collect::<Vec<_>>());
}

#[test]
fn an_invariant_without_its_test_is_found() {
    let row = |number: u32| format!("| {number} | Text. | `invariant_{number:02}_holds` |\n");
    let told = (1..=INVARIANTS).map(row).collect::<Vec<_>>().concat();
    let test = |number: u32| format!("fn invariant_{number:02}_holds() {{}}\n");
    let tests = (1..=INVARIANTS).map(test).collect::<Vec<_>>().concat();
    let sources = [Source::new("tests/a.rs", &tests)];
    // The pending ones are told as well, since here they have their tests.
    let wanted = PENDING.len();
    assert_eq!(invariants(&told, &sources).len(), wanted);
    let settled = (1..=INVARIANTS).find(|number| !PENDING.contains(number)).unwrap();
    let name = format!("invariant_{settled:02}_holds");
    let lost = [Source::new("tests/a.rs", &tests.replace(&name, "other"))];
    assert_eq!(invariants(&told, &lost).len(), wanted + 1);
    let short = told.replace(&row(settled), "");
    assert_eq!(invariants(&short, &sources).len(), wanted + 1);
    let unnamed = told.replace(&format!("`{name}`"), "some day");
    assert_eq!(invariants(&unnamed, &sources).len(), wanted + 1);
}

#[test]
fn a_document_that_is_missing_or_long_is_found() {
    assert_eq!(sized("A", 1, "").len(), 1);
    assert_eq!(sized("A", 1, "a\nb").len(), 1);
    assert!(sized("A", 1, "a").is_empty());
}
