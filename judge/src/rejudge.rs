//! Judging again for a rejudge set: the same work on a submission that is read from the log, by the package the set names.
//! The result has no effect by itself, so its learner is told nothing.

use crate::consumer::{Slot, UNREADABLE_FOR};
use crate::judgement::Taken;
use async_nats::jetstream::{self, AckKind};
use chassis::log::{Message, Stream};
use chassis::shutdown::Shutdown;
use events::rejudge::{RejudgeEvent, SetStatus, SubmissionRejudgeRequested};
use events::submission::{SubmissionEvent, SubmissionReceived};
use events::{Event, Family, JudgementId, RejudgeSetId, subject};

/// What a set asks for; `None`: a fact that is none of a judge's business.
pub fn read(delivery: &jetstream::Message) -> Result<Option<SubmissionRejudgeRequested>, String> {
    let message = Message::from_delivery(delivery).map_err(|error| error.to_string())?;
    match message.decode().map_err(|error| error.to_string())?.event {
        Event::Rejudge(RejudgeEvent::SubmissionRequested(asked)) => Ok(Some(asked)),
        Event::Rejudge(RejudgeEvent::Applied(_)) => Ok(None),
        other => Err(format!("it is a {}", other.event_type().name)),
    }
}

pub fn judgement_id(asked: &SubmissionRejudgeRequested) -> JudgementId {
    JudgementId::rejudged(asked.submission_id, asked.set_id)
}

impl Slot {
    pub async fn rejudge(&self, delivery: &jetstream::Message, shutdown: &Shutdown) {
        match self.wanted(delivery).await {
            Ok(Some(taken)) => self.judge_taken(delivery, &taken, shutdown).await,
            Ok(None) => self.acknowledge(delivery, AckKind::Ack).await,
            Err(reason) => {
                tracing::error!(subject = %delivery.subject, reason, "a submission cannot be judged again now");
                self.acknowledge(delivery, AckKind::Nak(Some(UNREADABLE_FOR))).await;
            }
        }
    }

    /// `None`: there is nothing to judge, or its set no longer waits for it.
    async fn wanted(&self, delivery: &jetstream::Message) -> Result<Option<Taken>, String> {
        let Some(asked) = read(delivery)? else { return Ok(None) };
        if !self.is_waiting(asked.set_id).await? {
            return Ok(None);
        }
        let found =
            self.log.at(Stream::Facts, asked.accepted_seq).await.map_err(|error| error.to_string())?;
        let found = found.ok_or("its submission is no longer in the log")?;
        let recorded = found.decode().map_err(|error| error.to_string())?;
        let submission = match recorded.event {
            Event::Submission(SubmissionEvent::Received(submission))
                if submission.submission_id == asked.submission_id =>
            {
                submission
            }
            _ => return Err("its submission is not where it should be".to_owned()),
        };
        let count = delivery.info().map_err(|error| error.to_string())?.delivered;
        Ok(Some(Taken {
            submission: SubmissionReceived {
                revision: asked.revision,
                package_digest: asked.package_digest,
                points_max: asked.points_max,
                ..submission
            },
            accepted_seq: recorded.sequence,
            accepted_at: recorded.time,
            delivery: u32::try_from(count).unwrap_or(u32::MAX),
            traceparent: recorded.traceparent,
            rejudge_set: Some(asked.set_id),
        }))
    }

    /// A set that was cancelled, or applied without the rest, needs no more results.
    async fn is_waiting(&self, set_id: RejudgeSetId) -> Result<bool, String> {
        let subject = subject::fact(Family::RejudgeSet, set_id.0);
        let last = self.log.last(&subject).await.map_err(|error| error.to_string())?;
        let last = last.ok_or("its set is not in the log")?;
        match last.decode().map_err(|error| error.to_string())?.event {
            Event::RejudgeSet(event) => {
                Ok(matches!(event.set().status, SetStatus::Requested | SetStatus::Selected))
            }
            other => Err(format!("its set ends in a {}", other.event_type().name)),
        }
    }
}
