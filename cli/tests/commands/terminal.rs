//! A terminal: the `laurel` program with a session and files of its own.

use anyhow::{Context, ensure};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};
use std::time::Duration;
use testkit::{TestFolder, eventually};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::process::{Child, Command};

pub const PASSWORD: &str = "correct horse battery";
pub const SOON: Duration = Duration::from_secs(40);
pub const SLUG: &str = "museum-tickets";

pub struct Terminal {
    folder: TestFolder,
}

impl Terminal {
    pub fn new() -> anyhow::Result<Self> {
        Ok(Self { folder: TestFolder::new()? })
    }

    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub fn file(&self, name: &str, text: &str) -> anyhow::Result<PathBuf> {
        let path = self.folder.path().join(name);
        fs::write(&path, text)?;
        Ok(path)
    }

    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_laurel"));
        command
            .args(arguments)
            .env("LAUREL_SESSION", self.folder.path().join("session.json"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        command
    }

    /// Runs a command to its end; the password is on its standard input.
    pub async fn laurel(&self, arguments: &[&str]) -> anyhow::Result<Said> {
        let mut child = self.command(arguments).spawn()?;
        let mut stdin = child.stdin.take().context("it has a standard input")?;
        // A command that asks for nothing may be gone before it is told.
        let _not_read = stdin.write_all(PASSWORD.as_bytes()).await;
        drop(stdin);
        let output = tokio::time::timeout(SOON, child.wait_with_output()).await;
        Said::of(output.with_context(|| format!("laurel {arguments:?} does not end"))??)
    }

    pub async fn submit(&self, file: &Path) -> anyhow::Result<Said> {
        self.laurel(&["submit", SLUG, &file.display().to_string()]).await
    }

    pub async fn register(&self, handle: &str, server: &str) -> anyhow::Result<()> {
        let email = format!("{handle}@example.org");
        let said = self
            .laurel(&["register", handle, "--email", &email, "--server", server, "--password-stdin"])
            .await?;
        ensure!(said.code == 0 && said.out.contains(&format!("Welcome, {handle}")), "{said:?}");
        Ok(())
    }

    /// Waits until the board's first line begins like this: boards follow a verdict by some milliseconds.
    pub async fn board_begins(&self, expected: [&str; 3]) -> anyhow::Result<()> {
        eventually(SOON, async || {
            let said = self.laurel(&["board"]).await?;
            let line = said.out.lines().nth(1).unwrap_or_default();
            let columns: Vec<&str> = line.split_whitespace().take(3).collect();
            ensure!(columns == expected, "{said:?}");
            Ok(())
        })
        .await
    }
}

#[derive(Debug)]
pub struct Said {
    pub code: i32,
    pub out: String,
    pub err: String,
}

impl Said {
    pub fn of(output: Output) -> anyhow::Result<Self> {
        Ok(Self {
            code: output.status.code().context("it ended by a signal")?,
            out: String::from_utf8(output.stdout)?,
            err: String::from_utf8(output.stderr)?,
        })
    }

    /// The ordinals of the tests, in the order they were shown.
    pub fn tests(&self) -> Vec<u32> {
        let numbers = self.out.lines().filter_map(|line| line.trim_start().strip_prefix("test "));
        numbers.filter_map(|rest| rest.split_whitespace().next()?.parse().ok()).collect()
    }
}

/// Reads what `laurel up` says until it says where it answers.
pub async fn address(child: &mut Child) -> anyhow::Result<String> {
    let mut lines = BufReader::new(child.stdout.take().context("it has an output")?).lines();
    while let Some(line) = lines.next_line().await? {
        if let Some(address) = line.strip_prefix("Laurel answers at ") {
            tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
            return Ok(address.to_owned());
        }
    }
    let mut said = String::new();
    child.stderr.take().context("it has a standard error")?.read_to_string(&mut said).await?;
    anyhow::bail!("it ended: {said}")
}

/// A shipped solution of the exercise, and how many tests there are.
pub fn solution(accepted: bool) -> anyhow::Result<(String, u32)> {
    let file = exercises::load()?.into_iter().find(|file| file.slug == SLUG).context("the exercise")?;
    let tests = u32::try_from(file.package.tests.len())?;
    let solution = file.package.solutions.into_iter().find(|solution| solution.accepted == accepted);
    Ok((solution.context("a solution")?.source, tests))
}
