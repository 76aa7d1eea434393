//! The one door to randomness. Always from the operating system's generator, seeded per thread.

use crate::clock::Clock;
use uuid::Uuid;

/// `N` random bytes, fit for keys and nonces.
#[allow(clippy::disallowed_methods)] // This is the door.
pub fn bytes<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    rand::fill(&mut bytes);
    bytes
}

/// A UUIDv7: time-ordered, random in its other 74 bits.
pub fn uuid(clock: &Clock) -> Uuid {
    let millis = u64::try_from(clock.now().timestamp_millis()).unwrap_or_default();
    uuid::Builder::from_unix_timestamp_millis(millis, &bytes()).into_uuid()
}
