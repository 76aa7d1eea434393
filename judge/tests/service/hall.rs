//! A broker set up as in production, somebody to submit, and judges.

use anyhow::{Context, ensure};
use async_nats::Subscriber;
use async_nats::jetstream::AckKind;
use async_nats::jetstream::consumer::PullConsumer;
use chassis::clock::Clock;
use chassis::keys::DataKeys;
use chassis::log::streams::{self, StreamPlan};
use chassis::log::{EventLog, LogConfig, Stream};
use chassis::observe::Observatory;
use chassis::seal::{DataKey, MasterKey};
use chassis::shutdown::Shutdown;
use events::account::{AccountEvent, DataKeyErased, DataKeyMade};
use events::exercise::Limits;
use events::judgement::{JudgementEvent, Progress, SubmissionJudged, TestGroup};
use events::package::{Checker, Package, Scoring, Test, TestKind};
use events::run::{RunReply, RunRequest, RunResult};
use events::submission::{SOURCE_FIELD, SubmissionEvent};
use events::{Event, EventId, Family, LearnerId, NewEvent, Recorded, SubmissionId, subject};
use futures_util::StreamExt;
use judge::{Grader, Judge, ensure_consumer, run_judge_finishing};
use local_servers::nats::{NatsServer, accounts};
use secrecy::{ExposeSecret, SecretString};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;
use testkit::servers::InFolder;
use testkit::{build, eventually};

/// Longer than anything here takes, on a busy machine too.
pub const PATIENCE: Duration = Duration::from_secs(30);

pub struct Hall {
    pub nats: InFolder<NatsServer>,
    operator: EventLog,
    command_api: EventLog,
    query_api: EventLog,
    judge: EventLog,
    master_key: SecretString,
}

/// What was submitted, and what opens what comes of it.
pub struct Submitted {
    pub submission_id: SubmissionId,
    pub learner: LearnerId,
    package_digest: String,
    pub sequence: u64,
    pub key: DataKey,
}

/// One sample and one hidden test, both the same.
pub fn package(input: &str, expected: &str) -> Package {
    let test = |group| Test {
        group,
        kind: TestKind::Stdio { input: input.to_owned() },
        expected: expected.to_owned(),
    };
    Package {
        tests: vec![test(TestGroup::Sample), test(TestGroup::Hidden)],
        limits: Limits::default(),
        checker: Checker::Exact,
        scoring: Scoring::AllOrNothing,
        early_stop: false,
        solutions: Vec::new(),
    }
}

impl Hall {
    pub async fn open() -> anyhow::Result<Self> {
        let nats = testkit::nats_with_accounts().await?;
        let connect = |process| EventLog::connect_unchecked_as(&nats, process);
        let operator = connect(accounts::OPERATOR).await?;
        let plan = StreamPlan {
            replicas: 1,
            facts_bytes_max: 64 << 20,
            identity_bytes_max: 64 << 20,
            metadata: std::collections::HashMap::new(),
        };
        streams::set_up(operator.jetstream(), &plan).await?;
        streams::record_fsync_check(operator.jetstream(), &[nats.monitor_url()]).await?;
        ensure_consumer(operator.jetstream()).await?;
        ensure_consumer(operator.jetstream()).await?;
        let command_api = connect(accounts::COMMAND_API).await?;
        let query_api = connect(accounts::QUERY_API).await?;
        let judge = connect(accounts::JUDGE).await?;
        let master_key = MasterKey::generate_base64();
        Ok(Self { nats, operator, command_api, query_api, judge, master_key })
    }

    /// A judge in this process.
    pub async fn judge(&self) -> anyhow::Result<RunningJudge> {
        self.judge_with_slots(2).await
    }

    pub async fn judge_with_slots(&self, slots: usize) -> anyhow::Result<RunningJudge> {
        self.judge_that(slots, Duration::from_secs(10)).await
    }

    /// A judge that does not finish what is running when it is told to end.
    pub async fn hasty_judge(&self) -> anyhow::Result<RunningJudge> {
        self.judge_that(1, Duration::ZERO).await
    }

