//! The backend that `ratatui` draws on: it collects a frame's bytes, and writes none itself.
//!
//! It also knows what a terminal shows already, so that a frame that changes nothing has no bytes.

use std::{io, os::fd::OwnedFd, sync::Arc};

use ratatui::{
    backend::{Backend, ClearType, CrosstermBackend, WindowSize},
    buffer::Cell,
    layout::{Position, Size},
};

use super::tty;

/// Whether the cursor is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Cursor {
    Hidden,
    Shown,
}

#[derive(Debug)]
pub(super) struct Screen {
    file: Arc<OwnedFd>,
    bytes: Vec<u8>,
    cursor: Cursor,
    /// Where the cursor was put last, unless something was drawn since.
    at: Option<Position>,
}

impl Screen {
    pub(super) fn new(file: Arc<OwnedFd>) -> Self {
        Self { file, bytes: Vec::new(), cursor: Cursor::Hidden, at: None }
    }

    /// The bytes since the last time, and room for those of the next frame.
    pub(super) fn take(&mut self) -> Vec<u8> {
        let room = Vec::with_capacity(self.bytes.capacity());
        std::mem::replace(&mut self.bytes, room)
    }

    /// The terminal was entered anew: nothing is on it, and no cursor is shown.
    pub(super) fn forget(&mut self) {
        self.bytes.clear();
        self.cursor = Cursor::Hidden;
        self.at = None;
    }

    fn inner(&mut self) -> CrosstermBackend<&mut Vec<u8>> {
        CrosstermBackend::new(&mut self.bytes)
    }
}

impl Backend for Screen {
    type Error = io::Error;

    fn draw<'a, I>(&mut self, content: I) -> io::Result<()>
    where
        I: Iterator<Item = (u16, u16, &'a Cell)>,
    {
        let mut content = content.peekable();
        if content.peek().is_none() {
            return Ok(());
        }
        self.at = None;
        self.inner().draw(content)
    }

    fn hide_cursor(&mut self) -> io::Result<()> {
        if self.cursor == Cursor::Shown {
            self.cursor = Cursor::Hidden;
            self.inner().hide_cursor()?;
        }
        Ok(())
    }

    fn show_cursor(&mut self) -> io::Result<()> {
        if self.cursor == Cursor::Hidden {
            self.cursor = Cursor::Shown;
            self.inner().show_cursor()?;
        }
        Ok(())
    }

    /// Never asks the terminal: its answer would come in among the keys.
    fn get_cursor_position(&mut self) -> io::Result<Position> {
        Ok(self.at.unwrap_or(Position::ORIGIN))
    }

    fn set_cursor_position<P: Into<Position>>(&mut self, position: P) -> io::Result<()> {
        let position = position.into();
        if self.at != Some(position) {
            self.at = Some(position);
            self.inner().set_cursor_position(position)?;
        }
        Ok(())
    }

    fn clear(&mut self) -> io::Result<()> {
        self.clear_region(ClearType::All)
    }

    fn clear_region(&mut self, clear_type: ClearType) -> io::Result<()> {
        self.inner().clear_region(clear_type)
    }

    fn size(&self) -> io::Result<Size> {
        Ok(tty::size(&self.file).into())
    }

    fn window_size(&mut self) -> io::Result<WindowSize> {
        Ok(WindowSize { columns_rows: self.size()?, pixels: Size::ZERO })
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ratatui::{Terminal, widgets::Paragraph};

    fn terminal() -> Terminal<Screen> {
        let (file, _other) = std::os::unix::net::UnixStream::pair().unwrap();
        Terminal::new(Screen::new(Arc::new(file.into()))).unwrap()
    }

    fn shown(terminal: &mut Terminal<Screen>, text: &str, cursor: Option<(u16, u16)>) -> String {
        terminal
            .draw(|frame| {
                frame.render_widget(Paragraph::new(text), frame.area());
                if let Some(at) = cursor {
                    frame.set_cursor_position(at);
                }
            })
            .unwrap();
        terminal.backend_mut().take().escape_ascii().to_string()
    }

    #[test]
    fn a_frame_that_changes_nothing_has_no_bytes() {
        let mut terminal = terminal();
        assert!(shown(&mut terminal, "one", None).contains("one"));
        assert_eq!(shown(&mut terminal, "one", None), "");
        assert!(shown(&mut terminal, "one", Some((3, 0))).contains("?25h"));
        assert_eq!(shown(&mut terminal, "one", Some((3, 0))), "");
        assert_eq!(shown(&mut terminal, "one", Some((2, 0))), "\\x1b[1;3H");
        assert_eq!(shown(&mut terminal, "one", None), "\\x1b[?25l");
    }

    #[test]
    fn the_cursor_goes_back_to_its_place_after_something_was_drawn() {
        let mut terminal = terminal();
        shown(&mut terminal, "one", Some((3, 0)));
        assert!(shown(&mut terminal, "two", Some((3, 0))).ends_with("\\x1b[1;4H"));
    }

    #[test]
    fn what_is_no_terminal_counts_as_80_by_24() {
        assert_eq!(terminal().size().unwrap(), Size::new(80, 24));
    }
}
