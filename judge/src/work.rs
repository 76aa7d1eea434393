//! What a free slot does next. Every slot asks here, and does one thing at a time.
//!
//! The order is: a submission, then a run that somebody waits for. A source further down gets its turn only when the broker
//! has just said that those above have nothing. Nothing is fetched ahead, so nothing waits here while another judge is idle.

use crate::consumer::read;
use crate::queue::{Queue, RETRY};
use crate::tries::Tries;
use crate::try_run::{Runs, WaitingRun};
use async_nats::jetstream::{self, AckKind};
use chassis::shutdown::Shutdown;

/// One thing for one slot.
pub enum Work {
    Submission(Box<jetstream::Message>),
    Run(Box<WaitingRun>),
}

/// Where work comes from. Cheap to clone.
#[derive(Clone)]
pub struct Sources {
    pub live: Queue,
    pub runs: Runs,
    pub tries: Tries,
}

impl Sources {
    /// The next thing to do. `None` when the shutdown began.
    pub async fn next(&self, shutdown: &Shutdown) -> Option<Work> {
        while !shutdown.has_begun() {
            let found = match self.look().await {
                Ok(None) => self.wait(shutdown).await,
                found => found,
            };
            match found {
                Ok(Some(work)) => return Some(work),
                Ok(None) => {}
                Err(error) => {
                    tracing::debug!(error, "taking work failed");
                    tokio::select! {
                        () = shutdown.begun() => {}
                        () = tokio::time::sleep(RETRY) => {}
                    }
                }
            }
        }
        None
    }

    /// What there is now, in order.
    async fn look(&self) -> Result<Option<Work>, String> {
        if let Some(delivery) = self.live.take_now().await? {
            return Ok(Some(Work::Submission(Box::new(delivery))));
        }
        Ok(self.runs.take().map(|run| Work::Run(Box::new(run))))
    }

    /// Waits until some source has something; only a submission is taken at once, for the others somebody may be before
    /// them. `None`: look again.
    async fn wait(&self, shutdown: &Shutdown) -> Result<Option<Work>, String> {
        let mut live = self.live.ask_for_next().await?;
        let arrived = tokio::select! {
            biased;
            arrived = live.next() => arrived?,
            () = self.runs.arrival() => None,
            () = shutdown.begun() => None,
        };
        let delivery = match arrived {
            Some(delivery) => Some(delivery),
            None => live.give_up().await,
        };
        match delivery {
            Some(delivery) if shutdown.has_begun() => {
                self.hand_back(&delivery).await;
                Ok(None)
            }
            delivery => Ok(delivery.map(|delivery| Work::Submission(Box::new(delivery)))),
        }
    }

    /// For another judge, at once, without speaking against the submission.
    async fn hand_back(&self, delivery: &jetstream::Message) {
        if let Ok(taken) = read(delivery) {
            let before = self.tries.before(taken.judgement_id(), taken.delivery).await;
            self.tries.note(taken.judgement_id(), before).await;
        }
        if let Err(error) = delivery.ack_with(AckKind::Nak(None)).await {
            tracing::debug!(%error, "a submission could not be handed back; the broker will notice");
        }
    }
}
