//! What can go wrong with the log, in words an operator can act on.

use events::DecodeError;
use std::time::Duration;

/// Why something was not appended, or why nobody knows whether it was.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AppendError {
    /// Somebody else wrote to the subject first: load again and decide again.
    #[error("{subject} was written to meanwhile")]
    Conflict { subject: String },
    /// An event of this id is stored, but it came from another request body.
    #[error("this idempotency key was used for another request")]
    KeyReused,
    /// The stream is at its size limit. Nothing was written; retrying will not help.
    #[error("the log is full")]
    LogFull,
    /// The event is larger than the broker takes.
    #[error("the event has {bytes} bytes, the broker takes {bytes_max}")]
    TooLarge { bytes: usize, bytes_max: usize },
    /// No answer in time: it may or may not be stored. The same event again is safe.
    #[error("the broker did not acknowledge within {waited:?}")]
    Unacknowledged { waited: Duration },
    /// The broker cannot be reached. Nothing was written.
    #[error("the broker is not reachable")]
    Unavailable,
    /// The broker said no for a reason that retrying does not cure.
    #[error("the broker refused: {description} ({code})")]
    Refused { code: u64, description: String },
    #[error("the event could not be written as JSON: {0}")]
    Encode(String),
}

/// Why something could not be read, or why the log is not fit to be used.
#[derive(Debug, thiserror::Error)]
pub enum LogError {
    /// The broker is away.
    #[error("connecting to the broker failed: {0}")]
    Connect(String),
    /// What this process was told about the broker is wrong; waiting does not mend that.
    #[error("the broker's address or credentials are not usable: {0}")]
    Refused(String),
    #[error("{operation} failed: {source}")]
    Request { operation: &'static str, source: Box<dyn std::error::Error + Send + Sync> },
    /// The start-up check found the broker or a stream unfit; each line says what to change.
    #[error("the log is not safe to use:\n  - {}", .0.join("\n  - "))]
    Unfit(Vec<String>),
    /// The broker lost events it had acknowledged: somebody has read further than the stream now reaches.
    #[error("stream {stream} ends at {last}, but {after} has been read: the broker lost acknowledged events")]
    Regressed { stream: &'static str, after: u64, last: u64 },
    /// What was asked for is no longer in the stream.
    #[error(
        "stream {stream} begins at {first}; what follows {after} was trimmed, look for it in the archive"
    )]
    Trimmed { stream: &'static str, after: u64, first: u64 },
    #[error(transparent)]
    Decode(#[from] DecodeError),
    #[error("what is stored as {digest} is something else: its digest is {found}")]
    Corrupt { digest: String, found: String },
}

impl LogError {
    pub(super) fn request(
        operation: &'static str,
    ) -> impl FnOnce(Box<dyn std::error::Error + Send + Sync>) -> Self {
        move |source| Self::Request { operation, source }
    }
}
