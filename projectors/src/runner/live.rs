//! What an owner holds: its connection, the live projections with the rows in hand, and how far each has come.

use super::Runner;
use crate::failure::Failure;
use crate::projection::{AnyProjection, Registered};
use chassis::log::Stream;
use events::{Part, Partition};
use sqlx::{Connection, PgConnection, PgPool};
use std::collections::{BTreeMap, HashSet};
use uuid::Uuid;

/// How far a projection version has come in one part.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Checkpoint {
    pub sequence: u64,
    /// Of the event at `sequence`; empty at 0.
    pub digest: Vec<u8>,
}

/// A projection at work.
pub struct Member {
    pub registered: Registered,
    pub rows: Box<dyn AnyProjection>,
    pub checkpoints: BTreeMap<Part, Checkpoint>,
    /// Keys whose events wait.
    pub parked: HashSet<Uuid>,
}

impl Member {
    pub fn stream(&self) -> Stream {
        if self.registered.is_personal() { Stream::Identity } else { Stream::Facts }
    }

    /// The parts a projection reads.
    pub fn parts(registered: &Registered) -> Vec<Part> {
        if registered.is_personal() {
            vec![Part::Identity]
        } else {
            Partition::all().map(Part::Facts).collect()
        }
    }
}

pub struct Live {
    pub epoch: i64,
    pub(super) db: PgConnection,
    pub(super) members: Vec<Member>,
    /// (projection, sequence) of events that an operator told us to ignore.
    pub(super) discarded: HashSet<(String, u64)>,
    /// The last message of FACTS that was passed: where its watermarks may move.
    pub(super) seen: Option<Checkpoint>,
}

impl Live {
    /// Raises the epoch on the checkpoints of all live versions: from here on nobody else can move them.
    pub async fn take_over(runner: &Runner, epoch: i64) -> Result<Self, Failure> {
        let mut db = connect(&runner.database).await?;
        let mut members = live_members(&mut db, runner.registry).await?;
        let mut tx = db.begin().await?;
        sqlx::query("SET LOCAL synchronous_commit = on").execute(&mut *tx).await?;
        for member in &mut members {
            claim(&mut tx, member, epoch).await?;
        }
        tx.commit().await?;
        let schemas: Vec<String> = members.iter().map(|member| member.registered.schema()).collect();
        set_search_path(&mut db, &schemas).await?;
        let discarded = super::parking::discarded(&runner.log).await?;
        Ok(Self { epoch, db, members, discarded, seen: None })
    }

    pub fn schema_of(&self, name: &str) -> Option<(String, u32)> {
        let member = self.members.iter().find(|member| member.registered.name == name)?;
        Some((member.registered.schema(), member.registered.version))
    }

    /// Where reading begins in each stream.
    pub(super) fn starts(&self) -> Vec<(Stream, u64)> {
        let oldest = |stream| Some((stream, self.read_by_all(stream)?));
        [Stream::Facts, Stream::Identity].into_iter().filter_map(oldest).collect()
    }

    /// Up to where every projection has read a stream. A projection's parts move in the stream's order, together: where its
    /// furthest part stands, the others had nothing more.
    pub(super) fn read_by_all(&self, stream: Stream) -> Option<u64> {
        let furthest = |member: &Member| member.checkpoints.values().map(|at| at.sequence).max();
        self.members.iter().filter(|member| member.stream() == stream).filter_map(furthest).min()
    }

    pub(super) fn checkpoints(&self, stream: Stream) -> impl Iterator<Item = &Checkpoint> {
        self.members
            .iter()
            .filter(move |member| member.stream() == stream)
            .flat_map(|m| m.checkpoints.values())
    }
}

/// A connection for an owner. What is read back from the log after a crash need not be fsynced here; a frozen owner must not
/// hold locks for long; and every statement is to find its rows by key, through a plan made once: planning anew costs more
/// than the work of a small batch, and with the ways over whole tables switched off a plan from when the tables were empty is
/// as good as a later one.
pub async fn connect(database: &sqlx::postgres::PgConnectOptions) -> Result<PgConnection, Failure> {
    let options = database.clone().options([
        ("synchronous_commit", "off"),
        ("idle_in_transaction_session_timeout", "2s"),
        ("lock_timeout", "1s"),
        ("enable_seqscan", "off"),
        ("enable_hashjoin", "off"),
        ("enable_mergejoin", "off"),
        ("plan_cache_mode", "force_generic_plan"),
        // The ways that are switched off look so dear to the planner that it would have every statement compiled.
        ("jit", "off"),
    ]);
    Ok(PgConnection::connect_with(&options).await?)
}

