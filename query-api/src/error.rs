//! What can go wrong with a read, and what a client is told about it.

use axum::http::StatusCode;
use chassis::keys::KeyError;
use chassis::problem::Problem;
use std::time::Duration;

/// Why a read was not answered.
#[derive(Debug, thiserror::Error)]
pub enum QueryError {
    /// A parameter, header or cursor that cannot be used: its name, a stable code, and what is expected.
    #[error("{field} is not usable: {expected}")]
    Invalid { field: &'static str, code: &'static str, expected: String },
    #[error("there is no such {0:?}")]
    Missing(Missing),
    /// What the learner wrote is gone with its key.
    #[error("the learner was erased")]
    Erased,
    /// The read model did not reach the wanted position in time.
    #[error("the read models did not catch up within {waited:?}")]
    NotCaughtUp { waited: Duration },
    /// An event of this key could not be applied, so what stands in the read model is not the whole truth about it.
    #[error("events of this key are parked")]
    Parked,
    /// There are as many live streams as this replica takes.
    #[error("too many live streams")]
    TooManyStreams,
    /// As many boards of the past are summed up as may be at a time.
    #[error("too many boards of the past are summed up")]
    TooManyBoards,
    /// Postgres cannot be reached, or has no read models yet.
    #[error("the read models cannot be reached")]
    Unavailable,
    #[error("a query failed")]
    Database(#[source] sqlx::Error),
    #[error("a data key could not be had")]
    Key(#[source] KeyError),
    /// The broker does not answer, so no data key can be read.
    #[error("the data keys cannot be reached")]
    KeysUnavailable,
    /// What stands in the read model does not have the form it must have.
    #[error("{what} in the read model cannot be read")]
    Malformed { what: &'static str, source: Box<dyn std::error::Error + Send + Sync> },
}

/// What was asked for and is not there (or not for this caller to see).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Missing {
    Exercise,
    Submission,
    Learner,
    Board,
    Rank,
    Rejudge,
    Cohort,
    ParkedKey,
    Projection,
}

impl Missing {
    fn code(self) -> &'static str {
        match self {
            Missing::Exercise => "exercise_not_found",
            Missing::Submission => "submission_not_found",
            Missing::Learner => "learner_not_found",
            Missing::Board => "board_unknown",
            Missing::Rank => "learner_not_ranked",
            Missing::Rejudge => "rejudge_not_found",
            Missing::Cohort => "cohort_not_found",
            Missing::ParkedKey => "parked_key_not_found",
            Missing::Projection => "projection_not_found",
        }
    }

    fn detail(self) -> &'static str {
        match self {
            Missing::Exercise => "There is no such exercise, or it is not published.",
            Missing::Submission => "There is no such submission among those you may see.",
            Missing::Learner => "Nobody has this handle.",
            Missing::Board => "There is no board of this scope.",
            Missing::Rank => "This learner has no points on this board.",
            Missing::Rejudge => "There is no such rejudge set among those you may see.",
            Missing::Cohort => "There is no such cohort among those you may see.",
            Missing::ParkedKey => "No event of this key is parked in this projection.",
            Missing::Projection => "There is no such projection.",
        }
    }
}

impl QueryError {
    pub fn invalid(field: &'static str, code: &'static str, expected: impl Into<String>) -> Self {
        Self::Invalid { field, code, expected: expected.into() }
    }
}

impl From<sqlx::Error> for QueryError {
    fn from(error: sqlx::Error) -> Self {
        if is_away(&error) { Self::Unavailable } else { Self::Database(error) }
    }
}

/// Whether Postgres is away, shutting down, overloaded, or has no read models yet: nothing a request can be blamed for,
/// and gone by itself.
fn is_away(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Io(_)
        | sqlx::Error::Protocol(_)
        | sqlx::Error::PoolTimedOut
        | sqlx::Error::PoolClosed
        | sqlx::Error::WorkerCrashed => true,
        sqlx::Error::Database(error) => error.code().is_some_and(|code| {
            // 42P01, 42703 and 3F000: a table, column or schema that the projectors have not made yet.
            ["08", "40", "53", "55", "57", "58"].iter().any(|class| code.starts_with(class))
                || matches!(&*code, "42P01" | "42703" | "3F000" | "0A000")
        }),
        _ => false,
    }
}

impl From<QueryError> for Problem {
    fn from(error: QueryError) -> Self {
        const SOON: Duration = Duration::from_secs(1);
        let away = StatusCode::SERVICE_UNAVAILABLE;
        match error {
            QueryError::Invalid { field, code, expected } => {
                Problem::new(StatusCode::BAD_REQUEST, code, expected).at(field)
            }
            QueryError::Missing(what) => Problem::new(StatusCode::NOT_FOUND, what.code(), what.detail()),
            QueryError::Erased => Problem::new(
                StatusCode::GONE,
                "erased",
                "The learner was erased; what they wrote cannot be read any more.",
            ),
            QueryError::NotCaughtUp { .. } => Problem::new(
                away,
                "not_caught_up",
                "The read models have not reached the position you named yet.",
            )
            .retry_after(SOON),
            QueryError::Parked => Problem::new(
                away,
                "parked",
                "An event that concerns this could not be applied; an operator has to look at it first.",
            )
            .retry_after(Duration::from_mins(1)),
            QueryError::TooManyStreams => {
                Problem::new(away, "too_many_streams", "This server holds as many live streams as it takes.")
                    .retry_after(SOON)
            }
            QueryError::TooManyBoards => {
                Problem::new(away, "boards_busy", "Other boards of the past are summed up at the moment.")
                    .retry_after(SOON)
            }
            QueryError::Unavailable => Problem::new(
                away,
                "read_model_unavailable",
                "The read models cannot be reached at the moment.",
            )
            .retry_after(SOON),
            QueryError::Key(KeyError::Gone) => QueryError::Erased.into(),
            QueryError::Key(KeyError::Log(error)) => {
                tracing::warn!(error = &error as &dyn std::error::Error, "a data key could not be read");
                QueryError::KeysUnavailable.into()
            }
            QueryError::KeysUnavailable => Problem::new(
                away,
                "keys_unavailable",
                "The keys of sealed fields cannot be read at the moment.",
            )
            .retry_after(SOON),
            error @ (QueryError::Key(_) | QueryError::Database(_) | QueryError::Malformed { .. }) => {
                tracing::error!(error = &error as &dyn std::error::Error, "a read failed");
                Problem::internal()
            }
        }
    }
}
