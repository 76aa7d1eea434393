//! PostgreSQL: rows through UNNEST with a checkpoint update in the transaction, and through COPY into a fresh table. The
//! statements are checked at run time only, because these tables exist nowhere else.

use super::LIMIT;
use crate::generator::per_second;
use crate::report::{Figure, Report};
use crate::servers::{self, Folder};
use chassis::clock::Clock;
use chassis::random;
use sqlx::postgres::{PgConnection, PgPoolCopyExt};
use sqlx::{Connection, PgPool};
use std::fmt::Write as _;
use std::time::Instant;
use uuid::Uuid;

/// Rows of a transaction, as many as a projector's full batch.
const BATCH: usize = 500;
const COPIED: usize = 2_000_000;

const TABLES: &str = "
    CREATE TABLE inserted (id uuid PRIMARY KEY, learner_id uuid, verdict text, points int, sequence bigint, at timestamptz);
    CREATE TABLE copied (LIKE inserted);
    CREATE TABLE checkpoint (name text PRIMARY KEY, sequence bigint NOT NULL);
    INSERT INTO checkpoint VALUES ('raw', 0);
";
const INSERT: &str = "
    INSERT INTO inserted
    SELECT id, learner_id, 'accepted', points, $4, now()
    FROM unnest($1::uuid[], $2::uuid[], $3::int[]) AS row (id, learner_id, points)
";
const ADVANCE: &str = "UPDATE checkpoint SET sequence = $1 WHERE name = 'raw' AND sequence = $2";

pub(super) async fn measure(folder: &Folder, report: &mut Report) -> anyhow::Result<()> {
    let server = servers::postgres(folder).await?;
    let pool = PgPool::connect(&server.url()).await?;
    sqlx::raw_sql(TABLES).execute(&pool).await?;
    let inserted = insert(&mut *pool.acquire().await?).await?;
    report.add(Figure::new(
        format!("raw UNNEST ({BATCH} rows and a checkpoint a transaction)"),
        inserted,
        "rows/s",
    ));
    let copied = copy(&pool).await?;
    report.add(Figure::new("raw COPY", copied, "rows/s"));
    Ok(())
}

async fn insert(connection: &mut PgConnection) -> anyhow::Result<f64> {
    let clock = Clock::system();
    let began = Instant::now();
    let mut sequence: i64 = 0;
    let mut rows = 0;
    while began.elapsed() < LIMIT {
        let ids: Vec<Uuid> = (0..BATCH).map(|_| random::uuid(&clock)).collect();
        let mut transaction = connection.begin().await?;
        sqlx::query(INSERT)
            .bind(&ids)
            .bind(&ids)
            .bind(vec![10_i32; BATCH])
            .bind(sequence)
            .execute(&mut *transaction)
            .await?;
        sqlx::query(ADVANCE).bind(sequence + 1).bind(sequence).execute(&mut *transaction).await?;
        transaction.commit().await?;
        sequence += 1;
        rows += BATCH;
    }
    Ok(per_second(rows, began.elapsed()))
}

async fn copy(pool: &PgPool) -> anyhow::Result<f64> {
    const CHUNK: usize = 20_000;
    let clock = Clock::system();
    let mut chunk = String::new();
    for row in 0..CHUNK {
        let id = random::uuid(&clock);
        writeln!(chunk, "{id}\t{id}\taccepted\t10\t{row}\t2026-11-21 10:00:00+00")?;
    }
    let began = Instant::now();
    let mut rows = 0;
    let mut copy = pool.copy_in_raw("COPY copied FROM STDIN").await?;
    while rows < COPIED && began.elapsed() < LIMIT {
        copy.send(chunk.as_bytes()).await?;
        rows += CHUNK;
    }
    copy.finish().await?;
    Ok(per_second(rows, began.elapsed()))
}