    async fn judge_that(&self, slots: usize, finish_max: Duration) -> anyhow::Result<RunningJudge> {
        let log = EventLog::connect_unchecked_as(&self.nats, accounts::JUDGE).await?;
        let keys = DataKeys::new(log.clone(), self.master_key()?);
        let judge = Judge { log, keys, grader: Grader::open()?, clock: Clock::system(), slots };
        let shutdown = Shutdown::new();
        let stop = shutdown.clone();
        let task = tokio::spawn(async move {
            Box::pin(run_judge_finishing(judge, &Observatory::default(), stop, finish_max)).await;
        });
        Ok(RunningJudge { shutdown, task })
    }

    /// A judge with one slot in a process of its own.
    pub fn judge_process(&self) -> anyhow::Result<JudgeProcess> {
        let child = Command::new(env!("CARGO_BIN_EXE_judge"))
            .env("LAUREL_NATS_URL", self.nats.url(accounts::JUDGE))
            .env("LAUREL_MASTER_KEY", self.master_key.expose_secret())
            .env("LAUREL_LISTEN", "127.0.0.1:0")
            .env("LAUREL_JUDGE_SLOTS", "1")
            .stdin(Stdio::null())
            .spawn()?;
        Ok(JudgeProcess(child))
    }

    /// The learner with this number submits.
    pub async fn submit(&self, number: u32, source: &str, package: &Package) -> anyhow::Result<Submitted> {
        let (bytes, digest) = package.encode()?;
        self.command_api.put_package(&digest, &bytes).await?;
        self.submit_to(number, source, digest).await
    }

    pub async fn submit_without_package(&self, number: u32, source: &str) -> anyhow::Result<Submitted> {
        self.submit_to(number, source, "0".repeat(64)).await
    }

    async fn submit_to(&self, number: u32, source: &str, digest: String) -> anyhow::Result<Submitted> {
        let learner = build::learner(number);
        let key = DataKey::generate();
        let made = DataKeyMade { learner_id: learner, wrapped_key: self.master_key()?.wrap(learner, &key) };
        let made = build::new_event(number, Event::Account(AccountEvent::DataKeyMade(made)));
        self.append_on(made, subject::key(learner)).await?;
        self.submit_as(number, source, learner, key, digest).await
    }

    /// The same learner submits to the same exercise again; `number` is the submission's.
    pub async fn submit_again(
        &self,
        number: u32,
        first: &Submitted,
        source: &str,
    ) -> anyhow::Result<Submitted> {
        let (learner, key, digest) = (first.learner, first.key.clone(), first.package_digest.clone());
        self.submit_as(number, source, learner, key, digest).await
    }

    async fn submit_as(
        &self,
        number: u32,
        source: &str,
        learner: LearnerId,
        key: DataKey,
        package_digest: String,
    ) -> anyhow::Result<Submitted> {
        let mut received = build::submission(number, learner, &build::exercise("increment"));
        let submission_id = received.submission_id;
        received.package_digest.clone_from(&package_digest);
        received.source = key.seal(EventId(received.submission_id.0), SOURCE_FIELD, source.as_bytes());
        let event = build::new_event(number, Event::Submission(SubmissionEvent::Received(received)));
        let sequence = self.append_on(event, subject::fact(Family::Submission, learner.0)).await?;
        Ok(Submitted { submission_id, learner, package_digest, sequence, key })
    }

    /// The learner's key is erased.
    pub async fn erase(&self, submitted: &Submitted) -> anyhow::Result<()> {
        let learner = submitted.learner;
        let erased = AccountEvent::DataKeyErased(DataKeyErased { learner_id: learner });
        let erased = build::new_event(1_000, Event::Account(erased));
        self.append_on(erased, subject::key(learner)).await?;
        Ok(())
    }

    /// Appends as command-api, however often the broker has to be asked. Answers the sequence.
    pub async fn append_on(&self, event: NewEvent, subject: String) -> anyhow::Result<u64> {
        let wire = event.to_wire_on(subject)?;
        eventually(PATIENCE, async || Ok(self.command_api.append(wire.clone()).await?.sequence)).await
    }

    /// A submission of a version that nobody knows yet.
    pub async fn append_rubbish(&self) -> anyhow::Result<()> {
        let received = build::submission(1, build::learner(1), &build::exercise("increment"));
        let event = build::new_event(1, Event::Submission(SubmissionEvent::Received(received)));
        let mut wire = event.to_wire()?;
        for (name, value) in &mut wire.headers {
            if *name == "ce-type" {
                "laurel.submission_received.v999".clone_into(value);
            }
        }
        self.command_api.append(wire).await?;
        Ok(())
    }

