//! The feed on a terminal and in a file.

use crate::terminal::{SOON, Terminal};
use cli::stack::{Plan, Stack, grant_role};
use events::account::Role;
use serde_json::Value;
use std::fs;
use testkit::proxy::Proxy;

fn sequences(text: &str) -> anyhow::Result<Vec<u64>> {
    let sequence = |line| -> anyhow::Result<u64> {
        let event: Value = serde_json::from_str(line)?;
        Ok(event["sequence"].as_u64().unwrap_or_default())
    };
    text.lines().map(sequence).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_feed_is_exported_through_breaks_and_gone_on_with() -> anyhow::Result<()> {
    let terminal = Terminal::new()?;
    let stack = Stack::start(Plan::private(&terminal.folder().join("laurel")), |_| {}).await?;
    stack.load_catalogue().await?;
    let port = stack.address.rsplit(':').next().unwrap_or_default().parse()?;
    let proxy = Proxy::start(port).await?;
    let address = proxy.instead_of(&stack.address);
    terminal.register("ada", &address).await?;
    let file = terminal.folder().join("events.ndjson");
    let path = file.display().to_string();
    let said = terminal.laurel(&["events", "export", &path]).await?;
    assert!(said.code == 1 && said.err.contains("not_allowed"), "{said:?}");

    grant_role(&stack.servers.nats_url("command-api"), &stack.secrets, "ada", Role::Analyst).await?;
    let said = terminal.laurel(&["login", "ada", "--server", &address, "--password-stdin"]).await?;
    assert_eq!(said.code, 0, "{said:?}");
    proxy.cut_next_server_reply_containing("\"sequence\":20,");
    let said = terminal.laurel(&["events", "export", &path]).await?;
    assert_eq!((said.code, proxy.cuts()), (0, 1), "{said:?}");
    assert!(said.out.contains("interrupted 1 times"), "{said:?}");
    let whole = fs::read_to_string(&file)?;
    let last = u64::try_from(whole.lines().count())?;
    assert_eq!(sequences(&whole)?, (1..=last).collect::<Vec<_>>());

    // A break in the middle of a line, and something new.
    fs::write(&file, &whole[..whole.len() / 2])?;
    terminal.register("grace", &stack.address).await?;
    let said = terminal.laurel(&["login", "ada", "--server", &address, "--password-stdin"]).await?;
    assert_eq!(said.code, 0, "{said:?}");
    testkit::eventually(SOON, async || {
        let said = terminal.laurel(&["events", "export", &path]).await?;
        anyhow::ensure!(said.code == 0, "{said:?}");
        let grown = fs::read_to_string(&file)?;
        anyhow::ensure!(grown.starts_with(&whole), "what was there is not what is there");
        anyhow::ensure!(sequences(&grown)? == (1..=last + 1).collect::<Vec<_>>(), "nothing new");
        Ok(())
    })
    .await?;

    let tail = ["events", "tail", "--after", "0", "--type", "learner_registered", "--limit", "2"];
    let said = terminal.laurel(&tail).await?;
    assert_eq!(said.out.matches("  learner_registered.v1  ").count(), 2, "{said:?}");
    let said = terminal.laurel(&["events", "tail", "--after", "3", "--limit", "1", "--json"]).await?;
    assert_eq!(sequences(&said.out)?, [4], "{said:?}");
    stack.stop().await
}
