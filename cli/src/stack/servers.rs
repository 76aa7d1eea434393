//! The three servers a system stands on: private ones as children, or existing ones by their addresses.

use anyhow::Context;
use chassis::config::Settings;
use local_servers::Running;
use local_servers::nats::{NatsConfig, NatsServer, accounts};
use local_servers::postgres::{PostgresConfig, PostgresServer};
use local_servers::redis::{RedisConfig, RedisServer};
use std::path::Path;

/// Bytes the private broker may take for everything.
const STORE_BYTES_MAX: u64 = 16 << 30;

/// Addresses of servers that run already; whatever is `None` is started.
#[derive(Debug, Clone, Default)]
pub struct Existing {
    /// `LAUREL_NATS_URL`: one account that may do everything the services do.
    pub nats: Option<String>,
    /// `LAUREL_NATS_MONITOR_URLS`: the monitoring addresses of all its servers, separated by commas.
    pub nats_monitors: Vec<String>,
    /// `LAUREL_DATABASE_URL`.
    pub database: Option<String>,
    /// `LAUREL_REDIS_URL`.
    pub redis: Option<String>,
}

impl Existing {
    pub fn from_environment() -> anyhow::Result<Self> {
        let mut settings = Settings::from_environment();
        let nats = settings.optional("LAUREL_NATS_URL", "an existing nats-server");
        let monitors = settings.optional::<String>(
            "LAUREL_NATS_MONITOR_URLS",
            "the monitoring addresses of all servers of the existing broker, separated by commas",
        );
        if nats.is_some() && monitors.is_none() {
            settings.refuse(
                "LAUREL_NATS_URL is set but LAUREL_NATS_MONITOR_URLS is not: only /jsz there shows that the broker fsyncs".to_owned(),
            );
        }
        let existing = Self {
            nats,
            nats_monitors: monitors
                .map(|urls| urls.split(',').map(|url| url.trim().to_owned()).collect())
                .unwrap_or_default(),
            database: settings.optional("LAUREL_DATABASE_URL", "an existing PostgreSQL"),
            redis: settings.optional("LAUREL_REDIS_URL", "an existing Redis"),
        };
        settings.finish()?;
        Ok(existing)
    }
}

/// The servers of this system. Private ones end when this is dropped.
#[derive(Clone)]
pub struct Servers {
    existing: Existing,
    nats: Option<NatsServer>,
    postgres: Option<PostgresServer>,
    redis: Option<RedisServer>,
}

impl Servers {
    /// Starts what does not exist, all at once, each with its data below `folder`.
    pub async fn start(folder: &Path, existing: Existing) -> anyhow::Result<Self> {
        let nats = async {
            if existing.nats.is_some() {
                return Ok(None);
            }
            let data = folder.join("nats");
            let mut config = NatsConfig::new(&data);
            config.users = accounts::users(|name| local_servers::secret(&data, name))?;
            config.store_bytes_max = Some(STORE_BYTES_MAX);
            NatsServer::start(config).await.map(Some)
        };
        let postgres = async {
            match existing.database {
                Some(_) => Ok(None),
                None => PostgresServer::start(PostgresConfig::new(folder.join("postgres"))).await.map(Some),
            }
        };
        let redis = async {
            match existing.redis {
                Some(_) => Ok(None),
                None => RedisServer::start(RedisConfig::new(folder.join("redis"))).await.map(Some),
            }
        };
        let (nats, postgres, redis) = tokio::join!(nats, postgres, redis);
        Ok(Self {
            nats: nats.context("nats-server did not start")?,
            postgres: postgres.context("PostgreSQL did not start")?,
            redis: redis.context("Redis did not start")?,
            existing,
        })
    }

    /// Where `user` (a process's name, see [`accounts`]) finds the broker.
    pub fn nats_url(&self, user: &str) -> String {
        let private = self.nats.as_ref().map(|server| server.url(user));
        private.or_else(|| self.existing.nats.clone()).unwrap_or_default()
    }

    /// Whether the broker is ours alone.
    pub fn has_private_nats(&self) -> bool {
        self.nats.is_some()
    }

    /// The monitoring addresses of all the broker's servers.
    pub fn nats_monitor_urls(&self) -> Vec<String> {
        self.nats
            .as_ref()
            .map_or_else(|| self.existing.nats_monitors.clone(), |server| vec![server.monitor_url()])
    }

    pub fn database_url(&self) -> String {
        let private = self.postgres.as_ref().map(PostgresServer::url);
        private.or_else(|| self.existing.database.clone()).unwrap_or_default()
    }

    pub fn redis_url(&self) -> String {
        let private = self.redis.as_ref().map(RedisServer::url);
        private.or_else(|| self.existing.redis.clone()).unwrap_or_default()
    }

    /// The private ones.
    pub fn private(&self) -> Vec<Running> {
        let nats = self.nats.as_deref().cloned();
        let postgres = self.postgres.as_deref().cloned();
        nats.into_iter().chain(postgres).chain(self.redis.as_deref().cloned()).collect()
    }

    /// Stops the private ones in an orderly way. The broker goes last: nothing acknowledged is waiting for it.
    pub async fn stop(&self) -> anyhow::Result<()> {
        if let Some(redis) = &self.redis {
            redis.stop().await.context("Redis did not stop")?;
        }
        if let Some(postgres) = &self.postgres {
            postgres.stop().await.context("PostgreSQL did not stop")?;
        }
        if let Some(nats) = &self.nats {
            nats.stop().await.context("nats-server did not stop")?;
        }
        Ok(())
    }
}
