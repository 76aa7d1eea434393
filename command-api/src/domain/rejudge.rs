//! Rejudge sets: asked for, applied or cancelled by who may, and carried forward by the fan-out in between.
//!
//! Every event of a set carries all of it, so a state is made from the last one alone.

use events::exercise::Exercise;
use events::rejudge::{JudgeBy, RejudgeSet, RejudgeSetEvent, Selection, SetStatus};
use events::{LearnerId, RejudgeSetId};

pub const REASON_CHARS_MAX: usize = 500;
/// Listed one by one; an exercise or a time range selects any number.
pub const SUBMISSIONS_MAX: usize = 1_000;

/// Why a rejudge command was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Rejection {
    #[error("A reason has 1 to 500 characters; it is kept for ever, so it names nobody.")]
    ReasonInvalid,
    #[error("Say what to judge again: an exercise, a time range or submissions.")]
    SelectionEmpty,
    #[error("A revision is one of an exercise: name that, too.")]
    RevisionWithoutExercise,
    #[error("A time range ends after it begins.")]
    RangeInvalid,
    #[error("At most 1,000 submissions are listed one by one.")]
    SubmissionsTooMany,
    #[error("There is no such exercise.")]
    ExerciseUnknown,
    #[error("Authors rejudge their own exercises; for anything else ask an instructor.")]
    NotYours,
    #[error("You have four sets in work, or there are too many altogether: wait for judges, or cancel one.")]
    TooManyInWork,
    #[error("There is no such rejudge set.")]
    SetUnknown,
    #[error("This set was cancelled; ask for a new one.")]
    Cancelled,
    #[error("This set was applied; what it changed can only be changed by another set.")]
    Applied,
    #[error("Not every result is there yet.")]
    Incomplete,
}

/// Whoever gives the command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Actor {
    pub learner_id: LearnerId,
    /// Instructors, operators and admins; authors have their own exercises alone.
    pub is_staff: bool,
}

/// What somebody asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    pub selection: Selection,
    pub judge_by: JudgeBy,
    pub reason: String,
}

/// A set as far as it is known; `None`: there is none.
pub type State = Option<RejudgeSet>;

/// `exercise` is the one that the selection names, if there is such a one.
pub fn decide_request(
    request: Request,
    exercise: Option<&Exercise>,
    set_id: RejudgeSetId,
    actor: Actor,
) -> Result<RejudgeSetEvent, Rejection> {
    let Selection { exercise_id, revision, from, until, submissions } = &request.selection;
    let reason = request.reason.trim();
    let is_text = |c: char| !c.is_control() || c == '\n';
    if reason.is_empty() || reason.chars().count() > REASON_CHARS_MAX || !reason.chars().all(is_text) {
        return Err(Rejection::ReasonInvalid);
    }
    if exercise_id.is_none() && from.is_none() && until.is_none() && submissions.is_empty() {
        return Err(Rejection::SelectionEmpty);
    }
    if revision.is_some() && exercise_id.is_none() {
        return Err(Rejection::RevisionWithoutExercise);
    }
    if from.zip(*until).is_some_and(|(from, until)| from >= until) {
        return Err(Rejection::RangeInvalid);
    }
    if submissions.len() > SUBMISSIONS_MAX {
        return Err(Rejection::SubmissionsTooMany);
    }
    if exercise_id.is_some() && exercise.is_none() {
        return Err(Rejection::ExerciseUnknown);
    }
    let is_its_author = exercise.is_some_and(|exercise| exercise.author_id == actor.learner_id);
    if !actor.is_staff && !is_its_author {
        return Err(Rejection::NotYours);
    }
    Ok(RejudgeSetEvent::Requested(RejudgeSet {
        set_id,
        status: SetStatus::Requested,
        reason: reason.to_owned(),
        selection: request.selection,
        judge_by: request.judge_by,
        requested_by: actor.learner_id,
        requested_seq: None,
        submissions: None,
        ended_by: None,
    }))
}

/// `None`: it is applied, or being applied, already. `partial` applies the results there are; what is judged later has no
/// effect.
pub fn decide_apply(state: State, partial: bool, actor: Actor) -> Result<Option<RejudgeSetEvent>, Rejection> {
    let set = own(state, actor)?;
    match set.status {
        SetStatus::Applying | SetStatus::Applied => Ok(None),
        SetStatus::Cancelled => Err(Rejection::Cancelled),
        SetStatus::Selected if partial => Ok(Some(ordered(set, actor))),
        SetStatus::Requested | SetStatus::Selected => Err(Rejection::Incomplete),
        SetStatus::Judged => Ok(Some(ordered(set, actor))),
    }
}

