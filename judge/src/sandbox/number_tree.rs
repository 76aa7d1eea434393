//! The part of the filter that needs only a call's number: which are allowed whatever their arguments.
//!
//! When a filter is loaded, the kernel runs it once for every number there is, to know which calls it need not ask it about;
//! and it translates it into machine code. A list that is searched from its beginning made that half a millisecond of every
//! box; here a number is found by halving.

use seccompiler::sock_filter;
use std::collections::BTreeSet;

/// Operations of classic BPF (Linux: `uapi/linux/bpf_common.h`) and places in `struct seccomp_data`.
const LOAD_WORD: u16 = 0x20;
const JUMP: u16 = 0x05;
const JUMP_IF_EQUAL: u16 = 0x15;
const JUMP_IF_GREATER: u16 = 0x25;
const JUMP_IF_GREATER_OR_EQUAL: u16 = 0x35;
const RETURN: u16 = 0x06;
const NUMBER_AT: u32 = 0;
const ARCHITECTURE_AT: u32 = 4;
const ALLOW: u32 = 0x7fff_0000;
/// `SECCOMP_RET_USER_NOTIF`.
const ASK: u32 = 0x7fc0_0000;

/// `AUDIT_ARCH_…` of what this is built for: a number means another call on another architecture.
const ARCHITECTURE: u32 = if cfg!(target_arch = "x86_64") { 0xc000_003e } else { 0xc000_00b7 };

/// Allows the calls of these numbers, on this architecture alone. Everything else goes on behind the last step.
pub fn allowing(numbers: impl IntoIterator<Item = i64>) -> Vec<sock_filter> {
    let numbers: BTreeSet<u32> =
        numbers.into_iter().filter_map(|number| u32::try_from(number).ok()).collect();
    let mut steps = vec![
        step(LOAD_WORD, ARCHITECTURE_AT, 0, 0),
        step(JUMP_IF_EQUAL, ARCHITECTURE, 1, 0),
        ELSEWHERE,
        step(LOAD_WORD, NUMBER_AT, 0, 0),
    ];
    steps.extend(tree(&ranges(&numbers)));
    let end = steps.len();
    for (at, step) in steps.iter_mut().enumerate() {
        if *step == ELSEWHERE {
            step.k = u32::try_from(end - at - 1).expect("a filter has some hundreds of steps");
        }
    }
    steps
}

/// Asks whoever listens what this call answers, on this architecture alone. Everything else goes on behind the last step.
pub fn asking(number: u32) -> [sock_filter; 5] {
    [
        step(LOAD_WORD, ARCHITECTURE_AT, 0, 0),
        step(JUMP_IF_EQUAL, ARCHITECTURE, 0, 3),
        step(LOAD_WORD, NUMBER_AT, 0, 0),
        step(JUMP_IF_EQUAL, number, 0, 1),
        step(RETURN, ASK, 0, 0),
    ]
}

/// Stands where the part ends, until it is known how far that is.
const ELSEWHERE: sock_filter = step(JUMP, u32::MAX, 0, 0);

const fn step(code: u16, k: u32, jt: u8, jf: u8) -> sock_filter {
    sock_filter { code, jt, jf, k }
}

/// First and last of the numbers that stand together.
fn ranges(numbers: &BTreeSet<u32>) -> Vec<(u32, u32)> {
    let mut ranges: Vec<(u32, u32)> = Vec::new();
    for number in numbers {
        match ranges.last_mut() {
            Some((_, last)) if *last + 1 == *number => *last = *number,
            _ => ranges.push((*number, *number)),
        }
    }
    ranges
}

fn tree(ranges: &[(u32, u32)]) -> Vec<sock_filter> {
    match ranges {
        [] => vec![ELSEWHERE],
        [(first, last)] => vec![
            step(JUMP_IF_GREATER_OR_EQUAL, *first, 0, 1),
            step(JUMP_IF_GREATER, *last, 0, 1),
            ELSEWHERE,
            step(RETURN, ALLOW, 0, 0),
        ],
        _ => {
            let (lower, upper) = ranges.split_at(ranges.len() / 2);
            let (pivot, lower) = (upper[0].0, tree(lower));
            let over_lower = u32::try_from(lower.len()).expect("a filter has some hundreds of steps");
            let mut steps = vec![step(JUMP_IF_GREATER_OR_EQUAL, pivot, 0, 1), step(JUMP, over_lower, 0, 0)];
            steps.extend(lower);
            steps.extend(tree(upper));
            steps
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// As the kernel would: whether it is allowed here, and in how many steps that is known.
    fn run(steps: &[sock_filter], architecture: u32, number: u32) -> (bool, usize) {
        let (mut at, mut loaded, mut taken) = (0, 0, 0);
        while at < steps.len() {
            let sock_filter { code, jt, jf, k } = steps[at];
            let jump = |holds: bool| usize::from(if holds { jt } else { jf });
            taken += 1;
            at += 1 + match code {
                LOAD_WORD => {
                    loaded = if k == NUMBER_AT { number } else { architecture };
                    0
                }
                JUMP => k as usize,
                JUMP_IF_EQUAL => jump(loaded == k),
                JUMP_IF_GREATER => jump(loaded > k),
                JUMP_IF_GREATER_OR_EQUAL => jump(loaded >= k),
                _ => return (true, taken),
            };
        }
        assert_eq!(at, steps.len(), "it goes on right behind");
        (false, taken)
    }

    proptest! {
        #[test]
        fn the_numbers_are_allowed_and_no_others(numbers in prop::collection::btree_set(0..600_i64, 0..400)) {
            let steps = allowing(numbers.iter().copied());
            for number in (0..700).chain([0x4000_0000, 0x4000_0001, u32::MAX]) {
                let (allowed, taken) = run(&steps, ARCHITECTURE, number);
                prop_assert_eq!(allowed, numbers.contains(&i64::from(number)));
                prop_assert!(taken < 30, "{}", taken);
                prop_assert!(!run(&steps, 0x4000_0003, number).0, "another architecture's");
            }
        }
    }
}
