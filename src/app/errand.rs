//! What the screen asks for and cannot wait for: done beside the loop, brought back as a message.

use std::{
    io::Write as _,
    panic::AssertUnwindSafe,
    path::{Path, PathBuf},
    sync::Arc,
};

use futures::FutureExt as _;

use super::{ask, clock, entry, goal, kept, open::Place, past::Past, relint, spare::Spare};
use crate::{
    domain::{Command, Goal, GoalId, Record, Seq, Snapshot, Task, TaskId},
    git::{Head, Landed},
    logger::{Blobs, Filter, Recall},
    sandbox, ui,
};

/// Most bytes of a diff that a page shows.
const MAX_DIFF: usize = 512 * 1024;
/// Records that are fetched at once when somebody scrolls further back.
const OLDER: usize = 2_000;
/// Newest records of which is told what happened meanwhile.
const MAX_MEANWHILE: usize = 20_000;

/// Something to do.
#[derive(Clone, Debug)]
pub(super) enum Errand {
    /// Where a new goal in these words would start.
    Base {
        text: String,
        id: ui::RequestId,
    },
    /// A look at the repository, before a goal is stated.
    Glance {
        spare: Spare,
    },
    /// Which branch is checked out.
    Target,
    Land {
        goal: Box<Goal>,
    },
    /// All that a goal has changed.
    Changes {
        goal: Box<Goal>,
    },
    Diff {
        task: Box<Task>,
    },
    Event {
        seq: Seq,
    },
    /// What the memory has on a question.
    Search {
        text: String,
        memory: ask::Memory,
    },
    /// What the planner was told the last time, of a task if one is named.
    Bill {
        goal: GoalId,
        task: Option<TaskId>,
        upto: Option<Seq>,
    },
    /// Everything as it was after an event.
    Moment {
        seq: Seq,
    },
    /// The linter's look at briefs that the person has changed.
    Relint {
        goal: Box<Goal>,
        commands: Vec<Command>,
    },
    /// What happened between two events, the screen as it was left at the first.
    Meanwhile {
        last: Box<ui::Kept>,
        upto: Seq,
    },
    /// Tell the story from further back, up to where it is told already.
    Story {
        upto: Seq,
        count: usize,
    },
    /// What came before an event.
    Older {
        before: Seq,
    },
    /// Write down where the screen is.
    Keep {
        log: String,
        kept: Box<ui::Kept>,
    },
    /// The terminal has been lent for it.
    Pager {
        seq: Seq,
    },
    /// The terminal has been lent for it.
    Editor {
        text: String,
        ending: &'static str,
    },
}

/// What hangs on an errand, whatever comes of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Owed {
    /// What it brings, and nothing else.
    Nothing,
    /// The terminal, which has been lent for it.
    Terminal,
    /// An answer of the memory's: the next question waits for it.
    Answer,
    /// The person's decisions: those after them wait.
    Decision,
    /// The story from further back: what comes meanwhile is kept for it.
    Story,
    /// Rows from further back, which are asked for once.
    Older,
    /// What the screen asked for under this id: a text hangs on it.
    Request(ui::RequestId),
}

impl Errand {
    /// What hangs on it.
    pub(super) fn owes(&self) -> Owed {
        match self {
            Errand::Pager { .. } | Errand::Editor { .. } => Owed::Terminal,
            Errand::Search { .. } => Owed::Answer,
            Errand::Relint { .. } => Owed::Decision,
            Errand::Story { .. } => Owed::Story,
            Errand::Older { .. } => Owed::Older,
            Errand::Base { id, .. } => Owed::Request(*id),
            Errand::Glance { .. }
            | Errand::Target
            | Errand::Changes { .. }
            | Errand::Land { .. }
            | Errand::Diff { .. }
            | Errand::Event { .. }
            | Errand::Bill { .. }
            | Errand::Moment { .. }
            | Errand::Meanwhile { .. }
            | Errand::Keep { .. } => Owed::Nothing,
        }
    }
}

/// What came of it.
#[derive(Clone, Debug)]
pub(super) enum Done {
    Page {
        title: String,
        text: String,
    },
    Base {
        text: String,
        id: ui::RequestId,
        base: Snapshot,
        onto: Option<String>,
    },
    /// What the person should know of the repository.
    Glanced {
        notes: Vec<String>,
    },
    Target {
        branch: String,
    },
    Landed {
        into: String,
        commit: String,
    },
    Edited {
        text: String,
    },
    Found(ui::Found),
    Moment(Box<Past>),
    /// The person's commands, looked over.
    Commands(Vec<Command>),
    /// What happened since the screen was left.
    Meanwhile(Box<ui::Kept>, Vec<Record>),
    Story(Box<ui::Story>),
    Older(Vec<Record>),
    /// Done; nothing to show.
    Quiet,
    Failed {
        why: String,
    },
}

