//! Exercise packages by digest: from the object store, kept in memory. A digest never changes its meaning, so nothing
//! kept can be stale.

use chassis::log::{EventLog, LogError};
use events::package::Package;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// What is kept, in bytes of JSON; the least recently used go first.
const KEPT_MAX_BYTES: usize = 16 << 20;

/// Why a package could not be had.
#[derive(Debug, thiserror::Error)]
pub enum PackageError {
    #[error(transparent)]
    Log(#[from] LogError),
    #[error("the package is not readable: {0}")]
    Malformed(#[from] serde_json::Error),
}

/// Cheap to clone; clones share what is kept.
#[derive(Debug, Clone)]
pub struct PackageCache {
    log: EventLog,
    kept: Arc<Mutex<Kept>>,
}

impl PackageCache {
    pub fn new(log: EventLog) -> Self {
        Self { log, kept: Arc::default() }
    }

    pub async fn get(&self, digest: &str) -> Result<Arc<Package>, PackageError> {
        if let Some(package) = self.lock().get(digest) {
            return Ok(package);
        }
        let bytes = self.log.get_package(digest).await?;
        let package: Arc<Package> = Arc::new(serde_json::from_slice(&bytes)?);
        self.lock().keep(digest, package.clone(), bytes.len(), KEPT_MAX_BYTES);
        Ok(package)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[derive(Debug, Default)]
struct Kept {
    packages: HashMap<String, Entry>,
    bytes: usize,
    /// Goes up with every use.
    uses: u64,
}

#[derive(Debug)]
struct Entry {
    package: Arc<Package>,
    bytes: usize,
    last_use: u64,
}

impl Kept {
    fn get(&mut self, digest: &str) -> Option<Arc<Package>> {
        self.uses += 1;
        let entry = self.packages.get_mut(digest)?;
        entry.last_use = self.uses;
        Some(entry.package.clone())
    }

    fn keep(&mut self, digest: &str, package: Arc<Package>, bytes: usize, bytes_max: usize) {
        self.uses += 1;
        let entry = Entry { package, bytes, last_use: self.uses };
        let replaced = self.packages.insert(digest.to_owned(), entry);
        self.bytes += bytes - replaced.map_or(0, |entry| entry.bytes);
        while self.bytes > bytes_max && self.packages.len() > 1 {
            let oldest = self.packages.iter().min_by_key(|(_, entry)| entry.last_use);
            let Some(oldest) = oldest.map(|(digest, _)| digest.clone()) else { return };
            self.bytes -= self.packages.remove(&oldest).map_or(0, |entry| entry.bytes);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use events::exercise::Limits;
    use events::package::{Checker, Scoring};

    #[test]
    fn the_least_recently_used_goes_first() {
        let package = Arc::new(Package {
            tests: Vec::new(),
            limits: Limits::default(),
            checker: Checker::Exact,
            scoring: Scoring::AllOrNothing,
            early_stop: false,
            solutions: Vec::new(),
        });
        let mut kept = Kept::default();
        kept.keep("a", package.clone(), 40, 100);
        kept.keep("b", package.clone(), 40, 100);
        assert!(kept.get("a").is_some());
        kept.keep("c", package.clone(), 40, 100);
        assert!(kept.get("b").is_none());
        assert!(kept.get("a").is_some() && kept.get("c").is_some());
        kept.keep("c", package, 50, 100);
        assert_eq!(kept.bytes, 90);
    }
}
