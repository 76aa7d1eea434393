//! Who ends the boxes that are still being made when the judge dies.
//!
//! Bubblewrap 0.8 arms the parent-death signal of its outer process after it has made the box's first process, and that
//! of the first process later still; meanwhile the first process waits for a word of the outer one, for ever if that is
//! dead. It has run none of the learner's code by then, but it holds the source. The kernel offers nothing that a dying
//! judge could leave behind to end it, so a process does: all bubblewraps of a judge are in the process group of its
//! warden, which sees the judge's end and kills the group, itself included. A box that is ready has left the group (its
//! first process is in a session of its own) and has its death signals.

use crate::sandbox::SandboxError;
use crate::sandbox::init_file::InitFile;
use crate::sandbox::spawn::out_of_the_way;
use nix::fcntl::OFlag;
use nix::spawn::{PosixSpawnAttr, PosixSpawnFileActions, PosixSpawnFlags, posix_spawn};
use nix::sys::signal::{Signal, kill};
use nix::sys::wait::waitpid;
use nix::unistd::{Pid, pipe2};
use std::ffi::{CStr, CString};
use std::os::fd::{AsRawFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;

/// A running warden. Dropped, it ends.
#[derive(Debug)]
pub struct Warden {
    process: Pid,
    /// Never written to: its closing, by whatever kind of end, is the message.
    _alive: OwnedFd,
}

impl Warden {
    /// It takes box-init's file along when the judge is gone.
    pub fn start(program: &InitFile) -> Result<Self, SandboxError> {
        let failed = SandboxError::system("starting the warden");
        let (watched, alive) = pipe2(OFlag::O_CLOEXEC).map_err(&failed)?;
        let watched = out_of_the_way(watched)?;
        let mut actions = PosixSpawnFileActions::init().map_err(&failed)?;
        actions.add_dup2(watched.as_raw_fd(), 0).map_err(&failed)?;
        let attributes = in_group(Pid::from_raw(0))?;
        let path = program.path()?;
        let file = CString::new(path.as_os_str().as_bytes())
            .map_err(|_| SandboxError::Setup("a NUL in the name of a folder".to_owned()))?;
        let arguments = [c"box-warden", c"--warden", &file];
        let process = posix_spawn::<_, _, &CStr>(path.as_path(), &actions, &attributes, &arguments, &[])
            .map_err(&failed)?;
        Ok(Self { process, _alive: alive })
    }

    pub fn process(&self) -> Pid {
        self.process
    }

    /// What puts a new process under this warden.
    pub fn attributes(&self) -> Result<PosixSpawnAttr, SandboxError> {
        in_group(self.process)
    }
}

impl Drop for Warden {
    fn drop(&mut self) {
        // Both can only fail because the process is gone, which is what is wanted.
        let _ = kill(self.process, Signal::SIGKILL);
        let _ = waitpid(self.process, None);
    }
}

fn in_group(group: Pid) -> Result<PosixSpawnAttr, SandboxError> {
    let failed = SandboxError::system("preparing a start");
    let mut attributes = PosixSpawnAttr::init().map_err(&failed)?;
    attributes.set_flags(PosixSpawnFlags::POSIX_SPAWN_SETPGROUP).map_err(&failed)?;
    attributes.set_pgroup(group).map_err(&failed)?;
    Ok(attributes)
}
