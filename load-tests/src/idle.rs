//! `load-tests idle`: what each service takes when there is nothing to do, and how soon `laurel up` is ready.

use crate::report::{Figure, Report, Target};
use crate::servers::Folder;
use crate::service::built;
use crate::system::{Kind, System};
use anyhow::{Context, bail};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use std::process::Stdio;
use std::time::{Duration, Instant};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::Command;

/// Long enough for everything that starts late.
const SETTLE: Duration = Duration::from_secs(5);

pub async fn run(report: &mut Report) -> anyhow::Result<()> {
    let system = System::start().await?;
    memory(&system, report).await.map_err(|error| error.context(system.logs()))?;
    drop(system);
    let folder = Folder::new()?;
    for name in ["laurel up ready on an empty folder", "laurel up ready again"] {
        let figure = Figure::new(name, up(&folder).await?.as_secs_f64(), "s");
        report.add(figure.target(Target::AtMost(10.0)));
    }
    Ok(())
}

async fn memory(system: &System, report: &mut Report) -> anyhow::Result<()> {
    let mut services = Vec::new();
    for kind in [Kind::CommandApi, Kind::Projectors, Kind::Judge, Kind::QueryApi] {
        services.push((kind, system.service(kind, 0, &[]).await?));
    }
    tokio::time::sleep(SETTLE).await;
    for (kind, service) in &services {
        let (resident_kib, _) = service.memory_kib()?;
        let figure = Figure::new(format!("{} idle, resident memory", kind.name()), mib(resident_kib), "MiB");
        report.add(figure.target(Target::AtMost(64.0)));
    }
    Ok(())
}

/// Runs `laurel up` with its data in `folder` until it says that it is ready, and ends it in good order.
async fn up(folder: &Folder) -> anyhow::Result<Duration> {
    let port = local_servers::free_port()?;
    let began = Instant::now();
    let mut child = Command::new(built("laurel")?)
        .args(["up", "--port", &port.to_string(), "--data"])
        .arg(folder.path())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .context("laurel could not be run: build the crate cli first")?;
    let mut lines = BufReader::new(child.stdout.take().context("its output is piped")?).lines();
    let ready = loop {
        match lines.next_line().await? {
            Some(line) if line.ends_with("] ready") => break began.elapsed(),
            Some(_) => {}
            None => bail!("laurel up ended before it was ready"),
        }
    };
    let pid = child.id().context("it still runs")?;
    kill(Pid::from_raw(pid.cast_signed()), Signal::SIGTERM)?;
    while lines.next_line().await?.is_some() {}
    child.wait().await?;
    Ok(ready)
}

#[allow(clippy::cast_precision_loss)] // Memory is far below 2^52 KiB.
pub fn mib(kib: u64) -> f64 {
    kib as f64 / 1_024.0
}
