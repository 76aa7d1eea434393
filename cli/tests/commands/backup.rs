//! `laurel backup` of a running system, and `laurel restore` to another broker.

use crate::terminal::{PASSWORD, SOON, Said, Terminal, solution};
use anyhow::Context;
use chassis::log::streams::{self, StreamPlan};
use chassis::log::{EventLog, LogConfig, Stream};
use cli::client::Client;
use cli::stack::{Plan, Stack};
use events::subject;
use local_servers::nats::{NatsConfig, accounts};
use std::collections::HashMap;
use std::fs;
use std::path::Path;
use testkit::TestFolder;

async fn laurel(terminal: &Terminal, url: &str, arguments: &[&str]) -> anyhow::Result<Said> {
    let mut job = terminal.command(arguments);
    job.env("LAUREL_NATS_URL", url);
    Said::of(tokio::time::timeout(SOON, job.output()).await.context("it does not end")??)
}

async fn last(url: String, stream: Stream) -> anyhow::Result<u64> {
    let log = EventLog::connect_unchecked(&LogConfig { url, process: accounts::OPERATOR }).await?;
    Ok(log.last_sequence(stream).await?)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_that_was_saved_comes_back_as_it_was() -> anyhow::Result<()> {
    let terminal = Terminal::new()?;
    let stack = Stack::start(Plan::private(&terminal.folder().join("laurel")), |_| {}).await?;
    stack.load_catalogue().await?;
    let mut ada = Client::anonymous(&stack.address)?;
    ada.register("ada", "ada@example.org", PASSWORD).await?;
    let file = terminal.file("solution.py", &solution(true)?.0)?;
    let login = ["login", "ada", "--server", &stack.address, "--password-stdin"];
    assert_eq!(terminal.laurel(&login).await?.code, 0);
    assert_eq!(terminal.submit(&file).await?.code, 0);

    let saved = TestFolder::new()?;
    let folder = saved.path().join("backup").display().to_string();
    let (from, sequences) = (stack.servers.nats_url(accounts::BACKUP), sequences(&stack).await?);
    let said = laurel(&terminal, &from, &["backup", &folder]).await?;
    assert!(said.code == 0 && said.out.contains("FACTS"), "{said:?}");
    let twice = laurel(&terminal, &from, &["backup", &folder]).await?;
    assert!(twice.code == 1 && twice.err.contains("holds a backup already"), "{twice:?}");

    assert!(!Path::new(&folder).join("KV_SESSIONS.tar.s2").exists(), "sessions were saved");
    let floor = taken_at_the_beginning(&folder)?;

    // With less room than there was.
    let users = accounts::users(|name| anyhow::Ok(format!("{name}-password")))?;
    let with_less = |config: &mut NatsConfig| {
        config.users = users;
        config.store_bytes_max = Some(512 << 20);
    };
    let other = testkit::nats_with(with_less).await?;
    let to = other.url(accounts::OPERATOR);
    let nothing = saved.path().join("nothing").display().to_string();
    let said = laurel(&terminal, &other.url(accounts::BACKUP), &["backup", &nothing]).await?;
    assert!(said.code == 1 && said.err.contains("this is no whole log: FACTS is missing"), "{said:?}");
    let said = laurel(&terminal, &to, &["restore", &nothing]).await?;
    assert!(said.code == 1 && said.err.contains("is this a backup?"), "{said:?}");
    damage(&Path::new(&folder).join("IDENTITY.tar.s2"))?;
    let said = laurel(&terminal, &to, &["restore", &folder]).await?;
    assert!(said.code == 1 && said.err.contains("IDENTITY.tar.s2 is damaged"), "{said:?}");
    damage(&Path::new(&folder).join("IDENTITY.tar.s2"))?;

    let said = laurel(&terminal, &to, &["restore", &folder]).await?;
    assert!(said.code == 0 && said.out.contains("erase them again"), "{said:?}");
    assert!(said.out.contains("FACTS has room for"), "{said:?}");
    assert_eq!(
        (last(to.clone(), Stream::Facts).await?, last(to.clone(), Stream::Identity).await?),
        sequences
    );
    assert_eq!(begins_behind(&to).await?, floor, "what was noted is not where the queue begins");

    // As it is when the first attempt died after FACTS.
    let log = operator(&to).await?;
    log.jetstream().delete_stream(subject::IDENTITY).await?;
    let facts = log.jetstream().get_stream(subject::FACTS).await?;
    facts.delete_consumer(subject::JUDGE_LIVE).await?;
    let said = laurel(&terminal, &to, &["restore", &folder]).await?;
    assert!(said.code == 0 && said.out.contains("FACTS was back already"), "{said:?}");
    assert_eq!(
        (last(to.clone(), Stream::Facts).await?, last(to.clone(), Stream::Identity).await?),
        sequences
    );
    // The set-up leaves the queue where it is.
    judge::ensure_consumer(log.jetstream()).await?;
    assert_eq!(begins_behind(&to).await?, floor);
    stack.stop().await
}

/// As after the volumes were lost, when a set-up was quicker than the restore.
#[tokio::test(flavor = "multi_thread")]
async fn an_empty_log_is_no_backup() -> anyhow::Result<()> {
    let terminal = Terminal::new()?;
    let nats = testkit::nats_with_accounts().await?;
    let log = operator(&nats.url(accounts::OPERATOR)).await?;
    let plan = StreamPlan {
        replicas: 1,
        facts_bytes_max: 1 << 26,
        identity_bytes_max: 1 << 26,
        metadata: HashMap::new(),
    };
    streams::set_up(log.jetstream(), &plan).await?;
    judge::ensure_consumer(log.jetstream()).await?;
    let folder = terminal.folder().join("backup").display().to_string();
    let said = laurel(&terminal, &nats.url(accounts::BACKUP), &["backup", &folder]).await?;
    assert!(said.code == 1 && said.err.contains("the log is empty"), "{said:?}");
    assert!(!Path::new(&folder).join("backup.json").exists());
    Ok(())
}

async fn operator(url: &str) -> anyhow::Result<EventLog> {
    Ok(EventLog::connect_unchecked(&LogConfig { url: url.to_owned(), process: accounts::OPERATOR }).await?)
}

/// Says in a backup that nothing was judged when it was begun: the verdict is as one that came while FACTS was saved. How
/// far the queue was by that.
fn taken_at_the_beginning(folder: &str) -> anyhow::Result<u64> {
    let path = Path::new(folder).join("backup.json");
    let mut backup: serde_json::Value = serde_json::from_slice(&fs::read(&path)?)?;
    let queues = backup["queues"].as_array_mut().context("queues")?;
    let live = queues.iter_mut().find(|queue| queue["name"] == subject::JUDGE_LIVE).context("no queue")?;
    anyhow::ensure!(live["floor"].as_u64() > Some(0), "it was judged: {live}");
    live["floor"] = 1.into();
    fs::write(&path, serde_json::to_vec(&backup)?)?;
    Ok(1)
}

/// Up to where the judges' queue counts as acknowledged, if the one submission is to be judged again.
async fn begins_behind(url: &str) -> anyhow::Result<u64> {
    let log = operator(url).await?;
    let facts = log.jetstream().get_stream(subject::FACTS).await?;
    let info = facts.consumer_info(subject::JUDGE_LIVE).await?;
    anyhow::ensure!(info.num_pending == 1, "the submission does not wait: {info:?}");
    Ok(info.ack_floor.stream_sequence)
}

async fn sequences(stack: &Stack) -> anyhow::Result<(u64, u64)> {
    let url = || stack.servers.nats_url(accounts::OPERATOR);
    Ok((last(url(), Stream::Facts).await?, last(url(), Stream::Identity).await?))
}

/// Turns one bit over; twice, and it is as it was.
fn damage(path: &Path) -> anyhow::Result<()> {
    let mut bytes = fs::read(path)?;
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    Ok(fs::write(path, bytes)?)
}
