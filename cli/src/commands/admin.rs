//! `laurel admin`: what only the machine that runs the system may do.

use crate::stack::secrets::Secrets;
use crate::stack::{default_folder, grant_role};
use anyhow::{Context, anyhow};
use chassis::config::Settings;
use clap::{Args, Subcommand};
use events::account::Role;
use local_servers::nats::NatsServer;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

#[derive(Debug, Args)]
pub struct Admin {
    #[command(subcommand)]
    command: AdminCommand,
}

#[derive(Debug, Subcommand)]
enum AdminCommand {
    /// Give somebody a role. The first admin is made here; admins give roles over the API.
    Grant {
        /// Who gets it, as registered.
        handle: String,
        /// Which: learner, author, instructor, analyst, operator or admin.
        #[arg(long, default_value = "admin", value_parser = role)]
        role: Role,
        /// The data folder of the running `laurel up`.
        #[arg(long, env = "LAUREL_DATA")]
        data: Option<PathBuf>,
    },
}

impl Admin {
    pub async fn run(self) -> anyhow::Result<ExitCode> {
        let AdminCommand::Grant { handle, role, data } = self.command;
        let folder = data.unwrap_or_else(default_folder);
        let secrets =
            Secrets::load(&folder.join("secrets")).context("is this the data folder of `laurel up`?")?;
        grant_role(&nats_url(&folder)?, &secrets, &handle, role).await?;
        println!("{handle} has the role {} from the next login or token on.", role.name());
        Ok(ExitCode::SUCCESS)
    }
}

/// Where command-api's broker account is: the existing broker's, or that of the private one in `folder`.
fn nats_url(folder: &Path) -> anyhow::Result<String> {
    let mut settings = Settings::from_environment();
    if let Some(url) = settings.optional::<String>("LAUREL_NATS_URL", "an existing nats-server") {
        return Ok(url);
    }
    NatsServer::remembered_url(&folder.join("nats"), "command-api")
        .ok_or_else(|| anyhow!("no broker was started in {}", folder.display()))
}

fn role(text: &str) -> Result<Role, String> {
    let found = Role::ALL.into_iter().find(|role| role.name() == text);
    found.ok_or_else(|| format!("the roles are {}", Role::ALL.map(Role::name).join(", ")))
}
