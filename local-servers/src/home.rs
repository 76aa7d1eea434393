//! Where things are on this machine: Laurel's own folder and the servers' programs.

use crate::ServerError;
use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// Whether this process runs as root, which PostgreSQL refuses and Laurel does not need.
pub fn is_root() -> bool {
    nix::unistd::Uid::effective().is_root()
}

/// Laurel's folder: `LAUREL_HOME`; else `/var/lib/laurel` for root and the user `laurel`; else
/// `~/.local/share/laurel`. `bin/lib.sh` chooses by the same rule.
pub fn laurel_home() -> PathBuf {
    if let Some(home) = variable("LAUREL_HOME") {
        return home.into();
    }
    let user = nix::unistd::Uid::effective();
    let is_laurel =
        nix::unistd::User::from_uid(user).is_ok_and(|user| user.is_some_and(|user| user.name == "laurel"));
    if user.is_root() || is_laurel {
        return PathBuf::from("/var/lib/laurel");
    }
    PathBuf::from(variable("HOME").unwrap_or_else(|| "/".into())).join(".local/share/laurel")
}

/// `LAUREL_NATS_SERVER`, else what `bin/up` installed, else the PATH.
pub fn nats_server() -> Result<PathBuf, ServerError> {
    if let Some(path) = variable("LAUREL_NATS_SERVER") {
        return Ok(path.into());
    }
    let installed = laurel_home().join("bin/nats-server");
    if installed.is_file() {
        return Ok(installed);
    }
    on_path("nats-server").ok_or(ServerError::Missing {
        what: "nats-server",
        advice: "bin/up installs it; or set LAUREL_NATS_SERVER to a nats-server of version 2.14.4 or later",
    })
}

/// The folder with `postgres`, `initdb` and `createdb`: the newest of Debian's, else the PATH.
pub fn postgres_programs() -> Result<PathBuf, ServerError> {
    let debian = Path::new("/usr/lib/postgresql");
    let newest = debian
        .read_dir()
        .into_iter()
        .flatten()
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse::<u32>().ok())
        .filter(|version| *version >= 15 && debian.join(version.to_string()).join("bin/postgres").is_file())
        .max();
    if let Some(version) = newest {
        return Ok(debian.join(version.to_string()).join("bin"));
    }
    let postgres = on_path("postgres").and_then(|program| program.canonicalize().ok());
    postgres.and_then(|program| program.parent().map(Path::to_owned)).ok_or(ServerError::Missing {
        what: "PostgreSQL (15 or later)",
        advice: "bin/up installs it; on Debian: apt-get install postgresql",
    })
}

pub fn redis_server() -> Result<PathBuf, ServerError> {
    on_path("redis-server").or_else(|| on_path("valkey-server")).ok_or(ServerError::Missing {
        what: "Redis (7 or later) or Valkey",
        advice: "bin/up installs it; on Debian: apt-get install redis-server",
    })
}

fn on_path(program: &str) -> Option<PathBuf> {
    let path = variable("PATH")?;
    env::split_paths(&path).map(|folder| folder.join(program)).find(|file| file.is_file())
}

// These name places on this machine, before any process is configured; chassis::config, the door for configuration,
// is not below this crate.
#[allow(clippy::disallowed_methods)]
fn variable(name: &str) -> Option<OsString> {
    env::var_os(name).filter(|value| !value.is_empty())
}
