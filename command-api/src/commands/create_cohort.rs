//! `POST /v1/cohorts`

use super::cohort::{CohortChanged, actor, answer};
use crate::app::App;
use crate::cohorts;
use crate::domain::cohort::{decide_create, invited};
use crate::error::ApiError;
use crate::invitation::Code;
use crate::request::{IdempotencyKey, JsonBody, Traceparent};
use access::Caller;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::LOCATION;
use axum::response::{IntoResponse, Response};
use chassis::problem::ProblemBody;
use events::cohort::{CohortEvent, InvitationEvent, InvitationMade};
use events::{CohortId, Event, EventId, InvitationId, NewEvent};
use serde::Deserialize;
use utoipa::ToSchema;

const ROUTE: &str = "/v1/cohorts";
const BODY_BYTES_MAX: usize = 4 * 1_024;
/// Of a cohort's first invitation.
const FIRST: u32 = 1;

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateCohort {
    /// 1 to 100 characters in one line, shown to members. It is kept for ever, so it names nobody.
    #[schema(example = "Programming 1")]
    name: String,
}

/// Make a class
///
/// The caller leads it. Whoever is told the answer's `code` may join. With an `Idempotency-Key` a repeated request gets
/// the cohort it made.
#[utoipa::path(
    post,
    path = "/v1/cohorts",
    tag = "cohorts",
    security(("access_token" = [])),
    params(("Idempotency-Key" = Option<String>, Header)),
    request_body = CreateCohort,
    responses(
        (status = 201, description = "The cohort and its invitation's code", body = CohortChanged,
            headers(("Laurel-Position" = String, description = "What was written"), ("Location" = String))),
        (status = 400, description = "`idempotency_key_invalid`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "`name_invalid`, `idempotency_key_reused`", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub async fn create_cohort(
    State(app): State<App>,
    caller: Caller,
    IdempotencyKey(idempotency_key): IdempotencyKey,
    Traceparent(traceparent): Traceparent,
    JsonBody(request): JsonBody<CreateCohort, BODY_BYTES_MAX>,
) -> Result<Response, ApiError> {
    let log = app.log()?;
    let actor_id = idempotency_key.as_ref().map(|_| caller.learner_id.to_string()).unwrap_or_default();
    let id = app.event_id(&actor_id, ROUTE, idempotency_key.as_deref());
    let request_digest =
        idempotency_key.as_ref().map(|_| app.digests.request(&[b"cohort", request.name.as_bytes()]));
    let cohort_id = CohortId(id.0);
    let code = Code::derived(&app.digests, cohort_id, FIRST);
    let created = decide_create(&request.name, cohort_id, actor(&caller))?;
    let created = invited(created, FIRST, code.id(&app.digests));
    let event = CohortEvent::Created(created.clone());
    let (made, named) = with_invitation(&app, id, event, code.id(&app.digests));
    let wire = |event: NewEvent| {
        let (request_digest, traceparent) = (request_digest.clone(), traceparent.clone());
        NewEvent { request_digest, traceparent, ..event }.to_wire()
    };
    let appended = log.append_all_expecting(vec![(wire(made)?, 0), (wire(named)?, 0)]).await?;
    // What a repeated request made may have changed since: a code that is void is not told as if it were good.
    let (cohort, sequence) = match cohorts::load(log, cohort_id).await? {
        (Some(cohort), last) if appended.duplicate => (cohort, last),
        _ => (created, appended.sequence),
    };
    let code = Some(&code).filter(|code| cohort.invitation == Some(code.id(&app.digests)));
    let location = format!("/v1/cohorts/{cohort_id}");
    let answer = answer(&cohort, sequence, code);
    Ok((StatusCode::CREATED, [(LOCATION, location)], answer).into_response())
}

/// The two events by which a cohort gets an invitation: it is made, and the cohort names it.
pub fn with_invitation(
    app: &App,
    id: EventId,
    naming: CohortEvent,
    invitation_id: InvitationId,
) -> (NewEvent, NewEvent) {
    let made = InvitationMade { invitation_id, cohort_id: naming.cohort().cohort_id };
    let made = Event::Invitation(InvitationEvent::Made(made));
    (app.event(EventId::following(id, "invitation"), made), app.event(id, Event::Cohort(naming)))
}
