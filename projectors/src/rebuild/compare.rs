//! Whether two schemas hold the same rows, and if not, the first row that tells them apart.

use super::worker::Finished;
use super::{LOOK_EVERY, shape};
use crate::boards::{Misplaced, Verified};
use crate::failure::Failure;
use crate::projection::Registered;
use crate::runner::{Runner, connect, version};
use chassis::log::Stream;
use futures_util::TryStreamExt;
use serde::Serialize;
use serde_json::{Map, Value, json};
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::time::Duration;
use tokio::time::Instant;

/// Characters shown of a long text: sealed sources are of no use to anybody here.
const SHOWN_MAX: usize = 200;

/// How long the live version may take to get where the built one is.
const LIVE_WITHIN: Duration = Duration::from_secs(30);

/// All Redis boards, as one place.
const BOARDS: &str = "redis";

/// A table (or board), and whether both sides hold the same of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Compared {
    pub place: String,
    pub rows_live: i64,
    pub rows_built: i64,
    pub identical: bool,
}

/// The first row, in the order of the tables' names and their keys, that is not the same on both sides. Of a row that both
/// have, only the columns that differ; of personal tables no values.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Difference {
    pub place: String,
    pub key: String,
    pub live: Option<Value>,
    pub built: Option<Value>,
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Comparison {
    pub places: Vec<Compared>,
    pub difference: Option<Difference>,
}

impl Difference {
    /// The digests differ, and no key tells why: rows that are there twice, say.
    fn somewhere_in(table: &str) -> Self {
        Self { place: table.to_owned(), key: String::new(), live: None, built: None }
    }
}

impl Comparison {
    /// What the Redis boards hold, beside the tables they are copies of: `live` is Redis, `built` is PostgreSQL.
    pub fn add_boards(&mut self, verified: Option<Verified>) {
        let is_there = verified.is_some();
        let Verified { places_redis, places_postgres, first } = verified.unwrap_or_default();
        // The numbers are of different moments.
        let identical = is_there && first.is_none();
        let score = |score: Option<i64>| score.map(|score| json!({ "score": score }));
        let difference = match first {
            Some(Misplaced { board, learner, redis, postgres }) => Difference {
                place: format!("{BOARDS} {board}"),
                key: learner,
                live: score(redis),
                built: score(postgres),
            },
            None => Difference::somewhere_in(BOARDS),
        };
        if !identical {
            self.difference.get_or_insert(difference);
        }
        let (rows_live, rows_built) = (places_redis, places_postgres);
        self.places.push(Compared { place: BOARDS.to_owned(), rows_live, rows_built, identical });
    }

    pub fn is_identical(&self) -> bool {
        self.difference.is_none() && self.places.iter().all(|place| place.identical)
    }
}

/// Per table: the number of rows, and the sum of their 64-bit hashes, which does not depend on their order. (The server's own
/// hash of a whole row: quick, and not against somebody who means to deceive, whom there is none between two builds.)
pub async fn digests(
    db: &mut PgConnection,
    target: &Registered,
    schema: &str,
) -> Result<BTreeMap<String, (i64, String)>, Failure> {
    let mut digests = BTreeMap::new();
    for table in shape::tables(db, schema).await? {
        let (rows, _) = compared_rows(db, target, schema, &table).await?;
        let sql =
            format!("SELECT count(*), coalesce(sum(hash_record_extended(r, 0)), 0)::text FROM {rows} AS r");
        let digest = sqlx::query_as(AssertSqlSafe(sql)).fetch_one(&mut *db).await?;
        digests.insert(table, digest);
    }
    Ok(digests)
}

