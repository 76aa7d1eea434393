//! `/openapi.json`, and a page that shows it. The page's files are in the binary: it works without the internet. And
//! `/asyncapi.json`: the facts, with a schema of each.

use axum::Router;
use axum::http::header::CONTENT_TYPE;
use axum::routing::get;
use utoipa::openapi::OpenApi;
use utoipa_swagger_ui::SwaggerUi;

pub fn router(document: OpenApi) -> Router {
    let facts = get(async || ([(CONTENT_TYPE, "application/json")], events::schema::ASYNCAPI));
    Router::from(SwaggerUi::new("/docs").url("/openapi.json", document)).route("/asyncapi.json", facts)
}
