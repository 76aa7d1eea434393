//! `laurel events export`: the feed into a file that can be gone on with.

use super::Choice;
use super::reader::{Reader, sequence_of};
use crate::client::Client;
use anyhow::{Context, bail};
use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// How much of a file's end is read at once to find its last line.
const BLOCK: u64 = 64 * 1_024;

#[derive(Debug, Args)]
pub struct Export {
    /// The file. If it is there, it is gone on with behind its last line (with the same filters, please).
    file: PathBuf,
    #[command(flatten)]
    choice: Choice,
    /// Go on with what comes, until interrupted.
    #[arg(long)]
    follow: bool,
}

impl Export {
    pub async fn run(self) -> anyhow::Result<ExitCode> {
        let (mut file, behind) = open(&self.file)?;
        let mut reader = Reader::open(Client::logged_in()?, self.choice, behind, self.follow).await?;
        let begin = reader.last();
        let bar = bar(begin, reader.until());
        let mut lines_written = 0_u64;
        while let Some(lines) = reader.next().await? {
            // Heartbeats are empty lines, and no part of what is exported.
            for line in lines.split_inclusive(|byte| *byte == b'\n').filter(|line| line.len() > 1) {
                file.write_all(line).with_context(|| format!("writing {}", self.file.display()))?;
                lines_written += 1;
            }
            bar.set_position(reader.last() - begin);
        }
        let file = file.into_inner().context("writing the end")?;
        file.sync_all().with_context(|| format!("writing {}", self.file.display()))?;
        bar.finish_and_clear();
        let breaks = match reader.breaks() {
            0 => String::new(),
            times => format!(", interrupted {times} times"),
        };
        let up_to = reader.until().unwrap_or(reader.last());
        println!("{lines_written} events, up to {up_to}, are in {}{breaks}.", self.file.display());
        Ok(ExitCode::SUCCESS)
    }
}

/// On standard error, and only on a terminal.
fn bar(begin: u64, until: Option<u64>) -> ProgressBar {
    let Some(until) = until else { return ProgressBar::new_spinner() };
    let bar = ProgressBar::new(until.saturating_sub(begin));
    let style = "{bar:40} {percent:>3} %  {human_pos} of {human_len}  {per_sec}  {eta} left";
    // Should the template ever be refused, the default looks well enough.
    ProgressStyle::with_template(style).map(|style| bar.clone().with_style(style)).unwrap_or(bar)
}

/// The file, ready to be gone on with, and the sequence of its last line. Half a line, which a break may leave, goes.
fn open(path: &Path) -> anyhow::Result<(std::io::BufWriter<File>, Option<u64>)> {
    let opened = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path);
    let mut file = opened.with_context(|| format!("opening {}", path.display()))?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => bail!("{} is being written by another export", path.display()),
        Err(TryLockError::Error(error)) => {
            return Err(error).with_context(|| format!("locking {}", path.display()));
        }
    }
    let length = file.metadata()?.len();
    let end = newline_before(&mut file, length)?.map_or(0, |at| at + 1);
    let behind = match end {
        0 if length > 0 && !begins_like_an_event(&mut file)? => {
            bail!("{} is no export of events", path.display())
        }
        0 => None,
        end => {
            let begin = newline_before(&mut file, end - 1)?.map_or(0, |at| at + 1);
            let mut line = vec![0; usize::try_from(end - begin)?];
            file.seek(SeekFrom::Start(begin))?;
            file.read_exact(&mut line)?;
            let sequence = sequence_of(&line);
            Some(sequence.with_context(|| format!("{} is no export of events", path.display()))?)
        }
    };
    file.set_len(end)?;
    file.seek(SeekFrom::Start(end))?;
    Ok((std::io::BufWriter::with_capacity(1 << 20, file), behind))
}

fn begins_like_an_event(file: &mut File) -> std::io::Result<bool> {
    const BEGINNING: &[u8] = b"{\"sequence\":";
    let mut begins = Vec::new();
    file.seek(SeekFrom::Start(0))?;
    file.take(BEGINNING.len() as u64).read_to_end(&mut begins)?;
    Ok(BEGINNING.starts_with(&begins))
}

/// Where the last line's end before `end` is.
fn newline_before(file: &mut File, mut end: u64) -> anyhow::Result<Option<u64>> {
    while end > 0 {
        let begin = end.saturating_sub(BLOCK);
        let mut block = vec![0; usize::try_from(end - begin)?];
        file.seek(SeekFrom::Start(begin))?;
        file.read_exact(&mut block)?;
        if let Some(at) = block.iter().rposition(|byte| *byte == b'\n') {
            return Ok(Some(begin + at as u64));
        }
        end = begin;
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is left of a file, and behind which sequence it is gone on with.
    fn reopened(content: &str) -> anyhow::Result<(String, Option<u64>)> {
        let folder = tempfile::tempdir()?;
        let path = folder.path().join("events.ndjson");
        std::fs::write(&path, content)?;
        let (file, behind) = open(&path)?;
        drop(file);
        Ok((std::fs::read_to_string(&path)?, behind))
    }

    #[test]
    fn half_a_line_goes_and_the_last_whole_one_says_where_to_go_on() -> anyhow::Result<()> {
        let long = "x".repeat(200_000);
        let first = format!("{{\"sequence\":1,\"data\":\"{long}\"}}\n");
        let second = format!("{{\"sequence\":12,\"data\":\"{long}\"}}\n");
        let both = format!("{first}{second}");
        assert_eq!(reopened("")?, (String::new(), None));
        assert_eq!(reopened("{\"seq")?, (String::new(), None));
        assert_eq!(reopened(&both)?, (both.clone(), Some(12)));
        assert_eq!(reopened(&format!("{both}{{\"sequence\":13,\"da"))?, (both, Some(12)));
        assert_eq!(reopened(&first[..100_000])?, (String::new(), None));
        Ok(())
    }

    #[test]
    fn a_file_of_something_else_is_left_alone() {
        for other in ["my thesis\n", "my thesis"] {
            assert!(reopened(other).is_err(), "{other}");
        }
    }

    #[test]
    fn two_exports_do_not_write_one_file() -> anyhow::Result<()> {
        let folder = tempfile::tempdir()?;
        let path = folder.path().join("events.ndjson");
        let first = open(&path)?;
        assert!(open(&path).is_err());
        drop(first);
        open(&path)?;
        Ok(())
    }
}
