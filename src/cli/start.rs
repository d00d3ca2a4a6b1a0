//! From the arguments to a command, and from its outcome to an exit code.

use std::process::ExitCode;

use clap::{CommandFactory as _, Parser as _};
use tokio_util::sync::CancellationToken;

use super::{
    args::{Cli, Common, PlanArgs, Verb},
    bare::Bare,
    capabilities::Probe,
    capture, clean, config, decide, demo,
    doctor::{self, Network},
    export, goals, import, keys, land, lessons, manual, mcp, models,
    out::{CliError, Exit, Form, data, say_fit},
    plan, read as memory, run, screen, show, status, trust, undo, why,
};
use crate::{
    app::{Holes, Place},
    config::{Dirs, Overrides},
    domain::{Dependants, nearest},
    git::Git,
    ui,
};

/// What `--version` says, as clap would.
const VERSION: &str = concat!(env!("CARGO_PKG_NAME"), " ", env!("CARGO_PKG_VERSION"));

/// What the arguments ask for.
#[derive(Debug)]
pub struct Asked(Cli);

/// Reads the arguments. What needs no more than that (help, the version, a mistake in them) is told
/// here, and the exit code comes back.
pub fn read() -> Result<Asked, ExitCode> {
    let mut words = std::env::args_os().skip(1);
    if let (Some(word), None) = (words.next(), words.next())
        && (word == "--version" || word == "-V")
    {
        // Asked for by scripts, again and again: the grammar of all commands is not built for it.
        data(VERSION);
        return Err(code(Exit::Done));
    }
    if let Some(cli) = Bare::read(std::env::args_os()) {
        return Ok(Asked(cli));
    }
    let cli = Cli::try_parse().map_err(|error| {
        let _ = error.print();
        // Help and version are no errors; clap's own code for the others is 2, which is ours for
        // "waits for a person".
        code(if error.use_stderr() { Exit::Usage } else { Exit::Done })
    })?;
    match mistyped(&cli) {
        None => Ok(Asked(cli)),
        Some(why) => {
            say_fit(&format!("error: {why}"), 2);
            Err(code(Exit::Usage))
        }
    }
}

/// What to say where a goal of one word is likely a command that was mistyped: no goal is opened
/// and no model is asked for a slip of the pen.
fn mistyped(cli: &Cli) -> Option<String> {
    let (word, is_plan) = match (&cli.command, &cli.goal) {
        (None, Some(word)) => (word, false),
        (Some(Verb::Plan(PlanArgs { verb: None, goal: Some(word), .. })), _) => (word, true),
        (None, None) | (Some(_), _) => return None,
    };
    if word.contains(char::is_whitespace) {
        return None;
    }
    let grammar = Cli::command();
    let of = if is_plan { grammar.find_subcommand("plan")? } else { &grammar };
    let meant = nearest(word, of.get_subcommands().map(clap::Command::get_name))?;
    let instead = if is_plan {
        format!("chargehand plan \"{word} …\", in more than a word")
    } else {
        format!("chargehand run {word}")
    };
    Some(format!(
        "there is no command `{word}`; did you mean `{meant}`? To state it as a goal: {instead}"
    ))
}

impl Asked {
    /// Does what was asked for.
    pub async fn obey(self) -> ExitCode {
        // Before anything else is started, which could look.
        crate::sandbox::shield();
        match Box::pin(dispatch(self.0)).await {
            Ok(exit) => code(exit),
            Err(CliError::Stopped(stop)) => stop.end(),
            Err(error) => {
                say_fit(&format!("error: {error}"), 2);
                code(error.exit())
            }
        }
    }
}

fn code(exit: Exit) -> ExitCode {
    ExitCode::from(exit as u8)
}

