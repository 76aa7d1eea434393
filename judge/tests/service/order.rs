//! Whose turn it is, and how often a submission is tried.

use crate::SLOW;
use crate::hall::{Hall, Submitted, package};
use anyhow::{Context, ensure};
use events::judgement::Verdict;

/// Slow enough to tell an order, and no slower.
const QUARTER: &str = "import time; time.sleep(0.1); print(3)";

async fn place(hall: &Hall, submitted: &Submitted) -> anyhow::Result<usize> {
    let order = hall.order_of_verdicts().await?;
    order.iter().position(|id| *id == submitted.submission_id).context("not judged")
}

#[tokio::test]
async fn a_flood_delays_anothers_first_submission_by_no_more_than_one_run() -> anyhow::Result<()> {
    let hall = Hall::open().await?;
    let package = package("", "3");
    let flood = hall.submit(1, QUARTER, &package).await?;
    let further =
        [hall.submit_again(2, &flood, QUARTER).await?, hall.submit_again(3, &flood, QUARTER).await?];
    let others = [hall.submit(11, QUARTER, &package).await?, hall.submit(12, QUARTER, &package).await?];
    let again = hall.submit_again(13, &others[0], QUARTER).await?;
    let _judge = hall.judge_with_slots(1).await?;
    hall.everything_is_acknowledged().await?;
    assert_eq!(place(&hall, &flood).await?, 0);
    assert_eq!(place(&hall, &others[0]).await?, 1);
    assert_eq!(place(&hall, &others[1]).await?, 2);
    for submitted in further.iter().chain([&again]) {
        ensure!(place(&hall, submitted).await? >= 3);
    }
    assert_eq!(hall.order_of_verdicts().await?.len(), 6);
    Ok(())
}

#[tokio::test]
async fn a_learner_alone_is_not_put_off() -> anyhow::Result<()> {
    let hall = Hall::open().await?;
    let first = hall.submit(1, "print(3)", &package("", "3")).await?;
    let last = hall.submit_again(2, &first, "print(3)").await?;
    let _judge = hall.judge_with_slots(1).await?;
    assert_eq!(hall.judged(&last).await?.event.delivery, 1);
    Ok(())
}

#[tokio::test]
async fn judges_that_are_replaced_again_and_again_do_not_speak_against_a_submission() -> anyhow::Result<()> {
    let hall = Hall::open().await?;
    let mut progress = hall.progress().await?;
    let submitted = hall.submit(1, SLOW, &package("", "3")).await?;
    for number in 1..=5 {
        let judge = hall.hasty_judge().await?;
        let told = progress.next().await?;
        assert_eq!((told.delivery, told.test), (number, None));
        judge.stop().await;
    }
    let _judge = hall.judge().await?;
    let judged = hall.judged(&submitted).await?;
    assert_eq!((judged.event.verdict, judged.event.delivery), (Verdict::Accepted, 6));
    Ok(())
}

#[tokio::test]
async fn what_every_judge_dies_of_is_given_up_with_its_evidence() -> anyhow::Result<()> {
    let hall = Hall::open().await?;
    let mut progress = hall.progress().await?;
    // Handed back once in good order, which is no try.
    let poison = hall.submit(1, SLOW, &package("", "3")).await?;
    let judge = hall.hasty_judge().await?;
    progress.next().await?;
    judge.stop().await;
    for number in 2..=4 {
        let mut judge = hall.judge_process()?;
        assert_eq!(progress.next().await?.delivery, number);
        judge.kill();
    }
    let _judge = hall.judge().await?;
    let judged = hall.judged(&poison).await?.event;
    assert_eq!((judged.verdict, judged.reason.as_deref()), (Verdict::JudgeError, Some("given_up")));
    assert_eq!((judged.delivery, judged.tests.len()), (5, 0));
    assert_eq!(hall.judgements(&poison).await?, 1);
    Ok(())
}
