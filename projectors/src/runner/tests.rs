//! Any facts, cut into any batches, with any repeats, crashes and owners that come too late, give the tables that the same
//! facts give one by one.

use super::{Live, Runner};
use crate::arrival::Arrival;
use crate::failure::Failure;
use crate::projections;
use crate::rebuild::digests;
use chassis::log::streams::{StreamPlan, set_up};
use chassis::log::{EventLog, LogConfig, Message, Stream};
use chassis::observe::Observatory;
use events::judgement::{JudgementEvent, Verdict};
use events::submission::{SubmissionEvent, SubmissionReceived};
use events::{Event, NewEvent, Recorded};
use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use sqlx::AssertSqlSafe;
use std::collections::BTreeMap;
use testkit::build;

const LEARNERS: u32 = 5;

#[derive(Debug, Clone, Copy)]
enum Fact {
    Published(u32),
    /// Learner, exercise.
    Submitted(u32, u32),
    /// The submission of this number, if there is one; the first verdict counts.
    Judged(usize, bool),
    /// Another message about a submission that was received before.
    ReceivedAgain(usize),
}

/// How one batch fares.
#[derive(Debug, Clone, Copy)]
struct Step {
    /// Messages before the checkpoint that are delivered again.
    repeated: usize,
    /// New messages.
    new: usize,
    fate: Fate,
}

#[derive(Debug, Clone, Copy)]
enum Fate {
    Committed,
    /// Another process takes over before this one begins.
    TakenOver,
    /// The connection is gone when the batch begins, and the process with it.
    CrashedBefore,
    /// It was committed, and the owner does not live to know it.
    CrashedAfter,
    /// Another process takes over after this one read the batch; it is fenced off.
    Fenced,
}

fn facts() -> impl Strategy<Value = Vec<Fact>> {
    let fact = prop_oneof![
        1 => (0..3_u32).prop_map(Fact::Published),
        4 => (0..LEARNERS, 0..3_u32).prop_map(|(learner, exercise)| Fact::Submitted(learner, exercise)),
        4 => (0..20_usize, any::<bool>()).prop_map(|(number, is_right)| Fact::Judged(number, is_right)),
        1 => (0..20_usize).prop_map(Fact::ReceivedAgain),
    ];
    prop::collection::vec(fact, 1..40)
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let fate = prop_oneof![
        4 => Just(Fate::Committed),
        1 => Just(Fate::TakenOver),
        1 => Just(Fate::CrashedBefore),
        1 => Just(Fate::CrashedAfter),
        1 => Just(Fate::Fenced),
    ];
    let step = (0..6_usize, 1..9_usize, fate).prop_map(|(repeated, new, fate)| Step { repeated, new, fate });
    prop::collection::vec(step, 1..16)
}

/// The facts as FACTS would hold them.
fn messages(facts: &[Fact]) -> Vec<Message> {
    let exercise = |number: u32| build::exercise(["one", "two", "three"][number as usize % 3]);
    let mut received: Vec<Recorded<SubmissionReceived>> = Vec::new();
    let mut messages = Vec::new();
    for (number, fact) in (1_u32..).zip(facts) {
        let sequence = messages.len() as u64 + 1;
        let event = match *fact {
            Fact::Published(number) => {
                let exercise = exercise(number);
                Event::Exercise(events::exercise::ExerciseEvent::Published(
                    events::exercise::ExercisePublished { exercise },
                ))
            }
            Fact::Submitted(learner, of) => {
                let fact = build::submission(number, build::learner(learner), &exercise(of));
                let event = Event::Submission(SubmissionEvent::Received(fact.clone()));
                let recorded = build::recorded(number, event.clone());
                received.push(Recorded {
                    part: recorded.part,
                    sequence,
                    id: recorded.id,
                    time: recorded.time,
                    request_digest: None,
                    traceparent: None,
                    event: fact,
                });
                event
            }
            Fact::Judged(of, is_right) => {
                let Some(submission) = received.get(of) else { continue };
                let verdict = if is_right { Verdict::Accepted } else { Verdict::WrongAnswer };
                let judged = build::judgement(submission, verdict);
                Event::Judgement(JudgementEvent::SubmissionJudged(judged))
            }
            Fact::ReceivedAgain(of) => {
                let Some(submission) = received.get(of) else { continue };
                Event::Submission(SubmissionEvent::Received(submission.event.clone()))
            }
        };
        messages.push(message(sequence, &build::new_event(number, event)));
    }
    messages
}

#[allow(clippy::default_trait_access)] // Their type is of a crate that this one does not use.
fn message(sequence: u64, event: &NewEvent) -> Message {
    let wire = event.to_wire().expect("an event can be written");
    let body = wire.body.into();
    let mut message =
        Message { subject: wire.subject, sequence, headers: Default::default(), body, pending: 0 };
    for (name, value) in wire.headers {
        message.headers.insert(name, value.as_str());
    }
    message
}

