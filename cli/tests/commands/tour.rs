//! The README's tour, and the ways it can go otherwise.

use crate::terminal::{PASSWORD, SLUG, SOON, Terminal, solution};
use anyhow::Context;
use cli::client::Client;
use cli::stack::{Plan, Stack};
use serde_json::Value;
use testkit::proxy::Proxy;
use tokio::io::{AsyncBufReadExt, BufReader};

async fn system(terminal: &Terminal) -> anyhow::Result<Stack> {
    let stack = Stack::start(Plan::private(&terminal.folder().join("laurel")), |_| {}).await?;
    stack.load_catalogue().await?;
    Ok(stack)
}

/// The tour of the README: register, submit, board; then the ways it can go otherwise, each with its exit code.
#[tokio::test(flavor = "multi_thread")]
async fn from_registering_to_the_board() -> anyhow::Result<()> {
    let terminal = Terminal::new()?;
    let stack = system(&terminal).await?;
    let (source, tests) = solution(true)?;
    let right = terminal.file("solution.py", &source)?;
    let said = terminal.submit(&right).await?;
    assert!(said.code == 1 && said.err.contains("laurel login"), "{said:?}");

    terminal.register("grace", &stack.address).await?;
    let said = terminal.submit(&right).await?;
    assert_eq!((said.code, said.err.as_str()), (0, ""), "{said:?}");
    assert_eq!(said.tests(), (1..=tests).collect::<Vec<_>>(), "{said:?}");
    assert!(said.out.contains("accepted: 10 of 10 points."), "{said:?}");
    terminal.board_begins(["1*", "grace", "10"]).await?;

    // Trying out leaves no trace; real judges answer.
    let right_path = right.display().to_string();
    let said = terminal.laurel(&["run", SLUG, &right_path]).await?;
    assert!(said.code == 0 && said.out.contains("sample") && said.out.contains("accepted"), "{said:?}");
    let echo = terminal.file("echo.py", "print(input()[::-1])\n")?.display().to_string();
    let input = terminal.file("input.txt", "drawer\n")?.display().to_string();
    let said = terminal.laurel(&["run", SLUG, &echo, "--input", &input]).await?;
    assert!(said.code == 0 && said.out.contains("| reward"), "{said:?}");
    let said = terminal.laurel(&["run", SLUG, &echo]).await?;
    assert!(said.code == 3 && said.out.contains("nothing was handed in"), "{said:?}");
    terminal.board_begins(["1*", "grace", "10"]).await?;

    // Another session, by e-mail address.
    let login = ["login", "grace@example.org", "--server", &stack.address, "--password-stdin"];
    let said = terminal.laurel(&login).await?;
    assert!(said.code == 0 && said.out.contains("as grace."), "{said:?}");
    let wrong = terminal.file("wrong.py", &solution(false)?.0)?;
    let said = terminal.submit(&wrong).await?;
    assert!(said.code == 3 && said.out.contains("wrong answer: 0 of 10 points."), "{said:?}");
    let unready = terminal.file("slow.py", "import time\ntime.sleep(0.5)\n")?.display().to_string();
    let said = terminal.laurel(&["submit", SLUG, &unready, "--wait-s", "0"]).await?;
    assert!(said.code == 4 && said.err.contains("No verdict"), "{said:?}");
    let said = terminal.laurel(&["submit", "no-such-exercise", &unready]).await?;
    assert!(said.code == 1 && said.err.contains("exercise_unknown"), "{said:?}");
    let said = terminal.laurel(&["submit", "--help"]).await?;
    assert!(said.out.contains("3  judged, but not accepted"), "{said:?}");

    // The judge has said by itself what it has.
    let mut anybody = Client::anonymous(&stack.address)?;
    testkit::eventually(SOON, async || {
        let said: Value = anybody.get("/v1/languages").await?.json().await?;
        let languages = said["languages"].as_array().cloned().unwrap_or_default();
        let python = languages.iter().find(|language| language["name"] == "python");
        let on = python.is_some_and(|python| python["on"] == true && python["versions"][0].is_string());
        anyhow::ensure!(on && said["judges"] == 1, "{said}");
        Ok(())
    })
    .await?;
    stack.stop().await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_test_is_shown_while_the_next_one_runs() -> anyhow::Result<()> {
    let terminal = Terminal::new()?;
    let stack = system(&terminal).await?;
    terminal.register("grace", &stack.address).await?;
    let slow = format!("import time\ntime.sleep(0.4)\n{}", solution(true)?.0);
    let slow = terminal.file("slow.py", &slow)?.display().to_string();
    let mut child = terminal.command(&["submit", SLUG, &slow]).spawn()?;
    let mut lines = BufReader::new(child.stdout.take().context("it has an output")?).lines();
    let first_test = async {
        while let Some(line) = lines.next_line().await? {
            if line.contains("test   1") {
                return Ok(());
            }
        }
        anyhow::bail!("no test was shown")
    };
    tokio::time::timeout(SOON, first_test).await??;
    let mut grace = Client::anonymous(&stack.address)?;
    grace.login("grace", PASSWORD).await?;
    let mine: Value = grace.get("/v1/me/submissions").await?.json().await?;
    assert_ne!(mine["submissions"][0]["status"], "judged", "{mine}");
    let end = tokio::time::timeout(SOON, child.wait()).await??;
    assert_eq!(end.code(), Some(0));
    stack.stop().await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broken_stream_costs_no_verdict_and_shows_no_test_twice() -> anyhow::Result<()> {
    let terminal = Terminal::new()?;
    let stack = system(&terminal).await?;
    let port = stack.address.rsplit(':').next().context("a port")?.parse()?;
    let proxy = Proxy::start(port).await?;
    terminal.register("grace", &proxy.instead_of(&stack.address)).await?;
    let (source, tests) = solution(true)?;
    let right = terminal.file("solution.py", &source)?;
    proxy.cut_next_server_reply_containing("\"ordinal\":3");
    let said = terminal.submit(&right).await?;
    assert_eq!((said.code, proxy.cuts()), (0, 1), "{said:?}");
    assert!(said.err.contains("broke off"), "{said:?}");
    assert_eq!(said.tests(), (1..=tests).collect::<Vec<_>>(), "{said:?}");
    assert!(said.out.contains("accepted: 10 of 10 points."), "{said:?}");
    stack.stop().await
}

#[tokio::test]
async fn the_program_says_its_name_and_what_it_expects() -> anyhow::Result<()> {
    let terminal = Terminal::new()?;
    let said = terminal.laurel(&["--version"]).await?;
    assert_eq!(said.out, concat!("laurel ", env!("CARGO_PKG_VERSION"), "\n"), "{said:?}");
    let said = terminal.laurel(&["admin", "grant", "--help"]).await?;
    assert!(said.out.contains("Who gets it"), "{said:?}");
    let said = terminal.laurel(&["admin", "grant", "grace", "--role", "queen"]).await?;
    assert!(said.code == 2 && said.err.contains("instructor, analyst"), "{said:?}");
    for server in ["localhost:8080", "127.0.0.1:8080", "laurel"] {
        let said = terminal.laurel(&["login", "grace", "--server", server, "--password-stdin"]).await?;
        assert!(said.code == 1 && said.err.contains("is no address of a server"), "{said:?}");
    }
    Ok(())
}
