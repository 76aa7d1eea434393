//! A box that is made, and in which nothing runs yet: its first process waits for the word.

use crate::sandbox::SandboxError;
use crate::sandbox::output::{Output, retry_interrupted};
use crate::sandbox::questions::Questions;
use crate::sandbox::spawn::{Bubblewrap, Spawned};
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::unistd::Pid;
use std::fs::File;
use std::io::{BufRead, BufReader, Read, Seek};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::time::Duration;

/// How long bubblewrap may take to set a box up, on a machine that is very busy.
const SETUP_MAX: Duration = Duration::from_secs(10);

#[derive(Debug)]
pub struct Ready {
    pub bubblewrap: Bubblewrap,
    pub outputs: Vec<Output>,
    /// Any byte is the word.
    pub control: UnixStream,
    /// The box's first process, as this side numbers it.
    pub first: Pid,
    /// The version of Landlock that it is under; 0 is none.
    pub landlock: u32,
    /// Where its questions are heard.
    pub listener: OwnedFd,
}

impl Ready {
    pub fn wait_for(spawned: Spawned) -> Result<Self, SandboxError> {
        let Spawned { bubblewrap, outputs, control, info } = spawned;
        let mut outputs: Vec<Output> = outputs.into_iter().map(Output::new).collect();
        let ended = bubblewrap.handle()?;
        match await_ready(&control, &ended) {
            Ok((landlock, listener)) => {
                let first = first_process(info)?;
                let listener = Questions::of(first, listener)?;
                Ok(Self { bubblewrap, outputs, control, first, landlock, listener })
            }
            Err(error) => {
                drop(bubblewrap);
                Err(SandboxError::Setup(outputs[1].text().unwrap_or_else(|| error.to_string())))
            }
        }
    }
}

/// Waits for box-init, which speaks only after bubblewrap has armed everything that ends the box with the judge; or for
/// bubblewrap's end. The one does not follow from the other: what it leaves half made holds on to the same pipes.
fn await_ready(control: &UnixStream, ended: &OwnedFd) -> std::io::Result<(u32, i32)> {
    let mut waiting =
        [control.as_fd(), ended.as_fd()].map(|descriptor| PollFd::new(descriptor, PollFlags::POLLIN));
    let limit = PollTimeout::try_from(SETUP_MAX).unwrap_or(PollTimeout::MAX);
    retry_interrupted(|| poll(&mut waiting, limit))?;
    if waiting[0].any() != Some(true) {
        return Err(std::io::Error::other("bubblewrap did not make the box"));
    }
    let mut line = String::new();
    // It says nothing more until it is told to go on, so nothing is lost in this reader.
    BufReader::with_capacity(32, control).take(32).read_line(&mut line)?;
    line.strip_prefix("ready ")
        .and_then(|figures| figures.trim_end().split_once(' '))
        .and_then(|(landlock, listener)| Some((landlock.parse().ok()?, listener.parse().ok()?)))
        .ok_or_else(|| std::io::Error::other("box-init said something else"))
}

/// Bubblewrap writes one JSON object; only this member matters.
fn first_process(mut info: File) -> Result<Pid, SandboxError> {
    let mut text = String::new();
    info.rewind()
        .and_then(|()| info.read_to_string(&mut text))
        .map_err(SandboxError::system("reading a box's process"))?;
    serde_json::from_str::<serde_json::Value>(&text)
        .ok()
        .and_then(|info| info.get("child-pid")?.as_i64()?.try_into().ok())
        .filter(|number| *number > 0)
        .map(Pid::from_raw)
        .ok_or_else(|| SandboxError::Setup(format!("bubblewrap named no process: {text:?}")))
}
