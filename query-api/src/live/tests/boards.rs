//! Boards: what is told, and that it is what a read answers.

use super::*;
use events::Part;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;

/// What happens to a learner: points and when they were reached, or `None`: none any more.
type Change = (u32, Option<(i64, i64)>);

fn changes() -> impl Strategy<Value = Vec<Change>> {
    let points = proptest::option::weighted(0.8, (1_i64..6, 0_i64..3));
    proptest::collection::vec((0_u32..12, points), 1..4)
}

/// As projectors commit it: with its checkpoint.
async fn change(test: &TestApp, changes: &[Change], sequence: i64) -> anyhow::Result<()> {
    let mut transaction = test.pool.begin().await?;
    for (number, total) in changes {
        let statement = if total.is_some() {
            "INSERT INTO ledger_v2.board_totals
             VALUES ('global', 'all', $1, $2, $3, public.board_score($2, public.board_seconds($3)))
             ON CONFLICT (scope, window_at, learner_id) DO UPDATE SET
               points = excluded.points, reached_at = excluded.reached_at, score = excluded.score"
        } else {
            "DELETE FROM ledger_v2.board_totals WHERE learner_id = $1 AND $2 = $2::bigint AND $3 = $3::timestamptz"
        };
        let (points, seconds) = total.unwrap_or_default();
        sqlx::query(statement)
            .bind(build::learner(*number).0)
            .bind(points)
            .bind(build::start() + chrono::TimeDelta::seconds(seconds))
            .execute(&mut *transaction)
            .await?;
    }
    for statement in [
        "UPDATE checkpoints SET sequence = $1 WHERE part = '00'",
        "SELECT pg_notify('laurel_moved', '00.' || $1)",
    ] {
        sqlx::query(statement).bind(sequence).execute(&mut *transaction).await?;
    }
    transaction.commit().await?;
    Ok(())
}

async fn read(test: &TestApp, places: usize) -> Value {
    test.get(&format!("/v1/leaderboards/global?limit={places}")).await.json
}

#[tokio::test]
async fn who_applies_what_is_told_holds_what_a_read_answers() -> anyhow::Result<()> {
    let test = TestApp::new().await?;
    for number in 0..9 {
        test.name(number).await?;
    }
    let mut runner = TestRunner::deterministic();
    let mut watching = Vec::new();
    for places in [1, 4, 10] {
        watching.push((places, Watching::open(&test, &format!("board=global&limit={places}"), None).await?));
    }
    let mut wholes = 0;
    for sequence in 1..=25 {
        let changes = changes().new_tree(&mut runner).expect("changes").current();
        change(&test, &changes, sequence).await?;
        if sequence == 12 {
            // An account is erased; its points stay.
            sqlx::query("DELETE FROM learners_v1.learners WHERE learner_id = $1")
                .bind(build::learner(3).0)
                .execute(&test.pool)
                .await?;
            test.advance(Part::Identity, sequence, None).await?;
        }
        for (places, one) in &mut watching {
            let board = read(&test, *places).await;
            while one.board != board {
                wholes += usize::from(one.hear().await?.event == "board");
            }
        }
    }
    assert_eq!(wholes, 0, "after the first, changes are enough");
    Ok(())
}

#[tokio::test]
async fn many_changes_are_few_messages() -> anyhow::Result<()> {
    let test = TestApp::new().await?;
    let mut one = Watching::open(&test, "board=global", None).await?;
    let begun = std::time::Instant::now();
    for sequence in 1..=50_u32 {
        change(&test, &[(sequence % 12, Some((i64::from(sequence), 0)))], sequence.into()).await?;
    }
    let board = read(&test, 10).await;
    let messages = one.holds(&board).await?;
    let rounds = begun.elapsed().as_millis() / 100 + 1;
    assert!(messages as u128 <= rounds, "{messages} messages in {rounds} tenths of a second");
    Ok(())
}

