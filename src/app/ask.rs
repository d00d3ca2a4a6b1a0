//! Answering what a person asks the memory.

use std::{
    path::Path,
    sync::{Arc, Mutex, PoisonError},
};

use crate::{
    domain::{Seq, TaskId},
    logger::{Filter, KINDS, LOOKED_THROUGH, Recall, Who},
    ui::{Ask, Found, HitRow, Key, line, tell},
};

/// Most events that one question brings.
const MAX_HITS: usize = 200;

/// A question as a filter, and what is wrong with it. A filter that cannot be understood finds
/// nothing rather than everything.
pub fn filter(recall: &Recall, ask: &Ask, now: u64) -> Result<Filter, String> {
    let mut filter = Filter::default();
    for (key, value) in &ask.marks {
        match key {
            Key::Task => filter.task = Some(TaskId(value.to_ascii_lowercase())),
            Key::Goal => filter.goal = Some(value.to_ascii_lowercase().as_str().into()),
            Key::Kind => filter.kinds.extend(kinds(value)?),
            Key::By => {
                let who = Who::named(&value.to_lowercase()).ok_or_else(|| {
                    format!("`{value}` is nobody: person, planner, executor or chargehand")
                })?;
                filter.actor = Some(who);
            }
            Key::Since => match moment(value, now)? {
                // As a place in the log: what lies before it is not looked through.
                When::At(at) => {
                    let before = recall.seq_at(at.saturating_sub(1));
                    filter.after = Some(before.map_err(|error| error.to_string())?);
                }
                When::Event(seq) => filter.after = Some(Seq(seq.saturating_sub(1))),
            },
            Key::Until => match moment(value, now)? {
                When::At(at) => {
                    let last = recall.seq_at(at).map_err(|error| error.to_string())?;
                    filter.before = Some(Seq(last.0.saturating_add(1)));
                }
                When::Event(seq) => filter.before = Some(Seq(seq.saturating_add(1))),
            },
        }
    }
    Ok(filter)
}

/// The kinds that have a word in their name; the one of that name alone where there is one.
fn kinds(word: &str) -> Result<Vec<String>, String> {
    let word = word.to_lowercase().replace('-', "_");
    if KINDS.contains(&word.as_str()) {
        return Ok(vec![word]);
    }
    let found: Vec<String> =
        KINDS.iter().filter(|kind| kind.contains(&word)).map(|kind| (*kind).to_owned()).collect();
    if found.is_empty() {
        return Err(format!("there is no kind `{word}`; some are checked, judged, lesson, landed"));
    }
    Ok(found)
}

enum When {
    At(u64),
    Event(u64),
}

/// A moment as a person writes it: `90m`, `2h`, `1d`, `3w` ago, an event's number, or a time.
fn moment(text: &str, now: u64) -> Result<When, String> {
    if let Ok(seq) = text.trim_start_matches('#').parse() {
        return Ok(When::Event(seq));
    }
    let ago = text.char_indices().next_back().and_then(|(at, unit)| {
        let number: u64 = text[..at].parse().ok()?;
        let minutes = match unit {
            'm' => 1,
            'h' => 60,
            'd' => 1_440,
            'w' => 10_080,
            _ => return None,
        };
        Some(number.saturating_mul(minutes).saturating_mul(60_000))
    });
    if let Some(ago) = ago {
        return Ok(When::At(now.saturating_sub(ago)));
    }
    let at = |time: jiff::Timestamp| When::At(u64::try_from(time.as_millisecond()).unwrap_or(0));
    if let Ok(time) = text.parse::<jiff::Timestamp>() {
        return Ok(at(time));
    }
    let day = text.parse::<jiff::civil::Date>().ok();
    let day = day.and_then(|day| day.to_zoned(jiff::tz::TimeZone::system()).ok());
    day.map(|day| at(day.timestamp()))
        .ok_or_else(|| format!("`{text}` is no time: 90m, 2h, 1d, 2026-11-22 or an event's number"))
}

/// The log as the last question found it: opening it anew takes longer than most answers.
#[derive(Clone, Default)]
pub(super) struct Memory(Arc<Mutex<Option<Recall>>>);

impl std::fmt::Debug for Memory {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Memory").finish_non_exhaustive()
    }
}

impl Memory {
    /// What the memory has on a question.
    pub(super) fn found(&self, log: &Path, text: &str, now: u64) -> Result<Found, String> {
        let mut open = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let recall = match &mut *open {
            Some(recall) => recall,
            none => none.insert(Recall::open(log).map_err(|error| error.to_string())?),
        };
        found(recall, text, now)
    }
}

fn found(recall: &Recall, text: &str, now: u64) -> Result<Found, String> {
    let ask = Ask::of(text);
    let mut found = Found { text: text.to_owned(), ..Found::default() };
    let filter = match filter(recall, &ask, now) {
        Ok(filter) => filter,
        Err(why) => {
            found.note = line(&why);
            return Ok(found);
        }
    };
    let hits = recall.seek(&ask.words, &filter, MAX_HITS).map_err(|error| error.to_string())?;
    found.hits = hits
        .into_iter()
        .map(|hit| {
            let told = tell(&hit.record);
            let excerpt = line(hit.excerpt.text.trim());
            HitRow {
                seq: hit.record.seq,
                at: hit.record.at,
                task: hit.record.task.clone(),
                word: told.as_ref().map_or("step", |told| told.word),
                // What was found says more than what is told, where something was looked for.
                text: match told {
                    Some(told) if excerpt.is_empty() || ask.words.is_empty() => told.text,
                    _ => excerpt,
                },
            }
        })
        .collect();
    if found.hits.len() == MAX_HITS {
        found.note = format!("the newest {MAX_HITS}; write more to narrow it");
    } else if !ask.words.is_empty() && !ask.marks.is_empty() {
        found.note = format!("among the newest {LOOKED_THROUGH} with these words");
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_written_in_several_ways() {
        let now = 1_795_341_600_000;
        let told = |text: &str| match moment(text, now) {
            Ok(When::At(at)) => format!("{} min ago", (now - at) / 60_000),
            Ok(When::Event(seq)) => format!("event {seq}"),
            Err(why) => why,
        };
        assert_eq!(told("90m"), "90 min ago");
        assert_eq!(told("2w"), "20160 min ago");
        assert_eq!(told("#40"), "event 40");
        assert_eq!(told("2026-11-22T09:00:00Z"), "60 min ago");
        assert!(told("1y").contains("is no time") && told("é").contains("is no time"));
    }

    #[test]
    fn a_kind_is_found_by_a_part_of_its_name() {
        assert_eq!(kinds("checked"), Ok(vec!["checked".to_owned()]));
        assert!(kinds("lesson").is_ok_and(|found| found.len() >= 3));
        assert!(kinds("nothing").is_err());
    }
}
