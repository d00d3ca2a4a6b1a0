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

#[test]
fn the_state_of_a_task_is_read_whole_and_its_title_gives_way() {
    let long = "A title that is much longer than any row of the plan has room for, at any size";
    for (width, height) in [(60, 18), (80, 24), (100, 30), (120, 36), (160, 45)] {
        let mut all = tasks();
        for one in &mut all {
            one.title = long.into();
        }
        let mut life = Life::new(Policy::Each);
        let run = life.open("plan", None);
        life.run(Command::Propose { run, draft: draft(all.clone()) });
        life.end(run, End::Done);
        let mut stage = Stage::over(life, width, height);
        let shown = stage.shown();
        let row = |shown: &str| {
            let is_row = |line: &&str| line.contains("A tit") && !line.contains("[1");
            let all = shown.lines().find(is_row).unwrap();
            all.chars().take(if width < 92 { 200 } else { 42 }).collect::<String>()
        };
        // Where the pane is narrow its title says it for all.
        let said = row(&shown).contains("proposed") || shown.contains("Plan to approve");
        assert!(said && (width != 80 || row(&shown).contains("proposed")), "{shown}");
        stage.press("A");
        stage.life.write_brief("money", "Write lib/money.sh.");
        stage.tell();
        let shown = stage.shown();
        assert!(row(&shown).contains("brief waits"), "{shown}");
        assert!(row(&shown).contains('…'), "{shown}");
        stage.life.approve_brief("money");
        let run = stage.life.open_attempt("money");
        let question = "Which?".to_owned();
        stage.life.run(Command::AskQuestion { run, question, options: vec![] });
        stage.tell();
        let shown = stage.shown();
        assert!(row(&shown).contains("waits for you"), "{shown}");
    }
}

#[test]
fn a_refuted_claim_is_said_first_wherever_its_follow_up_waits() {
    for (width, height) in SIZES {
        let mut stage = Stage::over(refuted(), width, height);
        let shown = stage.shown();
        let bar = shown.lines().rev().nth(1).unwrap();
        assert!(bar.contains("money: attempt 1 was refuted"), "{shown}");
        let row = shown.lines().find(|line| line.contains("! Parse")).unwrap();
        assert_eq!(row.contains("refuted, brief waits"), width == 80, "{shown}");
        stage.press("a");
        let shown = stage.shown();
        assert!(shown.contains("! attempt 1 was refuted: 1 check fails: `make money` passes"));
        let line = |words: &str| shown.lines().position(|line| line.contains(words)).unwrap();
        assert!(line("was refuted: 1 check") < line("Readiness"), "{shown}");
    }
}

#[test]
fn done_that_shows_nothing_is_not_done_as_others_are() {
    let mut life = Life::planned(Policy::Yes, tasks());
    life.briefed("money", "Write it.");
    let run = life.open_attempt("money");
    let evidence = evidence(&life.task("money").spec, When::Before, "t0", Outcome::Passed);
    life.run(Command::TakeBaseline { run, evidence });
    life.report("money");
    life.checked("money", Outcome::Passed);
    life.judged("money", Decision::Accept);
    life.landed("money");
    life.briefed("import", "Write it.");
    let run = life.open_attempt("import");
    let report = Report { status: Claim::Done, ..Report::default() };
    life.run(Command::Report { run, report });
    life.run(Command::CommitWork { run, head: snapshot("import1"), files: vec![] });
    life.end(run, End::Done);
    life.checked("import", Outcome::Passed);
    life.judged("import", Decision::Accept);
    life.landed("import");
    life.done("month");
    for (width, height) in [(80, 24), (100, 30), (120, 36), (160, 45)] {
        let mut stage = Stage::over(life, width, height);
        let shown = stage.shown();
        let row = |words: &str| shown.lines().find(|line| line.contains(words)).unwrap();
        assert!(row("Parse").contains("proves nothing"), "{shown}");
        assert!(row("Import").contains("changed nothing"), "{shown}");
        assert!(!row("Report").contains("nothing"), "{shown}");
        life = stage.life;
    }
}

