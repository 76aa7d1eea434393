//! What the three servers have in common: start and wait until ready, stop, kill, start again, freeze and thaw.

use crate::process::Process;
use crate::{ServerError, leftover};
use nix::sys::signal::Signal;
use std::path::{Path, PathBuf};
use std::process::ExitStatus;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// A server that was killed reads all it has stored before it serves again; one that fails ends, which is seen at once.
const READY_WITHIN: Duration = Duration::from_mins(5);
pub(crate) const STOPPED_WITHIN: Duration = Duration::from_secs(20);
const BETWEEN_PROBES: Duration = Duration::from_millis(5);

/// How to run one server (or one of our own services), every time in the same way.
pub struct Recipe {
    pub name: &'static str,
    pub program: PathBuf,
    pub arguments: Vec<String>,
    pub log: PathBuf,
    /// The signal that ends it in good order.
    pub stop: Signal,
    /// What it gets when its owner goes without stopping it. Harsh for throwaway data, `stop` for data that is kept.
    pub abandon: Signal,
    /// Whether the server with this pid serves; called again and again. Never blocks for long.
    pub is_ready: Box<dyn Fn(u32) -> bool + Send + Sync>,
}

/// A server that was started. Cheap to clone; the server ends when the last clone is dropped.
#[derive(Clone)]
pub struct Running {
    inner: Arc<Inner>,
}

struct Inner {
    recipe: Recipe,
    process: Mutex<Process>,
}

impl Running {
    /// Starts it and waits until it is ready. Blocks; see [`Running::start_aside`].
    pub(crate) fn start(recipe: Recipe) -> Result<Self, ServerError> {
        let process = launch(&recipe)?;
        Ok(Self { inner: Arc::new(Inner { recipe, process: Mutex::new(process) }) })
    }

    /// Starts it and returns when it is ready.
    pub async fn start_aside(recipe: Recipe) -> Result<Self, ServerError> {
        aside(move || Self::start(recipe)).await
    }

    pub fn pid(&self) -> u32 {
        self.inner.process().pid()
    }

    pub fn name(&self) -> &'static str {
        self.inner.recipe.name
    }

    /// What it writes goes to this file.
    pub fn log(&self) -> &Path {
        &self.inner.recipe.log
    }

    /// Ends it in good order (a frozen one is thawed first), killing it if that takes too long.
    pub async fn stop(&self) -> Result<(), ServerError> {
        let inner = Arc::clone(&self.inner);
        aside(move || {
            inner.end(inner.recipe.stop);
            Ok(())
        })
        .await
    }

    /// SIGKILL, to it and its children; returns when it is gone.
    pub async fn kill(&self) -> Result<(), ServerError> {
        self.kill_by(|process| process.signal_all(Signal::SIGKILL)).await
    }

    /// SIGKILL, to nobody else: for a program that answers for its children's end itself, whatever its own.
    pub async fn kill_alone(&self) -> Result<(), ServerError> {
        self.kill_by(|process| process.signal(Signal::SIGKILL)).await
    }

    async fn kill_by(&self, kill: fn(&Process)) -> Result<(), ServerError> {
        let inner = Arc::clone(&self.inner);
        aside(move || {
            let process = inner.process();
            kill(&process);
            process.wait(STOPPED_WITHIN);
            Ok(())
        })
        .await
    }

    /// Starts it again on the same port and data, after stopping it if it still runs; returns when it serves.
    pub async fn restart(&self) -> Result<(), ServerError> {
        let inner = Arc::clone(&self.inner);
        aside(move || {
            inner.end(inner.recipe.stop);
            let started = launch(&inner.recipe)?;
            *inner.process() = started;
            Ok(())
        })
        .await
    }

    /// SIGSTOP, to it and its children: it is there, and answers nothing.
    pub fn pause(&self) {
        let process = self.inner.process();
        process.signal_all(Signal::SIGSTOP);
        process.wait_until_stopped();
    }

    /// SIGCONT.
    pub fn resume(&self) {
        self.inner.process().signal_all(Signal::SIGCONT);
    }

    /// Resolves when the process that runs now has ended, for whatever reason.
    pub async fn ended(&self) -> Option<ExitStatus> {
        let mut told = self.inner.process().told();
        told.wait_for(Option::is_some).await.ok().and_then(|status| *status)
    }
}

impl Inner {
    fn end(&self, signal: Signal) {
        let process = self.process();
        process.signal(signal);
        process.signal_all(Signal::SIGCONT);
        if process.wait(STOPPED_WITHIN).is_none() {
            tracing::warn!(server = self.recipe.name, "did not stop in time and is killed");
            process.signal_all(Signal::SIGKILL);
            process.wait(STOPPED_WITHIN);
        }
    }

    fn process(&self) -> MutexGuard<'_, Process> {
        self.process.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.end(self.recipe.abandon);
    }
}

fn launch(recipe: &Recipe) -> Result<Process, ServerError> {
    let deadline = Instant::now() + READY_WITHIN;
    loop {
        let log_start = std::fs::metadata(&recipe.log).map_or(0, |log| log.len());
        let process = Process::spawn(&recipe.program, &recipe.arguments, &recipe.log, recipe.abandon)?;
        leftover::note(&recipe.log, process.pid())?;
        match wait_until_ready(recipe, &process, log_start, deadline) {
            // A killed PostgreSQL leaves its shared memory behind for as long as its last child needs to notice.
            Err(ServerError::Ended { lines, .. })
                if lines.contains("pre-existing shared memory block") && Instant::now() < deadline =>
            {
                #[allow(clippy::disallowed_methods)] // Nothing tells when the kernel has let go of it.
                std::thread::sleep(BETWEEN_PROBES * 10);
            }
            Err(error) => {
                process.signal_all(Signal::SIGKILL);
                process.wait(STOPPED_WITHIN);
                return Err(error);
            }
            Ok(()) => return Ok(process),
        }
    }
}

fn wait_until_ready(
    recipe: &Recipe,
    process: &Process,
    log_start: u64,
    deadline: Instant,
) -> Result<(), ServerError> {
    let (server, log) = (recipe.name, recipe.log.clone());
    while !(recipe.is_ready)(process.pid()) {
        if let Some(status) = process.wait(BETWEEN_PROBES) {
            return Err(ServerError::Ended { server, status, lines: last_lines(&log, log_start), log });
        }
        if Instant::now() > deadline {
            let lines = last_lines(&log, log_start);
            return Err(ServerError::NotReady { server, seconds: READY_WITHIN.as_secs(), lines, log });
        }
    }
    Ok(())
}

/// What this run wrote last: the log is appended to, and an earlier run's complaints would mislead.
fn last_lines(log: &Path, start: u64) -> String {
    const LINES: usize = 15;
    let text = std::fs::read(log).unwrap_or_default();
    let start = usize::try_from(start).unwrap_or_default().min(text.len());
    let text = String::from_utf8_lossy(&text[start..]);
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(LINES)..].join("\n")
}

/// Runs something that waits for a server where it holds nobody up.
pub(crate) async fn aside<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, ServerError> + Send + 'static,
) -> Result<T, ServerError> {
    tokio::task::spawn_blocking(work).await.unwrap_or(Err(ServerError::Interrupted))
}
