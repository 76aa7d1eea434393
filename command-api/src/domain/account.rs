//! Accounts: who may have which handle and e-mail address, what roles an account has, and its end.
//!
//! Every account event carries the whole account, so a state is made from the last one alone.

use events::account::{
    Account, AccountErased, AccountEvent, AccountRegistered, AccountRolesChanged, ClaimHeld, Role,
};
use events::{EventId, LearnerId};

/// Characters a handle may have.
pub const HANDLE_CHARS: std::ops::RangeInclusive<usize> = 3..=24;
/// Characters a password must have; length is what makes it hard to guess.
pub const PASSWORD_CHARS_MIN: usize = 10;
/// Bytes a password may have, so that hashing cannot be made dear.
pub const PASSWORD_BYTES_MAX: usize = 256;
/// Bytes an e-mail address may have (RFC 5321).
pub const EMAIL_BYTES_MAX: usize = 254;

/// Handles that would pass for the platform or for those who run it, also spelled to look like one of these: in other
/// letters' case, with hyphens and underscores, or with digits in the place of letters.
pub const RESERVED_HANDLES: &[&str] = &[
    "laurel",
    "admin",
    "admins",
    "administrator",
    "anonymous",
    "everyone",
    "instructor",
    "judge",
    "moderator",
    "nobody",
    "official",
    "operator",
    "root",
    "security",
    "staff",
    "support",
    "sysadmin",
    "system",
];

/// Why an account command was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Rejection {
    #[error("A handle has 3 to 24 letters (a to z), digits, hyphens or underscores.")]
    HandleInvalid,
    #[error("This handle is reserved.")]
    HandleReserved,
    #[error("This is not an e-mail address.")]
    EmailInvalid,
    #[error("A password has at least 10 characters.")]
    PasswordTooShort,
    #[error("A password has at most 256 bytes.")]
    PasswordTooLong,
    #[error("Somebody else has this handle.")]
    HandleTaken,
    #[error("There is an account with this e-mail address.")]
    EmailTaken,
    #[error("There is no such learner.")]
    LearnerUnknown,
    #[error("This account was erased.")]
    AccountErased,
    #[error("An account has at least one role.")]
    RolesEmpty,
    #[error("An admin cannot take the admin role from themselves.")]
    OwnAdminRole,
}

/// Checks what somebody wants to be called.
pub fn check_handle(handle: &str) -> Result<(), Rejection> {
    let fits = HANDLE_CHARS.contains(&handle.len())
        && handle.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
    if fits { Ok(()) } else { Err(Rejection::HandleInvalid) }
}

/// Whether anybody may have it. Not for the platform's own account.
pub fn check_not_reserved(handle: &str) -> Result<(), Rejection> {
    let looks = looks_of(handle);
    let is_reserved = RESERVED_HANDLES.iter().any(|reserved| looks_of(reserved) == looks);
    if is_reserved { Err(Rejection::HandleReserved) } else { Ok(()) }
}

/// The same for handles that are easily taken for each other.
fn looks_of(handle: &str) -> String {
    let drawn = handle.bytes().filter(|byte| !matches!(byte, b'-' | b'_'));
    let alike = drawn.map(|byte| match byte.to_ascii_lowercase() {
        b'0' => b'o',
        // A capital i, a small L and the digit look the same in many typefaces.
        b'1' | b'i' => b'l',
        b'3' => b'e',
        b'4' => b'a',
        b'5' => b's',
        b'7' => b't',
        other => other,
    });
    alike.map(char::from).collect()
}

/// Checks the form of an address; only a message sent there could show that it exists.
pub fn check_email(email: &str) -> Result<(), Rejection> {
    let well_formed = || {
        let (local, domain) = email.rsplit_once('@')?;
        let labels_fit = domain.contains('.')
            && domain.split('.').all(|label| {
                !label.is_empty() && label.chars().all(|char| char.is_alphanumeric() || char == '-')
            });
        let local_fits = (1..=64).contains(&local.len()) && !local.contains('@');
        (local_fits && labels_fit).then_some(())
    };
    let printable = email.chars().all(|char| !char.is_control() && !char.is_whitespace());
    if email.len() <= EMAIL_BYTES_MAX && printable && well_formed().is_some() {
        Ok(())
    } else {
        Err(Rejection::EmailInvalid)
    }
}

pub fn check_password(password: &str) -> Result<(), Rejection> {
    if password.len() > PASSWORD_BYTES_MAX {
        return Err(Rejection::PasswordTooLong);
    }
    if password.chars().count() < PASSWORD_CHARS_MIN {
        return Err(Rejection::PasswordTooShort);
    }
    Ok(())
}

