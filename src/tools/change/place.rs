//! Where a session may change files.

use std::path::PathBuf;

use super::super::globs::Globs;
use super::{edit::Edit, run::Run, write::Write};
use crate::{
    agent::Toolbox,
    sandbox::{Beneath, Kind},
};

/// A worktree, and the task's rules for its paths.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangePlace {
    /// The worktree's root.
    pub root: PathBuf,
    /// Globs of the paths that may change; empty means anywhere.
    pub may_touch: Vec<String>,
    /// Globs of the paths that must stay as they are; they win.
    pub must_not_touch: Vec<String>,
    /// Globs of what the task is to make; a new file beside them is made all the same.
    pub outputs: Vec<String>,
}

/// The change tools: write, edit, run. The error names a glob that does not compile.
pub fn change(place: &ChangePlace) -> Result<Toolbox, String> {
    let ground = Ground {
        root: place.root.clone(),
        may_touch: Globs::new(&place.may_touch)?,
        must_not_touch: Globs::new(&place.must_not_touch)?,
        // An output may be something else than a path: then it is no rule that could be broken.
        outputs: Globs::new(&place.outputs).unwrap_or_default(),
    };
    Ok(vec![
        Box::new(Write { ground: ground.clone() }),
        Box::new(Edit { ground }),
        Box::new(Run { root: place.root.clone() }),
    ])
}

/// A worktree with its rules compiled.
#[derive(Clone, Debug)]
pub(super) struct Ground {
    root: PathBuf,
    may_touch: Globs,
    must_not_touch: Globs,
    outputs: Globs,
}

impl Ground {
    /// What a model should know that has made a new file: weak ones make up folders, and hold on
    /// to them until they are told what the task is about.
    pub(super) fn aside(&self, path: &str) -> String {
        if self.outputs.is_empty() || self.outputs.matching(path).is_some() {
            return String::new();
        }
        format!("\nnote: {path} is none of this task's outputs ({})", self.outputs.shown())
    }

    /// Opens the worktree for changing one file, if the rules allow it.
    pub(super) fn open_for(&self, path: &str) -> Result<Beneath, String> {
        let beneath = Beneath::open(&self.root)
            .map_err(|fault| format!("the worktree is not there: {fault}"))?;
        if !(self.may_touch.is_empty() && self.must_not_touch.is_empty()) {
            self.allow(&beneath, path)?;
        }
        Ok(beneath)
    }

    fn allow(&self, beneath: &Beneath, path: &str) -> Result<(), String> {
        let plain = plain(beneath, path)?;
        if let Some(glob) = self.must_not_touch.matching(&plain) {
            return Err(format!(
                "not changed: `{plain}` must not be touched in this task (must_not_touch `{glob}`)"
            ));
        }
        if !self.may_touch.is_empty() && self.may_touch.matching(&plain).is_none() {
            return Err(format!(
                "not changed: this task may only touch {} (may_touch); `{plain}` is outside",
                self.may_touch.shown()
            ));
        }
        Ok(())
    }
}

/// The path as globs see it. A path with a detour (`..`, a link) is refused, because the globs
/// speak of where a file really is.
fn plain(beneath: &Beneath, path: &str) -> Result<String, String> {
    let mut plain = String::new();
    for name in path.split('/').filter(|name| !name.is_empty() && *name != ".") {
        if name == ".." {
            return Err(format!("not changed: write `{path}` without `..`"));
        }
        let above = if plain.is_empty() { "." } else { plain.as_str() };
        // What is not there yet is no link; writing makes it.
        let names = beneath.list(above).unwrap_or_default();
        if names.iter().any(|entry| entry.name == name && entry.kind == Kind::Link) {
            return Err(format!(
                "not changed: `{path}` goes through the symbolic link `{name}`; name the file \
                 where it really is"
            ));
        }
        if !plain.is_empty() {
            plain.push('/');
        }
        plain.push_str(name);
    }
    Ok(plain)
}
