//! What this process knows by following the log: the exercises, how many submissions of each learner are not judged, which
//! rejudge sets are in work, how many members cohorts have, and whose data keys were erased. Everything else is read when it is needed.

use crate::app::Parts;
use crate::domain::exercise;
use crate::domain::submission::{Place, Unjudged};
use crate::error::ApiError;
use async_nats::jetstream::context::ConsumerInfoErrorKind;
use chassis::log::{EventLog, LogError, Message, Stream};
use chassis::observe::Readiness;
use chassis::shutdown::Shutdown;
use chrono::{DateTime, Utc};
use events::exercise::Exercise;
use events::{Event, ExerciseId, Family, JudgementId, LearnerId, SubmissionId, subject};
use std::collections::HashMap;
use std::str::FromStr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use std::time::Duration;

const BATCH_MAX: usize = 1_000;
const PATIENCE: Duration = Duration::from_millis(500);
const RETRY_AFTER: Duration = Duration::from_millis(500);

/// Every exercise as it stands. Cheap to clone; clones share it.
#[derive(Debug, Clone, Default)]
pub struct Catalogue(Arc<RwLock<HashMap<String, Known>>>);

#[derive(Debug, Clone)]
struct Known {
    exercise: Arc<Exercise>,
    sequence: u64,
}

impl Catalogue {
    pub fn find(&self, slug: &str) -> Option<(Arc<Exercise>, u64)> {
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner);
        known.get(slug).map(|known| (Arc::clone(&known.exercise), known.sequence))
    }

    /// Takes over a state, unless a newer one is known.
    pub fn learn(&self, exercise: Exercise, sequence: u64) {
        let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if known.get(&exercise.slug).is_none_or(|known| known.sequence < sequence) {
            known.insert(exercise.slug.clone(), Known { exercise: Arc::new(exercise), sequence });
        }
    }

    /// Reads one exercise from the leader, for when what is known here may be too old.
    pub async fn refresh(
        &self,
        log: &EventLog,
        slug: &str,
    ) -> Result<Option<(Arc<Exercise>, u64)>, ApiError> {
        let (state, sequence) = load_exercise(log, slug).await?;
        if let Some(exercise) = state {
            self.learn(exercise, sequence);
        }
        Ok(self.find(slug))
    }

    fn apply(&self, message: &Message) {
        match message.decode().map(|recorded| recorded.event) {
            Ok(Event::Exercise(event)) => self.learn(event.exercise().clone(), message.sequence),
            Ok(_) => {}
            Err(error) => {
                tracing::error!(%error, sequence = message.sequence, "an exercise event is not readable");
            }
        }
    }
}

/// An exercise and the sequence of its last event (0: there is none), from the leader.
pub async fn load_exercise(log: &EventLog, slug: &str) -> Result<(exercise::State, u64), ApiError> {
    let subject = subject::fact(Family::Exercise, ExerciseId::of_slug(slug).0);
    let Some(message) = log.last(&subject).await? else { return Ok((None, 0)) };
    match message.decode()?.event {
        Event::Exercise(event) => Ok((exercise::evolve(None, event), message.sequence)),
        other => Err(ApiError::Internal(format!("{subject} holds a {}", other.event_type().name))),
    }
}

const SHARDS: usize = 64;

/// Unjudged submissions of every learner who has any. Cheap to clone; clones share it.
#[derive(Debug, Clone)]
pub struct UnjudgedCounts {
    shards: Arc<[Mutex<HashMap<LearnerId, Unjudged>>; SHARDS]>,
    /// How many a learner may have.
    max: usize,
}

impl UnjudgedCounts {
    pub fn new(max: usize) -> Self {
        Self { shards: Arc::new(std::array::from_fn(|_| Mutex::default())), max }
    }

    pub fn reserve(&self, learner: LearnerId, submission: SubmissionId, now: DateTime<Utc>) -> Place {
        self.shard(learner).entry(learner).or_default().reserve(submission, self.max, now)
    }

    pub fn release(&self, learner: LearnerId, submission: SubmissionId) {
        self.change(learner, |unjudged| unjudged.release(submission));
    }

    pub fn stored(&self, learner: LearnerId, submission: SubmissionId) {
        self.change(learner, |unjudged| unjudged.stored(submission));
    }

    fn change(&self, learner: LearnerId, change: impl FnOnce(&mut Unjudged)) {
        let mut shard = self.shard(learner);
        if let Some(unjudged) = shard.get_mut(&learner) {
            change(unjudged);
            if unjudged.is_empty() {
                shard.remove(&learner);
            }
        }
    }

    fn shard(&self, learner: LearnerId) -> MutexGuard<'_, HashMap<LearnerId, Unjudged>> {
        // The last byte of every kind of id we make is random.
        let number = usize::from(learner.0.as_bytes()[15]) % SHARDS;
        self.shards[number].lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Subject and id say enough; bodies of submissions are large and come at full speed, so they are not read.
    fn apply(&self, message: &Message) {
        let learner = message.subject.rsplit('.').next().and_then(|key| LearnerId::from_str(key).ok());
        let (Some(learner), Some(id)) = (learner, message.id()) else { return };
        if message.subject.starts_with("facts.submission.") {
            self.shard(learner).entry(learner).or_default().received(SubmissionId(id.0));
        } else {
            self.change(learner, |unjudged| unjudged.judged(JudgementId(id.0)));
        }
    }
}

