//! Where a log may lie: on a local disk, in a folder that nobody else can write.

use std::{
    fs::{self, DirBuilder, File, OpenOptions},
    io::ErrorKind,
    os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt},
    path::Path,
};

use super::error::StoreError;

/// Makes the log's folder if it is not there, for its owner alone (0700).
pub fn make_dir(dir: &Path) -> Result<(), StoreError> {
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(dir)
        .map_err(StoreError::file("making the folder", dir))
}

/// Makes an empty file for its owner alone (0600), unless it is there. Its name is not durable yet.
pub fn make_file(path: &Path) -> Result<(), StoreError> {
    match OpenOptions::new().write(true).create_new(true).mode(0o600).open(path) {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(StoreError::file("creating", path)(error)),
    }
}

/// Makes the names in a folder durable.
pub fn sync_dir(dir: &Path) -> Result<(), StoreError> {
    File::open(dir)
        .and_then(|dir| dir.sync_all())
        .map_err(StoreError::file("syncing the folder", dir))
}

/// Refuses what another user owns or can write; takes away others' right to read.
pub fn guard(path: &Path) -> Result<(), StoreError> {
    let meta = fs::metadata(path).map_err(StoreError::file("looking at", path))?;
    if meta.uid() != rustix::process::geteuid().as_raw() {
        return Err(StoreError::NotOurs { path: path.to_owned(), owner: meta.uid() });
    }
    let mode = meta.permissions().mode() & 0o777;
    if mode & 0o022 != 0 {
        return Err(StoreError::Exposed { path: path.to_owned(), mode });
    }
    if mode & 0o077 != 0 {
        fs::set_permissions(path, fs::Permissions::from_mode(mode & 0o700))
            .map_err(StoreError::file("closing to others", path))?;
    }
    Ok(())
}

/// Refuses a network file system: locks and shared memory do not hold there, and logs break.
#[cfg(target_os = "linux")]
pub fn must_be_local(dir: &Path) -> Result<(), StoreError> {
    let found = rustix::fs::statfs(dir)
        .map_err(|errno| StoreError::file("looking at the file system of", dir)(errno.into()))?;
    // The field's width and sign differ between machines; a magic number is 32 bits on all.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::unnecessary_cast)]
    match network(found.f_type as u32) {
        Some(kind) => Err(StoreError::Network { path: dir.to_owned(), kind: kind.to_owned() }),
        None => Ok(()),
    }
}

/// Elsewhere the switch to the write-ahead log is the only test there is.
#[cfg(not(target_os = "linux"))]
pub fn must_be_local(_dir: &Path) -> Result<(), StoreError> {
    Ok(())
}

/// The network file system of a magic number, from `linux/magic.h` and the systems' own sources.
///
/// FUSE and 9p are not among them: containers and virtual machines serve local disks through both,
/// and where a write-ahead log does not work there, the switch to it fails loudly.
#[cfg(any(target_os = "linux", test))]
fn network(magic: u32) -> Option<&'static str> {
    match magic {
        0x6969 => Some("NFS"),
        0x517B => Some("SMB"),
        0xFF53_4D42 => Some("CIFS"),
        0xFE53_4D42 => Some("SMB2"),
        0x00C3_6400 => Some("Ceph"),
        0x5346_414F => Some("AFS"),
        0x7375_7245 => Some("Coda"),
        0x564C => Some("NCP"),
        0x0BD0_0BD0 => Some("Lustre"),
        0x4750_4653 => Some("GPFS"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn network_file_systems_are_known_and_local_ones_pass() {
        assert_eq!(network(0x6969), Some("NFS"));
        assert_eq!(network(0xFF53_4D42), Some("CIFS"));
        for local in [0xEF53, 0x9123_683E, 0x5846_5342, 0x0102_1994, 0x794C_7630, 0x6573_5546] {
            assert_eq!(network(local), None, "{local:x}");
        }
    }

    #[test]
    fn what_others_can_read_is_closed_and_what_they_can_write_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("log.db");
        fs::write(&file, "").unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).unwrap();
        guard(&file).unwrap();
        assert_eq!(mode(&file), 0o600);

        fs::set_permissions(&file, fs::Permissions::from_mode(0o666)).unwrap();
        assert!(matches!(guard(&file), Err(StoreError::Exposed { mode: 0o666, .. })));
    }

    #[test]
    fn folders_and_files_are_made_for_their_owner_alone() {
        let dir = tempfile::tempdir().unwrap();
        let inner = dir.path().join("a/b");
        make_dir(&inner).unwrap();
        make_file(&inner.join("f")).unwrap();
        make_file(&inner.join("f")).unwrap();
        assert_eq!((mode(&inner), mode(&inner.join("f"))), (0o700, 0o600));
    }
}
