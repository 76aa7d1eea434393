use crate::testing::TestApp;
use chrono::TimeDelta;
use events::account::Role;
use events::board::Scope;
use events::exercise::Exercise;
use events::{ExerciseId, JudgementId, LearnerId, RejudgeSetId, SubmissionId};
use serde_json::{Value, json};
use testkit::build;
use uuid::Uuid;

const SET: u32 = 1;

fn set() -> RejudgeSetId {
    build::rejudge_set(SET)
}

/// A set that the learner with number 90 asked for.
async fn start(test: &TestApp, status: &str, submissions: i32) -> anyhow::Result<()> {
    sqlx::query(
        "INSERT INTO rejudges_v1.rejudges VALUES ($1, $2, $3, '{}', 'current', 'test 2 was wrong', $4, $5, $6, NULL, $5, 70)",
    )
    .bind(set().0)
    .bind(status)
    .bind(ExerciseId::of_slug("one").0)
    .bind(build::learner(90).0)
    .bind(build::start())
    .bind(submissions)
    .execute(&test.pool)
    .await?;
    Ok(())
}

/// A submission's result in the set.
async fn result(test: &TestApp, id: Uuid, verdict: &str, points: i32, seq: i64) -> anyhow::Result<()> {
    sqlx::query(
        "INSERT INTO rejudges_v1.rejudge_submissions
         SELECT $1, submission_id, learner_id, exercise_id, $3 FROM submissions_v1.submissions WHERE submission_id = $2",
    )
    .bind(set().0)
    .bind(id)
    .bind(seq)
    .execute(&test.pool)
    .await?;
    sqlx::query(
        "INSERT INTO rejudges_v1.rejudgements
         VALUES ($1, $2, $3, 3, $4, $5, 20, 5, 8000, '[]', NULL, NULL, $6, $7)",
    )
    .bind(set().0)
    .bind(id)
    .bind(JudgementId::rejudged(SubmissionId(id), set()).0)
    .bind(verdict)
    .bind(points)
    .bind(build::start())
    .bind(seq)
    .execute(&test.pool)
    .await?;
    Ok(())
}

async fn apply(test: &TestApp, id: Uuid, seq: i64) -> anyhow::Result<()> {
    sqlx::query(
        "INSERT INTO rejudges_v1.rejudge_effects
         SELECT set_id, submission_id, learner_id, judgement_id, $2, $3, $2
         FROM rejudges_v1.rejudge_submissions JOIN rejudges_v1.rejudgements USING (set_id, submission_id)
         WHERE submission_id = $1",
    )
    .bind(id)
    .bind(seq)
    .bind(build::start())
    .execute(&test.pool)
    .await?;
    Ok(())
}

fn staff(test: &TestApp) -> String {
    test.token(build::learner(91), &[Role::Instructor])
}

fn task() -> Exercise {
    build::exercise("one")
}

/// A learner who solved the exercise, with the totals that follow.
async fn solved(test: &TestApp, number: u32) -> anyhow::Result<(LearnerId, Uuid)> {
    let (learner, key) = test.register(number).await?;
    let id = test.submit(number, learner, &key, &task(), "print(1)", i64::from(number)).await?;
    test.judge(id, json!([]), 40 + i64::from(number)).await?;
    for scope in [Scope::Global, Scope::Exercise(task().exercise_id)] {
        let reached_at = build::start() + TimeDelta::seconds(i64::from(number));
        test.total(&scope, "all", learner, 10, reached_at).await?;
    }
    Ok((learner, id))
}

