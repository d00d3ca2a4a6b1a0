//! Opening and landing a goal: what the command line and the screen share.

use super::open::Place;
use crate::{
    domain::{Command, Goal, GoalId, Policy, Snapshot, State},
    git::{Filters, Head, Landed, Message, Shape, Unsupported},
    planner, ui,
};

/// Most characters of a goal's slug, apart from the number that tells it from another.
const MAX_SLUG: usize = 32;

/// Where a new goal's branch starts, and the branch that the person is on.
pub type Base = (Snapshot, Option<String>);

/// Where a new goal's branch starts, and what the person should know of the repository's shape.
pub async fn base_and_notes(place: &Place) -> Result<(Base, Vec<String>), String> {
    let shape = Shape::of(&place.repo).await.map_err(|error| error.to_string())?;
    let notes = shape.notes.iter().map(ToString::to_string).collect();
    Ok((base_at(shape.head)?, notes))
}

/// Where a new goal's branch starts.
pub async fn base(place: &Place) -> Result<Base, String> {
    base_at(place.repo.head().await.map_err(|error| error.to_string())?)
}

/// The same, where it is known without asking git.
pub fn base_now(place: &Place) -> Option<Base> {
    base_at(place.repo.head_now()?).ok()
}

fn base_at(head: Head) -> Result<Base, String> {
    let of = |at: crate::git::Snapshot| Snapshot { commit: at.commit, tree: at.tree };
    match head {
        Head::Branch { name, at } => Ok((of(at), Some(name))),
        Head::Detached { at } => Ok((of(at), None)),
        Head::Unborn { branch } => Err(Unsupported::Unborn { branch }.to_string()),
    }
}

/// Looks at the repository before a goal is stated, so that nothing of it has to be waited for then:
/// what the planner will be told of it is read. Says what the person should know of its shape.
pub async fn glance(place: &Place) -> Result<Vec<String>, String> {
    let ((at, _), notes) = base_and_notes(place).await?;
    let told = tokio::try_join!(place.repo.paths_at(&at.commit), place.repo.newest_at(&at.commit));
    told.map(|_| notes).map_err(|error| error.to_string())
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

/// A slug from the goal's first words that no goal has yet. No word is cut, but for a first one
/// that is too long by itself.
pub fn free_id(state: &State, text: &str) -> GoalId {
    let slug = planner::slug(text, "goal");
    let short = whole_words(&slug, MAX_SLUG).to_owned();
    let numbered = (2..).map(|n| format!("{short}-{n}"));
    std::iter::once(short.clone())
        .chain(numbered)
        .map(GoalId)
        .find(|id| !state.goals.contains_key(id))
        .unwrap_or(GoalId(short))
}

/// As many whole words of a slug as fit; of a single longer word, its beginning.
fn whole_words(slug: &str, most: usize) -> &str {
    if slug.len() <= most {
        return slug;
    }
    let cut = &slug[..slug.floor_char_boundary(most)];
    // What follows the cut may begin a new word.
    if slug[cut.len()..].starts_with('-') {
        return cut.trim_end_matches('-');
    }
    match cut.rfind('-') {
        Some(at) if at > 0 => cut[..at].trim_end_matches('-'),
        Some(_) | None => cut,
    }
}

/// Merges what has landed on the goal's branch into the person's.
pub async fn land(place: &Place, goal: &Goal) -> Result<Landed, String> {
    if goal.tip == goal.base {
        return Err(format!(
            "nothing has landed on {} yet; the goal goes on with: chargehand run",
            goal.branch()
        ));
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
        assert_eq!(id("Add a command that sums up a month"), "add-a-command-that-sums-up-a");
        assert_eq!(id("Teach ledger months and budgets!"), "teach-ledger-months-and-budgets");
        assert_eq!(id("Teach ledger the months and money now"), "teach-ledger-the-months-and");
        assert_eq!(id(&"x".repeat(80)), "x".repeat(32));
    }
}
