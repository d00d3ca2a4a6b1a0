//! The approval of a command: all of it is seen before anything is decided.

use std::fmt::Write as _;

use ratatui::layout::Rect;

use super::super::{
    action::Action,
    glyph::Mark,
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

/// Most rows of one fact.
const MAX_ROWS: usize = 6;
/// Columns of what a fact is called.
const NAME: u16 = 9;
/// Rows of the choices.
const CHOICES: u16 = 4;

/// Up to this many rows inside nothing is left blank.
const SHORT: u16 = 14;

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
    let facts = facts(scene, approval, &reasons);
    let wide = rest.width.saturating_sub(4);
    let flow = Flow::of(&command_text(approval));
    let columns = usize::from(wide.max(1));
    let all = flow.count(columns);
    // Besides the facts: what is said of more lines, a gap, the choices. The command is what is
    // decided upon: where it needs the rows each fact keeps one.
    let needed: u16 = facts.iter().map(|fact| fact.rows(rest.width)).sum();
    let least = u16::try_from(facts.len()).unwrap_or(0);
    let most = rest.height.saturating_sub(CHOICES + 1 + least);
    let is_tight = all > usize::from(most.saturating_sub(2));
    if inside.height > SHORT && !is_tight {
        take(&mut rest);
    }
    let left = rest.height.saturating_sub(CHOICES + 1 + u16::from(!is_tight));
    let rows = u16::try_from(all).unwrap_or(u16::MAX).min(left.saturating_sub(least));
    let rows = rows.max(left.saturating_sub(needed)).max(rest.height / 3).max(1).min(rest.height);
    let room = Rect { x: rest.x + 2, width: wide, height: rows, ..rest };
    let shown = usize::from(rows).min(all);
    let top = approval.top.min(all - shown);
    for row in 0..shown {
        let y = room.y + u16::try_from(row).unwrap_or(0);
        let line = flow.line(columns, top + row);
        brush.put(room.x, y, room.width, line, Role::Tool);
        if breaks_word(&flow, columns, top + row) {
            let mark = brush.glyphs.of(Mark::Wraps);
            brush.put(room.right() + 1, y, 1, mark, Role::Faint);
        }
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
    tell(brush, &mut rest, &facts);
    choices(brush, scene, rest, approval);
}

/// Whether a row ends within a word, which goes on in the next.
fn breaks_word(flow: &Flow, columns: usize, row: usize) -> bool {
    let next = flow.start_of(columns, row + 1);
    let before = flow.text().get(..next).and_then(|text| text.chars().next_back());
    next < flow.len() && before.is_some_and(|last| !last.is_whitespace())
}

fn take(rest: &mut Rect) -> Rect {
    let line = Rect { height: rest.height.min(1), ..*rest };
    rest.y += line.height;
    rest.height -= line.height;
    // Without room the line lies outside every buffer.
    if line.height == 0 { Rect { y: u16::MAX, ..line } } else { line }
}

/// What is told about a command.
struct Fact {
    name: &'static str,
    text: Flow,
}

impl Fact {
    /// The rows that it takes at this width of the dialog.
    fn rows(&self, width: u16) -> u16 {
        let columns = usize::from(width.saturating_sub(NAME).max(1));
        u16::try_from(self.text.count(columns).min(MAX_ROWS)).unwrap_or(1)
    }
}

fn facts(scene: &Scene<'_>, approval: &Approval, reasons: &[&str]) -> Vec<Fact> {
    let ask = &approval.ask;
    let attempt = scene.facts.state.goal().and_then(|goal| goal.task(&ask.task)?.last_attempt());
    let said = scene.facts.story.session_with(ask.run).and_then(|session| {
        let is_said = |one: &&super::super::block::Block| {
            one.kind == super::super::block::BlockKind::Message && one.run == Some(ask.run)
        };
        session.blocks().rev().find(is_said).map(|block| block.body.text())
    });
    let all = [
        ("in", attempt.map(|one| one.worktree.clone())),
        ("says", said.map(|text| text.split_whitespace().collect::<Vec<_>>().join(" "))),
        ("touches", Some(reasons.join(", ")).filter(|text| !text.is_empty())),
        ("rules", Some("no criterion and no rule of yours allows it".to_owned())),
    ];
    let told = |(name, text): (_, Option<String>)| Some(Fact { name, text: Flow::of(&text?) });
    all.into_iter().filter_map(told).collect()
}

/// Tells the facts in what room there is; the choices matter more. Each has a row before one has
/// two.
fn tell(brush: &mut Brush<'_>, rest: &mut Rect, facts: &[Fact]) {
    let mut room = rest.height.saturating_sub(CHOICES);
    let mut rows: Vec<u16> = facts.iter().map(|_| 0).collect();
    while room > 0 {
        let wants = |at: &usize| rows[*at] < facts[*at].rows(rest.width);
        let Some(next) = (0..facts.len()).filter(wants).min_by_key(|at| rows[*at]) else { break };
        rows[next] += 1;
        room -= 1;
    }
    for (fact, rows) in facts.iter().zip(rows) {
        let place = Rect { height: rows, ..*rest };
        if rows > 0 {
            brush.put(place.x, place.y, NAME, fact.name, Role::Muted);
        }
        let x = place.x + NAME.min(place.width);
        let text = Rect { x, width: place.width.saturating_sub(NAME), ..place };
        super::plan::paragraph(brush, text, fact.text.text(), Role::Text);
        *rest = super::memory::below(*rest, rows);
    }
}

fn choices(brush: &mut Brush<'_>, scene: &Scene<'_>, rest: Rect, approval: &Approval) {
    let mut rest = rest;
    if rest.height > CHOICES {
        take(&mut rest);
    }
    // Where there is no room for all, the one that Enter takes is in sight.
    let at = Choice::ALL.iter().position(|one| *one == approval.choice).unwrap_or(0);
    let hidden = (at + 1).saturating_sub(usize::from(rest.height));
    for choice in Choice::ALL.into_iter().skip(hidden) {
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
