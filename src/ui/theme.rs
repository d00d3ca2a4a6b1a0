//! Colours by role. The only file that may name a colour.

use std::{collections::BTreeMap, fmt, str::FromStr};

use ratatui::style::{Color, Modifier, Style};
use serde::{Deserialize, Deserializer, de};

use super::keymap::DataError;
use crate::domain::{read_own_yaml, read_yaml};

/// The themes that chargehand comes with: name, file.
pub const EMBEDDED_THEMES: [(&str, &str); 2] = [
    ("terminal", include_str!("../../themes/terminal.yaml")),
    ("dark", include_str!("../../themes/dark.yaml")),
];

/// Most themes that may inherit from each other in a row.
const MAX_INHERITS: usize = 8;

/// What a piece of the screen is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// The ground of everything.
    Panel,
    Text,
    Muted,
    Faint,
    Heading,
    Border,
    BorderFocus,
    Title,
    Accent,
    Key,
    KeyUrgent,
    /// The row at the cursor in the focused pane.
    Cursor,
    /// The row at the cursor elsewhere.
    CursorIdle,
    Selection,
    Match,
    Proposed,
    Queued,
    Running,
    Waiting,
    Review,
    Done,
    Failed,
    Rejected,
    Paused,
    Thought,
    Message,
    Person,
    Planner,
    Tool,
    Output,
    Add,
    Remove,
    Hunk,
    Error,
}

/// Whether colours are drawn at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Colours {
    Shown,
    /// `NO_COLOR` is set or the terminal has none: only bold, reverse and the like.
    None,
}

/// A style for every role.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Theme {
    pub name: String,
    roles: BTreeMap<Role, Style>,
}

impl Theme {
    /// The style of a role; the terminal's own where the theme has none.
    pub fn style(&self, role: Role) -> Style {
        self.roles.get(&role).copied().unwrap_or_default()
    }

    /// The theme on the terminal's own colours.
    pub fn terminal(colours: Colours) -> Self {
        let (name, text) = EMBEDDED_THEMES[0];
        Self::own(name, text, colours)
            .unwrap_or_else(|_| Self { name: name.to_owned(), roles: BTreeMap::new() })
    }

    /// A theme that chargehand comes with.
    pub fn embedded(name: &str, colours: Colours) -> Option<Self> {
        let (name, text) = EMBEDDED_THEMES.iter().find(|(known, _)| *known == name)?;
        Self::own(name, text, colours).ok()
    }

    fn own(name: &str, text: &str, colours: Colours) -> Result<Self, DataError> {
        let read = read_own_yaml(text).map_err(|fault| DataError::of(name, fault))?;
        Self::inheriting(name, text, read, &|_| None, colours)
    }

    /// Reads a theme file. `find` gives the text of a theme that it inherits from, when that is
    /// not an embedded one.
    pub fn read(
        file: &str,
        text: &str,
        find: &dyn Fn(&str) -> Option<String>,
        colours: Colours,
    ) -> Result<Self, DataError> {
        Self::inheriting(file, text, File::read(file, text)?, find, colours)
    }

