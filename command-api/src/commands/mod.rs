//! The list of routes; `access::policy` says who may call them.

mod apply_rejudge;
mod archive_cohort;
mod archive_exercise;
mod cancel_rejudge;
mod change_instructors;
mod change_roles;
mod cohort;
mod create_cohort;
mod create_exercise;
mod erase_account;
mod exercise_body;
mod exercise_status;
mod freeze_board;
mod import_exercise;
mod invite_to_cohort;
mod join_cohort;
mod leave_cohort;
mod log_in;
mod log_out;
mod order_build;
mod parked_keys;
mod publish_exercise;
mod refresh_token;
mod register;
mod rejudge_set;
mod rename_cohort;
mod request_rejudge;
mod revise_exercise;
mod run_solution;
mod submit_solution;

use crate::app::App;
use chassis::problem::ProblemBody;
use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityScheme};
use utoipa::{Modify, OpenApi};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// Every command.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::with_openapi(Description::openapi())
        .routes(routes!(register::register))
        .routes(routes!(log_in::log_in))
        .routes(routes!(refresh_token::refresh_token))
        .routes(routes!(log_out::log_out))
        .routes(routes!(erase_account::erase_account))
        .routes(routes!(change_roles::change_roles))
        .routes(routes!(create_exercise::create_exercise))
        .routes(routes!(revise_exercise::revise_exercise))
        .routes(routes!(import_exercise::import_exercise))
        .routes(routes!(publish_exercise::publish_exercise))
        .routes(routes!(archive_exercise::archive_exercise))
        .routes(routes!(submit_solution::submit_solution))
        .routes(routes!(run_solution::run_solution))
        .routes(routes!(request_rejudge::request_rejudge))
        .routes(routes!(apply_rejudge::apply_rejudge))
        .routes(routes!(cancel_rejudge::cancel_rejudge))
        .routes(routes!(freeze_board::freeze_board))
        .routes(routes!(freeze_board::unfreeze_board))
        .routes(routes!(order_build::rebuild_projection))
        .routes(routes!(order_build::verify_projection))
        .routes(routes!(order_build::roll_back_projection))
        .routes(routes!(order_build::abort_projection))
        .routes(routes!(create_cohort::create_cohort))
        .routes(routes!(rename_cohort::rename_cohort))
        .routes(routes!(archive_cohort::archive_cohort))
        .routes(routes!(invite_to_cohort::invite_to_cohort, invite_to_cohort::withdraw_invitation))
        .routes(routes!(change_instructors::add_instructor, change_instructors::remove_instructor))
        .routes(routes!(join_cohort::join_cohort))
        .routes(routes!(leave_cohort::leave_cohort))
        .routes(routes!(leave_cohort::remove_member))
        .routes(routes!(parked_keys::redrive_parked_key))
        .routes(routes!(parked_keys::discard_parked_event))
}

/// OpenAPI 3.1 of every command.
pub fn openapi() -> utoipa::openapi::OpenApi {
    access::document::complete(routes().into_openapi())
}

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Laurel commands",
        description = "Commands change what is so, by appending events. A command that succeeds answers `Laurel-Position`: give it to a read, and the read is not older.\n\nEvery error is `application/problem+json` with a stable `code`. Besides those named at each route, every route may answer 401 `token_missing`, `token_expired`, `token_invalid`; 403 `not_allowed`; 400 `body_not_json`, `body_not_utf8`, `body_interrupted`; 413 `body_too_large`; 415 `content_type_unsupported`; 422 `field_missing`, `field_unknown`, `field_invalid`; 503 `log_unavailable`, `log_full`, `log_unacknowledged`, `contended`; 500 `internal`."
    ),
    components(schemas(ProblemBody)),
    modifiers(&BearerToken)
)]
struct Description;

struct BearerToken;

impl Modify for BearerToken {
    fn modify(&self, openapi: &mut utoipa::openapi::OpenApi) {
        let components = openapi.components.get_or_insert_default();
        components
            .add_security_scheme("access_token", SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer)));
    }
}