/// What is compared of a table, for FROM: all of it (`true`), or without the columns that events' order of application is in.
async fn compared_rows(
    db: &mut PgConnection,
    target: &Registered,
    schema: &str,
    table: &str,
) -> Result<(String, bool), Failure> {
    let left_out = target.order_of_application.iter().filter(|(of, _)| *of == table);
    let left_out: Vec<String> = left_out.map(|(_, column)| (*column).to_owned()).collect();
    if left_out.is_empty() {
        return Ok((format!("{schema}.{table}"), true));
    }
    let columns: Vec<String> = sqlx::query_scalar!(
        r#"SELECT quote_ident(attname) AS "name!" FROM pg_attribute
           WHERE attrelid = to_regclass(format('%I.%I', $1::text, $2::text)) AND attnum > 0 AND NOT attisdropped
             AND attname <> ALL($3::text[]) ORDER BY attnum"#,
        schema,
        table,
        &left_out
    )
    .fetch_all(db)
    .await?;
    Ok((format!("(SELECT {} FROM {schema}.{table})", columns.join(", ")), false))
}

/// For a version that is live: the built tables beside the live ones at one position. The live ones are read from a
/// snapshot, so they go on being written. `None`: it is not live.
pub async fn with_live(
    runner: &Runner,
    stream: Stream,
    finished: &mut Finished,
) -> Result<Option<Comparison>, Failure> {
    let target = finished.member.registered;
    if !reaches(runner, &target, finished.sequence).await? {
        return Ok(None);
    }
    let mut db = connect(&runner.database).await?;
    let mut snapshot = db.begin_with("BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY").await?;
    for setting in ["idle_in_transaction_session_timeout = 0", "enable_seqscan = on", "work_mem = '64MB'"] {
        shape::execute(&mut snapshot, format!("SET LOCAL {setting}")).await?;
    }
    let Some(at) = live_sequence(&mut snapshot, &target).await? else { return Ok(None) };
    let live_schema = target.schema();
    let live = digests(&mut snapshot, &target, &live_schema).await?;
    finished.catch_up(&runner.log, stream, at).await?;
    let built = digests(&mut finished.db, &target, &finished.schema).await?;
    let mut comparison = Comparison::default();
    for (table, (rows_live, digest)) in live {
        let (rows_built, built_digest) = built.get(&table).cloned().unwrap_or_default();
        let identical = rows_live == rows_built && digest == built_digest;
        if !identical && comparison.difference.is_none() {
            let sides = (&mut *snapshot, live_schema.as_str(), &mut finished.db, finished.schema.as_str());
            let found = first_difference(sides, &table, &target).await?;
            comparison.difference = Some(found.unwrap_or_else(|| Difference::somewhere_in(&table)));
        }
        comparison.places.push(Compared { place: table, rows_live, rows_built, identical });
    }
    Ok(Some(comparison))
}

/// Waits until the live version is as far as the built one; `false` when there is none. Without it nothing can be compared,
/// and what was not compared must not pass for identical.
async fn reaches(runner: &Runner, target: &Registered, sequence: u64) -> Result<bool, Failure> {
    let deadline = Instant::now() + LIVE_WITHIN;
    loop {
        match live_sequence(&mut *runner.pool.acquire().await?, target).await? {
            None => return Ok(false),
            // It has not begun: there is nothing to differ from.
            Some(0) if sequence > 0 => return Ok(false),
            Some(at) if at >= sequence => return Ok(true),
            Some(at) if Instant::now() >= deadline => {
                return Err(Failure::Halt(format!(
                    "the live version stands at {at} and does not get to {sequence}"
                )));
            }
            Some(_) => tokio::time::sleep(LOOK_EVERY).await,
        }
    }
}

/// How far a version is that is live.
async fn live_sequence(db: &mut PgConnection, target: &Registered) -> Result<Option<u64>, Failure> {
    let at = sqlx::query_scalar!(
        "SELECT max(sequence) FROM checkpoints JOIN projections
           ON name = projection AND projections.version = checkpoints.version AND state = 'live'
         WHERE projection = $1 AND checkpoints.version = $2",
        target.name,
        version(target)
    );
    Ok(at.fetch_one(db).await?.and_then(|at| u64::try_from(at).ok()))
}

type Row = (String, Value);