async fn dispatch(cli: Cli) -> Result<Exit, CliError> {
    let common = &cli.common;
    let Some(verb) = cli.command else {
        return Box::pin(screen::workbench(common, cli.goal)).await;
    };
    match verb {
        Verb::Run(args) => run::run(common, args).await,
        Verb::Plan(args) => plan::plan(common, args).await,
        Verb::Status { json } => status::status(&place(common).await?, json),
        Verb::Show { id, of } => show::show(&place(common).await?, &id, of.as_deref()),
        Verb::Approve { id, anyway } => {
            decide::approve(&place(common).await?, &id, anyway.as_deref())
        }
        Verb::Reject { id, why } => decide::reject(&place(common).await?, &id, &why),
        Verb::Answer { id, text } => decide::answer(&place(common).await?, &id, &text),
        Verb::Log { task, json, at } => {
            memory::log(&place(common).await?, task.as_deref(), json, at.as_deref())
        }
        Verb::Search { query, limit, json, task, kind, by, since, until, foreign } => {
            let (_, recall) = place(common).await?.read()?;
            let flags = [
                (ui::Key::Task, task),
                (ui::Key::Kind, kind),
                (ui::Key::By, by),
                (ui::Key::Since, since),
                (ui::Key::Until, until),
            ];
            let (query, filter) = memory::ask(&query.join(" "), &flags, &recall)?;
            memory::search(&recall, &memory::Wanted { query, limit, filter, foreign, json })
        }
        Verb::Why { path } => why::shaped(&place(common).await?, &path),
        Verb::Import { file } => import::import(&place(common).await?, &file),
        Verb::Lessons { verb } => lessons::lessons(&place(common).await?, verb),
        Verb::Export { folder, full } => export::export(&place(common).await?, &folder, full),
        Verb::Models { json, probe } => {
            let wish = match probe {
                None => Probe::None,
                Some(names) if names.is_empty() => Probe::Configured,
                Some(names) => Probe::Named(names),
            };
            models::models(&place(common).await?, json, &wish).await
        }
        Verb::Undo { task, why, alone } => {
            let dependants = if alone { Dependants::Stay } else { Dependants::None };
            undo::undo(&place(common).await?, &task, &why, dependants).await
        }
        Verb::Capture { text } => capture::capture(&place(common).await?, &text.join(" ")),
        Verb::Settle { id, into, task } => {
            capture::settle(&place(common).await?, &id, &into, task.as_deref())
        }
        Verb::Land => land::land(&place(common).await?, Form::Lines).await,
        Verb::Goals { switch, archive } => goals::goals(&place(common).await?, switch, archive),
        Verb::Trust { grant, log } => trust::trust(&place(common).await?, grant, log),
        Verb::Clean { yes, names } => {
            let what = if yes { clean::Do::Remove } else { clean::Do::Show };
            clean::clean(&place(common).await?, what, &names).await
        }
        Verb::Doctor { online } => {
            let network = if online { Network::Asked } else { Network::Untouched };
            doctor::doctor(common, network).await
        }
        Verb::Config { example } => config::config(common, example).await,
        Verb::Mcp => mcp::serve(place(common).await?).await,
        Verb::Keys => keys::keys(&dirs()?),
        Verb::Completions { shell } => Ok(manual::completions(shell)),
        Verb::Man { command } => manual::man(command.as_deref()),
        Verb::Demo { headless, json, keep } => {
            Box::pin(demo::demo(common, headless, json, keep)).await
        }
    }
}

/// The repository that a command works on.
pub(super) async fn place(common: &Common) -> Result<Place, CliError> {
    place_with(common, overrides(common)).await
}

/// The same with more overrides.
pub(super) async fn place_with(common: &Common, overrides: Overrides) -> Result<Place, CliError> {
    let directory = directory(common)?;
    let git = Git::new(&CancellationToken::new());
    let mut place = Place::find(git, &directory, dirs()?, overrides).await?;
    if common.despite_holes {
        place.holes = Holes::Accepted;
    }
    Ok(place)
}

/// The directory that a command works in.
pub(super) fn directory(common: &Common) -> Result<std::path::PathBuf, CliError> {
    Ok(match &common.directory {
        Some(directory) => directory.clone(),
        None => std::env::current_dir()?,
    })
}

/// The user's folders.
pub(super) fn dirs() -> Result<Dirs, CliError> {
    Ok(Dirs::find(|name| std::env::var_os(name))?)
}

/// The variables that stand for arguments and say the same.
fn from_variables(common: &Common) -> Vec<&'static str> {
    let said = [
        ("OPENAI_BASE_URL", &common.base_url),
        ("CHARGEHAND_MODEL", &common.model),
        ("CHARGEHAND_PLANNER_MODEL", &common.planner_model),
    ];
    said.into_iter()
        .filter(|(name, said)| said.is_some() && std::env::var(name).ok() == **said)
        .map(|(name, _)| name)
        .collect()
}

/// What the command line says over the settings.
pub(super) fn overrides(common: &Common) -> Overrides {
    Overrides {
        base_url: common.base_url.clone(),
        model: common.model.clone(),
        planner_model: common.planner_model.clone(),
        context_tokens: common.context,
        from_variables: from_variables(common),
        ..Overrides::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_that_is_nearly_a_command_is_no_goal_and_any_other_is() {
        let told = |words: &[&str]| {
            let all = std::iter::once("chargehand").chain(words.iter().copied());
            mistyped(&Cli::try_parse_from(all).unwrap())
        };
        insta::assert_snapshot!(told(&["stauts"]).unwrap(), @"there is no command `stauts`; did you mean `status`? To state it as a goal: chargehand run stauts");
        insta::assert_snapshot!(told(&["plan", "shwo"]).unwrap(), @r#"there is no command `shwo`; did you mean `show`? To state it as a goal: chargehand plan "shwo …", in more than a word"#);
        let sound: [&[&str]; 6] = [
            &[],
            &["status"],
            &["run", "stauts"],
            &["refactor"],
            &["stauts of all"],
            &["plan", "x y"],
        ];
        for words in sound {
            assert_eq!(told(words), None, "{words:?}");
        }
    }

    #[test]
    fn the_version_is_told_as_the_grammar_would_tell_it() {
        assert_eq!(Cli::command().render_version().trim_end(), VERSION);
    }
}
