//! What the log client counts.

use super::Stream;
use crate::observe::Observatory;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::registry::Unit;
use std::time::Duration;

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct InStream {
    stream: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Refused {
    stream: &'static str,
    code: u64,
}

/// Cheap to clone; clones count together.
#[derive(Debug, Clone)]
pub(super) struct LogMetrics {
    in_flight: Family<InStream, Gauge>,
    commit_events: Family<InStream, Histogram, fn() -> Histogram>,
    commit_seconds: Family<InStream, Histogram, fn() -> Histogram>,
    retries: Family<InStream, Counter>,
    refusals: Family<Refused, Counter>,
    reopened: Family<InStream, Counter>,
}

impl Default for LogMetrics {
    fn default() -> Self {
        Self {
            in_flight: Family::default(),
            commit_events: Family::new_with_constructor(|| Histogram::new(exponential_buckets(1.0, 2.0, 10))),
            commit_seconds: Family::new_with_constructor(|| {
                Histogram::new(exponential_buckets(0.000_25, 2.0, 16))
            }),
            retries: Family::default(),
            refusals: Family::default(),
            reopened: Family::default(),
        }
    }
}

/// One append that is on its way; it has arrived, one way or the other, when this is dropped.
#[derive(Debug)]
pub(super) struct InFlight(Gauge);

impl InFlight {
    pub(super) fn among(gauge: &Gauge) -> Self {
        gauge.inc();
        Self(gauge.clone())
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        self.0.dec();
    }
}

impl LogMetrics {
    pub(super) fn register(&self, observatory: &Observatory) {
        observatory.register(|registry| {
            registry.register(
                "log_appends_in_flight",
                "Unconditional events that wait for a commit or are in one",
                self.in_flight.clone(),
            );
            registry.register(
                "log_commit_events",
                "Unconditional events that were committed together",
                self.commit_events.clone(),
            );
            registry.register_with_unit(
                "log_commit",
                "Time from sending a group of unconditional events to knowing the outcome of all",
                Unit::Seconds,
                self.commit_seconds.clone(),
            );
            registry.register(
                "log_append_retries",
                "Attempts to append that were made again with the same ids",
                self.retries.clone(),
            );
            registry.register(
                "log_append_refusals",
                "Attempts to append that the broker refused, by its error code",
                self.refusals.clone(),
            );
            registry.register(
                "log_follow_reopened",
                "Readers that were opened anew after the broker or the connection failed them",
                self.reopened.clone(),
            );
        });
    }

    /// The gauge of a stream, so that an append need not look for it.
    pub(super) fn in_flight(&self, stream: Stream) -> Gauge {
        self.in_flight.get_or_create_owned(&InStream { stream: stream.name() })
    }

    #[allow(clippy::cast_precision_loss)] // A few hundred.
    pub(super) fn committed(&self, stream: Stream, events: usize, took: Duration) {
        let stream = InStream { stream: stream.name() };
        self.commit_events.get_or_create(&stream).observe(events as f64);
        self.commit_seconds.get_or_create(&stream).observe(took.as_secs_f64());
    }

    pub(super) fn retried(&self, stream: Stream) {
        self.retries.get_or_create(&InStream { stream: stream.name() }).inc();
    }

    pub(super) fn refused(&self, stream: Stream, code: u64) {
        self.refusals.get_or_create(&Refused { stream: stream.name(), code }).inc();
    }

    pub(super) fn reopened(&self, stream: Stream) {
        self.reopened.get_or_create(&InStream { stream: stream.name() }).inc();
    }
}
