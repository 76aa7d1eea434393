//! Parking: an event that cannot be applied for its own fault parks its key. Later events of the key wait behind it, in
//! order; everybody else goes on. Operators let a key try again or discard an event, by facts, so a rebuild comes to the
//! same rows.

use super::batch;
use super::live::{Member, version};
use crate::arrival::{self, Arrival, Content};
use crate::failure::Failure;
use crate::rows::{bigint, storable};
use chassis::log::{EventLog, Stream};
use events::operation::{OperationEvent, ParkedEventDiscarded};
use events::{Event, LearnerId, Recorded, subject};
use sqlx::PgConnection;
use std::collections::HashSet;
use std::time::Duration;
use uuid::Uuid;

/// Whether a batch has anything in it that must be taken piece by piece.
pub(super) fn needs_care(members: &[Member], batch: &[Arrival]) -> bool {
    batch.iter().any(|arrival| match arrival.content {
        Content::Operation(..) | Content::Unreadable(_) => true,
        Content::Event(_) | Content::Other => {
            members.iter().any(|member| !member.parked.is_empty() && member.parked.contains(&arrival.key))
        }
    })
}

/// Applies what of `piece` is due for `member`; halves it until what cannot be applied stands alone, and parks that.
pub(super) async fn apply(
    db: &mut PgConnection,
    member: &mut Member,
    discarded: &HashSet<(String, u64)>,
    piece: &[Arrival],
) -> Result<(), Failure> {
    let mut pieces = vec![piece];
    while let Some(piece) = pieces.pop() {
        if let [arrival] = piece
            && is_due(member, discarded, arrival)
        {
            apply_one(db, member, arrival).await?;
            continue;
        }
        let is_unreadable = |arrival: &Arrival| matches!(arrival.content, Content::Unreadable(_));
        let splits =
            piece.iter().any(|arrival| is_unreadable(arrival) || member.parked.contains(&arrival.key));
        let outcome = if splits && piece.len() > 1 {
            Err(Failure::Event(String::new()))
        } else {
            under_savepoint(db, member, &batch::due(member, discarded, piece)).await
        };
        match outcome {
            Err(Failure::Event(_)) => {
                let (left, right) = piece.split_at(piece.len() / 2);
                pieces.extend([right, left]);
            }
            outcome => outcome?,
        }
    }
    Ok(())
}

fn is_due(member: &Member, discarded: &HashSet<(String, u64)>, arrival: &Arrival) -> bool {
    let name = member.registered.name;
    member.registered.handles(&arrival.name)
        && member.checkpoints.get(&arrival.part).is_some_and(|at| at.sequence < arrival.sequence())
        && !discarded.contains(&(name.to_owned(), arrival.sequence()))
}

/// One event that a projection handles: applied, parked, or put behind a parked one of its key.
async fn apply_one(db: &mut PgConnection, member: &mut Member, arrival: &Arrival) -> Result<(), Failure> {
    if member.parked.contains(&arrival.key) {
        return park(db, member, arrival, "waits behind a parked event of its key", false).await;
    }
    let outcome = match &arrival.content {
        Content::Event(event) => under_savepoint(db, member, &[event]).await,
        Content::Unreadable(why) => Err(Failure::Event(why.clone())),
        Content::Operation(..) | Content::Other => Ok(()),
    };
    match outcome {
        Err(Failure::Event(why)) => {
            tracing::error!(
                projection = member.registered.name, key = %arrival.key, sequence = arrival.sequence(), why,
                "an event could not be applied; its key is parked"
            );
            park(db, member, arrival, &why, true).await?;
            member.parked.insert(arrival.key);
            Ok(())
        }
        outcome => outcome,
    }
}

async fn under_savepoint(
    db: &mut PgConnection,
    member: &mut Member,
    events: &[&Recorded],
) -> Result<(), Failure> {
    if events.is_empty() {
        return Ok(());
    }
    sqlx::query("SAVEPOINT piece").execute(&mut *db).await?;
    let outcome = batch::apply(db, member, events).await;
    match &outcome {
        Ok(()) => {
            sqlx::query("RELEASE SAVEPOINT piece").execute(db).await?;
        }
        Err(Failure::Event(_)) => {
            member.rows.forget();
            sqlx::query("ROLLBACK TO SAVEPOINT piece").execute(db).await?;
        }
        Err(_) => {}
    }
    outcome
}

