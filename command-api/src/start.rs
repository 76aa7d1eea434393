//! Starting the service on a log that was connected and checked.

use crate::accounts::Accounts;
use crate::app::{App, Parts};
use crate::auth::password::{HashError, Passwords};
use crate::auth::session::SessionStore;
use crate::auth::throttle::Throttle;
use crate::cohorts::MemberCounts;
use crate::config::Config;
use crate::follow::{self, Catalogue, UnjudgedCounts};
use crate::import_rate::ImportRate;
use crate::metrics::{self, Metrics};
use crate::rejudging::places::Places;
use crate::runs::Runs;
use crate::{rejudging, relay};
use access::token::KeyError;
use chassis::clock::Clock;
use chassis::keys::DataKeys;
use chassis::log::{EventLog, LogError};
use chassis::observe::Observatory;
use chassis::requests::RequestTimes;
use chassis::shutdown::Shutdown;

/// Why the service does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error(transparent)]
    Log(#[from] LogError),
    #[error(transparent)]
    TokenKey(#[from] KeyError),
    #[error(transparent)]
    Hash(#[from] HashError),
}

/// Begins to follow the log and to relay; readiness says when everything has been read.
pub async fn start(
    config: Config,
    log: EventLog,
    observatory: &Observatory,
    shutdown: &Shutdown,
) -> Result<App, StartError> {
    Box::pin(start_with_clock(config, log, observatory, shutdown, Clock::system())).await
}

/// The same with another clock, for tests.
pub async fn start_with_clock(
    config: Config,
    log: EventLog,
    observatory: &Observatory,
    shutdown: &Shutdown,
    clock: Clock,
) -> Result<App, StartError> {
    log.check_claim_key(config.digests.fingerprint()).await?;
    let parts = Parts {
        keys: DataKeys::new(log.clone(), config.master_key.clone()),
        verifier: config.signer.verifier(clock.clone())?,
        passwords: Passwords::new()?,
        throttle: Throttle::default(),
        proxies: config.trusted_proxies,
        cors_origins: config.cors_origins,
        sessions: SessionStore::open(&log, config.digests.clone()).await?,
        accounts: Accounts::new(log.clone(), config.digests.clone(), clock.clone()),
        catalogue: Catalogue::default(),
        unjudged: UnjudgedCounts::new(config.unjudged_max),
        rejudge_places: Places::default(),
        members: MemberCounts::default(),
        runs: Runs::new(log.clone(), clock.clone()),
        import_rate: ImportRate::default(),
        metrics: Metrics::default(),
        request_times: RequestTimes::registered(observatory, metrics::PREFIX),
        master_key: config.master_key,
        digests: config.digests,
        signer: config.signer,
        clock,
        log,
    };
    observatory.register(|registry| parts.metrics.register(registry));
    follow::start(&parts, &observatory.readiness, shutdown).await?;
    let app = App::new(parts);
    relay::start(app.clone(), shutdown);
    rejudging::start(app.clone(), shutdown);
    Ok(app)
}
