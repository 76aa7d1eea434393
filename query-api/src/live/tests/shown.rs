//! Who is shown which board, and where somebody stands on it.

use super::*;
use crate::queries::leaderboards::Feed;
use events::board::Window;
use events::{Part, Partition};

async fn read_everything(test: &TestApp, sequence: i64) -> anyhow::Result<()> {
    for partition in Partition::all() {
        test.advance(Part::Facts(partition), sequence, None).await?;
    }
    Ok(())
}

#[tokio::test]
async fn a_learner_is_told_where_they_stand() -> anyhow::Result<()> {
    let test = TestApp::new().await?;
    let (learner, _) = test.register(1).await?;
    let (other, _) = test.register(2).await?;
    let token = test.token(learner, &[Role::Learner]);
    let mut own = Watching::open(&test, "board=global&limit=1&me=true", Some(&token)).await?;
    let first = own.until("you", |_| true).await?;
    assert_eq!((&first.data["you"], &first.data["size"]), (&Value::Null, &json!(0)));
    assert_eq!((&first.data["scope"], &first.data["window"]), (&json!("global"), &json!("all")));
    for (sequence, who, points, rank) in [(1, learner, 10, 1), (2, other, 30, 2), (3, learner, 40, 1)] {
        test.total(&Scope::Global, "all", who, points, build::start()).await?;
        test.advance(part_of(who), sequence, None).await?;
        let told = own.until("you", |told| told["you"]["rank"] == rank).await?;
        assert_eq!((&told.data["you"]["handle"], told.id.as_str()), (&json!("learner-1"), ""));
        let near = test.get("/v1/leaderboards/global/around/learner-1?radius=0").await.json;
        assert_eq!((&told.data["you"], &told.data["size"]), (&near["entries"][0], &near["size"]));
    }
    for (query, problem) in [
        ("board=global&me=true", (401, "token_missing")),
        ("board=global&me=yes", (400, "me_invalid")),
        ("submissions=mine&me=true", (400, "me_invalid")),
    ] {
        assert_eq!(test.get(&format!("/v1/live?{query}")).await.problem(), problem, "{query}");
    }
    Ok(())
}

#[tokio::test]
async fn without_redis_everybody_is_told_where_they_stand_some_at_a_time() -> anyhow::Result<()> {
    const LEARNERS: u32 = 53;
    let test = TestApp::new().await?;
    let learners: Vec<LearnerId> = (1..=LEARNERS).map(build::learner).collect();
    let feed = Feed { scope: "global".to_owned(), window: Window::All, sees_live: false };
    let standing = feed.standing(&test.app, &learners).await?;
    assert_eq!((standing.looked_up, standing.entries.len()), (50, 0));
    let mut watching = Vec::new();
    for learner in &learners {
        let token = test.token(*learner, &[Role::Learner]);
        let mut own = Watching::open(&test, "board=global&limit=1&me=true", Some(&token)).await?;
        own.until("you", |told| told["you"].is_null()).await?;
        watching.push(own);
    }
    for learner in &learners {
        test.total(&Scope::Global, "all", *learner, 10, build::start()).await?;
    }
    test.advance(part_of(learners[0]), 1, None).await?;
    for own in &mut watching {
        own.until("you", |told| told["you"]["points"] == 10).await?;
    }
    Ok(())
}

#[tokio::test]
async fn a_frozen_board_moves_only_for_who_may_see_that() -> anyhow::Result<()> {
    let test = TestApp::new().await?;
    let (learner, _) = test.register(1).await?;
    read_everything(&test, 100).await?;
    test.total(&Scope::Global, "all", learner, 10, build::start()).await?;
    let frozen = "INSERT INTO freezes_v1.freezes VALUES ($1, 'global', 6, $2, $3)";
    sqlx::query(frozen)
        .bind(Scope::Global.key())
        .bind(build::start())
        .bind(build::learner(9).0)
        .execute(&test.pool)
        .await?;
    let instructor = test.token(build::learner(9), &[Role::Instructor]);
    let token = test.token(learner, &[Role::Learner]);
    let mut keeper = Watching::open(&test, "board=global", Some(&instructor)).await?;
    let mut own = Watching::open(&test, "board=global&me=true", Some(&token)).await?;
    assert_eq!((keeper.points(), own.points()), (vec![10], vec![]));
    assert_eq!((&own.board["frozen_seq"], own.board.get("you")), (&json!(6), None));
    own.until("you", |told| told["you"]["points"] == 10).await?;
    test.total(&Scope::Global, "all", learner, 20, build::start()).await?;
    test.advance(part_of(learner), 101, None).await?;
    keeper.hear().await?;
    assert_eq!(keeper.points(), [20]);
    own.until("you", |told| told["you"]["points"] == 20).await?;
    assert!(own.points().is_empty());

    sqlx::query("DELETE FROM freezes_v1.freezes").execute(&test.pool).await?;
    test.advance(part_of(learner), 102, None).await?;
    own.until("board", |told| told["board"].get("frozen_at").is_none()).await?;
    assert_eq!(own.points(), [20]);
    Ok(())
}

