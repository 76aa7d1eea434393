//! Progress, achievements and exercise statistics: any facts, in any interleaving of partitions, cut into any batches, with
//! repeats, live or built, come to the same rows, and those to what a naive count gives.

use chrono::{DateTime, TimeDelta, Utc};
use events::exercise::Exercise;
use events::judgement::{JudgementEvent, SubmissionJudged, Verdict};
use events::rejudge::RejudgeEvent;
use events::submission::{SubmissionEvent, SubmissionReceived};
use events::{Event, Partition, Recorded};
use projectors::projection::Registered;
use projectors::projections::progress::Progress;
use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use sqlx::{Connection, PgConnection};
use std::collections::{BTreeMap, BTreeSet};
use testkit::build::{applied, exercise, judgement, learner, recorded, rejudge_set, rejudgement, submission};
use uuid::Uuid;

const LEARNERS: u32 = 5;
const TABLES: [&str; 6] =
    ["progress", "attempts", "standings", "achievements", "active_days", "exercise_outcomes"];
type Rows = BTreeMap<&'static str, Vec<String>>;

/// One submission and what comes of it.
#[derive(Debug, Clone)]
struct Told {
    learner: u32,
    exercise: usize,
    /// Since the one before.
    hours: u32,
    language: usize,
    verdict: usize,
    points: u32,
    /// How many submissions are handed in before the verdict.
    judged_after: usize,
    /// A set that is applied gives it another verdict.
    rejudged: Option<(usize, u32)>,
}

fn told() -> impl Strategy<Value = Vec<Told>> {
    let rejudged = prop::option::weighted(0.2, (0..4_usize, 0..40_u32));
    let one = (1..=LEARNERS, 0..4_usize, 0..30_u32, 0..3_usize, 0..4_usize, 0..40_u32, 0..4_usize, rejudged);
    let told =
        one.prop_map(|(learner, exercise, hours, language, verdict, points, judged_after, rejudged)| Told {
            learner,
            exercise,
            hours,
            language,
            verdict,
            points,
            judged_after,
            rejudged,
        });
    prop::collection::vec(told, 1..40)
}

fn exercises() -> Vec<Exercise> {
    let one = |(slug, category, points): (&str, &str, u32)| Exercise {
        category: category.to_owned(),
        points,
        ..exercise(slug)
    };
    [("one", "basics", 10), ("two", "basics", 30), ("three", "graphs", 30), ("four", "strings", 40)]
        .map(one)
        .to_vec()
}

fn result(judged: SubmissionJudged, verdict: usize, points: u32) -> SubmissionJudged {
    // Wrong answers may be worth something, judge errors never are.
    let verdicts = [Verdict::Accepted, Verdict::WrongAnswer, Verdict::Accepted, Verdict::JudgeError];
    let verdict = verdicts[verdict];
    let points = match verdict {
        Verdict::Accepted => judged.points_max,
        Verdict::WrongAnswer => points.min(judged.points_max),
        _ => 0,
    };
    SubmissionJudged { verdict, points, cpu_ms: points * 7 % 50, ..judged }
}

/// The story as the log would hold it.
fn log(told: &[Told]) -> Vec<Recorded> {
    let tasks = exercises();
    let mut log: Vec<Recorded> = Vec::new();
    let mut at = testkit::build::start();
    let mut due: Vec<(usize, SubmissionJudged)> = Vec::new();
    let mut last: Vec<(u32, SubmissionJudged)> = Vec::new();
    let append = |log: &mut Vec<Recorded>, at: DateTime<Utc>, event: Event| {
        let sequence = u32::try_from(log.len()).expect("short") + 1;
        log.push(Recorded { time: at, ..recorded(sequence, event) });
    };
    for (index, one) in told.iter().enumerate() {
        at += TimeDelta::hours(i64::from(one.hours));
        let number = u32::try_from(index).expect("short") + 1;
        let received = SubmissionReceived {
            language: ["python", "rust", "go"][one.language].to_owned(),
            ..submission(number, learner(one.learner), &tasks[one.exercise])
        };
        append(&mut log, at, Event::Submission(SubmissionEvent::Received(received.clone())));
        let recorded = log.last().expect("it was appended");
        let place = Recorded {
            part: recorded.part,
            sequence: recorded.sequence,
            id: recorded.id,
            time: recorded.time,
            request_digest: None,
            traceparent: None,
            event: received,
        };
        due.push((
            index + one.judged_after,
            result(judgement(&place, Verdict::Accepted), one.verdict, one.points),
        ));
        if let Some((verdict, points)) = one.rejudged {
            let again = rejudgement(rejudge_set(number), &place, Verdict::Accepted);
            // Our own fault takes no verdict away.
            last.push((number, result(again, verdict % 3, points)));
        }
        for (_, judged) in due.extract_if(.., |(when, _)| *when <= index) {
            append(&mut log, at, Event::Judgement(JudgementEvent::SubmissionJudged(judged)));
        }
    }
    for (_, judged) in due {
        append(&mut log, at, Event::Judgement(JudgementEvent::SubmissionJudged(judged)));
    }
    for (number, again) in last {
        append(&mut log, at, Event::Judgement(JudgementEvent::SubmissionJudged(again.clone())));
        let ordered = applied(rejudge_set(number), 1_000 + u64::from(number), &[again]);
        append(&mut log, at, Event::Rejudge(RejudgeEvent::Applied(ordered)));
    }
    log
}

