//! One of Laurel's services as a process of its own, with the same control over it as over a server.

use anyhow::{Context, ensure};
use local_servers::{Recipe, Running, free_port};
use nix::sys::signal::Signal;
use std::fs;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

const PROBE_WITHIN: Duration = Duration::from_millis(500);
const BETWEEN_PROBES: Duration = Duration::from_millis(5);
const READY_WITHIN: Duration = Duration::from_secs(30);

/// How to start a service.
#[derive(Debug, Clone)]
pub struct ServiceConfig {
    /// The program's name, and what its log file begins with.
    pub name: &'static str,
    pub program: PathBuf,
    pub arguments: Vec<String>,
    pub replica: usize,
    /// Its whole environment but for what every program gets. `{address}` stands for the address it is to listen on.
    pub variables: Vec<(String, String)>,
    /// Its log goes there.
    pub folder: PathBuf,
}

/// A running service. It ends when the last clone is dropped.
#[derive(Clone)]
pub struct Service {
    running: Running,
    address: SocketAddr,
}

impl Service {
    /// Starts it and waits until it says that it is ready.
    pub async fn start(config: ServiceConfig) -> anyhow::Result<Self> {
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, free_port()?));
        let name = config.name;
        ensure!(config.program.is_file(), "{} is not there: build it first", config.program.display());
        let running = Running::start_aside(Recipe {
            name,
            // The recipe has no environment of its own: env(1) sets it and becomes the program.
            program: PathBuf::from("/usr/bin/env"),
            arguments: arguments(&config, address),
            log: config.folder.join(format!("{name}-{}.log", config.replica)),
            stop: Signal::SIGTERM,
            abandon: Signal::SIGKILL,
            is_ready: Box::new(move |_| is_ready(address).unwrap_or(false)),
        });
        Ok(Self { running: running.await.with_context(|| format!("starting {name}"))?, address })
    }

    /// Returns when it says that it is ready, for example after a thaw.
    pub async fn ready(&self) -> anyhow::Result<()> {
        let (address, pid) = (self.address, self.pid());
        let began = Instant::now();
        while !tokio::task::spawn_blocking(move || is_ready(address).unwrap_or(false)).await? {
            ensure!(began.elapsed() < READY_WITHIN, "process {pid} at {address} is not ready again");
            tokio::time::sleep(BETWEEN_PROBES).await;
        }
        Ok(())
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Resident memory in KiB: now, and at its peak.
    pub fn memory_kib(&self) -> anyhow::Result<(u64, u64)> {
        memory_kib(&self.pid().to_string())
    }
}

impl Deref for Service {
    type Target = Running;
    fn deref(&self) -> &Running {
        &self.running
    }
}

/// The same of any process, by pid or `self`.
pub fn memory_kib(pid: &str) -> anyhow::Result<(u64, u64)> {
    let status = fs::read_to_string(format!("/proc/{pid}/status"))?;
    Ok((kib(&status, "VmRSS").context("no VmRSS")?, kib(&status, "VmHWM").context("no VmHWM")?))
}

/// The folder this program was built into holds the services too.
pub fn built(program: &str) -> anyhow::Result<PathBuf> {
    let own = std::env::current_exe()?;
    Ok(own.parent().unwrap_or(Path::new(".")).join(program))
}

fn arguments(config: &ServiceConfig, address: SocketAddr) -> Vec<String> {
    let variables = config.variables.iter();
    let variables =
        variables.map(|(name, value)| format!("{name}={}", value.replace("{address}", &address.to_string())));
    let program = [config.program.to_string_lossy().into_owned()];
    variables.chain(program).chain(config.arguments.iter().cloned()).collect()
}

fn is_ready(address: SocketAddr) -> std::io::Result<bool> {
    let mut stream = TcpStream::connect_timeout(&address, PROBE_WITHIN)?;
    stream.set_read_timeout(Some(PROBE_WITHIN))?;
    stream.write_all(b"GET /health/ready HTTP/1.0\r\n\r\n")?;
    let mut answer = [0; 12];
    stream.read_exact(&mut answer)?;
    Ok(answer.ends_with(b"200"))
}

fn kib(status: &str, name: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))?;
    line.trim().strip_suffix(" kB")?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_read_from_the_kernels_words() {
        let status = "Name:\tx\nVmHWM:\t   70000 kB\nVmRSS:\t   64000 kB\n";
        assert_eq!(
            (kib(status, "VmRSS"), kib(status, "VmHWM"), kib(status, "VmSwap")),
            (Some(64_000), Some(70_000), None)
        );
    }
}
