//! What the README shows of keys, themes and settings is so.
#![allow(clippy::unwrap_used)]

use chargehand::ui::{Colours, Keymap, Layer, Theme};

fn readme() -> String {
    std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/README.md")).unwrap()
}

/// The part under a heading.
fn under(heading: &str) -> String {
    let text = readme();
    let from = text.find(&format!("## {heading}\n")).unwrap() + heading.len() + 4;
    let rest = &text[from..];
    rest[..rest.find("\n## ").unwrap_or(rest.len())].to_owned()
}

/// The YAML blocks of a part, by their first comment's first word.
fn yaml(part: &str, name: &str) -> String {
    let blocks = part.split("```yaml\n").skip(1).map(|block| block.split("```").next().unwrap());
    let named = blocks.filter(|block| block.starts_with(&format!("# {name}")));
    named.map(str::to_owned).collect::<Vec<_>>().concat()
}

#[test]
fn every_key_of_the_readme_s_table_is_bound() {
    let keys = Keymap::embedded();
    let bound: Vec<String> =
        keys.layers().flat_map(|(_, all)| all.iter().map(|(keys, _)| keys.to_string())).collect();
    let part = under("The keys");
    let rows: Vec<&str> = part.lines().filter(|line| line.starts_with("| `")).collect();
    assert!(rows.len() > 8, "the table is not found");
    for row in rows {
        let cell = row.split('|').nth(1).unwrap();
        for key in cell.split('`').skip(1).step_by(2) {
            assert!(bound.iter().any(|one| one == key), "`{key}` is bound to nothing");
        }
    }
}

#[test]
fn the_readme_s_key_file_and_theme_are_taken_over() {
    let part = under("The keys");
    let mut keys = Keymap::embedded();
    keys.merge("keys.yaml", &yaml(&part, "keys.yaml")).unwrap();
    assert_eq!(keys.clashes(), vec![]);
    let approves = |(keys, action): (&_, chargehand::ui::Action)| {
        (action.id() == "plan.approve_all").then(|| ToString::to_string(keys))
    };
    let bound: Vec<String> = keys.bindings(Layer::Plan).filter_map(approves).collect();
    assert_eq!(bound, ["A", "Ctrl+Y"]);
    let text = yaml(&part, "themes/mine.yaml");
    let theme = Theme::read("mine.yaml", &text, &|_| None, Colours::Shown).unwrap();
    assert_eq!(theme.name, "Mine");
}
