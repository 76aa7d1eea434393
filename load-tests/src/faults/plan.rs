//! Who is struck when: every target equally often, in an order that a seed decides.

use rand::SeedableRng;
use rand::rngs::StdRng;
use rand::seq::SliceRandom;
use std::fmt;

/// Replicas that run of command-api, projectors and judge each.
pub const REPLICAS: usize = 2;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Target {
    CommandApi(usize),
    Projectors(usize),
    Judge(usize),
    QueryApi,
    Nats,
    Postgres,
    Redis,
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Target::CommandApi(replica) => write!(f, "command-api {replica}"),
            Target::Projectors(replica) => write!(f, "projectors {replica}"),
            Target::Judge(replica) => write!(f, "judge {replica}"),
            Target::QueryApi => f.write_str("query-api"),
            Target::Nats => f.write_str("nats-server"),
            Target::Postgres => f.write_str("PostgreSQL"),
            Target::Redis => f.write_str("Redis"),
        }
    }
}

/// What happens to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Blow {
    /// SIGKILL, and a new start a moment later.
    Kill,
    /// SIGSTOP for longer than a takeover takes, then SIGCONT: it wakes up believing that it still owns its work.
    Freeze,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Strike {
    pub target: Target,
    pub blow: Blow,
}

impl fmt::Display for Strike {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let verb = match self.blow {
            Blow::Kill => "kill",
            Blow::Freeze => "freeze",
        };
        write!(f, "{verb} {}", self.target)
    }
}

/// Every target, once.
pub fn targets() -> Vec<Target> {
    let replicated = (0..REPLICAS).flat_map(|replica| {
        [Target::CommandApi(replica), Target::Projectors(replica), Target::Judge(replica)]
    });
    replicated.chain([Target::QueryApi, Target::Nats, Target::Postgres, Target::Redis]).collect()
}

/// Kills every target `rounds` times and freezes every one that takes work over from another as often.
pub fn strikes(rounds: usize, seed: u64) -> Vec<Strike> {
    let round = targets().into_iter().flat_map(|target| {
        let freezes = matches!(target, Target::Projectors(_) | Target::Judge(_));
        let blows = if freezes { &[Blow::Kill, Blow::Freeze][..] } else { &[Blow::Kill][..] };
        blows.iter().map(move |blow| Strike { target, blow: *blow })
    });
    let mut strikes: Vec<Strike> = round.flat_map(|strike| std::iter::repeat_n(strike, rounds)).collect();
    strikes.shuffle(&mut StdRng::seed_from_u64(seed));
    strikes
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    #[test]
    fn everybody_gets_their_turns() {
        let mut counts: BTreeMap<Strike, usize> = BTreeMap::new();
        for strike in strikes(3, 7) {
            *counts.entry(strike).or_default() += 1;
        }
        assert_eq!(counts.len(), 10 + 4);
        assert!(counts.values().all(|count| *count == 3), "{counts:?}");
    }

    #[test]
    fn a_seed_gives_the_same_order_again() {
        assert_eq!(strikes(2, 42), strikes(2, 42));
        assert_ne!(strikes(2, 42), strikes(2, 43));
    }
}
