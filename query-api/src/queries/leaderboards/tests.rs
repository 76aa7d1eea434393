//! Planted boards, and the boards as they must be.

mod as_of;
mod now;

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
