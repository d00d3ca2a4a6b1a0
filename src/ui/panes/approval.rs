//! The approval of a command: all of it is seen before anything is decided.

use std::fmt::Write as _;

use ratatui::layout::Rect;

use super::super::{
    action::Action,
    keymap::Layer,
    modal::{Approval, Choice, End, Form},
    paint::{Brush, duration},
    place::Drawn,
    risk::{self, Risk},
    theme::Role,
    view::Scene,
    wrap::Flow,
};

/// The command as it is shown: safe, or with every character that is not plain by its number.
pub(in super::super) fn command_text(approval: &Approval) -> String {
    match approval.form {
        Form::Plain => approval.ask.command.clone(),
        Form::Raw => {
            let mut raw = String::new();
            for c in approval.ask.command.chars() {
                match c {
                    '\n' => raw.push_str("<0A>\n"),
                    ' '..='~' => raw.push(c),
                    c => {
                        let _ = write!(raw, "<U+{:04X}>", u32::from(c));
                    }
                }
            }
            raw
        }
    }
}

/// Rows below the command: a gap, facts and the choices.
const BELOW: u16 = 10;

/// Draws the dialog, and takes note of whether the end of the command was on the screen.
pub(in super::super) fn draw(
    brush: &mut Brush<'_>,
    scene: &Scene<'_>,
    inside: Rect,
    approval: &Approval,
    drawn: Option<&mut Drawn>,
) {
    let ask = &approval.ask;
    let (risk, reasons) = risk::of(&ask.command);
    let risk_role = match risk {
        Risk::Low => Role::Muted,
        Risk::Medium => Role::Waiting,
        Risk::High => Role::Failed,
    };
    let mut rest = inside;
    let line = take(&mut rest);
    let block = scene.facts.story.asking_block(ask.run);
    let waited = block.map(|block| scene.facts.now.at.saturating_sub(block.at));
    let right = format!(
        "{}risk {}",
        waited.map(|one| format!("waiting {}   ", duration(one))).unwrap_or_default(),
        risk.word()
    );
    let who = format!("{} wants to run, attempt {}", ask.task, ask.attempt);
    let wide = brush.put_right(line, &right, risk_role);
    brush.put(line.x, line.y, line.width.saturating_sub(wide + 1), &who, Role::Heading);
    take(&mut rest);
    let rows = rest.height.saturating_sub(BELOW).max(rest.height / 3).max(1).min(rest.height);
    let room = Rect { x: rest.x + 2, width: rest.width.saturating_sub(4), height: rows, ..rest };
    let flow = Flow::of(&command_text(approval));
    let columns = usize::from(room.width.max(1));
    let all = flow.count(columns);
    let shown = usize::from(rows).min(all);
    let top = approval.top.min(all - shown);
    for row in 0..shown {
        let y = room.y + u16::try_from(row).unwrap_or(0);
        brush.put(room.x, y, room.width, flow.line(columns, top + row), Role::Tool);
    }
    if let Some(drawn) = drawn {
        drawn.page = (usize::from(rows), columns);
        // A command of which not one cell was on the screen has not been seen.
        let visible = room.width >= 8 && room.height > 0 && inside.height > 2;
        let whole = visible && top + shown == all;
        drawn.approval = if whole { End::Seen } else { End::Unseen };
    }
    let taken = u16::try_from(shown).unwrap_or(rows);
    rest.y += taken;
    rest.height -= taken.min(rest.height);
    let more = all - top - shown;
    let line = take(&mut rest);
    if more > 0 {
        let key = scene.keys.key_of(Layer::Approval, Action::PageDown);
        let words = format!("{more} more lines below: {key} shows them; then you can decide");
        brush.put(line.x, line.y, line.width, &words, Role::Waiting);
    }
    facts(brush, scene, &mut rest, approval, &reasons);
    choices(brush, scene, rest, approval);
}

fn take(rest: &mut Rect) -> Rect {
    let line = Rect { height: rest.height.min(1), ..*rest };
    rest.y += line.height;
    rest.height -= line.height;
    // Without room the line lies outside every buffer.
    if line.height == 0 { Rect { y: u16::MAX, ..line } } else { line }
}

fn facts(
    brush: &mut Brush<'_>,
    scene: &Scene<'_>,
    rest: &mut Rect,
    approval: &Approval,
    reasons: &[&str],
) {
    let ask = &approval.ask;
    let attempt = scene.facts.state.goal().and_then(|goal| goal.task(&ask.task)?.last_attempt());
    let said = scene.facts.story.session_of(ask.run).and_then(|session| {
        let is_said = |one: &&super::super::block::Block| {
            one.kind == super::super::block::BlockKind::Message && one.run == Some(ask.run)
        };
        session.blocks().rev().find(is_said).map(|block| block.body.text())
    });
    let rows = [
        ("in", attempt.map(|one| one.worktree.clone())),
        ("says", said.map(|text| text.split_whitespace().collect::<Vec<_>>().join(" "))),
        ("touches", Some(reasons.join(", ")).filter(|text| !text.is_empty())),
        ("rules", Some("no criterion and no rule of yours allows it".to_owned())),
    ];
    for (name, text) in rows {
        // The choices matter more than what is told about them.
        if rest.height <= 4 {
            return;
        }
        if let Some(text) = text {
            let line = take(rest);
            brush.put(line.x, line.y, 9, name, Role::Muted);
            brush.put(line.x + 9, line.y, line.width.saturating_sub(9), &text, Role::Text);
        }
    }
}

fn choices(brush: &mut Brush<'_>, scene: &Scene<'_>, rest: Rect, approval: &Approval) {
    let mut rest = rest;
    if rest.height > 4 {
        take(&mut rest);
    }
    for choice in Choice::ALL {
        let (action, text) = match choice {
            Choice::Allow => (Action::Allow, "Allow once"),
            Choice::Rule => (Action::AllowRule, "Allow by rule: you edit its words first"),
            Choice::Deny => (Action::Deny, "Deny and tell the session why"),
            Choice::DenyAndHold => (Action::DenyAndHold, "Deny and pause the task"),
        };
        let line = take(&mut rest);
        let key = scene.keys.key_of(Layer::Approval, action);
        brush.put(line.x + 2, line.y, 3, &key, Role::KeyUrgent);
        brush.put(line.x + 6, line.y, line.width.saturating_sub(6), text, Role::Text);
        if approval.choice == choice && line.y != u16::MAX {
            brush.shade(line, Role::Cursor);
            brush.put(line.x, line.y, 1, ">", Role::Key);
        }
    }
}
