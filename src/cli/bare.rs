//! The workbench's arguments alone. To open it, the grammar of all commands need not be built, which
//! takes as long as to draw a frame.

use std::ffi::OsString;

use clap::Parser;

use super::args::{Cli, Common};

/// A goal, or none, and what every command understands.
#[derive(Debug, Parser)]
#[command(disable_help_flag = true, disable_version_flag = true)]
pub(super) struct Bare {
    #[command(flatten)]
    common: Common,
    goal: Option<String>,
}

impl Bare {
    /// What they say, where they can mean nothing but the workbench: a single word may be a command.
    pub(super) fn read(words: impl IntoIterator<Item = OsString>) -> Option<Cli> {
        let Self { common, goal } = Self::try_parse_from(words).ok()?;
        let is_plain = goal.as_ref().is_none_or(|goal| goal.trim().contains(char::is_whitespace));
        is_plain.then_some(Cli { common, goal, command: None })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_workbenchs_own_arguments_say_what_the_whole_grammar_says() {
        let lines = [
            "chargehand",
            "chargehand -C /tmp --model m",
            "chargehand --base-url http://x/v1 -C /tmp|add a line",
            "chargehand|add a line|--planner-model=p",
            "chargehand --|--add a line",
        ];
        for line in lines {
            let words: Vec<OsString> = line
                .split('|')
                .enumerate()
                .flat_map(|(at, part)| match at {
                    0 => part.split(' ').map(OsString::from).collect(),
                    _ => vec![OsString::from(part)],
                })
                .collect();
            let whole = format!("{:?}", Cli::try_parse_from(words.clone()).unwrap());
            assert_eq!(format!("{:?}", Bare::read(words).unwrap()), whole, "{line}");
        }
    }

    #[test]
    fn what_may_be_a_command_or_a_mistake_is_left_to_the_whole_grammar() {
        for line in
            ["run", "stauts", "-C /tmp status", "--help", "-h", "--version", "help run", "-x"]
        {
            let words = std::iter::once("chargehand").chain(line.split(' ')).map(OsString::from);
            assert!(Bare::read(words).is_none(), "{line}");
        }
    }
}