/// Statements name tables without their schema; this says which versions they mean.
pub async fn set_search_path(db: &mut PgConnection, schemas: &[String]) -> Result<(), Failure> {
    // `public` last: what is created goes into the first.
    let path = schemas.iter().map(String::as_str).chain(["public"]).collect::<Vec<_>>().join(", ");
    sqlx::query("SELECT set_config('search_path', $1, false)").bind(path).execute(db).await?;
    Ok(())
}

fn newer(name: &str, version: i32) -> String {
    format!("{name} v{version} is live and this process does not know it: upgrade this process")
}

/// What of the live versions this process has no code for.
pub(super) enum Lacking {
    Nothing,
    /// It is building their successors. Whoever still has the code folds them meanwhile.
    Older,
    /// Newer processes than this one are at work.
    Newer(String),
}

pub(super) async fn lacking(pool: &PgPool, registry: &[Registered]) -> Result<Lacking, Failure> {
    let live = sqlx::query!("SELECT name, version FROM projections WHERE state = 'live' ORDER BY name")
        .fetch_all(pool)
        .await?;
    let mut lacking = Lacking::Nothing;
    for live in live {
        match registry.iter().find(|known| known.name == live.name).map(version) {
            Some(own) if own == live.version => {}
            Some(own) if own > live.version => lacking = Lacking::Older,
            _ => return Ok(Lacking::Newer(newer(&live.name, live.version))),
        }
    }
    Ok(lacking)
}

async fn live_members(db: &mut PgConnection, registry: &[Registered]) -> Result<Vec<Member>, Failure> {
    let live = sqlx::query!("SELECT name, version FROM projections WHERE state = 'live' ORDER BY name")
        .fetch_all(&mut *db)
        .await?;
    let mut members = Vec::new();
    for live in live {
        let known = registry.iter().find(|known| known.name == live.name);
        let registered = match known {
            Some(known) if version(known) == live.version => known,
            // The code that folds it is in older processes; this one is building its successor.
            Some(known) if version(known) > live.version => continue,
            _ => return Err(Failure::Retry(newer(&live.name, live.version))),
        };
        members.push(Member {
            registered: *registered,
            rows: registered.make(),
            checkpoints: BTreeMap::new(),
            parked: HashSet::new(),
        });
    }
    Ok(members)
}

/// Takes a member's checkpoints for `epoch` and learns where they and its parked keys are.
pub async fn claim(db: &mut PgConnection, member: &mut Member, epoch: i64) -> Result<(), Failure> {
    let name = member.registered.name;
    let version = version(&member.registered);
    let claimed = sqlx::query!(
        "UPDATE checkpoints SET epoch = $3 WHERE projection = $1 AND version = $2 AND epoch < $3
         RETURNING part, sequence, digest",
        name,
        version,
        epoch
    )
    .fetch_all(&mut *db)
    .await?;
    for row in claimed {
        let part = row.part.parse().map_err(|_| Failure::Halt(format!("{} is no part", row.part)))?;
        let sequence = u64::try_from(row.sequence).unwrap_or_default();
        member.checkpoints.insert(part, Checkpoint { sequence, digest: row.digest });
    }
    let expected = Member::parts(&member.registered).len();
    if member.checkpoints.len() != expected {
        tracing::info!(projection = name, "its checkpoints belong to a later owner");
        return Err(Failure::Fenced);
    }
    let parked = sqlx::query_scalar!(
        "SELECT DISTINCT key FROM parked WHERE projection = $1 AND version = $2",
        name,
        version
    );
    member.parked = parked.fetch_all(&mut *db).await?.into_iter().collect();
    Ok(())
}

/// A version as the tables have it.
pub fn version(registered: &Registered) -> i32 {
    i32::try_from(registered.version).unwrap_or(i32::MAX)
}
