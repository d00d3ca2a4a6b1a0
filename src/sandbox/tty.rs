//! A program that gets the person's terminal: their editor, their pager, their shell.
//!
//! The one exception from the rule that a child never sees it. The person named the program, they
//! sit before it, and it gets their own environment.

use std::{
    path::Path,
    process::{Command, ExitStatus},
};

use super::error::SpawnError;

/// Runs a program on the terminal in `cwd`, and waits for its end, however long it takes.
///
/// For use within `Term::hand_over`. It blocks, so not on a thread that others wait for.
///
/// # Errors
/// Nothing was named, the program cannot be started, or the directory is missing.
pub fn with_tty(argv: &[String], cwd: &Path) -> Result<ExitStatus, SpawnError> {
    let (program, arguments) = argv.split_first().ok_or(SpawnError::Empty)?;
    if !cwd.is_dir() {
        let source = std::io::ErrorKind::NotADirectory.into();
        return Err(SpawnError::Cwd { cwd: cwd.to_owned(), source });
    }
    let start = |source| SpawnError::Start { program: program.clone(), source };
    Command::new(program).args(arguments).current_dir(cwd).status().map_err(start)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(argv: &[&str], cwd: &Path) -> Result<ExitStatus, SpawnError> {
        let argv: Vec<String> = argv.iter().map(ToString::to_string).collect();
        with_tty(&argv, cwd)
    }

    #[test]
    fn it_runs_where_it_is_told_and_says_how_it_ended() {
        let dir = tempfile::tempdir().unwrap();
        let status = run(&["sh", "-c", "echo x > here; exit 3"], dir.path()).unwrap();
        assert_eq!(status.code(), Some(3));
        assert!(dir.path().join("here").exists());
    }

    #[test]
    fn what_cannot_be_started_is_named() {
        let dir = tempfile::tempdir().unwrap();
        assert!(matches!(run(&[], dir.path()), Err(SpawnError::Empty)));
        let missing = run(&["no-such-editor"], dir.path()).unwrap_err().to_string();
        assert!(missing.contains("no-such-editor"), "{missing}");
        let nowhere = run(&["sh"], &dir.path().join("gone"));
        assert!(matches!(nowhere, Err(SpawnError::Cwd { .. })));
    }
}
