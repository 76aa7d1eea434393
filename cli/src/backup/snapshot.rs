//! One stream, by the broker's own protocol for snapshots: it sends them in pieces, of which so many may be on their way
//! unacknowledged, and takes them back one at a time. <https://docs.nats.io/reference/jetstream/api/stream/snapshot>

use super::SavedStream;
use anyhow::{Context, bail, ensure};
use async_nats::jetstream::ErrorCode;
use async_nats::{Client, Request, StatusCode};
use bytes::Bytes;
use events::subject;
use futures_util::StreamExt;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::{Read, Write};
use std::path::Path;
use std::time::Duration;

/// Well below what a broker takes in one message.
const PIECE_BYTES: usize = 128 * 1_024;
/// More room than this is worth asking for.
const ROOM_MIN: i64 = 1 << 20;
/// How long the broker may say nothing while it sends.
const SILENT_MAX: Duration = Duration::from_secs(30);
/// Before it sends, it reads all of a stream and checks every message.
const CHECKED_WITHIN: Duration = Duration::from_mins(30);
/// At the end of the way back it writes all of it to its place.
const PLACED_WITHIN: Duration = Duration::from_mins(30);

/// All streams, FACTS first.
pub(super) async fn stream_names(client: &Client) -> anyhow::Result<Vec<String>> {
    let mut names: Vec<String> = Vec::new();
    loop {
        let page = ask(client, "$JS.API.STREAM.NAMES", &json!({ "offset": names.len() }), SILENT_MAX).await?;
        let found = page["streams"].as_array().cloned().unwrap_or_default();
        names.extend(found.iter().filter_map(|name| Some(name.as_str()?.to_owned())));
        if found.is_empty() || names.len() as u64 >= page["total"].as_u64().unwrap_or_default() {
            break;
        }
    }
    names.sort_by_key(|name| (name != subject::FACTS, name.clone()));
    Ok(names)
}

/// Writes a stream's messages, as they are at this moment, to a new file.
pub(super) async fn save(client: &Client, stream: &str, path: &Path) -> anyhow::Result<SavedStream> {
    let mut file = File::create_new(path).with_context(|| format!("making {}", path.display()))?;
    let inbox = client.new_inbox();
    let mut pieces = client.subscribe(inbox.clone()).await?;
    client.flush().await?;
    let wish =
        json!({ "deliver_subject": inbox, "no_consumers": true, "chunk_size": PIECE_BYTES, "jsck": true });
    let answer = ask(client, &format!("$JS.API.STREAM.SNAPSHOT.{stream}"), &wish, CHECKED_WITHIN).await?;
    let (mut digest, mut bytes) = (Sha256::new(), 0_u64);
    loop {
        let piece = tokio::time::timeout(SILENT_MAX, pieces.next()).await;
        let piece = piece.context("the broker stopped sending")?.context("the connection ended")?;
        if piece.payload.is_empty() {
            match piece.status {
                None | Some(StatusCode::OK) => break,
                Some(status) if status.as_u16() == 204 => break,
                Some(status) => {
                    bail!("the broker gave up: {status} {}", piece.description.unwrap_or_default())
                }
            }
        }
        digest.update(&piece.payload);
        bytes += piece.payload.len() as u64;
        file.write_all(&piece.payload)?;
        if let Some(reply) = piece.reply {
            acknowledge(client, reply).await?;
        }
    }
    file.sync_all()?;
    let number = |name: &str| answer["state"][name].as_u64().unwrap_or_default();
    ensure!(bytes > 0, "the broker sent nothing");
    Ok(SavedStream {
        name: stream.to_owned(),
        bytes,
        sha256: hex(digest),
        messages: number("messages"),
        last_sequence: number("last_seq"),
        config: answer["config"].clone(),
        state: answer["state"].clone(),
    })
}

#[allow(clippy::disallowed_methods)] // No event: what the broker waits for before it sends more.
async fn acknowledge(client: &Client, reply: async_nats::Subject) -> anyhow::Result<()> {
    client.publish(reply, Bytes::new()).await?;
    Ok(client.flush().await?)
}

/// Whether a file is what was saved.
pub(super) fn check(saved: &SavedStream, path: &Path) -> anyhow::Result<()> {
    let (mut digest, mut buffer) = (Sha256::new(), vec![0; PIECE_BYTES]);
    let mut file = File::open(path).with_context(|| format!("{} is missing", path.display()))?;
    loop {
        match file.read(&mut buffer)? {
            0 => break,
            count => digest.update(&buffer[..count]),
        }
    }
    ensure!(hex(digest) == saved.sha256, "{} is damaged", path.display());
    Ok(())
}

