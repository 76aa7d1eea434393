//! Access tokens: JWTs signed with Ed25519 (EdDSA, RFC 8037), good for ten minutes.
//!
//! Verifying a signature costs as much as everything else about a small request together, so a token that was found good
//! is remembered until it expires, by its hash.

use crate::caller::Caller;
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chassis::clock::Clock;
use chrono::{DateTime, Utc};
use events::LearnerId;
use events::account::Role;
use jsonwebtoken::errors::Error as JwtError;
use jsonwebtoken::jwk::{AlgorithmParameters, Jwk};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation, decode, encode};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use uuid::Uuid;

/// How long an access token is good for. What changes about an account (roles, erasure) reaches everything that trusts
/// tokens within this time.
pub const LIFETIME: Duration = Duration::from_mins(10);
/// At most this many verified tokens are remembered, so that a flood of tokens cannot fill the memory (about 0.3 KB
/// each).
const REMEMBERED_MAX: usize = 65_536;
/// Locks the remembered tokens are spread over.
const SHELVES: usize = 16;

/// What a token says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claims {
    pub sub: LearnerId,
    pub handle: String,
    pub roles: Vec<Role>,
    /// Seconds since 1970.
    pub iat: i64,
    /// Seconds since 1970.
    pub exp: i64,
    /// The session it was issued in.
    pub sid: Uuid,
}

/// Why a token does not let anybody in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    #[error("the access token has expired")]
    Expired,
    #[error("the access token is not one of ours")]
    Invalid,
}

/// A key is not an Ed25519 key in PEM form.
#[derive(Debug, thiserror::Error)]
#[error("not an Ed25519 key in PEM form: {0}")]
pub struct KeyError(#[from] JwtError);

/// Issues tokens.
#[derive(Clone)]
pub struct TokenSigner {
    key: Arc<EncodingKey>,
    public: String,
}

impl TokenSigner {
    /// From a private key in PKCS#8 PEM, as [`generate_private_key`] or `openssl genpkey -algorithm ed25519` makes it.
    pub fn from_pem(pem: &SecretString) -> Result<Self, KeyError> {
        let key = EncodingKey::from_ed_pem(pem.expose_secret().as_bytes())?;
        let jwk = Jwk::from_encoding_key(&key, Algorithm::EdDSA)?;
        let AlgorithmParameters::OctetKeyPair(pair) = jwk.algorithm else {
            return Err(KeyError(jsonwebtoken::errors::ErrorKind::InvalidEddsaKey.into()));
        };
        Ok(Self { key: Arc::new(key), public: pair.x })
    }

    pub fn sign(
        &self,
        learner: LearnerId,
        handle: &str,
        roles: &[Role],
        session: Uuid,
        now: DateTime<Utc>,
    ) -> Result<String, JwtError> {
        let iat = now.timestamp();
        let lifetime = i64::try_from(LIFETIME.as_secs()).unwrap_or_default();
        let claims = Claims {
            sub: learner,
            handle: handle.to_owned(),
            roles: roles.to_vec(),
            iat,
            exp: iat + lifetime,
            sid: session,
        };
        encode(&Header::new(Algorithm::EdDSA), &claims, &self.key)
    }

    /// Verifies what this signer signs.
    pub fn verifier(&self, clock: Clock) -> Result<TokenVerifier, KeyError> {
        Ok(TokenVerifier::new(DecodingKey::from_ed_components(&self.public)?, clock))
    }

    /// The public key in PEM form (SubjectPublicKeyInfo), for services that only verify.
    pub fn public_pem(&self) -> Result<String, KeyError> {
        const PREFIX: [u8; 12] = [0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00];
        let key = URL_SAFE_NO_PAD.decode(&self.public).map_err(JwtError::from)?;
        Ok(pem("PUBLIC KEY", &[PREFIX.as_slice(), &key].concat()))
    }
}

impl std::fmt::Debug for TokenSigner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("TokenSigner(…)")
    }
}

/// A new private key, in the form [`TokenSigner::from_pem`] reads.
pub fn generate_private_key() -> SecretString {
    // RFC 8410: a PKCS#8 v1 envelope around 32 random bytes.
    const PREFIX: [u8; 16] =
        [0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20];
    pem("PRIVATE KEY", &[PREFIX.as_slice(), &chassis::random::bytes::<32>()].concat()).into()
}

fn pem(label: &str, der: &[u8]) -> String {
    format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", BASE64.encode(der))
}

/// Checks tokens. Cheap to clone; clones share what they remember.
#[derive(Clone)]
pub struct TokenVerifier {
    key: Arc<DecodingKey>,
    validation: Arc<Validation>,
    clock: Clock,
    shelves: Arc<[Mutex<Shelf>; SHELVES]>,
}

/// Verified tokens by SHA-256, with when they expire (seconds since 1970).
type Shelf = HashMap<[u8; 32], (i64, Caller)>;

