//! How the streams and buckets must be configured, the set-up that makes them so, and what is recorded in their
//! metadata for processes to check when they start.

use super::Stream;
use super::error::LogError;
use super::servers::{monitored, version_fault};
use crate::clock::Clock;
use async_nats::jetstream;
use async_nats::jetstream::ErrorCode;
use async_nats::jetstream::context::CreateStreamErrorKind;
use async_nats::jetstream::stream::{
    Compression, Config, DiscardPolicy, Info, PersistenceMode, RetentionPolicy, StorageType,
};
use chrono::{DateTime, Utc};
use events::subject;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeSet, HashMap};
use std::time::Duration;

/// What a place gives the log.
#[derive(Debug, Clone)]
pub struct StreamPlan {
    /// 3 in the cluster, 1 on a laptop.
    pub replicas: usize,
    /// Bytes FACTS may take (80 % of what the volume gives it).
    pub facts_bytes_max: i64,
    /// Bytes IDENTITY may take.
    pub identity_bytes_max: i64,
    /// What else belongs in the streams' metadata, such as the claim key's fingerprint ([`CLAIM_KEY_KEY`]).
    pub metadata: HashMap<String, String>,
}

impl StreamPlan {
    /// A plan for servers that somebody else set up: what streams exist keep their size; new ones get 70 % and 5 % of what the
    /// smallest server has not reserved (the buckets want room too), and no more than `self` says.
    pub async fn fitting(
        mut self,
        jetstream: &jetstream::Context,
        monitor_urls: &[String],
    ) -> Result<Self, LogError> {
        let mut unreserved = None::<i64>;
        for url in monitor_urls {
            let server = monitored(url).await?;
            unreserved = unreserved.into_iter().chain(server.unreserved_bytes).min();
        }
        let shares = [
            (subject::FACTS, &mut self.facts_bytes_max, 70),
            (subject::IDENTITY, &mut self.identity_bytes_max, 5),
        ];
        for (name, bytes_max, percent) in shares {
            let share = unreserved.map(|bytes| bytes / 100 * percent);
            *bytes_max = match existing(jetstream, name).await? {
                Some(stream) => stream.config.max_bytes,
                None => share.map_or(*bytes_max, |share| share.min(*bytes_max)),
            };
        }
        Ok(self)
    }
}

/// Packages may take one of so many parts of what FACTS may.
const PACKAGES_SHARE: i64 = 8;

/// How long the broker recognises a repeated event id, and so the lifetime of an `Idempotency-Key`.
pub const DUPLICATE_WINDOW: Duration = Duration::from_mins(10);

/// Metadata key of [`subject::PARTITIONS`] on FACTS.
pub const PARTITIONS_KEY: &str = "laurel.partitions";

/// Metadata key of the claim key's fingerprint on IDENTITY. Claims made with another key would not meet each other.
pub const CLAIM_KEY_KEY: &str = "laurel.claim_key";

/// Metadata key of the record that the servers fsync before they acknowledge: a [`FsyncRecord`] in JSON.
pub const FSYNC_KEY: &str = "laurel.fsync_checked";

/// How often a recorded entry is looked for before the recording counts as failed.
const APPLIED_CHECKS: u32 = 100;
const BETWEEN_CHECKS: Duration = Duration::from_millis(50);

/// What never changes once it is recorded, because events stand on it.
const FIXED_KEYS: [&str; 2] = [PARTITIONS_KEY, CLAIM_KEY_KEY];

/// Which servers were found to fsync before they acknowledge, and when.
///
/// By name: a server's id is a new one after every restart, its name stays and must be unique in a cluster.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FsyncRecord {
    pub at: DateTime<Utc>,
    pub servers: BTreeSet<String>,
}

impl FsyncRecord {
    /// The record in a stream's metadata, if there is one.
    pub fn of(config: &Config) -> Option<Self> {
        serde_json::from_str(config.metadata.get(FSYNC_KEY)?).ok()
    }
}

/// FACTS as it must be.
pub fn facts(plan: &StreamPlan) -> Config {
    let mut config = base(plan, subject::FACTS, vec![subject::ALL_FACTS.to_owned()], plan.facts_bytes_max);
    config.metadata.insert(PARTITIONS_KEY.to_owned(), subject::PARTITIONS.to_string());
    config
}

