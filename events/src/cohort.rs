//! Cohorts: classes that instructors make and learners join by an invitation.
//!
//! A cohort is an aggregate of its own, on `facts.cohort.<partition>.<cohort>`, and every one of its events carries all of
//! it, so its last message says how it stands. Who belongs to it is written as facts of each learner, on
//! `facts.membership.<partition>.<learner>`, because a projection reads only its partition; each carries every cohort of the
//! learner, so the last message is all a decision about one learner has to read.
//!
//! | event | means | published by |
//! |---|---|---|
//! | `cohort_created`, `cohort_renamed`, `cohort_archived` | an instructor made, named, ended a class | command-api, on a request |
//! | `cohort_instructors_changed` | other people lead it | command-api, on a request |
//! | `cohort_invitation_changed` | another invitation is good, or none | command-api, on a request |
//! | `invitation_made` (invitation) | which cohort an invitation is to | command-api, before the cohort names it |
//! | `cohort_joined` (learner) | this learner is a member from here on | command-api, on a request |
//! | `cohort_left` (learner) | and is none any more: left, was removed, was erased | command-api, on a request or an erasure |
//!
//! Consumed by projectors (`cohorts`; `ledger`: the boards of cohorts) and analysts.
//!
//! A cohort's name is what its instructors typed, as an exercise's title is what its author typed: it is shown to members,
//! stays in the log and is not to name anybody. No fact holds an invitation's code: [`InvitationId`] is a keyed digest of it.

use crate::family::{EventType, Family, FamilyEvent};
use crate::ids::{CohortId, InvitationId, LearnerId};
use crate::upcast::Upcast;
use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

pub const COHORT_CREATED: EventType = of_cohort("cohort_created");
pub const COHORT_RENAMED: EventType = of_cohort("cohort_renamed");
pub const COHORT_INSTRUCTORS_CHANGED: EventType = of_cohort("cohort_instructors_changed");
pub const COHORT_INVITATION_CHANGED: EventType = of_cohort("cohort_invitation_changed");
pub const COHORT_ARCHIVED: EventType = of_cohort("cohort_archived");
pub const INVITATION_MADE: EventType =
    EventType { family: Family::Invitation, name: "invitation_made", version: 1 };
pub const COHORT_JOINED: EventType = of_learner("cohort_joined");
pub const COHORT_LEFT: EventType = of_learner("cohort_left");

const fn of_cohort(name: &'static str) -> EventType {
    EventType { family: Family::Cohort, name, version: 1 }
}

const fn of_learner(name: &'static str) -> EventType {
    EventType { family: Family::Membership, name, version: 1 }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum CohortStatus {
    Open,
    /// Nobody joins it any more. Who is a member may still leave.
    Archived,
}

impl CohortStatus {
    pub fn name(self) -> &'static str {
        match self {
            CohortStatus::Open => "open",
            CohortStatus::Archived => "archived",
        }
    }
}

/// A cohort as it stands, without its members.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Cohort {
    /// Equal to the id of its `cohort_created` event.
    pub cohort_id: CohortId,
    pub name: String,
    pub status: CohortStatus,
    /// Who leads it: at least one, without repeats, who made it first.
    pub instructors: Vec<LearnerId>,
    /// The one invitation that is good; `None`: nobody can join.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub invitation: Option<InvitationId>,
    /// From when on that invitation is good no more; `None`: it does not expire.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub invitation_expires_at: Option<DateTime<Utc>>,
    /// How many invitations there were: what the code is derived from besides a secret.
    #[serde(default)]
    pub invitations: u32,
    /// Whose request led to the event.
    pub changed_by: LearnerId,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CohortEvent {
    Created(Cohort),
    Renamed(Cohort),
    InstructorsChanged(Cohort),
    InvitationChanged(Cohort),
    Archived(Cohort),
}

impl CohortEvent {
    /// The cohort after this event.
    pub fn cohort(&self) -> &Cohort {
        match self {
            Self::Created(cohort)
            | Self::Renamed(cohort)
            | Self::InstructorsChanged(cohort)
            | Self::InvitationChanged(cohort)
            | Self::Archived(cohort) => cohort,
        }
    }

    pub fn into_cohort(self) -> Cohort {
        match self {
            Self::Created(cohort)
            | Self::Renamed(cohort)
            | Self::InstructorsChanged(cohort)
            | Self::InvitationChanged(cohort)
            | Self::Archived(cohort) => cohort,
        }
    }
}