fn ordered(set: RejudgeSet, actor: Actor) -> RejudgeSetEvent {
    let ended_by = Some(actor.learner_id);
    RejudgeSetEvent::Ordered(RejudgeSet { status: SetStatus::Applying, ended_by, ..set })
}

/// `None`: it is cancelled already.
pub fn decide_cancel(state: State, actor: Actor) -> Result<Option<RejudgeSetEvent>, Rejection> {
    let set = own(state, actor)?;
    match set.status {
        SetStatus::Cancelled => Ok(None),
        SetStatus::Applying | SetStatus::Applied => Err(Rejection::Applied),
        SetStatus::Requested | SetStatus::Selected | SetStatus::Judged => {
            let ended_by = Some(actor.learner_id);
            Ok(Some(RejudgeSetEvent::Cancelled(RejudgeSet { status: SetStatus::Cancelled, ended_by, ..set })))
        }
    }
}

/// A set that others asked for is the staff's.
fn own(state: State, actor: Actor) -> Result<RejudgeSet, Rejection> {
    let set = state.ok_or(Rejection::SetUnknown)?;
    if actor.is_staff || set.requested_by == actor.learner_id { Ok(set) } else { Err(Rejection::NotYours) }
}

/// Every submission of the set, requested at `requested_seq`, has been asked for.
pub fn selected(set: RejudgeSet, requested_seq: u64, submissions: u32) -> RejudgeSetEvent {
    RejudgeSetEvent::Selected(RejudgeSet {
        status: SetStatus::Selected,
        requested_seq: Some(requested_seq),
        submissions: Some(submissions),
        ..set
    })
}

/// Every result is in the log.
pub fn judged(set: RejudgeSet) -> RejudgeSetEvent {
    RejudgeSetEvent::Judged(RejudgeSet { status: SetStatus::Judged, ..set })
}

/// The results have effect for every learner.
pub fn finished(set: RejudgeSet) -> RejudgeSetEvent {
    RejudgeSetEvent::Finished(RejudgeSet { status: SetStatus::Applied, ..set })
}

#[cfg(test)]
mod tests {
    use super::*;
    use events::{ExerciseId, SubmissionId};
    use testkit::build::{exercise, learner, rejudge_set};
    use uuid::Uuid;

    const STAFF: Actor = Actor { learner_id: LearnerId(Uuid::from_u128(7)), is_staff: true };

    fn author() -> Actor {
        Actor { learner_id: exercise("one").author_id, is_staff: false }
    }

    fn of_exercise() -> Request {
        Request {
            selection: Selection { exercise_id: Some(ExerciseId::of_slug("one")), ..Selection::default() },
            judge_by: JudgeBy::Current,
            reason: " a wrong test ".to_owned(),
        }
    }

    fn request(request: Request, actor: Actor) -> Result<RejudgeSet, Rejection> {
        let exercise = request.selection.exercise_id.map(|_| exercise("one"));
        decide_request(request, exercise.as_ref(), rejudge_set(1), actor).map(RejudgeSetEvent::into_set)
    }

    /// Given a set in this state.
    fn given(status: SetStatus) -> RejudgeSet {
        let set = request(of_exercise(), author()).expect("a good request");
        RejudgeSet { status, ..set }
    }

    #[test]
    fn a_request_becomes_a_set() {
        let set = request(of_exercise(), author()).expect("a good request");
        assert_eq!((set.status, set.reason.as_str()), (SetStatus::Requested, "a wrong test"));
        assert_eq!((set.set_id, set.requested_by), (rejudge_set(1), author().learner_id));
    }

