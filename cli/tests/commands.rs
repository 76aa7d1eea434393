//! The `laurel` program itself, as somebody types it, against the whole system.

use anyhow::{Context, ensure};
use cli::client::Client;
use cli::stack::{Plan, Stack};
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};
use std::time::Duration;
use testkit::proxy::Proxy;
use testkit::{TestFolder, eventually};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::process::Command;

const PASSWORD: &str = "correct horse battery";
const SOON: Duration = Duration::from_secs(40);
const SLUG: &str = "museum-tickets";

/// A system, and a terminal whose user has files and a session of their own.
struct Terminal {
    folder: TestFolder,
    stack: Stack,
}

impl Terminal {
    async fn new() -> anyhow::Result<Self> {
        let folder = TestFolder::new()?;
        let stack = Stack::start(Plan::private(&folder.path().join("laurel")), |_| {}).await?;
        stack.load_catalogue().await?;
        Ok(Self { folder, stack })
    }

    fn file(&self, name: &str, text: &str) -> anyhow::Result<PathBuf> {
        let path = self.folder.path().join(name);
        fs::write(&path, text)?;
        Ok(path)
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_laurel"));
        command
            .args(arguments)
            .env_clear()
            .env("LAUREL_SESSION", self.folder.path().join("session.json"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        command
    }

    /// Runs a command to its end; the password is on its standard input.
    async fn laurel(&self, arguments: &[&str]) -> anyhow::Result<Said> {
        let mut child = self.command(arguments).spawn()?;
        let mut stdin = child.stdin.take().context("it has a standard input")?;
        // A command that asks for nothing may be gone before it is told.
        let _not_read = stdin.write_all(PASSWORD.as_bytes()).await;
        drop(stdin);
        let output = tokio::time::timeout(SOON, child.wait_with_output()).await;
        Said::of(output.with_context(|| format!("laurel {arguments:?} does not end"))??)
    }

    async fn submit(&self, file: &Path) -> anyhow::Result<Said> {
        self.laurel(&["submit", SLUG, &file.display().to_string()]).await
    }

    async fn register(&self, handle: &str, server: &str) -> anyhow::Result<()> {
        let email = format!("{handle}@example.org");
        let said = self
            .laurel(&["register", handle, "--email", &email, "--server", server, "--password-stdin"])
            .await?;
        ensure!(said.code == 0 && said.out.contains(&format!("Welcome, {handle}")), "{said:?}");
        Ok(())
    }
}

#[derive(Debug)]
struct Said {
    code: i32,
    out: String,
    err: String,
}

impl Said {
    fn of(output: Output) -> anyhow::Result<Self> {
        Ok(Self {
            code: output.status.code().context("it ended by a signal")?,
            out: String::from_utf8(output.stdout)?,
            err: String::from_utf8(output.stderr)?,
        })
    }

    /// The ordinals of the tests, in the order they were shown.
    fn tests(&self) -> Vec<u32> {
        let numbers = self.out.lines().filter_map(|line| line.trim_start().strip_prefix("test "));
        numbers.filter_map(|rest| rest.split_whitespace().next()?.parse().ok()).collect()
    }
}

/// A shipped solution of the exercise, and how many tests there are.
fn solution(accepted: bool) -> anyhow::Result<(String, u32)> {
    let file = exercises::load()?.into_iter().find(|file| file.slug == SLUG).context("the exercise")?;
    let tests = u32::try_from(file.package.tests.len())?;
    let solution = file.package.solutions.into_iter().find(|solution| solution.accepted == accepted);
    Ok((solution.context("a solution")?.source, tests))
}

/// The tour of the README: register, submit, board; then the ways it can go otherwise, each with its exit code.
#[tokio::test(flavor = "multi_thread")]
async fn from_registering_to_the_board() -> anyhow::Result<()> {
    let terminal = Terminal::new().await?;
    let (source, tests) = solution(true)?;
    let right = terminal.file("solution.py", &source)?;
    let said = terminal.submit(&right).await?;
    assert!(said.code == 1 && said.err.contains("laurel login"), "{said:?}");

    terminal.register("grace", &terminal.stack.address).await?;
    let said = terminal.submit(&right).await?;
    assert_eq!((said.code, said.err.as_str()), (0, ""), "{said:?}");
    assert_eq!(said.tests(), (1..=tests).collect::<Vec<_>>(), "{said:?}");
    assert!(said.out.contains("accepted: 10 of 10 points."), "{said:?}");
    // Boards follow a verdict by some milliseconds.
    eventually(SOON, async || {
        let said = terminal.laurel(&["board"]).await?;
        let line = said.out.lines().nth(1).unwrap_or_default();
        let columns: Vec<&str> = line.split_whitespace().take(3).collect();
        ensure!(columns == ["1*", "grace", "10"], "{said:?}");
        Ok(())
    })
    .await?;

    // Another session, by e-mail address.
    let login = ["login", "grace@example.org", "--server", &terminal.stack.address, "--password-stdin"];
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
    terminal.stack.stop().await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_test_is_shown_while_the_next_one_runs() -> anyhow::Result<()> {
    let terminal = Terminal::new().await?;
    terminal.register("grace", &terminal.stack.address).await?;
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
    let mut grace = Client::anonymous(&terminal.stack.address)?;
    grace.login("grace", PASSWORD).await?;
    let mine: Value = grace.get("/v1/me/submissions").await?.json().await?;
    assert_ne!(mine["submissions"][0]["status"], "judged", "{mine}");
    let end = tokio::time::timeout(SOON, child.wait()).await??;
    assert_eq!(end.code(), Some(0));
    terminal.stack.stop().await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broken_stream_costs_no_verdict_and_shows_no_test_twice() -> anyhow::Result<()> {
    let terminal = Terminal::new().await?;
    let port = terminal.stack.address.rsplit(':').next().context("a port")?.parse()?;
    let proxy = Proxy::start(port).await?;
    terminal.register("grace", &proxy.instead_of(&terminal.stack.address)).await?;
    let (source, tests) = solution(true)?;
    let right = terminal.file("solution.py", &source)?;
    proxy.cut_next_server_reply_containing("\"ordinal\":3");
    let said = terminal.submit(&right).await?;
    assert_eq!((said.code, proxy.cuts()), (0, 1), "{said:?}");
    assert!(said.err.contains("broke off"), "{said:?}");
    assert_eq!(said.tests(), (1..=tests).collect::<Vec<_>>(), "{said:?}");
    assert!(said.out.contains("accepted: 10 of 10 points."), "{said:?}");
    terminal.stack.stop().await
}
