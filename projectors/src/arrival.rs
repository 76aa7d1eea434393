//! A message of the log on its way into projections.

use crate::failure::Failure;
use crate::projection::Registered;
use chassis::log::{Message, Stream};
use chassis::trace::{self, Span, TRACEPARENT};
use chrono::{DateTime, Utc};
use events::operation::OperationEvent;
use events::{DecodeError, Event, Family, FamilyEvent, Part, Recorded, subject};
use uuid::Uuid;

/// A message, read as far as anybody here needs it.
#[derive(Debug)]
pub struct Arrival {
    pub part: Part,
    pub message: Message,
    /// The event's name, without version; empty when the message has no readable type.
    pub name: String,
    /// The aggregate, from the subject: what is parked when the event cannot be applied.
    pub key: Uuid,
    pub content: Content,
}

#[derive(Debug)]
pub enum Content {
    /// Some projection handles it.
    Event(Box<Recorded>),
    /// An order to the runner, and when it was given.
    Operation(OperationEvent, DateTime<Utc>),
    /// Some projection handles events of this name, but this one cannot be read.
    Unreadable(String),
    /// Of no concern to any projection here.
    Other,
}

impl Arrival {
    pub fn read(message: Message, registry: &[Registered]) -> Result<Self, Failure> {
        let part = match subject::partition_of(&message.subject) {
            Some(partition) => Part::Facts(partition),
            None if Stream::of(&message.subject) == Stream::Identity => Part::Identity,
            None => return Err(Failure::Halt(format!("subject {} is in no partition", message.subject))),
        };
        let last_token = message.subject.rsplit('.').next().unwrap_or_default();
        let key = Uuid::parse_str(last_token).unwrap_or_default();
        let name = message.header("ce-type").map(event_name).unwrap_or_default().to_owned();
        let is_operation = OperationEvent::TYPES.iter().any(|known| known.name == name);
        let is_handled = registry.iter().any(|projection| projection.handles(&name));
        let content = if !is_operation && !is_handled {
            Content::Other
        } else {
            match message.decode() {
                Ok(Recorded { event: Event::Operation(operation), time, .. }) => {
                    Content::Operation(operation, time)
                }
                Ok(recorded) => Content::Event(Box::new(recorded)),
                // Nothing is wrong with the event: this process is too old for it.
                Err(error @ (DecodeError::Upcast(_) | DecodeError::UnknownType(_))) => {
                    return Err(Failure::Halt(format!("event {} cannot be read: {error}", message.sequence)));
                }
                Err(error) => Content::Unreadable(error.to_string()),
            }
        };
        Ok(Self { part, message, name, key, content })
    }

    pub fn event(&self) -> Option<&Recorded> {
        match &self.content {
            Content::Event(event) => Some(event),
            _ => None,
        }
    }

    /// What is done with it, as a part of its trace.
    pub fn span(&self, doing: &str) -> Span {
        let traceparent = self.message.header(TRACEPARENT).filter(|_| trace::is_on());
        let Some(traceparent) = traceparent else { return Span::default() };
        Span::consuming("projectors", Some(traceparent), format!("{doing} {}", self.name))
    }

    pub fn sequence(&self) -> u64 {
        self.message.sequence
    }

    pub fn stream(&self) -> Stream {
        Stream::of(&self.message.subject)
    }
}

/// `laurel.submission_judged.v1` → `submission_judged`.
fn event_name(wire_type: &str) -> &str {
    let name = wire_type.strip_prefix("laurel.").unwrap_or(wire_type);
    name.rsplit_once(".v").map_or(name, |(name, _)| name)
}

/// All operations there are in FACTS.
pub fn operations() -> String {
    subject::family(Family::Operation)
}

/// When an event happened, from its headers alone.
pub fn event_time(message: &Message) -> Option<DateTime<Utc>> {
    message.header("ce-time")?.parse().ok()
}
