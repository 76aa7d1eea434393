use super::*;
use crate::cache::{Board, Slice};
use crate::testing::{Reply, TestApp, WITHIN, part_of};
use chrono::TimeDelta;
use events::Part;
use events::board::{POINTS_MAX, Scope, score};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use serde_json::{Value, json};
use slice::Totals;
use std::cmp::Reverse;
use testkit::build;

/// Points and milliseconds after the start: few enough of each that ties abound.
type Total = (i64, i64);

fn totals() -> impl Strategy<Value = Vec<Total>> {
    let points = prop_oneof![Just(10_i64), Just(20), Just(30), 1_i64..40, Just(POINTS_MAX)];
    proptest::collection::vec((points, 0_i64..3_000), 0..25)
}

async fn plant(test: &TestApp, totals: &[Total]) -> anyhow::Result<()> {
    sqlx::query("TRUNCATE ledger_v2.board_totals, learners_v1.learners").execute(&test.pool).await?;
    for (number, (points, millis)) in (0_u32..).zip(totals) {
        let learner = build::learner(number);
        let reached_at = build::start() + TimeDelta::milliseconds(*millis);
        test.total(&Scope::Global, "all", learner, *points, reached_at).await?;
        if number % 5 != 4 {
            test.name(number).await?;
        }
    }
    test.fill_redis(1).await
}

/// The whole board as it must be: (rank, learner, points).
fn model(totals: &[Total]) -> Vec<(u64, String, i64)> {
    let mut places: Vec<(i64, LearnerId)> = (0_u32..)
        .zip(totals)
        .map(|(number, (points, millis))| {
            let reached_at = build::start() + TimeDelta::milliseconds(*millis);
            (score(*points, reached_at).expect("fits"), build::learner(number))
        })
        .collect();
    places.sort_by_key(|(score, learner)| (Reverse(*score), *learner));
    let rank = |score: i64| 1 + places.iter().filter(|(other, _)| *other > score).count() as u64;
    places
        .iter()
        .map(|(score, learner)| (rank(*score), learner.to_string(), events::board::points_of(*score)))
        .collect()
}

/// An answer from `source`. A busy machine may be too slow for Redis, which is then left alone for a second.
async fn get_from(test: &TestApp, path: &str, source: &str) -> anyhow::Result<Reply> {
    testkit::eventually(WITHIN, async || {
        let answer = test.get(path).await;
        anyhow::ensure!(answer.status == 200 && answer.header("laurel-board-source") == source, "{answer:?}");
        Ok(answer)
    })
    .await
}

/// All pages of the board, each as its bytes, which must come from `source`.
async fn walk(test: &TestApp, limit: usize, source: &str) -> anyhow::Result<Vec<Vec<u8>>> {
    let mut pages = Vec::new();
    let mut cursor = String::new();
    loop {
        let page = get_from(test, &format!("/v1/leaderboards/global?limit={limit}{cursor}"), source).await?;
        let next = page.json["next_cursor"].as_str().map(|next| format!("&cursor={next}"));
        pages.push(page.bytes);
        match next {
            Some(next) => cursor = next,
            None => return Ok(pages),
        }
    }
}

fn entries(pages: &[Vec<u8>]) -> Vec<(u64, String, i64)> {
    pages
        .iter()
        .flat_map(|page| {
            let page: Value = serde_json::from_slice(page).expect("JSON");
            page["entries"].as_array().expect("entries").clone()
        })
        .map(|entry| {
            let learner = entry["learner_id"].as_str().expect("an id").to_owned();
            (entry["rank"].as_u64().expect("a rank"), learner, entry["points"].as_i64().expect("points"))
        })
        .collect()
}

async fn around_all(test: &TestApp, learners: u32, source: &str) -> anyhow::Result<Vec<Vec<u8>>> {
    let mut answers = Vec::new();
    for number in (0..learners).filter(|number| number % 5 != 4) {
        for radius in [0, 3] {
            let path = format!("/v1/leaderboards/global/around/learner-{number}?radius={radius}");
            answers.push(get_from(test, &path, source).await?.bytes);
        }
    }
    Ok(answers)
}

async fn empty_redis(test: &TestApp) -> anyhow::Result<()> {
    let mut redis = redis::Client::open(test.redis.url())?.get_multiplexed_async_connection().await?;
    redis::cmd("FLUSHDB").exec_async(&mut redis).await?;
    Ok(())
}

