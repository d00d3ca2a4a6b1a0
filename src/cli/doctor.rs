//! `doctor`: whether everything is as it should be, and what to do where it is not.

use std::{io::IsTerminal as _, os::unix::fs::MetadataExt as _};

use rustix::fs::Access as Right;

use super::{
    args::Common,
    connect, keys,
    out::{CliError, Exit, data_fit},
    start, status,
};
use crate::{
    agent::{Prompts, is_loopback},
    app::{Looks, OpenError, Place, leftovers},
    config::{Config, Dirs, ProviderSettings, Trusted},
    domain::counted,
    git::{Shape, Unsaved},
    logger::{Access, Identity, Registration, Soundness, Store, StoreError},
    term,
    ui::Colours,
};

/// Unreadable events that are named one by one.
const NAMED: usize = 5;

/// What to do about a log that cannot be read whole.
const MENDING: &str = "Update chargehand if a newer one wrote it. Else copy the folder away, save \
     what is readable with `chargehand export`, and put the `log.db` of a backup (`export --full`) \
     in its place";

/// What is said where the index of the log's words is damaged.
const INDEX: &str = "the index for searching was damaged; the log's events are whole";

/// What to do about an index that could not be mended.
const SLOWER: &str = "Searches read the log itself instead, which is slower. Run `chargehand \
     doctor` again while no other chargehand writes the log: it makes the index anew";

/// What to do about imported events that cannot be used.
const ASKING: &str =
    "Nothing uses them; ask whoever sent them which is right. The others can be searched";

/// How far a look at one thing came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mark {
    Good,
    /// It works, and a person should know.
    Note,
    Bad,
}

/// Whether the network may be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Network {
    Untouched,
    Asked,
}

/// What is told, line by line.
#[derive(Default)]
struct Findings {
    bad: usize,
}

impl Findings {
    fn tell(&mut self, mark: Mark, what: &str, text: &str) {
        let sign = match mark {
            Mark::Good => "ok  ",
            Mark::Note => "note",
            Mark::Bad => "BAD ",
        };
        self.bad += usize::from(mark == Mark::Bad);
        data_fit(&format!("{sign}  {what:<12} {text}"), 19);
    }

    fn good(&mut self, what: &str, text: &str) {
        self.tell(Mark::Good, what, text);
    }

    fn note(&mut self, what: &str, text: &str) {
        self.tell(Mark::Note, what, text);
    }

    fn bad(&mut self, what: &str, text: &str) {
        self.tell(Mark::Bad, what, text);
    }
}

pub(super) async fn doctor(common: &Common, network: Network) -> Result<Exit, CliError> {
    let mut found = Findings::default();
    found.good("chargehand", env!("CARGO_PKG_VERSION"));
    let dirs = start::dirs()?;
    folders(&mut found, &dirs);
    let place = match start::place(common).await {
        Ok(place) => Some(place),
        Err(CliError::Open(OpenError::Git(error))) => {
            found.bad("git", &error.to_string());
            None
        }
        Err(CliError::Open(OpenError::Config(error))) => {
            found.bad("settings", &error.to_string());
            None
        }
        Err(error) => return Err(error),
    };
    let config = match &place {
        Some(place) => {
            repository(&mut found, place).await;
            store(&mut found, place).await;
            Some(place.config.clone())
        }
        None => Config::load(&dirs, start::overrides(common)).ok(),
    };
    own_files(&mut found, &dirs);
    if let Some(config) = config {
        server(&mut found, &config);
    }
    if let Some(place) = place.filter(|_| network == Network::Asked) {
        reached(&mut found, &place).await;
    }
    found.note("sandbox", status::SANDBOX);
    terminal(&mut found);
    Ok(if found.bad > 0 { Exit::Environment } else { Exit::Done })
}

/// Whether the user's folders can be written by the user and by nobody else.
fn folders(found: &mut Findings, dirs: &Dirs) {
    for (what, dir) in [("config", &dirs.config), ("data", &dirs.data), ("state", &dirs.state)] {
        let there = dir.ancestors().find(|one| one.exists()).unwrap_or(dir);
        let shown = dir.display();
        let open = std::fs::metadata(there).is_ok_and(|meta| meta.mode() & 0o022 != 0);
        if rustix::fs::access(there, Right::WRITE_OK | Right::EXEC_OK).is_err() {
            found.bad(what, &format!("{shown} cannot be written; make {} yours", there.display()));
        } else if open && there == dir {
            let hint = "others can write it, and with it what you have trusted and approved";
            found.bad(what, &format!("{shown}: {hint}; chmod go-w {shown}"));
        } else {
            found.good(what, &shown.to_string());
        }
    }
}

