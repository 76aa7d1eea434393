//! One projection's share of a build: folds what is read and copies rows out when too many are in hand. Memory is
//! bounded by the rows kept in hand and the batches read ahead, whatever the length of the log.

use super::{BATCH_MAX, Discarded, shape};
use crate::arrival::{Arrival, Content};
use crate::failure::Failure;
use crate::projection::Registered;
use crate::runner::{Member, Reader, connect};
use chassis::log::{EventLog, Stream};
use events::Recorded;
use prometheus_client::metrics::gauge::Gauge;
use sqlx::PgConnection;
use sqlx::postgres::PgConnectOptions;
use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;
use tokio::sync::mpsc;
use tokio::time::Instant;
use tokio_util::task::AbortOnDropHandle;
use uuid::Uuid;

const BATCHES_AHEAD: usize = 4;
/// While rows are folded every statement finds its rows by key ([`connect`]); what comes after goes over whole tables.
const WHOLE_TABLES: [&str; 5] = [
    "SET enable_seqscan = on",
    "SET enable_hashjoin = on",
    "SET enable_mergejoin = on",
    "SET work_mem = '64MB'",
    "SET maintenance_work_mem = '256MB'",
];
const ONE_BY_ONE: [&str; 4] =
    ["RESET enable_seqscan", "RESET enable_hashjoin", "RESET enable_mergejoin", "RESET work_mem"];

/// A running worker.
pub struct Worker {
    batches: mpsc::Sender<Arc<Vec<Arrival>>>,
    task: AbortOnDropHandle<Result<Finished, Failure>>,
}

/// A projection version that has been built up to `sequence`.
pub struct Finished {
    pub db: PgConnection,
    pub member: Member,
    pub schema: String,
    pub sequence: u64,
    pub digest: Vec<u8>,
    pub waiting: Vec<Waiting>,
    discarded: Discarded,
}

/// An event that the build parked.
pub struct Waiting {
    pub part: String,
    pub key: Uuid,
    pub sequence: u64,
    pub event_id: Uuid,
    pub event_type: String,
    pub error: String,
    pub cause: bool,
}

impl Worker {
    pub async fn start(
        database: &PgConnectOptions,
        target: Registered,
        epoch: i64,
        discarded: Discarded,
    ) -> Result<Self, Failure> {
        let mut db = connect(database).await?;
        let schema = shape::building_schema(&target, epoch);
        let later = shape::create(&mut db, &target, &schema).await?;
        let mut rows = target.make();
        rows.start_empty();
        let checkpoints = BTreeMap::new();
        let member = Member { registered: target, rows, checkpoints, parked: HashSet::new() };
        let finished =
            Finished { db, member, schema, sequence: 0, digest: Vec::new(), waiting: Vec::new(), discarded };
        let (batches, queue) = mpsc::channel(BATCHES_AHEAD);
        let task = AbortOnDropHandle::new(tokio::spawn(finished.build(queue, later)));
        Ok(Self { batches, task })
    }

    /// `false` when it has failed; `finished` says why.
    pub async fn take(&self, batch: Arc<Vec<Arrival>>) -> bool {
        self.batches.send(batch).await.is_ok()
    }

    pub async fn finished(self) -> Result<Finished, Failure> {
        drop(self.batches);
        self.task.await.map_err(|error| Failure::Halt(format!("a build ended: {error}")))?
    }
}

impl Finished {
    async fn build(
        mut self,
        mut queue: mpsc::Receiver<Arc<Vec<Arrival>>>,
        later: Vec<String>,
    ) -> Result<Self, Failure> {
        let outcome = self.build_all(&mut queue, later).await;
        if let Err(error) = &outcome {
            tracing::error!(projection = self.member.registered.name, %error, "a build failed");
        }
        outcome.map(|()| self)
    }

    async fn build_all(
        &mut self,
        queue: &mut mpsc::Receiver<Arc<Vec<Arrival>>>,
        later: Vec<String>,
    ) -> Result<(), Failure> {
        let began = Instant::now();
        while let Some(batch) = queue.recv().await {
            self.fold(&batch).await?;
            self.member.rows.spill(&mut self.db).await?;
        }
        let folded = Instant::now();
        for statement in WHOLE_TABLES {
            shape::execute(&mut self.db, statement.to_owned()).await?;
        }
        self.member.rows.settle(&mut self.db).await?;
        let settled = Instant::now();
        for statement in later {
            shape::execute(&mut self.db, statement).await?;
        }
        shape::analyze(&mut self.db, &self.schema).await?;
        for statement in ONE_BY_ONE {
            shape::execute(&mut self.db, statement.to_owned()).await?;
        }
        self.member.rows = self.member.registered.make();
        tracing::info!(
            projection = self.member.registered.name,
            sequence = self.sequence,
            folding_ms = (folded - began).as_millis(),
            settling_ms = (settled - folded).as_millis(),
            indexing_ms = settled.elapsed().as_millis(),
            "a version is built"
        );
        Ok(())
    }

    async fn fold(&mut self, batch: &[Arrival]) -> Result<(), Failure> {
        let due: Vec<&Arrival> = batch.iter().filter(|arrival| self.is_due(arrival)).collect();
        let events: Vec<&Recorded> = due.iter().filter_map(|arrival| arrival.event()).collect();
        self.member.rows.load(&mut self.db, &events).await?;
        for arrival in due {
            if self.member.parked.contains(&arrival.key) {
                self.park(arrival, "waits behind a parked event of its key", false);
                continue;
            }
            let outcome = match &arrival.content {
                Content::Event(event) => self.member.rows.fold(event).map_err(|error| error.to_string()),
                Content::Unreadable(why) => Err(why.clone()),
                Content::Operation(..) | Content::Other => Ok(()),
            };
            if let Err(why) = outcome {
                self.park(arrival, &why, true);
                self.member.parked.insert(arrival.key);
            }
        }
        if let Some(last) = batch.last() {
            self.sequence = last.sequence();
            self.digest = last.message.digest().to_vec();
        }
        Ok(())
    }

    fn is_due(&self, arrival: &Arrival) -> bool {
        let name = self.member.registered.name;
        self.member.registered.handles(&arrival.name)
            && (self.discarded.is_empty() || !self.discarded.contains(&(name.to_owned(), arrival.sequence())))
    }

    fn park(&mut self, arrival: &Arrival, error: &str, cause: bool) {
        self.waiting.push(Waiting {
            part: arrival.part.to_string(),
            key: arrival.key,
            sequence: arrival.sequence(),
            event_id: arrival.message.id().map(|id| id.0).unwrap_or_default(),
            event_type: arrival.name.clone(),
            error: error.to_owned(),
            cause,
        });
    }

    /// Goes on to `end` the live way. Nobody else sees these tables, so it needs no transaction of its own.
    pub async fn catch_up(&mut self, log: &EventLog, stream: Stream, end: u64) -> Result<(), Failure> {
        if self.sequence >= end {
            return Ok(());
        }
        let registry = [self.member.registered];
        let mut reader = Reader::start(log, vec![(stream, self.sequence)], Gauge::default()).await?;
        while let Some(batch) = reader.next_until(end, BATCH_MAX, &registry).await? {
            self.fold(&batch).await?;
            self.member.rows.upsert(&mut self.db).await?;
        }
        Ok(())
    }
}
