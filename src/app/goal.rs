//! Opening and landing a goal: what the command line and the screen share.

use super::open::Place;
use crate::{
    domain::{Command, Goal, GoalId, Policy, Snapshot, State},
    git::{Filters, Head, Landed, Message, Shape},
    planner, ui,
};

/// Where a new goal's branch starts, the branch that the person is on, and what they should know
/// of the repository's shape.
pub async fn base(place: &Place) -> Result<(Snapshot, Option<String>, Vec<String>), String> {
    let shape = Shape::of(&place.repo).await.map_err(|error| error.to_string())?;
    let notes = shape.notes.iter().map(ToString::to_string).collect();
    let of =
        |at: &crate::git::Snapshot| Snapshot { commit: at.commit.clone(), tree: at.tree.clone() };
    match &shape.head {
        Head::Branch { name, at } => Ok((of(at), Some(name.clone()), notes)),
        Head::Detached { at } => Ok((of(at), None, notes)),
        Head::Unborn { branch } => Err(format!(
            "`{branch}` has no commit yet, and work needs a place to start from. Make one with \
             `git commit --allow-empty -m \"Begin\"`, or let `chargehand run --init` commit what is here"
        )),
    }
}

/// What to say of the goal that is open when another is stated: that it is put aside as it stands,
/// and how to go back to it. `None` when there is none, or it is over.
pub fn put_aside(state: &State) -> Option<String> {
    let open = state.goal().filter(|goal| !goal.is_over())?;
    Some(format!(
        "the goal `{0}` is put aside as it stands; `chargehand goals --switch {0}` goes back to it",
        open.id
    ))
}

/// The command that opens a goal for a person at the screen: they approve everything themselves.
pub fn open(
    place: &Place,
    state: &State,
    text: String,
    base: Snapshot,
    onto: Option<String>,
) -> Command {
    Command::OpenGoal {
        id: free_id(state, &text),
        text,
        base,
        onto,
        policy: Policy::Each,
        caps: place.config.goal_caps(),
        commands: crate::domain::CommandPolicy::Ask,
    }
}

/// Most letters of a goal's slug: its branch and its folders bear it.
const SLUG: usize = 32;

/// A slug from the goal's first words that no goal has yet. No word is cut, but for a first one
/// that is too long by itself.
pub fn free_id(state: &State, text: &str) -> GoalId {
    let slug = planner::slug(text, "goal");
    let mut words = slug.split('-');
    let first: String = words.next().unwrap_or_default().chars().take(SLUG).collect();
    let short = words
        .try_fold(first, |short, word| {
            let longer = format!("{short}-{word}");
            if longer.len() > SLUG { Err(short) } else { Ok(longer) }
        })
        .unwrap_or_else(|short| short);
    let numbered = (2..).map(|n| format!("{short}-{n}"));
    std::iter::once(short.clone())
        .chain(numbered)
        .map(GoalId)
        .find(|id| !state.goals.contains_key(id))
        .unwrap_or(GoalId(short))
}

/// Merges what has landed on the goal's branch into the person's.
pub async fn land(place: &Place, goal: &Goal) -> Result<Landed, String> {
    if goal.tip == goal.base {
        return Err(format!("nothing has landed on {} yet", goal.branch()));
    }
    let what = Message::new(format!("Merge {}", goal.branch()))
        .body(ui::line(&goal.text))
        .trailer("Chargehand-Goal", goal.id.as_str());
    place
        .repo
        .land_into_checkout(&goal.tip.commit, &what, Filters::Global)
        .await
        .map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_goal_s_slug_ends_with_a_whole_word() {
        let id = |text: &str| free_id(&State::default(), text).to_string();
        assert_eq!(id("Add a --json flag"), "add-a-json-flag");
        let long = id("Teach the ledger to read bank statements and budgets");
        assert_eq!(long, "teach-the-ledger-to-read-bank");
        assert_eq!(id(&"x".repeat(60)), "x".repeat(SLUG));
        assert_eq!(id("!?"), "goal");
    }
}
