//! One batch, one transaction.

use super::live::{Checkpoint, Live, Member, version};
use super::orders::Order;
use super::{Runner, orders, parking};
use crate::arrival::{Arrival, Content};
use crate::failure::Failure;
use crate::metrics::{PerPart, PerProjection};
use crate::rows::bigint;
use chassis::log::{EventLog, Stream};
use events::{Part, Position, Recorded};
use sqlx::{Connection, PgConnection};
use std::collections::{BTreeMap, HashSet};
use std::time::Duration;
use tokio::time::Instant;

/// A checkpoint on its way.
struct Move {
    member: usize,
    part: Part,
    from: u64,
    to: Checkpoint,
}

impl Live {
    /// Applies a batch and commits it with its checkpoints.
    pub(super) async fn pass(&mut self, batch: &[Arrival], log: &EventLog) -> Result<(), Failure> {
        let moves = self.moves(batch);
        let mut outcome = if parking::needs_care(&self.members, batch) {
            self.commit_carefully(batch, &moves, log).await
        } else {
            match self.commit(batch, &moves).await {
                Err(Failure::Event(why)) => {
                    tracing::warn!(why, "an event could not be applied, looking for it");
                    self.members.iter_mut().for_each(|member| member.rows.forget());
                    self.commit_carefully(batch, &moves, log).await
                }
                outcome => outcome,
            }
        };
        if let Err(Failure::Event(why)) = outcome {
            outcome = Err(Failure::Halt(why)); // Parking should have dealt with it.
        }
        outcome?;
        for step in moves {
            self.members[step.member].checkpoints.insert(step.part, step.to);
        }
        if let Some(last) = batch.iter().rfind(|arrival| arrival.stream() == Stream::Facts) {
            self.seen = Some(checkpoint_at(last));
        }
        Ok(())
    }

    async fn commit(&mut self, batch: &[Arrival], moves: &[Move]) -> Result<(), Failure> {
        let mut tx = self.db.begin().await?;
        for member in &mut self.members {
            let events = due(member, &self.discarded, batch);
            apply(&mut tx, member, &events).await?;
        }
        write_moves(&mut tx, &self.members, moves, self.epoch).await?;
        tx.commit().await?;
        Ok(())
    }

    /// The same for a batch with trouble in it: piece by piece, each under a savepoint, so that only what cannot be applied
    /// is left out.
    async fn commit_carefully(
        &mut self,
        batch: &[Arrival],
        moves: &[Move],
        log: &EventLog,
    ) -> Result<(), Failure> {
        let mut tx = self.db.begin().await?;
        for piece in batch.chunk_by(|left, right| !is_operation(left) && !is_operation(right)) {
            if let [arrival] = piece
                && let Content::Operation(operation, ordered_at) = &arrival.content
            {
                parking::obey(&mut tx, &mut self.members, &mut self.discarded, operation, log).await?;
                let id = arrival.message.id().map(|id| id.0).unwrap_or_default();
                let order = Order { id, sequence: arrival.sequence(), time: *ordered_at, operation };
                orders::note(&mut tx, order).await?;
                continue;
            }
            for member in &mut self.members {
                parking::apply(&mut tx, member, &self.discarded, piece).await?;
            }
        }
        write_moves(&mut tx, &self.members, moves, self.epoch).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Per projection and part, the step from its checkpoint to the batch's last message in that part.
    fn moves(&self, batch: &[Arrival]) -> Vec<Move> {
        let mut last: BTreeMap<Part, &Arrival> = BTreeMap::new();
        last.extend(batch.iter().map(|arrival| (arrival.part, arrival)));
        let mut moves = Vec::new();
        for (part, arrival) in last {
            moves.extend(self.moves_to(part, &checkpoint_at(arrival)));
        }
        moves
    }

    fn moves_to(&self, part: Part, to: &Checkpoint) -> Vec<Move> {
        let step = |(member, at): (usize, &Member)| {
            let from = at.checkpoints.get(&part)?.sequence;
            (from < to.sequence).then(|| Move { member, part, from, to: to.clone() })
        };
        self.members.iter().enumerate().filter_map(step).collect()
    }

    /// Moves the checkpoints of all of `parts` to one place, without any rows.
    pub(super) async fn commit_watermark(
        &mut self,
        parts: Vec<Part>,
        to: &Checkpoint,
    ) -> Result<(), Failure> {
        let moves: Vec<Move> = parts.into_iter().flat_map(|part| self.moves_to(part, to)).collect();
        if moves.is_empty() {
            return Ok(());
        }
        let mut tx = self.db.begin().await?;
        write_moves(&mut tx, &self.members, &moves, self.epoch).await?;
        tx.commit().await?;
        for step in moves {
            self.members[step.member].checkpoints.insert(step.part, step.to);
        }
        Ok(())
    }
}

fn checkpoint_at(arrival: &Arrival) -> Checkpoint {
    Checkpoint { sequence: arrival.sequence(), digest: arrival.message.digest().to_vec() }
}

fn is_operation(arrival: &Arrival) -> bool {
    matches!(arrival.content, Content::Operation(..))
}

/// What a projection has not seen of a batch and handles.
pub(super) fn due<'a>(
    member: &Member,
    discarded: &HashSet<(String, u64)>,
    batch: &'a [Arrival],
) -> Vec<&'a Recorded> {
    let name = member.registered.name;
    let is_due = |arrival: &&Arrival| {
        member.registered.handles(&arrival.name)
            && member.checkpoints.get(&arrival.part).is_some_and(|at| at.sequence < arrival.sequence())
            && (discarded.is_empty() || !discarded.contains(&(name.to_owned(), arrival.sequence())))
    };
    batch.iter().filter(is_due).filter_map(Arrival::event).collect()
}

