//! The environment of a child: an allow-list, never what we happen to have.
//!
//! Our own environment holds API keys; a command that a model chose must not see them.

use std::{
    collections::BTreeMap,
    env,
    ffi::{OsStr, OsString},
};

/// Names that pass as they are. Homes of toolchains and caches, because builds need them.
const PASS: &[&str] = &[
    "PATH",
    "HOME",
    "LANG",
    "LANGUAGE",
    "TMPDIR",
    "USER",
    "LOGNAME",
    "SHELL",
    "TZ",
    "XDG_CACHE_HOME",
    "XDG_CONFIG_HOME",
    "XDG_DATA_HOME",
    "XDG_STATE_HOME",
    "XDG_RUNTIME_DIR",
    "CARGO_HOME",
    "RUSTUP_HOME",
    "RUSTUP_TOOLCHAIN",
    "GOPATH",
    "GOROOT",
    "GOCACHE",
    "GOMODCACHE",
    "GOFLAGS",
    "JAVA_HOME",
    "NVM_DIR",
    "PYENV_ROOT",
    "VIRTUAL_ENV",
    "CONDA_PREFIX",
    "PNPM_HOME",
    "NIX_PATH",
    "NIX_SSL_CERT_FILE",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
];

/// Set in every child: no prompt, no pager, no colour, no terminal.
const FIXED: &[(&str, &str)] = &[
    ("TERM", "dumb"),
    ("CI", "1"),
    ("GIT_TERMINAL_PROMPT", "0"),
    ("PAGER", "cat"),
    ("GIT_PAGER", "cat"),
    ("NO_COLOR", "1"),
];

/// Parts of a name that mark a secret, whatever else the name says.
const SECRET: &[&str] = &["KEY", "SECRET", "TOKEN", "PASSWORD", "PASSWD", "CREDENTIAL"];

/// The variable by which a child and all that descend from it can be found again.
pub const COOKIE: &str = "CHARGEHAND_RUN";

/// A child's environment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Env {
    vars: BTreeMap<OsString, OsString>,
    withheld: usize,
    outer: Option<OsString>,
}

impl Env {
    /// What passes of our own environment, and the fixed variables.
    pub fn base() -> Self {
        Self::of(env::vars_os())
    }

    /// The same of any list of variables.
    pub fn of(all: impl IntoIterator<Item = (OsString, OsString)>) -> Self {
        let mut vars = BTreeMap::new();
        let mut withheld = 0;
        let mut outer = None;
        for (name, value) in all {
            if name == COOKIE {
                outer = Some(value);
            } else if passes(&name) {
                vars.insert(name, value);
            } else if !FIXED.iter().any(|(fixed, _)| name == *fixed) {
                withheld += 1;
            }
        }
        vars.extend(FIXED.iter().map(|(name, value)| (name.into(), value.into())));
        Self { vars, withheld, outer }
    }

    /// Sets a variable on purpose; nothing is filtered here.
    #[must_use]
    pub fn set(mut self, name: impl Into<OsString>, value: impl Into<OsString>) -> Self {
        self.vars.insert(name.into(), value.into());
        self
    }

    /// Lets a variable of our own through that is not on the list, when it is set.
    #[must_use]
    pub fn keep(self, name: &str) -> Self {
        match env::var_os(name) {
            Some(value) => self.set(name, value),
            None => self,
        }
    }

    /// Takes a variable out.
    #[must_use]
    pub fn unset(mut self, name: &str) -> Self {
        self.vars.remove(OsStr::new(name));
        self
    }

    /// How many variables of ours the child does not get.
    pub fn withheld(&self) -> usize {
        self.withheld
    }

    /// The variables, sorted by name.
    pub fn iter(&self) -> impl Iterator<Item = (&OsStr, &OsStr)> {
        self.vars.iter().map(|(name, value)| (name.as_os_str(), value.as_os_str()))
    }

    /// The cookie that we run under ourselves, when a chargehand started us.
    pub(super) fn outer(&self) -> Option<&OsStr> {
        self.outer.as_deref()
    }
}

/// Whether a child gets this variable of ours as it is.
pub fn is_passed(name: &str) -> bool {
    passes(OsStr::new(name))
}

/// Whether a variable's name says that its value is a secret.
pub fn names_a_secret(name: &str) -> bool {
    let upper = name.to_ascii_uppercase();
    SECRET.iter().any(|part| upper.contains(part))
}

fn passes(name: &OsStr) -> bool {
    let Some(name) = name.to_str() else { return false };
    !names_a_secret(name) && (PASS.contains(&name) || name.starts_with("LC_"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn env(pairs: &[(&str, &str)]) -> Env {
        Env::of(pairs.iter().map(|(name, value)| (name.into(), value.into())))
    }

    fn get<'a>(env: &'a Env, name: &str) -> Option<&'a str> {
        env.iter().find(|(n, _)| *n == name).and_then(|(_, value)| value.to_str())
    }

    #[test]
    fn only_listed_variables_pass_and_the_rest_are_counted() {
        let env = env(&[
            ("PATH", "/bin"),
            ("LC_ALL", "C.UTF-8"),
            ("OPENAI_API_KEY", "sk-1"),
            ("AWS_SECRET_ACCESS_ID", "x"),
            ("LD_PRELOAD", "x.so"),
            ("BASH_ENV", "x"),
        ]);
        assert_eq!(get(&env, "PATH"), Some("/bin"));
        assert_eq!(get(&env, "LC_ALL"), Some("C.UTF-8"));
        assert_eq!(get(&env, "OPENAI_API_KEY"), None);
        assert_eq!(get(&env, "LD_PRELOAD"), None);
        assert_eq!(env.withheld(), 4);
    }

    #[test]
    fn a_name_with_a_secret_in_it_never_passes_even_with_a_listed_prefix() {
        let env = env(&[("LC_TOKEN", "t"), ("LC_Api_Key", "k")]);
        assert_eq!(env.withheld(), 2);
        assert_eq!(get(&env, "LC_TOKEN"), None);
    }

    #[test]
    fn the_fixed_variables_win_over_ours() {
        let env = env(&[("TERM", "xterm-256color"), ("PAGER", "less")]);
        assert_eq!(get(&env, "TERM"), Some("dumb"));
        assert_eq!(get(&env, "PAGER"), Some("cat"));
        assert_eq!(get(&env, "GIT_TERMINAL_PROMPT"), Some("0"));
        assert_eq!(env.withheld(), 0);
    }

    #[test]
    fn what_is_set_on_purpose_is_there_and_can_be_taken_out() {
        let env = env(&[]).set("MY_TOKEN", "1").unset("CI");
        assert_eq!(get(&env, "MY_TOKEN"), Some("1"));
        assert_eq!(get(&env, "CI"), None);
    }
}
