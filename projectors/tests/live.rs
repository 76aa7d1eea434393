//! The live path against real servers: facts in, tables and boards out.

mod rig;

use anyhow::ensure;
use events::account::{AccountErased, AccountEvent};
use events::board::Scope;
use events::cohort::{Cohort, CohortEvent, CohortJoined, CohortLeft, CohortStatus, MembershipEvent};
use events::freeze::{BoardEvent, BoardFreeze};
use events::judgement::Verdict;
use events::rejudge::{RejudgeSetEvent, SetStatus};
use events::{CohortId, Event, LearnerId, Recorded};
use rig::{PATIENCE, Rig, apply, ask, set, start_over};
use testkit::build::{account, exercise, learner, rejudge_set, rejudgement};
use testkit::eventually;

const CLASS: CohortId = CohortId(uuid::Uuid::from_u128(900));

/// Somebody joined a cohort or left it.
fn came(learner_id: LearnerId, there: bool) -> Event {
    let cohort_id = CLASS;
    Event::Membership(if there {
        MembershipEvent::Joined(CohortJoined { cohort_id, learner_id, cohorts: vec![cohort_id] })
    } else {
        MembershipEvent::Left(CohortLeft { cohort_id, learner_id, by: learner_id, cohorts: Vec::new() })
    })
}

/// A short story with everything in it that a fold has to get right.
async fn tell(rig: &Rig) -> anyhow::Result<Vec<Recorded>> {
    let mut last = Vec::new();
    let (easy, hard) =
        (exercise("sum-of-two"), events::exercise::Exercise { points: 30, ..exercise("knapsack") });
    for number in 1..=3 {
        last.push(rig.register(account(number)).await?);
    }
    rig.publish(&easy).await?;
    rig.publish(&hard).await?;
    let wrong = rig.submit(learner(1), &easy).await?;
    rig.judge(&wrong, Verdict::WrongAnswer).await?;
    let class = Cohort {
        cohort_id: CLASS,
        name: "Programming 1".to_owned(),
        status: CohortStatus::Open,
        instructors: vec![learner(0)],
        invitation: None,
        invitation_expires_at: None,
        invitations: 0,
        changed_by: learner(0),
    };
    rig.append(Event::Cohort(CohortEvent::Created(class))).await?;
    rig.append(came(learner(1), true)).await?;
    rig.append(came(learner(2), true)).await?;
    rig.solve(learner(1), &easy).await?;
    rig.solve(learner(1), &hard).await?;
    // Judged in the other order than accepted, and once more with another outcome.
    let (first, second) = (rig.submit(learner(2), &hard).await?, rig.submit(learner(2), &hard).await?);
    rig.judge(&second, Verdict::Accepted).await?;
    rig.judge(&first, Verdict::Accepted).await?;
    rig.judge(&first, Verdict::WrongAnswer).await?;
    // A rejudge's result has no effect, and an applied one with the same verdict changes no points.
    let rejudge = rejudge_set(1);
    rig.append(Event::RejudgeSet(RejudgeSetEvent::Requested(set(rejudge, SetStatus::Requested)))).await?;
    rig.judged(rejudgement(rejudge, &wrong, Verdict::Accepted)).await?;
    let same = rejudgement(rejudge, &first, Verdict::Accepted);
    rig.append(ask(rejudge, &first)).await?;
    rig.judged(same.clone()).await?;
    last.push(rig.append(apply(rejudge, 30, &[same])).await?);
    rig.append(came(learner(2), false)).await?;
    let freeze = BoardFreeze { scope: Scope::Global, changed_by: learner(0) };
    last.push(rig.append(Event::Board(BoardEvent::Frozen(freeze))).await?);
    let platform_fault = rig.submit(learner(3), &easy).await?;
    last.push(rig.judge(&platform_fault, Verdict::JudgeError).await?);
    Ok(last)
}

