use super::places::READERS_OF_ACCOUNT_MAX;
use crate::testing::{TestApp, WITHIN};
use axum::body::{Body, BodyDataStream};
use axum::http::Request;
use axum::http::request::Builder;
use chassis::log::Stream;
use events::account::Role;
use events::exercise::{ExerciseEvent, ExercisePublished};
use events::judgement::{JudgementEvent, Verdict};
use events::learner::{LearnerEvent, LearnerRegistered};
use events::submission::SubmissionEvent;
use events::{Event, EventId, LearnerId, NewEvent, Recorded};
use futures_util::StreamExt;
use serde_json::Value;
use std::time::Duration;
use testkit::build;
use tower::ServiceExt;

/// A reader that takes the feed line by line, of either form.
struct Reader {
    body: BodyDataStream,
    text: String,
}

impl Reader {
    async fn open(test: &TestApp, request: Builder) -> anyhow::Result<Self> {
        let response = test.router.clone().oneshot(request.body(Body::empty())?).await?;
        anyhow::ensure!(response.status() == 200, "{}", response.status());
        Ok(Self { body: response.into_body().into_data_stream(), text: String::new() })
    }

    /// The next line that says something; `None` at the end, an error when the stream broke off before it.
    async fn line(&mut self) -> anyhow::Result<Option<String>> {
        loop {
            while let Some((line, rest)) = self.text.split_once('\n') {
                let line = line.to_owned();
                self.text = rest.to_owned();
                if !line.is_empty() {
                    return Ok(Some(line));
                }
            }
            match tokio::time::timeout(WITHIN, self.body.next()).await? {
                Some(chunk) => self.text.push_str(std::str::from_utf8(&chunk?)?),
                None => return Ok(None),
            }
        }
    }

    async fn event(&mut self) -> anyhow::Result<Option<Value>> {
        Ok(self.line().await?.map(|line| serde_json::from_str(&line)).transpose()?)
    }

    async fn sequence(&mut self) -> anyhow::Result<u64> {
        let event = self.event().await?.ok_or_else(|| anyhow::anyhow!("the feed ended"))?;
        event["sequence"].as_u64().ok_or_else(|| anyhow::anyhow!("no sequence: {event}"))
    }
}

struct Feed {
    test: TestApp,
    token: String,
}

impl Feed {
    async fn new() -> anyhow::Result<Self> {
        let test = TestApp::new().await?;
        let token = test.token(build::learner(99), &[Role::Analyst]);
        Ok(Self { test, token })
    }

    fn request(&self, query: &str) -> Builder {
        Request::get(format!("/v1/events?{query}")).header("Authorization", format!("Bearer {}", self.token))
    }

    async fn open(&self, query: &str) -> anyhow::Result<Reader> {
        Reader::open(&self.test, self.request(query)).await
    }

    /// All sequences of an answer that ends.
    async fn sequences(&self, query: &str) -> anyhow::Result<Vec<u64>> {
        let (mut reader, mut sequences) = (self.open(query).await?, Vec::new());
        while let Some(event) = reader.event().await? {
            sequences.push(event["sequence"].as_u64().unwrap_or_default());
        }
        Ok(sequences)
    }

    async fn append(&self, event: &NewEvent) -> anyhow::Result<u64> {
        let is_judgement = matches!(event.event, Event::Judgement(_));
        let log = if is_judgement { &self.test.judge } else { &self.test.command_api };
        Ok(log.append(event.to_wire()?).await?.sequence)
    }

    async fn register(&self, number: u32) -> anyhow::Result<u64> {
        let learner_id = build::learner(number);
        let event = Event::Learner(LearnerEvent::Registered(LearnerRegistered { learner_id }));
        self.append(&build::new_event(number, event)).await
    }

    /// Two learners (1, 2), an exercise (3), and a submission (4) of the first with its judgement (5).
    async fn story(&self) -> anyhow::Result<NewEvent> {
        self.register(1).await?;
        self.register(2).await?;
        let exercise = build::exercise("sum-of-two");
        let published = ExerciseEvent::Published(ExercisePublished { exercise: exercise.clone() });
        self.append(&build::new_event(3, Event::Exercise(published))).await?;
        let received = build::submission(4, build::learner(1), &exercise);
        let submitted = Event::Submission(SubmissionEvent::Received(received.clone()));
        let submitted = build::new_event(4, submitted);
        let sequence = self.append(&submitted).await?;
        let recorded = Recorded {
            part: crate::testing::part_of(received.learner_id),
            sequence,
            id: submitted.id,
            time: submitted.time,
            request_digest: None,
            traceparent: None,
            event: received,
        };
        let judged = build::judgement(&recorded, Verdict::Accepted);
        let id = EventId(judged.judgement_id.0);
        let judged = Event::Judgement(JudgementEvent::SubmissionJudged(judged));
        self.append(&NewEvent { id, ..build::new_event(5, judged) }).await?;
        Ok(submitted)
    }
}

