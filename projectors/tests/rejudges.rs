//! Rejudge sets: results without effect, applied ones, and that a rebuild or a repetition comes to the same rows.

mod rig;

use anyhow::ensure;
use events::Event;
use events::exercise::Exercise;
use events::judgement::{JudgementEvent, Verdict};
use events::rejudge::{RejudgeSet, RejudgeSetEvent, SetStatus};
use projectors::projections;
use rig::{PATIENCE, Process, Rig, apply, ask, set};
use testkit::build::{exercise, judgement, learner, rejudge_set, rejudgement};
use testkit::eventually;

const POINTS: &str = "SELECT coalesce(sum(points), 0)::bigint FROM board_totals
    WHERE scope = 'global' AND window_at = 'all'";

/// Builds everything anew beside what is live and compares; then once more from a log in which everything stands twice.
async fn rebuilt_equal(rig: &Rig) -> anyhow::Result<()> {
    let before = rig.rows().await?;
    let (builder, _) = rig.runner(projections::ALL).await?;
    let built = builder.rebuild(projections::ALL).await?;
    assert!(built.iter().all(|built| built.identical == Some(true)), "{built:?}");
    assert_eq!(rig.rows().await?, before);
    Ok(())
}

async fn started() -> anyhow::Result<(Rig, Process, Exercise)> {
    let rig = Rig::new().await?;
    let process = rig.start().await?;
    let task = exercise("one");
    rig.publish(&task).await?;
    Ok((rig, process, task))
}

#[tokio::test]
async fn results_have_effect_when_their_set_is_applied_and_not_before() -> anyhow::Result<()> {
    let (rig, process, task) = started().await?;
    let (first, second) = (rejudge_set(1), rejudge_set(2));
    let wrong = rig.submit(learner(1), &task).await?;
    rig.judge(&wrong, Verdict::WrongAnswer).await?;
    let right = rig.submit(learner(2), &task).await?;
    let last = rig.judge(&right, Verdict::Accepted).await?;
    rig.all_passed(&[last]).await?;
    let untouched = rig.rows().await?;

    rig.append(Event::RejudgeSet(RejudgeSetEvent::Requested(set(first, SetStatus::Requested)))).await?;
    let (for_wrong, for_right) =
        (rejudgement(first, &wrong, Verdict::Accepted), rejudgement(first, &right, Verdict::WrongAnswer));
    let mut last = Vec::new();
    for (submission, result) in [(&wrong, &for_wrong), (&right, &for_right)] {
        rig.append(ask(first, submission)).await?;
        last.push(rig.judged(result.clone()).await?);
    }
    rig.all_passed(&last).await?;
    let rows = rig.rows().await?;
    for table in ["judged", "ledger", "board_totals", "attempts", "progress", "judgements", "submissions"] {
        assert_eq!(rows[table], untouched[table], "{table} is as it was");
    }
    assert_eq!((rows["rejudgements"].len(), rows["rejudge_effects"].len()), (2, 0));

    // Applied for the one whose verdict was wrong, then for the other.
    let event = rig.append(apply(first, 50, &[for_wrong])).await?;
    rig.passed(&event).await?;
    assert_eq!(rig.count(POINTS).await?, 20);
    let event = rig.append(apply(first, 50, &[for_right])).await?;
    rig.passed(&event).await?;
    assert_eq!(rig.count(POINTS).await?, 10);
    eventually(PATIENCE, async || {
        let board = rig.board().await?;
        ensure!(board == [(learner(1).to_string(), 10)], "{board:?}");
        Ok(())
    })
    .await?;
    let solved = "SELECT count(*) FROM progress WHERE solved_at IS NOT NULL AND best_points = 10";
    assert_eq!(rig.count(solved).await?, 1);
    assert_eq!(rig.count("SELECT count(*) FROM judgements").await?, 2, "the old stay");

    // A second set gives the second learner the points back.
    let again = rejudgement(second, &right, Verdict::Accepted);
    rig.judged(again.clone()).await?;
    let event = rig.append(apply(second, 60, &[again])).await?;
    rig.passed(&event).await?;
    assert_eq!(rig.count(POINTS).await?, 20);
    rebuilt_equal(&rig).await?;
    process.stop().await
}

#[tokio::test]
async fn of_two_sets_the_one_ordered_later_counts_in_whatever_order_they_arrive() -> anyhow::Result<()> {
    let (rig, process, task) = started().await?;
    let (first, second) = (rejudge_set(1), rejudge_set(2));
    let submission = rig.submit(learner(1), &task).await?;
    // Neither has the submission its first judgement: it comes last, and changes nothing.
    let (no, yes) = (
        rejudgement(first, &submission, Verdict::WrongAnswer),
        rejudgement(second, &submission, Verdict::Accepted),
    );
    rig.append(apply(second, 60, std::slice::from_ref(&yes))).await?;
    rig.append(apply(first, 50, &[no])).await?;
    // Once more, as a repetition after the broker's window would bring it.
    rig.append(apply(second, 60, &[yes])).await?;
    let late = rig.judged(judgement(&submission, Verdict::WrongAnswer)).await?;
    rig.passed(&late).await?;
    assert_eq!(rig.count(POINTS).await?, 10);
    assert_eq!(rig.count("SELECT count(*) FROM ledger").await?, 1);
    assert_eq!(rig.count("SELECT best_points::bigint FROM progress").await?, 10);
    assert_eq!(rig.count("SELECT count(*) FROM rejudge_effects").await?, 2);
    rebuilt_equal(&rig).await?;
    process.stop().await
}

#[tokio::test]
async fn a_set_is_shown_as_its_last_event_says_and_began_with_its_first() -> anyhow::Result<()> {
    let (rig, process, _) = started().await?;
    let id = rejudge_set(1);
    let requested = set(id, SetStatus::Requested);
    let first = rig.append(Event::RejudgeSet(RejudgeSetEvent::Requested(requested.clone()))).await?;
    let selected = RejudgeSet { status: SetStatus::Selected, submissions: Some(2), ..requested };
    let last = rig.append(Event::RejudgeSet(RejudgeSetEvent::Selected(selected))).await?;
    rig.passed(&last).await?;
    let shown = "SELECT requested_seq FROM rejudges WHERE status = 'selected' AND submissions = 2
        AND changed_at > requested_at";
    assert_eq!(u64::try_from(rig.count(shown).await?)?, first.sequence);
    rebuilt_equal(&rig).await?;
    process.stop().await
}

#[tokio::test]
async fn the_whole_log_once_more_changes_nothing() -> anyhow::Result<()> {
    let (rig, process, task) = started().await?;
    let id = rejudge_set(1);
    let mut twice = Vec::new();
    for number in 1..=3 {
        let submission = rig.submit(learner(number), &task).await?;
        rig.judge(&submission, Verdict::Accepted).await?;
        let result = rejudgement(id, &submission, Verdict::WrongAnswer);
        twice.push(ask(id, &submission));
        twice.push(Event::Judgement(JudgementEvent::SubmissionJudged(result.clone())));
        twice.push(apply(id, 40, &[result]));
    }
    let mut last = Vec::new();
    for event in &twice {
        last.push(rig.append(event.clone()).await?);
    }
    rig.all_passed(&last).await?;
    let once = rig.rows().await?;
    assert_eq!(rig.count(POINTS).await?, 0);
    for event in twice {
        last.push(rig.append(event).await?);
    }
    rig.all_passed(&last).await?;
    assert_eq!(rig.rows().await?, once);
    rebuilt_equal(&rig).await?;
    process.stop().await
}
