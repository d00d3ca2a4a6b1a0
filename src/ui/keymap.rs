//! Which key means what where: layers of bindings, read from YAML, looked up press by press.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use serde::{Deserialize, Deserializer, de};

use super::{
    action::Action,
    key::{Keys, Press},
};
use crate::domain::{YamlFault, not_known, read_own_yaml, read_yaml, text_as};

/// The bindings that chargehand comes with.
pub const DEFAULT_KEYS: &str = include_str!("../../assets/keys.yaml");

/// A set of bindings. Which layers count at a moment follows from what is open and focused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Layer {
    Always,
    Global,
    Movement,
    Plan,
    Session,
    Timeline,
    List,
    Waiting,
    Reader,
    BriefPage,
    Lesson,
    Memory,
    Approval,
    Change,
    Confirm,
    Text,
    Brief,
}

impl Layer {
    /// The layers that are looked through, in order, when this one is on top.
    pub fn stack(self) -> &'static [Layer] {
        match self {
            Layer::Plan => &[Layer::Plan, Layer::Movement, Layer::Global, Layer::Always],
            Layer::Session => &[Layer::Session, Layer::Movement, Layer::Global, Layer::Always],
            Layer::Timeline => &[Layer::Timeline, Layer::Movement, Layer::Global, Layer::Always],
            Layer::Movement => &[Layer::Movement, Layer::Global, Layer::Always],
            Layer::Global => &[Layer::Global, Layer::Always],
            Layer::List => &[Layer::List, Layer::Always],
            Layer::Waiting => &[Layer::Waiting, Layer::Always],
            Layer::Reader => &[Layer::Reader, Layer::Always],
            Layer::BriefPage => &[Layer::BriefPage, Layer::Always],
            Layer::Lesson => &[Layer::Lesson, Layer::Always],
            Layer::Memory => &[Layer::Memory, Layer::Always],
            Layer::Approval => &[Layer::Approval, Layer::Always],
            Layer::Change => &[Layer::Change, Layer::Always],
            Layer::Confirm => &[Layer::Confirm, Layer::Always],
            Layer::Text => &[Layer::Text, Layer::Always],
            Layer::Brief => &[Layer::Brief, Layer::Always],
            Layer::Always => &[Layer::Always],
        }
    }

    /// The layer as it is called in a key file.
    pub fn word(self) -> &'static str {
        match self {
            Layer::Always => "always",
            Layer::Global => "global",
            Layer::Movement => "movement",
            Layer::Plan => "plan",
            Layer::Session => "session",
            Layer::Timeline => "timeline",
            Layer::List => "list",
            Layer::Waiting => "waiting",
            Layer::Reader => "reader",
            Layer::BriefPage => "brief_page",
            Layer::Lesson => "lesson",
            Layer::Memory => "memory",
            Layer::Approval => "approval",
            Layer::Change => "change",
            Layer::Confirm => "confirm",
            Layer::Text => "text",
            Layer::Brief => "brief",
        }
    }

    /// The layers that can be on top.
    pub const TOPS: &'static [Layer] = &[
        Layer::Plan,
        Layer::Session,
        Layer::Timeline,
        Layer::List,
        Layer::Waiting,
        Layer::Reader,
        Layer::BriefPage,
        Layer::Lesson,
        Layer::Memory,
        Layer::Approval,
        Layer::Change,
        Layer::Confirm,
        Layer::Text,
        Layer::Brief,
    ];
}

/// What presses come to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Resolved {
    Action(Action),
    /// More presses are wanted: what each next press would mean.
    Pending(Vec<(Keys, Action)>),
    Nothing,
}

/// A key file that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{file}:{line}:{column}: {what}")]
pub struct DataError {
    pub file: String,
    /// Counted from 1; 0 when unknown.
    pub line: usize,
    pub column: usize,
    pub what: String,
}

impl DataError {
    /// Tells what is wrong with a file's YAML.
    pub fn of(file: &str, fault: YamlFault) -> Self {
        Self { file: file.to_owned(), line: fault.line, column: fault.column, what: fault.what }
    }
}

