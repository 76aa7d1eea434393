use super::*;
use crate::cache::{Board, Slice};
use crate::testing::{Reply, TestApp, WITHIN, part_of};
use chrono::TimeDelta;
use events::Part;
use events::account::Role;
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
            let all = Totals { scope: "global", window_at: "all" }
                .slice(&mut connection, Ask::After { place: None, count: 100 })
                .await?;
            let past = past::PastBoard::new(all.places);
            assert_eq!(past.slice(ask), in_postgres, "{ask:?} of {totals:?}");
            let near = Ask::Around { learner_id: build::learner(number), radius: 2 };
            let in_postgres =
                Totals { scope: "global", window_at: "all" }.slice(&mut connection, near).await?;
            assert_eq!(past.slice(near), in_postgres, "{near:?} of {totals:?}");
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
            // Between equal points on an exercise its CPU time decides, which is what the score holds then.
            let time =
                if name.starts_with("exercise:") { Value::Null } else { json!("2026-11-21T10:00:00Z") };
            assert_eq!((&entry["reached_at"], entry["cpu_ms"].is_null()), (&time, !time.is_null()));
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

/// A row of the ledger: learner, submission, points, hours after the start it was accepted, sequence it was recorded at.
type Change = (u32, u32, i64, i64, i64);

fn changes() -> impl Strategy<Value = Vec<Change>> {
    // Each submission earns once and may lose all of it later.
    let change = (0_u32..5, 1_i64..4, 0_i64..60, 0_i64..20, proptest::option::of(1_i64..20));
    proptest::collection::vec(change, 1..25).prop_map(|steps| {
        let both = |(number, (learner, tens, hours, at, lost)): (u32, (u32, i64, i64, i64, Option<i64>))| {
            let earned = (learner, number, 10 * tens, hours, at + 1);
            [Some(earned), lost.map(|later| (learner, number, -10 * tens, hours, at + 1 + later))]
        };
        (0..).zip(steps).flat_map(both).flatten().collect()
    })
}

fn recorded_at(sequence: i64) -> DateTime<Utc> {
    build::start() - TimeDelta::days(10) + TimeDelta::minutes(sequence)
}

fn accepted_at(hours: i64) -> DateTime<Utc> {
    build::start() - TimeDelta::days(30) + TimeDelta::hours(hours)
}

async fn plant_ledger(test: &TestApp, changes: &[Change]) -> anyhow::Result<()> {
    sqlx::query("TRUNCATE ledger_v2.ledger").execute(&test.pool).await?;
    for (number, (learner, submission, points, hours, sequence)) in (1_i64..).zip(changes) {
        let language = if learner % 2 == 0 { "python" } else { "c" };
        sqlx::query(
            "INSERT INTO ledger_v2.ledger VALUES (0, $1, $2, $3, $4, 'basics', $5, $6, $7, 1, $8, $9)",
        )
        .bind(number)
        .bind(build::learner(*learner).0)
        .bind(Uuid::nil())
        .bind(Uuid::from_u128((*submission).into()))
        .bind(language)
        .bind(i32::try_from(*points)?)
        .bind(accepted_at(*hours))
        .bind(sequence)
        .bind(recorded_at(*sequence))
        .execute(&test.pool)
        .await?;
    }
    // Another past has another life.
    sqlx::query("UPDATE board_generations SET life = gen_random_uuid()").execute(&test.pool).await?;
    Ok(())
}