#[tokio::test]
async fn redis_and_postgres_answer_the_same_to_the_byte() -> anyhow::Result<()> {
    let test = TestApp::new().await?;
    let mut runner = TestRunner::deterministic();
    for case in 0..6 {
        let totals = totals().new_tree(&mut runner).expect("a case").current();
        plant(&test, &totals).await?;
        let learners = u32::try_from(totals.len())?;
        let limits = [1, 3, 200];
        let mut from_redis = Vec::new();
        for limit in limits {
            from_redis.push(walk(&test, limit, "redis").await?);
        }
        let near_in_redis = around_all(&test, learners, "redis").await?;
        empty_redis(&test).await?;
        for (limit, from_redis) in limits.into_iter().zip(from_redis) {
            let from_postgres = walk(&test, limit, "postgres").await?;
            assert_eq!(from_redis, from_postgres, "case {case}, limit {limit}: {totals:?}");
            assert_eq!(entries(&from_redis), model(&totals), "case {case}, limit {limit}");
        }
        let near_in_postgres = around_all(&test, learners, "postgres").await?;
        assert_eq!(near_in_redis, near_in_postgres, "case {case}: {totals:?}");
    }
    Ok(())
}

/// A cursor may name a place that nobody stands at any more.
#[tokio::test]
async fn any_place_divides_both_boards_alike() -> anyhow::Result<()> {
    let test = TestApp::new().await?;
    let mut runner = TestRunner::deterministic();
    let life: String =
        sqlx::query_scalar("SELECT life::text FROM board_generations").fetch_one(&test.pool).await?;
    let board = Board { scope: Scope::Global, window_at: "all".to_owned(), generation: 1, life };
    let mut connection = test.pool.acquire().await?;
    sqlx::query("SET search_path TO ledger_v2").execute(&mut *connection).await?;
    for _case in 0..6 {
        let totals = totals().new_tree(&mut runner).expect("a case").current();
        plant(&test, &totals).await?;
        let places = (0_i64..41, -1_i64..4, 0_u32..42);
        for _place in 0..20 {
            let (points, second, number) = places.new_tree(&mut runner).expect("a place").current();
            let score = score(points, build::start() + TimeDelta::seconds(second))?;
            let ask =
                Ask::After { place: Some(Place { score, learner_id: build::learner(number) }), count: 5 };
            let (_, in_redis) = testkit::eventually(WITHIN, async || {
                test.app.cache.slice(&board, ask).await.ok_or_else(|| anyhow::anyhow!("Redis is too slow"))
            })
            .await?;
            let in_postgres: Slice =
                Totals { scope: "global", window_at: "all" }.slice(&mut connection, ask).await?;
            assert_eq!(in_redis, in_postgres, "{ask:?} of {totals:?}");
        }
    }
    Ok(())
}

#[tokio::test]
async fn redis_is_used_only_when_it_covers_the_position() -> anyhow::Result<()> {
    let test = TestApp::new().await?;
    let (learner, _) = test.register(1).await?;
    let part = part_of(learner);
    let Part::Facts(partition) = part else { anyhow::bail!("a learner's part is one of FACTS") };
    test.total(&Scope::Global, "all", learner, 10, build::start()).await?;
    test.fill_redis(1).await?;
    // Postgres goes on: another row of the ledger, which Redis does not have.
    test.total(&Scope::Global, "all", learner, 30, build::start()).await?;
    sqlx::query(
        "INSERT INTO ledger_v2.ledger_heads VALUES ($1, 2) ON CONFLICT (partition) DO UPDATE SET no = 2",
    )
    .bind(i16::from(partition.number()))
    .execute(&test.pool)
    .await?;
    test.advance(part, 50, None).await?;
    let behind = test.get(&format!("/v1/leaderboards/global?position={part}.50")).await;
    assert_eq!(behind.header("laurel-board-source"), "postgres");
    assert_eq!(behind.json["entries"][0]["points"], 30);
    test.fill_redis(2).await?;
    let level = get_from(&test, &format!("/v1/leaderboards/global?position={part}.50"), "redis").await?;
    assert_eq!(level.json["entries"][0]["points"], 30);
    // What it says it has read covers what was asked for.
    let position: Position = level.header("laurel-position").parse()?;
    assert_eq!(position.get(part), 50);
    Ok(())
}

#[tokio::test]
async fn without_redis_boards_come_from_postgres() -> anyhow::Result<()> {
    let test = TestApp::new().await?;
    let (learner, _) = test.register(1).await?;
    test.total(&Scope::Global, "all", learner, 10, build::start()).await?;
    test.fill_redis(1).await?;
    test.redis.server().pause();
    let frozen = test.get("/v1/leaderboards/global").await;
    assert_eq!((frozen.status.as_u16(), frozen.header("laurel-board-source")), (200, "postgres"));
    test.redis.server().resume();
    get_from(&test, "/v1/leaderboards/global", "redis").await?;
    Ok(())
}

