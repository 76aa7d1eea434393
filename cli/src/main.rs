//! `laurel`: runs the system on one machine, and talks to it from a terminal.

use clap::Parser;
use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    match cli::Laurel::parse().run().await {
        Ok(code) => code,
        Err(error) => {
            eprintln!("laurel: {error:#}");
            ExitCode::FAILURE
        }
    }
}
