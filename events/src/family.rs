//! What all event families have in common, and the closed list of families.
//!
//! A family is one file with its payload structs, one enum over them and an implementation of [`FamilyEvent`]. Adding
//! an event touches that file (and a golden file) only; adding a family also touches this one.

use crate::account::AccountEvent;
use crate::cohort::{CohortEvent, InvitationEvent, MembershipEvent};
use crate::exercise::ExerciseEvent;
use crate::freeze::BoardEvent;
use crate::judgement::JudgementEvent;
use crate::learner::LearnerEvent;
use crate::operation::OperationEvent;
use crate::rejudge::{RejudgeEvent, RejudgeSetEvent};
use crate::submission::SubmissionEvent;
use crate::upcast::Upcast;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

/// A kind of aggregate, and the second token of its subjects.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Family {
    /// Personal; lives in IDENTITY, never in FACTS.
    Account,
    Learner,
    Exercise,
    Submission,
    Judgement,
    /// What a rejudge set means for one learner.
    Rejudge,
    /// A rejudge set as a whole.
    RejudgeSet,
    Cohort,
    /// Which cohort an invitation is to.
    Invitation,
    /// What cohorts one learner belongs to.
    Membership,
    /// Whether the boards of one scope stand still.
    Board,
    Operation,
}

impl Family {
    pub const ALL: [Family; 12] = [
        Family::Account,
        Family::Learner,
        Family::Exercise,
        Family::Submission,
        Family::Judgement,
        Family::Rejudge,
        Family::RejudgeSet,
        Family::Cohort,
        Family::Invitation,
        Family::Membership,
        Family::Board,
        Family::Operation,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Family::Account => "account",
            Family::Learner => "learner",
            Family::Exercise => "exercise",
            Family::Submission => "submission",
            Family::Judgement => "judgement",
            Family::Rejudge => "rejudge",
            Family::RejudgeSet => "rejudge_set",
            Family::Cohort => "cohort",
            Family::Invitation => "invitation",
            Family::Membership => "membership",
            Family::Board => "board",
            Family::Operation => "operation",
        }
    }
}

/// One type of event: its family, its name (a past-tense fact in snake_case) and its current version.
///
/// A published type never changes its meaning: a new field has a default, a new meaning is a new version with an
/// upcaster from the one before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct EventType {
    pub family: Family,
    pub name: &'static str,
    pub version: u32,
}

impl EventType {
    /// The CloudEvents `type`: `laurel.<name>.v<version>`.
    pub fn wire_name(&self) -> String {
        format!("laurel.{}.v{}", self.name, self.version)
    }

    /// Every event type there is.
    pub fn all() -> Vec<EventType> {
        [
            AccountEvent::TYPES,
            LearnerEvent::TYPES,
            ExerciseEvent::TYPES,
            SubmissionEvent::TYPES,
            JudgementEvent::TYPES,
            RejudgeEvent::TYPES,
            RejudgeSetEvent::TYPES,
            CohortEvent::TYPES,
            InvitationEvent::TYPES,
            MembershipEvent::TYPES,
            BoardEvent::TYPES,
            OperationEvent::TYPES,
        ]
        .concat()
    }
}

/// The events of one family.
pub trait FamilyEvent: Sized {
    const FAMILY: Family;
    /// Every type of the family, at its current version.
    const TYPES: &'static [EventType];
    /// The steps from older versions; empty while every type is at version 1.
    const UPCASTS: &'static [Upcast];

    fn event_type(&self) -> EventType;
    /// The aggregate: what the subject ends in, and what the partition is computed from.
    fn key(&self) -> Uuid;
    /// The JSON body.
    fn to_json(&self) -> serde_json::Result<Vec<u8>>;
    /// Reads a body of the current version. `None`: the family has no type of that name.
    fn from_json(name: &str, body: &[u8]) -> Option<serde_json::Result<Self>>;
    /// Reads a body that an upcaster produced.
    fn from_value(name: &str, body: Value) -> Option<serde_json::Result<Self>> {
        match serde_json::to_vec(&body) {
            Ok(bytes) => Self::from_json(name, &bytes),
            Err(error) => Some(Err(error)),
        }
    }
}

/// Any event.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    Account(AccountEvent),
    Learner(LearnerEvent),
    Exercise(ExerciseEvent),
    Submission(SubmissionEvent),
    Judgement(JudgementEvent),
    Rejudge(RejudgeEvent),
    RejudgeSet(RejudgeSetEvent),
    Cohort(CohortEvent),
    Invitation(InvitationEvent),
    Membership(MembershipEvent),
    Board(BoardEvent),
    Operation(OperationEvent),
}

impl Event {
    pub fn event_type(&self) -> EventType {
        match self {
            Event::Account(event) => event.event_type(),
            Event::Learner(event) => event.event_type(),
            Event::Exercise(event) => event.event_type(),
            Event::Submission(event) => event.event_type(),
            Event::Judgement(event) => event.event_type(),
            Event::Rejudge(event) => event.event_type(),
            Event::RejudgeSet(event) => event.event_type(),
            Event::Cohort(event) => event.event_type(),
            Event::Invitation(event) => event.event_type(),
            Event::Membership(event) => event.event_type(),
            Event::Board(event) => event.event_type(),
            Event::Operation(event) => event.event_type(),
        }
    }

    pub fn key(&self) -> Uuid {
        match self {
            Event::Account(event) => event.key(),
            Event::Learner(event) => event.key(),
            Event::Exercise(event) => event.key(),
            Event::Submission(event) => event.key(),
            Event::Judgement(event) => event.key(),
            Event::Rejudge(event) => event.key(),
            Event::RejudgeSet(event) => event.key(),
            Event::Cohort(event) => event.key(),
            Event::Invitation(event) => event.key(),
            Event::Membership(event) => event.key(),
            Event::Board(event) => event.key(),
            Event::Operation(event) => event.key(),
        }
    }

    pub fn to_json(&self) -> serde_json::Result<Vec<u8>> {
        match self {
            Event::Account(event) => event.to_json(),
            Event::Learner(event) => event.to_json(),
            Event::Exercise(event) => event.to_json(),
            Event::Submission(event) => event.to_json(),
            Event::Judgement(event) => event.to_json(),
            Event::Rejudge(event) => event.to_json(),
            Event::RejudgeSet(event) => event.to_json(),
            Event::Cohort(event) => event.to_json(),
            Event::Invitation(event) => event.to_json(),
            Event::Membership(event) => event.to_json(),
            Event::Board(event) => event.to_json(),
            Event::Operation(event) => event.to_json(),
        }
    }
}
