//! Sessions and their refresh tokens, in the key-value bucket SESSIONS under the learner's id.
//!
//! A refresh token is `<learner>.<session>.<generation>.<mac>`; the bucket holds only which generation is current, so
//! whoever reads it learns no token. Refreshing moves to the next generation by compare-and-set. The one before is
//! answered with the current one for [`GRACE`], because its answer may have been lost or two tabs may have asked at once;
//! after that, using it means that somebody has a copy, and the session ends.

use super::SignInError;
use crate::digests::Digests;
use crate::error::ApiError;
use async_nats::jetstream::kv::{Store, UpdateErrorKind};
use async_nats::jetstream::stream::RawMessageErrorKind;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use chassis::log::{EventLog, LogError};
use chrono::{DateTime, TimeDelta, Utc};
use events::{LearnerId, subject};
use serde::{Deserialize, Serialize};
use std::str::FromStr;
use uuid::Uuid;

/// How long a session lives without being refreshed.
pub const LIFETIME: TimeDelta = TimeDelta::days(30);
const GRACE: TimeDelta = TimeDelta::seconds(10);
/// A learner's sessions; the one unused for longest makes room.
const SESSIONS_MAX: usize = 10;
/// How often a lost race is run again.
const ATTEMPTS_MAX: usize = 8;

/// One learner's sessions, as stored.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Sessions(Vec<Session>);

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Session {
    id: Uuid,
    /// Which refresh token is current, from 1.
    generation: u64,
    /// When it became current.
    since: DateTime<Utc>,
}

/// Which token to answer a refresh with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refreshed {
    /// The session moved on to this generation.
    Moved(u64),
    /// It had moved just before.
    Current(u64),
}

impl Sessions {
    fn begin(&mut self, id: Uuid, now: DateTime<Utc>) {
        self.drop_expired(now);
        if self.0.len() >= SESSIONS_MAX {
            self.0.sort_by_key(|session| session.since);
            self.0.drain(..=self.0.len() - SESSIONS_MAX);
        }
        self.0.push(Session { id, generation: 1, since: now });
    }

    /// Reuse ends the session, so on [`SignInError::RefreshTokenReused`] this must be stored as well.
    fn refresh(&mut self, id: Uuid, generation: u64, now: DateTime<Utc>) -> Result<Refreshed, SignInError> {
        self.drop_expired(now);
        let session =
            self.0.iter_mut().find(|session| session.id == id).ok_or(SignInError::RefreshTokenInvalid)?;
        if generation == session.generation {
            (session.generation, session.since) = (generation + 1, now);
            return Ok(Refreshed::Moved(generation + 1));
        }
        if generation + 1 == session.generation && now - session.since <= GRACE {
            return Ok(Refreshed::Current(session.generation));
        }
        if generation > session.generation {
            return Err(SignInError::RefreshTokenInvalid);
        }
        self.end(id);
        Err(SignInError::RefreshTokenReused)
    }

    fn end(&mut self, id: Uuid) {
        self.0.retain(|session| session.id != id);
    }

    fn drop_expired(&mut self, now: DateTime<Utc>) {
        self.0.retain(|session| now - session.since < LIFETIME);
    }
}

/// A refresh token, taken apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RefreshToken {
    pub learner: LearnerId,
    pub session: Uuid,
    generation: u64,
}

impl RefreshToken {
    fn text(self, digests: &Digests) -> String {
        let mac = digests.refresh_token(self.learner, self.session, self.generation);
        format!("{}.{}.{}.{}", self.learner, self.session.simple(), self.generation, BASE64.encode(mac))
    }

    /// Reads a token and checks that we made it.
    pub fn read(text: &str, digests: &Digests) -> Result<Self, SignInError> {
        let invalid = SignInError::RefreshTokenInvalid;
        let parts: Vec<&str> = text.splitn(4, '.').collect();
        let [learner, session, generation, mac] = parts.as_slice() else { return Err(invalid) };
        let token = Self {
            learner: LearnerId::from_str(learner).map_err(|_| invalid)?,
            session: Uuid::parse_str(session).map_err(|_| invalid)?,
            generation: generation.parse().map_err(|_| invalid)?,
        };
        let mac = BASE64.decode(mac).map_err(|_| invalid)?;
        let ours = digests.is_refresh_token(token.learner, token.session, token.generation, &mac);
        if ours { Ok(token) } else { Err(invalid) }
    }
}

/// The bucket.
#[derive(Debug, Clone)]
pub struct SessionStore {
    store: Store,
    digests: Digests,
}

impl SessionStore {
    pub async fn open(log: &EventLog, digests: Digests) -> Result<Self, LogError> {
        let store = log.jetstream().get_key_value(subject::SESSIONS).await;
        let store = store.map_err(|error| LogError::Request {
            operation: "opening the session bucket",
            source: error.into(),
        })?;
        Ok(Self { store, digests })
    }

    /// Begins a session; its first refresh token.
    pub async fn begin(&self, learner: LearnerId, id: Uuid, now: DateTime<Utc>) -> Result<String, ApiError> {
        self.change(learner, |sessions| sessions.begin(id, now)).await?;
        Ok(RefreshToken { learner, session: id, generation: 1 }.text(&self.digests))
    }

    /// The token to use from now on.
    pub async fn refresh(&self, token: RefreshToken, now: DateTime<Utc>) -> Result<String, ApiError> {
        let outcome = self
            .change(token.learner, |sessions| sessions.refresh(token.session, token.generation, now))
            .await??;
        let (Refreshed::Moved(generation) | Refreshed::Current(generation)) = outcome;
        Ok(RefreshToken { generation, ..token }.text(&self.digests))
    }

