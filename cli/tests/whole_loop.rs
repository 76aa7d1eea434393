//! The main job through all the real parts: servers, services, sandbox, HTTP. Nothing is replaced.

use anyhow::{Context, ensure};
use chassis::clock::Clock;
use cli::client::{Client, accepted};
use cli::stack::{Plan, Stack, grant_role};
use events::account::Role;
use futures_util::StreamExt;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use std::fs;
use std::path::Path;
use std::time::Duration;
use testkit::{TestFolder, eventually};

const PASSWORD: &str = "correct horse battery";
const SOON: Duration = Duration::from_secs(20);
const SLUG: &str = "museum-tickets";

/// Planted in what a learner writes and prints; must never stand anywhere in the clear.
const SOURCE_MARKER: &str = "marker-of-a-secret-source";

async fn start(folder: &Path) -> anyhow::Result<Stack> {
    Stack::start(Plan::private(folder), |_| {}).await
}

async fn learner(stack: &Stack, handle: &str) -> anyhow::Result<Client> {
    let mut client = Client::anonymous(&stack.address)?;
    client.register(handle, &format!("{handle}@example.org"), PASSWORD).await?;
    client.login(handle, PASSWORD).await?;
    Ok(client)
}

/// A shipped solution of the exercise.
fn solution(accepted: bool) -> anyhow::Result<String> {
    let file = exercises::load()?.into_iter().find(|file| file.slug == SLUG).context("the exercise")?;
    let solution = file.package.solutions.into_iter().find(|solution| solution.accepted == accepted);
    Ok(solution.context("a solution")?.source)
}

/// Submits and waits for the verdict.
async fn submit(client: &mut Client, source: &str) -> anyhow::Result<Value> {
    let id = hand_in(client, source).await?;
    eventually(SOON, async || {
        let submission: Value = client.get(&format!("/v1/submissions/{id}")).await?.json().await?;
        ensure!(submission["verdict"].is_string(), "not judged yet");
        Ok(submission)
    })
    .await
}

async fn hand_in(client: &mut Client, source: &str) -> anyhow::Result<String> {
    let body = json!({ "language": "python", "source": source });
    let path = format!("/v1/exercises/{SLUG}/submissions");
    let answer = accepted(client.send(Method::POST, &path, |request| request.json(&body)).await?).await?;
    ensure!(answer.status() == StatusCode::ACCEPTED && answer.headers().contains_key("Laurel-Position"));
    let answer: Value = answer.json().await?;
    Ok(answer["submission_id"].as_str().context("an id")?.to_owned())
}

/// The global board as (handle, points), at or past what this client wrote.
/// The entries by points, and among equals by handle: those who got there in the same second are listed by their ids.
async fn board(client: &mut Client, window: &str) -> anyhow::Result<Vec<(Option<String>, i64)>> {
    let page: Value = client.get(&format!("/v1/leaderboards/global?window={window}")).await?.json().await?;
    let entries = page["entries"].as_array().context("entries")?;
    let entry =
        |entry: &Value| Some((entry["handle"].as_str().map(str::to_owned), entry["points"].as_i64()?));
    let mut entries: Vec<(Option<String>, i64)> =
        entries.iter().map(entry).collect::<Option<_>>().context("an entry has points")?;
    entries.sort_by(|(left, fewer), (right, more)| more.cmp(fewer).then_with(|| left.cmp(right)));
    Ok(entries)
}