async fn park(
    db: &mut PgConnection,
    member: &Member,
    arrival: &Arrival,
    error: &str,
    cause: bool,
) -> Result<(), Failure> {
    sqlx::query!(
        "INSERT INTO parked (projection, version, part, key, sequence, event_id, event_type, error, cause)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
         ON CONFLICT (projection, version, part, sequence) DO NOTHING",
        member.registered.name,
        version(&member.registered),
        arrival.part.to_string(),
        arrival.key,
        bigint(arrival.sequence()),
        arrival.message.id().map(|id| id.0).unwrap_or_default(),
        storable(&arrival.name),
        storable(error),
        cause
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Does what an operator told us about a parked key.
pub(super) async fn obey(
    db: &mut PgConnection,
    members: &mut [Member],
    discarded: &mut HashSet<(String, u64)>,
    operation: &OperationEvent,
    log: &EventLog,
) -> Result<(), Failure> {
    let (projection, key) = match operation {
        OperationEvent::ParkedKeyRedriven(order) => (&order.projection, order.key),
        OperationEvent::ParkedEventDiscarded(order) => {
            discarded.insert((order.projection.clone(), order.sequence));
            (&order.projection, order.key)
        }
        OperationEvent::ProjectionBuildOrdered(_) | OperationEvent::ProjectionBuildAborted(_) => {
            return Ok(());
        }
    };
    for member in members.iter_mut().filter(|member| member.registered.name == *projection) {
        redrive(db, member, discarded, key, log).await?;
    }
    Ok(())
}

/// Applies a key's waiting events in order, up to the first that still cannot be applied.
async fn redrive(
    db: &mut PgConnection,
    member: &mut Member,
    discarded: &HashSet<(String, u64)>,
    key: Uuid,
    log: &EventLog,
) -> Result<(), Failure> {
    let name = member.registered.name;
    let waiting = sqlx::query_scalar!(
        "SELECT sequence FROM parked WHERE projection = $1 AND version = $2 AND key = $3 ORDER BY sequence",
        name,
        version(&member.registered),
        key
    )
    .fetch_all(&mut *db)
    .await?;
    for stored in waiting {
        let sequence = u64::try_from(stored).unwrap_or_default();
        if !discarded.contains(&(name.to_owned(), sequence)) {
            let outcome = match reread(member, log, key, sequence).await? {
                Ok(event) => under_savepoint(db, member, &[&event]).await,
                Err(why) => Err(Failure::Event(why)),
            };
            match outcome {
                Err(Failure::Event(why)) => return still_parked(db, member, stored, &why).await,
                outcome => outcome?,
            }
        }
        sqlx::query!(
            "DELETE FROM parked WHERE projection = $1 AND version = $2 AND key = $3 AND sequence = $4",
            name,
            version(&member.registered),
            key,
            stored
        )
        .execute(&mut *db)
        .await?;
    }
    member.parked.remove(&key);
    tracing::info!(projection = name, %key, "a parked key goes on");
    Ok(())
}

/// An event from the log once more; the inner error says why it cannot be read. IDENTITY may be read by following only.
async fn reread(
    member: &Member,
    log: &EventLog,
    key: Uuid,
    sequence: u64,
) -> Result<Result<Recorded, String>, Failure> {
    const PATIENCE: Duration = Duration::from_secs(2);
    let message = match member.stream() {
        Stream::Facts => log.at(Stream::Facts, sequence).await?,
        Stream::Identity => {
            let account = vec![subject::private(LearnerId(key))];
            let mut follow = log.follow(Stream::Identity, account, sequence - 1).await?;
            follow.next_batch(1, PATIENCE).await?.pop().filter(|message| message.sequence == sequence)
        }
    };
    let Some(message) = message else { return Ok(Err("the event is no longer in the log".to_owned())) };
    Ok(message.decode().map_err(|error| error.to_string()))
}

async fn still_parked(
    db: &mut PgConnection,
    member: &Member,
    sequence: i64,
    why: &str,
) -> Result<(), Failure> {
    sqlx::query!(
        "UPDATE parked SET error = $4, cause = true WHERE projection = $1 AND version = $2 AND sequence = $3",
        member.registered.name,
        version(&member.registered),
        sequence,
        storable(why)
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Every event that an operator discarded up to now: (projection, sequence). Read from the log before any fold begins,
/// because the order to ignore an event stands behind it.
pub async fn discarded(log: &EventLog) -> Result<HashSet<(String, u64)>, Failure> {
    const PATIENCE: Duration = Duration::from_secs(5);
    let mut discarded = HashSet::new();
    let operations = arrival::operations();
    let last = log.last(&operations).await?.map_or(0, |message| message.sequence);
    if last == 0 {
        return Ok(discarded);
    }
    let mut follow = log.follow(Stream::Facts, vec![operations], 0).await?;
    while follow.last() < last {
        for message in follow.next_batch(1_000, PATIENCE).await? {
            let event = message.decode().map_err(|error| Failure::Halt(error.to_string()))?.event;
            if let Event::Operation(OperationEvent::ParkedEventDiscarded(order)) = event {
                let ParkedEventDiscarded { projection, sequence, .. } = order;
                discarded.insert((projection, sequence));
            }
        }
    }
    Ok(discarded)
}
