//! The only place where a stream, a subject, a bucket or a durable's name is spelled, and where the partition of a key
//! is computed.

use crate::family::Family;
use crate::ids::LearnerId;
use serde::{Deserialize, Serialize};
use std::fmt;
use uuid::Uuid;

/// Public facts: no personal data, no source, no output except sealed.
pub const FACTS: &str = "FACTS";
/// Personal data, claims and wrapped data keys.
pub const IDENTITY: &str = "IDENTITY";
/// The object-store bucket of exercise packages, by digest.
pub const EXERCISES: &str = "EXERCISES";
/// The key-value bucket of refresh-token sessions (not facts: they expire).
pub const SESSIONS: &str = "SESSIONS";
/// The key-value bucket in which judges note how often a submission was tried (no facts: they expire).
pub const TRIES: &str = "TRIES";

/// Every fact subject.
pub const ALL_FACTS: &str = "facts.>";
/// Every subject of IDENTITY.
pub const ALL_IDENTITY: [&str; 3] = ["private.*", "claims.*.*", "keys.*"];
/// The accounts in IDENTITY.
pub const ALL_PRIVATE: &str = "private.*";
/// The wrapped data keys in IDENTITY.
pub const ALL_KEYS: &str = "keys.*";

/// The judges' work queue: a durable consumer on FACTS.
pub const JUDGE_LIVE: &str = "judge-live";
/// The judges' second queue, worked off while the first is empty: a durable consumer on FACTS.
pub const JUDGE_REJUDGE: &str = "judge-rejudge";
/// What carries rejudge sets forward, one event of a set after the other: a durable consumer on FACTS.
pub const REJUDGE_SETS: &str = "rejudge-sets";
/// The relay that carries what IDENTITY decided into FACTS: a durable consumer on IDENTITY.
pub const IDENTITY_RELAY: &str = "identity-relay";

/// How many partitions FACTS has. Recorded in the stream's metadata; a process that finds another number refuses to
/// start, because the same key would live in two places.
pub const PARTITIONS: u8 = 16;

/// One of the [`PARTITIONS`] parts of FACTS. All facts of one learner (or exercise) are in one, in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Partition(u8);

impl Partition {
    /// The partition of a key: FNV-1a (64 bit, offset basis 0xcbf29ce484222325, prime 0x100000001b3) over the UUID's
    /// 16 bytes, its halves xor-ed, modulo [`PARTITIONS`].
    pub fn of(key: Uuid) -> Self {
        let hash = key.as_bytes().iter().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
        });
        let folded = hash ^ (hash >> 32);
        Self(u8::try_from(folded % u64::from(PARTITIONS)).expect("a remainder of a u8 is a u8"))
    }

    /// `None` when there is no such partition.
    pub fn new(number: u8) -> Option<Self> {
        (number < PARTITIONS).then_some(Self(number))
    }

    pub fn number(self) -> u8 {
        self.0
    }

    pub fn all() -> impl Iterator<Item = Self> {
        (0..PARTITIONS).map(Self)
    }
}

impl fmt::Display for Partition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}", self.0)
    }
}

/// Where a fact of this family about this key goes: `facts.<family>.<partition>.<key>`.
pub fn fact(family: Family, key: Uuid) -> String {
    format!("facts.{}.{}.{key}", family.name(), Partition::of(key))
}

/// All facts of one family.
pub fn family(family: Family) -> String {
    format!("facts.{}.>", family.name())
}

/// All facts of one partition, every family.
pub fn partition(partition: Partition) -> String {
    format!("facts.*.{partition}.>")
}

/// All facts about this key, every family.
pub fn about(key: Uuid) -> String {
    format!("facts.*.{}.{key}", Partition::of(key))
}

/// The partition a fact's subject names; `None` when the subject is not a fact's.
pub fn partition_of(subject: &str) -> Option<Partition> {
    let mut tokens = subject.split('.');
    if tokens.next() != Some("facts") {
        return None;
    }
    tokens.nth(1).and_then(|number| number.parse().ok()).and_then(Partition::new)
}

/// One account's private events.
pub fn private(learner: LearnerId) -> String {
    format!("private.{learner}")
}

/// One learner's wrapped data key.
pub fn key(learner: LearnerId) -> String {
    format!("keys.{learner}")
}

/// The claim on an e-mail address; `digest` is its HMAC in hex.
pub fn email_claim(digest: &str) -> String {
    format!("claims.email.{digest}")
}

/// The claim on a handle; `digest` is its HMAC in hex.
pub fn handle_claim(digest: &str) -> String {
    format!("claims.handle.{digest}")
}

/// Where a judge reports progress on a learner's submissions: core NATS, never stored.
pub fn progress(learner: LearnerId) -> String {
    format!("progress.{}.{learner}", Partition::of(learner.0))
}

/// All progress reports.
pub const ALL_PROGRESS: &str = "progress.>";

/// Where a judge says which languages it has (`crate::language::Announcement`): core NATS, never stored.
pub fn languages_of(judge: Uuid) -> String {
    format!("languages.{judge}")
}

/// All announcements of languages.
pub const ALL_LANGUAGES: &str = "languages.*";

/// Where a judge is asked for a run in this language: core NATS, never stored. `None` when nothing can have that name.
pub fn run(language: &str) -> Option<String> {
    let is_name = !language.is_empty() && language.bytes().all(|byte| byte.is_ascii_alphanumeric());
    is_name.then(|| format!("runs.{language}"))
}

/// All requests for runs.
pub const ALL_RUNS: &str = "runs.*";
/// The queue group of the judges that listen for them: each request goes to one.
pub const RUN_JUDGES: &str = "judges";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_partition_of_a_key_never_changes() {
        let numbers: Vec<u8> = (0..8).map(|n| Partition::of(Uuid::from_u128(n)).number()).collect();
        assert_eq!(numbers, [12, 11, 6, 5, 0, 15, 10, 9]);
    }

    #[test]
    fn partitions_are_evenly_filled() {
        let mut filled = [0_u32; PARTITIONS as usize];
        for n in 0..16_000_u128 {
            filled[usize::from(Partition::of(Uuid::from_u128(n * 7_919)).number())] += 1;
        }
        assert!(filled.iter().all(|count| (800..1_200).contains(count)), "{filled:?}");
    }

    #[test]
    fn only_a_name_becomes_part_of_a_subject() {
        assert_eq!(run("python").as_deref(), Some("runs.python"));
        for no_name in ["", "*", ">", "a.b", "a b", "c++"] {
            assert_eq!(run(no_name), None, "{no_name}");
        }
    }

    #[test]
    fn a_fact_subject_names_its_partition() {
        let key = Uuid::from_u128(42);
        let subject = fact(Family::Submission, key);
        assert_eq!(partition_of(&subject), Some(Partition::of(key)));
        assert_eq!(partition_of("private.x"), None);
        assert_eq!(partition_of("facts.submission.99.x"), None);
    }
}
