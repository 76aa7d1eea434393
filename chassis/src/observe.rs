//! What operators look at: `/health/live`, `/health/ready`, `/metrics`.

use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use prometheus_client::registry::Registry;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

/// What a process is still waiting for. Ready when nothing is left. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Readiness {
    waiting: Arc<Mutex<BTreeMap<&'static str, String>>>,
}

impl Readiness {
    /// Not ready because of `part`, until [`Readiness::ready`].
    pub fn waiting_for(&self, part: &'static str, why: impl Into<String>) {
        self.lock().insert(part, why.into());
    }

    pub fn ready(&self, part: &'static str) {
        self.lock().remove(part);
    }

    pub fn reasons(&self) -> BTreeMap<&'static str, String> {
        self.lock().clone()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, BTreeMap<&'static str, String>> {
        self.waiting.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

/// Health and metrics of one process, shared by everything in it.
#[derive(Debug, Clone, Default)]
pub struct Observatory {
    pub readiness: Readiness,
    registry: Arc<Mutex<Registry>>,
}

impl Observatory {
    /// Lets a service register its metrics.
    pub fn register(&self, declare: impl FnOnce(&mut Registry)) {
        declare(&mut self.registry.lock().unwrap_or_else(std::sync::PoisonError::into_inner));
    }

    /// The metrics in OpenMetrics text form.
    pub fn metrics(&self) -> Result<String, std::fmt::Error> {
        let registry = self.registry.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let mut text = String::new();
        prometheus_client::encoding::text::encode(&mut text, &registry)?;
        Ok(text)
    }

    pub fn router(&self) -> Router {
        Router::new()
            .route("/health/live", get(|| async { "alive" }))
            .route("/health/ready", get(ready))
            .route("/metrics", get(metrics))
            .with_state(self.clone())
    }
}

async fn ready(State(observatory): State<Observatory>) -> Response {
    let reasons = observatory.readiness.reasons();
    let status = if reasons.is_empty() { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, axum::Json(serde_json::json!({ "ready": reasons.is_empty(), "waiting_for": reasons })))
        .into_response()
}

async fn metrics(State(observatory): State<Observatory>) -> Response {
    match observatory.metrics() {
        Ok(text) => {
            ([(header::CONTENT_TYPE, "application/openmetrics-text; version=1.0.0; charset=utf-8")], text)
                .into_response()
        }
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}
