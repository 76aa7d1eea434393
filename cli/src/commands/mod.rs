//! One file per command.

pub mod admin;
pub mod board;
pub mod doctor;
pub mod login;
pub mod register;
pub mod submit;
pub mod up;

use anyhow::Context;
use std::io::{BufRead, Write};

/// Asks on the terminal.
fn ask(question: &str) -> anyhow::Result<String> {
    print!("{question}: ");
    std::io::stdout().flush()?;
    let mut answer = String::new();
    std::io::stdin().lock().read_line(&mut answer).context("nothing could be read from the terminal")?;
    Ok(answer.trim().to_owned())
}

/// A password: from standard input when told so, else asked for without showing it.
fn password(from_stdin: bool) -> anyhow::Result<String> {
    if from_stdin {
        let mut line = String::new();
        std::io::stdin().lock().read_line(&mut line).context("no password on standard input")?;
        return Ok(line.trim_end_matches(['\r', '\n']).to_owned());
    }
    rpassword::prompt_password("Password: ").context("the password could not be read; use --password-stdin")
}
