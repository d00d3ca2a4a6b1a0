//! What is in a directory, and names that are not touched.

use rustix::fs::FileType;

/// What a path is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    File,
    Directory,
    Link,
    /// A device, a FIFO or a socket: never opened.
    Special,
}

impl Kind {
    pub(super) fn of(file_type: FileType) -> Self {
        match file_type {
            FileType::RegularFile => Self::File,
            FileType::Directory => Self::Directory,
            FileType::Symlink => Self::Link,
            FileType::Fifo
            | FileType::Socket
            | FileType::CharacterDevice
            | FileType::BlockDevice
            | FileType::Unknown => Self::Special,
        }
    }

    /// The kind in words, with no article.
    pub fn word(self) -> &'static str {
        match self {
            Self::File => "file",
            Self::Directory => "directory",
            Self::Link => "symbolic link",
            Self::Special => "device, pipe or socket",
        }
    }
}

/// One name in a directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Invalid UTF-8 is replaced; such a name can be seen and not opened.
    pub name: String,
    pub kind: Kind,
    /// Bytes.
    pub size: u64,
}

/// Characters that HFS+ ignores in names, so that `.g\u{200c}it` is `.git` there (CVE-2014-9390).
const IGNORED: &[char] = &[
    '\u{200c}', '\u{200d}', '\u{200e}', '\u{200f}', '\u{202a}', '\u{202b}', '\u{202c}', '\u{202d}',
    '\u{202e}', '\u{206a}', '\u{206b}', '\u{206c}', '\u{206d}', '\u{206e}', '\u{206f}', '\u{feff}',
];

/// Whether a name is git's own on some file system: `.git` in any case, with ignored characters,
/// with trailing dots or blanks, or by its short name `git~1`.
pub fn is_git_name(name: &str) -> bool {
    let plain: String = name.chars().filter(|c| !IGNORED.contains(c)).collect();
    let plain = plain.trim_end_matches(['.', ' ']).to_ascii_lowercase();
    plain == ".git" || plain == "git~1"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_of_git_is_known() {
        for name in [".git", ".GIT", ".Git", ".git.", ".git ", ".g\u{200c}it", "git~1", "GIT~1"] {
            assert!(is_git_name(name), "{name:?}");
        }
    }

    #[test]
    fn names_that_only_begin_like_git_are_free() {
        for name in [".gitignore", ".github", "git", ".gitattributes", "x.git", ".gi"] {
            assert!(!is_git_name(name), "{name:?}");
        }
    }
}
