//! A class, from its making to a member's leaving, with everything real.

use crate::terminal::{PASSWORD, SLUG, SOON, Said, Terminal, solution};
use anyhow::{Context, ensure};
use cli::client::{Client, accepted};
use cli::stack::{Plan, Stack, grant_role};
use events::account::Role;
use reqwest::Method;
use serde_json::{Value, json};
use testkit::eventually;

/// Handles on a cohort's board.
async fn on_board(client: &mut Client, cohort: &str) -> anyhow::Result<Vec<String>> {
    let path = format!("/v1/leaderboards/cohort:{cohort}?window=all");
    let board: Value = client.get(&path).await?.json().await?;
    let entries = board["entries"].as_array().context("entries")?;
    Ok(entries.iter().filter_map(|entry| Some(entry["handle"].as_str()?.to_owned())).collect())
}

async fn board_becomes(client: &mut Client, cohort: &str, expected: &[&str]) -> anyhow::Result<()> {
    eventually(SOON, async || {
        let handles = on_board(client, cohort).await?;
        ensure!(handles == expected, "{handles:?}");
        Ok(())
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_class_is_made_joined_ranked_and_left() -> anyhow::Result<()> {
    let (teacher, pupil) = (Terminal::new()?, Terminal::new()?);
    let stack = Stack::start(Plan::private(&teacher.folder().join("laurel")), |_| {}).await?;
    stack.load_catalogue().await?;
    teacher.register("grace", &stack.address).await?;
    pupil.register("ada", &stack.address).await?;
    let said = teacher.laurel(&["cohort", "create", "Programming 1"]).await?;
    ensure!(said.code == 1 && said.err.contains("not_allowed"), "a learner may not: {said:?}");
    grant_role(&stack.servers.nats_url("command-api"), &stack.secrets, "grace", Role::Instructor).await?;
    let said = teacher.laurel(&["login", "grace", "--server", &stack.address, "--password-stdin"]).await?;
    ensure!(said.code == 0, "{said:?}");

    // Solved before joining: it counts all the same.
    let source = pupil.file("right.py", &solution(true)?.0)?;
    let said = pupil.submit(&source).await?;
    ensure!(said.code == 0, "{said:?}");

    let made = teacher.laurel(&["cohort", "create", "Programming 1"]).await?;
    let code = made.out.split("cohort join ").nth(1).and_then(|rest| rest.lines().next());
    let code = code.context("a code")?.to_owned();
    ensure!(made.out.contains(&format!("{}/join/{code}", stack.address)), "{made:?}");
    let id = made.out.lines().next().and_then(|line| line.split(' ').nth(1)).context("an id")?.to_owned();
    let said = teacher.laurel(&["cohort", "invite", "programming 1"]).await?;
    ensure!(said.code == 0 && said.out.contains(&code), "by its name, and the same code: {said:?}");
    let said = pupil.laurel(&["cohort", "join", "0000-0000-0000"]).await?;
    ensure!(said.code == 1 && said.err.contains("invitation_unknown"), "{said:?}");
    let said = pupil.laurel(&["cohort", "join", &code.to_lowercase()]).await?;
    ensure!(said.code == 0 && said.out.contains("You are in Programming 1."), "{said:?}");

    let said = pupil.laurel(&["cohort", "list"]).await?;
    ensure!(said.out.contains(&id) && said.out.contains("member"), "{said:?}");
    let said = pupil.laurel(&["cohort", "show", "Programming 1"]).await?;
    ensure!(
        said.code == 0 && said.out.contains("instructors  grace") && !said.out.contains("tried"),
        "{said:?}"
    );
    let mut grace = Client::anonymous(&stack.address)?;
    grace.login("grace", PASSWORD).await?;
    board_becomes(&mut grace, &id, &["ada"]).await?;
    let shown = async |terminal: &Terminal| -> anyhow::Result<Said> {
        terminal.laurel(&["cohort", "show", &id]).await
    };
    let said = shown(&teacher).await?;
    ensure!(said.out.contains("ada") && said.out.contains("tried"), "{said:?}");
    let said = teacher.laurel(&["cohort", "progress", &id]).await?;
    ensure!(said.out.starts_with(&format!("handle,points,solved,{SLUG}\r\nada,")), "{said:?}");

    let said = pupil.laurel(&["cohort", "leave", "Programming 1"]).await?;
    ensure!(said.code == 0, "{said:?}");
    board_becomes(&mut grace, &id, &[]).await?;
    ensure!(!shown(&teacher).await?.out.contains("ada"));
    let said = shown(&pupil).await?;
    ensure!(said.code == 1 && said.err.contains("cohort_not_found"), "{said:?}");

    // Back again, and then erased: gone from the class as from everywhere.
    ensure!(pupil.laurel(&["cohort", "join", &code]).await?.code == 0);
    board_becomes(&mut grace, &id, &["ada"]).await?;
    let mut ada = Client::anonymous(&stack.address)?;
    ada.login("ada", PASSWORD).await?;
    let body = json!({ "password": PASSWORD });
    accepted(ada.send(Method::DELETE, "/v1/me", |request| request.json(&body)).await?).await?;
    board_becomes(&mut grace, &id, &[]).await?;
    let said = teacher.laurel(&["cohort", "archive", &id]).await?;
    ensure!(said.code == 0 && shown(&teacher).await?.out.contains("(archived)"), "{said:?}");
    stack.stop().await
}
