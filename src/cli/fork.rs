//! `plan fork`: the plan as it stood at a moment, as a goal of its own.

use super::{
    decide::record,
    out::{CliError, Exit, Form, say},
    read, run,
};
use crate::{app, app::Place};

pub(super) fn fork(place: &Place, at: &str, text: Option<&str>) -> Result<Exit, CliError> {
    let then = read::state(place, Some(at))?;
    let old = then.goal().ok_or_else(|| CliError::Usage(format!("there was no goal at {at}")))?;
    let text = text.map(run::goal_text).transpose()?;
    let (mut engine, mut store) = place.open()?;
    for command in app::fork(engine.state(), old, text).map_err(CliError::Usage)? {
        record(&mut engine, &mut store, command, Form::Lines)?;
    }
    let id = engine.state().active.clone().unwrap_or_else(|| old.id.clone());
    say(format_args!(
        "`{id}` begins where `{}` stood at {at}; read its plan with `chargehand show plan`",
        old.id
    ));
    Ok(Exit::Done)
}
