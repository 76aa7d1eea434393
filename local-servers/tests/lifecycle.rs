//! Each server against the real program: it starts, keeps its data through a kill, freezes, and leaves nothing behind.
#![allow(clippy::disallowed_methods)] // Below the log client there is no other way to publish.

use local_servers::ServerError;
use local_servers::nats::{Cluster, NatsConfig, NatsServer, User};
use local_servers::postgres::{PostgresConfig, PostgresServer};
use local_servers::redis::{RedisConfig, RedisServer};
use sqlx::Connection;
use std::path::Path;
use std::time::Duration;

fn is_running(pid: u32) -> bool {
    Path::new(&format!("/proc/{pid}")).exists()
}

fn throwaway_nats(folder: &Path) -> NatsConfig {
    NatsConfig { throwaway: true, ..NatsConfig::new(folder) }
}

/// The client ignores credentials in an address.
async fn log_in(server: &NatsServer) -> anyhow::Result<async_nats::Client> {
    let options = async_nats::ConnectOptions::with_user_and_password("me".to_owned(), "secret".to_owned());
    Ok(options.connect(server.url("me")).await?)
}

#[tokio::test]
async fn nats_keeps_what_it_acknowledged_through_a_kill() -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let user = User { name: "me".to_owned(), password: "secret".to_owned(), permissions: None };
    let server = NatsServer::start(NatsConfig { users: vec![user], ..throwaway_nats(folder.path()) }).await?;
    let jetstream = async_nats::jetstream::new(log_in(&server).await?);
    let config = async_nats::jetstream::stream::Config { name: "S".to_owned(), ..Default::default() };
    jetstream.create_stream(config).await?;
    jetstream.publish("S", "kept".into()).await?.await?;

    let before = server.pid();
    server.kill().await?;
    assert!(!is_running(before));
    server.restart().await?;

    let jetstream = async_nats::jetstream::new(log_in(&server).await?);
    let message = jetstream.get_stream("S").await?.get_raw_message(1).await?;
    assert_eq!(message.payload, "kept");
    assert!(async_nats::connect(server.url("nobody")).await.is_err(), "a stranger was let in");
    Ok(())
}

#[tokio::test]
async fn a_frozen_nats_answers_nothing_until_it_thaws() -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let server = NatsServer::start(throwaway_nats(folder.path())).await?;
    let client = async_nats::connect(server.url("")).await?;
    server.pause();
    assert!(tokio::time::timeout(Duration::from_millis(100), client.flush_and_ping()).await.is_err());
    server.resume();
    assert!(tokio::time::timeout(Duration::from_secs(20), client.flush_and_ping()).await.is_ok());
    Ok(())
}

trait FlushAndPing {
    async fn flush_and_ping(&self);
}

impl FlushAndPing for async_nats::Client {
    /// A request that nobody listens to is answered by the server itself.
    async fn flush_and_ping(&self) {
        let _no_responders = self.request("nobody.listens", "".into()).await;
    }
}

async fn publish(jetstream: &async_nats::jetstream::Context) -> anyhow::Result<()> {
    jetstream.publish("S", "kept".into()).await?.await?;
    Ok(())
}

#[tokio::test]
async fn a_cluster_survives_the_loss_of_one_server() -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let cluster = Cluster::start(3, throwaway_nats(folder.path())).await?;
    let client = async_nats::connect(cluster.urls("")).await?;
    let jetstream = async_nats::jetstream::new(client);
    let config =
        async_nats::jetstream::stream::Config { name: "S".to_owned(), num_replicas: 3, ..Default::default() };
    // On a busy machine a cluster that has just begun may take longer than a request waits; and the server that the client
    // talks to may hear of the new stream a moment later than its leader.
    let leader = tokio::time::timeout(Duration::from_mins(1), async {
        while jetstream.create_stream(config.clone()).await.is_err() {}
        while publish(&jetstream).await.is_err() {}
        loop {
            if let Ok(mut stream) = jetstream.get_stream("S").await
                && let Ok(info) = stream.info().await
                && let Some(leader) = info.cluster.as_ref().and_then(|cluster| cluster.leader.clone())
            {
                return leader;
            }
        }
    })
    .await?;
    let number: usize = leader.trim_start_matches("laurel-").parse()?;
    cluster.server(number).kill().await?;

    let survivor = async_nats::connect(cluster.server((number + 1) % 3).url("")).await?;
    let jetstream = async_nats::jetstream::new(survivor);
    let message = tokio::time::timeout(Duration::from_mins(1), async {
        loop {
            if let Ok(stream) = jetstream.get_stream("S").await
                && let Ok(message) = stream.get_raw_message(1).await
            {
                return message;
            }
        }
    })
    .await?;
    assert_eq!(message.payload, "kept");
    cluster.server(number).restart().await?;
    Ok(())
}

