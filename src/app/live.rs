//! What commands print as they run, without the secrets that are known. It comes in pieces, and a
//! secret may stand across two of them.

use std::collections::BTreeMap;

use crate::{
    agent::{LiveText, Secrets},
    domain::{Event, Record, RunId},
};

/// Ends of what runs have printed that may be the beginning of a secret: they are shown with what
/// comes next, or with the settled result.
#[derive(Clone, Debug, Default)]
pub(super) struct Held(BTreeMap<RunId, String>);

impl Held {
    /// A piece of a run's live text as it may be shown; `None`: nothing of it yet.
    pub(super) fn shown(
        &mut self,
        run: RunId,
        text: LiveText,
        secrets: &Secrets,
    ) -> Option<LiveText> {
        match text {
            LiveText::Output(piece) => {
                let text = match self.0.remove(&run) {
                    Some(held) => held + &piece,
                    None => piece,
                };
                let (sure, open) = text.split_at(sure(&text, secrets));
                if !open.is_empty() {
                    self.0.insert(run, open.to_owned());
                }
                let sure = secrets.clean(sure.to_owned());
                (!sure.is_empty()).then_some(LiveText::Output(sure))
            }
            LiveText::Text(_) | LiveText::Reasoning(_) | LiveText::Call(_) | LiveText::Lost => {
                Some(text)
            }
        }
    }

    /// A command's result takes the place of what was shown of it.
    pub(super) fn settle(&mut self, records: &[Record]) {
        for record in records {
            if let Event::ItemLogged { run, .. } | Event::RunEnded { run, .. } = &record.event {
                self.0.remove(run);
            }
        }
    }
}

/// Bytes at the beginning of a text in which no secret is cut off by the text's end.
fn sure(text: &str, secrets: &Secrets) -> usize {
    let starts = |secret: &String| {
        let least = (text.len() + 1).saturating_sub(secret.len());
        (least..text.len()).find(|at| text.get(*at..).is_some_and(|end| secret.starts_with(end)))
    };
    let cut = secrets.known().iter().filter_map(starts).min().unwrap_or(text.len());
    // A whole secret must not be cut in two by that either.
    let spans = |secret: &String| {
        let from = text.floor_char_boundary((cut + 1).saturating_sub(secret.len()));
        let at = from + text.get(from..)?.find(secret.as_str())?;
        (at < cut && at + secret.len() > cut).then_some(at)
    };
    secrets.known().iter().filter_map(spans).min().unwrap_or(cut)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(pieces: &[&str], known: &[&str]) -> String {
        let secrets = Secrets::new(known.iter().map(|one| (*one).to_owned()));
        let mut held = Held::default();
        let shown = pieces.iter().filter_map(|piece| {
            match held.shown(RunId(1), LiveText::Output((*piece).to_owned()), &secrets)? {
                LiveText::Output(text) => Some(text),
                other => panic!("{other:?}"),
            }
        });
        shown.collect()
    }

    #[test]
    fn a_secret_that_is_cut_by_a_read_is_withheld_wherever_it_is_cut() {
        let text = "key: sk-canary-é-4711, and sk-canary-é-4711-more\nend\n";
        let known = ["sk-canary-é-4711", "sk-canary-é-4711-more"];
        let clean = "key: [withheld], and [withheld]\nend\n";
        for one in (0..=text.len()).filter(|at| text.is_char_boundary(*at)) {
            for two in (one..=text.len()).filter(|at| text.is_char_boundary(*at)) {
                let pieces = [&text[..one], &text[one..two], &text[two..]];
                assert_eq!(shown(&pieces, &known), clean, "{pieces:?}");
            }
        }
        let letters: Vec<String> = text.chars().map(String::from).collect();
        let letters: Vec<&str> = letters.iter().map(String::as_str).collect();
        assert_eq!(shown(&letters, &known), clean);
    }

    #[test]
    fn a_secret_whose_end_is_the_beginning_of_another_is_not_cut_in_two() {
        let known = ["abcd-1234-efgh", "efgh-5678-ijkl"];
        assert_eq!(shown(&["x abcd-1234-efgh"], &known), "x ");
        assert_eq!(shown(&["x abcd-1234-efgh", " y\n"], &known), "x [withheld] y\n");
    }

    #[test]
    fn what_is_held_back_goes_when_the_call_has_its_result() {
        let secrets = Secrets::new(["sk-canary-4711".to_owned()]);
        let mut held = Held::default();
        let piece = |text: &str| LiveText::Output(text.to_owned());
        assert_eq!(held.shown(RunId(1), piece("sk-can"), &secrets), None);
        assert_eq!(held.shown(RunId(2), piece("ary-4711\n"), &secrets), Some(piece("ary-4711\n")));
        let record = Record {
            seq: crate::domain::Seq(1),
            at: 0,
            actor: crate::domain::Actor::Chargehand,
            goal: None,
            revision: 0,
            task: None,
            attempt: None,
            event: Event::RunEnded { run: RunId(1), end: crate::domain::End::Done },
        };
        held.settle(&[record]);
        assert_eq!(held.shown(RunId(1), piece("ary\n"), &secrets), Some(piece("ary\n")));
    }
}
