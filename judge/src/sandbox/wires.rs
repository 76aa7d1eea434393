//! Two boxes that talk with each other.

use crate::sandbox::SandboxError;
use crate::sandbox::output::retry_interrupted;
use nix::fcntl::OFlag;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::unistd::pipe2;
use std::fs::File;
use std::io::Read;
use std::os::fd::{AsFd, OwnedFd};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

/// How long draining takes at most to see that it is to end.
const LOOK_EVERY_MS: u16 = 50;
/// Read at once; a pipe holds no more.
const CHUNK_BYTES: usize = 64 << 10;

/// What one box has instead of its standard input and output. Its start takes them, so that afterwards nobody else can
/// write and each side sees the other's end.
///
/// The reading end of its input is kept here too: whoever prints to a box that has ended, or has closed its input, is not to
/// die of that (`SIGPIPE`), or who ends first would decide.
#[derive(Debug)]
pub struct Wires {
    stdin: Mutex<Option<OwnedFd>>,
    stdout: Mutex<Option<OwnedFd>>,
    kept: Mutex<Option<OwnedFd>>,
    is_cut: AtomicBool,
}

impl Wires {
    /// For two boxes: what the one prints the other reads.
    pub fn crossed() -> Result<[Self; 2], SandboxError> {
        let pipe = || pipe2(OFlag::O_CLOEXEC).map_err(SandboxError::system("making a pipe"));
        let ((one_reads, other_writes), (other_reads, one_writes)) = (pipe()?, pipe()?);
        Ok([Self::new(one_reads, one_writes)?, Self::new(other_reads, other_writes)?])
    }

    fn new(stdin: OwnedFd, stdout: OwnedFd) -> Result<Self, SandboxError> {
        let kept = stdin.try_clone().map_err(SandboxError::system("keeping a pipe"))?;
        let [stdin, stdout, kept] = [stdin, stdout, kept].map(|end| Mutex::new(Some(end)));
        Ok(Self { stdin, stdout, kept, is_cut: AtomicBool::new(false) })
    }

    pub(super) fn take_stdin(&self) -> Option<OwnedFd> {
        take(&self.stdin)
    }

    pub(super) fn take_stdout(&self) -> Option<OwnedFd> {
        take(&self.stdout)
    }

    /// Ends the box as if it had been killed from within: nobody wants to hear what it has to say. Ends, too, what was not
    /// taken because there was no box.
    pub fn cut(&self) {
        self.is_cut.store(true, Ordering::Relaxed);
        for end in [&self.stdin, &self.stdout, &self.kept] {
            drop(take(end));
        }
    }

    pub(super) fn is_cut(&self) -> bool {
        self.is_cut.load(Ordering::Relaxed)
    }

    /// Once the box has ended: reads in its place, and forgets, until the other side has ended too or the wires are cut.
    pub fn drain(&self) -> Result<(), SandboxError> {
        let Some(kept) = take(&self.kept) else { return Ok(()) };
        let mut kept = File::from(kept);
        let mut chunk = vec![0; CHUNK_BYTES];
        while !self.is_cut() {
            let mut waiting = [PollFd::new(kept.as_fd(), PollFlags::POLLIN)];
            let ready = retry_interrupted(|| poll(&mut waiting, PollTimeout::from(LOOK_EVERY_MS)))
                .map_err(SandboxError::system("polling a pipe"))?;
            if ready > 0 && kept.read(&mut chunk).map_err(SandboxError::system("draining a pipe"))? == 0 {
                break;
            }
        }
        Ok(())
    }
}

fn take(end: &Mutex<Option<OwnedFd>>) -> Option<OwnedFd> {
    end.lock().unwrap_or_else(PoisonError::into_inner).take()
}
