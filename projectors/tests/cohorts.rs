//! Cohorts and their members, and that a rebuild or a repetition comes to the same rows.

mod rig;

use events::cohort::{Cohort, CohortEvent, CohortJoined, CohortLeft, CohortStatus, MembershipEvent};
use events::{CohortId, Event, LearnerId};
use projectors::projections;
use rig::Rig;
use testkit::build::learner;
use uuid::Uuid;

const MATHS: CohortId = CohortId(Uuid::from_u128(1));
const MUSIC: CohortId = CohortId(Uuid::from_u128(2));

fn cohort(cohort_id: CohortId, name: &str) -> Cohort {
    Cohort {
        cohort_id,
        name: name.to_owned(),
        status: CohortStatus::Open,
        instructors: vec![learner(90)],
        invitation: None,
        invitation_expires_at: None,
        invitations: 0,
        changed_by: learner(90),
    }
}

fn joined(cohort_id: CohortId, learner_id: LearnerId) -> Event {
    Event::Membership(MembershipEvent::Joined(CohortJoined {
        cohort_id,
        learner_id,
        cohorts: vec![cohort_id],
    }))
}

fn left(cohort_id: CohortId, learner_id: LearnerId) -> Event {
    let left = CohortLeft { cohort_id, learner_id, by: learner_id, cohorts: vec![] };
    Event::Membership(MembershipEvent::Left(left))
}

#[tokio::test]
async fn members_come_and_go_and_a_rebuild_agrees() -> anyhow::Result<()> {
    let rig = Rig::new().await?;
    let process = rig.start().await?;
    let made = cohort(MATHS, "Maths, group 1");
    let renamed = Cohort { name: "Maths".to_owned(), ..made.clone() };
    let led = Cohort { instructors: vec![learner(90), learner(91)], ..renamed.clone() };
    let archived = Cohort { status: CohortStatus::Archived, ..led.clone() };
    let once = [
        Event::Cohort(CohortEvent::Created(made)),
        Event::Cohort(CohortEvent::Created(cohort(MUSIC, "Music"))),
        Event::Cohort(CohortEvent::Renamed(renamed)),
        joined(MATHS, learner(1)),
        joined(MATHS, learner(2)),
        joined(MUSIC, learner(2)),
        left(MATHS, learner(2)),
        // In one batch with what went before, and in one after.
        joined(MATHS, learner(3)),
        left(MATHS, learner(3)),
        joined(MATHS, learner(3)),
        Event::Cohort(CohortEvent::InstructorsChanged(led)),
        Event::Cohort(CohortEvent::Archived(archived)),
    ];
    let mut last = Vec::new();
    for event in &once {
        last.push(rig.append(event.clone()).await?);
    }
    rig.all_passed(&last).await?;
    let members =
        "SELECT count(*) FROM cohort_members WHERE cohort_id = '00000000-0000-0000-0000-000000000001'";
    assert_eq!(rig.count(members).await?, 2);
    assert_eq!(rig.count("SELECT count(*) FROM cohort_members").await?, 3);
    let cohorts = "SELECT count(*) FROM cohorts WHERE (name, status, cardinality(instructors)) = ('Maths', 'archived', 2)";
    assert_eq!(rig.count(cohorts).await?, 1);

    let before = rig.rows().await?;
    let (builder, _) = rig.runner(projections::ALL).await?;
    let built = builder.rebuild(projections::ALL).await?;
    assert!(built.iter().all(|built| built.identical == Some(true)), "{built:?}");
    assert_eq!(rig.rows().await?, before);

    // As somebody else would write it again after the broker has forgotten the ids.
    last.clear();
    for event in once {
        last.push(rig.append(event).await?);
    }
    rig.all_passed(&last).await?;
    assert_eq!(rig.count("SELECT count(*) FROM cohort_members").await?, 3);
    assert_eq!(rig.count(cohorts).await?, 1);
    process.stop().await
}