#[test]
fn that_a_brief_will_prove_nothing_is_said_before_it_is_sent() {
    let mut life = Life::planned(Policy::Each, tasks());
    let run = life.open("brief", Some("money"));
    let mut brief = brief_for(life.task("money"), "Write it.");
    let text = format!("criterion `another one` passes {BEFORE}");
    brief.lint.push(Finding { severity: Severity::Note, text, fix: None });
    life.run(Command::WriteBrief { run, brief });
    life.end(run, End::Done);
    let mut stage = Stage::over(life, 80, 24);
    stage.press("a");
    assert!(!stage.shown().contains("passing will prove nothing"), "another criterion's finding");
    let mut life = Life::planned(Policy::Each, tasks());
    let run = life.open("brief", Some("money"));
    let mut brief = brief_for(life.task("money"), "Write it.");
    let text = format!("criterion `{}` passes {BEFORE}", brief.criteria[0].text);
    brief.lint.push(Finding { severity: Severity::Note, text, fix: None });
    life.run(Command::WriteBrief { run, brief });
    life.end(run, End::Done);
    let mut stage = Stage::over(life, 80, 24);
    stage.press("a");
    assert!(stage.shown().contains("passing will prove nothing"), "{}", stage.shown());
}

#[test]
fn the_countdown_of_a_held_server_is_in_sight_at_80_columns() {
    let mut life = Life::planned(Policy::Yes, tasks());
    life.briefed("money", "Write it.");
    let run = life.open_attempt("money");
    let fault = Fault::new(FaultClass::Network, "nobody answers there, as far as one can see");
    let fault = fault.of_model(endpoint("default", "small"));
    life.end(run, End::Faulted { fault: Fault { wait: Some(132_000), ..fault } });
    let mut stage = Stage::over(life, 80, 24);
    let shown = stage.shown();
    let bar = shown.lines().rev().nth(1).unwrap();
    assert!(bar.contains("asked again in 1:30: `default` is ou"), "{shown}");
}

#[test]
fn a_text_that_fits_again_is_all_in_sight_after_a_resize() {
    let mut stage = Stage::over(refuted(), 80, 24);
    let size = |stage: &mut Stage, width: u16, height: u16| {
        stage.terminal.backend_mut().resize(width, height);
        stage.terminal.autoresize().unwrap();
        stage.shown()
    };
    stage.press("g t");
    stage.type_in("the first line");
    stage.press("Alt+Enter");
    stage.type_in(&"and a second one, ".repeat(5));
    size(&mut stage, 60, 4);
    let shown = size(&mut stage, 100, 30);
    assert!(shown.contains("the first line"), "{shown}");
}

#[test]
fn looking_back_says_its_way_out_at_80_columns_and_leaves_the_timeline_as_it_was() {
    let mut stage = Stage::over(working(), 80, 24);
    stage.press("3 j j");
    let before = stage.shown();
    stage.ui.enter_past(chargehand::ui::Moment { seq: Seq(40_000), at: START });
    let bar = stage.shown().lines().next().unwrap().to_owned();
    assert!(bar.contains("Esc now") && bar.contains("F fork"), "{bar}");
    stage.ui.enter_past(chargehand::ui::Moment { seq: Seq(3), at: START });
    stage.ui.leave_past();
    assert_eq!(stage.shown(), before);
}

#[test]
fn nothing_new_is_no_badge_and_every_state_has_a_sign_of_its_own() {
    let mut stage = Stage::over(working(), 80, 24);
    stage.press("j j j 2 g g");
    let run = stage.life.open("execute", Some("import"));
    assert!(!stage.shown().contains(" 0 new"), "{}", stage.shown());
    stage.life.run(said(run, "one more word", vec![]));
    stage.tell();
    assert!(stage.shown().contains(" 1 new") || stage.shown().contains(" 2 new"));
    let marks = |glyphs: Glyphs| {
        use chargehand::ui::Mark;
        let all = [Mark::Done, Mark::Folded, Mark::Proposed, Mark::Interrupted, Mark::Chosen];
        all.map(|mark| glyphs.of(mark)).into_iter().collect::<std::collections::BTreeSet<_>>()
    };
    assert_eq!((marks(Glyphs::Unicode).len(), marks(Glyphs::Ascii).len()), (5, 5));
    let mut life = working();
    life.killed();
    let mut stage = Stage::over(life, 120, 36);
    let shown = stage.shown();
    assert!(!shown.contains("▸ Import") && !shown.contains("▸ Report"), "{shown}");
    let mut stage = Stage::over(proposed(), 120, 36);
    stage.press("Space");
    assert!(stage.shown().contains("◉ Parse"), "{}", stage.shown());
}

