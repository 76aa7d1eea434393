//! Accounts in the log: loading them, finding them by handle or e-mail address, changing roles. Everything is read from
//! the stream's leader at the moment of deciding.

use crate::SOURCE;
use crate::digests::Digests;
use crate::domain::account::{self, Claim, State};
use crate::error::ApiError;
use chassis::clock::Clock;
use chassis::log::{AppendError, EventLog, Message};
use chassis::random;
use chrono::{DateTime, Utc};
use events::account::{Account, AccountEvent, Role};
use events::{Event, EventId, LearnerId, NewEvent, Recorded, subject};

/// How often a decision is made again because somebody else wrote meanwhile.
pub const ATTEMPTS_MAX: usize = 5;

/// The data key is the second event of a registration's batch, behind the account.
const KEY_FOLLOWS_BY: u64 = 1;

/// Cheap to clone.
#[derive(Debug, Clone)]
pub struct Accounts {
    log: EventLog,
    digests: Digests,
    clock: Clock,
}

/// An account and where it was read.
#[derive(Debug, Clone)]
pub struct Loaded {
    pub state: State,
    /// Of the last event on its subject; 0: there is none.
    pub sequence: u64,
}

/// What a registration wrote of which nothing later takes the place.
#[derive(Debug, Clone)]
pub struct Registered {
    /// Of the account's first event.
    pub sequence: u64,
    pub time: DateTime<Utc>,
    /// Keyed digest of the request.
    pub request_digest: Option<String>,
}

/// What came of changing roles.
#[derive(Debug, Clone)]
pub struct RolesChanged {
    pub account: Account,
    /// IDENTITY sequence of the account as it is now.
    pub sequence: u64,
}

impl Accounts {
    pub fn new(log: EventLog, digests: Digests, clock: Clock) -> Self {
        Self { log, digests, clock }
    }

    pub async fn load(&self, learner: LearnerId) -> Result<Loaded, ApiError> {
        let Some(message) = self.log.last(&subject::private(learner)).await? else {
            return Ok(Loaded { state: State::Absent, sequence: 0 });
        };
        let recorded = message.decode()?;
        let sequence = recorded.sequence;
        Ok(Loaded { state: account::evolve(State::Absent, account_event(recorded)?), sequence })
    }

    /// The registration of an account; `None` once it is erased. It is told from the data key, which is in one batch with
    /// the account: on the account's own subject a change of roles takes the registration's place as the last event.
    pub async fn registration(&self, learner: LearnerId) -> Result<Option<Registered>, ApiError> {
        let Some(message) = self.log.last(&subject::key(learner)).await? else { return Ok(None) };
        let recorded = message.decode()?;
        let (sequence, time) = (recorded.sequence - KEY_FOLLOWS_BY, recorded.time);
        let request_digest = recorded.request_digest.clone();
        match account_event(recorded)? {
            AccountEvent::DataKeyMade(_) => Ok(Some(Registered { sequence, time, request_digest })),
            AccountEvent::DataKeyErased(_) => Ok(None),
            other => Err(unexpected(&message, &other)),
        }
    }

    /// Who holds a claim, or what to expect when claiming it.
    pub async fn claim(&self, subject: &str) -> Result<Claim, ApiError> {
        let Some(message) = self.log.last(subject).await? else { return Ok(Claim::Free { expected: 0 }) };
        match account_event(message.decode()?)? {
            AccountEvent::ClaimHeld(held) => Ok(Claim::Held(held)),
            AccountEvent::ClaimReleased(_) => Ok(Claim::Free { expected: message.sequence }),
            other => Err(unexpected(&message, &other)),
        }
    }

    pub async fn holder(&self, subject: &str) -> Result<Option<LearnerId>, ApiError> {
        match self.claim(subject).await? {
            Claim::Held(held) => Ok(Some(held.learner_id)),
            Claim::Free { .. } => Ok(None),
        }
    }

    /// Gives an account other roles. `changed_by` is `None` for the operator's command line.
    pub async fn change_roles(
        &self,
        handle: &str,
        roles: impl Fn(&[Role]) -> Vec<Role>,
        changed_by: Option<LearnerId>,
        traceparent: Option<String>,
    ) -> Result<RolesChanged, ApiError> {
        let unknown = account::Rejection::LearnerUnknown;
        let learner = self.holder(&self.digests.handle_claim(handle)).await?.ok_or(unknown)?;
        for _ in 0..ATTEMPTS_MAX {
            let loaded = self.load(learner).await?;
            let account = loaded.state.clone().active().map_err(|_erased| unknown)?;
            let wanted = roles(&account.roles);
            let Some(changed) = account::decide_roles(loaded.state, wanted, changed_by)? else {
                return Ok(RolesChanged { account, sequence: loaded.sequence });
            };
            let account = changed.account.clone();
            let event = NewEvent {
                id: EventId(random::uuid(&self.clock)),
                source: SOURCE,
                time: self.clock.now(),
                event: Event::Account(AccountEvent::RolesChanged(changed)),
                request_digest: None,
                traceparent: traceparent.clone(),
            };
            let wire = event.to_wire_on(subject::private(learner))?;
            match self.log.append_expecting(wire, loaded.sequence).await {
                Ok(appended) => return Ok(RolesChanged { account, sequence: appended.sequence }),
                Err(AppendError::Conflict { .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(ApiError::Contended)
    }
}

/// What a message of IDENTITY says.
pub fn account_event(recorded: Recorded) -> Result<AccountEvent, ApiError> {
    match recorded.event {
        Event::Account(event) => Ok(event),
        other => Err(ApiError::Internal(format!("IDENTITY holds a {}", other.event_type().name))),
    }
}

fn unexpected(message: &Message, event: &AccountEvent) -> ApiError {
    let name = Event::Account(event.clone()).event_type().name;
    ApiError::Internal(format!("{} holds a {name}", message.subject))
}

/// Gives somebody a role from the machine that runs the system: how the first admin comes about. The account must exist.
pub async fn grant_role(
    log: &EventLog,
    digests: &Digests,
    clock: &Clock,
    handle: &str,
    role: Role,
) -> Result<LearnerId, ApiError> {
    let accounts = Accounts::new(log.clone(), digests.clone(), clock.clone());
    let with_role = |roles: &[Role]| [roles, &[role]].concat();
    Ok(accounts.change_roles(handle, with_role, None, None).await?.account.learner_id)
}
