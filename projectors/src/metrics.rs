//! What operators see of the projectors.

use chassis::observe::Observatory;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use std::sync::atomic::AtomicU64;

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct PerProjection {
    pub projection: &'static str,
    pub version: u32,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct PerPart {
    pub projection: &'static str,
    pub version: u32,
    pub part: String,
}

#[derive(Debug, Clone)]
pub struct Metrics {
    /// 1 while this process moves the live read models, 0 while it stands by.
    pub owner: Gauge,
    pub lag_events: Family<PerPart, Gauge>,
    pub lag_seconds: Family<PerPart, Gauge<f64, AtomicU64>>,
    pub visible_after_seconds: Family<PerPart, Gauge<f64, AtomicU64>>,
    pub read_ahead: Gauge,
    pub sequence: Family<PerPart, Gauge>,
    pub events: Counter,
    pub batch_events: Histogram,
    pub commit_seconds: Histogram,
    pub retries: Counter,
    pub takeovers: Counter,
    pub parked_keys: Family<PerProjection, Gauge>,
    pub halted: Gauge,
    pub boards_lag_rows: Gauge,
    pub boards_up: Gauge,
    pub boards_refills: Counter,
    pub build_events: Counter,
}

impl Metrics {
    pub fn declared(observatory: &Observatory) -> Self {
        let metrics = Self {
            owner: Gauge::default(),
            lag_events: Family::default(),
            lag_seconds: Family::default(),
            visible_after_seconds: Family::default(),
            read_ahead: Gauge::default(),
            sequence: Family::default(),
            events: Counter::default(),
            batch_events: Histogram::new(exponential_buckets(1.0, 4.0, 8)),
            commit_seconds: Histogram::new(exponential_buckets(0.000_5, 2.0, 14)),
            retries: Counter::default(),
            takeovers: Counter::default(),
            parked_keys: Family::default(),
            halted: Gauge::default(),
            boards_lag_rows: Gauge::default(),
            boards_up: Gauge::default(),
            boards_refills: Counter::default(),
            build_events: Counter::default(),
        };
        let m = metrics.clone();
        observatory.register(|registry| {
            let registry = registry.sub_registry_with_prefix("projectors");
            registry.register("owner", "1: moves the live read models; 0: stands by", m.owner);
            registry.register("lag_events", "Events of the part not yet in the read model", m.lag_events);
            registry.register(
                "lag_seconds",
                "Age of the oldest event of the part that is not yet in the read model; 0: none is missing",
                m.lag_seconds,
            );
            registry.register(
                "visible_after_seconds",
                "Age of the part's last event when it became visible",
                m.visible_after_seconds,
            );
            registry.register("read_ahead", "Messages read and not yet folded", m.read_ahead);
            registry.register("sequence", "Checkpoint", m.sequence);
            registry.register("events", "Messages of the log that were passed", m.events);
            registry.register("batch_events", "Messages per commit", m.batch_events);
            registry.register("commit_seconds", "From a batch in hand to its commit", m.commit_seconds);
            registry.register("retries", "Batches begun again because a store was away", m.retries);
            registry.register("takeovers", "Times this process became the owner", m.takeovers);
            registry.register("parked_keys", "Keys whose events wait for an operator", m.parked_keys);
            registry.register("halted", "1: stopped until a person has looked", m.halted);
            registry.register("boards_lag_rows", "Ledger rows not yet in Redis", m.boards_lag_rows);
            registry.register("boards_up", "1: Redis is reachable and follows", m.boards_up);
            registry.register(
                "boards_refills",
                "Boards filled anew from PostgreSQL because Redis had lost them",
                m.boards_refills,
            );
            registry.register("build_events", "Messages read for versions being built", m.build_events);
        });
        metrics
    }
}
