//! Answering what a person asks the memory.

use std::{
    path::Path,
    sync::{Arc, Mutex, PoisonError},
};

use crate::{
    domain::{Record, Seq, TaskId},
    logger::{Filter, KINDS, LOOKED_THROUGH, Recall, Who, kind_of},
    ui::{Ask, Found, HitRow, Key, STEP, is_word, kinds_of, line, tell},
};

/// Most events that one question brings.
const MAX_HITS: usize = 200;
/// Most events that are looked at for them: some have nothing to show.
const MAX_SEEN: usize = 800;

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

/// Whether an event is of a kind that a question names, or told in a word that it names: one kind is
/// told in several.
fn is_told_so(record: &Record, ask: &Ask) -> bool {
    let word = tell(record).map_or(STEP, |told| told.word);
    let kind = kind_of(&record.event);
    let fits =
        |wanted: &String| named(wanted).iter().any(|one| one == kind) || is_word(wanted, word);
    let mut wanted = ask.marks.iter().filter(|(key, _)| *key == Key::Kind).map(|(_, one)| one);
    let asks = wanted.clone().next().is_some();
    !asks || wanted.any(fits)
}

/// The kinds that have a word in their name; the one of that name alone where there is one; else
/// those that are told in this word.
fn kinds(word: &str) -> Result<Vec<String>, String> {
    let found = named(word);
    if !found.is_empty() {
        return Ok(found);
    }
    let word = word.to_lowercase();
    let told = kinds_of(&word).ok_or_else(|| {
        format!("there is no kind `{word}`; some are checked, judged, lesson, landed, says, step")
    })?;
    Ok(told.iter().map(|kind| (*kind).to_owned()).collect())
}

fn named(word: &str) -> Vec<String> {
    let word = word.to_lowercase().replace('-', "_");
    if KINDS.contains(&word.as_str()) {
        return vec![word];
    }
    KINDS.iter().filter(|kind| kind.contains(&word)).map(|kind| (*kind).to_owned()).collect()
}

/// When something was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// Milliseconds since 1970 UTC.
    At(u64),
    /// An event's number.
    Event(u64),
}

/// A moment as a person writes it: `90m`, `2h`, `1d`, `3w` ago, an event's number, or a time.
pub fn moment(text: &str, now: u64) -> Result<When, String> {
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
    let hits = recall.seek(&ask.words, &filter, MAX_SEEN).map_err(|error| error.to_string())?;
    found.hits = hits
        .into_iter()
        .filter(|hit| is_told_so(&hit.record, &ask))
        .map(|hit| {
            let told = tell(&hit.record);
            let excerpt = line(hit.excerpt.text.trim());
            HitRow {
                seq: hit.record.seq,
                at: hit.record.at,
                task: hit.record.task.clone(),
                word: told.as_ref().map_or(STEP, |told| told.word),
                // What was found says more than what is told, where something was looked for.
                text: match told {
                    Some(told) if excerpt.is_empty() || ask.words.is_empty() => told.text,
                    _ => excerpt,
                },
            }
        })
        // A step of which there is nothing to read tells nobody anything.
        .filter(|row| row.word != STEP || !row.text.is_empty())
        .take(MAX_HITS)
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

    #[test]
    fn rows_have_text_and_are_told_in_the_word_that_is_asked_for() {
        use crate::domain::{Actor, CallId, End, Event, Item, RunId, Usage, Way};
        let dir = tempfile::tempdir().unwrap();
        let log = dir.path().join("log.db");
        let mut store = crate::logger::Store::open(&log, crate::logger::Access::Write).unwrap();
        let run = RunId(1);
        let item = |item| Event::ItemLogged { run, item };
        let said = Item::Said {
            text: "I look at the ledger".to_owned(),
            reasoning: String::new(),
            calls: Vec::new(),
            way: Way::Native,
            usage: Usage::default(),
        };
        let read = Item::Returned {
            call: CallId(1),
            ok: true,
            text: "the ledger".to_owned(),
            blob: None,
            millis: 1,
        };
        let events = [item(said), item(read), Event::RunEnded { run, end: End::Done }];
        let records: Vec<Record> = (1..)
            .zip(events)
            .map(|(seq, event)| Record {
                seq: Seq(seq),
                at: seq,
                actor: Actor::Chargehand,
                goal: None,
                revision: 0,
                task: None,
                attempt: None,
                event,
            })
            .collect();
        store.append(&records).unwrap();
        let recall = Recall::open(&log).unwrap();
        let told = |text: &str| {
            let found = found(&recall, text, 9_000).unwrap();
            assert!(!found.note.contains("no kind"), "{text}: {}", found.note);
            found.hits.iter().map(|row| (row.word, row.text.clone())).collect::<Vec<_>>()
        };
        let (says, step) =
            (("says", "I look at the ledger".to_owned()), ("step", "the ledger".to_owned()));
        assert_eq!(told(""), [step.clone(), says.clone()]);
        assert_eq!(told("kind:says"), std::slice::from_ref(&says));
        assert_eq!(told("kind:Step"), std::slice::from_ref(&step));
        assert_eq!(told("kind:item"), [step, says]);
        assert!(told("kind:follow-up").is_empty());
    }

    #[test]
    fn every_word_that_labels_a_row_names_kinds_that_there_are() {
        for word in crate::ui::told_words() {
            let word = word.replace(' ', "-");
            let found = kinds(&word).unwrap_or_default();
            assert!(!found.is_empty(), "{word}");
            assert!(found.iter().all(|kind| KINDS.contains(&kind.as_str())), "{word}: {found:?}");
        }
    }
}