/// Starts following. Ready once everything that was there has been read.
pub async fn start(parts: &Parts, readiness: &Readiness, shutdown: &Shutdown) -> Result<(), LogError> {
    let log = &parts.log;
    let exercises = parts.catalogue.clone();
    // An exercise's last event holds all of it, so what came before may have been trimmed.
    let follow = Following {
        name: "exercises",
        subjects: vec![subject::family(Family::Exercise)],
        from: Beginning::Latest,
    };
    follow.spawn(log, readiness, shutdown, move |message| exercises.apply(message));

    let unjudged = parts.unjudged.clone();
    let follow = Following {
        name: "unjudged submissions",
        subjects: vec![subject::family(Family::Submission), subject::family(Family::Judgement)],
        from: Beginning::HeadersAfter(judged_up_to(log).await?),
    };
    follow.spawn(log, readiness, shutdown, move |message| unjudged.apply(message));

    let places = parts.rejudge_places.clone();
    let follow = Following {
        name: "rejudge sets",
        subjects: vec![subject::family(Family::RejudgeSet)],
        from: Beginning::Latest,
    };
    follow.spawn(log, readiness, shutdown, move |message| places.apply(message));

    let members = parts.members.clone();
    // A learner's last membership event lists all their cohorts.
    let follow = Following {
        name: "members of cohorts",
        subjects: vec![subject::family(Family::Membership)],
        from: Beginning::Latest,
    };
    follow.spawn(log, readiness, shutdown, move |message| members.apply(message));

    let (keys, ending) = (parts.keys.clone(), shutdown.clone());
    shutdown.spawn(async move { keys.forget_erased(&ending).await });
    Ok(())
}

/// The FACTS sequence up to which every submission has its verdict: judges acknowledge after the verdict is stored.
/// Where there is no such consumer, the beginning of FACTS is right as well, only slower: only what is judged is trimmed.
async fn judged_up_to(log: &EventLog) -> Result<u64, LogError> {
    let failed = |error: async_nats::Error| LogError::Request {
        operation: "reading how far judges are",
        source: error,
    };
    let stream =
        log.jetstream().get_stream_no_info(subject::FACTS).await.map_err(|error| failed(error.into()))?;
    let acknowledged = match stream.consumer_info(subject::JUDGE_LIVE).await {
        Ok(info) => info.ack_floor.stream_sequence,
        Err(error) if error.kind() == ConsumerInfoErrorKind::NotFound => 0,
        Err(error) => return Err(failed(error.into())),
    };
    let first = stream.get_info().await.map_err(|error| failed(error.into()))?.state.first_sequence;
    Ok(acknowledged.max(first.saturating_sub(1)))
}

/// One thing to follow in FACTS.
struct Following {
    name: &'static str,
    subjects: Vec<String>,
    from: Beginning,
}

/// What to read of it.
#[derive(Clone, Copy)]
enum Beginning {
    /// The last message of each subject, and all that come.
    Latest,
    /// All messages behind this sequence, without bodies.
    HeadersAfter(u64),
}

impl Following {
    fn spawn(
        self,
        log: &EventLog,
        readiness: &Readiness,
        shutdown: &Shutdown,
        apply: impl Fn(&Message) + Send + Sync + 'static,
    ) {
        readiness.waiting_for(self.name, "reading the log");
        let (log, readiness, ending) = (log.clone(), readiness.clone(), shutdown.clone());
        shutdown.spawn(async move {
            tokio::select! {
                () = self.run(&log, &readiness, apply) => {}
                () = ending.begun() => {}
            }
        });
    }

    async fn run(mut self, log: &EventLog, readiness: &Readiness, apply: impl Fn(&Message)) {
        loop {
            if let Err(error) = self.follow(log, readiness, &apply).await {
                tracing::warn!(%error, following = self.name, "following the log was interrupted");
                readiness.waiting_for(self.name, error.to_string());
            }
            tokio::time::sleep(RETRY_AFTER).await;
        }
    }

    async fn follow(
        &mut self,
        log: &EventLog,
        readiness: &Readiness,
        apply: &impl Fn(&Message),
    ) -> Result<(), LogError> {
        let subjects = self.subjects.clone();
        let mut follow = match self.from {
            Beginning::Latest => log.follow_latest(Stream::Facts, subjects).await?,
            Beginning::HeadersAfter(after) => log.follow_headers(Stream::Facts, subjects, after).await?,
        };
        loop {
            let batch = follow.next_batch(BATCH_MAX, PATIENCE).await?;
            batch.iter().for_each(apply);
            if let Beginning::HeadersAfter(after) = &mut self.from {
                *after = follow.last();
            }
            if batch.is_empty() || follow.pending() == 0 {
                readiness.ready(self.name);
            }
        }
    }
}
