//! Sections of `models`: what each model can do, and which servers this machine has.

use std::{collections::BTreeSet, time::Duration};

use serde_json::{Value, json};

use super::{
    connect::{one_of, shown},
    out::{CliError, say},
};
use crate::{
    agent::{
        Can, Capability, Found, Heard, LOCALS, OpenAi, PROBE_TIME, Source, Speed, discover, probe,
        spots,
    },
    app::Place,
    config::KnownModels,
    domain::Endpoint,
    ui,
};

/// Most models of one server that are told.
const SHOWN: usize = 20;
/// How long a server may take to list its models.
const LIST_TIME: Duration = Duration::from_secs(10);

/// Which models are to be probed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Probe {
    None,
    /// Those that the settings name.
    Configured,
    Named(Vec<String>),
}

/// What is known of the models of one server.
#[derive(Debug)]
pub(super) struct Looked {
    /// Its name in the settings.
    name: String,
    base_url: String,
    /// Each with its record, if there is one; those in use first.
    models: Vec<(String, Option<Capability>)>,
    /// Why the server could not say what it has.
    fault: Option<String>,
}

/// Asks each server of the settings what it has, and probes what is to be probed.
pub(super) async fn look(
    place: &Place,
    known: &KnownModels,
    wish: &Probe,
) -> Result<Vec<Looked>, CliError> {
    let in_use = place.config.models_in_use();
    if *wish == Probe::Configured && in_use.is_empty() {
        return Err(CliError::Usage(
            "no model is configured; name the one to probe: chargehand models --probe NAME".into(),
        ));
    }
    let named: Vec<Endpoint> = match wish {
        Probe::None => Vec::new(),
        Probe::Configured => in_use.iter().cloned().collect(),
        Probe::Named(names) => names.iter().map(|name| place.config.endpoint(name)).collect(),
    };
    let mut all = Vec::new();
    for (name, settings) in place.config.servers() {
        let of_it = |at: &&Endpoint| at.provider == name;
        let mut models: Vec<String> =
            in_use.iter().filter(of_it).map(|at| at.model.clone()).collect();
        let probed: Vec<String> = named.iter().filter(of_it).map(|at| at.model.clone()).collect();
        // A server that no role goes to is not asked.
        if models.is_empty() && probed.is_empty() {
            continue;
        }
        let base_url = &settings.base_url;
        let mut fault = None;
        match one_of(place, settings) {
            Ok(server) => {
                for model in &probed {
                    probed_one(&server, known, base_url, model).await?;
                }
                match tokio::time::timeout(LIST_TIME, server.list_models()).await {
                    Ok(Ok(listed)) => models.extend(probed.into_iter().chain(listed)),
                    Ok(Err(no)) => fault = Some(shown(&no)),
                    Err(_) => fault = Some("it takes too long to list its models".to_owned()),
                }
            }
            Err(no) => fault = Some(no.to_string()),
        }
        let mut seen = BTreeSet::new();
        models.retain(|model| seen.insert(model.clone()));
        let record = |model: String| {
            let record = known.get(base_url, &model);
            (model, record)
        };
        let models = models.into_iter().map(record).collect();
        all.push(Looked { name: name.to_owned(), base_url: base_url.clone(), models, fault });
    }
    Ok(all)
}

async fn probed_one(
    server: &OpenAi,
    known: &KnownModels,
    base_url: &str,
    model: &str,
) -> Result<(), CliError> {
    let seconds = PROBE_TIME.as_secs();
    say(format_args!("probing {}, {seconds} s at most …", ui::line(model)));
    let before = known.get(base_url, model).unwrap_or_default();
    let found = probe(server, model, before, PROBE_TIME).await;
    let found = found.map_err(|fault| CliError::Environment(shown(&fault)))?;
    known.put(base_url, model, found);
    Ok(())
}

/// The lines of the section.
pub(super) fn lines(looked: &Looked) -> Vec<String> {
    let mut lines =
        vec![format!("server {} ({})", ui::line(&looked.name), ui::line(&looked.base_url))];
    if let Some(fault) = &looked.fault {
        lines.push(format!("  {}", ui::line(fault)));
    }
    for (name, record) in looked.models.iter().take(SHOWN) {
        let told = record.as_ref().map_or_else(|| "not probed yet".to_owned(), told);
        lines.push(format!("  {:<32} {told}", ui::line(name)));
    }
    if let Some(more) = looked.models.len().checked_sub(SHOWN).filter(|more| *more > 0) {
        lines.push(format!("  and {more} more"));
    }
    if looked.models.iter().any(|(_, record)| record.is_none()) {
        lines.push("  `chargehand models --probe [NAME]` finds out what a model can do".to_owned());
    }
    lines
}

/// A record as a person reads it.
fn told(known: &Capability) -> String {
    let can = |what: &str, can: Can| match can {
        Can::Unknown => format!("{what}: unknown"),
        Can::Yes => format!("{what}: yes"),
        Can::No => format!("{what}: no"),
    };
    let room = known.room.map_or_else(
        || "window: unknown".to_owned(),
        |room| {
            let from = match room.from {
                Source::Server => "as loaded",
                Source::Refusal => "longer ones were refused",
                Source::Truncation => "longer ones were cut in silence",
            };
            format!("window: {} tokens ({from})", room.tokens)
        },
    );
    let speed = match known.speed {
        Speed::Unknown => "speed: unknown".to_owned(),
        Speed::Slow => "speed: slow, the probe ran out of time".to_owned(),
        Speed::Tokens(tokens) => format!("speed: {tokens:.1} tokens/s"),
    };
    [
        can("tools", known.native),
        can("tools in text", known.text),
        can("held to a schema", known.schema),
        room,
        speed,
    ]
    .join(" · ")
}

