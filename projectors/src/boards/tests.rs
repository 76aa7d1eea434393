//! Totals and Redis boards against a naive model in memory: any facts, in any batches, with repeats.

mod history;

use super::ledger::Feed;
use super::{Boards, Generation, Marks, SHARD, script};
use crate::metrics::Metrics;
use crate::projection::{AnyProjection, Registered};
use crate::projections::ledger::Ledger;
use crate::runner::{connect, set_search_path};
use chassis::clock::Clock;
use chassis::observe::Observatory;
use chrono::{DateTime, TimeDelta, Utc};
use events::board::{Scope, Window, score, score_by_cpu, sorted_set_key};
use events::cohort::{CohortJoined, CohortLeft, MembershipEvent};
use events::judgement::{JudgementEvent, Verdict};
use events::rejudge::RejudgeEvent;
use events::submission::SubmissionReceived;
use events::{CohortId, Event, Part, Partition, Recorded};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use sqlx::postgres::PgConnectOptions;
use sqlx::{Connection, PgConnection};
use std::collections::{BTreeMap, BTreeSet};
use std::str::FromStr;
use testkit::build;
use uuid::Uuid;

const LEARNERS: u32 = 4;
const SUBMISSIONS: u32 = 20;

#[derive(Debug, Clone)]
enum Fact {
    /// Submission, points, CPU time.
    Judged(u32, u32, u32),
    /// The same, and when it was ordered.
    Applied(u32, u32, u32, u64),
    /// Learner, cohort, whether joined or left.
    Came(u32, u32, bool),
}

fn facts() -> impl Strategy<Value = Vec<Fact>> {
    let points = || prop_oneof![Just(0_u32), Just(10), Just(20), Just(30)];
    let judged = (0..SUBMISSIONS, points(), 1..3_u32).prop_map(|(s, p, c)| Fact::Judged(s, p, c));
    let applied =
        (0..SUBMISSIONS, points(), 1..3_u32, 1..5_u64).prop_map(|(s, p, c, o)| Fact::Applied(s, p, c, o));
    let came = (0..LEARNERS, 0..2_u32, any::<bool>()).prop_map(|(l, c, there)| Fact::Came(l, c, there));
    prop::collection::vec(prop_oneof![6 => judged, 1 => applied, 2 => came], 1..50)
}

fn cohort(number: u32) -> CohortId {
    CohortId(Uuid::from_u128(u128::from(number) + 900))
}

/// What was handed in is given; which verdicts come, and in which order, is not.
fn submission(number: u32) -> Recorded<SubmissionReceived> {
    let mut exercise = build::exercise(["one", "two"][usize::from(number / LEARNERS % 2 == 1)]);
    exercise.points = 30;
    let learner = build::learner(number % LEARNERS);
    let mut received = build::submission(number, learner, &exercise);
    received.language = ["python", "c"][usize::from(number % 3 == 1)].to_owned();
    Recorded {
        part: Part::Facts(Partition::of(learner.0)),
        sequence: u64::from(number) + 1,
        id: events::EventId(received.submission_id.0),
        // Several at one instant, and over days that are in two weeks.
        time: build::start() + TimeDelta::hours(i64::from(number / 2) * 13),
        request_digest: None,
        traceparent: None,
        event: received,
    }
}

fn event(fact: &Fact) -> Event {
    let verdict = |number: u32, points: u32, cpu_ms: u32| {
        let mut judged = build::judgement(&submission(number), Verdict::WrongAnswer);
        (judged.points, judged.cpu_ms) = (points, cpu_ms);
        judged
    };
    match *fact {
        Fact::Judged(number, points, cpu_ms) => {
            Event::Judgement(JudgementEvent::SubmissionJudged(verdict(number, points, cpu_ms)))
        }
        Fact::Applied(number, points, cpu_ms, ordered_seq) => {
            let results = [verdict(number, points, cpu_ms)];
            let set = build::rejudge_set(u32::try_from(ordered_seq).expect("small"));
            Event::Rejudge(RejudgeEvent::Applied(build::applied(set, ordered_seq, &results)))
        }
        Fact::Came(learner, number, there) => {
            let (learner_id, cohort_id, cohorts) = (build::learner(learner), cohort(number), Vec::new());
            Event::Membership(if there {
                MembershipEvent::Joined(CohortJoined { cohort_id, learner_id, cohorts })
            } else {
                MembershipEvent::Left(CohortLeft { cohort_id, learner_id, by: learner_id, cohorts })
            })
        }
    }
}