/// Walks through both tables in the order of their key until one row differs.
async fn first_difference(
    (live, live_schema, built, built_schema): (&mut PgConnection, &str, &mut PgConnection, &str),
    table: &str,
    target: &Registered,
) -> Result<Option<Difference>, Failure> {
    let key = key_columns(live, live_schema, table).await?;
    let (live_rows, is_whole) = compared_rows(live, target, live_schema, table).await?;
    let (built_rows, _) = compared_rows(built, target, built_schema, table).await?;
    // Without the columns left out, what is left of a key may be of many rows.
    let key = if key.is_empty() || !is_whole {
        "r::text".to_owned()
    } else {
        let columns: Vec<String> = key.iter().map(|column| format!("r.{column}::text")).collect();
        format!("concat_ws(' ', {})", columns.join(", "))
    };
    let rows = |rows: &str| {
        format!("SELECT {key} AS key, to_jsonb(r) FROM {rows} AS r ORDER BY ({key}) COLLATE \"C\"")
    };
    let mut live = sqlx::query_as::<_, Row>(AssertSqlSafe(rows(&live_rows))).fetch(live);
    let mut built = sqlx::query_as::<_, Row>(AssertSqlSafe(rows(&built_rows))).fetch(built);
    loop {
        let (left, right) = (live.try_next().await?, built.try_next().await?);
        let order = match (&left, &right) {
            (None, None) => return Ok(None),
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (Some(left), Some(right)) => left.0.as_bytes().cmp(right.0.as_bytes()),
        };
        let (left, right) = match order {
            Ordering::Less => (left, None),
            Ordering::Greater => (None, right),
            Ordering::Equal if left == right => continue,
            Ordering::Equal => (left, right),
        };
        return Ok(Some(difference(table, left, right, target.is_personal())));
    }
}

fn difference(table: &str, live: Option<Row>, built: Option<Row>, is_personal: bool) -> Difference {
    let key = live.as_ref().or(built.as_ref()).map(|(key, _)| key.clone()).unwrap_or_default();
    let fields = |row: Option<Row>| row.and_then(|(_, row)| row.as_object().cloned());
    let (live, built) = (fields(live), fields(built));
    let shown = |side: Option<&Map<String, Value>>, other: Option<&Map<String, Value>>| {
        let side =
            side?.iter().filter(|(name, value)| other.is_none_or(|other| other.get(*name) != Some(value)));
        let shown =
            side.map(|(name, value)| (name.clone(), if is_personal { Value::Null } else { shorten(value) }));
        Some(Value::Object(shown.collect()))
    };
    Difference {
        place: table.to_owned(),
        key,
        live: shown(live.as_ref(), built.as_ref()),
        built: shown(built.as_ref(), live.as_ref()),
    }
}

fn shorten(value: &Value) -> Value {
    match value {
        Value::String(text) if text.chars().count() > SHOWN_MAX => {
            Value::String(text.chars().take(SHOWN_MAX).chain(['…']).collect())
        }
        other => other.clone(),
    }
}

async fn key_columns(db: &mut PgConnection, schema: &str, table: &str) -> Result<Vec<String>, Failure> {
    let columns = sqlx::query_scalar!(
        r#"SELECT quote_ident(a.attname) AS "name!" FROM pg_index AS i
             CROSS JOIN LATERAL UNNEST(i.indkey::smallint[]) WITH ORDINALITY AS k (attnum, place)
             JOIN pg_attribute AS a ON a.attrelid = i.indrelid AND a.attnum = k.attnum
           WHERE i.indrelid = to_regclass(format('%I.%I', $1::text, $2::text)) AND i.indisprimary ORDER BY k.place"#,
        schema,
        table
    );
    Ok(columns.fetch_all(db).await?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn only_what_differs_is_shown_and_nothing_of_persons() {
        let row = |points: i64| ("a 1".to_owned(), json!({ "learner": "a", "points": points }));
        let found = difference("totals", Some(row(3)), Some(row(4)), false);
        assert_eq!((found.live, found.built), (Some(json!({"points": 3})), Some(json!({"points": 4}))));
        let found = difference("totals", None, Some(row(4)), true);
        assert_eq!((found.live, found.built), (None, Some(json!({"learner": null, "points": null}))));
        let long = ("a".to_owned(), json!({ "source": "x".repeat(1_000) }));
        let found = difference("submissions", Some(long), None, false);
        assert_eq!(
            found.live.and_then(|row| row["source"].as_str().map(|text| text.chars().count())),
            Some(201)
        );
    }
}