/// A board that stands still has to be summed up from the past, which may take a minute.
#[tokio::test]
async fn no_board_waits_for_a_slow_one() -> anyhow::Result<()> {
    let test = TestApp::new().await?;
    let (learner, _) = test.register(1).await?;
    read_everything(&test, 100).await?;
    test.total(&Scope::Global, "all", learner, 10, build::start()).await?;
    sqlx::query("INSERT INTO freezes_v1.freezes VALUES ($1, 'global', 6, $2, $3)")
        .bind(Scope::Global.key())
        .bind(build::start())
        .bind(build::learner(9).0)
        .execute(&test.pool)
        .await?;
    let instructor = test.token(build::learner(9), &[Role::Instructor]);
    let mut keeper = Watching::open(&test, "board=global", Some(&instructor)).await?;
    let mut others = Watching::open(&test, "board=global", None).await?;
    let mut lock = test.pool.begin().await?;
    sqlx::query("LOCK TABLE ledger_v2.ledger").execute(&mut *lock).await?;
    sqlx::query("UPDATE freezes_v1.freezes SET frozen_seq = 7").execute(&test.pool).await?;
    test.advance(part_of(learner), 101, None).await?;
    testkit::eventually(WITHIN, async || {
        let waiting = "SELECT count(*) FROM pg_locks WHERE NOT granted
                       AND database = (SELECT oid FROM pg_database WHERE datname = current_database())";
        let waiting: i64 = sqlx::query_scalar(waiting).fetch_one(&test.pool).await?;
        anyhow::ensure!(waiting > 0, "nobody sums up");
        Ok(())
    })
    .await?;
    for (points, sequence) in [(20, 102), (30, 103)] {
        test.total(&Scope::Global, "all", learner, points, build::start()).await?;
        test.advance(part_of(learner), sequence, None).await?;
        keeper.until("board_changes", |told| told["placed"][0]["points"] == points).await?;
    }
    lock.commit().await?;
    others.until("board", |told| told["board"]["frozen_seq"] == 7).await?;
    Ok(())
}

/// A board is read for whoever comes, and told to everybody who watches it.
#[tokio::test]
async fn who_left_a_cohort_hears_nothing_of_it_when_somebody_else_comes() -> anyhow::Result<()> {
    let test = TestApp::new().await?;
    let (stays, leaves, cohort) = (build::learner(1), build::learner(2), Uuid::from_u128(900));
    let class = "INSERT INTO cohorts_v2.cohorts VALUES ($1, 'Class', 'open', ARRAY[$2], NULL, now(), 1)";
    sqlx::query(class).bind(cohort).bind(build::learner(8).to_string()).execute(&test.pool).await?;
    for learner in [stays, leaves] {
        sqlx::query("INSERT INTO ledger_v2.board_members VALUES ($1, $2, 1, 5)")
            .bind(learner.0)
            .bind(cohort)
            .execute(&test.pool)
            .await?;
    }
    test.total(&Scope::Cohort(cohort), "day-2026-11-22", stays, 10, build::start()).await?;
    let query = format!("board=cohort:{cohort}&window=day");
    let open = async |learner| {
        let token = test.token(learner, &[Role::Learner]);
        Watching::open(&test, &query, Some(&token)).await
    };
    let mut member_leaves = open(leaves).await?;
    // The look at who came must not be the one that finds them gone.
    testkit::eventually(WITHIN, async || {
        let is_seen = test.app.live.registry().boards.values().all(|watched| watched.read_at.is_some());
        anyhow::ensure!(is_seen, "not looked at yet");
        Ok(())
    })
    .await?;
    sqlx::query("UPDATE ledger_v2.board_members SET is_in = 0 WHERE learner_id = $1")
        .bind(leaves.0)
        .execute(&test.pool)
        .await?;
    // No commit says so yet, but another day has another board, which is read when somebody comes.
    test.clock.set("2026-11-22T00:00:00Z".parse()?);
    let member_stays = open(stays).await?;
    assert_eq!(member_stays.points(), [10]);
    let end = member_leaves.listener.expect("end").await?;
    assert_eq!(end.data, json!({ "reason": "access_changed" }));
    Ok(())
}

