//! When each part of the log was seen to have been passed.

use events::Part;
use std::collections::BTreeMap;
use std::time::Instant;

#[derive(Debug, Clone, Default)]
pub struct Timeline(BTreeMap<Part, Vec<(u64, Instant)>>);

impl Timeline {
    /// `part` was seen at `sequence`. What is not further than before is not kept.
    pub fn note(&mut self, part: Part, sequence: u64, at: Instant) {
        let seen = self.0.entry(part).or_default();
        if seen.last().is_none_or(|(known, _)| sequence > *known) {
            seen.push((sequence, at));
        }
    }

    /// When `part` was first seen at or past `sequence`.
    pub fn passed(&self, part: Part, sequence: u64) -> Option<Instant> {
        let seen = self.0.get(&part)?;
        let first = seen.partition_point(|(known, _)| *known < sequence);
        seen.get(first).map(|(_, at)| *at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn the_first_sight_counts() {
        let (start, part) = (Instant::now(), Part::Identity);
        let at = |ms| start + Duration::from_millis(ms);
        let mut timeline = Timeline::default();
        for (sequence, ms) in [(5, 1), (5, 2), (9, 3), (7, 4)] {
            timeline.note(part, sequence, at(ms));
        }
        let passed = [1, 5, 6, 9, 10].map(|sequence| timeline.passed(part, sequence));
        assert_eq!(passed, [Some(at(1)), Some(at(1)), Some(at(3)), Some(at(3)), None]);
    }
}