/// The board after the changes up to a sequence, as it must be.
fn model_as_of(
    changes: &[Change],
    sequence: i64,
    counts: impl Fn(&Change) -> bool,
) -> Vec<(u64, String, i64)> {
    let mut steps: std::collections::BTreeMap<(u32, u32), (i64, i64)> = std::collections::BTreeMap::new();
    for change in changes.iter().filter(|change| change.4 <= sequence && counts(change)) {
        let step = steps.entry((change.0, change.1)).or_insert((0, change.3));
        step.0 += change.2;
    }
    let mut totals: std::collections::BTreeMap<u32, (i64, i64)> = std::collections::BTreeMap::new();
    for ((learner, _), (points, hours)) in steps.into_iter().filter(|(_, (points, _))| *points > 0) {
        let total = totals.entry(learner).or_insert((0, hours));
        *total = (total.0 + points, total.1.max(hours));
    }
    let mut places: Vec<(i64, LearnerId)> = totals
        .into_iter()
        .map(|(learner, (points, hours))| {
            (score(points, accepted_at(hours)).expect("fits"), build::learner(learner))
        })
        .collect();
    places.sort_by_key(|(score, learner)| (Reverse(*score), *learner));
    let rank = |score: i64| 1 + places.iter().filter(|(other, _)| *other > score).count() as u64;
    places
        .iter()
        .map(|(score, id)| (rank(*score), id.to_string(), events::board::points_of(*score)))
        .collect()
}

async fn read_everything(test: &TestApp, sequence: i64) -> anyhow::Result<()> {
    for partition in events::Partition::all() {
        test.advance(Part::Facts(partition), sequence, None).await?;
    }
    Ok(())
}

#[tokio::test]
async fn boards_of_the_past_are_exact_at_every_sequence_and_instant() -> anyhow::Result<()> {
    let test = TestApp::new().await?;
    read_everything(&test, 100).await?;
    let mut runner = TestRunner::deterministic();
    for case in 0..4 {
        let changes = changes().new_tree(&mut runner).expect("a case").current();
        plant_ledger(&test, &changes).await?;
        for sequence in [0, 1, 5, 11, 20, 41] {
            let path = format!("/v1/leaderboards/global?as_of_seq={sequence}&limit=200");
            let board = get_from(&test, &path, "ledger").await?;
            let expected = model_as_of(&changes, sequence, |_| true);
            assert_eq!(entries(&[board.bytes]), expected, "case {case} at {sequence}: {changes:?}");
            assert_eq!(board.json["as_of_seq"], sequence);

            let instant = recorded_at(sequence).format("%Y-%m-%dT%H:%M:%SZ");
            let path = format!("/v1/leaderboards/language:c?as_of={instant}&limit=200");
            test.publish(&events::exercise::Exercise {
                languages: ["c".to_owned()].into(),
                ..build::exercise("in-c")
            })
            .await?;
            let board = get_from(&test, &path, "ledger").await?;
            let expected = model_as_of(&changes, sequence, |change| change.0 % 2 == 1);
            assert_eq!(entries(&[board.bytes]), expected, "case {case} at {instant}: {changes:?}");

            let day = accepted_at(24).date_naive();
            let path = format!("/v1/leaderboards/global?window=day&at={day}&as_of_seq={sequence}&limit=200");
            let board = get_from(&test, &path, "ledger").await?;
            let expected =
                model_as_of(&changes, sequence, |change| accepted_at(change.3).date_naive() == day);
            assert_eq!(entries(&[board.bytes]), expected, "case {case}, {day} at {sequence}: {changes:?}");
        }
    }
    let ahead = TestApp::waiting(std::time::Duration::from_millis(50)).await?;
    let answer = ahead.get("/v1/leaderboards/global?as_of_seq=101").await;
    assert_eq!(answer.problem(), (503, "not_caught_up"));
    Ok(())
}

