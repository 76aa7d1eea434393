//! Single reads and the package bucket (an object store, named by the digest of the content).

use super::error::LogError;
use super::{EventLog, Message, Stream};
use async_nats::jetstream::stream::{DirectGetErrorKind, RawMessageErrorKind};
use chrono::{DateTime, Utc};
use events::{package, subject};
use tokio::io::AsyncReadExt;

impl EventLog {
    /// Stores a package under its digest. Storing it again changes nothing.
    pub async fn put_package(&self, digest: &str, bytes: &[u8]) -> Result<(), LogError> {
        let failed = LogError::request("storing a package");
        let store = match self.jetstream.get_object_store(subject::EXERCISES).await {
            Ok(store) => store,
            Err(error) => return Err(failed(error.into())),
        };
        if store.info(digest).await.is_ok_and(|found| !found.deleted) {
            return Ok(());
        }
        let mut content = bytes;
        store.put(digest, &mut content).await.map_err(|error| failed(error.into()))?;
        Ok(())
    }

    /// Forgets a package that nothing names and nobody else can have stored.
    pub async fn remove_package(&self, digest: &str) -> Result<(), LogError> {
        let failed = LogError::request("removing a package");
        match self.jetstream.get_object_store(subject::EXERCISES).await {
            Ok(store) => store.delete(digest).await.map_err(|error| failed(error.into())),
            Err(error) => Err(failed(error.into())),
        }
    }

    /// Reads a package and checks that it is what its name says.
    pub async fn get_package(&self, digest: &str) -> Result<Vec<u8>, LogError> {
        let store = self
            .jetstream
            .get_object_store(subject::EXERCISES)
            .await
            .map_err(|error| LogError::request("opening the package bucket")(error.into()))?;
        let mut object =
            store.get(digest).await.map_err(|error| LogError::request("reading a package")(error.into()))?;
        let mut bytes = Vec::new();
        object
            .read_to_end(&mut bytes)
            .await
            .map_err(|error| LogError::request("reading a package")(error.into()))?;
        let found = package::digest(&bytes);
        if found == digest { Ok(bytes) } else { Err(LogError::Corrupt { digest: digest.to_owned(), found }) }
    }

    /// The last message on a subject, from the stream's leader: what a decision may stand on.
    pub async fn last(&self, subject: &str) -> Result<Option<Message>, LogError> {
        let stream = self.stream(Stream::of(subject)).await?;
        match stream.get_last_raw_message_by_subject(subject).await {
            Ok(message) => Ok(Some(message.into())),
            Err(error) if error.kind() == RawMessageErrorKind::NoMessageFound => Ok(None),
            Err(error) => Err(LogError::request("reading a subject's last message")(error.into())),
        }
    }

    /// The last message on a subject, from whichever replica answers: may be a moment old. The broker can limit this
    /// one by subject.
    pub async fn last_direct(&self, subject: &str) -> Result<Option<Message>, LogError> {
        let stream = self.stream(Stream::of(subject)).await?;
        match stream.direct_get_last_for_subject(subject).await {
            Ok(message) => Ok(Some(message.into())),
            Err(error) if error.kind() == DirectGetErrorKind::NotFound => Ok(None),
            Err(error) => Err(LogError::request("reading a subject's last message")(error.into())),
        }
    }

    /// The message at a sequence, from the leader; `None` when it was erased, trimmed or is not there yet.
    pub async fn at(&self, stream: Stream, sequence: u64) -> Result<Option<Message>, LogError> {
        match self.stream(stream).await?.get_raw_message(sequence).await {
            Ok(message) => Ok(Some(message.into())),
            Err(error) if error.kind() == RawMessageErrorKind::NoMessageFound => Ok(None),
            Err(error) => Err(LogError::request("reading a message")(error.into())),
        }
    }

    /// The leader's last sequence.
    pub async fn last_sequence(&self, stream: Stream) -> Result<u64, LogError> {
        let info = self.stream(stream).await?.get_info().await;
        info.map(|info| info.state.last_sequence)
            .map_err(|error| LogError::request("reading a stream's state")(error.into()))
    }

    /// The sequence of the last fact that was stored before `time`, from the leader; what comes behind it was stored then or
    /// later. FACTS has no holes, so halving finds it: two dozen reads in a log of ten million.
    pub async fn last_fact_before(&self, time: DateTime<Utc>) -> Result<u64, LogError> {
        let stream = self.stream(Stream::Facts).await?;
        let state = stream.get_info().await;
        let state = state.map_err(|error| LogError::request("reading a stream's state")(error.into()))?.state;
        let time_ns = i128::from(time.timestamp_micros()) * 1_000;
        let (mut before, mut after) = (state.first_sequence.saturating_sub(1), state.last_sequence + 1);
        while after - before > 1 {
            let middle = before + (after - before) / 2;
            let stored = match stream.get_raw_message(middle).await {
                Ok(message) => message.time.unix_timestamp_nanos(),
                // Trimmed meanwhile, so older than what is still there.
                Err(error) if error.kind() == RawMessageErrorKind::NoMessageFound => i128::MIN,
                Err(error) => return Err(LogError::request("reading when a fact was stored")(error.into())),
            };
            if stored < time_ns { before = middle } else { after = middle }
        }
        Ok(before)
    }

    /// Overwrites everything on a subject but its last message, on disk too. Safe to repeat, also after dying half-way.
    ///
    /// A purge would leave the bytes in the broker's files until it happens to rewrite them; a single delete overwrites
    /// them at once (ADR 0005). FACTS denies both.
    pub async fn erase_all_but_last(&self, subject: &str) -> Result<(), LogError> {
        let stream = self.stream(Stream::of(subject)).await?;
        let Some(last) = self.last(subject).await? else { return Ok(()) };
        loop {
            let first = match stream.get_first_raw_message_by_subject(subject, 1).await {
                Ok(first) => first.sequence,
                Err(error) if error.kind() == RawMessageErrorKind::NoMessageFound => return Ok(()),
                Err(error) => {
                    return Err(LogError::request("reading a subject's first message")(error.into()));
                }
            };
            if first >= last.sequence {
                return Ok(());
            }
            if let Err(error) = stream.delete_message(first).await {
                // Two may erase at once (the learner and the relay). The slower one gets the general error 10057, so
                // whether the message is gone has to be looked up.
                if self.at(Stream::of(subject), first).await?.is_some() {
                    return Err(LogError::request("erasing a message")(error.into()));
                }
            }
        }
    }

    async fn stream(&self, stream: Stream) -> Result<async_nats::jetstream::stream::Stream<()>, LogError> {
        self.jetstream
            .get_stream_no_info(stream.name())
            .await
            .map_err(|error| LogError::request("opening a stream")(error.into()))
    }
}
