//! What a server keeps from one run to the next beside its data: its port and its password, in small files.

use crate::{ServerError, port};
use std::fs;
use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;

/// Makes a folder (and those above it) that only this user may enter.
pub(crate) fn private_folder(folder: &Path) -> Result<(), ServerError> {
    fs::DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(ServerError::file(folder))
}

/// Writes a file that only this user may read.
pub(crate) fn private_file(path: &Path, contents: &str) -> Result<(), ServerError> {
    let mut file = fs::OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(path)
        .map_err(ServerError::file(path))?;
    file.write_all(contents.as_bytes()).map_err(ServerError::file(path))
}

/// The port this folder's server had last time, if it is still free; else another one, which is remembered from now.
pub(crate) fn port(folder: &Path, name: &str) -> Result<u16, ServerError> {
    let path = folder.join(format!("{name}.port"));
    let known = fs::read_to_string(&path).ok().and_then(|text| text.trim().parse().ok());
    if let Some(known) = known.filter(|port| port::is_free(*port)) {
        return Ok(known);
    }
    let chosen = port::free()?;
    private_file(&path, &format!("{chosen}\n"))?;
    Ok(chosen)
}

/// Forgets a port that was taken after all.
pub(crate) fn forget_port(folder: &Path, name: &str) -> Result<(), ServerError> {
    let path = folder.join(format!("{name}.port"));
    match fs::remove_file(&path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(ServerError::File { path, source: error })
        }
        _ => Ok(()),
    }
}

/// A password that is made once and then kept in `folder` (mode 0600): 32 hexadecimal digits.
pub fn secret(folder: &Path, name: &str) -> Result<String, ServerError> {
    private_folder(folder)?;
    let path = folder.join(format!("{name}.secret"));
    match fs::read_to_string(&path) {
        Ok(secret) if !secret.trim().is_empty() => return Ok(secret.trim().to_owned()),
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            return Err(ServerError::File { path, source: error });
        }
        _ => {}
    }
    let secret = random_secret();
    private_file(&path, &format!("{secret}\n"))?;
    Ok(secret)
}

// chassis::random, the door to randomness, is not below this crate; nothing here ends up in an event.
#[allow(clippy::disallowed_methods)]
fn random_secret() -> String {
    format!("{:032x}", rand::random::<u128>())
}

#[allow(clippy::disallowed_methods)]
pub(crate) fn random_in(range: std::ops::Range<u16>) -> u16 {
    rand::random_range(range)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_and_a_password_stay() -> anyhow::Result<()> {
        let folder = tempfile::tempdir()?;
        assert_eq!(port(folder.path(), "x")?, port(folder.path(), "x")?);
        assert_eq!(secret(folder.path(), "x")?, secret(folder.path(), "x")?);
        assert_ne!(secret(folder.path(), "x")?, secret(folder.path(), "y")?);
        Ok(())
    }

    #[test]
    fn a_port_somebody_took_is_replaced_for_good() -> anyhow::Result<()> {
        let folder = tempfile::tempdir()?;
        let first = port(folder.path(), "x")?;
        let taken = std::net::TcpListener::bind(("127.0.0.1", first))?;
        let second = port(folder.path(), "x")?;
        drop(taken);
        assert_ne!(first, second);
        assert_eq!(port(folder.path(), "x")?, second);
        Ok(())
    }
}
