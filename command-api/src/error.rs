//! The one error of every command, and what a client sees of it. The status comes from one exhaustive match per kind.

use crate::auth::SignInError;
use crate::domain::{account, board, cohort, exercise, operation, parked, rejudge, submission};
use crate::request::RequestError;
use crate::runs::RunError;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use chassis::keys::KeyError;
use chassis::log::{AppendError, LogError};
use chassis::problem::Problem;
use std::time::Duration;

/// Why a command was not carried out.
#[derive(Debug, thiserror::Error)]
pub enum ApiError {
    #[error(transparent)]
    Request(#[from] RequestError),
    #[error(transparent)]
    SignIn(#[from] SignInError),
    #[error(transparent)]
    Account(#[from] account::Rejection),
    #[error(transparent)]
    Exercise(#[from] exercise::Rejection),
    #[error(transparent)]
    Submission(#[from] submission::Rejection),
    #[error(transparent)]
    Rejudge(#[from] rejudge::Rejection),
    #[error(transparent)]
    Cohort(#[from] cohort::Rejection),
    #[error(transparent)]
    Board(#[from] board::Rejection),
    #[error(transparent)]
    Parked(#[from] parked::Rejection),
    #[error(transparent)]
    Operation(#[from] operation::Rejection),
    #[error(transparent)]
    Run(#[from] RunError),
    #[error(transparent)]
    Append(#[from] AppendError),
    #[error(transparent)]
    Log(#[from] LogError),
    #[error(transparent)]
    Key(#[from] KeyError),
    /// Other writers kept getting ahead.
    #[error("the same thing is being changed by too many at once")]
    Contended,
    /// An invariant of ours does not hold.
    #[error("{0}")]
    Internal(String),
}

impl From<events::DecodeError> for ApiError {
    fn from(error: events::DecodeError) -> Self {
        LogError::from(error).into()
    }
}

impl From<serde_json::Error> for ApiError {
    fn from(error: serde_json::Error) -> Self {
        AppendError::Encode(error.to_string()).into()
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let problem = Problem::from(self);
        problem.into_response()
    }
}

impl From<ApiError> for Problem {
    fn from(error: ApiError) -> Self {
        match error {
            ApiError::Request(error) => request_problem(error),
            ApiError::SignIn(error) => sign_in_problem(error),
            ApiError::Account(rejection) => account_problem(rejection),
            ApiError::Exercise(rejection) => exercise_problem(rejection),
            ApiError::Submission(rejection) => submission_problem(rejection),
            ApiError::Rejudge(rejection) => rejudge_problem(rejection),
            ApiError::Cohort(rejection) => cohort_problem(rejection),
            ApiError::Board(rejection) => board_problem(rejection),
            ApiError::Parked(rejection) => parked_problem(rejection),
            ApiError::Operation(rejection) => operation_problem(rejection),
            ApiError::Run(error) => run_problem(&error),
            ApiError::Append(error) => append_problem(&error),
            ApiError::Key(KeyError::Gone) => account_problem(account::Rejection::AccountErased),
            ApiError::Log(error) | ApiError::Key(KeyError::Log(error)) => log_problem(&error),
            ApiError::Key(KeyError::Seal(error)) => {
                tracing::error!(%error, "a data key could not be unwrapped");
                Problem::internal()
            }
            ApiError::Contended => Problem::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "contended",
                "The same thing is being changed by too many at once.",
            )
            .retry_after(SOON),
            ApiError::Internal(reason) => {
                tracing::error!(reason, "a command failed");
                Problem::internal()
            }
        }
    }
}

const SOON: Duration = Duration::from_secs(1);
const LATER: Duration = Duration::from_mins(1);

fn request_problem(error: RequestError) -> Problem {
    let detail = error.to_string();
    let problem = |status, code| Problem::new(status, code, detail);
    match error {
        RequestError::ContentTypeUnsupported => {
            problem(StatusCode::UNSUPPORTED_MEDIA_TYPE, "content_type_unsupported").at("Content-Type")
        }
        RequestError::BodyTooLarge { .. } => problem(StatusCode::PAYLOAD_TOO_LARGE, "body_too_large"),
        RequestError::BodyInterrupted => problem(StatusCode::BAD_REQUEST, "body_interrupted"),
        RequestError::BodyNotUtf8 => problem(StatusCode::BAD_REQUEST, "body_not_utf8"),
        RequestError::BodyNotJson { .. } => problem(StatusCode::BAD_REQUEST, "body_not_json"),
        RequestError::FieldMissing { field } => {
            problem(StatusCode::UNPROCESSABLE_ENTITY, "field_missing").at(field)
        }
        RequestError::FieldUnknown { field } => {
            problem(StatusCode::UNPROCESSABLE_ENTITY, "field_unknown").at(field)
        }
        RequestError::FieldInvalid { field, .. } => {
            problem(StatusCode::UNPROCESSABLE_ENTITY, "field_invalid").at(field)
        }
        RequestError::IdempotencyKeyInvalid => {
            problem(StatusCode::BAD_REQUEST, "idempotency_key_invalid").at("Idempotency-Key")
        }
        RequestError::PositionInvalid => {
            problem(StatusCode::BAD_REQUEST, "position_invalid").at("Laurel-Position")
        }
        RequestError::PathInvalid => problem(StatusCode::BAD_REQUEST, "path_invalid"),
        RequestError::IfMatchRequired => {
            problem(StatusCode::PRECONDITION_REQUIRED, "if_match_required").at("If-Match")
        }
        RequestError::IfMatchInvalid => problem(StatusCode::BAD_REQUEST, "if_match_invalid").at("If-Match"),
    }
}

fn sign_in_problem(error: SignInError) -> Problem {
    let detail = error.to_string();
    let problem = |status, code| Problem::new(status, code, detail);
    match error {
        SignInError::CredentialsWrong => problem(StatusCode::UNAUTHORIZED, "credentials_wrong"),
        SignInError::PasswordWrong => problem(StatusCode::FORBIDDEN, "password_wrong").at("password"),
        SignInError::RefreshTokenInvalid => {
            problem(StatusCode::UNAUTHORIZED, "refresh_token_invalid").at("refresh_token")
        }
        SignInError::RefreshTokenReused => {
            problem(StatusCode::UNAUTHORIZED, "refresh_token_reused").at("refresh_token")
        }
        SignInError::TooManyAttempts { wait } => {
            problem(StatusCode::TOO_MANY_REQUESTS, "too_many_attempts").retry_after(wait)
        }
        SignInError::Busy => problem(StatusCode::SERVICE_UNAVAILABLE, "busy").retry_after(SOON),
    }
}

fn account_problem(rejection: account::Rejection) -> Problem {
    use account::Rejection;
    let problem = |status, code| Problem::new(status, code, rejection.to_string());
    match rejection {
        Rejection::HandleInvalid => problem(StatusCode::UNPROCESSABLE_ENTITY, "handle_invalid").at("handle"),
        Rejection::HandleReserved => {
            problem(StatusCode::UNPROCESSABLE_ENTITY, "handle_reserved").at("handle")
        }
        Rejection::EmailInvalid => problem(StatusCode::UNPROCESSABLE_ENTITY, "email_invalid").at("email"),
        Rejection::PasswordTooShort => {
            problem(StatusCode::UNPROCESSABLE_ENTITY, "password_too_short").at("password")
        }
        Rejection::PasswordTooLong => {
            problem(StatusCode::UNPROCESSABLE_ENTITY, "password_too_long").at("password")
        }
        Rejection::HandleTaken => problem(StatusCode::CONFLICT, "handle_taken").at("handle"),
        Rejection::EmailTaken => problem(StatusCode::CONFLICT, "email_taken").at("email"),
        Rejection::LearnerUnknown => problem(StatusCode::NOT_FOUND, "learner_unknown").at("handle"),
        Rejection::AccountErased => problem(StatusCode::GONE, "account_erased"),
        Rejection::RolesEmpty => problem(StatusCode::UNPROCESSABLE_ENTITY, "roles_empty").at("roles"),
        Rejection::OwnAdminRole => problem(StatusCode::CONFLICT, "own_admin_role").at("roles"),
    }
}

fn exercise_problem(rejection: exercise::Rejection) -> Problem {
    use exercise::Rejection;
    let problem = |status, code| Problem::new(status, code, rejection.to_string());
    let invalid = |code, field: &'static str| problem(StatusCode::UNPROCESSABLE_ENTITY, code).at(field);
    let kind_of_test = |index| format!("package.tests[{index}].kind");
    match rejection {
        Rejection::SlugInvalid => invalid("slug_invalid", "slug"),
        Rejection::SlugFixed => invalid("slug_fixed", "slug"),
        Rejection::SlugTaken => problem(StatusCode::CONFLICT, "slug_taken").at("slug"),
        Rejection::TitleInvalid => invalid("title_invalid", "title"),
        Rejection::StatementInvalid => invalid("statement_invalid", "statement"),
        Rejection::CategoryInvalid => invalid("category_invalid", "category"),
        Rejection::PointsInvalid => invalid("points_invalid", "points"),
        Rejection::LanguagesInvalid => invalid("languages_invalid", "languages"),
        Rejection::LanguageUnknown => invalid("language_unknown", "languages"),
        Rejection::CheckerLanguageUnknown { interactor: false } => {
            invalid("checker_language_unknown", "package.checker.program.language")
        }
        Rejection::CheckerLanguageUnknown { interactor: true } => {
            invalid("checker_language_unknown", "package.checker.interactor.language")
        }
        Rejection::SolutionLanguageUnknown { index } => {
            problem(StatusCode::UNPROCESSABLE_ENTITY, "solution_language_unknown")
                .at(format!("package.solutions[{index}].language"))
        }
        Rejection::CallUnsupported { index } => {
            problem(StatusCode::UNPROCESSABLE_ENTITY, "call_unsupported").at(kind_of_test(index))
        }
        Rejection::CallWithInteractor { index } => {
            problem(StatusCode::UNPROCESSABLE_ENTITY, "call_with_interactor").at(kind_of_test(index))
        }
        Rejection::ScoringInvalid { .. } => invalid("scoring_invalid", "package.scoring"),
        Rejection::SampleMissing => invalid("sample_missing", "package.tests"),
        Rejection::HiddenMissing => invalid("hidden_missing", "package.tests"),
        Rejection::TestsTooMany => invalid("tests_too_many", "package.tests"),
        Rejection::SamplesTooLarge => invalid("samples_too_large", "package.tests"),
        Rejection::TextInvalid => invalid("text_invalid", "statement"),
        Rejection::CpuLimitInvalid => invalid("cpu_limit_invalid", "package.limits.cpu_ms"),
        Rejection::MemoryLimitInvalid => invalid("memory_limit_invalid", "package.limits.memory_kib"),
        Rejection::OutputLimitInvalid => invalid("output_limit_invalid", "package.limits.output_kib"),
        Rejection::PackageTooLarge => {
            problem(StatusCode::PAYLOAD_TOO_LARGE, "package_too_large").at("package")
        }
        Rejection::ExerciseUnknown => problem(StatusCode::NOT_FOUND, "exercise_unknown").at("slug"),
        Rejection::NotItsAuthor => problem(StatusCode::FORBIDDEN, "not_its_author"),
        Rejection::RevisionMismatch { .. } => {
            problem(StatusCode::PRECONDITION_FAILED, "revision_mismatch").at("If-Match")
        }
        Rejection::ExerciseArchived => problem(StatusCode::CONFLICT, "exercise_archived"),
    }
}

fn submission_problem(rejection: submission::Rejection) -> Problem {
    use submission::Rejection;
    let problem = |status, code| Problem::new(status, code, rejection.to_string());
    match rejection {
        Rejection::ExerciseUnknown => problem(StatusCode::NOT_FOUND, "exercise_unknown").at("slug"),
        Rejection::ExerciseNotPublished => {
            problem(StatusCode::NOT_FOUND, "exercise_not_published").at("slug")
        }
        Rejection::ExerciseArchived => problem(StatusCode::CONFLICT, "exercise_archived").at("slug"),
        Rejection::LanguageNotOffered => {
            problem(StatusCode::UNPROCESSABLE_ENTITY, "language_not_offered").at("language")
        }
        Rejection::SourceEmpty => problem(StatusCode::UNPROCESSABLE_ENTITY, "source_empty").at("source"),
        Rejection::SourceTooLarge => problem(StatusCode::PAYLOAD_TOO_LARGE, "source_too_large").at("source"),
        Rejection::InputTooLarge => problem(StatusCode::PAYLOAD_TOO_LARGE, "input_too_large").at("input"),
        Rejection::TooManyPending => {
            problem(StatusCode::TOO_MANY_REQUESTS, "too_many_pending").retry_after(SOON)
        }
    }
}

fn rejudge_problem(rejection: rejudge::Rejection) -> Problem {
    use rejudge::Rejection;
    let problem = |status, code| Problem::new(status, code, rejection.to_string());
    let invalid = |code, field: &'static str| problem(StatusCode::UNPROCESSABLE_ENTITY, code).at(field);
    match rejection {
        Rejection::ReasonInvalid => invalid("reason_invalid", "reason"),
        Rejection::SelectionEmpty => invalid("selection_empty", "exercise"),
        Rejection::RevisionWithoutExercise => invalid("revision_without_exercise", "revision"),
        Rejection::RangeInvalid => invalid("range_invalid", "until"),
        Rejection::SubmissionsTooMany => invalid("submissions_too_many", "submissions"),
        Rejection::ExerciseUnknown => problem(StatusCode::NOT_FOUND, "exercise_unknown"),
        Rejection::NotYours => problem(StatusCode::FORBIDDEN, "rejudge_not_yours"),
        Rejection::TooManyInWork => {
            problem(StatusCode::TOO_MANY_REQUESTS, "too_many_rejudges").retry_after(SOON * 10)
        }
        Rejection::SetUnknown => problem(StatusCode::NOT_FOUND, "rejudge_unknown"),
        Rejection::Cancelled => problem(StatusCode::CONFLICT, "rejudge_cancelled"),
        Rejection::Applied => problem(StatusCode::CONFLICT, "rejudge_applied"),
        Rejection::Incomplete => problem(StatusCode::CONFLICT, "rejudge_incomplete"),
    }
}

fn cohort_problem(rejection: cohort::Rejection) -> Problem {
    use cohort::Rejection;
    let problem = |status, code| Problem::new(status, code, rejection.to_string());
    match rejection {
        Rejection::NameInvalid => problem(StatusCode::UNPROCESSABLE_ENTITY, "name_invalid").at("name"),
        Rejection::CohortUnknown => problem(StatusCode::NOT_FOUND, "cohort_unknown"),
        Rejection::NotYours => problem(StatusCode::FORBIDDEN, "cohort_not_yours"),
        Rejection::Archived => problem(StatusCode::CONFLICT, "cohort_archived"),
        Rejection::InvitationUnknown => problem(StatusCode::NOT_FOUND, "invitation_unknown").at("code"),
        Rejection::InvitationExpired => problem(StatusCode::GONE, "invitation_expired").at("code"),
        Rejection::ExpiryInvalid => {
            problem(StatusCode::UNPROCESSABLE_ENTITY, "expires_at_invalid").at("expires_at")
        }
        Rejection::Full => problem(StatusCode::CONFLICT, "cohort_full"),
        Rejection::TooManyCohorts => problem(StatusCode::CONFLICT, "too_many_cohorts"),
        Rejection::NotAnInstructor => problem(StatusCode::CONFLICT, "not_an_instructor").at("handle"),
        Rejection::InstructorsTooMany => problem(StatusCode::CONFLICT, "too_many_instructors"),
        Rejection::LastInstructor => problem(StatusCode::CONFLICT, "last_instructor").at("handle"),
    }
}

fn parked_problem(rejection: parked::Rejection) -> Problem {
    use parked::Rejection;
    let problem = |status, code| Problem::new(status, code, rejection.to_string());
    let invalid = |code, field: &'static str| problem(StatusCode::UNPROCESSABLE_ENTITY, code).at(field);
    match rejection {
        Rejection::ProjectionInvalid => invalid("projection_invalid", "projection"),
        Rejection::KeyInvalid => invalid("key_invalid", "key"),
        Rejection::ReasonInvalid => invalid("reason_invalid", "reason"),
        Rejection::EventUnknown => problem(StatusCode::NOT_FOUND, "event_unknown").at("sequence"),
    }
}

fn board_problem(rejection: board::Rejection) -> Problem {
    let problem = |status, code| Problem::new(status, code, rejection.to_string());
    match rejection {
        board::Rejection::BoardUnknown => problem(StatusCode::NOT_FOUND, "board_unknown"),
        board::Rejection::NotYours => problem(StatusCode::FORBIDDEN, "board_not_yours"),
    }
}

fn operation_problem(rejection: operation::Rejection) -> Problem {
    use operation::Rejection;
    let detail = rejection.to_string();
    match rejection {
        Rejection::ProjectionUnknown => Problem::new(StatusCode::NOT_FOUND, "projection_unknown", detail),
        Rejection::ReasonInvalid => {
            Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "reason_invalid", detail).at("reason")
        }
    }
}

fn run_problem(error: &RunError) -> Problem {
    let problem = |status, code| Problem::new(status, code, error.to_string());
    let unavailable = |code| problem(StatusCode::SERVICE_UNAVAILABLE, code).retry_after(SOON * 5);
    match error {
        RunError::TooMany { wait } => {
            problem(StatusCode::TOO_MANY_REQUESTS, "too_many_runs").retry_after(*wait)
        }
        RunError::Interactive => problem(StatusCode::UNPROCESSABLE_ENTITY, "input_impossible").at("input"),
        RunError::Busy => unavailable("judges_busy"),
        RunError::NoJudge => unavailable("judge_missing"),
        RunError::Unfinished => unavailable("run_unfinished"),
        RunError::Broker(reason) => {
            tracing::warn!(reason, "judges cannot be asked for a run");
            unavailable("judges_busy")
        }
        RunError::Failed => unavailable("run_failed"),
    }
}

fn append_problem(error: &AppendError) -> Problem {
    match error {
        AppendError::KeyReused => Problem::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "idempotency_key_reused",
            "This Idempotency-Key came with another request before.",
        )
        .at("Idempotency-Key"),
        AppendError::LogFull => {
            tracing::error!("the log is full: nothing can be accepted");
            Problem::new(StatusCode::SERVICE_UNAVAILABLE, "log_full", "The log is full; nothing was written.")
                .retry_after(LATER)
        }
        AppendError::TooLarge { .. } => Problem::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "event_too_large",
            "This does not fit into one event.",
        ),
        AppendError::Unacknowledged { .. } => Problem::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "log_unacknowledged",
            "The log did not answer in time, so nobody knows whether this was written. Repeating the request with the same Idempotency-Key is safe.",
        )
        .retry_after(SOON),
        AppendError::Unavailable => log_unavailable(),
        // Handlers decide again on a conflict; one that comes this far is a contest nobody is winning.
        AppendError::Conflict { .. } => ApiError::Contended.into(),
        AppendError::Refused { .. } | AppendError::Encode(_) => {
            tracing::error!(%error, "an event could not be appended");
            Problem::internal()
        }
    }
}

fn log_problem(error: &LogError) -> Problem {
    match error {
        LogError::Connect(_) | LogError::Request { .. } => {
            tracing::warn!(%error, "the log cannot be read");
            log_unavailable()
        }
        LogError::Refused(_)
        | LogError::Unfit(_)
        | LogError::Regressed { .. }
        | LogError::Trimmed { .. }
        | LogError::Decode(_)
        | LogError::Corrupt { .. } => {
            tracing::error!(%error, "the log holds something unexpected");
            Problem::internal()
        }
    }
}

fn log_unavailable() -> Problem {
    Problem::new(
        StatusCode::SERVICE_UNAVAILABLE,
        "log_unavailable",
        "The event log cannot be reached; nothing was written.",
    )
    .retry_after(SOON)
}
