//! Rejudge sets: asked for, carried through the log, applied or cancelled; also by a replica that takes over half-way.

use crate::world::{Answer, Call, PASSWORD, Replica, SOON, World, exercise};
use anyhow::{Context, ensure};
use axum::http::{Method, StatusCode};
use chassis::log::{EventLog, Stream};
use events::account::Role;
use events::judgement::{JudgementEvent, SubmissionJudged, Verdict};
use events::rejudge::{RejudgeApplied, RejudgeEvent, RejudgeSet, SetStatus, SubmissionRejudgeRequested};
use events::submission::{SubmissionEvent, SubmissionReceived};
use events::{
    Event, EventId, ExerciseId, Family, JudgementId, LearnerId, NewEvent, RejudgeSetId, SubmissionId, subject,
};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::time::Duration;
use testkit::{build, eventually};
use uuid::Uuid;

const SLUG: &str = "sum-of-two";
/// A dead replica's work goes to another after five seconds.
const TAKEN_OVER: Duration = Duration::from_secs(20);

/// The author of what [`Replica::publish`] publishes.
const AUTHOR: LearnerId = LearnerId(Uuid::from_u128(99));

fn staff(world: &Replica) -> anyhow::Result<String> {
    world.token_for(LearnerId(Uuid::from_u128(50)), &[Role::Instructor])
}

/// Submissions as the log would hold them, straight into it.
async fn submissions(world: &World, count: u32) -> anyhow::Result<()> {
    let exercise = world.app.catalogue.find(SLUG).context("it is published")?.0;
    for number in 1..=count {
        let learner = build::learner(number % 7);
        let received = build::submission(number, learner, &exercise);
        let event = Event::Submission(SubmissionEvent::Received(received));
        world.log.append(build::new_event(number, event).to_wire()?).await?;
    }
    Ok(())
}

async fn start(world: &Replica, body: &Value) -> anyhow::Result<RejudgeSetId> {
    let answer = world.send(Call::post("/v1/rejudges", body).token(&staff(world)?)).await?;
    ensure!(answer.status == StatusCode::ACCEPTED, "{answer:?}");
    Ok(answer.text("rejudge_id")?.parse()?)
}

fn instructor(world: &Replica, number: u128) -> anyhow::Result<String> {
    world.token_for(LearnerId(Uuid::from_u128(1_000 + number)), &[Role::Instructor])
}

fn whole_exercise() -> Value {
    json!({ "exercise": SLUG, "reason": "test 2 was wrong" })
}

async fn order(world: &Replica, set: RejudgeSetId, what: &str) -> anyhow::Result<Answer> {
    world.send(Call::post(&format!("/v1/rejudges/{set}/{what}"), &Value::Null).token(&staff(world)?)).await
}

/// The set as its last event has it, once it stands so.
async fn reaches(world: &World, set: RejudgeSetId, status: SetStatus) -> anyhow::Result<RejudgeSet> {
    let subject = subject::fact(Family::RejudgeSet, set.0);
    eventually(TAKEN_OVER, async || {
        let last = world.log.last(&subject).await?.context("the set")?;
        let Event::RejudgeSet(event) = last.decode()?.event else { anyhow::bail!("no event of a set") };
        ensure!(event.set().status == status, "{:?}", event.set().status);
        Ok(event.into_set())
    })
    .await
}

async fn asked(world: &World) -> anyhow::Result<Vec<SubmissionRejudgeRequested>> {
    let mut asked = Vec::new();
    for message in world.read(Stream::Facts, &subject::family(Family::Rejudge)).await? {
        if let Event::Rejudge(RejudgeEvent::SubmissionRequested(fact)) = message.decode()?.event {
            asked.push(fact);
        }
    }
    Ok(asked)
}

async fn applied(world: &World) -> anyhow::Result<Vec<RejudgeApplied>> {
    let mut applied = Vec::new();
    for message in world.read(Stream::Facts, &subject::family(Family::Rejudge)).await? {
        if let Event::Rejudge(RejudgeEvent::Applied(fact)) = message.decode()?.event {
            applied.push(fact);
        }
    }
    Ok(applied)
}

