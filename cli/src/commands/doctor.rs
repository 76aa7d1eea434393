//! `laurel doctor`.

use crate::stack::default_folder;
use clap::Args;
use judge::languages::Languages;
use judge::sandbox::{RequiredLayers, RunBox, Sandbox, SandboxError};
use local_servers::home;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

#[derive(Debug, Args)]
pub struct Doctor {
    /// The data folder that `laurel up` would use.
    #[arg(long, env = "LAUREL_DATA")]
    data: Option<PathBuf>,
}

/// What was looked at, and what was found: a fact, or what to do.
type Finding = (&'static str, Result<String, String>);

impl Doctor {
    // Asynchronous like every command, though nothing here waits.
    #[allow(clippy::unused_async)]
    pub async fn run(self) -> anyhow::Result<ExitCode> {
        let folder = self.data.unwrap_or_else(default_folder);
        let findings = [
            ("user", user()),
            ("data folder", writable(&folder)),
            ("nats-server", home::nats_server().map(shown).map_err(|error| error.to_string())),
            ("PostgreSQL", home::postgres_programs().map(shown).map_err(|error| error.to_string())),
            ("Redis", home::redis_server().map(shown).map_err(|error| error.to_string())),
            ("sandbox", sandbox()),
            ("languages", languages()),
        ];
        findings.iter().for_each(print);
        let fit = findings.iter().all(|(_, found)| found.is_ok());
        println!(
            "{}",
            if fit {
                "This machine can run Laurel."
            } else {
                "Mend what is marked, then run `laurel doctor` again."
            }
        );
        Ok(if fit { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }
}

fn print((what, found): &Finding) {
    match found {
        Ok(fact) => println!("  ok    {what:<12} {fact}"),
        Err(advice) => println!("  MEND  {what:<12} {advice}"),
    }
}

fn shown(path: impl Into<PathBuf>) -> String {
    path.into().display().to_string()
}

fn user() -> Result<String, String> {
    if home::is_root() {
        return Err("root: PostgreSQL refuses it and judged code must not be near it; use bin/up, which changes to the user laurel".to_owned());
    }
    Ok("an ordinary user".to_owned())
}

fn writable(folder: &Path) -> Result<String, String> {
    let tried = std::fs::create_dir_all(folder).and_then(|()| {
        let probe = folder.join(".doctor");
        std::fs::write(&probe, b"")?;
        std::fs::remove_file(&probe)
    });
    tried
        .map(|()| shown(folder))
        .map_err(|error| format!("{} is not writable: {error}; choose another with --data", folder.display()))
}

/// The layers that stand between a program and this host.
fn sandbox() -> Result<String, String> {
    let sandbox = Sandbox::open().map_err(|error| advice(&error, &std::env::temp_dir()))?;
    let layers = sandbox.layers();
    RequiredLayers::default().check(&layers).map_err(|error| error.to_string())?;
    Ok(format!("{layers}; off: {}", layers.off()))
}

fn advice(error: &SandboxError, temporary: &Path) -> String {
    match error {
        SandboxError::Setup(_) => {
            format!("{error}; allow user namespaces (sysctl user.max_user_namespaces > 0)")
        }
        // The sandbox's own program is placed there and started.
        SandboxError::System { .. } => format!(
            "{error}; it must be possible to write to {} and to run programs there (no noexec): TMPDIR names another folder",
            temporary.display()
        ),
        _ => error.to_string(),
    }
}

fn languages() -> Result<String, String> {
    let on: Vec<String> = Languages::probe()
        .on
        .iter()
        .map(|language| format!("{} {}", language.language.name, language.version))
        .collect();
    if on.is_empty() {
        Err("no language can be judged; install python3".to_owned())
    } else {
        Ok(on.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_in_which_nothing_can_be_run_is_named() {
        let source = std::io::ErrorKind::PermissionDenied.into();
        let error = SandboxError::System { operation: "starting the warden", source };
        let advice = advice(&error, Path::new("/where/nothing/runs"));
        assert!(advice.contains("/where/nothing/runs"), "{advice}");
        assert!(!advice.contains("bubblewrap"), "{advice}");
    }
}
