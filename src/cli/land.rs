//! `land`: the goal's branch into the person's.

use super::{
    decide::record,
    out::{CliError, Exit, Form, say},
};
use crate::{
    app::{Place, goal},
    domain::{Command, Standing},
    git::Landed,
};

pub(super) async fn land(place: &Place, form: Form) -> Result<Exit, CliError> {
    let (mut engine, mut store) = place.open()?;
    let open = engine.state().goal().ok_or_else(CliError::no_goal)?;
    if let Standing::Landed { into, .. } = &open.standing {
        say(format_args!("this goal is merged into {into} already"));
        return Ok(Exit::Done);
    }
    if !open.is_complete() && open.tip != open.base {
        say("note: not every task is done; what has landed so far is merged");
    }
    let landed = goal::land(place, open).await.map_err(CliError::Usage)?;
    let (into, at) = match landed {
        Landed::Already { into, at } | Landed::Now { into, at, .. } => (into, at),
        Landed::Not(why) => {
            say(format_args!("nothing was changed: {why}"));
            say(format_args!(
                "merge it by hand with `git merge {}`, or mend what stands in the way and land again",
                open.branch()
            ));
            return Ok(Exit::Waits);
        }
    };
    let command = Command::RecordLanding { into, commit: at.commit };
    record(&mut engine, &mut store, command, form)?;
    Ok(Exit::Done)
}