    #[test]
    fn each_bad_request_is_told_why() {
        let at = |seconds: i64| chrono::DateTime::from_timestamp(1_800_000_000 + seconds, 0);
        let selecting = |selection| request(Request { selection, ..of_exercise() }, STAFF);
        let because = |reason: &str| request(Request { reason: reason.to_owned(), ..of_exercise() }, STAFF);
        assert_eq!(because(" "), Err(Rejection::ReasonInvalid));
        assert_eq!(because(&"x".repeat(501)), Err(Rejection::ReasonInvalid));
        assert_eq!(because("a\0b"), Err(Rejection::ReasonInvalid));
        assert_eq!(selecting(Selection::default()), Err(Rejection::SelectionEmpty));
        let revision = Selection { revision: Some(2), from: at(0), ..Selection::default() };
        assert_eq!(selecting(revision), Err(Rejection::RevisionWithoutExercise));
        let backwards = Selection { from: at(1), until: at(1), ..Selection::default() };
        assert_eq!(selecting(backwards), Err(Rejection::RangeInvalid));
        let many = vec![SubmissionId(Uuid::nil()); SUBMISSIONS_MAX + 1];
        let many = Selection { submissions: many, ..Selection::default() };
        assert_eq!(selecting(many), Err(Rejection::SubmissionsTooMany));
        let unknown = decide_request(of_exercise(), None, rejudge_set(1), STAFF);
        assert_eq!(unknown.map(|_| ()), Err(Rejection::ExerciseUnknown));
    }

    #[test]
    fn authors_rejudge_their_own_exercises_and_see_to_their_own_sets() {
        let stranger = Actor { learner_id: learner(5), is_staff: false };
        assert_eq!(request(of_exercise(), stranger), Err(Rejection::NotYours));
        let from = chrono::DateTime::from_timestamp(1_800_000_000, 0);
        let everybodys = Selection { from, ..Selection::default() };
        let of_range = Request { selection: everybodys, ..of_exercise() };
        assert_eq!(request(of_range.clone(), author()), Err(Rejection::NotYours));
        assert!(request(of_range, STAFF).is_ok());
        assert_eq!(decide_apply(Some(given(SetStatus::Judged)), false, stranger), Err(Rejection::NotYours));
        assert_eq!(decide_cancel(Some(given(SetStatus::Judged)), stranger), Err(Rejection::NotYours));
        assert!(decide_cancel(Some(given(SetStatus::Judged)), STAFF).is_ok());
    }

    #[test]
    fn a_set_is_applied_when_all_results_are_there_or_when_told_not_to_wait() {
        let apply = |status, partial| {
            let decided = decide_apply(Some(given(status)), partial, author())?;
            Ok::<_, Rejection>(decided.map(|event| event.set().status))
        };
        let ordered = Ok(Some(SetStatus::Applying));
        assert_eq!(apply(SetStatus::Judged, false), ordered);
        assert_eq!(apply(SetStatus::Selected, false), Err(Rejection::Incomplete));
        assert_eq!(apply(SetStatus::Selected, true), ordered);
        assert_eq!(apply(SetStatus::Requested, true), Err(Rejection::Incomplete));
        assert_eq!(apply(SetStatus::Cancelled, true), Err(Rejection::Cancelled));
        assert_eq!(apply(SetStatus::Applying, false), Ok(None), "a repetition");
        assert_eq!(apply(SetStatus::Applied, false), Ok(None));
        assert_eq!(decide_apply(None, false, STAFF), Err(Rejection::SetUnknown));
    }

    #[test]
    fn a_set_is_cancelled_until_it_is_applied() {
        let cancel = |status| {
            let decided = decide_cancel(Some(given(status)), author())?;
            Ok::<_, Rejection>(decided.map(|event| event.set().status))
        };
        for status in [SetStatus::Requested, SetStatus::Selected, SetStatus::Judged] {
            assert_eq!(cancel(status), Ok(Some(SetStatus::Cancelled)));
        }
        assert_eq!(cancel(SetStatus::Cancelled), Ok(None), "a repetition");
        assert_eq!(cancel(SetStatus::Applying), Err(Rejection::Applied));
        assert_eq!(cancel(SetStatus::Applied), Err(Rejection::Applied));
    }

    #[test]
    fn the_fan_out_carries_a_set_forward() {
        let set = given(SetStatus::Requested);
        let selected = selected(set, 41, 3).into_set();
        assert_eq!((selected.status, selected.requested_seq), (SetStatus::Selected, Some(41)));
        let judged = judged(selected).into_set();
        assert_eq!((judged.status, judged.submissions), (SetStatus::Judged, Some(3)));
        assert_eq!(finished(judged).into_set().status, SetStatus::Applied);
    }
}
