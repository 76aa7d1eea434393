//! Cohorts in the log: loading them and what learners belong to, changing them, and how many members each has. Everything
//! that decides is read from the stream's leader, but for the number of members.

use crate::accounts::ATTEMPTS_MAX;
use crate::app::App;
use crate::domain::account::State as AccountState;
use crate::domain::cohort::{self, Rejection, State};
use crate::error::ApiError;
use chassis::log::{AppendError, EventLog, Message};
use chassis::random;
use events::account::{Account, Role};
use events::cohort::{Cohort, CohortEvent, CohortLeft, MembershipEvent};
use events::{CohortId, Event, EventId, Family, InvitationId, LearnerId, NewEvent, subject};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// A cohort and the sequence of its last event (0: there is none).
pub async fn load(log: &EventLog, cohort: CohortId) -> Result<(State, u64), ApiError> {
    let subject = subject::fact(Family::Cohort, cohort.0);
    let Some(message) = log.last(&subject).await? else { return Ok((None, 0)) };
    match message.decode()?.event {
        Event::Cohort(event) => Ok((Some(event.into_cohort()), message.sequence)),
        other => Err(ApiError::Internal(format!("{subject} holds a {}", other.event_type().name))),
    }
}

/// The cohort that an invitation was made for; whether it is still good is the cohort's to say.
pub async fn load_invited(log: &EventLog, invitation: InvitationId) -> Result<State, ApiError> {
    let subject = subject::fact(Family::Invitation, invitation.0);
    let Some(message) = log.last(&subject).await? else { return Ok(None) };
    match message.decode()?.event {
        Event::Invitation(events::cohort::InvitationEvent::Made(made)) => {
            Ok(load(log, made.cohort_id).await?.0)
        }
        other => Err(ApiError::Internal(format!("{subject} holds a {}", other.event_type().name))),
    }
}

/// What a learner belongs to, and the sequence of the last event about it (0: there is none).
pub async fn load_memberships(log: &EventLog, learner: LearnerId) -> Result<(Vec<CohortId>, u64), ApiError> {
    let subject = subject::fact(Family::Membership, learner.0);
    let Some(message) = log.last(&subject).await? else { return Ok((Vec::new(), 0)) };
    match message.decode()?.event {
        Event::Membership(event) => Ok((event.cohorts().to_vec(), message.sequence)),
        other => Err(ApiError::Internal(format!("{subject} holds a {}", other.event_type().name))),
    }
}

/// Somebody's account, found by their handle.
pub async fn load_account(app: &App, handle: &str) -> Result<Account, ApiError> {
    let unknown = crate::domain::account::Rejection::LearnerUnknown;
    let learner = app.accounts.holder(&app.digests.handle_claim(handle)).await?.ok_or(unknown)?;
    Ok(app.accounts.load(learner).await?.state.active().map_err(|_erased| unknown)?)
}

/// Whether somebody may lead a cohort.
pub fn can_lead(account: &Account) -> bool {
    [Role::Instructor, Role::Admin].iter().any(|role| account.roles.contains(role))
}

