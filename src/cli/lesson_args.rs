//! The arguments of `lessons`.

use clap::{Args, Subcommand};

/// A person's word on the lessons. Each but `add` can be taken back with `undo`.
#[derive(Debug, Subcommand)]
pub(super) enum LessonVerb {
    /// Teach a lesson of your own.
    Add {
        #[command(flatten)]
        words: LessonWords,
    },
    /// Put it into every brief.
    Pin {
        /// The lesson, as `lessons` lists it.
        id: String,
    },
    /// Let it be chosen like the others.
    Unpin {
        /// The lesson, as `lessons` lists it.
        id: String,
    },
    /// Say that it holds.
    Confirm {
        /// The lesson, as `lessons` lists it.
        id: String,
    },
    /// Say that it is wrong.
    Refute {
        /// The lesson, as `lessons` lists it.
        id: String,
    },
    /// Change what it says.
    Correct {
        /// The lesson, as `lessons` lists it.
        id: String,
        #[command(flatten)]
        words: LessonWords,
    },
    /// Use it no more.
    Forget {
        /// The lesson, as `lessons` lists it.
        id: String,
    },
    /// Take your last word on it back.
    Undo {
        /// The lesson, as `lessons` lists it.
        id: String,
    },
    /// Offer it in your other projects too.
    General {
        /// The lesson, as `lessons` lists it.
        id: String,
    },
    /// Take over a lesson of another project, as `lessons` offers it.
    Adopt {
        /// The lesson, such as G1.
        id: String,
    },
    /// Keep it to this project.
    Own {
        /// The lesson, as `lessons` lists it.
        id: String,
    },
}

/// What a lesson says.
#[derive(Debug, Args)]
pub(super) struct LessonWords {
    /// When it applies: an error's words, a situation.
    #[arg(long, value_name = "TEXT")]
    pub(super) when: Option<String>,
    /// What to do about it.
    #[arg(long = "do", value_name = "TEXT")]
    pub(super) fix: Option<String>,
    /// A glob of the paths that it concerns; may be given again.
    #[arg(long = "path", value_name = "GLOB")]
    pub(super) paths: Vec<String>,
}
