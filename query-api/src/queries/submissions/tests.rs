use super::*;
use crate::testing::{TestApp, part_of};
use events::SubmissionId;
use events::judgement::Verdict;
use serde_json::json;
use testkit::build;

const LEARNERS: &[Role] = &[Role::Learner];

/// Results as the judge seals them: a sample with output, and a hidden test with an output nobody may ever see.
fn results(id: Uuid, key: &DataKey) -> serde_json::Value {
    let event = EventId(events::JudgementId::first(SubmissionId(id)).0);
    let result = |ordinal: u32, group, output: &str| TestResult {
        ordinal,
        group,
        verdict: Verdict::Accepted,
        cpu_ms: 5,
        memory_kib: 8_000,
        exceeded: None,
        output: Some(key.seal(event, &test_output_field(ordinal), output.as_bytes())),
    };
    json!([result(1, TestGroup::Sample, "3\n"), result(2, TestGroup::Hidden, "planted-hidden")])
}

#[tokio::test]
async fn a_learner_sees_their_source_and_results() -> anyhow::Result<()> {
    let test = TestApp::new().await?;
    let (learner, key) = test.register(1).await?;
    let exercise = build::exercise("sum-of-two");
    test.publish(&exercise).await?;
    let id = test.submit(1, learner, &key, &exercise, "print(3)", 5).await?;
    let token = test.token(learner, LEARNERS);
    let path = format!("/v1/submissions/{id}");
    let received = test.get_as(&token, &path).await;
    assert_eq!(received.json["status"], "received");
    assert_eq!(received.json["source"], "print(3)");
    assert_eq!(received.json["exercise"], "sum-of-two");
    assert!(received.json.get("verdict").is_none());

    test.judge(id, results(id, &key), 6).await?;
    let judged = test.get_as(&token, &path).await;
    assert_eq!((&judged.json["status"], &judged.json["verdict"]), (&json!("judged"), &json!("accepted")));
    assert_eq!(judged.json["tests"][0]["output"], "3\n");
    assert_eq!(
        judged.json["tests"][1],
        json!({ "ordinal": 2, "group": "hidden", "verdict": "accepted", "cpu_ms": 5, "memory_kib": 8_000 })
    );
    assert!(!String::from_utf8_lossy(&judged.bytes).contains("planted-hidden"));
    Ok(())
}

#[tokio::test]
async fn a_test_that_went_over_a_limit_says_which_and_by_how_much() -> anyhow::Result<()> {
    let test = TestApp::new().await?;
    let (learner, key) = test.register(1).await?;
    let id = test.submit(1, learner, &key, &build::exercise("sum-of-two"), "while True: pass", 5).await?;
    let slow = TestResult {
        ordinal: 1,
        group: TestGroup::Hidden,
        verdict: Verdict::TimeLimit,
        cpu_ms: 2_013,
        memory_kib: 8_000,
        exceeded: Some(Exceeded { limit: LimitName::CpuMs, measured: 2_013, allowed: 2_000 }),
        output: None,
    };
    test.judge(id, json!([slow]), 6).await?;
    let judged = test.get_as(&test.token(learner, LEARNERS), &format!("/v1/submissions/{id}")).await;
    let expected = json!({ "limit": "cpu_ms", "measured": 2_013, "allowed": 2_000 });
    assert_eq!(judged.json["tests"][0]["exceeded"], expected);
    let document = serde_json::to_value(crate::openapi())?;
    let described = &document["components"]["schemas"]["ExceededLimit"]["properties"];
    assert!(["limit", "measured", "allowed"].iter().all(|name| described[name].is_object()), "{described}");
    Ok(())
}

#[tokio::test]
async fn strangers_see_nothing_and_instructors_everything() -> anyhow::Result<()> {
    let test = TestApp::new().await?;
    let (learner, key) = test.register(1).await?;
    let id = test.submit(1, learner, &key, &build::exercise("sum-of-two"), "print(3)", 5).await?;
    let path = format!("/v1/submissions/{id}");
    let token = |roles| test.token(build::learner(2), roles);
    for roles in [LEARNERS, &[Role::Author], &[Role::Analyst], &[Role::Operator]] {
        assert_eq!(
            test.get_as(&token(roles), &path).await.problem(),
            (404, "submission_not_found"),
            "{roles:?}"
        );
    }
    for roles in [&[Role::Instructor], &[Role::Admin]] {
        assert_eq!(test.get_as(&token(roles), &path).await.json["source"], "print(3)", "{roles:?}");
    }
    assert_eq!(test.get(&path).await.problem(), (401, "token_missing"));
    for id in ["nonsense", "00000000-0000-0000-0000-000000000000"] {
        let answer = test.get_as(&token(LEARNERS), &format!("/v1/submissions/{id}")).await;
        assert_eq!(answer.problem(), (404, "submission_not_found"));
    }
    Ok(())
}

