//! Connecting, and the check that the broker and the streams are fit to be trusted.

use super::append::Appender;
use super::error::LogError;
use super::link::Link;
use super::metrics::LogMetrics;
use super::servers::{Greeting, greeting, version_fault};
use super::streams::{CLAIM_KEY_KEY, FsyncRecord, existing, faults};
use super::{EventLog, Stream};
use crate::observe::Readiness;
use async_nats::jetstream;
use async_nats::jetstream::stream::Info;
use async_nats::{ConnectErrorKind, ConnectOptions, ServerAddr};
use futures_util::future::join_all;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;
use tokio::time::{Instant, timeout_at};

/// A broker of this many servers keeps every stream on at least as many.
const REPLICAS_IN_CLUSTER: usize = 3;

/// What a process that waits for its broker says it is waiting for.
const BROKER: &str = "broker";
const BETWEEN_ATTEMPTS: Duration = Duration::from_secs(1);

/// How to reach the log.
#[derive(Debug, Clone)]
pub struct LogConfig {
    /// `nats://user:password@host:port`, several separated by commas.
    pub url: String,
    /// Which process this is; also the user's inbox prefix (`_INBOX_<process>`).
    pub process: &'static str,
}

impl EventLog {
    /// Connects and checks. Fails with [`LogError::Unfit`] when anything would make acknowledged events unsafe.
    pub async fn connect(config: &LogConfig) -> Result<Self, LogError> {
        let log = Self::connect_unchecked(config).await?;
        log.check(&server_addresses(&config.url)?).await?;
        Ok(log)
    }

    /// The same, waiting for a broker that is away or not in a state to answer, at most for `patience`; then it fails with
    /// the last reason. What waiting does not mend fails at once. Meanwhile `readiness` tells why.
    pub async fn connect_within(
        config: &LogConfig,
        patience: Duration,
        readiness: &Readiness,
    ) -> Result<Self, LogError> {
        let deadline = Instant::now() + patience;
        readiness.waiting_for(BROKER, "connecting");
        let mut said = String::new();
        loop {
            let reason = match timeout_at(deadline, Self::connect(config)).await {
                Ok(Ok(log)) => {
                    readiness.ready(BROKER);
                    return Ok(log);
                }
                Ok(Err(reason @ (LogError::Connect(_) | LogError::Request { .. }))) => reason,
                Ok(Err(fault)) => return Err(fault),
                Err(_elapsed) => LogError::Connect(format!("it did not answer within {patience:?}")),
            };
            let words = reason.to_string();
            if words != said {
                tracing::warn!(reason = words, "waiting for the broker");
                readiness.waiting_for(BROKER, words.clone());
                said = words;
            }
            if Instant::now() + BETWEEN_ATTEMPTS > deadline {
                return Err(reason);
            }
            tokio::time::sleep(BETWEEN_ATTEMPTS).await;
        }
    }

    /// Connects without the check, for the set-up that makes the streams fit.
    pub async fn connect_unchecked(config: &LogConfig) -> Result<Self, LogError> {
        let servers = server_addresses(&config.url)?;
        // The client takes credentials from its options only, never from an address.
        let credentials = servers.iter().find_map(|server| Some((server.username()?, server.password()?)));
        let options = match credentials {
            Some((user, password)) => {
                ConnectOptions::with_user_and_password(user.to_owned(), password.to_owned())
            }
            None => ConnectOptions::new(),
        };
        let (happened, changes) = tokio::sync::watch::channel(0_u64);
        let client = options
            .event_callback(move |_| {
                happened.send_modify(|count| *count += 1);
                std::future::ready(())
            })
            .name(config.process)
            .custom_inbox_prefix(format!("_INBOX_{}", config.process))
            .connection_timeout(Duration::from_secs(2))
            .request_timeout(Some(Duration::from_secs(5)))
            .ping_interval(Duration::from_secs(5))
            .connect(servers)
            .await
            .map_err(|error| match error.kind() {
                ConnectErrorKind::ServerParse
                | ConnectErrorKind::Authentication
                | ConnectErrorKind::AuthorizationViolation => LogError::Refused(error.to_string()),
                _ => LogError::Connect(error.to_string()),
            })?;
        let jetstream = jetstream::new(client.clone());
        let link = Link::new(client.clone(), changes);
        let metrics = LogMetrics::default();
        let appender = Appender::start(&client, &jetstream, &link, &metrics);
        Ok(Self { client, jetstream, appender, link, metrics })
    }

