//! One submission is one trace, whoever worked on it.

use crate::terminal::{PASSWORD, SLUG, SOON, Terminal, solution};
use anyhow::{Context, ensure};
use chassis::config::Settings;
use chassis::trace::Tracing;
use cli::client::{Client, accepted};
use cli::stack::{Plan, Stack};
use reqwest::Method;
use serde_json::json;
use std::collections::BTreeSet;
use testkit::eventually;
use testkit::traces::{Span, TraceSink};

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const CALLER: &str = "00f067aa0ba902b7";

#[tokio::test(flavor = "multi_thread")]
async fn one_submission_is_one_trace_from_the_request_to_the_board() -> anyhow::Result<()> {
    let sink = TraceSink::start().await?;
    let mut settings = Settings::from_pairs([("OTEL_EXPORTER_OTLP_ENDPOINT".to_owned(), sink.endpoint())]);
    let terminal = Terminal::new()?;
    let plan =
        Plan { tracing: Tracing::read(&mut settings), ..Plan::private(&terminal.folder().join("laurel")) };
    let stack = Stack::start(plan, |_| {}).await?;
    stack.load_catalogue().await?;
    let mut ada = Client::anonymous(&stack.address)?;
    ada.register("ada", "ada@example.org", PASSWORD).await?;
    ada.login("ada", PASSWORD).await?;
    let listening = ada.get("/v1/live?submissions=mine").await?;

    let (source, _) = solution(true)?;
    let body = json!({ "language": "python", "source": source });
    let path = format!("/v1/exercises/{SLUG}/submissions");
    let traceparent = format!("00-{TRACE}-{CALLER}-01");
    let handed_in =
        |request: reqwest::RequestBuilder| request.header("traceparent", &traceparent).json(&body);
    accepted(ada.send(Method::POST, &path, handed_in).await?).await?;

    let expected: BTreeSet<[&str; 4]> = [
        ["", "", "command_api", "POST /v1/exercises/{slug}/submissions"],
        ["command_api", "POST /v1/exercises/{slug}/submissions", "log", "send submission_received"],
        ["log", "send submission_received", "projectors", "project submission_received"],
        ["log", "send submission_received", "judge", "judge submission"],
        ["judge", "judge submission", "judge", "grade"],
        ["judge", "judge submission", "log", "send submission_judged"],
        ["log", "send submission_judged", "projectors", "project submission_judged"],
        ["log", "send submission_judged", "projectors", "board submission_judged"],
        ["log", "send submission_judged", "query_api", "push verdict"],
    ]
    .into();
    let spans = eventually(SOON, async || {
        let spans: Vec<Span> = sink.spans().into_iter().filter(|span| span.trace == TRACE).collect();
        ensure!(edges(&spans) == expected, "{:#?}", edges(&spans));
        Ok(spans)
    })
    .await?;
    assert_eq!(spans.len(), expected.len(), "each once: {spans:#?}");
    let first = spans.iter().find(|span| span.room == "command_api").context("where it begins")?;
    assert_eq!(
        (first.parent.as_str(), first.attributes["http.response.status_code"].as_str()),
        (CALLER, "202")
    );
    let judged = spans.iter().find(|span| span.name == "judge submission").context("where it is judged")?;
    assert_eq!(judged.attributes["outcome"], "accepted");

    drop(listening);
    stack.stop().await?;
    let all = sink.spans();
    let is_elsewhere =
        |span: &&Span| span.trace != TRACE && (span.room == "judge" || span.name == "push verdict");
    assert_eq!(all.iter().find(is_elsewhere), None, "no other trace has a part of it");
    let told = format!("{all:?}");
    let line = source.lines().max_by_key(|line| line.len()).context("a line")?.trim();
    for secret in ["ada@", PASSWORD, line] {
        assert!(!told.contains(secret), "{secret:?} is in a span");
    }
    Ok(())
}

/// Who is whose parent, by room and name; of a first span nobody.
fn edges(spans: &[Span]) -> BTreeSet<[&str; 4]> {
    let mut edges = BTreeSet::new();
    for span in spans {
        let parent = spans.iter().find(|other| other.id == span.parent);
        let [room, name] = parent.map_or(["", ""], |parent| [parent.room.as_str(), parent.name.as_str()]);
        edges.insert([room, name, span.room.as_str(), span.name.as_str()]);
    }
    edges
}
