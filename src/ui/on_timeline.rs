//! Keys in the timeline.

use super::{
    action::Action,
    layout::Pane,
    place::Ui,
    story::Row,
    wish::{Facts, Wish},
};

impl Ui {
    /// The entry of the timeline at the cursor.
    pub(super) fn row_at_cursor<'a>(&self, facts: Facts<'a>) -> Option<&'a Row> {
        match self.timeline.cursor {
            Some(seq) => facts.story.row(seq),
            None => facts.story.rows().next(),
        }
    }

    /// Moves through the timeline, or opens an entry.
    pub(super) fn on_timeline(&mut self, action: Action, facts: Facts<'_>) -> Option<Wish> {
        let story = facts.story;
        let last = story.rows().len().checked_sub(1)?;
        let at = self.timeline.cursor.map_or(0, |seq| story.rows_after(seq));
        let inner = self.drawn.as_ref().map(|drawn| drawn.places.inner(Pane::Timeline));
        let page = usize::from(inner.map_or(2, |inner| inner.height.max(4))) / 2;
        let to = match action {
            Action::Down => at + 1,
            Action::Up => at.saturating_sub(1),
            Action::HalfDown => at + page / 2,
            Action::HalfUp => at.saturating_sub(page / 2),
            Action::PageDown => at + page,
            Action::PageUp => at.saturating_sub(page),
            Action::Top => 0,
            Action::Bottom => last,
            Action::Open => {
                let row = self.row_at_cursor(facts)?;
                self.show_page(
                    format!("Event {}", row.seq),
                    &format!("{}\n\n{}", row.word, row.text),
                    facts.now.up,
                );
                return Some(Wish::Event { seq: row.seq });
            }
            Action::Copy => {
                let row = self.row_at_cursor(facts)?;
                return Some(Wish::Copy { text: format!("{} {}", row.word, row.text) });
            }
            Action::NextMatch => {
                let wanted = self.search.clone()?;
                story.rows().skip(at + 1).position(|row| row.text.contains(&wanted))? + at + 1
            }
            Action::PreviousMatch => {
                let wanted = self.search.clone()?;
                let before: Vec<&Row> = story.rows().take(at).collect();
                before.iter().rposition(|row| row.text.contains(&wanted))?
            }
            _ => return None,
        };
        // Who comes to the end of what is held is given what came before.
        // A moment's story is not gone on with: its rows would be told among those of now.
        let ends = to >= last && self.past.is_none();
        let older = ends.then(|| story.oldest()).flatten().filter(|seq| seq.0 > 1);
        let to = to.min(last);
        // At the newest the timeline goes on with what comes.
        self.timeline.cursor = story.rows().nth(to).map(|row| row.seq).filter(|_| to > 0);
        if self.timeline.cursor.is_none() {
            self.timeline.top = None;
        }
        older.map(|before| Wish::Older { before })
    }
}
