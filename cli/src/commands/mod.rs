//! One file per command.

pub mod admin;
pub mod backup;
pub mod board;
pub mod cohort;
pub mod doctor;
pub mod events;
pub mod import;
pub mod login;
pub mod parked;
pub mod projections;
pub mod register;
pub mod rejudge;
pub mod run;
pub mod set_up;
pub mod submit;
pub mod up;

use anyhow::{Context, bail};
use std::io::{BufRead, Write};
use std::path::Path;

/// Asks on the terminal.
fn ask(question: &str) -> anyhow::Result<String> {
    print!("{question}: ");
    std::io::stdout().flush()?;
    let mut answer = String::new();
    std::io::stdin().lock().read_line(&mut answer).context("nothing could be read from the terminal")?;
    Ok(answer.trim().to_owned())
}

/// What a program is written in: as given, or as its file's ending tells.
fn language_of(file: &Path, given: Option<&str>) -> anyhow::Result<String> {
    let told = given.or(match file.extension().and_then(|ending| ending.to_str()) {
        Some("c") => Some("c"),
        Some("cc" | "cpp" | "cxx") => Some("cpp"),
        Some("go") => Some("go"),
        Some("java") => Some("java"),
        Some("js") => Some("javascript"),
        Some("lua") => Some("lua"),
        Some("php") => Some("php"),
        Some("pl") => Some("perl"),
        Some("py") => Some("python"),
        Some("rb") => Some("ruby"),
        Some("rs") => Some("rust"),
        Some("sh") => Some("bash"),
        Some("ts") => Some("typescript"),
        _ => None,
    });
    match told {
        Some(language) => Ok(language.to_owned()),
        None => bail!("the language of {} is not clear; say --language", file.display()),
    }
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
