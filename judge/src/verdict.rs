//! From what a box reports to what a learner is told. Pure.

use crate::sandbox::{BoxLimits, BoxRun, End, OPEN_FILES_MAX};
use events::judgement::{Exceeded, LimitName, Verdict};
use std::time::Duration;

/// What a program gets that writes more into one file than it may.
const SIGXFSZ: i32 = 25;

/// Why a program failed before anybody looked at its answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Failure {
    pub verdict: Verdict,
    pub exceeded: Option<Exceeded>,
}

/// What a run says about the program; `None` when the answer decides, because the program ended well and within its
/// limits. A limit that was exceeded outranks how the program ended, because it explains it.
pub fn of_run(run: &BoxRun, allowed: &BoxLimits) -> Option<Failure> {
    let over_cpu = run.cpu > allowed.cpu;
    let over_memory = run.memory_kib > allowed.memory_kib;
    let (verdict, limit) = match run.end {
        End::CpuLimit => (Verdict::TimeLimit, LimitName::CpuMs),
        End::WallLimit => (Verdict::TimeLimit, LimitName::WallMs),
        End::MemoryLimit => (Verdict::MemoryLimit, LimitName::MemoryKib),
        End::OutputLimit => (Verdict::OutputLimit, LimitName::OutputKib),
        End::Exited(_) | End::Signalled(_) if over_cpu => (Verdict::TimeLimit, LimitName::CpuMs),
        End::Exited(_) | End::Signalled(_) if over_memory => (Verdict::MemoryLimit, LimitName::MemoryKib),
        // What it would have come to nobody knows.
        End::Exited(0) | End::Cut => return None,
        End::Exited(_) | End::Signalled(_) => {
            return Some(Failure { verdict: Verdict::RuntimeError, exceeded: reached(run, allowed) });
        }
    };
    Some(Failure { verdict, exceeded: Some(exceeded(limit, run, allowed)) })
}

/// The limit that the kernel kept by refusing the program something, where it was reached: most likely it failed of that.
fn reached(run: &BoxRun, allowed: &BoxLimits) -> Option<Exceeded> {
    let (files_kib, of_one_kib) = (allowed.files_bytes >> 10, allowed.files_bytes >> 11);
    let largest_file = if run.end == End::Signalled(SIGXFSZ) { of_one_kib } else { 0 };
    let limits = [
        (LimitName::Processes, run.peaks.tasks, allowed.tasks),
        (LimitName::OpenFiles, run.peaks.open_files, OPEN_FILES_MAX),
        (LimitName::FilesKib, run.peaks.files_kib, files_kib),
        (LimitName::OneFileKib, largest_file, of_one_kib),
    ];
    let mut reached = limits.into_iter().filter(|(_, measured, allowed)| *allowed > 0 && measured >= allowed);
    reached.next().map(|(limit, measured, allowed)| Exceeded { limit, measured, allowed })
}

fn exceeded(limit: LimitName, run: &BoxRun, allowed: &BoxLimits) -> Exceeded {
    let ms = |duration: Duration| u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
    let kib = |bytes: usize| u64::try_from(bytes.div_ceil(1 << 10)).unwrap_or(u64::MAX);
    let (measured, allowed) = match limit {
        LimitName::CpuMs => (ms(run.cpu), ms(allowed.cpu)),
        LimitName::WallMs => (ms(run.wall), ms(allowed.wall)),
        LimitName::MemoryKib => (run.memory_kib, allowed.memory_kib),
        LimitName::OutputKib => (kib(run.output_bytes()), kib(allowed.output_bytes)),
        // Those never end a run; see `reached`.
        LimitName::Processes | LimitName::OpenFiles | LimitName::FilesKib | LimitName::OneFileKib => (0, 0),
    };
    // Whole units: what is over by less than one is shown as over by one.
    Exceeded { limit, measured: measured.max(allowed.saturating_add(1)), allowed }
}

/// Whether the program waited for a processor in at least a quarter of the time, while it could have run. Then a time
/// limit says as much about the machine as about the program. (A program with more threads than there are processors
/// does that to itself; it is judged a second time for nothing.)
pub fn was_starved(run: &BoxRun) -> bool {
    run.waited * 4 >= run.wall
}

