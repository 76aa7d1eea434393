//! Runs over core NATS: what they answer, that nothing of them is stored, and that submissions go first.

use crate::SLOW;
use crate::hall::{Hall, PATIENCE, package};
use anyhow::ensure;
use chassis::clock::Clock;
use chrono::TimeDelta;
use events::judgement::{TestGroup, Verdict};
use events::run::{RunRefusal, RunReply, RunRequest, RunWhat};
use testkit::eventually;

fn request(package_digest: &str, source: &str, what: RunWhat) -> RunRequest {
    let now = Clock::system().now();
    RunRequest {
        package_digest: package_digest.to_owned(),
        language: "python".to_owned(),
        source: source.to_owned(),
        what,
        start_by: now + TimeDelta::seconds(20),
        end_by: now + TimeDelta::seconds(30),
    }
}

#[tokio::test]
async fn a_run_is_answered_and_leaves_nothing_behind() -> anyhow::Result<()> {
    let hall = Hall::open().await?;
    let _judge = hall.judge().await?;
    let digest = hall.put_package(&package("2", "3")).await?;
    let facts = hall.facts_count().await?;

    let samples = request(&digest, "print(int(input()) + 1)", RunWhat::Samples);
    let samples = hall.run_to_its_end(&samples).await?;
    assert_eq!((samples.verdict, samples.points, samples.tests.len()), (Some(Verdict::Accepted), None, 1));
    assert_eq!(samples.tests[0].output.as_deref(), Some("3\n"));

    let own = request(&digest, "print(input() * 2)", RunWhat::OwnInput("ab\n".to_owned()));
    let own = hall.run_to_its_end(&own).await?;
    assert_eq!((own.verdict, own.tests[0].output.as_deref()), (None, Some("abab\n")));
    let failing = request(&digest, "print(1 / 0)", RunWhat::OwnInput(String::new()));
    assert_eq!(hall.run_to_its_end(&failing).await?.verdict, Some(Verdict::RuntimeError));

    let all = request(&digest, "print(3)", RunWhat::AllTests { points_max: 7 });
    let all = hall.run_to_its_end(&all).await?;
    let groups: Vec<_> = all.tests.iter().map(|test| (test.group, test.output.is_some())).collect();
    assert_eq!((all.verdict, all.points), (Some(Verdict::Accepted), Some(7)));
    assert_eq!(groups, [(TestGroup::Sample, true), (TestGroup::Hidden, false)]);

    let broken = hall.run_to_its_end(&request(&digest, "def f(:", RunWhat::Samples)).await?;
    assert_eq!(broken.verdict, Some(Verdict::CompileError));
    ensure!(broken.compile_output.is_some_and(|said| said.contains("SyntaxError")));

    assert_eq!(hall.facts_count().await?, facts, "a run is no fact");
    Ok(())
}

