//! A child's output: head and tail in memory, the whole up to a cap, on disk when it grows.

use std::{
    collections::VecDeque,
    fs::File,
    io::{self, Read as _, Seek as _, SeekFrom, Write as _},
};

/// How much of the whole is held in memory before it goes to a file without a name.
const SPILL: usize = 256 * 1024;

/// How much of a child's output is kept, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Keep {
    /// Bytes of the beginning that are shown.
    pub head: usize,
    /// Bytes of the end that are shown.
    pub tail: usize,
    /// Bytes after which the child is killed: stdout and stderr together.
    pub total: u64,
}

impl Default for Keep {
    /// 16 KiB of head, 16 KiB of tail, killed after 32 MiB.
    fn default() -> Self {
        Self { head: 16 * 1024, tail: 16 * 1024, total: 32 * 1024 * 1024 }
    }
}

/// What a child wrote.
#[derive(Debug)]
pub struct Captured {
    head: Vec<u8>,
    tail: VecDeque<u8>,
    keep: Keep,
    total: u64,
    whole: Whole,
}

#[derive(Debug)]
enum Whole {
    Memory(Vec<u8>),
    Disk(File),
    /// The disk is full or has no place for temporary files.
    Lost,
}

impl Captured {
    pub(super) fn new(keep: Keep) -> Self {
        Self {
            head: Vec::new(),
            tail: VecDeque::new(),
            keep,
            total: 0,
            whole: Whole::Memory(Vec::new()),
        }
    }

    /// Takes the next bytes.
    pub(super) fn push(&mut self, bytes: &[u8]) {
        self.total = self.total.saturating_add(bytes.len() as u64);
        let room = self.keep.head.saturating_sub(self.head.len()).min(bytes.len());
        let (first, rest) = bytes.split_at(room);
        self.head.extend_from_slice(first);
        let skip = rest.len().saturating_sub(self.keep.tail);
        self.tail.extend(&rest[skip..]);
        let over = self.tail.len().saturating_sub(self.keep.tail);
        self.tail.drain(..over);
        self.store(bytes);
    }

    /// Keeps the next bytes of the whole; none beyond the cap, where the child is killed anyway.
    fn store(&mut self, bytes: &[u8]) {
        if self.total > self.keep.total {
            return;
        }
        if let Whole::Memory(memory) = &mut self.whole {
            if memory.len() + bytes.len() <= SPILL {
                memory.extend_from_slice(bytes);
                return;
            }
            let spilled = tempfile::tempfile().and_then(|mut file| {
                file.write_all(memory)?;
                Ok(file)
            });
            self.whole = spilled.map_or(Whole::Lost, Whole::Disk);
        }
        if let Whole::Disk(file) = &mut self.whole
            && file.write_all(bytes).is_err()
        {
            self.whole = Whole::Lost;
        }
    }

    /// Bytes written by the child, also those that were not kept.
    pub fn total(&self) -> u64 {
        self.total
    }

    /// Whether head and tail are not all of it.
    pub fn is_cut(&self) -> bool {
        self.total > (self.head.len() + self.tail.len()) as u64
    }

    /// Whether it is no text: it has a NUL byte in what is shown of it.
    pub fn is_binary(&self) -> bool {
        self.head.contains(&0) || self.tail.contains(&0)
    }

    /// Head and tail as text, with a line between them that says how much was left out.
    /// Invalid UTF-8 is replaced.
    pub fn text(&self) -> String {
        let tail: Vec<u8> = self.tail.iter().copied().collect();
        let left_out = self.total - (self.head.len() + tail.len()) as u64;
        if left_out == 0 {
            let all = [self.head.as_slice(), &tail].concat();
            return String::from_utf8_lossy(&all).into_owned();
        }
        format!(
            "{}\n[... {left_out} bytes left out ...]\n{}",
            String::from_utf8_lossy(&self.head),
            String::from_utf8_lossy(&tail)
        )
    }

