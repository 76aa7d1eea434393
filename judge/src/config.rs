//! What this process is told by its environment.

use crate::sandbox::RequiredLayers;
use chassis::config::{ConfigError, Settings};
use chassis::seal::MasterKey;
use chassis::telemetry::LogFormat;
use chassis::trace::Tracing;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::thread::available_parallelism;

/// Everything that can be set.
#[derive(Debug, Clone)]
pub struct Config {
    /// `LAUREL_LISTEN`: address and port for health and metrics. Default `127.0.0.1:8084`.
    pub listen: SocketAddr,
    /// `LAUREL_NATS_URL`: the brokers, `nats://user:password@host:port`, separated by commas. Required.
    pub nats_url: String,
    /// `LAUREL_MASTER_KEY` or `LAUREL_MASTER_KEY_FILE`: 32 bytes in base64 that unwrap data keys. Required.
    pub master_key: MasterKey,
    /// `LAUREL_JUDGE_SLOTS`: submissions judged at the same time. Default: the cores there are.
    pub slots: usize,
    /// `LAUREL_JUDGE_LAYERS_REQUIRED`: the layers of the sandbox without which the judge does not start, by name, separated
    /// by commas. Default: all but `cgroup_namespace`, `landlock`, `cpu_counter` and `cgroup_memory`.
    pub layers_required: RequiredLayers,
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
            "address and port for health and metrics",
            SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 8084),
        );
        let nats_url = settings.required::<String>("LAUREL_NATS_URL", "where the brokers are");
        let master = settings.secret("LAUREL_MASTER_KEY", "32 bytes in base64 that unwrap the data keys");
        let slots = settings.or("LAUREL_JUDGE_SLOTS", "submissions judged at the same time", default_slots());
        let layers_required = settings.or(
            "LAUREL_JUDGE_LAYERS_REQUIRED",
            "names of the sandbox's layers, separated by commas",
            RequiredLayers::default(),
        );
        let log_format = settings.or("LAUREL_LOG_FORMAT", "json or text", LogFormat::default());
        let log_filter = settings.or("LAUREL_LOG", "what to log", "info".to_owned());
        let tracing = Tracing::read(&mut settings);
        if slots == 0 {
            settings.refuse("LAUREL_JUDGE_SLOTS is 0: a judge needs at least one slot".to_owned());
        }
        let master_key = master.and_then(|text| match MasterKey::from_base64(&text) {
            Ok(key) => Some(key),
            Err(error) => {
                settings.refuse(format!("LAUREL_MASTER_KEY is not usable: {error}"));
                None
            }
        });
        settings.finish()?;
        let (Some(nats_url), Some(master_key)) = (nats_url, master_key) else {
            return Err(ConfigError(vec!["a required variable is missing".to_owned()]));
        };
        Ok(Self { listen, nats_url, master_key, slots, layers_required, log_format, log_filter, tracing })
    }
}

/// The cores there are.
pub fn default_slots() -> usize {
    available_parallelism().map_or(1, std::num::NonZero::get)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_missing_or_bad_variable_is_reported() {
        let settings = Settings::from_pairs(
            [
                ("LAUREL_JUDGE_SLOTS", "0"),
                ("LAUREL_MASTER_KEY", "short"),
                ("LAUREL_JUDGE_LAYERS_REQUIRED", "seccomp, walls"),
            ]
            .map(|(name, value)| (name.to_owned(), value.to_owned())),
        );
        let problems = Config::read(settings).expect_err("four problems").0;
        assert_eq!(problems.len(), 4, "{problems:?}");
    }
}
