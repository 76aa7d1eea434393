//! A sealed field: what a learner wrote, readable only under that learner's data key.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Base64 (standard alphabet, padded) of a 24-byte nonce followed by XChaCha20-Poly1305 ciphertext and tag. The
/// associated data is `<event id>/<field name>`, so a sealed field cannot be moved to another event or field.
///
/// This crate only carries it; sealing and opening need a key and live in the chassis.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Sealed(pub String);