    /// All of it, up to `Keep::total`. An error when it could not be kept (the disk is full).
    pub fn whole(&self) -> io::Result<Vec<u8>> {
        match &self.whole {
            Whole::Memory(memory) => Ok(memory.clone()),
            Whole::Disk(file) => {
                let mut file = file;
                file.seek(SeekFrom::Start(0))?;
                let mut all = Vec::with_capacity(usize::try_from(self.total).unwrap_or(0));
                file.read_to_end(&mut all)?;
                Ok(all)
            }
            Whole::Lost => {
                Err(io::Error::other("the output could not be kept: no space for a temporary file"))
            }
        }
    }
}

/// Makes text of bytes as they come, holding back a character that is not whole yet.
#[derive(Debug, Default)]
pub(super) struct Pieces {
    held: Vec<u8>,
}

impl Pieces {
    /// The text that is settled by these bytes; may be empty.
    pub(super) fn push(&mut self, bytes: &[u8]) -> String {
        self.held.extend_from_slice(bytes);
        let mut text = String::with_capacity(self.held.len());
        let mut used = 0;
        for chunk in self.held.utf8_chunks() {
            text.push_str(chunk.valid());
            used += chunk.valid().len();
            let invalid = chunk.invalid();
            let at_end = used + invalid.len() == self.held.len();
            if at_end && is_begun(invalid) {
                break;
            }
            if !invalid.is_empty() {
                text.push('\u{fffd}');
            }
            used += invalid.len();
        }
        self.held.drain(..used);
        text
    }
}

/// Whether bytes are the beginning of a character that may yet become whole.
fn is_begun(bytes: &[u8]) -> bool {
    std::str::from_utf8(bytes).is_err_and(|error| error.error_len().is_none())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn captured(keep: Keep, pieces: &[&[u8]]) -> Captured {
        let mut captured = Captured::new(keep);
        for piece in pieces {
            captured.push(piece);
        }
        captured
    }

    #[test]
    fn short_output_is_shown_whole() {
        let keep = Keep { head: 4, tail: 4, total: 100 };
        let captured = captured(keep, &[b"abc", b"defgh"]);
        assert_eq!(captured.text(), "abcdefgh");
        assert!(!captured.is_cut());
        assert_eq!(captured.whole().unwrap(), b"abcdefgh");
    }

    #[test]
    fn long_output_keeps_its_head_and_its_tail_and_says_what_is_missing() {
        let keep = Keep { head: 3, tail: 2, total: 100 };
        let captured = captured(keep, &[b"abcdef", b"g", b"hij"]);
        assert_eq!(captured.text(), "abc\n[... 5 bytes left out ...]\nij");
        assert!(captured.is_cut());
        assert_eq!(captured.whole().unwrap(), b"abcdefghij");
    }

    #[test]
    fn a_large_whole_goes_to_disk_and_comes_back_equal() {
        let piece: Vec<u8> = (0..=255).cycle().take(100_000).collect();
        let captured = captured(Keep::default(), &[&piece, &piece, &piece, &piece]);
        assert!(matches!(captured.whole, Whole::Disk(_)));
        assert_eq!(captured.whole().unwrap(), piece.repeat(4));
        assert_eq!(captured.whole().unwrap().len(), 400_000, "reading twice gives the same");
        assert!(captured.is_binary());
    }

    #[test]
    fn a_character_split_between_pieces_is_not_broken() {
        let mut pieces = Pieces::default();
        let bytes = "aé→x".as_bytes();
        let told: String = bytes.iter().map(|byte| pieces.push(&[*byte])).collect();
        assert_eq!(told, "aé→x");
    }

    #[test]
    fn bytes_that_can_never_be_text_are_replaced_at_once() {
        let mut pieces = Pieces::default();
        assert_eq!(pieces.push(b"a\xffb\xe2"), "a\u{fffd}b");
        assert_eq!(pieces.push(b"x"), "\u{fffd}x");
    }
}
