//! `laurel login`.

use crate::client::Client;
use crate::session::DEFAULT_SERVER;
use clap::Args;
use std::process::ExitCode;

#[derive(Debug, Args)]
pub struct Login {
    /// Handle or e-mail address; asked for when absent.
    #[arg(value_name = "LOGIN")]
    name: Option<String>,
    /// Where Laurel answers.
    #[arg(long, env = "LAUREL_SERVER", default_value = DEFAULT_SERVER)]
    server: String,
    /// Read the password from standard input.
    #[arg(long)]
    password_stdin: bool,
}

impl Login {
    pub async fn run(self) -> anyhow::Result<ExitCode> {
        let login = self.name.map_or_else(|| super::ask("Handle or e-mail"), Ok)?;
        let password = super::password(self.password_stdin)?;
        let session = Client::anonymous(&self.server)?.login(&login, &password).await?;
        session.save()?;
        println!("Logged in to {} as {}.", session.server, session.handle);
        Ok(ExitCode::SUCCESS)
    }
}
