//! Operations: what operators told the projectors to do with a parked key. They are facts, so that a rebuild comes to
//! the same rows.
//!
//! On `facts.operation.<partition>.<key>` with the parked key's own partition, published by command-api, consumed by
//! projectors (the runner) and analysts.

use crate::family::{EventType, Family, FamilyEvent};
use crate::ids::LearnerId;
use crate::upcast::Upcast;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

pub const PARKED_KEY_REDRIVEN: EventType = operation("parked_key_redriven");
pub const PARKED_EVENT_DISCARDED: EventType = operation("parked_event_discarded");

const fn operation(name: &'static str) -> EventType {
    EventType { family: Family::Operation, name, version: 1 }
}

/// Try the events parked for this key again, in order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ParkedKeyRedriven {
    pub projection: String,
    /// The learner or exercise whose events are parked.
    pub key: Uuid,
    pub operator_id: LearnerId,
}

/// Go on without this event: the projection ignores it, now and in every rebuild.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ParkedEventDiscarded {
    pub projection: String,
    pub key: Uuid,
    /// FACTS sequence of the event to ignore.
    pub sequence: u64,
    pub reason: String,
    pub operator_id: LearnerId,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OperationEvent {
    ParkedKeyRedriven(ParkedKeyRedriven),
    ParkedEventDiscarded(ParkedEventDiscarded),
}

impl FamilyEvent for OperationEvent {
    const FAMILY: Family = Family::Operation;
    const TYPES: &'static [EventType] = &[PARKED_KEY_REDRIVEN, PARKED_EVENT_DISCARDED];
    const UPCASTS: &'static [Upcast] = &[];

    fn event_type(&self) -> EventType {
        match self {
            Self::ParkedKeyRedriven(_) => PARKED_KEY_REDRIVEN,
            Self::ParkedEventDiscarded(_) => PARKED_EVENT_DISCARDED,
        }
    }

    fn key(&self) -> Uuid {
        match self {
            Self::ParkedKeyRedriven(event) => event.key,
            Self::ParkedEventDiscarded(event) => event.key,
        }
    }

    fn to_json(&self) -> serde_json::Result<Vec<u8>> {
        match self {
            Self::ParkedKeyRedriven(event) => serde_json::to_vec(event),
            Self::ParkedEventDiscarded(event) => serde_json::to_vec(event),
        }
    }

    fn from_json(name: &str, body: &[u8]) -> Option<serde_json::Result<Self>> {
        Some(match name {
            "parked_key_redriven" => serde_json::from_slice(body).map(Self::ParkedKeyRedriven),
            "parked_event_discarded" => serde_json::from_slice(body).map(Self::ParkedEventDiscarded),
            _ => return None,
        })
    }
}
