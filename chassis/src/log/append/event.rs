//! An event ready to be sent, as often as it takes, without copying its body.

use super::super::Stream;
use super::super::error::AppendError;
use async_nats::{HeaderMap, Subject};
use bytes::Bytes;
use events::{EventId, Wire};

const MESSAGE_ID: &str = "Nats-Msg-Id";
const REQUEST_DIGEST: &str = "ce-requestdigest";
const EXPECTED_STREAM: &str = "Nats-Expected-Stream";
const EXPECTED_LAST: &str = "Nats-Expected-Last-Subject-Sequence";
const BATCH_ID: &str = "Nats-Batch-Id";
const BATCH_SEQUENCE: &str = "Nats-Batch-Sequence";
const BATCH_COMMIT: &str = "Nats-Batch-Commit";
/// What the headers above add at most to the event's own, with their values.
const CONTROL_BYTES_MAX: usize = 256;

/// An event to append, with the condition it stands under.
#[derive(Debug)]
pub(super) struct Outgoing {
    pub id: EventId,
    pub subject: Subject,
    pub stream: Stream,
    /// What the last sequence on the subject must be; `None` for an unconditional append.
    pub expected: Option<u64>,
    headers: Vec<(&'static str, String)>,
    pub body: Bytes,
    /// What it takes on the wire, about.
    pub bytes: usize,
}

/// Where in an atomic batch a message stands.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place<'a> {
    pub batch_id: &'a str,
    pub index: usize,
    pub count: usize,
}

impl Outgoing {
    /// Fails when the broker would not take it anyway.
    pub(super) fn new(wire: Wire, expected: Option<u64>, bytes_max: usize) -> Result<Self, AppendError> {
        let headers_bytes: usize =
            wire.headers.iter().map(|(name, value)| name.len() + value.len() + ": \r\n".len()).sum();
        let bytes = headers_bytes + CONTROL_BYTES_MAX + wire.body.len();
        if bytes > bytes_max {
            return Err(AppendError::TooLarge { bytes, bytes_max });
        }
        let unfit = |value: &str| value.contains(['\r', '\n']);
        if let Some((name, _)) = wire.headers.iter().find(|(_, value)| unfit(value)) {
            return Err(AppendError::Encode(format!("header {name} holds a line break")));
        }
        Ok(Self {
            id: wire.id,
            stream: Stream::of(&wire.subject),
            subject: wire.subject.into(),
            expected,
            headers: wire.headers,
            body: wire.body.into(),
            bytes,
        })
    }

    pub(super) fn headers(&self, place: Option<Place<'_>>) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in &self.headers {
            headers.insert(*name, value.as_str());
        }
        headers.insert(EXPECTED_STREAM, self.stream.name());
        if let Some(last) = self.expected {
            headers.insert(EXPECTED_LAST, last.to_string());
        }
        if let Some(place) = place {
            headers.insert(BATCH_ID, place.batch_id);
            headers.insert(BATCH_SEQUENCE, (place.index + 1).to_string());
            if place.index + 1 == place.count {
                headers.insert(BATCH_COMMIT, "1");
            }
        }
        headers
    }

    /// Whether a stored message of this id came from the same request: by the request's digest, or by the body of an
    /// event that no request led to.
    pub(super) fn is_same_request(&self, stored: &super::super::Message) -> bool {
        match self.header(REQUEST_DIGEST) {
            Some(digest) => stored.header(REQUEST_DIGEST) == Some(digest),
            None => stored.body == self.body,
        }
    }

    /// Whether a stored message is this event (whatever request it came from).
    pub(super) fn has_id_of(&self, stored: &super::super::Message) -> bool {
        stored.subject == self.subject.as_str() && stored.header(MESSAGE_ID) == self.header(MESSAGE_ID)
    }

    /// Whether another event of the same id, not stored yet, is from the same request.
    pub(super) fn repeats(&self, first: &Self) -> bool {
        match self.header(REQUEST_DIGEST) {
            Some(digest) => first.header(REQUEST_DIGEST) == Some(digest),
            None => first.subject == self.subject && first.body == self.body,
        }
    }

    fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(found, _)| *found == name).map(|(_, value)| value.as_str())
    }
}
