//! What this process is told by its environment.

use access::token::TokenVerifier;
use chassis::clock::Clock;
use chassis::config::{ConfigError, Settings};
use chassis::cors::Origins;
use chassis::seal::MasterKey;
use chassis::telemetry::LogFormat;
use chassis::trace::Tracing;
use secrecy::ExposeSecret;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

const POSITION_WAIT_MS: u64 = 2_000;
const DATABASE_CONNECTIONS: u32 = 16;
/// Where the image has it.
const PAGE_FOLDER: &str = "/usr/share/laurel/page";

/// Everything that can be set.
#[derive(Debug, Clone)]
pub struct Config {
    /// `LAUREL_LISTEN`: address and port to answer on. Default `127.0.0.1:8082`.
    pub listen: SocketAddr,
    /// `LAUREL_NATS_URL`: the brokers, `nats://user:password@host:port`, separated by commas. Required.
    pub nats_url: String,
    /// `LAUREL_DATABASE_URL`: PostgreSQL, `postgres://user:password@host:port/database`. Required.
    pub database_url: String,
    /// `LAUREL_REDIS_URL`: Redis or Valkey, `redis://:password@host:port`. Required.
    pub redis_url: String,
    /// `LAUREL_MASTER_KEY` or `LAUREL_MASTER_KEY_FILE`: 32 bytes in base64 that wrap every data key. Required.
    pub master_key: MasterKey,
    /// `LAUREL_TOKEN_PUBLIC_KEY` or `LAUREL_TOKEN_PUBLIC_KEY_FILE`: the Ed25519 key in PEM that verifies access tokens.
    /// Required.
    pub verifier: TokenVerifier,
    /// `LAUREL_POSITION_WAIT_MS`: how long a read waits for the position it must not be older than, milliseconds.
    /// Default 2000.
    pub position_wait: Duration,
    /// `LAUREL_DATABASE_CONNECTIONS`: the most connections to PostgreSQL for reads. Default 16.
    pub database_connections: u32,
    /// `LAUREL_CORS_ORIGINS`: whose web pages may ask, `https://classes.example.org`, separated by commas. Default: none.
    pub cors_origins: Origins,
    /// `LAUREL_EMBED_ORIGINS`: whose web pages may show `/embed/board/…` within them, likewise. Default: none.
    pub embed_origins: Origins,
    /// `LAUREL_PAGE_FOLDER`: what `frontend/` was built into. Default `/usr/share/laurel/page`; without it there is no page.
    pub page_folder: PathBuf,
    /// `LAUREL_LOG_FORMAT`: `json` or `text`. Default `json`.
    pub log_format: LogFormat,
    /// `LAUREL_LOG`: what to log, in the syntax of tracing's filters. Default `info`.
    pub log_filter: String,
    /// `OTEL_EXPORTER_OTLP_ENDPOINT`, `OTEL_TRACES_SAMPLER_ARG`: where traces go, and of how many requests. Default: nowhere.
    pub tracing: Tracing,
}

impl Config {
    /// Reads everything and reports every problem in one go.
    pub fn read(mut settings: Settings) -> Result<Self, ConfigError> {
        let listen = settings.or(
            "LAUREL_LISTEN",
            "address and port to answer on",
            SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 8082),
        );
        let nats_url = settings.required::<String>("LAUREL_NATS_URL", "where the brokers are");
        let database_url = settings.required::<String>("LAUREL_DATABASE_URL", "where PostgreSQL is");
        let redis_url = settings.required::<String>("LAUREL_REDIS_URL", "where Redis is");
        let master = settings.secret("LAUREL_MASTER_KEY", "32 bytes in base64 that wrap the data keys");
        let public =
            settings.secret("LAUREL_TOKEN_PUBLIC_KEY", "the Ed25519 key in PEM that verifies tokens");
        let position_wait =
            settings.or("LAUREL_POSITION_WAIT_MS", "how long a read waits for a position", POSITION_WAIT_MS);
        let database_connections =
            settings.or("LAUREL_DATABASE_CONNECTIONS", "connections to PostgreSQL", DATABASE_CONNECTIONS);
        let cors_origins =
            settings.or("LAUREL_CORS_ORIGINS", "origins of pages that may ask", Origins::default());
        let embed_origins = settings.or(
            "LAUREL_EMBED_ORIGINS",
            "origins of pages that may embed a board",
            Origins::default(),
        );
        let page_folder =
            settings.or("LAUREL_PAGE_FOLDER", "the folder of the web page", PathBuf::from(PAGE_FOLDER));
        let log_format = settings.or("LAUREL_LOG_FORMAT", "json or text", LogFormat::default());
        let log_filter = settings.or("LAUREL_LOG", "what to log", "info".to_owned());
        let tracing = Tracing::read(&mut settings);
        let mut noted = |name: &str, error: String| settings.refuse(format!("{name} is not usable: {error}"));
        let master_key = master.and_then(|text| {
            MasterKey::from_base64(&text).map_err(|error| noted("LAUREL_MASTER_KEY", error.to_string())).ok()
        });
        let verifier = public.and_then(|pem| {
            TokenVerifier::from_pem(pem.expose_secret(), Clock::system())
                .map_err(|error| noted("LAUREL_TOKEN_PUBLIC_KEY", error.to_string()))
                .ok()
        });
        settings.finish()?;
        let (Some(nats_url), Some(database_url), Some(redis_url), Some(master_key), Some(verifier)) =
            (nats_url, database_url, redis_url, master_key, verifier)
        else {
            return Err(ConfigError(vec!["a required variable is missing".to_owned()]));
        };
        let position_wait = Duration::from_millis(position_wait);
        Ok(Self {
            listen,
            nats_url,
            database_url,
            redis_url,
            master_key,
            verifier,
            position_wait,
            database_connections,
            cors_origins,
            embed_origins,
            page_folder,
            log_format,
            log_filter,
            tracing,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_missing_or_bad_variable_is_reported() {
        let pairs = [("LAUREL_MASTER_KEY".to_owned(), "short".to_owned())];
        let problems = Config::read(Settings::from_pairs(pairs)).expect_err("not usable").0.join("\n");
        for name in [
            "LAUREL_NATS_URL",
            "LAUREL_DATABASE_URL",
            "LAUREL_REDIS_URL",
            "LAUREL_MASTER_KEY",
            "LAUREL_TOKEN_PUBLIC_KEY",
        ] {
            assert!(problems.contains(name), "{problems}");
        }
    }
}