#[tokio::test]
async fn what_cannot_be_run_is_refused_in_words_or_finds_nobody() -> anyhow::Result<()> {
    let hall = Hall::open().await?;
    let judge = hall.judge().await?;
    let digest = hall.put_package(&package("2", "3")).await?;
    let fine = request(&digest, "print(3)", RunWhat::Samples);
    hall.run_to_its_end(&fine).await?;

    let late = RunRequest { start_by: Clock::system().now(), ..fine.clone() };
    assert_eq!(hall.ask_for_run(&late).await?.next().await?, RunReply::Refused(RunRefusal::TooLate));
    let missing = RunRequest { package_digest: "0".repeat(64), ..fine.clone() };
    let mut answers = hall.ask_for_run(&missing).await?;
    assert_eq!(answers.next().await?, RunReply::Started);
    assert_eq!(answers.next().await?, RunReply::Refused(RunRefusal::PackageUnavailable));

    let unknown = RunRequest { language: "cobol".to_owned(), ..fine.clone() };
    assert!(hall.ask_for_run(&unknown).await?.next().await.is_err(), "no judge has it");
    judge.stop().await;
    eventually(PATIENCE, async || {
        ensure!(hall.ask_for_run(&fine).await?.next().await.is_err(), "a judge that ended still listens");
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_run_waits_until_no_submission_does() -> anyhow::Result<()> {
    let hall = Hall::open().await?;
    let digest = hall.put_package(&package("", "3")).await?;
    let mut progress = hall.progress().await?;
    let mut submitted = Vec::new();
    for number in 1..=3 {
        submitted.push(hall.submit(number, SLOW, &package("", "3")).await?);
    }
    let _judge = hall.judge_with_slots(1).await?;
    progress.next().await?;
    // The judge is busy with the first, and the others are waiting: it may only refuse.
    let run = request(&digest, "print(3)", RunWhat::Samples);
    let refused = hall.ask_for_run(&run).await?.next().await?;
    assert_eq!(refused, RunReply::Refused(RunRefusal::Busy));
    hall.run_to_its_end(&run).await?;
    for submitted in &submitted {
        ensure!(hall.is_judged(submitted).await?, "a run went before a submission");
    }
    Ok(())
}

#[tokio::test]
async fn only_so_many_requests_wait_for_a_judge() -> anyhow::Result<()> {
    let hall = Hall::open().await?;
    let digest = hall.put_package(&package("", "3")).await?;
    let mut progress = hall.progress().await?;
    hall.submit(1, SLOW, &package("", "3")).await?;
    let _judge = hall.judge_with_slots(1).await?;
    progress.next().await?;
    let run = request(&digest, "print(3)", RunWhat::Samples);
    let mut asked = Vec::new();
    for _ in 0..3 {
        asked.push(hall.ask_for_run(&run).await?);
    }
    // Two wait, and whichever way it goes on with those, the third is refused at once.
    let third = asked.pop().ok_or_else(|| anyhow::anyhow!("three"))?.next().await?;
    assert_eq!(third, RunReply::Refused(RunRefusal::Busy));
    Ok(())
}

#[tokio::test]
async fn runs_leave_slots_free_for_submissions() -> anyhow::Result<()> {
    let hall = Hall::open().await?;
    let digest = hall.put_package(&package("", "3")).await?;
    let _judge = hall.judge_with_slots(2).await?;
    let slow = request(&digest, "import time; time.sleep(3); print(3)", RunWhat::Samples);
    hall.run_to_its_end(&request(&digest, "print(3)", RunWhat::Samples)).await?;
    let mut running = hall.ask_for_run(&slow).await?;
    assert_eq!(running.next().await?, RunReply::Started);
    // The second waits although a slot is free, and the submission takes that.
    let mut waiting = hall.ask_for_run(&slow).await?;
    let submitted = hall.submit(1, "print(3)", &package("", "3")).await?;
    hall.judged(&submitted).await?;
    assert_eq!(waiting.next().await?, RunReply::Refused(RunRefusal::Busy));
    let RunReply::Done(result) = running.next().await? else { anyhow::bail!("not done") };
    assert_eq!(result.verdict, Some(Verdict::Accepted));
    // And afterwards there is room again.
    hall.run_to_its_end(&request(&digest, "print(3)", RunWhat::Samples)).await?;
    Ok(())
}

#[tokio::test]
async fn self_checks_keep_no_learner_waiting() -> anyhow::Result<()> {
    let hall = Hall::open().await?;
    let digest = hall.put_package(&package("", "3")).await?;
    let _judge = hall.judge_with_slots(2).await?;
    let samples = request(&digest, "print(3)", RunWhat::Samples);
    hall.run_to_its_end(&samples).await?;
    let all = RunWhat::AllTests { points_max: 1 };
    let check = request(&digest, "import time; time.sleep(3); print(3)", all);
    let mut checking = hall.ask_for_run(&check).await?;
    assert_eq!(checking.next().await?, RunReply::Started);
    // A second one waits although a slot is free, a third may not even wait; a learner's run has that slot.
    let mut second = hall.ask_for_run(&check).await?;
    let mut third = hall.ask_for_run(&check).await?;
    assert_eq!(third.next().await?, RunReply::Refused(RunRefusal::Busy));
    let mut learners = hall.ask_for_run(&samples).await?;
    assert_eq!(learners.next().await?, RunReply::Started);
    let RunReply::Done(result) = learners.next().await? else { anyhow::bail!("not done") };
    assert_eq!(result.verdict, Some(Verdict::Accepted));
    assert_eq!(second.next().await?, RunReply::Refused(RunRefusal::Busy));
    let RunReply::Done(result) = checking.next().await? else { anyhow::bail!("not done") };
    assert_eq!((result.verdict, result.points), (Some(Verdict::Accepted), Some(1)));
    Ok(())
}