    pub async fn end(&self, token: RefreshToken) -> Result<(), ApiError> {
        self.change(token.learner, |sessions| sessions.end(token.session)).await
    }

    /// Ends all sessions of an erased learner.
    pub async fn end_all(&self, learner: LearnerId) -> Result<(), ApiError> {
        self.store.purge(learner.to_string()).await.map_err(|error| failed("ending sessions", error.into()))
    }

    /// Reads, changes and writes back until nobody was faster.
    async fn change<T>(
        &self,
        learner: LearnerId,
        change: impl Fn(&mut Sessions) -> T,
    ) -> Result<T, ApiError> {
        let key = learner.to_string();
        for _ in 0..ATTEMPTS_MAX {
            let (before, revision) = self.load(&key).await?;
            let mut sessions = before.clone();
            let outcome = change(&mut sessions);
            if sessions == before {
                return Ok(outcome);
            }
            let body = serde_json::to_vec(&sessions)?;
            match self.store.update(&key, body.into(), revision).await {
                Ok(_) => return Ok(outcome),
                Err(error) if error.kind() == UpdateErrorKind::WrongLastRevision => {}
                Err(error) => return Err(failed("storing a session", error.into())),
            }
        }
        Err(ApiError::Contended)
    }

    /// From the leader: a replica that lags would make a good token look like one from the future.
    async fn load(&self, key: &str) -> Result<(Sessions, u64), ApiError> {
        let subject = format!("{}{key}", self.store.prefix);
        match self.store.stream.get_last_raw_message_by_subject(&subject).await {
            Ok(message) if message.headers.get("KV-Operation").is_some() => {
                Ok((Sessions::default(), message.sequence))
            }
            Ok(message) => Ok((serde_json::from_slice(&message.payload)?, message.sequence)),
            Err(error) if error.kind() == RawMessageErrorKind::NoMessageFound => Ok((Sessions::default(), 0)),
            Err(error) => Err(failed("reading sessions", error.into())),
        }
    }
}

fn failed(operation: &'static str, source: Box<dyn std::error::Error + Send + Sync>) -> ApiError {
    LogError::Request { operation, source }.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: Uuid = Uuid::from_u128(1);

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_800_000_000 + seconds, 0).expect("a time")
    }

    fn begun() -> Sessions {
        let mut sessions = Sessions::default();
        sessions.begin(ID, at(0));
        sessions
    }

    #[test]
    fn each_refresh_moves_on() {
        let mut sessions = begun();
        assert_eq!(sessions.refresh(ID, 1, at(100)), Ok(Refreshed::Moved(2)));
        assert_eq!(sessions.refresh(ID, 2, at(200)), Ok(Refreshed::Moved(3)));
    }

    #[test]
    fn a_lost_answer_is_given_again_for_a_moment() {
        let mut sessions = begun();
        sessions.refresh(ID, 1, at(100)).expect("good");
        assert_eq!(sessions.refresh(ID, 1, at(110)), Ok(Refreshed::Current(2)));
        assert_eq!(sessions.refresh(ID, 2, at(120)), Ok(Refreshed::Moved(3)));
    }

    #[test]
    fn reuse_ends_the_session() {
        let mut sessions = begun();
        sessions.refresh(ID, 1, at(100)).expect("good");
        assert_eq!(sessions.refresh(ID, 1, at(111)), Err(SignInError::RefreshTokenReused));
        assert_eq!(sessions.refresh(ID, 2, at(112)), Err(SignInError::RefreshTokenInvalid));
    }

    #[test]
    fn a_session_expires_and_unknown_ones_are_refused() {
        let mut sessions = begun();
        assert_eq!(sessions.refresh(Uuid::nil(), 1, at(1)), Err(SignInError::RefreshTokenInvalid));
        assert_eq!(sessions.refresh(ID, 2, at(1)), Err(SignInError::RefreshTokenInvalid));
        let late = at(LIFETIME.num_seconds());
        assert_eq!(sessions.refresh(ID, 1, late), Err(SignInError::RefreshTokenInvalid));
    }

    #[test]
    fn the_eleventh_session_replaces_the_oldest() {
        let mut sessions = Sessions::default();
        for number in 0..=SESSIONS_MAX {
            let number = i64::try_from(number).expect("small");
            sessions.begin(Uuid::from_u128(number.unsigned_abs().into()), at(number));
        }
        assert_eq!(sessions.0.len(), SESSIONS_MAX);
        assert_eq!(sessions.refresh(Uuid::from_u128(0), 1, at(50)), Err(SignInError::RefreshTokenInvalid));
        assert!(sessions.refresh(Uuid::from_u128(1), 1, at(50)).is_ok());
    }

    #[test]
    fn a_refresh_token_cannot_be_altered() {
        let digests = Digests::from_base64(&chassis::seal::MasterKey::generate_base64()).expect("a key");
        let token = RefreshToken { learner: LearnerId(ID), session: ID, generation: 3 };
        let text = token.text(&digests);
        assert_eq!(RefreshToken::read(&text, &digests), Ok(token));
        let altered = text.replacen(".3.", ".4.", 1);
        assert_eq!(RefreshToken::read(&altered, &digests), Err(SignInError::RefreshTokenInvalid));
        assert_eq!(RefreshToken::read("rubbish", &digests), Err(SignInError::RefreshTokenInvalid));
    }
}
