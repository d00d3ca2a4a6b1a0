//! Numbers of things, in words.

use std::fmt::Display;

/// A number with its noun, or its noun and verb: `1 task`, `2 tasks`, `1 check passes`. Both forms
/// are given, for the plural of `criterion` follows from no rule.
pub fn counted(count: impl Display, one: &str, many: &str) -> String {
    let count = count.to_string();
    let words = if count == "1" { one } else { many };
    format!("{count} {words}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_is_one_and_nothing_is_many() {
        assert_eq!(counted(1, "task", "tasks"), "1 task");
        assert_eq!(counted(0, "task", "tasks"), "0 tasks");
        assert_eq!(counted(21_u64, "criterion", "criteria"), "21 criteria");
    }
}
