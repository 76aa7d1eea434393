//! The live stream, as far as a waiting submission needs it.

use super::shown::Progress;
use crate::client::Client;
use futures_util::StreamExt;
use futures_util::stream::BoxStream;
use serde::Deserialize;
use sse_stream::{Sse, SseByteStream};
use std::fmt;
use uuid::Uuid;

/// What a message says.
#[derive(Debug)]
pub enum Heard {
    /// A judge began, or ended a test.
    Progress(Progress),
    /// The verdict of this submission is stored and can be read.
    Judged(Uuid),
    /// A submission's place among those that wait.
    Queued(Queued),
    Other,
}

/// Where a submission stands.
#[derive(Debug, Deserialize)]
pub struct Queued {
    pub submission_id: Uuid,
    place: u64,
    wait_seconds: Option<u64>,
}

impl fmt::Display for Queued {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "  place {} among those that wait", self.place)?;
        self.wait_seconds.map_or(Ok(()), |seconds| write!(f, ", about {seconds} s"))
    }
}

#[derive(Deserialize)]
struct Told {
    submission: Named,
}

#[derive(Deserialize)]
struct Named {
    submission_id: Uuid,
}

/// An open stream of the learner's submissions.
pub struct Live {
    messages: BoxStream<'static, Result<Sse, sse_stream::Error>>,
}

impl Live {
    /// Once it is open, nothing that happens afterwards is missed.
    pub async fn open(client: &mut Client) -> anyhow::Result<Self> {
        let answer = client.get("/v1/live?submissions=mine").await?;
        Ok(Self { messages: SseByteStream::new(answer.bytes_stream()).boxed() })
    }

    /// The next message; `None` once the stream has ended or broken. Cancel-safe.
    pub async fn hear(&mut self) -> Option<Heard> {
        let message = self.messages.next().await?.ok()?;
        let data = message.data.unwrap_or_default();
        let heard = match message.event.as_deref() {
            Some("end") => return None,
            Some("progress") => serde_json::from_str(&data).map(Heard::Progress),
            Some("queue") => serde_json::from_str(&data).map(Heard::Queued),
            Some("judged") => {
                serde_json::from_str(&data).map(|told: Told| Heard::Judged(told.submission.submission_id))
            }
            _ => Ok(Heard::Other),
        };
        // A message of a newer server that this program cannot read costs a line on the terminal, not the verdict.
        Some(heard.unwrap_or(Heard::Other))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::stream;

    async fn heard(text: &'static str) -> Vec<Heard> {
        // In pieces, as a network may bring it.
        let pieces = text.as_bytes().chunks(7).map(Ok::<_, std::io::Error>);
        let mut live = Live { messages: SseByteStream::new(stream::iter(pieces)).boxed() };
        let mut heard = Vec::new();
        while let Some(message) = live.hear().await {
            heard.push(message);
        }
        heard
    }

    #[tokio::test]
    async fn messages_are_told_apart_and_the_last_words_end_the_stream() {
        let id = "9b000ec3-d70b-5cc3-8990-99439968d713";
        let heard = heard(
            "event: ready\ndata: {\"position\":\"06.1\",\"truncated\":false}\n\n\
             : heartbeat\n\n\
             event: progress\ndata: {\"of\":\"another shape\"}\n\n\
             event: queue\ndata: {\"submission_id\":\"9b000ec3-d70b-5cc3-8990-99439968d713\",\"place\":12,\"wait_seconds\":4}\n\n\
             event: judged\nid: 06.3\ndata: {\"position\":\"06.3\",\"submission\":{\"submission_id\":\"9b000ec3-d70b-5cc3-8990-99439968d713\"}}\n\n\
             event: end\ndata: {\"reason\":\"token_expired\"}\n\n\
             event: judged\ndata: {}\n\n",
        )
        .await;
        let [Heard::Other, Heard::Other, Heard::Queued(queued), Heard::Judged(judged)] = heard.as_slice()
        else {
            panic!("{heard:?}");
        };
        assert_eq!(queued.to_string(), "  place 12 among those that wait, about 4 s");
        assert_eq!(judged.to_string(), id);
    }

    #[tokio::test]
    async fn a_stream_that_breaks_inside_a_message_has_ended() {
        assert!(heard("event: judged\ndata: {\"submission\":{\"subm").await.is_empty());
    }
}
