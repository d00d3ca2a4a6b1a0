//! What is known of models, in a file of the person's data folder: `models.json`.
//!
//! It can be deleted at any time: what is lost is found out again. Other instances may write it
//! too; the newest word on each model wins.

use std::{
    collections::BTreeMap,
    io::Write as _,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use serde::{Deserialize, Serialize};

use super::dirs::Dirs;
use crate::agent::{Capability, Lore, Seen, Speed};

/// The file's name.
const FILE: &str = "models.json";
/// Most bytes of the file that are read.
const MAX_FILE: u64 = 4 << 20;
/// Most models that are kept.
const MAX_MODELS: usize = 2_000;

/// Records by server (its base URL) and model.
type Records = BTreeMap<String, BTreeMap<String, Capability>>;

#[derive(Default, Serialize, Deserialize)]
#[serde(default)]
struct Sheet {
    servers: Records,
}

/// The records of all models of all servers. Cheap to clone.
#[derive(Clone, Debug)]
pub struct KnownModels {
    path: Arc<PathBuf>,
    records: Arc<Mutex<Records>>,
}

impl KnownModels {
    /// Reads what is known. A file that cannot be read is as good as none.
    pub fn load(dirs: &Dirs) -> Self {
        let path = dirs.data.join(FILE);
        let records = read(&path);
        Self { path: Arc::new(path), records: Arc::new(Mutex::new(records)) }
    }

    /// What is known of the models of one server.
    pub fn of_server(&self, base_url: &str) -> ServerLore {
        ServerLore { known: self.clone(), server: tidy(base_url) }
    }

    /// The record of a model; `None` where nothing is known.
    pub fn get(&self, base_url: &str, model: &str) -> Option<Capability> {
        let records = self.records.lock().unwrap_or_else(PoisonError::into_inner);
        records.get(&tidy(base_url))?.get(model).copied()
    }

    /// Puts a record in the place of what was known, and writes it down. What cannot be written is
    /// lost; the session goes on.
    pub fn put(&self, base_url: &str, model: &str, record: Capability) {
        let mut own = self.records.lock().unwrap_or_else(PoisonError::into_inner);
        take_in(&mut own, read(&self.path));
        insert(&mut own, &tidy(base_url), model, record);
        let _ = write(&self.path, &own);
    }
}

/// Takes in what other instances have written meanwhile: their word is the newer one, since ours
/// was written when we learnt it.
fn take_in(own: &mut Records, written: Records) {
    for (server, models) in written {
        let own = own.entry(server).or_default();
        for (model, told) in models {
            // Counts are not written each time.
            let counted = own.get(&model).copied().unwrap_or(told);
            let calls = counted.calls.max(told.calls);
            own.insert(model, Capability { calls, silent: counted.silent, ..told });
        }
    }
}

/// Puts a record in; of a new model only where there is room for it.
fn insert(records: &mut Records, server: &str, model: &str, record: Capability) {
    let models = records.entry(server.to_owned()).or_default();
    if models.len() < MAX_MODELS || models.contains_key(model) {
        models.insert(model.to_owned(), record);
    }
}

fn found(records: &Records, server: &str, model: &str) -> Capability {
    records.get(server).and_then(|models| models.get(model)).copied().unwrap_or_default()
}

/// A server's base URL as a key: without what may be secret in it, and without its closing slash.
fn tidy(base_url: &str) -> String {
    let url = base_url.split(['?', '#']).next().unwrap_or_default();
    let url = match url.split_once("://") {
        Some((scheme, rest)) => {
            let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
            let host = authority.rsplit('@').next().unwrap_or_default();
            format!("{scheme}://{host}/{path}")
        }
        None => url.to_owned(),
    };
    url.trim_end_matches('/').to_owned()
}

fn read(path: &Path) -> Records {
    let small = std::fs::metadata(path).is_ok_and(|meta| meta.len() <= MAX_FILE);
    let bytes = if small { std::fs::read(path).unwrap_or_default() } else { Vec::new() };
    serde_json::from_slice::<Sheet>(&bytes).unwrap_or_default().servers
}

fn write(path: &Path, records: &Records) -> std::io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder)?;
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    let text = serde_json::to_vec_pretty(&Sheet { servers: records.clone() })?;
    file.write_all(&text)?;
    file.persist(path)?;
    Ok(())
}

/// What is known of the models of one server, corrected as sessions go.
#[derive(Clone, Debug)]
pub struct ServerLore {
    known: KnownModels,
    server: String,
}

impl Lore for ServerLore {
    fn of(&self, model: &str) -> Capability {
        self.known.get(&self.server, model).unwrap_or_default()
    }

    fn learn(&self, model: &str, seen: Seen) {
        let path = &self.known.path;
        // One hold over looking and correcting: sessions learn of the same model at once.
        let mut own = self.known.records.lock().unwrap_or_else(PoisonError::into_inner);
        let before = found(&own, &self.server, model);
        let after = before.after(seen);
        if !matters(&before, &after) {
            return insert(&mut own, &self.server, model, after);
        }
        take_in(&mut own, read(path));
        let after = found(&own, &self.server, model).after(seen);
        insert(&mut own, &self.server, model, after);
        let _ = write(path, &own);
    }
}

