//! Cohorts: made and led by instructors, joined by whoever has the invitation's code.
//!
//! Every event of a cohort carries all of it, and every membership event of a learner all of their cohorts, so a state is
//! made from the last event alone.

use chrono::{DateTime, TimeDelta, Utc};
use events::cohort::{Cohort, CohortEvent, CohortJoined, CohortLeft, CohortStatus};
use events::{CohortId, InvitationId, LearnerId};

pub const NAME_CHARS_MAX: usize = 100;
pub const INSTRUCTORS_MAX: usize = 20;
/// So that a table of everybody's results stays something one request can answer.
pub const MEMBERS_MAX: u32 = 10_000;
/// Every membership fact of a learner lists them all.
pub const COHORTS_OF_LEARNER_MAX: usize = 50;
/// What is to be good for longer need not expire.
pub const INVITATION_DAYS_MAX: i64 = 366;

/// Why a command about cohorts was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Rejection {
    #[error("A name has 1 to 100 characters in one line.")]
    NameInvalid,
    #[error("There is no such cohort.")]
    CohortUnknown,
    #[error("Only its instructors and admins change a cohort.")]
    NotYours,
    #[error("This cohort is archived: nobody joins it, and nothing about it changes.")]
    Archived,
    #[error("Nobody is invited by this code: it is mistyped, or was withdrawn.")]
    InvitationUnknown,
    #[error("This invitation has expired: ask for another one.")]
    InvitationExpired,
    #[error("An invitation expires in the future, and within a year.")]
    ExpiryInvalid,
    #[error("This cohort has as many members as a cohort can have.")]
    Full,
    #[error("You belong to 50 cohorts: leave one first.")]
    TooManyCohorts,
    #[error("Only somebody with the role instructor can lead a cohort.")]
    NotAnInstructor,
    #[error("At most 20 instructors lead a cohort.")]
    InstructorsTooMany,
    #[error("A cohort's last instructor stays: name another one first, or archive it.")]
    LastInstructor,
}

/// Whoever gives the command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Actor {
    pub learner_id: LearnerId,
    /// Admins see to every cohort.
    pub is_admin: bool,
}

/// A cohort as far as it is known; `None`: there is none.
pub type State = Option<Cohort>;

pub fn decide_create(name: &str, cohort_id: CohortId, actor: Actor) -> Result<Cohort, Rejection> {
    Ok(Cohort {
        cohort_id,
        name: checked(name)?,
        status: CohortStatus::Open,
        instructors: vec![actor.learner_id],
        invitation: None,
        invitation_expires_at: None,
        invitations: 0,
        changed_by: actor.learner_id,
    })
}

/// `None`: it has that name.
pub fn decide_rename(state: State, name: &str, actor: Actor) -> Result<Option<CohortEvent>, Rejection> {
    let name = checked(name)?;
    let cohort = open(state, actor)?;
    Ok((cohort.name != name).then_some(CohortEvent::Renamed(Cohort { name, ..cohort })))
}

/// `None`: it is archived already.
pub fn decide_archive(state: State, actor: Actor) -> Result<Option<CohortEvent>, Rejection> {
    match open(state, actor) {
        Ok(cohort) => Ok(Some(CohortEvent::Archived(Cohort { status: CohortStatus::Archived, ..cohort }))),
        Err(Rejection::Archived) => Ok(None),
        Err(rejection) => Err(rejection),
    }
}

/// The invitation somebody asks for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Invitation {
    /// Another one than there is.
    pub renew: bool,
    /// `None`: as it is, also if it has expired, and another one never.
    pub expires_at: Option<DateTime<Utc>>,
}

/// What is to be done when somebody asks for an invitation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Inviting {
    /// The one there is stays as it is; it may have expired.
    Keep(Cohort),
    /// It is, and expires at another time from now on.
    Date(Cohort),
    /// Another one takes its place, if it had one.
    Renew(Cohort),
}

