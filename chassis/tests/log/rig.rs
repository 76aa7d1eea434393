//! What these tests share: a broker with Laurel's streams, and small events.

use chassis::log::streams::{self, StreamPlan};
use chassis::log::{AppendError, Appended, EventLog, LogConfig, Message, Stream};
use events::{EventId, Family, Wire, subject};
use futures_util::future::try_join_all;
use local_servers::nats::{Cluster, NatsServer};
use std::collections::HashMap;
use std::time::Duration;
use testkit::servers::InFolder;
use uuid::Uuid;

/// Nothing here takes this long unless it hangs.
pub const BOUND: Duration = Duration::from_mins(1);

/// A broker set up as it must be, and a connection that passed the check.
pub struct Rig {
    pub server: InFolder<NatsServer>,
    pub log: EventLog,
}

pub fn plan(replicas: usize) -> StreamPlan {
    StreamPlan {
        replicas,
        facts_bytes_max: 256 << 20,
        identity_bytes_max: 64 << 20,
        metadata: HashMap::new(),
    }
}

pub async fn rig() -> anyhow::Result<Rig> {
    rig_with(plan(1)).await
}

pub async fn rig_with(plan: StreamPlan) -> anyhow::Result<Rig> {
    let server = testkit::nats().await?;
    set_up(&server.url(""), &plan, &[server.monitor_url()]).await?;
    let log = connect(&server.url("")).await?;
    Ok(Rig { server, log })
}

pub async fn set_up(url: &str, plan: &StreamPlan, monitor_urls: &[String]) -> anyhow::Result<()> {
    let log = EventLog::connect_unchecked(&LogConfig { url: url.to_owned(), process: "operator" }).await?;
    streams::set_up(log.jetstream(), plan).await?;
    streams::record_fsync_check(log.jetstream(), monitor_urls).await?;
    Ok(())
}

pub async fn connect(url: &str) -> anyhow::Result<EventLog> {
    Ok(EventLog::connect(&LogConfig { url: url.to_owned(), process: "test" }).await?)
}

/// Three servers set up as they must be, and a connection that begins with each of them.
pub async fn cluster() -> anyhow::Result<(InFolder<Cluster>, Vec<EventLog>)> {
    let cluster = testkit::cluster(3).await?;
    let monitors: Vec<String> = cluster.servers().iter().map(NatsServer::monitor_url).collect();
    let urls = cluster.urls("").join(",");
    testkit::eventually(BOUND, async || set_up(&urls, &plan(3), &monitors).await).await?;
    let mut logs = Vec::new();
    for server in cluster.servers() {
        logs.push(testkit::eventually(BOUND, async || connect(&server.url("")).await).await?);
    }
    Ok((cluster, logs))
}

/// A fact with this number about the learner with this number.
pub fn fact(number: u128, learner: u64) -> Wire {
    event(number, subject::fact(Family::Submission, Uuid::from_u64_pair(7, learner)))
}

/// An event with this number: the same number is the same id and body.
pub fn event(number: u128, subject: String) -> Wire {
    let id = Uuid::from_u128(number);
    let headers = vec![
        ("Nats-Msg-Id", id.to_string()),
        ("ce-specversion", "1.0".to_owned()),
        ("ce-id", id.to_string()),
        ("ce-type", "laurel.test_happened.v1".to_owned()),
        ("ce-time", "2026-11-21T10:00:00.000Z".to_owned()),
    ];
    Wire { id: EventId(id), subject, headers, body: format!("{{\"number\":{number}}}").into_bytes() }
}

/// The same event as another request, with this digest, would make it.
pub fn requested(mut event: Wire, digest: &str) -> Wire {
    event.headers.push(("ce-requestdigest", digest.to_owned()));
    event
}

/// Appends facts all at once; one that finds the connection down is told so before anything is sent, and tries again.
pub async fn append_all(
    log: &EventLog,
    facts: impl IntoIterator<Item = Wire>,
) -> anyhow::Result<Vec<Appended>> {
    let appends = facts.into_iter().map(|fact| async move {
        patiently(|error| *error == AppendError::Unavailable, || log.append(fact.clone())).await
    });
    try_join_all(appends).await
}

/// Appends again and again while it fails in a way that may pass.
pub async fn patiently<F>(
    may_pass: fn(&AppendError) -> bool,
    append: impl Fn() -> F,
) -> anyhow::Result<Appended>
where
    F: Future<Output = Result<Appended, AppendError>>,
{
    let mut ticks = tokio::time::interval(Duration::from_millis(10));
    let appended = async {
        loop {
            ticks.tick().await;
            match append().await {
                Err(error) if may_pass(&error) => {}
                outcome => return outcome,
            }
        }
    };
    Ok(tokio::time::timeout(BOUND, appended).await??)
}

/// Everything in a stream, read by a new reader.
pub async fn everything(log: &EventLog, stream: Stream) -> anyhow::Result<Vec<Message>> {
    let all = match stream {
        Stream::Facts => vec!["facts.>".to_owned()],
        Stream::Identity => subject::ALL_IDENTITY.map(str::to_owned).to_vec(),
    };
    let last = log.last_sequence(stream).await?;
    let mut follow = log.follow(stream, all, 0).await?;
    let mut messages = Vec::new();
    while follow.last() < last {
        messages.extend(follow.next_batch(1_000, BOUND).await?);
    }
    Ok(messages)
}

/// How often each event id is stored in FACTS.
pub async fn stored(log: &EventLog) -> anyhow::Result<HashMap<EventId, usize>> {
    let mut stored = HashMap::new();
    for message in everything(log, Stream::Facts).await? {
        let id = message.id().ok_or_else(|| anyhow::anyhow!("a message without an id"))?;
        *stored.entry(id).or_default() += 1;
    }
    Ok(stored)
}

/// That an answer names the place where this event stands.
pub async fn stands_at(log: &EventLog, event: &Wire, appended: Appended) -> anyhow::Result<()> {
    let stored = log.at(Stream::of(&event.subject), appended.sequence).await?;
    let stored = stored.ok_or_else(|| anyhow::anyhow!("nothing stands at {}", appended.sequence))?;
    anyhow::ensure!(stored.id() == Some(event.id) && stored.subject == event.subject, "{stored:?}");
    Ok(())
}