#[tokio::test]
async fn sets_are_shown_to_the_staff_and_to_who_asked_for_them() -> anyhow::Result<()> {
    let test = TestApp::new().await?;
    test.publish(&task()).await?;
    let (_, id) = solved(&test, 1).await?;
    start(&test, "selected", 3).await?;
    result(&test, id, "judge_error", 0, 80).await?;
    let path = format!("/v1/rejudges/{}", set());
    let seen = test.get_as(&staff(&test), &path).await;
    assert_eq!(seen.status, 200, "{seen:?}");
    let figures = |name: &str| seen.json[name].clone();
    assert_eq!((figures("status"), figures("submissions")), (json!("selected"), json!(3)));
    assert_eq!((figures("judged"), figures("failed"), figures("applied")), (json!(1), json!(1), json!(0)));
    assert_eq!((figures("exercise"), figures("reason")), (json!("one"), json!("test 2 was wrong")));
    assert_eq!(
        (figures("judged_revision"), figures("exercise_revision")),
        (json!(3), json!(task().revision)),
        "which revision judged, and which there is"
    );
    sqlx::query("UPDATE rejudges_v1.rejudges SET exercise_id = NULL").execute(&test.pool).await?;
    let of_several = test.get_as(&staff(&test), &path).await;
    assert_eq!(
        (&of_several.json["judged_revision"], &of_several.json["exercise_revision"]),
        (&Value::Null, &Value::Null)
    );

    let own = test.token(build::learner(90), &[Role::Author]);
    assert_eq!(test.get_as(&own, &path).await.status, 200);
    let stranger = test.token(build::learner(92), &[Role::Author]);
    assert_eq!(test.get_as(&stranger, &path).await.problem(), (404, "rejudge_not_found"));
    assert_eq!(
        test.get_as(&stranger, &format!("{path}/preview")).await.problem(),
        (404, "rejudge_not_found")
    );
    assert_eq!(test.get_as(&stranger, "/v1/rejudges").await.json["rejudges"], json!([]));
    let listed = test.get_as(&own, "/v1/rejudges?limit=1").await;
    assert_eq!(listed.json["rejudges"][0]["rejudge_id"], json!(set().0));
    let learner = test.token(build::learner(1), &[Role::Learner]);
    assert_eq!(test.get_as(&learner, &path).await.problem(), (403, "not_allowed"));
    Ok(())
}

#[tokio::test]
async fn a_preview_says_who_changes_and_who_leaves_the_first_ten() -> anyhow::Result<()> {
    let test = TestApp::new().await?;
    test.publish(&task()).await?;
    let mut learners = Vec::new();
    for number in 1..=11 {
        learners.push(solved(&test, number).await?);
    }
    start(&test, "judged", 3).await?;
    let (first, falls) = learners[0];
    result(&test, falls, "wrong_answer", 0, 80).await?;
    result(&test, learners[1].1, "accepted", 10, 81).await?;
    result(&test, learners[2].1, "judge_error", 0, 82).await?;
    // A learner whose submission was wrong and is worth more than anybody's.
    let (rises, key) = test.register(20).await?;
    let id = test.submit(20, rises, &key, &task(), "print(2)", 20).await?;
    result(&test, id, "accepted", 20, 83).await?;

    let path = format!("/v1/rejudges/{}/preview", set());
    let seen = test.get_as(&staff(&test), &path).await;
    assert_eq!(seen.status, 200, "{seen:?}");
    assert_eq!((&seen.json["changed_submissions"], &seen.json["changed_learners"]), (&json!(2), &json!(2)));
    let board = |scope: &str| -> Value {
        let boards = seen.json["boards"].as_array().expect("boards");
        boards.iter().find(|board| board["scope"] == scope).expect("the board").clone()
    };
    for scope in ["global", "exercise:one"] {
        let board = board(scope);
        assert_eq!(board["entering"].as_array().map(Vec::len), Some(1), "{board}");
        assert_eq!(board["entering"][0]["handle"], "learner-20");
        assert_eq!(board["entering"][0]["rank_after"], 1);
        assert_eq!(board["leaving"][0]["learner_id"], json!(first.0));
        assert_eq!(board["leaving"][0]["points_after"], 0);
        assert_eq!(board["top"].as_array().map(Vec::len), Some(10));
    }
    let one = &seen.json["learners"][0];
    assert_eq!(
        (&one["handle"], &one["points_before"], &one["points_after"]),
        (&json!("learner-20"), &json!(0), &json!(20))
    );
    assert_eq!(one["submissions"][0]["verdict_after"], "accepted");
    let two = &seen.json["learners"][1];
    assert_eq!((&two["points_before"], &two["points_after"]), (&json!(10), &json!(0)));
    assert_eq!(two["submissions"][0]["verdict_before"], "accepted");

    // The same, one by one.
    let page = test.get_as(&staff(&test), &format!("{path}?limit=1")).await;
    let cursor = page.json["next_cursor"].as_str().expect("a cursor").to_owned();
    assert_eq!(page.json["learners"], json!([one]));
    let page = test.get_as(&staff(&test), &format!("{path}?limit=1&cursor={cursor}")).await;
    assert_eq!((&page.json["learners"], &page.json["next_cursor"]), (&json!([two]), &Value::Null));
    Ok(())
}