/// Load, decide, append; again when somebody else was faster. `decide` answers `None` when the cohort is so already. Answers
/// the cohort and where it stands.
pub async fn change(
    app: &App,
    cohort_id: CohortId,
    traceparent: Option<String>,
    decide: impl Fn(State) -> Result<Option<CohortEvent>, Rejection>,
) -> Result<(Cohort, u64), ApiError> {
    let log = app.log()?;
    for _ in 0..ATTEMPTS_MAX {
        let (state, last) = load(log, cohort_id).await?;
        let Some(event) = decide(state.clone())? else {
            return Ok((state.ok_or(Rejection::CohortUnknown)?, last));
        };
        let cohort = event.cohort().clone();
        let event = NewEvent {
            traceparent: traceparent.clone(),
            ..app.event(EventId(random::uuid(&app.clock)), Event::Cohort(event))
        };
        match log.append_expecting(event.to_wire()?, last).await {
            Ok(appended) => return Ok((cohort, appended.sequence)),
            Err(AppendError::Conflict { .. }) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(ApiError::Contended)
}

/// The same for what a learner belongs to. Answers the sequence of the last event about it.
pub async fn change_membership(
    app: &App,
    learner: LearnerId,
    traceparent: Option<String>,
    decide: impl Fn(&[CohortId]) -> Result<Option<MembershipEvent>, ApiError>,
) -> Result<u64, ApiError> {
    let log = app.log()?;
    for _ in 0..ATTEMPTS_MAX {
        let (cohorts, last) = load_memberships(log, learner).await?;
        let Some(event) = decide(&cohorts)? else { return Ok(last) };
        let event = NewEvent {
            traceparent: traceparent.clone(),
            ..app.event(EventId(random::uuid(&app.clock)), Event::Membership(event))
        };
        match log.append_expecting(event.to_wire()?, last).await {
            Ok(appended) => return Ok(appended.sequence),
            Err(AppendError::Conflict { .. }) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(ApiError::Contended)
}

/// Takes a learner out of a cohort. Answers the sequence of the last event about what they belong to.
pub async fn leave(
    app: &App,
    cohort: CohortId,
    learner: LearnerId,
    by: LearnerId,
    traceparent: Option<String>,
) -> Result<u64, ApiError> {
    change_membership(app, learner, traceparent, |cohorts| {
        Ok(cohort::decide_leave(cohort, cohorts, learner, by).map(MembershipEvent::Left))
    })
    .await
}

/// Takes an erased learner out of every cohort. Where nothing is left to leave, nothing is written.
pub async fn leave_all(app: &App, learner: LearnerId) -> Result<(), ApiError> {
    let (cohorts, _) = load_memberships(app.log()?, learner).await?;
    for cohort in cohorts {
        leave(app, cohort, learner, learner, None).await?;
    }
    Ok(())
}

/// Whether the account was erased meanwhile: an access token outlives its account by minutes.
pub async fn is_erased(app: &App, learner: LearnerId) -> Result<bool, ApiError> {
    Ok(!matches!(app.accounts.load(learner).await?.state, AccountState::Active(_)))
}

/// How many members each cohort has, as far as this replica has heard: good enough for a limit on how many there may be,
/// which a few who join at one moment may overshoot. Cheap to clone; clones share it.
#[derive(Debug, Clone, Default)]
pub struct MemberCounts(Arc<Mutex<Heard>>);

#[derive(Debug, Default)]
struct Heard {
    /// What each learner who belongs to any cohort belongs to: about a hundred bytes each.
    cohorts: HashMap<LearnerId, Vec<CohortId>>,
    members: HashMap<CohortId, u32>,
}

impl MemberCounts {
    pub fn of(&self, cohort: CohortId) -> u32 {
        self.heard().members.get(&cohort).copied().unwrap_or_default()
    }

    pub fn apply(&self, message: &Message) {
        match message.decode().map(|recorded| recorded.event) {
            Ok(Event::Membership(event)) => self.learn(&event),
            Ok(_) => {}
            Err(error) => {
                tracing::error!(%error, sequence = message.sequence, "a membership event is not readable");
            }
        }
    }

    fn learn(&self, event: &MembershipEvent) {
        let learner = match event {
            MembershipEvent::Joined(event) => event.learner_id,
            MembershipEvent::Left(CohortLeft { learner_id, .. }) => *learner_id,
        };
        let mut heard = self.heard();
        let Heard { cohorts, members } = &mut *heard;
        let before = cohorts.remove(&learner).unwrap_or_default();
        for cohort in &before {
            if let Some(count) = members.get_mut(cohort) {
                *count -= 1;
            }
        }
        for cohort in event.cohorts() {
            *members.entry(*cohort).or_default() += 1;
        }
        if !event.cohorts().is_empty() {
            cohorts.insert(learner, event.cohorts().to_vec());
        }
        for cohort in before {
            if members.get(&cohort) == Some(&0) {
                members.remove(&cohort);
            }
        }
    }

    fn heard(&self) -> MutexGuard<'_, Heard> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use events::cohort::CohortJoined;
    use testkit::build::learner;
    use uuid::Uuid;

    #[test]
    fn members_are_counted_once_however_often_they_are_heard_of() {
        let counts = MemberCounts::default();
        let [maths, music] = [1, 2].map(|number| CohortId(Uuid::from_u128(number)));
        let joined = |number, cohorts: &[CohortId]| {
            let cohort_id = *cohorts.last().expect("joined one");
            let event = CohortJoined { cohort_id, learner_id: learner(number), cohorts: cohorts.to_vec() };
            counts.learn(&MembershipEvent::Joined(event));
            (counts.of(maths), counts.of(music))
        };
        assert_eq!(joined(1, &[maths]), (1, 0));
        assert_eq!(joined(1, &[maths]), (1, 0), "after an interruption everything is heard again");
        assert_eq!(joined(2, &[maths]), (2, 0));
        assert_eq!(joined(2, &[maths, music]), (2, 1));
        let left =
            CohortLeft { cohort_id: maths, learner_id: learner(2), by: learner(2), cohorts: vec![music] };
        counts.learn(&MembershipEvent::Left(left));
        assert_eq!((counts.of(maths), counts.of(music)), (1, 1));
    }
}
