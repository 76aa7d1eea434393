//! `box-init` as a file of the host, so that it can be mounted into every box. Bubblewrap could also be handed its bytes,
//! but copies them into each box then: measured, a millisecond and a half of six for the 1.1 MiB that a static executable is.
//!
//! The judge's user owns it, and so does whoever runs in a box. They see it through a mount that is read-only, and under
//! Landlock, which lets nothing but `/tmp` be written; its mode lets nobody.

use crate::sandbox::SandboxError;
use std::fs::Permissions;
use std::io::Write;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};
use tempfile::{Builder, TempPath};

/// Goes away with its owner; after a kill the warden removes it.
#[derive(Debug)]
pub struct InitFile {
    content: &'static [u8],
    placed: Mutex<TempPath>,
}

impl InitFile {
    /// In the folder for temporary files, which must let programs be run. A box can read where it lies, so its name says
    /// nothing of us.
    pub fn place(content: &'static [u8]) -> Result<Self, SandboxError> {
        Ok(Self { content, placed: Mutex::new(place(content)?) })
    }

    /// Where it is. Hosts tidy that folder, so it may have to be written again.
    pub fn path(&self) -> Result<PathBuf, SandboxError> {
        let mut placed = self.placed.lock().unwrap_or_else(PoisonError::into_inner);
        // The name alone could have become somebody else's file meanwhile.
        let is_ours =
            |found: std::fs::Metadata| found.is_file() && found.uid() == nix::unistd::geteuid().as_raw();
        if !std::fs::symlink_metadata(&*placed).is_ok_and(is_ours) {
            *placed = place(self.content)?;
        }
        Ok(placed.to_path_buf())
    }
}

fn place(content: &[u8]) -> Result<TempPath, SandboxError> {
    let mut file =
        Builder::new()
            .prefix("box-init-")
            .permissions(Permissions::from_mode(0o500))
            .tempfile()
            .map_err(SandboxError::system("making box-init's file in the folder for temporary files"))?;
    file.write_all(content).map_err(SandboxError::system("writing box-init's file"))?;
    // Nobody may have it open for writing while it is run.
    Ok(file.into_temp_path())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_was_tidied_away_is_written_again() -> anyhow::Result<()> {
        let file = InitFile::place(b"content")?;
        let first = file.path()?;
        assert_eq!(file.path()?, first);
        std::fs::remove_file(&first)?;
        let second = file.path()?;
        assert_eq!(std::fs::read(&second)?, b"content");
        drop(file);
        assert!(!second.exists());
        Ok(())
    }
}