async fn board_is(client: &mut Client, window: &str, expected: &[(Option<&str>, i64)]) -> anyhow::Result<()> {
    eventually(SOON, async || {
        let found = board(client, window).await?;
        let found: Vec<(Option<&str>, i64)> =
            found.iter().map(|(handle, points)| (handle.as_deref(), *points)).collect();
        ensure!(found == expected, "{window}: {found:?}");
        Ok(())
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn from_registration_to_the_board_and_through_a_restart() -> anyhow::Result<()> {
    let folder = TestFolder::new()?;
    let stack = start(folder.path()).await?;
    let loaded = stack.load_catalogue().await?;
    assert!(loaded.created >= 24 && loaded.failed.is_empty(), "{loaded:?}");

    let mut ada = learner(&stack, "ada").await?;
    let mut ben = learner(&stack, "ben").await?;
    let exercise: Value = ada.get(&format!("/v1/exercises/{SLUG}")).await?.json().await?;
    assert!(exercise["samples"].as_array().is_some_and(|samples| samples.len() >= 2), "{exercise}");

    let wrong = submit(&mut ben, &solution(false)?).await?;
    assert_eq!((wrong["verdict"].as_str(), wrong["points"].as_i64()), (Some("wrong_answer"), Some(0)));
    let right = submit(&mut ada, &solution(true)?).await?;
    assert_eq!((right["verdict"].as_str(), right["points"].as_i64()), (Some("accepted"), Some(10)));
    for window in ["all", "day", "week", "month"] {
        board_is(&mut ben, window, &[(Some("ada"), 10)]).await?;
    }
    // The same solution again is worth nothing more.
    submit(&mut ada, &solution(true)?).await?;
    submit(&mut ben, &solution(true)?).await?;
    board_is(&mut ben, "all", &[(Some("ada"), 10), (Some("ben"), 10)]).await?;
    let progress: Value = ada.get("/v1/learners/ada/progress").await?.json().await?;
    let row = &progress["progress"][0];
    assert_eq!((row["best_points"].as_i64(), row["attempts"].as_i64()), (Some(10), Some(2)), "{progress}");

    stack.stop().await?;
    let stack = start(folder.path()).await?;
    let unchanged = stack.load_catalogue().await?;
    assert_eq!((unchanged.created, unchanged.revised, unchanged.failed.len()), (0, 0, 0), "{unchanged:?}");
    let mut ada = Client::anonymous(&stack.address)?;
    ada.login("ada@example.org", PASSWORD).await?;
    board_is(&mut ada, "all", &[(Some("ada"), 10), (Some("ben"), 10)]).await?;
    let mine: Value = ada.get("/v1/me/submissions").await?.json().await?;
    assert_eq!(mine["submissions"].as_array().map(Vec::len), Some(2), "{mine}");
    stack.stop().await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_verdict_arrives_live() -> anyhow::Result<()> {
    let folder = TestFolder::new()?;
    let stack = start(folder.path()).await?;
    stack.load_catalogue().await?;
    let mut ada = learner(&stack, "ada").await?;
    let stream = ada.get("/v1/live?submissions=mine&board=global").await?;
    let id = hand_in(&mut ada, &solution(true)?).await?;

    let mut heard = String::new();
    let mut chunks = stream.bytes_stream();
    let listening = async {
        while !(heard.contains("event: judged") && heard.contains("\"handle\":\"ada\"")) {
            let chunk = chunks.next().await.context("the stream ended")??;
            heard.push_str(&String::from_utf8_lossy(&chunk));
        }
        anyhow::Ok(())
    };
    tokio::time::timeout(SOON, listening).await.context("no verdict on the stream")??;
    assert!(heard.contains("event: progress"), "{heard}");
    assert!(heard.find("event: received") < heard.find("event: judged"), "{heard}");
    assert!(heard.contains(&id), "{heard}");
    stack.stop().await
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_personal_is_in_the_clear_and_erasure_forgets() -> anyhow::Result<()> {
    let folder = TestFolder::new()?;
    let stack = start(folder.path()).await?;
    stack.load_catalogue().await?;
    let handle = "handle-that-is-planted";
    let mut learner = learner(&stack, handle).await?;
    let source = format!("print('{SOURCE_MARKER}')\n");
    let judged = submit(&mut learner, &source).await?;
    assert_eq!(judged["source"], source, "its learner reads the source");
    let shown = judged["tests"][0]["output"].as_str().context("the sample's output")?;
    assert!(shown.contains(SOURCE_MARKER), "{shown}");
    let id = judged["submission_id"].as_str().context("an id")?.to_owned();

    let body = json!({ "password": PASSWORD });
    let erased = learner.send(Method::DELETE, "/v1/me", |request| request.json(&body)).await?;
    assert_eq!(erased.status(), StatusCode::NO_CONTENT, "{:?}", erased.text().await);
    let path = format!("/v1/exercises/{SLUG}/submissions");
    let body = json!({ "language": "python", "source": "print(1)" });
    let again = learner.send(Method::POST, &path, |request| request.json(&body)).await;
    assert!(again.is_err() || again.is_ok_and(|answer| answer.status().is_client_error()));
    // The handle is free for somebody else.
    Client::anonymous(&stack.address)?.register(handle, "new@example.org", PASSWORD).await?;
    let facts = stack.facts().await?;
    stack.stop().await?;

    // What the learner wrote and printed, who the learner was, a hidden test's expected output.
    let file = exercises::load()?.into_iter().find(|file| file.slug == SLUG).context("the exercise")?;
    let hidden = file.package.solutions.first().context("a solution")?.source.trim().to_owned();
    for planted in [SOURCE_MARKER, handle, "handle-that-is-planted@example.org", hidden.as_str()] {
        assert!(!contains(&facts, planted), "{planted:?} stands in FACTS");
    }
    assert!(
        contains(&facts, "submission_received") && contains(&facts, &id),
        "the search finds what is there"
    );
    for planted in [SOURCE_MARKER, "handle-that-is-planted@example.org"] {
        let found = files_with(folder.path(), planted)?;
        assert!(found.is_empty(), "{planted:?} stands in {found:?}");
    }
    Ok(())
}

/// Points are one number, whoever is asked for it.
#[tokio::test(flavor = "multi_thread")]
async fn every_route_tells_the_same_points() -> anyhow::Result<()> {
    let folder = TestFolder::new()?;
    let stack = start(folder.path()).await?;
    stack.load_catalogue().await?;
    let (mut ada, mut grace) = (learner(&stack, "ada").await?, learner(&stack, "grace").await?);
    grant_role(&stack.servers.nats_url("command-api"), &stack.secrets, "grace", Role::Instructor).await?;
    grace.login("grace", PASSWORD).await?;
    let order = async |client: &mut Client, path: &str, body: Value| -> anyhow::Result<Value> {
        let answer = client.send(Method::POST, path, |request| request.json(&body)).await?;
        Ok(accepted(answer).await?.json().await?)
    };
    let class = order(&mut grace, "/v1/cohorts", json!({ "name": "Programming 1" })).await?;
    let id = class["cohort_id"].as_str().context("an id")?;
    order(&mut ada, "/v1/cohorts/join", json!({ "code": class["code"] })).await?;
    let right = submit(&mut ada, &solution(true)?).await?;
    let points = right["points"].as_i64().filter(|points| *points > 0).context("points")?;
    let exercise: Value = ada.get(&format!("/v1/exercises/{SLUG}")).await?.json().await?;
    let category = exercise["category"].as_str().context("a category")?;

    let mut asked = vec![
        ("/v1/me".to_owned(), "/points"),
        ("/v1/learners/ada".to_owned(), "/points"),
        ("/v1/learners/ada/progress".to_owned(), "/progress/0/best_points"),
        (format!("/v1/leaderboards/exercise:{SLUG}"), "/entries/0/points"),
    ];
    let now = Clock::system().now().to_rfc3339_opts(chrono::SecondsFormat::Millis, true);
    for scope in ["global", &format!("category:{category}"), "language:python", &format!("cohort:{id}")] {
        let board = format!("/v1/leaderboards/{scope}");
        for window in ["all", "day", "week", "month"] {
            asked.push((format!("{board}?window={window}"), "/entries/0/points"));
        }
        asked.push((format!("{board}/around/ada"), "/entries/0/points"));
        asked.push((format!("{board}/learners?handles=ada"), "/entries/0/points"));
        asked.push((format!("{board}?as_of={now}"), "/entries/0/points"));
    }
    for (path, place) in asked {
        eventually(SOON, async || {
            let answer: Value = ada.get(&path).await?.json().await?;
            ensure!(answer.pointer(place).and_then(Value::as_i64) == Some(points), "{path}: {answer}");
            Ok(())
        })
        .await?;
    }
    stack.stop().await
}

fn contains(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|window| window == text.as_bytes())
}

/// Every file below a folder that contains the text.
fn files_with(folder: &Path, text: &str) -> anyhow::Result<Vec<String>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            found.extend(files_with(&path, text)?);
        } else if path.is_file() && contains(&fs::read(&path)?, text) {
            found.push(path.display().to_string());
        }
    }
    Ok(found)
}