pub fn decide_invite(
    state: State,
    wanted: Invitation,
    actor: Actor,
    now: DateTime<Utc>,
) -> Result<Inviting, Rejection> {
    let cohort = open(state, actor)?;
    let Invitation { renew, expires_at } = wanted;
    let latest = now + TimeDelta::days(INVITATION_DAYS_MAX);
    if expires_at.is_some_and(|at| at <= now || at > latest) {
        return Err(Rejection::ExpiryInvalid);
    }
    // Who asks what the code is wants no other one, least of all one without an end where there was one with an end.
    let is_over = expires_at.is_some() && has_expired(&cohort, now);
    if renew || cohort.invitation.is_none() || is_over {
        return Ok(Inviting::Renew(Cohort { invitation_expires_at: expires_at, ..cohort }));
    }
    Ok(match expires_at {
        Some(at) if cohort.invitation_expires_at != Some(at) => {
            Inviting::Date(Cohort { invitation_expires_at: expires_at, ..cohort })
        }
        _ => Inviting::Keep(cohort),
    })
}

fn has_expired(cohort: &Cohort, now: DateTime<Utc>) -> bool {
    cohort.invitation_expires_at.is_some_and(|at| at <= now)
}

/// The cohort with its invitation of this number; whatever invitation it had is void.
pub fn invited(cohort: Cohort, number: u32, invitation: InvitationId) -> Cohort {
    Cohort { invitation: Some(invitation), invitations: number, ..cohort }
}

/// `None`: nobody is invited.
pub fn decide_withdraw(state: State, actor: Actor) -> Result<Option<CohortEvent>, Rejection> {
    let cohort = open(state, actor)?;
    let withdrawn = cohort.invitation.is_some();
    let uninviting = Cohort { invitation: None, invitation_expires_at: None, ..cohort };
    Ok(withdrawn.then_some(CohortEvent::InvitationChanged(uninviting)))
}

/// `None`: they lead it already.
pub fn decide_add_instructor(
    state: State,
    instructor: LearnerId,
    has_role: bool,
    actor: Actor,
) -> Result<Option<CohortEvent>, Rejection> {
    let mut cohort = open(state, actor)?;
    if cohort.instructors.contains(&instructor) {
        return Ok(None);
    }
    if !has_role {
        return Err(Rejection::NotAnInstructor);
    }
    if cohort.instructors.len() >= INSTRUCTORS_MAX {
        return Err(Rejection::InstructorsTooMany);
    }
    cohort.instructors.push(instructor);
    Ok(Some(CohortEvent::InstructorsChanged(cohort)))
}

/// `None`: they do not lead it.
pub fn decide_remove_instructor(
    state: State,
    instructor: LearnerId,
    actor: Actor,
) -> Result<Option<CohortEvent>, Rejection> {
    let mut cohort = open(state, actor)?;
    if !cohort.instructors.contains(&instructor) {
        return Ok(None);
    }
    if cohort.instructors.len() == 1 {
        return Err(Rejection::LastInstructor);
    }
    cohort.instructors.retain(|one| *one != instructor);
    Ok(Some(CohortEvent::InstructorsChanged(cohort)))
}

/// `state` is the cohort that the invitation was made for, `cohorts` what the learner belongs to. `None`: they belong to it
/// already.
pub fn decide_join(
    state: State,
    invitation: InvitationId,
    cohorts: &[CohortId],
    members: u32,
    learner: LearnerId,
    now: DateTime<Utc>,
) -> Result<Option<CohortJoined>, Rejection> {
    let cohort = state.ok_or(Rejection::InvitationUnknown)?;
    if cohort.invitation != Some(invitation) {
        return Err(Rejection::InvitationUnknown);
    }
    // First of all, so that joining again is answered as before, whatever became of the invitation meanwhile.
    if cohorts.contains(&cohort.cohort_id) {
        return Ok(None);
    }
    if has_expired(&cohort, now) {
        return Err(Rejection::InvitationExpired);
    }
    if cohort.status == CohortStatus::Archived {
        return Err(Rejection::Archived);
    }
    if members >= MEMBERS_MAX {
        return Err(Rejection::Full);
    }
    if cohorts.len() >= COHORTS_OF_LEARNER_MAX {
        return Err(Rejection::TooManyCohorts);
    }
    let cohorts = [cohorts, &[cohort.cohort_id]].concat();
    Ok(Some(CohortJoined { cohort_id: cohort.cohort_id, learner_id: learner, cohorts }))
}

