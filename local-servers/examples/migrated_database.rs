//! For bin/prepare-sql: starts a throwaway PostgreSQL, applies the migrations in the folder that is the one argument,
//! prints the database's address, and ends when standard input does.

use local_servers::postgres::{PostgresConfig, PostgresServer};
use sqlx::migrate::Migrator;
use sqlx::{Connection, PgConnection};
use std::path::PathBuf;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let migrations = std::env::args_os().nth(1).map(PathBuf::from);
    let migrations = migrations.ok_or_else(|| anyhow::anyhow!("which folder holds the migrations?"))?;
    let config = PostgresConfig { throwaway: true, ..PostgresConfig::new(folder.path()) };
    let server = PostgresServer::start(config).await?;
    let mut connection = PgConnection::connect(&server.url()).await?;
    Migrator::new(migrations).await?.run(&mut connection).await?;
    // Statements name tables without their schema; of two versions of a projection the newer one counts.
    sqlx::raw_sql(
        "DO $$ BEGIN EXECUTE format('ALTER DATABASE laurel SET search_path = %s', (
             SELECT string_agg(quote_ident(nspname), ', ' ORDER BY nspname = 'public', length(nspname) DESC, nspname DESC)
             FROM pg_namespace WHERE nspname !~ '^(pg_|information_schema)')); END $$",
    )
    .execute(&mut connection)
    .await?;
    connection.close().await?;

    println!("{}", server.url());
    tokio::task::spawn_blocking(|| std::io::copy(&mut std::io::stdin(), &mut std::io::sink())).await??;
    Ok(())
}
