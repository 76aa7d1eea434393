use crate::testing::{TestApp, part_of};
use events::account::Role;
use events::{LearnerId, Partition};
use serde_json::{Value, json};
use testkit::build;
use uuid::Uuid;

/// A cohort led by this learner, at this sequence.
async fn cohort(test: &TestApp, id: u128, name: &str, leads: LearnerId, sequence: i64) -> anyhow::Result<()> {
    sqlx::query("INSERT INTO cohorts_v2.cohorts VALUES ($1, $2, 'open', ARRAY[$3], $1, $4, $5)")
        .bind(Uuid::from_u128(id))
        .bind(name)
        .bind(leads.to_string())
        .bind(build::start())
        .bind(sequence)
        .execute(&test.pool)
        .await?;
    Ok(())
}

async fn join(test: &TestApp, id: u128, learner: LearnerId) -> anyhow::Result<()> {
    sqlx::query("INSERT INTO cohorts_v2.cohort_members VALUES ($1, $2, $3, 7)")
        .bind(Uuid::from_u128(id))
        .bind(learner.0)
        .bind(build::start())
        .execute(&test.pool)
        .await?;
    Ok(())
}

async fn solve(test: &TestApp, learner: LearnerId, slug: &str, points: i32) -> anyhow::Result<()> {
    let schema: i32 =
        sqlx::query_scalar("SELECT version FROM projections WHERE name = 'progress' AND state = 'live'")
            .fetch_one(&test.pool)
            .await?;
    let sql = format!(
        "INSERT INTO progress_v{schema}.progress (learner_id, exercise_id, category, attempts, judged, accepted, best_points,
           solved_at, attempts_to_solve, first_attempt_at, last_attempt_at)
         VALUES ($1, $2, 'basics', 1, 1, 1, $3, CASE WHEN $3 = 10 THEN $4 END, 1, $4, $4)"
    );
    sqlx::query(sqlx::AssertSqlSafe(sql))
        .bind(learner.0)
        .bind(build::exercise(slug).exercise_id.0)
        .bind(points)
        .bind(build::start())
        .execute(&test.pool)
        .await?;
    Ok(())
}

const MATHS: u128 = 1;
const MUSIC: u128 = 2;

fn path(id: u128, what: &str) -> String {
    format!("/v1/cohorts/{}{what}", Uuid::from_u128(id))
}

#[tokio::test]
async fn everybody_sees_their_own_cohorts_and_what_is_theirs_to_see() -> anyhow::Result<()> {
    let test = TestApp::new().await?;
    let (teacher, ada, stranger) = (test.name(1).await?, test.name(2).await?, test.name(3).await?);
    cohort(&test, MATHS, "Maths", teacher, 5).await?;
    cohort(&test, MUSIC, "Music", teacher, 6).await?;
    join(&test, MATHS, ada).await?;
    let teachers = test.token(teacher, &[Role::Learner, Role::Instructor]);
    let adas = test.token(ada, &[Role::Learner]);
    let strangers = test.token(stranger, &[Role::Learner, Role::Instructor]);
    let admins = test.token(build::learner(9), &[Role::Admin]);

    let led = test.get_as(&teachers, "/v1/cohorts").await;
    assert_eq!(led.texts("cohorts", "name"), ["Music", "Maths"]);
    let page = test.get_as(&teachers, "/v1/cohorts?limit=1").await;
    let next =
        format!("/v1/cohorts?limit=1&cursor={}", page.json["next_cursor"].as_str().unwrap_or_default());
    assert_eq!(test.get_as(&teachers, &next).await.texts("cohorts", "name"), ["Maths"]);
    let joined = test.get_as(&adas, "/v1/cohorts").await;
    let expected = json!({ "cohorts": [{
        "cohort_id": Uuid::from_u128(MATHS), "name": "Maths", "status": "open", "created_at": "2026-11-21T10:00:00Z",
        "instructors": ["learner-1"], "members": 1, "leads": false, "joined_at": "2026-11-21T10:00:00Z"
    }] });
    assert_eq!(joined.json, expected);
    assert_eq!(test.get_as(&adas, &path(MATHS, "")).await.json, expected["cohorts"][0]);
    let as_led = test.get_as(&teachers, &path(MATHS, "")).await;
    assert_eq!((&as_led.json["leads"], &as_led.json["invites"]), (&json!(true), &json!(true)));
    // Who is no instructor any more leads nothing.
    let demoted = test.get_as(&test.token(teacher, &[Role::Learner]), &path(MATHS, "")).await;
    assert_eq!((&demoted.json["leads"], &demoted.json["invites"]), (&json!(false), &Value::Null));
    assert_eq!(test.get_as(&strangers, "/v1/cohorts?all=true").await.json["cohorts"], json!([]));
    assert_eq!(test.get_as(&admins, "/v1/cohorts?all=true").await.texts("cohorts", "name").len(), 2);
    assert_eq!(test.get_as(&admins, "/v1/cohorts?all=perhaps").await.problem(), (400, "all_invalid"));

    for (token, id, what) in [
        (&strangers, MATHS, ""),
        (&strangers, MATHS, "/members"),
        (&strangers, MATHS, "/progress"),
        (&adas, MUSIC, ""),
        (&teachers, 99, ""),
    ] {
        assert_eq!(test.get_as(token, &path(id, what)).await.problem(), (404, "cohort_not_found"), "{what}");
    }
    for what in ["/members", "/progress"] {
        assert_eq!(test.get_as(&adas, &path(MATHS, what)).await.problem(), (403, "not_allowed"));
        assert_eq!(test.get_as(&admins, &path(MATHS, what)).await.status, 200);
    }
    assert_eq!(test.get_as(&teachers, "/v1/cohorts/nonsense").await.problem(), (404, "cohort_not_found"));
    Ok(())
}

