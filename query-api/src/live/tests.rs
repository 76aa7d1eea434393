use super::client::QUEUED_MAX;
use super::hub::CLIENTS_OF_LEARNER_MAX;
use crate::testing::{TestApp, WITHIN, part_of};
use axum::body::{Body, BodyDataStream};
use axum::http::Request;
use events::account::Role;
use events::board::Scope;
use events::judgement::{Exceeded, LimitName, Progress, TestGroup, TestProgress, Verdict};
use events::{JudgementId, LearnerId, SubmissionId};
use futures_util::StreamExt;
use serde_json::{Value, json};
use std::time::Duration;
use testkit::build;
use tower::ServiceExt;
use uuid::Uuid;

/// A client that reads messages one by one.
struct Listener {
    body: BodyDataStream,
    text: String,
}

#[derive(Debug)]
struct Heard {
    event: String,
    id: String,
    data: Value,
}

impl Listener {
    async fn open(test: &TestApp, query: &str, token: Option<&str>) -> anyhow::Result<Self> {
        let mut request = Request::get(format!("/v1/live?{query}"));
        if let Some(token) = token {
            request = request.header("Authorization", format!("Bearer {token}"));
        }
        let response = test.router.clone().oneshot(request.body(Body::empty())?).await?;
        anyhow::ensure!(response.status() == 200, "{}", response.status());
        anyhow::ensure!(response.headers()["content-type"] == "text/event-stream");
        Ok(Self { body: response.into_body().into_data_stream(), text: String::new() })
    }

    /// The next message; `None` when the stream has ended.
    async fn hear(&mut self) -> anyhow::Result<Option<Heard>> {
        loop {
            if let Some((message, rest)) = self.text.split_once("\n\n") {
                let field = |name: &str| {
                    let line = message.lines().find_map(|line| line.strip_prefix(name));
                    line.unwrap_or_default().trim().to_owned()
                };
                let heard = Heard {
                    event: field("event:"),
                    id: field("id:"),
                    data: serde_json::from_str(&field("data:")).unwrap_or_default(),
                };
                self.text = rest.to_owned();
                return Ok(Some(heard));
            }
            match tokio::time::timeout(WITHIN, self.body.next()).await? {
                Some(chunk) => self.text.push_str(std::str::from_utf8(&chunk?)?),
                None => return Ok(None),
            }
        }
    }

    async fn expect(&mut self, event: &str) -> anyhow::Result<Heard> {
        let heard = self.hear().await?.ok_or_else(|| anyhow::anyhow!("the stream ended before {event}"))?;
        anyhow::ensure!(heard.event == event, "expected {event}, heard {heard:?}");
        Ok(heard)
    }
}

fn progress(learner_id: LearnerId, id: Uuid, ordinal: u32) -> Progress {
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
async fn report(test: &TestApp, progress: &Progress) -> anyhow::Result<()> {
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
async fn a_board_is_told_when_it_changes_and_only_then() -> anyhow::Result<()> {
    let test = TestApp::new().await?;
    let (learner, _) = test.register(1).await?;
    let part = part_of(learner);
    let mut board = Listener::open(&test, "board=global&limit=1", None).await?;
    let first = board.expect("board").await?;
    assert_eq!(first.data["board"]["entries"], json!([]));
    let mut other = Listener::open(&test, "board=global&limit=1", None).await?;
    other.expect("board").await?;
    for (sequence, points) in [(1, 10), (2, 10), (3, 30)] {
        test.total(&Scope::Global, "all", learner, points, build::start()).await?;
        test.advance(part, sequence, None).await?;
        if sequence == 2 {
            continue;
        }
        for listener in [&mut board, &mut other] {
            // The first round may find the empty board that the clients were told at their start.
            let mut told = listener.expect("board").await?;
            while told.data["board"]["entries"] == json!([]) {
                told = listener.expect("board").await?;
            }
            assert_eq!(told.data["board"]["entries"][0]["points"], points);
            assert_eq!(told.data["position"], json!(told.id));
        }
    }
    Ok(())
}

/// Otherwise a handful of strangers asking for different numbers of places could shut everybody else out.
#[tokio::test]
async fn a_board_is_one_board_however_many_places_are_wanted() -> anyhow::Result<()> {
    let test = TestApp::new().await?;
    let (first, _) = test.register(1).await?;
    let (second, _) = test.register(2).await?;
    test.total(&Scope::Global, "all", first, 30, build::start()).await?;
    test.total(&Scope::Global, "all", second, 10, build::start()).await?;
    let mut one = Listener::open(&test, "board=global&limit=1", None).await?;
    let mut two = Listener::open(&test, "board=global&limit=2", None).await?;
    assert_eq!(test.app.live.registry().boards.len(), 1);
    // The second place concerns only who asked for two, the first one both.
    for (sequence, learner, points) in [(1, second, 20), (2, first, 40)] {
        test.total(&Scope::Global, "all", learner, points, build::start()).await?;
        test.advance(part_of(learner), sequence, None).await?;
        let mut told = two.expect("board").await?;
        while !told.data["board"]["entries"].to_string().contains(&format!("\"points\":{points}")) {
            told = two.expect("board").await?;
        }
        assert_eq!(told.data["board"]["entries"].as_array().map(Vec::len), Some(2));
    }
    let mut heard = Vec::new();
    while heard.last() != Some(&json!(40)) {
        let told = one.expect("board").await?.data;
        assert_eq!(told["board"]["entries"].as_array().map(Vec::len), Some(1));
        heard.push(told["board"]["entries"][0]["points"].clone());
        let page = test.get("/v1/leaderboards/global?limit=1").await;
        if heard.last() == Some(&json!(40)) {
            assert_eq!(told["board"]["next_cursor"], page.json["next_cursor"]);
        }
    }
    // At its start, once more when the board is first read for all, and when its place changed.
    assert!(heard.len() <= 3, "{heard:?}");
    Ok(())
}

#[tokio::test]
async fn the_board_of_a_new_day_is_told_at_midnight() -> anyhow::Result<()> {
    let test = TestApp::new().await?;
    let (learner, _) = test.register(1).await?;
    test.total(&Scope::Global, "day-2026-11-21", learner, 10, build::start()).await?;
    let mut board = Listener::open(&test, "board=global&window=day", None).await?;
    assert_eq!(board.expect("board").await?.data["board"]["entries"][0]["points"], 10);
    test.clock.set("2026-11-22T00:00:00Z".parse()?);
    let mut told = board.expect("board").await?;
    while told.data["board"]["window"] != "day-2026-11-22" {
        told = board.expect("board").await?;
    }
    assert_eq!(told.data["board"]["entries"], json!([]));
    Ok(())
}

#[tokio::test]
async fn a_slow_client_is_cut_off_with_a_reason() -> anyhow::Result<()> {
    let test = TestApp::new().await?;
    let (learner, _) = test.register(1).await?;
    let token = test.token(learner, &[Role::Learner]);
    let mut slow = Listener::open(&test, "submissions=mine", Some(&token)).await?;
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
    let metrics = test.observatory.metrics()?;
    assert!(metrics.contains("query_api_live_clients_cut_total 1"), "{metrics}");
    drop((slow, quick));
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
