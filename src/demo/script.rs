//! A script: what a model says in answer to what. Written in YAML, bounded, unknown keys refused.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use super::{
    conversation::Conversation,
    take::{Cite, Take},
};
use crate::domain::{Overgrown, guard_yaml};

/// Most scenes that a script may have.
pub const MAX_SCENES: usize = 1_000;

/// A whole script: scenes in the order in which they are tried.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Script {
    /// Names listed by `GET /v1/models`.
    #[serde(default = "one_model")]
    pub models: Vec<String>,
    /// Milliseconds between two pieces of an answer, unless the scene has its own.
    #[serde(default)]
    pub pace: u64,
    /// How often a scene may be played, unless it says otherwise itself.
    #[serde(default)]
    pub play: Play,
    pub scenes: Vec<Scene>,
}

fn one_model() -> Vec<String> {
    vec!["demo".to_owned()]
}

/// How often a scene may be played.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Play {
    #[default]
    Once,
    /// Whenever it fits: the answer then depends on the conversation alone.
    Always,
}

/// One answer, and when it is given.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scene {
    /// Shown when a test asks which scene was played.
    #[serde(default)]
    pub name: String,
    #[serde(default)]
    pub when: When,
    /// Words taken out of the conversation, put where `{{name}}` stands in what is said.
    #[serde(default)]
    pub take: BTreeMap<String, Take>,
    /// Numbers of events taken out of it, put into a list where `{{name}}` stands in one.
    #[serde(default)]
    pub cite: BTreeMap<String, Cite>,
    #[serde(default)]
    pub say: Say,
    #[serde(default)]
    pub fault: Option<Fault>,
    #[serde(default)]
    pub play: Option<Play>,
}

/// What a request must look like. An empty condition fits every request.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct When {
    pub role: Option<Role>,
    pub model: Option<String>,
    /// Texts that must all stand in the messages.
    pub contains: Vec<String>,
    /// Texts none of which may stand in the messages.
    pub lacks: Vec<String>,
    /// Texts that must all stand in what came since the model last spoke.
    pub last: Vec<String>,
    /// A part of the messages and the texts that must all stand in it.
    pub part: Option<Part>,
    /// Exactly this many tool results so far, those of interrupted calls not counted.
    pub results: Option<u32>,
    /// At least this many tool results so far.
    pub results_from: Option<u32>,
    /// Exactly this many turns of the model so far.
    pub turns: Option<u32>,
}

/// The messages from the first `after` on, as far as `until`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Part {
    pub after: String,
    pub until: String,
    pub contains: Vec<String>,
}

impl Part {
    fn fits(&self, text: &str) -> bool {
        let Some((_, rest)) = text.split_once(self.after.as_str()) else { return false };
        let part = rest.split(self.until.as_str()).next().unwrap_or(rest);
        self.contains.iter().all(|text| part.contains(text.as_str()))
    }
}

/// Whose session it is, told by the tool that only this kind of session has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Offers `propose_plan`.
    Plan,
    /// Offers `write_brief`.
    Brief,
    /// Offers `finish`.
    Execute,
    /// Offers `judge`.
    Review,
}

impl Role {
    /// The role that a tool's name gives away.
    pub fn of_tool(name: &str) -> Option<Role> {
        match name {
            "propose_plan" => Some(Role::Plan),
            "write_brief" => Some(Role::Brief),
            "finish" => Some(Role::Execute),
            "judge" => Some(Role::Review),
            _ => None,
        }
    }
}

/// What the model says.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Say {
    pub reasoning: String,
    pub text: String,
    pub calls: Vec<Call>,
    /// Milliseconds between two pieces of this answer.
    pub pace: Option<u64>,
    /// The finish reason, where it is not the one that follows from the calls.
    pub finish: Option<String>,
}

/// A tool call that the model makes.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Call {
    pub tool: String,
    #[serde(default)]
    pub arguments: Value,
    /// The arguments letter for letter, to send what is not JSON.
    #[serde(default)]
    pub raw: Option<String>,
}