/// IDENTITY as it must be. Direct get is on so that the broker can limit, by subject, who reads what. Single messages
/// can be deleted, because only that overwrites erased personal data on disk at once (ADR 0005).
pub fn identity(plan: &StreamPlan) -> Config {
    let subjects = subject::ALL_IDENTITY.map(str::to_owned).to_vec();
    Config { deny_delete: false, ..base(plan, subject::IDENTITY, subjects, plan.identity_bytes_max) }
}

fn base(plan: &StreamPlan, name: &str, subjects: Vec<String>, max_bytes: i64) -> Config {
    Config {
        name: name.to_owned(),
        subjects,
        max_bytes,
        storage: StorageType::File,
        num_replicas: plan.replicas,
        discard: DiscardPolicy::New,
        deny_delete: true,
        allow_direct: true,
        allow_atomic_publish: true,
        compression: Some(Compression::S2),
        duplicate_window: DUPLICATE_WINDOW,
        metadata: plan.metadata.clone(),
        ..Config::default()
    }
}

/// What is unsafe about a stream's configuration, each with what to set.
pub(super) fn faults(stream: Stream, config: &Config) -> Vec<String> {
    let subjects: &[&str] = match stream {
        Stream::Facts => &[subject::ALL_FACTS],
        Stream::Identity => &subject::ALL_IDENTITY,
    };
    let reads = subjects.iter().collect::<BTreeSet<_>>();
    let found = config.subjects.iter().map(String::as_str).collect::<BTreeSet<_>>();
    let partitions = config.metadata.get(PARTITIONS_KEY);
    let persists = config.persist_mode.is_none_or(|mode| mode == PersistenceMode::Default);
    let wanted_partitions = subject::PARTITIONS.to_string();
    let rules: [(bool, String); 17] = [
        (config.storage == StorageType::File, "set storage to file (memory forgets)".into()),
        (persists, "set persist_mode to default (async acknowledges before it stores)".into()),
        (!config.no_ack, "set no_ack to false (events must be acknowledged)".into()),
        (config.discard == DiscardPolicy::New, "set discard to new (old drops acknowledged events)".into()),
        (
            config.retention == RetentionPolicy::Limits,
            "set retention to limits (others remove events)".into(),
        ),
        (config.max_age.is_zero(), "remove max_age (events must not expire)".into()),
        (config.max_messages <= 0, "remove max_msgs".into()),
        (config.max_messages_per_subject <= 0, "remove max_msgs_per_subject".into()),
        (!config.allow_message_ttl, "set allow_msg_ttl to false (events must not expire)".into()),
        (!config.allow_rollup, "set allow_rollup_hdrs to false (a rollup removes events)".into()),
        (
            stream != Stream::Facts || config.deny_delete,
            "set deny_delete to true (facts must not be deleted one by one)".into(),
        ),
        (
            stream != Stream::Identity || !config.deny_delete,
            "set deny_delete to false (an erasure could not overwrite personal data)".into(),
        ),
        (config.allow_atomic_publish, "set allow_atomic to true (batches need it)".into()),
        (config.allow_direct, "set allow_direct to true (readers limited to some subjects need it)".into()),
        (
            config.duplicate_window >= DUPLICATE_WINDOW,
            format!("set duplicate_window to {} seconds or more", DUPLICATE_WINDOW.as_secs()),
        ),
        (found.iter().eq(reads.iter().copied()), format!("set subjects to {subjects:?}, not {found:?}")),
        (
            stream != Stream::Facts || partitions == Some(&wanted_partitions),
            format!(
                "metadata {PARTITIONS_KEY} is {partitions:?}, but this process was built for {wanted_partitions}: use the build that goes with this log"
            ),
        ),
    ];
    rules
        .into_iter()
        .filter(|(fits, _)| !fits)
        .map(|(_, change)| format!("stream {}: {change}", stream.name()))
        .collect()
}