/// An account as far as it is known.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum State {
    #[default]
    Absent,
    Active(Account),
    /// What is left says which claims it held.
    Erased(AccountErased),
}

/// The state after an event on `private.<learner>`. Events of other subjects change nothing.
pub fn evolve(state: State, event: AccountEvent) -> State {
    match event {
        AccountEvent::Registered(event) => State::Active(event.account),
        AccountEvent::RolesChanged(event) => State::Active(event.account),
        AccountEvent::Erased(event) => State::Erased(event),
        AccountEvent::DataKeyMade(_)
        | AccountEvent::DataKeyErased(_)
        | AccountEvent::ClaimHeld(_)
        | AccountEvent::ClaimReleased(_) => state,
    }
}

impl State {
    pub fn active(self) -> Result<Account, Rejection> {
        match self {
            State::Active(account) => Ok(account),
            State::Absent => Err(Rejection::LearnerUnknown),
            State::Erased(_) => Err(Rejection::AccountErased),
        }
    }
}

/// A claim subject as its last message leaves it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Claim {
    /// The next claim expects this sequence (0: it was never claimed).
    Free {
        expected: u64,
    },
    Held(ClaimHeld),
}

/// What a registration finds: the two claims it needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    pub handle: Claim,
    pub email: Claim,
}

/// What to expect on the claim subjects when making the account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Expected {
    pub handle: u64,
    pub email: u64,
}

/// What came of looking at the claims.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Registration {
    /// Both are free.
    Open(Expected),
    /// This very registration holds both: an earlier attempt succeeded and its answer was lost.
    Done,
}

pub fn decide_registration(wanted: &Wanted, registration: EventId) -> Result<Registration, Rejection> {
    let ours = |claim: &Claim| matches!(claim, Claim::Held(held) if held.registration == registration);
    if ours(&wanted.handle) && ours(&wanted.email) {
        return Ok(Registration::Done);
    }
    match (&wanted.handle, &wanted.email) {
        (Claim::Held(_), _) => Err(Rejection::HandleTaken),
        (_, Claim::Held(_)) => Err(Rejection::EmailTaken),
        (Claim::Free { expected: handle }, Claim::Free { expected: email }) => {
            Ok(Registration::Open(Expected { handle: *handle, email: *email }))
        }
    }
}

/// A new account: everybody begins as a learner.
pub fn register(
    learner_id: LearnerId,
    handle: String,
    email: String,
    password_hash: String,
) -> AccountRegistered {
    AccountRegistered {
        account: Account { learner_id, handle, email, password_hash, roles: vec![Role::Learner] },
    }
}

/// Replaces an account's roles; `None` when it has exactly these.
pub fn decide_roles(
    state: State,
    mut roles: Vec<Role>,
    changed_by: Option<LearnerId>,
) -> Result<Option<AccountRolesChanged>, Rejection> {
    let mut account = state.active()?;
    roles.sort_unstable();
    roles.dedup();
    if roles.is_empty() {
        return Err(Rejection::RolesEmpty);
    }
    // Otherwise the last admin could lock everybody out by a slip.
    if changed_by == Some(account.learner_id) && !roles.contains(&Role::Admin) {
        return Err(Rejection::OwnAdminRole);
    }
    if account.roles == roles {
        return Ok(None);
    }
    account.roles = roles;
    Ok(Some(AccountRolesChanged { account, changed_by }))
}

