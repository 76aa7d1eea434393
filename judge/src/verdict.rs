//! From what a box reports to what a learner is told. Pure.

use crate::sandbox::{BoxRun, End};
use events::exercise::Limits;
use events::judgement::Verdict;
use std::time::Duration;

/// What a run says about the program before anybody looks at its answer; `None` when the answer decides, because the
/// program ended well and within its limits. A limit that was exceeded outranks how the program ended, because it
/// explains it.
pub fn of_run(run: &BoxRun, limits: &Limits) -> Option<Verdict> {
    match run.end {
        End::CpuLimit | End::WallLimit => Some(Verdict::TimeLimit),
        End::MemoryLimit => Some(Verdict::MemoryLimit),
        End::OutputLimit => Some(Verdict::OutputLimit),
        End::Exited(_) | End::Signalled(_) if run.cpu > Duration::from_millis(limits.cpu_ms.into()) => {
            Some(Verdict::TimeLimit)
        }
        End::Exited(_) | End::Signalled(_) if run.memory_kib > limits.memory_kib.into() => {
            Some(Verdict::MemoryLimit)
        }
        End::Exited(0) => None,
        End::Exited(_) | End::Signalled(_) => Some(Verdict::RuntimeError),
    }
}

/// The submission's verdict: its first failing test's.
pub fn overall(tests: impl IntoIterator<Item = Verdict>) -> Verdict {
    tests.into_iter().find(|verdict| *verdict != Verdict::Accepted).unwrap_or(Verdict::Accepted)
}

/// All or nothing.
pub fn points(verdict: Verdict, points_max: u32) -> u32 {
    if verdict == Verdict::Accepted { points_max } else { 0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: Limits = Limits { cpu_ms: 1_000, memory_kib: 1_000, output_kib: 1 };

    fn run(end: End, cpu_ms: u64, memory_kib: u64) -> BoxRun {
        let (cpu, wall) = (Duration::from_millis(cpu_ms), Duration::from_secs(1));
        BoxRun { end, cpu, wall, memory_kib, stdout: vec![], stderr: vec![], private: vec![] }
    }

    #[test]
    fn how_a_run_ended_decides() {
        let verdict = |run: &BoxRun| of_run(run, &LIMITS);
        assert_eq!(verdict(&run(End::Exited(0), 1_000, 1_000)), None);
        assert_eq!(verdict(&run(End::Exited(1), 1, 1)), Some(Verdict::RuntimeError));
        assert_eq!(verdict(&run(End::Signalled(11), 1, 1)), Some(Verdict::RuntimeError));
        assert_eq!(verdict(&run(End::WallLimit, 1, 1)), Some(Verdict::TimeLimit));
        assert_eq!(verdict(&run(End::CpuLimit, 1, 1)), Some(Verdict::TimeLimit));
        assert_eq!(verdict(&run(End::MemoryLimit, 1, 1)), Some(Verdict::MemoryLimit));
        assert_eq!(verdict(&run(End::OutputLimit, 1, 1)), Some(Verdict::OutputLimit));
    }

    #[test]
    fn what_was_measured_outranks_how_it_ended() {
        assert_eq!(of_run(&run(End::Exited(0), 1_001, 1), &LIMITS), Some(Verdict::TimeLimit));
        assert_eq!(of_run(&run(End::Signalled(24), 1_001, 1), &LIMITS), Some(Verdict::TimeLimit));
        assert_eq!(of_run(&run(End::Exited(1), 1, 1_001), &LIMITS), Some(Verdict::MemoryLimit));
    }

    #[test]
    fn the_first_failure_is_the_verdict_and_costs_all_points() {
        use Verdict::{Accepted, TimeLimit, WrongAnswer};
        assert_eq!(overall([Accepted, TimeLimit, WrongAnswer]), TimeLimit);
        assert_eq!(overall([Accepted, Accepted]), Accepted);
        assert_eq!((points(Accepted, 20), points(WrongAnswer, 20)), (20, 0));
    }
}