#[tokio::test]
async fn every_scope_and_window_has_its_board() -> anyhow::Result<()> {
    let test = TestApp::new().await?;
    let (learner, _) = test.register(1).await?;
    let exercise = build::exercise("sum-of-two");
    test.publish(&exercise).await?;
    let scopes = [
        ("global".to_owned(), Scope::Global),
        ("exercise:sum-of-two".to_owned(), Scope::Exercise(exercise.exercise_id)),
        ("category:basics".to_owned(), Scope::Category("basics".to_owned())),
        ("language:python".to_owned(), Scope::Language("python".to_owned())),
    ];
    for (points, (_, scope)) in (1..).zip(&scopes) {
        for window in Window::ALL {
            test.total(scope, &window.at(build::start()), learner, points, build::start()).await?;
        }
    }
    for (points, (name, _)) in (1_i64..).zip(&scopes) {
        for (window, dated) in
            [("all", "all"), ("day", "day-2026-11-21"), ("week", "week-2026-47"), ("month", "month-2026-11")]
        {
            let board = test.get(&format!("/v1/leaderboards/{name}?window={window}")).await;
            if name.starts_with("exercise:") && window != "all" {
                assert_eq!(board.problem(), (400, "window_invalid"), "{board:?}");
                assert!(board.json["detail"].as_str().is_some_and(|detail| detail.contains("`all`")));
                let around = format!("/v1/leaderboards/{name}/around/learner-1?window={window}");
                assert_eq!(test.get(&around).await.problem(), (400, "window_invalid"));
                continue;
            }
            let entry = &board.json["entries"][0];
            assert_eq!((&board.json["scope"], &board.json["window"]), (&json!(name), &json!(dated)));
            assert_eq!(
                (&entry["rank"], &entry["points"], &entry["handle"]),
                (&json!(1), &json!(points), &json!("learner-1"))
            );
            assert_eq!(entry["reached_at"], "2026-11-21T10:00:00Z");
        }
    }
    for unknown in ["exercise:none", "category:none", "language:none", "cohort:x", "nothing", "global:x", ""]
    {
        let answer = test.get(&format!("/v1/leaderboards/{unknown}")).await;
        assert!(
            matches!(answer.problem(), (404, "board_unknown" | "route_unknown")),
            "{unknown}: {answer:?}"
        );
    }
    Ok(())
}

#[tokio::test]
async fn the_erased_keep_their_points_and_nothing_else() -> anyhow::Result<()> {
    let test = TestApp::new().await?;
    let (learner, _) = test.register(1).await?;
    test.total(&Scope::Global, "all", learner, 10, build::start()).await?;
    test.erase(learner).await?;
    let board = test.get("/v1/leaderboards/global").await;
    assert_eq!(board.json["entries"][0]["handle"], Value::Null);
    assert_eq!(board.json["entries"][0]["points"], 10);
    let around = test.get("/v1/leaderboards/global/around/learner-1").await;
    assert_eq!(around.problem(), (404, "learner_not_found"));
    Ok(())
}

#[tokio::test]
async fn what_is_wrong_with_a_request_is_named() -> anyhow::Result<()> {
    let test = TestApp::new().await?;
    test.register(1).await?;
    let foreign = crate::cursor::encode("exercises", &"x");
    let impossible = crate::cursor::encode(CURSOR, &(-1, build::learner(1)));
    for (query, code) in [
        ("limit=0", "limit_invalid"),
        ("limit=201", "limit_invalid"),
        ("window=year", "window_invalid"),
        ("cursor=rubbish", "cursor_invalid"),
        (&format!("cursor={foreign}"), "cursor_invalid"),
        (&format!("cursor={impossible}"), "cursor_invalid"),
        ("position=7.1", "position_invalid"),
        ("position=", "position_invalid"),
    ] {
        let answer = test.get(&format!("/v1/leaderboards/global?{query}")).await;
        assert_eq!(answer.problem(), (400, code), "{query}");
    }
    let around = "/v1/leaderboards/global/around/learner-1";
    assert_eq!(test.get(&format!("{around}?radius=51")).await.problem(), (400, "radius_invalid"));
    assert_eq!(test.get(around).await.problem(), (404, "learner_not_ranked"));
    Ok(())
}

#[tokio::test]
async fn a_board_says_how_many_keys_are_parked() -> anyhow::Result<()> {
    let test = TestApp::new().await?;
    let (learner, _) = test.register(1).await?;
    test.total(&Scope::Global, "all", learner, 10, build::start()).await?;
    test.park("ledger", part_of(learner), learner.0).await?;
    let board = test.get("/v1/leaderboards/global").await;
    assert_eq!((board.status.as_u16(), &board.json["parked_keys"]), (200, &json!(1)));
    let around = test.get("/v1/leaderboards/global/around/learner-1").await;
    assert_eq!(around.problem(), (503, "parked"));
    Ok(())
}
