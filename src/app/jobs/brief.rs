//! Briefs: the planner's words where judgement is needed, everything else composed from the log.

use std::{future::ready, sync::Arc};

use super::{
    fault, learn,
    look::Looking,
    seat::{Early, Seat},
    survey::{Survey, paths_of, say_again},
    talk,
};
use crate::{
    domain::{End, TaskId},
    planner::{Ground, brief_tools, brief_turn},
};

/// Most bytes of an earlier attempt's patch; what a brief shows of it is less.
const MAX_DIFF: usize = 64 * 1024;

pub(super) async fn run(seat: &Seat, id: &TaskId) -> Result<End, Early> {
    let task = seat.task(id)?;
    let scene = &seat.scene;
    let survey = Survey::of(seat, &scene.goal.tip).await?;
    let rules = survey.rules(seat, &paths_of(task)).await?;
    let lessons = learn::verified(seat, task).await?;
    let mut ground = Ground::gather(&scene.goal, &lessons, id, rules, seat.reader_window(id)?)
        .ok_or_else(|| fault::environment(format!("there is no task `{id}`"), "try again"))?;
    if let Some((base, head)) =
        task.last_attempt().and_then(|one| Some((&one.base, one.head.as_ref()?)))
    {
        let diff = seat.repo.diff(&base.commit, &head.commit, &[], MAX_DIFF).await;
        ground.partial = diff.map_err(fault::git)?.patch;
    }
    say_again(seat, &seat.world.recall().map_err(fault::store)?)?;
    let opening = brief_turn(&seat.world.prompts, &ground, &survey.tree(), seat.window()?)
        .map_err(fault::prompt)?;
    let looking = Looking::at(seat, &scene.goal.tip);
    let delivery = brief_tools(looking.tools(), Arc::new(ground), survey.exists());
    looking.done(talk::think(seat, ready(Ok(opening)), delivery).await).await
}
