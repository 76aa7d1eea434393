//! What this service counts.

use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

/// What this service's metrics begin with.
pub const PREFIX: &str = "command_api";

#[derive(Debug, Clone, Default)]
pub struct Metrics {
    pub accounts_registered: Counter,
    pub accounts_erased: Counter,
    pub logins_failed: Counter,
    pub submissions_accepted: Counter,
    pub submissions_refused_pending: Counter,
    /// Account events that have not been carried into FACTS yet.
    pub relay_lag_events: Gauge,
}

impl Metrics {
    pub fn register(&self, registry: &mut Registry) {
        let registry = registry.sub_registry_with_prefix(PREFIX);
        registry.register("accounts_registered", "Accounts made.", self.accounts_registered.clone());
        registry.register("accounts_erased", "Accounts erased.", self.accounts_erased.clone());
        registry.register(
            "logins_failed",
            "Logins with a wrong login or password.",
            self.logins_failed.clone(),
        );
        registry.register("submissions_accepted", "Submissions stored.", self.submissions_accepted.clone());
        registry.register(
            "submissions_refused_pending",
            "Submissions refused because earlier ones of the learner are not judged yet.",
            self.submissions_refused_pending.clone(),
        );
        registry.register(
            "relay_lag_events",
            "Account events that the relay has not carried into FACTS yet.",
            self.relay_lag_events.clone(),
        );
    }
}
