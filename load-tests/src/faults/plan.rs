//! Who is struck when, and for how long: every target equally often, in an order that a seed decides.

use rand::rngs::StdRng;
use rand::seq::SliceRandom;
use rand::{RngExt, SeedableRng};
use std::fmt;
use std::ops::Range;
use std::time::Duration;

/// Replicas that run of command-api, projectors and judge each.
pub const REPLICAS: usize = 2;
/// How long a killed process stays away.
const AWAY_MS: Range<u64> = 100..1_000;
/// How long a process is frozen: shorter and longer than a takeover takes (5 s).
const FROZEN_MS: Range<u64> = 3_000..8_000;
/// Before a kill, for the load to go on.
const PAUSE_MS: Range<u64> = 500..2_000;

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

impl Target {
    /// The same for every replica.
    pub fn kind(self) -> &'static str {
        match self {
            Target::CommandApi(_) => "command-api",
            Target::Projectors(_) => "projectors",
            Target::Judge(_) => "judge",
            Target::QueryApi => "query-api",
            Target::Nats => "nats-server",
            Target::Postgres => "PostgreSQL",
            Target::Redis => "Redis",
        }
    }

    /// Whether the other replica takes its work over: then it is not only killed but also frozen.
    fn is_taken_over(self) -> bool {
        matches!(self, Target::Projectors(_) | Target::Judge(_))
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Target::CommandApi(replica) | Target::Projectors(replica) | Target::Judge(replica) => {
                write!(f, "{} {replica}", self.kind())
            }
            Target::QueryApi | Target::Nats | Target::Postgres | Target::Redis => f.write_str(self.kind()),
        }
    }
}

/// SIGKILL, and a new start a moment later.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Kill {
    pub target: Target,
    pub pause_before: Duration,
    pub away: Duration,
}

/// SIGSTOP, then SIGCONT: it wakes up believing that it still owns its work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Freeze {
    pub target: Target,
    pub lasting: Duration,
}

/// A freeze, and kills of others beside it, one after the other: the first ones strike a system that already misses the
/// frozen one, and whoever takes over may die of it; the last ones strike while the thawed one finds its work taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scene {
    pub freeze: Freeze,
    pub kills: Vec<Kill>,
}

/// Every target, once.
fn targets() -> impl Iterator<Item = Target> {
    let replicated = (0..REPLICAS).flat_map(|replica| {
        [Target::CommandApi(replica), Target::Projectors(replica), Target::Judge(replica)]
    });
    replicated.chain([Target::QueryApi, Target::Nats, Target::Postgres, Target::Redis])
}

/// Kills every target `rounds` times and freezes every one that takes work over from another as often.
pub fn scenes(rounds: usize, seed: u64) -> Vec<Scene> {
    let mut random = StdRng::seed_from_u64(seed);
    let mut frozen: Vec<Target> = repeated(targets().filter(|target| target.is_taken_over()), rounds);
    let mut killed: Vec<Target> = repeated(targets(), rounds);
    frozen.shuffle(&mut random);
    killed.shuffle(&mut random);
    let mut scenes: Vec<Scene> = frozen
        .into_iter()
        .map(|target| Freeze { target, lasting: between(&mut random, FROZEN_MS) })
        .map(|freeze| Scene { freeze, kills: Vec::new() })
        .collect();
    for target in killed {
        let pause_before = between(&mut random, PAUSE_MS);
        let kill = Kill { target, pause_before, away: between(&mut random, AWAY_MS) };
        let others = scenes.iter_mut().filter(|scene| scene.freeze.target != target);
        if let Some(scene) = others.min_by_key(|scene| scene.kills.len()) {
            scene.kills.push(kill);
        }
    }
    scenes
}

fn repeated(targets: impl Iterator<Item = Target>, times: usize) -> Vec<Target> {
    targets.flat_map(|target| std::iter::repeat_n(target, times)).collect()
}

fn between(random: &mut StdRng, range_ms: Range<u64>) -> Duration {
    Duration::from_millis(random.random_range(range_ms))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    fn counts(targets: impl Iterator<Item = Target>) -> BTreeMap<Target, usize> {
        let mut counts = BTreeMap::new();
        for target in targets {
            *counts.entry(target).or_default() += 1;
        }
        counts
    }

    #[test]
    fn everybody_gets_their_turns() {
        for (rounds, seed) in [(1, 3), (2, 5), (3, 7), (20, 11)] {
            let scenes = scenes(rounds, seed);
            let kills = scenes.iter().flat_map(|scene| &scene.kills);
            let killed = counts(kills.map(|kill| kill.target));
            let frozen = counts(scenes.iter().map(|scene| scene.freeze.target));
            assert_eq!((killed.len(), frozen.len()), (10, 4));
            assert!(killed.values().chain(frozen.values()).all(|count| *count == rounds), "{scenes:?}");
        }
    }

    #[test]
    fn nobody_is_killed_while_frozen() {
        for seed in 0..100 {
            for scene in scenes(2, seed) {
                let mut killed = scene.kills.iter().map(|kill| kill.target);
                assert!(killed.all(|target| target != scene.freeze.target), "{scene:?}");
                assert!((1..=4).contains(&scene.kills.len()), "{scene:?}");
            }
        }
    }

    #[test]
    fn a_seed_gives_the_same_plan_again() {
        assert_eq!(scenes(2, 42), scenes(2, 42));
        assert_ne!(scenes(2, 42), scenes(2, 43));
    }
}