/// Two actions on one key in one place, or a key that begins another's sequence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Clash {
    pub layer: Layer,
    pub keys: Keys,
    pub first: Action,
    pub second: Action,
}

impl fmt::Display for Clash {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (first, second) = (self.first.id(), self.second.id());
        write!(out, "{:?}: `{}` is both {first} and {second}", self.layer, self.keys)
    }
}

/// The bindings in force.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Keymap {
    layers: BTreeMap<Layer, Vec<(Keys, Action)>>,
    /// The actions to which a person's file has given keys of its own, or none.
    named: BTreeSet<(Layer, Action)>,
}

type File = BTreeMap<Layer, BTreeMap<ActionName, OneOrMany>>;

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct ActionName(Action);

impl<'de> Deserialize<'de> for ActionName {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        text_as(from, "the name of an action", |name| {
            let known: Vec<&str> = Action::ALL.iter().map(|action| action.id()).collect();
            let unknown = || not_known("there is no action", name, &known);
            Action::named(name).map(Self).ok_or_else(unknown)
        })
    }
}

impl<'de> Deserialize<'de> for Layer {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        text_as(from, "the name of a context", |name| {
            let below = [Layer::Always, Layer::Global, Layer::Movement];
            let all: Vec<Layer> = below.iter().chain(Layer::TOPS).copied().collect();
            let known: Vec<&str> = all.iter().map(|layer| layer.word()).collect();
            let unknown = || not_known("there is no context", name, &known);
            all.iter().copied().find(|layer| layer.word() == name).ok_or_else(unknown)
        })
    }
}

/// One of several keys of an action.
struct OneKey(Keys);

impl<'de> Deserialize<'de> for OneKey {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        text_as(from, "a key", |text| Keys::parse(text).map(Self))
    }
}

struct OneOrMany(Vec<Keys>);

impl<'de> Deserialize<'de> for OneOrMany {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl<'de> de::Visitor<'de> for Visitor {
            type Value = OneOrMany;

            fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str("a key or a list of keys")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<OneOrMany, E> {
                Keys::parse(text).map(|keys| OneOrMany(vec![keys])).map_err(E::custom)
            }

            fn visit_seq<A: de::SeqAccess<'de>>(self, mut seq: A) -> Result<OneOrMany, A::Error> {
                let mut all = Vec::new();
                while let Some(OneKey(keys)) = seq.next_element()? {
                    all.push(keys);
                }
                Ok(OneOrMany(all))
            }
        }
        from.deserialize_any(Visitor)
    }
}

impl Keymap {
    /// The bindings that chargehand comes with. Empty only if the embedded file were broken, which
    /// a test rules out.
    pub fn embedded() -> Self {
        let mut map = Self::empty();
        if let Ok(own) = read_own_yaml(DEFAULT_KEYS) {
            map.take(own);
            map.named.clear();
        }
        map
    }

    /// Reads a whole key file.
    pub fn read(file: &str, text: &str) -> Result<Self, DataError> {
        let mut map = Self::empty();
        map.merge(file, text)?;
        map.named.clear();
        Ok(map)
    }

    fn empty() -> Self {
        Self { layers: BTreeMap::new(), named: BTreeSet::new() }
    }

    /// Whether a person's file says itself which keys an action has in a layer.
    pub(super) fn names(&self, layer: Layer, action: Action) -> bool {
        self.named.contains(&(layer, action))
    }

    /// Lays a person's key file over these bindings; nothing changes when it is broken. A key that
    /// it uses for something else is taken from whatever had it in that layer.
    pub fn merge(&mut self, file: &str, text: &str) -> Result<(), DataError> {
        let read: File = read_yaml(text, "a mapping of contexts to actions and their keys")
            .map_err(|fault| DataError::of(file, fault))?;
        self.take(read);
        Ok(())
    }

    fn take(&mut self, read: File) {
        for (layer, actions) in read {
            self.named.extend(actions.keys().map(|ActionName(action)| (layer, *action)));
            let layer = self.layers.entry(layer).or_default();
            layer.retain(|(keys, action)| {
                !actions.contains_key(&ActionName(*action))
                    && !actions.values().any(|many| many.0.contains(keys))
            });
            for (ActionName(action), OneOrMany(many)) in actions {
                layer.extend(many.into_iter().map(|keys| (keys, action)));
            }
        }
    }

