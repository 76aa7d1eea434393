//! Looks after a private server: one that ended by itself is started again on the same port and data, where the services
//! find it again.

use chassis::shutdown::Shutdown;
use local_servers::Running;
use std::time::{Duration, Instant};

/// How often a server is started again before it is given up, and how long apart: the pause doubles each time.
#[derive(Debug, Clone, Copy)]
pub struct Patience {
    pub starts: u32,
    pub pause: Duration,
    /// A server that served this long is well again; its next end is counted from one.
    pub well_after: Duration,
}

/// Together 6 seconds of pauses, and what the starts themselves take.
pub const PATIENCE: Patience =
    Patience { starts: 5, pause: Duration::from_millis(200), well_after: Duration::from_mins(1) };

/// Looks after `server` until the shutdown begins, or until it has to be given up: then says so.
pub async fn look_after(server: Running, patience: Patience, ending: &Shutdown) -> Option<String> {
    let (name, log) = (server.name(), server.log().display().to_string());
    let mut starts = 0;
    loop {
        let begun = Instant::now();
        let status = tokio::select! {
            status = server.ended() => status,
            () = ending.begun() => return None,
        };
        let status = status.map_or_else(|| "nobody knows how".to_owned(), |status| status.to_string());
        if begun.elapsed() >= patience.well_after {
            starts = 0;
        }
        if starts == patience.starts {
            return Some(format!(
                "{name} ended ({status}), also after {starts} new starts; its log is {log}"
            ));
        }
        tracing::error!(server = name, status, log, "a server ended by itself and is started again");
        tokio::select! {
            () = tokio::time::sleep(patience.pause * 2_u32.pow(starts)) => {}
            () = ending.begun() => return None,
        }
        starts += 1;
        // A start that failed leaves the ended process in its place, so the loop finds it ended at once.
        if let Err(error) = server.restart().await {
            tracing::error!(server = name, %error, "the server could not be started again");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use anyhow::Context;
    use local_servers::Recipe;
    use nix::sys::signal::{Signal, kill};
    use nix::unistd::Pid;
    use std::path::Path;

    const IMPATIENCE: Patience =
        Patience { starts: 2, pause: Duration::from_millis(1), well_after: Duration::from_hours(1) };
    const SOON: Duration = Duration::from_secs(20);

    /// A program that runs only while `fit` is there.
    async fn server(folder: &Path) -> anyhow::Result<Running> {
        let fit = folder.join("fit");
        std::fs::write(&fit, "")?;
        let script = format!("test -e {} && exec sleep 600; exit 7", fit.display());
        Ok(Running::start_aside(Recipe {
            name: "nap",
            program: "/bin/sh".into(),
            arguments: vec!["-c".to_owned(), script],
            log: folder.join("nap.log"),
            stop: Signal::SIGTERM,
            abandon: Signal::SIGKILL,
            // Ready is who has become `sleep`.
            is_ready: Box::new(|pid| {
                std::fs::read_to_string(format!("/proc/{pid}/comm")).is_ok_and(|name| name.trim() == "sleep")
            }),
        })
        .await?)
    }

    fn kill_hard(server: &Running) -> anyhow::Result<()> {
        Ok(kill(Pid::from_raw(server.pid().cast_signed()), Signal::SIGKILL)?)
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_server_that_does_not_come_back_is_given_up_by_name() -> anyhow::Result<()> {
        let folder = tempfile::tempdir()?;
        let server = server(folder.path()).await?;
        std::fs::remove_file(folder.path().join("fit"))?;
        kill_hard(&server)?;
        let ending = Shutdown::new();
        let given_up = look_after(server, IMPATIENCE, &ending);
        let said = tokio::time::timeout(SOON, given_up).await?.context("it is not given up")?;
        assert!(said.contains("nap ended (signal: 9") && said.contains("nap.log"), "{said}");
        Ok(())
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_shutdown_starts_nothing_again() -> anyhow::Result<()> {
        let folder = tempfile::tempdir()?;
        let server = server(folder.path()).await?;
        let ending = Shutdown::new();
        let looking = look_after(server.clone(), IMPATIENCE, &ending);
        ending.begin();
        assert_eq!(tokio::time::timeout(SOON, looking).await?, None);
        let before = server.pid();
        server.stop().await?;
        assert_eq!(server.pid(), before);
        Ok(())
    }
}