/// Whether what a broker has under a stream's name is at least what was saved of it.
pub(super) async fn check_there(client: &Client, saved: &SavedStream) -> anyhow::Result<()> {
    let info = ask(client, &format!("$JS.API.STREAM.INFO.{}", saved.name), &json!({}), SILENT_MAX).await?;
    let last = info["state"]["last_seq"].as_u64().unwrap_or_default();
    ensure!(
        last >= saved.last_sequence,
        "{} is there already, and ends at {last} and not at {}: delete it first, if nobody needs it",
        saved.name,
        saved.last_sequence
    );
    // Nothing of FACTS is ever deleted, so its first fact tells one log from another.
    let first = |state: &Value| state["first_ts"].clone();
    ensure!(
        saved.name != subject::FACTS || first(&info["state"]) == first(&saved.state),
        "{} is there already, and is another log",
        saved.name
    );
    Ok(())
}

/// Gives a stream back to a broker that has none of its name, with no more room than it needs: all have to find theirs.
pub(super) async fn bring_back(client: &Client, saved: &SavedStream, path: &Path) -> anyhow::Result<()> {
    let mut config = saved.config.clone();
    if let Some(full) = saved.room() {
        let taken = saved.state["bytes"].as_i64().unwrap_or_default();
        config["max_bytes"] = json!(full.min(taken + taken / 4 + ROOM_MIN));
    }
    let wish = json!({ "config": config, "state": saved.state });
    let answer = ask(client, &format!("$JS.API.STREAM.RESTORE.{}", saved.name), &wish, SILENT_MAX).await?;
    let to = answer["deliver_subject"].as_str().context("the broker says not where to")?.to_owned();
    let mut file = File::open(path)?;
    loop {
        let mut piece = Vec::with_capacity(PIECE_BYTES);
        if Read::by_ref(&mut file).take(PIECE_BYTES as u64).read_to_end(&mut piece)? == 0 {
            break;
        }
        let answer = client.send_request(to.clone(), request(piece.into(), SILENT_MAX)).await?;
        ensure!(
            answer.payload.is_empty(),
            "the broker refused a piece: {}",
            String::from_utf8_lossy(&answer.payload)
        );
    }
    let placed = client.send_request(to, request(Bytes::new(), PLACED_WITHIN)).await?;
    let placed = understood(&placed.payload)?;
    let last = placed["state"]["last_seq"].as_u64();
    ensure!(last == Some(saved.last_sequence), "it ends at {last:?} and not at {}", saved.last_sequence);
    Ok(())
}

/// Gives a stream the room it had when it was saved, or as much of that as the brokers have: what it has then.
pub(super) async fn make_room(client: &Client, saved: &SavedStream, full: i64) -> anyhow::Result<i64> {
    let name = &saved.name;
    let info = ask(client, &format!("$JS.API.STREAM.INFO.{name}"), &json!({}), SILENT_MAX).await?;
    let mut config = info["config"].clone();
    let has = config["max_bytes"].as_i64().unwrap_or_default();
    let mut more = full - has;
    while more >= ROOM_MIN {
        config["max_bytes"] = json!(has + more);
        let answer = answer(client, &format!("$JS.API.STREAM.UPDATE.{name}"), &config, SILENT_MAX).await?;
        if error_code(&answer) != Some(ErrorCode::STORAGE_RESOURCES_EXCEEDED.0) {
            understood(&answer)?;
            return Ok(has + more);
        }
        more /= 2;
    }
    Ok(has)
}

pub(super) async fn ask(client: &Client, api: &str, wish: &Value, within: Duration) -> anyhow::Result<Value> {
    understood(&answer(client, api, wish, within).await?)
}

/// The same about a consumer that may not exist.
pub(super) async fn ask_if_there(
    client: &Client,
    api: &str,
    wish: &Value,
    within: Duration,
) -> anyhow::Result<Option<Value>> {
    let answer = answer(client, api, wish, within).await?;
    if error_code(&answer) == Some(ErrorCode::CONSUMER_NOT_FOUND.0) {
        return Ok(None);
    }
    understood(&answer).map(Some)
}

async fn answer(client: &Client, api: &str, wish: &Value, within: Duration) -> anyhow::Result<Bytes> {
    let wish = serde_json::to_vec(wish)?.into();
    let answer = client.send_request(api.to_owned(), request(wish, within)).await;
    Ok(answer.with_context(|| format!("asking {api}"))?.payload)
}

fn request(payload: Bytes, within: Duration) -> Request {
    Request::new().payload(payload).timeout(Some(within))
}

fn error_code(payload: &[u8]) -> Option<u64> {
    serde_json::from_slice::<Value>(payload).ok()?["error"]["err_code"].as_u64()
}

fn understood(payload: &[u8]) -> anyhow::Result<Value> {
    let answer: Value = serde_json::from_slice(payload).context("the broker's answer is no JSON")?;
    match answer["error"]["description"].as_str() {
        Some(description) => bail!("the broker refuses: {description}"),
        None => Ok(answer),
    }
}

fn hex(digest: Sha256) -> String {
    digest.finalize().iter().fold(String::new(), |mut text, byte| {
        let _ = std::fmt::Write::write_fmt(&mut text, format_args!("{byte:02x}"));
        text
    })
}