    /// What the presses so far mean where `top` is the topmost layer. Earlier layers win.
    pub fn resolve(&self, top: Layer, presses: &[Press]) -> Resolved {
        let mut pending: Vec<(Keys, Action)> = Vec::new();
        for (keys, action) in self.bindings(top) {
            if keys.0 == presses {
                // A sequence already begun in a layer above hides this key.
                return if pending.is_empty() {
                    Resolved::Action(action)
                } else {
                    Resolved::Pending(pending)
                };
            }
            if keys.0.starts_with(presses) {
                let rest = Keys(keys.0[presses.len()..].to_vec());
                if pending.iter().all(|(known, _)| *known != rest) {
                    pending.push((rest, action));
                }
            }
        }
        if pending.is_empty() { Resolved::Nothing } else { Resolved::Pending(pending) }
    }

    /// All bindings, layer by layer.
    pub fn layers(&self) -> impl Iterator<Item = (Layer, &[(Keys, Action)])> {
        self.layers.iter().map(|(layer, bindings)| (*layer, bindings.as_slice()))
    }

    /// All bindings that count where `top` is the topmost layer, the topmost first.
    pub fn bindings(&self, top: Layer) -> impl Iterator<Item = (&Keys, Action)> {
        top.stack()
            .iter()
            .filter_map(|layer| self.layers.get(layer))
            .flatten()
            .map(|(keys, action)| (keys, *action))
    }

    /// The keys of an action where `top` is the topmost layer, as a person reads them.
    pub fn keys_of(&self, top: Layer, action: Action) -> Vec<String> {
        self.bindings(top)
            .filter(|(keys, bound)| {
                *bound == action && self.resolve(top, &keys.0) == Resolved::Action(action)
            })
            .map(|(keys, _)| keys.to_string())
            .collect()
    }

    /// The first key of an action where `top` is the topmost layer; empty when it has none.
    pub fn key_of(&self, top: Layer, action: Action) -> String {
        self.keys_of(top, action).into_iter().next().unwrap_or_default()
    }

    /// Bindings that stand in each other's way within the layers that count together, text fields
    /// and dialogs apart: they hide what is below them on purpose.
    pub fn clashes(&self) -> Vec<Clash> {
        let mut found: Vec<Clash> = Vec::new();
        for top in [Layer::Plan, Layer::Session, Layer::Timeline] {
            self.clashes_in(top, top.stack(), &mut found);
        }
        for layer in self.layers.keys() {
            self.clashes_in(*layer, &[*layer], &mut found);
        }
        found
    }

    fn clashes_in(&self, layer: Layer, stack: &[Layer], found: &mut Vec<Clash>) {
        let all: Vec<&(Keys, Action)> =
            stack.iter().filter_map(|layer| self.layers.get(layer)).flatten().collect();
        for (at, (keys, first)) in all.iter().enumerate() {
            for (other, second) in &all[at + 1..] {
                let meet = keys.0.starts_with(&other.0) || other.0.starts_with(&keys.0);
                if meet && first != second {
                    let shorter = if keys.0.len() < other.0.len() { keys } else { other };
                    let clash =
                        Clash { layer, keys: shorter.clone(), first: *first, second: *second };
                    if !found.contains(&clash) {
                        found.push(clash);
                    }
                }
            }
        }
    }

