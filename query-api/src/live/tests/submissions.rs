//! The caller's submissions.

use super::*;

pub fn progress(learner_id: LearnerId, id: Uuid, ordinal: u32) -> Progress {
    let test = TestProgress {
        ordinal,
        group: TestGroup::Hidden,
        verdict: Verdict::MemoryLimit,
        cpu_ms: 1,
        memory_kib: 2,
        exceeded: Some(Exceeded { limit: LimitName::MemoryKib, measured: 2, allowed: 1 }),
    };
    Progress {
        submission_id: SubmissionId(id),
        judgement_id: JudgementId::first(SubmissionId(id)),
        learner_id,
        delivery: 1,
        tests_total: 200,
        test: Some(test),
    }
}

#[allow(clippy::disallowed_methods)] // Progress is no event.
pub async fn report(test: &TestApp, progress: &Progress) -> anyhow::Result<()> {
    let subject = events::subject::progress(progress.learner_id);
    test.judge.client().publish(subject, serde_json::to_vec(progress)?.into()).await?;
    test.judge.client().flush().await?;
    Ok(())
}

#[tokio::test]
async fn a_submission_is_followed_from_receipt_to_verdict() -> anyhow::Result<()> {
    let test = TestApp::new().await?;
    let (learner, key) = test.register(1).await?;
    let (other, other_key) = test.register(2).await?;
    let exercise = build::exercise("sum-of-two");
    test.publish(&exercise).await?;
    let part = part_of(learner);
    // A browser cannot set headers on an event stream.
    let token = test.token(learner, &[Role::Learner]);
    let mut mine = Listener::open(&test, &format!("submissions=mine&access_token={token}"), None).await?;
    mine.expect("ready").await?;

    let foreign = test.submit(2, other, &other_key, &exercise, "x", 1).await?;
    test.advance(part_of(other), 1, None).await?;
    report(&test, &progress(other, foreign, 1)).await?;
    let id = test.submit(1, learner, &key, &exercise, "x", 2).await?;
    test.advance(part, 2, None).await?;
    let received = mine.expect("received").await?;
    assert_eq!(received.data["submission"]["submission_id"], json!(id));
    assert_eq!(received.data["submission"]["exercise"], "sum-of-two");
    assert_eq!(received.data["position"], json!(received.id));

    report(&test, &progress(learner, id, 1)).await?;
    let running = mine.expect("progress").await?;
    assert_eq!(running.data, json!(progress(learner, id, 1)));

    test.judge(id, json!([]), 3).await?;
    test.advance(part, 3, None).await?;
    let judged = mine.expect("judged").await?;
    assert_eq!(judged.data["submission"]["verdict"], "accepted");
    let position: events::Position = judged.id.parse()?;
    assert_eq!(position.get(part), 3);
    Ok(())
}

#[tokio::test]
async fn a_verdict_that_a_rejudge_set_changed_is_told_when_it_is_applied() -> anyhow::Result<()> {
    let test = TestApp::new().await?;
    let (learner, key) = test.register(1).await?;
    let part = part_of(learner);
    let id = test.submit(1, learner, &key, &build::exercise("sum-of-two"), "x", 1).await?;
    test.judge(id, json!([]), 2).await?;
    test.advance(part, 2, None).await?;
    let token = test.token(learner, &[Role::Learner]);
    let mut mine = Listener::open(&test, "submissions=mine", Some(&token)).await?;
    mine.expect("ready").await?;

    let set = build::rejudge_set(1);
    let judgement = JudgementId::rejudged(SubmissionId(id), set);
    sqlx::query(
        "INSERT INTO rejudges_v1.rejudgements
         VALUES ($1, $2, $3, 3, 'wrong_answer', 0, 10, 5, 8000, '[]', NULL, NULL, $4, 3)",
    )
    .bind(set.0)
    .bind(id)
    .bind(judgement.0)
    .bind(build::start())
    .execute(&test.pool)
    .await?;
    // Nothing is told of what has no effect. The other submission shows when the stream is past it: here, unlike in a
    // projector, rows are there before the checkpoint that comes with them.
    test.submit(2, learner, &key, &build::exercise("sum-of-two"), "y", 3).await?;
    test.advance(part, 3, None).await?;
    mine.expect("received").await?;
    sqlx::query("INSERT INTO rejudges_v1.rejudge_effects VALUES ($1, $2, $3, $4, 4, $5, 4)")
        .bind(set.0)
        .bind(id)
        .bind(learner.0)
        .bind(judgement.0)
        .bind(build::start())
        .execute(&test.pool)
        .await?;
    test.advance(part, 4, None).await?;
    let told = mine.expect("judged").await?;
    assert_eq!(told.data["submission"]["verdict"], "wrong_answer");
    assert_eq!(told.id.parse::<events::Position>()?.get(part), 4);

    let again = format!("submissions=mine&last_event_id={part}.3");
    let mut mine = Listener::open(&test, &again, Some(&token)).await?;
    mine.expect("ready").await?;
    mine.expect("received").await?; // What waits is told to whoever comes back.
    assert_eq!(mine.expect("judged").await?.data["submission"]["points"], 0);
    Ok(())
}

