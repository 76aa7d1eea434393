//! What every command works with, and the router over all of them.

use crate::SOURCE;
use crate::accounts::Accounts;
use crate::auth::address::TrustedProxies;
use crate::auth::password::Passwords;
use crate::auth::session::SessionStore;
use crate::auth::throttle::Throttle;
use crate::cohorts::MemberCounts;
use crate::commands;
use crate::digests::Digests;
use crate::error::ApiError;
use crate::follow::{Catalogue, UnjudgedCounts};
use crate::import_rate::ImportRate;
use crate::metrics::Metrics;
use crate::rejudging::places::Places;
use crate::runs::Runs;
use access::AccessLayer;
use access::token::{TokenSigner, TokenVerifier};
use axum::Router;
use chassis::clock::Clock;
use chassis::cors::Origins;
use chassis::keys::DataKeys;
use chassis::log::{AppendError, EventLog};
use chassis::random;
use chassis::requests::RequestTimes;
use chassis::seal::MasterKey;
use events::{Event, EventId, NewEvent};
use std::ops::Deref;
use std::sync::Arc;

/// Cheap to clone.
#[derive(Debug, Clone)]
pub struct App(Arc<Parts>);

#[derive(Debug)]
pub struct Parts {
    pub clock: Clock,
    pub master_key: MasterKey,
    pub keys: DataKeys,
    pub digests: Digests,
    pub signer: TokenSigner,
    pub verifier: TokenVerifier,
    pub passwords: Passwords,
    pub throttle: Throttle,
    pub proxies: TrustedProxies,
    pub(crate) cors_origins: Origins,
    pub sessions: SessionStore,
    pub accounts: Accounts,
    pub catalogue: Catalogue,
    pub unjudged: UnjudgedCounts,
    pub rejudge_places: Places,
    pub(crate) members: MemberCounts,
    pub runs: Runs,
    pub(crate) import_rate: ImportRate,
    pub metrics: Metrics,
    pub(crate) request_times: RequestTimes,
    pub(crate) log: EventLog,
}

impl Deref for App {
    type Target = Parts;
    fn deref(&self) -> &Parts {
        &self.0
    }
}

impl App {
    pub fn new(parts: Parts) -> Self {
        Self(Arc::new(parts))
    }

    /// The log, if it can be reached at this moment; so that a command fails at once when it cannot, and not after
    /// every patience of the client is over.
    pub fn log(&self) -> Result<&EventLog, ApiError> {
        if self.log.is_connected() { Ok(&self.log) } else { Err(AppendError::Unavailable.into()) }
    }

    /// An event of this process at this moment.
    pub fn event(&self, id: EventId, event: Event) -> NewEvent {
        NewEvent {
            id,
            source: SOURCE,
            time: self.clock.now(),
            event,
            request_digest: None,
            traceparent: None,
        }
    }

    /// The id of the event a request leads to: derived when the request can be repeated, else random.
    pub fn event_id(&self, actor: &str, route: &str, idempotency_key: Option<&str>) -> EventId {
        idempotency_key
            .map_or_else(|| EventId(random::uuid(&self.clock)), |key| EventId::of_request(actor, route, key))
    }
}

/// Every command, behind the policy table. Without health routes and outermost layers, so that it can be merged with
/// another service's router.
pub fn router(app: App) -> Router {
    let access = AccessLayer::new(app.verifier.clone());
    let (router, _openapi) = commands::routes().split_for_parts();
    let times = app.request_times.clone();
    let origins = app.cors_origins.clone();
    origins.around(times.around(router.route_layer(access)).with_state(app))
}
