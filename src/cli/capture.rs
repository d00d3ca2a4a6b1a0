//! `capture`, `settle`: a thought at any time, and what becomes of it.

use super::{
    decide::record,
    ids,
    out::{CliError, Exit, Form, say},
};
use crate::{
    app::Place,
    domain::{CaptureId, Command, Settled},
};

pub(super) fn capture(place: &Place, text: &str) -> Result<Exit, CliError> {
    let (mut engine, mut store) = place.open()?;
    record(&mut engine, &mut store, Command::Capture { text: text.to_owned() }, Form::Lines)?;
    say("kept; `chargehand status` shows what it could become");
    Ok(Exit::Done)
}

pub(super) fn settle(
    place: &Place,
    id: &str,
    into: &str,
    task: Option<&str>,
) -> Result<Exit, CliError> {
    let Some(capture) = ids::number(id, 'N').map(CaptureId) else {
        return Err(CliError::Usage(format!(
            "`{id}` is no thought; they are called N12 and so on"
        )));
    };
    let (mut engine, mut store) = place.open()?;
    record(&mut engine, &mut store, settled(capture, into, task)?, Form::Lines)?;
    Ok(Exit::Done)
}

fn settled(capture: CaptureId, into: &str, task: Option<&str>) -> Result<Command, CliError> {
    let into = match (into, task) {
        ("note", None) => Settled::Note,
        ("task", None) => Settled::Task,
        ("replan", None) => Settled::Replan,
        ("drop", None) => Settled::Dropped,
        ("steer", Some(task)) => Settled::Steer { task: ids::task(task) },
        ("steer", None) => {
            return Err(CliError::Usage("say which task: settle N12 steer TASK".to_owned()));
        }
        (other, _) => {
            return Err(CliError::Usage(format!(
                "a thought becomes note, task, steer TASK, replan or drop; not `{other}`"
            )));
        }
    };
    Ok(Command::SettleCapture { capture, into })
}
