//! Folders for tests, removed when the test ends, or by the next test if this one is killed.

use anyhow::Context;
use std::fs;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// A folder that goes when it is dropped.
#[derive(Debug)]
pub struct TestFolder(TempDir);

impl TestFolder {
    pub fn new() -> anyhow::Result<Self> {
        let root = root()?;
        remove_orphans(&root);
        let prefix = format!("{}-", std::process::id());
        let folder = tempfile::Builder::new().prefix(&prefix).tempdir_in(&root);
        Ok(Self(folder.with_context(|| format!("no folder in {}", root.display()))?))
    }

    pub fn path(&self) -> &Path {
        self.0.path()
    }
}

/// Where all tests of this user have their folders.
pub(crate) fn root() -> anyhow::Result<PathBuf> {
    let user = fs::metadata("/proc/self").map(|me| std::os::unix::fs::MetadataExt::uid(&me))?;
    let root = std::env::temp_dir().join(format!("laurel-tests-{user}"));
    fs::create_dir_all(&root).with_context(|| format!("cannot make {}", root.display()))?;
    Ok(root)
}

/// A killed test cannot clean up: its folder's name begins with a pid that no longer runs.
fn remove_orphans(root: &Path) {
    for entry in fs::read_dir(root).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let pid =
            name.to_str().and_then(|name| name.split_once('-')).and_then(|(pid, _)| pid.parse::<u32>().ok());
        if pid.is_some_and(|pid| !Path::new(&format!("/proc/{pid}")).exists()) {
            let _another_test_was_faster = fs::remove_dir_all(entry.path());
        }
    }
}
