use crate::testing::{TestApp, part_of};
use events::account::Role;
use events::learner::{LearnerEvent, LearnerRegistered};
use events::{Event, Part};
use serde_json::{Value, json};
use testkit::build;
use uuid::Uuid;

/// One parked event.
async fn park(
    test: &TestApp,
    projection: &str,
    version: i32,
    part: Part,
    key: Uuid,
    sequence: i64,
    cause: bool,
) -> anyhow::Result<()> {
    sqlx::query(
        "INSERT INTO parked VALUES ($1, $2, $3, $4, $5, $4, 'learner_registered', 'planted', $6, $7)",
    )
    .bind(projection)
    .bind(version)
    .bind(part.to_string())
    .bind(key)
    .bind(sequence)
    .bind(cause)
    .bind(build::start())
    .execute(&test.pool)
    .await?;
    Ok(())
}

async fn live(test: &TestApp, projection: &str) -> anyhow::Result<i32> {
    Ok(sqlx::query_scalar("SELECT version FROM projections WHERE name = $1 AND state = 'live'")
        .bind(projection)
        .fetch_one(&test.pool)
        .await?)
}

#[tokio::test]
async fn operators_see_what_is_parked_and_why() -> anyhow::Result<()> {
    let test = TestApp::new().await?;
    let (ada, ben) = (build::learner(1), build::learner(2));
    let operator = test.token(build::learner(9), &[Role::Operator]);
    let registered = |learner_id| Event::Learner(LearnerEvent::Registered(LearnerRegistered { learner_id }));
    let fact = test.command_api.append(build::new_event(1, registered(ada)).to_wire()?).await?.sequence;
    let fact = i64::try_from(fact)?;
    let (ledger, progress) = (live(&test, "ledger").await?, live(&test, "progress").await?);
    park(&test, "ledger", ledger, part_of(ada), ada.0, fact, true).await?;
    park(&test, "ledger", ledger, part_of(ada), ada.0, fact + 7, false).await?;
    park(&test, "progress", progress, part_of(ben), ben.0, 50, true).await?;
    park(&test, "progress", progress + 1, part_of(ben), ben.0, 50, true).await?;
    park(&test, "learners", 1, Part::Identity, ben.0, fact, true).await?;

    let all = test.get_as(&operator, "/v1/parked").await;
    let found: Vec<Value> = all.json["parked"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|one| json!([one["projection"], one["state"], one["events"]]))
        .collect();
    let expected = json!([
        ["learners", "live", 1],
        ["ledger", "live", 2],
        ["progress", "live", 1],
        ["progress", "old", 1]
    ]);
    assert_eq!(json!(found), expected);
    assert_eq!(all.json["live_keys"], json!(3));
    let only = test.get_as(&operator, "/v1/parked?projection=ledger").await;
    assert_eq!(only.json["parked"][0], all.json["parked"][1]);
    assert_eq!(
        (&only.json["parked"][0]["sequence"], &only.json["parked"][0]["error"]),
        (&json!(fact), &json!("planted"))
    );
    let mut pages = Vec::new();
    let mut path = "/v1/parked?limit=1".to_owned();
    for _ in 0..4 {
        let page = test.get_as(&operator, &path).await;
        pages.push(page.json["parked"][0].clone());
        path = format!("/v1/parked?limit=1&cursor={}", page.json["next_cursor"].as_str().unwrap_or_default());
    }
    assert_eq!(json!(pages), all.json["parked"]);

    let shown = test.get_as(&operator, &format!("/v1/parked/ledger/{ada}")).await;
    assert_eq!((&shown.json["total"], shown.json["events"].as_array().map(Vec::len)), (&json!(2), Some(2)));
    let first = &shown.json["events"][0];
    assert_eq!((&first["cause"], &first["event"]["data"]), (&json!(true), &json!({ "learner_id": ada })));
    assert_eq!(first["event"]["type"], "laurel.learner_registered.v1");
    assert_eq!(shown.json["events"][1].get("event"), None, "the log has nothing there");
    let rest = test.get_as(&operator, &format!("/v1/parked/ledger/{ada}?limit=1")).await;
    let next = rest.json["next_cursor"].as_str().unwrap_or_default();
    let rest = test.get_as(&operator, &format!("/v1/parked/ledger/{ada}?limit=1&cursor={next}")).await;
    assert_eq!(rest.json["events"][0]["sequence"], json!(fact + 7));
    assert_eq!(rest.json["next_cursor"], Value::Null);
    Ok(())
}

#[tokio::test]
async fn nothing_personal_is_shown_and_what_cannot_be_read_is_shown_as_it_is() -> anyhow::Result<()> {
    let test = TestApp::new().await?;
    let ada = build::learner(1);
    let operator = test.token(build::learner(9), &[Role::Operator]);
    let event = Event::Learner(LearnerEvent::Registered(LearnerRegistered { learner_id: ada }));
    let wire = events::Wire { body: b"{\"learner".to_vec(), ..build::new_event(1, event).to_wire()? };
    let fact = i64::try_from(test.command_api.append(wire).await?.sequence)?;
    park(&test, "ledger", live(&test, "ledger").await?, part_of(ada), ada.0, fact, true).await?;
    park(&test, "learners", 1, Part::Identity, ada.0, fact, true).await?;
    let shown = test.get_as(&operator, &format!("/v1/parked/ledger/{ada}")).await;
    let shown_as = shown.json["events"][0]["event"].as_str().unwrap_or_default();
    assert!(
        shown_as.contains("laurel.learner_registered.v1") && shown_as.contains("{\"learner"),
        "{shown:?}"
    );
    let personal = test.get_as(&operator, &format!("/v1/parked/learners/{ada}")).await;
    assert_eq!((personal.status.as_u16(), personal.json["events"][0].get("event")), (200, None));

    let learner = test.token(ada, &[Role::Learner, Role::Instructor, Role::Analyst, Role::Author]);
    assert_eq!(test.get_as(&learner, "/v1/parked").await.problem(), (403, "not_allowed"));
    for path in [
        format!("/v1/parked/ledger/{}", build::learner(2)),
        "/v1/parked/ledger/x".into(),
        format!("/v1/parked/%00/{ada}"),
    ] {
        assert_eq!(test.get_as(&operator, &path).await.problem(), (404, "parked_key_not_found"), "{path}");
    }
    for (path, code) in [
        ("?limit=0", "limit_invalid"),
        ("?cursor=x", "cursor_invalid"),
        ("?projection=%00", "projection_invalid"),
    ] {
        assert_eq!(test.get_as(&operator, &format!("/v1/parked{path}")).await.problem(), (400, code));
    }
    Ok(())
}