fn record(facts: &[Fact]) -> Vec<Recorded> {
    let one = |(sequence, fact): (u64, &Fact)| {
        let event = event(fact);
        Recorded {
            part: Part::Facts(Partition::of(event.key())),
            sequence,
            id: events::EventId(Uuid::from_u128(u128::from(sequence))),
            time: build::start() + TimeDelta::seconds(i64::try_from(sequence).expect("small")),
            request_digest: None,
            traceparent: None,
            event,
        }
    };
    (1..).zip(facts).map(one).collect()
}

/// By scope, window and learner: points and score.
type Totals = BTreeMap<(String, String, Uuid), (i64, i64)>;

/// The same, by definition: nothing in here depends on the order of judgements.
fn model(facts: &[Fact]) -> Totals {
    // By submission: when it was ordered, points, CPU time.
    let mut verdicts: BTreeMap<u32, (u64, u32, u32)> = BTreeMap::new();
    let mut members: BTreeSet<(u32, u32)> = BTreeSet::new();
    for fact in facts {
        match *fact {
            Fact::Judged(number, points, cpu_ms) => {
                verdicts.entry(number).or_insert((0, points, cpu_ms));
            }
            Fact::Applied(number, points, cpu_ms, ordered_seq) => {
                let known = verdicts.entry(number).or_insert((ordered_seq, points, cpu_ms));
                if known.0 < ordered_seq {
                    *known = (ordered_seq, points, cpu_ms);
                }
            }
            Fact::Came(learner, cohort, true) => drop(members.insert((learner, cohort))),
            Fact::Came(learner, cohort, false) => drop(members.remove(&(learner, cohort))),
        }
    }
    let mut sums: BTreeMap<(String, String, Uuid), (i64, DateTime<Utc>)> = BTreeMap::new();
    let mut tops: BTreeMap<(Uuid, Uuid), i64> = BTreeMap::new();
    let mut bests: BTreeMap<(Uuid, Uuid), i64> = BTreeMap::new();
    for (number, (_, points, cpu_ms)) in &verdicts {
        let received = submission(*number);
        let fact = &received.event;
        let pair = (fact.exercise_id.0, fact.learner_id.0);
        let points = i64::from(*points);
        if points > 0 {
            let best = bests.entry(pair).or_default();
            *best = (*best).max(score_by_cpu(points, i64::from(*cpu_ms)).expect("fits"));
        }
        let top = tops.entry(pair).or_default();
        if points <= *top {
            continue;
        }
        let step = points - std::mem::replace(top, points);
        let mut scopes = vec![
            Scope::Global,
            Scope::Category(fact.category.clone()),
            Scope::Language(fact.language.clone()),
        ];
        let of_learner = members.iter().filter(|(learner, _)| build::learner(*learner) == fact.learner_id);
        scopes.extend(of_learner.map(|(_, number)| Scope::Cohort(cohort(*number).0)));
        for scope in scopes {
            for window in Window::ALL {
                let key = (scope.to_string(), window.at(received.time), fact.learner_id.0);
                let sum = sums.entry(key).or_insert((0, received.time));
                *sum = (sum.0 + step, sum.1.max(received.time));
            }
        }
    }
    let totals = sums
        .into_iter()
        .map(|(key, (points, reached_at))| (key, (points, score(points, reached_at).expect("fits"))));
    let exercises = bests.into_iter().map(|((exercise, learner), best)| {
        let scope = Scope::Exercise(events::ExerciseId(exercise)).to_string();
        ((scope, "all".to_owned(), learner), (events::board::points_of(best), best))
    });
    totals.chain(exercises).collect()
}

