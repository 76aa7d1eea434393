//! The languages there are: what a submission, an exercise's offer, a checker and a solution may name.
//!
//! A name is part of the contract: facts carry it, and its meaning stays. How a language is compiled and run is the judge's
//! table, which has a row for each of these (checked there); whether a judge has it at this moment is another matter.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::time::Duration;
use uuid::Uuid;

/// How often a judge says which languages it has. One that was not heard for three times as long has gone.
pub const ANNOUNCED_EVERY: Duration = Duration::from_secs(5);

/// What a judge says of itself. No fact, and never stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Announcement {
    /// Made at each start.
    pub judge_id: Uuid,
    /// The languages of its host by name, with their versions; none when it ends.
    pub languages: BTreeMap<String, String>,
}

/// A language by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Language {
    pub name: &'static str,
    /// Whether tests may call into a program in it (`events::package::TestKind::Call`).
    pub knows_calls: bool,
}

const fn language(name: &'static str) -> Language {
    Language { name, knows_calls: false }
}

/// Every language, by name.
pub const ALL: &[Language] = &[
    language("bash"),
    language("c"),
    language("cpp"),
    language("go"),
    language("java"),
    language("javascript"),
    language("lua"),
    language("perl"),
    language("php"),
    Language { name: "python", knows_calls: true },
    language("ruby"),
    language("rust"),
    language("typescript"),
];

pub fn find(name: &str) -> Option<&'static Language> {
    ALL.iter().find(|language| language.name == name)
}
