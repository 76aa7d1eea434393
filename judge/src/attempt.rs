//! One try to grade what was taken: data key → source → package → boxes, with progress for the learner and heartbeats for
//! the broker.

use crate::consumer::Slot;
use crate::graded::Graded;
use crate::judgement::Taken;
use crate::run::Step;
use crate::sandbox::SandboxError;
use crate::tries::TRIES_MAX;
use async_nats::jetstream::{self, AckKind};
use chassis::keys::KeyError;
use chassis::seal::DataKey;
use chassis::trace::Span;
use events::judgement::TestProgress;
use events::package::Package;
use events::submission::SOURCE_FIELD;
use events::{EventId, subject};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::Instant;

/// How often the broker hears that a submission is still being worked on.
pub const HEARTBEAT: Duration = Duration::from_millis(1_300);
/// What setting a box up may take beside the wall limit of its program.
const SETUP_GRACE: Duration = Duration::from_secs(2);

/// Why there is no key where its learner wanted none kept.
const LEARNER_ERASED: &str = "learner_erased";

/// What a submission needs to be graded.
struct Prepared {
    key: DataKey,
    source: Vec<u8>,
    package: Arc<Package>,
}

/// A [`Step`] on its way from the thread that grades.
enum Heard {
    Begins(Duration),
    Ended(TestProgress),
}

/// Why a submission cannot be graded now.
pub enum Lacking {
    /// It never will be: judge it so.
    ForGood(&'static str),
    /// Another try may help; after the last one this is the reason.
    ForNow(&'static str),
    /// Nothing but time: this judge is ending.
    Stopped,
}

impl Slot {
    /// `number` is this try's, from 1. An error: it cannot be graded now but may be later.
    pub async fn grade(
        &self,
        delivery: &jetstream::Message,
        taken: &Taken,
        number: u32,
    ) -> Result<(Graded, Option<DataKey>), Lacking> {
        let id = taken.submission.submission_id;
        if number >= TRIES_MAX {
            tracing::error!(submission = %id, delivery = taken.delivery, tries = number, "given up");
            return Ok((Graded::judge_error("given_up"), None));
        }
        let graded = async {
            let prepared = self.prepare(taken).await?;
            let key = prepared.key.clone();
            let started = Instant::now();
            let graded = Span::within("judge", "grade").around(self.run(delivery, taken, prepared)).await?;
            self.metrics.grading.observe(started.elapsed().as_secs_f64());
            Ok((graded, Some(key)))
        };
        match graded.await {
            Err(Lacking::ForGood(reason)) => Ok((Graded::judge_error(reason), None)),
            // The next try would be the one that gives up, and it would not know why.
            Err(Lacking::ForNow(reason)) if number + 1 >= TRIES_MAX => {
                if reason == LEARNER_ERASED {
                    // Nothing is wrong: the key is gone for ever, and no replica was merely behind.
                    tracing::info!(submission = %id, delivery = taken.delivery, "not judged: its learner is erased");
                    return Ok((Graded::judge_error(reason), None));
                }
                tracing::error!(submission = %id, delivery = taken.delivery, tries = number, reason, "given up");
                Ok((Graded::judge_error(reason), None))
            }
            graded => graded,
        }
    }

    async fn prepare(&self, taken: &Taken) -> Result<Prepared, Lacking> {
        let submission = &taken.submission;
        let id = submission.submission_id;
        let key = self.keys.get(submission.learner_id).await.map_err(|error| match error {
            // Or a replica that is a moment behind answered: worth another try, and nothing is run meanwhile.
            KeyError::Gone => Lacking::ForNow(LEARNER_ERASED),
            KeyError::Log(_) | KeyError::Seal(_) => {
                tracing::warn!(submission = %id, %error, "a data key cannot be had");
                Lacking::ForNow("data_key_unavailable")
            }
        })?;
        let source = key.open(EventId(id.0), SOURCE_FIELD, &submission.source).map_err(|error| {
            tracing::error!(submission = %id, %error, "a source cannot be opened");
            Lacking::ForGood("source_unreadable")
        })?;
        let package = self.packages.get(&submission.package_digest).await.map_err(|error| {
            tracing::warn!(submission = %id, digest = submission.package_digest, %error, "a package cannot be had");
            Lacking::ForNow("package_unavailable")
        })?;
        Ok(Prepared { key, source, package })
    }

    /// Grades, telling the learner of each test and the broker that work goes on: only as long as the box that is
    /// running is inside its wall limit, so that a judge that hangs loses the submission to another one.
    async fn run(
        &self,
        delivery: &jetstream::Message,
        taken: &Taken,
        prepared: Prepared,
    ) -> Result<Graded, Lacking> {
        let Prepared { key: _, source, package } = prepared;
        let submission = &taken.submission;
        let tests_total = u32::try_from(package.tests.len()).unwrap_or(u32::MAX);
        let (stepped, mut steps) = mpsc::unbounded_channel();
        let starved_runs = self.metrics.starved_runs.clone();
        let on_step = move |step: Step<'_>| {
            let heard = match step {
                Step::Starved => {
                    starved_runs.inc();
                    return;
                }
                Step::Begins(max) => Heard::Begins(max),
                Step::Ended(test) => Heard::Ended(TestProgress {
                    ordinal: test.ordinal,
                    group: test.group,
                    verdict: test.verdict,
                    cpu_ms: test.cpu_ms,
                    memory_kib: test.memory_kib,
                    exceeded: test.exceeded,
                }),
            };
            // Nobody listens any more only when this judge is ending.
            let _ = stepped.send(heard);
        };
        let grading =
            self.grader.grade(package, &submission.language, source, submission.points_max, on_step);
        tokio::pin!(grading);
        let mut heartbeats = tokio::time::interval_at(Instant::now() + HEARTBEAT, HEARTBEAT);
        let mut alive_until = Instant::now() + SETUP_GRACE;
        self.tell(taken, tests_total, None).await;
        let graded = loop {
            tokio::select! {
                Some(heard) = steps.recv() => match heard {
                    Heard::Begins(max) => alive_until = Instant::now() + max + SETUP_GRACE,
                    Heard::Ended(test) => self.tell(taken, tests_total, Some(test)).await,
                },
                graded = &mut grading => break graded,
                _ = heartbeats.tick() => {
                    if Instant::now() < alive_until {
                        self.acknowledge(delivery, AckKind::Progress).await;
                    }
                }
            }
        };
        while let Ok(heard) = steps.try_recv() {
            if let Heard::Ended(test) = heard {
                self.tell(taken, tests_total, Some(test)).await;
            }
        }
        graded.map_err(|error| {
            if matches!(error, SandboxError::Stopped) {
                return Lacking::Stopped;
            }
            tracing::error!(submission = %submission.submission_id, %error, "a box could not be run");
            Lacking::ForNow("sandbox_failed")
        })
    }

    /// Progress is for the eye only; when it gets lost, nothing else does.
    #[allow(clippy::disallowed_methods)] // Progress is no event: it is never stored and may get lost.
    async fn tell(&self, taken: &Taken, tests_total: u32, test: Option<TestProgress>) {
        if taken.rejudge_set.is_some() {
            return; // No learner sees what has no effect.
        }
        let progress = taken.progress(tests_total, test);
        let Ok(body) = serde_json::to_vec(&progress) else { return };
        let _ = self.log.client().publish(subject::progress(progress.learner_id), body.into()).await;
    }
}
