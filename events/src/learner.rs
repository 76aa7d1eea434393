//! Learners, as the public stream knows them: an id, and when it appeared. Who that is stands in IDENTITY.
//!
//! `learner_registered` on `facts.learner.<partition>.<learner>`: published by command-api (right after the account, or
//! by its relay); consumed by projectors and analysts.

use crate::family::{EventType, Family, FamilyEvent};
use crate::ids::LearnerId;
use crate::upcast::Upcast;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

pub const LEARNER_REGISTERED: EventType =
    EventType { family: Family::Learner, name: "learner_registered", version: 1 };

/// A learner exists. The envelope's time is the registration's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LearnerRegistered {
    pub learner_id: LearnerId,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LearnerEvent {
    Registered(LearnerRegistered),
}

impl FamilyEvent for LearnerEvent {
    const FAMILY: Family = Family::Learner;
    const TYPES: &'static [EventType] = &[LEARNER_REGISTERED];
    const UPCASTS: &'static [Upcast] = &[];

    fn event_type(&self) -> EventType {
        match self {
            Self::Registered(_) => LEARNER_REGISTERED,
        }
    }

    fn key(&self) -> Uuid {
        match self {
            Self::Registered(event) => event.learner_id.0,
        }
    }

    fn to_json(&self) -> serde_json::Result<Vec<u8>> {
        match self {
            Self::Registered(event) => serde_json::to_vec(event),
        }
    }

    fn from_json(name: &str, body: &[u8]) -> Option<serde_json::Result<Self>> {
        Some(match name {
            "learner_registered" => serde_json::from_slice(body).map(Self::Registered),
            _ => return None,
        })
    }
}
