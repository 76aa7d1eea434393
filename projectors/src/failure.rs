//! What went wrong, by what to do about it.

use crate::projection::FoldError;
use chassis::log::LogError;

/// A projection's trouble is one of four kinds. What is in none of the known classes halts: going on would be a guess.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// A store or the broker is away, restarting or overloaded. Again from the checkpoint, a little later.
    #[error("{0}")]
    Retry(String),
    /// An event's own fault: its key is parked.
    #[error("{0}")]
    Event(String),
    /// Another process took over; nothing of ours was written.
    #[error("another process took over")]
    Fenced,
    /// Nothing may be written until a person has looked.
    #[error("{0}")]
    Halt(String),
}

/// Not a data error like its class: a learner with more points than a board can hold needs a decision, not a parking.
const HALTING_CONSTRAINT: &str = "points_fit_a_score";

impl From<sqlx::Error> for Failure {
    fn from(error: sqlx::Error) -> Self {
        let text = format!("PostgreSQL: {error}");
        let sqlx::Error::Database(database) = &error else {
            return match error {
                sqlx::Error::Io(_)
                | sqlx::Error::Tls(_)
                | sqlx::Error::Protocol(_)
                | sqlx::Error::PoolTimedOut
                | sqlx::Error::PoolClosed
                | sqlx::Error::WorkerCrashed => Self::Retry(text),
                _ => Self::Halt(text),
            };
        };
        if database.constraint() == Some(HALTING_CONSTRAINT) {
            return Self::Halt(text);
        }
        let code = database.code().unwrap_or_default();
        match code.get(..2) {
            // 25P03: the server ended a transaction that this process, frozen or too slow, left open.
            _ if code == "25P03" => Self::Retry(text),
            Some("22" | "23") => Self::Event(text),
            Some("08" | "40" | "53" | "55" | "57" | "58") => Self::Retry(text),
            _ => Self::Halt(text),
        }
    }
}

impl From<LogError> for Failure {
    fn from(error: LogError) -> Self {
        match error {
            LogError::Regressed { .. } => Self::Halt(format!("log_regressed: {error}")),
            LogError::Trimmed { .. } => Self::Halt(format!("log_trimmed: {error}")),
            LogError::Unfit(_) | LogError::Corrupt { .. } => Self::Halt(error.to_string()),
            other => Self::Retry(other.to_string()),
        }
    }
}

impl From<FoldError> for Failure {
    fn from(error: FoldError) -> Self {
        Self::Event(error.to_string())
    }
}
