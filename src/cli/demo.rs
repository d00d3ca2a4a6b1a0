//! `demo`: a complete goal with recorded words and the real engine.

use std::{
    io::Write as _,
    os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _},
    path::{Path, PathBuf},
    sync::Arc,
};

use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

use super::{
    args::Common,
    begin::{Seat, colours},
    out::{CliError, Exit, Form, data, say},
    passing,
    run::{Then, Wish, land_and_tell, work_with},
    screen,
    tape::{self, Watched},
};
use crate::{
    agent::{OpenAi, Provider, Secret},
    app::{Own, Place, Servers},
    config::{Dirs, Overrides},
    demo::{self, Server},
    domain::{BlockerKind, Command, Goal, Outcome, Phase, Policy, Standing, Waiting, WaitingId},
    git::{First, Git, Repo},
    ui::Sign,
};

/// The demo's person and the demo's commits.
const WHO: [(&str, &str); 4] = [
    ("GIT_AUTHOR_NAME", "Demo Person"),
    ("GIT_AUTHOR_EMAIL", "demo@localhost"),
    ("GIT_COMMITTER_NAME", "Demo Person"),
    ("GIT_COMMITTER_EMAIL", "demo@localhost"),
];

/// How the demo is shown.
enum Show {
    Lines,
    /// On a terminal that may have been entered already, in a folder that may go with it.
    Screen(Option<Box<Seat>>, Option<TempDir>),
}

/// The demo on the workbench, in a folder that goes with it.
pub(super) async fn on_screen(common: &Common, seat: Option<Seat>) -> Result<Exit, CliError> {
    let (temp, _held) = passing::folder()?;
    let folder = temp.path().to_owned();
    play(common, &folder, Form::Lines, Show::Screen(seat.map(Box::new), Some(temp))).await
}

pub(super) async fn demo(
    common: &Common,
    headless: bool,
    json: bool,
    keep: Option<PathBuf>,
) -> Result<Exit, CliError> {
    let form = if json { Form::Json } else { Form::Lines };
    if !headless {
        let Some(folder) = keep else {
            let exit = Box::pin(on_screen(common, None)).await?;
            say("the demo's folder is gone; `chargehand demo --keep DIR` keeps one");
            return Ok(exit);
        };
        let exit = play(common, &folder, form, Show::Screen(None, None)).await?;
        kept(&folder);
        return Ok(exit);
    }
    // Where the folder is to be kept, none is made that would have to go.
    let passing = if keep.is_none() { Some(passing::folder()?) } else { None };
    let passing_at = passing.as_ref().map(|(temp, _)| temp.path().to_owned());
    let Some(folder) = keep.clone().or(passing_at) else { return Ok(Exit::Done) };
    say(
        "DEMO: the models' words are recorded; engine, worktrees, commands, checks and log are real",
    );
    let exit = play(common, &folder, form, Show::Lines).await?;
    if keep.is_some() {
        kept(&folder);
    }
    Ok(exit)
}

/// Says how a kept demo goes on, and how else it can be worked with: its log knows only the data
/// folder that it was made with, and without that one nothing can be decided there.
fn kept(folder: &Path) {
    let folder = std::path::absolute(folder).unwrap_or_else(|_| folder.to_owned());
    let (folder, project) = (folder.display(), folder.join("ledger"));
    say(format_args!(
        "kept in {folder}; it goes on with:\n  chargehand demo --keep {folder}\nto look into it, \
         or to decide there, with all other commands:\n  export \
         CHARGEHAND_CONFIG_DIR={folder}/config CHARGEHAND_DATA_DIR={folder}/data \
         CHARGEHAND_STATE_DIR={folder}/state\n  chargehand -C {} log",
        project.display()
    ));
}

/// Where nobody is asked: a cassette answers.
const NOWHERE: &str = "http://127.0.0.1:9/v1";

