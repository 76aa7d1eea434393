use super::*;
use crate::testing::{TestApp, WITHIN, part_of};
use axum::http::Request;
use events::account::Role;
use testkit::build;

#[test]
fn only_what_concerns_a_read_counts() {
    let wanted: Position = "id.5,03.7".parse().expect("a position");
    assert_eq!(relevant(&[Projection::Ledger], &wanted).to_string(), "03.7");
    assert_eq!(relevant(&[Projection::Learners], &wanted).to_string(), "id.5");
    assert_eq!(relevant(&[Projection::Learners, Projection::Ledger], &wanted), wanted);
}

const SHORT: Duration = Duration::from_millis(50);

#[tokio::test]
async fn a_read_waits_for_its_position_and_never_answers_older() -> anyhow::Result<()> {
    let test = TestApp::new().await?;
    let (learner, key) = test.register(1).await?;
    let token = test.token(learner, &[Role::Learner]);
    let part = part_of(learner);
    for sequence in 1..=20_i64 {
        let path = format!("/v1/me/submissions?position={part}.{sequence}");
        let reading = test.get_as(&token, &path);
        let writing = async {
            let number = u32::try_from(sequence)?;
            test.submit(number, learner, &key, &build::exercise("sum-of-two"), "x", sequence).await?;
            test.advance(part, sequence, None).await
        };
        let (read, written) = tokio::join!(reading, writing);
        written?;
        let count = read.texts("submissions", "submission_id").len();
        assert_eq!(count, usize::try_from(sequence)?, "{read:?}");
        let position: Position = read.header("laurel-position").parse()?;
        assert!(position.get(part) >= u64::try_from(sequence)?);
    }
    Ok(())
}

#[tokio::test]
async fn a_position_that_does_not_come_is_refused_within_the_bound() -> anyhow::Result<()> {
    let test = TestApp::waiting(SHORT).await?;
    for position in ["07.5", "07.18446744073709551615"] {
        let by_header = test.send(Request::get("/v1/exercises").header("Laurel-Position", position)).await;
        assert_eq!((by_header.problem(), by_header.header("retry-after")), ((503, "not_caught_up"), "1"));
        let by_parameter = test.get(&format!("/v1/exercises?position={position}")).await;
        assert_eq!(by_parameter.problem(), (503, "not_caught_up"));
    }
    // Nothing of the catalogue comes from IDENTITY.
    assert_eq!(test.get("/v1/exercises?position=id.5").await.status, 200);
    Ok(())
}

/// The announcement speaks of all projections; the one that is read may be behind.
#[tokio::test]
async fn a_projection_that_is_behind_is_waited_for() -> anyhow::Result<()> {
    let test = TestApp::waiting(SHORT).await?;
    let part: Part = "07".parse()?;
    test.advance(part, 9, Some("ledger")).await?;
    test.advance(part, 9, Some("submissions")).await?;
    assert_eq!(test.get("/v1/exercises?position=07.9").await.problem(), (503, "not_caught_up"));
    test.advance(part, 9, Some("exercises")).await?;
    assert_eq!(test.get("/v1/exercises?position=07.9").await.status, 200);
    Ok(())
}

#[tokio::test]
async fn a_lost_announcement_costs_a_look() -> anyhow::Result<()> {
    let test = TestApp::new().await?;
    let reading = test.get("/v1/exercises?position=07.9");
    let writing = sqlx::query("UPDATE checkpoints SET sequence = 9 WHERE part = '07'").execute(&test.pool);
    let (read, written) = tokio::join!(reading, writing);
    written?;
    assert_eq!(read.status, 200);
    Ok(())
}

/// Version 2 with other rows goes live in one transaction, and the next read sees it whole.
#[tokio::test]
async fn a_read_follows_the_live_version() -> anyhow::Result<()> {
    let test = TestApp::new().await?;
    test.publish(&build::exercise("old")).await?;
    assert_eq!(test.get("/v1/exercises").await.texts("exercises", "slug"), ["old"]);
    for statement in [
        "CREATE SCHEMA exercises_v2",
        "CREATE TABLE exercises_v2.exercises AS TABLE exercises_v1.exercises",
        "UPDATE exercises_v2.exercises SET slug = 'new'",
        "INSERT INTO checkpoints (projection, version, part, sequence)
           SELECT projection, 2, part, 77 FROM checkpoints WHERE projection = 'exercises'",
        "INSERT INTO projections VALUES ('exercises', 2, 'building')",
    ] {
        sqlx::query(statement).execute(&test.pool).await?;
        assert_eq!(test.get("/v1/exercises").await.texts("exercises", "slug"), ["old"]);
    }
    let mut swap = test.pool.begin().await?;
    sqlx::query("UPDATE projections SET state = 'old' WHERE name = 'exercises' AND version = 1")
        .execute(&mut *swap)
        .await?;
    sqlx::query("UPDATE projections SET state = 'live' WHERE name = 'exercises' AND version = 2")
        .execute(&mut *swap)
        .await?;
    swap.commit().await?;
    let swapped = test.get("/v1/exercises").await;
    assert_eq!(swapped.texts("exercises", "slug"), ["new"]);
    assert!(swapped.header("laurel-position").starts_with("00.77,"), "{swapped:?}");
    Ok(())
}

/// What a read sees and what it says it has seen are one snapshot, whatever commits meanwhile.
#[tokio::test]
async fn a_read_is_one_snapshot() -> anyhow::Result<()> {
    let test = TestApp::new().await?;
    let part: Part = "07".parse()?;
    let mut read = test.app.reader.begin(&[Projection::Exercises], &Position::default()).await?;
    test.publish(&build::exercise("late")).await?;
    test.advance(part, 9, None).await?;
    let seen: i64 = sqlx::query_scalar("SELECT count(*) FROM exercises").fetch_one(read.connection()).await?;
    let position = read.finish().await?;
    assert_eq!((seen, position.get(part)), (0, 0));
    Ok(())
}

#[tokio::test]
async fn postgres_away_is_said_at_once_and_forgotten_when_it_is_back() -> anyhow::Result<()> {
    let test = TestApp::new().await?;
    assert_eq!(test.get("/v1/exercises").await.status, 200);
    test.database.server().stop().await?;
    testkit::eventually(WITHIN, async || {
        let away = test.get("/v1/exercises").await;
        anyhow::ensure!(away.problem() == (503, "read_model_unavailable"), "{away:?}");
        anyhow::ensure!(!test.app.watermarks.reachable(), "not noticed yet");
        anyhow::ensure!(!test.observatory.readiness.reasons().is_empty(), "still ready");
        Ok(())
    })
    .await?;
    test.database.server().restart().await?;
    testkit::eventually(WITHIN, async || {
        let back = test.get("/v1/exercises").await;
        anyhow::ensure!(back.status == 200, "{back:?}");
        anyhow::ensure!(test.observatory.readiness.reasons().is_empty(), "not ready");
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_frozen_postgres_holds_nobody() -> anyhow::Result<()> {
    let test = TestApp::new().await?;
    assert_eq!(test.get("/v1/exercises").await.status, 200);
    test.database.server().pause();
    let frozen = test.get("/v1/exercises").await;
    test.database.server().resume();
    assert_eq!(frozen.problem(), (503, "read_model_unavailable"));
    testkit::eventually(WITHIN, async || {
        anyhow::ensure!(test.get("/v1/exercises").await.status == 200);
        Ok(())
    })
    .await
}
