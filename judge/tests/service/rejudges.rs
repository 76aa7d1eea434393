//! Judging again for a rejudge set.

use crate::hall::{Hall, PATIENCE, Submitted, package};
use anyhow::ensure;
use events::judgement::{SubmissionJudged, Verdict};
use events::package::Package;
use events::rejudge::{
    JudgeBy, RejudgeEvent, RejudgeSet, RejudgeSetEvent, Selection, SetStatus, SubmissionRejudgeRequested,
};
use events::{Event, EventId, Family, FamilyEvent, JudgementId, NewEvent, Recorded, RejudgeSetId, subject};
use testkit::{build, eventually};

const SET: u32 = 1;

fn set() -> RejudgeSetId {
    build::rejudge_set(SET)
}

async fn set_stands(
    hall: &Hall,
    number: u32,
    event: fn(RejudgeSet) -> RejudgeSetEvent,
) -> anyhow::Result<()> {
    let status = match event(bare(SetStatus::Requested)) {
        RejudgeSetEvent::Cancelled(_) => SetStatus::Cancelled,
        _ => SetStatus::Requested,
    };
    let event = event(bare(status));
    let key = event.key();
    let event = build::new_event(number, Event::RejudgeSet(event));
    hall.append_on(event, subject::fact(Family::RejudgeSet, key)).await?;
    Ok(())
}

fn bare(status: SetStatus) -> RejudgeSet {
    RejudgeSet {
        set_id: set(),
        status,
        selection: Selection::default(),
        judge_by: JudgeBy::Current,
        reason: "a wrong test".to_owned(),
        requested_by: build::learner(0),
        requested_seq: None,
        submissions: None,
        ended_by: None,
    }
}

/// Asks for a submission to be judged by another package.
async fn ask(hall: &Hall, submitted: &Submitted, package: &Package) -> anyhow::Result<()> {
    let fact = SubmissionRejudgeRequested {
        set_id: set(),
        submission_id: submitted.submission_id,
        learner_id: submitted.learner,
        exercise_id: build::exercise("increment").exercise_id,
        accepted_seq: submitted.sequence,
        revision: 9,
        package_digest: hall.put_package(package).await?,
        points_max: 30,
    };
    let id = EventId::of_rejudge(set(), submitted.submission_id);
    let event = Event::Rejudge(RejudgeEvent::SubmissionRequested(fact));
    let event = NewEvent { id, ..build::new_event(1, event) };
    hall.append_on(event, subject::fact(Family::Rejudge, submitted.learner.0)).await?;
    Ok(())
}

async fn rejudged(hall: &Hall, submitted: &Submitted) -> anyhow::Result<Recorded<SubmissionJudged>> {
    eventually(PATIENCE, async || {
        let judged = hall.judged(submitted).await?;
        ensure!(judged.event.rejudge_set == Some(set()), "not judged again yet");
        Ok(judged)
    })
    .await
}

#[tokio::test]
async fn a_submission_is_judged_again_by_the_package_its_set_names() -> anyhow::Result<()> {
    let hall = Hall::open().await?;
    let judge = hall.judge().await?;
    let submitted = hall.submit(1, "print(3)", &package("", "4")).await?;
    let first = hall.judged(&submitted).await?;
    assert_eq!((first.event.verdict, first.event.rejudge_set), (Verdict::WrongAnswer, None));

    let mut progress = hall.progress().await?;
    set_stands(&hall, 100, RejudgeSetEvent::Requested).await?;
    ask(&hall, &submitted, &package("", "3")).await?;
    let again = rejudged(&hall, &submitted).await?;
    let event = &again.event;
    assert_eq!((event.verdict, event.points, event.points_max), (Verdict::Accepted, 30, 30));
    assert_eq!((event.revision, event.accepted_seq), (9, submitted.sequence));
    assert_eq!(event.judgement_id, JudgementId::rejudged(submitted.submission_id, set()));
    assert_eq!(again.id, EventId(event.judgement_id.0));
    // Its learner hears of the next submission first: nothing was told of this one.
    let next = hall.submit(2, "print(3)", &package("", "3")).await?;
    assert_eq!(progress.next().await?.submission_id, next.submission_id);
    hall.judged(&next).await?;
    judge.stop().await;
    Ok(())
}

