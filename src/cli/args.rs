//! The arguments.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use super::lesson_args::LessonVerb;
use crate::domain::CommandPolicy;

/// One model plans, fresh sessions do the work, the program checks it.
#[derive(Debug, Parser)]
#[command(name = "chargehand", version, about, long_about = None)]
#[command(subcommand_negates_reqs = true, args_conflicts_with_subcommands = false)]
#[command(after_help = "Exit codes: 0 all done, 1 some task failed, 2 waits for a person, \
    3 usage or configuration, 4 provider or environment, 130 interrupted.")]
pub(super) struct Cli {
    #[command(flatten)]
    pub(super) common: Common,
    /// Open the workbench with this goal; without one, with what was open.
    pub(super) goal: Option<String>,
    #[command(subcommand)]
    pub(super) command: Option<Verb>,
}

/// What every command understands.
#[derive(Clone, Debug, Args)]
pub(super) struct Common {
    /// Work in this directory instead of the current one.
    #[arg(short = 'C', long = "directory", global = true, value_name = "DIR")]
    pub(super) directory: Option<PathBuf>,
    /// Base URL of an OpenAI-compatible server, as far as /v1.
    #[arg(long, global = true, env = "OPENAI_BASE_URL", value_name = "URL")]
    pub(super) base_url: Option<String>,
    /// The model for every role.
    #[arg(long, global = true, env = "CHARGEHAND_MODEL", value_name = "NAME")]
    pub(super) model: Option<String>,
    /// Another model for planning, briefs and reviews.
    #[arg(long, global = true, env = "CHARGEHAND_PLANNER_MODEL", value_name = "NAME")]
    pub(super) planner_model: Option<String>,
    /// Tokens that the models' context window holds.
    #[arg(long, global = true, value_name = "TOKENS")]
    pub(super) context: Option<u32>,
    /// Keep every exchange with a model in this new file, without its secrets.
    #[arg(long, global = true, value_name = "FILE", conflicts_with = "replay")]
    pub(super) record: Option<PathBuf>,
    /// Take the answers from such a file: nothing is sent.
    #[arg(long, global = true, value_name = "FILE")]
    pub(super) replay: Option<PathBuf>,
    /// Go on although events of the log cannot be read: what they tell of may be done again.
    #[arg(long, global = true)]
    pub(super) despite_holes: bool,
}

