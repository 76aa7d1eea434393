//! An event that nobody can read, in a log that loses nothing: its learner waits, everybody else goes on, an operator decides.

use crate::terminal::{PASSWORD, SLUG, SOON, Terminal, solution};
use anyhow::{Context, ensure};
use chassis::log::{EventLog, LogConfig};
use cli::client::{Client, is_refused_as};
use cli::stack::{Plan, Stack, grant_role};
use events::account::Role;
use events::submission::SubmissionEvent;
use events::{Event, LearnerId, Wire};
use serde_json::Value;
use testkit::{build, eventually};

/// What nobody will ever read, on this learner's subject.
async fn poison(stack: &Stack, learner: LearnerId) -> anyhow::Result<u64> {
    let url = stack.servers.nats_url("command-api");
    let log = EventLog::connect_unchecked(&LogConfig { url, process: "command-api" }).await?;
    let received = build::submission(900, learner, &build::exercise(SLUG));
    let event = build::new_event(900, Event::Submission(SubmissionEvent::Received(received)));
    let wire = Wire { body: b"{\"submission_id\":".to_vec(), ..event.to_wire()? };
    Ok(log.append(wire).await?.sequence)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_learner_with_an_event_nobody_can_read_waits_for_an_operator() -> anyhow::Result<()> {
    let (operator, pupil) = (Terminal::new()?, Terminal::new()?);
    let stack = Stack::start(Plan::private(&operator.folder().join("laurel")), |_| {}).await?;
    stack.load_catalogue().await?;
    operator.register("grace", &stack.address).await?;
    pupil.register("ada", &stack.address).await?;
    let mut ada = Client::anonymous(&stack.address)?;
    ada.login("ada", PASSWORD).await?;
    let me: Value = ada.get("/v1/me").await?.json().await?;
    let id = me["learner_id"].as_str().context("an id")?.to_owned();
    let sequence = poison(&stack, id.parse()?).await?.to_string();
    eventually(SOON, async || {
        let refused = ada.get("/v1/me/submissions").await.err().context("it is answered")?;
        ensure!(is_refused_as(&refused, "parked"), "{refused}");
        Ok(())
    })
    .await?;

    let said = operator.laurel(&["parked", "list"]).await?;
    ensure!(said.code == 1 && said.err.contains("not_allowed"), "a learner may not: {said:?}");
    grant_role(&stack.servers.nats_url("command-api"), &stack.secrets, "grace", Role::Operator).await?;
    let said = operator.laurel(&["login", "grace", "--server", &stack.address, "--password-stdin"]).await?;
    ensure!(said.code == 0, "{said:?}");
    let said = operator.laurel(&["parked", "list"]).await?;
    for projection in ["progress v", "submissions v", &id, &sequence, "submission_received"] {
        ensure!(said.out.contains(projection), "{projection}: {said:?}");
    }
    let said = operator.laurel(&["parked", "show", "progress", &id]).await?;
    ensure!(
        said.code == 0 && said.out.contains("cannot be applied") && said.out.contains(&sequence),
        "{said:?}"
    );
    let said = operator.laurel(&["parked", "redrive", "progress", &id]).await?;
    ensure!(said.code == 1 && said.out.contains("Still parked: 1 events."), "{said:?}");

    // What ada hands in meanwhile is judged, and waits behind it.
    let source = pupil.file("right.py", &solution(true)?.0)?;
    let mut submitting = pupil.command(&["submit", SLUG, &source.display().to_string()]).spawn()?;
    eventually(SOON, async || {
        let said = operator.laurel(&["parked", "show", "progress", &id]).await?;
        ensure!(said.out.contains("3 events of"), "received and judged wait as well: {said:?}");
        Ok(())
    })
    .await?;
    submitting.start_kill()?;
    let discard = async |projection: &str, sequence: &str| {
        let reason = "a test wrote what nobody can read";
        let order = ["parked", "discard", projection, &id, "--sequence", sequence, "--reason", reason];
        operator.laurel(&order).await
    };
    let said = discard("progress", "1").await?;
    ensure!(said.code == 1 && said.err.contains("nothing was done"), "{said:?}");
    for projection in ["progress", "submissions"] {
        let said = discard(projection, &sequence).await?;
        ensure!(said.code == 0 && said.out.contains("The key goes on"), "{said:?}");
    }
    let said = operator.laurel(&["parked", "list"]).await?;
    ensure!(said.out.contains("Nothing is parked."), "{said:?}");
    let submissions: Value = ada.get("/v1/me/submissions").await?.json().await?;
    assert_eq!(submissions["submissions"].as_array().map(Vec::len), Some(1), "{submissions}");
    assert_eq!(submissions["submissions"][0]["verdict"], "accepted");
    let progress: Value = ada.get("/v1/learners/ada/progress").await?.json().await?;
    assert_eq!(progress["solved"], 1);
    stack.stop().await
}