#[tokio::test]
async fn every_submission_goes_before_what_is_judged_again() -> anyhow::Result<()> {
    let hall = Hall::open().await?;
    let right = package("", "3");
    set_stands(&hall, 100, RejudgeSetEvent::Requested).await?;
    let old = hall.submit(1, "print(3)", &right).await?;
    ask(&hall, &old, &right).await?;
    let new = hall.submit(2, "print(3)", &right).await?;
    let _judge = hall.judge_with_slots(1).await?;
    let again = rejudged(&hall, &old).await?;
    assert!(hall.judged(&new).await?.sequence < again.sequence);
    assert_eq!(hall.order_of_verdicts().await?, [old.submission_id, new.submission_id, old.submission_id]);
    Ok(())
}

#[tokio::test]
async fn judging_again_leaves_slots_free_for_submissions() -> anyhow::Result<()> {
    let hall = Hall::open().await?;
    let sleeps_as_told = "import time; time.sleep(float(input())); print(3)";
    let old = [1, 2].map(|number| (number, package("0", "3")));
    let judge = hall.judge_with_slots(2).await?;
    let mut submitted = Vec::new();
    for (number, package) in old {
        let one = hall.submit(number, sleeps_as_told, &package).await?;
        hall.judged(&one).await?;
        submitted.push(one);
    }
    judge.stop().await;
    set_stands(&hall, 100, RejudgeSetEvent::Requested).await?;
    for one in &submitted {
        ask(&hall, one, &package("3", "3")).await?;
    }
    let _judge = hall.judge_with_slots(2).await?;
    eventually(PATIENCE, async || {
        ensure!(hall.being_rejudged().await? > 0, "nothing is judged again yet");
        Ok(())
    })
    .await?;
    let new = hall.submit(3, "print(3)", &package("", "3")).await?;
    hall.judged(&new).await?;
    let verdicts = hall.order_of_verdicts().await?;
    assert_eq!(verdicts.get(2), Some(&new.submission_id), "it waited for what is judged again");
    for one in &submitted {
        rejudged(&hall, one).await?;
    }
    Ok(())
}

#[tokio::test]
async fn for_a_cancelled_set_nothing_is_judged() -> anyhow::Result<()> {
    let hall = Hall::open().await?;
    let right = package("", "3");
    let old = hall.submit(1, "print(3)", &right).await?;
    set_stands(&hall, 100, RejudgeSetEvent::Requested).await?;
    ask(&hall, &old, &right).await?;
    set_stands(&hall, 101, RejudgeSetEvent::Cancelled).await?;
    let _judge = hall.judge_with_slots(1).await?;
    hall.rejudges_are_acknowledged().await?;
    assert_eq!(hall.judgements(&old).await?, 1, "the first one alone");
    Ok(())
}

#[tokio::test]
async fn an_erased_learners_submission_ends_with_a_reason() -> anyhow::Result<()> {
    let hall = Hall::open().await?;
    let right = package("", "3");
    let old = hall.submit(1, "print(3)", &right).await?;
    let judge = hall.judge().await?;
    hall.judged(&old).await?;
    judge.stop().await;
    hall.erase(&old).await?;
    set_stands(&hall, 100, RejudgeSetEvent::Requested).await?;
    ask(&hall, &old, &right).await?;
    let _judge = hall.judge().await?;
    let again = rejudged(&hall, &old).await?;
    assert_eq!(again.event.verdict, Verdict::JudgeError);
    assert_eq!(again.event.reason.as_deref(), Some("learner_erased"));
    Ok(())
}
