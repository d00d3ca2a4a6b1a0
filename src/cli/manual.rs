//! `completions` and `man`: what shells and manual pages are told of the arguments.

use clap::CommandFactory as _;
use clap_complete::Shell;

use super::{
    args::Cli,
    out::{CliError, Exit, data},
};

pub(super) fn completions(shell: Shell) -> Exit {
    let mut text = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "chargehand", &mut text);
    data(String::from_utf8_lossy(&text).trim_end());
    Exit::Done
}

/// The manual page of the program, or of one of its commands.
pub(super) fn man(of: Option<&str>) -> Result<Exit, CliError> {
    let mut command = Cli::command();
    // So that each command has its whole name and the arguments that all have in common.
    command.build();
    let page = match of {
        None => command,
        Some(name) => command.find_subcommand(name).cloned().ok_or_else(|| {
            CliError::Usage(format!("there is no command `{name}`; see `chargehand --help`"))
        })?,
    };
    let mut text = Vec::new();
    clap_mangen::Man::new(page).render(&mut text)?;
    data(String::from_utf8_lossy(&text).trim_end());
    Ok(Exit::Done)
}
