//! `clean`: what is left over, and taking it away.

use super::{
    decide::note,
    out::{CliError, Exit, data, data_fit, say},
};
use crate::{
    app::{OpenError, Place, leftovers},
    domain::{State, counted},
    logger::StoreError,
    ui::{self, width},
};

/// Columns by which the rest of a long line is set in.
const SET_IN: usize = 6;

/// Whether leftovers are taken away or only shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Do {
    Show,
    Remove,
}

pub(super) async fn clean(place: &Place, what: Do, names: &[String]) -> Result<Exit, CliError> {
    let (engine, recall) = match place.read() {
        Ok(read) => read,
        Err(OpenError::Store(StoreError::Missing(_))) => {
            say("chargehand has done nothing in this repository; nothing is left over");
            return Ok(Exit::Done);
        }
        Err(error) => return Err(error.into()),
    };
    let log = recall.log_id().clone();
    let found = leftovers::find(place, engine.state(), &log).await?;
    let is_unknown = |name: &&String| !found.iter().any(|one| one.name == **name);
    if let Some(unknown) = names.iter().find(is_unknown) {
        let all: Vec<&str> = found.iter().map(|one| one.name.as_str()).collect();
        let text =
            format!("nothing left over is called `{unknown}`; there are: {}", all.join(", "));
        return Err(CliError::Usage(text));
    }
    match what {
        Do::Show => show(place, &found).await,
        Do::Remove => {
            drop((engine, recall));
            remove(place, names).await
        }
    }
}

async fn show(place: &Place, found: &[leftovers::Leftover]) -> Result<Exit, CliError> {
    let kinds = found.iter().map(|one| kind(one).len()).max().unwrap_or(0);
    let names = found.iter().map(|one| width(&ui::line(&one.name))).max().unwrap_or(0);
    for one in found {
        let unsaved =
            one.unsaved().map_or(String::new(), |what| format!("  ! {}", ui::line(&what)));
        let (kind, name) = (kind(one), ui::line(&one.name));
        let line = format!("{kind:<kinds$}  {name:<names$}  {}{unsaved}", one.why);
        data_fit(&line, SET_IN);
    }
    let kept = place.repo.kept().await?.len();
    if kept > 0 {
        let kept = counted(kept, "kept ref stays", "kept refs stay");
        say(format_args!("{kept}: git for-each-ref refs/chargehand/kept"));
    }
    if found.iter().any(|one| one.is_removable() && one.unsaved().is_none()) {
        say("`chargehand clean --yes` takes them away; what they hold is kept under a ref");
    }
    if found.iter().any(|one| one.unsaved().is_some()) {
        say("what is marked ! goes only when you name it: chargehand clean --yes NAME");
    }
    if found.is_empty() {
        say("nothing is left over");
    }
    Ok(Exit::Done)
}

async fn remove(place: &Place, names: &[String]) -> Result<Exit, CliError> {
    // With the log's lock: nobody else works in the worktrees meanwhile.
    let (mut engine, mut store) = place.open()?;
    crate::sandbox::end_orphans();
    let state: State = engine.state().clone();
    let log = store.log_id().clone();
    let found = leftovers::find(place, &state, &log).await?;
    let (mut removed, mut left) = (Vec::new(), 0_usize);
    for one in found {
        let is_named = names.contains(&one.name);
        let wanted = names.is_empty() || is_named;
        if !wanted || !one.is_removable() {
            continue;
        }
        if let Some(unsaved) = one.unsaved().filter(|_| !is_named) {
            say(format_args!("{} stays: {}", one.name, ui::line(&unsaved)));
            left += 1;
            continue;
        }
        match leftovers::remove(place, &one).await {
            Ok(kept) => {
                let kept = kept.map_or(String::new(), |kept| format!(", kept as {}", kept.name));
                data(format_args!("removed {} {}{kept}", kind(&one), one.name));
                removed.push(one.name);
            }
            Err(error) => {
                say(format_args!("{} stays: {error}", one.name));
                left += 1;
            }
        }
    }
    if !removed.is_empty() {
        let text = format!("cleaned: {}", removed.join(", "));
        note(&mut engine, &mut store, text)?;
    }
    if left > 0 {
        let left = counted(left, "thing stays", "things stay");
        say(format_args!(
            "{left}; name it to remove it with what it holds: chargehand clean --yes NAME"
        ));
    }
    Ok(if left > 0 { Exit::Waits } else { Exit::Done })
}

fn kind(one: &leftovers::Leftover) -> &'static str {
    match one.kind {
        leftovers::Kind::Worktree(_) => "worktree",
        leftovers::Kind::Branch => "branch",
        leftovers::Kind::HalfLanded { .. } => "half landed",
        leftovers::Kind::Folder { .. } => "folder",
    }
}
