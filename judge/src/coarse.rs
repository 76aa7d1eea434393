//! What may be told of a hidden test's run. Pure.

use events::judgement::{Exceeded, LimitName};

/// Memory of hidden tests is told in steps of this.
const MEMORY_STEP_KIB: u64 = 4_096;
/// Time of hidden tests is told in steps of this.
const TIME_STEP_MS: u64 = 50;

/// What is told of one run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Figures {
    pub cpu_ms: u32,
    pub memory_kib: u32,
    pub exceeded: Option<Exceeded>,
}

/// The figures of a hidden test, rounded up to coarse steps. A submission can read the hidden input, use as much memory
/// or time as a number in it says, and its author would read the number from the result. Coarse steps leave a few bits of
/// that, which noise covers in part; they do not end it. Rounding comes after the verdict, which exact figures decide; and
/// because it is upwards, what was above a limit stays above it.
pub fn coarse(exact: Figures) -> Figures {
    let step = |value: u32, step| u32::try_from(up_to(value.into(), step)).unwrap_or(u32::MAX);
    Figures {
        cpu_ms: step(exact.cpu_ms, TIME_STEP_MS),
        memory_kib: step(exact.memory_kib, MEMORY_STEP_KIB),
        exceeded: exact.exceeded.map(|exceeded| Exceeded { measured: coarse_measure(&exceeded), ..exceeded }),
    }
}

fn coarse_measure(exceeded: &Exceeded) -> u64 {
    match exceeded.limit {
        LimitName::CpuMs | LimitName::WallMs => up_to(exceeded.measured, TIME_STEP_MS),
        LimitName::MemoryKib => up_to(exceeded.measured, MEMORY_STEP_KIB),
        // How much too much was printed is the program's free choice: only that it was too much.
        LimitName::OutputKib => exceeded.allowed.saturating_add(1),
        // The kernel lets nobody go beyond these: reached is all there is to tell.
        LimitName::Processes | LimitName::OpenFiles | LimitName::FilesKib | LimitName::OneFileKib => {
            exceeded.allowed
        }
    }
}

fn up_to(value: u64, step: u64) -> u64 {
    value.div_ceil(step).saturating_mul(step)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_go_up_to_the_next_step() {
        let told = |cpu_ms, memory_kib| {
            let told = coarse(Figures { cpu_ms, memory_kib, exceeded: None });
            (told.cpu_ms, told.memory_kib)
        };
        assert_eq!(told(0, 0), (0, 0));
        assert_eq!(told(1, 1), (50, 4_096));
        assert_eq!(told(50, 4_096), (50, 4_096));
        assert_eq!(told(51, 4_097), (100, 8_192));
        assert_eq!(told(u32::MAX, u32::MAX), (u32::MAX, u32::MAX));
    }

    #[test]
    fn what_was_exceeded_goes_the_same_way_and_stays_exceeded() {
        let told = |limit, measured, allowed| {
            let exceeded = Some(Exceeded { limit, measured, allowed });
            coarse(Figures { cpu_ms: 1, memory_kib: 1, exceeded }).exceeded.map(|exceeded| exceeded.measured)
        };
        assert_eq!(told(LimitName::CpuMs, 2_013, 2_000), Some(2_050));
        assert_eq!(told(LimitName::WallMs, 7_001, 7_000), Some(7_050));
        assert_eq!(told(LimitName::MemoryKib, 65_537, 65_536), Some(69_632));
        assert_eq!(told(LimitName::OutputKib, 97, 64), Some(65));
    }
}
