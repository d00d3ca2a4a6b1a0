//! Keys as a person writes them, and key presses as they are compared.

use std::fmt;

use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

/// One press, in the one form in which presses are compared: `Shift` is part of a character, not
/// beside it, and a control letter is lower case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Hash)]
pub struct Press {
    pub code: KeyCode,
    pub mods: KeyModifiers,
}

impl Press {
    /// The press of a terminal event.
    pub fn of(event: KeyEvent) -> Self {
        let known = KeyModifiers::SHIFT | KeyModifiers::CONTROL | KeyModifiers::ALT;
        let mut mods = event.modifiers & known;
        let code = match event.code {
            KeyCode::BackTab => {
                mods |= KeyModifiers::SHIFT;
                KeyCode::Tab
            }
            KeyCode::Char(c) => {
                let upper = mods.contains(KeyModifiers::SHIFT);
                mods -= KeyModifiers::SHIFT;
                let c = if mods.contains(KeyModifiers::CONTROL) {
                    c.to_ascii_lowercase()
                } else if upper {
                    c.to_ascii_uppercase()
                } else {
                    c
                };
                KeyCode::Char(c)
            }
            code => code,
        };
        Self { code, mods }
    }

    /// The character that it writes into a text field, if it writes one.
    pub fn character(self) -> Option<char> {
        match self.code {
            KeyCode::Char(c) if self.mods.is_empty() && !c.is_control() => Some(c),
            _ => None,
        }
    }

    /// Reads one press. The error says what is wrong with it.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut mods = KeyModifiers::NONE;
        let mut rest = text;
        while let Some((head, tail)) = rest.split_once('+').filter(|(_, tail)| !tail.is_empty()) {
            mods |= match head {
                "Ctrl" => KeyModifiers::CONTROL,
                "Alt" => KeyModifiers::ALT,
                "Shift" => KeyModifiers::SHIFT,
                _ => return Err(format!("`{head}` is not Ctrl, Alt or Shift (in `{text}`)")),
            };
            rest = tail;
        }
        let mut chars = rest.chars();
        let code = match (chars.next(), chars.next()) {
            (Some(c), None) => KeyCode::Char(c),
            _ => named(rest).ok_or_else(|| format!("there is no key `{rest}`"))?,
        };
        Ok(Press::of(KeyEvent::new(code, mods)))
    }
}

fn named(name: &str) -> Option<KeyCode> {
    if let Some(number) = name.strip_prefix('F') {
        return number.parse().ok().filter(|n| (1..=12).contains(n)).map(KeyCode::F);
    }
    NAMES.iter().find(|(known, _)| *known == name).map(|(_, code)| *code)
}

const NAMES: [(&str, KeyCode); 15] = [
    ("Space", KeyCode::Char(' ')),
    ("Enter", KeyCode::Enter),
    ("Esc", KeyCode::Esc),
    ("Tab", KeyCode::Tab),
    ("Backspace", KeyCode::Backspace),
    ("Delete", KeyCode::Delete),
    ("Insert", KeyCode::Insert),
    ("Up", KeyCode::Up),
    ("Down", KeyCode::Down),
    ("Left", KeyCode::Left),
    ("Right", KeyCode::Right),
    ("Home", KeyCode::Home),
    ("End", KeyCode::End),
    ("PgUp", KeyCode::PageUp),
    ("PgDn", KeyCode::PageDown),
];

impl fmt::Display for Press {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (flag, name) in [
            (KeyModifiers::CONTROL, "Ctrl+"),
            (KeyModifiers::ALT, "Alt+"),
            (KeyModifiers::SHIFT, "Shift+"),
        ] {
            if self.mods.contains(flag) {
                out.write_str(name)?;
            }
        }
        let control = self.mods.contains(KeyModifiers::CONTROL);
        match (NAMES.iter().find(|(_, code)| *code == self.code), self.code) {
            (Some((name, _)), _) => out.write_str(name),
            (None, KeyCode::F(number)) => write!(out, "F{number}"),
            (None, KeyCode::Char(c)) if control => write!(out, "{}", c.to_ascii_uppercase()),
            (None, KeyCode::Char(c)) => write!(out, "{c}"),
            (None, other) => write!(out, "{other:?}"),
        }
    }
}

/// Presses one after another: `g a`.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Hash)]
pub struct Keys(pub Vec<Press>);

impl Keys {
    /// Reads presses separated by blanks.
    pub fn parse(text: &str) -> Result<Self, String> {
        let presses = text.split_whitespace().map(Press::parse).collect::<Result<Vec<_>, _>>()?;
        if presses.is_empty() { Err("a key is missing".to_owned()) } else { Ok(Self(presses)) }
    }
}

impl fmt::Display for Keys {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, press) in self.0.iter().enumerate() {
            if at > 0 {
                out.write_str(" ")?;
            }
            write!(out, "{press}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_read_back_as_they_are_shown() {
        for text in ["a", "A", "+", "Ctrl+C", "Shift+Tab", "F12", "g a", "Space", "Alt+Enter", "<"]
        {
            assert_eq!(Keys::parse(text).map(|keys| keys.to_string()), Ok(text.to_owned()));
        }
    }

    #[test]
    fn a_key_that_is_not_there_is_named() {
        for (text, error) in [
            ("", "a key is missing"),
            ("Cmd+x", "`Cmd` is not Ctrl, Alt or Shift (in `Cmd+x`)"),
            ("F13", "there is no key `F13`"),
            ("Return", "there is no key `Return`"),
        ] {
            assert_eq!(Keys::parse(text), Err(error.to_owned()));
        }
    }

    #[test]
    fn terminals_that_report_shift_beside_the_letter_mean_the_same_press() {
        let bare = KeyEvent::new(KeyCode::Char('A'), KeyModifiers::NONE);
        let both = KeyEvent::new(KeyCode::Char('a'), KeyModifiers::SHIFT);
        assert_eq!(Press::of(bare), Press::of(both));
        let back = KeyEvent::new(KeyCode::BackTab, KeyModifiers::NONE);
        assert_eq!(Press::of(back).to_string(), "Shift+Tab");
    }
}