struct Bench {
    db: PgConnection,
    redis: redis::aio::MultiplexedConnection,
    feed: Feed,
    generation: Generation,
    known: Marks,
}

impl Bench {
    async fn start_over(&mut self) -> anyhow::Result<()> {
        sqlx::query(
            "TRUNCATE judged, ledger, board_bests, board_comings, board_members, ledger_heads, board_totals",
        )
        .execute(&mut self.db)
        .await?;
        let _: () = redis::cmd("FLUSHDB").query_async(&mut self.redis).await?;
        let key = events::board::checkpoint_key(SHARD, self.generation.number);
        let life = &self.generation.life;
        let _: () = redis::cmd("HSET").arg(key).arg("life").arg(life).query_async(&mut self.redis).await?;
        self.known.clear();
        Ok(())
    }

    /// Folds a batch the live way, perhaps twice, and lets Redis follow or not.
    async fn live(
        &mut self,
        ledger: &mut dyn AnyProjection,
        batch: &[&Recorded],
        repeats: bool,
        follows: bool,
    ) -> anyhow::Result<()> {
        for _ in 0..=usize::from(repeats) {
            ledger.load(&mut self.db, batch).await?;
            for event in batch {
                ledger.fold(event)?;
            }
            ledger.upsert(&mut self.db).await?;
        }
        if follows { self.follow().await } else { Ok(()) }
    }

    async fn follow(&mut self) -> anyhow::Result<()> {
        while let Some(step) = self.feed.step(&self.known, build::start()).await? {
            anyhow::ensure!(script::apply(&mut self.redis, &self.generation, &step).await?);
            self.known.extend(step.moves.iter().map(|step| (step.partition, step.to)));
        }
        Ok(())
    }

    async fn totals(&mut self) -> anyhow::Result<Totals> {
        let rows: Vec<(String, String, Uuid, i64, i64)> =
            sqlx::query_as("SELECT scope, window_at, learner_id, points, score FROM board_totals")
                .fetch_all(&mut self.db)
                .await?;
        Ok(rows
            .into_iter()
            .map(|(scope, at, learner, points, score)| ((scope, at, learner), (points, score)))
            .collect())
    }

    /// What Redis has on the boards that the model knows, or knew.
    async fn in_redis(&mut self) -> anyhow::Result<Totals> {
        let keys: Vec<String> = redis::cmd("KEYS").arg("lb:*").query_async(&mut self.redis).await?;
        let mut totals = Totals::new();
        let prefix = sorted_set_key(SHARD, self.generation.number, &Scope::Global, "");
        let prefix = prefix.trim_end_matches("global:").to_owned();
        for key in keys.iter().filter(|key| !key.ends_with("checkpoint")) {
            let (scope, at) = key[prefix.len()..].rsplit_once(':').expect("a board's key");
            let places: Vec<(String, String)> = redis::cmd("ZRANGE")
                .arg(key)
                .arg(0)
                .arg(-1)
                .arg("WITHSCORES")
                .query_async(&mut self.redis)
                .await?;
            for (learner, packed) in places {
                let score: i64 = packed.parse()?;
                let key = (scope.to_owned(), at.to_owned(), learner.parse()?);
                totals.insert(key, (events::board::points_of(score), score));
            }
        }
        Ok(totals)
    }
}

async fn all_rows(db: &mut PgConnection) -> anyhow::Result<BTreeMap<&'static str, Vec<String>>> {
    let mut rows = BTreeMap::new();
    for table in
        ["judged", "ledger", "board_bests", "board_comings", "board_members", "ledger_heads", "board_totals"]
    {
        let sql = format!("SELECT t::text FROM {table} AS t ORDER BY 1");
        rows.insert(table, sqlx::query_scalar(sqlx::AssertSqlSafe(sql)).fetch_all(&mut *db).await?);
    }
    Ok(rows)
}