/// Load, fold, write.
pub(super) async fn apply(
    db: &mut PgConnection,
    member: &mut Member,
    events: &[&Recorded],
) -> Result<(), Failure> {
    if events.is_empty() {
        return Ok(());
    }
    member.rows.load(db, events).await?;
    for event in events {
        member.rows.fold(event)?;
    }
    member.rows.upsert(db).await?;
    Ok(())
}

async fn write_moves(
    db: &mut PgConnection,
    members: &[Member],
    moves: &[Move],
    epoch: i64,
) -> Result<(), Failure> {
    let mut position = Position::default();
    for step in moves {
        position.advance(step.part, step.to.sequence);
    }
    let rows: Vec<_> = moves
        .iter()
        .map(|step| (&members[step.member].registered, step.part, step.from, step.to.clone()))
        .collect();
    move_checkpoints(db, &rows, epoch, &position).await
}

/// The fence: every checkpoint must still be where this owner left it, under this owner's epoch. Tells readers how far the
/// read models have come.
pub async fn move_checkpoints(
    db: &mut PgConnection,
    moves: &[(&crate::projection::Registered, Part, u64, Checkpoint)],
    epoch: i64,
    position: &Position,
) -> Result<(), Failure> {
    let outcome = sqlx::query!(
        r#"WITH moved AS (
             UPDATE checkpoints AS at
             SET sequence = step.sequence_to, digest = step.digest, updated_at = clock_timestamp()
             FROM UNNEST($1::text[], $2::int[], $3::text[], $4::bigint[], $5::bigint[], $6::bytea[])
               AS step (projection, version, part, sequence_from, sequence_to, digest)
             WHERE at.projection = step.projection AND at.version = step.version AND at.part = step.part
               AND at.sequence = step.sequence_from AND at.epoch = $7
             RETURNING 1
           )
           SELECT count(*) AS "moved!", pg_notify('laurel_moved', $8)::text FROM moved"#,
        &moves.iter().map(|(registered, ..)| registered.name.to_owned()).collect::<Vec<_>>(),
        &moves.iter().map(|(registered, ..)| version(registered)).collect::<Vec<_>>(),
        &moves.iter().map(|(_, part, ..)| part.to_string()).collect::<Vec<_>>(),
        &moves.iter().map(|(_, _, from, _)| bigint(*from)).collect::<Vec<_>>(),
        &moves.iter().map(|(.., to)| bigint(to.sequence)).collect::<Vec<_>>(),
        &moves.iter().map(|(.., to)| to.digest.clone()).collect::<Vec<_>>(),
        epoch,
        position.to_string()
    )
    .fetch_one(db)
    .await?;
    if usize::try_from(outcome.moved) == Ok(moves.len()) { Ok(()) } else { Err(Failure::Fenced) }
}

impl Runner {
    /// Counts a batch that was committed.
    pub(super) fn observe(&self, live: &Live, batch: &[Arrival], began: Instant) {
        let metrics = &self.metrics;
        let count = u32::try_from(batch.len()).unwrap_or(u32::MAX);
        metrics.events.inc_by(u64::from(count));
        metrics.batch_events.observe(f64::from(count));
        metrics.commit_seconds.observe(began.elapsed().as_secs_f64());
        let now = self.clock.now();
        let mut ages: BTreeMap<Part, f64> = BTreeMap::new();
        for arrival in batch {
            if let Content::Event(event) = &arrival.content {
                let age = (now - event.time).to_std().unwrap_or_default().as_secs_f64();
                ages.insert(arrival.part, age);
            }
        }
        let slowest = ages.values().copied().fold(0.0, f64::max);
        self.visible_after.note(Duration::from_secs_f64(slowest));
        for member in &live.members {
            let Member { registered, checkpoints, parked, .. } = member;
            for (part, age) in &ages {
                let Some(at) = checkpoints.get(part) else { continue };
                let (projection, version) = (registered.name, registered.version);
                let label = PerPart { projection, version, part: part.to_string() };
                metrics.visible_after_seconds.get_or_create(&label).set(*age);
                metrics.sequence.get_or_create(&label).set(bigint(at.sequence));
            }
            let label = PerProjection { projection: registered.name, version: registered.version };
            metrics.parked_keys.get_or_create(&label).set(i64::try_from(parked.len()).unwrap_or(i64::MAX));
        }
    }
}
