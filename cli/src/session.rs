//! The session of the last `laurel login`, kept in the user's configuration folder with mode 0600.

use anyhow::Context;
use serde::{Deserialize, Serialize};
use std::fs;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::PathBuf;

/// Where `laurel up` listens unless told otherwise.
pub const DEFAULT_SERVER: &str = "http://127.0.0.1:8080";

/// Who is logged in, and where.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    /// For example `http://127.0.0.1:8080`.
    pub server: String,
    pub handle: String,
    pub access_token: String,
    pub refresh_token: String,
}

impl Session {
    /// The kept session; an error that says what to do when there is none.
    pub fn load() -> anyhow::Result<Self> {
        let path = path()?;
        let text = fs::read_to_string(&path)
            .with_context(|| format!("you are not logged in (no {}); run `laurel login`", path.display()))?;
        serde_json::from_str(&text)
            .with_context(|| format!("{} is damaged; run `laurel login` again", path.display()))
    }

    /// Replaces the kept session in one step, so that a killed process leaves the old or the new one.
    pub fn save(&self) -> anyhow::Result<()> {
        let path = path()?;
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
        }
        let fresh = path.with_extension(format!("{}.new", std::process::id()));
        let write = || {
            let mut file =
                fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&fresh)?;
            file.write_all(&serde_json::to_vec_pretty(self)?)?;
            fs::rename(&fresh, &path)
        };
        write().with_context(|| format!("cannot write {}", path.display()))
    }
}

/// `LAUREL_SESSION`, else `$XDG_CONFIG_HOME/laurel/session.json`, else `~/.config/laurel/session.json`.
fn path() -> anyhow::Result<PathBuf> {
    let mut settings = chassis::config::Settings::from_environment();
    let mut folder = |name: &str| settings.optional::<PathBuf>(name, "where the session is kept");
    if let Some(path) = folder("LAUREL_SESSION") {
        return Ok(path);
    }
    let config = folder("XDG_CONFIG_HOME").or_else(|| folder("HOME").map(|home| home.join(".config")));
    Ok(config.context("neither HOME nor XDG_CONFIG_HOME is set")?.join("laurel/session.json"))
}
