//! What a YAML text must not be, whoever wrote it, before it is given to the parser.

/// Longest YAML text that is read, in bytes.
pub const YAML_BYTES: usize = 1 << 20;

/// Most brackets that may stand open at once. The library bounds nesting and repeated aliases
/// itself, but nesting only after a scan whose time grows with the square of it (100,000 took it
/// two minutes).
const OPEN_BRACKETS: usize = 500;

/// A YAML text that is not read at all.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{what}")]
pub struct Overgrown {
    /// Counted from 1.
    pub line: usize,
    pub what: String,
}

/// Looks at a YAML text before it is parsed: no longer than 1 MiB, and brackets no deeper than a
/// person writes them. Brackets in texts count as well: they are not told apart without a parser.
pub fn guard_yaml(text: &str) -> Result<(), Overgrown> {
    if text.len() > YAML_BYTES {
        let what = format!("{} bytes; at most {YAML_BYTES} are read", text.len());
        return Err(Overgrown { line: 1, what });
    }
    let mut open = 0_usize;
    let mut line = 1;
    for byte in text.bytes() {
        match byte {
            b'[' | b'{' => open += 1,
            b']' | b'}' => open = open.saturating_sub(1),
            b'\n' => line += 1,
            _ => {}
        }
        if open > OPEN_BRACKETS {
            let what = format!("more than {OPEN_BRACKETS} brackets are open at once");
            return Err(Overgrown { line, what });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_too_long_or_too_deep_is_not_read() {
        assert_eq!(guard_yaml("a: [1, {b: 2}]\n"), Ok(()));
        assert_eq!(guard_yaml(&"a".repeat(YAML_BYTES + 1)).unwrap_err().line, 1);
        let deep = format!("a: 1\nb: {}", "[".repeat(100_000));
        assert_eq!(guard_yaml(&deep).unwrap_err().line, 2);
    }

    #[test]
    fn a_bomb_of_aliases_is_refused_by_the_library_before_it_grows() {
        let mut bomb = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x]\n");
        for level in 1..30 {
            let before = format!("*a{}, ", level - 1).repeat(9);
            bomb.extend([format!("a{level}: &a{level} [{before}]\n")]);
        }
        assert_eq!(guard_yaml(&bomb), Ok(()));
        let read: Result<serde_yaml::Value, _> = serde_yaml::from_str(&bomb);
        assert!(read.is_err(), "a bomb of 9^30 must not be read");
    }
}