/// What a judge would do.
async fn judge(
    log: &EventLog,
    asked: &SubmissionRejudgeRequested,
    verdict: Verdict,
) -> anyhow::Result<SubmissionJudged> {
    let message = log.at(Stream::Facts, asked.accepted_seq).await?.context("the submission")?;
    let recorded = message.decode()?;
    let Event::Submission(SubmissionEvent::Received(event)) = recorded.event else {
        anyhow::bail!("no submission")
    };
    let submission = events::Recorded::<SubmissionReceived> {
        part: recorded.part,
        sequence: recorded.sequence,
        id: recorded.id,
        time: recorded.time,
        request_digest: None,
        traceparent: None,
        event,
    };
    let judged = build::rejudgement(asked.set_id, &submission, verdict);
    let event = Event::Judgement(JudgementEvent::SubmissionJudged(judged.clone()));
    let event = NewEvent { id: EventId(judged.judgement_id.0), ..build::new_event(1, event) };
    log.append(event.to_wire()?).await?;
    Ok(judged)
}

#[tokio::test]
async fn a_set_goes_from_request_to_effect() -> anyhow::Result<()> {
    let world = World::start().await?;
    world.publish(SLUG).await?;
    submissions(&world, 20).await?;
    let author = world.token_for(AUTHOR, &[Role::Author])?;
    let revised = world
        .send(
            Call::new(Method::PUT, &format!("/v1/exercises/{SLUG}"), &{
                let mut body = exercise(SLUG);
                body["points"] = json!(20);
                body
            })
            .token(&author)
            .with("if-match", "\"2\""),
        )
        .await?;
    ensure!(revised.status == StatusCode::OK, "{revised:?}");

    let set = start(&world, &whole_exercise()).await?;
    let selected = reaches(&world, set, SetStatus::Selected).await?;
    assert_eq!(selected.submissions, Some(20));
    let asked = asked(&world).await?;
    let distinct: BTreeSet<SubmissionId> = asked.iter().map(|fact| fact.submission_id).collect();
    assert_eq!((asked.len(), distinct.len()), (20, 20));
    assert!(asked.iter().all(|fact| fact.revision == 3 && fact.points_max == 20), "by the current revision");

    order(&world, set, "apply").await?.is_problem(409, "rejudge_incomplete", "");
    for (number, fact) in asked.iter().enumerate() {
        let verdict = if number == 0 { Verdict::JudgeError } else { Verdict::Accepted };
        judge(&world.judges_log, fact, verdict).await?;
    }
    reaches(&world, set, SetStatus::Judged).await?;
    assert!(applied(&world).await?.is_empty(), "nothing has effect yet");

    assert_eq!(order(&world, set, "apply").await?.status, StatusCode::ACCEPTED);
    reaches(&world, set, SetStatus::Applied).await?;
    let effects = applied(&world).await?;
    assert_eq!(effects.len(), 7, "one fact per learner");
    let results: Vec<_> = effects.iter().flat_map(|fact| &fact.results).collect();
    assert_eq!(results.len(), 19, "what our own fault ended has no effect");
    let id = |submission| JudgementId::rejudged(submission, set);
    assert!(results.iter().all(|result| result.judgement_id == id(result.submission_id)));

    let before = world.written().await?;
    assert_eq!(order(&world, set, "apply").await?.text("status")?, "applied", "a repetition");
    order(&world, set, "cancel").await?.is_problem(409, "rejudge_applied", "");
    assert_eq!(world.written().await?, before);
    Ok(())
}

#[tokio::test]
async fn a_set_takes_what_was_there_when_it_was_asked_for() -> anyhow::Result<()> {
    let world = World::start().await?;
    for slug in [SLUG, "sum-of-three"] {
        world.publish(slug).await?;
    }
    submissions(&world, 3).await?;
    let other = world.app.catalogue.find("sum-of-three").context("it is published")?.0;
    let elsewhere = build::submission(4, build::learner(1), &other);
    let event = Event::Submission(SubmissionEvent::Received(elsewhere));
    world.log.append(build::new_event(4, event).to_wire()?).await?;

    let listed = build::submission(2, build::learner(2), &other).submission_id;
    let by_list = start(&world, &json!({ "submissions": [listed], "reason": "one of them" })).await?;
    assert_eq!(reaches(&world, by_list, SetStatus::Selected).await?.submissions, Some(1));
    let from = build::start() + chrono::TimeDelta::seconds(3);
    let body = json!({ "from": from, "judge_by": "original", "reason": "a mended compiler" });
    let by_time = start(&world, &body).await?;
    assert_eq!(reaches(&world, by_time, SetStatus::Selected).await?.submissions, Some(2));
    let none = start(&world, &json!({ "exercise": SLUG, "revision": 77, "reason": "none" })).await?;
    assert_eq!(reaches(&world, none, SetStatus::Judged).await?.submissions, Some(0), "nothing to wait for");
    assert_eq!(order(&world, none, "apply").await?.status, StatusCode::ACCEPTED);
    reaches(&world, none, SetStatus::Applied).await?;
    Ok(())
}

