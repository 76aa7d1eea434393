//! Three watchers: the judgements as they are appended, Postgres as it announces commits, Redis as its checkpoint moves.

use super::timeline::Timeline;
use crate::system::System;
use anyhow::Context;
use chassis::log::Stream;
use events::judgement::JudgementEvent;
use events::{Event, Family, Part, Partition, Position, SubmissionId, board, subject};
use local_servers::nats::accounts;
use redis::AsyncCommands;
use sqlx::postgres::PgListener;
use std::collections::HashMap;
use std::time::{Duration, Instant};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// How often Redis is asked. A sight can be this late.
const POLL: Duration = Duration::from_millis(2);
/// When the projectors are level, the boards follow and the last announcements arrive within this.
const SEEN_WITHIN: Duration = Duration::from_secs(2);

/// Where a submission's judgement stands, and when a reader of the log had it.
pub struct Judgement {
    pub part: Part,
    pub sequence: u64,
    pub seen: Instant,
}

pub type Judgements = HashMap<SubmissionId, Judgement>;

pub struct Watchers {
    stop: CancellationToken,
    pub judgements: JoinHandle<anyhow::Result<Judgements>>,
    postgres: JoinHandle<anyhow::Result<Timeline>>,
    redis: JoinHandle<anyhow::Result<Timeline>>,
}

impl Watchers {
    /// Starts all; the first ends by itself after `count` judgements to come.
    pub async fn start(system: &System, count: usize) -> anyhow::Result<Self> {
        let stop = CancellationToken::new();
        let log = system.log(accounts::OPERATOR).await?;
        let after = log.last_sequence(Stream::Facts).await?;
        let mut listener = PgListener::connect(&system.postgres.url()).await?;
        listener.listen("laurel_moved").await?;
        Ok(Self {
            judgements: tokio::spawn(judgements(log, after, count)),
            postgres: tokio::spawn(postgres(listener, stop.clone())),
            redis: tokio::spawn(redis(system.pool().await?, system.redis().await?, stop.clone())),
            stop,
        })
    }

    /// Ends the others a while after the projectors are level; what Postgres and Redis were seen to have passed. A submission
    /// that was not seen by then fails the measurement.
    pub async fn finish(self) -> anyhow::Result<(Timeline, Timeline)> {
        tokio::time::sleep(SEEN_WITHIN).await;
        self.stop.cancel();
        Ok((self.postgres.await??, self.redis.await??))
    }
}

async fn judgements(log: chassis::log::EventLog, after: u64, count: usize) -> anyhow::Result<Judgements> {
    let mut follow = log.follow(Stream::Facts, vec![subject::family(Family::Judgement)], after).await?;
    let mut judgements = Judgements::new();
    while judgements.len() < count {
        let messages = follow.next_batch(1_000, Duration::from_secs(1)).await?;
        let seen = Instant::now();
        for message in messages {
            let recorded = message.decode()?;
            if let Event::Judgement(JudgementEvent::SubmissionJudged(fact)) = recorded.event {
                let judgement = Judgement { part: recorded.part, sequence: recorded.sequence, seen };
                judgements.entry(fact.submission_id).or_insert(judgement);
            }
        }
    }
    Ok(judgements)
}

async fn postgres(mut listener: PgListener, stop: CancellationToken) -> anyhow::Result<Timeline> {
    let mut timeline = Timeline::default();
    loop {
        let moved = tokio::select! {
            () = stop.cancelled() => return Ok(timeline),
            moved = listener.recv() => moved?,
        };
        let at = Instant::now();
        let position: Position = moved.payload().parse()?;
        position.iter().for_each(|(part, sequence)| timeline.note(part, sequence, at));
    }
}

async fn redis(
    pool: sqlx::PgPool,
    mut redis: redis::aio::MultiplexedConnection,
    stop: CancellationToken,
) -> anyhow::Result<Timeline> {
    const LIVE: &str = "SELECT live FROM public.board_generations";
    let generation: i32 = sqlx::query_scalar(LIVE).fetch_one(&pool).await?;
    let checkpoint = board::checkpoint_key(0, u32::try_from(generation)?);
    let mut timeline = Timeline::default();
    let mut polls = tokio::time::interval(POLL);
    while !stop.is_cancelled() {
        polls.tick().await;
        let fields: HashMap<String, String> = redis.hgetall(&checkpoint).await?;
        let at = Instant::now();
        for (field, sequence) in fields {
            let Some(number) = field.strip_suffix(".seq") else { continue };
            let partition = Partition::new(number.parse()?).context("no such partition")?;
            timeline.note(Part::Facts(partition), sequence.parse()?, at);
        }
    }
    Ok(timeline)
}