/// Whether a change is worth a write: counts and small changes of speed wait for the next one.
fn matters(before: &Capability, after: &Capability) -> bool {
    let counted = Capability { calls: 0, silent: 0, speed: Speed::Unknown, ..*before };
    let counts = Capability { calls: 0, silent: 0, speed: Speed::Unknown, ..*after };
    let speed = match (before.speed, after.speed) {
        (Speed::Tokens(one), Speed::Tokens(other)) => (one - other).abs() > one * 0.2,
        (one, other) => one != other,
    };
    counted != counts || speed || (before.calls == 0) != (after.calls == 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::agent::{Can, Dialect, Room, Source};

    fn dirs(folder: &Path) -> Dirs {
        Dirs { config: folder.join("c"), data: folder.join("d"), state: folder.join("s") }
    }

    #[test]
    fn what_is_learnt_in_a_session_is_known_at_the_next_start() {
        let temp = tempfile::tempdir().unwrap();
        let known = KnownModels::load(&dirs(temp.path()));
        let lore = known.of_server("http://127.0.0.1:8080/v1/");
        (0..3).for_each(|_| lore.learn("small", Seen::CalledNothing(Dialect::Native)));
        let again = KnownModels::load(&dirs(temp.path()));
        let record = again.get("http://127.0.0.1:8080/v1", "small").unwrap();
        assert_eq!(record.native, Can::No);
        assert_eq!(again.get("http://127.0.0.1:8081/v1", "small"), None);
        assert_eq!(again.get("http://127.0.0.1:8080/v1", "large"), None);
    }

    #[test]
    fn two_instances_do_not_lose_each_other_s_records() {
        let temp = tempfile::tempdir().unwrap();
        let [one, other] = [(); 2].map(|()| KnownModels::load(&dirs(temp.path())));
        one.put("u", "a", Capability { native: Can::Yes, ..Capability::default() });
        other.put("u", "b", Capability { native: Can::No, ..Capability::default() });
        let both = KnownModels::load(&dirs(temp.path()));
        assert!(both.get("u", "a").is_some() && both.get("u", "b").is_some());
    }

    /// What two sessions of two instances learn of one model and of another.
    #[test]
    fn an_instance_that_learns_something_leaves_the_newer_word_of_another() {
        let temp = tempfile::tempdir().unwrap();
        KnownModels::load(&dirs(temp.path())).put("u", "a", Capability::default());
        let [one, other] = [(); 2].map(|()| KnownModels::load(&dirs(temp.path())));
        let room = Room { tokens: 4_096, from: Source::Refusal };
        one.of_server("u").learn("a", Seen::Holds(room));
        other.of_server("u").learn("b", Seen::Called(Dialect::Native));
        other.of_server("u").learn("a", Seen::Called(Dialect::Native));
        let record = KnownModels::load(&dirs(temp.path())).get("u", "a").unwrap();
        assert_eq!((record.room, record.native, record.calls), (Some(room), Can::Yes, 1));
        assert_eq!(other.get("u", "a"), Some(record));
    }

    #[test]
    fn sessions_that_learn_at_once_lose_nothing_of_each_other() {
        let temp = tempfile::tempdir().unwrap();
        let known = KnownModels::load(&dirs(temp.path()));
        let lore = known.of_server("u");
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    (0..200).for_each(|_| lore.learn("m", Seen::Called(Dialect::Native)));
                });
            }
        });
        assert_eq!(lore.of("m").calls, 800);
    }

    #[test]
    fn no_more_models_are_known_than_there_is_room_for() {
        let mut records = Records::new();
        for at in 0..=MAX_MODELS {
            insert(&mut records, "u", &at.to_string(), Capability::default());
        }
        assert_eq!(records["u"].len(), MAX_MODELS);
        insert(&mut records, "u", "0", Capability { calls: 7, ..Capability::default() });
        assert_eq!(found(&records, "u", "0").calls, 7);
    }

    #[test]
    fn a_file_that_is_none_is_as_good_as_none_and_no_password_is_written() {
        let temp = tempfile::tempdir().unwrap();
        let dirs = dirs(temp.path());
        std::fs::create_dir_all(&dirs.data).unwrap();
        std::fs::write(dirs.data.join(FILE), "{ nonsense").unwrap();
        let known = KnownModels::load(&dirs);
        known.put("http://me:secret@host/v1?key=secret", "m", Capability::default());
        let text = std::fs::read_to_string(dirs.data.join(FILE)).unwrap();
        assert!(text.contains("http://host/v1") && !text.contains("secret"), "{text}");
    }

    #[test]
    fn not_every_call_is_a_write() {
        let temp = tempfile::tempdir().unwrap();
        let known = KnownModels::load(&dirs(temp.path()));
        let lore = known.of_server("u");
        lore.learn("m", Seen::Called(Dialect::Native));
        let path = dirs(temp.path()).data.join(FILE);
        std::fs::remove_file(&path).unwrap();
        (0..50).for_each(|_| lore.learn("m", Seen::Called(Dialect::Native)));
        assert!(!path.exists());
        assert_eq!(lore.of("m").calls, 51);
    }
}
