//! Slowing down guessing: attempts that failed, or are not decided yet, are counted three ways.
//!
//! | counted | at most per minute | against |
//! |---|---|---|
//! | per login and address | 10 | somebody guessing one password |
//! | per address | 300 | somebody trying many logins; behind one address may be a school |
//! | per login | 200 | many addresses guessing one password |
//!
//! The narrow limit is not per login alone, or ten wrong passwords a minute would lock anybody out of their own account.
//! Twenty addresses still can: that is the price of a bound on what a botnet may try. [`super::address`] says whose an
//! address is. An attempt counts before its password is looked at, so that sending many at once gains nothing. Each replica
//! counts for itself, in bounded memory.

use super::SignInError;
use chrono::{DateTime, TimeDelta, Utc};
use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Attempts within [`WINDOW`] after which a login is refused to this address without looking.
const LOGIN_FROM_ADDRESS_MAX: u32 = 10;
/// The same for one login, from wherever.
const LOGIN_MAX: u32 = 200;
/// The same for one address, whatever the login.
const ADDRESS_MAX: u32 = 300;
const WINDOW: TimeDelta = TimeDelta::minutes(1);
/// More than this many are not counted at once; then the oldest windows are forgotten.
const COUNTED_MAX: usize = 50_000;

/// Who is trying. A login is the subject of the claim it would be found by, so that no e-mail address stands in the memory.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Who {
    LoginFrom(String, Option<IpAddr>),
    Login(String),
    Address(IpAddr),
}

/// How many attempts, and since when they are counted.
#[derive(Debug, Clone, Copy)]
struct Count {
    since: DateTime<Utc>,
    attempts: u32,
}

/// Everybody's attempts.
#[derive(Debug, Default)]
pub struct Throttle {
    counts: Mutex<HashMap<Who, Count>>,
}

/// An attempt that counts as failed unless it is given back.
#[derive(Debug)]
#[must_use = "an attempt that did not fail is to be given back"]
pub struct Attempt<'a> {
    throttle: &'a Throttle,
    /// With the window it counts in.
    counted: Vec<(Who, DateTime<Utc>)>,
}

impl Throttle {
    /// Counts an attempt, or refuses it when there were too many lately.
    pub fn attempt(
        &self,
        login: &str,
        address: Option<IpAddr>,
        now: DateTime<Utc>,
    ) -> Result<Attempt<'_>, SignInError> {
        let mut counts = self.counts();
        for (who, max) in parties(login, address) {
            if let Some(count) = counts.get(&who)
                && now - count.since < WINDOW
                && count.attempts >= max
            {
                let wait = (WINDOW - (now - count.since)).to_std().unwrap_or_default();
                return Err(SignInError::TooManyAttempts { wait });
            }
        }
        make_room(&mut counts, now);
        let mut counted = Vec::with_capacity(3);
        for (who, _) in parties(login, address) {
            let count = counts.entry(who.clone()).or_insert(Count { since: now, attempts: 0 });
            if now - count.since >= WINDOW {
                *count = Count { since: now, attempts: 0 };
            }
            count.attempts += 1;
            counted.push((who, count.since));
        }
        Ok(Attempt { throttle: self, counted })
    }

    fn counts(&self) -> MutexGuard<'_, HashMap<Who, Count>> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Attempt<'_> {
    /// It did not fail: the password was right, or nobody looked at it.
    pub fn give_back(self) {
        let mut counts = self.throttle.counts();
        for (who, since) in self.counted {
            // A window that began since owes it nothing.
            if let Some(count) = counts.get_mut(&who).filter(|count| count.since == since) {
                count.attempts = count.attempts.saturating_sub(1);
                if count.attempts == 0 {
                    counts.remove(&who);
                }
            }
        }
    }
}

fn make_room(counts: &mut HashMap<Who, Count>, now: DateTime<Utc>) {
    if counts.len() >= COUNTED_MAX {
        counts.retain(|_, count| now - count.since < WINDOW);
        if counts.len() >= COUNTED_MAX {
            counts.clear();
        }
    }
}

