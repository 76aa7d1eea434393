//! Backups of the log, and the way back. A backup is a folder: each stream as the broker's own snapshot, without its consumers,
//! and `backup.json`, which is written last and says what the others must be; without it there is no backup.
//!
//! PostgreSQL and Redis are not in it: everything they hold is folded from the log. Nor are sessions: those that ended and
//! refresh tokens that were used would be good again.
//!
//! **Order.** FACTS goes first, and how far the relay and the work queues had come is noted before. So whatever FACTS refers
//! to (accounts, keys, packages) is in what is saved after it; and what IDENTITY decided since, the relay carries into FACTS
//! again once it is back.

mod queues;
mod snapshot;

use anyhow::{Context, anyhow, ensure};
use async_nats::jetstream;
use chassis::clock::Clock;
use chrono::{DateTime, Utc};
use events::subject;
use serde::{Deserialize, Serialize};
use std::path::Path;

const MANIFEST: &str = "backup.json";

/// What a folder holds.
#[derive(Debug, Serialize, Deserialize)]
pub struct Backup {
    /// When it was begun: what was stored before is in it.
    pub begun_at: DateTime<Utc>,
    pub ended_at: DateTime<Utc>,
    /// Up to where IDENTITY's decisions are sure to be in FACTS as saved.
    relay_floor: u64,
    /// Up to where the work of each queue on FACTS is sure to be in FACTS as saved.
    queues: Vec<queues::Noted>,
    pub streams: Vec<SavedStream>,
}

#[derive(Debug, Serialize, Deserialize)]
pub struct SavedStream {
    pub name: String,
    pub bytes: u64,
    /// Of the file, in hexadecimal.
    sha256: String,
    pub messages: u64,
    pub last_sequence: u64,
    /// As the broker told them, and wants them back.
    config: serde_json::Value,
    state: serde_json::Value,
}

impl SavedStream {
    /// How many bytes it might take, if that was bounded.
    fn room(&self) -> Option<i64> {
        self.config["max_bytes"].as_i64().filter(|bytes| *bytes > 0)
    }
}

/// Saves every stream into a folder that holds no backup yet.
pub async fn save(
    jetstream: &jetstream::Context,
    client: &async_nats::Client,
    folder: &Path,
) -> anyhow::Result<Backup> {
    let manifest = folder.join(MANIFEST);
    ensure!(!manifest.exists(), "{} holds a backup already", folder.display());
    std::fs::create_dir_all(folder).with_context(|| format!("making {}", folder.display()))?;
    let clock = Clock::system();
    let begun_at = clock.now();
    let names = snapshot::stream_names(client).await?;
    let missing = made_by_set_up().into_iter().find(|name| !names.contains(name));
    ensure!(missing.is_none(), "this is no whole log: {} is missing", missing.unwrap_or_default());
    let relay_floor = relay_floor(jetstream).await?;
    let queues = queues::note(client).await?;
    let mut streams = Vec::new();
    for name in names.into_iter().filter(|name| *name != bucket(subject::SESSIONS)) {
        let saved = snapshot::save(client, &name, &folder.join(file_of(&name))).await;
        let saved = saved.with_context(|| format!("saving {name}"))?;
        ensure!(name != subject::FACTS || saved.messages > 0, "the log is empty: is it to be restored?");
        streams.push(saved);
    }
    let backup = Backup { begun_at, ended_at: clock.now(), relay_floor, queues, streams };
    let unfinished = folder.join("backup.json.unfinished");
    std::fs::write(&unfinished, serde_json::to_vec_pretty(&backup)?)?;
    std::fs::File::open(&unfinished)?.sync_all()?;
    std::fs::rename(&unfinished, &manifest)?;
    Ok(backup)
}

/// What a folder holds, from its description alone.
pub fn open(folder: &Path) -> anyhow::Result<Backup> {
    let manifest = folder.join(MANIFEST);
    let text =
        std::fs::read(&manifest).with_context(|| format!("{}: is this a backup?", manifest.display()))?;
    serde_json::from_slice(&text).context("the backup's description cannot be read")
}

/// What came of bringing a backup back, by the streams' names.
pub struct Brought<'a> {
    /// The brokers had these already.
    pub there: Vec<&'a str>,
    /// These have room for so many bytes, which is less than they had.
    pub smaller: Vec<(&'a str, i64)>,
}

/// Brings back what the brokers do not have. So it can be repeated after it was interrupted: a broker has a stream whole or
/// not at all.
pub async fn bring_back<'a>(
    jetstream: &jetstream::Context,
    client: &async_nats::Client,
    folder: &Path,
    backup: &'a Backup,
) -> anyhow::Result<Brought<'a>> {
    let names = snapshot::stream_names(client).await?;
    let (there, missing): (Vec<_>, Vec<_>) =
        backup.streams.iter().partition(|saved| names.contains(&saved.name));
    for saved in &there {
        snapshot::check_there(client, saved).await?;
    }
    for saved in &missing {
        snapshot::check(saved, &folder.join(file_of(&saved.name)))?;
    }
    for saved in missing {
        let brought = snapshot::bring_back(client, saved, &folder.join(file_of(&saved.name))).await;
        brought.with_context(|| format!("bringing {} back", saved.name))?;
    }
    // FACTS, which takes most, last.
    let mut smaller = Vec::new();
    for saved in backup.streams.iter().rev() {
        let Some(full) = saved.room() else { continue };
        let has = snapshot::make_room(client, saved, full).await;
        let has = has.with_context(|| format!("making room for {}", saved.name))?;
        if has < full {
            smaller.push((saved.name.as_str(), has));
        }
    }
    queues::set_back(client, &backup.queues).await.context("setting the work queues back")?;
    let carried = command_api::carry_again_after(jetstream, backup.relay_floor).await;
    carried.map_err(|error| anyhow!("the relay could not be set back to where it was: {error}"))?;
    Ok(Brought { there: there.into_iter().map(|saved| saved.name.as_str()).collect(), smaller })
}

/// The broker's names of all that `laurel set-up log` makes.
fn made_by_set_up() -> [String; 5] {
    [
        subject::FACTS.to_owned(),
        subject::IDENTITY.to_owned(),
        format!("OBJ_{}", subject::EXERCISES),
        bucket(subject::SESSIONS),
        bucket(subject::TRIES),
    ]
}

fn bucket(name: &str) -> String {
    format!("KV_{name}")
}

fn file_of(stream: &str) -> String {
    format!("{stream}.tar.s2")
}

/// Where there is no relay yet, nothing is sure.
async fn relay_floor(jetstream: &jetstream::Context) -> anyhow::Result<u64> {
    use jetstream::context::ConsumerInfoErrorKind::NotFound;
    let identity = jetstream.get_stream_no_info(subject::IDENTITY).await?;
    match identity.consumer_info(subject::IDENTITY_RELAY).await {
        Ok(info) => Ok(info.ack_floor.stream_sequence),
        Err(error) if error.kind() == NotFound => Ok(0),
        Err(error) => Err(error.into()),
    }
}