    /// Checks that IDENTITY was begun with the claim key of this fingerprint.
    pub async fn check_claim_key(&self, fingerprint: &str) -> Result<(), LogError> {
        let stream = self.jetstream.get_stream(Stream::Identity.name()).await;
        let stream = stream.map_err(|error| LogError::request("reading IDENTITY")(error.into()))?;
        let problem = match stream.cached_info().config.metadata.get(CLAIM_KEY_KEY) {
            Some(recorded) if recorded == fingerprint => return Ok(()),
            Some(recorded) => format!(
                "the claim key has fingerprint {fingerprint}, but IDENTITY was begun with {recorded}: give this process that key (with another one, every handle and e-mail address would be free again)"
            ),
            None => format!(
                "IDENTITY does not record which claim key it was begun with ({CLAIM_KEY_KEY}): run the set-up"
            ),
        };
        Err(LogError::Unfit(vec![problem]))
    }

    async fn check(&self, configured: &[ServerAddr]) -> Result<(), LogError> {
        let servers = self.servers(configured).await;
        let mut problems: Vec<String> =
            servers.iter().filter_map(|(name, version)| version_fault(name, version)).collect();
        // An old server does not even know some of the settings.
        if problems.is_empty() {
            for stream in [Stream::Facts, Stream::Identity] {
                match existing(&self.jetstream, stream.name()).await? {
                    Some(info) => problems.extend(stream_faults(stream, &info, &servers)),
                    None => problems.push(format!(
                        "there is no stream {}: run the set-up (`laurel up` does it)",
                        stream.name()
                    )),
                }
            }
        }
        if problems.is_empty() { Ok(()) } else { Err(LogError::Unfit(problems)) }
    }

    /// Name and version of every server that can be reached: the one this connection is to, those it names, and the
    /// configured ones. One that cannot be reached now is checked by whoever starts when it can.
    async fn servers(&self, configured: &[ServerAddr]) -> BTreeMap<String, String> {
        let here = self.client.server_info();
        let mut addresses: BTreeSet<String> = here.connect_urls.iter().cloned().collect();
        addresses.extend(configured.iter().map(|server| format!("{}:{}", server.host(), server.port())));
        let greetings = join_all(addresses.iter().map(|address| greeting(address))).await;
        let mut servers = BTreeMap::from([(here.server_name, here.version)]);
        for (address, greeting) in addresses.iter().zip(greetings) {
            if let Some(Greeting { name, version }) = greeting {
                servers.insert(name, version);
            } else {
                tracing::warn!(address, "this nats-server is not reachable and was not checked");
            }
        }
        servers
    }
}

fn server_addresses(urls: &str) -> Result<Vec<ServerAddr>, LogError> {
    let servers = urls.split(',').map(|url| url.trim().parse()).collect::<Result<Vec<ServerAddr>, _>>();
    servers.map_err(|error| LogError::Refused(error.to_string()))
}

/// What is wrong with a stream beside these servers (version by name), and what to do.
fn stream_faults(stream: Stream, info: &Info, servers: &BTreeMap<String, String>) -> Vec<String> {
    let name = stream.name();
    let mut problems = faults(stream, &info.config);
    if servers.len() >= REPLICAS_IN_CLUSTER && info.config.num_replicas < REPLICAS_IN_CLUSTER {
        problems.push(format!(
            "stream {name}: set num_replicas to {REPLICAS_IN_CLUSTER} (it is on {} of {} servers)",
            info.config.num_replicas,
            servers.len()
        ));
    }
    let check = "run the set-up with the monitoring address of every server (`laurel up`, `laurel doctor` or the set-up job)";
    match FsyncRecord::of(&info.config) {
        None => problems.push(format!(
            "stream {name}: nobody recorded that the servers fsync before they acknowledge: set `sync_interval: always` in their jetstream block and {check}"
        )),
        Some(record) => problems.extend(servers.keys().filter(|server| !record.servers.contains(*server)).map(|server| {
            let known = record.servers.iter().map(String::as_str).collect::<Vec<_>>().join(", ");
            format!("stream {name}: nats-server {server} is not among those found to fsync on {} ({known}): {check}", record.at)
        })),
    }
    problems
}
