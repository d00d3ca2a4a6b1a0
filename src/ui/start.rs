//! The first start: which model, or the demo. Never a dead end.
//!
//! A list of doors that fills in as answers come; its order never changes. What is looked for, and
//! how, the program knows; here stands only what is shown and what a key means.

use ratatui::{
    Frame,
    crossterm::event::{KeyCode, KeyEvent, KeyModifiers},
    layout::Rect,
};

use super::{
    editor::{Editor, Rows},
    glyph::{Glyphs, Mark},
    key::Press,
    paint::{Brush, Edge},
    theme::{Role, Theme},
    wrap::Flow,
};

/// Ways in that are no doors.
const OTHER_WAYS: &str = "Other ways: set OPENAI_API_KEY (and OPENAI_BASE_URL for another server) \
     and start again, or start with --base-url URL --model NAME, or write both into config.yaml: \
     `chargehand config` says where it lies, `chargehand config --example` what it may say.";

/// Columns of a door's name.
const NAME: u16 = 18;

/// What is known of a door.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// It is being looked at.
    Looking,
    /// Models to choose from.
    Models(Vec<String>),
    /// It is there and has to be asked first, which is done once it is chosen.
    Ready(String),
    /// It cannot be used; why, and what to do.
    Not(String),
}

/// One way in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Door {
    pub name: String,
    /// Where it leads, such as a URL.
    pub place: String,
    pub answer: Answer,
}

/// What the person wants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StartWish {
    /// Look again at everything.
    Again,
    /// Ask this door for its models.
    Ask {
        door: usize,
    },
    /// Go in by a door that needs no model.
    Enter {
        door: usize,
    },
    /// Work with this model.
    Use {
        door: usize,
        model: String,
    },
    Quit,
}

/// The models of one door, to choose from.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Choosing {
    door: usize,
    filter: Editor,
    cursor: usize,
}

/// The start screen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Start {
    /// Why it is shown, in a sentence.
    why: String,
    doors: Vec<Door>,
    cursor: usize,
    /// Whether the person has moved: until then the first good door is preselected.
    moved: Moved,
    choosing: Option<Choosing>,
    said: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Moved {
    Yes,
    No,
}

impl Start {
    /// A screen with these doors.
    pub fn new(why: impl Into<String>, doors: Vec<Door>) -> Self {
        let mut start = Self {
            why: why.into(),
            doors,
            cursor: 0,
            moved: Moved::No,
            choosing: None,
            said: String::new(),
        };
        start.preselect();
        start
    }

    /// The doors.
    pub fn doors(&self) -> &[Door] {
        &self.doors
    }

    /// Something was heard of a door.
    pub fn heard(&mut self, door: usize, answer: Answer) {
        let Some(one) = self.doors.get_mut(door) else { return };
        one.answer = answer;
        self.preselect();
    }

    /// Says something in the bottom line.
    pub fn say(&mut self, text: impl Into<String>) {
        self.said = super::clean::line(&text.into());
    }

    /// Shows the models of a door to choose from.
    pub fn choose(&mut self, door: usize) {
        self.choosing = Some(Choosing { door, filter: Editor::new(Rows::One, ""), cursor: 0 });
    }

    /// One suggestion stands preselected: the first door that has a model, else the first that
    /// can be used at all.
    fn preselect(&mut self) {
        if self.moved == Moved::Yes {
            return;
        }
        let has_models =
            |door: &Door| matches!(&door.answer, Answer::Models(all) if !all.is_empty());
        let is_ready = |door: &Door| matches!(door.answer, Answer::Ready(_));
        let first = self.doors.iter().position(has_models);
        self.cursor = first.or_else(|| self.doors.iter().position(is_ready)).unwrap_or(0);
    }

    fn models(&self) -> Vec<&str> {
        let Some(Choosing { door, filter, .. }) = &self.choosing else { return Vec::new() };
        let wanted = filter.text().trim().to_lowercase();
        match self.doors.get(*door).map(|door| &door.answer) {
            Some(Answer::Models(all)) => {
                let fits = |name: &&String| name.to_lowercase().contains(&wanted);
                all.iter().filter(fits).map(String::as_str).collect()
            }
            Some(Answer::Looking | Answer::Ready(_) | Answer::Not(_)) | None => Vec::new(),
        }
    }

