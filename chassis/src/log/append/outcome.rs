//! What an answer of the broker means. Pure: the wire form in, the next step out.

use super::super::error::AppendError;
use serde::Deserialize;

/// What came back from one attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Answer {
    Acknowledged(Ack),
    Refused(Refusal),
    /// Nobody listens on the subject: it was not stored by this attempt.
    NoResponders,
    /// No answer: the time was up or the connection went down. It may be stored.
    Lost,
    /// It could not be handed to the connection.
    NotSent(AppendError),
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(super) struct Ack {
    #[serde(rename = "seq")]
    pub sequence: u64,
    #[serde(default)]
    pub duplicate: bool,
    /// Messages in the batch, for a batch.
    #[serde(default)]
    pub count: u64,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(super) struct Refusal {
    #[serde(rename = "code")]
    pub status: u64,
    #[serde(rename = "err_code", default)]
    pub code: u64,
    #[serde(default)]
    pub description: String,
}

#[derive(Deserialize)]
struct Reply {
    error: Option<Refusal>,
}

impl Answer {
    pub(super) fn read(payload: &[u8]) -> Self {
        match serde_json::from_slice::<Reply>(payload) {
            Ok(Reply { error: Some(refusal) }) => Self::Refused(refusal),
            Ok(Reply { error: None }) => {
                serde_json::from_slice(payload).map_or(Self::Lost, Self::Acknowledged)
            }
            Err(_) => Self::Lost,
        }
    }
}

/// What to do after an attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Step {
    /// Stored; this is the sequence of the last (or only) message.
    Stored(u64),
    /// A message of this id stands at this sequence: read it and compare.
    Compare(u64),
    /// A member is stored already or in flight: halve the batch.
    Halve,
    /// Read the subjects from the expected sequences on: is it ours that is there?
    ReadBack(Cause),
    /// The same ids again.
    Again,
    Fail(AppendError),
}

/// Why a conditional append has to look at what is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cause {
    /// The last sequence of a subject is another one.
    Moved,
    /// A message of one of the ids is stored.
    KnownId,
}

const INSUFFICIENT_RESOURCES: u64 = 10023;
const ACCOUNT_RESOURCES_EXCEEDED: u64 = 10002;
const STORAGE_RESOURCES_EXCEEDED: u64 = 10047;
/// What 2.15 answers when `max_bytes` is reached with `discard: new`, and when the disk refuses.
const STORE_FAILED: u64 = 10077;
const WRONG_LAST_SEQUENCE: u64 = 10071;
/// A cluster's way to say that another write to the subject is under way; can be spurious.
const WRONG_LAST_SEQUENCE_IN_FLIGHT: u64 = 10164;
const DUPLICATE_IN_FLIGHT: u64 = 10158;
const BATCH_INCOMPLETE: u64 = 10176;
const BATCH_TOO_LARGE: u64 = 10199;
const BATCH_HOLDS_DUPLICATE: u64 = 10201;
const BATCHES_IN_FLIGHT: u64 = 10210;

/// After a plain, unconditional publish. `lost_before`: an earlier attempt went unanswered, so it may be stored.
pub(super) fn after_plain(answer: Answer, lost_before: bool) -> Step {
    match answer {
        Answer::Acknowledged(Ack { sequence, duplicate: true, .. }) => Step::Compare(sequence),
        Answer::Acknowledged(ack) => Step::Stored(ack.sequence),
        Answer::Refused(refusal) if refusal.code == DUPLICATE_IN_FLIGHT => Step::Again,
        other => after_any(other, lost_before),
    }
}

/// After a shared batch of `count` unconditional events.
pub(super) fn after_shared(answer: Answer, count: u64, lost_before: bool) -> Step {
    match answer {
        Answer::Acknowledged(ack) if ack.count == count => Step::Stored(ack.sequence),
        // An acknowledgement of something else: find out one half at a time.
        Answer::Acknowledged(_) => Step::Halve,
        Answer::Refused(refusal)
            if [DUPLICATE_IN_FLIGHT, BATCH_HOLDS_DUPLICATE, BATCH_TOO_LARGE].contains(&refusal.code) =>
        {
            Step::Halve
        }
        other => after_any(other, lost_before),
    }
}