impl TokenVerifier {
    /// From a public key in PEM form.
    pub fn from_pem(pem: &str, clock: Clock) -> Result<Self, KeyError> {
        Ok(Self::new(DecodingKey::from_ed_pem(pem.as_bytes())?, clock))
    }

    fn new(key: DecodingKey, clock: Clock) -> Self {
        let mut validation = Validation::new(Algorithm::EdDSA);
        // The clock has one door, so expiry is checked here and not by the library.
        validation.validate_exp = false;
        validation.required_spec_claims.clear();
        validation.validate_aud = false;
        Self { key: Arc::new(key), validation: Arc::new(validation), clock, shelves: Arc::default() }
    }

    pub fn verify(&self, token: &str) -> Result<Caller, TokenError> {
        let now = self.clock.now().timestamp();
        let hash: [u8; 32] = Sha256::digest(token.as_bytes()).into();
        if let Some((exp, caller)) = self.shelf_of(hash).get(&hash) {
            return if *exp > now { Ok(caller.clone()) } else { Err(TokenError::Expired) };
        }
        let claims = decode::<Claims>(token, &self.key, &self.validation)
            .map_err(|_invalid| TokenError::Invalid)?
            .claims;
        if claims.exp <= now {
            return Err(TokenError::Expired);
        }
        let caller = Caller {
            learner_id: claims.sub,
            handle: claims.handle.into(),
            roles: claims.roles.into(),
            session: claims.sid,
            expires_at: DateTime::from_timestamp(claims.exp, 0).ok_or(TokenError::Invalid)?,
        };
        self.remember(hash, claims.exp, caller.clone(), now);
        Ok(caller)
    }

    fn remember(&self, hash: [u8; 32], exp: i64, caller: Caller, now: i64) {
        let mut remembered = self.shelf_of(hash);
        if remembered.len() >= REMEMBERED_MAX / SHELVES {
            remembered.retain(|_, (exp, _)| *exp > now);
        }
        if remembered.len() >= REMEMBERED_MAX / SHELVES {
            // Still full of good tokens: forgetting them costs a verification each, nothing more.
            remembered.clear();
        }
        remembered.insert(hash, (exp, caller));
    }

    fn shelf_of(&self, hash: [u8; 32]) -> MutexGuard<'_, Shelf> {
        self.shelves[usize::from(hash[0]) % SHELVES].lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl std::fmt::Debug for TokenVerifier {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("TokenVerifier(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LEARNER: LearnerId = LearnerId(Uuid::from_u128(7));

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_800_000_000 + seconds, 0).expect("a time")
    }

    fn token(signer: &TokenSigner) -> String {
        signer.sign(LEARNER, "ada", &[Role::Learner], Uuid::nil(), at(0)).expect("signs")
    }

    #[test]
    fn a_token_is_good_until_it_expires_also_when_remembered() {
        let signer = TokenSigner::from_pem(&generate_private_key()).expect("a key");
        let clock = Clock::held_at(at(0));
        let verifier = TokenVerifier::from_pem(&signer.public_pem().expect("a key"), clock.clone())
            .expect("the public key");
        let token = token(&signer);
        let caller = verifier.verify(&token).expect("good");
        assert_eq!(
            (caller.learner_id, &*caller.handle, &*caller.roles),
            (LEARNER, "ada", &[Role::Learner][..])
        );
        clock.set(at(599));
        assert!(verifier.verify(&token).is_ok());
        clock.set(at(600));
        assert_eq!(verifier.verify(&token), Err(TokenError::Expired));
        let fresh = signer.verifier(clock).expect("a key");
        assert_eq!(fresh.verify(&token), Err(TokenError::Expired));
    }

    #[test]
    fn a_strangers_or_altered_token_is_refused() {
        let signer = TokenSigner::from_pem(&generate_private_key()).expect("a key");
        let verifier = signer.verifier(Clock::held_at(at(0))).expect("a key");
        let stranger = TokenSigner::from_pem(&generate_private_key()).expect("a key");
        assert_eq!(verifier.verify(&token(&stranger)), Err(TokenError::Invalid));
        let good = token(&signer);
        let (head, signature) = good.rsplit_once('.').expect("three parts");
        assert_eq!(verifier.verify(&format!("{head}x.{signature}")), Err(TokenError::Invalid));
        assert_eq!(verifier.verify(""), Err(TokenError::Invalid));
    }

    #[test]
    fn a_token_of_another_algorithm_is_refused() {
        let signer = TokenSigner::from_pem(&generate_private_key()).expect("a key");
        let verifier = signer.verifier(Clock::held_at(at(0))).expect("a key");
        let claims = Claims {
            sub: LEARNER,
            handle: "ada".to_owned(),
            roles: vec![Role::Admin],
            iat: at(0).timestamp(),
            exp: at(600).timestamp(),
            sid: Uuid::nil(),
        };
        let public = signer.public_pem().expect("a key");
        let forged = encode(&Header::default(), &claims, &EncodingKey::from_secret(public.as_bytes()));
        assert_eq!(verifier.verify(&forged.expect("signs")), Err(TokenError::Invalid));
    }
}
