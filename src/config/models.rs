//! What models cost.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use super::settings::{Config, PriceSettings};
use crate::{
    agent::is_loopback,
    domain::{Endpoint, Price},
};

/// Prices that ship with the program; the user's own win.
const SHIPPED: &str = include_str!("../../assets/models.yaml");

/// The price list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Catalogue {
    own: BTreeMap<String, Price>,
    shipped: Vec<(String, Price)>,
    /// Servers on this machine, by their names.
    local: BTreeSet<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    /// A model's name, or its beginning followed by `*`.
    model: String,
    #[serde(flatten)]
    price: FlatPrice,
}

#[derive(Debug, Deserialize)]
struct FlatPrice {
    input: super::settings::Usd,
    cached: super::settings::Usd,
    output: super::settings::Usd,
}

impl Catalogue {
    /// The shipped prices with the user's own over them.
    pub fn new(config: &Config) -> Self {
        let rows: Vec<Row> = serde_yaml::from_str(SHIPPED).unwrap_or_default();
        let flat = |row: Row| {
            let price = PriceSettings {
                input: row.price.input,
                cached: Some(row.price.cached),
                output: row.price.output,
            };
            (row.model, price.into())
        };
        Self {
            own: config.prices.iter().map(|(name, one)| (name.clone(), (*one).into())).collect(),
            shipped: rows.into_iter().map(flat).collect(),
            local: config
                .servers()
                .filter(|(_, one)| is_loopback(&one.base_url))
                .map(|(name, _)| name.to_owned())
                .collect(),
        }
    }

    /// A model's price: the user's word, then nothing for a server on this machine, then the
    /// shipped list, where the longest fitting name wins. `None`: not known.
    pub fn price(&self, at: &Endpoint) -> Option<Price> {
        let model = at.model.as_str();
        let named = format!("{}/{model}", at.provider);
        if let Some(own) = self.own.get(&named).or_else(|| self.own.get(model)) {
            return Some(*own);
        }
        if self.local.contains(&at.provider) {
            return Some(Price::FREE);
        }
        // Gateways put the maker before the name: `openai/gpt-…`.
        let bare = model.rsplit('/').next().unwrap_or(model);
        self.shipped
            .iter()
            .filter(|(name, _)| match name.strip_suffix('*') {
                Some(start) => bare.starts_with(start),
                None => bare == name,
            })
            .max_by_key(|(name, _)| name.len())
            .map(|(_, price)| *price)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shipped_list_can_be_read() {
        let rows: Vec<Row> = serde_yaml::from_str(SHIPPED).unwrap();
        assert!(rows.len() > 5);
    }

    #[test]
    fn a_local_server_is_free_and_an_unknown_model_has_no_price() {
        let mut config = Config::default();
        let at = config.endpoint("nobody-knows-1");
        assert_eq!(Catalogue::new(&config).price(&at), None);
        config.provider.base_url = "http://127.0.0.1:8089/v1".to_owned();
        assert_eq!(Catalogue::new(&config).price(&at), Some(Price::FREE));
    }
}
