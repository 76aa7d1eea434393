//! One system on one data folder: two of them would run two brokers on the same store.

use anyhow::{Context, bail};
use std::fs::{self, File, TryLockError};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;

/// Held for as long as this value lives. The kernel holds it (flock), so it is also free again after a crash.
#[derive(Debug)]
pub struct FolderLock {
    _file: File,
}

impl FolderLock {
    /// Takes the folder, which is made if it is not there; refuses when a system runs on it.
    pub fn take(folder: &Path) -> anyhow::Result<Self> {
        fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(folder)
            .with_context(|| format!("cannot make {}", folder.display()))?;
        let path = folder.join("lock");
        let file = File::options()
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(&path)
            .with_context(|| format!("cannot open {}", path.display()))?;
        match file.try_lock() {
            Ok(()) => Ok(Self { _file: file }),
            Err(TryLockError::WouldBlock) => bail!(
                "Laurel already runs on this folder: {}; stop that one first, or choose another folder with --data",
                folder.display()
            ),
            Err(TryLockError::Error(error)) => {
                Err(error).with_context(|| format!("cannot lock {}", path.display()))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_taken_by_one_at_a_time() -> anyhow::Result<()> {
        let folder = tempfile::tempdir()?;
        let data = folder.path().join("not/there/yet");
        let first = FolderLock::take(&data)?;
        let second = FolderLock::take(&data).err().context("two have it")?;
        assert!(second.to_string().contains("already runs on this folder"), "{second}");
        drop(first);
        FolderLock::take(&data)?;
        Ok(())
    }
}