/// Whether `actor` may take others out of a cohort; also out of an archived one.
pub fn check_leads(state: State, actor: Actor) -> Result<Cohort, Rejection> {
    let cohort = state.ok_or(Rejection::CohortUnknown)?;
    let leads = actor.is_admin || cohort.instructors.contains(&actor.learner_id);
    if leads { Ok(cohort) } else { Err(Rejection::NotYours) }
}

/// `None`: the learner does not belong to it.
pub fn decide_leave(
    cohort_id: CohortId,
    cohorts: &[CohortId],
    learner: LearnerId,
    by: LearnerId,
) -> Option<CohortLeft> {
    let rest = cohorts.iter().copied().filter(|one| *one != cohort_id).collect();
    let left = CohortLeft { cohort_id, learner_id: learner, by, cohorts: rest };
    cohorts.contains(&cohort_id).then_some(left)
}

/// A cohort that `actor` may change, as it will be after the change if nothing else is said.
fn open(state: State, actor: Actor) -> Result<Cohort, Rejection> {
    let cohort = check_leads(state, actor)?;
    match cohort.status {
        CohortStatus::Open => Ok(Cohort { changed_by: actor.learner_id, ..cohort }),
        CohortStatus::Archived => Err(Rejection::Archived),
    }
}

fn checked(name: &str) -> Result<String, Rejection> {
    let name = name.trim();
    let fits = !name.is_empty() && name.chars().count() <= NAME_CHARS_MAX;
    if fits && !name.chars().any(char::is_control) {
        Ok(name.to_owned())
    } else {
        Err(Rejection::NameInvalid)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use testkit::build::{learner, start};
    use uuid::Uuid;

    const COHORT: CohortId = CohortId(Uuid::from_u128(40));
    const CODE: InvitationId = InvitationId(Uuid::from_u128(41));

    fn actor(number: u32) -> Actor {
        Actor { learner_id: learner(number), is_admin: false }
    }

    fn admin() -> Actor {
        Actor { is_admin: true, ..actor(99) }
    }

    /// Led by learner 1, with an invitation.
    fn class() -> Cohort {
        let created = decide_create(" Programming 1 ", COHORT, actor(1)).expect("a good name");
        invited(created, 1, CODE)
    }

    fn archived() -> Cohort {
        Cohort { status: CohortStatus::Archived, ..class() }
    }

    /// The cohort after a decision that changes something.
    fn after(decided: Result<Option<CohortEvent>, Rejection>) -> Cohort {
        decided.expect("allowed").expect("a change").into_cohort()
    }

    fn invite(state: State, renew: bool, actor: Actor) -> Result<Inviting, Rejection> {
        decide_invite(state, Invitation { renew, expires_at: None }, actor, start())
    }

    #[test]
    fn a_cohort_has_a_name_in_one_line_and_is_led_by_who_made_it() {
        let class = class();
        assert_eq!((class.name.as_str(), class.status), ("Programming 1", CohortStatus::Open));
        assert_eq!(class.instructors, [learner(1)]);
        for bad in ["", "  ", "a\nb", "a\0", &"x".repeat(101)] {
            assert_eq!(decide_create(bad, COHORT, actor(1)), Err(Rejection::NameInvalid), "{bad:?}");
            assert_eq!(decide_rename(Some(class.clone()), bad, actor(1)), Err(Rejection::NameInvalid));
        }
        assert!(decide_create(&"ü".repeat(100), COHORT, actor(1)).is_ok());
    }

    #[test]
    fn its_instructors_and_admins_change_it_and_nobody_else() {
        let state = || Some(class());
        let decisions = |state: &dyn Fn() -> State, actor| {
            [
                decide_rename(state(), "Programming 2", actor),
                decide_archive(state(), actor),
                decide_withdraw(state(), actor),
                decide_add_instructor(state(), learner(3), true, actor),
                invite(state(), true, actor).map(|_| None),
                check_leads(state(), actor).map(|_| None),
            ]
        };
        for refused in decisions(&state, actor(2)) {
            assert_eq!(refused, Err(Rejection::NotYours));
        }
        for refused in decisions(&|| None, admin()) {
            assert_eq!(refused, Err(Rejection::CohortUnknown));
        }
        for allowed in decisions(&state, actor(1)).into_iter().chain(decisions(&state, admin())) {
            assert!(allowed.is_ok(), "{allowed:?}");
        }
    }

    #[test]
    fn a_change_is_made_once_and_says_who_made_it() {
        let renamed = after(decide_rename(Some(class()), "Programming 2", admin()));
        assert_eq!((renamed.name.as_str(), renamed.changed_by), ("Programming 2", learner(99)));
        assert_eq!(decide_rename(Some(renamed), "Programming 2", actor(1)), Ok(None));
        let archived = after(decide_archive(Some(class()), actor(1)));
        assert_eq!(archived.status, CohortStatus::Archived);
        assert_eq!(decide_archive(Some(archived.clone()), actor(1)), Ok(None));
        assert_eq!(decide_rename(Some(archived.clone()), "x", actor(1)), Err(Rejection::Archived));
        assert_eq!(invite(Some(archived), false, actor(1)), Err(Rejection::Archived));
    }

    #[test]
    fn one_invitation_is_good_at_a_time() {
        assert_eq!(invite(Some(class()), false, actor(1)), Ok(Inviting::Keep(class())));
        assert_eq!(invite(Some(class()), true, actor(1)), Ok(Inviting::Renew(class())));
        let withdrawn = after(decide_withdraw(Some(class()), actor(1)));
        assert_eq!((withdrawn.invitation, withdrawn.invitations), (None, 1));
        assert_eq!(decide_withdraw(Some(withdrawn.clone()), actor(1)), Ok(None));
        let invite_again = invite(Some(withdrawn.clone()), false, actor(1));
        assert_eq!(invite_again, Ok(Inviting::Renew(withdrawn)));
    }

    #[test]
    fn an_invitation_expires_when_it_is_said_to() {
        let hours = |hours| start() + TimeDelta::hours(hours);
        let ask = |cohort: &Cohort, renew, at, now| {
            let wanted = Invitation { renew, expires_at: Some(hours(at)) };
            decide_invite(Some(cohort.clone()), wanted, actor(1), hours(now))
        };
        for past_or_far in [-1, 0, 24 * 367] {
            assert_eq!(ask(&class(), false, past_or_far, 0), Err(Rejection::ExpiryInvalid));
        }
        let dated = Cohort { invitation_expires_at: Some(hours(2)), ..class() };
        assert_eq!(ask(&class(), false, 2, 0), Ok(Inviting::Date(dated.clone())));
        assert_eq!(ask(&dated, false, 2, 0), Ok(Inviting::Keep(dated.clone())));
        assert_eq!(ask(&class(), true, 2, 0), Ok(Inviting::Renew(dated.clone())));
        assert_eq!(invite(Some(dated.clone()), false, actor(1)), Ok(Inviting::Keep(dated.clone())));
        assert_eq!(invite(Some(dated.clone()), true, actor(1)), Ok(Inviting::Renew(class())));
        let join = |now| decide_join(Some(dated.clone()), CODE, &[], 0, learner(5), hours(now));
        assert!(join(1).is_ok());
        assert_eq!(join(2), Err(Rejection::InvitationExpired));
        let again = decide_join(Some(dated.clone()), CODE, &[COHORT], 1, learner(5), hours(2));
        assert_eq!(again, Ok(None), "a member stays one");
        // Asking for one that has expired brings no other; asking for another date does.
        let late = decide_invite(Some(dated.clone()), Invitation::default(), actor(1), hours(2));
        assert_eq!(late, Ok(Inviting::Keep(dated.clone())));
        let later = Cohort { invitation_expires_at: Some(hours(3)), ..class() };
        assert_eq!(ask(&dated, false, 3, 2), Ok(Inviting::Renew(later)));
        let withdrawn = after(decide_withdraw(Some(dated), actor(1)));
        assert_eq!(withdrawn.invitation_expires_at, None);
    }

    #[test]
    fn whoever_has_the_role_can_lead_and_one_stays() {
        let add = |cohort, number, has_role| {
            decide_add_instructor(Some(cohort), learner(number), has_role, actor(1))
        };
        assert_eq!(add(class(), 2, false), Err(Rejection::NotAnInstructor));
        assert_eq!(add(class(), 1, false), Ok(None), "leads it already");
        let two = after(add(class(), 2, true));
        assert_eq!(two.instructors, [learner(1), learner(2)]);
        let remove = |cohort, number| decide_remove_instructor(Some(cohort), learner(number), actor(1));
        assert_eq!(after(remove(two.clone(), 1)).instructors, [learner(2)]);
        assert_eq!(remove(two, 3), Ok(None));
        assert_eq!(remove(class(), 1), Err(Rejection::LastInstructor));
        let many = Cohort { instructors: (1..=20).map(learner).collect(), ..class() };
        assert_eq!(add(many, 21, true), Err(Rejection::InstructorsTooMany));
    }

    #[test]
    fn a_learner_joins_once_by_the_code_that_is_good() {
        let join =
            |state, code, cohorts: &[CohortId]| decide_join(state, code, cohorts, 0, learner(5), start());
        let other = CohortId(Uuid::from_u128(50));
        let joined = join(Some(class()), CODE, &[other]).expect("allowed").expect("joined");
        assert_eq!((joined.cohort_id, joined.learner_id), (COHORT, learner(5)));
        assert_eq!(joined.cohorts, [other, COHORT]);
        assert_eq!(join(Some(class()), CODE, &joined.cohorts), Ok(None), "joining twice");
        let renewed = invited(class(), 2, InvitationId(Uuid::from_u128(42)));
        assert_eq!(join(Some(renewed), CODE, &[]), Err(Rejection::InvitationUnknown));
        let withdrawn = Cohort { invitation: None, ..class() };
        assert_eq!(join(Some(withdrawn), CODE, &[]), Err(Rejection::InvitationUnknown));
        assert_eq!(join(None, CODE, &[]), Err(Rejection::InvitationUnknown));
        assert_eq!(join(Some(archived()), CODE, &[]), Err(Rejection::Archived));
    }

    #[test]
    fn neither_a_cohort_nor_a_learner_has_too_many() {
        let join = |cohorts: &[CohortId], members| {
            decide_join(Some(class()), CODE, cohorts, members, learner(5), start())
                .map(|joined| joined.is_some())
        };
        let many: Vec<CohortId> = (100..150).map(|number| CohortId(Uuid::from_u128(number))).collect();
        assert_eq!(join(&many[1..], MEMBERS_MAX - 1), Ok(true));
        assert_eq!(join(&many, 0), Err(Rejection::TooManyCohorts));
        assert_eq!(join(&[], MEMBERS_MAX), Err(Rejection::Full));
        assert_eq!(join(&[COHORT], MEMBERS_MAX), Ok(false), "a member stays one");
    }

    #[test]
    fn who_leaves_has_left_once() {
        let other = CohortId(Uuid::from_u128(50));
        let left = decide_leave(COHORT, &[other, COHORT], learner(5), learner(1)).expect("a member");
        assert_eq!((left.by, left.cohorts.as_slice()), (learner(1), [other].as_slice()));
        assert_eq!(decide_leave(COHORT, &left.cohorts, learner(5), learner(5)), None);
    }
}
