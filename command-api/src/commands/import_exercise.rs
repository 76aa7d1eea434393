//! `POST /v1/imports`

use super::exercise_body::{ExerciseBody, author};
use super::exercise_status;
use crate::app::App;
use crate::domain::exercise::{Author, Rejection, State as Known, decide_create, decide_revise};
use crate::error::ApiError;
use crate::follow::load_exercise;
use crate::import_rate::IMPORTS_MAX;
use crate::request::{MaybeIfMatch, RawBody, RequestError, Traceparent};
use crate::self_check::{CheckedSubmission, Finding, Judged, SELF_CHECK_WITHIN, SelfCheck, finding};
use access::Caller;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use chassis::log::EventLog;
use chassis::problem::{Problem, ProblemBody};
use chassis::random;
use events::exercise::{Difficulty, ExerciseEvent, Limits};
use events::package;
use exercises::ExerciseFile;
use importer::{ARCHIVE_BYTES_MAX, Chosen, Example, Files, Import, Refused};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::Instant;
use utoipa::ToSchema;

/// Each may hold an archive and what it unpacks to in memory, for as long as its self-check takes.
static PLACES: Semaphore = Semaphore::const_new(2);
const SOON: Duration = Duration::from_secs(10);

/// What a package does not say, or says otherwise than its author wants it here.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wishes {
    #[serde(default)]
    force: bool,
    slug: Option<String>,
    category: Option<String>,
    difficulty: Option<Difficulty>,
    points: Option<u32>,
    #[serde(default)]
    show_first: bool,
}

/// What an import answers: the exercise, and what was found on the way.
#[derive(Debug, Serialize, ToSchema)]
pub struct ExerciseImported {
    /// Also where it is.
    #[schema(example = "sum-of-two")]
    slug: String,
    /// Also the `ETag`.
    #[schema(example = 1)]
    revision: u32,
    /// `draft` when it is new.
    #[schema(example = "draft")]
    status: String,
    /// What the package was read as.
    format: &'static str,
    /// What was not taken over, or otherwise than its author may think.
    warnings: Vec<String>,
    /// The CPU time a test may take, milliseconds, which may follow from the example submissions.
    cpu_ms: u32,
    /// The package's example submissions, judged.
    submissions: Vec<CheckedSubmission>,
}