/// The same facts in another order between partitions, each partition's own order kept.
fn interleaved(log: &[Recorded], choices: &[prop::sample::Index]) -> Vec<Recorded> {
    let mut parts: BTreeMap<String, Vec<Recorded>> = BTreeMap::new();
    for event in log.iter().rev() {
        parts.entry(event.part.to_string()).or_default().push(event.clone());
    }
    let mut mixed = Vec::new();
    for choice in choices.iter().cycle() {
        parts.retain(|_, events| !events.is_empty());
        if parts.is_empty() {
            break;
        }
        let part = choice.index(parts.len());
        mixed.extend(parts.values_mut().nth(part).and_then(Vec::pop));
    }
    mixed
}

/// Folds in batches of these sizes; every third event comes once more with its batch.
async fn fold(db: &mut PgConnection, log: &[Recorded], sizes: &[usize], built: bool) -> anyhow::Result<Rows> {
    for table in TABLES {
        sqlx::query(sqlx::AssertSqlSafe(format!("DELETE FROM {table}"))).execute(&mut *db).await?;
    }
    let mut rows = Registered::of::<Progress>().make();
    if built {
        rows.start_empty();
    }
    let (mut rest, mut sizes) = (log, sizes.iter().cycle());
    while !rest.is_empty() {
        let size = sizes.next().copied().unwrap_or(1).clamp(1, rest.len());
        let (batch, later) = rest.split_at(size);
        rest = later;
        let repeats = batch.iter().filter(|event| event.sequence % 3 == 0);
        let events: Vec<&Recorded> = batch.iter().chain(repeats).collect();
        rows.load(db, &events).await?;
        for event in &events {
            rows.fold(event)?;
        }
        if built {
            rows.spill(db).await?;
        } else {
            rows.upsert(db).await?;
        }
        if !built && size % 2 == 0 {
            rows.forget(); // As another process would find it.
        }
    }
    if built {
        rows.settle(db).await?;
    }
    read(db).await
}

async fn read(db: &mut PgConnection) -> anyhow::Result<Rows> {
    let mut rows = Rows::new();
    for table in TABLES {
        let sql = format!("SELECT t::text FROM {table} AS t ORDER BY 1");
        rows.insert(table, sqlx::query_scalar(sqlx::AssertSqlSafe(sql)).fetch_all(&mut *db).await?);
    }
    Ok(rows)
}

/// A verdict with effect, as the naive count sees it.
type Effect = (i64, usize, u32, String, Verdict);

