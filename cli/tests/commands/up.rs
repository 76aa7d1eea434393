//! `laurel up` on private servers.

use crate::terminal::{PASSWORD, SLUG, SOON, Said, Terminal, address, solution};
use anyhow::{Context, ensure};
use cli::client::{Client, accepted, is_refused_as};
use cli::stack::{Plan, Stack, catalogue, grant_role, register_own};
use events::account::Role;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use reqwest::Method;
use secrecy::ExposeSecret;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use testkit::eventually;

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

/// One exercise's slug is held by another author, another exercise is archived: neither keeps the rest out.
#[tokio::test(flavor = "multi_thread")]
async fn an_exercise_that_cannot_be_brought_in_is_named_and_keeps_no_other_out() -> anyhow::Result<()> {
    const ARCHIVED: &str = "luggage-belt";
    let terminal = Terminal::new()?;
    let stack = Stack::start(Plan::private(terminal.folder()), |_| {}).await?;
    let mut eve = Client::anonymous(&stack.address)?;
    eve.register("eve", "eve@example.org", PASSWORD).await?;
    grant_role(&stack.servers.nats_url("command-api"), &stack.secrets, "eve", Role::Author).await?;
    eve.login("eve", PASSWORD).await?;
    let shipped = exercises::load()?;
    let file = shipped.iter().find(|file| file.slug == SLUG).context("the exercise")?;
    accepted(eve.send(Method::POST, "/v1/exercises", |request| request.json(file)).await?).await?;

    let loaded = stack.load_catalogue().await?;
    assert_eq!(loaded.created, shipped.len() - 1, "{loaded:?}");
    assert!(matches!(&loaded.failed[..], [(slug, _)] if slug == SLUG), "{loaded:?}");

    let mut owner = Client::anonymous(&stack.address)?;
    owner.login(catalogue::OWNER, stack.secrets.catalogue_password.expose_secret()).await?;
    let archive = format!("/v1/exercises/{ARCHIVED}/archive");
    accepted(owner.send(Method::POST, &archive, |request| request).await?).await?;
    let again = stack.load_catalogue().await?;
    assert_eq!((again.archived, again.unchanged, again.created), (1, shipped.len() - 2, 0), "{again:?}");
    assert_eq!(again.failed.len(), 1, "{again:?}");
    let there: Value = owner.get(&format!("/v1/exercises/{ARCHIVED}")).await?.json().await?;
    assert_eq!(there["status"], "archived", "{there}");
    stack.stop().await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stranger_with_the_owners_handle_gets_no_role_and_the_system_runs() -> anyhow::Result<()> {
    let terminal = Terminal::new()?;
    let data = terminal.folder().join("laurel");
    let stack = Stack::start(Plan::private(&data), |_| {}).await?;
    let mut stranger = Client::anonymous(&stack.address)?;
    let refused = stranger.register(catalogue::OWNER, "stranger@example.org", PASSWORD).await;
    let refused = refused.expect_err("the handle is reserved");
    assert!(is_refused_as(&refused, "handle_reserved"), "{refused:#}");
    // As it could be on a system from before.
    let applicant = catalogue::owner(&PASSWORD.into());
    register_own(&stack.servers.nats_url("command-api"), &stack.secrets, applicant).await?;
    stack.stop().await?;

    let data = data.display().to_string();
    let mut child = terminal.command(&["up", "--port", "0", "--data", &data]).spawn()?;
    let address = tokio::time::timeout(SOON, address(&mut child)).await??;
    let mut stranger = Client::anonymous(&address)?;
    stranger.login(catalogue::OWNER, PASSWORD).await?;
    let file = exercises::load()?.into_iter().next().context("an exercise")?;
    let tried = stranger.send(Method::POST, "/v1/exercises", |request| request.json(&file)).await?;
    let refusal = accepted(tried).await.err().context("the stranger is an author")?;
    assert!(is_refused_as(&refusal, "not_allowed"), "{refusal}");
    kill(Pid::from_raw(i32::try_from(child.id().context("it runs")?)?), Signal::SIGTERM)?;
    let end = tokio::time::timeout(SOON, child.wait_with_output()).await??;
    let said = String::from_utf8(end.stderr)?;
    assert!(end.status.success() && said.contains("the shipped exercises are not loaded"), "{said}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_server_is_started_again_where_the_services_find_it() -> anyhow::Result<()> {
    let terminal = Terminal::new()?;
    let stack = Stack::start(Plan::private(&terminal.folder().join("laurel")), |_| {}).await?;
    stack.load_catalogue().await?;
    let servers = stack.servers.private();
    assert_eq!(servers.len(), 3);
    for server in &servers {
        let before = server.pid();
        kill(Pid::from_raw(before.cast_signed()), Signal::SIGKILL)?;
        eventually(SOON, async || {
            ensure!(server.pid() != before, "{} is not there again", server.name());
            Ok(())
        })
        .await?;
    }
    let mut anybody = Client::anonymous(&stack.address)?;
    eventually(SOON, async || anybody.get("/health/ready").await.map(|_answer| ())).await?;
    terminal.register("grace", &stack.address).await?;
    let said = terminal.submit(&terminal.file("solution.py", &solution(true)?.0)?).await?;
    assert_eq!(said.code, 0, "{said:?}");
    terminal.board_begins(["1*", "grace", "10"]).await?;
    stack.stop().await
}

/// The Redis among the children of a process; each is a child of the thread that forked it.
fn redis_of(process: u32) -> anyhow::Result<Pid> {
    for thread in fs::read_dir(format!("/proc/{process}/task"))? {
        for child in fs::read_to_string(thread?.path().join("children"))?.split_whitespace() {
            let name = fs::read_to_string(format!("/proc/{child}/comm"))?;
            if name.starts_with("redis") || name.starts_with("valkey") {
                return Ok(Pid::from_raw(child.parse()?));
            }
        }
    }
    anyhow::bail!("it has no Redis")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_does_not_come_back_ends_up_loudly() -> anyhow::Result<()> {
    let terminal = Terminal::new()?;
    let data = terminal.folder().join("laurel");
    let shown = data.display().to_string();
    let mut child = terminal.command(&["up", "--port", "0", "--no-exercises", "--data", &shown]).spawn()?;
    tokio::time::timeout(SOON, address(&mut child)).await??;
    // Without its configuration Redis cannot start again.
    fs::remove_file(data.join("redis/redis.conf"))?;
    kill(redis_of(child.id().context("it runs")?)?, Signal::SIGKILL)?;
    let end = tokio::time::timeout(SOON, child.wait_with_output()).await.context("it does not end")??;
    let said = Said::of(end)?;
    assert!(said.code == 1 && said.err.contains("Redis ended"), "{said:?}");
    assert!(said.err.contains("redis/redis.log"), "{said:?}");
    Ok(())
}
