//! What goes together into one commit. Pure.

use std::collections::HashMap;
use std::hash::Hash;
use std::ops::Range;

/// A shared batch is closed at this many events: beyond 500 the gain per event is small and the wait grows.
pub(super) const BATCH_EVENTS_MAX: usize = 500;
/// Or at this many bytes.
pub(super) const BATCH_BYTES_MAX: usize = 1 << 20;
/// Up to this many events are quicker as plain publishes sent at once than as one batch (measured: see
/// `docs/adr/0002-appending.md`); each also gets its own answer.
pub(super) const PLAIN_EVENTS_MAX: usize = 12;

/// Whether another event of `bytes` still fits.
pub(super) fn fits(gathered: usize, gathered_bytes: usize, bytes: usize) -> bool {
    gathered == 0 || (gathered < BATCH_EVENTS_MAX && gathered_bytes + bytes <= BATCH_BYTES_MAX)
}

/// How a part of what was gathered is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Shape {
    /// Each by itself, all at once.
    Plain(Range<usize>),
    /// As one atomic batch.
    Batch(Range<usize>),
}

pub(super) fn shape(part: Range<usize>) -> Shape {
    if part.len() <= PLAIN_EVENTS_MAX { Shape::Plain(part) } else { Shape::Batch(part) }
}

/// The two halves of a part, the first one first.
pub(super) fn halves(part: Range<usize>) -> [Range<usize>; 2] {
    let middle = part.start + part.len() / 2;
    [part.start..middle, middle..part.end]
}

/// Splits repeated ids off, because a batch that holds an id twice is refused whole: the indexes of each id's first
/// event, and the others with the index (into that list) of the one they repeat.
pub(super) fn split_repeats<K: Eq + Hash>(ids: impl Iterator<Item = K>) -> (Vec<usize>, Vec<(usize, usize)>) {
    let mut seen = HashMap::new();
    let (mut firsts, mut repeats) = (Vec::new(), Vec::new());
    for (index, id) in ids.enumerate() {
        if let Some(first) = seen.get(&id) {
            repeats.push((index, *first));
        } else {
            seen.insert(id, firsts.len());
            firsts.push(index);
        }
    }
    (firsts, repeats)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::HashSet;

    proptest! {
        /// However the broker refuses, halving ends, and every event is sent alone or with neighbours exactly once.
        #[test]
        fn halving_covers_everything_once(count in 1_usize..=500, bad in proptest::collection::hash_set(0_usize..500, 0..20)) {
            let mut sent = Vec::new();
            let mut parts: Vec<_> = std::iter::once(0..count).collect();
            let mut attempts = 0;
            while let Some(part) = parts.pop() {
                attempts += 1;
                match shape(part) {
                    Shape::Batch(part) if part.clone().any(|index| bad.contains(&index)) => {
                        let [first, second] = halves(part.clone());
                        prop_assert!(!first.is_empty() && !second.is_empty());
                        prop_assert_eq!(first.len() + second.len(), part.len());
                        parts.extend([second, first]);
                    }
                    Shape::Batch(part) | Shape::Plain(part) => sent.extend(part),
                }
            }
            prop_assert_eq!(sent, (0..count).collect::<Vec<_>>());
            // One bad event among n costs about 2·log2(n / PLAIN_EVENTS_MAX) attempts, not n.
            prop_assert!(attempts <= 1 + bad.len() * 14);
        }

        #[test]
        fn a_batch_stays_within_its_limits(sizes in proptest::collection::vec(0_usize..200_000, 1..2_000)) {
            let (mut events, mut bytes) = (0, 0);
            for size in sizes {
                if !fits(events, bytes, size) {
                    (events, bytes) = (0, 0);
                }
                events += 1;
                bytes += size;
                prop_assert!(events <= BATCH_EVENTS_MAX);
                prop_assert!(bytes <= BATCH_BYTES_MAX || events == 1);
            }
        }

        #[test]
        fn no_id_is_sent_twice_and_none_is_forgotten(ids in proptest::collection::vec(0_u8..40, 0..200)) {
            let (firsts, repeats) = split_repeats(ids.iter());
            let sent: HashSet<u8> = firsts.iter().map(|index| ids[*index]).collect();
            prop_assert_eq!(sent.len(), firsts.len());
            prop_assert_eq!(firsts.len() + repeats.len(), ids.len());
            for (repeat, first) in repeats {
                prop_assert_eq!(ids[repeat], ids[firsts[first]]);
                prop_assert!(firsts[first] < repeat);
            }
        }
    }
}