#[tokio::test]
async fn a_window_of_the_past_comes_from_postgres_when_redis_let_go_of_it() -> anyhow::Result<()> {
    let test = TestApp::new().await?;
    let (learner, _) = test.register(1).await?;
    let then = build::start() - TimeDelta::days(40);
    test.total(&Scope::Global, &Window::Week.at(then), learner, 10, then).await?;
    test.total(&Scope::Global, &Window::Day.at(build::start() - TimeDelta::days(1)), learner, 20, then)
        .await?;
    test.fill_redis(1).await?;
    let path = format!("/v1/leaderboards/global?window=week&at={}", then.date_naive());
    let week = get_from(&test, &path, "postgres").await?;
    assert_eq!(
        (&week.json["window"], &week.json["entries"][0]["points"]),
        (&json!("week-2026-42"), &json!(10))
    );
    let yesterday = get_from(&test, "/v1/leaderboards/global?window=day&at=2026-11-20", "redis").await?;
    assert_eq!(yesterday.json["entries"][0]["points"], 20);
    for (query, code) in [
        ("at=2026-11-20", "at_invalid"),
        ("window=day&at=yesterday", "at_invalid"),
        ("as_of=yesterday", "as_of_invalid"),
        ("as_of=-9999-01-01T00:00:00Z", "as_of_invalid"),
        ("window=day&at=-262143-01-01&as_of_seq=1", "at_invalid"),
        ("window=week&at=%2B262142-12-31", "at_invalid"),
        ("as_of=2999-01-01T00:00:00Z", "as_of_invalid"),
        ("as_of_seq=-1", "as_of_invalid"),
        ("as_of_seq=1&as_of=2026-11-20T00:00:00Z", "as_of_invalid"),
        ("format=xml", "format_invalid"),
    ] {
        let answer = test.get(&format!("/v1/leaderboards/global?{query}")).await;
        assert_eq!(answer.problem(), (400, code), "{query}");
    }
    Ok(())
}

#[tokio::test]
async fn a_frozen_board_stands_still_for_others_and_moves_for_instructors() -> anyhow::Result<()> {
    let test = TestApp::new().await?;
    let (learner, _) = test.register(1).await?;
    test.register(2).await?;
    read_everything(&test, 100).await?;
    plant_ledger(&test, &[(1, 1, 10, 0, 5), (2, 2, 20, 0, 8)]).await?;
    test.total(&Scope::Global, "all", learner, 10, accepted_at(0)).await?;
    test.total(&Scope::Global, "all", build::learner(2), 20, accepted_at(0)).await?;
    sqlx::query("INSERT INTO freezes_v1.freezes VALUES ($1, 'global', 6, $2, $3)")
        .bind(Scope::Global.key())
        .bind(recorded_at(6))
        .bind(build::learner(9).0)
        .execute(&test.pool)
        .await?;
    let board = get_from(&test, "/v1/leaderboards/global", "ledger").await?;
    assert_eq!(entries(&[board.bytes]), [(1, learner.to_string(), 10)]);
    assert_eq!((&board.json["frozen_seq"], &board.json["as_of_seq"]), (&json!(6), &json!(6)));
    assert!(board.json["frozen_at"].is_string() && board.json.get("you").is_none());
    let late = test.get("/v1/leaderboards/global?as_of_seq=99").await;
    assert_eq!(late.json["as_of_seq"], 6, "asking for later shows no more");
    let early = test.get("/v1/leaderboards/global?as_of_seq=4").await;
    assert_eq!((&early.json["as_of_seq"], &early.json["entries"]), (&json!(4), &json!([])));

    let own = test.get_as(&test.token(learner, &[Role::Learner]), "/v1/leaderboards/global").await;
    assert_eq!((&own.json["entries"][0]["rank"], &own.json["you"]["rank"]), (&json!(1), &json!(2)));
    let near = "/v1/leaderboards/global/around/learner-2";
    let own = test.get_as(&test.token(build::learner(2), &[Role::Learner]), near).await;
    assert_eq!((&own.json["entries"], &own.json["you"]["rank"]), (&json!([]), &json!(1)), "{own:?}");
    assert_eq!(test.get(near).await.problem(), (404, "learner_not_ranked"));
    let instructor = test.token(build::learner(9), &[Role::Instructor]);
    let live = test.get_as(&instructor, "/v1/leaderboards/global").await;
    assert_eq!(live.texts("entries", "handle"), ["learner-2", "learner-1"]);
    assert!(live.json.get("frozen_at").is_none());
    Ok(())
}

