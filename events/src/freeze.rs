//! Frozen boards: from a moment on, others see a scope's boards as they stood then, while their owner goes on seeing them
//! live.
//!
//! On `facts.board.<partition>.<board>`, the key being [`Scope::key`]: published by command-api, consumed by projectors
//! (`freezes`) and analysts. What a frozen board shows is the ledger up to the sequence of its `board_frozen`. The last
//! message of a board's subject says how it stands.

use crate::board::Scope;
use crate::family::{EventType, Family, FamilyEvent};
use crate::ids::LearnerId;
use crate::upcast::Upcast;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

pub const BOARD_FROZEN: EventType = of_board("board_frozen");
pub const BOARD_UNFROZEN: EventType = of_board("board_unfrozen");

const fn of_board(name: &'static str) -> EventType {
    EventType { family: Family::Board, name, version: 1 }
}

/// The boards of a scope, of every window, stand still for others from here on, or move again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct BoardFreeze {
    pub scope: Scope,
    pub changed_by: LearnerId,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BoardEvent {
    Frozen(BoardFreeze),
    Unfrozen(BoardFreeze),
}

impl BoardEvent {
    pub fn freeze(&self) -> &BoardFreeze {
        match self {
            Self::Frozen(event) | Self::Unfrozen(event) => event,
        }
    }
}

impl FamilyEvent for BoardEvent {
    const FAMILY: Family = Family::Board;
    const TYPES: &'static [EventType] = &[BOARD_FROZEN, BOARD_UNFROZEN];
    const UPCASTS: &'static [Upcast] = &[];

    fn event_type(&self) -> EventType {
        match self {
            Self::Frozen(_) => BOARD_FROZEN,
            Self::Unfrozen(_) => BOARD_UNFROZEN,
        }
    }

    fn key(&self) -> Uuid {
        self.freeze().scope.key()
    }

    fn to_json(&self) -> serde_json::Result<Vec<u8>> {
        serde_json::to_vec(self.freeze())
    }

    fn from_json(name: &str, body: &[u8]) -> Option<serde_json::Result<Self>> {
        let wrap = match name {
            "board_frozen" => Self::Frozen,
            "board_unfrozen" => Self::Unfrozen,
            _ => return None,
        };
        Some(serde_json::from_slice(body).map(wrap))
    }
}
