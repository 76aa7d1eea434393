//! What leads out of a box: read as it comes, without ever waiting on one pipe while another is full.

use crate::sandbox::SandboxError;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use std::fs::File;
use std::io::Read;
use std::os::fd::{AsFd, BorrowedFd};
use std::time::Duration;

/// One thing that leads out of the box.
#[derive(Debug)]
pub struct Output {
    /// `None` after its end.
    file: Option<File>,
    pub content: Vec<u8>,
    /// Read on, so that nobody blocks, but keep nothing.
    pub discard: bool,
}

impl Output {
    pub fn new(file: File) -> Self {
        Self { file: Some(file), content: Vec::new(), discard: false }
    }

    pub fn is_open(&self) -> bool {
        self.file.is_some()
    }

    fn is_readable(&self) -> Result<bool, SandboxError> {
        let Some(file) = &self.file else { return Ok(false) };
        let mut waiting = [PollFd::new(file.as_fd(), PollFlags::POLLIN)];
        retry_interrupted(|| poll(&mut waiting, PollTimeout::ZERO))
            .map(|ready| ready > 0)
            .map_err(SandboxError::system("polling a box's output"))
    }

    pub fn read_available(&mut self, chunk: &mut [u8]) -> Result<(), SandboxError> {
        if !self.is_readable()? {
            return Ok(());
        }
        let Some(file) = &mut self.file else { return Ok(()) };
        match file.read(chunk) {
            Ok(0) => self.file = None,
            // A socket whose other end died with unread bytes says so; it is an end like any other.
            Err(error) if error.kind() == std::io::ErrorKind::ConnectionReset => self.file = None,
            Ok(count) if !self.discard => self.content.extend_from_slice(&chunk[..count]),
            Ok(_) => {}
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(source) => {
                return Err(SandboxError::System { operation: "reading a box's output", source });
            }
        }
        Ok(())
    }

    /// What there is by now, as text; `None` when there is nothing.
    pub fn text(&mut self) -> Option<String> {
        let mut chunk = [0; 4 << 10];
        while self.is_readable().is_ok_and(|readable| readable) {
            self.read_available(&mut chunk).ok()?;
        }
        let text = String::from_utf8_lossy(&self.content).trim().to_owned();
        (!text.is_empty()).then_some(text)
    }
}

/// Returns when something can be read, or after `limit`; answers what has happened to `other`.
pub fn wait_for_output<'a>(
    outputs: impl Iterator<Item = &'a Output>,
    other: Option<BorrowedFd<'a>>,
    limit: Duration,
) -> Result<PollFlags, SandboxError> {
    let files = outputs.filter_map(|output| output.file.as_ref()).map(AsFd::as_fd);
    let mut waiting: Vec<PollFd<'_>> =
        other.into_iter().chain(files).map(|file| PollFd::new(file, PollFlags::POLLIN)).collect();
    // Rounded up: waiting a moment too long beats spinning.
    let limit = u8::try_from(limit.as_millis() + 1).map_or(PollTimeout::MAX, PollTimeout::from);
    retry_interrupted(|| poll(&mut waiting, limit))
        .map_err(SandboxError::system("awaiting a box's output"))?;
    Ok(other.and_then(|_| waiting[0].revents()).unwrap_or(PollFlags::empty()))
}

/// A signal to this process is no reason to give up waiting.
pub fn retry_interrupted<T>(mut call: impl FnMut() -> nix::Result<T>) -> nix::Result<T> {
    loop {
        match call() {
            Err(nix::errno::Errno::EINTR) => {}
            result => return result,
        }
    }
}