/// Creates or updates both streams, the package bucket and the session bucket. Safe to repeat: what is in the streams'
/// metadata stays, and what events stand on (partitions, claim key) is never changed but refused.
pub async fn set_up(jetstream: &jetstream::Context, plan: &StreamPlan) -> Result<(), LogError> {
    for mut config in [facts(plan), identity(plan)] {
        if let Some(existing) = existing(jetstream, &config.name).await? {
            config.metadata = merged(&config.name, existing.config.metadata, config.metadata)?;
        }
        let (name, max_bytes) = (config.name.clone(), config.max_bytes);
        jetstream.create_or_update_stream(config).await.map_err(|error| match error.kind() {
            CreateStreamErrorKind::JetStream(refused)
                if refused.error_code() == ErrorCode::STORAGE_RESOURCES_EXCEEDED =>
            {
                LogError::Unfit(vec![format!(
                    "stream {name}: the servers cannot reserve {max_bytes} bytes: free their disks or raise `max_file_store` in their jetstream block"
                )])
            }
            _ => LogError::request("setting up a stream")(error.into()),
        })?;
    }
    if jetstream.get_object_store(subject::EXERCISES).await.is_err() {
        jetstream
            .create_object_store(jetstream::object_store::Config {
                bucket: subject::EXERCISES.to_owned(),
                max_bytes: plan.facts_bytes_max / PACKAGES_SHARE,
                num_replicas: plan.replicas,
                ..Default::default()
            })
            .await
            .map_err(|error| LogError::request("setting up the package bucket")(error.into()))?;
    }
    jetstream
        .create_or_update_key_value(jetstream::kv::Config {
            bucket: subject::SESSIONS.to_owned(),
            history: 1,
            max_age: Duration::from_hours(30 * 24),
            num_replicas: plan.replicas,
            ..Default::default()
        })
        .await
        .map_err(|error| LogError::request("setting up the session bucket")(error.into()))?;
    Ok(())
}

/// Checks on every server's monitoring endpoint (`http://host:port`) that it is new enough and fsyncs before it
/// acknowledges; the servers' names. Run it before [`set_up`], so that nothing is made on a broker that is not safe.
pub async fn check_servers(monitor_urls: &[String]) -> Result<BTreeSet<String>, LogError> {
    let mut problems = Vec::new();
    let mut servers = BTreeSet::new();
    for url in monitor_urls {
        let server = monitored(url).await?;
        problems.extend(version_fault(&server.name, &server.version));
        if !server.syncs_always {
            problems.push(format!(
                "nats-server {} ({url}) acknowledges before it fsyncs: set `sync_interval: always` in its jetstream block and restart it",
                server.name
            ));
        }
        servers.insert(server.name);
    }
    if servers.is_empty() {
        problems.push("no monitoring address was given: pass that of every nats-server".to_owned());
    }
    if problems.is_empty() { Ok(servers) } else { Err(LogError::Unfit(problems)) }
}

/// Checks the servers ([`check_servers`]) and records that in the streams' metadata: a process refuses to start without
/// this record, and beside a server that is not in it. Run it after [`set_up`], and again when a server joins or its
/// configuration changes.
pub async fn record_fsync_check(
    jetstream: &jetstream::Context,
    monitor_urls: &[String],
) -> Result<FsyncRecord, LogError> {
    let servers = check_servers(monitor_urls).await?;
    let record = FsyncRecord { at: Clock::system().now(), servers };
    let text = serde_json::to_string(&record).expect("names and a time are JSON");
    for stream in [Stream::Facts, Stream::Identity] {
        record_metadata(jetstream, stream, FSYNC_KEY, &text).await?;
    }
    Ok(record)
}

/// Records the claim key's fingerprint on IDENTITY, or refuses if another one is there.
pub async fn record_claim_key(jetstream: &jetstream::Context, fingerprint: &str) -> Result<(), LogError> {
    record_metadata(jetstream, Stream::Identity, CLAIM_KEY_KEY, fingerprint).await
}

async fn record_metadata(
    jetstream: &jetstream::Context,
    stream: Stream,
    key: &str,
    value: &str,
) -> Result<(), LogError> {
    let missing = || LogError::Unfit(vec![format!("there is no stream {}: run the set-up", stream.name())]);
    let mut config = existing(jetstream, stream.name()).await?.ok_or_else(missing)?.config;
    let added = HashMap::from([(key.to_owned(), value.to_owned())]);
    config.metadata = merged(&config.name, config.metadata, added)?;
    jetstream
        .update_stream(config)
        .await
        .map_err(|error| LogError::request("recording in a stream's metadata")(error.into()))?;
    // In a cluster the stream's leader, who answers for its configuration, learns of the change a moment later.
    for _ in 0..APPLIED_CHECKS {
        let found = existing(jetstream, stream.name()).await?;
        if found.is_some_and(|found| found.config.metadata.get(key).is_some_and(|found| found == value)) {
            return Ok(());
        }
        tokio::time::sleep(BETWEEN_CHECKS).await;
    }
    let why = format!("stream {} does not show {key} after it was recorded", stream.name());
    Err(LogError::request("recording in a stream's metadata")(why.into()))
}

