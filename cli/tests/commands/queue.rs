//! What somebody sees who has to wait.

use crate::terminal::{PASSWORD, SLUG, Terminal, solution};
use cli::client::{Client, accepted};
use cli::stack::{Plan, Stack};
use reqwest::Method;
use serde_json::{Value, json};
use std::thread::available_parallelism;

#[tokio::test(flavor = "multi_thread")]
async fn who_has_to_wait_is_told_the_place() -> anyhow::Result<()> {
    let terminal = Terminal::new()?;
    let stack = Stack::start(Plan::private(&terminal.folder().join("laurel")), |_| {}).await?;
    stack.load_catalogue().await?;
    // Something slow for every slot there is, each of somebody else.
    let slow = json!({ "language": "python", "source": "import time\ntime.sleep(0.5)\n" });
    let mut ids = Vec::new();
    for number in 0..available_parallelism()?.get() {
        let mut other = Client::anonymous(&stack.address)?;
        let handle = format!("other-{number}");
        other.register(&handle, &format!("{handle}@example.org"), PASSWORD).await?;
        other.login(&handle, PASSWORD).await?;
        let path = format!("/v1/exercises/{SLUG}/submissions");
        let answer = other.send(Method::POST, &path, |request| request.json(&slow)).await?;
        let answer: Value = accepted(answer).await?.json().await?;
        ids.push((other, answer["submission_id"].as_str().unwrap_or_default().to_owned()));
    }
    terminal.register("grace", &stack.address).await?;
    let said = terminal.submit(&terminal.file("solution.py", &solution(true)?.0)?).await?;
    assert_eq!(said.code, 0, "{said:?}");
    assert!(said.out.contains("place ") && said.out.contains("among those that wait"), "{said:?}");
    for (mut other, id) in ids {
        let submission: Value = other.get(&format!("/v1/submissions/{id}")).await?.json().await?;
        assert!(submission.get("queue").is_none() || submission["status"] == "received", "{submission}");
    }
    stack.stop().await
}