#[tokio::test]
async fn what_the_erased_wrote_is_gone_at_once() -> anyhow::Result<()> {
    let test = TestApp::new().await?;
    let (learner, key) = test.register(1).await?;
    let id = test.submit(1, learner, &key, &build::exercise("sum-of-two"), "print(3)", 5).await?;
    let path = format!("/v1/submissions/{id}");
    let instructor = test.token(build::learner(2), &[Role::Instructor]);
    // The key is in memory now.
    assert_eq!(test.get_as(&instructor, &path).await.status, 200);
    test.erase(learner).await?;
    assert_eq!(test.get_as(&instructor, &path).await.problem(), (410, "erased"));
    Ok(())
}

#[tokio::test]
async fn my_submissions_are_listed_latest_first() -> anyhow::Result<()> {
    let test = TestApp::new().await?;
    let (learner, key) = test.register(1).await?;
    let (other, other_key) = test.register(2).await?;
    let (sum, twice) = (build::exercise("sum-of-two"), build::exercise("twice"));
    test.publish(&sum).await?;
    test.publish(&twice).await?;
    for (number, exercise) in [(1, &sum), (2, &twice), (3, &sum)] {
        test.submit(number, learner, &key, exercise, "x", i64::from(number)).await?;
    }
    test.submit(4, other, &other_key, &sum, "x", 4).await?;
    let token = test.token(learner, LEARNERS);
    let first = test.get_as(&token, "/v1/me/submissions?limit=2").await;
    assert_eq!(first.texts("submissions", "exercise"), ["sum-of-two", "twice"]);
    let cursor = first.json["next_cursor"].as_str().expect("another page");
    test.submit(5, learner, &key, &twice, "x", 5).await?;
    let second = test.get_as(&token, &format!("/v1/me/submissions?limit=2&cursor={cursor}")).await;
    assert_eq!(second.texts("submissions", "exercise"), ["sum-of-two"]);
    assert!(second.json.get("next_cursor").is_none());
    let twices = test.get_as(&token, "/v1/me/submissions?exercise=twice").await;
    assert_eq!(twices.texts("submissions", "exercise"), ["twice", "twice"]);
    assert_eq!(test.get("/v1/me/submissions").await.problem(), (401, "token_missing"));
    Ok(())
}

#[tokio::test]
async fn a_parked_learner_is_not_shown_half() -> anyhow::Result<()> {
    let test = TestApp::new().await?;
    let (learner, key) = test.register(1).await?;
    let id = test.submit(1, learner, &key, &build::exercise("sum-of-two"), "x", 5).await?;
    test.park("submissions", part_of(learner), learner.0).await?;
    let token = test.token(learner, LEARNERS);
    for path in [format!("/v1/submissions/{id}"), "/v1/me/submissions".to_owned()] {
        assert_eq!(test.get_as(&token, &path).await.problem(), (503, "parked"), "{path}");
    }
    // Of another projection: nothing that this read is made from.
    test.register(2).await?;
    test.park("ledger", part_of(build::learner(2)), build::learner(2).0).await?;
    let other = test.token(build::learner(2), LEARNERS);
    assert_eq!(test.get_as(&other, "/v1/me/submissions").await.status, 200);
    Ok(())
}

#[tokio::test]
async fn without_the_broker_only_kept_keys_open() -> anyhow::Result<()> {
    let test = TestApp::new().await?;
    let (learner, key) = test.register(1).await?;
    let (other, other_key) = test.register(2).await?;
    let exercise = build::exercise("sum-of-two");
    let kept = test.submit(1, learner, &key, &exercise, "print(3)", 5).await?;
    let not_kept = test.submit(2, other, &other_key, &exercise, "print(4)", 6).await?;
    let instructor = test.token(build::learner(3), &[Role::Instructor]);
    assert_eq!(test.get_as(&instructor, &format!("/v1/submissions/{kept}")).await.status, 200);
    test.nats.stop().await?;
    assert_eq!(test.get_as(&instructor, &format!("/v1/submissions/{kept}")).await.json["source"], "print(3)");
    let unreadable = test.get_as(&instructor, &format!("/v1/submissions/{not_kept}")).await;
    assert_eq!(unreadable.problem(), (503, "keys_unavailable"));
    test.nats.restart().await?;
    testkit::eventually(crate::testing::WITHIN, async || {
        let readable = test.get_as(&instructor, &format!("/v1/submissions/{not_kept}")).await;
        anyhow::ensure!(readable.json["source"] == "print(4)", "{readable:?}");
        Ok(())
    })
    .await
}
