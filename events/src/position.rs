//! A position: what a command wrote, as a list of (part of the log, sequence). Text form: `id.42,07.1234`.
//!
//! It is the value of the `Laurel-Position` header and of `?position=`. A read that names one is never older than it.

use crate::subject::Partition;
use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

/// A part of the log that has its own order of progress.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Part {
    /// The IDENTITY stream.
    Identity,
    /// One partition of FACTS. Sequences are the stream's, so they compare across partitions.
    Facts(Partition),
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Part::Identity => f.write_str("id"),
            Part::Facts(partition) => partition.fmt(f),
        }
    }
}

impl FromStr for Part {
    type Err = PositionError;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text == "id" {
            return Ok(Part::Identity);
        }
        let two_digits = text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit());
        two_digits
            .then(|| text.parse().ok())
            .flatten()
            .and_then(Partition::new)
            .map(Part::Facts)
            .ok_or_else(|| PositionError(text.to_owned()))
    }
}

/// At most one sequence per part; merging keeps the later one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Position(BTreeMap<Part, u64>);

impl Position {
    pub fn of(part: Part, sequence: u64) -> Self {
        Self(BTreeMap::from([(part, sequence)]))
    }

    /// Raises `part` to `sequence` if it is not there already.
    pub fn advance(&mut self, part: Part, sequence: u64) {
        let known = self.0.entry(part).or_default();
        *known = (*known).max(sequence);
    }

    pub fn merge(&mut self, other: &Position) {
        for (part, sequence) in other.iter() {
            self.advance(part, sequence);
        }
    }

    /// 0 when the position does not mention the part.
    pub fn get(&self, part: Part) -> u64 {
        self.0.get(&part).copied().unwrap_or_default()
    }

    pub fn iter(&self) -> impl Iterator<Item = (Part, u64)> + '_ {
        self.0.iter().map(|(part, sequence)| (*part, *sequence))
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether everything `wanted` names has been passed.
    pub fn covers(&self, wanted: &Position) -> bool {
        wanted.iter().all(|(part, sequence)| self.get(part) >= sequence)
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, (part, sequence)) in self.iter().enumerate() {
            if index > 0 {
                f.write_str(",")?;
            }
            write!(f, "{part}.{sequence}")?;
        }
        Ok(())
    }
}

/// The text is no position; carries the element that could not be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a position: {0:?} (a position looks like id.42,07.1234)")]
pub struct PositionError(String);

impl FromStr for Position {
    type Err = PositionError;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut position = Position::default();
        for element in text.split(',').map(str::trim) {
            let refuse = || PositionError(element.to_owned());
            let (part, sequence) = element.split_once('.').ok_or_else(refuse)?;
            if !sequence.bytes().all(|byte| byte.is_ascii_digit()) {
                return Err(refuse());
            }
            position.advance(part.parse()?, sequence.parse().map_err(|_| refuse())?);
        }
        Ok(position)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_and_back() {
        let position: Position = "07.1234,id.42".parse().expect("a position");
        assert_eq!(position.to_string(), "id.42,07.1234");
        assert_eq!(position.get(Part::Identity), 42);
    }

    #[test]
    fn rubbish_is_refused() {
        for text in
            ["", "7.1", "16.1", "id", "id.", "id.-1", "id.+1", "id.1;02.3", "id.99999999999999999999999"]
        {
            assert!(text.parse::<Position>().is_err(), "{text}");
        }
    }

    #[test]
    fn covers_is_per_part() {
        let read: Position = "id.5,03.10".parse().expect("a position");
        assert!(read.covers(&"03.9".parse().expect("a position")));
        assert!(!read.covers(&"03.9,04.1".parse().expect("a position")));
    }
}
