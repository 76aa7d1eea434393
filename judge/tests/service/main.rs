//! The judge against a real broker with the accounts of production.

mod hall;
mod order;
mod rejudges;
mod runs;
mod strikes;

use anyhow::{Context, ensure};
use events::EventId;
use events::judgement::{COMPILE_OUTPUT_FIELD, Verdict, test_output_field};
use hall::{Hall, JudgeProcess, PATIENCE, Submitted, package};
use std::time::Duration;
use testkit::eventually;

#[tokio::test]
async fn a_submission_is_judged_once_and_what_it_printed_is_sealed() -> anyhow::Result<()> {
    let hall = Hall::open().await?;
    let judge = hall.judge().await?;
    let mut progress = hall.progress().await?;
    let submitted = hall.submit(1, "print(int(input()) + 1)", &package("2", "3")).await?;

    let judged = hall.judged(&submitted).await?;
    assert_eq!(
        (judged.event.verdict, judged.event.points, judged.event.delivery),
        (Verdict::Accepted, 10, 1)
    );
    assert_eq!(judged.event.accepted_seq, submitted.sequence);
    assert_eq!(judged.id, EventId(judged.event.judgement_id.0));
    let [sample, hidden] = judged.event.tests.as_slice() else { anyhow::bail!("{judged:?}") };
    let output = sample.output.as_ref().context("a sample's output")?;
    assert_eq!(submitted.key.open(judged.id, &test_output_field(1), output)?, b"3\n");
    assert_eq!(hidden.output, None);
    let coarse = |memory_kib: u32, cpu_ms: u32| memory_kib.is_multiple_of(4_096) && cpu_ms.is_multiple_of(50);
    assert!(coarse(hidden.memory_kib, hidden.cpu_ms), "{hidden:?}");

    let told = [progress.next().await?, progress.next().await?, progress.next().await?];
    assert!(told[0].test.is_none() && told.iter().all(|told| (told.tests_total, told.delivery) == (2, 1)));
    let ordinals: Vec<_> = told.iter().filter_map(|told| Some(told.test.as_ref()?.ordinal)).collect();
    assert_eq!(ordinals, [1, 2]);
    let last = told[2].test.as_ref().context("the hidden test")?;
    assert!(coarse(last.memory_kib, last.cpu_ms), "{last:?}");

    hall.everything_is_acknowledged().await?;
    judge.stop().await;
    assert_eq!(hall.judgements(&submitted).await?, 1);
    Ok(())
}

#[tokio::test]
async fn what_the_compiler_said_is_sealed_too() -> anyhow::Result<()> {
    let hall = Hall::open().await?;
    let _judge = hall.judge().await?;
    let submitted = hall.submit(1, "def f(:", &package("2", "3")).await?;
    let judged = hall.judged(&submitted).await?;
    assert_eq!((judged.event.verdict, judged.event.tests.len()), (Verdict::CompileError, 0));
    let output = judged.event.compile_output.as_ref().context("the compiler's output")?;
    let output = submitted.key.open(judged.id, COMPILE_OUTPUT_FIELD, output)?;
    assert!(String::from_utf8(output)?.contains("SyntaxError"));
    Ok(())
}

#[tokio::test]
async fn nothing_hidden_and_nothing_readable_is_in_the_facts() -> anyhow::Result<()> {
    let hall = Hall::open().await?;
    let _judge = hall.judge().await?;
    let source = "print('PRINTED-' + 'MARKER', input())  # SOURCE-MARKER";
    let submitted = hall.submit(1, source, &package("INPUT-MARKER", "EXPECTED-MARKER")).await?;
    hall.judged(&submitted).await?;
    let facts = hall.all_facts().await?;
    ensure!(facts.len() > 1_000);
    for marker in ["PRINTED-MARKER", "SOURCE-MARKER", "INPUT-MARKER", "EXPECTED-MARKER"] {
        ensure!(!facts.windows(marker.len()).any(|window| window == marker.as_bytes()), "{marker} is public");
    }
    Ok(())
}

#[tokio::test]
async fn an_erased_learners_submission_is_not_run() -> anyhow::Result<()> {
    let hall = Hall::open().await?;
    let submitted = hall.submit(1, "print(3)", &package("", "3")).await?;
    hall.erase(&submitted).await?;
    let _judge = hall.judge().await?;
    let judged = hall.judged(&submitted).await?;
    assert_eq!(judged.event.verdict, Verdict::JudgeError);
    assert_eq!(judged.event.reason.as_deref(), Some("learner_erased"));
    assert!(judged.event.tests.is_empty());
    Ok(())
}