#[tokio::test]
async fn postgres_keeps_what_it_committed_through_a_kill() -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let server = PostgresServer::start(PostgresConfig::new(folder.path())).await?;
    let url = server.create_database("mine").await?;
    let pool = sqlx::PgPool::connect(&url).await?;
    sqlx::raw_sql("CREATE TABLE t (n int); INSERT INTO t VALUES (42)").execute(&pool).await?;
    server.kill().await?;
    server.restart().await?;
    let pool = sqlx::PgPool::connect(&url).await?;
    let kept: i32 = sqlx::query_scalar("SELECT n FROM t").fetch_one(&pool).await?;
    assert_eq!(kept, 42);

    pool.close().await;
    let copy = sqlx::PgPool::connect(&server.create_database_like("copy", "mine").await?).await?;
    let copied: i32 = sqlx::query_scalar("SELECT n FROM t").fetch_one(&copy).await?;
    assert_eq!(copied, 42);
    server.stop().await?;
    assert!(sqlx::PgConnection::connect(&url).await.is_err());
    Ok(())
}

#[tokio::test]
async fn postgres_lets_nobody_in_without_the_password() -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let config = PostgresConfig { throwaway: true, ..PostgresConfig::new(folder.path()) };
    let server = PostgresServer::start(config).await?;
    let stranger = format!("postgres://laurel:guess@127.0.0.1:{}/laurel?sslmode=disable", server.port());
    assert!(sqlx::PgConnection::connect(&stranger).await.is_err());
    sqlx::PgPool::connect(&server.url()).await?;
    Ok(())
}

#[tokio::test]
async fn a_frozen_postgres_answers_nothing_until_it_thaws() -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let config = PostgresConfig { throwaway: true, ..PostgresConfig::new(folder.path()) };
    let server = PostgresServer::start(config).await?;
    let pool = sqlx::PgPool::connect(&server.url()).await?;
    server.pause();
    let frozen = sqlx::query("SELECT 1").execute(&pool);
    assert!(tokio::time::timeout(Duration::from_millis(200), frozen).await.is_err());
    server.resume();
    sqlx::query("SELECT 1").execute(&pool).await?;
    Ok(())
}

#[tokio::test]
async fn redis_wants_its_password_and_starts_again() -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let server = RedisServer::start(RedisConfig::new(folder.path())).await?;
    let mut connection = redis::Client::open(server.url())?.get_multiplexed_async_connection().await?;
    redis::cmd("SET").arg("a").arg(1).exec_async(&mut connection).await?;
    server.stop().await?;
    server.restart().await?;
    let mut connection = redis::Client::open(server.url())?.get_multiplexed_async_connection().await?;
    let kept: i32 = redis::cmd("GET").arg("a").query_async(&mut connection).await?;
    assert_eq!(kept, 1);

    let stranger = redis::Client::open(format!("redis://127.0.0.1:{}", server.port()))?;
    let mut connection = stranger.get_multiplexed_async_connection().await?;
    assert!(redis::cmd("GET").arg("a").exec_async(&mut connection).await.is_err());
    Ok(())
}

#[tokio::test]
async fn the_last_handle_takes_the_server_with_it() -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let server = NatsServer::start(throwaway_nats(folder.path())).await?;
    let (pid, clone) = (server.pid(), server.clone());
    drop(server);
    assert!(is_running(pid));
    drop(clone);
    assert!(!is_running(pid));
    Ok(())
}

#[tokio::test]
async fn a_server_that_cannot_start_says_why() -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let mut config = throwaway_nats(folder.path());
    config.extra.insert("max_payload".to_owned(), serde_json::json!("nonsense"));
    let Err(error) = NatsServer::start(config).await else { anyhow::bail!("it started") };
    assert!(matches!(error, ServerError::Ended { .. }), "{error}");
    assert!(error.to_string().contains("nats-server.conf:"), "{error}");
    Ok(())
}
