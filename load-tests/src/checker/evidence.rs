//! What a run leaves behind for the checker to judge.

use events::{EventId, JudgementId, LearnerId, Position, Recorded, SubmissionId};

/// Everything known about a run after it has drained: nothing pending anywhere, every server and service up again.
#[derive(Debug, Clone, Default)]
pub struct Evidence {
    pub acknowledged: Vec<Acknowledged>,
    /// FACTS from front to end, in order.
    pub facts: Vec<Recorded>,
    /// The table `submissions`.
    pub rows: Vec<SubmissionRow>,
    /// The table `board_totals`.
    pub totals: Vec<Total>,
    /// Every sorted set of the live generation in Redis.
    pub entries: Vec<Entry>,
    pub reads: Vec<Read>,
}

/// A command that was answered with success.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Acknowledged {
    Registration { learner_id: LearnerId },
    Submission { event_id: EventId, learner_id: LearnerId, position: Position },
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SubmissionRow {
    pub submission_id: SubmissionId,
    pub learner_id: LearnerId,
    pub received_seq: u64,
    pub verdict: Option<ShownVerdict>,
}

/// What a row says once its submission is judged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShownVerdict {
    pub judgement_id: JudgementId,
    /// As [`events::judgement::Verdict::name`] spells it.
    pub verdict: String,
    pub points: u32,
    pub judged_seq: u64,
}

/// A board and a window of it, in the texts that the table and the Redis keys use.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Board {
    pub scope: String,
    pub window_at: String,
}

/// A row of `board_totals`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Total {
    pub board: Board,
    pub learner_id: LearnerId,
    pub score: i64,
}

/// A member of a sorted set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    pub board: Board,
    pub learner_id: LearnerId,
    pub score: i64,
}

/// A successful read that named a position.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Read {
    pub wanted: Position,
    /// The position the answer said it was read at.
    pub answered: Position,
    pub seen: Seen,
}

/// What was in the answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Seen {
    /// The reader asked for its own submission. `found` is false when the answer was "no such submission".
    Submission { submission_id: SubmissionId, found: bool, verdict: Option<String> },
    /// The reader asked for its own place on the global all-time board; 0 points when it was not there.
    OwnPoints { learner_id: LearnerId, points: i64 },
}
