//! `POST` and `DELETE /v1/cohorts/{id}/invitation`

use super::cohort::{About, CohortChanged, answer};
use super::create_cohort::with_invitation;
use crate::accounts::ATTEMPTS_MAX;
use crate::app::App;
use crate::cohorts;
use crate::domain::cohort::{Invitation, Inviting, decide_invite, decide_withdraw, invited};
use crate::error::ApiError;
use crate::invitation::Code;
use crate::request::JsonBody;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use chassis::log::AppendError;
use chassis::problem::ProblemBody;
use chassis::random;
use chrono::{DateTime, Utc};
use events::cohort::{Cohort, CohortEvent};
use events::{Event, EventId, NewEvent};
use serde::Deserialize;
use utoipa::ToSchema;

const BODY_BYTES_MAX: usize = 4 * 1_024;

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Invite {
    /// `true`: another code, and the one before is void. `false` (the default): the code there is, or one if there is
    /// none.
    #[serde(default)]
    renew: bool,
    /// From when on the code is good no more: within a year. If absent, the code there is stays as it is, also if it has
    /// expired, and another one does not expire.
    #[serde(default)]
    expires_at: Option<DateTime<Utc>>,
}

/// Invite to a cohort
///
/// Answers the `code` by which learners join, and the `link` to where they do: tell them either. One code is good at a time;
/// one that has expired is answered with the time it did, until it is renewed or a later time is asked for: both give another
/// code. After removing a member, renew it, or they may join again.
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
        (status = 422, description = "`expires_at_invalid`", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub async fn invite_to_cohort(
    State(app): State<App>,
    about: About,
    JsonBody(request): JsonBody<Invite, BODY_BYTES_MAX>,
) -> Result<Response, ApiError> {
    let wanted = Invitation { renew: request.renew, expires_at: request.expires_at };
    let (cohort, sequence, code) = invite(&app, wanted, about).await?;
    Ok(answer(&cohort, sequence, Some(&code)).into_response())
}

async fn invite(app: &App, wanted: Invitation, about: About) -> Result<(Cohort, u64, Code), ApiError> {
    let About { cohort_id, actor, traceparent } = about;
    let log = app.log()?;
    let told = |cohort: Cohort, sequence| {
        let code = Code::derived(&app.digests, cohort_id, cohort.invitations);
        (cohort, sequence, code)
    };
    let wire = |event| NewEvent { traceparent: traceparent.clone(), ..event }.to_wire();
    for attempt in 1..=ATTEMPTS_MAX {
        let (state, last) = cohorts::load(log, cohort_id).await?;
        let id = EventId(random::uuid(&app.clock));
        let (cohort, appended) = match decide_invite(state, wanted, actor, app.clock.now())? {
            Inviting::Keep(cohort) => return Ok(told(cohort, last)),
            Inviting::Date(cohort) => {
                let dated = CohortEvent::InvitationChanged(cohort.clone());
                let dated = wire(app.event(id, Event::Cohort(dated)))?;
                (cohort, log.append_expecting(dated, last).await)
            }
            Inviting::Renew(cohort) => {
                // The attempt goes in, because a conflict may also be about a code that is another cohort's.
                let number = cohort.invitations + u32::try_from(attempt).unwrap_or(u32::MAX);
                let invitation = Code::derived(&app.digests, cohort_id, number).id(&app.digests);
                let cohort = invited(cohort, number, invitation);
                let event = CohortEvent::InvitationChanged(cohort.clone());
                let (made, named) = with_invitation(app, id, event, invitation);
                let batch = vec![(wire(made)?, 0), (wire(named)?, last)];
                (cohort, log.append_all_expecting(batch).await)
            }
        };
        match appended {
            Ok(appended) => return Ok(told(cohort, appended.sequence)),
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
pub async fn withdraw_invitation(State(app): State<App>, about: About) -> Result<Response, ApiError> {
    about.change(&app, decide_withdraw).await
}
