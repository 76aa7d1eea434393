//! What a free slot does next. Every slot asks here, and does one thing at a time.
//!
//! The order is: a submission, then a run that somebody waits for, then a submission that is to be judged again. A source
//! further down gets its turn only when the broker has just said that those above have nothing, and only some of the slots:
//! what has begun is not interrupted when submissions come. Nothing is fetched ahead, so nothing waits here while another
//! judge is idle.

use crate::consumer::read;
use crate::places::{Place, Places};
use crate::queue::{Asked, Queue, RETRY};
use crate::rejudge;
use crate::tries::Tries;
use crate::try_run::{Runs, TakenRun};
use async_nats::jetstream::{self, AckKind};
use chassis::shutdown::Shutdown;

/// One thing for one slot.
pub enum Work {
    Submission(Box<jetstream::Message>),
    Run(Box<TakenRun>),
    /// What is judged again for a rejudge set.
    Rejudge(Box<jetstream::Message>, Place),
}

/// Where work comes from. Cheap to clone.
#[derive(Clone)]
pub struct Sources {
    pub live: Queue,
    pub runs: Runs,
    pub rejudge: Queue,
    /// For what is judged again, and for self-checks.
    pub behind: Places,
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
        if let Some(run) = self.runs.take() {
            return Ok(Some(Work::Run(Box::new(run))));
        }
        if self.behind.is_full() {
            return Ok(None);
        }
        match self.rejudge.take_now().await? {
            Some(delivery) => Ok(self.if_place(delivery).await),
            None => Ok(None),
        }
    }

    /// A submission to judge again, unless other slots were faster with the last places: then whoever is next gets it.
    async fn if_place(&self, delivery: jetstream::Message) -> Option<Work> {
        let Some(place) = self.behind.take() else {
            self.hand_back_rejudge(&delivery).await;
            return None;
        };
        Some(Work::Rejudge(Box::new(delivery), place))
    }

    /// Waits until some source has something; only a submission is taken at once, for the others somebody may be before
    /// them. `None`: look again.
    async fn wait(&self, shutdown: &Shutdown) -> Result<Option<Work>, String> {
        let mut live = self.live.ask_for_next().await?;
        // From before the look, so that no place is left unheard.
        let place_left = self.behind.changed();
        let may_rejudge = !self.behind.is_full();
        let mut again = if may_rejudge { Some(self.rejudge.ask_for_next().await?) } else { None };
        let arrived = tokio::select! {
            biased;
            arrived = live.next() => arrived,
            () = self.runs.arrival() => Ok(None),
            rejudge = next_of(again.as_mut()) => return self.unless_before(live, rejudge?, shutdown).await,
            () = place_left, if !may_rejudge => Ok(None),
            () = shutdown.begun() => Ok(None),
        };
        if let Some(again) = again {
            self.leave(again);
        }
        let arrived = arrived?;
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

    /// A submission to judge again arrived, if nothing that goes before it did in the same moment.
    async fn unless_before(
        &self,
        live: Asked,
        rejudge: Option<jetstream::Message>,
        shutdown: &Shutdown,
    ) -> Result<Option<Work>, String> {
        let before = live.give_up().await;
        let Some(rejudge) = rejudge else {
            return Ok(before.map(|delivery| Work::Submission(Box::new(delivery))));
        };
        if before.is_none() && !shutdown.has_begun() {
            return Ok(self.if_place(rejudge).await);
        }
        self.hand_back_rejudge(&rejudge).await;
        match before {
            Some(delivery) if shutdown.has_begun() => {
                self.hand_back(&delivery).await;
                Ok(None)
            }
            before => Ok(before.map(|delivery| Work::Submission(Box::new(delivery)))),
        }
    }

    /// Takes a request for a submission to judge again back, without keeping anybody waiting for that.
    fn leave(&self, again: Asked) {
        let sources = self.clone();
        tokio::spawn(async move {
            if let Some(delivery) = again.give_up().await {
                sources.hand_back_rejudge(&delivery).await;
            }
        });
    }

    async fn hand_back_rejudge(&self, delivery: &jetstream::Message) {
        if let (Ok(Some(asked)), Ok(info)) = (rejudge::read(delivery), delivery.info()) {
            let judgement = rejudge::judgement_id(&asked);
            let count = u32::try_from(info.delivered).unwrap_or(u32::MAX);
            let before = self.tries.before(judgement, count).await;
            self.tries.note(judgement, before).await;
        }
        if let Err(error) = delivery.ack_with(AckKind::Nak(None)).await {
            tracing::debug!(%error, "a submission could not be handed back; the broker will notice");
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

/// Of nothing that was asked for nothing comes.
async fn next_of(asked: Option<&mut Asked>) -> Result<Option<jetstream::Message>, String> {
    match asked {
        Some(asked) => asked.next().await,
        None => std::future::pending().await,
    }
}
