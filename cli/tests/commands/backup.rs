//! `laurel backup` of a running system, and `laurel restore` to another broker.

use crate::terminal::{PASSWORD, SOON, Said, Terminal, solution};
use anyhow::Context;
use chassis::log::{EventLog, LogConfig, Stream};
use cli::client::Client;
use cli::stack::{Plan, Stack};
use local_servers::nats::accounts;
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

    let other = testkit::nats_with_accounts().await?;
    let to = other.url(accounts::OPERATOR);
    let nothing = saved.path().join("nothing").display().to_string();
    let said = laurel(&terminal, &to, &["restore", &nothing]).await?;
    assert!(said.code == 1 && said.err.contains("is this a backup?"), "{said:?}");
    damage(&Path::new(&folder).join("IDENTITY.tar.s2"))?;
    let said = laurel(&terminal, &to, &["restore", &folder]).await?;
    assert!(said.code == 1 && said.err.contains("IDENTITY.tar.s2 is damaged"), "{said:?}");
    damage(&Path::new(&folder).join("IDENTITY.tar.s2"))?;

    let said = laurel(&terminal, &to, &["restore", &folder]).await?;
    assert!(said.code == 0, "{said:?}");
    let back = (last(to.clone(), Stream::Facts).await?, last(to.clone(), Stream::Identity).await?);
    assert_eq!(back, sequences);
    let said = laurel(&terminal, &to, &["restore", &folder]).await?;
    assert!(said.code == 1 && said.err.contains("is there already"), "{said:?}");
    stack.stop().await
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