#[tokio::test]
async fn an_erased_key_is_dropped_at_once() -> anyhow::Result<()> {
    let hall = Hall::open().await?;
    let _judge = hall.judge().await?;
    let first = hall.submit(1, "print(3)", &package("", "3")).await?;
    assert_eq!(hall.judged(&first).await?.event.verdict, Verdict::Accepted);
    hall.erase(&first).await?;
    let mut number = 1;
    eventually(PATIENCE, async || {
        number += 1;
        let next = hall.submit_again(number, &first, "print(3)").await?;
        let reason = hall.judged(&next).await?.event.reason;
        ensure!(reason.as_deref() == Some("learner_erased"), "the key is still there");
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_missing_package_is_judged_after_a_few_tries_and_the_queue_goes_on() -> anyhow::Result<()> {
    let hall = Hall::open().await?;
    let _judge = hall.judge().await?;
    let lost = hall.submit_without_package(1, "print(3)").await?;
    let fine = hall.submit(2, "print(3)", &package("", "3")).await?;
    assert_eq!(hall.judged(&fine).await?.event.verdict, Verdict::Accepted);
    let judged = hall.judged(&lost).await?;
    assert_eq!(judged.event.reason.as_deref(), Some("package_unavailable"));
    assert_eq!((judged.event.verdict, judged.event.delivery), (Verdict::JudgeError, 3));
    Ok(())
}

#[tokio::test]
async fn what_cannot_be_read_is_in_nobodys_way() -> anyhow::Result<()> {
    let hall = Hall::open().await?;
    let _judge = hall.judge().await?;
    hall.append_rubbish().await?;
    let fine = hall.submit(2, "print(3)", &package("", "3")).await?;
    assert_eq!(hall.judged(&fine).await?.event.verdict, Verdict::Accepted);
    Ok(())
}

#[tokio::test]
async fn the_fourth_delivery_gives_up_without_running() -> anyhow::Result<()> {
    let hall = Hall::open().await?;
    let submitted = hall.submit(1, "print(3)", &package("", "3")).await?;
    for _ in 0..3 {
        hall.take_and_hand_back().await?;
    }
    let _judge = hall.judge().await?;
    let judged = hall.judged(&submitted).await?;
    assert_eq!((judged.event.verdict, judged.event.delivery), (Verdict::JudgeError, 4));
    assert_eq!(judged.event.reason.as_deref(), Some("given_up"));
    Ok(())
}

const SLOW: &str = "import time; time.sleep(1); print(3)";

#[tokio::test]
async fn a_killed_judges_submission_goes_to_another() -> anyhow::Result<()> {
    let hall = Hall::open().await?;
    let (mut dying, submitted) = at_work(&hall).await?;
    let _other = hall.judge_process()?;
    dying.kill();
    let judged = hall.judged(&submitted).await?;
    assert_eq!((judged.event.verdict, judged.event.delivery), (Verdict::Accepted, 2));
    assert_eq!(hall.judgements(&submitted).await?, 1);
    Ok(())
}

#[tokio::test]
async fn a_hanging_judges_submission_goes_to_another_and_its_late_verdict_is_none() -> anyhow::Result<()> {
    let hall = Hall::open().await?;
    let (mut hanging, submitted) = at_work(&hall).await?;
    let _other = hall.judge_process()?;
    hanging.signal("STOP")?;
    let judged = hall.judged(&submitted).await?;
    assert_eq!((judged.event.verdict, judged.event.delivery), (Verdict::Accepted, 2));
    // It finishes what it had begun, and only then ends.
    hanging.signal("CONT")?;
    hanging.signal("TERM")?;
    eventually(PATIENCE, async || hanging.ended()?.context("it still runs")).await?;
    assert_eq!(hall.judgements(&submitted).await?, 1);
    Ok(())
}

/// The only judge there is, in the middle of a submission.
async fn at_work(hall: &Hall) -> anyhow::Result<(JudgeProcess, Submitted)> {
    let mut progress = hall.progress().await?;
    let judge = hall.judge_process()?;
    let submitted = hall.submit(1, SLOW, &package("", "3")).await?;
    progress.next().await?;
    Ok((judge, submitted))
}

#[tokio::test]
async fn a_judge_outlives_its_broker() -> anyhow::Result<()> {
    let hall = Hall::open().await?;
    let _judge = hall.judge().await?;
    let mut progress = hall.progress().await?;
    let running = hall.submit(1, SLOW, &package("", "3")).await?;
    progress.next().await?;
    hall.nats.kill().await?;
    hall.nats.restart().await?;
    assert_eq!(hall.judged(&running).await?.event.verdict, Verdict::Accepted);
    let next = hall.submit(2, "print(3)", &package("", "3")).await?;
    assert_eq!(hall.judged(&next).await?.event.verdict, Verdict::Accepted);
    assert_eq!(hall.judgements(&running).await?, 1);
    Ok(())
}

#[tokio::test]
async fn a_terminated_judge_finishes_what_is_running() -> anyhow::Result<()> {
    let hall = Hall::open().await?;
    let mut judge = hall.judge_process()?;
    let mut progress = hall.progress().await?;
    let submitted = hall.submit(1, SLOW, &package("", "3")).await?;
    progress.next().await?;
    judge.signal("TERM")?;
    let judged = hall.judged(&submitted).await?;
    assert_eq!((judged.event.verdict, judged.event.delivery), (Verdict::Accepted, 1));
    let within = Duration::from_secs(20);
    let status = eventually(within, async || judge.ended()?.context("it still runs")).await?;
    assert!(status.success(), "{status}");
    Ok(())
}
