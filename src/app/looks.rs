//! How the screen looks and which keys it has: what comes with the program, and the person's own
//! files over it, read again when they change. A broken file changes nothing.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    time::SystemTime,
};

use crate::{
    config::Dirs,
    domain::{counted, yaml_text},
    ui::{Colours, DataError, EMBEDDED_THEMES, Keymap, Theme},
};

/// Most bytes of a theme or key file.
const MAX_FILE: u64 = 1 << 20;
/// The theme that a first start has.
const FIRST: &str = "terminal";
/// Most themes of the person's own.
const MAX_THEMES: usize = 100;

/// When each file was last changed.
type Stamps = BTreeMap<PathBuf, SystemTime>;

/// Themes and keys, with the files that they come from.
#[derive(Debug)]
pub struct Looks {
    pub theme: Theme,
    pub keys: Keymap,
    themes: Vec<Theme>,
    themes_in: PathBuf,
    keys_in: PathBuf,
    colours: Colours,
    stamps: Stamps,
}

impl Looks {
    /// Reads everything. The second part says what is wrong with the person's files, if anything
    /// is, with line and column. `None`: not even the embedded themes can be read.
    pub fn load(dirs: &Dirs, colours: Colours) -> Option<(Self, Vec<String>)> {
        // The terminal's own colours first: they suit everybody who has chosen theirs.
        let others = EMBEDDED_THEMES.iter().map(|(name, _)| *name).filter(|name| *name != FIRST);
        let names = std::iter::once(FIRST).chain(others);
        let themes: Vec<Theme> = names.filter_map(|name| Theme::embedded(name, colours)).collect();
        let mut looks = Self {
            theme: themes.first()?.clone(),
            keys: Keymap::embedded(),
            themes,
            themes_in: dirs.themes(),
            keys_in: dirs.keys_file(),
            colours,
            stamps: Stamps::new(),
        };
        let said = looks.refresh();
        Some((looks, said.into_iter().filter_map(Result::err).collect()))
    }

    /// Takes the next theme and says which.
    pub fn take_next(&mut self) -> &str {
        let at = self.themes.iter().position(|one| one.name == self.theme.name);
        let next = at.map_or(0, |at| (at + 1) % self.themes.len());
        if let Some(theme) = self.themes.get(next) {
            self.theme = theme.clone();
        }
        &self.theme.name
    }

    /// Takes a theme by its name, if there is one.
    pub fn choose(&mut self, name: &str) {
        if let Some(theme) = self.themes.iter().find(|theme| theme.name == name) {
            self.theme = theme.clone();
        }
    }

    /// Reads again what has changed on disk. Each answer is a file that was taken over, or what is
    /// wrong with it: then all stays as it was, unless it only brings keys into conflict.
    pub fn refresh(&mut self) -> Vec<Result<String, String>> {
        let now = stamps(&self.themes_in, &self.keys_in);
        let changed: Vec<PathBuf> = now
            .iter()
            .filter(|(path, at)| self.stamps.get(*path) != Some(at))
            .map(|(path, _)| path.clone())
            .collect();
        self.stamps = now;
        changed.into_iter().map(|path| self.take(&path)).collect()
    }

    /// The same in one word: what was taken over, or all that is wrong. `None`: nothing has changed.
    pub fn refreshed(&mut self) -> Option<Result<String, String>> {
        let (read, faults): (Vec<_>, Vec<_>) = self.refresh().into_iter().partition(Result::is_ok);
        let faults: Vec<String> = faults.into_iter().filter_map(Result::err).collect();
        if let Some(faults) = all_faults(&faults) {
            return Some(Err(faults));
        }
        let read: Vec<String> = read.into_iter().filter_map(Result::ok).collect();
        let is = if read.len() == 1 { "is" } else { "are" };
        (!read.is_empty()).then(|| Ok(format!("{} {is} in force", read.join(", "))))
    }

    fn take(&mut self, path: &Path) -> Result<String, String> {
        let file = path.display().to_string();
        let text = read(path)?;
        let kept = |error: DataError| format!("{error}; it stays as it was");
        if path == self.keys_in {
            let mut keys = Keymap::embedded();
            keys.merge(&file, &text).map_err(kept)?;
            self.keys = keys;
            let conflicts = self.keys.conflicts();
            if let Some(first) = conflicts.first() {
                let more = match conflicts.len() {
                    1 => String::new(),
                    many => {
                        format!("; and {}", counted(many - 1, "more conflict", "more conflicts"))
                    }
                };
                return Err(format!("{file} is in force, and {first}{more}"));
            }
            return Ok(file);
        }
        let find = |name: &str| read(&self.themes_in.join(format!("{name}.yaml"))).ok();
        let theme = Theme::read(&file, &text, &find, self.colours).map_err(kept)?;
        if self.theme.name == theme.name {
            self.theme = theme.clone();
        }
        match self.themes.iter_mut().find(|one| one.name == theme.name) {
            Some(old) => *old = theme,
            None => self.themes.push(theme),
        }
        Ok(file)
    }
}

/// Everything that is wrong with files of the person's, to be said at once: what is said later hides
/// what was said before. `None`: nothing is.
pub fn all_faults(faults: &[String]) -> Option<String> {
    (!faults.is_empty()).then(|| faults.join("\n"))
}

fn stamps(themes: &Path, keys: &Path) -> Stamps {
    let files = fs::read_dir(themes).into_iter().flatten().flatten().map(|file| file.path());
    let themes = files.filter(|path| path.extension().is_some_and(|end| end == "yaml"));
    themes
        .take(MAX_THEMES)
        .chain([keys.to_owned()])
        .filter_map(|path| {
            let at = fs::metadata(&path).ok()?.modified().ok()?;
            Some((path, at))
        })
        .collect()
}

