//! Which web pages may ask: the origins that an operator allows, and nobody else's.
//!
//! No cookie is ever asked for: who calls is said by an `Authorization` header, which a page has to have been given. So an
//! allowed origin lets a page read what everybody may, and its user's things only with its user's token.

use axum::Router;
use axum::http::header::{
    AUTHORIZATION, CONTENT_TYPE, ETAG, HeaderName, IF_MATCH, IF_NONE_MATCH, LOCATION, RETRY_AFTER,
};
use axum::http::{HeaderValue, Method};
use std::str::FromStr;
use std::time::Duration;
use tower_http::cors::{AllowOrigin, CorsLayer};

/// For how long a browser keeps what it was told.
const KEPT_FOR: Duration = Duration::from_hours(1);
/// Beside those that browsers may always send.
const ASKED: [&str; 5] =
    ["idempotency-key", "laurel-position", "last-event-id", "x-request-id", "traceparent"];
/// Beside those that pages may always read.
const ANSWERED: [&str; 6] = [
    "laurel-position",
    "laurel-board-source",
    "laurel-feed-after",
    "laurel-feed-until",
    "laurel-next-cursor",
    "x-request-id",
];

/// Origins (`https://classes.example.org`), separated by commas; none by default.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Origins(Vec<HeaderValue>);

/// Why a text is no list of origins.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{0:?} is no origin: scheme, host and, if need be, port are expected, as in https://classes.example.org"
)]
pub struct OriginError(String);

impl FromStr for Origins {
    type Err = OriginError;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let origins = text.split(',').map(str::trim).filter(|origin| !origin.is_empty());
        origins
            .map(|text| origin(text).ok_or_else(|| OriginError(text.to_owned())))
            .collect::<Result<_, _>>()
            .map(Self)
    }
}

/// As browsers send it: lower case, no path, no user. Not `*` and not `null`: those are nobody in particular.
fn origin(text: &str) -> Option<HeaderValue> {
    let host = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"))?;
    let fit = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-.:[]".contains(&byte);
    (!host.is_empty() && host.bytes().all(fit)).then(|| HeaderValue::from_str(text).ok()).flatten()
}

impl Origins {
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// As `frame-ancestors` of a content security policy takes them.
    pub fn frame_ancestors(&self) -> String {
        let texts = self.0.iter().filter_map(|origin| origin.to_str().ok());
        let texts: Vec<&str> = texts.collect();
        if texts.is_empty() { "'none'".to_owned() } else { texts.join(" ") }
    }

    /// Lets pages of these origins ask these routes. Outside of what checks tokens: a browser asks for leave without one.
    pub fn around(&self, router: Router) -> Router {
        if self.is_empty() {
            return router;
        }
        let asked = ASKED.map(HeaderName::from_static).into_iter();
        let answered = ANSWERED.map(HeaderName::from_static).into_iter();
        let layer = CorsLayer::new()
            .allow_origin(AllowOrigin::list(self.0.iter().cloned()))
            .allow_methods([Method::GET, Method::POST, Method::PUT, Method::DELETE])
            .allow_headers(
                asked.chain([AUTHORIZATION, CONTENT_TYPE, IF_MATCH, IF_NONE_MATCH]).collect::<Vec<_>>(),
            )
            .expose_headers(answered.chain([ETAG, LOCATION, RETRY_AFTER]).collect::<Vec<_>>())
            .max_age(KEPT_FOR);
        router.layer(layer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::body::Body;
    use axum::http::Request;
    use axum::response::Response;
    use axum::routing::{get, post};
    use tower::ServiceExt;

    #[test]
    fn origins_are_origins() {
        assert!("".parse::<Origins>().expect("none").is_empty());
        let two: Origins = "https://a.example.org, http://127.0.0.1:3000".parse().expect("two");
        assert_eq!(two.frame_ancestors(), "https://a.example.org http://127.0.0.1:3000");
        for wrong in
            ["*", "null", "a.example.org", "https://a/b", "https://", "https://A.example.org", "https://u@a"]
        {
            assert!(wrong.parse::<Origins>().is_err(), "{wrong}");
        }
    }

    async fn ask(router: &Router, method: Method, origin: &str) -> Response {
        let request = Request::builder().method(method).uri("/v1/things").header("Origin", origin);
        let request = request.header("Access-Control-Request-Method", "POST").body(Body::empty());
        router.clone().oneshot(request.expect("a request")).await.expect("infallible")
    }

    #[tokio::test]
    async fn only_an_allowed_origin_is_answered_as_one() {
        const ALLOWED: &str = "https://classes.example.org";
        let origins: Origins = ALLOWED.parse().expect("an origin");
        // As `laurel up` merges the routes of two services.
        let reads = origins.around(Router::new().route("/v1/things", get(async || "things")));
        let commands = origins.around(Router::new().route("/v1/things", post(async || "made")));
        let router = reads.merge(commands);
        for (origin, allowed) in [(ALLOWED, true), ("https://other.example.org", false), ("null", false)] {
            for method in [Method::OPTIONS, Method::GET, Method::POST] {
                let answer = ask(&router, method.clone(), origin).await;
                assert!(answer.status().is_success(), "{method} {origin}");
                let header = answer.headers().get("access-control-allow-origin");
                assert_eq!(header.is_some(), allowed, "{method} {origin}");
                assert!(answer.headers().get("access-control-allow-credentials").is_none());
            }
        }
        let none = Origins::default().around(Router::new().route("/v1/things", get(async || "things")));
        assert!(
            ask(&none, Method::GET, ALLOWED).await.headers().get("access-control-allow-origin").is_none()
        );
    }
}
