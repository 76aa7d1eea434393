//! Submissions on live streams: read from the read model when it moved, one query for all learners that are connected.

use super::client::{Client, Message};
use crate::app::App;
use crate::error::QueryError;
use crate::queries::submissions::{SubmissionStatus, SubmissionSummary, SummaryRow};
use crate::queue::QueuePlace;
use crate::read::{Projection, Read};
use events::{LearnerId, Part, Partition, Position};
use serde::Serialize;
use std::collections::{HashMap, HashSet};
use std::time::Duration;
use uuid::Uuid;

const CONCERNED: [Projection; 3] = [Projection::Submissions, Projection::Rejudges, Projection::Exercises];
/// The most messages about what was missed: there is room in a client's queue for them and for what comes meanwhile.
const MISSED_MAX: usize = 50;
/// Moves that come closer together than this are read together.
const COALESCED_FOR: Duration = Duration::from_millis(20);

/// A learner with open streams.
#[derive(Debug, Default)]
pub struct Followed {
    pub clients: HashMap<u64, Client>,
    /// The sequence of the learner's partition up to which the streams were told; `None` before the first read.
    told: Option<u64>,
    /// Submissions they were told about and that had no verdict then.
    pub unjudged: HashSet<Uuid>,
    /// The places of those in the queue, as they were told last.
    pub places: HashMap<Uuid, QueuePlace>,
}

#[derive(Serialize)]
struct Ready<'a> {
    position: &'a str,
    /// More has changed than is told here: ask for the list.
    truncated: bool,
}

#[derive(Serialize)]
struct Told<'a> {
    position: &'a str,
    submission: SubmissionSummary,
}

fn part_of(learner: LearnerId) -> Part {
    Part::Facts(Partition::of(learner.0))
}

/// Tells a new client what changed since it was last connected, or else what is still unjudged.
pub async fn catch_up(
    app: &App,
    learner: LearnerId,
    client: &Client,
    since: Option<&Position>,
    wanted: &Position,
) -> Result<(), QueryError> {
    let mut read = app.reader.begin(&CONCERNED, wanted).await?;
    let told = since.and_then(|since| i64::try_from(since.get(part_of(learner))).ok());
    let mut rows = sqlx::query_as!(
        SummaryRow,
        r#"SELECT submission_id, learner_id, slug AS "slug?", s.revision, language, coalesce(j.points_max, s.points_max) AS "points_max!", received_at, received_seq,
             verdict AS "verdict?", j.points AS "points?", j.cpu_ms AS "cpu_ms?", j.memory_kib AS "memory_kib?",
             judged_at AS "judged_at?"
           FROM submissions s LEFT JOIN LATERAL (
               SELECT * FROM (
                 SELECT verdict, points, NULL::int AS points_max, cpu_ms, memory_kib, judged_at, judged_seq, 0 AS ordered_seq
                 FROM judgements f WHERE f.submission_id = s.submission_id
                 UNION ALL
                 SELECT verdict, points, points_max, cpu_ms, memory_kib, judged_at, applied_seq, ordered_seq
                 FROM rejudge_effects e JOIN rejudgements USING (set_id, submission_id)
                 WHERE e.submission_id = s.submission_id
               ) AS known ORDER BY ordered_seq DESC LIMIT 1
             ) AS j ON true
             LEFT JOIN exercises USING (exercise_id)
           WHERE learner_id = $1 AND (verdict IS NULL OR received_seq > $2 OR judged_seq > $2)
           ORDER BY greatest(received_seq, judged_seq) DESC LIMIT $3"#,
        learner.0,
        told.unwrap_or(i64::MAX),
        i64::try_from(MISSED_MAX + 1).unwrap_or(i64::MAX)
    )
    .fetch_all(read.connection())
    .await?;
    let position = read.finish().await?;
    // Held until everything is sent: what others tell of these submissions comes after it.
    let mut registry = app.live.registry();
    if let Some(followed) = registry.learners.get_mut(&learner) {
        followed.told.get_or_insert(position.get(part_of(learner)));
        followed
            .unjudged
            .extend(rows.iter().filter(|row| row.verdict.is_none()).map(|row| row.submission_id));
    }
    app.live.submissions_joined().notify_one();
    let text = position.to_string();
    let truncated = rows.len() > MISSED_MAX;
    rows.truncate(MISSED_MAX);
    send(app, client, Message::new("ready", &Ready { position: &text, truncated }), &position);
    for row in rows.into_iter().rev() {
        send(app, client, message(row, &text), &position);
    }
    Ok(())
}

fn send(app: &App, client: &Client, message: serde_json::Result<Message>, position: &Position) {
    if let Ok(message) = message {
        app.live.kept(client.send(message.at(position)));
    }
}

fn message(row: SummaryRow, position: &str) -> serde_json::Result<Message> {
    let submission = SubmissionSummary::from(row);
    let event = match submission.status {
        SubmissionStatus::Received => "received",
        SubmissionStatus::Judged => "judged",
    };
    Message::new(event, &Told { position, submission })
}

