//! Two boxes that talk with each other.

use crate::sandbox::SandboxError;
use nix::fcntl::OFlag;
use nix::unistd::pipe2;
use std::fs::File;
use std::io::{ErrorKind, copy, sink};
use std::os::fd::OwnedFd;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

/// What one box has instead of its standard input and output. Its start takes them, so that afterwards nobody else can
/// write and each side sees the other's end.
#[derive(Debug)]
pub struct Wires {
    stdin: Mutex<Option<OwnedFd>>,
    stdout: Mutex<Option<OwnedFd>>,
    is_cut: AtomicBool,
}

/// Passes on to one box what the other prints.
///
/// The two are not joined directly, for two reasons. Who prints to a box that has ended, or has closed its input, is not to
/// die of that (`SIGPIPE`), or who ends first would decide. And a box is told of the other's end only after it was noted
/// here: when each box's end is noticed says nothing about which of them caused the other.
#[derive(Debug)]
pub struct Relay {
    from: File,
    to: File,
}

/// Two boxes' wires, and the relays of what the first and the second one print.
pub struct Crossed {
    pub wires: [Wires; 2],
    pub relays: [Relay; 2],
}

impl Crossed {
    pub fn new() -> Result<Self, SandboxError> {
        let pipe = || {
            pipe2(OFlag::O_CLOEXEC)
                .map(|(from, to)| (File::from(from), File::from(to)))
                .map_err(SandboxError::system("making a pipe"))
        };
        let ((first_reads, to_first), (second_reads, to_second)) = (pipe()?, pipe()?);
        let ((from_first, first_writes), (from_second, second_writes)) = (pipe()?, pipe()?);
        Ok(Self {
            wires: [Wires::new(first_reads, first_writes), Wires::new(second_reads, second_writes)],
            relays: [Relay { from: from_first, to: to_second }, Relay { from: from_second, to: to_first }],
        })
    }
}

impl Wires {
    fn new(stdin: File, stdout: File) -> Self {
        let [stdin, stdout] = [stdin, stdout].map(|end| Mutex::new(Some(end.into())));
        Self { stdin, stdout, is_cut: AtomicBool::new(false) }
    }

    pub(super) fn take_stdin(&self) -> Option<OwnedFd> {
        take(&self.stdin)
    }

    pub(super) fn take_stdout(&self) -> Option<OwnedFd> {
        take(&self.stdout)
    }

    /// Ends the box ([`End::Cut`](super::End::Cut)): nobody wants to hear what it has to say. Ends, too, what was not taken
    /// because there was no box.
    pub fn cut(&self) {
        self.is_cut.store(true, Ordering::Relaxed);
        drop((take(&self.stdin), take(&self.stdout)));
    }

    pub(super) fn is_cut(&self) -> bool {
        self.is_cut.load(Ordering::Relaxed)
    }
}

impl Relay {
    /// Returns when the box can print no more: when that was, which the other box has not been told before.
    pub fn run(mut self) -> Result<Instant, SandboxError> {
        let relaying = match copy(&mut self.from, &mut self.to) {
            // Nobody reads any more: what is still printed is forgotten.
            Err(error) if error.kind() == ErrorKind::BrokenPipe => copy(&mut self.from, &mut sink()),
            relayed => relayed,
        };
        let ended = Instant::now();
        relaying.map(|_bytes| ended).map_err(SandboxError::system("relaying between two boxes"))
    }
}

fn take(end: &Mutex<Option<OwnedFd>>) -> Option<OwnedFd> {
    end.lock().unwrap_or_else(PoisonError::into_inner).take()
}
