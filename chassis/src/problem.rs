//! Errors over HTTP: `application/problem+json` (RFC 9457), and the layers every HTTP surface of Laurel has around it.
//!
//! A problem's `code` is stable and is what a program looks at; `title` and `detail` are for people. `type` is the code
//! as a URI that names the problem and is not meant to be fetched.

use crate::headers;
use axum::Router;
use axum::extract::Request;
use axum::http::header::{CONTENT_TYPE, RETRY_AFTER};
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::any::Any;
use std::borrow::Cow;
use std::time::Duration;
use tower_http::catch_panic::CatchPanicLayer;
use utoipa::ToSchema;
use uuid::Uuid;

/// Answered with every response; a request may bring its own (1 to 64 characters of `A-Za-z0-9_.-`).
pub const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// What a [`Problem`]'s `type` begins with.
pub const TYPE_PREFIX: &str = "https://laurel.invalid/problems/";

/// Something that went wrong, as a client sees it. Small, because every handler's result carries it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem(Box<Parts>);

#[derive(Debug, Clone, PartialEq, Eq)]
struct Parts {
    status: StatusCode,
    code: &'static str,
    detail: Cow<'static, str>,
    field: Option<Cow<'static, str>>,
    retry_after: Option<Duration>,
    members: Map<String, Value>,
}

/// The body of a problem as it stands on the wire.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = Problem)]
pub struct ProblemBody {
    /// A URI that names the kind of problem: `https://laurel.invalid/problems/<code>`.
    #[serde(rename = "type")]
    pub kind: String,
    /// The HTTP status in words.
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    /// Stable name of the kind of problem.
    #[schema(example = "handle_taken")]
    pub code: String,
    /// What happened, for a person.
    pub detail: String,
    /// The field, header or parameter at fault.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// What to quote when asking an operator; also in the `X-Request-Id` header.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
}

impl Problem {
    pub fn new(status: StatusCode, code: &'static str, detail: impl Into<Cow<'static, str>>) -> Self {
        Self(Box::new(Parts {
            status,
            code,
            detail: detail.into(),
            field: None,
            retry_after: None,
            members: Map::new(),
        }))
    }

    /// A member of its own beside those that every problem has (RFC 9457, 3.2).
    #[must_use]
    pub fn with(mut self, name: &str, value: Value) -> Self {
        self.0.members.insert(name.to_owned(), value);
        self
    }

    /// The fault is the server's; what it is stands in the log under the request's id.
    pub fn internal() -> Self {
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "internal",
            "Something went wrong on our side; it is in our log under this request's id.",
        )
    }

    /// Names the field, header or parameter at fault.
    #[must_use]
    pub fn at(mut self, field: impl Into<Cow<'static, str>>) -> Self {
        self.0.field = Some(field.into());
        self
    }

    /// Sets `Retry-After`, in whole seconds, at least 1.
    #[must_use]
    pub fn retry_after(mut self, wait: Duration) -> Self {
        self.0.retry_after = Some(wait);
        self
    }

    pub fn status(&self) -> StatusCode {
        self.0.status
    }

    pub fn code(&self) -> &'static str {
        self.0.code
    }

    fn body(&self, request_id: Option<&str>) -> ProblemBody {
        ProblemBody {
            kind: format!("{TYPE_PREFIX}{}", self.0.code),
            title: self.0.status.canonical_reason().unwrap_or("Error").to_owned(),
            status: self.0.status.as_u16(),
            code: self.0.code.to_owned(),
            detail: self.0.detail.to_string(),
            field: self.0.field.as_deref().map(str::to_owned),
            request_id: request_id.map(str::to_owned),
        }
    }

    fn respond(self, request_id: Option<&str>) -> Response {
        let body = self.body(request_id);
        let mut response = if self.0.members.is_empty() {
            (self.0.status, axum::Json(body)).into_response()
        } else {
            let mut members = self.0.members.clone();
            // A problem's own names are never those of another member.
            if let Ok(Value::Object(own)) = serde_json::to_value(&body) {
                members.extend(own);
            }
            (self.0.status, axum::Json(members)).into_response()
        };
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if let Some(wait) = self.0.retry_after {
            headers.insert(RETRY_AFTER, HeaderValue::from(wait.as_secs().max(1)));
        }
        response.extensions_mut().insert(self);
        response
    }
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}: {}", self.0.status.as_u16(), self.0.code, self.0.detail)
    }
}

impl std::error::Error for Problem {}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        self.respond(None)
    }
}