#[tokio::test]
async fn a_cancelled_set_stays_without_effect() -> anyhow::Result<()> {
    let world = World::start().await?;
    world.publish(SLUG).await?;
    submissions(&world, 3).await?;
    let set = start(&world, &whole_exercise()).await?;
    reaches(&world, set, SetStatus::Selected).await?;
    assert_eq!(order(&world, set, "cancel").await?.text("status")?, "cancelled");
    for fact in asked(&world).await? {
        judge(&world.judges_log, &fact, Verdict::Accepted).await?;
    }
    assert_eq!(order(&world, set, "cancel").await?.text("status")?, "cancelled", "a repetition");
    order(&world, set, "apply").await?.is_problem(409, "rejudge_cancelled", "");
    assert!(applied(&world).await?.is_empty());
    let unknown = RejudgeSetId(Uuid::from_u128(1));
    order(&world, unknown, "cancel").await?.is_problem(404, "rejudge_unknown", "");
    Ok(())
}

#[tokio::test]
async fn what_is_there_can_be_applied_without_the_rest() -> anyhow::Result<()> {
    let world = World::start().await?;
    world.publish(SLUG).await?;
    submissions(&world, 3).await?;
    let set = start(&world, &whole_exercise()).await?;
    reaches(&world, set, SetStatus::Selected).await?;
    let asked = asked(&world).await?;
    judge(&world.judges_log, &asked[0], Verdict::Accepted).await?;
    order(&world, set, "apply?partial=perhaps").await?.is_problem(422, "field_invalid", "partial");
    assert_eq!(order(&world, set, "apply?partial=true").await?.status, StatusCode::ACCEPTED);
    // Too late to have effect.
    judge(&world.judges_log, &asked[1], Verdict::Accepted).await?;
    reaches(&world, set, SetStatus::Applied).await?;
    let effects = applied(&world).await?;
    assert_eq!(effects.iter().map(|fact| fact.results.len()).sum::<usize>(), 1, "{effects:?}");
    Ok(())
}

#[tokio::test]
async fn a_repeated_request_starts_one_set() -> anyhow::Result<()> {
    let world = World::start().await?;
    world.publish(SLUG).await?;
    let token = staff(&world)?;
    let call = || Call::post("/v1/rejudges", &whole_exercise()).token(&token).key("once");
    let first = world.send(call()).await?;
    let again = world.send(call()).await?;
    assert_eq!(first.text("rejudge_id")?, again.text("rejudge_id")?);
    assert_eq!(first.header("laurel-position"), again.header("laurel-position"));
    assert_eq!(first.header("location"), format!("/v1/rejudges/{}", first.text("rejudge_id")?));
    let other = json!({ "exercise": SLUG, "reason": "something else" });
    let reused = world.send(Call::post("/v1/rejudges", &other).token(&token).key("once")).await?;
    reused.is_problem(422, "idempotency_key_reused", "Idempotency-Key");
    // An author has nothing but the own exercises.
    let stranger = world.token_for(LearnerId(Uuid::from_u128(51)), &[Role::Author])?;
    let not_own = world.send(Call::post("/v1/rejudges", &whole_exercise()).token(&stranger)).await?;
    not_own.is_problem(403, "rejudge_not_yours", "");
    Ok(())
}

#[tokio::test]
async fn another_replica_goes_on_where_one_died() -> anyhow::Result<()> {
    let world = World::start().await?;
    world.publish(SLUG).await?;
    submissions(&world, 600).await?;
    // A replica begins and dies at some moment; what it wrote stays.
    world.end_background();
    let first = world.replica().await?;
    let set = start(&first, &whole_exercise()).await?;
    eventually(SOON, async || {
        let begun = world.log.last(&subject::family(Family::Rejudge)).await?;
        ensure!(begun.is_some(), "not begun");
        Ok(())
    })
    .await?;
    drop(first);
    let _second = world.replica().await?;
    reaches(&world, set, SetStatus::Selected).await?;
    let all = asked(&world).await?;
    let distinct: BTreeSet<SubmissionId> = all.iter().map(|fact| fact.submission_id).collect();
    assert_eq!((all.len(), distinct.len()), (600, 600), "each was asked for once");
    Ok(())
}