#[tokio::test]
async fn a_cohorts_board_is_for_its_members_and_instructors() -> anyhow::Result<()> {
    use events::account::Role;
    let test = TestApp::new().await?;
    let (member, _) = test.register(1).await?;
    let (stranger, _) = test.register(2).await?;
    let (cohort, leader) = (Uuid::from_u128(900), build::learner(9));
    sqlx::query(
        "INSERT INTO cohorts_v1.cohorts VALUES ($1, 'Class', 'open', ARRAY[$2::text], NULL, now(), 1)",
    )
    .bind(cohort)
    .bind(leader.to_string())
    .execute(&test.pool)
    .await?;
    sqlx::query("INSERT INTO ledger_v2.board_members VALUES ($1, $3, 1, 5), ($2, $3, 0, 6)")
        .bind(member.0)
        .bind(stranger.0)
        .bind(cohort)
        .execute(&test.pool)
        .await?;
    test.total(&Scope::Cohort(cohort), "all", member, 30, build::start()).await?;
    let path = format!("/v1/leaderboards/cohort:{cohort}");
    for (token, seen) in [
        (test.token(member, &[Role::Learner]), true),
        (test.token(leader, &[Role::Instructor]), true),
        (test.token(stranger, &[Role::Admin]), true),
        (test.token(stranger, &[Role::Learner, Role::Instructor]), false),
    ] {
        let board = test.get_as(&token, &path).await;
        let outcome = if seen { (200, "") } else { (404, "board_unknown") };
        assert_eq!(board.problem(), outcome, "{board:?}");
        if seen {
            assert_eq!(board.texts("entries", "handle"), ["learner-1"]);
        }
    }
    assert_eq!(test.get(&path).await.problem(), (404, "board_unknown"));
    let other = format!("/v1/leaderboards/cohort:{}", Uuid::nil());
    assert_eq!(
        test.get_as(&test.token(leader, &[Role::Admin]), &other).await.problem(),
        (404, "board_unknown")
    );
    Ok(())
}

#[tokio::test]
async fn several_learners_have_ranks_and_percentiles_and_pages_are_tables_too() -> anyhow::Result<()> {
    let test = TestApp::new().await?;
    let reached = [30, 20, 20, 10, 5];
    for (number, points) in (0_u32..).zip(reached) {
        let learner = test.name(number).await?;
        test.total(&Scope::Global, "all", learner, points, build::start()).await?;
    }
    test.name(7).await?;
    test.fill_redis(1).await?;
    let path = "/v1/leaderboards/global/learners?handles=learner-7,learner-2,learner-0,learner-4,Learner-1";
    let in_redis = get_from(&test, path, "redis").await?.json;
    empty_redis(&test).await?;
    let in_postgres = get_from(&test, path, "postgres").await?.json;
    assert_eq!(in_redis, in_postgres);
    let found: Vec<(u64, f64)> = in_redis["entries"]
        .as_array()
        .expect("entries")
        .iter()
        .map(|entry| (entry["rank"].as_u64().unwrap_or(0), entry["percentile"].as_f64().unwrap_or(-1.0)))
        .collect();
    assert_eq!(found, [(1, 100.0), (2, 75.0), (2, 75.0), (5, 0.0)]);
    assert_eq!((&in_redis["size"], &in_redis["unranked"]), (&json!(5), &json!(["learner-7"])));
    for (query, problem) in [
        ("", (400, "handles_invalid")),
        ("?handles=", (400, "handles_invalid")),
        ("?handles=learner-1,,", (400, "handles_invalid")),
        ("?handles=nobody", (404, "learner_not_found")),
    ] {
        let answer = test.get(&format!("/v1/leaderboards/global/learners{query}")).await;
        assert_eq!(answer.problem(), problem, "{query}");
    }
    let table = test.get("/v1/leaderboards/global?format=csv&limit=1").await;
    let text = String::from_utf8(table.bytes.clone())?;
    let expected = format!("1,learner-0,{},30,2026-11-21T10:00:00Z,", build::learner(0));
    assert_eq!(
        text.lines().collect::<Vec<_>>(),
        ["rank,handle,learner_id,points,reached_at,cpu_ms", expected.as_str()]
    );
    assert!(!table.header("laurel-next-cursor").is_empty());
    Ok(())
}