/// Does it. An answer comes whatever happens: also when the work panics.
pub(super) async fn run(errand: Errand, place: Arc<Place>, log: PathBuf) -> (Owed, Done) {
    let owed = errand.owes();
    let work = AssertUnwindSafe(done(errand, place, log)).catch_unwind();
    let broke = |_| Done::Failed { why: "it broke: this is a fault of chargehand".to_owned() };
    (owed, work.await.unwrap_or_else(broke))
}

async fn done(errand: Errand, place: Arc<Place>, log: PathBuf) -> Done {
    let done = match errand {
        Errand::Base { text, id } => {
            goal::base(&place).await.map(|(base, onto)| Done::Base { text, id, base, onto })
        }
        // What is wrong is told when the goal is stated.
        Errand::Glance { spare } => {
            let open = aside(move || {
                spare.fill(&log);
                Blobs::beside(&log).begin();
                Ok(())
            });
            let (glance, _) = tokio::join!(goal::glance(&place), open);
            Ok(Done::Glanced { notes: glance.unwrap_or_default() })
        }
        Errand::Target => target(&place).await,
        Errand::Land { goal } => land(&place, &goal).await,
        Errand::Changes { goal } => {
            let title = format!("Diff of {}", goal.branch());
            patch(&place, title, (&goal.base.commit, &goal.tip.commit)).await
        }
        Errand::Diff { task } => diff(&place, &task).await,
        Errand::Keep { log: id, kept } => keep(place, id, *kept).await,
        Errand::Meanwhile { last, upto } => {
            let filter = Filter { after: Some(last.seen), ..up_to(upto, MAX_MEANWHILE) };
            records(log, filter).await.map(|all| Done::Meanwhile(last, all))
        }
        Errand::Story { upto, count } => records(log, up_to(upto, count))
            .await
            .map(|all| Done::Story(Box::new(ui::Story::of(&all)))),
        Errand::Older { before } => {
            let filter = Filter { before: Some(before), limit: Some(OLDER), ..Filter::default() };
            records(log, filter).await.map(Done::Older)
        }
        Errand::Event { seq } => event(log, seq).await,
        Errand::Search { text, memory } => {
            let asked = text.clone();
            let found = aside(move || memory.found(&log, &text, clock::now())).await;
            Ok(Done::Found(found.unwrap_or_else(|why| ui::Found {
                text: asked,
                note: ui::line(&why),
                ..ui::Found::default()
            })))
        }
        Errand::Bill { goal, task, upto } => bill(log, goal, task, upto).await,
        Errand::Moment { seq } => {
            aside(move || Past::after(&log, seq)).await.map(|past| Done::Moment(Box::new(past)))
        }
        Errand::Relint { goal, commands } => {
            Ok(Done::Commands(relint::relint(&place, &goal, commands).await))
        }
        Errand::Pager { seq } => pager(&place, log, seq).await,
        Errand::Editor { text, ending } => edit(&place, text, ending).await,
    };
    done.unwrap_or_else(|why| Done::Failed { why })
}

/// The newest so many records up to an event.
fn up_to(upto: Seq, count: usize) -> Filter {
    let before = Some(Seq(upto.0.saturating_add(1)));
    Filter { before, limit: Some(count), ..Filter::default() }
}

async fn records(log: PathBuf, filter: Filter) -> Result<Vec<Record>, String> {
    let read = move || {
        let recall = Recall::open(&log).map_err(|error| error.to_string())?;
        recall.timeline(&filter).map(|found| found.records).map_err(|error| error.to_string())
    };
    aside(read).await
}

async fn keep(place: Arc<Place>, log: String, kept: ui::Kept) -> Result<Done, String> {
    let keep = move || {
        kept::save(&place, &log, &kept);
        Ok(Done::Quiet)
    };
    aside(keep).await
}

async fn land(place: &Place, goal: &Goal) -> Result<Done, String> {
    match goal::land(place, goal).await? {
        Landed::Already { into, at } | Landed::Now { into, at, .. } => {
            Ok(Done::Landed { into, commit: at.commit })
        }
        Landed::Not(why) => Err(format!("nothing was changed: {why}")),
    }
}