/// The section as data.
pub(super) fn as_json(looked: &Looked) -> Value {
    let models: Vec<Value> = looked
        .models
        .iter()
        .map(|(name, record)| json!({"model": name, "capability": record}))
        .collect();
    json!({"name": looked.name, "base_url": looked.base_url, "fault": looked.fault, "models": models})
}

/// The servers of this machine, each with what was heard from it.
pub(super) async fn here() -> Vec<Found> {
    discover(spots(|name| std::env::var(name).ok())).await
}

/// The servers of this machine as data: each with its models, or why there are none.
pub(super) fn here_json(found: &[Found], known: &KnownModels) -> Vec<Value> {
    let one = |one: &Found| {
        let (models, fault): (&[String], _) = match &one.heard {
            Heard::Models(models) => (models, None),
            Heard::NoModel => (&[], Some("a server without a model".to_owned())),
            Heard::Nobody => (&[], Some("nobody there".to_owned())),
            Heard::Unusable(why) => (&[], Some(ui::line(why))),
        };
        let base_url = &one.spot.base_url;
        let record =
            |name: &String| json!({"model": name, "capability": known.get(base_url, name)});
        let models: Vec<Value> = models.iter().map(record).collect();
        json!({"program": one.spot.program, "base_url": base_url, "fault": fault, "models": models})
    };
    found.iter().map(one).collect()
}

/// The lines of the section on this machine's servers, with what is known of their models.
pub(super) fn here_lines(found: &[Found], known: &KnownModels) -> Vec<String> {
    let mut lines = vec!["on this machine".to_owned()];
    let mut unknown = false;
    for one in found {
        let hint = LOCALS.iter().find(|local| local.program == one.spot.program);
        let start = hint.map_or_else(String::new, |local| {
            let (command, more) = local.hint.split_once(", ").unwrap_or((local.hint, ""));
            let more = if more.is_empty() { String::new() } else { format!(", {more}") };
            format!("; to begin: `{command}`{more}")
        });
        let heard = match &one.heard {
            Heard::Models(models) => {
                let shown: Vec<String> =
                    models.iter().take(SHOWN).map(|name| ui::line(name)).collect();
                let more = models.len().saturating_sub(SHOWN);
                let more = if more > 0 { format!(", and {more} more") } else { String::new() };
                format!("{}{more}", shown.join(", "))
            }
            Heard::NoModel => format!("a server without a model{start}"),
            Heard::Nobody => format!("nobody there{start}"),
            Heard::Unusable(why) => ui::line(why),
        };
        lines.push(format!("  {:<16} {:<28} {heard}", one.spot.program, one.spot.base_url));
        let Heard::Models(models) = &one.heard else { continue };
        for name in models.iter().take(SHOWN) {
            match known.get(&one.spot.base_url, name) {
                Some(record) => {
                    lines.push(format!("    {:<30} {}", ui::line(name), told(&record)));
                }
                None => unknown = true,
            }
        }
    }
    if unknown {
        lines.push(
            "  `chargehand models --base-url URL --probe NAME` finds out what one of them can do"
                .to_owned(),
        );
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        agent::{Room, Spot},
        config::Dirs,
    };

    #[test]
    fn a_record_is_told_with_what_is_not_known_of_it() {
        let known = Capability {
            native: Can::No,
            text: Can::Yes,
            room: Some(Room { tokens: 4096, from: Source::Truncation }),
            speed: Speed::Slow,
            ..Capability::default()
        };
        insta::assert_snapshot!(told(&known), @"tools: no · tools in text: yes · held to a schema: unknown · window: 4096 tokens (longer ones were cut in silence) · speed: slow, the probe ran out of time");
    }

    #[test]
    fn servers_of_this_machine_are_told_with_what_to_start() {
        let spot = |program: &str| Spot { program: program.into(), base_url: "http://x/v1".into() };
        let found = [
            Found { spot: spot("Ollama"), heard: Heard::Nobody },
            Found { spot: spot("vLLM"), heard: Heard::Models(vec!["a".into(), "b".into()]) },
            Found { spot: spot("llama.cpp"), heard: Heard::Unusable("it answers 500".into()) },
        ];
        let temp = tempfile::tempdir().unwrap();
        let folder = temp.path().to_owned();
        let dirs = Dirs { config: folder.clone(), data: folder.clone(), state: folder };
        let known = KnownModels::load(&dirs);
        known.put("http://x/v1", "a", Capability { native: Can::Yes, ..Capability::default() });
        let data = here_json(&found, &known);
        assert_eq!(data[0]["fault"], "nobody there");
        assert_eq!(data[1]["models"][0]["capability"]["native"], "yes");
        assert_eq!((&data[1]["models"][1]["model"], &data[2]["models"]), (&"b".into(), &json!([])));
        insta::assert_snapshot!(here_lines(&found, &known).join("\n"), @r"
        on this machine
          Ollama           http://x/v1                  nobody there; to begin: `ollama pull qwen3:8b`
          vLLM             http://x/v1                  a, b
            a                              tools: yes · tools in text: unknown · held to a schema: unknown · window: unknown · speed: unknown
          llama.cpp        http://x/v1                  it answers 500
          `chargehand models --base-url URL --probe NAME` finds out what one of them can do
        ");
    }
}
