//! Waiting for something that another task or process does.

use anyhow::Context;
use std::time::Duration;
use tokio::time::{Instant, MissedTickBehavior, interval, timeout_at};

const BETWEEN_ATTEMPTS: Duration = Duration::from_millis(10);

/// Tries until `attempt` succeeds, at most for `within`; fails with what the last attempt said. Write the attempt with
/// `anyhow::ensure!`, so that this says what was still missing.
pub async fn eventually<T>(
    within: Duration,
    mut attempt: impl AsyncFnMut() -> anyhow::Result<T>,
) -> anyhow::Result<T> {
    let deadline = Instant::now() + within;
    let mut ticks = interval(BETWEEN_ATTEMPTS);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut last = anyhow::anyhow!("the first attempt did not come back");
    loop {
        ticks.tick().await;
        match timeout_at(deadline, attempt()).await {
            Ok(Ok(done)) => return Ok(done),
            Ok(Err(error)) if Instant::now() < deadline => last = error,
            Ok(Err(error)) => return Err(error).context(format!("not within {within:?}")),
            Err(_elapsed) => return Err(last).context(format!("not within {within:?}")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn it_tries_until_it_succeeds() -> anyhow::Result<()> {
        let mut attempts = 0;
        let attempts = eventually(Duration::from_secs(10), async || {
            attempts += 1;
            anyhow::ensure!(attempts == 3, "only {attempts}");
            Ok(attempts)
        });
        assert_eq!(attempts.await?, 3);
        Ok(())
    }

    #[tokio::test]
    async fn it_gives_up_and_says_what_was_missing() {
        let never = eventually(Duration::from_millis(30), async || -> anyhow::Result<()> {
            anyhow::bail!("no board yet")
        });
        let error = format!("{:#}", never.await.expect_err("it never succeeds"));
        assert!(error.contains("no board yet"), "{error}");
    }
}
