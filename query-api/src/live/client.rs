//! One client of the hub: a bounded queue, and how its stream ends.

use axum::response::sse::Event;
use events::Position;
use futures_util::Stream;
use futures_util::stream::unfold;
use serde::Serialize;
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use tokio::sync::Notify;
use tokio::sync::mpsc::{self, error::TrySendError};

/// How many messages wait for a client before it is cut off.
pub const QUEUED_MAX: usize = 64;

/// Made once, sent to every client concerned.
#[derive(Debug, Clone)]
pub struct Message {
    event: &'static str,
    id: Option<Arc<str>>,
    data: Arc<str>,
    /// Of the last one: why it is.
    end: Option<End>,
}

impl Message {
    pub fn new(event: &'static str, data: &impl Serialize) -> serde_json::Result<Self> {
        Ok(Self { event, id: None, data: serde_json::to_string(data)?.into(), end: None })
    }

    /// The position a client goes on from after this message.
    #[must_use]
    pub fn at(self, position: &Position) -> Self {
        self.known_as(position.to_string())
    }

    /// What a client comes back with that heard this message last.
    #[must_use]
    pub fn known_as(mut self, id: String) -> Self {
        self.id = Some(id.into());
        self
    }

    #[must_use]
    pub fn without_id(&self) -> Self {
        Self { id: None, ..self.clone() }
    }

    fn last_words(end: End) -> Self {
        let data = serde_json::json!({ "reason": end.reason() }).to_string();
        Self { event: "end", id: None, data: data.into(), end: Some(end) }
    }

    /// Why the stream ends with this message, if it does.
    pub fn end_reason(&self) -> Option<End> {
        self.end
    }

    /// As a message of server-sent events.
    pub fn into_event(self) -> Event {
        let event = Event::default().event(self.event).data(self.data);
        match self.id {
            Some(id) => event.id(id),
            None => event,
        }
    }

    /// As one JSON object, which says in members what server-sent events say in lines.
    pub fn to_text(&self) -> String {
        let event = self.event;
        let id = self.id.as_ref().map(|id| format!("\"id\":\"{id}\",")).unwrap_or_default();
        format!("{{\"event\":\"{event}\",{id}\"data\":{}}}", self.data)
    }
}

/// Why a stream ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    SlowConsumer,
    ShuttingDown,
    TokenExpired,
    /// Another board is theirs to see now, or none.
    AccessChanged,
}

impl End {
    pub fn reason(self) -> &'static str {
        match self {
            End::SlowConsumer => "slow_consumer",
            End::ShuttingDown => "shutting_down",
            End::TokenExpired => "token_expired",
            End::AccessChanged => "access_changed",
        }
    }
}

/// The hub's end of a stream. The stream ends when the last clone is dropped, or when one of them ends it.
#[derive(Debug, Clone)]
pub struct Client {
    queue: mpsc::Sender<Message>,
    ending: Arc<Ending>,
}

#[derive(Debug, Default)]
struct Ending {
    reason: OnceLock<End>,
    begun: Notify,
}

impl Client {
    /// Whether the client keeps up; one that does not is to be forgotten. Nothing is sent behind a stream's end.
    pub fn send(&self, message: Message) -> Result<(), End> {
        if self.ending.reason.get().is_some() {
            return Ok(());
        }
        match self.queue.try_send(message) {
            Ok(()) | Err(TrySendError::Closed(_)) => Ok(()),
            Err(TrySendError::Full(_)) => {
                self.end(End::SlowConsumer);
                Err(End::SlowConsumer)
            }
        }
    }

    /// Ends the stream when everything that waits was read; the first reason stays.
    pub fn end(&self, end: End) {
        if self.ending.reason.set(end).is_ok() {
            self.ending.begun.notify_one();
        }
    }
}

struct Streaming<G> {
    queue: mpsc::Receiver<Message>,
    ending: Arc<Ending>,
    expires_at: Option<tokio::time::Instant>,
    over: bool,
    _place: G,
}

/// A client and its stream, which holds `place` for as long as somebody reads it.
pub fn connect<G: Send + 'static>(
    place: G,
    expires_after: Option<Duration>,
) -> (Client, impl Stream<Item = Message> + Send + 'static) {
    let (queue, messages) = mpsc::channel(QUEUED_MAX);
    let client = Client { queue, ending: Arc::default() };
    let streaming = Streaming {
        queue: messages,
        ending: Arc::clone(&client.ending),
        expires_at: expires_after.map(|lifetime| tokio::time::Instant::now() + lifetime),
        over: false,
        _place: place,
    };
    let stream = unfold(streaming, async |mut streaming| {
        if streaming.over {
            return None;
        }
        let message = streaming.next().await;
        let message = message.unwrap_or_else(|| streaming.last_words());
        Some((message, streaming))
    });
    (client, stream)
}

impl<G> Streaming<G> {
    async fn next(&mut self) -> Option<Message> {
        if self.ending.reason.get().is_none() {
            let expires_at = self.expires_at;
            let expired = async {
                match expires_at {
                    Some(expires_at) => tokio::time::sleep_until(expires_at).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                message = self.queue.recv() => return message,
                () = self.ending.begun.notified() => {}
                () = expired => {
                    let _already_ending = self.ending.reason.set(End::TokenExpired);
                }
            }
        }
        self.queue.try_recv().ok()
    }

    fn last_words(&mut self) -> Message {
        self.over = true;
        Message::last_words(self.ending.reason.get().copied().unwrap_or(End::ShuttingDown))
    }
}