    /// Takes a key.
    pub fn key(&mut self, event: KeyEvent) -> Option<StartWish> {
        self.said.clear();
        let press = Press::of(event);
        let control = press.mods.contains(KeyModifiers::CONTROL);
        if control && press.code == KeyCode::Char('c') {
            return Some(StartWish::Quit);
        }
        if self.choosing.is_some() { self.in_models(event) } else { self.in_doors(press.code) }
    }

    fn in_doors(&mut self, code: KeyCode) -> Option<StartWish> {
        let last = self.doors.len().saturating_sub(1);
        match code {
            KeyCode::Char('q') | KeyCode::Esc => return Some(StartWish::Quit),
            KeyCode::Char('r') => return Some(StartWish::Again),
            KeyCode::Up | KeyCode::Char('k') => self.cursor = self.cursor.saturating_sub(1),
            KeyCode::Down | KeyCode::Char('j') => self.cursor = (self.cursor + 1).min(last),
            KeyCode::Enter => return self.enter(),
            _ => return None,
        }
        self.moved = Moved::Yes;
        None
    }

    fn enter(&mut self) -> Option<StartWish> {
        let door = self.cursor;
        match &self.doors.get(door)?.answer {
            Answer::Models(all) => match all.as_slice() {
                [] => None,
                // Exactly one: there is nothing to choose.
                [one] => Some(StartWish::Use { door, model: one.clone() }),
                _ => {
                    self.choose(door);
                    None
                }
            },
            Answer::Ready(_) => {
                let asks = self.doors[door].place.starts_with("http");
                Some(if asks { StartWish::Ask { door } } else { StartWish::Enter { door } })
            }
            Answer::Looking => {
                self.say("it is still being looked at");
                None
            }
            Answer::Not(why) => {
                let why = why.clone();
                self.say(why);
                None
            }
        }
    }

    fn in_models(&mut self, event: KeyEvent) -> Option<StartWish> {
        let models: Vec<String> = self.models().into_iter().map(str::to_owned).collect();
        let choosing = self.choosing.as_mut()?;
        let last = models.len().saturating_sub(1);
        match event.code {
            KeyCode::Esc => self.choosing = None,
            KeyCode::Up => choosing.cursor = choosing.cursor.min(last).saturating_sub(1),
            KeyCode::Down => choosing.cursor = (choosing.cursor + 1).min(last),
            KeyCode::PageUp => choosing.cursor = choosing.cursor.min(last).saturating_sub(10),
            KeyCode::PageDown => choosing.cursor = (choosing.cursor + 10).min(last),
            KeyCode::Enter => {
                let model = models.get(choosing.cursor.min(last))?.clone();
                return Some(StartWish::Use { door: choosing.door, model });
            }
            _ => {
                choosing.filter.key(event);
                choosing.cursor = 0;
            }
        }
        None
    }

    /// Draws it.
    pub fn draw(&self, frame: &mut Frame<'_>, theme: &Theme, glyphs: Glyphs) {
        let area = frame.area();
        let mut brush = Brush { buffer: frame.buffer_mut(), theme, glyphs };
        brush.clear(area, Role::Panel);
        let room = Rect { height: area.height.saturating_sub(1), ..area };
        let rect = centre(room, 100, 30);
        let edge =
            Edge { title: "chargehand", note: "first start", focused: true, ..Edge::default() };
        let inside =
            if rect.height >= 8 { brush.frame(rect, &edge) } else { brush.heading(rect, &edge) };
        let cursor = if let Some(choosing) = &self.choosing {
            self.draw_models(&mut brush, inside, choosing)
        } else {
            self.draw_doors(&mut brush, inside);
            None
        };
        let keys = if self.choosing.is_some() {
            "Enter use it   type to filter   Esc back"
        } else {
            "Enter choose   j k move   r look again   q quit"
        };
        let bottom = area.bottom().saturating_sub(1);
        let (text, role) =
            if self.said.is_empty() { (keys, Role::Muted) } else { (&*self.said, Role::Error) };
        brush.put(area.x + 1, bottom, area.width.saturating_sub(2), text, role);
        if let Some(at) = cursor {
            frame.set_cursor_position(at);
        }
    }

