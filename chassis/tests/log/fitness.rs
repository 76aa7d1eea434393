//! What is not fit to be trusted is refused, in words.

use crate::rig::{Rig, connect, fact, plan, rig, rig_with, set_up};
use async_nats::jetstream;
use async_nats::jetstream::stream::{Config, DiscardPolicy};
use chassis::log::streams::{self, CLAIM_KEY_KEY, FsyncRecord, StreamPlan};
use chassis::log::{AppendError, EventLog, LogConfig, LogError, Stream};
use local_servers::nats::NatsServer;
use std::collections::HashMap;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

fn unchecked(url: String) -> LogConfig {
    LogConfig { url, process: "operator" }
}

/// What the check says; fails when it says nothing.
async fn refusal(url: &str) -> anyhow::Result<String> {
    match EventLog::connect(&unchecked(url.to_owned())).await {
        Err(error @ LogError::Unfit(_)) => Ok(error.to_string()),
        Err(error) => anyhow::bail!("refused for another reason: {error}"),
        Ok(_) => anyhow::bail!("accepted"),
    }
}

#[tokio::test]
async fn a_full_stream_refuses_every_append_and_stays_readable() -> anyhow::Result<()> {
    let rig = rig_with(StreamPlan { facts_bytes_max: 32 << 10, ..plan(1) }).await?;
    let mut last = 0;
    let refused = loop {
        match rig.log.append(fact(last, 1)).await {
            Ok(appended) => last = u128::from(appended.sequence),
            Err(error) => break error,
        }
    };
    anyhow::ensure!(refused == AppendError::LogFull, "{refused:?}");
    let together = futures_util::future::join_all((0..40).map(|n| rig.log.append(fact(10_000 + n, 1)))).await;
    anyhow::ensure!(together.iter().all(|outcome| *outcome == Err(AppendError::LogFull)), "{together:?}");
    let conditional = rig.log.append_expecting(fact(20_000, 2), 0).await;
    anyhow::ensure!(conditional == Err(AppendError::LogFull), "{conditional:?}");
    let batch = rig.log.append_all_expecting(vec![(fact(20_001, 3), 0), (fact(20_002, 4), 0)]).await;
    anyhow::ensure!(batch == Err(AppendError::LogFull), "{batch:?}");
    anyhow::ensure!(rig.log.at(Stream::Facts, 1).await?.is_some());
    // Nothing was dropped to make room.
    anyhow::ensure!(u128::from(rig.log.last_sequence(Stream::Facts).await?) == last);
    Ok(())
}

#[tokio::test]
async fn a_stream_that_does_not_fit_is_refused_in_words_and_a_fitting_plan_is_found() -> anyhow::Result<()> {
    let server = testkit::nats_with(|config| config.store_bytes_max = Some(200 << 20)).await?;
    let jetstream = jetstream::new(async_nats::connect(server.url("")).await?);
    let monitors = [server.monitor_url()];
    let too_large = StreamPlan { facts_bytes_max: 1 << 30, identity_bytes_max: 1 << 30, ..plan(1) };
    let refused = streams::set_up(&jetstream, &too_large).await;
    let Err(LogError::Unfit(what)) = refused else { anyhow::bail!("{refused:?}") };
    anyhow::ensure!(what[0].contains("FACTS") && what[0].contains("`max_file_store`"), "{what:?}");

    let fitting = too_large.clone().fitting(&jetstream, &monitors).await?;
    let found = (fitting.facts_bytes_max, fitting.identity_bytes_max);
    anyhow::ensure!(found == ((200 << 20) / 100 * 70, (200 << 20) / 100 * 5), "{found:?}");
    streams::set_up(&jetstream, &fitting).await?;
    // The second time, what is there decides and not what is left.
    let again = too_large.fitting(&jetstream, &monitors).await?;
    anyhow::ensure!((again.facts_bytes_max, again.identity_bytes_max) == found, "{again:?}");
    streams::set_up(&jetstream, &again).await?;
    Ok(())
}

#[tokio::test]
async fn what_is_too_large_is_not_sent() -> anyhow::Result<()> {
    let Rig { log, server: _server } = rig().await?;
    let mut large = fact(1, 1);
    large.body = vec![b' '; 2 << 20];
    let refused = log.append(large).await;
    anyhow::ensure!(
        matches!(refused, Err(AppendError::TooLarge { bytes_max: 1_048_576, .. })),
        "{refused:?}"
    );
    let mut injected = fact(1, 1);
    injected.headers.push(("traceparent", "a\r\nNats-Rollup: all".to_owned()));
    let refused = log.append(injected).await;
    anyhow::ensure!(matches!(refused, Err(AppendError::Encode(_))), "{refused:?}");
    Ok(())
}

#[tokio::test]
async fn every_unsafe_setting_is_named_in_one_go() -> anyhow::Result<()> {
    let server = testkit::nats().await?;
    let nothing = refusal(&server.url("")).await?;
    anyhow::ensure!(
        nothing.contains("there is no stream FACTS") && nothing.contains("run the set-up"),
        "{nothing}"
    );

    set_up(&server.url(""), &plan(1), &[server.monitor_url()]).await?;
    connect(&server.url("")).await?;
    let log = EventLog::connect_unchecked(&unchecked(server.url(""))).await?;
    log.jetstream().delete_stream("FACTS").await?;
    let unsafe_config = Config {
        discard: DiscardPolicy::Old,
        max_age: Duration::from_hours(1),
        deny_delete: false,
        allow_atomic_publish: false,
        ..streams::facts(&plan(1))
    };
    log.jetstream().create_stream(unsafe_config).await?;
    let words = refusal(&server.url("")).await?;
    for change in
        ["set discard to new", "remove max_age", "set deny_delete to true", "set allow_atomic to true"]
    {
        anyhow::ensure!(
            words.contains(&format!("stream FACTS: {change}")),
            "{change} is missing in: {words}"
        );
    }
    Ok(())
}

