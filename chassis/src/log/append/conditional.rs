//! Conditional appends. Each travels alone and is never split.

use super::super::error::{AppendError, LogError};
use super::Appended;
use super::door::{Attempts, Door};
use super::event::Outgoing;
use super::outcome::{Cause, Step, after_conditional};

/// How many messages on one subject are looked at for an event of ours before somebody else's is believed.
const READ_BACK_MAX: usize = 64;

/// Appends all events or none. The caller holds their subjects' lanes.
pub(super) async fn append(door: &Door, batch: &[Outgoing]) -> Result<Appended, AppendError> {
    let members: Vec<&Outgoing> = batch.iter().collect();
    let count = members.len() as u64;
    let mut attempts = Attempts::new(false);
    loop {
        // An atomic batch of one costs several times a plain publish, which can carry the condition as well.
        let answer = match members.as_slice() {
            [only] => door.send(only).await,
            members => door.send_batch(members).await,
        };
        match after_conditional(attempts.noting(answer), count, attempts.lost) {
            Step::Stored(sequence) => return Ok(Appended { sequence, duplicate: false }),
            Step::Compare(sequence) => return compare(door, members[0], sequence, &mut attempts).await,
            Step::ReadBack(cause) => match read_back(door, &members, cause, &mut attempts).await? {
                Some(settled) => return settled,
                None => attempts.again(door).await?,
            },
            Step::Again | Step::Halve => attempts.again(door).await?,
            Step::Fail(error) => return Err(error),
        }
    }
}

/// Settles a broker's "duplicate": the stored message decides whose it is.
pub(super) async fn compare(
    door: &Door,
    event: &Outgoing,
    sequence: u64,
    attempts: &mut Attempts,
) -> Result<Appended, AppendError> {
    loop {
        match door.at(sequence).await {
            Ok(Some(stored)) if event.has_id_of(&stored) && event.is_same_request(&stored) => {
                return Ok(Appended { sequence, duplicate: true });
            }
            // Another request's, or erased since: never claim that something is stored which may not be.
            Ok(_) => return Err(AppendError::KeyReused),
            Err(error) => retry_read(door, &error, attempts).await?,
        }
    }
}

/// Looks at what stands on the members' subjects from the expected sequences on. `None`: nothing does, the refusal was
/// spurious or is not visible yet.
async fn read_back(
    door: &Door,
    members: &[&Outgoing],
    cause: Cause,
    attempts: &mut Attempts,
) -> Result<Option<Result<Appended, AppendError>>, AppendError> {
    let mut ours = 0;
    let mut sequence = 0;
    let mut moved = None;
    for member in members {
        let found = loop {
            match find(door, member).await {
                Ok(found) => break found,
                Err(error) => retry_read(door, &error, attempts).await?,
            }
        };
        match found {
            Found::Ours { at, same_request: true } => {
                ours += 1;
                sequence = at;
            }
            Found::Ours { same_request: false, .. } => return Ok(Some(Err(AppendError::KeyReused))),
            Found::Others => moved = moved.or(Some(member.subject.to_string())),
            Found::Nothing => {}
        }
    }
    Ok(match (moved, cause) {
        _ if ours == members.len() => Some(Ok(Appended { sequence, duplicate: true })),
        (Some(subject), _) => Some(Err(AppendError::Conflict { subject })),
        // The broker knows an id, and it is on none of the subjects: it was used for something else.
        (None, Cause::KnownId) => Some(Err(AppendError::KeyReused)),
        (None, Cause::Moved) => None,
    })
}

/// What stands on a subject after the expected sequence.
enum Found {
    Ours { at: u64, same_request: bool },
    Others,
    Nothing,
}

async fn find(door: &Door, member: &Outgoing) -> Result<Found, LogError> {
    let mut from = member.expected.unwrap_or_default() + 1;
    let mut found = Found::Nothing;
    for _ in 0..READ_BACK_MAX {
        let Some(stored) = door.first_from(&member.subject, from).await? else { break };
        if member.has_id_of(&stored) {
            let same_request = member.is_same_request(&stored);
            return Ok(Found::Ours { at: stored.sequence, same_request });
        }
        from = stored.sequence + 1;
        found = Found::Others;
    }
    Ok(found)
}

async fn retry_read(door: &Door, error: &LogError, attempts: &mut Attempts) -> Result<(), AppendError> {
    tracing::debug!(%error, "reading an append's outcome back");
    attempts.again(door).await
}