#[tokio::test]
async fn every_fact_comes_in_order_from_wherever_a_reader_was() -> anyhow::Result<()> {
    let feed = Feed::new().await?;
    let submitted = feed.story().await?;
    let answer = feed.test.send(feed.request("")).await;
    assert_eq!(answer.header("content-type"), "application/x-ndjson");
    assert_eq!((answer.header("laurel-feed-after"), answer.header("laurel-feed-until")), ("0", "5"));
    let lines: Vec<Value> = answer
        .bytes
        .split(|byte| *byte == b'\n')
        .filter_map(|line| serde_json::from_slice(line).ok())
        .collect();
    let sequences: Vec<_> = lines.iter().map(|line| line["sequence"].as_u64()).collect();
    assert_eq!(sequences, (1..=5).map(Some).collect::<Vec<_>>());
    let fourth = &lines[3];
    assert_eq!(fourth["type"], "laurel.submission_received.v1");
    assert_eq!(fourth["id"], submitted.id.to_string());
    assert_eq!(fourth["specversion"], "1.0");
    // As it was published, and what is sealed stays sealed.
    assert_eq!(fourth["data"], serde_json::from_slice::<Value>(&submitted.event.to_json()?)?);

    let learner = build::learner(1).to_string();
    let fourth_at = fourth["position"].as_str().unwrap_or_default().to_owned();
    let stored_later = (chassis::clock::Clock::system().now() + Duration::from_mins(1)).to_rfc3339();
    let stored_later = stored_later.replace('+', "%2B");
    for (query, expected) in [
        ("after=3", vec![4, 5]),
        (&*format!("after={fourth_at}"), vec![5]),
        // Of several elements the lowest: nothing is missed.
        ("after=id.9,03.4,07.2", vec![3, 4, 5]),
        ("after=5", vec![]),
        ("after=end", vec![]),
        ("since=2020-01-01T00:00:00Z", vec![1, 2, 3, 4, 5]),
        (&*format!("since={stored_later}"), vec![]),
        ("limit=2", vec![1, 2]),
        ("after=1&limit=2", vec![2, 3]),
        ("family=learner", vec![1, 2]),
        ("family=submission,judgement", vec![4, 5]),
        ("type=submission_judged", vec![5]),
        ("type=submission_judged,learner_registered&after=1", vec![2, 5]),
        (&*format!("learner={learner}"), vec![1, 4, 5]),
        (&*format!("learner={learner}&family=judgement"), vec![5]),
        ("exercise=sum-of-two", vec![3, 4, 5]),
        ("exercise=no-such-exercise", vec![]),
    ] {
        assert_eq!(feed.sequences(query).await?, expected, "{query}");
    }
    let metrics = feed.test.observatory.metrics()?;
    assert!(metrics.contains("query_api_feed_readers 0"), "{metrics}");
    Ok(())
}

#[tokio::test]
async fn a_follower_hears_what_comes_and_why_it_ends() -> anyhow::Result<()> {
    let feed = Feed::new().await?;
    feed.story().await?;
    let messages = |request: Builder| request.header("Accept", "text/event-stream");
    let request = messages(feed.request("after=1&follow=true&family=learner")).header("Last-Event-ID", "1");
    let mut events = Reader::open(&feed.test, request).await?;
    let mut lines = feed.open("after=end&follow=true").await?;
    assert_eq!(events.line().await?.as_deref(), Some("id: 2"));
    assert!(events.line().await?.is_some_and(|line| line.starts_with("data: {\"sequence\":2,")));
    feed.register(6).await?;
    assert_eq!(events.line().await?.as_deref(), Some("id: 6"));
    assert!(events.line().await?.is_some_and(|line| line.starts_with("data: {\"sequence\":6,")));
    assert_eq!(lines.sequence().await?, 6);

    let mut whole = Reader::open(&feed.test, messages(feed.request("after=5"))).await?;
    assert_eq!(whole.line().await?.as_deref(), Some("id: 6"));
    whole.line().await?;
    assert_eq!(whole.line().await?.as_deref(), Some("event: end"));
    assert_eq!(whole.line().await?.as_deref(), Some("data: {\"reason\":\"complete\"}"));

    feed.test.shutdown.begin();
    assert_eq!(events.line().await?.as_deref(), Some("event: end"));
    assert_eq!(events.line().await?.as_deref(), Some("data: {\"reason\":\"shutting_down\"}"));
    assert_eq!(events.line().await?, None);
    // Lines have no last words: the answer is cut off without its end.
    assert!(lines.line().await.is_err());
    Ok(())
}

