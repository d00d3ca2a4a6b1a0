//! Whether the patterns and globs of a plan can be used at all.

use crate::domain::{Check, Field, PlanDraft, PlanFault, Spot, TaskSpec};

/// Every pattern and glob of a plan that does not compile.
pub fn faults_of_patterns(draft: &PlanDraft) -> Vec<PlanFault> {
    draft.tasks.iter().flat_map(of_task).collect()
}

pub(super) fn of_task(task: &TaskSpec) -> Vec<PlanFault> {
    let mut found = Vec::new();
    for (place, criterion) in task.criteria.iter().enumerate() {
        let (pattern, globs) = match &criterion.check {
            Check::Command { pattern, .. } => (pattern.as_deref(), &[][..]),
            Check::FileMatches { pattern, .. } => (Some(pattern.as_str()), &[][..]),
            Check::DiffWithin { globs } => (None, globs.as_slice()),
            Check::FileExists { .. } | Check::Manual { .. } | Check::Judgement { .. } => continue,
        };
        let why = pattern.and_then(bad_pattern).or_else(|| globs.iter().find_map(|one| bad(one)));
        if let Some(why) = why {
            let text = format!("criterion {}: {why}", place + 1);
            found.push(PlanFault::of_task(&task.id, Spot::Of(Field::Criteria), text));
        }
    }
    let globs = [(Field::MayTouch, &task.may_touch), (Field::MustNotTouch, &task.must_not_touch)];
    for (field, globs) in globs {
        found.extend(
            globs
                .iter()
                .filter_map(|glob| bad(glob))
                .map(|why| PlanFault::of_task(&task.id, Spot::Of(field), why)),
        );
    }
    found
}

/// Why a text is no regular expression. The message is the regex crate's, on one line.
fn bad_pattern(pattern: &str) -> Option<String> {
    let fault = grep_regex::RegexMatcher::new(pattern).err()?.to_string();
    let last = fault.lines().map(str::trim).rfind(|line| !line.is_empty()).unwrap_or_default();
    Some(format!("`{pattern}` is no regular expression: {last}"))
}

fn bad(glob: &str) -> Option<String> {
    globset::Glob::new(glob).err().map(|fault| format!("`{glob}` is no glob: {}", fault.kind()))
}

#[cfg(test)]
mod tests {
    use super::super::written::WrittenPlan;
    use super::*;

    #[test]
    fn a_pattern_that_cannot_compile_is_told_with_its_place() {
        let written: WrittenPlan = serde_json::from_str(
            r#"{"tasks": [{"title": "a", "outputs": ["a"], "may_touch": ["src/{a"], "criteria": [
                "make", {"run": "make", "pattern": "(ok"}, {"diff_within": ["[z-a]"]}
            ]}]}"#,
        )
        .unwrap();
        let (draft, _) = written.meant();
        let shown: Vec<String> =
            faults_of_patterns(&draft).iter().map(ToString::to_string).collect();
        insta::assert_snapshot!(shown.join("\n"), @r#"
        task `a`, criteria: criterion 2: `(ok` is no regular expression: error: unclosed group
        task `a`, criteria: criterion 3: `[z-a]` is no glob: invalid range; 'z' > 'a'
        task `a`, may_touch: `src/{a` is no glob: unclosed alternate group; missing '}' (maybe escape '{' with '[{]'?)
        "#);
    }
}
