//! A whole private Laurel: real servers with the broker accounts of production, the set-up, and the services as
//! processes of their own. Its data is written as carefully as in production and goes away with it.

use crate::servers::{self, Folder};
use crate::service::{Service, ServiceConfig, built};
use access::token::{TokenSigner, generate_private_key};
use anyhow::Context;
use chassis::log::{EventLog, LogConfig, streams};
use chassis::seal::MasterKey;
use command_api::Digests;
use local_servers::nats::{NatsConfig, NatsServer, accounts};
use local_servers::postgres::PostgresServer;
use local_servers::redis::RedisServer;
use secrecy::{ExposeSecret, SecretString};
use sqlx::PgPool;

/// A kind of process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    CommandApi,
    Projectors,
    QueryApi,
    Judge,
    /// The judge with boxes that are done at once.
    InstantJudge,
}

impl Kind {
    pub fn name(self) -> &'static str {
        match self {
            Kind::CommandApi => accounts::COMMAND_API,
            Kind::Projectors => accounts::PROJECTORS,
            Kind::QueryApi => accounts::QUERY_API,
            Kind::Judge | Kind::InstantJudge => accounts::JUDGE,
        }
    }
}

pub struct System {
    pub nats: NatsServer,
    pub postgres: PostgresServer,
    pub redis: RedisServer,
    /// After the servers: what is dropped first may still use what is dropped later.
    folder: Folder,
    pub master_key: MasterKey,
    pub signer: TokenSigner,
    secrets: Secrets,
}

#[derive(Clone)]
struct Secrets {
    master: SecretString,
    claims: SecretString,
    tokens: SecretString,
}

impl System {
    /// Starts the servers and sets them up; no service runs yet.
    pub async fn start() -> anyhow::Result<Self> {
        Self::start_for(0).await
    }

    /// The same with room for so many events, should that be more than the usual.
    pub async fn start_for(events: usize) -> anyhow::Result<Self> {
        let secrets = Secrets {
            master: MasterKey::generate_base64(),
            claims: MasterKey::generate_base64(),
            tokens: generate_private_key(),
        };
        let system = Self::empty(secrets).await?;
        system.set_up(events).await.context("setting the servers up")?;
        Ok(system)
    }

    /// Ends the servers, as if the machines were gone.
    pub async fn lose(&self) -> anyhow::Result<()> {
        tokio::try_join!(self.nats.kill(), self.postgres.kill(), self.redis.kill())?;
        Ok(())
    }

    /// Servers with nothing in them, for the same secrets.
    pub async fn successor(&self) -> anyhow::Result<Self> {
        Self::empty(self.secrets.clone()).await
    }

    async fn empty(secrets: Secrets) -> anyhow::Result<Self> {
        let folder = Folder::new()?;
        let data = folder.join("nats");
        let mut config = NatsConfig::new(&data);
        config.users = accounts::users(|name| local_servers::secret(&data, name))?;
        let (nats, postgres, redis) = tokio::try_join!(
            async { anyhow::Ok(NatsServer::start(config).await?) },
            servers::postgres(&folder),
            servers::redis(&folder)
        )?;
        let master_key = MasterKey::from_base64(&secrets.master)?;
        let signer = TokenSigner::from_pem(&secrets.tokens)?;
        Ok(Self { nats, postgres, redis, folder, master_key, signer, secrets })
    }

    /// For files that go away with it.
    pub fn folder(&self) -> &std::path::Path {
        self.folder.path()
    }

    /// Streams with room for so many events, records and tables. Safe to repeat.
    pub async fn set_up(&self, events: usize) -> anyhow::Result<()> {
        let operator = self.log(accounts::OPERATOR).await?;
        let digests = Digests::from_base64(&self.secrets.claims)?;
        streams::set_up(operator.jetstream(), &servers::stream_plan_for(events)).await?;
        streams::record_claim_key(operator.jetstream(), digests.fingerprint()).await?;
        streams::record_fsync_check(operator.jetstream(), &[self.nats.monitor_url()]).await?;
        judge::ensure_consumer(operator.jetstream()).await?;
        projectors::migrate(&self.postgres.url()).await?;
        Ok(())
    }

