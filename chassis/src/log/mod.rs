//! The event log client: the only door through which Laurel writes to or reads from JetStream.
//!
//! * [`EventLog::append`] adds an unconditional event; what arrives while a commit is under way is committed together.
//! * [`EventLog::append_expecting`] and [`EventLog::append_all_expecting`] add events only if nobody else wrote to their
//!   subjects meanwhile.
//! * [`EventLog::follow`] reads subjects in order from a sequence on, for ever, through reconnects.
//! * [`EventLog::last`] and [`EventLog::at`] read single messages from the stream's leader: what decisions stand on.

mod append;
mod error;
mod follow;
mod link;
mod message;
mod metrics;
mod read;
mod servers;
mod startup;
pub mod streams;

pub use append::Appended;
pub use error::{AppendError, LogError};
pub use follow::Follow;
pub use message::Message;
pub use startup::LogConfig;

use async_nats::jetstream;
use events::subject;

/// A stream of the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Stream {
    Facts,
    Identity,
}

impl Stream {
    pub fn name(self) -> &'static str {
        match self {
            Stream::Facts => subject::FACTS,
            Stream::Identity => subject::IDENTITY,
        }
    }

    /// The stream a subject belongs to.
    pub fn of(subject: &str) -> Self {
        if subject.starts_with("facts.") { Stream::Facts } else { Stream::Identity }
    }
}

/// A connection to the log. Cheap to clone; clones share the connection and the group commit.
#[derive(Debug, Clone)]
pub struct EventLog {
    client: async_nats::Client,
    jetstream: jetstream::Context,
    appender: append::Appender,
    link: link::Link,
    metrics: metrics::LogMetrics,
}

impl EventLog {
    /// The connection, for core NATS (progress, try-runs) and durable consumers. Events are appended through the
    /// methods of this type only.
    pub fn client(&self) -> &async_nats::Client {
        &self.client
    }

    /// Registers the log client's metrics. Call once per process.
    pub fn observe(&self, observatory: &crate::observe::Observatory) {
        self.metrics.register(observatory);
    }

    /// Whether the connection to the broker is up at this moment.
    pub fn is_connected(&self) -> bool {
        self.link.is_up()
    }

    pub fn jetstream(&self) -> &jetstream::Context {
        &self.jetstream
    }
}
