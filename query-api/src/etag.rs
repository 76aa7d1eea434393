//! Strong ETags, `304 Not Modified`, and compression of what is read.
//!
//! An ETag is a digest of the answer's bytes as they are at the position the read stands on. A position alone would say too
//! little (a day's board changes at midnight, a draft shows to its author only, a new release adds a member) and too much (it
//! moves with every fact, also with those that change nothing here). So an ETag can only ever validate the bytes this caller
//! would get now, and a 304 carries the position they were read at. It saves the way, not the read.
//!
//! The one exception is an exercise, whose ETag is its revision: what `If-Match` of a change names. It is not compressed, as
//! a compressed answer is another representation and would need another ETag.

use crate::positions::LAUREL_POSITION;
use axum::body::{Body, HttpBody};
use axum::extract::Request;
use axum::http::header::{
    ACCEPT_RANGES, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, ETAG, IF_NONE_MATCH, VARY,
};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use events::package;
use tower_http::compression::predicate::Predicate;
use tower_http::compression::{CompressionLayer, CompressionLevel};

/// What our digests begin with, so that they are never taken for a revision.
const PREFIX: &str = "\"sha256-";
const DIGEST_CHARS: usize = 32;
/// What the ETag of a compressed answer ends with (RFC 9110, 8.8.3.3).
const COMPRESSED: &str = "-gzip\"";
/// Larger answers are no lists of two hundred; they go out as they are.
const BYTES_MAX: usize = 4 << 20;
/// Below this, compressing costs more than it saves.
const COMPRESSED_FROM_BYTES: u64 = 860;

/// Answers 304 where the caller has what it would get.
pub async fn validate(request: Request, next: Next) -> Response {
    let asked = (request.method() == Method::GET).then(|| request.headers().clone());
    let response = next.run(request).await;
    match asked {
        Some(asked) if is_cacheable(&response) => tagged(response, &asked).await,
        _ => response,
    }
}

/// What was read from read models, whole, and has no ETag of its own.
fn is_cacheable(response: &Response) -> bool {
    let headers = response.headers();
    let size = response.body().size_hint().exact();
    response.status() == StatusCode::OK
        && headers.contains_key(LAUREL_POSITION)
        && !headers.contains_key(ETAG)
        && size.is_some_and(|bytes| bytes <= BYTES_MAX as u64)
}