async fn target(place: &Place) -> Result<Done, String> {
    match place.repo.head().await.map_err(|error| error.to_string())? {
        Head::Branch { name: branch, .. } | Head::Unborn { branch } => Ok(Done::Target { branch }),
        Head::Detached { .. } => {
            Err("no branch is checked out (HEAD is detached): switch to the one to land into"
                .into())
        }
    }
}

async fn diff(place: &Place, task: &Task) -> Result<Done, String> {
    let Some((attempt, head)) = task.worked() else {
        return Err(format!("`{}` has no committed work yet", task.spec.id));
    };
    let title = format!("Diff of {}, attempt {}", task.spec.id, attempt.number);
    patch(place, title, (&attempt.base.commit, &head.commit)).await
}

/// What was changed from one commit to another.
async fn patch(place: &Place, title: String, (from, to): (&str, &str)) -> Result<Done, String> {
    let diff = place.repo.diff(from, to, &[], MAX_DIFF).await.map_err(|error| error.to_string())?;
    let cut = if diff.cut { "\n… the diff goes on" } else { "" };
    Ok(Done::Page { title, text: format!("{}{cut}", ui::block(&diff.patch)) })
}

/// Work that waits for the disk, off the threads that must not wait.
async fn aside<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, String> + Send + 'static,
) -> Result<T, String> {
    tokio::task::spawn_blocking(work).await.map_err(|error| error.to_string())?
}

fn page(log: &Path, seq: Seq) -> Result<String, String> {
    let recall = Recall::open(log).map_err(|error| error.to_string())?;
    entry::page(&recall, seq)
}

/// An event with its evidence.
async fn event(log: PathBuf, seq: Seq) -> Result<Done, String> {
    let text = aside(move || page(&log, seq)).await?;
    Ok(Done::Page { title: format!("Event {seq}"), text })
}

async fn bill(
    log: PathBuf,
    goal: GoalId,
    task: Option<TaskId>,
    upto: Option<Seq>,
) -> Result<Done, String> {
    let found = aside(move || {
        let recall = Recall::open(&log).map_err(|error| error.to_string())?;
        let of_goal = entry::Whose::Goal { goal: &goal, task: None };
        let of_task = entry::Whose::Goal { goal: &goal, task: task.as_ref() };
        match entry::bill(&recall, of_task, upto)? {
            Some(found) => Ok(Some(found)),
            // The plan's, where the task has none yet.
            None => entry::bill(&recall, of_goal, upto),
        }
    });
    let (title, text) = found.await?.ok_or("the planner has not been told anything yet")?;
    Ok(Done::Page { title: format!("What the planner was told: {title}"), text })
}

async fn pager(place: &Place, log: PathBuf, seq: Seq) -> Result<Done, String> {
    let pager = std::env::var("PAGER").unwrap_or_else(|_| "less".to_owned());
    let text = aside(move || page(&log, seq)).await?;
    with_file(place, pager, text, "txt").await.map(|_| Done::Quiet)
}

async fn edit(place: &Place, text: String, ending: &str) -> Result<Done, String> {
    let editor = ["VISUAL", "EDITOR"]
        .iter()
        .find_map(|name| std::env::var(name).ok().filter(|text| !text.trim().is_empty()))
        .unwrap_or_else(|| "vi".to_owned());
    with_file(place, editor, text, ending).await.map(|text| Done::Edited { text })
}

/// Runs a program of the person's on a file with this text, and gives what is in it afterwards.
async fn with_file(
    place: &Place,
    program: String,
    text: String,
    ending: &str,
) -> Result<String, String> {
    let mut argv = shell_words::split(&program)
        .map_err(|error| format!("`{program}` cannot be read as a command: {error}"))?;
    let suffix = format!(".{}", ending.trim_start_matches('.'));
    let cwd = place.repo.top.clone();
    let edited = move || {
        let mut file = tempfile::Builder::new()
            .prefix("chargehand-")
            .suffix(&suffix)
            .tempfile()
            .map_err(|error| error.to_string())?;
        file.write_all(text.as_bytes()).map_err(|error| error.to_string())?;
        argv.push(file.path().display().to_string());
        // The file's content counts, whatever the program's exit code.
        sandbox::with_tty(&argv, &cwd).map_err(|error| error.to_string())?;
        std::fs::read_to_string(file.path()).map_err(|error| error.to_string())
    };
    aside(edited).await
}
