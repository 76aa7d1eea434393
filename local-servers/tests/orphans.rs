//! Nothing stays behind when the process that started the servers is killed. The test runs itself a second time as that
//! process.

use local_servers::nats::{NatsConfig, NatsServer};
use local_servers::postgres::{PostgresConfig, PostgresServer};
use local_servers::redis::{RedisConfig, RedisServer};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

const FOLDER: &str = "LAUREL_TEST_OWNER_FOLDER";
const BOUND: Duration = Duration::from_mins(1);

#[tokio::test]
#[allow(clippy::disallowed_methods)] // The second run is told by the environment that it is the second.
async fn a_killed_owner_takes_its_servers_along() -> anyhow::Result<()> {
    if let Some(folder) = std::env::var_os(FOLDER) {
        return own_servers(&PathBuf::from(folder)).await;
    }
    let folder = tempfile::tempdir()?;
    let mut owner = Command::new(std::env::current_exe()?)
        .args(["--exact", "a_killed_owner_takes_its_servers_along", "--nocapture"])
        .env(FOLDER, folder.path())
        .spawn()?;
    let pids = until(|| {
        let text = std::fs::read_to_string(folder.path().join("pids")).ok()?;
        Some(text.split_whitespace().map(str::to_owned).collect::<Vec<_>>()).filter(|pids| pids.len() == 3)
    })?;
    owner.kill()?;
    owner.wait()?;
    for pid in pids {
        until(|| (!is_running(&pid)).then_some(()))?;
    }
    Ok(())
}

async fn own_servers(folder: &Path) -> anyhow::Result<()> {
    let nats = NatsServer::start(NatsConfig::new(folder.join("nats"))).await?;
    let postgres = PostgresServer::start(PostgresConfig::new(folder.join("postgres"))).await?;
    let redis = RedisServer::start(RedisConfig::new(folder.join("redis"))).await?;
    std::fs::write(folder.join("pids"), format!("{} {} {}", nats.pid(), postgres.pid(), redis.pid()))?;
    std::future::pending().await
}

/// A zombie that nobody reaps has ended as well.
fn is_running(pid: &str) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    stat.rsplit_once(") ").is_some_and(|(_, rest)| !rest.starts_with('Z'))
}

fn until<T>(mut attempt: impl FnMut() -> Option<T>) -> anyhow::Result<T> {
    let deadline = Instant::now() + BOUND;
    while Instant::now() < deadline {
        if let Some(done) = attempt() {
            return Ok(done);
        }
        std::thread::yield_now();
    }
    anyhow::bail!("not within {BOUND:?}")
}