/// Plays the recorded goal in a folder.
async fn play(common: &Common, folder: &Path, form: Form, show: Show) -> Result<Exit, CliError> {
    let project = folder.join("ledger");
    let git = WHO
        .iter()
        .fold(Git::new(&CancellationToken::new()), |git, (name, value)| git.with_env(name, value));
    if !project.exists() {
        // Made whole under another name first, so that a demo that was killed can be taken up.
        let making = folder.join("ledger.making");
        if making.exists() {
            std::fs::remove_dir_all(&making)?;
        }
        lay_out(&making)?;
        Repo::init(git.clone(), &making, First::Everything).await?;
        std::fs::rename(&making, &project)?;
    }
    let dirs = Dirs {
        config: folder.join("config"),
        data: folder.join("data"),
        state: folder.join("state"),
    };
    let script = demo::scenario()
        .map_err(|error| CliError::Environment(format!("the demo's script: {error}")))?;
    let token = uuid::Uuid::new_v4().to_string();
    let script = match &show {
        Show::Lines => script.hurried(),
        Show::Screen(..) => script,
    };
    let watched = match &show {
        Show::Lines => Watched::No,
        Show::Screen(..) => Watched::Yes,
    };
    let mut cassette = tape::load(common, watched)?;
    // A cassette needs no server.
    let server = match &common.replay {
        None => Some(Server::start(script, &token).await?),
        Some(_) => None,
    };
    let base_url = server.as_ref().map_or_else(|| NOWHERE.to_owned(), Server::base_url);
    let overrides = Overrides {
        base_url: Some(base_url.clone()),
        model: Some("demo-worker".to_owned()),
        planner_model: Some("demo-planner".to_owned()),
        ..Overrides::default()
    };
    let mut place = Place::find(git, &project, dirs, cassette.over(overrides)).await?;
    place.tape = cassette.tape(common, &place, Some(demo::GOAL))?;
    let mut provider = Provider::new(base_url, Some(Secret::new(&token)));
    provider.tape = place.tape.clone();
    let model = OpenAi::new(provider).map_err(|fault| CliError::Environment(fault.message))?;
    let servers = Servers::one(Arc::new(model));
    let wish = Wish {
        goal: Some(demo::GOAL.to_owned()),
        plan: None,
        policy: Policy::Each,
        commands: None,
        budget: None,
        form,
        then: Then::Land,
    };
    if is_landed(&place) {
        say("this demo is done and merged already");
        return Ok(Exit::Done);
    }
    if let Show::Screen(seat, goes) = show {
        let signs = vec![Sign::Demo, Sign::NoSandbox];
        let seat = seat.map(|seat| *seat);
        let own = Own::begin(&place.dirs, colours());
        let front = screen::Front { signs, seat, told: None, folder: goes, own };
        let exit = Box::pin(screen::open(place, wish, Ok(servers), front)).await;
        cassette.told();
        return exit;
    }
    let exit = work_with(&place, wish, servers, &mut answer).await?;
    cassette.told();
    for lost in server.iter().flat_map(Server::unmatched) {
        say(format_args!("the script has no words for: {lost}"));
    }
    if exit != Exit::Done {
        return Ok(exit);
    }
    let landed = land_and_tell(&place, form).await?;
    if form == Form::Lines {
        data("the goal is done and merged; `--keep DIR` keeps the repository and its memory");
    }
    Ok(landed)
}

/// Whether an earlier demo in the same folder came to its end.
fn is_landed(place: &Place) -> bool {
    place.read().is_ok_and(|(engine, _)| {
        engine.state().goal().is_some_and(|goal| matches!(goal.standing, Standing::Landed { .. }))
    })
}

/// Writes the project's files.
fn lay_out(project: &Path) -> Result<(), CliError> {
    for (path, bytes, mode) in demo::project() {
        let path = project.join(path);
        if let Some(parent) = path.parent() {
            std::fs::create_dir_all(parent)?;
        }
        let mut file = std::fs::OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(*mode)
            .open(&path)?;
        file.write_all(bytes)?;
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(*mode))?;
    }
    Ok(())
}

/// The demo's person: approves what they see, takes the first option, allows the command.
fn answer(goal: &Goal, waiting: &Waiting) -> Option<Command> {
    match &waiting.id {
        WaitingId::Plan => match &goal.standing {
            Standing::Proposed { draft } => Some(Command::ApprovePlan { hash: draft.hash() }),
            Standing::Planning { .. }
            | Standing::Working
            | Standing::Stalled { .. }
            | Standing::Landed { .. } => None,
        },
        WaitingId::Question(id) => {
            let options = &goal.questions.get(id)?.options;
            let answer = options.first().cloned().unwrap_or_else(|| "as you think best".into());
            Some(Command::AnswerQuestion { question: *id, answer })
        }
        WaitingId::Command { run, call } => {
            Some(Command::AnswerCall { run: *run, call: *call, allow: true, why: String::new() })
        }
        WaitingId::Task(id) => {
            let task = goal.task(id)?;
            match (&task.phase, &task.brief) {
                (Phase::Drafted, Some(brief)) => {
                    Some(Command::ApproveBrief { task: id.clone(), hash: brief.hash() })
                }
                (Phase::Blocked { blocker, .. }, _)
                    if blocker.kind == BlockerKind::MergeConflict =>
                {
                    Some(Command::RetryTask { task: id.clone(), extra_attempts: 1 })
                }
                _ => None,
            }
        }
        WaitingId::Manual { task, criterion } => Some(Command::CheckManual {
            task: task.clone(),
            criterion: criterion.clone(),
            outcome: Outcome::Passed,
            note: "looked at by the demo's person".to_owned(),
        }),
        WaitingId::Capture(_)
        | WaitingId::Change(_)
        | WaitingId::Planning
        | WaitingId::Goal
        | WaitingId::Provider(_) => None,
    }
}
