//! One projection's share of a build: folds what is read and copies rows out when too many are in hand. Memory is
//! bounded by the rows kept in hand and the batches read ahead, whatever the length of the log.
//!
//! What is copied out belongs to one transaction from one saved state to the next, so that after a crash the tables hold
//! exactly what the saved state says, and folding goes on from there.

use super::record::{self, Job};
use super::{BATCH_MAX, Discarded, shape};
use crate::arrival::{Arrival, Content};
use crate::failure::Failure;
use crate::projection::Registered;
use crate::rows::{bigint, storable};
use crate::runner::{Member, Reader, Runner, connect, set_search_path};
use chassis::log::{EventLog, Stream};
use events::Recorded;
use prometheus_client::metrics::gauge::Gauge;
use serde::{Deserialize, Serialize};
use sqlx::{AssertSqlSafe, PgConnection};
use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::Instant;
use tokio_util::task::AbortOnDropHandle;
use uuid::Uuid;

/// By this name a builder's connections are found again.
pub const APPLICATION: &str = "laurel-build";
/// A builder that is frozen in the middle of a transaction holds rows back from being cleaned up for this long at most.
const IDLE_MAX: &str = "SET idle_in_transaction_session_timeout = '30s'";
const BATCHES_AHEAD: usize = 4;
/// While rows are folded every statement finds its rows by key ([`connect`]); what comes after goes over whole tables.
const WHOLE_TABLES: [&str; 6] = [
    "SET enable_seqscan = on",
    "SET enable_hashjoin = on",
    "SET enable_mergejoin = on",
    "SET work_mem = '64MB'",
    // Of each projection that is built: they settle side by side.
    "SET maintenance_work_mem = '128MB'",
    // A tenth of the usual sample of each table, which took longer than to index it; autovacuum takes its own in time.
    "SET default_statistics_target = 10",
];
const ONE_BY_ONE: [&str; 5] = [
    "RESET enable_seqscan",
    "RESET enable_hashjoin",
    "RESET enable_mergejoin",
    "RESET work_mem",
    "RESET default_statistics_target",
];

/// A running worker.
pub struct Worker {
    pub job: Job,
    /// Up to here the tables were folded when it started.
    pub from: u64,
    /// `None` when there are no more to come.
    batches: Option<mpsc::Sender<Arc<Vec<Arrival>>>>,
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
#[derive(Debug, Clone, Serialize, Deserialize)]
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
    /// Begins with new tables, or goes on with saved ones.
    pub async fn start(
        runner: &Runner,
        job: Job,
        schema: String,
        discarded: Discarded,
    ) -> Result<Self, Failure> {
        let target = job.target;
        let mut db = builder(runner).await?;
        // What fills a table in the transaction that made it need not go through the write-ahead log, where PostgreSQL
        // keeps that for itself alone (`wal_level = minimal`).
        shape::execute(&mut db, "BEGIN".to_owned()).await?;
        let later = match &job.resume {
            Some(_) => shape::missing_indexes(&mut db, &target, &schema).await?,
            None => shape::create(&mut db, &target, &schema).await?,
        };
        let mut finished = Finished::empty(db, target, schema, discarded);
        finished.member.rows.start_empty();
        if let Some(resume) = &job.resume {
            finished.member.rows.flush(&mut finished.db).await?;
            finished.go_on_from(resume.sequence, &resume.digest, &resume.waiting);
        }
        let from = finished.sequence;
        let (batches, queue) = mpsc::channel(BATCHES_AHEAD);
        let task = tokio::spawn(finished.build(queue, later, job.id, runner.save_builds_every));
        Ok(Self { job, from, batches: Some(batches), task: AbortOnDropHandle::new(task) })
    }

    /// `false` when it has failed; `finished` says why.
    pub async fn take(&self, batch: Arc<Vec<Arrival>>) -> bool {
        match &self.batches {
            Some(batches) => batches.send(batch).await.is_ok(),
            None => false,
        }
    }

    /// That was the last batch: from here on it settles by itself.
    pub fn no_more(&mut self) {
        self.batches = None;
    }

    pub async fn finished(mut self) -> Result<Finished, Failure> {
        self.no_more();
        self.task.await.map_err(|error| Failure::Halt(format!("a build ended: {error}")))?
    }
}

/// A connection to build with.
pub async fn builder(runner: &Runner) -> Result<PgConnection, Failure> {
    let mut db = connect(&runner.database.clone().application_name(APPLICATION)).await?;
    shape::execute(&mut db, IDLE_MAX.to_owned()).await?;
    Ok(db)
}