    /// Stores a package without anything else. Answers its digest.
    pub async fn put_package(&self, package: &Package) -> anyhow::Result<String> {
        let (bytes, digest) = package.encode()?;
        self.command_api.put_package(&digest, &bytes).await?;
        Ok(digest)
    }

    /// Asks for a run as command-api does.
    #[allow(clippy::disallowed_methods)] // Core NATS: nothing is stored.
    pub async fn ask_for_run(&self, request: &RunRequest) -> anyhow::Result<Answers> {
        let client = self.command_api.client();
        let inbox = client.new_inbox();
        let answers = client.subscribe(inbox.clone()).await?;
        let subject = subject::run(&request.language).context("a language")?;
        client.publish_with_reply(subject, inbox, serde_json::to_vec(request)?.into()).await?;
        Ok(Answers(answers))
    }

    /// Asks until a judge takes it and answers with what came of it.
    pub async fn run_to_its_end(&self, request: &RunRequest) -> anyhow::Result<RunResult> {
        eventually(PATIENCE, async || {
            let mut answers = self.ask_for_run(request).await?;
            ensure!(answers.next().await? == RunReply::Started, "no judge takes it");
            match answers.next().await? {
                RunReply::Done(result) => Ok(result),
                other => anyhow::bail!("{other:?}"),
            }
        })
        .await
    }

    pub async fn facts_count(&self) -> anyhow::Result<u64> {
        let stream = self.operator.jetstream().get_stream(subject::FACTS).await?;
        Ok(stream.get_info().await?.state.messages)
    }

    /// Whether there is a verdict now.
    pub async fn is_judged(&self, submitted: &Submitted) -> anyhow::Result<bool> {
        let subject = subject::fact(Family::Judgement, submitted.learner.0);
        Ok(self.command_api.last(&subject).await?.is_some())
    }

    /// Waits for the verdict.
    pub async fn judged(&self, submitted: &Submitted) -> anyhow::Result<Recorded<SubmissionJudged>> {
        let subject = subject::fact(Family::Judgement, submitted.learner.0);
        let recorded = eventually(PATIENCE, async || {
            let message = self.command_api.last(&subject).await?.context("not judged yet")?;
            let Recorded { part, sequence, id, time, request_digest, traceparent, event } =
                message.decode()?;
            let Event::Judgement(JudgementEvent::SubmissionJudged(event)) = event else {
                anyhow::bail!("{event:?}")
            };
            ensure!(event.submission_id == submitted.submission_id, "not judged yet");
            Ok(Recorded { part, sequence, id, time, request_digest, traceparent, event })
        });
        recorded.await
    }

    /// The submissions in the order of their verdicts.
    pub async fn order_of_verdicts(&self) -> anyhow::Result<Vec<SubmissionId>> {
        let subjects = vec![subject::family(Family::Judgement)];
        let mut follow = self.query_api.follow(Stream::Facts, subjects, 0).await?;
        let judged = follow.next_batch(1_000, PATIENCE).await?;
        let judged = judged.iter().map(|message| match message.decode()?.event {
            Event::Judgement(JudgementEvent::SubmissionJudged(event)) => Ok(event.submission_id),
            other => anyhow::bail!("{other:?}"),
        });
        judged.collect()
    }

    /// How many judgements of this learner there are, once the queue is empty.
    pub async fn judgements(&self, submitted: &Submitted) -> anyhow::Result<usize> {
        self.everything_is_acknowledged().await?;
        let subject = subject::fact(Family::Judgement, submitted.learner.0);
        let stream = self.operator.jetstream().get_stream(subject::FACTS).await?;
        let info = stream.info_with_subjects(&subject).await?;
        Ok(info
            .map(|counted| counted.map(|(_, count)| count).unwrap_or_default())
            .collect::<Vec<_>>()
            .await
            .into_iter()
            .sum())
    }

    /// Waits until no submission is with a judge or waiting for one.
    pub async fn everything_is_acknowledged(&self) -> anyhow::Result<()> {
        self.queue_is_empty(subject::JUDGE_LIVE).await
    }

    /// The same for what is judged again.
    pub async fn rejudges_are_acknowledged(&self) -> anyhow::Result<()> {
        self.queue_is_empty(subject::JUDGE_REJUDGE).await
    }

    /// How many are with a judge to be judged again.
    pub async fn being_rejudged(&self) -> anyhow::Result<usize> {
        Ok(self.queue(subject::JUDGE_REJUDGE).await?.info().await?.num_ack_pending)
    }

