//! Sessions: which model, which limits, and what their end means for the run.

use std::{path::Path, sync::Arc, time::Duration};

use futures::future::BoxFuture;

use super::{
    super::reader::tokens,
    fault,
    manner::Dealings,
    seat::{Early, Seat},
};
use crate::{
    agent::{BlobSink as _, Ended, Ground, Limits, Link, Session, Still, Toolbox},
    domain::{Command, End, Endpoint, Item, Rung, Task},
    executor,
    git::Worktree,
    planner::{Delivery, Turn},
    tools::{ChangePlace, change, look_at_files},
};

/// Turns that a thinking session may take: enough to look around and mend what it delivered.
const THINKING_TURNS: u32 = 40;
/// Time that the model may take in one session.
const SESSION_TIME: Duration = Duration::from_hours(1);
/// Most tokens of one answer, where settings say nothing.
const MAX_OUTPUT: u32 = 8_192;
/// The share of the window that one result may have, in tokens, at about four bytes each.
const SHOWN_SHARE: u64 = 8;

/// What stands between the instructions and the task in what is kept of an opening.
const BETWEEN: &str = "\n\n──────── what is asked ────────\n\n";

/// What the log has of an attempt's earlier runs.
#[derive(Clone, Debug, Default)]
pub(super) struct Past {
    pub(super) items: Vec<Item>,
    pub(super) turns: u32,
    /// The session has reported and is over.
    pub(super) reported: bool,
}

/// A session of the planner's role: it looks, asks and delivers. What it is told at first is found
/// out while its tools are made ready.
pub(super) async fn think(
    seat: &Seat,
    turn: impl Future<Output = Result<Turn, Early>>,
    delivery: Delivery,
) -> Result<End, Early> {
    let rung = seat.rung()?;
    let limits = Limits { turns: THINKING_TURNS, ..limits(seat, &rung) };
    let link = seat.planner_link(&rung.at.model);
    let effort = seat.world.config.models.effort.planner;
    let dealings = seat.dealings(&rung.at).with(effort);
    let session = session(seat, &rung.at, dealings, link, delivery.tools, limits);
    let ready = tokio::task::spawn_blocking(|| session.ready());
    let turn = turn.await?;
    bill(seat, &turn).await;
    let ended = match ready.await {
        Ok(Ok(ready)) => ready.run(turn.opening, Vec::new()).await,
        Ok(Err(fault)) => Ended::Faulted(fault),
        Err(broke) => {
            return Err(fault::environment(
                format!("the tools could not be made ready: {broke}"),
                "This is a fault in chargehand.",
            ));
        }
    };
    // What was delivered with faults too often is the model's fault, however the session ended.
    match delivery.rounds.fault() {
        Some(fault) => Err(End::Faulted { fault }),
        None => end(ended, rung.at),
    }
}

/// Keeps what the session is told at its beginning, exactly as it is sent. It is on record before
/// that: it is told with the reservation of the first request.
async fn bill(seat: &Seat, turn: &Turn) {
    let text = format!("{}{BETWEEN}{}", turn.opening.system, turn.opening.user);
    let blobs = Arc::clone(&seat.world.blobs);
    let put = tokio::task::spawn_blocking(move || blobs.put(text.as_bytes())).await;
    // What cannot be kept is no reason not to think.
    let Ok(Some(blob)) = put else { return };
    let parts = turn.bill.clone();
    seat.link.tell_with_next(Command::CompileContext { run: seat.link.run, parts, blob });
}

/// A session of the executor's role, in the attempt's worktree.
pub(super) async fn execute(
    seat: &Seat,
    task: &Task,
    worktree: &Worktree,
    past: Past,
) -> Result<End, Early> {
    let rung = seat.rung()?;
    let brief = task
        .brief
        .as_ref()
        .or(task.last_attempt().map(|attempt| &attempt.brief))
        .ok_or_else(|| fault::environment("the attempt has no brief", "retry the task"))?;
    let opening = executor::opening(&seat.world.prompts, brief).map_err(fault::prompt)?;
    let limits =
        Limits { turns: seat.scene.goal.caps.turns, turns_used: past.turns, ..limits(seat, &rung) };
    let link = seat.executor_link(&rung.at.model);
    let effort = seat.world.config.models.effort.executor(task.tier());
    let dealings = seat.dealings(&rung.at).with(effort);
    let tools = dealings.hand(hands(task, &worktree.path)?);
    let session = Session {
        ground: Arc::new(Files(worktree.clone())),
        ..session(seat, &rung.at, dealings, link, tools, limits)
    };
    end(session.run(opening, past.items).await, rung.at)
}

/// The files of an attempt.
struct Files(Worktree);

impl Ground for Files {
    fn digest(&self) -> BoxFuture<'_, Option<String>> {
        // What cannot be read now has not been seen to change.
        Box::pin(async { self.0.tree().await.ok() })
    }
}

/// The executor's tools: look, change, run, and the report.
fn hands(task: &Task, root: &Path) -> Result<Toolbox, Early> {
    let place = ChangePlace {
        root: root.to_owned(),
        may_touch: task.spec.may_touch.clone(),
        must_not_touch: task.spec.must_not_touch.clone(),
        outputs: task.spec.outputs.clone(),
    };
    let mut tools = look_at_files(root);
    tools.extend(change(&place).map_err(|why| {
        fault::environment(
            format!("the task's globs cannot be used: {why}"),
            "mend may_touch and must_not_touch in the plan",
        )
    })?);
    tools.push(executor::finish_tool());
    Ok(tools)
}

fn limits(seat: &Seat, rung: &Rung) -> Limits {
    let window = tokens(rung);
    // A small window must have room for the question as well as for the answer.
    let asked = seat.world.config.models.output_tokens.unwrap_or(MAX_OUTPUT);
    let max_output = asked.min(window / 4).max(256);
    let shown = u64::from(window) / SHOWN_SHARE * 4;
    Limits {
        time: SESSION_TIME,
        window: u64::from(window),
        max_output,
        shown: usize::try_from(shown).unwrap_or(usize::MAX).clamp(2_000, 64 * 1024),
        ..Limits::default()
    }
}

fn session(
    seat: &Seat,
    at: &Endpoint,
    dealings: Dealings,
    link: Link,
    tools: Toolbox,
    limits: Limits,
) -> Session {
    let world = &seat.world;
    Session {
        model: world.servers.get(&at.provider),
        name: at.model.clone(),
        price: world.prices.price(at),
        link,
        tools,
        blobs: Arc::clone(&world.blobs) as _,
        limits,
        manner: dealings.manner,
        lore: dealings.lore,
        ground: Arc::new(Still),
    }
}

/// How the run ends. A fault says which model and server it came from.
fn end(ended: Ended, at: Endpoint) -> Result<End, Early> {
    match ended {
        Ended::Delivered => Ok(End::Done),
        Ended::GaveUp(fault) | Ended::Faulted(fault) => {
            Err(End::Faulted { fault: fault.of_model(at) })
        }
        Ended::Stopped => Err(End::Stopped),
    }
}
