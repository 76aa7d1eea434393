//! Watching one box from its first breath to its last: reading what comes out, sampling what it uses, ending it when it
//! is over a limit. One thread, one loop.

use crate::sandbox::cpu_counter::{self, CpuCounter};
use crate::sandbox::kernel_memory::KernelMemory;
use crate::sandbox::output::{Output, retry_interrupted, wait_for_output};
use crate::sandbox::process_tree::{LostCpu, ProcessTree};
use crate::sandbox::questions::Questions;
use crate::sandbox::ready::Ready;
use crate::sandbox::spawn::Spawned;
use crate::sandbox::{BoxLimits, BoxRun, BoxSpec, End, Peaks, SandboxError, Wires};
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use rustix::process::{Pid, PidfdFlags, Signal, pidfd_open, pidfd_send_signal};
use std::collections::HashMap;
use std::fs::File;
use std::io::Write;
use std::os::fd::{AsFd, OwnedFd};
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

/// How often the box is looked at. In this time a program can touch some tens of MiB beyond its limit, not more.
const SAMPLE_EVERY: Duration = Duration::from_millis(5);
/// How long a killed box may take to be gone.
const DEATH_MAX: Duration = Duration::from_secs(10);
/// Read at once; a pipe holds no more.
const CHUNK_BYTES: usize = 64 << 10;

/// Lets a spawned box run to its end.
pub fn supervise(spawned: Spawned, spec: &BoxSpec<'_>) -> Result<BoxRun, SandboxError> {
    let Ready { bubblewrap, mut outputs, mut control, first, listener, .. } = Ready::wait_for(spawned)?;
    let mut questions = Some(Questions::new(listener, spec.limits.memory_kib));
    let handle = Pid::from_raw(first.as_raw())
        .ok_or_else(|| SandboxError::Setup("bubblewrap named no process".to_owned()))
        .and_then(|pid| {
            pidfd_open(pid, PidfdFlags::empty()).map_err(SandboxError::system("watching a box"))
        })?;
    let counter = CpuCounter::of(first);
    control.write_all(b"g").map_err(SandboxError::system("starting a box"))?;

    let mut watch = Watch::new(first.as_raw(), handle, counter, spec.limits);
    let mut chunk = vec![0; CHUNK_BYTES];
    let mut report = Output::new(File::from(OwnedFd::from(control)));
    while outputs.iter().chain([&report]).any(Output::is_open) {
        let asked = wait_for_output(
            outputs.iter().chain([&report]),
            questions.as_ref().map(Questions::descriptor),
            watch.until_next_sample(),
        )?;
        // Without a question there is nobody left who could ask, and waiting for one would be for ever.
        if !asked.is_empty() {
            questions.take_if(|questions| !(asked.contains(PollFlags::POLLIN) && questions.answer()));
        }
        report.read_available(&mut chunk)?;
        watch.see_report(&report.content);
        for output in &mut outputs {
            output.read_available(&mut chunk)?;
        }
        let output_bytes = outputs.iter().map(|output| output.content.len()).sum();
        if spec.stop.load(Ordering::Relaxed) {
            watch.kill();
            watch.await_death()?;
            bubblewrap.reap();
            return Err(SandboxError::Stopped);
        }
        if spec.wires.is_some_and(Wires::is_cut) {
            watch.cut();
        }
        watch.look(output_bytes)?;
        if watch.ended.is_some() {
            for output in &mut outputs {
                output.discard = true;
            }
        }
    }
    watch.await_death()?;
    bubblewrap.reap();

    let mut outputs = outputs.into_iter().map(|output| output.content);
    let (stdout, stderr) = (outputs.next().unwrap_or_default(), outputs.next().unwrap_or_default());
    watch.finish(&report.content, stdout, stderr, outputs.collect())
}

/// The state of one watched run.
struct Watch {
    tree: ProcessTree,
    /// The box's first process; a handle cannot come to mean another process, as a number could.
    handle: OwnedFd,
    limits: BoxLimits,
    started: Instant,
    last_sample: Instant,
    /// The most that was seen.
    cpu: Duration,
    memory_kib: u64,
    peaks: Peaks,
    kernel: KernelMemory,
    lost: LostCpu,
    counter: Option<CpuCounter>,
    /// What each process has waited for a processor, also those that are gone.
    waits: HashMap<i32, Duration>,
    reported: Option<Instant>,
    /// How it was ended from here, and when.
    ended: Option<(End, Instant)>,
}

impl Watch {
    fn new(first: i32, handle: OwnedFd, counter: Option<CpuCounter>, limits: BoxLimits) -> Self {
        let now = Instant::now();
        let (tree, cpu, memory_kib) = (ProcessTree::of(first), Duration::ZERO, 0);
        let (lost, waits, reported) = (LostCpu::default(), HashMap::new(), None);
        Self {
            tree,
            handle,
            limits,
            started: now,
            last_sample: now,
            cpu,
            memory_kib,
            peaks: Peaks::default(),
            kernel: KernelMemory::new(),
            lost,
            counter,
            waits,
            reported,
            ended: None,
        }
    }

    /// Box-init reports right after the program's end.
    fn see_report(&mut self, report: &[u8]) {
        if self.reported.is_none() && !report.is_empty() {
            self.reported = Some(Instant::now());
        }
    }