    /// The theme of a file that has been read, over those that it inherits from.
    fn inheriting(
        file: &str,
        text: &str,
        mut read: File,
        find: &dyn Fn(&str) -> Option<String>,
        colours: Colours,
    ) -> Result<Self, DataError> {
        let mut chain: Vec<(String, String, File)> = Vec::new();
        let (mut at, mut now) = (file.to_owned(), text.to_owned());
        loop {
            let parent = read.inherits.clone();
            chain.push((at.clone(), now.clone(), read));
            let Some(parent) = parent else { break };
            let fault = |what: String| {
                let (line, column) = place_of(&now, &parent);
                DataError { file: at.clone(), line, column, what }
            };
            if chain.len() > MAX_INHERITS {
                return Err(fault("themes inherit from each other in a circle".to_owned()));
            }
            let known = EMBEDDED_THEMES.iter().find(|(name, _)| *name == parent);
            now = known
                .map(|(_, text)| (*text).to_owned())
                .or_else(|| find(&parent))
                .ok_or_else(|| fault(format!("there is no theme `{parent}` to inherit from")))?;
            at = parent;
            read = File::read(&at, &now)?;
        }
        let name = chain[0].2.name.clone();
        let mut roles = BTreeMap::new();
        let mut palette: BTreeMap<String, Paint> = BTreeMap::new();
        // From the oldest to the newest, so that the newest wins.
        for (at, text, one) in chain.into_iter().rev() {
            palette.extend(one.palette);
            for (role, spec) in one.roles {
                let style = spec.style(&palette, colours).map_err(|value| {
                    let (line, column) = place_of(&text, &value);
                    let what = not_a_colour(&value);
                    DataError { file: at.clone(), line, column, what }
                })?;
                roles.insert(role, style);
            }
        }
        Ok(Self { name, roles })
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    name: String,
    inherits: Option<String>,
    #[serde(default)]
    #[expect(dead_code, reason = "read for the automatic choice between light and dark to come")]
    appearance: Appearance,
    #[serde(default)]
    palette: BTreeMap<String, Paint>,
    #[serde(default)]
    roles: BTreeMap<Role, Spec>,
}

impl File {
    fn read(file: &str, text: &str) -> Result<Self, DataError> {
        read_yaml(text, "a mapping with `name` and `roles`")
            .map_err(|fault| DataError::of(file, fault))
    }
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Appearance {
    #[default]
    Dark,
    Light,
}

/// A colour of the palette: its value is known where it is read.
#[derive(Clone, Copy)]
struct Paint(Color);

impl<'de> Deserialize<'de> for Paint {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        colour(&text).map(Paint).map_err(de::Error::custom)
    }
}

fn colour(text: &str) -> Result<Color, String> {
    if text == "none" {
        return Ok(Color::Reset);
    }
    Color::from_str(text).map_err(|_| not_a_colour(text))
}

fn not_a_colour(text: &str) -> String {
    format!("`{text}` is no colour: write a name, `#rrggbb` or `none`")
}

/// Line and column, from 1, of a value in a file that was read; 0 and 0 when it is not there.
fn place_of(text: &str, value: &str) -> (usize, usize) {
    let found = text.lines().enumerate().find_map(|(row, line)| Some((row, line.find(value)?)));
    found.map_or((0, 0), |(row, column)| (row + 1, column + 1))
}

/// A role's style: a colour alone, or with marks.
struct Spec(Marks);

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Marks {
    fg: Option<String>,
    bg: Option<String>,
    #[serde(flatten)]
    on: Modifiers,
}

#[derive(Default, Deserialize)]
#[serde(default)]
#[expect(clippy::struct_excessive_bools, reason = "the words of the file, each on or off")]
struct Modifiers {
    bold: bool,
    dim: bool,
    italic: bool,
    underline: bool,
    reverse: bool,
}

impl<'de> Deserialize<'de> for Spec {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl<'de> de::Visitor<'de> for Visitor {
            type Value = Spec;

            fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str("a colour, or a map of fg, bg, bold, dim, italic, underline, reverse")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Spec, E> {
                Ok(Spec(Marks { fg: Some(text.to_owned()), ..Marks::default() }))
            }

            fn visit_map<A: de::MapAccess<'de>>(self, map: A) -> Result<Spec, A::Error> {
                Marks::deserialize(de::value::MapAccessDeserializer::new(map)).map(Spec)
            }
        }
        from.deserialize_any(Visitor)
    }
}

