//! What a repository holds: its trees, its log, and how two commits differ. Only reads.
//!
//! Path names that are not UTF-8 are shown with replacement characters.

use super::{
    call::{Answer, Call},
    error::GitError,
    repo::Repo,
};

/// A commit as a log shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Commit {
    pub id: String,
    /// Seconds since 1970 (UTC) of the committer's clock.
    pub at: i64,
    pub author: String,
    pub subject: String,
}

/// Where a log begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Since<'a> {
    /// At the first commit.
    Beginning,
    /// After this commit: what it reaches is left out.
    Commit(&'a str),
}

/// How one file differs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Added,
    Changed,
    Deleted,
    Renamed,
    /// It became something else: a file a link, for example.
    Retyped,
}

/// One file that differs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Changed {
    pub path: String,
    /// Its path before, when it was renamed.
    pub was: Option<String>,
    pub kind: Kind,
    /// Lines added and removed; none for a file that is not text.
    pub lines: Option<(u32, u32)>,
}

/// How two trees differ.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diff {
    pub files: Vec<Changed>,
    /// The unified diff, its first bytes if it is cut.
    pub patch: String,
    /// Whether the patch goes on.
    pub cut: bool,
}

impl Repo {
    /// The paths of all files in a revision's tree, sorted as git sorts them.
    pub async fn ls_tree(&self, rev: &str) -> Result<Vec<String>, GitError> {
        let list = ["ls-tree", "-r", "-z", "--name-only", "--full-tree", "--end-of-options", rev];
        Ok(self.git.ok(Call::read(&self.top, list)).await?.parts())
    }

    /// The newest commits that a revision reaches, newest first, at most `most`; with `paths`,
    /// only those that changed one of them.
    pub async fn log(
        &self,
        rev: &str,
        since: Since<'_>,
        paths: &[String],
        most: u32,
    ) -> Result<Vec<Commit>, GitError> {
        let form = ["log", "-z", "--format=%H%x00%ct%x00%an%x00%s", "--no-decorate"];
        let mut call = Call::read(&self.top, form).arg(format!("--max-count={most}"));
        call = call.arg("--end-of-options").arg(rev);
        if let Since::Commit(old) = since {
            call = call.arg(format!("^{old}"));
        }
        let answer = self.git.ok(of_paths(call, paths)).await?;
        let parts = answer.parts();
        let (commits, []) = parts.as_chunks::<4>() else {
            return Err(answer.garbled("a commit without its four parts"));
        };
        let commits = commits.iter().map(|[id, at, author, subject]| Commit {
            id: id.clone(),
            at: at.parse().unwrap_or(0),
            author: author.clone(),
            subject: subject.clone(),
        });
        Ok(commits.collect())
    }

    /// How two trees or commits differ; with `paths`, only there. At most `most` bytes of patch.
    pub async fn diff(
        &self,
        from: &str,
        to: &str,
        paths: &[String],
        most: usize,
    ) -> Result<Diff, GitError> {
        let base = ["diff-tree", "-r", "-M", "--no-color", "--no-ext-diff", "--no-textconv"];
        let call = |forms: &[&str]| {
            let call = forms.iter().fold(Call::read(&self.top, base), |call, form| call.arg(*form));
            of_paths(call.arg("--end-of-options").arg(from).arg(to), paths)
        };
        let files = changed(&self.git.ok(call(&["--raw", "--numstat", "-z"])).await?)?;
        let patch = self.git.ok(call(&["--patch"]).first(most)).await?;
        let text = String::from_utf8_lossy(&patch.stdout).into_owned();
        Ok(Diff { files, patch: text, cut: patch.cut })
    }

    /// The paths of files that differ between two trees or commits; a rename counts as both.
    pub async fn changed_paths(&self, from: &str, to: &str) -> Result<Vec<String>, GitError> {
        let form = ["diff-tree", "-r", "-z", "--name-only", "--no-renames", "--end-of-options"];
        let call = Call::read(&self.top, form).arg(from).arg(to).arg("--");
        Ok(self.git.ok(call).await?.parts())
    }

    /// Whether a word stands in a file of a revision, as a whole word and as it is written.
    pub async fn mentions(&self, rev: &str, word: &str) -> Result<bool, GitError> {
        let form = ["grep", "-q", "-w", "-F", "-I", "-e", word, "--end-of-options", rev, "--"];
        let answer = self.git.answer(Call::read(&self.top, form)).await?;
        match answer.exit {
            0 => Ok(true),
            1 => Ok(false),
            _ => Err(answer.failed()),
        }
    }

    /// A file's bytes in a revision, or none if there is no such file. An error above `most` bytes.
    pub async fn file_at(
        &self,
        rev: &str,
        path: &str,
        most: usize,
    ) -> Result<Option<Vec<u8>>, GitError> {
        let name = format!("{rev}:{path}");
        let verify = ["rev-parse", "--verify", "--quiet", "--end-of-options"];
        let found = self.git.answer(Call::read(&self.top, verify).arg(&name)).await?;
        if found.exit != 0 {
            return Ok(None);
        }
        let show = Call::read(&self.top, ["cat-file", "blob"]).arg(found.text()).first(most);
        let answer = self.git.ok(show).await?;
        if answer.cut {
            return Err(answer.garbled(format!("`{path}` is larger than {most} bytes")));
        }
        Ok(Some(answer.stdout))
    }
}

fn of_paths(call: Call, paths: &[String]) -> Call {
    paths.iter().fold(call.arg("--"), |call, path| call.arg(format!(":(top,literal){path}")))
}

/// Reads `--raw --numstat -z`: first all raw records, then all counts, in the same order.
fn changed(answer: &Answer) -> Result<Vec<Changed>, GitError> {
    let mut files = Vec::new();
    let mut counts = Vec::new();
    let mut parts = answer.parts().into_iter();
    let mut next = |what: &str| parts.next().ok_or_else(|| answer.garbled(format!("no {what}")));
    while let Ok(part) = next("record") {
        if let Some(raw) = part.strip_prefix(':') {
            let status = raw.rsplit(' ').next().and_then(|word| word.chars().next());
            let kind = match status {
                Some('A' | 'C') => Kind::Added,
                Some('D') => Kind::Deleted,
                Some('R') => Kind::Renamed,
                Some('T') => Kind::Retyped,
                _ => Kind::Changed,
            };
            let first = next("path")?;
            let (path, was) = match kind {
                Kind::Renamed => (next("new path")?, Some(first)),
                Kind::Added | Kind::Changed | Kind::Deleted | Kind::Retyped => (first, None),
            };
            files.push(Changed { path, was, kind, lines: None });
        } else {
            let mut fields = part.splitn(3, '\t');
            let added = fields.next().and_then(|count| count.parse().ok());
            let removed = fields.next().and_then(|count| count.parse().ok());
            if fields.next() == Some("") {
                next("old path")?;
                next("new path")?;
            }
            counts.push(added.zip(removed));
        }
    }
    if files.len() != counts.len() {
        return Err(answer.garbled("files and counts of lines do not pair"));
    }
    for (file, lines) in files.iter_mut().zip(counts) {
        file.lines = lines;
    }
    Ok(files)
}
