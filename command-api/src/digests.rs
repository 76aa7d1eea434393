//! Keyed digests (HMAC-SHA256): claims on handles and e-mail addresses, request bodies, sources, refresh tokens, codes of
//! invitations.
//!
//! All keys are derived from the claim key, one per purpose, so that a digest of one kind says nothing about another.
//! Without the key nobody can test a guess against a digest.

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use events::package::hex;
use events::{CohortId, InvitationId, LearnerId, subject};
use hmac::{Hmac, KeyInit, Mac};
use secrecy::{ExposeSecret, SecretString};
use sha2::Sha256;
use uuid::Uuid;

type Keyed = Hmac<Sha256>;

/// The claim key is not 32 bytes of base64.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the claim key is not 32 bytes of base64")]
pub struct ClaimKeyError;

#[derive(Clone)]
pub struct Digests {
    claims: Keyed,
    requests: Keyed,
    sources: Keyed,
    refresh: Keyed,
    invitation_codes: Keyed,
    invitation_ids: Keyed,
    fingerprint: String,
}

impl Digests {
    /// From 32 bytes in base64.
    pub fn from_base64(text: &SecretString) -> Result<Self, ClaimKeyError> {
        let key = BASE64.decode(text.expose_secret()).map_err(|_| ClaimKeyError)?;
        if key.len() != 32 {
            return Err(ClaimKeyError);
        }
        let derived = |purpose: &str| keyed(&digest(&keyed(&key), &[purpose.as_bytes()]));
        Ok(Self {
            claims: derived("claims"),
            requests: derived("requests"),
            sources: derived("sources"),
            refresh: derived("refresh-tokens"),
            invitation_codes: derived("invitation-codes"),
            invitation_ids: derived("invitation-ids"),
            fingerprint: hex(&digest(&keyed(&key), &[b"fingerprint"])[..8]),
        })
    }

    /// Tells claim keys apart without revealing them; stands in IDENTITY's metadata
    /// ([`chassis::log::streams::CLAIM_KEY_KEY`]).
    pub fn fingerprint(&self) -> &str {
        &self.fingerprint
    }

    /// The subject of the claim on a handle. Case does not count.
    pub fn handle_claim(&self, handle: &str) -> String {
        let folded = handle.to_lowercase();
        subject::handle_claim(&hex(&digest(&self.claims, &[b"handle", folded.as_bytes()])))
    }

    /// The subject of the claim on an e-mail address. Case does not count.
    pub fn email_claim(&self, email: &str) -> String {
        let folded = email.to_lowercase();
        subject::email_claim(&hex(&digest(&self.claims, &[b"email", folded.as_bytes()])))
    }

    /// What two requests with one `Idempotency-Key` are compared by.
    pub fn request(&self, parts: &[&[u8]]) -> String {
        hex(&digest(&self.requests, parts))
    }

    pub fn source(&self, source: &str) -> String {
        hex(&digest(&self.sources, &[source.as_bytes()]))
    }

    /// What a cohort's invitation of this number has for a code. Derived, so that it can be told again and stands nowhere.
    pub fn invitation_code(&self, cohort: CohortId, number: u32) -> [u8; 32] {
        digest(&self.invitation_codes, &[cohort.0.as_bytes().as_slice(), &number.to_be_bytes()])
    }

    /// Where the invitation with this code is found.
    pub fn invitation_id(&self, code: &str) -> InvitationId {
        let digest = digest(&self.invitation_ids, &[code.as_bytes()]);
        InvitationId(Uuid::from_u128(digest[..16].iter().fold(0, |id, byte| id << 8 | u128::from(*byte))))
    }

    /// The unguessable part of a refresh token.
    pub fn refresh_token(&self, learner: LearnerId, session: Uuid, generation: u64) -> [u8; 32] {
        digest(&self.refresh, &refresh_parts(learner, session, generation))
    }

    /// Compares in constant time.
    pub fn is_refresh_token(&self, learner: LearnerId, session: Uuid, generation: u64, mac: &[u8]) -> bool {
        absorbed(&self.refresh, &refresh_parts(learner, session, generation)).verify_slice(mac).is_ok()
    }
}

impl std::fmt::Debug for Digests {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Digests({})", self.fingerprint)
    }
}

fn keyed(key: &[u8]) -> Keyed {
    Keyed::new_from_slice(key).expect("HMAC takes a key of any length")
}

fn refresh_parts(learner: LearnerId, session: Uuid, generation: u64) -> [Vec<u8>; 3] {
    [learner.0.as_bytes().to_vec(), session.as_bytes().to_vec(), generation.to_be_bytes().to_vec()]
}

fn digest(key: &Keyed, parts: &[impl AsRef<[u8]>]) -> [u8; 32] {
    absorbed(key, parts).finalize().into_bytes().into()
}

/// Each part goes in behind its length, so that no two lists of parts have one digest.
fn absorbed(key: &Keyed, parts: &[impl AsRef<[u8]>]) -> Keyed {
    let mut mac = key.clone();
    for part in parts {
        let part = part.as_ref();
        mac.update(&(part.len() as u64).to_be_bytes());
        mac.update(part);
    }
    mac
}

#[cfg(test)]
mod tests {
    use super::*;

    fn digests(fill: u8) -> Digests {
        Digests::from_base64(&BASE64.encode([fill; 32]).into()).expect("a key")
    }

    #[test]
    fn claims_ignore_case_and_tell_kinds_and_keys_apart() {
        let one = digests(1);
        assert_eq!(one.handle_claim("Ada"), one.handle_claim("aDA"));
        assert_ne!(one.handle_claim("ada").rsplit('.').next(), one.email_claim("ada").rsplit('.').next());
        assert_ne!(one.handle_claim("ada"), digests(2).handle_claim("ada"));
        assert_ne!(one.fingerprint(), digests(2).fingerprint());
    }

    #[test]
    fn parts_cannot_be_shifted_into_each_other() {
        let digests = digests(1);
        assert_ne!(digests.request(&[b"a", b"bc"]), digests.request(&[b"ab", b"c"]));
    }

    #[test]
    fn claim_digests_never_change() {
        let expected = "claims.handle.17500bdc755ede3af2c85565dcaef3b81cd8309c71511f17d5a74159b384de82";
        assert_eq!(digests(7).handle_claim("ada"), expected);
    }
}
