//! The picture at the top of the README: the program's own screen, as it was at a moment of the
//! demo.
//!
//! `CHARGEHAND_WRITE_PICTURE=1 cargo test --test workbench the_picture` makes it anew. Without the
//! variable the test looks whether the program still shows what the picture shows.

mod glyphs;
mod raster;

use std::path::{Path, PathBuf};

use termlens::{Key, Screen};

use super::desk::{Desk, builder};

const SIZE: (u16, u16) = (140, 38);
/// The name of the text in the picture's file that holds the screen's own words.
const WORDS: &str = "Description";

fn place() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/workbench.png")
}

/// The demo at the moment at which one session asks, the other one works, and the plan and the
/// timeline say how it came to that.
fn moment(folder: &Path) -> Screen {
    let builder = builder(folder, SIZE).env("COLORTERM", "truecolor");
    let mut desk = Desk::of(builder, &["demo", "--keep", folder.to_str().unwrap()]);
    desk.see("1 question");
    // The theme of our own: `terminal` has no colours but those of the terminal.
    desk.press("tt");
    desk.see("theme Dark");
    desk.press("a");
    desk.see("nothing spent");
    desk.press("1");
    desk.key(Key::Enter);
    desk.see("1 plan to approve");
    desk.press("A");
    desk.see("2 × brief to approve");
    for left in ["1 brief to approve", "[2] Sum up a month"] {
        desk.press("a");
        desk.see("Brief of");
        desk.press("A");
        desk.see(left);
    }
    desk.press("2");
    desk.until("two sessions at work, one of which asks", |screen| {
        screen.contains("`month` wants to run") && screen.contains("─ Import the bank")
    })
}

/// What does not hang on the moment: the plan's rows, without times, marks that move and counts.
fn lasting(screen: &str) -> Vec<String> {
    let row = |row: &str| {
        let words = row.split(['│', '┃']).nth(1).unwrap_or_default();
        let plain = words.chars().filter(|c| c.is_alphabetic() || *c == ' ').collect::<String>();
        // What a task is called, and not where it stands.
        plain.split_whitespace().take(3).collect::<Vec<_>>().join(" ")
    };
    let rows = screen.lines().skip(2).map(row);
    rows.take_while(|row| !row.is_empty()).collect()
}

#[test]
fn the_picture_shows_what_the_program_shows() {
    let temp = tempfile::tempdir().unwrap();
    let screen = moment(temp.path());
    let text = screen.text();
    if std::env::var_os("CHARGEHAND_WRITE_PICTURE").is_some() {
        let picture = raster::draw(&screen, SIZE);
        picture.write(&place(), WORDS, &text);
    }
    let shown = raster::words(&place(), WORDS);
    let rows = lasting(&text);
    assert!(rows.len() >= 5, "{text}");
    assert_eq!(
        lasting(&shown),
        rows,
        "make the picture anew, as docs/workbench.png shows:\n{shown}"
    );
    for word in ["DEMO", "NO SANDBOX", "[1] Plan", "[3] Timeline", "1 command"] {
        assert!(shown.contains(word) && text.contains(word), "{word}:\n{text}");
    }
}