    /// One row per action that has a key where `top` is the topmost layer: keys, action. This is
    /// what the help shows.
    pub fn help(&self, top: Layer) -> Vec<(String, Action)> {
        let mut seen = Vec::new();
        let mut rows = Vec::new();
        for (_, action) in self.bindings(top) {
            if !seen.contains(&action) {
                seen.push(action);
                let keys = self.keys_of(top, action);
                if !keys.is_empty() {
                    rows.push((keys.join(" or "), action));
                }
            }
        }
        rows
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(text: &str) -> Vec<Press> {
        Keys::parse(text).unwrap_or_default().0
    }

    #[test]
    fn the_embedded_file_reads_and_nothing_in_it_clashes() {
        let map = Keymap::read("keys.yaml", DEFAULT_KEYS);
        assert_eq!(map, Ok(Keymap::embedded()), "a person's file of the same text");
        assert_eq!(map.map(|map| map.clashes()), Ok(vec![]));
    }

    #[test]
    fn every_action_has_a_key_or_stands_in_the_palette() {
        let map = Keymap::embedded();
        for action in Action::ALL {
            let bound = Layer::TOPS.iter().any(|top| !map.keys_of(*top, *action).is_empty());
            assert!(bound, "{action:?} has no key");
        }
    }

    #[test]
    fn no_key_is_needed_that_a_multiplexer_or_a_terminal_keeps_for_itself() {
        let map = Keymap::embedded();
        for top in Layer::TOPS {
            for (keys, action) in map.bindings(*top) {
                let text = keys.to_string();
                let taken = ["Ctrl+B", "Ctrl+O", "Ctrl+P", "Ctrl+T", "Ctrl+N", "Ctrl+Q"];
                assert!(!taken.contains(&text.as_str()), "{action:?}: {text}");
            }
        }
    }

    #[test]
    fn a_sequence_is_pending_until_its_last_press() {
        let map = Keymap::embedded();
        let Resolved::Pending(next) = map.resolve(Layer::Plan, &keys("g")) else {
            panic!("`g` begins sequences")
        };
        assert!(
            next.iter()
                .any(|(keys, action)| { keys.to_string() == "a" && *action == Action::Waiting })
        );
        assert_eq!(map.resolve(Layer::Plan, &keys("g a")), Resolved::Action(Action::Waiting));
        assert_eq!(map.resolve(Layer::Plan, &keys("g ?")), Resolved::Nothing);
    }

    #[test]
    fn a_persons_file_replaces_an_actions_keys_and_takes_them_from_others() {
        let mut map = Keymap::embedded();
        let merged = map.merge("mine.yaml", "plan: {plan.approve: x}\nglobal: {app.quit: []}\n");
        assert_eq!(merged, Ok(()));
        assert_eq!(map.resolve(Layer::Plan, &keys("x")), Resolved::Action(Action::Approve));
        assert_eq!(map.resolve(Layer::Plan, &keys("Space")), Resolved::Nothing);
        assert_eq!(map.resolve(Layer::Plan, &keys("q")), Resolved::Nothing);
        assert_eq!(map.resolve(Layer::Session, &keys("x")), Resolved::Action(Action::Reject));
    }

    #[test]
    fn a_broken_file_changes_nothing_and_says_where_it_is_broken() {
        let mut map = Keymap::embedded();
        let cases = [
            "plan:\n  plan.add: z\n  plan.aprove: x\n",
            "plan:\n  nothing.like.it: x\n",
            "plna:\n  plan.approve: x\n",
            "- plan\n",
            "plan: {plan.add: z}\nplan: {plan.add: y}\n",
            "plan:\n  plan.add: 1\n  plan.drop: {a: b}\n",
            "plan:\n  plan.approve: Cmd+x\n",
            "plan:\n  plan.approve: [x, F99]\n",
            "nowhere:\n  plan.approve: x\n",
            "plan: [",
        ];
        let told: Vec<String> = cases
            .iter()
            .map(|text| {
                map.merge("keys.yaml", text).map_or_else(|e| e.to_string(), |()| "?".into())
            })
            .collect();
        insta::assert_snapshot!(told.join("\n"), @r#"
        keys.yaml:3:3: plan: there is no action `plan.aprove`; did you mean `plan.approve`?
        keys.yaml:2:3: plan: there is no action `nothing.like.it`
        keys.yaml:1:1: there is no context `plna`; did you mean `plan`?
        keys.yaml:1:1: expected a mapping of contexts to actions and their keys, not a list
        keys.yaml:2:1: the key `plan` stands here a second time
        keys.yaml:2:13: plan.plan.add: expected a key or a list of keys, not the number `1`
        keys.yaml:2:17: plan.plan.approve: `Cmd` is not Ctrl, Alt or Shift (in `Cmd+x`)
        keys.yaml:2:21: plan.plan.approve[1]: there is no key `F99`
        keys.yaml:1:1: there is no context `nowhere`; known here are always, global, movement, plan, session, timeline, list, waiting, reader, brief_page, lesson, memory, approval, change, confirm, text, brief
        keys.yaml:2:1: did not find expected node content, while parsing a flow node
        "#);
        assert_eq!(map, Keymap::embedded());
    }

    #[test]
    fn the_help_of_the_plan() {
        let map = Keymap::embedded();
        let rows: Vec<String> = map
            .help(Layer::Plan)
            .into_iter()
            .map(|(keys, action)| format!("{keys:<16} {}", action.doc()))
            .collect();
        insta::assert_snapshot!(rows.join("\n"), @r"
        v                Compare the task's briefs next to what came of each
        Space            Approve a brief, choose in a proposed plan, or release
        A                Approve the proposed plan, or what is chosen of it
        x                Reject a plan or brief, or cancel a task, and say why
        e                Edit the brief or the task here
        E or F4          Edit the brief or the task in your editor
        J                Move the task down
        K                Move the task up
        +                Add a task after this one
        r                Try a failed task again
        s                Drop the task from the plan
        p                Pause the task, or let it go on
        d                Read what the task has changed
        j or Down        Go down
        k or Up          Go up
        Ctrl+D           Go half a page down
        Ctrl+U           Go half a page up
        PgDn             Go a page down
        PgUp             Go a page up
        Home or g g      Go to the top
        End or G         Go to the bottom; a session follows again
        h or Left        Fold
        l or Right       Unfold
        Enter            Open what is at the cursor
        ? or F1          Show the keys that work here
        : or F2          Find any action by name and run it
        a or F3          Open the first thing that waits for you
        g a              List everything that waits for you
        i                Write to the session shown, or state a goal
        g n              State a new goal
        L                Merge the goal's branch into yours once it is complete
        u                Take back your last decision
        Ctrl+R           Decide again what you took back
        g u              Open the text that was left unsaved last
        g t              Throw in a thought; what becomes of it is asked later
        g m              Search everything that ever happened, and the lessons
        g b              Read what the planner was told, exactly as it was sent
        ,                Go back by one event, and show everything as it was
        .                Go on by one event of the past that is shown
        F                Begin a new goal where the past that is shown stood
        /                Find text in the pane; in the timeline, in all memory
        n                Go to the next match
        N                Go to the previous match
        y y              Copy the block or line at the cursor
        y t              Copy the session shown as Markdown
        w                Work in this window once the one that worked has ended
        t t              Take the next colour theme
        t a              Draw with ASCII marks only, or with all
        t z              Let running marks move, or stand still
        t m              Take the mouse (Shift selects text), or leave it alone
        t r              Show what models think, or fold it
        Esc              Close, or leave zoom or search; it decides nothing
        q                Go back, and from the root quit
        Ctrl+Z           Give the terminal back to the shell; fg returns
        1                Focus the plan; again zooms it
        2                Focus the session; again zooms it
        3                Focus the timeline; again zooms it
        Tab              Focus the next pane
        Shift+Tab        Focus the previous pane
        z                Give the focused pane more room
        Z                Give the other panes their room back
        ]                Show the next session
        [                Show the previous session
        Ctrl+C           Empty the open text; otherwise twice in 2 s quits
        Ctrl+L           Draw everything anew
        ");
    }

    #[test]
    fn two_actions_on_one_key_are_reported() {
        let mut map = Keymap::embedded();
        assert_eq!(map.merge("mine.yaml", "plan: {plan.add: [q, g]}"), Ok(()));
        let told: Vec<String> = map.clashes().iter().map(ToString::to_string).collect();
        insta::assert_snapshot!(told.join("\n"), @r"
        Plan: `q` is both plan.add and app.quit
        Plan: `g` is both plan.add and move.top
        Plan: `g` is both plan.add and app.waiting
        Plan: `g` is both plan.add and app.goal
        Plan: `g` is both plan.add and app.drafts
        Plan: `g` is both plan.add and app.capture
        Plan: `g` is both plan.add and memory.open
        Plan: `g` is both plan.add and memory.bill
        ");
    }
}