    fn draw_doors(&self, brush: &mut Brush<'_>, inside: Rect) {
        let mut y = inside.y;
        let flow = Flow::of(&format!(
            "One model plans, fresh sessions do the work, the program checks it. Nothing runs \
             until you approve it.\n\n{}\n\n",
            self.why
        ));
        let wide = usize::from(inside.width.max(1));
        // In a low window the doors matter more than the words above them.
        let doors = u16::try_from(self.doors.len()).unwrap_or(u16::MAX);
        let rows = u16::try_from(flow.count(wide)).unwrap_or(u16::MAX);
        let rows = rows.min(inside.height.saturating_sub(doors));
        for row in 0..rows {
            brush.put(inside.x, y, inside.width, flow.line(wide, usize::from(row)), Role::Text);
            y += 1;
        }
        let height = usize::from(inside.bottom().saturating_sub(y).max(1));
        let top = (self.cursor + 1).saturating_sub(height);
        for (at, door) in self.doors.iter().enumerate().skip(top) {
            if y >= inside.bottom() {
                break;
            }
            let row = Rect { y, height: 1, ..inside };
            draw_door(brush, row, door);
            if at == self.cursor {
                brush.shade(row, Role::Cursor);
            }
            y += 1;
        }
        y = y.saturating_add(1);
        // What stands against the door at the cursor, and what to do: its row may have cut it.
        if let Some(Door { name, answer: Answer::Not(why), .. }) = self.doors.get(self.cursor) {
            let flow = Flow::of(&format!("{name}: {why}"));
            for row in 0..flow.count(wide) {
                if y < inside.bottom() {
                    brush.put(inside.x, y, inside.width, flow.line(wide, row), Role::Text);
                }
                y = y.saturating_add(1);
            }
            y = y.saturating_add(1);
        }
        let rest = Rect { y, height: inside.bottom().saturating_sub(y), ..inside };
        if rest.height >= 2 {
            super::panes::plan::paragraph(brush, rest, OTHER_WAYS, Role::Muted);
        }
    }

    fn draw_models(
        &self,
        brush: &mut Brush<'_>,
        inside: Rect,
        choosing: &Choosing,
    ) -> Option<(u16, u16)> {
        let door = self.doors.get(choosing.door)?;
        let title = format!("The models of {}: which one shall plan and work?", door.name);
        brush.put(inside.x, inside.y, inside.width, &title, Role::Heading);
        let y = inside.y + 1;
        let taken = brush.put(inside.x, y, inside.width, "Find: ", Role::Muted);
        let text = choosing.filter.text();
        let typed = brush.put(inside.x + taken, y, inside.width, text, Role::Text);
        let list = Rect {
            y: inside.y.saturating_add(3),
            height: inside.height.saturating_sub(3),
            ..inside
        };
        let models = self.models();
        brush.list(list, choosing.cursor, models.len(), |brush, at, row| {
            let model = models.get(at).copied().unwrap_or_default();
            brush.put(row.x + 2, row.y, row.width.saturating_sub(2), model, Role::Text);
        });
        if models.is_empty() {
            brush.put(list.x, list.y, list.width, "No model has that in its name.", Role::Muted);
        }
        Some((inside.x + taken + typed, y))
    }
}

fn draw_door(brush: &mut Brush<'_>, row: Rect, door: &Door) {
    let (mark, role, told) = match &door.answer {
        Answer::Looking => (Mark::Running, Role::Muted, "looking …".to_owned()),
        Answer::Models(all) => {
            let names = all.iter().take(3).map(String::as_str).collect::<Vec<_>>().join(", ");
            let more = if all.len() > 3 { ", …" } else { "" };
            let word = if all.len() == 1 { "model" } else { "models" };
            (Mark::Done, Role::Done, format!("{} {word}: {names}{more}", all.len()))
        }
        Answer::Ready(told) => (Mark::Done, Role::Done, told.clone()),
        Answer::Not(why) => (Mark::Rejected, Role::Muted, why.clone()),
    };
    brush.put(row.x, row.y, 1, brush.glyphs.of(mark), role);
    brush.put(row.x + 2, row.y, NAME - 1, &door.name, Role::Heading);
    let x = row.x + 2 + NAME;
    brush.put(x, row.y, row.right().saturating_sub(x), &told, role);
}

/// A place in the middle, at most this big.
fn centre(area: Rect, width: u16, height: u16) -> Rect {
    let (wide, tall) = (area.width.min(width), area.height.min(height));
    Rect {
        x: area.x + (area.width - wide) / 2,
        y: area.y + (area.height - tall) / 2,
        width: wide,
        height: tall,
    }
}

#[cfg(test)]
mod tests {
    use ratatui::{Terminal, backend::TestBackend};