#[tokio::test]
async fn a_stream_ends_with_its_token() -> anyhow::Result<()> {
    let feed = Feed::new().await?;
    feed.test.clock.set(build::start() + access::token::LIFETIME - Duration::from_millis(50));
    let mut lines = feed.open("follow=true").await?;
    assert!(lines.line().await.is_err());
    Ok(())
}

/// The same with a hundred breaks is `load-tests feed`.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_readers_and_brokers_leave_no_gap_and_no_repeat() -> anyhow::Result<()> {
    const EVENTS: u32 = 1_200;
    let feed = Feed::new().await?;
    let write = async {
        for number in 1..=EVENTS {
            // The same event again is answered with where it is, so nothing is written twice.
            testkit::eventually(WITHIN, async || feed.register(number).await).await?;
        }
        anyhow::Ok(())
    };
    let read = async {
        let (mut last, mut readers) = (0, 0);
        while last < u64::from(EVENTS) {
            let request = async || feed.open(&format!("after={last}&follow=true")).await;
            let mut reader = testkit::eventually(WITHIN, request).await?;
            readers += 1;
            // Each reader but the last is dropped after some events.
            let gives_up_at = if readers <= 6 { last + 150 } else { u64::MAX };
            while last < u64::from(EVENTS).min(gives_up_at) {
                let sequence = reader.sequence().await?;
                anyhow::ensure!(sequence == last + 1, "{sequence} behind {last}");
                last = sequence;
            }
        }
        anyhow::Ok(readers)
    };
    let strike = async {
        for _ in 0..3 {
            let before = feed.test.command_api.last_sequence(Stream::Facts).await.unwrap_or_default();
            feed.test.nats.kill().await?;
            feed.test.nats.restart().await?;
            testkit::eventually(WITHIN, async || {
                let last = feed.test.command_api.last_sequence(Stream::Facts).await?;
                anyhow::ensure!(last >= (before + 200).min(u64::from(EVENTS)), "still {last}");
                Ok(())
            })
            .await?;
        }
        anyhow::Ok(())
    };
    let ((), readers, ()) = tokio::try_join!(write, read, strike)?;
    anyhow::ensure!(readers >= 4, "{readers} readers");
    Ok(())
}

#[tokio::test]
async fn readers_have_bounds_and_a_slow_one_slows_nobody() -> anyhow::Result<()> {
    let feed = Feed::new().await?;
    feed.story().await?;
    let mut slow = Vec::new();
    for _reader in 0..READERS_OF_ACCOUNT_MAX - 1 {
        slow.push(feed.open("follow=true").await?);
    }
    assert_eq!(feed.sequences("").await?, [1, 2, 3, 4, 5]);
    slow.push(feed.open("follow=true").await?);
    let refused = feed.test.send(feed.request("")).await;
    assert_eq!(refused.problem(), (503, "too_many_feeds"));
    let other = feed.test.token(LearnerId(uuid::Uuid::from_u128(7)), &[Role::Analyst]);
    assert_eq!(feed.test.get_as(&other, "/v1/events").await.status, 200);
    drop(slow);
    assert_eq!(feed.sequences("after=4").await?, [5]);
    Ok(())
}

#[tokio::test]
async fn what_is_wrong_with_a_request_is_named() -> anyhow::Result<()> {
    let feed = Feed::new().await?;
    feed.story().await?;
    for (query, problem) in [
        ("after=x", (400, "after_invalid")),
        ("after=", (400, "after_invalid")),
        ("after=id.3", (400, "after_invalid")),
        ("after=6", (400, "after_ahead")),
        ("after=99999999999999999999999", (400, "after_invalid")),
        ("since=yesterday", (400, "since_invalid")),
        ("after=1&since=2026-11-21T10:00:00Z", (400, "since_invalid")),
        ("family=account", (400, "family_unknown")),
        ("type=account_registered", (400, "type_unknown")),
        ("learner=ada", (400, "learner_invalid")),
        ("exercise=..", (400, "exercise_invalid")),
        ("follow=yes", (400, "follow_invalid")),
        ("limit=0", (400, "limit_invalid")),
    ] {
        assert_eq!(feed.test.send(feed.request(query)).await.problem(), problem, "{query}");
    }
    let learner = feed.test.token(build::learner(1), &[Role::Learner]);
    assert_eq!(feed.test.get_as(&learner, "/v1/events").await.problem(), (403, "not_allowed"));
    assert_eq!(feed.test.get("/v1/events").await.problem(), (401, "token_missing"));
    Ok(())
}