/// The submission's verdict: its first failing test's.
pub fn overall(tests: impl IntoIterator<Item = Verdict>) -> Verdict {
    tests.into_iter().find(|verdict| *verdict != Verdict::Accepted).unwrap_or(Verdict::Accepted)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sandbox::Peaks;

    const LIMITS: BoxLimits = BoxLimits {
        cpu: Duration::from_secs(1),
        wall: Duration::from_secs(5),
        memory_kib: 1_000,
        files_bytes: 0,
        output_bytes: 1 << 10,
        tasks: 1,
    };

    fn run(end: End, cpu_ms: u64, memory_kib: u64) -> BoxRun {
        let (cpu, wall, waited) = (Duration::from_millis(cpu_ms), Duration::from_secs(1), Duration::ZERO);
        let ended = std::time::Instant::now();
        let (peaks, nothing) = (Peaks::default(), Vec::new);
        let (stdout, stderr, private) = (nothing(), nothing(), Vec::new());
        BoxRun { end, cpu, wall, waited, ended, memory_kib, peaks, stdout, stderr, private }
    }

    fn limit(run: &BoxRun) -> Option<(Verdict, LimitName, u64, u64)> {
        let Failure { verdict, exceeded } = of_run(run, &LIMITS)?;
        exceeded.map(|exceeded| (verdict, exceeded.limit, exceeded.measured, exceeded.allowed))
    }

    #[test]
    fn how_a_run_ended_decides() {
        assert_eq!(of_run(&run(End::Exited(0), 1_000, 1_000), &LIMITS), None);
        let error = Some(Failure { verdict: Verdict::RuntimeError, exceeded: None });
        assert_eq!(of_run(&run(End::Exited(1), 1, 1), &LIMITS), error);
        assert_eq!(of_run(&run(End::Signalled(11), 1, 1), &LIMITS), error);
    }

    #[test]
    fn a_limit_is_named_with_what_was_measured_and_what_was_allowed() {
        use LimitName::{CpuMs, MemoryKib, OutputKib, WallMs};
        let cpu = run(End::CpuLimit, 1_013, 1);
        assert_eq!(limit(&cpu), Some((Verdict::TimeLimit, CpuMs, 1_013, 1_000)));
        let slept = BoxRun { wall: Duration::from_millis(5_002), ..run(End::WallLimit, 1, 1) };
        assert_eq!(limit(&slept), Some((Verdict::TimeLimit, WallMs, 5_002, 5_000)));
        assert_eq!(
            limit(&run(End::MemoryLimit, 1, 1_200)),
            Some((Verdict::MemoryLimit, MemoryKib, 1_200, 1_000))
        );
        let flood = BoxRun { stdout: vec![0; 1_000], stderr: vec![0; 1_049], ..run(End::OutputLimit, 1, 1) };
        assert_eq!(limit(&flood), Some((Verdict::OutputLimit, OutputKib, 3, 1)));
        let hardly = BoxRun { cpu: Duration::from_micros(1_000_001), ..run(End::Exited(0), 0, 1) };
        assert_eq!(
            limit(&hardly),
            Some((Verdict::TimeLimit, CpuMs, 1_001, 1_000)),
            "never measured = allowed"
        );
    }

    #[test]
    fn what_was_measured_outranks_how_it_ended() {
        use LimitName::{CpuMs, MemoryKib};
        assert_eq!(limit(&run(End::Exited(0), 1_001, 1)), Some((Verdict::TimeLimit, CpuMs, 1_001, 1_000)));
        assert_eq!(
            limit(&run(End::Signalled(24), 1_002, 1)),
            Some((Verdict::TimeLimit, CpuMs, 1_002, 1_000))
        );
        assert_eq!(
            limit(&run(End::Exited(1), 1, 1_001)),
            Some((Verdict::MemoryLimit, MemoryKib, 1_001, 1_000))
        );
    }

    #[test]
    fn a_limit_that_the_kernel_kept_is_named_where_it_was_reached_and_the_program_failed() {
        use LimitName::{FilesKib, OneFileKib, OpenFiles, Processes};
        let limits = BoxLimits { tasks: 64, files_bytes: 32 << 20, ..LIMITS };
        let told = |end, tasks, open_files, files_kib| {
            let run = BoxRun { peaks: Peaks { tasks, open_files, files_kib }, ..run(end, 1, 1) };
            let failure = of_run(&run, &limits);
            failure.and_then(|failure| failure.exceeded).map(|told| (told.limit, told.measured, told.allowed))
        };
        assert_eq!(told(End::Exited(1), 64, 3, 0), Some((Processes, 64, 64)));
        assert_eq!(told(End::Signalled(6), 2, 64, 0), Some((OpenFiles, 64, 64)));
        assert_eq!(told(End::Exited(1), 2, 3, 32_768), Some((FilesKib, 32_768, 32_768)));
        assert_eq!(told(End::Signalled(SIGXFSZ), 2, 3, 16_384), Some((OneFileKib, 16_384, 16_384)));
        assert_eq!(told(End::Exited(1), 63, 63, 32_764), None);
        assert_eq!(told(End::Exited(0), 64, 64, 32_768), None, "it got along with what it had");
    }

    #[test]
    fn a_quarter_of_the_time_is_starving() {
        let waited = |ms| BoxRun { waited: Duration::from_millis(ms), ..run(End::CpuLimit, 1, 1) };
        assert!(was_starved(&waited(250)) && was_starved(&waited(3_000)));
        assert!(!was_starved(&waited(249)) && !was_starved(&waited(0)));
    }

    #[test]
    fn the_first_failure_is_the_verdict() {
        use Verdict::{Accepted, TimeLimit, WrongAnswer};
        assert_eq!(overall([Accepted, TimeLimit, WrongAnswer]), TimeLimit);
        assert_eq!(overall([Accepted, Accepted]), Accepted);
    }
}