    use super::*;

    fn door(name: &str, place: &str, answer: Answer) -> Door {
        Door { name: name.into(), place: place.into(), answer }
    }

    fn start() -> Start {
        Start::new(
            "No model is configured yet.",
            vec![
                door("Ollama", "http://127.0.0.1:11434/v1", Answer::Looking),
                door("LM Studio", "http://127.0.0.1:1234/v1", Answer::Looking),
                door("OpenAI", "https://api.openai.com/v1", Answer::Ready("a key is set".into())),
                door("The demo", "", Answer::Ready("no key, no network".into())),
            ],
        )
    }

    fn press(start: &mut Start, code: KeyCode) -> Option<StartWish> {
        start.key(KeyEvent::new(code, KeyModifiers::NONE))
    }

    fn shown(start: &Start, width: u16, height: u16) -> String {
        let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
        let theme = Theme::terminal(super::super::theme::Colours::Shown);
        terminal.draw(|frame| start.draw(frame, &theme, Glyphs::Unicode)).unwrap();
        terminal.backend().to_string()
    }

    #[test]
    fn the_first_door_with_a_model_is_preselected_until_the_person_moves() {
        let mut start = start();
        assert_eq!(press(&mut start, KeyCode::Enter), Some(StartWish::Ask { door: 2 }));
        start.heard(0, Answer::Not("nobody listens".into()));
        start.heard(1, Answer::Models(vec!["qwen".into()]));
        let wish = StartWish::Use { door: 1, model: "qwen".into() };
        assert_eq!(press(&mut start, KeyCode::Enter), Some(wish));
        press(&mut start, KeyCode::Down);
        press(&mut start, KeyCode::Down);
        start.heard(0, Answer::Models(vec!["a".into()]));
        assert_eq!(press(&mut start, KeyCode::Enter), Some(StartWish::Enter { door: 3 }));
    }

    #[test]
    fn what_stands_against_a_door_is_told_whole_where_its_row_has_cut_it() {
        let mut start = start();
        let why = "nobody listens on 127.0.0.1:1234: lms server start, with a model loaded";
        start.heard(1, Answer::Not(why.into()));
        assert!(!shown(&start, 80, 24).contains("loaded"));
        press(&mut start, KeyCode::Up);
        let told = shown(&start, 80, 24);
        assert!(told.contains("LM Studio: nobody listens") && told.contains("loaded"), "{told}");
    }

    #[test]
    fn of_several_models_one_is_found_by_its_name() {
        let mut start = start();
        let all = ["llama", "qwen-coder", "qwen"].map(str::to_owned);
        start.heard(0, Answer::Models(all.to_vec()));
        assert_eq!(press(&mut start, KeyCode::Enter), None);
        for c in "qwen".chars() {
            press(&mut start, KeyCode::Char(c));
        }
        press(&mut start, KeyCode::Down);
        let wish = StartWish::Use { door: 0, model: "qwen".into() };
        assert_eq!(press(&mut start, KeyCode::Enter), Some(wish));
        assert_eq!(press(&mut start, KeyCode::Esc), None);
        assert_eq!(press(&mut start, KeyCode::Esc), Some(StartWish::Quit));
    }

    #[test]
    fn other_ways_in_are_named_where_there_is_room() {
        let shown = shown(&start(), 100, 30);
        for way in ["OPENAI_API_KEY", "--base-url URL", "config.yaml"] {
            assert!(shown.contains(way), "{way}: {shown}");
        }
    }

    #[test]
    fn what_cannot_be_used_says_why() {
        let mut start = start();
        start.heard(0, Answer::Not("nobody listens there".into()));
        press(&mut start, KeyCode::Up);
        press(&mut start, KeyCode::Up);
        assert_eq!(press(&mut start, KeyCode::Enter), None);
        assert!(shown(&start, 80, 24).contains("nobody listens there"));
    }

    #[test]
    fn it_is_drawn_at_any_size() {
        let mut start = start();
        for (width, height) in [(1, 1), (3, 2), (20, 5), (80, 24), (300, 80)] {
            shown(&start, width, height);
        }
        start.heard(0, Answer::Models(vec!["x".repeat(500); 100]));
        press(&mut start, KeyCode::Enter);
        for (width, height) in [(1, 1), (3, 2), (20, 5), (80, 24), (300, 80)] {
            shown(&start, width, height);
        }
    }
}