#[tokio::test]
async fn another_number_of_partitions_is_refused() -> anyhow::Result<()> {
    let Rig { log, server } = rig().await?;
    let mut config = streams::facts(&plan(1));
    config.metadata.insert(streams::PARTITIONS_KEY.to_owned(), "32".to_owned());
    log.jetstream().update_stream(config).await?;
    let words = refusal(&server.url("")).await?;
    anyhow::ensure!(words.contains("32") && words.contains("built for 16"), "{words}");
    let again = streams::set_up(log.jetstream(), &plan(1)).await;
    anyhow::ensure!(again.is_err_and(|error| error.to_string().contains("cannot change")));
    Ok(())
}

#[tokio::test]
async fn a_server_that_does_not_fsync_is_refused() -> anyhow::Result<()> {
    let server = testkit::nats_with(|config| config.sync_always = false).await?;
    let log = EventLog::connect_unchecked(&unchecked(server.url(""))).await?;
    streams::set_up(log.jetstream(), &plan(1)).await?;
    let words = refusal(&server.url("")).await?;
    anyhow::ensure!(words.contains("sync_interval: always"), "{words}");
    let recorded = streams::record_fsync_check(log.jetstream(), &[server.monitor_url()]).await;
    let words = recorded.err().map(|error| error.to_string()).unwrap_or_default();
    anyhow::ensure!(words.contains("sync_interval: always"), "{words}");
    refusal(&server.url("")).await?;
    Ok(())
}

#[tokio::test]
async fn a_server_that_joined_after_the_check_is_refused() -> anyhow::Result<()> {
    let cluster = testkit::cluster(3).await?;
    let urls = cluster.urls("").join(",");
    let monitors: Vec<String> = cluster.servers().iter().map(NatsServer::monitor_url).collect();
    let set_up_two = async || set_up(&urls, &plan(3), &monitors[..2]).await;
    testkit::eventually(crate::rig::BOUND, set_up_two).await?;
    // A server that does not greet in time is left to whoever starts when it does.
    let refused = async || refusal(&cluster.server(0).url("")).await;
    let words = testkit::eventually(crate::rig::BOUND, refused).await?;
    anyhow::ensure!(words.contains("nats-server laurel-2 is not among those"), "{words}");
    set_up(&urls, &plan(3), &monitors).await?;
    connect(&cluster.server(0).url("")).await?;

    let too_few = async || set_up(&urls, &plan(1), &monitors).await;
    testkit::eventually(crate::rig::BOUND, too_few).await?;
    let words = testkit::eventually(crate::rig::BOUND, refused).await?;
    anyhow::ensure!(words.contains("set num_replicas to 3"), "{words}");
    Ok(())
}

/// A stub that greets like an old server, and answers what a client needs to believe it is connected.
#[tokio::test]
async fn an_old_server_is_refused() -> anyhow::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let port = listener.local_addr()?.port();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(greet_as_old(stream));
        }
    });
    let words = refusal(&format!("nats://127.0.0.1:{port}")).await?;
    anyhow::ensure!(words.contains("nats-server grandpa is 2.9.10") && words.contains("2.14.4"), "{words}");
    Ok(())
}

async fn greet_as_old(stream: TcpStream) -> anyhow::Result<()> {
    let (requests, mut replies) = stream.into_split();
    let info = r#"{"server_id":"NOLD","server_name":"grandpa","version":"2.9.10","host":"127.0.0.1","port":1,"proto":1,"go":"","headers":true,"max_payload":1048576,"jetstream":true}"#;
    replies.write_all(format!("INFO {info}\r\n").as_bytes()).await?;
    let mut lines = BufReader::new(requests).lines();
    while let Some(line) = lines.next_line().await? {
        if line.starts_with("PING") {
            replies.write_all(b"PONG\r\n").await?;
        }
    }
    Ok(())
}

#[tokio::test]
async fn setting_up_again_keeps_what_is_recorded() -> anyhow::Result<()> {
    let key = |value: &str| HashMap::from([(CLAIM_KEY_KEY.to_owned(), value.to_owned())]);
    let Rig { log, server } = rig_with(StreamPlan { metadata: key("aa"), ..plan(1) }).await?;
    log.append(fact(1, 1)).await?;
    streams::set_up(log.jetstream(), &plan(1)).await?;
    streams::set_up(log.jetstream(), &StreamPlan { facts_bytes_max: 300 << 20, ..plan(1) }).await?;
    connect(&server.url("")).await?;
    for stream in ["FACTS", "IDENTITY"] {
        let stream = log.jetstream().get_stream(stream).await?;
        let config = &stream.cached_info().config;
        let record = FsyncRecord::of(config).ok_or_else(|| anyhow::anyhow!("the record is gone"))?;
        anyhow::ensure!(record.servers.contains("laurel"));
    }
    log.check_claim_key("aa").await?;
    anyhow::ensure!(
        log.check_claim_key("bb").await.is_err_and(|error| error.to_string().contains("begun with aa"))
    );
    let other = streams::set_up(log.jetstream(), &StreamPlan { metadata: key("bb"), ..plan(1) }).await;
    anyhow::ensure!(other.is_err_and(|error| error.to_string().contains(CLAIM_KEY_KEY)));
    anyhow::ensure!(streams::record_claim_key(log.jetstream(), "bb").await.is_err());
    anyhow::ensure!(log.last_sequence(Stream::Facts).await? == 1);
    Ok(())
}