/// Mended by a redrive, which writes what a fact of the past changed.
#[tokio::test]
async fn a_board_of_the_past_is_summed_up_anew_when_a_parked_fact_of_its_time_goes_on() -> anyhow::Result<()>
{
    let test = TestApp::new().await?;
    read_everything(&test, 100).await?;
    plant_ledger(&test, &[(1, 1, 10, 0, 5)]).await?;
    test.park("ledger", part_of(build::learner(2)), build::learner(2).0).await?;
    let path = "/v1/leaderboards/global?as_of_seq=9";
    let before = get_from(&test, path, "ledger").await?;
    assert_eq!(before.texts("entries", "learner_id"), [build::learner(1).to_string()]);
    sqlx::query(
        "WITH redriven AS (DELETE FROM parked)
         INSERT INTO ledger_v2.ledger SELECT partition, no + 1, $1, exercise_id, $1, category, language, 20, effective_at,
           effective_seq, 1, recorded_at FROM ledger_v2.ledger",
    )
    .bind(build::learner(2).0)
    .execute(&test.pool)
    .await?;
    let mended = get_from(&test, path, "ledger").await?;
    let ids = [2, 1].map(|number| build::learner(number).to_string());
    assert_eq!(mended.texts("entries", "learner_id"), ids);
    Ok(())
}

#[tokio::test]
async fn whoever_waits_for_a_board_of_the_past_leaves_the_others_their_connections() -> anyhow::Result<()> {
    let test = TestApp::new().await?;
    let (learner, _) = test.register(1).await?;
    read_everything(&test, 100).await?;
    plant_ledger(&test, &[(1, 1, 10, 0, 5)]).await?;
    test.total(&Scope::Global, "all", learner, 10, build::start()).await?;
    let mut lock = test.pool.begin().await?;
    sqlx::query("LOCK TABLE ledger_v2.ledger").execute(&mut *lock).await?;
    let asked: Vec<String> =
        (0..20).map(|number| format!("/v1/leaderboards/global?as_of_seq={}", 50 + number % 2)).collect();
    let waiting = futures_util::future::join_all(asked.iter().map(|path| test.get(path)));
    let other = async {
        testkit::eventually(WITHIN, async || {
            anyhow::ensure!(test.app.past_boards.turns.available_permits() == 0, "a turn is left");
            Ok(())
        })
        .await?;
        let refused = test.get("/v1/leaderboards/global?as_of_seq=60").await;
        let live = test.get("/v1/leaderboards/global").await;
        lock.commit().await?;
        anyhow::Ok((refused, live))
    };
    let (boards, other) = tokio::join!(waiting, other);
    let (refused, live) = other?;
    assert_eq!((refused.problem(), refused.header("retry-after")), ((503, "boards_busy"), "1"));
    assert_eq!(live.status, 200);
    for board in boards {
        assert_eq!(
            (board.status.as_u16(), &board.json["entries"][0]["points"]),
            (200, &json!(10)),
            "{board:?}"
        );
    }
    assert_eq!(test.get("/v1/leaderboards/global?as_of_seq=60").await.status, 200);
    Ok(())
}

#[tokio::test]
async fn parked_keys_are_the_ledgers_whichever_way_a_board_is_read() -> anyhow::Result<()> {
    let test = TestApp::new().await?;
    let (learner, _) = test.register(1).await?;
    test.total(&Scope::Global, "all", learner, 10, build::start()).await?;
    test.fill_redis(1).await?;
    test.park("exercises", part_of(learner), Uuid::from_u128(7)).await?;
    let ground = quick::read_ground(&test.app).await?;
    assert_eq!((ground.parked_keys, ground.is_any_parked), (0, true));
    let standings = get_from(&test, "/v1/leaderboards/global/learners?handles=learner-1", "redis").await?;
    assert_eq!(standings.json["parked_keys"], 0);
    Ok(())
}
