//! Starting bubblewrap with exactly the descriptors it is meant to have.

use crate::sandbox::command::{self, Descriptors, PRIVATE_FROM};
use crate::sandbox::process_tree;
use crate::sandbox::warden::Warden;
use crate::sandbox::{BoxSpec, SandboxError, Wires};
use nix::fcntl::{FcntlArg, OFlag, SealFlag, fcntl, open};
use nix::spawn::{PosixSpawnFileActions, posix_spawn};
use nix::sys::memfd::{MFdFlags, memfd_create};
use nix::sys::signal::{Signal, kill};
use nix::sys::stat::Mode;
use nix::sys::wait::waitpid;
use nix::unistd::{Pid, pipe2};
use std::ffi::CString;
use std::fs::File;
use std::io::Write;
use std::os::fd::{AsFd, AsRawFd, OwnedFd, RawFd};
use std::os::unix::net::UnixStream;
use std::path::Path;

/// Our descriptors are numbered from here on, so that none is in the way of a number that the new process is to have (the
/// kept files of a compiler are the most).
const OURS_FROM: RawFd = 128;

/// A file in memory, sealed; every reader opens it anew.
#[derive(Debug)]
pub struct SharedFile(OwnedFd);

impl SharedFile {
    pub fn new(name: &'static str, content: &[u8]) -> Result<Self, SandboxError> {
        let mut file = file_in_memory(name)?;
        file.write_all(content).map_err(SandboxError::system("filling a file in memory"))?;
        let seals =
            SealFlag::F_SEAL_WRITE | SealFlag::F_SEAL_GROW | SealFlag::F_SEAL_SHRINK | SealFlag::F_SEAL_SEAL;
        fcntl(&file, FcntlArg::F_ADD_SEALS(seals))
            .map_err(SandboxError::system("sealing a file in memory"))?;
        Ok(Self(file.into()))
    }

    /// Where this process, and one that it is about to start, finds it.
    pub fn path(&self) -> String {
        format!("/proc/self/fd/{}", self.0.as_raw_fd())
    }

    fn reader(&self) -> Result<OwnedFd, SandboxError> {
        let file = open(self.path().as_str(), OFlag::O_RDONLY | OFlag::O_CLOEXEC, Mode::empty())
            .map_err(SandboxError::system("reopening a file in memory"))?;
        out_of_the_way(file)
    }
}

/// A started box and our ends of everything that leads into it.
#[derive(Debug)]
pub struct Spawned {
    pub bubblewrap: Bubblewrap,
    /// Standard output, standard error, then the private pipes.
    pub outputs: Vec<File>,
    pub control: UnixStream,
    /// What bubblewrap tells about itself: complete before `box-init` says that it is ready.
    pub info: File,
}

/// Bubblewrap's outer process. Dropped, it is killed and reaped; its death is its box's death.
#[derive(Debug)]
pub struct Bubblewrap {
    process: Pid,
    /// The warden's.
    group: Pid,
}

impl Drop for Bubblewrap {
    fn drop(&mut self) {
        // Stopped, it can neither make a box nor leave one behind half made. All of this can only fail because the
        // process is gone, which is what is wanted.
        let _ = kill(self.process, Signal::SIGSTOP);
        for child in process_tree::children(self.process.as_raw()) {
            let _ = kill(Pid::from_raw(child), Signal::SIGKILL);
        }
        let _ = kill(self.process, Signal::SIGKILL);
        let _ = waitpid(self.process, None);
        // If it had died by itself half way, its box's first process waits for its word for ever.
        for orphan in process_tree::orphans_of_group(self.group.as_raw()) {
            let _ = kill(Pid::from_raw(orphan), Signal::SIGKILL);
        }
    }
}

impl Bubblewrap {
    /// Readable when it has ended.
    pub fn handle(&self) -> Result<OwnedFd, SandboxError> {
        let process = rustix::process::Pid::from_raw(self.process.as_raw());
        let process = process.ok_or_else(|| SandboxError::Setup("bubblewrap has no number".to_owned()))?;
        rustix::process::pidfd_open(process, rustix::process::PidfdFlags::empty())
            .map_err(SandboxError::system("watching bubblewrap"))
    }

