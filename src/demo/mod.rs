//! The scripted goal, and the loopback server that plays it through the real client.
//!
//! The server speaks chat completions and knows nothing of the engine: it answers each request
//! from what stands in it, so that a goal which was killed and begun again finds its words again.
//! The integration tests use it too. Deliberately absent: any way to reach it from another
//! machine, and any knowledge of plans, tasks or worktrees.

pub mod conversation;
pub mod http;
pub mod project;
pub mod reply;
pub mod script;
pub mod server;
pub mod take;
pub mod validate;

pub use self::{
    project::{GOAL, ProjectFile, project, scenario},
    script::{Script, ScriptError},
    server::{Heard, Server},
};
