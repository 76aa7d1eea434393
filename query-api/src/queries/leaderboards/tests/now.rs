//! Boards as they stand now.

use super::*;

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

#[tokio::test]
async fn a_cohorts_board_is_for_its_members_and_instructors() -> anyhow::Result<()> {
    use events::account::Role;
    let test = TestApp::new().await?;
    let (member, _) = test.register(1).await?;
    let (stranger, _) = test.register(2).await?;
    let (cohort, leader) = (Uuid::from_u128(900), build::learner(9));
    sqlx::query(
        "INSERT INTO cohorts_v2.cohorts VALUES ($1, 'Class', 'open', ARRAY[$2::text], NULL, now(), 1)",
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