async fn repository(found: &mut Findings, place: &Place) {
    match place.repo.git_version().await {
        Ok((major, minor)) => found.good("git", &format!("{major}.{minor}")),
        Err(error) => return found.bad("git", &error.to_string()),
    }
    match Shape::of(&place.repo).await {
        Ok(shape) => {
            found.good("repository", &place.repo.top.display().to_string());
            for note in shape.notes {
                found.note("repository", &note.to_string());
            }
        }
        Err(error) => found.bad("repository", &error.to_string()),
    }
    match &place.project {
        Trusted::Absent | Trusted::Yes(_) => {}
        Trusted::Not { path, .. } => {
            let text = format!("{} is not trusted and not used: chargehand trust", path.display());
            found.note("project", &text);
        }
    }
}

/// What imports have left, and what of it cannot be used.
fn strangers(found: &mut Findings, store: &Store) {
    let Ok(foreign) = store.recall().and_then(|recall| recall.foreign()) else { return };
    for (log, kept) in &foreign.logs {
        let (good, bad) = (kept.records.len(), kept.quarantined.len());
        if bad > 0 {
            let first = kept.quarantined.first().map(ToString::to_string).unwrap_or_default();
            let text = format!("{log}: {bad} of {} events are kept apart: {first}", good + bad);
            found.note("imported", &format!("{text}. {ASKING}"));
        }
    }
}

/// Events that cannot be read, by name, and what to do.
fn unreadable(found: &mut Findings, store: &Store) {
    let bad = match store.recall().and_then(|recall| recall.unreadable()) {
        Ok(bad) => bad,
        Err(error) => return found.bad("events", &format!("{error}. {}", error.hint())),
    };
    for one in bad.iter().take(NAMED) {
        found.bad("events", &one.to_string());
    }
    if !bad.is_empty() {
        let all = counted(bad.len(), "event cannot be read", "events cannot be read");
        let text = format!("{all} and left out; nothing is deleted, all others count. {MENDING}");
        found.bad("events", &text);
    }
}

/// How sound the log is, once an index of its words that was damaged has been made anew.
fn sound(found: &mut Findings, store: &Store, place: &Place) -> Result<Soundness, StoreError> {
    let soundness = store.recall()?.soundness()?;
    if !matches!(soundness, Soundness::Index(_)) {
        return Ok(soundness);
    }
    // Nothing is written into a log that is not this person's.
    let is_ours = Identity::of(store, &place.dirs.data).standing()? == Registration::Registered;
    let mended = if is_ours {
        Store::open(store.path(), Access::Write).and_then(|mut store| store.index_anew())
    } else {
        Err(StoreError::ReadOnly)
    };
    match mended {
        Ok(()) => {
            let after = store.recall()?.soundness()?;
            if after == Soundness::Sound {
                found.note("search", &format!("{INDEX}, and was made anew from them"));
            }
            Ok(after)
        }
        Err(error) => {
            found.note("search", &format!("the index could not be made anew: {error}"));
            Ok(soundness)
        }
    }
}

async fn store(found: &mut Findings, place: &Place) {
    let path = place.log();
    let store = match Store::open(&path, Access::Read) {
        Ok(store) => store,
        Err(StoreError::Missing(_)) => {
            found.good("log", "none yet; the first goal makes it");
            return;
        }
        Err(error) => {
            found.bad("log", &format!("{error}. {}", error.hint()));
            return;
        }
    };
    match sound(found, &store, place) {
        Ok(Soundness::Sound) => {
            let events = counted(store.last(), "event", "events");
            found.good("log", &format!("{events} in {}", path.display()));
            if let Ok(used) = store.recall().and_then(|recall| recall.disk_use()) {
                let outputs = counted(used.output_count, "output", "outputs");
                let (log, blobs) = (used.log.div_ceil(1024), used.outputs.div_ceil(1024));
                found.good("disk", &format!("{log} KiB of log, {blobs} KiB in {outputs}"));
            }
            strangers(found, &store);
        }
        Ok(Soundness::Index(faults)) => {
            let faults = faults.join("; ").replace('\n', "; ");
            found.bad("search", &format!("{INDEX} ({faults}). {SLOWER}"));
        }
        Ok(Soundness::Damaged(faults)) => {
            let faults = faults.join("; ").replace('\n', "; ");
            found.bad("log", &format!("{} is damaged: {faults}. {MENDING}", path.display()));
        }
        Err(error) => found.bad("log", &format!("{error}. {MENDING}")),
    }
    unreadable(found, &store);
    match Identity::of(&store, &place.dirs.data).standing() {
        Ok(Registration::Registered) => {}
        Ok(Registration::Unregistered | Registration::Moved { .. }) => {
            found.bad("log", "not made by you at this place; look, then: chargehand trust --log");
        }
        Err(error) => found.bad("log", &error.to_string()),
    }
    match store.replay() {
        Ok(replayed) => {
            let log = store.log_id().clone();
            match leftovers::find(place, &replayed.state, &log).await {
                Ok(left) => left_over(found, &left),
                Err(error) => found.bad("leftovers", &error.to_string()),
            }
        }
        Err(error) => found.bad("log", &format!("{error}. {}", error.hint())),
    }
}

