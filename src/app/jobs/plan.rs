//! Planning: a session that looks, asks and proposes.

use super::{
    fault,
    look::Looking,
    seat::{Early, Seat},
    survey::{Survey, memory},
    talk,
};
use crate::{
    domain::{Command, End},
    planner::{PlanFacts, plan_tools, plan_turn},
};

pub(super) async fn run(seat: &Seat) -> Result<End, Early> {
    let goal = &seat.scene.goal;
    let survey = Survey::of(seat, &goal.tip).await?;
    let rules = survey.rules(seat, &[]).await?;
    if !rules.files.is_empty() {
        let read: Vec<&str> = rules.files.iter().map(|file| file.path.as_str()).collect();
        let text = format!("rules of the repository read: {}", read.join(", "));
        let _ = seat.link.ask(Command::Note { run: Some(seat.link.run), text }).await;
    }
    let (tree, history) = (survey.tree(), survey.history(seat).await?);
    let memory = memory(seat, &goal.text)?;
    let facts = PlanFacts {
        rules: &rules,
        tree: &tree,
        history: &history,
        memory: &memory,
        window: seat.window()?,
    };
    let opening = plan_turn(&seat.world.prompts, goal, &facts).map_err(fault::prompt)?;
    let looking = Looking::at(seat, &goal.tip).await?;
    let delivery = plan_tools(looking.tools(seat), survey.exists());
    looking.done(seat, talk::think(seat, opening, delivery).await).await
}