impl FamilyEvent for CohortEvent {
    const FAMILY: Family = Family::Cohort;
    const TYPES: &'static [EventType] = &[
        COHORT_CREATED,
        COHORT_RENAMED,
        COHORT_INSTRUCTORS_CHANGED,
        COHORT_INVITATION_CHANGED,
        COHORT_ARCHIVED,
    ];
    const UPCASTS: &'static [Upcast] = &[];

    fn event_type(&self) -> EventType {
        match self {
            Self::Created(_) => COHORT_CREATED,
            Self::Renamed(_) => COHORT_RENAMED,
            Self::InstructorsChanged(_) => COHORT_INSTRUCTORS_CHANGED,
            Self::InvitationChanged(_) => COHORT_INVITATION_CHANGED,
            Self::Archived(_) => COHORT_ARCHIVED,
        }
    }

    fn key(&self) -> Uuid {
        self.cohort().cohort_id.0
    }

    fn to_json(&self) -> serde_json::Result<Vec<u8>> {
        serde_json::to_vec(self.cohort())
    }

    fn from_json(name: &str, body: &[u8]) -> Option<serde_json::Result<Self>> {
        let wrap = match name {
            "cohort_created" => Self::Created,
            "cohort_renamed" => Self::Renamed,
            "cohort_instructors_changed" => Self::InstructorsChanged,
            "cohort_invitation_changed" => Self::InvitationChanged,
            "cohort_archived" => Self::Archived,
            _ => return None,
        };
        Some(serde_json::from_slice(body).map(wrap))
    }
}

/// Which cohort an invitation is to. It is good while that cohort names it; an invitation that none names is harmless.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct InvitationMade {
    pub invitation_id: InvitationId,
    pub cohort_id: CohortId,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum InvitationEvent {
    Made(InvitationMade),
}

impl FamilyEvent for InvitationEvent {
    const FAMILY: Family = Family::Invitation;
    const TYPES: &'static [EventType] = &[INVITATION_MADE];
    const UPCASTS: &'static [Upcast] = &[];

    fn event_type(&self) -> EventType {
        match self {
            Self::Made(_) => INVITATION_MADE,
        }
    }

    fn key(&self) -> Uuid {
        match self {
            Self::Made(event) => event.invitation_id.0,
        }
    }

    fn to_json(&self) -> serde_json::Result<Vec<u8>> {
        match self {
            Self::Made(event) => serde_json::to_vec(event),
        }
    }

    fn from_json(name: &str, body: &[u8]) -> Option<serde_json::Result<Self>> {
        Some(match name {
            "invitation_made" => serde_json::from_slice(body).map(Self::Made),
            _ => return None,
        })
    }
}

/// A learner is a member of a cohort from here on, and was none before. The envelope's time is when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CohortJoined {
    pub cohort_id: CohortId,
    pub learner_id: LearnerId,
    /// All cohorts of this learner after this event, in the order they were joined in.
    pub cohorts: Vec<CohortId>,
}

/// A learner who was a member of a cohort is none any more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CohortLeft {
    pub cohort_id: CohortId,
    pub learner_id: LearnerId,
    /// The learner, or the instructor who removed them.
    pub by: LearnerId,
    /// All cohorts of this learner after this event, in the order they were joined in.
    pub cohorts: Vec<CohortId>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MembershipEvent {
    Joined(CohortJoined),
    Left(CohortLeft),
}

impl MembershipEvent {
    /// All cohorts of the learner after this event.
    pub fn cohorts(&self) -> &[CohortId] {
        match self {
            Self::Joined(event) => &event.cohorts,
            Self::Left(event) => &event.cohorts,
        }
    }
}

impl FamilyEvent for MembershipEvent {
    const FAMILY: Family = Family::Membership;
    const TYPES: &'static [EventType] = &[COHORT_JOINED, COHORT_LEFT];
    const UPCASTS: &'static [Upcast] = &[];

    fn event_type(&self) -> EventType {
        match self {
            Self::Joined(_) => COHORT_JOINED,
            Self::Left(_) => COHORT_LEFT,
        }
    }

    fn key(&self) -> Uuid {
        match self {
            Self::Joined(event) => event.learner_id.0,
            Self::Left(event) => event.learner_id.0,
        }
    }

    fn to_json(&self) -> serde_json::Result<Vec<u8>> {
        match self {
            Self::Joined(event) => serde_json::to_vec(event),
            Self::Left(event) => serde_json::to_vec(event),
        }
    }

    fn from_json(name: &str, body: &[u8]) -> Option<serde_json::Result<Self>> {
        Some(match name {
            "cohort_joined" => serde_json::from_slice(body).map(Self::Joined),
            "cohort_left" => serde_json::from_slice(body).map(Self::Left),
            _ => return None,
        })
    }
}
