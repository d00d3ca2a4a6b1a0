//! Server-sent events from bytes: linear, bounded, tolerant, incremental.
//!
//! Pure: bytes in, events out. It follows the WHATWG algorithm (LF, CR or CRLF; comments; several
//! `data` lines; a byte order mark at the start) and deviates in two points. A line that is not
//! UTF-8 is repaired with U+FFFD instead of ending the stream, and an event that the stream's end
//! leaves without its blank line is still given out: whether it is whole is for JSON to say.
//! `id` and `retry` are deliberately not kept: a turn is asked for again, never resumed.

/// Most bytes of one event, its unfinished line included.
pub const EVENT_CAP: usize = 4 * 1024 * 1024;

/// Most bytes of one response.
pub const RESPONSE_CAP: usize = 64 * 1024 * 1024;

/// One event, borrowed from the bytes that it came in where it came in one piece.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Event<'a> {
    /// The `event` field; mostly empty.
    pub name: &'a str,
    /// The `data` lines, joined with line feeds.
    pub data: &'a str,
}

/// The server sent more than we take.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TooBig {
    /// One event passed [`EVENT_CAP`].
    #[error("one event of the stream is larger than {} MiB", EVENT_CAP >> 20)]
    Event,
    /// The response passed [`RESPONSE_CAP`].
    #[error("the response is larger than {} MiB", RESPONSE_CAP >> 20)]
    Response,
    /// What the model said passed the most that a turn may have.
    #[error("what the model says does not end")]
    Turn,
}

/// A parser of one stream. Each byte is looked at a fixed number of times, however it is split.
#[derive(Debug, Default)]
pub struct Parser {
    /// The unfinished line.
    line: Vec<u8>,
    /// The `data` lines of the unfinished event.
    data: String,
    has_data: bool,
    name: String,
    /// Bytes taken so far.
    taken: usize,
    /// The last byte was a CR, so that a LF now belongs to it.
    after_cr: bool,
    /// The first line is behind us, so that no byte order mark can come.
    begun: bool,
}

impl Parser {
    /// Takes the next bytes and gives out the events that they complete.
    pub fn feed(&mut self, bytes: &[u8], mut out: impl FnMut(Event<'_>)) -> Result<(), TooBig> {
        self.taken = self.taken.saturating_add(bytes.len());
        if self.taken > RESPONSE_CAP {
            return Err(TooBig::Response);
        }
        if bytes.is_empty() {
            // Nothing has come after a CR yet.
            return Ok(());
        }
        let mut rest = bytes;
        if std::mem::take(&mut self.after_cr) && rest.first() == Some(&b'\n') {
            rest = &rest[1..];
        }
        while let Some(end) = memchr::memchr2(b'\n', b'\r', rest) {
            self.fits(end)?;
            let crlf = rest[end] == b'\r' && rest.get(end + 1) == Some(&b'\n');
            self.after_cr = rest[end] == b'\r' && end + 1 == rest.len();
            let (line, after) = (&rest[..end], &rest[end + 1 + usize::from(crlf)..]);
            rest = after;
            if self.line.is_empty() {
                // Most events are one line and the blank one behind it: nothing is copied.
                let blank = usize::from(after.starts_with(b"\n"))
                    + 2 * usize::from(after.starts_with(b"\r\n"));
                if let Some(data) = self.whole(line).filter(|_| blank > 0) {
                    out(Event { name: &self.name, data });
                    self.name.clear();
                    rest = &after[blank..];
                } else {
                    self.end_line(line, &mut out);
                }
            } else {
                let mut whole = std::mem::take(&mut self.line);
                whole.extend_from_slice(line);
                self.end_line(&whole, &mut out);
                whole.clear();
                self.line = whole;
            }
        }
        self.fits(rest.len())?;
        self.line.extend_from_slice(rest);
        Ok(())
    }

    /// The stream has ended: what is left over, if it is an event.
    pub fn finish(mut self, mut out: impl FnMut(Event<'_>)) {
        if !self.line.is_empty() {
            let line = std::mem::take(&mut self.line);
            self.end_line(&line, &mut out);
        }
        self.end_event(&mut out);
    }

    fn fits(&self, more: usize) -> Result<(), TooBig> {
        if self.data.len() + self.line.len() + more > EVENT_CAP {
            return Err(TooBig::Event);
        }
        Ok(())
    }

    /// The data of a line that is a whole event but for the blank line behind it.
    fn whole<'a>(&self, line: &'a [u8]) -> Option<&'a str> {
        if self.has_data || !self.begun {
            return None;
        }
        let value = line.strip_prefix(b"data:")?;
        std::str::from_utf8(value.strip_prefix(b" ").unwrap_or(value)).ok()
    }