fn read(path: &Path) -> Result<String, String> {
    let fault = |error: std::io::Error| format!("{}: {error}", path.display());
    if fs::metadata(path).map_err(fault)?.len() > MAX_FILE {
        return Err(format!("{}: more than {MAX_FILE} bytes", path.display()));
    }
    let bytes = fs::read(path).map_err(fault)?;
    let file = path.display().to_string();
    yaml_text(bytes).map_err(|fault| DataError::of(&file, fault).to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dirs(folder: &Path) -> Dirs {
        Dirs { config: folder.to_owned(), data: folder.to_owned(), state: folder.to_owned() }
    }

    /// Writes a file with a time of its own, since a clock may be too coarse for two writes.
    fn write(path: &Path, text: &str, second: u64) {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
        let at = SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(1_000 + second);
        fs::File::options().write(true).open(path).unwrap().set_modified(at).unwrap();
    }

    #[test]
    fn a_theme_of_ones_own_is_taken_over_as_it_is_saved_and_a_broken_one_changes_nothing() {
        let temp = tempfile::tempdir().unwrap();
        let path = temp.path().join("themes/mine.yaml");
        let (mut looks, said) = Looks::load(&dirs(temp.path()), Colours::Shown).unwrap();
        assert_eq!((looks.theme.name.as_str(), said.len()), ("Terminal", 0));
        write(&path, "name: mine\ninherits: dark\nroles:\n  text: \"#010203\"\n", 1);
        assert_eq!(looks.refresh(), [Ok(path.display().to_string())]);
        assert!(looks.refresh().is_empty());
        looks.choose("mine");
        let first = looks.theme.clone();
        write(&path, "name: mine\ninherits: dark\nroles:\n  text: \"#zzz\"\n", 2);
        let said = looks.refresh().remove(0).unwrap_err();
        assert!(said.starts_with(&format!("{}:4:10: ", path.display())), "{said}");
        assert!(said.ends_with("it stays as it was"), "{said}");
        assert_eq!(looks.theme, first);
        write(&path, "name: mine\ninherits: dark\nroles:\n  text: \"#030201\"\n", 3);
        assert!(looks.refresh().remove(0).is_ok());
        assert_ne!(looks.theme, first);
    }

    #[test]
    fn broken_keys_leave_the_old_ones_and_say_where() {
        let temp = tempfile::tempdir().unwrap();
        let path = temp.path().join("keys.yaml");
        write(&path, "global:\n  app.help: \"%\"\n", 1);
        let (mut looks, said) = Looks::load(&dirs(temp.path()), Colours::Shown).unwrap();
        assert!(said.is_empty(), "{said:?}");
        let keys = looks.keys.clone();
        write(&path, "global:\n  app.hulp: \"%\"\n", 2);
        let said = looks.refresh().remove(0).unwrap_err();
        assert!(said.contains("keys.yaml:2:3: "), "{said}");
        assert_eq!(looks.keys, keys);
    }

    #[test]
    fn keys_in_conflict_are_in_force_and_told_with_both_actions() {
        let temp = tempfile::tempdir().unwrap();
        let path = temp.path().join("keys.yaml");
        write(&path, "global: {app.quit: [a, u]}\n", 1);
        let (looks, said) = Looks::load(&dirs(temp.path()), Colours::Shown).unwrap();
        let [said] = &said[..] else { panic!("{said:?}") };
        let wanted = "is in force, and global: `a` is app.quit now and app.answer no longer; and 1 \
                      more conflict";
        assert!(said.starts_with(&path.display().to_string()) && said.ends_with(wanted), "{said}");
        assert_ne!(looks.keys, Keymap::embedded());
    }

    #[test]
    fn what_was_read_again_is_told_in_one_word() {
        let temp = tempfile::tempdir().unwrap();
        let (keys, theme) = (temp.path().join("keys.yaml"), temp.path().join("themes/mine.yaml"));
        let (mut looks, _) = Looks::load(&dirs(temp.path()), Colours::Shown).unwrap();
        assert_eq!(looks.refreshed(), None);
        write(&keys, "global: {app.quit: Q}\n", 1);
        assert_eq!(looks.refreshed(), Some(Ok(format!("{} is in force", keys.display()))));
        write(&keys, "global: {app.quit: a}\n", 2);
        write(&theme, "name: mine\ninherits: dark\n", 2);
        let said = looks.refreshed().unwrap().unwrap_err();
        assert!(said.ends_with("`a` is app.quit now and app.answer no longer"), "{said}");
    }

    #[test]
    fn a_broken_theme_and_broken_keys_are_both_told() {
        let temp = tempfile::tempdir().unwrap();
        write(&temp.path().join("keys.yaml"), "global:\n  app.hulp: \"%\"\n", 1);
        write(&temp.path().join("themes/mine.yaml"), "name: mine\nroles: {text: \"#z\"}\n", 1);
        let (_, said) = Looks::load(&dirs(temp.path()), Colours::Shown).unwrap();
        let said = all_faults(&said).unwrap();
        assert!(said.contains("keys.yaml:2:3: ") && said.contains("mine.yaml:2:"), "{said}");
        assert_eq!(said.lines().count(), 2, "{said}");
        assert_eq!(all_faults(&[]), None);
    }

    #[test]
    fn keys_that_are_not_utf_8_are_told_with_a_line() {
        let temp = tempfile::tempdir().unwrap();
        let path = temp.path().join("keys.yaml");
        fs::write(&path, b"global:\n  app.help: \"\xff\"\n").unwrap();
        let said = read(&path).unwrap_err();
        assert!(said.ends_with("keys.yaml:2:14: not UTF-8; save the file as UTF-8"), "{said}");
    }
}