async fn runner(database: &str, nats: &str) -> anyhow::Result<Runner> {
    let log = EventLog::connect_unchecked(&LogConfig { url: nats.to_owned(), process: "projectors" }).await?;
    let plan = StreamPlan {
        replicas: 1,
        facts_bytes_max: 64 << 20,
        identity_bytes_max: 64 << 20,
        metadata: [].into(),
    };
    set_up(log.jetstream(), &plan).await?;
    crate::migrate(database).await?;
    let config = crate::Config { database_url: database.into(), redis_url: None };
    Ok(crate::runner(&config, projections::ALL, log, &Observatory::default())?)
}

type Digests = BTreeMap<String, BTreeMap<String, (i64, String)>>;

/// What all tables hold.
async fn tables(runner: &Runner) -> Result<Digests, Failure> {
    let mut db = super::connect(&runner.database).await?;
    let mut all = BTreeMap::new();
    for known in projections::ALL {
        all.insert(known.name.to_owned(), digests(&mut db, known, &known.schema()).await?);
    }
    Ok(all)
}

async fn start_over(runner: &Runner) -> Result<(), Failure> {
    let mut db = super::connect(&runner.database).await?;
    for known in projections::ALL {
        for table in digests(&mut db, known, &known.schema()).await?.keys() {
            let sql = format!("TRUNCATE {}.{table}", known.schema());
            sqlx::query(AssertSqlSafe(sql)).execute(&mut db).await?;
        }
    }
    sqlx::query("UPDATE checkpoints SET sequence = 0, digest = ''").execute(&mut db).await?;
    Ok(())
}

struct Owners<'a> {
    runner: &'a Runner,
    epoch: i64,
}

impl Owners<'_> {
    async fn next(&mut self) -> Result<Live, Failure> {
        self.epoch += 1;
        Live::take_over(self.runner, self.epoch).await
    }
}

fn batch(messages: &[Message]) -> Vec<Arrival> {
    let read = |message: &Message| Arrival::read(message.clone(), projections::ALL).expect("readable");
    messages.iter().map(read).collect()
}

async fn one_by_one(owners: &mut Owners<'_>, messages: &[Message]) -> Result<Digests, Failure> {
    start_over(owners.runner).await?;
    let mut live = owners.next().await?;
    for message in messages {
        live.pass(&batch(std::slice::from_ref(message)), &owners.runner.log).await?;
    }
    tables(owners.runner).await
}

async fn with_trouble(
    owners: &mut Owners<'_>,
    messages: &[Message],
    steps: &[Step],
) -> Result<Digests, Failure> {
    start_over(owners.runner).await?;
    let log = owners.runner.log.clone();
    let mut live = owners.next().await?;
    let undisturbed = Step { repeated: 0, new: messages.len().max(1), fate: Fate::Committed };
    for step in steps.iter().chain([&undisturbed]) {
        // Where a new owner would begin to read; a broker may deliver what is before that, too.
        let at = usize::try_from(live.read_by_all(Stream::Facts).unwrap_or_default()).unwrap_or_default();
        let from = at.saturating_sub(step.repeated);
        let batch = batch(&messages[from..(at + step.new).min(messages.len())]);
        match step.fate {
            Fate::Committed => live.pass(&batch, &log).await?,
            Fate::TakenOver => {
                live = owners.next().await?;
                live.pass(&batch, &log).await?;
            }
            Fate::CrashedBefore => live = owners.next().await?,
            Fate::CrashedAfter => {
                live.pass(&batch, &log).await?;
                live = owners.next().await?;
            }
            Fate::Fenced => {
                let next = owners.next().await?;
                let late = live.pass(&batch, &log).await;
                let has_new = batch.iter().any(|arrival| arrival.sequence() > at as u64);
                assert!(!has_new || matches!(late, Err(Failure::Fenced)), "a late owner wrote: {late:?}");
                live = next;
            }
        }
    }
    assert!(live.checkpoints(Stream::Facts).all(|at| at.sequence <= messages.len() as u64));
    tables(owners.runner).await
}

#[test]
fn any_batches_repeats_and_crashes_give_what_one_event_after_another_gives() -> anyhow::Result<()> {
    let tokio = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let (nats, database) =
        tokio.block_on(async { tokio::try_join!(testkit::nats(), testkit::database()) })?;
    let runner = tokio.block_on(runner(database.url(), &nats.url("")))?;
    let epoch = std::cell::Cell::new(1);
    let mut cases = TestRunner::new(ProptestConfig::with_cases(12));
    cases.run(&(facts(), steps()), |(facts, steps)| {
        let messages = messages(&facts);
        let mut owners = Owners { runner: &runner, epoch: epoch.get() };
        let outcome = tokio.block_on(async {
            let expected = one_by_one(&mut owners, &messages).await?;
            Ok::<_, Failure>((expected, with_trouble(&mut owners, &messages, &steps).await?))
        });
        epoch.set(owners.epoch);
        let (expected, found) = outcome.map_err(|failure| TestCaseError::fail(failure.to_string()))?;
        // Each learner's facts are in one part, so a naive count of what was handed in must come out as well.
        let handed_in = facts.iter().filter(|fact| matches!(fact, Fact::Submitted(..))).count();
        let of_submissions: i64 = found["submissions"]["submissions"].0;
        prop_assert_eq!(usize::try_from(of_submissions).ok(), Some(handed_in));
        prop_assert_eq!(found, expected);
        Ok(())
    })?;
    Ok(())
}
