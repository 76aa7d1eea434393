//! Operations: what operators told the projectors to do: with a parked key (facts, so that a rebuild comes to the same
//! rows), or with a whole projection (so that who ordered what, and why, stays known).
//!
//! On `facts.operation.<partition>.<key>`, where the key is the parked one, so that the order stands behind what it is
//! about, or [`projection_key`]. Published by command-api, consumed by projectors (the runner) and analysts.

use crate::family::{EventType, Family, FamilyEvent};
use crate::ids::{LearnerId, derive};
use crate::upcast::Upcast;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

pub const PARKED_KEY_REDRIVEN: EventType = operation("parked_key_redriven");
pub const PARKED_EVENT_DISCARDED: EventType = operation("parked_event_discarded");
pub const PROJECTION_BUILD_ORDERED: EventType = operation("projection_build_ordered");
pub const PROJECTION_BUILD_ABORTED: EventType = operation("projection_build_aborted");

/// The projections there are to give orders about. The projectors' registry has the same.
pub const PROJECTIONS: [&str; 8] =
    ["cohorts", "exercises", "freezes", "learners", "ledger", "progress", "rejudges", "submissions"];

/// The aggregate that orders about a projection are about.
pub fn projection_key(projection: &str) -> Uuid {
    derive("projection", &[projection])
}

const fn operation(name: &'static str) -> EventType {
    EventType { family: Family::Operation, name, version: 1 }
}

/// Try the events parked for this key again, in order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ParkedKeyRedriven {
    pub projection: String,
    /// The learner or exercise whose events are parked.
    pub key: Uuid,
    pub operator_id: LearnerId,
}

/// Go on without this event: the projection ignores it, now and in every rebuild.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ParkedEventDiscarded {
    pub projection: String,
    pub key: Uuid,
    /// FACTS sequence of the event to ignore.
    pub sequence: u64,
    pub reason: String,
    pub operator_id: LearnerId,
}

/// What is made beside a projection's live tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum BuildKind {
    /// New tables from the first event on, to take the live ones' place.
    Rebuild,
    /// The same, to be compared with the live ones and thrown away.
    Verify,
    /// The tables that were live before, caught up, to take the live ones' place.
    Rollback,
}

impl BuildKind {
    pub fn name(self) -> &'static str {
        match self {
            BuildKind::Rebuild => "rebuild",
            BuildKind::Verify => "verify",
            BuildKind::Rollback => "rollback",
        }
    }
}

/// Make this. The event's id is the build's id. An order that nobody could carry out within an hour lapses.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ProjectionBuildOrdered {
    pub projection: String,
    pub kind: BuildKind,
    /// A rebuild that comes out otherwise than the live tables takes their place all the same: for tables known to be wrong.
    #[serde(default)]
    pub accept_difference: bool,
    pub reason: String,
    pub operator_id: LearnerId,
}

/// Give up what is ordered or being made for this projection; the live tables stay.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ProjectionBuildAborted {
    pub projection: String,
    pub operator_id: LearnerId,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OperationEvent {
    ParkedKeyRedriven(ParkedKeyRedriven),
    ParkedEventDiscarded(ParkedEventDiscarded),
    ProjectionBuildOrdered(ProjectionBuildOrdered),
    ProjectionBuildAborted(ProjectionBuildAborted),
}

impl FamilyEvent for OperationEvent {
    const FAMILY: Family = Family::Operation;
    const TYPES: &'static [EventType] =
        &[PARKED_KEY_REDRIVEN, PARKED_EVENT_DISCARDED, PROJECTION_BUILD_ORDERED, PROJECTION_BUILD_ABORTED];
    const UPCASTS: &'static [Upcast] = &[];

    fn event_type(&self) -> EventType {
        match self {
            Self::ParkedKeyRedriven(_) => PARKED_KEY_REDRIVEN,
            Self::ParkedEventDiscarded(_) => PARKED_EVENT_DISCARDED,
            Self::ProjectionBuildOrdered(_) => PROJECTION_BUILD_ORDERED,
            Self::ProjectionBuildAborted(_) => PROJECTION_BUILD_ABORTED,
        }
    }

    fn key(&self) -> Uuid {
        match self {
            Self::ParkedKeyRedriven(event) => event.key,
            Self::ParkedEventDiscarded(event) => event.key,
            Self::ProjectionBuildOrdered(event) => projection_key(&event.projection),
            Self::ProjectionBuildAborted(event) => projection_key(&event.projection),
        }
    }

    fn to_json(&self) -> serde_json::Result<Vec<u8>> {
        match self {
            Self::ParkedKeyRedriven(event) => serde_json::to_vec(event),
            Self::ParkedEventDiscarded(event) => serde_json::to_vec(event),
            Self::ProjectionBuildOrdered(event) => serde_json::to_vec(event),
            Self::ProjectionBuildAborted(event) => serde_json::to_vec(event),
        }
    }

    fn from_json(name: &str, body: &[u8]) -> Option<serde_json::Result<Self>> {
        Some(match name {
            "parked_key_redriven" => serde_json::from_slice(body).map(Self::ParkedKeyRedriven),
            "parked_event_discarded" => serde_json::from_slice(body).map(Self::ParkedEventDiscarded),
            "projection_build_ordered" => serde_json::from_slice(body).map(Self::ProjectionBuildOrdered),
            "projection_build_aborted" => serde_json::from_slice(body).map(Self::ProjectionBuildAborted),
            _ => return None,
        })
    }
}