/// After a conditional publish or a batch of `count` conditional events.
pub(super) fn after_conditional(answer: Answer, count: u64, lost_before: bool) -> Step {
    match answer {
        Answer::Acknowledged(Ack { sequence, duplicate: true, .. }) => Step::Compare(sequence),
        Answer::Acknowledged(ack) if count == 1 || ack.count == count => Step::Stored(ack.sequence),
        Answer::Acknowledged(_) => Step::ReadBack(Cause::Moved),
        Answer::Refused(refusal) => match refusal.code {
            WRONG_LAST_SEQUENCE => Step::ReadBack(Cause::Moved),
            BATCH_HOLDS_DUPLICATE => Step::ReadBack(Cause::KnownId),
            DUPLICATE_IN_FLIGHT | WRONG_LAST_SEQUENCE_IN_FLIGHT => Step::Again,
            _ => after_any(Answer::Refused(refusal), lost_before),
        },
        other => after_any(other, lost_before),
    }
}

fn after_any(answer: Answer, lost_before: bool) -> Step {
    match answer {
        Answer::Acknowledged(ack) => Step::Stored(ack.sequence),
        Answer::Refused(refusal) => match refusal.code {
            STORE_FAILED
            | STORAGE_RESOURCES_EXCEEDED
            | INSUFFICIENT_RESOURCES
            | ACCOUNT_RESOURCES_EXCEEDED => Step::Fail(AppendError::LogFull),
            BATCH_INCOMPLETE | BATCHES_IN_FLIGHT => Step::Again,
            // The broker itself says that it cannot right now: no leader, electing, shutting down.
            _ if refusal.status == 503 => Step::Again,
            code => Step::Fail(AppendError::Refused { code, description: refusal.description }),
        },
        Answer::NoResponders | Answer::NotSent(_) if lost_before => Step::Again,
        Answer::NoResponders => Step::Fail(AppendError::Unavailable),
        Answer::NotSent(error) => Step::Fail(error),
        Answer::Lost => Step::Again,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(code: u64, status: u64) -> Answer {
        Answer::read(
            format!(
                r#"{{"error":{{"code":{status},"err_code":{code},"description":"no"}},"stream":"F","seq":0}}"#
            )
            .as_bytes(),
        )
    }

    fn acknowledged(text: &str) -> Answer {
        Answer::read(text.as_bytes())
    }

    #[test]
    fn a_full_stream_is_full_however_it_is_written_to() {
        for code in [10077, 10047, 10023] {
            let full = Step::Fail(AppendError::LogFull);
            assert_eq!(after_plain(refused(code, 503), false), full);
            assert_eq!(after_shared(refused(code, 503), 20, true), full);
            assert_eq!(after_conditional(refused(code, 503), 1, false), full);
        }
    }

    #[test]
    fn a_shared_batch_is_halved_only_for_its_members_sake() {
        for code in [10201, 10158] {
            assert_eq!(after_shared(refused(code, 400), 20, false), Step::Halve);
        }
        for code in [10176, 10210] {
            assert_eq!(after_shared(refused(code, 400), 20, false), Step::Again);
        }
        assert_eq!(after_shared(Answer::Lost, 20, false), Step::Again);
        let whole = acknowledged(r#"{"stream":"F","seq":30,"batch":"b","count":20}"#);
        assert_eq!(after_shared(whole, 20, false), Step::Stored(30));
    }

    #[test]
    fn a_condition_that_does_not_hold_is_looked_into() {
        assert_eq!(after_conditional(refused(10071, 400), 1, false), Step::ReadBack(Cause::Moved));
        assert_eq!(after_conditional(refused(10201, 400), 3, false), Step::ReadBack(Cause::KnownId));
        assert_eq!(after_conditional(refused(10164, 400), 1, false), Step::Again);
        assert_eq!(after_conditional(refused(10158, 409), 3, false), Step::Again);
    }

    #[test]
    fn a_duplicate_is_no_success_by_itself() {
        let duplicate = r#"{"stream":"F","seq":7,"duplicate": true}"#;
        assert_eq!(after_plain(acknowledged(duplicate), false), Step::Compare(7));
        assert_eq!(after_conditional(acknowledged(duplicate), 1, false), Step::Compare(7));
    }

    #[test]
    fn nobody_there_means_not_stored_unless_an_attempt_went_unanswered() {
        assert_eq!(after_plain(Answer::NoResponders, false), Step::Fail(AppendError::Unavailable));
        assert_eq!(after_plain(Answer::NoResponders, true), Step::Again);
    }

    #[test]
    fn rubbish_is_no_acknowledgement() {
        assert_eq!(Answer::read(b""), Answer::Lost);
        assert_eq!(Answer::read(b"{}"), Answer::Lost);
    }
}
