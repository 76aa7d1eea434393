//! Real servers for tests. A test gets a nats-server of its own (it starts in 50 ms, and streams have fixed names), and
//! a database of its own in a PostgreSQL and a Redis that the tests of one process share. Everything ends with the last
//! handle.

use crate::TestFolder;
use crate::folder;
use anyhow::Context;
use local_servers::nats::{Cluster, NatsConfig, NatsServer, accounts};
use local_servers::postgres::{PostgresConfig, PostgresServer};
use local_servers::redis::{RedisConfig, RedisServer};
use std::fs;
use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Weak};
use tokio::sync::Mutex;

/// A server together with the folder it works in; the server goes first.
#[derive(Clone)]
pub struct InFolder<S> {
    server: S,
    _folder: Arc<TestFolder>,
}

impl<S> Deref for InFolder<S> {
    type Target = S;
    fn deref(&self) -> &S {
        &self.server
    }
}

/// A nats-server that lets anybody do anything: `nats().await?.url("")`.
pub async fn nats() -> anyhow::Result<InFolder<NatsServer>> {
    nats_with(|_| {}).await
}

/// A nats-server with the accounts of production: `url(accounts::JUDGE)` and so on.
pub async fn nats_with_accounts() -> anyhow::Result<InFolder<NatsServer>> {
    let users = accounts::users(|name| anyhow::Ok(format!("{name}-password")))?;
    nats_with(|config| config.users = users).await
}

/// A nats-server with other settings.
pub async fn nats_with(change: impl FnOnce(&mut NatsConfig)) -> anyhow::Result<InFolder<NatsServer>> {
    let folder = Arc::new(TestFolder::new()?);
    let mut config = NatsConfig { throwaway: true, ..NatsConfig::new(folder.path()) };
    change(&mut config);
    Ok(InFolder { server: NatsServer::start(config).await?, _folder: folder })
}

/// Several nats-servers that replicate to each other, without users.
pub async fn cluster(size: usize) -> anyhow::Result<InFolder<Cluster>> {
    let folder = Arc::new(TestFolder::new()?);
    let config = NatsConfig { throwaway: true, ..NatsConfig::new(folder.path()) };
    Ok(InFolder { server: Cluster::start(size, config).await?, _folder: folder })
}

/// An empty database of one test's own.
#[derive(Clone)]
pub struct TestDatabase {
    url: String,
    server: Arc<InFolder<PostgresServer>>,
}

impl TestDatabase {
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The server it is in, to stop, kill or freeze it. Tests of this process share it unless the runner gives each a
    /// process (cargo-nextest does).
    pub fn server(&self) -> &PostgresServer {
        &self.server
    }
}

pub async fn database() -> anyhow::Result<TestDatabase> {
    static SHARED: Mutex<Weak<InFolder<PostgresServer>>> = Mutex::const_new(Weak::new());
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    let mut shared = SHARED.lock().await;
    let server = match shared.upgrade() {
        Some(server) => server,
        None => Arc::new(start_postgres().await?),
    };
    *shared = Arc::downgrade(&server);
    drop(shared);
    let name = format!("test_{}", NUMBER.fetch_add(1, Ordering::Relaxed));
    let url = server.create_database(&name).await?;
    Ok(TestDatabase { url, server })
}

/// An empty numbered database of one test's own.
#[derive(Clone)]
pub struct TestRedis {
    url: String,
    server: Arc<InFolder<RedisServer>>,
}

impl TestRedis {
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The server it is in, shared like [`TestDatabase::server`].
    pub fn server(&self) -> &RedisServer {
        &self.server
    }
}

pub async fn redis() -> anyhow::Result<TestRedis> {
    static SHARED: Mutex<Weak<InFolder<RedisServer>>> = Mutex::const_new(Weak::new());
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    let mut shared = SHARED.lock().await;
    let server = match shared.upgrade() {
        Some(server) => server,
        None => Arc::new(start_redis().await?),
    };
    *shared = Arc::downgrade(&server);
    drop(shared);
    let url = server.url_of(NUMBER.fetch_add(1, Ordering::Relaxed));
    Ok(TestRedis { url, server })
}

async fn start_redis() -> anyhow::Result<InFolder<RedisServer>> {
    let folder = Arc::new(TestFolder::new()?);
    let extra = vec![("databases".to_owned(), "1000".to_owned())];
    let config =
        RedisConfig { throwaway: true, append_only: false, extra, ..RedisConfig::new(folder.path()) };
    Ok(InFolder { server: RedisServer::start(config).await?, _folder: folder })
}

async fn start_postgres() -> anyhow::Result<InFolder<PostgresServer>> {
    let template = postgres_template().await?;
    let folder = Arc::new(TestFolder::new()?);
    let data_dir = folder.path().join("postgres");
    copy_folder(&template, &data_dir).context("copying the PostgreSQL template")?;
    let config = PostgresConfig { throwaway: true, ..PostgresConfig::new(data_dir) };
    Ok(InFolder { server: PostgresServer::start(config).await?, _folder: folder })
}

/// A data folder fresh from `initdb`, made once per machine: copying it takes a tenth of the time.
async fn postgres_template() -> anyhow::Result<PathBuf> {
    /// Goes up when the way clusters are made changes.
    const FORM: u32 = 1;
    let programs = local_servers::postgres_programs()?;
    let version: String = programs.to_string_lossy().chars().filter(char::is_ascii_digit).collect();
    let template = folder::root()?.join(format!("template-{FORM}-postgres-{version}"));
    if template.is_dir() {
        return Ok(template);
    }
    let folder = TestFolder::new()?;
    let data_dir = folder.path().join("postgres");
    let server =
        PostgresServer::start(PostgresConfig { throwaway: true, ..PostgresConfig::new(&data_dir) }).await?;
    server.stop().await?;
    fs::remove_file(data_dir.join("postgres.port"))?;
    fs::remove_file(data_dir.join("postgres.log"))?;
    match fs::rename(&data_dir, &template) {
        Err(error) if !template.is_dir() => Err(error).context("keeping the PostgreSQL template"),
        _ => Ok(template),
    }
}

fn copy_folder(from: &Path, to: &Path) -> std::io::Result<()> {
    fs::create_dir(to)?;
    fs::set_permissions(to, fs::metadata(from)?.permissions())?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy_folder(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}
