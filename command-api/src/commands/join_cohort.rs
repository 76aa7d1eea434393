//! `POST /v1/cohorts/join`

use super::cohort::{MembershipChanged, membership};
use crate::app::App;
use crate::auth::address::ClientAddress;
use crate::cohorts;
use crate::domain::account;
use crate::domain::cohort::{Rejection, decide_join};
use crate::error::ApiError;
use crate::invitation::Code;
use crate::request::{JsonBody, Traceparent};
use access::Caller;
use axum::extract::State;
use axum::response::Response;
use chassis::problem::ProblemBody;
use events::cohort::{Cohort, MembershipEvent};
use events::{InvitationId, LearnerId};
use serde::Deserialize;
use utoipa::ToSchema;

const BODY_BYTES_MAX: usize = 4 * 1_024;

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct JoinCohort {
    /// As an instructor told it. Case, hyphens and spaces do not matter.
    #[schema(example = "7QMK-3XTN-9PWR")]
    code: String,
}

/// Join a class
///
/// Its instructors and members see the caller's handle and points from then on. Joining again changes nothing. Codes that
/// nobody is invited by are counted like wrong passwords.
#[utoipa::path(
    post,
    path = "/v1/cohorts/join",
    tag = "cohorts",
    security(("access_token" = [])),
    request_body = JoinCohort,
    responses(
        (status = 200, description = "A member, from now on or before", body = MembershipChanged,
            headers(("Laurel-Position" = String, description = "What was written, or found written"))),
        (status = 404, description = "`invitation_unknown`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "`cohort_archived`, `cohort_full`: 10,000 members, `too_many_cohorts`: 50 of this learner", body = ProblemBody, content_type = "application/problem+json"),
        (status = 410, description = "`invitation_expired`, `account_erased`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 429, description = "`too_many_attempts`: ten unknown codes within a minute", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub async fn join_cohort(
    State(app): State<App>,
    caller: Caller,
    ClientAddress(address): ClientAddress,
    Traceparent(traceparent): Traceparent,
    JsonBody(request): JsonBody<JoinCohort, BODY_BYTES_MAX>,
) -> Result<Response, ApiError> {
    app.log()?;
    let learner = caller.learner_id;
    let attempt = app.throttle.attempt(&format!("invitations.{learner}"), address, app.clock.now())?;
    let found = find(&app, &request.code).await;
    // Only a code that nobody is invited by counts as a wrong guess.
    if !matches!(found, Ok(None)) {
        attempt.give_back();
    }
    let (cohort, invitation) = found?.ok_or(Rejection::InvitationUnknown)?;
    refuse_erased(&app, learner).await?;
    let sequence = cohorts::change_membership(&app, learner, traceparent, |cohorts| {
        let members = app.members.of(cohort.cohort_id);
        let now = app.clock.now();
        let joined = decide_join(Some(cohort.clone()), invitation, cohorts, members, learner, now)?;
        Ok(joined.map(MembershipEvent::Joined))
    })
    .await?;
    // Erasing takes a learner out of what it finds them in; who joined behind its back leaves here.
    if let Err(error) = refuse_erased(&app, learner).await {
        cohorts::leave_all(&app, learner).await?;
        return Err(error);
    }
    Ok(membership(cohort.cohort_id, learner, true, sequence))
}

/// The cohort that this code invites to, if it does so now.
async fn find(app: &App, code: &str) -> Result<Option<(Cohort, InvitationId)>, ApiError> {
    let Some(code) = Code::parse(code) else { return Ok(None) };
    let invitation = code.id(&app.digests);
    let cohort = cohorts::load_invited(app.log()?, invitation).await?;
    Ok(cohort.filter(|cohort| cohort.invitation == Some(invitation)).map(|cohort| (cohort, invitation)))
}

/// An access token outlives its account by minutes.
async fn refuse_erased(app: &App, learner: LearnerId) -> Result<(), ApiError> {
    if cohorts::is_erased(app, learner).await? {
        return Err(account::Rejection::AccountErased.into());
    }
    Ok(())
}