/// An address, or the network of an IPv6 address: nobody is given fewer than 2^64 of those.
fn place(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(v6) => IpAddr::from(Ipv6Addr::from_bits(v6.to_bits() & !u128::from(u64::MAX))),
    }
}

fn parties(login: &str, address: Option<IpAddr>) -> impl Iterator<Item = (Who, u32)> {
    let address = address.map(place);
    let login_from = (Who::LoginFrom(login.to_owned(), address), LOGIN_FROM_ADDRESS_MAX);
    let login = (Who::Login(login.to_owned()), LOGIN_MAX);
    let address = address.map(|address| (Who::Address(address), ADDRESS_MAX));
    [login_from, login].into_iter().chain(address)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_800_000_000 + seconds, 0).expect("a time")
    }

    fn host(number: u32) -> IpAddr {
        IpAddr::from((0xCB00_0000 + number).to_be_bytes())
    }

    /// How many of `attempts` are let through.
    fn let_through(throttle: &Throttle, attempts: impl Iterator<Item = (String, Option<IpAddr>)>) -> usize {
        attempts.filter(|(login, address)| throttle.attempt(login, *address, at(0)).is_ok()).count()
    }

    #[test]
    fn the_eleventh_attempt_waits_for_the_next_minute() {
        let throttle = Throttle::default();
        for address in [None, Some(host(1))] {
            assert_eq!(let_through(&throttle, (0..60).map(|_| ("ada".to_owned(), address))), 10);
            let refused = throttle.attempt("ada", address, at(20)).map(drop);
            assert!(matches!(refused, Err(SignInError::TooManyAttempts { wait }) if wait.as_secs() == 40));
        }
        assert!(throttle.attempt("bob", Some(host(1)), at(20)).is_ok());
        assert!(throttle.attempt("ada", Some(host(1)), at(60)).is_ok());
    }

    #[test]
    fn a_stranger_elsewhere_does_not_lock_anybody_out() {
        let throttle = Throttle::default();
        assert_eq!(let_through(&throttle, (0..60).map(|_| ("ada".to_owned(), Some(host(1))))), 10);
        assert!(throttle.attempt("ada", Some(host(2)), at(1)).is_ok());
    }

    #[test]
    fn neither_many_addresses_nor_many_logins_guess_for_ever() {
        let throttle = Throttle::default();
        let attempts = (0..1_000).map(|number| ("ada".to_owned(), Some(host(number))));
        assert_eq!(let_through(&throttle, attempts), 200);
        let throttle = Throttle::default();
        let attempts = (0..1_000).map(|number| (format!("learner-{number}"), Some(host(1))));
        assert_eq!(let_through(&throttle, attempts), 300);
    }

    #[test]
    fn who_has_an_ipv6_network_has_one_address() {
        let throttle = Throttle::default();
        let from = |text: &str| Some(text.parse().expect("an address"));
        let attempts = (0..60).map(|number| ("ada".to_owned(), from(&format!("2001:db8::{number}"))));
        assert_eq!(let_through(&throttle, attempts), 10);
        assert!(throttle.attempt("ada", from("2001:db8:0:1::1"), at(0)).is_ok());
    }

    #[test]
    fn what_is_given_back_was_never_counted() {
        let throttle = Throttle::default();
        for _ in 0..1_000 {
            throttle.attempt("ada", Some(host(1)), at(0)).expect("let through").give_back();
        }
        assert!(throttle.counts().is_empty());
        // Given back in a later window, it takes nothing from that one.
        let early = throttle.attempt("ada", Some(host(1)), at(0)).expect("let through");
        assert!(throttle.attempt("ada", Some(host(1)), at(60)).is_ok());
        early.give_back();
        assert_eq!(throttle.counts()[&Who::Login("ada".to_owned())].attempts, 1);
    }
}