#[tokio::test]
async fn who_leads_a_cohort_sees_what_its_members_solved() -> anyhow::Result<()> {
    let test = TestApp::new().await?;
    let teacher = test.name(1).await?;
    cohort(&test, MATHS, "Maths", teacher, 5).await?;
    for slug in ["one", "three", "two"] {
        test.publish(&build::exercise(slug)).await?;
    }
    let mut learners = Vec::new();
    for number in 2..=5 {
        let learner = test.register(number).await?.0;
        join(&test, MATHS, learner).await?;
        learners.push(learner);
    }
    let outside = test.name(6).await?;
    solve(&test, learners[0], "one", 10).await?;
    solve(&test, learners[0], "two", 4).await?;
    solve(&test, learners[1], "two", 10).await?;
    solve(&test, outside, "three", 10).await?;
    let token = test.token(teacher, &[Role::Instructor]);

    let matrix = test.get_as(&token, &path(MATHS, "/progress?limit=3")).await;
    assert_eq!(matrix.texts("exercises", "exercise"), ["one", "two"], "what no member tried is no column");
    assert_eq!(matrix.texts("members", "handle"), ["learner-2", "learner-3", "learner-4"]);
    let best = |row: usize| matrix.json["members"][row]["best_points"].clone();
    assert_eq!((best(0), best(1), best(2)), (json!([10, 4]), json!([null, 10]), json!([null, null])));
    assert_eq!(
        (&matrix.json["members"][0]["points"], &matrix.json["members"][0]["solved"]),
        (&json!(14), &json!(1))
    );
    assert_eq!(matrix.json["parked_members"], json!(0));
    let cursor = matrix.json["next_cursor"].as_str().unwrap_or_default();
    let rest = test.get_as(&token, &path(MATHS, &format!("/progress?limit=3&cursor={cursor}"))).await;
    assert_eq!(rest.texts("members", "handle"), ["learner-5"]);
    assert_eq!(rest.json["next_cursor"], Value::Null);

    let table = test.get_as(&token, &path(MATHS, "/progress?format=csv")).await;
    let expected = "handle,points,solved,one,two\r\nlearner-2,14,1,10,4\r\nlearner-3,10,1,,10\r\nlearner-4,0,0,,\r\nlearner-5,0,0,,\r\n";
    assert_eq!(String::from_utf8_lossy(&table.bytes), expected);
    assert!(table.header("content-type").starts_with("text/csv"), "{table:?}");

    let members = test.get_as(&token, &path(MATHS, "/members")).await;
    let first = json!({
        "learner_id": learners[0], "handle": "learner-2", "joined_at": "2026-11-21T10:00:00Z", "points": 14, "tried": 2,
        "solved": 1, "last_attempt_at": "2026-11-21T10:00:00Z"
    });
    assert_eq!(members.json["members"][0], first);
    let table = test.get_as(&token, &path(MATHS, "/members?format=csv&limit=1")).await;
    assert!(
        String::from_utf8_lossy(&table.bytes)
            .ends_with("learner-2,2026-11-21T10:00:00Z,14,2,1,2026-11-21T10:00:00Z\r\n")
    );
    assert!(!table.header("laurel-next-cursor").is_empty());

    // Erased: gone at once, whatever else has heard of it.
    test.erase(learners[1]).await?;
    let members = test.get_as(&token, &path(MATHS, "/members")).await;
    assert_eq!(members.texts("members", "handle"), ["learner-2", "learner-4", "learner-5"]);
    assert_eq!(test.get_as(&token, &path(MATHS, "")).await.json["members"], json!(3));
    Ok(())
}

#[tokio::test]
async fn what_is_parked_is_said() -> anyhow::Result<()> {
    let test = TestApp::new().await?;
    let (teacher, ada) = (test.name(1).await?, test.name(2).await?);
    cohort(&test, MATHS, "Maths", teacher, 5).await?;
    join(&test, MATHS, ada).await?;
    let token = test.token(teacher, &[Role::Instructor]);
    test.park("cohorts", part_of(ada), ada.0).await?;
    for what in ["/members", "/progress"] {
        assert_eq!(test.get_as(&token, &path(MATHS, what)).await.json["parked_members"], json!(1), "{what}");
    }
    let adas = test.token(ada, &[Role::Learner]);
    assert_eq!(test.get_as(&adas, "/v1/cohorts").await.problem(), (503, "parked"));
    sqlx::query("DELETE FROM parked").execute(&test.pool).await?;
    let key = Uuid::from_u128(MATHS);
    test.park("cohorts", events::Part::Facts(Partition::of(key)), key).await?;
    for what in ["", "/members", "/progress"] {
        assert_eq!(test.get_as(&token, &path(MATHS, what)).await.problem(), (503, "parked"), "{what}");
    }
    Ok(())
}
