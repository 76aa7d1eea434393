//! `POST` and `DELETE /v1/cohorts/{id}/invitation`

use super::cohort::{CohortChanged, actor, answer, cohort_id};
use super::create_cohort::with_invitation;
use crate::accounts::ATTEMPTS_MAX;
use crate::app::App;
use crate::cohorts;
use crate::domain::cohort::{Actor, Inviting, decide_invite, decide_withdraw, invited};
use crate::error::ApiError;
use crate::invitation::Code;
use crate::request::{JsonBody, PathText, Traceparent};
use access::Caller;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use chassis::log::AppendError;
use chassis::problem::ProblemBody;
use chassis::random;
use events::cohort::{Cohort, CohortEvent};
use events::{CohortId, EventId, NewEvent};
use serde::Deserialize;
use utoipa::ToSchema;

const BODY_BYTES_MAX: usize = 4 * 1_024;

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Invite {
    /// `true`: another code, and the one before is void. `false` (the default): the code that is good, or one if there is
    /// none.
    #[serde(default)]
    renew: bool,
}

/// Invite to a cohort
///
/// Answers the `code` by which learners join: tell it to them. One code is good at a time. After removing a member, renew
/// it, or they may join again.
#[utoipa::path(
    post,
    path = "/v1/cohorts/{id}/invitation",
    tag = "cohorts",
    security(("access_token" = [])),
    params(("id" = uuid::Uuid, Path)),
    request_body = Invite,
    responses(
        (status = 200, description = "The cohort and its invitation's code", body = CohortChanged,
            headers(("Laurel-Position" = String, description = "What was written, or found written"))),
        (status = 403, description = "`cohort_not_yours`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "`cohort_unknown`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "`cohort_archived`", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub async fn invite_to_cohort(
    State(app): State<App>,
    caller: Caller,
    PathText(id): PathText,
    Traceparent(traceparent): Traceparent,
    JsonBody(request): JsonBody<Invite, BODY_BYTES_MAX>,
) -> Result<Response, ApiError> {
    let invited = invite(&app, cohort_id(&id)?, request.renew, actor(&caller), traceparent).await?;
    let (cohort, sequence, code) = invited;
    Ok(answer(&cohort, sequence, Some(&code)).into_response())
}

async fn invite(
    app: &App,
    cohort_id: CohortId,
    renew: bool,
    actor: Actor,
    traceparent: Option<String>,
) -> Result<(Cohort, u64, Code), ApiError> {
    let log = app.log()?;
    for attempt in 1..=ATTEMPTS_MAX {
        let (state, last) = cohorts::load(log, cohort_id).await?;
        let cohort = match decide_invite(state, renew, actor)? {
            Inviting::Keep(cohort) => {
                let code = Code::derived(&app.digests, cohort_id, cohort.invitations);
                return Ok((cohort, last, code));
            }
            Inviting::Renew(cohort) => cohort,
        };
        // The attempt goes in, because a conflict may also be about a code that is another cohort's.
        let number = cohort.invitations + u32::try_from(attempt).unwrap_or(u32::MAX);
        let code = Code::derived(&app.digests, cohort_id, number);
        let invitation = code.id(&app.digests);
        let cohort = invited(cohort, number, invitation);
        let id = EventId(random::uuid(&app.clock));
        let event = CohortEvent::InvitationChanged(cohort.clone());
        let (made, named) = with_invitation(app, id, event, invitation);
        let wire = |event| NewEvent { traceparent: traceparent.clone(), ..event }.to_wire();
        match log.append_all_expecting(vec![(wire(made)?, 0), (wire(named)?, last)]).await {
            Ok(appended) => return Ok((cohort, appended.sequence, code)),
            Err(AppendError::Conflict { .. }) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(ApiError::Contended)
}

/// Withdraw an invitation
///
/// Its code is void, and nobody can join before there is another.
#[utoipa::path(
    delete,
    path = "/v1/cohorts/{id}/invitation",
    tag = "cohorts",
    security(("access_token" = [])),
    params(("id" = uuid::Uuid, Path)),
    responses(
        (status = 200, description = "The cohort as it stands", body = CohortChanged,
            headers(("Laurel-Position" = String, description = "What was written, or found written"))),
        (status = 403, description = "`cohort_not_yours`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "`cohort_unknown`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "`cohort_archived`", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub async fn withdraw_invitation(
    State(app): State<App>,
    caller: Caller,
    PathText(id): PathText,
    Traceparent(traceparent): Traceparent,
) -> Result<Response, ApiError> {
    let actor = actor(&caller);
    let decide = |state| decide_withdraw(state, actor);
    let (cohort, sequence) = cohorts::change(&app, cohort_id(&id)?, traceparent, decide).await?;
    Ok(answer(&cohort, sequence, None).into_response())
}
