//! The whole system on one machine: private servers, secrets made once, set-up, and every service in one process.
//!
//! The services meet only through the servers' sockets; nothing here hands one of them anything of another.

pub mod catalogue;
mod lock;
pub mod secrets;
pub mod servers;
pub mod services;
pub mod set_up;
mod watch;

use crate::client::Client;
use anyhow::Context;
use chassis::clock::Clock;
use chassis::log::{EventLog, LogConfig, Stream};
use chassis::seal::MasterKey;
use chassis::shutdown::Shutdown;
use chassis::trace::{self, Tracing};
use command_api::domain::account::Rejection;
use command_api::{ApiError, Applicant, Digests};
use events::account::Role;
use events::subject;
use lock::FolderLock;
use secrets::Secrets;
use servers::{Existing, Servers};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use tokio::net::TcpListener;
use tokio::sync::watch as told;

/// How long the services may take to read what is in the log already.
const READY_WITHIN: Duration = Duration::from_mins(2);
/// How long they may take to end.
const ENDS_WITHIN: Duration = Duration::from_secs(15);

/// Where a private system keeps its data unless told otherwise.
pub fn default_folder() -> PathBuf {
    local_servers::laurel_home().join("data")
}

/// What to start.
#[derive(Debug, Clone)]
pub struct Plan {
    pub folder: PathBuf,
    pub existing: Existing,
    /// Address to answer HTTP on.
    pub listen: SocketAddr,
    pub tracing: Tracing,
}

impl Plan {
    /// A private system on a free port, for tests.
    pub fn private(folder: &Path) -> Self {
        let listen = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        Self { folder: folder.to_owned(), existing: Existing::default(), listen, tracing: Tracing::default() }
    }
}

/// A running system.
pub struct Stack {
    /// `http://127.0.0.1:<port>`.
    pub address: String,
    pub servers: Servers,
    pub secrets: Secrets,
    shutdown: Shutdown,
    given_up: told::Receiver<Option<String>>,
    /// Dropped last: the folder is free when nothing runs on it any more.
    _lock: FolderLock,
}

impl Stack {
    /// Starts everything and waits until it is ready. `progress` hears of each step.
    pub async fn start(plan: Plan, progress: impl Fn(&str)) -> anyhow::Result<Self> {
        let lock = FolderLock::take(&plan.folder)?;
        let secrets = Secrets::load_or_make(&plan.folder.join("secrets"))?;
        let listener = TcpListener::bind(plan.listen)
            .await
            .with_context(|| format!("cannot listen on {}", plan.listen))?;
        let address = format!("http://{}", listener.local_addr()?);
        progress("starting nats-server, PostgreSQL and Redis");
        let servers = Servers::start(&plan.folder, plan.existing).await?;
        progress("setting up streams and tables");
        let digests = Digests::from_base64(&secrets.claim_key)?;
        set_up::apply(&servers, &digests).await?;
        progress("starting command-api, judge, projectors and query-api");
        let shutdown = Shutdown::new();
        let observatory = services::start(&servers, &secrets, listener, &plan.tracing, &shutdown).await?;
        let begun = Instant::now();
        while !observatory.readiness.reasons().is_empty() {
            if begun.elapsed() > READY_WITHIN {
                anyhow::bail!(
                    "not ready after {} s: {:?}",
                    READY_WITHIN.as_secs(),
                    observatory.readiness.reasons()
                );
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        let given_up = look_after(&servers, &shutdown);
        Ok(Self { address, servers, secrets, shutdown, given_up, _lock: lock })
    }

    /// Resolves when a private server does not come back, with its name and where its log is.
    pub async fn given_up(&self) -> String {
        let mut told = self.given_up.clone();
        if let Ok(said) = told.wait_for(Option::is_some).await {
            return said.clone().unwrap_or_default();
        }
        // Nobody is left who could tell: there are no private servers, or the shutdown has begun.
        std::future::pending().await
    }

    /// Brings the shipped exercises in.
    pub async fn load_catalogue(&self) -> anyhow::Result<catalogue::Loaded> {
        let (nats_url, password) = (self.servers.nats_url("command-api"), &self.secrets.catalogue_password);
        let mut client = Client::anonymous(&self.address)?;
        register_own(&nats_url, &self.secrets, catalogue::owner(password))
            .await
            .context("the catalogue's owner could not be registered")?;
        catalogue::login(&mut client, password).await?;
        grant_role(&nats_url, &self.secrets, catalogue::OWNER, Role::Author).await?;
        catalogue::load(&mut client, password).await
    }

    /// All of FACTS as it goes to an analyst: subjects, headers and bodies.
    pub async fn facts(&self) -> anyhow::Result<Vec<u8>> {
        let url = self.servers.nats_url("analyst");
        let log = EventLog::connect_unchecked(&LogConfig { url, process: "analyst" }).await?;
        let last = log.last_sequence(Stream::Facts).await?;
        let mut follow = log.follow(Stream::Facts, vec![subject::ALL_FACTS.to_owned()], 0).await?;
        let mut bytes = Vec::new();
        while follow.last() < last {
            for message in follow.next_batch(1_000, Duration::from_secs(5)).await? {
                bytes.extend_from_slice(message.subject.as_bytes());
                bytes.extend_from_slice(format!("{:?}", message.headers).as_bytes());
                bytes.extend_from_slice(&message.body);
            }
        }
        Ok(bytes)
    }

    /// Ends the services, then the private servers.
    pub async fn stop(self) -> anyhow::Result<()> {
        self.shutdown.begin();
        if !self.shutdown.finished(ENDS_WITHIN).await {
            tracing::warn!("some tasks did not end in time");
        }
        trace::end().await;
        self.servers.stop().await
    }
}

/// Looks after every private server; the answer hears of one that is given up.
fn look_after(servers: &Servers, shutdown: &Shutdown) -> told::Receiver<Option<String>> {
    let (tell, given_up) = told::channel(None);
    for server in servers.private() {
        let (tell, ending) = (tell.clone(), shutdown.clone());
        shutdown.spawn(async move {
            if let Some(said) = watch::look_after(server, watch::PATIENCE, &ending).await {
                tell.send_replace(Some(said));
            }
        });
    }
    given_up
}

/// Makes sure that there is an account of this handle, which may be a reserved one, past the HTTP surface. It need not be
/// this applicant's, if it is there already.
pub async fn register_own(nats_url: &str, secrets: &Secrets, applicant: Applicant) -> anyhow::Result<()> {
    let log = EventLog::connect(&LogConfig { url: nats_url.to_owned(), process: "command-api" }).await?;
    let digests = Digests::from_base64(&secrets.claim_key)?;
    let master_key = MasterKey::from_base64(&secrets.master_key)?;
    match command_api::register_own(&log, &digests, &master_key, &Clock::system(), applicant).await {
        Ok(_) | Err(ApiError::Account(Rejection::HandleTaken)) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

/// Gives somebody a role past the HTTP surface: for the machine that runs the system.
pub async fn grant_role(nats_url: &str, secrets: &Secrets, handle: &str, role: Role) -> anyhow::Result<()> {
    let log = EventLog::connect(&LogConfig { url: nats_url.to_owned(), process: "command-api" }).await?;
    let digests = Digests::from_base64(&secrets.claim_key)?;
    command_api::grant_role(&log, &digests, &Clock::system(), handle, role).await?;
    Ok(())
}
