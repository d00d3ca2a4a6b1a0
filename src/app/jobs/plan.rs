//! Planning: a session that looks, asks and proposes.

use super::{
    fault,
    look::Looking,
    seat::{Early, Seat},
    survey::{Survey, history, memory, say_again},
    talk,
};
use crate::{
    domain::{Command, End},
    planner::{PlanFacts, Turn, plan_tools, plan_turn},
};

pub(super) async fn run(seat: &Seat) -> Result<End, Early> {
    let at = &seat.scene.goal.tip;
    // Side by side: the person has just stated the goal and waits for the first words.
    let (survey, history) = tokio::try_join!(Survey::of(seat, at), history(seat, at))?;
    let looking = Looking::at(seat, at);
    let delivery = plan_tools(looking.tools(), survey.exists());
    looking.done(talk::think(seat, opening(seat, &survey, &history), delivery).await).await
}

/// What the planner is told at first.
async fn opening(seat: &Seat, survey: &Survey, history: &str) -> Result<Turn, Early> {
    let goal = &seat.scene.goal;
    let rules = survey.rules(seat, &[]).await?;
    if !rules.files.is_empty() {
        let read: Vec<&str> = rules.files.iter().map(|file| file.path.as_str()).collect();
        let text = format!("rules of the repository read: {}", read.join(", "));
        let _ = seat.link.ask(Command::Note { run: Some(seat.link.run), text }).await;
    }
    let tree = survey.tree();
    let recall = seat.world.recall().map_err(fault::store)?;
    say_again(seat, &recall)?;
    let memory = memory(seat, &recall, &goal.text)?;
    let window = seat.window()?;
    let facts = PlanFacts { rules: &rules, tree: &tree, history, memory: &memory, window };
    plan_turn(&seat.world.prompts, goal, &facts).map_err(fault::prompt)
}
