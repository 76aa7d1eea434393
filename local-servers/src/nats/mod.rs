//! nats-server with JetStream: one, or a cluster of three.

pub mod accounts;
mod cluster;
mod settings;

pub use cluster::Cluster;

use crate::server::{Recipe, Running, STOPPED_WITHIN, aside};
use crate::{ServerError, home, leftover, remembered};
use nix::sys::signal::Signal;
use std::fs;
use std::io::{BufRead, BufReader};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

/// The oldest nats-server whose conditional and batch writes were tried and found right.
const OLDEST: (u32, u32, u32) = (2, 14, 4);
const OLDEST_TEXT: &str = "2.14.4";
/// Ends it in good order.
const STOP: Signal = Signal::SIGTERM;
const PROBE_WITHIN: Duration = Duration::from_millis(500);

/// Somebody who may log in, and what they may do.
#[derive(Debug, Clone)]
pub struct User {
    pub name: String,
    pub password: String,
    /// `None`: everything.
    pub permissions: Option<Permissions>,
}

/// Subjects a user may publish and subscribe to. A denial wins over an allowance.
#[derive(Debug, Clone, Default)]
pub struct Permissions {
    pub publish: Vec<String>,
    pub publish_deny: Vec<String>,
    pub subscribe: Vec<String>,
    /// How many messages may be published to whoever a message that was received names for its answers.
    pub answers_max: Option<u32>,
}

#[derive(Debug, Clone)]
pub struct NatsConfig {
    /// Holds the store, the configuration file, the log and the remembered ports.
    pub data_dir: PathBuf,
    /// `None`: the one remembered in `data_dir`, or a free one.
    pub port: Option<u16>,
    /// Empty: anybody may do anything.
    pub users: Vec<User>,
    /// Whether every write reaches the disk before it is acknowledged. Laurel refuses a server that has it off.
    pub sync_always: bool,
    /// The data does not outlive this process: it is killed rather than stopped when dropped.
    pub throwaway: bool,
    /// `max_file_store` in bytes.
    pub store_bytes_max: Option<u64>,
    /// Further top-level settings, in the form of nats-server's configuration file as JSON.
    pub extra: serde_json::Map<String, serde_json::Value>,
}

impl NatsConfig {
    /// Safe settings and no users.
    pub fn new(data_dir: impl Into<PathBuf>) -> Self {
        Self {
            data_dir: data_dir.into(),
            port: None,
            users: Vec::new(),
            sync_always: true,
            throwaway: false,
            store_bytes_max: None,
            extra: serde_json::Map::new(),
        }
    }
}

/// A running nats-server. Cheap to clone; it ends when the last clone is dropped.
#[derive(Clone)]
pub struct NatsServer {
    running: Running,
    port: u16,
    monitor_port: u16,
    users: Arc<[User]>,
}

impl NatsServer {
    /// Starts it and waits until it serves JetStream.
    pub async fn start(config: NatsConfig) -> Result<Self, ServerError> {
        aside(move || Self::start_as(&config, None)).await
    }

    /// A single server (`member` is `None`) or one of a cluster.
    fn start_as(config: &NatsConfig, member: Option<&cluster::Member>) -> Result<Self, ServerError> {
        const TRIES: u32 = 5;
        let mut tries = 0;
        loop {
            tries += 1;
            match Self::try_start(config, member) {
                Err(error) if error.is_port_taken() && config.port.is_none() && tries < TRIES => {
                    remembered::forget_port(&config.data_dir, "nats")?;
                    remembered::forget_port(&config.data_dir, "nats-monitor")?;
                }
                result => return result,
            }
        }
    }

