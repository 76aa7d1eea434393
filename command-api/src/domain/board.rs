//! Boards that stand still for others, and move again.

use events::LearnerId;
use events::board::Scope;
use events::cohort::Cohort;
use events::freeze::{BoardEvent, BoardFreeze};

/// Why a board was neither frozen nor unfrozen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Rejection {
    #[error("There is no board of this scope.")]
    BoardUnknown,
    #[error("The boards of a cohort are its instructors' to freeze; all others are the operators'.")]
    NotYours,
}

/// Whoever gives the command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Actor {
    pub learner_id: LearnerId,
    /// Operators and admins.
    pub is_operator: bool,
}

/// The last event about a scope's boards; `None`: they never stood still.
pub type State = Option<BoardEvent>;

/// `cohort` is the scope's, if it has one. `None`: it is so already.
pub fn decide(
    state: &State,
    scope: &Scope,
    cohort: Option<&Cohort>,
    frozen: bool,
    actor: Actor,
) -> Result<Option<BoardEvent>, Rejection> {
    let leads = match (scope, cohort) {
        (Scope::Cohort(_), None) => return Err(Rejection::BoardUnknown),
        (_, Some(cohort)) => cohort.instructors.contains(&actor.learner_id),
        (_, None) => false,
    };
    if !leads && !actor.is_operator {
        return Err(Rejection::NotYours);
    }
    if matches!(state, Some(BoardEvent::Frozen(_))) == frozen {
        return Ok(None);
    }
    let freeze = BoardFreeze { scope: scope.clone(), changed_by: actor.learner_id };
    Ok(Some(if frozen { BoardEvent::Frozen(freeze) } else { BoardEvent::Unfrozen(freeze) }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use events::CohortId;
    use events::cohort::CohortStatus;
    use testkit::build::learner;
    use uuid::Uuid;

    fn cohort() -> Cohort {
        Cohort {
            cohort_id: CohortId(Uuid::nil()),
            name: "Programming 1".to_owned(),
            status: CohortStatus::Open,
            instructors: vec![learner(1)],
            invitation: None,
            invitation_expires_at: None,
            invitations: 0,
            changed_by: learner(1),
        }
    }

    fn actor(number: u32, is_operator: bool) -> Actor {
        Actor { learner_id: learner(number), is_operator }
    }

    #[test]
    fn a_board_is_frozen_once_and_unfrozen_once() {
        let operator = actor(5, true);
        let freeze = BoardFreeze { scope: Scope::Global, changed_by: learner(5) };
        let decided = |state: &State, frozen| decide(state, &Scope::Global, None, frozen, operator);
        let frozen = Some(BoardEvent::Frozen(freeze.clone()));
        let unfrozen = Some(BoardEvent::Unfrozen(freeze));
        assert_eq!(decided(&None, true), Ok(frozen.clone()));
        assert_eq!(decided(&None, false), Ok(None));
        assert_eq!(decided(&frozen, true), Ok(None));
        assert_eq!(decided(&frozen, false), Ok(unfrozen.clone()));
        assert_eq!(decided(&unfrozen, true), Ok(frozen));
    }

    #[test]
    fn a_cohorts_board_is_its_instructors_and_any_other_the_operators() {
        let scope = Scope::Cohort(Uuid::nil());
        let class = cohort();
        assert!(
            decide(&None, &scope, Some(&class), true, actor(1, false)).is_ok_and(|event| event.is_some())
        );
        assert!(decide(&None, &scope, Some(&class), true, actor(9, true)).is_ok_and(|event| event.is_some()));
        assert_eq!(decide(&None, &scope, Some(&class), true, actor(2, false)), Err(Rejection::NotYours));
        assert_eq!(decide(&None, &scope, None, true, actor(9, true)), Err(Rejection::BoardUnknown));
        assert_eq!(decide(&None, &Scope::Global, None, true, actor(1, false)), Err(Rejection::NotYours));
    }
}
