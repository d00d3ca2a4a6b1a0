//! Who reads a brief: how its model is known, and how long a brief it heeds.

use crate::{
    agent::{Can, Capability, Dialect, Lore as _},
    config::{Config, KnownModels, ProviderSettings, ServerLore},
    domain::{Endpoint, Goal, Rung, TaskId},
    planner::Window,
};

/// The window that a brief for a weak model is written for, in tokens: the shorter it is, the more
/// of it is heeded.
const WEAK_WINDOW: u32 = 8_000;

/// The settings of the server that a model is asked at, and what is known of its models.
pub(super) fn server<'a>(
    config: &'a Config,
    known: &KnownModels,
    at: &Endpoint,
) -> (&'a ProviderSettings, ServerLore) {
    let settings = config.providers.get(&at.provider).unwrap_or(&config.provider);
    (settings, known.of_server(&settings.base_url))
}

/// What is known of a model. A person who has its tools told in words says that it does not manage
/// the protocol's own.
pub(super) fn known_of(config: &Config, known: &KnownModels, at: &Endpoint) -> Capability {
    let (settings, lore) = server(config, known, at);
    let known = lore.of(&at.model);
    match settings.tools {
        Some(Dialect::Text | Dialect::Schema) => Capability { native: Can::No, ..known },
        Some(Dialect::Native) | None => known,
    }
}

/// Tokens that the window of a rung holds.
pub(super) fn tokens(rung: &Rung) -> u32 {
    u32::try_from(rung.window).unwrap_or(u32::MAX)
}

/// The window that a brief of a task is written for: that of the model that will read it, and never
/// more than that of the one that writes it. `None` when the settings name no model.
pub(super) fn written_for(
    config: &Config,
    known: &KnownModels,
    goal: &Goal,
    task: &TaskId,
) -> Option<Window> {
    let routes = config.routes_as_known(known);
    let own = tokens(routes.planner.as_ref()?);
    let reader = goal.task(task).and_then(|task| {
        let rung = routes.ladder(task.spec.kind)?.rung(task.tier());
        Some(readable_by(config, known, rung))
    });
    Some(Window(reader.map_or(own, |reader| reader.min(own))))
}

/// Tokens of a brief that a model heeds.
fn readable_by(config: &Config, known: &KnownModels, rung: &Rung) -> u32 {
    let window = tokens(rung);
    if known_of(config, known, &rung.at).is_weak() { window.min(WEAK_WINDOW) } else { window }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::{
        agent::{Room, Source},
        config::{Dirs, Overrides},
        domain::State,
        logger::read_line,
    };

    fn config(folder: &Path, text: &str) -> (Config, KnownModels) {
        let dirs =
            Dirs { config: folder.join("c"), data: folder.join("d"), state: folder.join("s") };
        std::fs::create_dir_all(&dirs.config).unwrap();
        std::fs::write(dirs.config_file(), text).unwrap();
        (Config::load(&dirs, Overrides::default()).unwrap(), KnownModels::load(&dirs))
    }

    const MODELS: &str = "models: {planner: big, standard: small, windows: {small: 32000}}\n";

    #[test]
    fn a_brief_is_written_for_the_window_that_its_reader_is_known_to_heed() {
        let temp = tempfile::tempdir().unwrap();
        let mut state = State::default();
        for line in include_str!("../../tests/log/v1.jsonl").lines() {
            state.apply(&read_line(line).unwrap().1);
        }
        let goal = state.goals.values().find(|goal| goal.task(&"greet".into()).is_some()).unwrap();
        let server = "provider: {base_url: \"http://127.0.0.1:1/v1\"}\n";
        let (config, known) = config(temp.path(), &format!("{server}{MODELS}"));
        let window = || written_for(&config, &known, goal, &"greet".into()).map(|one| one.0);
        assert_eq!(window(), Some(32_000));
        let put = |model: &str, record| known.put("http://127.0.0.1:1/v1", model, record);
        let holds = |tokens| Some(Room { tokens, from: Source::Server });
        put("small", Capability { room: holds(16_000), ..Capability::default() });
        assert_eq!(window(), Some(16_000));
        put("small", Capability { native: Can::No, ..Capability::default() });
        assert_eq!(window(), Some(WEAK_WINDOW));
        put("big", Capability { room: holds(4_000), ..Capability::default() });
        assert_eq!(window(), Some(4_000), "never more than the writer's");
    }

    #[test]
    fn a_model_whose_tools_a_person_has_told_in_words_is_led_by_the_hand() {
        for (tools, is_weak) in [("native", false), ("text", true), ("schema", true)] {
            let temp = tempfile::tempdir().unwrap();
            let (config, known) =
                config(temp.path(), &format!("provider: {{tools: {tools}}}\n{MODELS}"));
            let routes = config.routes_as_known(&known);
            let at = routes.planner.unwrap().at;
            assert_eq!(known_of(&config, &known, &at).is_weak(), is_weak, "{tools}");
        }
    }
}