#[tokio::test]
async fn a_preview_leaves_the_erased_as_they_are() -> anyhow::Result<()> {
    let test = TestApp::new().await?;
    test.publish(&task()).await?;
    let (erased, falls) = solved(&test, 1).await?;
    start(&test, "judged", 1).await?;
    result(&test, falls, "wrong_answer", 0, 80).await?;
    let path = format!("/v1/rejudges/{}/preview", set());
    assert_eq!(test.get_as(&staff(&test), &path).await.json["changed_learners"], 1);
    test.erase(erased).await?;
    let seen = test.get_as(&staff(&test), &path).await;
    assert_eq!((&seen.json["changed_submissions"], &seen.json["changed_learners"]), (&json!(0), &json!(0)));
    assert_eq!(seen.json["boards"][0]["leaving"], json!([]));
    assert_eq!(seen.json["boards"][0]["top"][0]["points_after"], 10);
    Ok(())
}

#[tokio::test]
async fn an_applied_result_is_the_submissions_verdict_and_the_old_one_its_history() -> anyhow::Result<()> {
    let test = TestApp::new().await?;
    test.publish(&task()).await?;
    let (learner, id) = solved(&test, 1).await?;
    start(&test, "judged", 1).await?;
    result(&test, id, "wrong_answer", 0, 80).await?;
    let token = test.token(learner, &[Role::Learner]);
    let path = format!("/v1/submissions/{id}");

    let before = test.get_as(&token, &path).await;
    assert_eq!((&before.json["verdict"], &before.json["points_max"]), (&json!("accepted"), &json!(10)));
    assert_eq!(before.json["judgements"].as_array().map(Vec::len), Some(1), "nothing of what has no effect");
    let shown = test.get_as(&staff(&test), &path).await;
    let unapplied = &shown.json["judgements"][1];
    assert_eq!((&unapplied["in_effect"], &unapplied["rejudge_id"]), (&json!(false), &json!(set().0)));

    apply(&test, id, 90).await?;
    let after = test.get_as(&token, &path).await;
    assert_eq!((&after.json["verdict"], &after.json["points"]), (&json!("wrong_answer"), &json!(0)));
    assert_eq!(after.json["points_max"], 20);
    assert_eq!(after.json["judgement_id"], json!(JudgementId::rejudged(SubmissionId(id), set()).0));
    let history = after.json["judgements"].as_array().expect("judgements");
    let verdicts: Vec<(&Value, &Value)> =
        history.iter().map(|one| (&one["verdict"], &one["in_effect"])).collect();
    assert_eq!(verdicts, [(&json!("accepted"), &json!(false)), (&json!("wrong_answer"), &json!(true))]);
    let mine = test.get_as(&token, "/v1/me/submissions").await;
    assert_eq!(mine.json["submissions"][0]["verdict"], "wrong_answer");
    // Nothing more would change.
    let preview = test.get_as(&staff(&test), &format!("/v1/rejudges/{}/preview", set())).await;
    assert_eq!(preview.json["changed_submissions"], 0);
    Ok(())
}