impl Spec {
    fn style(&self, palette: &BTreeMap<String, Paint>, colours: Colours) -> Result<Style, String> {
        let find = |name: &Option<String>| match name {
            None => Ok(None),
            Some(name) => match palette.get(name) {
                Some(paint) => Ok(Some(paint.0)),
                None => colour(name).map(Some).map_err(|_| name.clone()),
            },
        };
        let Marks { fg, bg, on } = &self.0;
        let (fg, bg) = (find(fg)?, find(bg)?);
        let mut style = Style::default();
        match colours {
            Colours::Shown => {
                style.fg = fg;
                style.bg = bg;
            }
            // A ground of its own is what makes a row stand out: without colours, reverse it.
            Colours::None if bg.is_some() && fg.is_none() => {
                style = style.add_modifier(Modifier::REVERSED);
            }
            Colours::None => {}
        }
        for (set, modifier) in [
            (on.bold, Modifier::BOLD),
            (on.dim, Modifier::DIM),
            (on.italic, Modifier::ITALIC),
            (on.underline, Modifier::UNDERLINED),
            (on.reverse, Modifier::REVERSED),
        ] {
            if set {
                style = style.add_modifier(modifier);
            }
        }
        Ok(style)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Theme, DataError> {
        Theme::read("mine.yaml", text, &|_| None, Colours::Shown)
    }

    #[test]
    fn embedded_themes_read_and_name_every_state() {
        for (name, text) in EMBEDDED_THEMES {
            let theme = Theme::read(name, text, &|_| None, Colours::Shown);
            assert_eq!(theme.as_ref().ok(), Theme::embedded(name, Colours::Shown).as_ref());
            let roles = theme.map(|theme| theme.roles.len());
            assert_eq!(roles, Ok(34), "{name}");
        }
    }

    #[test]
    fn a_theme_takes_what_it_leaves_out_from_the_one_it_inherits() {
        let theme = read(
            "name: Mine\ninherits: dark\npalette: {green: \"#00ff00\"}\nroles: {done: green}\n",
        );
        let style = |role| theme.as_ref().map(|theme| theme.style(role));
        assert_eq!(style(Role::Done), Ok(Style::default().fg(Color::Rgb(0, 255, 0))));
        assert_eq!(style(Role::Running), Ok(Style::default().fg(Color::Rgb(0x7d, 0xcf, 0xff))));
    }

    #[test]
    fn without_colours_no_style_has_one() {
        for (name, _) in EMBEDDED_THEMES {
            let theme = Theme::embedded(name, Colours::None);
            let styles = theme.map(|theme| theme.roles).unwrap_or_default();
            assert!(!styles.is_empty());
            assert!(styles.values().all(|style| style.fg.is_none() && style.bg.is_none()));
        }
    }

    #[test]
    fn a_broken_theme_says_where_it_is_broken() {
        let told: Vec<String> = [
            "name: X\nroles:\n  done: {fg: green, blod: true}\n",
            "name: X\nroles:\n  doen: green\n",
            "name: X\npalette:\n  green: \"#12\"\n",
            "name: X\nroles: {done: grene}\n",
            "name: X\ninherits: nowhere\n",
            "roles: {}\n",
        ]
        .iter()
        .map(|text| read(text).map_or_else(|error| error.to_string(), |theme| theme.name))
        .collect();
        insta::assert_snapshot!(told.join("\n"), @r#"
        mine.yaml:3:9: roles.done: unknown key `blod`
        mine.yaml:3:3: roles: unknown word `doen`; did you mean `done`?
        mine.yaml:3:3: palette: `#12` is no colour: write a name, `#rrggbb` or `none`
        mine.yaml:2:15: `grene` is no colour: write a name, `#rrggbb` or `none`
        mine.yaml:2:11: there is no theme `nowhere` to inherit from
        mine.yaml:1:1: the key `name` is missing
        "#);
    }

    #[test]
    fn a_circle_of_themes_is_found() {
        let find = |_: &str| Some("name: A\ninherits: b\n".to_owned());
        let theme = Theme::read("a.yaml", "name: A\ninherits: b\n", &find, Colours::Shown);
        assert!(theme.is_err_and(|error| error.what.contains("circle")));
    }
}
