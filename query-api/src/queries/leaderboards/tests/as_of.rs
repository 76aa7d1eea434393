//! Boards as they stood, and those that stand still.

use super::*;

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

/// Who records facts does not have one clock: some bear an earlier time than one before them.
fn recorded_at(sequence: i64) -> DateTime<Utc> {
    build::start() - TimeDelta::days(10)
        + TimeDelta::minutes(
            sequence + [0, 3, -2, 5, 0, -4, 1][usize::try_from(sequence % 7).expect("small")],
        )
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

/// Has projectors derive what makes the past quick; how many snapshots there are then.
async fn derive_history(test: &TestApp, stretch: i64, changes_min: i64) -> anyhow::Result<i64> {
    let grain = projectors::boards::Grain { stretch, changes_min };
    let options = test.database.url().parse()?;
    let mut history = projectors::boards::History::open(&options, "ledger_v2", 2, grain).await?;
    while history.pass().await? {}
    Ok(sqlx::query_scalar("SELECT count(*) FROM board_snapshots").fetch_one(&test.pool).await?)
}

#[tokio::test]
async fn boards_of_the_past_are_exact_at_every_sequence_and_instant() -> anyhow::Result<()> {
    let test = TestApp::new().await?;
    read_everything(&test, 100).await?;
    test.publish(&events::exercise::Exercise {
        languages: ["c".to_owned()].into(),
        ..build::exercise("in-c")
    })
    .await?;
    let mut runner = TestRunner::deterministic();
    for case in 0..4 {
        let changes = changes().new_tree(&mut runner).expect("a case").current();
        plant_ledger(&test, &changes).await?;
        // From the sum of everything, and from snapshots, or with a tail that has none.
        let mut sequences = vec![0, 1, 5, 11, 20, 41];
        if case % 3 > 0 {
            read_everything(&test, if case % 3 == 1 { 100 } else { 16 }).await?;
            let made = derive_history(&test, 1 + case, 1 + case % 4).await?;
            assert!(made > 0 || changes.len() < 4, "no snapshot of {changes:?}");
            read_everything(&test, 100).await?;
            sequences = (0..=41).collect();
        }
        for sequence in sequences {
            let path = format!("/v1/leaderboards/global?as_of_seq={sequence}&limit=200");
            let board = get_from(&test, &path, "ledger").await?;
            let expected = model_as_of(&changes, sequence, |_| true);
            assert_eq!(entries(&[board.bytes]), expected, "case {case} at {sequence}: {changes:?}");
            assert_eq!(board.json["as_of_seq"], sequence);

            let then = recorded_at(sequence);
            let instant = then.format("%Y-%m-%dT%H:%M:%SZ");
            let path = format!("/v1/leaderboards/language:c?as_of={instant}&limit=200");
            let board = get_from(&test, &path, "ledger").await?;
            let old_enough = changes.iter().map(|change| change.4).filter(|at| recorded_at(*at) <= then);
            let cut = old_enough.max().unwrap_or(0);
            assert_eq!(board.json["as_of_seq"], cut, "case {case} at {instant}: {changes:?}");
            let expected = model_as_of(&changes, cut, |change| change.0 % 2 == 1);
            assert_eq!(entries(&[board.bytes]), expected, "case {case} at {instant}: {changes:?}");

            for window in [Window::Day, Window::Week] {
                let (name, day) = (window.name(), accepted_at(24).date_naive());
                let path =
                    format!("/v1/leaderboards/global?window={name}&at={day}&as_of_seq={sequence}&limit=200");
                let board = get_from(&test, &path, "ledger").await?;
                let dated = window.at(accepted_at(24));
                let expected =
                    model_as_of(&changes, sequence, |change| window.at(accepted_at(change.3)) == dated);
                assert_eq!(
                    entries(&[board.bytes]),
                    expected,
                    "case {case}, {dated} at {sequence}: {changes:?}"
                );
            }
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

/// Mended by a redrive, which writes what a fact of the past changed.
#[tokio::test]
async fn a_board_of_the_past_is_summed_up_anew_when_a_parked_fact_of_its_time_goes_on() -> anyhow::Result<()>
{
    let test = TestApp::new().await?;
    read_everything(&test, 100).await?;
    plant_ledger(&test, &[(1, 1, 10, 0, 5)]).await?;
    test.park("ledger", part_of(build::learner(2)), build::learner(2).0).await?;
    assert!(derive_history(&test, 4, 1).await? > 0);
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