#[derive(Debug, Subcommand)]
pub(super) enum Verb {
    /// Work on a goal without a screen; without GOAL, go on where it was.
    Run(RunArgs),
    /// Plan only; or `plan check FILE`, `plan show`.
    Plan(PlanArgs),
    /// What waits for you, and where everything stands.
    Status {
        /// As one JSON object, versioned.
        #[arg(long)]
        json: bool,
    },
    /// Read in full: `plan`; a task, a goal; a run (R60), its command (R60.2), a question (Q12), a
    /// change (C40), a thought (N14), a lesson (L107), an event (204); `sources TASK` or `versions
    /// TASK` of its briefs; `readiness`; `bill [RUN]`, what a thinking session was told.
    Show {
        /// `plan`, `bill`, `readiness`, `sources`, `versions`, or any id that is printed.
        id: String,
        /// The task, or the run, such as R12.
        of: Option<String>,
    },
    /// Approve what waits: a plan, a brief, a change, a command, a manual look, a stalled task.
    Approve {
        /// As `status` shows it; `all` for every brief and plan that waits.
        id: String,
        /// Send a brief that is not ready all the same; the reason is set against what comes of it.
        #[arg(long = "override", value_name = "REASON")]
        anyway: Option<String>,
    },
    /// Reject what waits, with a reason that goes back.
    Reject {
        /// As `status` shows it.
        id: String,
        /// What is wrong with it; the planner or the session reads it.
        #[arg(long, value_name = "REASON")]
        why: String,
    },
    /// Answer a question.
    Answer {
        /// As `status` shows it.
        id: String,
        /// The answer, or the number of one of the options.
        text: String,
    },
    /// Read the memory, oldest first.
    Log {
        /// Only what belongs to this task.
        #[arg(long, value_name = "TASK")]
        task: Option<String>,
        /// One event a line, versioned.
        #[arg(long)]
        json: bool,
        /// Only what was known then: an event's number or a time such as 2026-11-22T10:00:00Z.
        #[arg(long, value_name = "WHEN")]
        at: Option<String>,
    },
    /// Search everything that ever happened.
    Search {
        /// Words that must all be found, and filters such as `task:parser since:1d`.
        #[arg(required = true)]
        query: Vec<String>,
        /// Most events that are shown.
        #[arg(long, default_value_t = 20, value_name = "N")]
        limit: usize,
        /// One event a line, versioned.
        #[arg(long)]
        json: bool,
        /// Only what belongs to this task.
        #[arg(long, value_name = "TASK")]
        task: Option<String>,
        /// Only events of this kind, such as judged or landed.
        #[arg(long, value_name = "KIND")]
        kind: Option<String>,
        /// Only what this one did: person, planner, executor, chargehand.
        #[arg(long, value_name = "WHO")]
        by: Option<String>,
        /// Only since then: 90m, 2h or 3d ago, a time, or an event's number.
        #[arg(long, value_name = "WHEN")]
        since: Option<String>,
        /// Only until then.
        #[arg(long, value_name = "WHEN")]
        until: Option<String>,
        /// Among what was imported from others.
        #[arg(long)]
        foreign: bool,
    },
    /// Which tasks, attempts and decisions shaped a file.
    Why {
        /// The file or folder, from the repository's root.
        path: String,
    },
    /// Take in a plan file, or another person's events.jsonl.
    Import {
        /// The file.
        file: PathBuf,
    },
    /// The lessons learned: their evidence, and how attempts came out with and without them.
    Lessons {
        #[command(subcommand)]
        verb: Option<LessonVerb>,
    },
    /// Write the plan, the decisions, the lessons and all events to a folder.
    Export {
        /// The folder; it is made if it is not there.
        #[arg(default_value = "chargehand-export")]
        folder: PathBuf,
        /// A backup as well: the log itself, and all outputs.
        #[arg(long)]
        full: bool,
    },
    /// Which model does what, and what it can do, and how it has fared.
    Models {
        /// One JSON object.
        #[arg(long)]
        json: bool,
        /// Find out what models can do, by a few small requests: those in use, or these.
        #[arg(long, value_name = "NAME", num_args = 0..)]
        probe: Option<Vec<String>>,
    },
    /// Merge the goal's branch into the one that is checked out.
    Land,
    /// Take one landed task back on the goal's branch; it can be tried again.
    Undo {
        /// The task.
        task: String,
        /// Why; it stands in the log and in the next brief.
        #[arg(long, value_name = "REASON", default_value = "")]
        why: String,
        /// Leave done tasks that lean on it as they are.
        #[arg(long)]
        alone: bool,
    },
    /// Throw in a thought, at any time.
    Capture {
        /// The thought.
        #[arg(required = true, trailing_var_arg = true, allow_hyphen_values = true)]
        text: Vec<String>,
    },
    /// Say what a thought becomes: note, task, steer TASK, replan, drop.
    Settle {
        /// The thought, as `status` names it.
        id: String,
        /// What it becomes.
        into: String,
        /// The task whose session is steered.
        task: Option<String>,
    },
    /// List goals; switch to one; archive one.
    Goals {
        /// Go on with this goal from now on.
        #[arg(long, value_name = "GOAL", conflicts_with = "archive")]
        switch: Option<String>,
        /// Put this goal away.
        #[arg(long, value_name = "GOAL")]
        archive: Option<String>,
    },
    /// See and grant trust in the project's settings.
    Trust {
        /// Trust them as they are shown.
        #[arg(long)]
        grant: bool,
        /// Take over a log that was not made here.
        #[arg(long)]
        log: bool,
    },
    /// Show what is left over: worktrees, branches, landings that were cut short.
    Clean {
        /// Take it away. What it holds stays reachable by a kept ref.
        #[arg(long)]
        yes: bool,
        /// Only these, as they are shown; also what has unsaved work in it.
        #[arg(value_name = "NAME")]
        names: Vec<String>,
    },
    /// Check the store, leftovers, permissions, the sandbox, the terminal, the settings.
    Doctor {
        /// Ask the server for its models, too. Without it the network is left alone.
        #[arg(long)]
        online: bool,
    },
    /// The settings in force, with file and line of each, and where all files lie.
    Config {
        /// Print an example of config.yaml with every key.
        #[arg(long)]
        example: bool,
    },
    /// Serve the memory to other agents, read-only, over standard input and output (MCP).
    Mcp,
    /// The keys of the workbench.
    Keys,
    /// Print completions for a shell.
    Completions {
        /// Which shell.
        shell: clap_complete::Shell,
    },
    /// Print the manual page, or that of a command.
    Man {
        /// The command.
        command: Option<String>,
    },
    /// A complete recorded goal with the real engine: no key, no network.
    Demo {
        /// Without a screen.
        #[arg(long)]
        headless: bool,
        /// One event a line on stdout.
        #[arg(long)]
        json: bool,
        /// Keep the demo's repository and memory in this folder.
        #[arg(long, value_name = "DIR")]
        keep: Option<PathBuf>,
    },
}

