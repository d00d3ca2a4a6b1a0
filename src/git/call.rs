//! One call of git and its answer.

use std::{
    ffi::OsString,
    path::{Path, PathBuf},
};

use super::error::GitError;
use crate::sandbox::{Exit, Finished};

/// Whether git takes locks for its own convenience (refreshing the index) or none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Touch {
    /// Leaves every byte of the repository as it is.
    Reads,
    Writes,
}

/// Whether `.gitattributes` and what they turn on (filters, line ends, merge drivers) count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Attributes {
    Ignored,
    /// As the person's own git would do it.
    Honoured,
}

/// Where git is called: a directory, and for a worktree its git directory by name, so that an
/// agent which has removed or rewritten the worktree's `.git` file leads us nowhere else.
#[derive(Clone, Debug)]
pub(super) struct Place {
    pub(super) dir: PathBuf,
    pub(super) git_dir: Option<PathBuf>,
}

impl From<&Path> for Place {
    fn from(dir: &Path) -> Self {
        Self { dir: dir.to_owned(), git_dir: None }
    }
}

impl From<&PathBuf> for Place {
    fn from(dir: &PathBuf) -> Self {
        Self::from(dir.as_path())
    }
}

impl From<&Place> for Place {
    fn from(place: &Place) -> Self {
        place.clone()
    }
}

/// One call of git.
#[derive(Clone, Debug)]
pub(super) struct Call {
    pub(super) dir: PathBuf,
    pub(super) args: Vec<OsString>,
    pub(super) touch: Touch,
    pub(super) attributes: Attributes,
    pub(super) stdin: Option<Vec<u8>>,
    pub(super) env: Vec<(String, OsString)>,
    pub(super) cap: Option<usize>,
}

impl Call {
    /// A call that reads, in a directory.
    pub(super) fn read<S: Into<OsString>>(
        place: impl Into<Place>,
        args: impl IntoIterator<Item = S>,
    ) -> Self {
        let Place { dir, git_dir } = place.into();
        let env = git_dir.map_or_else(Vec::new, |git_dir| {
            let work_tree = dir.clone().into_os_string();
            vec![("GIT_DIR".to_owned(), git_dir.into()), ("GIT_WORK_TREE".to_owned(), work_tree)]
        });
        Self {
            dir,
            args: args.into_iter().map(Into::into).collect(),
            touch: Touch::Reads,
            attributes: Attributes::Ignored,
            stdin: None,
            env,
            cap: None,
        }
    }

    /// A call that writes, in a directory.
    pub(super) fn write<S: Into<OsString>>(
        place: impl Into<Place>,
        args: impl IntoIterator<Item = S>,
    ) -> Self {
        Self { touch: Touch::Writes, ..Self::read(place, args) }
    }

    /// With one more argument.
    pub(super) fn arg(mut self, arg: impl Into<OsString>) -> Self {
        self.args.push(arg.into());
        self
    }

    /// With bytes on its standard input.
    pub(super) fn stdin(mut self, bytes: impl Into<Vec<u8>>) -> Self {
        self.stdin = Some(bytes.into());
        self
    }

    /// With a variable of its own.
    pub(super) fn env(mut self, name: &str, value: impl Into<OsString>) -> Self {
        self.env.push((name.to_owned(), value.into()));
        self
    }

    /// With attributes as the person's own git would read them.
    pub(super) fn honouring_attributes(mut self) -> Self {
        self.attributes = Attributes::Honoured;
        self
    }

    /// The arguments as a person would read them.
    fn shown(&self) -> String {
        self.args.iter().map(|arg| arg.to_string_lossy()).collect::<Vec<_>>().join(" ")
    }