/// Import an exercise
///
/// The body is a problem package: an ICPC/Kattis one (`legacy`, `2023-07`) as .zip or .tar.gz, or a JSON document of the older
/// platforms; at most 16 MiB. Its example submissions are judged first: if one does not come to what the package
/// says, nothing is changed, unless `force=true`. A new slug becomes a draft; one that is there is revised, and then `If-Match` is
/// required. Answered within two and a half minutes.
#[utoipa::path(
    post,
    path = "/v1/imports",
    tag = "exercises",
    security(("access_token" = [])),
    params(
        ("force" = Option<bool>, Query, description = "Import although the self-check disagrees or cannot be made"),
        ("slug" = Option<String>, Query, description = "Instead of the package's name"),
        ("category" = Option<String>, Query, description = "Instead of its first keyword, or `imported`"),
        ("difficulty" = Option<String>, Query, description = "`easy`, `medium` or `hard`; packages of Kattis say none"),
        ("points" = Option<u32>, Query, description = "Instead of what its groups are worth, or what goes with the difficulty"),
        ("show_first" = Option<bool>, Query, description = "Learners see the first hidden test if there is no sample"),
        ("If-Match" = Option<String>, Header, description = "The revision that is changed, when there is one", example = "\"1\"")
    ),
    request_body(content = Vec<u8>, description = "The package", content_type = "application/octet-stream"),
    responses(
        (status = 200, description = "The new revision, or the one that reads like it already", body = ExerciseImported,
            headers(("Laurel-Position" = String, description = "What was written"), ("ETag" = String))),
        (status = 201, description = "The draft", body = ExerciseImported,
            headers(("Laurel-Position" = String, description = "What was written"), ("ETag" = String))),
        (status = 400, description = "`if_match_invalid`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "`not_its_author`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "`exercise_unknown`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "`slug_taken`, `exercise_archived`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 412, description = "`revision_mismatch`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 413, description = "`package_too_large`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "`package_unreadable`; `self_check_failed`, with the members `submissions` and `warnings` as in success; and those of creating", body = ProblemBody, content_type = "application/problem+json"),
        (status = 428, description = "`if_match_required`: there is an exercise with this slug", body = ProblemBody, content_type = "application/problem+json"),
        (status = 429, description = "`too_many_imports`: ten of this author within a minute", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "`imports_busy`; `self_check_unfinished`, with the members `submissions` and `warnings`", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub async fn import_exercise(
    State(app): State<App>,
    caller: Caller,
    MaybeIfMatch(revision): MaybeIfMatch,
    Traceparent(traceparent): Traceparent,
    wishes: Result<Query<Wishes>, QueryRejection>,
    RawBody(body): RawBody<ARCHIVE_BYTES_MAX>,
) -> Result<Response, Problem> {
    let log = app.log()?;
    let Query(wishes) = wishes.map_err(|refused| {
        let (field, reason) = ("query".to_owned(), refused.body_text());
        ApiError::from(RequestError::FieldInvalid { field, reason })
    })?;
    app.import_rate.count(caller.learner_id, app.clock.now()).map_err(|wait| {
        let detail = format!("You have begun {IMPORTS_MAX} imports within a minute.");
        Problem::new(StatusCode::TOO_MANY_REQUESTS, "too_many_imports", detail).retry_after(wait)
    })?;
    let Ok(place) = PLACES.try_acquire().map(Arc::new) else {
        let detail = "Other packages are being imported; try again in a while.";
        return Err(Problem::new(StatusCode::SERVICE_UNAVAILABLE, "imports_busy", detail).retry_after(SOON));
    };
    let chosen = Chosen {
        slug: wishes.slug,
        category: wishes.category,
        difficulty: wishes.difficulty,
        points: wishes.points,
        show_first: wishes.show_first,
    };
    let import = read(body.to_vec(), chosen, place.clone()).await?;

    // Decided before anything is stored or judged, so that what would be refused anyway costs nothing.
    let author = author(&caller);
    let (known, _) = load_exercise(log, &import.exercise.slug).await?;
    let draft = Draft { exercise: import.exercise.clone(), revision, author };
    draft.decide(known.clone())?;

    let checked = check(&app, log, import, &place).await?;
    if !wishes.force {
        checked.refuse()?;
    }
    let draft = Draft { exercise: checked.import.exercise.clone(), ..draft };
    let (_, package, digest) = body_of(&draft.exercise).split()?;
    log.put_package(&digest, &package).await.map_err(ApiError::from)?;
    let slug = draft.exercise.slug.clone();
    let written =
        exercise_status::change(&app, &slug, traceparent, |state| draft.decide_change(state)).await?;
    Ok(checked.answer(written, known.is_none(), &app, &slug))
}

/// An import's place, for whatever goes on when who asked has hung up.
type ImportPlace = Arc<SemaphorePermit<'static>>;

/// Unpacking and reading take a processor for a while.
async fn read(body: Vec<u8>, chosen: Chosen, place: ImportPlace) -> Result<Import, Problem> {
    let reading = tokio::task::spawn_blocking(move || {
        let _place = place;
        importer::read(&Files::of_archive(&body)?, &chosen)
    });
    let read = reading
        .await
        .map_err(|error| ApiError::Internal(format!("reading a package was cut off: {error}")))?;
    read.map_err(|Refused { file, reason }| {
        let detail = format!("{file}: {reason}.");
        Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "package_unreadable", detail).at(file)
    })
}

/// What is to be written, and what was said about what is there.
struct Draft {
    exercise: ExerciseFile,
    revision: Option<u32>,
    author: Author,
}

impl Draft {
    /// `None`: it reads like that already.
    fn decide(&self, state: Known) -> Result<Option<ExerciseEvent>, ApiError> {
        let (content, _, digest) = body_of(&self.exercise).split()?;
        match (&state, self.revision) {
            (None, None) => {
                let slug = self.exercise.slug.clone();
                let created = decide_create(&state, slug, content, digest, self.author)?;
                Ok(Some(ExerciseEvent::Created(created)))
            }
            (Some(_), None) => Err(RequestError::IfMatchRequired.into()),
            (_, Some(revision)) => {
                let revised = decide_revise(state, content, digest, revision, self.author)?;
                Ok(revised.map(ExerciseEvent::Revised))
            }
        }
    }

    /// The same, when it is written: who was faster meanwhile has the slug.
    fn decide_change(&self, state: Known) -> Result<Option<ExerciseEvent>, Rejection> {
        self.decide(state).map_err(|error| match error {
            ApiError::Exercise(rejection) => rejection,
            _ => Rejection::SlugTaken,
        })
    }
}

fn body_of(exercise: &ExerciseFile) -> ExerciseBody {
    let exercise = exercise.clone();
    ExerciseBody {
        slug: Some(exercise.slug),
        title: exercise.title,
        statement: exercise.statement,
        category: exercise.category,
        difficulty: exercise.difficulty,
        points: exercise.points,
        languages: exercise.languages,
        package: exercise.package,
    }
}

/// A package that is stored for one self-check, which judges read it for, and is forgotten with this: also when who asked
/// has hung up. What is imported is stored anew.
struct CheckedPackage {
    log: EventLog,
    digest: String,
}

impl CheckedPackage {
    /// White space at its end gives it a digest that no exercise and no other import has; else forgetting it could take away
    /// what somebody else has just found to be there already.
    async fn store(log: &EventLog, exercise: &ExerciseFile) -> Result<Self, ApiError> {
        let (_, mut package, _) = body_of(exercise).split()?;
        let number = u128::from_ne_bytes(random::bytes());
        package.push(b'\n');
        package.extend((0..u128::BITS).map(|bit| if number >> bit & 1 == 0 { b' ' } else { b'\t' }));
        let stored = Self { log: log.clone(), digest: package::digest(&package) };
        stored.log.put_package(&stored.digest, &package).await?;
        Ok(stored)
    }
}

impl Drop for CheckedPackage {
    fn drop(&mut self) {
        let (log, digest) = (self.log.clone(), std::mem::take(&mut self.digest));
        tokio::spawn(async move {
            if let Err(error) = log.remove_package(&digest).await {
                tracing::warn!(%error, digest, "a self-check's package stays in the bucket");
            }
        });
    }
}

/// A package whose examples have been judged; its time limit is settled.
struct Checked {
    import: Import,
    judged: Vec<Judged>,
}

async fn check(
    app: &App,
    log: &EventLog,
    mut import: Import,
    place: &ImportPlace,
) -> Result<Checked, ApiError> {
    let check = SelfCheck {
        runs: &app.runs,
        clock: &app.clock,
        place,
        deadline: app.clock.now() + SELF_CHECK_WITHIN,
        ends: Instant::now() + SELF_CHECK_WITHIN.to_std().unwrap_or_default(),
        test_names: &import.test_names,
        points: import.exercise.points,
    };
    let stored = CheckedPackage::store(log, &import.exercise).await?;
    let Some(measured) = import.measured else {
        let judged = check.judge(&stored.digest, &import.examples.iter().collect::<Vec<_>>()).await;
        return Ok(Checked { import, judged });
    };
    // The limit follows from those that must be accepted; the others have to be judged by it.
    let (accepted, others): (Vec<&Example>, Vec<&Example>) =
        import.examples.iter().partition(|example| example.expected.is_accepted());
    let mut judged = check.judge(&stored.digest, &accepted).await;
    let slowest = judged.iter().filter(|one| one.shown.agrees == Some(true)).map(|one| one.slowest_ms).max();
    let mut exercise = import.exercise.clone();
    exercise.package.limits.cpu_ms =
        slowest.map_or(Limits::default().cpu_ms, |slowest| measured.limit_ms(slowest));
    let stored = CheckedPackage::store(log, &exercise).await?;
    judged.extend(check.judge(&stored.digest, &others).await);
    import.exercise = exercise;
    Ok(Checked { import, judged })
}

impl Checked {
    fn refuse(&self) -> Result<(), Problem> {
        let (status, code, detail) = match finding(&self.judged) {
            Finding::Agrees => return Ok(()),
            Finding::Disagrees(count) => {
                let all = self.judged.len();
                let detail = format!(
                    "{count} of {all} example submissions came to something else than the package says."
                );
                (StatusCode::UNPROCESSABLE_ENTITY, "self_check_failed", detail)
            }
            Finding::NoneAccepted => {
                let detail = "There is no example submission that must be accepted and could be judged.";
                (StatusCode::UNPROCESSABLE_ENTITY, "self_check_failed", detail.to_owned())
            }
            Finding::Unfinished => {
                let detail = "The judges had no time for all of the example submissions.";
                (StatusCode::SERVICE_UNAVAILABLE, "self_check_unfinished", detail.to_owned())
            }
        };
        let detail = format!("{detail} Nothing was imported; force=true imports it all the same.");
        let problem = Problem::new(status, code, detail)
            .with("submissions", json!(self.submissions()))
            .with("warnings", json!(self.warnings()));
        Err(if status == StatusCode::SERVICE_UNAVAILABLE { problem.retry_after(SOON) } else { problem })
    }

    fn submissions(&self) -> Vec<&CheckedSubmission> {
        self.judged.iter().map(|one| &one.shown).collect()
    }

    fn warnings(&self) -> Vec<String> {
        self.import.warnings.iter().map(ToString::to_string).collect()
    }

    /// `written` has the headers that say what was written.
    fn answer(self, written: Response, is_new: bool, app: &App, slug: &str) -> Response {
        let known = app.catalogue.find(slug).map(|(exercise, _)| (exercise.revision, exercise.status.name()));
        let (revision, status) = known.unwrap_or_default();
        let body = ExerciseImported {
            slug: slug.to_owned(),
            revision,
            status: status.to_owned(),
            format: self.import.format,
            warnings: self.warnings(),
            cpu_ms: self.import.exercise.package.limits.cpu_ms,
            submissions: self.judged.into_iter().map(|one| one.shown).collect(),
        };
        let (parts, _) = written.into_parts();
        let mut response = axum::Json(body).into_response();
        let kept = parts.headers.into_iter().filter_map(|(name, value)| Some((name?, value)));
        let kept = kept.filter(|(name, _)| name == "etag" || name == "laurel-position");
        response.headers_mut().extend(kept);
        if is_new {
            *response.status_mut() = StatusCode::CREATED;
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use crate::domain::exercise;
    use importer::Bounds;

    #[test]
    fn the_importer_knows_what_is_taken() {
        assert_eq!(Bounds::TESTS_MAX, exercise::TESTS_MAX);
        assert_eq!(Bounds::PACKAGE_BYTES_MAX, exercise::PACKAGE_BYTES_MAX);
        assert_eq!(Bounds::SAMPLES_BYTES_MAX, exercise::SAMPLES_BYTES_MAX);
        assert_eq!(Bounds::STATEMENT_BYTES_MAX, exercise::STATEMENT_BYTES_MAX);
        assert_eq!(Bounds::TITLE_CHARS_MAX, exercise::TITLE_CHARS_MAX);
        assert_eq!(Bounds::POINTS_MAX, *exercise::POINTS.end());
        assert_eq!(Bounds::CPU_MS_MIN..=Bounds::CPU_MS_MAX, exercise::CPU_MS);
        assert_eq!(Bounds::MEMORY_KIB_MIN..=Bounds::MEMORY_KIB_MAX, exercise::MEMORY_KIB);
        assert_eq!(Bounds::OUTPUT_KIB_MAX, *exercise::OUTPUT_KIB.end());
    }
}
