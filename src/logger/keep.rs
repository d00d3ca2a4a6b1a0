//! How long whole outputs are kept. The log itself is never shortened: events keep their previews.

use std::time::{Duration, SystemTime};

use serde::{Deserialize, Serialize};

use super::{db, error::StoreError, recall::Recall, store::Store};

/// The person's rule for the memory.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct MemorySettings {
    /// Days that the whole text of a long output is kept; never removed where absent.
    pub outputs_days: Option<u32>,
}

/// What the memory takes on disk, in bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DiskUse {
    /// The log with its index and what is not written back yet.
    pub log: u64,
    pub outputs: u64,
    pub output_count: u64,
}

impl Store {
    /// Removes outputs that are older than the rule says; gives their number and bytes. An output
    /// that came again is as new as its last coming.
    pub fn retire_outputs(
        &self,
        settings: MemorySettings,
        now: SystemTime,
    ) -> Result<(u64, u64), StoreError> {
        let Some(days) = settings.outputs_days else { return Ok((0, 0)) };
        let age = Duration::from_secs(u64::from(days) * 24 * 60 * 60);
        let Some(oldest) = now.checked_sub(age) else { return Ok((0, 0)) };
        let blobs = self.blobs();
        let (mut count, mut bytes) = (0, 0);
        for (digest, size, at) in blobs.all()? {
            if at < oldest {
                blobs.remove(&digest)?;
                count += 1;
                bytes += size;
            }
        }
        Ok((count, bytes))
    }
}

impl Recall {
    /// What the memory takes on disk.
    pub fn disk_use(&self) -> Result<DiskUse, StoreError> {
        let size = |ending: &str| {
            std::fs::metadata(db::beside(self.path(), ending)).map_or(0, |meta| meta.len())
        };
        let all = self.blobs().all()?;
        Ok(DiskUse {
            log: size("") + size("-wal"),
            outputs: all.iter().map(|(_, size, _)| size).sum(),
            output_count: all.len() as u64,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::logger::{samples, store::Access};

    #[test]
    fn outputs_go_by_the_persons_rule_and_never_without_one() {
        let dir = tempfile::tempdir().unwrap();
        let mut store = Store::open(&dir.path().join("log.db"), Access::Write).unwrap();
        store.append(&samples::every()).unwrap();
        let digest = store.blobs().put(b"a long output").unwrap();
        let later = SystemTime::now() + Duration::from_hours(24 * 31);
        let keep = |days| MemorySettings { outputs_days: days };
        let used = store.recall().unwrap().disk_use().unwrap();
        assert_eq!((used.outputs, used.output_count), (13, 1));
        assert!(used.log > 0);
        assert_eq!(store.retire_outputs(keep(None), later).unwrap(), (0, 0));
        assert_eq!(store.retire_outputs(keep(Some(40)), later).unwrap(), (0, 0));
        assert_eq!(store.retire_outputs(keep(Some(30)), later).unwrap(), (1, 13));
        assert!(matches!(store.blobs().get(&digest), Err(StoreError::BlobMissing(_))));
        assert_eq!(store.replay().unwrap().quarantined, []);
    }

    #[test]
    fn a_full_backup_opens_as_the_log_did() {
        let dir = tempfile::tempdir().unwrap();
        let mut store = Store::open(&dir.path().join("log.db"), Access::Write).unwrap();
        store.append(&samples::every()).unwrap();
        let digest = store.blobs().put(b"a long output").unwrap();
        let to = dir.path().join("copy");
        std::fs::create_dir(&to).unwrap();
        for _ in 0..2 {
            store.recall().unwrap().back_up(&to).unwrap();
        }
        let copy = Store::open(&to.join("log.db"), Access::Read).unwrap();
        assert_eq!(copy.log_id(), store.log_id());
        assert_eq!(copy.replay().unwrap().state, store.replay().unwrap().state);
        assert_eq!(copy.blobs().get(&digest).unwrap(), b"a long output");
    }
}
