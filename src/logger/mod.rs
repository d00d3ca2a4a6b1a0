//! The log and the memory: append-only events in `SQLite`, and all that is recalled from them.
//!
//! One process writes (an advisory lock says which), any number read. An append is one
//! transaction: it is on disk before anything follows from it, and searchable a moment later.
//! What cannot be read is quarantined and named; it never hides the rest.
//!
//! Absent on purpose: any decision. The fold is the domain's; which lessons fit a brief is the
//! planner's; when a log that is not registered may be written is the app's.

mod ahead;
mod around;
pub mod blobs;
pub mod codec;
pub mod db;
pub mod error;
pub mod foreign;
pub mod identity;
pub mod jsonl;
pub mod keep;
pub mod lock;
pub mod mend;
pub mod moment;
pub mod place;
mod prefix;
mod rank;
pub mod recall;
pub mod row;
pub mod schema;
pub mod search;
pub mod seek;
pub mod snapshot;
pub mod store;
pub mod text;
mod wal;
mod words;

#[cfg(test)]
mod sample_goal;
#[cfg(test)]
mod samples;
#[cfg(test)]
pub(crate) use self::samples::notes;

pub use self::{
    blobs::Blobs,
    codec::{DecodeError, KINDS, Stored, decode, encode, kind_of},
    error::StoreError,
    foreign::{Foreign, Imported},
    identity::{Identity, LogId, Registration},
    jsonl::{line, read_line, time},
    keep::{DiskUse, MemorySettings},
    lock::is_written,
    mend::Soundness,
    recall::{Filter, Recall, Recalled, Who},
    row::Quarantined,
    search::{Excerpt, Hit, Order},
    seek::LOOKED_THROUGH,
    store::{Access, Commits, Replayed, Store},
};