/// Ends an account.
pub fn erase(account: &Account, claims: Vec<String>) -> AccountErased {
    AccountErased { learner_id: account.learner_id, claims }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    const ADA: LearnerId = LearnerId(Uuid::from_u128(1));
    const BOB: LearnerId = LearnerId(Uuid::from_u128(2));
    const REGISTRATION: EventId = EventId(Uuid::from_u128(3));

    fn ada(roles: &[Role]) -> State {
        let account =
            register(ADA, "ada".to_owned(), "ada@example.org".to_owned(), "hash".to_owned()).account;
        State::Active(Account { roles: roles.to_vec(), ..account })
    }

    fn held(registration: EventId) -> Claim {
        Claim::Held(ClaimHeld { learner_id: ADA, registration })
    }

    #[test]
    fn handles() {
        for good in ["ada", "A-1_x", "a23456789012345678901234"] {
            assert_eq!(check_handle(good), Ok(()), "{good}");
        }
        for bad in ["", "ab", "a b", "ädä", "ada!", "a234567890123456789012345"] {
            assert_eq!(check_handle(bad), Err(Rejection::HandleInvalid), "{bad}");
        }
    }

    #[test]
    fn handles_that_pass_for_the_platform_are_reserved() {
        for bad in ["laurel", "LAUREL", "Iaurel", "l4ure1", "Admin", "adm1n", "a_d-m_i-n", "R00T", "5ysteM"] {
            assert_eq!(check_not_reserved(bad), Err(Rejection::HandleReserved), "{bad}");
        }
        for reserved in RESERVED_HANDLES {
            assert_eq!(check_handle(reserved), Ok(()), "{reserved}: nobody could have it anyway");
        }
        for good in ["ada", "laurelin", "adminton", "rooted", "judge-dredd", "grace"] {
            assert_eq!(check_not_reserved(good), Ok(()), "{good}");
        }
    }

    #[test]
    fn emails() {
        for good in ["a@b.org", "a.b+c@d-e.example", "x@münchen.example"] {
            assert_eq!(check_email(good), Ok(()), "{good}");
        }
        for bad in ["", "a", "@b.org", "a@b", "a@b..org", "a b@c.org", "a@b.org\0", "a@b@c.org", "a@b.org "] {
            assert_eq!(check_email(bad), Err(Rejection::EmailInvalid), "{bad}");
        }
    }

    #[test]
    fn passwords() {
        assert_eq!(check_password("ten chars!"), Ok(()));
        assert_eq!(check_password("nine char"), Err(Rejection::PasswordTooShort));
        assert_eq!(check_password(&"x".repeat(257)), Err(Rejection::PasswordTooLong));
    }

    #[test]
    fn given_free_claims_when_registering_then_their_sequences_are_expected() {
        let wanted = Wanted { handle: Claim::Free { expected: 7 }, email: Claim::Free { expected: 0 } };
        let open = Registration::Open(Expected { handle: 7, email: 0 });
        assert_eq!(decide_registration(&wanted, REGISTRATION), Ok(open));
    }

    #[test]
    fn given_a_held_claim_when_registering_then_it_is_named() {
        let other = held(EventId(Uuid::nil()));
        let free = Claim::Free { expected: 0 };
        let handle = Wanted { handle: other.clone(), email: free.clone() };
        assert_eq!(decide_registration(&handle, REGISTRATION), Err(Rejection::HandleTaken));
        let email = Wanted { handle: free, email: other };
        assert_eq!(decide_registration(&email, REGISTRATION), Err(Rejection::EmailTaken));
    }

    #[test]
    fn given_our_own_claims_when_registering_again_then_it_is_done() {
        let wanted = Wanted { handle: held(REGISTRATION), email: held(REGISTRATION) };
        assert_eq!(decide_registration(&wanted, REGISTRATION), Ok(Registration::Done));
    }

    #[test]
    fn given_an_account_when_roles_change_then_the_whole_account_is_said() {
        let changed =
            decide_roles(ada(&[Role::Learner]), vec![Role::Author, Role::Learner, Role::Author], None)
                .expect("allowed")
                .expect("a change");
        assert_eq!(changed.account.roles, [Role::Learner, Role::Author]);
        assert_eq!(changed.account.handle, "ada");
        let same = decide_roles(ada(&[Role::Learner]), vec![Role::Learner], Some(BOB));
        assert_eq!(same, Ok(None));
    }

    #[test]
    fn an_admin_cannot_shut_themselves_out() {
        let admin = || ada(&[Role::Learner, Role::Admin]);
        assert_eq!(decide_roles(admin(), vec![Role::Learner], Some(ADA)), Err(Rejection::OwnAdminRole));
        assert!(decide_roles(admin(), vec![Role::Learner], Some(BOB)).is_ok());
        assert_eq!(decide_roles(admin(), vec![], Some(BOB)), Err(Rejection::RolesEmpty));
    }

    #[test]
    fn given_an_erased_account_then_nothing_can_be_done_with_it() {
        let State::Active(account) = ada(&[Role::Learner]) else { panic!("active") };
        let erased = evolve(ada(&[Role::Learner]), AccountEvent::Erased(erase(&account, vec![])));
        assert_eq!(decide_roles(erased, vec![Role::Admin], None), Err(Rejection::AccountErased));
        assert_eq!(decide_roles(State::Absent, vec![Role::Admin], None), Err(Rejection::LearnerUnknown));
    }
}
