//! Redis: a script that compares a checkpoint, sets members of a sorted set and moves the checkpoint, as the boards' own
//! does.

use super::LIMIT;
use crate::generator::per_second;
use crate::report::{Figure, Report};
use crate::servers::{self, Folder};
use redis::aio::MultiplexedConnection;
use redis::{RedisResult, Script};
use std::time::Instant;

const LEARNERS: usize = 100_000;
const SCRIPT: &str = "
    if (redis.call('HGET', KEYS[1], 'no') or '0') ~= ARGV[1] then return 0 end
    redis.call('ZADD', KEYS[2], unpack(ARGV, 3))
    redis.call('HSET', KEYS[1], 'no', ARGV[2])
    return 1
";

pub(super) async fn measure(folder: &Folder, report: &mut Report) -> anyhow::Result<()> {
    let server = servers::redis(folder).await?;
    let mut connection = redis::Client::open(server.url())?.get_multiplexed_async_connection().await?;
    for size in [1, 100] {
        let rate = update(&mut connection, size).await?;
        report.add(Figure::new(format!("raw Redis scripted updates, {size} a call"), rate, "/s"));
    }
    Ok(())
}

async fn update(connection: &mut MultiplexedConnection, size: usize) -> RedisResult<f64> {
    let script = Script::new(SCRIPT);
    let (checkpoint, board) = (format!("raw:{size}:checkpoint"), format!("raw:{size}:board"));
    let began = Instant::now();
    let mut calls = 0;
    while began.elapsed() < LIMIT {
        let mut call = script.key(&checkpoint);
        call.key(&board).arg(calls).arg(calls + 1);
        for member in 0..size {
            let learner = (calls * size + member) % LEARNERS;
            call.arg(calls).arg(format!("01922222-0000-7000-8000-{learner:012}"));
        }
        let moved: bool = call.invoke_async(connection).await?;
        assert!(moved, "nobody else moves this checkpoint");
        calls += 1;
    }
    Ok(per_second(calls * size, began.elapsed()))
}