impl Finished {
    pub fn empty(db: PgConnection, target: Registered, schema: String, discarded: Discarded) -> Self {
        let (checkpoints, parked) = (BTreeMap::new(), HashSet::new());
        let member = Member { registered: target, rows: target.make(), checkpoints, parked };
        Self { db, member, schema, sequence: 0, digest: Vec::new(), waiting: Vec::new(), discarded }
    }

    /// Its tables hold what the events up to `sequence` made of them.
    pub fn go_on_from(&mut self, sequence: u64, digest: &[u8], waiting: &[Waiting]) {
        self.sequence = sequence;
        self.digest = digest.to_vec();
        self.waiting = waiting.to_vec();
        self.member.parked = waiting.iter().map(|event| event.key).collect();
    }

    async fn build(
        mut self,
        mut queue: mpsc::Receiver<Arc<Vec<Arrival>>>,
        later: Vec<String>,
        id: Uuid,
        save_every: Duration,
    ) -> Result<Self, Failure> {
        let outcome = self.build_all(&mut queue, later, id, save_every).await;
        if let Err(error) = &outcome {
            tracing::error!(projection = self.member.registered.name, %error, "a build failed");
        }
        outcome.map(|()| self)
    }

    async fn build_all(
        &mut self,
        queue: &mut mpsc::Receiver<Arc<Vec<Arrival>>>,
        later: Vec<String>,
        id: Uuid,
        save_every: Duration,
    ) -> Result<(), Failure> {
        set_search_path(&mut self.db, std::slice::from_ref(&self.schema)).await?;
        let began = Instant::now();
        let mut saved = Instant::now();
        while let Some(batch) = queue.recv().await {
            let new = batch.partition_point(|arrival| arrival.sequence() <= self.sequence);
            self.fold(&batch[new..]).await?;
            self.member.rows.spill(&mut self.db).await?;
            if saved.elapsed() >= save_every {
                self.save(id).await?;
                saved = Instant::now();
            }
        }
        let folded = Instant::now();
        for statement in WHOLE_TABLES {
            self.execute(statement).await?;
        }
        self.member.rows.settle(&mut self.db).await?;
        let settled = Instant::now();
        for statement in later {
            self.index(statement).await?;
        }
        shape::analyze(&mut self.db, &self.schema).await?;
        record::save_nothing(&mut self.db, id).await?;
        self.execute("COMMIT").await?;
        for statement in ONE_BY_ONE {
            self.execute(statement).await?;
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

    /// Makes an index. That rows are there several times, which is rare, is found out by making it: looking for them before
    /// would go over the whole table once more.
    async fn index(&mut self, statement: String) -> Result<(), Failure> {
        self.execute("SAVEPOINT before_index").await?;
        match sqlx::query(AssertSqlSafe(statement.clone())).execute(&mut self.db).await {
            Err(sqlx::Error::Database(error)) if error.is_unique_violation() => {
                self.execute("ROLLBACK TO SAVEPOINT before_index").await?;
                self.member.rows.keep_first(&mut self.db).await?;
                shape::execute(&mut self.db, statement).await?;
            }
            outcome => {
                outcome?;
            }
        }
        self.execute("RELEASE SAVEPOINT before_index").await
    }

    async fn execute(&mut self, statement: &'static str) -> Result<(), Failure> {
        sqlx::query(statement).execute(&mut self.db).await?;
        Ok(())
    }

    /// Ends the transaction with everything in it that was folded. Rows that cannot be written in between are a build that
    /// begins anew after a crash.
    async fn save(&mut self, id: Uuid) -> Result<(), Failure> {
        if self.member.rows.flush(&mut self.db).await? {
            record::save(&mut self.db, id, self.sequence, &self.digest, &self.waiting).await?;
        }
        self.execute("COMMIT").await?;
        self.execute("BEGIN").await
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
            event_type: storable(&arrival.name),
            error: storable(error),
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

    /// The same for kept tables, which are still to be of use when this process dies half-way.
    pub async fn catch_up_kept(&mut self, log: &EventLog, stream: Stream, end: u64) -> Result<(), Failure> {
        let registry = [self.member.registered];
        let mut reader = Reader::start(log, vec![(stream, self.sequence)], Gauge::default()).await?;
        while let Some(batch) = reader.next_until(end, BATCH_MAX, &registry).await? {
            self.execute("BEGIN").await?;
            self.fold(&batch).await?;
            self.member.rows.upsert(&mut self.db).await?;
            sqlx::query!(
                "UPDATE public.kept_versions SET sequence = $2, digest = $3, waiting = $4 WHERE projection = $1",
                self.member.registered.name,
                bigint(self.sequence),
                &self.digest,
                serde_json::to_value(&self.waiting).map_err(|error| Failure::Halt(error.to_string()))?
            )
            .execute(&mut self.db)
            .await?;
            self.execute("COMMIT").await?;
        }
        Ok(())
    }
}
