//! The messages of the streams, in one queue. Reading runs ahead of folding by a bounded number of messages.

use crate::arrival::Arrival;
use crate::failure::Failure;
use crate::projection::Registered;
use chassis::log::{EventLog, Follow, Message, Stream};
use events::subject;
use prometheus_client::metrics::gauge::Gauge;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio_util::task::AbortOnDropHandle;

/// Most messages handed over at once.
const CHUNK_MAX: usize = 500;
/// Chunks between reading and folding.
const CHUNKS_AHEAD: usize = 8;
/// After messages came, a stream that is silent for so long is asked whether that was all.
const SILENCE: Duration = Duration::from_millis(20);
/// And then so often.
const LEVEL_EVERY: Duration = Duration::from_secs(1);

/// What a reader hands over.
pub enum Reading {
    Batch(Vec<Arrival>),
    /// Nothing that is read here is left in the stream up to this sequence.
    Level(Stream, u64),
}

enum Chunk {
    Messages(Vec<Message>),
    Level(Stream, u64),
}

pub struct Reader {
    chunks: mpsc::Receiver<Result<Chunk, Failure>>,
    read_ahead: Gauge,
    /// Taken from the queue while a batch was gathered.
    next: Option<Chunk>,
    _tasks: Vec<AbortOnDropHandle<()>>,
}

impl Reader {
    /// Reads each stream from behind the sequence that goes with it.
    pub async fn start(
        log: &EventLog,
        starts: Vec<(Stream, u64)>,
        read_ahead: Gauge,
    ) -> Result<Self, Failure> {
        read_ahead.set(0);
        let (sender, chunks) = mpsc::channel(CHUNKS_AHEAD);
        let mut tasks = Vec::new();
        for (stream, after) in starts {
            let subject = match stream {
                Stream::Facts => subject::ALL_FACTS,
                Stream::Identity => subject::ALL_PRIVATE,
            };
            let follow = log.follow(stream, vec![subject.to_owned()], after).await?;
            tasks.push(AbortOnDropHandle::new(tokio::spawn(pump(
                stream,
                follow,
                sender.clone(),
                read_ahead.clone(),
            ))));
        }
        Ok(Self { chunks, read_ahead, next: None, _tasks: tasks })
    }

    /// Waits for the first messages and takes what else is there, up to about `max`. Loses nothing when it is dropped
    /// while it waits.
    pub async fn next(&mut self, max: usize, registry: &[Registered]) -> Result<Reading, Failure> {
        let first = match self.next.take() {
            Some(chunk) => chunk,
            None => {
                self.chunks.recv().await.ok_or_else(|| Failure::Retry("the reader ended".to_owned()))??
            }
        };
        let mut messages = match first {
            Chunk::Messages(messages) => messages,
            Chunk::Level(stream, sequence) => return Ok(Reading::Level(stream, sequence)),
        };
        while messages.len() < max {
            match self.chunks.try_recv() {
                Ok(Ok(Chunk::Messages(more))) => messages.extend(more),
                Ok(Ok(level)) => {
                    self.next = Some(level);
                    break;
                }
                Ok(Err(failure)) => return Err(failure),
                Err(_nothing_there) => break,
            }
        }
        self.read_ahead.dec_by(i64::try_from(messages.len()).unwrap_or_default());
        let batch: Result<Vec<Arrival>, Failure> =
            messages.into_iter().map(|message| Arrival::read(message, registry)).collect();
        batch.map(Reading::Batch)
    }

    /// For a reader of one stream: the next messages up to `end`, `None` when there are no more.
    pub async fn next_until(
        &mut self,
        end: u64,
        max: usize,
        registry: &[Registered],
    ) -> Result<Option<Vec<Arrival>>, Failure> {
        loop {
            match self.next(max, registry).await? {
                Reading::Batch(mut batch) => {
                    batch.retain(|arrival| arrival.sequence() <= end);
                    return Ok((!batch.is_empty()).then_some(batch));
                }
                Reading::Level(_, sequence) if sequence >= end => return Ok(None),
                Reading::Level(..) => {}
            }
        }
    }
}

async fn pump(
    stream: Stream,
    mut follow: Follow,
    chunks: mpsc::Sender<Result<Chunk, Failure>>,
    read_ahead: Gauge,
) {
    let mut patience = SILENCE;
    loop {
        let chunk = match follow.next_batch(CHUNK_MAX, patience).await {
            Ok(messages) if messages.is_empty() => {
                patience = LEVEL_EVERY;
                match follow.caught_up_to().await {
                    Ok(sequence) => Ok(Chunk::Level(stream, sequence)),
                    Err(error) => {
                        tracing::debug!(%error, "whether a reader is level is not known right now");
                        continue;
                    }
                }
            }
            Ok(messages) => {
                patience = SILENCE;
                read_ahead.inc_by(i64::try_from(messages.len()).unwrap_or_default());
                Ok(Chunk::Messages(messages))
            }
            Err(error) => Err(Failure::from(error)),
        };
        let is_over = chunk.is_err();
        if chunks.send(chunk).await.is_err() || is_over {
            return;
        }
    }
}