/// (learner, solved, points, submissions, accepted, languages, days in a row) by looking at every learner's effects at once.
fn naive(log: &[Recorded]) -> Vec<(Uuid, i32, i64, i32, i32, i32, i32)> {
    let mut days: BTreeMap<Uuid, i64> = BTreeMap::new();
    let mut effects: BTreeMap<Uuid, (Uuid, Uuid, Effect)> = BTreeMap::new();
    let day = |at: DateTime<Utc>| at.timestamp() / 86_400;
    for event in log {
        match &event.event {
            Event::Submission(SubmissionEvent::Received(fact)) => {
                days.insert(fact.submission_id.0, day(event.time));
            }
            Event::Judgement(JudgementEvent::SubmissionJudged(fact)) if fact.rejudge_set.is_none() => {
                let effect = (day(fact.accepted_at), 0, fact.points, fact.language.clone(), fact.verdict);
                effects.insert(fact.submission_id.0, (fact.learner_id.0, fact.exercise_id.0, effect));
            }
            Event::Rejudge(RejudgeEvent::Applied(fact)) => {
                for result in &fact.results {
                    let effect =
                        (day(result.accepted_at), 0, result.points, result.language.clone(), result.verdict);
                    effects.insert(result.submission_id.0, (fact.learner_id.0, result.exercise_id.0, effect));
                }
            }
            _ => {}
        }
    }
    let learners: BTreeSet<Uuid> = effects.values().map(|(learner, ..)| *learner).collect();
    let of = |learner: Uuid| {
        let mine: Vec<_> = effects
            .values()
            .filter(|(owner, _, effect)| *owner == learner && effect.4 != Verdict::JudgeError)
            .collect();
        let accepted: Vec<_> = mine.iter().filter(|(.., effect)| effect.4 == Verdict::Accepted).collect();
        let tried: BTreeSet<Uuid> = mine.iter().map(|(_, exercise, _)| *exercise).collect();
        let best = |exercise: &Uuid| {
            let all = mine.iter().filter(|(_, other, _)| other == exercise);
            i64::from(all.map(|(.., effect)| effect.2).max().unwrap_or_default())
        };
        let solved: BTreeSet<Uuid> = accepted.iter().map(|(_, exercise, _)| *exercise).collect();
        let languages: BTreeSet<&String> = accepted.iter().map(|(.., effect)| &effect.3).collect();
        let active: BTreeSet<i64> = accepted.iter().map(|(.., effect)| effect.0).collect();
        let run = |from: &i64| (0..1_000_i64).take_while(|more| active.contains(&(from + more))).count();
        let small = |number: usize| i32::try_from(number).expect("small");
        (
            learner,
            small(solved.len()),
            tried.iter().map(best).sum(),
            small(mine.len()),
            small(accepted.len()),
            small(languages.len()),
            small(active.iter().map(run).max().unwrap_or_default()),
        )
    };
    learners.into_iter().map(of).collect()
}

#[test]
fn any_order_of_partitions_and_any_batches_come_to_the_naive_count() -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let database = runtime.block_on(testkit::database())?;
    runtime.block_on(projectors::migrate(database.url()))?;
    let db = runtime.block_on(async {
        let mut db = PgConnection::connect(database.url()).await?;
        let path = format!("SET search_path TO {}", Registered::of::<Progress>().schema());
        sqlx::query(sqlx::AssertSqlSafe(path)).execute(&mut db).await?;
        anyhow::Ok(db)
    })?;
    let db = tokio::sync::Mutex::new(db);
    let choices = prop::collection::vec(any::<prop::sample::Index>(), 1..20);
    let sizes = prop::collection::vec(1..12_usize, 1..6);
    let mut runner = TestRunner::new(ProptestConfig::with_cases(12));
    runner.run(&(told(), choices, sizes), |(told, choices, sizes)| {
        let log = log(&told);
        let mixed = interleaved(&log, &choices);
        prop_assert_eq!(mixed.len(), log.len());
        let checked = runtime.block_on(async {
            let db = &mut *db.lock().await;
            // Judges that answer at once: nobody has another achievement for it.
            let quick: Vec<Told> = told.iter().map(|one| Told { judged_after: 0, ..one.clone() }).collect();
            fold(db, &self::log(&quick), &[3], false).await?;
            let earned_quickly = earned(db).await?;
            let one_by_one = fold(db, &log, &[1], false).await?;
            let earned = earned(db).await?;
            anyhow::ensure!(earned == earned_quickly, "{earned:?} by slow judges, {earned_quickly:?} by quick ones");
            let in_batches = fold(db, &mixed, &sizes, false).await?;
            let built = fold(db, &mixed, &sizes, true).await?;
            let standings: Vec<(Uuid, i32, i64, i32, i32, i32, i32)> = sqlx::query_as(
                "SELECT learner_id, solved, points, submissions, accepted, languages, streak_days
                 FROM standings ORDER BY learner_id",
            )
            .fetch_all(&mut *db)
            .await?;
            // What is kept per exercise and per learner is one and the same.
            let sums: (i64, i64, i64, i64) = sqlx::query_as(
                "SELECT (SELECT coalesce(sum(o.solved), 0) - coalesce((SELECT sum(s.solved) FROM standings s), 0)
                         FROM exercise_outcomes o),
                        (SELECT coalesce(sum(o.attempts), 0) - coalesce((SELECT sum(s.submissions) FROM standings s), 0)
                         FROM exercise_outcomes o),
                        (SELECT count(*) FROM progress WHERE (solved_at IS NULL) <> (attempts_to_solve IS NULL)),
                        (SELECT coalesce(sum(best_points), 0) - coalesce((SELECT sum(points)::bigint FROM standings), 0)
                         FROM progress)",
            )
            .fetch_one(&mut *db)
            .await?;
            anyhow::Ok((one_by_one, in_batches, built, standings, sums))
        });
        let (one_by_one, in_batches, built, standings, sums) =
            checked.map_err(|error| TestCaseError::fail(format!("{error:#}")))?;
        prop_assert_eq!(&in_batches, &one_by_one);
        prop_assert_eq!(&built, &one_by_one);
        prop_assert_eq!(standings, naive(&log));
        prop_assert_eq!(sums, (0, 0, 0, 0));
        Ok(())
    })?;
    Ok(())
}

