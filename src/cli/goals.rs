//! `goals`: list them, switch to one, put one away.

use super::{
    decide::record,
    ids,
    out::{CliError, Exit, Form, data, say},
};
use crate::{
    app::Place,
    domain::{Command, Goal, Phase},
    ui,
};

pub(super) fn goals(
    place: &Place,
    switch: Option<String>,
    archive: Option<String>,
) -> Result<Exit, CliError> {
    let command = switch
        .map(|id| Command::SwitchGoal { id: ids::goal(&id) })
        .or(archive.map(|id| Command::ArchiveGoal { id: ids::goal(&id) }));
    if let Some(command) = command {
        let (mut engine, mut store) = place.open()?;
        record(&mut engine, &mut store, command, Form::Lines)?;
        return Ok(Exit::Done);
    }
    let (engine, _) = place.read()?;
    let state = engine.state();
    for goal in state.goals.values() {
        let mark = if state.active.as_ref() == Some(&goal.id) { '*' } else { ' ' };
        let done = goal.plan.tasks.iter().filter(|one| matches!(one.phase, Phase::Done { .. }));
        let word = goal.word();
        data(format_args!(
            "{mark} {:<32} {}/{} done  {word:<20}  {}",
            goal.id,
            done.count(),
            goal.plan.tasks.len(),
            ui::line(&goal.text)
        ));
    }
    let ready = |goal: &&Goal| goal.is_complete() && state.active.as_ref() != Some(&goal.id);
    for goal in state.goals.values().filter(|goal| !goal.archived).filter(ready) {
        say(format_args!(
            "`{0}` can land: chargehand goals --switch {0} && chargehand land",
            goal.id
        ));
    }
    Ok(Exit::Done)
}
