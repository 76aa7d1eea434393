//! `laurel register`.

use crate::client::Client;
use crate::session::DEFAULT_SERVER;
use clap::Args;
use std::process::ExitCode;

#[derive(Debug, Args)]
pub struct Register {
    /// The name shown on boards; asked for when absent.
    handle: Option<String>,
    /// Asked for when absent.
    #[arg(long)]
    email: Option<String>,
    /// Where Laurel answers.
    #[arg(long, env = "LAUREL_SERVER", default_value = DEFAULT_SERVER)]
    server: String,
    /// Read the password from standard input.
    #[arg(long)]
    password_stdin: bool,
}

impl Register {
    pub async fn run(self) -> anyhow::Result<ExitCode> {
        let handle = self.handle.map_or_else(|| super::ask("Handle"), Ok)?;
        let email = self.email.map_or_else(|| super::ask("E-mail"), Ok)?;
        let password = super::password(self.password_stdin)?;
        let mut client = Client::anonymous(&self.server)?;
        client.register(&handle, &email, &password).await?;
        let session = client.login(&handle, &password).await?;
        session.save()?;
        println!("Welcome, {}. You are registered at {} and logged in.", session.handle, session.server);
        Ok(ExitCode::SUCCESS)
    }
}
