//! Two boxes that talk with each other.

use crate::sandbox::SandboxError;
use nix::fcntl::OFlag;
use nix::unistd::pipe2;
use std::os::fd::OwnedFd;
use std::sync::{Mutex, PoisonError};

/// What one box has instead of its standard input and output. Its start takes them, so that afterwards nobody else holds
/// them and each side sees the other's end.
#[derive(Debug)]
pub struct Wires {
    stdin: Mutex<Option<OwnedFd>>,
    stdout: Mutex<Option<OwnedFd>>,
}

impl Wires {
    /// For two boxes: what the one prints the other reads.
    pub fn crossed() -> Result<[Self; 2], SandboxError> {
        let pipe = || pipe2(OFlag::O_CLOEXEC).map_err(SandboxError::system("making a pipe"));
        let ((one_reads, other_writes), (other_reads, one_writes)) = (pipe()?, pipe()?);
        Ok([Self::new(one_reads, one_writes), Self::new(other_reads, other_writes)])
    }

    fn new(stdin: OwnedFd, stdout: OwnedFd) -> Self {
        Self { stdin: Mutex::new(Some(stdin)), stdout: Mutex::new(Some(stdout)) }
    }

    pub(super) fn take_stdin(&self) -> Option<OwnedFd> {
        self.stdin.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    pub(super) fn take_stdout(&self) -> Option<OwnedFd> {
        self.stdout.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}
