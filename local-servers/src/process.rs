//! One child process and the thread that looks after it.
//!
//! The kernel sends the child its `orphan` signal when the *thread* that forked it ends (PR_SET_PDEATHSIG), not the
//! process. So each child has a thread of its own that forks it, waits for it and lives exactly as long; it ends early
//! only together with this whole process.

use crate::ServerError;
use nix::errno::Errno;
use nix::sys::signal::{Signal, kill};
use nix::sys::wait::{Id, WaitPidFlag, waitid};
use nix::unistd::{Pid, getppid};
use std::fs::File;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, mpsc};
use std::time::Duration;
use tokio::sync::watch;

pub(crate) struct Process {
    pid: Pid,
    end: Arc<End>,
}

/// How a child ended, once it has.
struct End {
    status: Mutex<Option<ExitStatus>>,
    changed: Condvar,
    told: watch::Sender<Option<ExitStatus>>,
}

impl Process {
    /// Starts a program with its output appended to `log`.
    pub fn spawn(
        program: &Path,
        arguments: &[String],
        log: &Path,
        orphan: Signal,
    ) -> Result<Self, ServerError> {
        let output = File::options().create(true).append(true).open(log).map_err(ServerError::file(log))?;
        let errors = output.try_clone().map_err(ServerError::file(log))?;
        let mut command = Command::new(program);
        command.args(arguments).stdin(Stdio::null()).stdout(output).stderr(errors);
        // Ctrl-C on a terminal goes to the foreground group: the servers must outlive the services that use them.
        command.process_group(0);
        die_with_thread(&mut command, orphan);

        let end = Arc::new(End {
            status: Mutex::new(None),
            changed: Condvar::new(),
            told: watch::Sender::new(None),
        });
        let (sender, started) = mpsc::channel();
        let theirs = Arc::clone(&end);
        std::thread::spawn(move || look_after(command, &sender, &theirs));
        let pid = started
            .recv()
            .map_err(|_| ServerError::Interrupted)?
            .map_err(|source| ServerError::Run { program: PathBuf::from(program), source })?;
        Ok(Self { pid, end })
    }

    pub fn pid(&self) -> u32 {
        self.pid.as_raw().unsigned_abs()
    }

    pub fn ended(&self) -> Option<ExitStatus> {
        *self.end.lock()
    }

    /// Resolves when the process has ended.
    pub fn told(&self) -> watch::Receiver<Option<ExitStatus>> {
        self.end.told.subscribe()
    }

    /// Sends a signal; nothing happens if the process has ended.
    pub fn signal(&self, signal: Signal) {
        let status = self.end.lock();
        if status.is_none() {
            let _gone_meanwhile = kill(self.pid, signal);
        }
    }

    /// Sends a signal to the process and then to its children (PostgreSQL puts each of them into a group of its own).
    pub fn signal_all(&self, signal: Signal) {
        let children = if self.ended().is_none() { children_of(self.pid) } else { Vec::new() };
        self.signal(signal);
        for child in children {
            let _gone_meanwhile = kill(child, signal);
        }
    }

    /// Waits until it is stopped after a SIGSTOP, which the kernel delivers when it comes to it, or has ended.
    pub fn wait_until_stopped(&self) {
        // Not reaped under this lock, so the pid is still its own.
        let status = self.end.lock();
        let changes = WaitPidFlag::WSTOPPED | WaitPidFlag::WEXITED | WaitPidFlag::WNOWAIT;
        while status.is_none() && waitid(Id::Pid(self.pid), changes) == Err(Errno::EINTR) {}
    }

    /// Waits for the end, at most `limit`.
    pub fn wait(&self, limit: Duration) -> Option<ExitStatus> {
        let status = self.end.lock();
        let (status, _) = self
            .end
            .changed
            .wait_timeout_while(status, limit, |status| status.is_none())
            .unwrap_or_else(PoisonError::into_inner);
        *status
    }
}

impl End {
    fn lock(&self) -> MutexGuard<'_, Option<ExitStatus>> {
        self.status.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn look_after(mut command: Command, started: &mpsc::Sender<std::io::Result<Pid>>, end: &End) {
    let mut child = match command.spawn() {
        Ok(child) => child,
        Err(error) => {
            let _caller_gone = started.send(Err(error));
            return;
        }
    };
    let pid = Pid::from_raw(child.id().cast_signed());
    let _caller_gone = started.send(Ok(pid));
    wait_without_reaping(pid);
    reap(&mut child, end);
}

/// Until it is reaped, its pid belongs to nobody else: whoever signals it holds the lock under which it is reaped.
fn wait_without_reaping(pid: Pid) {
    while waitid(Id::Pid(pid), WaitPidFlag::WEXITED | WaitPidFlag::WNOWAIT) == Err(Errno::EINTR) {}
}

fn reap(child: &mut Child, end: &End) {
    let mut status = end.lock();
    *status = child.wait().ok();
    end.told.send_replace(*status);
    end.changed.notify_all();
}

#[allow(unsafe_code)]
fn die_with_thread(command: &mut Command, orphan: Signal) {
    let parent = nix::unistd::getpid();
    let set_up = move || {
        nix::sys::prctl::set_pdeathsig(orphan)?;
        // The parent may have died before the call above: then nobody would send the signal.
        if getppid() == parent { Ok(()) } else { Err(Errno::ECHILD.into()) }
    };
    // SAFETY: between fork and exec it makes two system calls and allocates nothing.
    unsafe { command.pre_exec(set_up) };
}

pub(crate) fn children_of(parent: Pid) -> Vec<Pid> {
    let processes = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    processes
        .filter_map(|entry| entry.file_name().to_str()?.parse::<i32>().ok())
        .filter(|pid| parent_of(*pid) == Some(parent.as_raw()))
        .map(Pid::from_raw)
        .collect()
}

/// The fourth field of `/proc/<pid>/stat`; the second may contain anything, but ends at the last parenthesis.
fn parent_of(pid: i32) -> Option<i32> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    stat.rsplit_once(')')?.1.split_whitespace().nth(1)?.parse().ok()
}
