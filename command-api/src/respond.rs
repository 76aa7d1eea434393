//! What answers have in common: positions, entity tags.

use crate::request::POSITION;
use axum::http::header::ETAG;
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use axum::response::{IntoResponseParts, ResponseParts};
use events::{Part, Partition, Position};
use std::convert::Infallible;
use uuid::Uuid;

/// Header `Laurel-Position`: what the command wrote, or found written.
#[derive(Debug, Clone)]
pub struct Wrote(pub Position);

impl Wrote {
    pub fn in_identity(sequence: u64) -> Self {
        Self(Position::of(Part::Identity, sequence))
    }

    /// A fact about `key`.
    pub fn fact(key: Uuid, sequence: u64) -> Self {
        Self(Position::of(Part::Facts(Partition::of(key)), sequence))
    }
}

impl IntoResponseParts for Wrote {
    type Error = Infallible;
    fn into_response_parts(self, mut response: ResponseParts) -> Result<ResponseParts, Infallible> {
        insert(response.headers_mut(), HeaderName::from_static(POSITION), &self.0.to_string());
        Ok(response)
    }
}

/// Header `ETag`: an exercise's revision.
#[derive(Debug, Clone, Copy)]
pub struct Revision(pub u32);

impl IntoResponseParts for Revision {
    type Error = Infallible;
    fn into_response_parts(self, mut response: ResponseParts) -> Result<ResponseParts, Infallible> {
        insert(response.headers_mut(), ETAG, &format!("\"{}\"", self.0));
        Ok(response)
    }
}

fn insert(headers: &mut HeaderMap, name: HeaderName, value: &str) {
    // Digits, letters, dots, commas and quotes are all there is in these values.
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(name, value);
    }
}
