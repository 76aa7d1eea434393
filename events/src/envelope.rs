//! The envelope: CloudEvents 1.0, NATS protocol binding, binary mode. Attributes are `ce-*` headers, the body is the
//! event's JSON.
//!
//! | header | value |
//! |---|---|
//! | `ce-specversion` | `1.0` |
//! | `ce-id`, `Nats-Msg-Id` | the event's id |
//! | `ce-source` | `/laurel/<process>` |
//! | `ce-type` | `laurel.<name>.v<version>` |
//! | `ce-time` | UTC, RFC 3339, milliseconds |
//! | `content-type` | `application/json` |
//! | `ce-requestdigest` | keyed digest of the request that led to the event, when there was one (extension) |
//! | `traceparent` | W3C trace context, when there is one |

use crate::family::{Event, EventType, FamilyEvent};
use crate::ids::EventId;
use crate::position::Part;
use crate::subject;
use crate::upcast::{UpcastError, upcast};
use chrono::{DateTime, SecondsFormat, SubsecRound, Utc};
use sha2::{Digest, Sha256};
use uuid::Uuid;

/// An event about to be appended.
#[derive(Debug, Clone, PartialEq)]
pub struct NewEvent {
    pub id: EventId,
    /// The process that writes it, `/laurel/<process>` on the wire.
    pub source: &'static str,
    pub time: DateTime<Utc>,
    pub event: Event,
    /// Keyed digest of the request's body, hex.
    pub request_digest: Option<String>,
    pub traceparent: Option<String>,
}

/// An event as bytes: what the log client publishes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wire {
    pub id: EventId,
    pub subject: String,
    pub headers: Vec<(&'static str, String)>,
    pub body: Vec<u8>,
}

impl NewEvent {
    /// Writes a fact, to the subject its family and key name. Account events have no such subject (their aggregates
    /// differ): use [`NewEvent::to_wire_on`].
    pub fn to_wire(&self) -> serde_json::Result<Wire> {
        let family = self.event.event_type().family;
        self.to_wire_on(subject::fact(family, self.event.key()))
    }

    /// Writes the event to a given subject.
    pub fn to_wire_on(&self, subject: String) -> serde_json::Result<Wire> {
        let mut headers = vec![
            ("Nats-Msg-Id", self.id.to_string()),
            ("ce-specversion", "1.0".to_owned()),
            ("ce-id", self.id.to_string()),
            ("ce-source", format!("/laurel/{}", self.source)),
            ("ce-type", self.event.event_type().wire_name()),
            ("ce-time", to_wire_time(self.time)),
            ("content-type", "application/json".to_owned()),
        ];
        headers.extend(self.request_digest.clone().map(|digest| ("ce-requestdigest", digest)));
        headers.extend(self.traceparent.clone().map(|trace| ("traceparent", trace)));
        Ok(Wire { id: self.id, subject, headers, body: self.event.to_json()? })
    }
}

/// UTC, RFC 3339, milliseconds.
pub fn to_wire_time(time: DateTime<Utc>) -> String {
    time.trunc_subsecs(3).to_rfc3339_opts(SecondsFormat::Millis, true)
}

/// An event as the log holds it.
#[derive(Debug, Clone, PartialEq)]
pub struct Recorded<E = Event> {
    /// The part of the log it is in. `Part::Identity` for everything in IDENTITY.
    pub part: Part,
    /// Its sequence in its stream.
    pub sequence: u64,
    pub id: EventId,
    pub time: DateTime<Utc>,
    pub request_digest: Option<String>,
    pub traceparent: Option<String>,
    pub event: E,
}

