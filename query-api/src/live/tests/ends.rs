//! How streams end, and who gets one.

use super::submissions::{progress, report};
use super::*;

#[tokio::test]
async fn a_slow_client_is_cut_off_with_a_reason() -> anyhow::Result<()> {
    let test = TestApp::new().await?;
    let (learner, _) = test.register(1).await?;
    let token = test.token(learner, &[Role::Learner]);
    let mut slow = Listener::open(&test, "submissions=mine", Some(&token)).await?;
    let mut both = Listener::open(&test, "submissions=mine&board=global", Some(&token)).await?;
    let mut quick = Listener::open(&test, "submissions=mine", Some(&token)).await?;
    quick.expect("ready").await?;
    let reports = u32::try_from(QUEUED_MAX)? + 10;
    for ordinal in 1..=reports {
        report(&test, &progress(learner, Uuid::nil(), ordinal)).await?;
        quick.expect("progress").await?;
    }
    slow.expect("ready").await?;
    for _queued in 1..QUEUED_MAX {
        slow.expect("progress").await?;
    }
    assert_eq!(slow.expect("end").await?.data, json!({ "reason": "slow_consumer" }));
    assert!(slow.hear().await?.is_none());
    // Also from the board, although that would have had room again.
    let mut heard = 0;
    while both.hear().await?.is_some_and(|message| message.event != "end") {
        heard += 1;
    }
    assert_eq!(heard, QUEUED_MAX);
    assert!(both.hear().await?.is_none());
    let metrics = test.observatory.metrics()?;
    assert!(metrics.contains("query_api_live_clients_cut_total 2"), "{metrics}");
    drop((slow, both, quick));
    assert!(test.observatory.metrics()?.contains("query_api_live_clients 0"));
    Ok(())
}

#[tokio::test]
async fn a_shutdown_ends_every_stream() -> anyhow::Result<()> {
    let test = TestApp::new().await?;
    let (learner, _) = test.register(1).await?;
    let token = test.token(learner, &[Role::Learner]);
    let mut both = Listener::open(&test, "submissions=mine&board=global", Some(&token)).await?;
    both.expect("ready").await?;
    // The ids are those of the submissions.
    assert_eq!(both.expect("board").await?.id, "");
    test.shutdown.begin();
    let mut last = both.hear().await?.expect("last words");
    while last.event == "board" {
        last = both.hear().await?.expect("last words");
    }
    assert_eq!((last.event.as_str(), last.data), ("end", json!({ "reason": "shutting_down" })));
    assert!(both.hear().await?.is_none());
    assert!(test.shutdown.finished(WITHIN).await);
    let late = test.get("/v1/live?board=global").await;
    assert_eq!(late.problem(), (503, "too_many_streams"));
    Ok(())
}

#[tokio::test]
async fn a_stream_of_submissions_ends_with_its_token() -> anyhow::Result<()> {
    let test = TestApp::new().await?;
    let (learner, _) = test.register(1).await?;
    let token = test.token(learner, &[Role::Learner]);
    // Fifty milliseconds before it expires.
    test.clock.set(build::start() + access::token::LIFETIME - Duration::from_millis(50));
    let mut mine = Listener::open(&test, "submissions=mine", Some(&token)).await?;
    mine.expect("ready").await?;
    assert_eq!(mine.expect("end").await?.data, json!({ "reason": "token_expired" }));
    assert!(mine.hear().await?.is_none());
    Ok(())
}

/// Otherwise one learner could take all the room there is.
#[tokio::test]
async fn a_learner_has_a_bounded_number_of_streams() -> anyhow::Result<()> {
    let test = TestApp::new().await?;
    let (learner, _) = test.register(1).await?;
    let token = test.token(learner, &[Role::Learner]);
    let mut open = Vec::new();
    for _stream in 0..CLIENTS_OF_LEARNER_MAX {
        open.push(Listener::open(&test, "submissions=mine", Some(&token)).await?);
    }
    let refused = test.get_as(&token, "/v1/live?submissions=mine").await;
    assert_eq!(refused.problem(), (503, "too_many_streams"));
    open.pop();
    Listener::open(&test, "submissions=mine", Some(&token)).await?;
    Ok(())
}

#[tokio::test]
async fn what_is_wrong_with_a_request_is_named() -> anyhow::Result<()> {
    let test = TestApp::new().await?;
    for (query, problem) in [
        ("", (400, "subscription_missing")),
        ("submissions=mine", (401, "token_missing")),
        ("submissions=theirs", (400, "submissions_invalid")),
        ("board=none", (404, "board_unknown")),
        ("board=global&window=year", (400, "window_invalid")),
        ("board=global&limit=0", (400, "limit_invalid")),
        ("board=global&limit=101", (400, "limit_invalid")),
        ("board=global&last_event_id=x", (400, "position_invalid")),
    ] {
        assert_eq!(test.get(&format!("/v1/live?{query}")).await.problem(), problem, "{query}");
    }
    Ok(())
}
