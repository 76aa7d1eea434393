//! Headers that tell browsers and caches what an answer may be used for. One place puts them on every answer.

use axum::extract::Request;
use axum::http::HeaderValue;
use axum::http::header::{
    AUTHORIZATION, CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY,
    X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use axum::response::Response;
use std::sync::Arc;

/// What our pages need: their own files and nobody else's. Styles inline, because the page at `/` has its own and the page
/// at `/docs` makes some; `data:` for the pictures within styles.
const PAGE_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; \
    img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors ";

/// Put by a handler among its answer's extensions: who may show this page within theirs, as `frame-ancestors` takes it.
#[derive(Debug, Clone)]
pub struct FramedBy(pub Arc<str>);

/// Whether the answer belongs to one caller: whoever says who they are may be told what others are not. A browser's event
/// stream says it in the query.
pub fn is_private(request: &Request) -> bool {
    let in_query = |query: &str| query.split('&').any(|pair| pair.starts_with("access_token="));
    request.headers().contains_key(AUTHORIZATION) || request.uri().query().is_some_and(in_query)
}

/// Puts the headers on an answer.
pub fn guard(response: &mut Response, private: bool) {
    let framed_by = response.extensions_mut().remove::<FramedBy>();
    let headers = response.headers_mut();
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    if framed_by.is_none() {
        // The older header knows no list of who may.
        headers.insert(X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    }
    if private {
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    if headers.get(CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"text/html")) {
        // A page may bring a stricter one.
        if headers.contains_key(CONTENT_SECURITY_POLICY) {
            return;
        }
        let framed_by = framed_by.map_or_else(|| Arc::from("'none'"), |FramedBy(origins)| origins);
        let policy = HeaderValue::from_str(&format!("{PAGE_POLICY}{framed_by}"));
        headers.insert(CONTENT_SECURITY_POLICY, policy.expect("origins are fit for a header"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::problem::surround;
    use axum::Router;
    use axum::body::Body;
    use axum::response::Html;
    use axum::routing::get;
    use tower::ServiceExt;

    #[tokio::test]
    async fn every_answer_is_guarded_and_a_callers_own_is_not_kept() {
        let router = surround(
            Router::new()
                .route("/", get(async || Html("a page")))
                .route("/data", get(async || "data"))
                .route("/panic", get(async || -> &'static str { panic!("on purpose") })),
        );
        for path in ["/", "/data", "/data?access_token=x", "/panic", "/nothing"] {
            for token in [None, Some("Bearer x")] {
                let mut request = Request::get(path);
                if let Some(token) = token {
                    request = request.header(AUTHORIZATION, token);
                }
                let request = request.body(Body::empty()).expect("a request");
                let response = router.clone().oneshot(request).await.expect("infallible");
                let header = |name| response.headers().get(name).map_or("", |v| v.to_str().expect("ASCII"));
                assert_eq!(header("x-content-type-options"), "nosniff", "{path}");
                assert_eq!(header("referrer-policy"), "no-referrer", "{path}");
                assert_eq!(header("x-frame-options"), "DENY", "{path}");
                let private = token.is_some() || path.contains("access_token");
                assert_eq!(header("cache-control"), if private { "no-store" } else { "" }, "{path}");
                let policy = header("content-security-policy");
                assert_eq!(policy.starts_with("default-src 'none'"), path == "/", "{path}: {policy}");
            }
        }
    }
}