#[test]
fn a_new_task_begins_with_what_it_is_called() {
    let mut stage = Stage::over(proposed(), 120, 36);
    stage.press("+");
    stage.type_in("Count the months");
    assert!(stage.shown().contains("title: Count the months"), "{}", stage.shown());
}

#[test]
fn what_is_saved_is_said_and_the_cursor_stays_on_its_task() {
    let mut stage = Stage::over(refuted(), 120, 36);
    stage.press("G a e");
    let text = stage.ui.modals.last().and_then(Modal::editor).unwrap().text().to_owned();
    stage.ui.edited(&text.replace("half a cent", "half a Rappen"));
    stage.press("Ctrl+S");
    assert!(stage.ui.modals.is_empty(), "{}", stage.shown());
    assert!(stage.shown().contains("saved: the brief of money"), "{}", stage.shown());
    assert_eq!(stage.ui.task_at_cursor(stage.life.goal()), Some("money".into()));
    let mut stage = Stage::over(proposed(), 120, 36);
    stage.press("j j e");
    let text = stage.ui.modals.last().and_then(Modal::editor).unwrap().text().to_owned();
    stage.ui.edited(&text.replace("Report a month", "Report one month"));
    stage.press("Ctrl+S");
    assert!(stage.shown().contains("saved: task month"), "{}", stage.shown());
    assert_eq!(stage.ui.task_at_cursor(stage.life.goal()), Some("month".into()));
}

#[test]
fn what_is_said_in_two_lines_moves_nothing_and_leaves_no_stray_border() {
    let two = "the first of two lines, which is long enough to need more than one row of them all \
               at eighty columns, and so it does";
    for open in ["1", "a", "j Enter", "?", "g m", "x", "g n"] {
        let mut stage = Stage::over(refuted(), 80, 24);
        stage.press(open);
        let before: Vec<String> = stage.shown().lines().map(str::to_owned).collect();
        stage.ui.say(two, chargehand::ui::Tone::Plain, stage.up);
        let shown = stage.shown();
        let after: Vec<&str> = shown.lines().collect();
        let said = after.iter().position(|line| line.contains("the first of two")).unwrap();
        let is_edge = |line: &str| line.contains('┗') || line.contains('└');
        for (row, (before, after)) in before.iter().zip(&after).take(said).enumerate() {
            // The lower edge comes up with what it is the edge of.
            let edge = row + 1 == said && is_edge(after);
            assert!(before == after || edge, "{open} row {row}: {shown}");
        }
        let edges = after.iter().filter(|line| is_edge(line)).count();
        assert!(edges <= before.iter().filter(|line| is_edge(line)).count(), "{open}: {shown}");
    }
}

#[test]
fn what_is_looked_for_is_walked_line_by_line() {
    let mut life = working();
    let run = life.open("execute", Some("import"));
    let text = format!("a Needle\n{}needle and needle\nthe needle\n", "hay\n".repeat(60));
    life.run(said(run, &text, vec![]));
    let mut stage = Stage::over(life, 80, 24);
    stage.press("j j j 2 g g /");
    stage.type_in("needle");
    stage.press("Enter");
    let mut seen = vec![];
    for _ in 0..4 {
        let shown = stage.shown();
        let said = shown.lines().last().unwrap().to_owned();
        let lines: Vec<&str> = shown.lines().filter(|line| line.contains("eedle")).collect();
        seen.push((
            said.split(" of `").next().unwrap().trim_start_matches(['"', ' ']).to_owned(),
            lines.join("").contains("a Needle"),
            lines.join("").contains("needle and"),
        ));
        stage.press("n");
    }
    let told = |words: &str, first, second| (words.to_owned(), first, second);
    assert_eq!(
        seen,
        [
            told("match 1 of 3", true, false),
            told("match 2 of 3", false, true),
            told("match 3 of 3", false, true),
            told("match 1 of 3", true, false),
        ]
    );
    stage.press("N N");
    assert!(stage.shown().contains("match 1 of 3") || stage.shown().contains("match 3 of 3"));
    // What is folded away is found, and unfolded.
    stage.press("Esc g g");
    stage.press("/");
    stage.type_in("book");
    stage.press("Enter");
    let shown = stage.shown();
    assert!(shown.contains("match 1 of 1") && shown.contains("book \"$date\""), "{shown}");
}