#[tokio::test]
async fn a_fan_out_goes_on_behind_what_is_there() -> anyhow::Result<()> {
    let world = World::start().await?;
    world.publish(SLUG).await?;
    submissions(&world, 8).await?;
    let set = RejudgeSetId(Uuid::from_u128(77));
    let exercise = world.app.catalogue.find(SLUG).context("it is published")?.0;
    // What a replica that died half-way left: the request, and facts for some of the submissions.
    world.end_background();
    let requested = RejudgeSet {
        set_id: set,
        status: SetStatus::Requested,
        selection: events::rejudge::Selection {
            exercise_id: Some(ExerciseId::of_slug(SLUG)),
            ..Default::default()
        },
        judge_by: events::rejudge::JudgeBy::Current,
        reason: "a wrong test".to_owned(),
        requested_by: AUTHOR,
        requested_seq: None,
        submissions: None,
        ended_by: None,
    };
    let request = Event::RejudgeSet(events::rejudge::RejudgeSetEvent::Requested(requested));
    let at =
        world.log.append(NewEvent { id: EventId(set.0), ..build::new_event(1, request) }.to_wire()?).await?;
    for number in 2..=4 {
        let submission = build::submission(number, build::learner(number % 7), &exercise);
        let fact = SubmissionRejudgeRequested {
            set_id: set,
            submission_id: submission.submission_id,
            learner_id: submission.learner_id,
            exercise_id: submission.exercise_id,
            accepted_seq: at.sequence,
            revision: 77,
            package_digest: submission.package_digest.clone(),
            points_max: 10,
        };
        let id = EventId::of_rejudge(set, submission.submission_id);
        let event = Event::Rejudge(RejudgeEvent::SubmissionRequested(fact));
        world.log.append(NewEvent { id, ..build::new_event(1, event) }.to_wire()?).await?;
    }
    let _replica = world.replica().await?;
    let selected = reaches(&world, set, SetStatus::Selected).await?;
    assert_eq!(selected.submissions, Some(8));
    let asked = asked(&world).await?;
    let earlier = asked.iter().filter(|fact| fact.revision == 77).count();
    assert_eq!((asked.len(), earlier), (8, 3), "each stands there once");
    Ok(())
}

#[tokio::test]
async fn applying_goes_on_behind_what_is_there() -> anyhow::Result<()> {
    let world = World::start().await?;
    world.publish(SLUG).await?;
    submissions(&world, 14).await?;
    let set = start(&world, &whole_exercise()).await?;
    reaches(&world, set, SetStatus::Selected).await?;
    let mut results = Vec::new();
    for fact in asked(&world).await? {
        results.push(judge(&world.judges_log, &fact, Verdict::Accepted).await?);
    }
    reaches(&world, set, SetStatus::Judged).await?;
    // A replica wrote the order and the facts of two learners, and died.
    world.end_background();
    assert_eq!(order(&world, set, "apply").await?.status, StatusCode::ACCEPTED);
    let ordered = world.log.last(&subject::fact(Family::RejudgeSet, set.0)).await?.context("the order")?;
    for learner in [build::learner(0), build::learner(1)] {
        let own: Vec<_> = results.iter().filter(|result| result.learner_id == learner).cloned().collect();
        let fact = Event::Rejudge(RejudgeEvent::Applied(build::applied(set, ordered.sequence, &own)));
        let id = EventId::of_rejudge_applied(set, learner, 0);
        world.log.append(NewEvent { id, ..build::new_event(1, fact) }.to_wire()?).await?;
    }
    let _replica = world.replica().await?;
    reaches(&world, set, SetStatus::Applied).await?;
    let effects = applied(&world).await?;
    let learners: BTreeSet<LearnerId> = effects.iter().map(|fact| fact.learner_id).collect();
    assert_eq!((effects.len(), learners.len()), (7, 7), "each learner once");
    assert!(effects.iter().all(|fact| fact.ordered_seq == ordered.sequence && fact.results.len() == 2));
    Ok(())
}

#[tokio::test]
async fn a_set_in_work_keeps_no_learner_from_submitting() -> anyhow::Result<()> {
    let world = World::start().await?;
    world.publish(SLUG).await?;
    world.register("ada").await?;
    let token = world.token("ada").await?;
    let first = world.submit(SLUG, &token, "print(1)").await?;
    assert_eq!(first.status, StatusCode::ACCEPTED, "{first:?}");
    let set = start(&world, &whole_exercise()).await?;
    reaches(&world, set, SetStatus::Selected).await?;
    let asked = asked(&world).await?;
    for source in ["print(2)", "print(3)"] {
        assert_eq!(world.submit(SLUG, &token, source).await?.status, StatusCode::ACCEPTED);
    }
    world.submit(SLUG, &token, "print(4)").await?.is_problem(429, "too_many_pending", "");
    // A result of the set is no verdict that was waited for.
    judge(&world.judges_log, &asked[0], Verdict::Accepted).await?;
    reaches(&world, set, SetStatus::Judged).await?;
    world.submit(SLUG, &token, "print(4)").await?.is_problem(429, "too_many_pending", "");
    Ok(())
}