    /// The log as one of the broker's users.
    pub async fn log(&self, user: &'static str) -> anyhow::Result<EventLog> {
        let config = LogConfig { url: self.nats.url(user), process: user };
        Ok(EventLog::connect_unchecked(&config).await?)
    }

    pub async fn pool(&self) -> anyhow::Result<PgPool> {
        Ok(PgPool::connect(&self.postgres.url()).await?)
    }

    pub async fn redis(&self) -> anyhow::Result<redis::aio::MultiplexedConnection> {
        Ok(redis::Client::open(self.redis.url())?.get_multiplexed_async_connection().await?)
    }

    /// Starts a service and waits until it is ready. `more` is set in its environment beside what every replica gets.
    pub async fn service(
        &self,
        kind: Kind,
        replica: usize,
        more: &[(&str, &str)],
    ) -> anyhow::Result<Service> {
        let (program, command) = match kind {
            Kind::InstantJudge => (std::env::current_exe()?, Some("instant-judge")),
            _ => (built(kind.name())?, None),
        };
        let mut variables = self.variables(kind)?;
        variables.extend(more.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        let folder = self.folder.path().to_owned();
        let arguments = command.map(str::to_owned).into_iter().collect();
        Service::start(ServiceConfig { name: kind.name(), program, arguments, replica, variables, folder })
            .await
    }

    /// Starts the server that `load-tests live` holds query-api against.
    pub async fn echo(&self) -> anyhow::Result<Service> {
        let variables = vec![(crate::live::echo::LISTEN.to_owned(), "{address}".to_owned())];
        let (program, folder) = (std::env::current_exe()?, self.folder.path().to_owned());
        let arguments = vec!["echo-events".to_owned()];
        Service::start(ServiceConfig {
            name: "echo-events",
            program,
            arguments,
            replica: 0,
            variables,
            folder,
        })
        .await
    }

    /// What every replica gets in its environment. `{address}` stands for where it is to listen.
    pub fn variables(&self, kind: Kind) -> anyhow::Result<Vec<(String, String)>> {
        let secret = |secret: &SecretString| secret.expose_secret().to_owned();
        let master_key = ("LAUREL_MASTER_KEY", secret(&self.secrets.master));
        let database = ("LAUREL_DATABASE_URL", self.postgres.url());
        let redis = ("LAUREL_REDIS_URL", self.redis.url());
        let mut variables =
            vec![("LAUREL_NATS_URL", self.nats.url(kind.name())), ("LAUREL_LISTEN", "{address}".to_owned())];
        variables.extend(match kind {
            Kind::CommandApi => vec![
                master_key,
                ("LAUREL_CLAIM_KEY", secret(&self.secrets.claims)),
                ("LAUREL_TOKEN_PRIVATE_KEY", secret(&self.secrets.tokens)),
            ],
            Kind::Projectors => vec![database, redis],
            Kind::QueryApi => {
                vec![master_key, database, redis, ("LAUREL_TOKEN_PUBLIC_KEY", self.signer.public_pem()?)]
            }
            Kind::Judge | Kind::InstantJudge => vec![master_key],
        });
        Ok(variables.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
    }

    /// The end of every service's and server's log, for when something went wrong.
    pub fn logs(&self) -> String {
        const LINES: usize = 40;
        let servers = ["nats", "postgres", "redis"].map(|name| self.folder.join(name));
        let folders = std::iter::once(self.folder.path().to_owned()).chain(servers);
        let files = folders.flat_map(|folder| folder.read_dir().into_iter().flatten().flatten());
        let logs = files
            .map(|entry| entry.path())
            .filter(|path| path.extension().is_some_and(|extension| extension == "log"));
        let ends = logs.map(|path| {
            let text = std::fs::read_to_string(&path).unwrap_or_default();
            let lines: Vec<&str> = text.lines().collect();
            format!("== {}\n{}\n", path.display(), lines[lines.len().saturating_sub(LINES)..].join("\n"))
        });
        ends.collect()
    }
}
