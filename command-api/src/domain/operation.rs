//! Operators' orders: what may be told to the projectors. Whether an order can be carried out is theirs to find out; nothing
//! here reads a read model.

use events::LearnerId;
use events::operation::{
    BuildKind, OperationEvent, PROJECTIONS, ProjectionBuildAborted, ProjectionBuildOrdered,
};

pub const REASON_CHARS_MAX: usize = 500;

/// Why an order was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Rejection {
    #[error("There is no such projection.")]
    ProjectionUnknown,
    #[error(
        "A reason is text of at most 500 characters, and to put other tables in the live ones' place there must be one."
    )]
    ReasonInvalid,
}

/// A build of a projection.
pub fn decide_build(
    projection: &str,
    kind: BuildKind,
    accept_difference: bool,
    reason: &str,
    operator_id: LearnerId,
) -> Result<OperationEvent, Rejection> {
    let projection = named(projection)?;
    let reason = reason.trim();
    let needs_reason = kind == BuildKind::Rollback || accept_difference;
    let is_text = |c: char| !c.is_control() || c == '\n';
    if reason.chars().count() > REASON_CHARS_MAX
        || !reason.chars().all(is_text)
        || (needs_reason && reason.is_empty())
    {
        return Err(Rejection::ReasonInvalid);
    }
    let reason = reason.to_owned();
    let order = ProjectionBuildOrdered { projection, kind, accept_difference, reason, operator_id };
    Ok(OperationEvent::ProjectionBuildOrdered(order))
}

/// The end of whatever is ordered or being built of a projection.
pub fn decide_abort(projection: &str, operator_id: LearnerId) -> Result<OperationEvent, Rejection> {
    let projection = named(projection)?;
    Ok(OperationEvent::ProjectionBuildAborted(ProjectionBuildAborted { projection, operator_id }))
}

fn named(projection: &str) -> Result<String, Rejection> {
    if PROJECTIONS.contains(&projection) {
        Ok(projection.to_owned())
    } else {
        Err(Rejection::ProjectionUnknown)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    const OPERATOR: LearnerId = LearnerId(Uuid::nil());

    #[test]
    fn an_order_names_a_projection_and_says_why() {
        let build = |kind, accept, reason| decide_build("ledger", kind, accept, reason, OPERATOR);
        assert!(build(BuildKind::Verify, false, "").is_ok());
        assert!(build(BuildKind::Rebuild, false, "").is_ok());
        assert_eq!(build(BuildKind::Rebuild, true, " "), Err(Rejection::ReasonInvalid));
        assert_eq!(build(BuildKind::Rollback, false, ""), Err(Rejection::ReasonInvalid));
        assert!(build(BuildKind::Rollback, false, "wrong sums").is_ok());
        for bad in ["a\0b", "a\u{1b}[2Jb"] {
            assert_eq!(build(BuildKind::Rollback, false, bad), Err(Rejection::ReasonInvalid), "{bad:?}");
        }
        assert!(build(BuildKind::Rollback, false, "wrong sums\nsee the log").is_ok());
        assert_eq!(build(BuildKind::Verify, false, &"x".repeat(501)), Err(Rejection::ReasonInvalid));
        for name in ["", "Ledger", "ledgers", "drop table", "ledger;", &"x".repeat(64)] {
            assert_eq!(decide_abort(name, OPERATOR), Err(Rejection::ProjectionUnknown), "{name}");
        }
    }
}
