//! Submissions: a learner handed in source code. The fact carries everything its effects need, so neither the judge nor
//! a projection has to look anything up that could have changed since.
//!
//! `submission_received` on `facts.submission.<partition>.<learner>`: published by command-api; consumed by judge
//! (durable `judge-live`), projectors (`submissions`, `progress`) and analysts.

use crate::family::{EventType, Family, FamilyEvent};
use crate::ids::{ExerciseId, LearnerId, SubmissionId};
use crate::seal::Sealed;
use crate::upcast::Upcast;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

pub const SUBMISSION_RECEIVED: EventType =
    EventType { family: Family::Submission, name: "submission_received", version: 1 };

/// The name of the sealed field, part of its associated data.
pub const SOURCE_FIELD: &str = "source";

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SubmissionReceived {
    /// Equal to the event's id.
    pub submission_id: SubmissionId,
    pub learner_id: LearnerId,
    pub exercise_id: ExerciseId,
    /// The exercise's revision at acceptance: what the submission is judged by.
    pub revision: u32,
    pub category: String,
    pub language: String,
    pub points_max: u32,
    /// Names the package in the EXERCISES bucket.
    pub package_digest: String,
    /// Of the source in UTF-8.
    pub size_bytes: u32,
    /// HMAC-SHA256 of the source under a server-side key, hex: equal sources can be found, none can be guessed.
    pub source_digest: String,
    pub source: Sealed,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SubmissionEvent {
    Received(SubmissionReceived),
}

impl FamilyEvent for SubmissionEvent {
    const FAMILY: Family = Family::Submission;
    const TYPES: &'static [EventType] = &[SUBMISSION_RECEIVED];
    const UPCASTS: &'static [Upcast] = &[];

    fn event_type(&self) -> EventType {
        match self {
            Self::Received(_) => SUBMISSION_RECEIVED,
        }
    }

    fn key(&self) -> Uuid {
        match self {
            Self::Received(event) => event.learner_id.0,
        }
    }

    fn to_json(&self) -> serde_json::Result<Vec<u8>> {
        match self {
            Self::Received(event) => serde_json::to_vec(event),
        }
    }

    fn from_json(name: &str, body: &[u8]) -> Option<serde_json::Result<Self>> {
        Some(match name {
            "submission_received" => serde_json::from_slice(body).map(Self::Received),
            _ => return None,
        })
    }
}
