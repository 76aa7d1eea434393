//! What this process is told by its environment.

use crate::auth::address::TrustedProxies;
use crate::digests::Digests;
use access::token::TokenSigner;
use chassis::config::{ConfigError, Settings};
use chassis::cors::Origins;
use chassis::seal::MasterKey;
use chassis::telemetry::LogFormat;
use chassis::trace::Tracing;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

/// Unjudged submissions a learner may have before the next is refused.
const UNJUDGED_MAX: usize = 3;

/// Everything that can be set.
#[derive(Debug, Clone)]
pub struct Config {
    /// `LAUREL_LISTEN`: address and port to answer on. Default `127.0.0.1:8081`.
    pub listen: SocketAddr,
    /// `LAUREL_NATS_URL`: the brokers, `nats://user:password@host:port`, separated by commas. Required.
    pub nats_url: String,
    /// `LAUREL_MASTER_KEY` or `LAUREL_MASTER_KEY_FILE`: 32 bytes in base64 that wrap every data key. Required.
    pub master_key: MasterKey,
    /// `LAUREL_CLAIM_KEY` or `LAUREL_CLAIM_KEY_FILE`: 32 bytes in base64 from which the claims on handles and e-mail
    /// addresses are computed. Can never be changed. Required.
    pub digests: Digests,
    /// `LAUREL_TOKEN_PRIVATE_KEY` or `LAUREL_TOKEN_PRIVATE_KEY_FILE`: the Ed25519 key in PKCS#8 PEM that signs access
    /// tokens. Required.
    pub signer: TokenSigner,
    /// `LAUREL_UNJUDGED_MAX`: unjudged submissions a learner may have. Default 3; load tests raise it.
    pub unjudged_max: usize,
    /// `LAUREL_TRUSTED_PROXIES`: the proxies before this process, as addresses and networks (`10.0.0.0/8`) separated by
    /// commas. Only what they say in `X-Forwarded-For` counts when failed logins are counted by address. Default: none,
    /// and then the address is the connection's, so that behind a proxy all clients are counted as one.
    pub trusted_proxies: TrustedProxies,
    /// `LAUREL_CORS_ORIGINS`: whose web pages may ask, `https://classes.example.org`, separated by commas. Default: none.
    pub cors_origins: Origins,
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
            SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 8081),
        );
        let nats_url = settings.required::<String>("LAUREL_NATS_URL", "where the brokers are");
        let master = settings.secret("LAUREL_MASTER_KEY", "32 bytes in base64 that wrap the data keys");
        let claim = settings.secret("LAUREL_CLAIM_KEY", "32 bytes in base64 that claims are computed with");
        let token = settings.secret("LAUREL_TOKEN_PRIVATE_KEY", "the Ed25519 key in PEM that signs tokens");
        let unjudged_max =
            settings.or("LAUREL_UNJUDGED_MAX", "unjudged submissions a learner may have", UNJUDGED_MAX);
        let trusted_proxies = settings.or(
            "LAUREL_TRUSTED_PROXIES",
            "addresses and networks of the proxies before this process",
            TrustedProxies::default(),
        );
        let cors_origins =
            settings.or("LAUREL_CORS_ORIGINS", "origins of pages that may ask", Origins::default());
        let log_format = settings.or("LAUREL_LOG_FORMAT", "json or text", LogFormat::default());
        let log_filter = settings.or("LAUREL_LOG", "what to log", "info".to_owned());
        let tracing = Tracing::read(&mut settings);
        let mut noted = |name: &str, error: String| settings.refuse(format!("{name} is not usable: {error}"));
        let master_key = master.and_then(|text| {
            MasterKey::from_base64(&text).map_err(|error| noted("LAUREL_MASTER_KEY", error.to_string())).ok()
        });
        let digests = claim.and_then(|text| {
            Digests::from_base64(&text).map_err(|error| noted("LAUREL_CLAIM_KEY", error.to_string())).ok()
        });
        let signer = token.and_then(|pem| {
            TokenSigner::from_pem(&pem)
                .map_err(|error| noted("LAUREL_TOKEN_PRIVATE_KEY", error.to_string()))
                .ok()
        });
        settings.finish()?;
        let (Some(nats_url), Some(master_key), Some(digests), Some(signer)) =
            (nats_url, master_key, digests, signer)
        else {
            return Err(ConfigError(vec!["a required variable is missing".to_owned()]));
        };
        Ok(Self {
            listen,
            nats_url,
            master_key,
            digests,
            signer,
            unjudged_max,
            trusted_proxies,
            cors_origins,
            log_format,
            log_filter,
            tracing,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use access::token::generate_private_key;
    use secrecy::ExposeSecret;

    #[test]
    fn every_missing_or_bad_variable_is_reported() {
        let error = Config::read(Settings::from_pairs([
            ("LAUREL_MASTER_KEY".to_owned(), "short".to_owned()),
            ("LAUREL_LISTEN".to_owned(), "everywhere".to_owned()),
            ("LAUREL_TRUSTED_PROXIES".to_owned(), "0.0.0.0/0".to_owned()),
        ]));
        let problems = error.expect_err("not usable").0.join("\n");
        for name in [
            "LAUREL_NATS_URL",
            "LAUREL_MASTER_KEY",
            "LAUREL_CLAIM_KEY",
            "LAUREL_TOKEN_PRIVATE_KEY",
            "LAUREL_LISTEN",
            "LAUREL_TRUSTED_PROXIES",
        ] {
            assert!(problems.contains(name), "{problems}");
        }
    }

    #[test]
    fn a_whole_configuration_is_read() {
        let pem = generate_private_key();
        let key = MasterKey::generate_base64();
        let pairs = [
            ("LAUREL_NATS_URL", "nats://127.0.0.1:4222"),
            ("LAUREL_MASTER_KEY", key.expose_secret()),
            ("LAUREL_CLAIM_KEY", key.expose_secret()),
            ("LAUREL_TOKEN_PRIVATE_KEY", pem.expose_secret()),
        ];
        let pairs = pairs.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let config = Config::read(Settings::from_pairs(pairs)).expect("usable");
        assert_eq!((config.unjudged_max, config.listen.port()), (3, 8081));
    }
}
