//! What chargehand itself says to a model in a session.

use crate::domain::Way;

/// Why a turn came to nothing that called no tool, for the person.
pub(super) const NOTHING_CALLED: &str = "the answer called no tool";

/// Why a turn came to nothing that reached the output limit, for the person.
pub(super) const CUT_OFF: &str = "the answer was cut off at the output limit";

/// What the person says to a session.
pub fn person_says(text: &str) -> String {
    format!("The person says: {text}")
}

/// After a turn that called nothing.
pub(super) fn nothing_called(names: &[&str], delivering: &[&str]) -> String {
    let end = if delivering.is_empty() {
        String::new()
    } else {
        format!(" When you are ready to hand over, call {}.", quoted(delivering, " or "))
    };
    format!(
        "Your answer called no tool, so nothing happened. Go on by calling a tool: {}.{end} If you \
         cannot call tools, write the call as JSON in a fence:\n\n```json\n{{\"name\": \"…\", \
         \"arguments\": {{…}}}}\n```",
        quoted(names, ", ")
    )
}

/// After a turn that reached the output limit.
pub(super) fn cut_off(max_output: u32) -> String {
    format!(
        "Your answer was cut off at the limit of {max_output} tokens. Nothing of it was executed. \
         Send smaller pieces: think less at length, write one file or one part of a file a turn."
    )
}

/// For a call behind one that came to nothing.
pub(super) const NOT_YET: &str = "not executed: an earlier call of the same turn came to nothing. \
                                  Look at its result first.";

/// For a call behind the one that delivered.
pub(super) const OVER: &str = "not executed: the session's result had been delivered.";

/// For calls beyond the most that one turn may have.
pub(super) fn too_many(most: usize) -> String {
    if most == 1 {
        return "not executed: one call a turn. Look at the first one's result, then send the next."
            .to_owned();
    }
    format!("not executed: a turn may have {most} calls at most. Send the rest in the next turn.")
}

/// When few turns are left.
pub(super) fn few_turns(left: u32, delivering: &[&str]) -> String {
    format!(
        "{left} turns are left in this attempt. Bring the work to an end and call {} now, with what \
         is done and what is not.",
        quoted(delivering, " or ")
    )
}

/// When the last turns repeated themselves.
pub(super) const NO_PROGRESS: &str = "The last calls repeated themselves with the same results. \
                                      That leads nowhere: try something else, or hand over what \
                                      there is and say what stands in the way.";

fn quoted(names: &[&str], between: &str) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(between)
}

/// For the log: arguments that named no tool.
pub(super) fn bare(tool: &str) -> String {
    format!(
        "the model wrote arguments that name no tool; they fit `{tool}` alone and count as its call"
    )
}

/// For the log: a turn that was asked for more than once.
pub(super) fn asked_again(times: u32, why: &str) -> String {
    format!("asked {times} times for one turn; before it came: {why}")
}

/// For the log: tools in words, answers held to a schema.
pub(super) const OFFERED_OTHERWISE: &str = "the model calls no tools as the protocol has them: from \
                                            now on they are described in words, one call a turn";

/// For the log and the person: the server has not read everything.
pub(super) fn truncated(bytes: u64, read: u64) -> String {
    format!(
        "the server read only {read} tokens of {bytes} bytes of messages, without saying so: its \
         context is smaller than the request, and what the model saw of it is cut. The history is \
         shortened; better start the server with a larger context (Ollama: \
         OLLAMA_CONTEXT_LENGTH=32768 ollama serve)"
    )
}

/// For the person: not even the task itself fits.
pub(super) fn too_long(tokens: u64, window: u64) -> String {
    format!(
        "what the session begins with comes to about {tokens} tokens, and the model's window \
         holds {window}: it was not sent"
    )
}

/// For the log: which way calls came that did not come as the protocol has it.
pub(super) fn way(way: Way) -> &'static str {
    match way {
        Way::Native => "tool calls came as the protocol has it",
        Way::Salvaged => "the model wrote its tool call as text; it was salvaged",
        Way::FileFence => "the model wrote a whole file in a fence; it counts as a write",
    }
}
/// The result of a call that was not allowed, with the reason if one was given.
pub fn not_allowed(why: &str) -> String {
    let reason = if why.trim().is_empty() { String::new() } else { format!(": {}", why.trim()) };
    format!(
        "not executed: this was not allowed{reason}. Do not try the same in another form; find \
         another way, or say in your result what stands in the way."
    )
}