    async fn queue_is_empty(&self, queue: &str) -> anyhow::Result<()> {
        eventually(PATIENCE, async || {
            let mut queue = self.queue(queue).await?;
            let info = queue.info().await?;
            ensure!(info.num_pending == 0 && info.num_ack_pending == 0, "{info:?}");
            Ok(())
        })
        .await
    }

    /// What a judge does that fails at once.
    pub async fn take_and_hand_back(&self) -> anyhow::Result<()> {
        let queue = self.queue(subject::JUDGE_LIVE).await?;
        let delivery = eventually(PATIENCE, async || {
            let mut taken = queue.fetch().max_messages(1).messages().await?;
            taken.next().await.context("nothing to take")?.map_err(anyhow::Error::from_boxed)
        });
        delivery.await?.ack_with(AckKind::Nak(None)).await.map_err(anyhow::Error::from_boxed)
    }

    async fn queue(&self, queue: &str) -> anyhow::Result<PullConsumer> {
        let stream = self.judge.jetstream().get_stream(subject::FACTS).await?;
        stream.get_consumer(queue).await.map_err(anyhow::Error::from_boxed)
    }

    pub async fn progress(&self) -> anyhow::Result<ProgressFeed> {
        let feed = self.query_api.client().subscribe(subject::ALL_PROGRESS).await?;
        self.query_api.client().flush().await?;
        Ok(ProgressFeed(feed))
    }

    /// Every byte of FACTS: subjects, headers and bodies.
    pub async fn all_facts(&self) -> anyhow::Result<Vec<u8>> {
        let mut follow = self.query_api.follow(Stream::Facts, vec![subject::ALL_FACTS.to_owned()], 0).await?;
        let mut bytes = Vec::new();
        for message in follow.next_batch(1_000, PATIENCE).await? {
            bytes.extend(format!("{} {:?}", message.subject, message.headers).into_bytes());
            bytes.extend(&message.body);
        }
        Ok(bytes)
    }

    fn master_key(&self) -> anyhow::Result<MasterKey> {
        Ok(MasterKey::from_base64(&self.master_key)?)
    }
}

trait ConnectAs: Sized {
    async fn connect_unchecked_as(nats: &NatsServer, user: &'static str) -> anyhow::Result<Self>;
}

impl ConnectAs for EventLog {
    async fn connect_unchecked_as(nats: &NatsServer, user: &'static str) -> anyhow::Result<Self> {
        Ok(Self::connect_unchecked(&LogConfig { url: nats.url(user), process: user }).await?)
    }
}

pub struct ProgressFeed(Subscriber);

impl ProgressFeed {
    pub async fn next(&mut self) -> anyhow::Result<Progress> {
        let message = tokio::time::timeout(PATIENCE, self.0.next()).await?.context("no more progress")?;
        Ok(serde_json::from_slice(&message.payload)?)
    }
}

pub struct Answers(Subscriber);

impl Answers {
    /// An error when nobody listens.
    pub async fn next(&mut self) -> anyhow::Result<RunReply> {
        let message = tokio::time::timeout(PATIENCE, self.0.next()).await?.context("no more answers")?;
        ensure!(message.status.is_none(), "{:?}", message.status);
        Ok(serde_json::from_slice(&message.payload)?)
    }
}

pub struct RunningJudge {
    shutdown: Shutdown,
    task: tokio::task::JoinHandle<()>,
}

impl RunningJudge {
    pub async fn stop(mut self) {
        self.shutdown.begin();
        let _ = (&mut self.task).await;
    }
}

impl Drop for RunningJudge {
    fn drop(&mut self) {
        self.shutdown.begin();
    }
}

/// Killed when dropped.
pub struct JudgeProcess(Child);

impl JudgeProcess {
    pub fn signal(&self, name: &str) -> anyhow::Result<()> {
        let status = Command::new("kill").args([&format!("-{name}"), &self.0.id().to_string()]).status()?;
        ensure!(status.success(), "kill -{name}: {status}");
        Ok(())
    }

    pub fn kill(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }

    pub fn ended(&mut self) -> anyhow::Result<Option<ExitStatus>> {
        Ok(self.0.try_wait()?)
    }
}

impl Drop for JudgeProcess {
    fn drop(&mut self) {
        self.kill();
    }
}
