//! What can go wrong with a server, in words that say what to do.

use std::io;
use std::path::{Path, PathBuf};

#[derive(Debug, thiserror::Error)]
pub enum ServerError {
    #[error("{what} was not found: {advice}")]
    Missing { what: &'static str, advice: &'static str },
    #[error(
        "{program} is version {found}, but {oldest} is the oldest that keeps Laurel's promises: {advice}"
    )]
    TooOld { program: PathBuf, found: String, oldest: &'static str, advice: &'static str },
    #[error("{program} could not be run: {source}")]
    Run { program: PathBuf, source: io::Error },
    #[error("{program} failed ({status}):\n{output}")]
    Tool { program: PathBuf, status: std::process::ExitStatus, output: String },
    #[error("{server} ended while it was starting ({status}); the end of {log}:\n{lines}")]
    Ended { server: &'static str, status: std::process::ExitStatus, log: PathBuf, lines: String },
    #[error("{server} was not ready after {seconds} s; the end of {log}:\n{lines}")]
    NotReady { server: &'static str, seconds: u64, log: PathBuf, lines: String },
    #[error("{path}: {source}")]
    File { path: PathBuf, source: io::Error },
    #[error("no free port on 127.0.0.1 below the ephemeral range")]
    NoPort,
    #[error("PostgreSQL refuses to run as root: run this as an ordinary user (bin/as-laurel does)")]
    Root,
    #[error("the cluster of nats-servers had no leader after {seconds} s")]
    NoLeader { seconds: u64 },
    #[error("the thread that starts the server ended early")]
    Interrupted,
}

impl ServerError {
    pub(crate) fn file(path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::File { path, source }
    }

    /// Somebody took the port between choosing it and the server's binding it.
    pub(crate) fn is_port_taken(&self) -> bool {
        matches!(self, Self::Ended { lines, .. } if lines.to_lowercase().contains("address already in use"))
    }
}
