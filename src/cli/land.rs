//! `land`: the goal's branch into the person's.

use super::{
    decide::record,
    out::{CliError, Exit, say},
};
use crate::{
    app::Place,
    domain::Command,
    git::{Filters, Landed, Message},
    ui,
};

pub(super) async fn land(place: &Place) -> Result<Exit, CliError> {
    let (mut engine, mut store) = place.open()?;
    let goal = engine
        .state()
        .goal()
        .ok_or_else(|| CliError::Usage("there is no goal to land".to_owned()))?;
    if goal.tip == goal.base {
        return Err(CliError::Usage(format!("nothing has landed on {} yet", goal.branch())));
    }
    if !goal.is_complete() {
        say("note: not every task is done; what has landed so far is merged");
    }
    let what = Message::new(format!("Merge {}", goal.branch()))
        .body(ui::line(&goal.text))
        .trailer("Chargehand-Goal", goal.id.as_str());
    let landed = place.repo.land_into_checkout(&goal.tip.commit, &what, Filters::Global).await?;
    let (into, at) = match landed {
        Landed::Already { into, at } | Landed::Now { into, at, .. } => (into, at),
        Landed::Not(why) => {
            say(format_args!("nothing was changed: {why}"));
            return Ok(Exit::Waits);
        }
    };
    let command = Command::RecordLanding { into, commit: at.commit };
    record(&mut engine, &mut store, command)?;
    Ok(Exit::Done)
}