#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of the command line")]
pub(super) struct RunArgs {
    /// The goal in a sentence; `-` reads it from standard input.
    pub(super) goal: Option<String>,
    /// Use this plan instead of having one made.
    #[arg(long, value_name = "FILE")]
    pub(super) plan: Option<PathBuf>,
    /// Approve plan, changes and briefs as they come. Commands still need a criterion or a rule.
    #[arg(long)]
    pub(super) yes: bool,
    /// What becomes of commands that neither a criterion nor a rule allows.
    #[arg(long, value_enum)]
    pub(super) commands: Option<Commands>,
    /// One event a line on stdout, versioned.
    #[arg(long)]
    pub(super) json: bool,
    /// Most dollars for the goal.
    #[arg(long, value_name = "USD")]
    pub(super) budget: Option<f64>,
    /// Sessions at once.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub(super) parallel: Option<u32>,
    /// Seconds that a server which cannot be used just now is waited for; then exit 4.
    #[arg(long, value_name = "SECONDS")]
    pub(super) wait: Option<u32>,
    /// Merge into the current branch when all is done.
    #[arg(long)]
    pub(super) land: bool,
    /// Make this folder a git repository first, if it is none.
    #[arg(long)]
    pub(super) init: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Commands {
    /// Ask you.
    Ask,
    /// Deny them.
    Rules,
    /// Run them all. There is no sandbox yet.
    All,
}

impl From<Commands> for CommandPolicy {
    fn from(commands: Commands) -> Self {
        match commands {
            Commands::Ask => CommandPolicy::Ask,
            Commands::Rules => CommandPolicy::Rules,
            Commands::All => CommandPolicy::All,
        }
    }
}

#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(super) struct PlanArgs {
    #[command(subcommand)]
    pub(super) verb: Option<PlanVerb>,
    /// The goal in a sentence; `-` reads it from standard input.
    pub(super) goal: Option<String>,
    /// Write the plan to this file.
    #[arg(short, long, value_name = "FILE")]
    pub(super) output: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
pub(super) enum PlanVerb {
    /// Validate a plan file; faults come with line and column.
    Check {
        /// The plan file.
        file: PathBuf,
    },
    /// A goal of its own from the plan as it stood at a moment.
    Fork {
        /// An event's number or a time.
        #[arg(long, value_name = "WHEN")]
        at: String,
        /// The new goal in a sentence; the old one's where absent.
        goal: Option<String>,
    },
    /// Print the plan in force, or the proposed one, as YAML.
    Show {
        /// As it stood then: an event's number or a time.
        #[arg(long, value_name = "WHEN")]
        at: Option<String>,
    },
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    fn without_help(command: &clap::Command, found: &mut Vec<String>) {
        let name = command.get_name();
        if command.get_about().is_none() {
            found.push(name.to_owned());
        }
        let silent = command.get_arguments().filter(|one| one.get_help().is_none());
        found.extend(silent.map(|one| format!("{name} {}", one.get_id())));
        command.get_subcommands().for_each(|one| without_help(one, found));
    }

    #[test]
    fn a_number_that_cannot_be_is_refused_before_anything_is_done() {
        let parsed = |n: &str| Cli::try_parse_from(["chargehand", "run", "--parallel", n, "x"]);
        let error = parsed("0").unwrap_err().to_string();
        assert!(error.contains("--parallel") && error.contains("1.."), "{error}");
        assert!(parsed("1").is_ok());
    }

    #[test]
    fn each_command_and_each_argument_says_what_it_is() {
        let mut found = Vec::new();
        without_help(&Cli::command(), &mut found);
        assert_eq!(found, [""; 0]);
    }
}
