//! Judges that are killed and frozen at moments chosen by chance: nothing is lost, nothing is judged twice, and how soon
//! another judge begins is printed. `LAUREL_STRIKES` says how many of each; three when nothing is said.

use crate::SLOW;
use crate::hall::{Hall, JudgeProcess, PATIENCE, ProgressFeed, Submitted, package};
use anyhow::Context;
use chassis::config::Settings;
use events::judgement::Verdict;
use std::time::{Duration, Instant};
use testkit::eventually;

/// A strike comes within this after judging began: well before its end.
const STRIKES_WITHIN_MS: u64 = 1_200;

fn rounds() -> usize {
    Settings::from_environment().or("LAUREL_STRIKES", "how often judges are struck", 3)
}

/// The only judge there is, somewhere in the middle of a submission; and another that has come meanwhile.
async fn pair(
    hall: &Hall,
    progress: &mut ProgressFeed,
    number: u32,
) -> anyhow::Result<(JudgeProcess, JudgeProcess, Submitted)> {
    let struck = hall.judge_process()?;
    let submitted = hall.submit(number, SLOW, &package("", "3")).await?;
    while progress.next().await?.submission_id != submitted.submission_id {}
    let other = hall.judge_process()?;
    let [byte] = chassis::random::bytes::<1>();
    let moment = Duration::from_millis(u64::from(byte) * STRIKES_WITHIN_MS / 256);
    // The next test may end before.
    let _heard = tokio::time::timeout(moment, progress.next()).await;
    Ok((struck, other, submitted))
}

/// How long until another judge begins.
async fn begun_again(progress: &mut ProgressFeed, since: Instant) -> anyhow::Result<Duration> {
    while progress.next().await?.delivery < 2 {}
    Ok(since.elapsed())
}

fn print(what: &str, mut times: Vec<Duration>) {
    times.sort_unstable();
    let at = |share: usize| times.get((times.len() * share / 100).min(times.len().saturating_sub(1)));
    let [p50, p95, max] = [at(50), at(95), at(100)].map(|time| time.map_or(0, Duration::as_millis));
    println!(
        "{what} {} times; another judge began after p50 {p50} ms, p95 {p95} ms, max {max} ms",
        times.len()
    );
}

#[tokio::test]
async fn killed_judges_work_goes_on_elsewhere() -> anyhow::Result<()> {
    let hall = Hall::open().await?;
    let mut times = Vec::new();
    for number in (1..).take(rounds()) {
        let mut progress = hall.progress().await?;
        let (mut struck, _other, submitted) = pair(&hall, &mut progress, number).await?;
        struck.kill();
        times.push(begun_again(&mut progress, Instant::now()).await?);
        let judged = hall.judged(&submitted).await?;
        assert_eq!((judged.event.verdict, judged.event.delivery), (Verdict::Accepted, 2));
        assert_eq!(hall.judgements(&submitted).await?, 1);
    }
    print("killed", times);
    Ok(())
}

#[tokio::test]
async fn frozen_judges_work_goes_on_elsewhere_and_is_judged_once() -> anyhow::Result<()> {
    let hall = Hall::open().await?;
    let mut times = Vec::new();
    for number in (1..).take(rounds()) {
        let mut progress = hall.progress().await?;
        let (mut struck, _other, submitted) = pair(&hall, &mut progress, number).await?;
        struck.signal("STOP")?;
        times.push(begun_again(&mut progress, Instant::now()).await?);
        let judged = hall.judged(&submitted).await?;
        assert_eq!((judged.event.verdict, judged.event.delivery), (Verdict::Accepted, 2));
        // It finishes what it had begun, and only then ends.
        struck.signal("CONT")?;
        struck.signal("TERM")?;
        eventually(PATIENCE, async || struck.ended()?.context("it still runs")).await?;
        assert_eq!(hall.judgements(&submitted).await?, 1);
    }
    print("frozen", times);
    Ok(())
}
