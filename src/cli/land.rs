//! `land`: the goal's branch into the person's.

use super::{
    decide::record,
    out::{CliError, Exit, Form, say},
};
use crate::{
    app::{Place, goal},
    domain::Command,
    git::Landed,
};

pub(super) async fn land(place: &Place, form: Form) -> Result<Exit, CliError> {
    let (mut engine, mut store) = place.open()?;
    let open = engine
        .state()
        .goal()
        .ok_or_else(|| CliError::Usage("there is no goal to land".to_owned()))?;
    if !open.is_complete() {
        say("note: not every task is done; what has landed so far is merged");
    }
    let landed = goal::land(place, open).await.map_err(CliError::Usage)?;
    let (into, at) = match landed {
        Landed::Already { into, at } | Landed::Now { into, at, .. } => (into, at),
        Landed::Not(why) => {
            say(format_args!("nothing was changed: {why}"));
            return Ok(Exit::Waits);
        }
    };
    let command = Command::RecordLanding { into, commit: at.commit };
    record(&mut engine, &mut store, command, form)?;
    Ok(Exit::Done)
}