/// One stays, so that the board's past is known.
#[tokio::test]
async fn who_comes_back_is_told_what_changed_or_all_of_it() -> anyhow::Result<()> {
    let test = TestApp::new().await?;
    let mut stays = Watching::open(&test, "board=global&limit=3", None).await?;
    let mut left: Vec<(String, Value)> = Vec::new();
    for sequence in 1..=6 {
        let number = u32::try_from(sequence)?;
        change(&test, &[(number, Some((sequence, 0))), (9, Some((7, 0)))], sequence).await?;
        stays.holds(&read(&test, 3).await).await?;
        left.push((stays.id.clone(), stays.board.clone()));
    }
    for (id, board) in left {
        let query = format!("board=global&limit=3&last_event_id={id}");
        let mut listener = Listener::open(&test, &query, None).await?;
        let first = listener.expect("board_changes").await?;
        assert_eq!(applied(board, &first.data), stays.board);
        assert_eq!(first.id, stays.id);
    }
    // Heard of another board, or of other places.
    for other in ["board=global&window=week&limit=3", "board=global&limit=2"] {
        Watching::open(&test, &format!("{other}&last_event_id={}", stays.id), None).await?;
    }
    Ok(())
}

#[tokio::test]
async fn a_board_is_told_when_it_changes_and_only_then() -> anyhow::Result<()> {
    let test = TestApp::new().await?;
    let (learner, _) = test.register(1).await?;
    let part = part_of(learner);
    let mut board = Watching::open(&test, "board=global&limit=1", None).await?;
    assert_eq!(board.board["entries"], json!([]));
    let mut other = Watching::open(&test, "board=global&limit=1", None).await?;
    for (sequence, points) in [(1, 10), (2, 10), (3, 30)] {
        test.total(&Scope::Global, "all", learner, points, build::start()).await?;
        test.advance(part, sequence, None).await?;
        if sequence == 2 {
            continue;
        }
        for listener in [&mut board, &mut other] {
            listener.hear().await?;
            assert_eq!(listener.points(), [points]);
        }
    }
    Ok(())
}

/// Otherwise a handful of strangers asking for different numbers of places could shut everybody else out.
#[tokio::test]
async fn a_board_is_one_board_however_many_places_are_wanted() -> anyhow::Result<()> {
    let test = TestApp::new().await?;
    let (first, _) = test.register(1).await?;
    let (second, _) = test.register(2).await?;
    test.total(&Scope::Global, "all", first, 30, build::start()).await?;
    test.total(&Scope::Global, "all", second, 10, build::start()).await?;
    let mut one = Watching::open(&test, "board=global&limit=1", None).await?;
    let mut two = Watching::open(&test, "board=global&limit=2", None).await?;
    assert_eq!(test.app.live.registry().boards.len(), 1);
    // The second place concerns only who asked for two, the first one both.
    for (sequence, learner, points) in [(1, second, 20), (2, first, 40)] {
        test.total(&Scope::Global, "all", learner, points, build::start()).await?;
        test.advance(part_of(learner), sequence, None).await?;
        two.hear().await?;
        assert_eq!(two.points(), [if sequence == 1 { 30 } else { 40 }, 20]);
    }
    one.hear().await?;
    assert_eq!(one.points(), [40], "the only news");
    assert_eq!(one.board["next_cursor"], read(&test, 1).await["next_cursor"]);
    Ok(())
}

#[tokio::test]
async fn the_board_of_a_new_day_is_told_at_midnight() -> anyhow::Result<()> {
    let test = TestApp::new().await?;
    let (learner, _) = test.register(1).await?;
    test.total(&Scope::Global, "day-2026-11-21", learner, 10, build::start()).await?;
    let mut board = Watching::open(&test, "board=global&window=day", None).await?;
    assert_eq!(board.points(), [10]);
    test.clock.set("2026-11-22T00:00:00Z".parse()?);
    let told = board.until("board", |_| true).await?;
    assert_eq!(told.data["board"]["window"], "day-2026-11-22");
    assert_eq!(told.data["board"]["entries"], json!([]));
    Ok(())
}