/// Why a message is no event of ours.
#[derive(Debug, thiserror::Error)]
pub enum DecodeError {
    #[error("header {0} is missing")]
    HeaderMissing(&'static str),
    #[error("header {name} is not readable: {value:?}")]
    HeaderUnreadable { name: &'static str, value: String },
    #[error("no event type {0:?} is known: upgrade this process")]
    UnknownType(String),
    #[error("the body of {event_type} is not readable: {source}")]
    Body { event_type: String, source: serde_json::Error },
    #[error(transparent)]
    Upcast(#[from] UpcastError),
    #[error("subject {0:?} belongs to no part of the log")]
    Subject(String),
}

impl Recorded {
    /// Reads a message. `header` looks a header up by name.
    pub fn decode<'a>(
        subject: &str,
        sequence: u64,
        header: impl Fn(&str) -> Option<&'a str>,
        body: &[u8],
    ) -> Result<Self, DecodeError> {
        let required = |name: &'static str| header(name).ok_or(DecodeError::HeaderMissing(name));
        let unreadable =
            |name: &'static str, value: &str| DecodeError::HeaderUnreadable { name, value: value.to_owned() };

        let id = required("ce-id")?;
        let id = Uuid::parse_str(id).map(EventId).map_err(|_| unreadable("ce-id", id))?;
        let time = required("ce-time")?;
        let time = time.parse().map_err(|_| unreadable("ce-time", time))?;
        let part = match subject::partition_of(subject) {
            Some(partition) => Part::Facts(partition),
            None if !subject.starts_with("facts.") => Part::Identity,
            None => return Err(DecodeError::Subject(subject.to_owned())),
        };
        Ok(Recorded {
            part,
            sequence,
            id,
            time,
            request_digest: header("ce-requestdigest").map(str::to_owned),
            traceparent: header("traceparent").map(str::to_owned),
            event: decode_body(required("ce-type")?, body)?,
        })
    }
}

/// Reads a body by its CloudEvents type, of this or an older version.
pub fn decode_body(wire_type: &str, body: &[u8]) -> Result<Event, DecodeError> {
    let unknown = || DecodeError::UnknownType(wire_type.to_owned());
    let (name, version) = wire_type
        .strip_prefix("laurel.")
        .and_then(|rest| rest.rsplit_once(".v"))
        .and_then(|(name, version)| Some((name, version.parse::<u32>().ok()?)))
        .ok_or_else(unknown)?;
    let families: [FamilyDecoder; 12] = [
        |name, version, body| decode_family(name, version, body, Event::Submission),
        |name, version, body| decode_family(name, version, body, Event::Judgement),
        |name, version, body| decode_family(name, version, body, Event::Rejudge),
        |name, version, body| decode_family(name, version, body, Event::RejudgeSet),
        |name, version, body| decode_family(name, version, body, Event::Membership),
        |name, version, body| decode_family(name, version, body, Event::Cohort),
        |name, version, body| decode_family(name, version, body, Event::Board),
        |name, version, body| decode_family(name, version, body, Event::Invitation),
        |name, version, body| decode_family(name, version, body, Event::Learner),
        |name, version, body| decode_family(name, version, body, Event::Exercise),
        |name, version, body| decode_family(name, version, body, Event::Account),
        |name, version, body| decode_family(name, version, body, Event::Operation),
    ];
    families.into_iter().find_map(|decode| decode(name, version, body)).ok_or_else(unknown)?
}

/// `None`: this family has no type of that name.
type FamilyDecoder = fn(&str, u32, &[u8]) -> Option<Result<Event, DecodeError>>;

fn decode_family<E: FamilyEvent>(
    name: &str,
    version: u32,
    body: &[u8],
    wrap: fn(E) -> Event,
) -> Option<Result<Event, DecodeError>> {
    let current: &EventType = E::TYPES.iter().find(|event_type| event_type.name == name)?;
    let parsed = if version == current.version {
        E::from_json(name, body)?
    } else {
        let old = match serde_json::from_slice(body) {
            Ok(old) => old,
            Err(source) => return Some(Err(DecodeError::Body { event_type: name.to_owned(), source })),
        };
        match upcast(E::UPCASTS, name, version, current.version, old) {
            Ok(new) => E::from_value(name, new)?,
            Err(error) => return Some(Err(error.into())),
        }
    };
    Some(parsed.map(wrap).map_err(|source| DecodeError::Body { event_type: name.to_owned(), source }))
}

/// What a checkpoint remembers of the last event it stands behind: the first 16 bytes of SHA-256 over id and body. Two
/// different events at one sequence mean that the broker lost what it had acknowledged.
pub fn event_digest(id: EventId, body: &[u8]) -> [u8; 16] {
    let digest = Sha256::new().chain_update(id.0.as_bytes()).chain_update(body).finalize();
    let mut short = [0; 16];
    short.copy_from_slice(&digest[..16]);
    short
}