fn left_over(found: &mut Findings, left: &[leftovers::Leftover]) {
    if left.is_empty() {
        found.good("leftovers", "none");
        return;
    }
    let gone = |one: &&leftovers::Leftover| match &one.kind {
        leftovers::Kind::Worktree(ours) => ours.unsaved == Unsaved::Gone,
        leftovers::Kind::Branch
        | leftovers::Kind::HalfLanded { .. }
        | leftovers::Kind::Folder { .. } => false,
    };
    let gone = left.iter().filter(gone).count();
    let all = counted(left.len(), "thing is left over", "things are left over");
    let lost = if gone > 0 { format!(" ({gone} without a folder)") } else { String::new() };
    found.note("leftovers", &format!("{all}{lost}; see: chargehand clean"));
}

/// The person's own prompts, keys and the like.
fn own_files(found: &mut Findings, dirs: &Dirs) {
    match Prompts::with_overrides(&dirs.prompts()) {
        Ok(prompts) => {
            let own = prompts.overrides().count();
            if own > 0 {
                found.note("prompts", &counted(own, "prompt of your own", "prompts of your own"));
            }
        }
        Err(error) => found.bad("prompts", &error.to_string()),
    }
    match keys::read(dirs) {
        Ok((keys, None)) => {
            for clash in keys.clashes() {
                found.note("keys", &clash.to_string());
            }
        }
        Ok((_, Some(error))) => found.bad("keys", &error.to_string()),
        Err(error) => found.bad("keys", &error.to_string()),
    }
    let keys = dirs.keys_file().display().to_string();
    let looks = Looks::load(dirs, Colours::Shown);
    let faults = looks.into_iter().flat_map(|(_, faults)| faults);
    for fault in faults.filter(|fault| !fault.starts_with(&keys)) {
        found.bad("theme", &fault);
    }
}

fn server(found: &mut Findings, config: &Config) {
    let provider = &config.provider;
    let model = config.planner().map_or_else(
        || "no model; set one with --model or in config.yaml".to_owned(),
        |model| format!("model {model}"),
    );
    let has_key = std::env::var_os(&provider.key_env).is_some_and(|key| !key.is_empty());
    let key = if has_key { "is set" } else { "is not set" };
    let text = format!("{}, ${} {key}, {model}", provider.base_url, provider.key_env);
    let needs_key = !has_key && !is_loopback(&provider.base_url);
    let is_default = provider.base_url == ProviderSettings::default().base_url;
    if config.planner().is_none() || (needs_key && is_default) {
        found.note("server", &text);
    } else {
        found.good("server", &text);
    }
}

/// Asks the server for its models; only when the person wants it.
async fn reached(found: &mut Findings, place: &Place) {
    match connect::client(place) {
        Ok(client) => match client.list_models().await {
            Ok(models) => {
                let models = counted(models.len(), "model", "models");
                found.good("network", &format!("{} has {models}", place.config.provider.base_url));
            }
            Err(fault) => found.bad("network", &connect::shown(&fault)),
        },
        Err(error) => found.bad("network", &error.to_string()),
    }
}

fn terminal(found: &mut Findings) {
    let var = |name: &str| std::env::var(name).unwrap_or_default();
    let Some(columns) = term::columns(std::io::stdout()) else {
        found.note("terminal", "standard output is none; the workbench needs one");
        return;
    };
    let locale = [var("LC_ALL"), var("LC_CTYPE"), var("LANG")];
    let locale = locale.iter().find(|one| !one.is_empty()).cloned().unwrap_or_default();
    let unicode = locale.to_ascii_lowercase().replace('-', "").contains("utf8");
    let colours = if var("NO_COLOR").is_empty() { "colours" } else { "no colours (NO_COLOR)" };
    let text = format!("{}, {columns} columns, {colours}, locale `{locale}`", var("TERM"));
    let input = std::io::stdin().is_terminal();
    if unicode && input && columns >= 60 {
        found.good("terminal", &text);
    } else {
        let hint = "the workbench wants a UTF-8 locale, a keyboard and at least 60 columns";
        found.note("terminal", &format!("{text}; {hint}"));
    }
}
