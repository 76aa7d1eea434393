//! A message as it was read.

use super::error::LogError;
use async_nats::HeaderMap;
use async_nats::jetstream::message::StreamMessage;
use bytes::Bytes;
use events::{DecodeError, EventId, Recorded};
use uuid::Uuid;

/// A stored message.
#[derive(Debug, Clone)]
pub struct Message {
    pub subject: String,
    pub sequence: u64,
    pub headers: HeaderMap,
    pub body: Bytes,
    /// How many messages its reader had not been sent yet when this one was; 0 for a single read.
    pub pending: u64,
}

impl Message {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(async_nats::HeaderValue::as_str)
    }

    pub fn decode(&self) -> Result<Recorded, DecodeError> {
        Recorded::decode(&self.subject, self.sequence, |name| self.header(name), &self.body)
    }

    /// The event's id, if it has a readable one.
    pub fn id(&self) -> Option<EventId> {
        self.header("ce-id").and_then(|id| Uuid::parse_str(id).ok()).map(EventId)
    }

    /// See [`events::envelope::event_digest`].
    pub fn digest(&self) -> [u8; 16] {
        events::envelope::event_digest(self.id().unwrap_or(EventId(Uuid::nil())), &self.body)
    }

    /// A message of a consumer with its number in that consumer's order, without copying.
    pub(super) fn of_consumer(delivery: async_nats::jetstream::Message) -> Result<(u64, Self), LogError> {
        let info = delivery.info().map_err(LogError::request("reading a delivery's metadata"))?;
        let (number, sequence, pending) = (info.consumer_sequence, info.stream_sequence, info.pending);
        let (message, _) = delivery.split();
        let subject = message.subject.to_string();
        let headers = message.headers.unwrap_or_default();
        Ok((number, Self { subject, sequence, headers, body: message.payload, pending }))
    }

    /// A message of a consumer.
    pub fn from_delivery(delivery: &async_nats::jetstream::Message) -> Result<Self, LogError> {
        let info = delivery.info().map_err(LogError::request("reading a delivery's metadata"))?;
        Ok(Self {
            subject: delivery.subject.to_string(),
            sequence: info.stream_sequence,
            pending: info.pending,
            headers: delivery.headers.clone().unwrap_or_default(),
            body: delivery.payload.clone(),
        })
    }
}

impl From<StreamMessage> for Message {
    fn from(stored: StreamMessage) -> Self {
        Self {
            subject: stored.subject.to_string(),
            sequence: stored.sequence,
            headers: stored.headers,
            body: stored.payload,
            pending: 0,
        }
    }
}
