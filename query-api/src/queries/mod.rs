//! The reads, one file per noun, and the list of their routes.

mod achievements;
mod cohorts;
mod exercises;
mod languages;
pub mod leaderboards;
mod learners;
mod me;
mod parked;
mod progress;
mod projections;
mod rejudges;
pub mod submissions;

use crate::app::App;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// Every read. Whoever adds a noun adds a line here and one in the policy table of `access`.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::default()
        .routes(routes!(exercises::list))
        .routes(routes!(exercises::one))
        .routes(routes!(exercises::statistics::statistics))
        .routes(routes!(languages::list))
        .routes(routes!(submissions::one))
        .routes(routes!(submissions::mine))
        .routes(routes!(rejudges::list))
        .routes(routes!(rejudges::one))
        .routes(routes!(rejudges::preview::preview))
        .routes(routes!(cohorts::list))
        .routes(routes!(cohorts::one))
        .routes(routes!(cohorts::members::list))
        .routes(routes!(cohorts::progress::matrix))
        .routes(routes!(parked::list))
        .routes(routes!(parked::one))
        .routes(routes!(me::me))
        .routes(routes!(learners::one))
        .routes(routes!(progress::list))
        .routes(routes!(progress::statistics::statistics))
        .routes(routes!(progress::activity::activity))
        .routes(routes!(achievements::rules))
        .routes(routes!(achievements::of_learner))
        .routes(routes!(projections::list))
        .routes(routes!(projections::one))
        .routes(routes!(leaderboards::list))
        .routes(routes!(leaderboards::around))
        .routes(routes!(leaderboards::standings))
        .routes(routes!(crate::live::live))
        .routes(routes!(crate::live::ws::live))
        .routes(routes!(crate::feed::events))
}
