//! What happened while nobody looked, in one line.

use super::{kept::Kept, origin::age};
use crate::domain::{
    Actor, Decision, End, Event, PlanDraft, QuestionId, Record, RunId, Seq, Standing, State,
};

/// One line that says what happened since the screen was left; `None`: nothing to speak of.
/// `records` are those after `Kept::seen`, `now` is in milliseconds since 1970 UTC. What was asked
/// and has been settled since is not counted: it is no news.
pub fn meanwhile<'a>(
    kept: &Kept,
    state: &State,
    records: impl IntoIterator<Item = &'a Record>,
    now: u64,
) -> Option<String> {
    #[derive(Default)]
    struct Count {
        done: usize,
        followed: usize,
        waits: usize,
        stopped: usize,
        held: usize,
        denied: usize,
        other: usize,
    }
    let goal = state.goal();
    let is_open = |seq: Seq| {
        goal.is_some_and(|goal| goal.open_questions().any(|(open, _)| open == QuestionId(seq.0)))
    };
    let is_proposed = |draft: &PlanDraft| match goal.map(|goal| &goal.standing) {
        Some(Standing::Proposed { draft: now }) => now == draft,
        _ => false,
    };
    // A command that was asked about outlives its run, which goes on once it is answered.
    let is_asked = |run: RunId| goal.is_some_and(|goal| goal.asks.iter().any(|ask| ask.run == run));
    let mut count = Count::default();
    for record in records {
        let place = match &record.event {
            Event::Landed { .. } => &mut count.done,
            Event::Judged { verdict, .. } => match verdict.decision {
                Decision::FollowUp { .. } => &mut count.followed,
                Decision::Accept | Decision::ChangePlan { .. } | Decision::Ask { .. } => continue,
            },
            Event::QuestionAsked { .. } if is_open(record.seq) => &mut count.waits,
            Event::PlanProposed { draft, .. } if is_proposed(draft) => &mut count.waits,
            Event::QuestionAsked { .. } | Event::PlanProposed { .. } => continue,
            Event::RunEnded { run, end: End::Interrupted } if is_asked(*run) => &mut count.held,
            Event::RunEnded { end: End::Interrupted, .. } => &mut count.stopped,
            Event::CallAnswered { allow: false, .. } if record.actor == Actor::Chargehand => {
                &mut count.denied
            }
            _ => &mut count.other,
        };
        *place += 1;
    }
    let mut counts = vec![
        (count.done, "task landed", "tasks landed"),
        (count.followed, "follow-up", "follow-ups"),
        (count.waits, "thing asked of you", "things asked of you"),
        (count.stopped, "run was stopped and goes on", "runs were stopped and go on"),
        (count.held, "run waits for your word", "runs wait for your word"),
        (
            count.denied,
            "command was denied, as nobody was there",
            "commands were denied, as nobody was there",
        ),
    ];
    if counts.iter().all(|(number, ..)| *number == 0) {
        counts = vec![(count.other, "event", "events")];
    }
    let parts: Vec<String> = counts
        .into_iter()
        .filter(|(number, ..)| *number > 0)
        .map(|(number, one, many)| format!("{number} {}", if number == 1 { one } else { many }))
        .collect();
    if parts.is_empty() {
        return None;
    }
    let away = age(now.saturating_sub(kept.at));
    Some(format!("back after {away}: {}", parts.join(", ")))
}
