//! The work queues on FACTS. The broker saves a stream's messages first and its consumers last, so what was taken from a queue
//! and acknowledged meanwhile would count as done although what came of it is not in the log. So a queue's own state is not
//! saved: how far it was is noted before, and work from there on is done again, which changes nothing where it was done.

use super::snapshot::{ask, ask_if_there};
use anyhow::Context;
use async_nats::Client;
use events::subject;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::time::Duration;

const NAMES: [&str; 3] = [subject::JUDGE_LIVE, subject::JUDGE_REJUDGE, subject::REJUDGE_SETS];
const ANSWERED_WITHIN: Duration = Duration::from_secs(30);

#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Noted {
    name: String,
    /// The FACTS sequence up to which all was acknowledged.
    floor: u64,
    /// As the broker told it.
    config: Value,
}

/// How far every queue is. One that is not there yet begins at the beginning when it is made.
pub(super) async fn note(client: &Client) -> anyhow::Result<Vec<Noted>> {
    let mut noted = Vec::new();
    for name in NAMES {
        let api = format!("$JS.API.CONSUMER.INFO.{}.{name}", subject::FACTS);
        let Some(mut info) = ask_if_there(client, &api, &json!({}), ANSWERED_WITHIN).await? else {
            continue;
        };
        let floor = info["ack_floor"]["stream_seq"].as_u64();
        let floor = floor.with_context(|| format!("the broker says not how far {name} is"))?;
        noted.push(Noted { name: name.to_owned(), floor, config: info["config"].take() });
    }
    Ok(noted)
}

/// Makes the queues anew, each where it was noted.
pub(super) async fn set_back(client: &Client, queues: &[Noted]) -> anyhow::Result<()> {
    for name in NAMES {
        let api = format!("$JS.API.CONSUMER.DELETE.{}.{name}", subject::FACTS);
        ask_if_there(client, &api, &json!({}), ANSWERED_WITHIN).await?;
    }
    for Noted { name, floor, config } in queues {
        let mut config = config.clone();
        config["deliver_policy"] = json!("by_start_sequence");
        config["opt_start_seq"] = json!(floor + 1);
        let wish = json!({ "stream_name": subject::FACTS, "config": config, "action": "create" });
        let api = format!("$JS.API.CONSUMER.CREATE.{}.{name}", subject::FACTS);
        ask(client, &api, &wish, ANSWERED_WITHIN).await.with_context(|| name.clone())?;
    }
    Ok(())
}