/// Tells clients what the read model has passed, for ever.
pub async fn run(app: &App) {
    let mut moves = app.watermarks.subscribe();
    loop {
        tokio::select! {
            () = moves.moved() => {}
            () = app.live.submissions_joined().notified() => {}
        }
        if let Err(error) = tell(app).await {
            tracing::debug!(
                error = &error as &dyn std::error::Error,
                "live submissions wait for the read model"
            );
        }
        tokio::time::sleep(COALESCED_FOR).await;
    }
}

/// Whom to tell, and from where on.
#[derive(Default)]
struct Due {
    learners: Vec<Uuid>,
    told: Vec<i64>,
    unjudged: Vec<Uuid>,
}

fn due(app: &App) -> Due {
    let seen = app.watermarks.seen();
    let mut due = Due::default();
    for (learner, followed) in &app.live.registry().learners {
        let Some(told) = followed.told.filter(|told| seen.get(part_of(*learner)) > *told) else { continue };
        due.learners.push(learner.0);
        due.told.push(i64::try_from(told).unwrap_or(i64::MAX));
        due.unjudged.extend(&followed.unjudged);
    }
    due
}

async fn tell(app: &App) -> Result<(), QueryError> {
    let due = due(app);
    if due.learners.is_empty() {
        return Ok(());
    }
    let mut read = app.reader.begin(&CONCERNED, &Position::default()).await?;
    let rows = changed(&mut read, &due).await?;
    let position = read.finish().await?;
    let text = position.to_string();
    note(app, &due.learners, &rows, &position);
    for row in rows {
        let learner = LearnerId(row.learner_id);
        let _span = row.verdict.is_some().then(|| app.queue.pushing(row.submission_id));
        if let Ok(message) = message(row, &text) {
            app.live.tell(learner, &message.at(&position));
        }
    }
    Ok(())
}

/// New submissions of the learners, those that had no verdict and now have one, and those that an applied rejudge set gave
/// another one; in the order of the log.
async fn changed(read: &mut Read, due: &Due) -> Result<Vec<SummaryRow>, QueryError> {
    let rows = sqlx::query_as!(
        SummaryRow,
        r#"SELECT submission_id AS "submission_id!", s.learner_id AS "learner_id!", slug AS "slug?",
             s.revision AS "revision!", language AS "language!", coalesce(j.points_max, s.points_max) AS "points_max!",
             received_at AS "received_at!", received_seq AS "received_seq!", verdict AS "verdict?", j.points AS "points?",
             j.cpu_ms AS "cpu_ms?", j.memory_kib AS "memory_kib?", judged_at AS "judged_at?"
           FROM (
             SELECT s.* FROM unnest($1::uuid[], $2::bigint[]) AS due (learner_id, told)
               JOIN submissions s ON s.learner_id = due.learner_id AND received_seq > told
             UNION
             SELECT s.* FROM submissions s JOIN judgements USING (submission_id) WHERE submission_id = ANY ($3)
             UNION
             SELECT s.* FROM unnest($1::uuid[], $2::bigint[]) AS due (learner_id, told)
               JOIN rejudge_effects e ON e.learner_id = due.learner_id AND applied_seq > told
               JOIN submissions s USING (submission_id)
           ) s LEFT JOIN LATERAL (
               SELECT * FROM (
                 SELECT verdict, points, NULL::int AS points_max, cpu_ms, memory_kib, judged_at, judged_seq, 0 AS ordered_seq
                 FROM judgements f WHERE f.submission_id = s.submission_id
                 UNION ALL
                 SELECT verdict, points, points_max, cpu_ms, memory_kib, judged_at, applied_seq, ordered_seq
                 FROM rejudge_effects e JOIN rejudgements USING (set_id, submission_id)
                 WHERE e.submission_id = s.submission_id
               ) AS known ORDER BY ordered_seq DESC LIMIT 1
             ) AS j ON true
             LEFT JOIN exercises USING (exercise_id)
           ORDER BY greatest(received_seq, judged_seq)"#,
        &due.learners,
        &due.told,
        &due.unjudged
    )
    .fetch_all(read.connection())
    .await?;
    Ok(rows)
}

fn note(app: &App, learners: &[Uuid], rows: &[SummaryRow], position: &Position) {
    let mut registry = app.live.registry();
    for learner in learners.iter().map(|learner| LearnerId(*learner)) {
        if let Some(followed) = registry.learners.get_mut(&learner) {
            followed.told = Some(position.get(part_of(learner)));
        }
    }
    for row in rows {
        let Some(followed) = registry.learners.get_mut(&LearnerId(row.learner_id)) else { continue };
        if row.verdict.is_none() {
            followed.unjudged.insert(row.submission_id);
        } else {
            followed.unjudged.remove(&row.submission_id);
        }
    }
}
