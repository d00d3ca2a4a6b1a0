//! `models`: which model does what, and how each has fared. One function a section.

use serde_json::{Value, json};

use super::{
    capabilities,
    out::{CliError, Exit, data, data_fit},
};
use crate::{
    app::Place,
    config::KnownModels,
    domain::{Counts, Endpoint, Kind, Ledger, Routes, Rung, State, Tier, ledger, lower_bound},
    logger::StoreError,
    ui,
};

/// Columns by which the rest of a long line is set in.
const SET_IN: usize = 6;

pub(super) async fn models(
    place: &Place,
    as_json: bool,
    wish: &capabilities::Probe,
) -> Result<Exit, CliError> {
    let state = match place.read() {
        Ok((engine, _)) => engine.state().clone(),
        Err(crate::app::OpenError::Store(StoreError::Missing(_))) => State::default(),
        Err(error) => return Err(error.into()),
    };
    let (routes, counts) = (place.routes(), ledger(&state));
    let known = KnownModels::load(&place.dirs);
    let looking = capabilities::look(place, &known, wish);
    let (looked, here) = tokio::join!(looking, capabilities::here());
    let looked = looked?;
    if as_json {
        let servers: Vec<Value> = looked.iter().map(capabilities::as_json).collect();
        data(json!({
            "v": 1,
            "roles": roles_json(&routes),
            "records": records_json(&counts),
            "servers": servers,
            "here": capabilities::here_json(&here, &known),
        }));
        return Ok(Exit::Done);
    }
    let told =
        looked.iter().flat_map(|one| [vec![String::new()], capabilities::lines(one)].concat());
    let here = [vec![String::new()], capabilities::here_lines(&here, &known)].concat();
    for line in roles(&routes).into_iter().chain(records(&counts)).chain(told).chain(here) {
        data_fit(&line, SET_IN);
    }
    Ok(Exit::Done)
}

fn shown(rung: &Rung) -> String {
    let Endpoint { provider, model } = &rung.at;
    format!("{} at {} ({} tokens)", ui::line(model), ui::line(provider), ui::count(rung.window))
}

/// Which model each role goes to.
fn roles(routes: &Routes) -> Vec<String> {
    let Some(planner) = &routes.planner else {
        return vec!["no model is configured; name one with --model".to_owned()];
    };
    let mut lines = vec!["roles".to_owned(), format!("  {:<20} {}", "planner", shown(planner))];
    let ladders = routes.ladder.iter().map(|one| (None, one));
    let of_kinds = routes.kinds.iter().map(|(kind, one)| (Some(*kind), one));
    for (kind, ladder) in ladders.chain(of_kinds) {
        for tier in Tier::ALL {
            let role = match kind {
                None => tier.word().to_owned(),
                Some(kind) => format!("{} {}", kind.word(), tier.word()),
            };
            lines.push(format!("  {role:<20} {}", shown(ladder.rung(tier))));
        }
    }
    lines
}

fn roles_json(routes: &Routes) -> Value {
    let rung = |one: &Rung| json!({"provider": one.at.provider, "model": one.at.model, "window": one.window});
    let tiers = |one: &crate::domain::Ladder| json!({"cheap": rung(&one.cheap), "standard": rung(&one.standard), "strong": rung(&one.strong)});
    let kinds: serde_json::Map<String, Value> =
        routes.kinds.iter().map(|(kind, one)| (kind.word().to_owned(), tiers(one))).collect();
    json!({
        "planner": routes.planner.as_ref().map(rung),
        "tiers": routes.ladder.as_ref().map(tiers),
        "kinds": kinds,
    })
}

/// How each model has fared with each kind of task, from the log.
fn records(counts: &Ledger) -> Vec<String> {
    if counts.is_empty() {
        return vec![String::new(), "no attempt has said anything of a model yet".to_owned()];
    }
    let mut lines = vec![
        String::new(),
        format!(
            "{:<10} {:<28} {:>9} {:>8} {:>10}",
            "kind", "model", "succeeded", "at least", "tokens p50"
        ),
    ];
    lines.extend(rows(counts).map(|(kind, model, tally)| {
        let (succeeded, tried) = (tally.succeeded, tally.tried());
        format!(
            "{:<10} {:<28} {:>9} {:>7.0}% {:>10}",
            kind.word(),
            ui::line(model),
            format!("{succeeded}/{tried}"),
            lower_bound(succeeded, tried) * 100.0,
            ui::count(middle(tally)),
        )
    }));
    lines.push(
        "`at least` is the lower end of the 95 % Wilson interval; from 50 % on, a task of the kind \
         starts there"
            .to_owned(),
    );
    lines
}

fn rows(counts: &Ledger) -> impl Iterator<Item = (Kind, &str, &Counts)> {
    counts.iter().flat_map(|(kind, models)| {
        models.iter().map(move |(model, tally)| (*kind, model.as_str(), tally))
    })
}

/// The middle of the tokens that attempts used.
fn middle(tally: &Counts) -> u64 {
    let mut tokens = tally.tokens.clone();
    tokens.sort_unstable();
    tokens.get(tokens.len().saturating_sub(1) / 2).copied().unwrap_or(0)
}

fn records_json(counts: &Ledger) -> Value {
    let rows = rows(counts).map(|(kind, model, tally)| {
        json!({
            "kind": kind,
            "model": model,
            "succeeded": tally.succeeded,
            "tried": tally.tried(),
            "at_least": lower_bound(tally.succeeded, tally.tried()),
            "tokens_p50": middle(tally),
        })
    });
    rows.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_records_are_a_table_of_kinds_and_models() {
        let tally = |succeeded, failed, tokens: &[u64]| Counts {
            succeeded,
            failed,
            tokens: tokens.to_vec(),
        };
        let mut counts = Ledger::new();
        let fixes = counts.entry(Kind::Fix).or_default();
        fixes.insert("small".to_owned(), tally(4, 0, &[9_000, 1_000, 41_000, 12_000]));
        fixes.insert("big".to_owned(), tally(1, 1, &[2_000, 80_000]));
        insta::assert_snapshot!(records(&counts).join("\n"), @"

        kind       model                        succeeded at least tokens p50
        fix        big                                1/2       9%       2.0k
        fix        small                              4/4      51%       9.0k
        `at least` is the lower end of the 95 % Wilson interval; from 50 % on, a task of the kind starts there
        ");
        let values = records_json(&counts);
        assert_eq!(values[1]["model"], "small");
        assert_eq!((&values[1]["succeeded"], &values[1]["tried"]), (&json!(4), &json!(4)));
    }

    #[test]
    fn an_empty_log_says_so() {
        assert!(records(&Ledger::new())[1].contains("no attempt"));
        assert_eq!(roles(&Routes::default()).len(), 1);
    }
}
