//! `goals`: list them, switch to one, put one away.

use super::{
    decide::record,
    ids,
    out::{CliError, Exit, Form, data_fit, say},
    status,
};
use crate::{
    app::Place,
    domain::{Command, Goal, Phase},
    ui::{self, width},
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
    let work = status::work(place);
    let words: Vec<String> = state.goals.values().map(|goal| status::word(goal, work)).collect();
    let names = state.goals.keys().map(|id| id.as_str().len()).max().unwrap_or(0);
    let wide = words.iter().map(|word| width(word)).max().unwrap_or(0);
    for (goal, word) in state.goals.values().zip(&words) {
        let mark = if state.active.as_ref() == Some(&goal.id) { '*' } else { ' ' };
        let done = goal.plan.tasks.iter().filter(|one| matches!(one.phase, Phase::Done { .. }));
        let (id, done, all) = (&goal.id, done.count(), goal.plan.tasks.len());
        let text = ui::line(&goal.text);
        data_fit(&format!("{mark} {id:<names$}  {done}/{all} done  {word:<wide$}  {text}"), 6);
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
