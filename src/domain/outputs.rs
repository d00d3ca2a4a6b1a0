//! Which task makes a path: outputs by their names, so that long plans are looked through quickly.

use std::collections::BTreeMap;

use super::{ids::TaskId, plan::TaskSpec};

/// The outputs of a plan's tasks.
pub(super) struct Makers<'a> {
    tasks: &'a [TaskSpec],
    /// The first task with an output of this name, of outputs that are no globs.
    names: BTreeMap<&'a str, usize>,
    /// The first task with a glob that begins like this.
    stems: BTreeMap<&'a str, usize>,
}

impl<'a> Makers<'a> {
    pub(super) fn of(tasks: &'a [TaskSpec]) -> Self {
        let (mut names, mut stems) = (BTreeMap::new(), BTreeMap::new());
        for (place, task) in tasks.iter().enumerate() {
            for output in task.outputs.iter().map(|output| bare(output)) {
                if is_glob(output) {
                    let stem = output.split(GLOB).next().unwrap_or(output);
                    if !stem.is_empty() {
                        stems.entry(stem).or_insert(place);
                    }
                }
                if !output.is_empty() {
                    names.entry(output).or_insert(place);
                }
            }
        }
        Self { tasks, names, stems }
    }

    /// The first task that makes a path: it has an output of this name, above it or below it, or a
    /// glob whose beginning fits.
    pub(super) fn first(&self, path: &str) -> Option<&'a TaskId> {
        let above = path.match_indices('/').map(|(at, _)| &path[..at]).chain([path]);
        let above = above.filter_map(|name| self.names.get(name));
        let folder = format!("{path}/");
        let below = self.names.range(folder.as_str()..);
        let below = below.take_while(|(name, _)| name.starts_with(&folder)).map(|(_, place)| place);
        let begun = path.char_indices().map(|(at, letter)| &path[..at + letter.len_utf8()]);
        let begun = begun.filter_map(|stem| self.stems.get(stem));
        let place = above.chain(below).chain(begun).min()?;
        self.tasks.get(*place).map(|task| &task.id)
    }
}

const GLOB: [char; 4] = ['*', '?', '[', '{'];

/// A path without what says nothing about what it names.
pub(super) fn bare(path: &str) -> &str {
    path.trim().trim_start_matches("./").trim_end_matches('/')
}

pub(super) fn is_glob(path: &str) -> bool {
    path.contains(GLOB)
}

#[cfg(test)]
mod tests {
    use super::super::plan::PlanDraft;
    use super::*;

    const PLAN: &str = "
summary: x
parts: []
stages: []
tasks:
  - {id: glob, stage: s, title: A, objective: o, outputs: [./gen/*.sh], criteria: []}
  - {id: file, stage: s, title: A, objective: o, outputs: [src/a.sh], criteria: []}
  - {id: dir, stage: s, title: A, objective: o, outputs: [docs/, src/a.sh/x], criteria: []}
";

    #[test]
    fn the_first_task_that_makes_a_path_is_found_by_name_folder_content_or_glob() {
        let draft: PlanDraft = serde_yaml::from_str(PLAN).unwrap();
        let makers = Makers::of(&draft.tasks);
        let first = |path: &str| makers.first(path).map_or("none", |id| id.as_str());
        for (path, maker) in [
            ("src/a.sh", "file"),
            ("src", "file"),
            ("src/a.sh/y", "file"),
            ("src/a.sh.bak", "none"),
            ("docs/deep/page.md", "dir"),
            ("docs-old/page.md", "none"),
            ("gen/x.sh", "glob"),
            ("gen", "glob"),
            ("g", "none"),
        ] {
            assert_eq!(first(path), maker, "{path}");
        }
    }
}