    fn end_line(&mut self, line: &[u8], out: &mut impl FnMut(Event<'_>)) {
        let line = String::from_utf8_lossy(line);
        let line = if std::mem::replace(&mut self.begun, true) {
            &line
        } else {
            line.strip_prefix('\u{feff}').unwrap_or(&line)
        };
        if line.is_empty() {
            return self.end_event(out);
        }
        let (field, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match field {
            "data" => {
                if std::mem::replace(&mut self.has_data, true) {
                    self.data.push('\n');
                }
                self.data.push_str(value);
            }
            "event" => value.clone_into(&mut self.name),
            // Comments (an empty field name), `id`, `retry` and fields that nobody knows.
            _ => {}
        }
    }

    fn end_event(&mut self, out: &mut impl FnMut(Event<'_>)) {
        if std::mem::take(&mut self.has_data) {
            out(Event { name: &self.name, data: &self.data });
        }
        self.data.clear();
        self.name.clear();
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Names and data.
    fn parse<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> Vec<(String, String)> {
        let mut parser = Parser::default();
        let mut events = Vec::new();
        let mut keep = |event: Event<'_>| events.push((event.name.into(), event.data.into()));
        for piece in pieces {
            parser.feed(piece, &mut keep).unwrap();
        }
        parser.finish(keep);
        events
    }

    fn data(text: &str) -> Vec<String> {
        parse([text.as_bytes()]).into_iter().map(|(_, data)| data).collect()
    }

    #[test]
    fn an_empty_piece_between_a_carriage_return_and_its_line_feed_is_nothing() {
        let pieces: [&[u8]; 3] = [b"data:a\r", b"", b"\ndata:b\r\n\r\n"];
        let told: Vec<String> = parse(pieces).into_iter().map(|(_, data)| data).collect();
        assert_eq!(told, ["a\nb"]);
    }

    #[test]
    fn line_feeds_carriage_returns_and_both_end_lines() {
        for end in ["\n", "\r", "\r\n"] {
            let text = format!("data: a{end}{end}data:b{end}data:c{end}{end}");
            assert_eq!(data(&text), ["a", "b\nc"], "{end:?}");
        }
    }

    #[test]
    fn comments_and_unknown_fields_are_no_events() {
        assert!(data(": OPENROUTER PROCESSING\n\n:\n\nid: 4\n\nretry: 1\n\nfoo\n\n").is_empty());
    }

    #[test]
    fn a_byte_order_mark_is_dropped_once() {
        assert_eq!(data("\u{feff}data: a\n\ndata: \u{feff}b\n\n"), ["a", "\u{feff}b"]);
    }

    #[test]
    fn an_event_name_is_kept_for_its_event_only() {
        let events = parse(["event: error\ndata: x\n\ndata: y\n\n".as_bytes()]);
        assert_eq!(events[0].0, "error");
        assert_eq!(events[1].0, "");
    }

    #[test]
    fn empty_data_is_an_event_and_one_space_belongs_to_the_field() {
        assert_eq!(data("data:\n\ndata:  two\n\n"), ["", " two"]);
    }

    #[test]
    fn bytes_that_are_not_utf8_are_repaired_and_the_stream_goes_on() {
        let events = parse([b"data: a\xffb\n\ndata: c\n\n".as_slice()]);
        assert_eq!(events[0].1, "a\u{fffd}b");
        assert_eq!(events[1].1, "c");
    }

    #[test]
    fn the_end_of_the_stream_gives_out_what_was_begun() {
        assert_eq!(data("data: a\n\ndata: b"), ["a", "b"]);
    }

    #[test]
    fn an_event_past_the_cap_is_refused_when_the_cap_is_reached() {
        let mut parser = Parser::default();
        parser.feed(b"data: ", |_| {}).unwrap();
        let piece = vec![b'x'; 64 * 1024];
        let fed = (0..1024).take_while(|_| parser.feed(&piece, |_| {}).is_ok()).count();
        assert_eq!(fed, EVENT_CAP / piece.len() - 1);
        assert_eq!(parser.feed(&piece, |_| {}), Err(TooBig::Event));
    }

    #[test]
    fn many_short_lines_of_one_event_are_capped_too() {
        let mut parser = Parser::default();
        let piece = "data: 0123456789\n".repeat(4096);
        let refused = (0..200).find_map(|_| parser.feed(piece.as_bytes(), |_| {}).err());
        assert_eq!(refused, Some(TooBig::Event));
    }

    #[test]
    fn a_response_past_the_cap_is_refused() {
        let mut parser = Parser::default();
        let mut events = 0;
        let piece = ": keep-alive\n\n".repeat(4096);
        let refused = (0..2000).find_map(|_| parser.feed(piece.as_bytes(), |_| events += 1).err());
        assert_eq!(refused, Some(TooBig::Response));
        assert_eq!(events, 0);
    }

    proptest! {
        #[test]
        fn any_split_gives_the_same_events(
            text in "(data: [a-zé{}😀]{0,8}|event: x|: c|id: 7|data|)((\r\n|\n|\r)(data:[a-z]{0,4}|)){0,12}",
            cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..8),
        ) {
            let bytes = text.as_bytes();
            let mut at: Vec<usize> = cuts.iter().map(|cut| cut.index(bytes.len() + 1)).collect();
            at.extend([0, bytes.len()]);
            at.sort_unstable();
            let pieces = at.windows(2).map(|pair| &bytes[pair[0]..pair[1]]);
            prop_assert_eq!(parse(pieces), parse([bytes]));
        }
    }
}