    fn try_start(config: &NatsConfig, member: Option<&cluster::Member>) -> Result<Self, ServerError> {
        let program = home::nats_server()?;
        check_version(&program)?;
        remembered::private_folder(&config.data_dir)?;
        let log = config.data_dir.join("nats-server.log");
        leftover::end(&log, STOP, STOPPED_WITHIN);
        let port = match config.port {
            Some(port) => port,
            None => remembered::port(&config.data_dir, "nats")?,
        };
        let monitor_port = remembered::port(&config.data_dir, "nats-monitor")?;
        let file = config.data_dir.join("nats-server.conf");
        remembered::private_file(&file, &settings::render(config, port, monitor_port, member))?;
        let running = Running::start(Recipe {
            name: "nats-server",
            program,
            arguments: vec!["-c".to_owned(), file.to_string_lossy().into_owned()],
            log,
            stop: STOP,
            abandon: if config.throwaway { Signal::SIGKILL } else { Signal::SIGTERM },
            is_ready: Box::new(move |_| greets(port)),
        })?;
        Ok(Self { running, port, monitor_port, users: config.users.clone().into() })
    }

    /// Where `user` of the broker that was started in `data_dir` connects, running or not; `None` when none was.
    pub fn remembered_url(data_dir: &Path, user: &str) -> Option<String> {
        let kept = |name: String| fs::read_to_string(data_dir.join(name)).ok();
        let (port, password) = (kept("nats.port".to_owned())?, kept(format!("{user}.secret"))?);
        Some(format!("nats://{user}:{}@127.0.0.1:{}", password.trim(), port.trim()))
    }

    /// Where `user` connects, credentials included: `nats://<user>:<password>@127.0.0.1:<port>`. Without credentials
    /// when there is no such user.
    pub fn url(&self, user: &str) -> String {
        let credentials = self.users.iter().find(|known| known.name == user);
        let credentials =
            credentials.map(|user| format!("{}:{}@", user.name, user.password)).unwrap_or_default();
        format!("nats://{credentials}127.0.0.1:{}", self.port)
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    /// The monitoring endpoint (`/jsz`, `/varz`, …), `http://127.0.0.1:<port>`.
    pub fn monitor_url(&self) -> String {
        format!("http://127.0.0.1:{}", self.monitor_port)
    }
}

impl Deref for NatsServer {
    type Target = Running;
    fn deref(&self) -> &Running {
        &self.running
    }
}

/// The server's first line on a new connection is `INFO {…}`; `jetstream` in it says that the store is open.
fn greets(port: u16) -> bool {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let Ok(stream) = TcpStream::connect_timeout(&address, PROBE_WITHIN) else { return false };
    let mut line = String::new();
    let read = stream
        .set_read_timeout(Some(PROBE_WITHIN))
        .and_then(|()| BufReader::new(stream).read_line(&mut line));
    read.is_ok() && line.starts_with("INFO ") && line.contains("\"jetstream\":true")
}

fn check_version(program: &Path) -> Result<(), ServerError> {
    let output = Command::new(program)
        .arg("--version")
        .output()
        .map_err(|source| ServerError::Run { program: program.to_owned(), source })?;
    let text = String::from_utf8_lossy(&output.stdout);
    let found = text.trim().rsplit('v').next().unwrap_or_default().to_owned();
    if version(&found).is_some_and(|version| version >= OLDEST) {
        return Ok(());
    }
    Err(ServerError::TooOld {
        program: program.to_owned(),
        found,
        oldest: OLDEST_TEXT,
        advice: "bin/up installs a newer one; or set LAUREL_NATS_SERVER",
    })
}

/// `2.15.1`, with or without something after a hyphen.
fn version(text: &str) -> Option<(u32, u32, u32)> {
    let mut numbers = text.split('-').next()?.split('.').map(str::parse);
    Some((numbers.next()?.ok()?, numbers.next()?.ok()?, numbers.next()?.ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_compare_as_numbers() {
        assert!(version("2.15.1") > version("2.9.10"));
        assert!(version("2.14.4-RC.1") == Some(OLDEST));
        assert_eq!(version("none"), None);
    }
}