#[tokio::test]
async fn one_person_has_four_sets_in_work() -> anyhow::Result<()> {
    let world = World::start().await?;
    world.publish(SLUG).await?;
    submissions(&world, 1).await?;
    let (ada, bob) = (instructor(&world, 1)?, instructor(&world, 2)?);
    let ask = |token: &str| Call::post("/v1/rejudges", &whole_exercise()).token(token);
    let first = world.send(ask(&ada).key("once")).await?;
    for _ in 0..3 {
        assert_eq!(world.send(ask(&ada)).await?.status, StatusCode::ACCEPTED);
    }
    let refused = world.send(ask(&ada)).await?;
    refused.is_problem(429, "too_many_rejudges", "");
    assert_eq!(refused.header("retry-after"), "10");
    let again = world.send(ask(&ada).key("once")).await?;
    assert_eq!(again.text("rejudge_id")?, first.text("rejudge_id")?, "a repetition needs no place");
    assert_eq!(world.send(ask(&bob)).await?.status, StatusCode::ACCEPTED);

    // The other replica knows the sets from the log, and that one of them ended.
    let other = world.replica().await?;
    other.send(ask(&ada)).await?.is_problem(429, "too_many_rejudges", "");
    let first = first.text("rejudge_id")?.parse()?;
    assert_eq!(order(&world, first, "cancel").await?.status, StatusCode::ACCEPTED);
    assert_eq!(world.send(ask(&ada)).await?.status, StatusCode::ACCEPTED);
    assert_eq!(world.send(ask(&ada).key("once")).await?.text("rejudge_id")?, first.to_string());
    Ok(())
}

#[tokio::test]
async fn sets_that_wait_for_judges_keep_none_from_going_on() -> anyhow::Result<()> {
    let world = World::start().await?;
    world.publish(SLUG).await?;
    submissions(&world, 1).await?;
    for number in 0..36 {
        let ask = Call::post("/v1/rejudges", &whole_exercise());
        let asked = world.send(ask.token(&instructor(&world, number / 4)?)).await?;
        ensure!(asked.status == StatusCode::ACCEPTED, "{asked:?}");
        reaches(&world, asked.text("rejudge_id")?.parse()?, SetStatus::Selected).await?;
    }
    let set = start(&world, &whole_exercise()).await?;
    reaches(&world, set, SetStatus::Selected).await?;
    for fact in asked(&world).await?.iter().filter(|fact| fact.set_id == set) {
        judge(&world.judges_log, fact, Verdict::Accepted).await?;
    }
    reaches(&world, set, SetStatus::Judged).await?;
    assert_eq!(order(&world, set, "apply").await?.status, StatusCode::ACCEPTED);
    reaches(&world, set, SetStatus::Applied).await?;
    Ok(())
}

#[tokio::test]
async fn whoever_was_erased_is_left_as_they_stand() -> anyhow::Result<()> {
    let world = World::start().await?;
    world.publish(SLUG).await?;
    let mut learners = Vec::new();
    for handle in ["ada", "bob", "cyd"] {
        learners.push(world.register(handle).await?);
        let submitted = world.submit(SLUG, &world.token(handle).await?, "print(1)").await?;
        assert_eq!(submitted.status, StatusCode::ACCEPTED, "{submitted:?}");
    }
    let set = start(&world, &whole_exercise()).await?;
    reaches(&world, set, SetStatus::Selected).await?;
    for fact in asked(&world).await? {
        let verdict = if fact.learner_id == learners[0] { Verdict::WrongAnswer } else { Verdict::Accepted };
        judge(&world.judges_log, &fact, verdict).await?;
    }
    reaches(&world, set, SetStatus::Judged).await?;
    for handle in ["ada", "bob"] {
        let token = world.token(handle).await?;
        let erase = Call::new(Method::DELETE, "/v1/me", &json!({ "password": PASSWORD }));
        assert_eq!(world.send(erase.token(&token)).await?.status, StatusCode::NO_CONTENT);
    }
    assert_eq!(order(&world, set, "apply").await?.status, StatusCode::ACCEPTED);
    reaches(&world, set, SetStatus::Applied).await?;
    let moved: Vec<LearnerId> = applied(&world).await?.iter().map(|fact| fact.learner_id).collect();
    assert_eq!(moved, [learners[2]]);
    Ok(())
}
