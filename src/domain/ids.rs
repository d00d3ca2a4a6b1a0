//! Names of things. Slugs are readable and never change; numbers come from the log's own order.

use serde::{Deserialize, Serialize};

/// Place of an event in the log; the only order the domain trusts. The first event is 1.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Seq(pub u64);

/// One run, named after the seq of the event that began it, so that ids need no dice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RunId(pub u64);

/// A question to the person, named after the seq of the event that asked it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct QuestionId(pub u64);

/// A proposed change to the plan, named after the seq of the event that proposed it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ChangeId(pub u64);

/// A thought of the person's, named after the seq of the event that recorded it; shown as `N14`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CaptureId(pub u64);

/// A lesson, named after the seq of the event that recorded it; shown as `L14`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct LessonId(pub u64);

/// A tool call within one attempt, counted from 1 across all of the attempt's runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CallId(pub u32);

/// An attempt's number within its task, counted from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct AttemptNo(pub u32);

macro_rules! slug {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub String);

        impl $name {
            /// The slug as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }

            /// Whether this is a readable slug: 1 to 48 of `a-z 0-9 -`, starting with a letter or digit.
            pub fn is_sound(&self) -> bool {
                let bytes = self.0.as_bytes();
                (1..=48).contains(&bytes.len())
                    && bytes[0] != b'-'
                    && bytes
                        .iter()
                        .all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-'))
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                Self(text.to_owned())
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                // A column pads it.
                out.pad(&self.0)
            }
        }
    };
}

slug! {
    /// A goal's slug; also the last part of its branch `chargehand/<goal>`.
    GoalId
}
slug! {
    /// A task's slug, unique within its goal for ever (a superseded task keeps its own).
    TaskId
}
slug! {
    /// A stage's slug, unique within its plan.
    StageId
}

macro_rules! shown {
    ($($name:ident => $form:literal),* $(,)?) => {$(
        impl std::fmt::Display for $name {
            fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                // A column pads it.
                out.pad(&format!($form, self.0))
            }
        }
    )*};
}

shown! {
    Seq => "{}",
    RunId => "R{}",
    QuestionId => "Q{}",
    ChangeId => "C{}",
    LessonId => "L{}",
    CaptureId => "N{}",
    CallId => "{}",
    AttemptNo => "{}",
}
