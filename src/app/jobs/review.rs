//! Reviews: the planner reads report, evidence, diff and memory, and decides.

use std::future::ready;

use super::{
    check::worked,
    fault, learn,
    look::Looking,
    seat::{Early, Seat},
    survey::Survey,
    talk,
    unheard::said_before,
};
use crate::{
    domain::{Attempt, End, Event, Item, Outcome, Record, TaskId},
    planner::{Heard, ReviewFacts, Shown, Worth, review_tools, review_turn},
    ui,
};

/// Most bytes of a diff that a reviewer is given; their window may hold less.
const MAX_DIFF: usize = 256 * 1024;
/// Most events of an attempt that a reviewer may be shown.
const MAX_EVENTS: usize = 400;

pub(super) async fn run(seat: &Seat, id: &TaskId) -> Result<End, Early> {
    let task = seat.task(id)?;
    let goal = &seat.scene.goal;
    let (attempt, head) = worked(task)?;
    let diff = seat
        .repo
        .diff(&attempt.base.commit, &head.commit, &[], MAX_DIFF)
        .await
        .map_err(fault::git)?;
    let records = learn::records(seat)?;
    seat.link.say_again(said_before(&seat.job, &records));
    let events = shown(&records, attempt);
    let facts = ReviewFacts { diff: &diff.patch, events: &events, window: seat.window()? };
    let opening =
        review_turn(&seat.world.prompts, goal, task, attempt, &facts).map_err(fault::prompt)?;
    let survey = Survey::of(seat, head).await?;
    let looking = Looking::at(seat, head);
    let said = Heard::new(learn::heard(&records));
    let delivery = review_tools(looking.tools(), goal.plan.clone(), &events, said, survey.exists());
    let ended = looking.done(talk::think(seat, ready(Ok(opening)), delivery).await).await;
    // The reviewer's own words come first; what the log shows by itself is added to them.
    if let Ok(End::Done) = &ended {
        learn::from_attempt(seat, task).await?;
    }
    ended
}

/// The attempt's events that a lesson may rest on, and what each is worth.
fn shown(records: &[Record], attempt: &Attempt) -> Vec<Shown> {
    let own = records.iter().filter(|one| one.attempt == Some(attempt.number));
    let mut events: Vec<Shown> = own.filter_map(one).collect();
    let surplus = events.len().saturating_sub(MAX_EVENTS);
    events.drain(..surplus);
    events
}

fn one(record: &Record) -> Option<Shown> {
    let (worth, text) = match &record.event {
        Event::Checked { evidence, .. } | Event::LandingRefuted { evidence, .. } => {
            let failed = evidence.iter().filter(|one| one.outcome != Outcome::Passed).count();
            let worth = if failed > 0 { Worth::CheckFailed } else { Worth::CheckPassed };
            (worth, format!("checks: {failed} of {} fail", evidence.len()))
        }
        Event::Steered { text, .. } => (Worth::Person, format!("the person said: {text}")),
        Event::CallAnswered { allow, why, .. } => {
            let word = if *allow { "allowed" } else { "denied" };
            // What was allowed is a model's words; that it was allowed says nothing of their truth.
            (Worth::Text, format!("the person {word} a command: {why}"))
        }
        Event::Reported { report, .. } => (Worth::Text, format!("reported: {}", report.summary)),
        Event::CallIntended { command: Some(command), .. } => {
            (Worth::Text, format!("ran: {command}"))
        }
        Event::ItemLogged { item: Item::Returned { ok, text, .. }, .. } => {
            let word = if *ok { "result" } else { "error" };
            (Worth::Text, format!("{word}: {text}"))
        }
        _ => return None,
    };
    let text: String = ui::line(&text).chars().take(300).collect();
    Some(Shown { seq: record.seq, worth, text })
}
