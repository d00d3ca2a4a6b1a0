//! What would come of a person's word, without a trace: the screen offers only what is accepted.

use super::{
    command::Command,
    decide::{self, Settings},
    engine::Engine,
    event::Actor,
    goal::State,
    ids::Seq,
    refusal::Refusal,
};

/// Whether these commands of a person's would be accepted now, one after the other, and if not,
/// why. It is the very rule by which they are decided; nothing is changed.
pub fn would(state: &State, commands: &[Command]) -> Result<(), Refusal> {
    match commands {
        [] => Ok(()),
        // A person's word is decided by the state alone: neither settings nor the time count.
        [one] => {
            decide::decide(state, &Settings::default(), one.clone(), &Actor::Person, 0).map(drop)
        }
        // A later one goes by what the earlier ones have made of the state.
        several => {
            let mut dry = Engine::new(state.clone(), Seq(u64::MAX / 2), Settings::default());
            dry.steps(several.to_vec(), &Actor::Person, 0).1
        }
    }
}
