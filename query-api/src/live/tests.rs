//! A client that reads a stream message by message, and one that keeps the board it is told of.

mod boards;
mod ends;
mod shown;
mod submissions;

use super::client::QUEUED_MAX;
use super::hub::CLIENTS_OF_LEARNER_MAX;
use crate::testing::{TestApp, WITHIN, part_of};
use axum::body::{Body, BodyDataStream};
use axum::http::Request;
use events::account::Role;
use events::board::Scope;
use events::judgement::{Exceeded, LimitName, Progress, TestGroup, TestProgress, Verdict};
use events::{JudgementId, LearnerId, SubmissionId};
use futures_util::StreamExt;
use serde_json::{Value, json};
use std::time::Duration;
use testkit::build;
use tower::ServiceExt;
use uuid::Uuid;

/// A client that reads messages one by one.
struct Listener {
    body: BodyDataStream,
    text: String,
}

#[derive(Debug)]
struct Heard {
    event: String,
    id: String,
    data: Value,
}

impl Listener {
    async fn open(test: &TestApp, query: &str, token: Option<&str>) -> anyhow::Result<Self> {
        let mut request = Request::get(format!("/v1/live?{query}"));
        if let Some(token) = token {
            request = request.header("Authorization", format!("Bearer {token}"));
        }
        let response = test.router.clone().oneshot(request.body(Body::empty())?).await?;
        anyhow::ensure!(response.status() == 200, "{}", response.status());
        anyhow::ensure!(response.headers()["content-type"] == "text/event-stream");
        Ok(Self { body: response.into_body().into_data_stream(), text: String::new() })
    }

    /// The next message; `None` when the stream has ended.
    async fn hear(&mut self) -> anyhow::Result<Option<Heard>> {
        loop {
            if let Some((message, rest)) = self.text.split_once("\n\n") {
                let field = |name: &str| {
                    let line = message.lines().find_map(|line| line.strip_prefix(name));
                    line.unwrap_or_default().trim().to_owned()
                };
                let heard = Heard {
                    event: field("event:"),
                    id: field("id:"),
                    data: serde_json::from_str(&field("data:")).unwrap_or_default(),
                };
                self.text = rest.to_owned();
                return Ok(Some(heard));
            }
            match tokio::time::timeout(WITHIN, self.body.next()).await? {
                Some(chunk) => self.text.push_str(std::str::from_utf8(&chunk?)?),
                None => return Ok(None),
            }
        }
    }

    async fn expect(&mut self, event: &str) -> anyhow::Result<Heard> {
        let heard = self.hear().await?.ok_or_else(|| anyhow::anyhow!("the stream ended before {event}"))?;
        anyhow::ensure!(heard.event == event, "expected {event}, heard {heard:?}");
        Ok(heard)
    }
}

/// A client that applies what it is told of a board, as docs/live.md says.
struct Watching {
    listener: Listener,
    board: Value,
    /// The last it heard.
    id: String,
}

impl Watching {
    async fn open(test: &TestApp, query: &str, token: Option<&str>) -> anyhow::Result<Self> {
        let mut listener = Listener::open(test, query, token).await?;
        let first = listener.expect("board").await?;
        Ok(Self { listener, board: first.data["board"].clone(), id: first.id })
    }

    async fn hear(&mut self) -> anyhow::Result<Heard> {
        let heard = self.listener.hear().await?.ok_or_else(|| anyhow::anyhow!("the stream ended"))?;
        match heard.event.as_str() {
            "board" => self.board = heard.data["board"].clone(),
            "board_changes" => self.board = applied(self.board.clone(), &heard.data),
            _ => return Ok(heard),
        }
        let position = heard.id.split(';').next().unwrap_or_default();
        anyhow::ensure!(heard.data["position"] == position, "{heard:?}");
        self.id.clone_from(&heard.id);
        Ok(heard)
    }

    /// Hears until it holds this board; how many messages that took.
    async fn holds(&mut self, board: &Value) -> anyhow::Result<usize> {
        let mut messages = 0;
        while self.board != *board {
            self.hear().await?;
            messages += 1;
        }
        Ok(messages)
    }

    /// Hears until a message of this name is as it is to be.
    async fn until(&mut self, event: &str, is_so: impl Fn(&Value) -> bool) -> anyhow::Result<Heard> {
        loop {
            let heard = self.hear().await?;
            if heard.event == event && is_so(&heard.data) {
                return Ok(heard);
            }
        }
    }

    fn points(&self) -> Vec<i64> {
        let entries = self.board["entries"].as_array().into_iter().flatten();
        entries.filter_map(|entry| entry["points"].as_i64()).collect()
    }
}

fn applied(mut board: Value, changes: &Value) -> Value {
    let list = |name: &str| changes[name].as_array().cloned().unwrap_or_default();
    let mut moved = list("left");
    moved.extend(list("placed").iter().map(|entry| entry["learner_id"].clone()));
    let mut entries = board["entries"].as_array().cloned().unwrap_or_default();
    entries.retain(|entry| !moved.contains(&entry["learner_id"]));
    for mut entry in list("placed") {
        let place = entry["place"].as_u64().expect("a place");
        let fields = entry.as_object_mut().expect("an entry");
        fields.retain(|name, _| name != "place" && name != "from");
        entries.insert(usize::try_from(place).expect("small") - 1, entry);
    }
    for index in 0..entries.len() {
        let ties = |name: &&str| index > 0 && entries[index - 1][*name] == entries[index][*name];
        let is_tie = ["points", "reached_at", "cpu_ms"].iter().all(ties);
        let rank = if is_tie { entries[index - 1]["rank"].clone() } else { json!(index + 1) };
        entries[index]["rank"] = rank;
    }
    board["entries"] = json!(entries);
    for name in ["parked_keys", "next_cursor"] {
        if let Some(value) = changes.get(name) {
            board[name] = value.clone();
        }
    }
    // A read leaves out what there is not.
    board.as_object_mut().expect("a board").retain(|_, value| !value.is_null());
    board
}
