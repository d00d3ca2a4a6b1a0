//! A brief that a person has changed, looked over again before it is put on record.

use std::{collections::BTreeSet, sync::Arc};

use super::{open::Place, reader::written_for};
use crate::{
    config::KnownModels,
    domain::{Brief, Command, Goal},
    planner::{ExistsHere, Ground, Rules, Window, lint},
};

/// Puts the linter's findings on the briefs that these commands write. Where the repository cannot
/// be read now, a brief keeps the findings that it has.
pub(super) async fn relint(place: &Place, goal: &Goal, commands: Vec<Command>) -> Vec<Command> {
    let Ok(paths) = place.repo.paths_at(&goal.tip.commit).await else { return commands };
    let exists = exists_among(paths);
    commands
        .into_iter()
        .map(|command| {
            if let Command::EditBrief { brief } = command {
                Command::EditBrief { brief: looked_over(place, goal, brief, &exists) }
            } else {
                command
            }
        })
        .collect()
}

fn looked_over(place: &Place, goal: &Goal, mut brief: Brief, exists: &ExistsHere) -> Brief {
    // As the planner's own words are judged, by what is known of the models now.
    let known = KnownModels::load(&place.dirs);
    let window = written_for(&place.config, &known, goal, &brief.task);
    let window = window.unwrap_or(Window(u32::MAX));
    if let Some(ground) = Ground::gather(goal, &[], &brief.task, Rules::default(), window) {
        brief.lint = lint(&brief, &ground, &**exists);
    }
    brief
}

/// Whether a path is a file or a folder among these files.
pub(super) fn exists_among(paths: Arc<BTreeSet<String>>) -> ExistsHere {
    Arc::new(move |wanted: &str| {
        let wanted = wanted.trim_start_matches("./").trim_end_matches('/');
        let folder = format!("{wanted}/");
        wanted.is_empty()
            || wanted == "."
            || paths.contains(wanted)
            || paths.range(folder.clone()..).next().is_some_and(|path| path.starts_with(&folder))
    })
}
