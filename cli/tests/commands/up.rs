//! `laurel up` on private servers.

use crate::terminal::Terminal;
use cli::stack::{Plan, Stack};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// What a second start would write anew: the servers' ports and configurations.
fn written(folder: &Path) -> anyhow::Result<BTreeMap<PathBuf, String>> {
    let mut found = BTreeMap::new();
    for server in ["nats", "postgres", "redis"] {
        for entry in fs::read_dir(folder.join(server))? {
            let path = entry?.path();
            if path.extension().is_some_and(|ending| ending == "port" || ending == "conf") {
                found.insert(path.clone(), fs::read_to_string(path)?);
            }
        }
    }
    Ok(found)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_up_on_the_same_folder_is_refused_and_changes_nothing() -> anyhow::Result<()> {
    let terminal = Terminal::new()?;
    let data = terminal.folder().join("laurel");
    let stack = Stack::start(Plan::private(&data), |_| {}).await?;
    let before = written(&data)?;
    assert!(before.len() >= 3, "{before:?}");
    let second = ["up", "--port", "0", "--data", &data.display().to_string()];
    let said = terminal.laurel(&second).await?;
    assert!(said.code == 1 && said.err.contains("Laurel already runs on this folder"), "{said:?}");
    assert_eq!(written(&data)?, before);
    stack.stop().await?;
    Stack::start(Plan::private(&data), |_| {}).await?.stop().await
}
