//! The CPU time of a whole process tree as the scheduler counts it, whoever waits for whom.
//!
//! What processes use is added to their parents' figures when those wait for them, and to nobody's when they ignore
//! their children's end. The kernel's `task-clock` event, inherited by every process that the first one starts, counts
//! both. It is a software event, so virtual machines have it; hosts with `kernel.perf_event_paranoid` above 2 do not give
//! it to ordinary users, and then this layer is off.

use nix::unistd::Pid;
use perf_event::events::Software;
use perf_event::{Builder, Counter};
use std::time::Duration;

/// Counts from when it is made.
#[derive(Debug)]
pub struct CpuCounter(Counter);

impl CpuCounter {
    /// Of `process` and all that it starts from now on; `None` where the kernel does not count for us.
    pub fn of(process: Pid) -> Option<Self> {
        let mut counter = Builder::new(Software::TASK_CLOCK);
        let mut counter = counter.observe_pid(process.as_raw()).any_cpu().inherit(true).build().ok()?;
        counter.enable().ok()?;
        Some(Self(counter))
    }

    pub fn cpu(&mut self) -> Option<Duration> {
        self.0.read().ok().map(Duration::from_nanos)
    }
}

/// What to charge, of what was counted and what was seen otherwise.
///
/// On a virtual machine the event also counts the time in which the hypervisor let the processor rest, so what is seen
/// otherwise stands unless much is missing from it: a quarter of what was counted, and two ticks.
pub fn charge(seen: Duration, counted: Option<Duration>) -> Duration {
    const TICKS: Duration = Duration::from_millis(20);
    match counted {
        Some(counted) if counted.saturating_sub(seen) > counted / 4 + TICKS => counted,
        _ => seen,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_missing_in_earnest_is_charged() {
        let charged = |seen, counted| {
            charge(Duration::from_millis(seen), Some(Duration::from_millis(counted))).as_millis()
        };
        assert_eq!(charged(94, 1_920), 1_920, "short children of a parent that ignores their end");
        assert_eq!(charged(1_000, 1_200), 1_000);
        assert_eq!(charged(5, 30), 5);
        assert_eq!(charged(1_000, 900), 1_000);
        assert_eq!(charge(Duration::from_millis(5), None), Duration::from_millis(5));
    }
}
