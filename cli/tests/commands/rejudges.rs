//! An exercise with a wrong test, mended: judged again, looked at, applied; with everything real.

use crate::terminal::{PASSWORD, SOON, Terminal};
use anyhow::{Context, ensure};
use cli::client::{Client, accepted};
use cli::stack::{Plan, Stack, grant_role};
use events::account::Role;
use reqwest::Method;
use serde_json::{Value, json};
use testkit::eventually;

const SLUG: &str = "sum-of-two";
const RIGHT: &str = "print(sum(map(int, input().split())))";
/// What the wrong test takes for right.
const WRONG: &str = "a, b = map(int, input().split()); print(a + b if a + b < 9 else 10)";

fn exercise(expected: &str) -> Value {
    json!({
        "slug": SLUG,
        "title": "Sum of two",
        "statement": "Add two numbers.",
        "category": "basics",
        "difficulty": "easy",
        "points": 10,
        "languages": ["python"],
        "package": {
            "tests": [
                { "group": "sample", "kind": "stdio", "input": "1 2\n", "expected": "3\n" },
                { "group": "hidden", "kind": "stdio", "input": "4 5\n", "expected": expected }
            ],
            "limits": { "cpu_ms": 2000, "memory_kib": 131_072, "output_kib": 1024 },
            "checker": "tokens",
            "solutions": []
        }
    })
}

async fn author(stack: &Stack) -> anyhow::Result<Client> {
    let mut author = Client::anonymous(&stack.address)?;
    author.register("author", "author@example.org", PASSWORD).await?;
    grant_role(&stack.servers.nats_url("command-api"), &stack.secrets, "author", Role::Author).await?;
    author.login("author", PASSWORD).await?;
    let body = exercise("10\n");
    accepted(author.send(Method::POST, "/v1/exercises", |request| request.json(&body)).await?).await?;
    let publish = format!("/v1/exercises/{SLUG}/publish");
    accepted(author.send(Method::POST, &publish, |request| request).await?).await?;
    Ok(author)
}

/// Mends the test.
async fn revise(author: &mut Client) -> anyhow::Result<()> {
    let body = exercise("9\n");
    let path = format!("/v1/exercises/{SLUG}");
    let revise = |request: reqwest::RequestBuilder| request.header("If-Match", "\"2\"").json(&body);
    accepted(author.send(Method::PUT, &path, revise).await?).await?;
    Ok(())
}

/// Registers and submits; answers the submission's id once it is judged.
async fn learner(stack: &Stack, handle: &str, source: &str) -> anyhow::Result<(Client, String)> {
    let mut client = Client::anonymous(&stack.address)?;
    client.register(handle, &format!("{handle}@example.org"), PASSWORD).await?;
    client.login(handle, PASSWORD).await?;
    let body = json!({ "language": "python", "source": source });
    let path = format!("/v1/exercises/{SLUG}/submissions");
    let answer = accepted(client.send(Method::POST, &path, |request| request.json(&body)).await?).await?;
    let answer: Value = answer.json().await?;
    let id = answer["submission_id"].as_str().context("an id")?.to_owned();
    eventually(SOON, async || {
        let submission = submission(&mut client, &id).await?;
        ensure!(submission["verdict"].is_string(), "not judged yet");
        Ok(())
    })
    .await?;
    Ok((client, id))
}

