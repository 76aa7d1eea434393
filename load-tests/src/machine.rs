//! Which machine, commit and time a measurement belongs to. A number without them is worth nothing.

use std::fs;
use std::process::Command;

/// One line of text.
pub fn describe() -> String {
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let memory_gib =
        field("/proc/meminfo", "MemTotal").and_then(|kib| kib.split(' ').next()?.parse::<u64>().ok());
    let memory_gib = memory_gib.unwrap_or_default() / (1_024 * 1_024);
    let processor = field("/proc/cpuinfo", "model name").unwrap_or_else(|| "unknown processor".to_owned());
    let kernel = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    let date = chassis::clock::Clock::system().now().format("%Y-%m-%d %H:%M UTC");
    format!(
        "{cores} cores of {processor}, {memory_gib} GiB memory, Linux {}; {date}; commit {}",
        kernel.trim(),
        commit()
    )
}

/// With `+` when the checkout differs from it.
fn commit() -> String {
    let git = |arguments: &[&str]| {
        let mut command = Command::new("git");
        command.args(["-c", "safe.directory=*", "-C", env!("CARGO_MANIFEST_DIR")]).args(arguments);
        let output = command.output().ok().filter(|output| output.status.success())?;
        String::from_utf8(output.stdout).ok().map(|text| text.trim().to_owned())
    };
    let Some(hash) = git(&["rev-parse", "--short", "HEAD"]) else { return "unknown".to_owned() };
    let changed =
        git(&["status", "--porcelain", "--untracked-files=no"]).is_some_and(|text| !text.is_empty());
    if changed { format!("{hash}+") } else { hash }
}

/// `name : value` in a file of the kernel's.
fn field(path: &str, name: &str) -> Option<String> {
    let text = fs::read_to_string(path).ok()?;
    let line = text.lines().find(|line| line.starts_with(name))?;
    Some(line.split_once(':')?.1.trim().to_owned())
}
