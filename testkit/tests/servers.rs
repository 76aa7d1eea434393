//! The testkit's own servers and proxy, against real ones.
#![allow(clippy::disallowed_methods)] // Below the log client there is no other way to publish.

use local_servers::nats::accounts;
use std::time::Duration;
use testkit::eventually;
use testkit::proxy::Proxy;

#[tokio::test]
async fn every_test_has_a_database_of_its_own() -> anyhow::Result<()> {
    let (first, second) = (testkit::database().await?, testkit::database().await?);
    assert_eq!(first.server().pid(), second.server().pid());
    sqlx::raw_sql("CREATE TABLE t ()").execute(&sqlx::PgPool::connect(first.url()).await?).await?;
    sqlx::raw_sql("CREATE TABLE t ()").execute(&sqlx::PgPool::connect(second.url()).await?).await?;
    Ok(())
}

#[tokio::test]
async fn every_test_has_a_redis_of_its_own() -> anyhow::Result<()> {
    let (first, second) = (testkit::redis().await?, testkit::redis().await?);
    let mut connection = redis::Client::open(first.url())?.get_multiplexed_async_connection().await?;
    redis::cmd("SET").arg("a").arg(1).exec_async(&mut connection).await?;
    let mut connection = redis::Client::open(second.url())?.get_multiplexed_async_connection().await?;
    let there: bool = redis::cmd("EXISTS").arg("a").query_async(&mut connection).await?;
    assert!(!there);
    Ok(())
}

#[tokio::test]
async fn the_accounts_can_log_in() -> anyhow::Result<()> {
    let server = testkit::nats_with_accounts().await?;
    for name in accounts::NAMES {
        let url: async_nats::ServerAddr = server.url(name).parse()?;
        let password = url.password().unwrap_or_default().to_owned();
        async_nats::ConnectOptions::with_user_and_password(name.to_owned(), password).connect(url).await?;
    }
    Ok(())
}

#[tokio::test]
async fn an_acknowledgement_can_be_lost_after_the_publish_arrived() -> anyhow::Result<()> {
    let server = testkit::nats().await?;
    let proxy = Proxy::start(server.port()).await?;
    let direct = async_nats::jetstream::new(async_nats::connect(server.url("")).await?);
    let config = async_nats::jetstream::stream::Config { name: "S".to_owned(), ..Default::default() };
    let mut stream = direct.create_stream(config).await?;

    let client = async_nats::connect(proxy.instead_of(&server.url(""))).await?;
    let jetstream = async_nats::jetstream::new(client);
    jetstream.publish("S", "first".into()).await?.await?;
    proxy.cut_next_server_reply_containing("\"stream\":\"S\"");
    let acknowledgement = jetstream.publish("S", "second".into()).await?;
    proxy.was_cut(1).await;
    let answer = tokio::time::timeout(Duration::from_millis(200), acknowledgement.into_future()).await;
    assert!(!matches!(answer, Ok(Ok(_))), "the acknowledgement came through");
    assert_eq!(stream.info().await?.state.messages, 2);

    eventually(Duration::from_secs(20), async || {
        Ok(jetstream.publish("S", "after reconnecting".into()).await?.await?)
    })
    .await?;
    Ok(())
}

#[tokio::test]
async fn what_is_held_arrives_after_release() -> anyhow::Result<()> {
    let server = testkit::redis().await?;
    let proxy = Proxy::start(server.server().port()).await?;
    let url = proxy.instead_of(server.url());
    let mut connection = redis::Client::open(url)?.get_multiplexed_async_connection().await?;
    proxy.hold();
    let mut other = connection.clone();
    let held = tokio::spawn(async move { redis::cmd("PING").query_async::<String>(&mut other).await });
    proxy.release();
    assert_eq!(held.await??, "PONG");
    proxy.refuse();
    assert!(redis::cmd("PING").query_async::<String>(&mut connection).await.is_err());
    Ok(())
}
