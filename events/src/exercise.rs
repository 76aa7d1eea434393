//! Exercises: what there is to solve. The hidden tests are not here but in the package, by digest.
//!
//! All on `facts.exercise.<partition>.<exercise>`, published by command-api, consumed by command-api (which follows the
//! family), projectors (`exercises`) and analysts. Every event carries the whole exercise as it stands afterwards.

use crate::family::{EventType, Family, FamilyEvent};
use crate::ids::{ExerciseId, LearnerId};
use crate::upcast::Upcast;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use uuid::Uuid;

pub const EXERCISE_CREATED: EventType = exercise("exercise_created");
pub const EXERCISE_REVISED: EventType = exercise("exercise_revised");
pub const EXERCISE_PUBLISHED: EventType = exercise("exercise_published");
pub const EXERCISE_ARCHIVED: EventType = exercise("exercise_archived");

const fn exercise(name: &'static str) -> EventType {
    EventType { family: Family::Exercise, name, version: 1 }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Difficulty {
    Easy,
    Medium,
    Hard,
}

impl Difficulty {
    pub fn name(self) -> &'static str {
        match self {
            Difficulty::Easy => "easy",
            Difficulty::Medium => "medium",
            Difficulty::Hard => "hard",
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Seen by its author only.
    Draft,
    Published,
    /// No longer open to submissions; everything earned on it stays.
    Archived,
}

impl Status {
    pub fn name(self) -> &'static str {
        match self {
            Status::Draft => "draft",
            Status::Published => "published",
            Status::Archived => "archived",
        }
    }
}

/// What one test run may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Limits {
    /// CPU time of the whole process tree, milliseconds.
    pub cpu_ms: u32,
    /// Resident memory of the whole process tree, KiB.
    pub memory_kib: u32,
    /// What a run may write to its output, KiB.
    pub output_kib: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self { cpu_ms: 2_000, memory_kib: 128 * 1_024, output_kib: 1_024 }
    }
}

/// An example everybody may see.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Sample {
    /// Standard input, or the expression of a `call` test.
    pub input: String,
    pub expected: String,
}

/// An exercise as it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Exercise {
    pub exercise_id: ExerciseId,
    /// Lower-case letters, digits and single hyphens, 3 to 64 characters; never changes.
    pub slug: String,
    /// 1 at creation, one more at every change (also of status). The ETag.
    pub revision: u32,
    pub status: Status,
    pub title: String,
    /// Markdown.
    pub statement: String,
    pub category: String,
    pub difficulty: Difficulty,
    /// What solving it is worth, 1 to 1,000.
    pub points: u32,
    pub languages: BTreeSet<String>,
    pub limits: Limits,
    pub samples: Vec<Sample>,
    /// SHA-256 of the package in the EXERCISES bucket, hex; also its name there.
    pub package_digest: String,
    pub author_id: LearnerId,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ExerciseCreated {
    pub exercise: Exercise,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ExerciseRevised {
    pub exercise: Exercise,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ExercisePublished {
    pub exercise: Exercise,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ExerciseArchived {
    pub exercise: Exercise,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ExerciseEvent {
    Created(ExerciseCreated),
    Revised(ExerciseRevised),
    Published(ExercisePublished),
    Archived(ExerciseArchived),
}

impl ExerciseEvent {
    /// The exercise as it stands after this event.
    pub fn exercise(&self) -> &Exercise {
        match self {
            Self::Created(event) => &event.exercise,
            Self::Revised(event) => &event.exercise,
            Self::Published(event) => &event.exercise,
            Self::Archived(event) => &event.exercise,
        }
    }
}

impl FamilyEvent for ExerciseEvent {
    const FAMILY: Family = Family::Exercise;
    const TYPES: &'static [EventType] =
        &[EXERCISE_CREATED, EXERCISE_REVISED, EXERCISE_PUBLISHED, EXERCISE_ARCHIVED];
    const UPCASTS: &'static [Upcast] = &[];

    fn event_type(&self) -> EventType {
        match self {
            Self::Created(_) => EXERCISE_CREATED,
            Self::Revised(_) => EXERCISE_REVISED,
            Self::Published(_) => EXERCISE_PUBLISHED,
            Self::Archived(_) => EXERCISE_ARCHIVED,
        }
    }

    fn key(&self) -> Uuid {
        self.exercise().exercise_id.0
    }

    fn to_json(&self) -> serde_json::Result<Vec<u8>> {
        match self {
            Self::Created(event) => serde_json::to_vec(event),
            Self::Revised(event) => serde_json::to_vec(event),
            Self::Published(event) => serde_json::to_vec(event),
            Self::Archived(event) => serde_json::to_vec(event),
        }
    }

    fn from_json(name: &str, body: &[u8]) -> Option<serde_json::Result<Self>> {
        Some(match name {
            "exercise_created" => serde_json::from_slice(body).map(Self::Created),
            "exercise_revised" => serde_json::from_slice(body).map(Self::Revised),
            "exercise_published" => serde_json::from_slice(body).map(Self::Published),
            "exercise_archived" => serde_json::from_slice(body).map(Self::Archived),
            _ => return None,
        })
    }
}
