//! Sealing: XChaCha20-Poly1305 under a learner's data key, and wrapping that key under the master key.
//!
//! Sealed form: base64 of nonce (24 bytes) ‖ ciphertext ‖ tag (16 bytes). Associated data of a field is
//! `<event id>/<field>`, of a wrapped key `data-key/<learner id>`, so nothing sealed can be moved elsewhere.

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{Key, XChaCha20Poly1305, XNonce};
use events::{EventId, LearnerId, Sealed};
use secrecy::{ExposeSecret, SecretString};
use zeroize::Zeroizing;

const NONCE_BYTES: usize = 24;

/// Why something could not be opened.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    #[error("the master key is not 32 bytes of base64")]
    MasterKey,
    #[error("this is not a sealed value")]
    Malformed,
    #[error("the key does not open this value")]
    WrongKey,
}

/// Wraps data keys. A file on a laptop, KMS in the cluster.
#[derive(Clone)]
pub struct MasterKey(Zeroizing<[u8; 32]>);

impl MasterKey {
    /// From 32 bytes in base64.
    pub fn from_base64(text: &SecretString) -> Result<Self, SealError> {
        let bytes = Zeroizing::new(BASE64.decode(text.expose_secret()).map_err(|_| SealError::MasterKey)?);
        let key = bytes.as_slice().try_into().map_err(|_| SealError::MasterKey)?;
        Ok(Self(Zeroizing::new(key)))
    }

    /// A new master key, in the form [`MasterKey::from_base64`] reads.
    pub fn generate_base64() -> SecretString {
        BASE64.encode(crate::random::bytes::<32>()).into()
    }

    pub fn wrap(&self, learner: LearnerId, key: &DataKey) -> String {
        seal_bytes(&self.0, &wrap_context(learner), key.0.as_slice())
    }

    pub fn unwrap(&self, learner: LearnerId, wrapped: &str) -> Result<DataKey, SealError> {
        let bytes = Zeroizing::new(open_bytes(&self.0, &wrap_context(learner), wrapped)?);
        bytes.as_slice().try_into().map(|key| DataKey(Zeroizing::new(key))).map_err(|_| SealError::Malformed)
    }
}

impl std::fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("MasterKey(…)")
    }
}

/// One learner's key. Everything that learner wrote is sealed under it.
#[derive(Clone)]
pub struct DataKey(Zeroizing<[u8; 32]>);

impl DataKey {
    pub fn generate() -> Self {
        Self(Zeroizing::new(crate::random::bytes()))
    }

    pub fn seal(&self, event: EventId, field: &str, plain: &[u8]) -> Sealed {
        Sealed(seal_bytes(&self.0, &field_context(event, field), plain))
    }

    pub fn open(&self, event: EventId, field: &str, sealed: &Sealed) -> Result<Vec<u8>, SealError> {
        open_bytes(&self.0, &field_context(event, field), &sealed.0)
    }
}

impl std::fmt::Debug for DataKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("DataKey(…)")
    }
}

fn field_context(event: EventId, field: &str) -> String {
    format!("{event}/{field}")
}

fn wrap_context(learner: LearnerId) -> String {
    format!("data-key/{learner}")
}

fn seal_bytes(key: &[u8; 32], context: &str, plain: &[u8]) -> String {
    let nonce: [u8; NONCE_BYTES] = crate::random::bytes();
    let ciphertext = XChaCha20Poly1305::new(&Key::from(*key))
        .encrypt(&XNonce::from(nonce), Payload { msg: plain, aad: context.as_bytes() })
        .expect("XChaCha20-Poly1305 seals anything below 256 GiB");
    BASE64.encode([nonce.as_slice(), &ciphertext].concat())
}

fn open_bytes(key: &[u8; 32], context: &str, sealed: &str) -> Result<Vec<u8>, SealError> {
    let bytes = BASE64.decode(sealed).map_err(|_| SealError::Malformed)?;
    let (nonce, ciphertext) = bytes.split_first_chunk::<NONCE_BYTES>().ok_or(SealError::Malformed)?;
    XChaCha20Poly1305::new(&Key::from(*key))
        .decrypt(&XNonce::from(*nonce), Payload { msg: ciphertext, aad: context.as_bytes() })
        .map_err(|_| SealError::WrongKey)
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    const EVENT: EventId = EventId(Uuid::from_u128(1));
    const LEARNER: LearnerId = LearnerId(Uuid::from_u128(2));

    #[test]
    fn a_field_opens_only_where_it_was_sealed() {
        let key = DataKey::generate();
        let sealed = key.seal(EVENT, "source", b"print(1)");
        assert_eq!(key.open(EVENT, "source", &sealed).as_deref(), Ok(b"print(1)".as_slice()));
        assert_eq!(key.open(EVENT, "output", &sealed), Err(SealError::WrongKey));
        assert_eq!(DataKey::generate().open(EVENT, "source", &sealed), Err(SealError::WrongKey));
        assert_eq!(key.open(EVENT, "source", &Sealed("rubbish".to_owned())), Err(SealError::Malformed));
    }

    #[test]
    fn a_wrapped_key_belongs_to_its_learner() {
        let master = MasterKey::from_base64(&MasterKey::generate_base64()).expect("a key");
        let key = DataKey::generate();
        let wrapped = master.wrap(LEARNER, &key);
        let unwrapped = master.unwrap(LEARNER, &wrapped).expect("opens");
        assert_eq!(unwrapped.0.as_slice(), key.0.as_slice());
        assert!(master.unwrap(LearnerId(Uuid::from_u128(3)), &wrapped).is_err());
    }
}
