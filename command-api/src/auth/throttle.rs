//! Slowing down guessing: failed attempts per login and per address ([`super::address`] says whose that is). Each replica
//! counts for itself, in bounded memory.

use super::SignInError;
use chrono::{DateTime, TimeDelta, Utc};
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};

/// Failures within [`WINDOW`] after which a login is refused without looking.
const LOGIN_FAILURES_MAX: u32 = 10;
/// The same for one address, behind which may be a school.
const ADDRESS_FAILURES_MAX: u32 = 300;
const WINDOW: TimeDelta = TimeDelta::minutes(1);
/// More than this many are not counted at once; then the oldest windows are forgotten.
const COUNTED_MAX: usize = 50_000;

/// Who is trying.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Who {
    /// The subject of the claim the login would be found by, so that no address stands in the memory.
    Login(String),
    Address(IpAddr),
}

/// Failures, and since when they are counted.
#[derive(Debug, Default)]
pub struct Throttle {
    failures: Mutex<HashMap<Who, (DateTime<Utc>, u32)>>,
}

impl Throttle {
    /// Refuses when there were too many failures lately.
    pub fn check(&self, login: &str, address: Option<IpAddr>, now: DateTime<Utc>) -> Result<(), SignInError> {
        let failures = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
        for (who, max) in parties(login, address) {
            if let Some((since, count)) = failures.get(&who)
                && now - *since < WINDOW
                && *count >= max
            {
                let wait = (WINDOW - (now - *since)).to_std().unwrap_or_default();
                return Err(SignInError::TooManyAttempts { wait });
            }
        }
        Ok(())
    }

    pub fn failed(&self, login: &str, address: Option<IpAddr>, now: DateTime<Utc>) {
        let mut failures = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
        if failures.len() >= COUNTED_MAX {
            failures.retain(|_, (since, _)| now - *since < WINDOW);
            if failures.len() >= COUNTED_MAX {
                failures.clear();
            }
        }
        for (who, _) in parties(login, address) {
            let (since, count) = failures.entry(who).or_insert((now, 0));
            if now - *since >= WINDOW {
                (*since, *count) = (now, 0);
            }
            *count += 1;
        }
    }
}

fn parties(login: &str, address: Option<IpAddr>) -> impl Iterator<Item = (Who, u32)> {
    let login = (Who::Login(login.to_owned()), LOGIN_FAILURES_MAX);
    let address = address.map(|address| (Who::Address(address), ADDRESS_FAILURES_MAX));
    std::iter::once(login).chain(address)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_eleventh_attempt_waits_for_the_next_minute() {
        let throttle = Throttle::default();
        let at = |seconds: i64| DateTime::from_timestamp(1_800_000_000 + seconds, 0).expect("a time");
        for _ in 0..LOGIN_FAILURES_MAX {
            assert_eq!(throttle.check("ada", None, at(0)), Ok(()));
            throttle.failed("ada", None, at(0));
        }
        let refused = throttle.check("ada", None, at(20));
        assert!(matches!(refused, Err(SignInError::TooManyAttempts { wait }) if wait.as_secs() == 40));
        assert_eq!(throttle.check("bob", None, at(20)), Ok(()));
        assert_eq!(throttle.check("ada", None, at(60)), Ok(()));
    }
}