/// Who has which achievement.
async fn earned(db: &mut PgConnection) -> anyhow::Result<Vec<(Uuid, String)>> {
    let sql = "SELECT learner_id, achievement FROM achievements ORDER BY 1, 2";
    Ok(sqlx::query_as(sql).fetch_all(db).await?)
}

/// A learner's unlocked achievements with the sequences of the facts that brought them.
async fn unlocked(db: &mut PgConnection) -> anyhow::Result<BTreeMap<String, i64>> {
    let rows: Vec<(String, i64)> =
        sqlx::query_as("SELECT achievement, unlocked_seq FROM achievements").fetch_all(db).await?;
    Ok(rows.into_iter().collect())
}

#[tokio::test]
async fn an_achievement_comes_with_its_fact_once_and_stays_when_the_points_go() -> anyhow::Result<()> {
    let database = testkit::database().await?;
    projectors::migrate(database.url()).await?;
    let mut db = PgConnection::connect(database.url()).await?;
    let path = format!("SET search_path TO {}", Registered::of::<Progress>().schema());
    sqlx::query(sqlx::AssertSqlSafe(path)).execute(&mut db).await?;
    let one = |exercise, hours, verdict, rejudged| Told {
        learner: 1,
        exercise,
        hours,
        language: exercise % 3,
        verdict,
        points: 0,
        judged_after: 0,
        rejudged,
    };
    // Three days in a row, three exercises in three languages and categories; then a set takes the first verdict away.
    let story =
        log(&[one(0, 0, 0, Some((1, 0))), one(2, 24, 0, None), one(3, 24, 1, None), one(3, 1, 0, None)]);
    let before = story.len() - 2;
    fold(&mut db, &story[..before], &[1], false).await?;
    let had = unlocked(&mut db).await?;
    let expected = [
        ("first-solve", 2),
        ("first-tries-1", 2),
        ("challenges-1", 4),
        ("languages-2", 4),
        ("categories-3", 8),
        ("streak-3", 8),
    ];
    assert_eq!(had, expected.map(|(id, sequence)| (id.to_owned(), sequence)).into());
    // `fold` begins anew: what was unlocked before is unlocked again at the same facts, and nothing twice.
    fold(&mut db, &story, &[1], false).await?;
    assert_eq!(unlocked(&mut db).await?, had);
    let standing: (i32, i64, i32, i32, i32) =
        sqlx::query_as("SELECT solved, points, first_tries, categories, streak_days FROM standings")
            .fetch_one(&mut db)
            .await?;
    assert_eq!(standing, (2, 70, 1, 2, 2), "progress is corrected");
    let partition = i16::from(Partition::of(learner(1).0).number());
    let outcomes: (i32, i32, i32, String) = sqlx::query_as(
        "SELECT tried, solved, failures, solved_in FROM exercise_outcomes WHERE exercise_id = $1 AND partition = $2",
    )
    .bind(exercises()[0].exercise_id.0)
    .bind(partition)
    .fetch_one(&mut db)
    .await?;
    assert_eq!(outcomes, (1, 0, 1, "{}".to_owned()), "and so are the exercise's statistics");
    Ok(())
}
