//! The page at `/`: what there is to ask, until there is a web page proper.

use axum::Router;
use axum::response::Html;
use axum::routing::get;

pub fn router() -> Router {
    Router::new().route("/", get(|| async { Html(include_str!("page.html")) }))
}