#[test]
fn a_long_command_has_the_rows_there_are_and_its_broken_words_are_marked() {
    let mut life = working();
    let run = life.open("execute", Some("month"));
    life.run(returned(run, 1, true, ""));
    let words = "--flag=value-number ".repeat(30);
    let command = format!("sh run.sh {words}{} the-end", "x".repeat(100));
    let ask = call(2, "run", "{}");
    life.run(said(
        run,
        "I try it with every flag, since one of them may be it.",
        vec![ask.clone()],
    ));
    life.run(Command::IntendCall { run, call: ask, command: Some(command) });
    let mut stage = Stage::over(life, 80, 24);
    stage.press("g a");
    let at = attention(stage.life.goal());
    let at = at.iter().position(|one| one.text.contains("--flag")).unwrap();
    for _ in 0..at {
        stage.press("Down");
    }
    stage.press("Enter");
    let shown = stage.shown();
    let rows = |shown: &str| shown.lines().filter(|line| line.contains("--flag")).count();
    assert!(rows(&shown) >= 9, "{shown}");
    assert!(shown.contains("says     I try it with every flag"), "{shown}");
    // Raw is only another look: it waits for nothing, and the place stays.
    stage.press("v");
    assert!(!stage.shown().contains("armed in 0.0"), "{}", stage.shown());
    assert_eq!(rows(&stage.shown()), rows(&shown), "{}", stage.shown());
    stage.wait(400);
    stage.press("PgDn");
    let Some(Modal::Approval(open)) = stage.ui.modals.last() else { panic!("it is open") };
    let top = open.top;
    assert!(top > 0 && stage.shown().contains("the-end"), "{}", stage.shown());
    let marked =
        stage.shown().lines().filter(|line| line.contains("xxx") && line.contains('↵')).count();
    assert_eq!(marked, 1, "{}", stage.shown());
    assert!(!stage.shown().lines().any(|line| line.contains("--flag") && line.contains('↵')));
    stage.press("v");
    let Some(Modal::Approval(open)) = stage.ui.modals.last() else { panic!("it is open") };
    assert_eq!(open.top, top);
}

#[test]
fn what_a_command_is_for_is_still_told_after_a_new_start() {
    let mut life = working();
    life.killed();
    let mut stage = Stage::over(life, 120, 36);
    stage.press("a");
    let shown = stage.shown();
    assert!(shown.contains("says") && shown.contains("How fast is it?"), "{shown}");
    assert!(shown.contains("waiting 0:"), "{shown}");
}

#[test]
fn a_landing_names_its_branch_and_its_files_and_offers_the_diff() {
    let mut life = Life::planned(Policy::Yes, vec![spec("a", &[]), spec("b", &[])]);
    life.done("a");
    life.done("b");
    let mut stage = Stage::over(life, 80, 24);
    stage.press("a");
    let shown = stage.shown();
    assert!(shown.contains("into your branch `main` now?"), "{shown}");
    assert!(shown.contains("2 commits, 2 files") && shown.contains("  a.txt"), "{shown}");
    assert!(hints(&mut stage).contains("d diff"), "{shown}");
    assert_eq!(stage.press("d"), Some(Wish::Changes));
    stage.ui.show_page("Diff of chargehand/ship", "+one", stage.up);
    assert!(stage.shown().contains("+one"), "{}", stage.shown());
    stage.press("Esc");
    assert_eq!(stage.press("y"), Some(Wish::Land));
    // Where the branch is not known it is asked for first.
    stage.ui.standing.branch.clear();
    assert_eq!(stage.press("L"), Some(Wish::Target));
    assert!(stage.ui.modals.is_empty(), "{}", stage.shown());
    // Another question has no diff.
    let mut stage = Stage::over(proposed(), 80, 24);
    stage.press("s");
    assert!(stage.shown().contains("Drop `money`"), "{}", stage.shown());
    assert!(!hints(&mut stage).contains("diff"), "{}", stage.shown());
    assert_eq!(stage.press("d"), None);
}
