//! What a projectors process must be told.

use chassis::config::{ConfigError, Settings};
use chassis::trace::Tracing;
use secrecy::SecretString;
use std::net::SocketAddr;

#[derive(Debug, Clone)]
pub struct Config {
    /// `LAUREL_DATABASE_URL`: PostgreSQL, `postgres://user:password@host:port/database`. The user owns the read models.
    pub database_url: SecretString,
    /// `LAUREL_REDIS_URL`: Redis, `redis://user:password@host:port`. Without it there are no Redis boards, and readers use
    /// PostgreSQL.
    pub redis_url: Option<SecretString>,
}

/// What only the process of its own needs; `laurel up` has one of these for all services.
#[derive(Debug, Clone)]
pub struct ProcessConfig {
    pub service: Config,
    /// `LAUREL_NATS_URL`: the broker, `nats://user:password@host:port`, several separated by commas.
    pub nats_url: String,
    /// `LAUREL_LISTEN`: where health and metrics are served, default `127.0.0.1:8083`.
    pub listen: SocketAddr,
    /// `LAUREL_LOG`: what is logged, in tracing's syntax, default `info`.
    pub log_filter: String,
    /// `OTEL_EXPORTER_OTLP_ENDPOINT`, `OTEL_TRACES_SAMPLER_ARG`: where traces go, and of how many requests. Default: nowhere.
    pub tracing: Tracing,
}

impl Config {
    /// `None` when something is missing; `settings` knows what.
    pub fn read(settings: &mut Settings) -> Option<Self> {
        let database_url = settings.secret("LAUREL_DATABASE_URL", "where PostgreSQL is");
        let redis_url = settings.optional::<String>("LAUREL_REDIS_URL", "where Redis is");
        Some(Self { database_url: database_url?, redis_url: redis_url.map(Into::into) })
    }
}

impl ProcessConfig {
    pub fn read(mut settings: Settings) -> Result<Self, ConfigError> {
        let service = Config::read(&mut settings);
        let nats_url = settings.required("LAUREL_NATS_URL", "where the broker is");
        let listen = SocketAddr::from(([127, 0, 0, 1], 8083));
        let listen = settings.or("LAUREL_LISTEN", "where health and metrics are served", listen);
        let log_filter = settings.or("LAUREL_LOG", "what is logged", "info".to_owned());
        let tracing = Tracing::read(&mut settings);
        settings.finish()?;
        let (Some(service), Some(nats_url)) = (service, nats_url) else {
            return Err(ConfigError(Vec::new()));
        };
        Ok(Self { service, nats_url, listen, log_filter, tracing })
    }
}
