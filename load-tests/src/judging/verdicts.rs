//! What judges appended, and when a reader of the log had it.

use crate::system::System;
use anyhow::{Context, ensure};
use chassis::log::{EventLog, Stream};
use events::judgement::{JudgementEvent, Verdict};
use events::{Event, Family, SubmissionId, subject};
use local_servers::nats::accounts;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio_util::task::AbortOnDropHandle;

/// How long the judges may go without a verdict while some are missing.
const NEXT_WITHIN: Duration = Duration::from_secs(30);
const BETWEEN_LOOKS: Duration = Duration::from_millis(20);

#[derive(Debug, Clone, Copy)]
pub struct Seen {
    pub verdict: Verdict,
    pub cpu_ms: u32,
    pub at: Instant,
}

/// Follows all judgements.
pub struct Verdicts {
    seen: Arc<Mutex<HashMap<SubmissionId, Seen>>>,
    _following: AbortOnDropHandle<()>,
}

impl Verdicts {
    pub async fn follow(system: &System) -> anyhow::Result<Self> {
        let log = system.log(accounts::OPERATOR).await?;
        let seen: Arc<Mutex<HashMap<SubmissionId, Seen>>> = Arc::default();
        let noted = Arc::clone(&seen);
        let following = tokio::spawn(async move {
            if let Err(error) = note_all(log, &noted).await {
                eprintln!("following the judgements ended: {error:#}");
            }
        });
        Ok(Self { seen, _following: AbortOnDropHandle::new(following) })
    }

    /// Waits for the verdicts of all of `ids`, in their order.
    pub async fn of(&self, ids: &[SubmissionId]) -> anyhow::Result<Vec<Seen>> {
        let mut progress = (0, Instant::now());
        loop {
            let (there, verdicts) = {
                let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
                let verdicts: Option<Vec<Seen>> = ids.iter().map(|id| seen.get(id).copied()).collect();
                (seen.len(), verdicts)
            };
            if let Some(verdicts) = verdicts {
                return Ok(verdicts);
            }
            if there > progress.0 {
                progress = (there, Instant::now());
            }
            ensure!(progress.1.elapsed() < NEXT_WITHIN, "no further verdict within {NEXT_WITHIN:?}");
            tokio::time::sleep(BETWEEN_LOOKS).await;
        }
    }
}

async fn note_all(log: EventLog, seen: &Mutex<HashMap<SubmissionId, Seen>>) -> anyhow::Result<()> {
    let mut follow = log.follow(Stream::Facts, vec![subject::family(Family::Judgement)], 0).await?;
    loop {
        let messages = follow.next_batch(1_000, Duration::from_secs(1)).await?;
        let at = Instant::now();
        for message in messages {
            let recorded = message.decode()?;
            if let Event::Judgement(JudgementEvent::SubmissionJudged(fact)) = recorded.event {
                let (verdict, cpu_ms) = (fact.verdict, fact.cpu_ms);
                let mut seen = seen.lock().unwrap_or_else(PoisonError::into_inner);
                seen.entry(fact.submission_id).or_insert(Seen { verdict, cpu_ms, at });
            }
        }
    }
}

/// Whose submission an answer of 202 says was taken.
pub fn submission_id(body: &[u8]) -> anyhow::Result<SubmissionId> {
    let body: serde_json::Value = serde_json::from_slice(body)?;
    Ok(body["submission_id"].as_str().context("no submission_id")?.parse()?)
}
