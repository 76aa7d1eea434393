//! Making an account in the log: the account, its data key and both its claims, or nothing of it.

use crate::SOURCE;
use crate::accounts::{ATTEMPTS_MAX, Accounts, Registered};
use crate::auth::password::Passwords;
use crate::digests::Digests;
use crate::domain::account::{self, Expected, Registration, State as AccountState, Wanted};
use crate::error::ApiError;
use chassis::clock::Clock;
use chassis::log::{AppendError, Appended, EventLog};
use chassis::random;
use chassis::seal::{DataKey, MasterKey};
use chrono::{DateTime, Utc};
use events::account::{AccountEvent, AccountRegistered, ClaimHeld, DataKeyMade};
use events::{Event, EventId, LearnerId, NewEvent, subject};
use secrecy::SecretString;

/// The account is the first of the events of one registration; these follow it. Its position is what reads wait for.
const OTHER_MEMBERS: u64 = 3;

/// What it takes to make accounts.
pub struct Registrar<'a> {
    pub log: &'a EventLog,
    pub accounts: &'a Accounts,
    pub digests: &'a Digests,
    pub master_key: &'a MasterKey,
    pub passwords: &'a Passwords,
}

/// Who wants an account. What they say was checked.
pub struct Applicant {
    pub handle: String,
    pub email: String,
    pub password: SecretString,
}

/// One registration on its way into the log.
pub struct Attempt {
    pub learner: LearnerId,
    pub registration: EventId,
    /// Of a request that can be repeated.
    pub digest: Option<String>,
    pub traceparent: Option<String>,
    pub time: DateTime<Utc>,
}

impl Registrar<'_> {
    /// What an earlier request with the same key wrote.
    pub async fn earlier(&self, attempt: &Attempt) -> Result<Option<Registered>, ApiError> {
        let erased = account::Rejection::AccountErased;
        match self.accounts.load(attempt.learner).await?.state {
            AccountState::Absent => return Ok(None),
            AccountState::Erased(_) => return Err(erased.into()),
            AccountState::Active(_) => {}
        }
        let first = self.accounts.registration(attempt.learner).await?.ok_or(erased)?;
        if first.request_digest != attempt.digest {
            return Err(AppendError::KeyReused.into());
        }
        Ok(Some(first))
    }

    pub async fn write(&self, attempt: &Attempt, applicant: &Applicant) -> Result<Registered, ApiError> {
        let handle_claim = self.digests.handle_claim(&applicant.handle);
        let email_claim = self.digests.email_claim(&applicant.email);
        let mut hash = None;
        for _ in 0..ATTEMPTS_MAX {
            let wanted = Wanted {
                handle: self.accounts.claim(&handle_claim).await?,
                email: self.accounts.claim(&email_claim).await?,
            };
            let expected = match account::decide_registration(&wanted, attempt.registration)? {
                Registration::Open(expected) => expected,
                Registration::Done => return self.earlier(attempt).await?.ok_or(ApiError::Contended),
            };
            // After the look at the claims, so that a taken handle costs no hash.
            let hash = match &hash {
                Some(hash) => String::clone(hash),
                None => hash.insert(self.passwords.hash(applicant.password.clone()).await?).clone(),
            };
            let (handle, email) = (applicant.handle.clone(), applicant.email.clone());
            let account = account::register(attempt.learner, handle, email, hash);
            match self.append(attempt, account, [&handle_claim, &email_claim], expected).await {
                Ok(appended) => {
                    let sequence = appended.sequence - OTHER_MEMBERS;
                    let request_digest = attempt.digest.clone();
                    return Ok(Registered { sequence, time: attempt.time, request_digest });
                }
                Err(AppendError::Conflict { .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(ApiError::Contended)
    }

    /// Everything or nothing: the account, its data key, both claims.
    async fn append(
        &self,
        attempt: &Attempt,
        account: AccountRegistered,
        [handle_claim, email_claim]: [&String; 2],
        expected: Expected,
    ) -> Result<Appended, AppendError> {
        let (learner, registration) = (attempt.learner, attempt.registration);
        let wrapped_key = self.master_key.wrap(learner, &DataKey::generate());
        let held = || AccountEvent::ClaimHeld(ClaimHeld { learner_id: learner, registration });
        let key_made = AccountEvent::DataKeyMade(DataKeyMade { learner_id: learner, wrapped_key });
        let following = |role| EventId::following(registration, role);
        let members = [
            (registration, subject::private(learner), AccountEvent::Registered(account), 0),
            (following("data_key"), subject::key(learner), key_made, 0),
            (following("handle_claim"), handle_claim.clone(), held(), expected.handle),
            (following("email_claim"), email_claim.clone(), held(), expected.email),
        ];
        let batch = members.into_iter().map(|(id, subject, event, last)| {
            let event = NewEvent {
                id,
                source: SOURCE,
                time: attempt.time,
                event: Event::Account(event),
                request_digest: attempt.digest.clone(),
                traceparent: attempt.traceparent.clone(),
            };
            Ok((event.to_wire_on(subject)?, last))
        });
        let batch = batch.collect::<serde_json::Result<Vec<_>>>();
        let batch = batch.map_err(|error| AppendError::Encode(error.to_string()))?;
        self.log.append_all_expecting(batch).await
    }
}

/// Makes an account from the machine that runs the system: the one way to a reserved handle. The public fact about it is
/// the relay's to append.
pub async fn register_own(
    log: &EventLog,
    digests: &Digests,
    master_key: &MasterKey,
    clock: &Clock,
    applicant: Applicant,
) -> Result<LearnerId, ApiError> {
    account::check_handle(&applicant.handle)?;
    account::check_email(&applicant.email)?;
    let registration = EventId(random::uuid(clock));
    let attempt = Attempt {
        learner: LearnerId(EventId::following(registration, "learner").0),
        registration,
        digest: None,
        traceparent: None,
        time: clock.now(),
    };
    let passwords = Passwords::new().map_err(|error| ApiError::Internal(error.to_string()))?;
    let accounts = Accounts::new(log.clone(), digests.clone(), clock.clone());
    let registrar = Registrar { log, accounts: &accounts, digests, master_key, passwords: &passwords };
    registrar.write(&attempt, &applicant).await?;
    Ok(attempt.learner)
}