    /// The answer that a child's end comes to.
    pub(super) fn answered(&self, finished: &Finished) -> Result<Answer, GitError> {
        let failed = |exit: &str| GitError::Failed {
            argv: self.shown(),
            dir: self.dir.clone(),
            exit: exit.to_owned(),
            said: finished.stderr.text(),
        };
        let (exit, cut) = match finished.exit {
            Exit::Code(code) => (code, false),
            Exit::TooMuchOutput if self.cap.is_some() => (0, true),
            Exit::TooMuchOutput => return Err(failed("its answer is too long")),
            Exit::Signal(signal) => return Err(failed(&format!("signal {signal}"))),
            Exit::TimedOut => return Err(failed("it took too long")),
            Exit::Stopped => return Err(GitError::Stopped),
        };
        let mut stdout = finished.output.whole().map_err(|error| failed(&error.to_string()))?;
        let cap = self.cap.unwrap_or(usize::MAX);
        let cut = cut || stdout.len() > cap;
        stdout.truncate(cap);
        Ok(Answer {
            exit,
            stdout,
            cut,
            said: finished.stderr.text().trim().to_owned(),
            argv: self.shown(),
            dir: self.dir.clone(),
        })
    }

    /// Keeping only the first bytes of a long answer instead of failing.
    pub(super) fn first(mut self, bytes: usize) -> Self {
        self.cap = Some(bytes);
        self
    }
}

/// What git answered. An exit other than 0 is an answer too; [`super::run::Git::ok`] makes it an error.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) exit: i32,
    pub(super) stdout: Vec<u8>,
    /// There was more than the call wanted to keep.
    pub(super) cut: bool,
    said: String,
    argv: String,
    dir: PathBuf,
}

impl Answer {
    /// The answer as text without the line's end; invalid UTF-8 is replaced.
    pub(super) fn text(&self) -> String {
        String::from_utf8_lossy(&self.stdout).trim_end_matches('\n').to_owned()
    }

    /// The lines of the answer, whatever bytes they are of.
    pub(super) fn lines(&self) -> Vec<Vec<u8>> {
        let text = self.stdout.strip_suffix(b"\n").unwrap_or(&self.stdout);
        text.split(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect()
    }

    /// The parts of an answer made with `-z`.
    pub(super) fn parts(&self) -> Vec<String> {
        nul_parts(&self.stdout)
    }

    /// That git did not answer as it should.
    pub(super) fn garbled(&self, why: impl Into<String>) -> GitError {
        GitError::Garbled { argv: self.argv.clone(), why: why.into() }
    }

    /// That git ended with an error.
    pub(super) fn failed(self) -> GitError {
        GitError::Failed {
            argv: self.argv,
            dir: self.dir,
            exit: format!("exit {}", self.exit),
            said: self.said,
        }
    }

    pub(super) fn ok(self) -> Result<Self, GitError> {
        if self.exit == 0 { Ok(self) } else { Err(self.failed()) }
    }

    /// Whether another git held a lock, so that waiting may help.
    pub(super) fn met_a_lock(&self) -> bool {
        self.exit != 0
            && ((self.said.contains(".lock'") && self.said.contains("File exists"))
                || self.said.contains("could not lock config file")
                || (self.said.contains("failed to read") && self.said.contains("commondir")))
    }
}

/// Splits at NUL bytes; the last part's NUL is its end, not a separator.
pub(super) fn nul_parts(bytes: &[u8]) -> Vec<String> {
    let Some(bytes) = bytes.strip_suffix(&[0]).or((!bytes.is_empty()).then_some(bytes)) else {
        return Vec::new();
    };
    bytes.split(|byte| *byte == 0).map(|part| String::from_utf8_lossy(part).into_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_end_with_a_nul_and_may_be_empty_or_strange() {
        assert!(nul_parts(b"").is_empty());
        assert_eq!(nul_parts(b"a\0b c\0"), ["a", "b c"]);
        assert_eq!(nul_parts(b"a\0\0"), ["a", ""]);
        assert_eq!(nul_parts(b"a\nb\0\xff"), ["a\nb", "\u{fffd}"]);
    }
}
