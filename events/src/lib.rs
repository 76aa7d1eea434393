//! The contract every Laurel process speaks: what can happen (event families), how it is written on the wire
//! ([`envelope`]), where it goes ([`subject`]), how far a reader has come ([`position`]), and the two shapes that more
//! than one process must agree on to the byte: exercise packages ([`package`]) and leaderboards ([`board`],
//! [`places`]).
//!
//! This crate is pure: no I/O, no async, no clock, no randomness. Everything here is a function of its inputs.

pub mod account;
pub mod achievement;
pub mod board;
pub mod cohort;
pub mod envelope;
pub mod exercise;
pub mod family;
pub mod freeze;
pub mod ids;
pub mod judgement;
pub mod language;
pub mod learner;
pub mod operation;
pub mod package;
pub mod places;
pub mod position;
pub mod rejudge;
pub mod run;
pub mod schema;
pub mod seal;
pub mod subject;
pub mod submission;
pub mod upcast;

pub use envelope::{DecodeError, NewEvent, Recorded, Wire};
pub use family::{Event, EventType, Family, FamilyEvent};
pub use ids::{
    CohortId, EventId, ExerciseId, InvitationId, JudgementId, LearnerId, RejudgeSetId, SubmissionId,
};
pub use position::{Part, Position};
pub use seal::Sealed;
pub use subject::{PARTITIONS, Partition};
