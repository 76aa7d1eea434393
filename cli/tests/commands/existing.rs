//! `laurel up` on servers that exist already.

use crate::terminal::{SOON, Said, Terminal, address, solution};
use anyhow::Context;
use async_nats::jetstream;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use std::fs;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::process::Command;

/// An address where nothing is.
const NOWHERE: &str = "127.0.0.1:1";

/// `laurel up` on these servers, and on a free port.
fn up(terminal: &Terminal, nats: &str, monitor: &str, database: &str, redis: &str) -> Command {
    let mut command = terminal.command(&["up", "--port", "0"]);
    command
        .env("LAUREL_DATA", terminal.folder().join("data"))
        .env("LAUREL_NATS_URL", nats)
        .env("LAUREL_NATS_MONITOR_URLS", monitor)
        .env("LAUREL_DATABASE_URL", database)
        .env("LAUREL_REDIS_URL", redis);
    command
}

/// The same on a broker that is to be refused; the stores are not there, because nobody should need them.
async fn refused(terminal: &Terminal, nats: &str, monitor: &str) -> anyhow::Result<Said> {
    let (database, redis) = (format!("postgres://{NOWHERE}/laurel"), format!("redis://{NOWHERE}"));
    let child = up(terminal, nats, monitor, &database, &redis).spawn()?;
    Said::of(tokio::time::timeout(SOON, child.wait_with_output()).await.context("it does not end")??)
}

#[tokio::test(flavor = "multi_thread")]
async fn existing_servers_carry_a_submission_to_the_board() -> anyhow::Result<()> {
    let terminal = Terminal::new()?;
    // Less than private servers get: the streams are made as large as there is room.
    let small = testkit::nats_with(|config| config.store_bytes_max = Some(1 << 30));
    let (nats, database, redis) = tokio::try_join!(small, testkit::database(), testkit::redis())?;
    let mut child = up(&terminal, &nats.url(""), &nats.monitor_url(), database.url(), redis.url()).spawn()?;
    let address = tokio::time::timeout(SOON, address(&mut child)).await??;

    terminal.register("grace", &address).await?;
    let (source, tests) = solution(true)?;
    let said = terminal.submit(&terminal.file("solution.py", &source)?).await?;
    assert_eq!((said.code, said.tests().len()), (0, usize::try_from(tests)?), "{said:?}");
    terminal.board_begins(["1*", "grace", "10"]).await?;

    // It is in those servers and in no private ones.
    let mut made: Vec<_> = fs::read_dir(terminal.folder().join("data"))?
        .map(|entry| Ok(entry?.file_name().into_string().unwrap_or_default()))
        .collect::<std::io::Result<_>>()?;
    made.sort();
    assert_eq!(made, ["lock", "secrets"]);
    let log = jetstream::new(async_nats::connect(nats.url("")).await?);
    assert!(log.get_stream("FACTS").await?.cached_info().state.messages > 30);

    // Its end is not theirs.
    let process = Pid::from_raw(i32::try_from(child.id().context("it runs")?)?);
    kill(process, Signal::SIGTERM)?;
    let end = tokio::time::timeout(SOON, child.wait()).await??;
    assert!(end.success(), "{end}");
    log.get_stream("FACTS").await?;
    Ok(())
}

#[tokio::test]
async fn a_broker_that_does_not_fsync_is_refused_in_words() -> anyhow::Result<()> {
    let terminal = Terminal::new()?;
    let nats = testkit::nats_with(|config| config.sync_always = false).await?;
    let said = refused(&terminal, &nats.url(""), &nats.monitor_url()).await?;
    assert!(said.code == 1 && said.err.contains("set `sync_interval: always`"), "{said:?}");
    let log = jetstream::new(async_nats::connect(nats.url("")).await?);
    assert!(log.get_stream("FACTS").await.is_err(), "nothing is made on it");
    Ok(())
}

/// The monitoring endpoint is a stub, because a server this old cannot be installed beside the one that is needed.
#[tokio::test]
async fn an_old_broker_is_refused_in_words() -> anyhow::Result<()> {
    let terminal = Terminal::new()?;
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let monitor = format!("http://{}", listener.local_addr()?);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(answer_as_old(stream));
        }
    });
    let said = refused(&terminal, &format!("nats://{NOWHERE}"), &monitor).await?;
    assert!(said.code == 1 && said.err.contains("nats-server grandpa is 2.9.10: upgrade it"), "{said:?}");
    Ok(())
}

async fn answer_as_old(stream: TcpStream) -> anyhow::Result<()> {
    let mut stream = BufReader::new(stream);
    let mut line = String::new();
    while stream.read_line(&mut line).await? > 2 {
        line.clear();
    }
    // Serves as the answer to both questions.
    let body = r#"{"server_name":"grandpa","version":"2.9.10","config":{"sync_always":true}}"#;
    stream.write_all(format!("HTTP/1.0 200 OK\r\n\r\n{body}").as_bytes()).await?;
    stream.shutdown().await?;
    Ok(())
}

#[tokio::test]
async fn an_existing_broker_needs_its_monitoring_addresses() -> anyhow::Result<()> {
    let terminal = Terminal::new()?;
    let said = refused(&terminal, &format!("nats://{NOWHERE}"), "").await?;
    assert!(said.code == 1 && said.err.contains("LAUREL_NATS_MONITOR_URLS is not"), "{said:?}");
    Ok(())
}