/// A stream as it stands; `None` when there is none of this name.
pub(super) async fn existing(jetstream: &jetstream::Context, name: &str) -> Result<Option<Info>, LogError> {
    use async_nats::jetstream::context::GetStreamErrorKind::JetStream;
    match jetstream.get_stream(name).await {
        Ok(stream) => Ok(Some(stream.cached_info().clone())),
        Err(error)
            if matches!(error.kind(), JetStream(refusal)
                if refusal.error_code() == jetstream::ErrorCode::STREAM_NOT_FOUND) =>
        {
            Ok(None)
        }
        Err(error) => Err(LogError::request("reading a stream's configuration")(error.into())),
    }
}

/// The existing metadata with what is to be added.
fn merged(
    stream: &str,
    existing: HashMap<String, String>,
    added: HashMap<String, String>,
) -> Result<HashMap<String, String>, LogError> {
    let changed =
        |key: &&str| matches!((existing.get(*key), added.get(*key)), (Some(old), Some(new)) if old != new);
    let problems: Vec<String> = FIXED_KEYS
        .iter()
        .filter(|key| changed(key))
        .map(|key| {
            format!(
                "stream {stream}: metadata {key} is {}, not {}: events stand on it, it cannot change",
                existing[*key], added[*key]
            )
        })
        .collect();
    if !problems.is_empty() {
        return Err(LogError::Unfit(problems));
    }
    // The broker's own entries describe the server that wrote them.
    let mut metadata = existing;
    metadata.retain(|key, _| !key.starts_with("_nats."));
    metadata.extend(added);
    Ok(metadata)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan() -> StreamPlan {
        StreamPlan { replicas: 1, facts_bytes_max: 1, identity_bytes_max: 1, metadata: HashMap::new() }
    }

    #[test]
    fn the_plan_is_safe() {
        assert_eq!(faults(Stream::Facts, &facts(&plan())), [""; 0]);
        assert_eq!(faults(Stream::Identity, &identity(&plan())), [""; 0]);
    }

    #[test]
    fn each_unsafe_setting_is_named() {
        type Change = fn(&mut Config);
        let changes: [(Change, &str); 16] = [
            (|config| config.storage = StorageType::Memory, "storage"),
            (|config| config.persist_mode = Some(PersistenceMode::Async), "persist_mode"),
            (|config| config.no_ack = true, "no_ack"),
            (|config| config.discard = DiscardPolicy::Old, "discard"),
            (|config| config.retention = RetentionPolicy::Interest, "retention"),
            (|config| config.max_age = Duration::from_secs(1), "max_age"),
            (|config| config.max_messages = 1, "max_msgs"),
            (|config| config.max_messages_per_subject = 1, "max_msgs_per_subject"),
            (|config| config.allow_message_ttl = true, "allow_msg_ttl"),
            (|config| config.allow_rollup = true, "allow_rollup_hdrs"),
            (|config| config.deny_delete = false, "deny_delete"),
            (|config| config.allow_atomic_publish = false, "allow_atomic"),
            (|config| config.allow_direct = false, "allow_direct"),
            (|config| config.duplicate_window = Duration::from_secs(1), "duplicate_window"),
            (|config| config.subjects.push("more.>".to_owned()), "subjects"),
            (|config| config.metadata.clear(), PARTITIONS_KEY),
        ];
        for (change, named) in changes {
            let mut config = facts(&plan());
            change(&mut config);
            let faults = faults(Stream::Facts, &config);
            assert!(faults.len() == 1 && faults[0].contains(named), "{named}: {faults:?}");
        }
    }

    #[test]
    fn metadata_is_kept_and_what_events_stand_on_is_not_changed() {
        let pair = |key: &str, value: &str| (key.to_owned(), value.to_owned());
        let existing = HashMap::from([pair(CLAIM_KEY_KEY, "a"), pair("other", "1"), pair("_nats.ver", "2")]);
        let kept =
            merged("S", existing.clone(), HashMap::from([pair("new", "3")])).expect("nothing fixed changes");
        assert_eq!(kept, HashMap::from([pair(CLAIM_KEY_KEY, "a"), pair("other", "1"), pair("new", "3")]));
        let error =
            merged("S", existing, HashMap::from([pair(CLAIM_KEY_KEY, "b")])).expect_err("another key");
        assert!(error.to_string().contains(CLAIM_KEY_KEY), "{error}");
    }
}
