//! Arguments of a call, and the shapes that tools share.

use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::agent::Output;

/// What a tool came to; the error is for the model.
pub(super) type Done = Result<Output, String>;

/// Reads the arguments. The session has validated them against the schema already; what still
/// does not fit (a number that is too large) is told to the model.
pub(super) fn read<T: DeserializeOwned>(arguments: Value) -> Result<T, String> {
    serde_json::from_value(arguments).map_err(|fault| format!("the arguments do not fit: {fault}"))
}

/// The answer to the model.
pub(super) fn answer(done: Done) -> Output {
    done.unwrap_or_else(Output::error)
}

/// A path as the model meant it: nothing is the root.
pub(super) fn or_root(path: Option<String>) -> String {
    path.filter(|path| !path.trim().is_empty()).unwrap_or_else(|| ".".to_owned())
}

/// The first characters of a line, and a mark when there are more.
pub(super) fn clipped(line: &str, most: usize) -> String {
    match line.char_indices().nth(most) {
        None => line.to_owned(),
        Some((at, _)) => format!("{} [... {} bytes more]", &line[..at], line.len() - at),
    }
}

/// What a library says about a bad pattern: its last line, which names the fault.
pub(super) fn last_line(fault: &str) -> &str {
    fault.lines().map(str::trim).rfind(|line| !line.is_empty()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_line_is_cut_between_characters_and_says_so() {
        assert_eq!(clipped("žlutý", 5), "žlutý");
        assert_eq!(clipped("žlutý kůň", 5), "žlutý [... 6 bytes more]");
    }

    #[test]
    fn no_path_and_a_blank_path_are_the_root() {
        assert_eq!(or_root(None), ".");
        assert_eq!(or_root(Some(" ".to_owned())), ".");
        assert_eq!(or_root(Some("src".to_owned())), "src");
    }
}
