//! What a person's key file brings into conflict, in words: one key for two actions where both
//! count, and a key that it has taken from an action it does not name.

use super::{
    action::Action,
    key::Keys,
    keymap::{Keymap, Layer},
};

impl Keymap {
    /// Every conflict of these bindings, one line each; none in those that chargehand comes with.
    pub fn conflicts(&self) -> Vec<String> {
        let clashes = self.clashes().into_iter().map(|clash| clash.to_string());
        clashes.chain(self.taken_from(&Self::embedded())).collect()
    }

    /// The keys that other actions had and that the person's file has taken from them. An action
    /// that the file gives keys of its own was meant to lose the others.
    fn taken_from(&self, before: &Keymap) -> Vec<String> {
        let mut found = Vec::new();
        for (layer, had) in before.layers() {
            let now = self.of_layer(layer);
            for (keys, action) in had {
                let taker = now.iter().find(|(other, by)| other == keys && by != action);
                let Some((_, by)) = taker else { continue };
                if !self.names(layer, *action) {
                    let (by, from, layer) = (by.id(), action.id(), layer.word());
                    found.push(format!("{layer}: `{keys}` is {by} now and {from} no longer"));
                }
            }
        }
        found
    }

    fn of_layer(&self, wanted: Layer) -> &[(Keys, Action)] {
        self.layers().find(|(layer, _)| *layer == wanted).map_or(&[], |(_, all)| all)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn conflicts(text: &str) -> Vec<String> {
        let mut map = Keymap::embedded();
        assert_eq!(map.merge("keys.yaml", text), Ok(()), "{text}");
        map.conflicts()
    }

    #[test]
    fn what_comes_with_the_program_is_in_no_conflict_and_a_free_key_brings_none() {
        assert!(Keymap::embedded().conflicts().is_empty());
        assert!(conflicts("global: {app.quit: Q}").is_empty());
        assert!(conflicts("global: {app.quit: []}").is_empty());
    }

    #[test]
    fn a_key_that_another_action_had_is_told_with_both() {
        assert_eq!(
            conflicts("global: {app.quit: a}"),
            ["global: `a` is app.quit now and app.answer no longer"]
        );
        assert_eq!(conflicts("plan: {app.quit: a}"), ["Plan: `a` is both app.quit and app.answer"]);
    }

    #[test]
    fn who_gives_both_actions_their_keys_has_meant_it() {
        assert!(conflicts("global: {app.quit: a, app.answer: q}").is_empty());
        assert!(conflicts("global: {app.quit: a, app.answer: []}").is_empty());
    }
}
