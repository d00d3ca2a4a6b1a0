//! What somebody new to it stumbled over in the real program: each was a finding first.

use super::*;

fn hints(stage: &mut Stage) -> String {
    stage.shown().lines().last().unwrap_or_default().to_owned()
}

#[test]
fn a_key_meant_for_a_session_never_comes_to_another_goal() {
    let mut stage = Stage::over(refuted(), 80, 24);
    stage.press("2");
    assert!(!hints(&mut stage).contains("steer"), "{}", stage.shown());
    assert_eq!(stage.press("i"), None);
    assert!(stage.ui.modals.is_empty(), "{}", stage.shown());
    let shown = stage.shown();
    assert!(shown.contains("nothing to steer (`money`: brief waits)"), "{shown}");
    assert!(shown.contains("g n states a new goal"), "{shown}");
    let mut stage = Stage::over(working(), 80, 24);
    stage.press("2");
    assert!(hints(&mut stage).contains("steer"), "{}", stage.shown());
    stage.press("i");
    assert!(stage.shown().contains("it reads it at its next step"), "{}", stage.shown());
}

#[test]
fn what_another_goal_puts_aside_is_told_before_it_is_stated() {
    for (width, height) in [(60, 16), (80, 24), (160, 45)] {
        let mut stage = Stage::over(refuted(), width, height);
        assert_eq!(stage.press("g n"), Some(Wish::Glance));
        stage.type_in("Another one");
        let shown = stage.shown();
        let words: String = shown.split(['"', '\n', '┃', '┏', '┓', '━']).collect();
        let words = words.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(words.contains("The goal `ship` is put aside as it stands"), "{shown}");
        assert!(words.contains("chargehand goals --switch ship"), "{shown}");
        assert!(words.contains("leave with q, then"), "{shown}");
        assert!(words.contains("Another one"), "{shown}");
        let cursor = stage.ui.drawn.as_ref().and_then(|drawn| drawn.cursor).unwrap();
        let line = shown.lines().nth(usize::from(cursor.1)).unwrap();
        assert!(line.contains("Another one"), "{shown}");
    }
    let mut life = Life::new(Policy::Each);
    life.core = Engine::replay(Settings::default(), &[]);
    life.log.clear();
    let mut stage = Stage::over(life, 80, 24);
    stage.press("g n");
    assert!(!stage.shown().contains("put aside"), "{}", stage.shown());
}

#[test]
fn what_was_left_out_of_a_plan_is_not_said_to_be_paused_in_anything() {
    let mut stage = Stage::over(proposed(), 160, 45);
    assert!(hints(&mut stage).contains("A approve plan"));
    stage.press("Space");
    assert!(stage.shown().contains("1 of 4 chosen"), "{}", stage.shown());
    stage.wait(30_000);
    assert!(hints(&mut stage).contains("A approve 1 of 4"), "{}", stage.shown());
    stage.press("A j");
    let shown = stage.shown();
    let words: String = shown.split(['"', '\n', '┃', '│']).collect();
    let words = words.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(!words.contains("release it"), "{shown}");
    assert!(words.contains("not begun: it waits for"), "{shown}");
    stage.press("g a");
    assert!(stage.shown().contains("not begun: it waits for you; Space takes it up"));
    stage.press("Esc Space");
    assert_eq!(stage.life.phase("import").word(), "approved");
    let mut stage = Stage::over(working(), 160, 45);
    stage.press("j j j p g a");
    assert!(stage.shown().contains("paused by you; Space lets it go on"), "{}", stage.shown());
}

#[test]
fn every_line_of_the_help_and_the_palette_is_whole_at_80_columns() {
    let mut stage = Stage::over(working(), 80, 24);
    let layers: [(&str, &str); 9] = [
        ("1", "?"),
        ("2", "F1"),
        ("3", "F1"),
        ("1", ":"),
        ("g a", "F1"),
        ("g m", "F1"),
        ("i", "F1"),
        ("1 j e", "F1"),
        ("g t", "F1"),
    ];
    for (place, key) in layers {
        stage.ui.modals.clear();
        stage.press("Esc");
        stage.press(place);
        stage.press(key);
        let Some(Modal::Help { layer, .. } | Modal::Palette { layer, .. }) = stage.ui.modals.last()
        else {
            panic!("{place}: {}", stage.shown())
        };
        let layer = *layer;
        let all = match key {
            ":" => Action::ALL.iter().filter(|one| !one.is_local()).copied().collect(),
            _ => stage.keys.help(layer).into_iter().map(|(_, one)| one).collect::<Vec<_>>(),
        };
        let mut seen = String::new();
        for _ in 0..all.len() {
            seen.push_str(&stage.shown());
            stage.press("Down");
        }
        for action in all {
            assert!(seen.contains(action.doc()), "{layer:?}: {}", action.doc());
        }
    }
    for layer in chargehand::ui::Layer::TOPS {
        for (keys, action) in stage.keys.help(*layer) {
            assert!(action.doc().chars().count() <= 54, "{keys} {}", action.doc());
        }
    }
}

#[test]
fn a_filter_is_cleared_by_ctrl_u_and_scrolls_with_its_cursor() {
    let mut stage = Stage::over(working(), 80, 24);
    for open in ["?", ":", "g m"] {
        stage.press(open);
        stage.type_in("plan");
        stage.press("Ctrl+U");
        let text = stage.ui.modals.last().and_then(Modal::editor).unwrap().text().to_owned();
        assert_eq!(text, "", "{open}");
        stage.type_in(&format!("{}the-end", "words ".repeat(20)));
        let shown = stage.shown();
        let cursor = stage.ui.drawn.as_ref().and_then(|drawn| drawn.cursor).unwrap();
        let line = shown.lines().nth(usize::from(cursor.1)).unwrap();
        // The first character of a line is its quote.
        let before: String = line.chars().take(usize::from(cursor.0) + 1).collect();
        assert!(before.ends_with("the-end"), "{open}: {shown}");
        stage.press("Ctrl+A");
        assert!(stage.shown().contains("> words words"), "{open}: {}", stage.shown());
        stage.press("Esc");
    }
}
