//! `laurel up`.

use crate::session::DEFAULT_SERVER;
use crate::stack::catalogue::Loaded;
use crate::stack::servers::Existing;
use crate::stack::{Plan, Stack, default_folder};
use chassis::config::Settings;
use chassis::shutdown::Shutdown;
use chassis::telemetry::{self, LogFormat};
use chassis::trace::Tracing;
use clap::Args;
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

#[derive(Debug, Args)]
pub struct Up {
    /// Port to answer on.
    #[arg(long, env = "LAUREL_PORT", default_value_t = 8080)]
    port: u16,
    /// Address to answer on; another than loopback shows Laurel to the network, without TLS.
    #[arg(long, env = "LAUREL_HOST", default_value = "127.0.0.1")]
    host: IpAddr,
    /// Where everything is kept.
    #[arg(long, env = "LAUREL_DATA")]
    data: Option<PathBuf>,
    /// Do not bring the shipped exercises in.
    #[arg(long)]
    no_exercises: bool,
    /// What the services log, in the syntax of tracing's filters.
    #[arg(long, env = "LAUREL_LOG", default_value = "warn")]
    log: String,
}

impl Up {
    pub async fn run(self) -> anyhow::Result<ExitCode> {
        telemetry::start(LogFormat::Text, &self.log);
        let begun = Instant::now();
        let interrupted = Shutdown::new();
        interrupted.on_signals()?;
        let folder = self.data.unwrap_or_else(default_folder);
        let mut settings = Settings::from_environment();
        let tracing = Tracing::read(&mut settings);
        settings.finish()?;
        let plan = Plan {
            folder: folder.clone(),
            existing: Existing::from_environment()?,
            listen: SocketAddr::new(self.host, self.port),
            tracing,
        };
        let say = |step: &str| println!("[{:>5.1} s] {step}", begun.elapsed().as_secs_f64());
        let stack = tokio::select! {
            stack = Stack::start(plan, say) => stack?,
            () = interrupted.begun() => return Ok(ExitCode::FAILURE),
        };
        let served = tokio::select! {
            () = serve(&stack, self.no_exercises, say, &folder, &interrupted) => Ok(ExitCode::SUCCESS),
            lost = stack.given_up() => Err(anyhow::anyhow!(lost)),
        };
        println!("Stopping; everything is kept.");
        let stopped = stack.stop().await;
        // Why it ends matters more than how the end went.
        let code = served?;
        stopped.map(|()| code)
    }
}

/// From the started services to the end.
async fn serve(
    stack: &Stack,
    no_exercises: bool,
    say: impl Fn(&str) + Copy,
    folder: &Path,
    interrupted: &Shutdown,
) {
    if !no_exercises {
        let loaded = tokio::select! {
            loaded = stack.load_catalogue() => loaded,
            () = interrupted.begun() => return,
        };
        report(loaded, say);
    }
    say("ready");
    print_welcome(&stack.address, folder);
    interrupted.begun().await;
}

/// Exercises that are missing are told, and keep nobody from those that are there.
fn report(loaded: anyhow::Result<Loaded>, say: impl Fn(&str)) {
    match loaded {
        Ok(loaded) => {
            say(&format!(
                "exercises: {} new, {} revised, {} unchanged, {} archived",
                loaded.created, loaded.revised, loaded.unchanged, loaded.archived
            ));
            for (slug, error) in loaded.failed {
                eprintln!("laurel: warning: the exercise {slug} could not be brought in: {error:#}");
            }
        }
        Err(error) => eprintln!("laurel: warning: the shipped exercises are not loaded: {error:#}"),
    }
}

fn print_welcome(address: &str, folder: &Path) {
    let at = if address == DEFAULT_SERVER { String::new() } else { format!(" --server {address}") };
    println!(
        "
Laurel answers at {address}
  reference    {address}/docs
  data         {}

In another terminal:
  laurel register{at}
  laurel submit museum-tickets solution.py
  laurel board

Ctrl-C stops it; the next start finds everything as it was.",
        folder.display()
    );
}
