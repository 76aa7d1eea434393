//! Redis (or Valkey) on loopback with a generated password.

use crate::server::{Recipe, Running, STOPPED_WITHIN, aside};
use crate::{ServerError, home, leftover, remembered};
use nix::sys::signal::Signal;
use std::fmt::Write as _;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::ops::Deref;
use std::path::PathBuf;
use std::time::Duration;

/// Ends it in good order.
const STOP: Signal = Signal::SIGTERM;
const PROBE_WITHIN: Duration = Duration::from_millis(500);

#[derive(Debug, Clone)]
pub struct RedisConfig {
    /// Holds the data, the configuration file, the log, the password and the remembered port.
    pub data_dir: PathBuf,
    /// `None`: the one remembered in `data_dir`, or a free one.
    pub port: Option<u16>,
    /// Whether writes are also kept in a file (flushed every second). Boards are refilled from PostgreSQL without it.
    pub append_only: bool,
    /// A harsh end when dropped: for tests.
    pub throwaway: bool,
    /// Further lines of redis.conf, as name and value.
    pub extra: Vec<(String, String)>,
}

impl RedisConfig {
    /// Data that is kept.
    pub fn new(data_dir: impl Into<PathBuf>) -> Self {
        Self { data_dir: data_dir.into(), port: None, append_only: true, throwaway: false, extra: Vec::new() }
    }

    fn render(&self, port: u16, password: &str) -> String {
        let append_only = if self.append_only { "yes" } else { "no" };
        let mut text = format!(
            "bind 127.0.0.1\nport {port}\nrequirepass {password}\ndir \"{}\"\nappendonly {append_only}\n\
             appendfsync everysec\nsave \"\"\ndaemonize no\n",
            self.data_dir.display()
        );
        for (name, value) in &self.extra {
            let _never_fails = writeln!(text, "{name} {value}");
        }
        text
    }
}

/// A running Redis. Cheap to clone; it ends when the last clone is dropped.
#[derive(Clone)]
pub struct RedisServer {
    running: Running,
    password: String,
    port: u16,
}

impl RedisServer {
    /// Starts it and waits until it serves.
    pub async fn start(config: RedisConfig) -> Result<Self, ServerError> {
        aside(move || Self::start_now(&config)).await
    }

    fn start_now(config: &RedisConfig) -> Result<Self, ServerError> {
        const TRIES: u32 = 5;
        let mut tries = 0;
        loop {
            tries += 1;
            match Self::try_start(config) {
                Err(error) if error.is_port_taken() && config.port.is_none() && tries < TRIES => {
                    remembered::forget_port(&config.data_dir, "redis")?;
                }
                result => return result,
            }
        }
    }

    fn try_start(config: &RedisConfig) -> Result<Self, ServerError> {
        remembered::private_folder(&config.data_dir)?;
        let password = remembered::secret(&config.data_dir, "redis")?;
        let log = config.data_dir.join("redis.log");
        leftover::end(&log, STOP, STOPPED_WITHIN);
        let port = match config.port {
            Some(port) => port,
            None => remembered::port(&config.data_dir, "redis")?,
        };
        let file = config.data_dir.join("redis.conf");
        remembered::private_file(&file, &config.render(port, &password))?;
        let login = password.clone();
        let running = Running::start(Recipe {
            name: "Redis",
            program: home::redis_server()?,
            arguments: vec![file.to_string_lossy().into_owned()],
            log,
            stop: STOP,
            abandon: if config.throwaway { Signal::SIGKILL } else { Signal::SIGTERM },
            is_ready: Box::new(move |_| answers(port, &login).unwrap_or(false)),
        })?;
        Ok(Self { running, password, port })
    }

    /// Database 0, credentials included.
    pub fn url(&self) -> String {
        self.url_of(0)
    }

    /// One of the numbered databases, 0 to 15 unless configured otherwise.
    pub fn url_of(&self, database: u32) -> String {
        format!("redis://:{}@127.0.0.1:{}/{database}", self.password, self.port)
    }

    pub fn port(&self) -> u16 {
        self.port
    }
}

impl Deref for RedisServer {
    type Target = Running;
    fn deref(&self) -> &Running {
        &self.running
    }
}

/// It answers `-LOADING` instead of `+PONG` while it reads its file.
fn answers(port: u16, password: &str) -> std::io::Result<bool> {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let mut stream = TcpStream::connect_timeout(&address, PROBE_WITHIN)?;
    stream.set_read_timeout(Some(PROBE_WITHIN))?;
    write!(stream, "AUTH {password}\r\nPING\r\nQUIT\r\n")?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    Ok(answer.contains("+PONG"))
}