    fn lost_cpu(&self) -> Duration {
        self.tree.duration(self.lost.ticks)
    }

    fn counted(&mut self) -> Option<Duration> {
        self.counter.as_mut()?.cpu()
    }

    fn until_next_sample(&self) -> Duration {
        SAMPLE_EVERY.saturating_sub(self.last_sample.elapsed())
    }

    /// Ends the box if it is over a limit.
    fn look(&mut self, output_bytes: usize) -> Result<(), SandboxError> {
        if let Some((_, since)) = self.ended {
            return if since.elapsed() < DEATH_MAX { Ok(()) } else { Err(immortal()) };
        }
        if self.last_sample.elapsed() >= SAMPLE_EVERY {
            let near = self.cpu * 2 > self.limits.cpu || self.started.elapsed() * 2 > self.limits.wall;
            let now = self.tree.sample(&mut self.kernel, self.limits.memory_kib, near);
            self.waits.extend(&now.waits);
            let cpu = self.tree.cpu(&now);
            self.lost.see(now.cpu);
            let seen = self.cpu.max(cpu + self.lost_cpu());
            self.cpu = cpu_counter::charge(seen, self.counted());
            self.memory_kib = self.memory_kib.max(now.memory_kib);
            self.peaks.see(now.peaks);
            self.last_sample = Instant::now();
        }
        let over = if output_bytes > self.limits.output_bytes {
            End::OutputLimit
        } else if self.memory_kib > self.limits.memory_kib {
            End::MemoryLimit
        } else if self.cpu > self.limits.cpu {
            End::CpuLimit
        } else if self.started.elapsed() > self.limits.wall {
            End::WallLimit
        } else {
            return Ok(());
        };
        self.end(over);
        Ok(())
    }

    /// Ends the box because of the other one, if it has not just ended by itself.
    fn cut(&mut self) {
        if self.ended.is_none() && self.reported.is_none() {
            self.end(End::Cut);
        }
    }

    fn end(&mut self, end: End) {
        self.ended = Some((end, Instant::now()));
        self.kill();
    }

    /// Killing pid 1 of a pid namespace kills all of it. It may have ended by itself just now.
    fn kill(&self) {
        let _ = pidfd_send_signal(&self.handle, Signal::KILL);
    }

    /// Returns when no process of the box is left: the kernel reports pid 1 dead only after all others.
    fn await_death(&self) -> Result<(), SandboxError> {
        let mut waiting = [PollFd::new(self.handle.as_fd(), PollFlags::POLLIN)];
        let limit = PollTimeout::try_from(DEATH_MAX).unwrap_or(PollTimeout::MAX);
        match retry_interrupted(|| poll(&mut waiting, limit))
            .map_err(SandboxError::system("awaiting a box's end"))?
        {
            0 => Err(immortal()),
            _ => Ok(()),
        }
    }

    fn finish(
        mut self,
        report: &[u8],
        stdout: Vec<u8>,
        stderr: Vec<u8>,
        private: Vec<Vec<u8>>,
    ) -> Result<BoxRun, SandboxError> {
        let (wall, counted) = (self.started.elapsed(), self.counted());
        let report = String::from_utf8_lossy(report);
        if let Some(reason) = report.trim_end().strip_prefix("unstartable ") {
            return Err(SandboxError::Unstartable(reason.to_owned()));
        }
        let reported = Report::parse(&report);
        // Without a report and without a limit exceeded, the box was ended from within.
        let end = match (self.ended, &reported) {
            (Some((end, _)), _) => end,
            (None, Some(report)) => report.end,
            (None, None) => End::Signalled(nix::libc::SIGKILL),
        };
        let (cpu, memory_kib) =
            reported.map_or_else(Default::default, |report| (report.cpu, report.memory_kib));
        Ok(BoxRun {
            end,
            cpu: cpu_counter::charge((cpu + self.lost_cpu()).max(self.cpu), counted),
            wall,
            waited: self.waits.values().sum(),
            ended: self.ended.map(|(_, since)| since).or(self.reported).unwrap_or_else(Instant::now),
            memory_kib: memory_kib.max(self.memory_kib),
            peaks: self.peaks,
            stdout,
            stderr,
            private,
        })
    }
}

/// What box-init says at the end.
#[derive(Debug, PartialEq, Eq)]
struct Report {
    end: End,
    cpu: Duration,
    memory_kib: u64,
}

impl Report {
    fn parse(line: &str) -> Option<Self> {
        let mut words = line.trim_end().split(' ');
        let how = words.next()?;
        let number = words.next()?.parse().ok()?;
        let end = match how {
            "exited" => End::Exited(number),
            "signalled" => End::Signalled(number),
            _ => return None,
        };
        let cpu = Duration::from_micros(words.next()?.parse().ok()?);
        Some(Self { end, cpu, memory_kib: words.next()?.parse().ok()? })
    }
}

fn immortal() -> SandboxError {
    SandboxError::Setup("a killed box did not end".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reports_are_read_and_rubbish_is_not() {
        let report = Report::parse("signalled 11 2500 9000\n").expect("a report");
        let cpu = Duration::from_micros(2_500);
        assert_eq!(report, Report { end: End::Signalled(11), cpu, memory_kib: 9_000 });
        assert_eq!(Report::parse("exited 0"), None);
        assert_eq!(Report::parse(""), None);
    }
}
