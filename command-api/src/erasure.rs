//! Erasing a learner: what is left to do once `account_erased` stands on `private.<learner>`. Every step can be repeated,
//! so whoever finds an interrupted erasure (the learner asking again, the relay) finishes it.

use crate::accounts::account_event;
use crate::app::App;
use crate::cohorts;
use crate::error::ApiError;
use chassis::log::AppendError;
use events::account::{AccountErased, AccountEvent, ClaimReleased, DataKeyErased};
use events::{Event, EventId, LearnerId, subject};

/// Erases the data key, erases what stood before, releases the claims, leaves the cohorts, ends the sessions.
pub async fn finish(app: &App, erased: &AccountErased) -> Result<(), ApiError> {
    let learner = erased.learner_id;
    erase_key(app, learner).await?;
    app.keys.forget(learner);
    app.log()?.erase_all_but_last(&subject::private(learner)).await?;
    for claim in &erased.claims {
        release(app, learner, claim).await?;
    }
    cohorts::leave_all(app, learner).await?;
    app.sessions.end_all(learner).await
}

async fn erase_key(app: &App, learner: LearnerId) -> Result<(), ApiError> {
    let subject = subject::key(learner);
    let event = AccountEvent::DataKeyErased(DataKeyErased { learner_id: learner });
    let is_done = |found: &AccountEvent| !matches!(found, AccountEvent::DataKeyMade(_));
    replace(app, &subject, event, is_done).await
}

async fn release(app: &App, learner: LearnerId, claim: &str) -> Result<(), ApiError> {
    let event = AccountEvent::ClaimReleased(ClaimReleased { learner_id: learner });
    // Somebody else may hold it by now.
    let is_done =
        |found: &AccountEvent| !matches!(found, AccountEvent::ClaimHeld(held) if held.learner_id == learner);
    replace(app, claim, event, is_done).await
}

/// Appends the event that ends a subject unless that is done, and erases what was before it.
async fn replace(
    app: &App,
    subject: &str,
    event: AccountEvent,
    is_done: impl Fn(&AccountEvent) -> bool,
) -> Result<(), ApiError> {
    let log = app.log()?;
    let Some(message) = log.last(subject).await? else { return Ok(()) };
    if !is_done(&account_event(message.decode()?)?) {
        // Derived from what it ends, so that two who finish one erasure write one event.
        let ended = message.id().unwrap_or(EventId(uuid::Uuid::nil()));
        let event = app.event(EventId::following(ended, "ended"), Event::Account(event));
        match log.append_expecting(event.to_wire_on(subject.to_owned())?, message.sequence).await {
            // In a conflict, somebody else ended it at this moment.
            Ok(_) | Err(AppendError::Conflict { .. }) => {}
            Err(error) => return Err(error.into()),
        }
    }
    log.erase_all_but_last(subject).await?;
    Ok(())
}
