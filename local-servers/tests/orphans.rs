//! Nothing stays behind when the process that started the servers is killed. The test runs itself a second time as that
//! process.

use local_servers::nats::{NatsConfig, NatsServer};
use local_servers::postgres::{PostgresConfig, PostgresServer};
use local_servers::redis::{RedisConfig, RedisServer};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
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
    let (mut owner, pids) = second_run(folder.path())?;
    owner.kill()?;
    owner.wait()?;
    for pid in pids {
        until(|| (!is_running(&pid)).then_some(()))?;
    }
    Ok(())
}

/// A frozen server does not hear that its owner was killed. Whoever starts the next one on its folder ends it first, and
/// so finds the port free and the store its own.
#[tokio::test]
async fn what_a_killed_owner_left_frozen_is_ended_by_the_next() -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    // Somebody in their session must inherit them: the kernel thaws what is left to nobody.
    nix::sys::prctl::set_child_subreaper(true)?;
    let (mut owner, pids) = second_run(folder.path())?;
    for pid in &pids {
        kill(Pid::from_raw(pid.parse()?), Signal::SIGSTOP)?;
    }
    owner.kill()?;
    owner.wait()?;
    assert!(pids.iter().all(|pid| is_running(pid)), "a frozen server ended");
    let ports = ports(folder.path())?;
    let servers = start(folder.path()).await?;
    assert!(!pids.iter().any(|pid| is_running(pid)), "two run on one folder");
    assert_eq!(ports, self::ports(folder.path())?, "the services would look for them in vain");
    drop(servers);
    Ok(())
}

/// This test program once more, as the owner of servers; and their pids.
fn second_run(folder: &Path) -> anyhow::Result<(Child, Vec<String>)> {
    let owner = Command::new(std::env::current_exe()?)
        .args(["--exact", "a_killed_owner_takes_its_servers_along", "--nocapture"])
        .env(FOLDER, folder)
        .spawn()?;
    let pids = until(|| {
        let text = std::fs::read_to_string(folder.join("pids")).ok()?;
        Some(text.split_whitespace().map(str::to_owned).collect::<Vec<_>>()).filter(|pids| pids.len() == 3)
    })?;
    Ok((owner, pids))
}

fn ports(folder: &Path) -> std::io::Result<[String; 3]> {
    let port = |path| std::fs::read_to_string(folder.join(path));
    Ok([port("nats/nats.port")?, port("postgres/postgres.port")?, port("redis/redis.port")?])
}

async fn own_servers(folder: &Path) -> anyhow::Result<()> {
    let (nats, postgres, redis) = start(folder).await?;
    std::fs::write(folder.join("pids"), format!("{} {} {}", nats.pid(), postgres.pid(), redis.pid()))?;
    std::future::pending().await
}

async fn start(folder: &Path) -> anyhow::Result<(NatsServer, PostgresServer, RedisServer)> {
    let nats = NatsServer::start(NatsConfig::new(folder.join("nats"))).await?;
    let postgres = PostgresServer::start(PostgresConfig::new(folder.join("postgres"))).await?;
    let redis = RedisServer::start(RedisConfig::new(folder.join("redis"))).await?;
    Ok((nats, postgres, redis))
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