#[tokio::test]
async fn a_cohorts_board_is_told_to_whom_it_belongs_for_as_long_as_it_does() -> anyhow::Result<()> {
    let test = TestApp::new().await?;
    let (stays, _) = test.register(1).await?;
    let (leaves, _) = test.register(2).await?;
    let (cohort, first, second) = (Uuid::from_u128(900), build::learner(8), build::learner(9));
    let class = "INSERT INTO cohorts_v2.cohorts VALUES ($1, 'Class', 'open', ARRAY[$2, $3], NULL, now(), 1)";
    sqlx::query(class)
        .bind(cohort)
        .bind(first.to_string())
        .bind(second.to_string())
        .execute(&test.pool)
        .await?;
    for learner in [stays, leaves] {
        sqlx::query("INSERT INTO ledger_v2.board_members VALUES ($1, $2, 1, 5)")
            .bind(learner.0)
            .bind(cohort)
            .execute(&test.pool)
            .await?;
        test.total(&Scope::Cohort(cohort), "all", learner, 10, build::start()).await?;
    }
    let query = format!("board=cohort:{cohort}");
    let member = |learner| test.token(learner, &[Role::Learner]);
    let instructor = |learner| test.token(learner, &[Role::Instructor]);
    let mut member_stays = Watching::open(&test, &query, Some(&member(stays))).await?;
    let mut member_leaves = Watching::open(&test, &query, Some(&member(leaves))).await?;
    let mut leads = Watching::open(&test, &query, Some(&instructor(first))).await?;
    let mut led = Watching::open(&test, &query, Some(&instructor(second))).await?;
    assert_eq!(leads.points(), [10, 10]);
    for alias in [cohort.simple().to_string(), cohort.urn().to_string(), format!("%7B{cohort}%7D")] {
        let query = format!("board=cohort:{alias}");
        let same = Watching::open(&test, &query, Some(&member(stays))).await?;
        assert_eq!(same.board, member_stays.board);
        assert_eq!(test.app.live.registry().boards.len(), 2, "{alias}: one feed for each way it is seen");
    }
    for stranger in [None, Some(instructor(build::learner(3)))] {
        let path = format!("/v1/live?{query}");
        let answer = match &stranger {
            Some(token) => test.get_as(token, &path).await,
            None => test.get(&path).await,
        };
        assert_eq!(answer.problem(), (404, "board_unknown"));
    }

    sqlx::query("UPDATE ledger_v2.board_members SET is_in = 0 WHERE learner_id = $1")
        .bind(leaves.0)
        .execute(&test.pool)
        .await?;
    sqlx::query("DELETE FROM ledger_v2.board_totals WHERE learner_id = $1")
        .bind(leaves.0)
        .execute(&test.pool)
        .await?;
    sqlx::query("UPDATE cohorts_v2.cohorts SET instructors = ARRAY[$1]")
        .bind(first.to_string())
        .execute(&test.pool)
        .await?;
    test.advance(part_of(leaves), 1, None).await?;
    for parted in [&mut member_leaves, &mut led] {
        let end = parted.until("end", |_| true).await?;
        assert_eq!(end.data, json!({ "reason": "access_changed" }));
        assert!(parted.listener.hear().await?.is_none());
    }
    for kept in [&mut member_stays, &mut leads] {
        kept.until("board_changes", |told| told["left"] == json!([leaves])).await?;
        assert_eq!(kept.points(), [10]);
    }
    let again = test.get_as(&member(leaves), &format!("/v1/live?{query}")).await;
    assert_eq!(again.problem(), (404, "board_unknown"));
    Ok(())
}