#[tokio::test]
async fn facts_become_rows_and_boards() -> anyhow::Result<()> {
    let rig = Rig::new().await?;
    let process = rig.start().await?;
    let last = tell(&rig).await?;
    rig.all_passed(&last).await?;

    let expected = vec![(learner(1).to_string(), 40), (learner(2).to_string(), 30)];
    eventually(PATIENCE, async || {
        let board = rig.board().await?;
        ensure!(board == expected, "{board:?}");
        Ok(())
    })
    .await?;
    let totals: Vec<(String, i64)> = sqlx::query_as(
        "SELECT learner_id::text, points FROM board_totals WHERE scope = 'global' AND window_at = 'all'
         AND points > 0 ORDER BY points DESC",
    )
    .fetch_all(&rig.pool)
    .await?;
    assert_eq!(totals, expected);
    let verdicts: Vec<(String, i64)> =
        sqlx::query_as("SELECT verdict, count(*) FROM judgements GROUP BY verdict ORDER BY verdict")
            .fetch_all(&rig.pool)
            .await?;
    let expected =
        [("accepted", 4), ("judge_error", 1), ("wrong_answer", 1)].map(|(v, n)| (v.to_owned(), n)).to_vec();
    assert_eq!(verdicts, expected);
    let progress: Vec<(i32, i32, Option<i32>)> = sqlx::query_as(
        "SELECT attempts, best_points, attempts_to_solve FROM progress WHERE learner_id = $1
         ORDER BY best_points",
    )
    .bind(learner(1).0)
    .fetch_all(&rig.pool)
    .await?;
    assert_eq!(progress, [(2, 10, Some(2)), (1, 30, Some(1))]);
    assert_eq!(rig.count("SELECT count(*) FROM exercises_v1.exercises").await?, 2);
    assert_eq!(rig.count("SELECT count(*) FROM learners").await?, 3);
    let gaps =
        "SELECT count(*) FROM (SELECT no, row_number() OVER (PARTITION BY partition ORDER BY no) AS number
                FROM (SELECT partition, no FROM ledger UNION ALL SELECT partition, no FROM board_bests
                      UNION ALL SELECT partition, no FROM board_comings) AS changes) AS rows WHERE no <> number";
    assert_eq!(rig.count(gaps).await?, 0);
    process.stop().await
}

#[tokio::test]
async fn everything_read_again_gives_the_same_rows() -> anyhow::Result<()> {
    let rig = Rig::new().await?;
    let process = rig.start().await?;
    let last = tell(&rig).await?;
    rig.all_passed(&last).await?;
    process.stop().await?;
    let first = rig.rows().await?;
    assert!(first.values().all(|rows| !rows.is_empty()), "{first:?}");

    start_over(&rig.pool).await?;
    let process = rig.start().await?;
    rig.all_passed(&last).await?;
    process.stop().await?;
    assert_eq!(rig.rows().await?, first);

    // Read again over what is there already: no event has a second effect, save for the ledger's, whose rows' numbers and
    // sums stand for themselves.
    sqlx::query("UPDATE checkpoints SET sequence = 0, digest = ''").execute(&rig.pool).await?;
    let process = rig.start().await?;
    rig.all_passed(&last).await?;
    process.stop().await?;
    assert_eq!(rig.rows().await?, first);
    Ok(())
}

#[tokio::test]
async fn erasing_an_account_removes_its_row_and_frees_its_handle() -> anyhow::Result<()> {
    let rig = Rig::new().await?;
    let process = rig.start().await?;
    rig.register(account(1)).await?;
    rig.append(Event::Account(AccountEvent::Erased(AccountErased {
        learner_id: learner(1),
        claims: vec![],
    })))
    .await?;
    let mut heir = account(2);
    heir.handle = account(1).handle.to_uppercase();
    let last = rig.register(heir).await?;
    rig.passed(&last).await?;
    let handles: Vec<(String, String)> =
        sqlx::query_as("SELECT learner_id::text, handle_folded FROM learners").fetch_all(&rig.pool).await?;
    assert_eq!(handles, [(learner(2).to_string(), account(1).handle)]);
    process.stop().await
}