#[tokio::test]
async fn who_comes_back_is_told_what_was_missed() -> anyhow::Result<()> {
    let test = TestApp::new().await?;
    let (learner, key) = test.register(1).await?;
    let token = test.token(learner, &[Role::Learner]);
    let part = part_of(learner);
    for (number, sequence) in [(1, 1), (2, 2), (3, 5)] {
        let id = test.submit(number, learner, &key, &build::exercise("sum-of-two"), "x", sequence).await?;
        if number < 3 {
            test.judge(id, json!([]), sequence + 2).await?;
        }
    }
    test.advance(part, 5, None).await?;
    // Received at 1, 2 and 5, judged at 3 and 4: since 3, one verdict and one receipt are new.
    let again = format!("submissions=mine&last_event_id={part}.3");
    let mut mine = Listener::open(&test, &again, Some(&token)).await?;
    mine.expect("ready").await?;
    let judged = mine.expect("judged").await?;
    assert_eq!(
        judged.data["submission"]["submission_id"],
        json!(build::submission(2, learner, &build::exercise("x")).submission_id)
    );
    mine.expect("received").await?;
    // Without a position: what has no verdict yet.
    let mut mine = Listener::open(&test, "submissions=mine", Some(&token)).await?;
    mine.expect("ready").await?;
    mine.expect("received").await?;
    Ok(())
}

#[tokio::test]
async fn a_waiting_submission_hears_its_place_and_a_read_tells_it() -> anyhow::Result<()> {
    let test = TestApp::new().await?;
    let exercise = build::exercise("sum-of-two");
    test.publish(&exercise).await?;
    let (learner, key) = test.register(1).await?;
    // Another's is before it; both are in the log, where the queue is read.
    let mut facts = Vec::new();
    for (number, learner) in [(7, build::learner(2)), (8, learner)] {
        let received = build::submission(number, learner, &exercise);
        let event = events::Event::Submission(events::submission::SubmissionEvent::Received(received));
        let event = build::new_event(number, event);
        let sequence = test.command_api.append(event.to_wire()?).await?.sequence;
        facts.push((event, sequence));
    }
    let sequence = i64::try_from(facts[1].1)?;
    let id = test.submit(8, learner, &key, &exercise, "print(3)", sequence).await?;
    test.advance(part_of(learner), sequence, None).await?;
    let token = test.token(learner, &[Role::Learner]);
    let mut mine = Listener::open(&test, "submissions=mine", Some(&token)).await?;
    mine.expect("ready").await?;
    mine.expect("received").await?;
    let place = mine.expect("queue").await?;
    assert_eq!((&place.data, place.id.as_str()), (&json!({ "submission_id": id, "place": 2 }), ""));
    let detail = test.get_as(&token, &format!("/v1/submissions/{id}")).await.json;
    assert_eq!(detail["queue"], json!({ "place": 2 }));
    let metrics = test.observatory.metrics()?;
    assert!(metrics.contains("query_api_submissions_waiting 2"), "{metrics}");

    let (first, sequence) = facts.remove(0);
    let events::Event::Submission(events::submission::SubmissionEvent::Received(received)) =
        first.event.clone()
    else {
        anyhow::bail!("no submission")
    };
    let recorded = events::Recorded {
        part: part_of(received.learner_id),
        sequence,
        id: first.id,
        time: first.time,
        request_digest: None,
        traceparent: None,
        event: received,
    };
    let judged = build::judgement(&recorded, Verdict::Accepted);
    let judgement = events::EventId(judged.judgement_id.0);
    let judged = events::Event::Judgement(events::judgement::JudgementEvent::SubmissionJudged(judged));
    let judged = events::NewEvent { id: judgement, ..build::new_event(9, judged) };
    test.judge.append(judged.to_wire()?).await?;
    let place = mine.expect("queue").await?.data;
    assert_eq!((&place["submission_id"], &place["place"]), (&json!(id), &json!(1)));
    test.judge(id, json!([]), i64::try_from(sequence)? + 5).await?;
    let detail = test.get_as(&token, &format!("/v1/submissions/{id}")).await.json;
    assert_eq!((&detail["status"], detail.get("queue")), (&json!("judged"), None));
    Ok(())
}
