//! Password hashing with Argon2id at OWASP's first recommendation (19 MiB, 2 passes, 1 lane), about 20 ms of one core.
//!
//! Hashes run on blocking threads, as many at a time as there are cores, behind a bounded queue: a rush of logins can
//! neither starve the requests that only append nor fill the memory.

use super::SignInError;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};
use secrecy::{ExposeSecret, SecretString};
use std::sync::Arc;
use tokio::sync::Semaphore;

const MEMORY_KIB: u32 = 19 * 1_024;
const PASSES: u32 = 2;
const LANES: u32 = 1;
/// Hashes that may wait, about two seconds' worth on two cores.
const QUEUE_MAX: usize = 200;

/// Cheap to clone; clones share the queue.
#[derive(Debug, Clone)]
pub struct Passwords {
    /// Places in the queue, including those at work.
    queue: Arc<Semaphore>,
    cores: Arc<Semaphore>,
    /// What unknown logins are compared with, so that they take as long as known ones.
    nobodys_hash: Arc<str>,
}

/// Hashing failed, which only a bug or an empty memory can cause.
#[derive(Debug, thiserror::Error)]
#[error("hashing a password failed: {0}")]
pub struct HashError(String);

impl Passwords {
    /// Makes one hash at once, so it blocks for a moment.
    pub fn new() -> Result<Self, HashError> {
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let nobodys_hash = hash(&chassis::random::bytes::<16>())?.into();
        Ok(Self {
            queue: Arc::new(Semaphore::new(QUEUE_MAX + cores)),
            cores: Arc::new(Semaphore::new(cores)),
            nobodys_hash,
        })
    }

    /// The hash to keep, in PHC string form.
    pub async fn hash(&self, password: SecretString) -> Result<String, SignInError> {
        self.run(move || hash(password.expose_secret().as_bytes())).await?.map_err(|error| {
            tracing::error!(%error, "a password was not hashed");
            SignInError::Busy
        })
    }

    /// Whether the password is the one hashed; `None` (an unknown account) takes as long and is never right.
    pub async fn verify(&self, password: SecretString, hash: Option<String>) -> Result<bool, SignInError> {
        let known = hash.is_some();
        let hash = hash.unwrap_or_else(|| self.nobodys_hash.to_string());
        let right = self.run(move || verify(password.expose_secret().as_bytes(), &hash)).await?;
        Ok(right && known)
    }

    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, SignInError> {
        let place = Arc::clone(&self.queue).try_acquire_owned().map_err(|_full| SignInError::Busy)?;
        let core = Arc::clone(&self.cores).acquire_owned().await.map_err(|_closed| SignInError::Busy)?;
        let done = tokio::task::spawn_blocking(move || {
            // Held by the work and not by its caller, who may go away before it is done.
            let _held = (place, core);
            work()
        });
        done.await.map_err(|_panicked| SignInError::Busy)
    }
}

fn argon2() -> Result<Argon2<'static>, HashError> {
    let params =
        Params::new(MEMORY_KIB, PASSES, LANES, None).map_err(|error| HashError(error.to_string()))?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

fn hash(password: &[u8]) -> Result<String, HashError> {
    let salt: [u8; 16] = chassis::random::bytes();
    let hash: PasswordHash =
        argon2()?.hash_password_with_salt(password, &salt).map_err(|error| HashError(error.to_string()))?;
    Ok(hash.to_string())
}

fn verify(password: &[u8], hash: &str) -> bool {
    let Ok(parsed) = PasswordHash::new(hash) else { return false };
    // The parameters come from the hash, so old hashes stay good when the constants above change.
    argon2().is_ok_and(|argon2| argon2.verify_password(password, &parsed).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn only_the_right_password_of_a_known_account_is_right() {
        let passwords = Passwords::new().expect("hashes");
        let hash = passwords.hash("correct horse".into()).await.expect("hashed");
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
        assert_eq!(passwords.verify("correct horse".into(), Some(hash.clone())).await, Ok(true));
        assert_eq!(passwords.verify("wrong horse".into(), Some(hash)).await, Ok(false));
        assert_eq!(passwords.verify("correct horse".into(), None).await, Ok(false));
        assert_eq!(passwords.verify("x".into(), Some("rubbish".to_owned())).await, Ok(false));
    }

    #[tokio::test]
    async fn a_full_queue_is_refused_at_once() {
        let passwords = Passwords { queue: Arc::new(Semaphore::new(0)), ..Passwords::new().expect("hashes") };
        assert_eq!(passwords.hash("correct horse".into()).await, Err(SignInError::Busy));
    }
}
