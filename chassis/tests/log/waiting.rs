//! A process that starts before its broker waits for it, but not for what waiting does not mend.

use crate::rig::{BOUND, plan, set_up};
use chassis::log::{EventLog, LogConfig, LogError};
use chassis::observe::Readiness;
use std::time::Duration;
use testkit::proxy::Proxy;

fn config(url: String) -> LogConfig {
    LogConfig { url, process: "test" }
}

#[tokio::test]
async fn a_broker_that_comes_late_is_waited_for() -> anyhow::Result<()> {
    let server = testkit::nats().await?;
    set_up(&server.url(""), &plan(1), &[server.monitor_url()]).await?;
    let proxy = Proxy::start(server.port()).await?;
    proxy.refuse();
    let readiness = Readiness::default();
    let config = config(proxy.instead_of(&server.url("")));
    let connecting = EventLog::connect_within(&config, BOUND, &readiness);
    let came = async {
        testkit::eventually(BOUND, async || {
            let reasons = readiness.reasons();
            anyhow::ensure!(reasons.get("broker").is_some_and(|why| why.contains("failed")), "{reasons:?}");
            Ok(())
        })
        .await?;
        proxy.accept();
        anyhow::Ok(())
    };
    let (log, came) = tokio::join!(connecting, came);
    came?;
    assert!(log?.is_connected());
    assert!(readiness.reasons().is_empty());
    Ok(())
}

#[tokio::test]
async fn patience_ends_with_the_last_reason() -> anyhow::Result<()> {
    let server = testkit::nats().await?;
    let proxy = Proxy::start(server.port()).await?;
    proxy.refuse();
    let readiness = Readiness::default();
    let config = config(proxy.instead_of(&server.url("")));
    let given_up = EventLog::connect_within(&config, Duration::from_millis(50), &readiness).await;
    assert!(matches!(given_up, Err(LogError::Connect(_))), "{:?}", given_up.err());
    assert!(readiness.reasons().contains_key("broker"));
    Ok(())
}

#[tokio::test]
async fn what_waiting_does_not_mend_ends_it_at_once() -> anyhow::Result<()> {
    let readiness = Readiness::default();
    let server = testkit::nats_with_accounts().await?;
    let wrong = server.url("judge").replace("judge-password", "another");
    let at_once = async |url: String| {
        let config = config(url);
        let connecting = EventLog::connect_within(&config, Duration::from_hours(1), &readiness);
        match tokio::time::timeout(BOUND, connecting).await? {
            Ok(_) => anyhow::bail!("accepted"),
            Err(error) => Ok(error),
        }
    };
    let error = at_once(wrong).await?;
    anyhow::ensure!(matches!(error, LogError::Refused(_)), "{error}");
    let error = at_once("nats://[".to_owned()).await?;
    anyhow::ensure!(matches!(error, LogError::Refused(_)), "{error}");
    let bare = testkit::nats().await?;
    let error = at_once(bare.url("")).await?;
    anyhow::ensure!(matches!(error, LogError::Unfit(_)), "{error}");
    Ok(())
}
