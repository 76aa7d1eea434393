//! The secrets of a private system: made at the first start, then kept in the data folder with mode 0600.

use access::token::generate_private_key;
use anyhow::Context;
use chassis::seal::MasterKey;
use secrecy::{ExposeSecret, SecretString};
use std::fs;
use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;

/// What the services are given.
#[derive(Debug, Clone)]
pub struct Secrets {
    /// Wraps learners' data keys. Lost: nothing any learner wrote can be read again.
    pub master_key: SecretString,
    /// Keys the digests in claims. Lost or changed: the services refuse to start.
    pub claim_key: SecretString,
    /// Signs access tokens, PEM.
    pub token_private_key: SecretString,
    /// Of the account that owns the shipped exercises.
    pub catalogue_password: SecretString,
}

impl Secrets {
    /// Those of a system that was started before.
    pub fn load(folder: &Path) -> anyhow::Result<Self> {
        anyhow::ensure!(folder.join("claim-key").exists(), "there are no secrets in {}", folder.display());
        Self::load_or_make(folder)
    }

    pub fn load_or_make(folder: &Path) -> anyhow::Result<Self> {
        fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(folder)
            .with_context(|| format!("cannot make {}", folder.display()))?;
        Ok(Self {
            master_key: keep(&folder.join("master-key"), MasterKey::generate_base64)?,
            claim_key: keep(&folder.join("claim-key"), MasterKey::generate_base64)?,
            token_private_key: keep(&folder.join("token-key.pem"), generate_private_key)?,
            catalogue_password: keep(&folder.join("catalogue-password"), MasterKey::generate_base64)?,
        })
    }
}

/// Reads a secret, or makes it. The file appears whole or not at all, so a killed process leaves no half secret.
fn keep(path: &Path, make: impl FnOnce() -> SecretString) -> anyhow::Result<SecretString> {
    match fs::read_to_string(path) {
        Ok(secret) => return Ok(secret.trim_end().to_owned().into()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
        Err(error) => return Err(error).with_context(|| format!("cannot read {}", path.display())),
    }
    let secret: SecretString = make().expose_secret().trim_end().to_owned().into();
    let fresh = path.with_extension("new");
    let write = || {
        let mut file =
            fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&fresh)?;
        file.write_all(secret.expose_secret().as_bytes())?;
        file.sync_all()?;
        fs::rename(&fresh, path)
    };
    write().with_context(|| format!("cannot write {}", path.display()))?;
    Ok(secret)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_made_once() -> anyhow::Result<()> {
        let folder = tempfile::tempdir()?;
        let first = Secrets::load_or_make(&folder.path().join("secrets"))?;
        let second = Secrets::load_or_make(&folder.path().join("secrets"))?;
        assert_eq!(first.master_key.expose_secret(), second.master_key.expose_secret());
        assert_eq!(first.token_private_key.expose_secret(), second.token_private_key.expose_secret());
        assert_ne!(first.master_key.expose_secret(), first.claim_key.expose_secret());
        Ok(())
    }
}
