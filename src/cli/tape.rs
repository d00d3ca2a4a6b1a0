//! `--record` and `--replay`: a cassette in between, or in a server's place.

use std::{fs::File, io::Read as _, os::unix::fs::OpenOptionsExt as _, path::Path, sync::Arc, time::Duration};

use super::{
    args::Common,
    out::{CliError, say},
};
use crate::agent::{
    CASSETTE_CAP, Label, Pace, Player, Recorder, Tape, Withheld, read_cassette,
};

/// Longest wait of a cassette that is watched.
const WATCHED: Duration = Duration::from_millis(150);

/// What the command line asks for.
#[derive(Clone, Debug, Default)]
pub(super) struct Taped {
    pub(super) tape: Tape,
    /// The goal of the cassette that is played.
    pub(super) goal: Option<String>,
}

/// Whether anybody watches a cassette.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Watched {
    Yes,
    No,
}

/// Opens what `--record` or `--replay` names. `secrets` never get onto a cassette.
pub(super) fn tape(
    common: &Common,
    goal: Option<&str>,
    watched: Watched,
    secrets: impl IntoIterator<Item = String>,
) -> Result<Taped, CliError> {
    if let Some(path) = &common.replay {
        return play(path, watched);
    }
    let Some(path) = &common.record else { return Ok(Taped::default()) };
    // What was said to a model is nobody else's business.
    let file = File::options().write(true).create_new(true).mode(0o600).open(path);
    let file = file.map_err(|error| {
        CliError::Usage(format!("{}: {error}; --record makes a new file", path.display()))
    })?;
    let label = Label::new(goal.unwrap_or_default());
    let recorder = Recorder::new(Box::new(file), &label, Withheld::new(secrets))?;
    Ok(Taped { tape: Tape::Record(Arc::new(recorder)), goal: None })
}

fn play(path: &Path, watched: Watched) -> Result<Taped, CliError> {
    let unreadable = |error: &dyn std::fmt::Display| CliError::Usage(format!("{}: {error}", path.display()));
    let mut text = String::new();
    let file = File::open(path).map_err(|error| unreadable(&error))?;
    let read = file.take(CASSETTE_CAP).read_to_string(&mut text);
    read.map_err(|error| unreadable(&error))?;
    let (label, exchanges) = read_cassette(&text).map_err(|error| unreadable(&error))?;
    let pace = match watched {
        Watched::Yes => Pace::Recorded { most: WATCHED },
        Watched::No => Pace::AtOnce,
    };
    let goal = Some(label.goal).filter(|goal| !goal.is_empty());
    Ok(Taped { tape: Tape::Replay(Arc::new(Player::new(exchanges, pace))), goal })
}

impl Taped {
    /// Whether nothing is sent to any server.
    pub(super) fn is_replay(&self) -> bool {
        match self.tape {
            Tape::Replay(_) => true,
            Tape::Live | Tape::Record(_) => false,
        }
    }

    /// Says, at the end, what a person should know of the cassette.
    pub(super) fn told(&self) {
        match &self.tape {
            Tape::Live => {}
            Tape::Record(recorder) => {
                if let Some(why) = recorder.failure() {
                    say(format_args!("the cassette has gaps: {why}"));
                }
            }
            Tape::Replay(player) if player.left() > 0 => {
                say(format_args!("{} exchanges of the cassette were not asked for", player.left()));
            }
            Tape::Replay(_) => {}
        }
    }
}