#[tokio::test]
async fn any_facts_in_any_batches_give_the_boards_of_the_model() -> anyhow::Result<()> {
    let (database, server) = (testkit::database().await?, testkit::redis().await?);
    crate::migrate(database.url()).await?;
    let options = PgConnectOptions::from_str(database.url())?;
    let ledger = Registered::of::<Ledger>();
    let mut db = connect(&options).await?;
    set_search_path(&mut db, &[ledger.schema()]).await?;
    let mut feed = Feed::open(&options, &ledger.schema(), ledger.version).await?;
    let boards = Boards {
        redis: redis::Client::open(server.url())?,
        database: options,
        clock: Clock::held_at(build::start()),
        metrics: Metrics::declared(&Observatory::default()),
        woken: std::sync::Arc::default(),
        traced: crate::traces::Awaited::default(),
    };
    let generation = feed.generation().await?;
    let redis = boards.connect().await?;
    let mut bench = Bench { db, redis, feed, generation, known: Marks::new() };

    let cuts = prop::collection::vec((1..9_usize, any::<bool>(), any::<bool>()), 1..6);
    let mut runner = TestRunner::deterministic();
    for case in 0..20 {
        let (facts, cuts) = (facts(), &cuts).new_tree(&mut runner).expect("a case").current();
        let expected = model(&facts);
        let events = record(&facts);
        bench.start_over().await?;
        let mut live = ledger.make();
        let mut rest: Vec<&Recorded> = events.iter().collect();
        for (count, repeats, follows) in cuts.into_iter().cycle() {
            let batch: Vec<&Recorded> = rest.drain(..count.min(rest.len())).collect();
            if batch.is_empty() {
                break;
            }
            bench.live(live.as_mut(), &batch, repeats, follows).await?;
        }
        bench.follow().await?;
        assert_eq!(bench.totals().await?, expected, "case {case}: {facts:?}");
        assert_eq!(bench.in_redis().await?, expected, "Redis in case {case}: {facts:?}");
        let folded_live = all_rows(&mut bench.db).await?;

        // The same facts through a build, and a generation filled from what it built.
        bench.start_over().await?;
        let mut build = ledger.make();
        build.start_empty();
        let all: Vec<&Recorded> = events.iter().collect();
        build.load(&mut bench.db, &all).await?;
        for event in &events {
            build.fold(event)?;
        }
        build.spill(&mut bench.db).await?;
        build.settle(&mut bench.db).await?;
        assert_eq!(all_rows(&mut bench.db).await?, folded_live, "a build in case {case}: {facts:?}");
        let next = Generation { number: 2, life: "next".to_owned() };
        boards.fill_ahead(&ledger.schema(), 7, &next).await?;
        let first = std::mem::replace(&mut bench.generation, next);
        boards.keep_only(&[2]).await?;
        assert_eq!(bench.in_redis().await?, expected, "filled in case {case}");
        bench.generation = first;
    }
    Ok(())
}

/// Who is where is said by PostgreSQL's functions as by `events::board`.
#[tokio::test]
async fn windows_and_scores_are_the_same_in_sql() -> anyhow::Result<()> {
    let database = testkit::database().await?;
    crate::migrate(database.url()).await?;
    let mut db = PgConnection::connect(database.url()).await?;
    for text in [
        "2026-12-31T23:59:59.999Z",
        "2027-01-01T00:00:00Z",
        "2024-12-30T00:00:00.001Z",
        "2021-01-03T12:00:00Z",
    ] {
        let at: DateTime<Utc> = text.parse()?;
        let (windows, in_sql): (Vec<String>, i64) = sqlx::query_as(
            "SELECT public.board_windows($1), public.board_score(17, public.board_seconds($1))",
        )
        .bind(at)
        .fetch_one(&mut db)
        .await?;
        assert_eq!(windows, Window::ALL.map(|window| window.at(at)), "{text}");
        assert_eq!(in_sql, score(17, at)?, "{text}");
    }
    Ok(())
}