/// Something that goes wrong on the way.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Fault {
    /// A raw answer instead of what is said.
    Answer {
        status: u16,
        #[serde(default = "json_type")]
        content_type: String,
        #[serde(default)]
        headers: BTreeMap<String, String>,
        #[serde(default)]
        body: String,
    },
    /// The connection is closed after this many bytes of the body.
    Cut { after: usize },
    /// Nothing more comes after this many bytes of the body; the connection stays open.
    Stall { after: usize },
}

fn json_type() -> String {
    "application/json".to_owned()
}

/// Why a script cannot be played.
#[derive(Debug, thiserror::Error)]
pub enum ScriptError {
    /// Nobody writes such a script.
    #[error("the script is not read: {0}")]
    Overgrown(#[from] Overgrown),
    /// The text names line and column where the parser knows them.
    #[error("the script does not parse: {0}")]
    Malformed(#[from] serde_yaml::Error),
    /// The scene is counted from 1.
    #[error("scene {scene}{name}: {what}")]
    Scene { scene: usize, name: String, what: String },
    /// More scenes than anyone wrote by hand.
    #[error("the script has {0} scenes; at most {MAX_SCENES} are read")]
    TooMany(usize),
}

impl Script {
    /// Reads a script, or says what is wrong and where.
    pub fn parse(yaml: &str) -> Result<Script, ScriptError> {
        guard_yaml(yaml)?;
        let script: Script = serde_yaml::from_str(yaml)?;
        if script.scenes.len() > MAX_SCENES {
            return Err(ScriptError::TooMany(script.scenes.len()));
        }
        for (at, scene) in script.scenes.iter().enumerate() {
            if let Err(what) = scene.check() {
                let name = match scene.name.as_str() {
                    "" => String::new(),
                    name => format!(" ({name})"),
                };
                return Err(ScriptError::Scene { scene: at + 1, name, what });
            }
        }
        Ok(script)
    }

    /// The same script with no waiting between pieces: for tests and for a run without a screen.
    #[must_use]
    pub fn hurried(mut self) -> Script {
        self.pace = 0;
        for scene in &mut self.scenes {
            scene.say.pace = None;
        }
        self
    }

    /// The place of the first scene that fits and may still be played; `played` counts how often
    /// each was.
    pub fn scene_for(&self, conversation: &Conversation, played: &[u32]) -> Option<usize> {
        self.scenes.iter().enumerate().position(|(at, scene)| {
            let may = match scene.play.unwrap_or(self.play) {
                Play::Once => played.get(at).is_none_or(|times| *times == 0),
                Play::Always => true,
            };
            may && scene.when.fits(conversation)
        })
    }
}

impl Scene {
    fn check(&self) -> Result<(), String> {
        let silent = self.say.text.is_empty()
            && self.say.reasoning.is_empty()
            && self.say.calls.is_empty()
            && self.say.finish.is_none();
        if silent && !matches!(self.fault, Some(Fault::Answer { .. })) {
            return Err("it says nothing; give `say` a text or a call, or a `fault`".to_owned());
        }
        for call in &self.say.calls {
            if call.raw.is_none() && !call.arguments.is_object() && !call.arguments.is_null() {
                return Err(format!("the arguments of `{}` are not a mapping", call.tool));
            }
        }
        match &self.fault {
            Some(Fault::Answer { status, .. }) if !(100..=599).contains(status) => {
                Err(format!("{status} is not an HTTP status"))
            }
            Some(Fault::Answer { .. } | Fault::Cut { .. } | Fault::Stall { .. }) | None => Ok(()),
        }
    }
}

impl When {
    /// Whether a conversation is as this wants it.
    pub fn fits(&self, conversation: &Conversation) -> bool {
        self.role.is_none_or(|role| conversation.role == Some(role))
            && self.model.as_ref().is_none_or(|model| *model == conversation.model)
            && self.part.as_ref().is_none_or(|part| part.fits(&conversation.text))
            && self.results.is_none_or(|results| conversation.results == results)
            && self.results_from.is_none_or(|results| conversation.results >= results)
            && self.turns.is_none_or(|turns| conversation.turns == turns)
            && self.contains.iter().all(|text| conversation.text.contains(text.as_str()))
            && !self.lacks.iter().any(|text| conversation.text.contains(text.as_str()))
            && self.last.iter().all(|text| conversation.last.contains(text.as_str()))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::domain::YAML_BYTES;

    fn conversation(text: &str) -> Conversation {
        let body = json!({ "model": "m", "messages": [{ "role": "user", "content": text }] });
        Conversation::of(&body)
    }

    fn script(yaml: &str) -> Script {
        Script::parse(yaml).unwrap()
    }

    #[test]
    fn the_first_scene_that_fits_and_is_not_used_up_is_played() {
        let script = script(
            "scenes:\n- when: {contains: [red]}\n  say: {text: a}\n- play: always\n  say: {text: b}\n",
        );
        assert_eq!(script.scene_for(&conversation("red"), &[0, 0]), Some(0));
        assert_eq!(script.scene_for(&conversation("red"), &[1, 0]), Some(1));
        assert_eq!(script.scene_for(&conversation("blue"), &[0, 9]), Some(1));
    }

    #[test]
    fn a_scene_that_lacks_a_text_does_not_fit_where_it_stands() {
        let script = script("scenes:\n- when: {lacks: [red]}\n  say: {text: a}\n");
        assert_eq!(script.scene_for(&conversation("red"), &[]), None);
        assert_eq!(script.scene_for(&conversation("blue"), &[]), Some(0));
    }

    #[test]
    fn an_unknown_key_is_refused_with_its_line() {
        let fault = Script::parse("scenes:\n- say: {text: a}\n  wen: {}\n").unwrap_err();
        let text = fault.to_string();
        assert!(text.contains("wen") && text.contains("line 3"), "{text}");
    }

    #[test]
    fn a_part_is_looked_at_alone() {
        let script = script(
            "scenes:\n- when: {part: {after: '# Task', until: '# ', contains: [red]}}\n  say: {text: a}\n",
        );
        assert_eq!(script.scene_for(&conversation("# Task\nred\n# Other\nblue"), &[]), Some(0));
        assert_eq!(script.scene_for(&conversation("# Task\nblue\n# Other\nred"), &[]), None);
        assert_eq!(script.scene_for(&conversation("red"), &[]), None);
    }

    #[test]
    fn a_silent_scene_is_refused_by_its_number_and_name() {
        let fault = Script::parse("scenes:\n- say: {text: a}\n- name: mute\n").unwrap_err();
        assert!(fault.to_string().starts_with("scene 2 (mute): it says nothing"), "{fault}");
    }

    #[test]
    fn arguments_that_are_no_mapping_are_refused() {
        let fault =
            Script::parse("scenes:\n- say: {calls: [{tool: read, arguments: [1]}]}\n").unwrap_err();
        assert!(fault.to_string().contains("`read` are not a mapping"), "{fault}");
    }

    #[test]
    fn a_script_over_the_limit_is_not_read() {
        let fault = Script::parse(&" ".repeat(YAML_BYTES + 1)).unwrap_err();
        assert!(matches!(fault, ScriptError::Overgrown(_)), "{fault}");
    }

    #[test]
    fn an_alias_bomb_is_refused() {
        let mut bomb = String::from("a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n");
        for level in 1..12 {
            let below = format!("*a{},", level - 1).repeat(10);
            let line = format!("a{level}: &a{level} [{below}]\n");
            bomb.push_str(&line);
        }
        bomb.push_str("scenes: *a11\n");
        assert!(Script::parse(&bomb).is_err());
    }

    #[test]
    fn a_hurried_script_waits_nowhere() {
        let script = script("pace: 9\nscenes:\n- say: {text: a, pace: 7}\n").hurried();
        assert_eq!((script.pace, script.scenes[0].say.pace), (0, None));
    }
}
