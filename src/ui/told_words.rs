//! The words that rows of the memory bear, and the kinds of events that are told in them.

/// The word of an event that a person is not told of.
pub const STEP: &str = "step";

/// Words that are no part of a kind's name. One that is finds the kinds that have it.
const WORDS: &[(&str, &[&str])] = &[
    ("accepted", &["judged"]),
    ("allowed", &["call_answered"]),
    ("answer", &["question_answered"]),
    ("asks", &["call_intended"]),
    ("candidate", LESSONS),
    ("confirmed", LESSONS),
    ("conflict", &["landing_conflicted"]),
    ("denied", &["call_intended", "call_answered"]),
    ("fault", &["run_ended"]),
    ("flagged", &["baseline_taken"]),
    ("follow-up", &["judged"]),
    ("forgotten", LESSONS),
    ("interrupted", &["run_ended"]),
    ("looked", &["manual_checked"]),
    ("merged", &["goal_landed"]),
    ("paused", &["task_held"]),
    ("pinned", LESSONS),
    ("planning", &["run_began", "planning_resumed"]),
    ("refuted", &["checked", "landing_refuted", "lesson_noted", "lesson_told"]),
    ("released", &["task_released", "provider_released"]),
    ("retired", LESSONS),
    ("runs", &["call_intended"]),
    ("says", &["item_logged"]),
    ("sent-anyway", &["brief_overridden"]),
    ("session", &["run_began"]),
    ("stale", LESSONS),
    (
        STEP,
        &[
            "attempt_opened",
            "baseline_taken",
            "call_intended",
            "context_compiled",
            "item_logged",
            "reserved",
            "run_began",
            "run_ended",
            "spent",
            "work_committed",
        ],
    ),
    ("stopped", &["run_ended"]),
    ("thought", &["captured", "capture_settled"]),
    ("tries", &["provider_tried"]),
    ("you", &["plan_proposed", "plan_edited", "brief_written"]),
];

/// Where lessons are noted and marked.
const LESSONS: &[&str] = &["lesson_noted", "lesson_told", "lesson_marked"];

/// The kinds that are told in a word.
pub fn kinds_of(word: &str) -> Option<&'static [&'static str]> {
    let word = word.replace(['_', ' '], "-");
    WORDS.iter().find(|(known, _)| *known == word).map(|(_, kinds)| *kinds)
}

/// Whether a person means this word of a row. A lesson's row bears how it stands.
pub fn is_word(meant: &str, word: &str) -> bool {
    let meant = meant.to_lowercase().replace(['_', ' '], "-");
    meant == word.replace(' ', "-")
        || word == "lesson" && kinds_of(&meant).is_some_and(|kinds| kinds == LESSONS)
}

/// Every word that a row of the memory may bear, read off where they are written.
#[cfg(test)]
pub(crate) fn told_words() -> Vec<String> {
    let text = include_str!("tell.rs");
    let told = text.match_indices("told(").filter_map(|(at, _)| {
        let rest = text[at + 5..].trim_start().strip_prefix('"')?;
        Some(rest.split_once('"')?.0.to_owned())
    });
    let states = ["candidate", "confirmed", "stale", "refuted", "retired", "forgotten", "pinned"];
    let own = [STEP, "allowed", "denied"].into_iter().chain(states).map(str::to_owned);
    told.chain(own).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_are_read_off_where_they_are_written() {
        let all = told_words();
        for word in ["says", "follow-up", "refuted", "sent anyway", "taken back", "looked"] {
            assert!(all.iter().any(|one| one == word), "{word}: {all:?}");
        }
        assert!(all.len() > 50, "{all:?}");
    }

    #[test]
    fn a_word_is_meant_in_any_case_and_with_any_hyphen() {
        assert!(is_word("Follow_Up", "follow-up") && is_word("sent-anyway", "sent anyway"));
        assert!(is_word("stale", "lesson") && !is_word("says", "lesson"));
        assert_eq!(kinds_of("nothing"), None);
    }
}