async fn submission(client: &mut Client, id: &str) -> anyhow::Result<Value> {
    Ok(client.get(&format!("/v1/submissions/{id}")).await?.json().await?)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_test_is_mended_and_the_board_follows_when_told() -> anyhow::Result<()> {
    let terminal = Terminal::new()?;
    let stack = Stack::start(Plan::private(&terminal.folder().join("laurel")), |_| {}).await?;
    let mut author = author(&stack).await?;
    let (mut ada, of_ada) = learner(&stack, "ada", RIGHT).await?;
    let (mut ben, of_ben) = learner(&stack, "ben", WRONG).await?;
    let (mut cyd, _) = learner(&stack, "cyd", RIGHT).await?;
    terminal.register("grace", &stack.address).await?;
    terminal.board_begins(["1", "ben", "10"]).await?;
    revise(&mut author).await?;
    // Whoever leaves is skipped, and the set goes on without.
    let body = json!({ "password": PASSWORD });
    accepted(cyd.send(Method::DELETE, "/v1/me", |request| request.json(&body)).await?).await?;

    let start = ["rejudge", "start", "--exercise", SLUG, "--reason", "test 2 was wrong", "--wait-s", "60"];
    let said = terminal.laurel(&start).await?;
    ensure!(said.code == 1 && said.err.contains("not_allowed"), "a learner may not: {said:?}");
    grant_role(&stack.servers.nats_url("command-api"), &stack.secrets, "grace", Role::Instructor).await?;
    let said = terminal.laurel(&["login", "grace", "--server", &stack.address, "--password-stdin"]).await?;
    ensure!(said.code == 0, "{said:?}");
    let mut instructor = Client::anonymous(&stack.address)?;
    instructor.login("grace", PASSWORD).await?;

    let started = {
        let mut command = terminal.command(&start);
        let output = command.stdin(std::process::Stdio::null()).output().await?;
        crate::terminal::Said::of(output)?
    };
    ensure!(started.code == 0 && started.out.contains("judged     3 of 3"), "{started:?}");
    ensure!(started.out.contains("failed     1"), "{started:?}");
    let set = started.out.lines().next().and_then(|line| line.rsplit(' ').next()).context("an id")?;
    let said = terminal.laurel(&["rejudge", "list"]).await?;
    ensure!(said.out.contains(set) && said.out.contains("test 2 was wrong"), "{said:?}");

    // Who changes, before anybody sees it.
    let said = terminal.laurel(&["rejudge", "preview", set]).await?;
    ensure!(said.code == 0 && said.out.contains("2 submissions of 2 learners would change."), "{said:?}");
    ensure!(said.out.contains("Board global: 1 enter and 1 leave the first ten."), "{said:?}");
    ensure!(said.out.contains("wrong_answer (0) -> accepted (10)"), "{said:?}");
    ensure!(said.out.contains("judged by  the current revision: 3"), "{said:?}");
    let before = submission(&mut ada, &of_ada).await?;
    assert_eq!(
        (&before["verdict"], before["judgements"].as_array().map(Vec::len)),
        (&json!("wrong_answer"), Some(1))
    );
    terminal.board_begins(["1", "ben", "10"]).await?;

    let said = terminal.laurel(&["rejudge", "apply", set]).await?;
    ensure!(said.code == 0, "{said:?}");
    terminal.board_begins(["1", "ada", "10"]).await?;
    eventually(SOON, async || {
        let said = terminal.laurel(&["rejudge", "show", set]).await?;
        ensure!(said.out.contains("status     applied"), "{said:?}");
        Ok(())
    })
    .await?;
    let after = submission(&mut ada, &of_ada).await?;
    assert_eq!((&after["verdict"], &after["points"]), (&json!("accepted"), &json!(10)));
    assert_eq!(after["judgements"][0]["verdict"], "wrong_answer", "the old verdict stays in the history");
    assert_eq!(
        after["tests"].as_array().map(Vec::len),
        Some(2),
        "what the new judgement sealed can be opened"
    );
    let of_ben = submission(&mut ben, &of_ben).await?;
    assert_eq!(
        (&of_ben["verdict"], &of_ben["judgements"][1]["in_effect"]),
        (&json!("wrong_answer"), &json!(true))
    );
    let progress: Value = ben.get("/v1/learners/ben/progress").await?.json().await?;
    assert_eq!(progress["progress"][0]["best_points"], 0, "{progress}");

    let said = terminal.laurel(&["rejudge", "cancel", set]).await?;
    ensure!(said.code == 1 && said.err.contains("rejudge_applied"), "{said:?}");
    // Another set, thought better of.
    let said = terminal.laurel(&["rejudge", "start", "--exercise", SLUG, "--reason", "once more"]).await?;
    let other = said.out.trim().rsplit(' ').next().context("an id")?.to_owned();
    let said = terminal.laurel(&["rejudge", "cancel", &other]).await?;
    ensure!(said.code == 0, "{said:?}");
    let said = terminal.laurel(&["rejudge", "apply", &other]).await?;
    ensure!(said.code == 1 && said.err.contains("rejudge_cancelled"), "{said:?}");
    stack.stop().await
}
