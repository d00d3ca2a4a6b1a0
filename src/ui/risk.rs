//! What a command may touch, told as reasons. It reads words, not shells: it errs both ways, and
//! nothing is allowed or denied by it.

/// How far a command may reach.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Risk {
    Low,
    Medium,
    High,
}

impl Risk {
    /// The risk in a word.
    pub fn word(self) -> &'static str {
        match self {
            Risk::Low => "LOW",
            Risk::Medium => "MEDIUM",
            Risk::High => "HIGH",
        }
    }
}

/// Words of a command, the risk that they stand for, and the reason in words.
const SIGNS: [(&[&str], Risk, &str); 10] = [
    (&["sudo", "doas", "su"], Risk::High, "other privileges"),
    (&["docker", "podman", "systemctl", "kubectl"], Risk::High, "a daemon"),
    (
        &["curl", "wget", "ssh", "scp", "rsync", "nc", "pip", "npm", "apt", "apt-get", "brew"],
        Risk::High,
        "network",
    ),
    (&["push", "fetch", "pull", "clone", "publish"], Risk::High, "network"),
    (&["rm", "rmdir", "shred", "dd", "mkfs", "unlink"], Risk::High, "deletes"),
    (&["kill", "pkill", "killall", "shutdown", "reboot"], Risk::High, "other processes"),
    (&["eval", "exec", "base64"], Risk::High, "runs text as a program"),
    (&["chmod", "chown", "crontab"], Risk::Medium, "permissions"),
    (&["mv", "cp", "tee", "sed", "git", "install"], Risk::Medium, "writes files"),
    (
        &["sh", "bash", "python", "python3", "node", "make", "cargo"],
        Risk::Medium,
        "runs a program of the project",
    ),
];

/// The risk of a command line, with its reasons.
pub fn of(command: &str) -> (Risk, Vec<&'static str>) {
    let mut risk = Risk::Low;
    let mut reasons = Vec::new();
    let mut add = |one: Risk, reason: &'static str| {
        risk = risk.max(one);
        if !reasons.contains(&reason) {
            reasons.push(reason);
        }
    };
    let words = || {
        command
            .split(|c: char| c.is_whitespace() || ";|&()<>`'\"$".contains(c))
            .filter(|word| !word.is_empty())
    };
    for (names, one, reason) in SIGNS {
        if words().any(|word| names.contains(&word.rsplit('/').next().unwrap_or(word))) {
            add(one, reason);
        }
    }
    let outside = |word: &str| {
        let system = word.starts_with("/dev/null")
            || word.starts_with("/bin/")
            || word.starts_with("/usr/bin/");
        (word.starts_with('/') && !system)
            || word.starts_with('~')
            || word.split('/').any(|part| part == "..")
    };
    if words().any(outside) {
        add(Risk::High, "paths outside the worktree");
    }
    if command.contains('>') {
        add(Risk::Medium, "writes files");
    }
    if command.chars().any(|c| c.is_control() && c != '\n') || !command.is_ascii() {
        add(Risk::High, "characters that are not plain (v shows them)");
    }
    (risk, reasons)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons_are_told_for_what_reaches_out() {
        let told = |command: &str| {
            let (risk, reasons) = of(command);
            format!("{} {}", risk.word(), reasons.join(", "))
        };
        assert_eq!(told("ls src"), "LOW ");
        assert_eq!(
            told("sh tests/run.sh > out"),
            "MEDIUM runs a program of the project, writes files"
        );
        assert_eq!(
            told("make && sudo rm -rf /"),
            "HIGH other privileges, deletes, runs a program of the project, paths outside the worktree"
        );
        assert_eq!(told("cat ../x"), "HIGH paths outside the worktree");
        assert_eq!(told("ls \u{202e}"), "HIGH characters that are not plain (v shows them)");
    }
}
