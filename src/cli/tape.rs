//! `--record` and `--replay`: a cassette in between, or in a server's place.

use std::{
    fs::File, io::Read as _, os::unix::fs::OpenOptionsExt as _, path::Path, sync::Arc,
    time::Duration,
};

use super::{
    args::Common,
    connect::secrets,
    out::{CliError, say},
};
use crate::{
    agent::{CASSETTE_CAP, Label, Pace, Player, Recorder, Tape, Withheld, read_cassette},
    app::Place,
    config::Overrides,
};

/// Longest wait of a cassette that is watched.
const WATCHED: Duration = Duration::from_millis(150);
/// The name that stands for a model where a cassette is played and none is configured.
const NOBODY: &str = "cassette";

/// What the command line asks for.
#[derive(Debug, Default)]
pub(super) struct Cassette {
    tape: Tape,
    /// Of the cassette that is played.
    label: Option<Label>,
}

/// Whether anybody watches a cassette.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Watched {
    Yes,
    No,
}

/// Opens the cassette that is to be played, if one is.
pub(super) fn load(common: &Common, watched: Watched) -> Result<Cassette, CliError> {
    let Some(path) = &common.replay else { return Ok(Cassette::default()) };
    let faulty =
        |why: &dyn std::fmt::Display| CliError::Usage(format!("{}: {why}", path.display()));
    let mut text = String::new();
    let file = File::open(path).map_err(|error| faulty(&error))?;
    file.take(CASSETTE_CAP).read_to_string(&mut text).map_err(|error| faulty(&error))?;
    let (label, exchanges) = read_cassette(&text).map_err(|error| faulty(&error))?;
    let pace = match watched {
        Watched::Yes => Pace::Recorded { most: WATCHED },
        Watched::No => Pace::AtOnce,
    };
    let tape = Tape::Replay(Arc::new(Player::new(exchanges, pace)));
    Ok(Cassette { tape, label: Some(label) })
}

impl Cassette {
    /// What a cassette says over the settings: it was recorded with that window.
    pub(super) fn over(&self, overrides: Overrides) -> Overrides {
        let Some(label) = &self.label else { return overrides };
        Overrides {
            model: overrides.model.or_else(|| Some(NOBODY.to_owned())),
            context_tokens: overrides.context_tokens.or(label.context_tokens),
            ..overrides
        }
    }

    /// The goal that the cassette was recorded for.
    pub(super) fn goal(&self) -> Option<&str> {
        self.label.as_ref().map(|label| label.goal.as_str()).filter(|goal| !goal.is_empty())
    }

    /// What the connections of a place go through: begins a new cassette, if one is to be recorded.
    pub(super) fn tape(
        &mut self,
        common: &Common,
        place: &Place,
        goal: Option<&str>,
    ) -> Result<Tape, CliError> {
        if let Some(path) = &common.record {
            let label = Label {
                goal: goal.unwrap_or_default().to_owned(),
                context_tokens: place.config.models.context_tokens,
                ..Label::new()
            };
            self.tape = Tape::Record(Arc::new(record(path, &label, secrets(place))?));
        }
        Ok(self.tape.clone())
    }

    /// What is played in a server's place, if anything is.
    pub(super) fn player(&self) -> Tape {
        self.tape.clone()
    }

    /// Says, at the end, what a person should know of the cassette.
    pub(super) fn told(&self) {
        match &self.tape {
            Tape::Record(recorder) => {
                if let Some(why) = recorder.failure() {
                    say(format_args!("the cassette has gaps: {why}"));
                }
            }
            Tape::Replay(player) if player.left() > 0 => {
                say(format_args!("{} exchanges of the cassette were not asked for", player.left()));
            }
            Tape::Live | Tape::Replay(_) => {}
        }
    }
}

fn record(path: &Path, label: &Label, secrets: Vec<String>) -> Result<Recorder, CliError> {
    // What was said to a model is nobody else's business.
    let file = File::options().write(true).create_new(true).mode(0o600).open(path);
    let file = file.map_err(|error| {
        CliError::Usage(format!("{}: {error}; --record makes a new file", path.display()))
    })?;
    Ok(Recorder::new(Box::new(file), label, Withheld::new(secrets))?)
}
