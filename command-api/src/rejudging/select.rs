//! From a request to a fact per submission.

use super::At;
use super::scan::{Scan, front};
use crate::domain::rejudge::selected;
use crate::error::ApiError;
use chassis::log::{EventLog, Message, Stream};
use events::exercise::Exercise;
use events::rejudge::{JudgeBy, RejudgeEvent, RejudgeSet, Selection, SubmissionRejudgeRequested};
use events::submission::{SubmissionEvent, SubmissionReceived};
use events::{Event, EventId, ExerciseId, Family, NewEvent, Recorded, SubmissionId, subject};
use std::collections::{HashMap, HashSet};

/// Asks judges for every submission of the set, in the order of the log, but for those that a predecessor asked for.
pub async fn select(at: At<'_>, set: RejudgeSet) -> Result<(), ApiError> {
    let log = at.app.log()?;
    let there = ids_after(log, at.sequence).await?;
    let exercises = match set.judge_by {
        JudgeBy::Current => exercises(log, at.sequence).await?,
        JudgeBy::Original => HashMap::new(),
    };
    let listed: HashSet<SubmissionId> = set.selection.submissions.iter().copied().collect();
    let mut seen = HashSet::new();
    let submissions = subject::family(Family::Submission);
    let mut scan = Scan::start(log, submissions, front(log).await?, at.sequence).await?;
    while let Some(batch) = scan.next().await? {
        let mut facts = Vec::new();
        for message in &batch {
            // A list names ids, which are in the headers: the others' bodies need not be read.
            let is_listed = |id: EventId| listed.contains(&SubmissionId(id.0));
            if !listed.is_empty() && !message.id().is_some_and(is_listed) {
                continue;
            }
            let Some(received) = received(message)? else { continue };
            if !fits(&set.selection, &received) || !seen.insert(received.event.submission_id) {
                continue;
            }
            let id = EventId::of_rejudge(set.set_id, received.event.submission_id);
            if !there.contains(&id) {
                facts.push(asked(at, &set, id, &received, exercises.get(&received.event.exercise_id)));
            }
        }
        at.append(facts).await?;
        if !at.is_last(set.set_id).await? {
            return Ok(()); // Cancelled meanwhile, or another replica was faster.
        }
    }
    let count = u32::try_from(seen.len()).unwrap_or(u32::MAX);
    at.succeed(selected(set, at.sequence, count)).await
}

/// The ids of what was written about learners' rejudging since.
pub async fn ids_after(log: &EventLog, after: u64) -> Result<HashSet<EventId>, ApiError> {
    let now = log.last_sequence(Stream::Facts).await?;
    let mut scan = Scan::headers(log, subject::family(Family::Rejudge), after, now).await?;
    let mut ids = HashSet::new();
    while let Some(batch) = scan.next().await? {
        ids.extend(batch.iter().filter_map(Message::id));
    }
    Ok(ids)
}

/// Every exercise as it stood then.
async fn exercises(log: &EventLog, until: u64) -> Result<HashMap<ExerciseId, Exercise>, ApiError> {
    let mut scan = Scan::start(log, subject::family(Family::Exercise), front(log).await?, until).await?;
    let mut exercises = HashMap::new();
    while let Some(batch) = scan.next().await? {
        for message in batch {
            if let Event::Exercise(event) = message.decode()?.event {
                let exercise = event.exercise().clone();
                exercises.insert(exercise.exercise_id, exercise);
            }
        }
    }
    Ok(exercises)
}

fn received(message: &Message) -> Result<Option<Recorded<SubmissionReceived>>, ApiError> {
    let Recorded { part, sequence, id, time, request_digest, traceparent, event } = message.decode()?;
    Ok(match event {
        Event::Submission(SubmissionEvent::Received(event)) => {
            Some(Recorded { part, sequence, id, time, request_digest, traceparent, event })
        }
        _ => None,
    })
}

fn fits(selection: &Selection, received: &Recorded<SubmissionReceived>) -> bool {
    let fact = &received.event;
    selection.exercise_id.is_none_or(|exercise| exercise == fact.exercise_id)
        && selection.revision.is_none_or(|revision| revision == fact.revision)
        && selection.from.is_none_or(|from| from <= received.time)
        && selection.until.is_none_or(|until| received.time < until)
        && (selection.submissions.is_empty() || selection.submissions.contains(&fact.submission_id))
}

/// `exercise`: whose revision decides, else that of the submission.
fn asked(
    at: At<'_>,
    set: &RejudgeSet,
    id: EventId,
    received: &Recorded<SubmissionReceived>,
    exercise: Option<&Exercise>,
) -> NewEvent {
    let fact = &received.event;
    let original = (fact.revision, fact.package_digest.clone(), fact.points_max);
    let (revision, package_digest, points_max) = exercise
        .map_or(original, |exercise| (exercise.revision, exercise.package_digest.clone(), exercise.points));
    let event = RejudgeEvent::SubmissionRequested(SubmissionRejudgeRequested {
        set_id: set.set_id,
        submission_id: fact.submission_id,
        learner_id: fact.learner_id,
        exercise_id: fact.exercise_id,
        accepted_seq: received.sequence,
        revision,
        package_digest,
        points_max,
    });
    NewEvent { traceparent: received.traceparent.clone(), ..at.app.event(id, Event::Rejudge(event)) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::TimeDelta;
    use testkit::build::{Recording, exercise, learner};

    #[test]
    fn a_selection_takes_what_fits_all_of_it() {
        let mut recording = Recording::default();
        let received = recording.submit(learner(1), &exercise("one"));
        let (fact, time) = (&received.event, received.time);
        let all = Selection {
            exercise_id: Some(fact.exercise_id),
            revision: Some(fact.revision),
            from: Some(time),
            until: Some(time + TimeDelta::milliseconds(1)),
            submissions: vec![fact.submission_id],
        };
        assert!(fits(&Selection::default(), &received) && fits(&all, &received));
        let other = ExerciseId::of_slug("two");
        for not in [
            Selection { exercise_id: Some(other), ..all.clone() },
            Selection { revision: Some(fact.revision + 1), ..all.clone() },
            Selection { from: Some(time + TimeDelta::milliseconds(1)), ..all.clone() },
            Selection { until: Some(time), ..all.clone() },
            Selection { submissions: vec![SubmissionId(uuid::Uuid::nil())], ..all.clone() },
        ] {
            assert!(!fits(&not, &received), "{not:?}");
        }
    }
}