async fn tagged(response: Response, asked: &HeaderMap) -> Response {
    let (mut parts, body) = response.into_parts();
    let Ok(bytes) = axum::body::to_bytes(body, BYTES_MAX).await else {
        // A body whose size is known is in memory; it does not fail.
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let etag = format!("{PREFIX}{}\"", &package::digest(&bytes)[..DIGEST_CHARS]);
    if let Ok(value) = HeaderValue::from_str(&etag) {
        parts.headers.insert(ETAG, value);
    }
    // Whoever keeps it asks before using it again; what belongs to one caller is not kept at all, which is said further out.
    parts.headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    parts.headers.append(VARY, HeaderValue::from_static("authorization"));
    if !has_already(asked, &etag) {
        return Response::from_parts(parts, Body::from(bytes));
    }
    parts.status = StatusCode::NOT_MODIFIED;
    parts.headers.remove(CONTENT_TYPE);
    parts.headers.remove(CONTENT_LENGTH);
    Response::from_parts(parts, Body::empty())
}

/// RFC 9110, 13.1.2: a list of tags or `*`, compared without regard to weakness, and to how the bytes were packed.
pub fn has_already(asked: &HeaderMap, etag: &str) -> bool {
    let same = |tag: &str| {
        let tag = tag.strip_prefix("W/").unwrap_or(tag);
        tag == "*"
            || tag == etag
            || tag.strip_suffix(COMPRESSED).is_some_and(|tag| format!("{tag}\"") == etag)
    };
    let lists = asked.get_all(IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
    lists.flat_map(|tags| tags.split(',')).any(|tag| same(tag.trim()))
}

/// Compresses what is worth it. Neither streams, which would be held back, nor what has an ETag that is not ours to change.
pub fn compression() -> CompressionLayer<Worthwhile> {
    CompressionLayer::new().quality(CompressionLevel::Fastest).compress_when(Worthwhile)
}

#[derive(Debug, Clone, Copy)]
pub struct Worthwhile;

impl Predicate for Worthwhile {
    fn should_compress<B: HttpBody>(&self, response: &axum::http::Response<B>) -> bool {
        let headers = response.headers();
        let text = |name| headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok());
        let kind = text(CONTENT_TYPE).unwrap_or_default();
        let is_text = [
            "application/json",
            "text/csv",
            "text/html",
            "text/css",
            "text/javascript",
            "application/javascript",
        ]
        .iter()
        .any(|text| kind.starts_with(text));
        let is_large = response.body().size_hint().exact().is_none_or(|bytes| bytes >= COMPRESSED_FROM_BYTES);
        is_text && is_large && text(ETAG).is_none_or(|etag| etag.starts_with(PREFIX))
    }
}

/// Gives a compressed answer an ETag of its own. Around [`compression`].
pub async fn mark_compressed(mut response: Response) -> Response {
    let headers = response.headers_mut();
    if headers.get(CONTENT_ENCODING).is_none_or(|encoding| encoding != "gzip") {
        return response;
    }
    headers.remove(ACCEPT_RANGES);
    let etag = headers.get(ETAG).and_then(|etag| etag.to_str().ok()).and_then(|etag| etag.strip_suffix('"'));
    let marked = etag.and_then(|etag| HeaderValue::from_str(&format!("{etag}{COMPRESSED}")).ok());
    if let Some(marked) = marked {
        headers.insert(ETAG, marked);
    }
    response
}

#[cfg(test)]
mod tests {
    use crate::testing::TestApp;
    use axum::http::Request;
    use events::account::Role;
    use events::exercise::{Exercise, Status};
    use testkit::build;

    #[tokio::test]
    async fn what_is_unchanged_is_not_sent_again_and_what_changed_is() -> anyhow::Result<()> {
        let test = TestApp::new().await?;
        for number in 1..=12 {
            test.publish(&build::exercise(&format!("exercise-{number:02}"))).await?;
        }
        let get = |path: &str, name: &'static str, value: String| Request::get(path).header(name, value);
        let path = "/v1/exercises";
        let first = test.get(path).await;
        let etag = first.header("etag").to_owned();
        assert!(etag.starts_with("\"sha256-"), "{etag}");
        let varies: Vec<_> =
            first.headers.get_all("vary").iter().filter_map(|value| value.to_str().ok()).collect();
        assert_eq!(
            (first.header("cache-control"), varies),
            ("no-cache", vec!["authorization", "accept-encoding", "origin"])
        );
        for known in [etag.clone(), format!("W/{etag}"), format!("\"other\", {etag}"), "*".to_owned()] {
            let again = test.send(get(path, "If-None-Match", known.clone())).await;
            assert_eq!((again.status.as_u16(), again.bytes.len()), (304, 0), "{known}");
            assert_eq!(again.header("etag"), etag);
            assert_ne!(again.header("laurel-position"), "");
        }

        // Packed, it is another representation; either validates the other.
        let packed = test.send(get(path, "Accept-Encoding", "gzip".to_owned())).await;
        assert_eq!(packed.header("content-encoding"), "gzip");
        assert_eq!(packed.header("etag"), etag.trim_end_matches('"').to_owned() + "-gzip\"");
        let again = test.send(get(path, "If-None-Match", packed.header("etag").to_owned())).await;
        assert_eq!(again.status, 304);
        // An exercise's own ETag is what a change names in `If-Match`, however it is sent.
        let one = test.send(get("/v1/exercises/exercise-01", "Accept-Encoding", "gzip".to_owned())).await;
        assert_eq!((one.header("etag"), one.header("content-encoding")), ("\"2\"", ""));

        // Another's view is another answer: a draft's author sees it, others do not.
        let draft =
            Exercise { status: Status::Draft, author_id: build::learner(1), ..build::exercise("draft") };
        test.publish(&draft).await?;
        let drafts = "/v1/exercises?status=draft";
        let author = format!("Bearer {}", test.token(build::learner(1), &[Role::Author]));
        let own = test.send(get(drafts, "Authorization", author.clone())).await;
        assert_eq!(own.texts("exercises", "slug"), ["draft"]);
        assert_eq!(own.header("cache-control"), "no-store");
        let others = test.send(get(drafts, "If-None-Match", own.header("etag").to_owned())).await;
        assert_eq!((others.status.as_u16(), others.texts("exercises", "slug").len()), (200, 0));

        test.publish(&Exercise { revision: 3, ..build::exercise("exercise-12") }).await?;
        let changed = test.send(get(path, "If-None-Match", etag.clone())).await;
        assert_eq!(changed.status, 200);
        assert_ne!(changed.header("etag"), etag);
        // Problems, streams and what is no GET have none.
        assert_eq!(test.get("/v1/exercises/none").await.header("etag"), "");
        assert_eq!(test.send(Request::head(path)).await.header("etag"), "");
        Ok(())
    }
}
