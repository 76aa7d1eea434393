//! Accounts: the personal side of a learner. Everything here lives in IDENTITY and nowhere in FACTS.
//!
//! Each account event carries the whole account as it stands afterwards, so the last message on `private.<learner>` is
//! all a decision has to read, and erasure can purge everything before it.
//!
//! | event | subject | published by | consumed by |
//! |---|---|---|---|
//! | `account_registered`, `account_roles_changed`, `account_erased` | `private.<learner>` | command-api | command-api (decisions, relay), projectors (`learners`) |
//! | `data_key_made`, `data_key_erased` | `keys.<learner>` | command-api | command-api, judge, query-api |
//! | `claim_held`, `claim_released` | `claims.<kind>.<hmac>` | command-api | command-api |

use crate::family::{EventType, Family, FamilyEvent};
use crate::ids::{EventId, LearnerId};
use crate::upcast::Upcast;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

pub const ACCOUNT_REGISTERED: EventType = account("account_registered");
pub const ACCOUNT_ROLES_CHANGED: EventType = account("account_roles_changed");
pub const ACCOUNT_ERASED: EventType = account("account_erased");
pub const DATA_KEY_MADE: EventType = account("data_key_made");
pub const DATA_KEY_ERASED: EventType = account("data_key_erased");
pub const CLAIM_HELD: EventType = account("claim_held");
pub const CLAIM_RELEASED: EventType = account("claim_released");

const fn account(name: &'static str) -> EventType {
    EventType { family: Family::Account, name, version: 1 }
}

/// What somebody may do; the policy table in `access` says what each role allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    Learner,
    Author,
    Instructor,
    Analyst,
    Operator,
    Admin,
}

impl Role {
    pub const ALL: [Role; 6] =
        [Role::Learner, Role::Author, Role::Instructor, Role::Analyst, Role::Operator, Role::Admin];

    pub fn name(self) -> &'static str {
        match self {
            Role::Learner => "learner",
            Role::Author => "author",
            Role::Instructor => "instructor",
            Role::Analyst => "analyst",
            Role::Operator => "operator",
            Role::Admin => "admin",
        }
    }
}

/// An account as it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Account {
    pub learner_id: LearnerId,
    /// Shown on boards. Unique without regard to case.
    pub handle: String,
    /// Unique without regard to case.
    pub email: String,
    /// Argon2id in PHC string format.
    pub password_hash: String,
    pub roles: Vec<Role>,
}

/// Somebody made an account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AccountRegistered {
    pub account: Account,
}

/// An admin gave or took roles.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AccountRolesChanged {
    pub account: Account,
    /// Who did it; `None` when it was the operator's command line (the first admin).
    pub changed_by: Option<LearnerId>,
}

/// The person asked to be forgotten. What remains says nothing about them; `claims` lets whoever finishes an
/// interrupted erasure find the claims to release.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AccountErased {
    pub learner_id: LearnerId,
    /// Subjects of the claims this account held.
    pub claims: Vec<String>,
}

/// A learner's data key was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct DataKeyMade {
    pub learner_id: LearnerId,
    /// The 32-byte key wrapped by the master key, base64 (see `chassis::seal`).
    pub wrapped_key: String,
}

/// A learner's data key is gone: nothing sealed under it can be read again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct DataKeyErased {
    pub learner_id: LearnerId,
}

/// A handle or an e-mail address belongs to an account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ClaimHeld {
    pub learner_id: LearnerId,
    /// The `account_registered` event in whose batch the claim was made.
    pub registration: EventId,
}

/// It is free again; the next claim expects this message's sequence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ClaimReleased {
    pub learner_id: LearnerId,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AccountEvent {
    Registered(AccountRegistered),
    RolesChanged(AccountRolesChanged),
    Erased(AccountErased),
    DataKeyMade(DataKeyMade),
    DataKeyErased(DataKeyErased),
    ClaimHeld(ClaimHeld),
    ClaimReleased(ClaimReleased),
}

impl FamilyEvent for AccountEvent {
    const FAMILY: Family = Family::Account;
    const TYPES: &'static [EventType] = &[
        ACCOUNT_REGISTERED,
        ACCOUNT_ROLES_CHANGED,
        ACCOUNT_ERASED,
        DATA_KEY_MADE,
        DATA_KEY_ERASED,
        CLAIM_HELD,
        CLAIM_RELEASED,
    ];
    const UPCASTS: &'static [Upcast] = &[];

    fn event_type(&self) -> EventType {
        match self {
            Self::Registered(_) => ACCOUNT_REGISTERED,
            Self::RolesChanged(_) => ACCOUNT_ROLES_CHANGED,
            Self::Erased(_) => ACCOUNT_ERASED,
            Self::DataKeyMade(_) => DATA_KEY_MADE,
            Self::DataKeyErased(_) => DATA_KEY_ERASED,
            Self::ClaimHeld(_) => CLAIM_HELD,
            Self::ClaimReleased(_) => CLAIM_RELEASED,
        }
    }

    fn key(&self) -> Uuid {
        match self {
            Self::Registered(event) => event.account.learner_id.0,
            Self::RolesChanged(event) => event.account.learner_id.0,
            Self::Erased(event) => event.learner_id.0,
            Self::DataKeyMade(event) => event.learner_id.0,
            Self::DataKeyErased(event) => event.learner_id.0,
            Self::ClaimHeld(event) => event.learner_id.0,
            Self::ClaimReleased(event) => event.learner_id.0,
        }
    }

    fn to_json(&self) -> serde_json::Result<Vec<u8>> {
        match self {
            Self::Registered(event) => serde_json::to_vec(event),
            Self::RolesChanged(event) => serde_json::to_vec(event),
            Self::Erased(event) => serde_json::to_vec(event),
            Self::DataKeyMade(event) => serde_json::to_vec(event),
            Self::DataKeyErased(event) => serde_json::to_vec(event),
            Self::ClaimHeld(event) => serde_json::to_vec(event),
            Self::ClaimReleased(event) => serde_json::to_vec(event),
        }
    }

    fn from_json(name: &str, body: &[u8]) -> Option<serde_json::Result<Self>> {
        Some(match name {
            "account_registered" => serde_json::from_slice(body).map(Self::Registered),
            "account_roles_changed" => serde_json::from_slice(body).map(Self::RolesChanged),
            "account_erased" => serde_json::from_slice(body).map(Self::Erased),
            "data_key_made" => serde_json::from_slice(body).map(Self::DataKeyMade),
            "data_key_erased" => serde_json::from_slice(body).map(Self::DataKeyErased),
            "claim_held" => serde_json::from_slice(body).map(Self::ClaimHeld),
            "claim_released" => serde_json::from_slice(body).map(Self::ClaimReleased),
            _ => return None,
        })
    }
}
