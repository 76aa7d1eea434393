//! Identifiers. A newtype per concept, so that the compiler refuses a learner where an exercise is meant.
//!
//! Random ids are UUIDv7 and are made where randomness has its door (the services). Everything derived is UUIDv5 under
//! [`NAMESPACE`], so the same inputs give the same id on every machine, for ever.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::fmt::{self, Write as _};
use std::str::FromStr;
use uuid::Uuid;

/// The namespace of every derived id: uuid5(DNS namespace, `events.laurel`). Never changes.
pub const NAMESPACE: Uuid = Uuid::from_u128(0x11b3_fbe9_7eac_5080_ad80_ca90_9392_d0da);

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Uuid::parse_str(text).map($name)
            }
        }
    };
}

id! {
    /// One event. It is the CloudEvents `id` and the broker's `Nats-Msg-Id`.
    EventId
}
id! {
    /// One person's account. Says nothing about the person.
    LearnerId
}
id! {
    /// One exercise, whatever its revision: uuid5 of its slug, see [`ExerciseId::of_slug`].
    ExerciseId
}
id! {
    /// One submission. Equal to the id of its `submission_received` event.
    SubmissionId
}
id! {
    /// One grading of one submission: `first`, or one per rejudge set.
    JudgementId
}
id! {
    /// One rejudge set. Equal to the id of its `rejudge_requested` event.
    RejudgeSetId
}

id! {
    /// One cohort. Equal to the id of its `cohort_created` event.
    CohortId
}
id! {
    /// One invitation to a cohort: made of a keyed digest of its code, so it says nothing about the code.
    InvitationId
}

impl ExerciseId {
    /// A slug's exercise id. Because it is derived, "no event yet on this id" is the slug's claim.
    pub fn of_slug(slug: &str) -> Self {
        Self(derive("exercise", &[slug]))
    }
}

impl JudgementId {
    /// The judgement every submission gets without anybody asking for it.
    pub fn first(submission: SubmissionId) -> Self {
        // Every judgement is held against it by each of several readers.
        let mut buffer = Uuid::encode_buffer();
        let submission = submission.0.hyphenated().encode_lower(&mut buffer);
        Self(derive("judgement", &[submission, "first"]))
    }

    /// The one that a rejudge set asks for.
    pub fn rejudged(submission: SubmissionId, set: RejudgeSetId) -> Self {
        Self(derive("judgement", &[&submission.to_string(), &set.to_string()]))
    }
}

impl EventId {
    /// The id of the event that a request with an `Idempotency-Key` leads to. `actor` is the learner's id, or what
    /// stands for it before there is one.
    pub fn of_request(actor: &str, route: &str, idempotency_key: &str) -> Self {
        Self(derive("request", &[actor, route, idempotency_key]))
    }

    /// The id of an event that follows from another one (`role` says which).
    pub fn following(cause: EventId, role: &str) -> Self {
        Self(derive("following", &[&cause.to_string(), role]))
    }

    /// The id of the fact that asks for a submission of a rejudge set.
    pub fn of_rejudge(set: RejudgeSetId, submission: SubmissionId) -> Self {
        Self(derive("rejudge", &[&set.to_string(), &submission.to_string()]))
    }

    /// The id of the fact that gives a rejudge set effect for a learner; `chunk` counts from 0 where one fact does not
    /// hold all of it.
    pub fn of_rejudge_applied(set: RejudgeSetId, learner: LearnerId, chunk: usize) -> Self {
        Self(derive("rejudge_applied", &[&set.to_string(), &learner.to_string(), &chunk.to_string()]))
    }
}

/// uuid5 over the kind and the parts, each behind its length, so that no two lists of parts can meet in one name.
pub(crate) fn derive(kind: &str, parts: &[&str]) -> Uuid {
    let mut name = kind.to_owned();
    for part in parts {
        write!(name, "/{}:{part}", part.len()).expect("a string takes everything");
    }
    Uuid::new_v5(&NAMESPACE, name.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn derived_ids_never_change() {
        assert_eq!(ExerciseId::of_slug("sum-of-two").to_string(), "34a7f519-f0cf-51cd-8744-235839efe275");
        let submission = SubmissionId(Uuid::from_u128(1));
        assert_eq!(JudgementId::first(submission).to_string(), "9b9be7b0-0896-5ec8-a9dc-28851e0f5cf9");
    }

    #[test]
    fn parts_cannot_be_shifted_into_each_other() {
        assert_ne!(EventId::of_request("a", "bc", "d"), EventId::of_request("ab", "c", "d"));
    }
}
