//! The scripts that write boards. Each first compares what it relies on: a feeder that was frozen and woke up late finds
//! the checkpoint elsewhere and writes nothing. Scores travel as decimal strings, because Lua's numbers lose bits.

use super::ledger::{Place, Step};
use super::window::expires_at;
use super::{Generation, Marks, SHARD};
use crate::failure::Failure;
use chrono::{DateTime, Utc};
use events::Partition;
use events::board;
use redis::aio::MultiplexedConnection;
use redis::{Script, ScriptInvocation};
use std::collections::HashMap;
use std::sync::LazyLock;
use uuid::Uuid;

/// KEYS: the checkpoint, then sets. ARGV: life, number of partitions, per partition (name, `no` expected, `no`, `seq`), then
/// per place (index of its set, when the set expires or '', learner, score or '').
static STEP: LazyLock<Script> = LazyLock::new(|| {
    Script::new(
        r"
        if redis.call('HGET', KEYS[1], 'life') ~= ARGV[1] then return 0 end
        local partitions = tonumber(ARGV[2])
        for n = 0, partitions - 1 do
            local no = redis.call('HGET', KEYS[1], ARGV[3 + 4 * n] .. '.no') or '0'
            if no ~= ARGV[4 + 4 * n] then return 0 end
        end
        for at = 3 + 4 * partitions, #ARGV, 4 do
            local set = KEYS[tonumber(ARGV[at])]
            if ARGV[at + 3] == '' then redis.call('ZREM', set, ARGV[at + 2])
            else redis.call('ZADD', set, ARGV[at + 3], ARGV[at + 2]) end
            if ARGV[at + 1] ~= '' then redis.call('EXPIREAT', set, ARGV[at + 1]) end
        end
        for n = 0, partitions - 1 do
            local name = ARGV[3 + 4 * n]
            redis.call('HSET', KEYS[1], name .. '.no', ARGV[5 + 4 * n], name .. '.seq', ARGV[6 + 4 * n])
        end
        return 1",
    )
});

/// KEYS: the checkpoint, then sets. ARGV: who fills, then per place as above.
static FILL: LazyLock<Script> = LazyLock::new(|| {
    Script::new(
        r"
        if redis.call('HGET', KEYS[1], 'filling') ~= ARGV[1] then return 0 end
        for at = 2, #ARGV, 4 do
            local set = KEYS[tonumber(ARGV[at])]
            redis.call('ZADD', set, ARGV[at + 3], ARGV[at + 2])
            if ARGV[at + 1] ~= '' then redis.call('EXPIREAT', set, ARGV[at + 1]) end
        end
        return 1",
    )
});

/// KEYS: the checkpoint. ARGV: who fills, life, then per partition (name, `no`, `seq`).
static FINISH_FILL: LazyLock<Script> = LazyLock::new(|| {
    Script::new(
        r"
        if redis.call('HGET', KEYS[1], 'filling') ~= ARGV[1] then return 0 end
        for at = 3, #ARGV, 3 do
            redis.call('HSET', KEYS[1], ARGV[at] .. '.no', ARGV[at + 1], ARGV[at] .. '.seq', ARGV[at + 2])
        end
        redis.call('HSET', KEYS[1], 'life', ARGV[2])
        redis.call('HDEL', KEYS[1], 'filling')
        return 1",
    )
});

/// Whether it was written; if not, Redis is elsewhere than `step` expects.
pub async fn apply(
    redis: &mut MultiplexedConnection,
    generation: &Generation,
    step: &Step,
) -> Result<bool, Failure> {
    let mut call = STEP.key(board::checkpoint_key(SHARD, generation.number));
    call.arg(&generation.life).arg(step.moves.len());
    for step in &step.moves {
        call.arg(partition_name(step.partition)).arg(step.from.no).arg(step.to.no).arg(step.to.sequence);
    }
    add_places(&mut call, generation, &step.places);
    Ok(call.invoke_async::<i64>(redis).await? == 1)
}

/// Writes a part of a fill; `false` when somebody else began to fill meanwhile.
pub async fn fill(
    redis: &mut MultiplexedConnection,
    generation: &Generation,
    filler: Uuid,
    places: &[Place],
) -> Result<bool, Failure> {
    let mut call = FILL.key(board::checkpoint_key(SHARD, generation.number));
    call.arg(filler.to_string());
    add_places(&mut call, generation, places);
    Ok(call.invoke_async::<i64>(redis).await? == 1)
}

/// Says that the boards are whole, and where they stand; `false` when they were lost or somebody else began to fill
/// meanwhile: then they must not be believed.
pub async fn finish_fill(
    redis: &mut MultiplexedConnection,
    generation: &Generation,
    filler: Uuid,
    marks: &Marks,
) -> Result<bool, Failure> {
    let mut call = FINISH_FILL.key(board::checkpoint_key(SHARD, generation.number));
    call.arg(filler.to_string()).arg(&generation.life);
    for (partition, mark) in marks {
        call.arg(partition_name(*partition)).arg(mark.no).arg(mark.sequence);
    }
    Ok(call.invoke_async::<i64>(redis).await? == 1)
}

pub fn partition_name(partition: i16) -> String {
    u8::try_from(partition).ok().and_then(Partition::new).map(|known| known.to_string()).unwrap_or_default()
}

fn add_places(call: &mut ScriptInvocation<'_>, generation: &Generation, places: &[Place]) {
    let mut indices: HashMap<String, usize> = HashMap::new();
    for place in places {
        let key = board::sorted_set_key(SHARD, generation.number, &place.scope, &place.window_at);
        let next = indices.len() + 2; // Lua counts from 1, and the checkpoint is first.
        let mut expiry: Option<DateTime<Utc>> = None;
        let index = *indices.entry(key.clone()).or_insert_with(|| {
            expiry = expires_at(&place.window_at);
            call.key(key);
            next
        });
        call.arg(index)
            .arg(expiry.map(|at| at.timestamp().to_string()).unwrap_or_default())
            .arg(place.learner.to_string())
            .arg(place.score.map(|score| score.to_string()).unwrap_or_default());
    }
}
