//! What servers want back with a call as it stands: Gemini's signatures, sealed thoughts.
//!
//! They are kept in memory, not in the log: they are large, say nothing to anyone else, and after a
//! restart there is a way without them.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::{Mutex, PoisonError},
};

use serde_json::Value;

use super::assemble::Keepsake;
use crate::domain::ToolCall;

/// Most bytes that are kept; the oldest give way.
const ROOM: usize = 16 * 1024 * 1024;

/// A call as it is known again: ids alone may be used twice, by two sessions.
type Key = (String, String, String);

/// The keepsakes of all sessions with one server.
#[derive(Debug, Default)]
pub(super) struct Keepsakes(Mutex<Kept>);

#[derive(Debug, Default)]
struct Kept {
    values: BTreeMap<Key, Value>,
    /// Keys from the oldest on, each with its bytes.
    order: VecDeque<(Key, usize)>,
    bytes: usize,
}

fn key(call: &ToolCall) -> Key {
    (call.wire_id.clone(), call.tool.clone(), call.arguments.clone())
}

impl Keepsakes {
    /// Keeps what came with a turn's calls.
    pub(super) fn keep(&self, calls: &[ToolCall], kept: Vec<Keepsake>) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for one in kept {
            let Some(call) = calls.get(one.call) else { continue };
            let key = key(call);
            let bytes = one.value.to_string().len() + key.2.len();
            if all.values.insert(key.clone(), one.value).is_none() {
                all.order.push_back((key, bytes));
                all.bytes += bytes;
            }
            while all.bytes > ROOM
                && let Some((oldest, bytes)) = all.order.pop_front()
            {
                all.values.remove(&oldest);
                all.bytes -= bytes;
            }
        }
    }

    /// What came with a call.
    pub(super) fn of(&self, call: &ToolCall) -> Option<Value> {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.values.get(&key(call)).cloned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::CallId;

    #[test]
    fn the_oldest_give_way_when_there_is_no_more_room() {
        let call = |id: u32| ToolCall {
            id: CallId(0),
            wire_id: format!("c{id}"),
            tool: "read".to_owned(),
            arguments: "{}".to_owned(),
        };
        let kept = Keepsakes::default();
        let value = Value::from("x".repeat(ROOM / 4));
        for id in 0..6 {
            kept.keep(&[call(id)], vec![Keepsake { call: 0, value: value.clone() }]);
        }
        let there: Vec<u32> = (0..6).filter(|id| kept.of(&call(*id)).is_some()).collect();
        assert_eq!(there, [3, 4, 5]);
        kept.keep(&[], vec![Keepsake { call: 3, value: Value::Null }]);
    }
}
