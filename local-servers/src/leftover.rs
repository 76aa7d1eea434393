//! A server that outlived its owner: one that was frozen, or slow to end, when whoever started it was killed. It holds the
//! port and the store of the next one, so the next one ends it first.
//!
//! Nobody else's process is ever touched: beside each server's log lies a record of it and of its owner, each told by its
//! pid and the moment it was started, and of the kernel's boot; and a server whose owner still lives is no leftover.

use crate::ServerError;
use crate::process::children_of;
use crate::remembered;
use nix::sys::signal::Signal;
use nix::unistd::Pid;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fd::{AsFd, OwnedFd};
use rustix::process::{PidfdFlags, pidfd_open, pidfd_send_signal};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

const BOOT_ID: &str = "/proc/sys/kernel/random/boot_id";

/// A process, and no other that has its pid later.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Identity {
    pid: i32,
    /// In the kernel's ticks since it booted.
    started: u64,
}

impl Identity {
    /// `None`: there is no such process, or it has ended and nobody has asked how.
    fn of(pid: i32) -> Option<Self> {
        let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
        // The second field may contain anything, but ends at the last parenthesis.
        let mut fields = stat.rsplit_once(')')?.1.split_whitespace();
        let state = fields.next()?;
        let started = fields.nth(18)?.parse().ok()?;
        (!matches!(state, "Z" | "X")).then_some(Self { pid, started })
    }

    fn lives(self) -> bool {
        Self::of(self.pid) == Some(self)
    }

    /// A handle on it, through which no other process can be meant.
    fn open(self) -> Option<OwnedFd> {
        let handle = pidfd_open(rustix::process::Pid::from_raw(self.pid)?, PidfdFlags::empty()).ok()?;
        // Looked at again: before the handle was there, the pid may have come to be another's.
        self.lives().then_some(handle)
    }
}

fn path(log: &Path) -> PathBuf {
    log.with_extension("pid")
}

fn boot() -> String {
    fs::read_to_string(BOOT_ID).unwrap_or_default().trim().to_owned()
}

/// Notes that this process owns a server.
pub(crate) fn note(log: &Path, pid: u32) -> Result<(), ServerError> {
    let own = Identity::of(nix::unistd::getpid().as_raw());
    // A server that has ended already is nobody's leftover.
    let (Some(server), Some(owner)) = (Identity::of(pid.cast_signed()), own) else { return Ok(()) };
    let line = format!("{} {} {} {} {}\n", boot(), owner.pid, owner.started, server.pid, server.started);
    remembered::private_file(&path(log), &line)
}

/// What [`note`] wrote, if it is of this boot: the owner and the server.
fn read(log: &Path) -> Option<(Identity, Identity)> {
    let text = fs::read_to_string(path(log)).ok()?;
    let [noted_boot, numbers @ ..] = &text.split_whitespace().collect::<Vec<_>>()[..] else { return None };
    let [owner_pid, owner_started, pid, started] = numbers else { return None };
    let identity =
        |pid: &str, started: &str| Some(Identity { pid: pid.parse().ok()?, started: started.parse().ok()? });
    let found = (identity(owner_pid, owner_started)?, identity(pid, started)?);
    (*noted_boot == boot()).then_some(found)
}

/// Ends the server that was noted beside this log, if its owner is gone: in good order, or harshly after `patience`.
pub(crate) fn end(log: &Path, stop: Signal, patience: Duration) {
    let Some((owner, server)) = read(log) else { return };
    if owner.lives() {
        return;
    }
    let Some(handle) = server.open() else { return };
    tracing::warn!(pid = server.pid, log = %log.display(), "ending a server that outlived its owner");
    send(&handle, stop);
    send(&handle, Signal::SIGCONT);
    if !ends_within(&handle, patience) {
        let children = children_of(Pid::from_raw(server.pid));
        send(&handle, Signal::SIGKILL);
        for child in children {
            let _gone_meanwhile = nix::sys::signal::kill(child, Signal::SIGKILL);
        }
        ends_within(&handle, patience);
    }
}

fn send(handle: &OwnedFd, signal: Signal) {
    if let Some(signal) = rustix::process::Signal::from_named_raw(signal as i32) {
        let _gone_meanwhile = pidfd_send_signal(handle, signal);
    }
}

fn ends_within(handle: &OwnedFd, patience: Duration) -> bool {
    let limit = Timespec::try_from(patience).ok();
    let mut ended = [PollFd::from_borrowed_fd(handle.as_fd(), PollFlags::IN)];
    poll(&mut ended, limit.as_ref()).is_ok_and(|ended| ended > 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::process::{Child, Command};

    const PATIENCE: Duration = Duration::from_secs(30);

    fn sleeper() -> std::io::Result<Child> {
        Command::new("sleep").arg("600").spawn()
    }

    fn noted(log: &Path, owner: Identity, server: Identity) -> anyhow::Result<()> {
        let line = format!("{} {} {} {} {}", boot(), owner.pid, owner.started, server.pid, server.started);
        Ok(fs::write(path(log), line)?)
    }

    fn identity(child: &Child) -> anyhow::Result<Identity> {
        Identity::of(child.id().cast_signed()).ok_or_else(|| anyhow::anyhow!("it does not run"))
    }

    #[test]
    fn only_what_was_noted_and_whose_owner_is_gone_is_ended() -> anyhow::Result<()> {
        let folder = tempfile::tempdir()?;
        let log = folder.path().join("server.log");
        let mut server = sleeper()?;
        let me = Identity::of(nix::unistd::getpid().as_raw()).ok_or_else(|| anyhow::anyhow!("I run"))?;
        let gone = Identity { started: me.started + 1, ..me };
        let it = identity(&server)?;
        let another = Identity { started: it.started + 1, ..it };

        end(&log, Signal::SIGTERM, PATIENCE);
        note(&log, server.id())?;
        assert_eq!(read(&log), Some((me, it)));
        end(&log, Signal::SIGTERM, PATIENCE);
        noted(&log, gone, another)?;
        end(&log, Signal::SIGTERM, PATIENCE);
        fs::write(path(&log), "rubbish 1 2")?;
        end(&log, Signal::SIGTERM, PATIENCE);
        assert!(it.lives(), "another's process, or a living owner's, was ended");

        noted(&log, gone, it)?;
        end(&log, Signal::SIGTERM, PATIENCE);
        assert!(!it.lives(), "the leftover still runs");
        server.wait()?;
        Ok(())
    }
}