    /// Waits for its end, which follows from the box's.
    pub fn reap(self) {
        let _ = waitpid(self.process, None);
        std::mem::forget(self);
    }
}

/// Starts a box. `box-init` waits in it until it is told to go on.
pub fn spawn(
    bubblewrap: &Path,
    init: &Path,
    filter: &SharedFile,
    warden: &Warden,
    spec: &BoxSpec<'_>,
) -> Result<Spawned, SandboxError> {
    let at = Descriptors::of(spec);
    let stdin = match spec.wires.and_then(Wires::take_stdin) {
        Some(wire) => out_of_the_way(wire)?,
        None => SharedFile::new("stdin", spec.stdin)?.reader()?,
    };
    let mut wired_stdout = spec.wires.and_then(Wires::take_stdout);
    // A file and no pipe: bubblewrap is not to die of a reader's death half way.
    let info = file_in_memory("info")?;
    let info_inside = out_of_the_way(&info)?;
    let (control, control_inside) =
        UnixStream::pair().map_err(SandboxError::system("making a socket pair"))?;
    let control_inside = out_of_the_way(control_inside)?;

    let mut inside = vec![(0, stdin), (at.control, control_inside), (at.info, info_inside)];
    inside.push((at.filter, filter.reader()?));
    for (file, descriptor) in spec.files.iter().zip(at.files_from..) {
        debug_assert!(!file.name.contains('/'), "files are in the work folder itself");
        inside.push((descriptor, SharedFile::new("file", &file.content)?.reader()?));
    }
    let mut outputs = Vec::new();
    for descriptor in [1, 2].into_iter().chain(PRIVATE_FROM..at.control) {
        let (reader, writer) = pipe()?;
        outputs.push(File::from(reader));
        // Where standard output leads elsewhere, its reader here finds the end at once.
        match wired_stdout.take_if(|_| descriptor == 1) {
            Some(wire) => inside.push((descriptor, out_of_the_way(wire)?)),
            None => inside.push((descriptor, writer)),
        }
    }

    let mut actions = PosixSpawnFileActions::init().map_err(SandboxError::system("preparing a start"))?;
    for (descriptor, file) in &inside {
        actions
            .add_dup2(file.as_raw_fd(), *descriptor)
            .map_err(SandboxError::system("preparing a descriptor"))?;
    }
    let attributes = warden.attributes()?;
    let arguments: Vec<CString> = command::arguments(spec, init, at)
        .into_iter()
        .map(|argument| {
            CString::new(argument).map_err(|_| SandboxError::Setup("a NUL in an argument".to_owned()))
        })
        .collect::<Result<_, _>>()?;
    let pid = posix_spawn::<_, _, CString>(bubblewrap, &actions, &attributes, &arguments, &[])
        .map_err(SandboxError::system("starting bubblewrap"))?;
    Ok(Spawned { bubblewrap: Bubblewrap { process: pid, group: warden.process() }, outputs, control, info })
}

fn file_in_memory(name: &'static str) -> Result<File, SandboxError> {
    memfd_create(name, MFdFlags::MFD_CLOEXEC | MFdFlags::MFD_ALLOW_SEALING)
        .map(File::from)
        .map_err(SandboxError::system("making a file in memory"))
}

fn pipe() -> Result<(OwnedFd, OwnedFd), SandboxError> {
    let (reader, writer) = pipe2(OFlag::O_CLOEXEC).map_err(SandboxError::system("making a pipe"))?;
    Ok((reader, out_of_the_way(writer)?))
}

/// The same file under a number from [`OURS_FROM`] on.
pub fn out_of_the_way(file: impl AsFd) -> Result<OwnedFd, SandboxError> {
    rustix::io::fcntl_dupfd_cloexec(file, OURS_FROM).map_err(SandboxError::system("moving a descriptor"))
}
