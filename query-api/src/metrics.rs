//! What operators can see of the reads.

use chassis::observe::Observatory;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::registry::{Registry, Unit};
use std::sync::atomic::AtomicU64;
use std::time::Duration;

/// What this service's metrics begin with.
pub const PREFIX: &str = "query_api";

/// Cheap to clone; clones count together.
#[derive(Debug, Clone)]
pub struct Metrics {
    position_waits: Histogram,
    not_caught_up: Counter,
    boards: Family<BoardRead, Counter>,
    pub live_clients: Gauge,
    live_cuts: Counter,
    pub feed_readers: Gauge,
    pub feed_events: Counter,
    submissions_waiting: Gauge,
    oldest_wait: Gauge<f64, AtomicU64>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct BoardRead {
    source: &'static str,
}

/// Where a board was read from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    Redis,
    Postgres,
    /// Summed up from the ledger: boards of the past.
    Ledger,
}

impl Source {
    pub fn name(self) -> &'static str {
        match self {
            Source::Redis => "redis",
            Source::Postgres => "postgres",
            Source::Ledger => "ledger",
        }
    }
}

impl Metrics {
    pub fn new() -> Self {
        Self {
            position_waits: seconds(),
            not_caught_up: Counter::default(),
            boards: Family::default(),
            live_clients: Gauge::default(),
            live_cuts: Counter::default(),
            feed_readers: Gauge::default(),
            feed_events: Counter::default(),
            submissions_waiting: Gauge::default(),
            oldest_wait: Gauge::default(),
        }
    }

    pub fn register(&self, observatory: &Observatory) {
        observatory.register(|registry| self.declare(registry));
    }

    fn declare(&self, registry: &mut Registry) {
        let registry = registry.sub_registry_with_prefix(PREFIX);
        registry.register_with_unit(
            "position_wait",
            "Time a read waited for the position it must not be older than",
            Unit::Seconds,
            self.position_waits.clone(),
        );
        registry.register(
            "not_caught_up",
            "Reads refused because the read models did not reach the wanted position in time",
            self.not_caught_up.clone(),
        );
        registry.register("board_reads", "Boards read, by where they were read from", self.boards.clone());
        registry.register("live_clients", "Live streams that are open", self.live_clients.clone());
        registry.register(
            "live_clients_cut",
            "Live streams that were cut off because the client read too slowly",
            self.live_cuts.clone(),
        );
        registry.register("feed_readers", "Readers of the feed", self.feed_readers.clone());
        registry.register("feed_events", "Events handed to readers of the feed", self.feed_events.clone());
        registry.register(
            "submissions_waiting",
            "Submissions without a verdict",
            self.submissions_waiting.clone(),
        );
        registry.register_with_unit(
            "oldest_wait",
            "For how long the oldest of them has been waiting",
            Unit::Seconds,
            self.oldest_wait.clone(),
        );
    }

    pub fn waited(&self, time: Duration) {
        self.position_waits.observe(time.as_secs_f64());
    }

    pub fn not_caught_up(&self) {
        self.not_caught_up.inc();
    }

    pub fn board_read(&self, source: Source) {
        self.boards.get_or_create(&BoardRead { source: source.name() }).inc();
    }

    /// How many submissions wait, and for how many seconds the oldest of them does.
    pub fn queue(&self, waiting: usize, oldest_s: f64) {
        self.submissions_waiting.set(i64::try_from(waiting).unwrap_or(i64::MAX));
        self.oldest_wait.set(oldest_s);
    }

    pub fn live_cut(&self) {
        self.live_cuts.inc();
    }
}

impl Default for Metrics {
    fn default() -> Self {
        Self::new()
    }
}

/// 0.5 ms to 8 s.
fn seconds() -> Histogram {
    Histogram::new(exponential_buckets(0.000_5, 2.0, 15))
}