/// The outermost layers of an HTTP surface, put on once, after routers were merged: request ids, panics as problems,
/// problems for unknown paths and methods, and on every answer what browsers and caches may do with it.
pub fn surround(router: Router) -> Router {
    router
        .fallback(|| async {
            Problem::new(StatusCode::NOT_FOUND, "route_unknown", "There is nothing at this path.")
        })
        .method_not_allowed_fallback(|| async {
            Problem::new(
                StatusCode::METHOD_NOT_ALLOWED,
                "method_not_allowed",
                "This path does not answer this method; the Allow header says which it answers.",
            )
        })
        .layer(CatchPanicLayer::custom(on_panic))
        .layer(middleware::from_fn(outermost))
}

/// This request's id: the client's own if it is fit to be logged, else a new one.
#[derive(Debug, Clone)]
pub struct RequestId(pub HeaderValue);

/// Request id and headers in one, because each layer of this kind costs every request a boxed future.
async fn outermost(mut request: Request, next: Next) -> Response {
    let private = headers::is_private(&request);
    let given = request.headers().get(REQUEST_ID).filter(|id| is_request_id(id.as_bytes())).cloned();
    let id = given.unwrap_or_else(new_request_id);
    request.extensions_mut().insert(RequestId(id.clone()));
    let mut response = next.run(request).await;
    if let Some(problem) = response.extensions_mut().remove::<Problem>() {
        // Rendered again with the id, keeping whatever headers were added on the way out.
        let fresh = problem.respond(id.to_str().ok());
        *response.body_mut() = fresh.into_body();
        response.headers_mut().remove(axum::http::header::CONTENT_LENGTH);
    }
    response.headers_mut().insert(REQUEST_ID, id);
    headers::guard(&mut response, private);
    response
}

fn is_request_id(id: &[u8]) -> bool {
    (1..=64).contains(&id.len())
        && id.iter().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-'))
}

fn new_request_id() -> HeaderValue {
    let id = Uuid::from_bytes(crate::random::bytes()).simple().to_string();
    HeaderValue::from_str(&id).expect("hexadecimal digits are fit for a header")
}

#[allow(clippy::needless_pass_by_value)] // The signature `CatchPanicLayer` asks for.
fn on_panic(panic: Box<dyn Any + Send>) -> Response {
    let said = panic
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| panic.downcast_ref::<&str>().copied())
        .unwrap_or("no message");
    tracing::error!(panic = said, "a handler panicked");
    Problem::internal().into_response()
}

#[cfg(test)]
mod tests {
    use super::*;
    use tower::ServiceExt;

    #[test]
    fn a_problem_names_itself() {
        let problem = Problem::new(StatusCode::CONFLICT, "handle_taken", "Taken.").at("handle");
        let body = problem.body(Some("r1"));
        assert_eq!(body.kind, "https://laurel.invalid/problems/handle_taken");
        assert_eq!(
            (body.status, body.field.as_deref(), body.title.as_str()),
            (409, Some("handle"), "Conflict")
        );
    }

    #[tokio::test]
    async fn a_member_of_its_own_stands_beside_the_others() {
        let problem = Problem::new(StatusCode::CONFLICT, "slug_taken", "Taken.")
            .with("warnings", Value::from(vec!["one"]))
            .with("code", Value::from("forged"));
        let body = axum::body::to_bytes(problem.into_response().into_body(), 10_000).await.expect("a body");
        let body: Value = serde_json::from_slice(&body).expect("JSON");
        assert_eq!((&body["warnings"][0], &body["code"]), (&Value::from("one"), &Value::from("slug_taken")));
    }

    #[test]
    fn retry_after_is_at_least_a_second() {
        let problem = Problem::new(StatusCode::SERVICE_UNAVAILABLE, "log_unavailable", "Away.")
            .retry_after(Duration::from_millis(200));
        assert_eq!(problem.into_response().headers()[RETRY_AFTER], "1");
    }

    #[tokio::test]
    async fn a_panic_is_a_problem_that_tells_the_request_and_nothing_else() {
        async fn panics() {
            panic!("a secret");
        }
        let router = surround(Router::new().route("/", axum::routing::get(panics)));
        let request = Request::builder().header(REQUEST_ID, "r1").body(axum::body::Body::empty());
        let response = router.oneshot(request.expect("a request")).await.expect("infallible");
        assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
        assert_eq!(response.headers()[REQUEST_ID], "r1");
        let body = axum::body::to_bytes(response.into_body(), 10_000).await.expect("a body");
        let body: ProblemBody = serde_json::from_slice(&body).expect("a problem");
        assert_eq!((body.code.as_str(), body.request_id.as_deref()), ("internal", Some("r1")));
        assert!(!body.detail.contains("secret"));
    }

    #[test]
    fn only_tame_request_ids_are_taken_over() {
        assert!(is_request_id(b"01-ab.C_"));
        assert!(!is_request_id(b"") && !is_request_id(b"a b") && !is_request_id(&[b'a'; 65]));
    }
}
