//! Nothing of a box outlives its run, or its judge.

use crate::common::LIMITS;
use anyhow::ensure;
use judge::languages::Languages;
use judge::sandbox::{BoxLimits, BoxSpec, End, RunBox, Sandbox};
use std::collections::BTreeSet;
use std::fs;
use std::process::{Command, Stdio};
use std::sync::atomic::AtomicBool;
use std::time::Duration;
use testkit::eventually;

/// A program with children, threads and a daemon that left its session; it ignores every signal it can.
const CLINGING: &str = "
import os, signal, threading, time, sys
for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT): signal.signal(number, signal.SIG_IGN)
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0: time.sleep(600)
    os._exit(0)
for _ in range(3):
    if os.fork() == 0: time.sleep(600)
threading.Thread(target=time.sleep, args=(600,)).start()
";

/// Runs [`CLINGING`] with a marker among its arguments, by which it and everything around it can be found.
fn cling(marker: &str, limits: BoxLimits) -> End {
    let languages = Languages::probe();
    let python = languages.find("python").expect("Python is on");
    let program = python.run()[0].clone();
    let spec = BoxSpec {
        root: &python.root,
        command: vec![program, "-c".to_owned(), CLINGING.to_owned(), marker.to_owned()],
        files: Vec::new(),
        stdin: b"",
        private_pipes: 0,
        limits,
        stop: &AtomicBool::new(false),
    };
    Sandbox::open().expect("a sandbox").run_box(&spec).expect("a run").end
}

/// Processes of this machine with the marker in their arguments.
fn alive(marker: &str) -> usize {
    fs::read_dir("/proc")
        .expect("/proc")
        .flatten()
        .filter_map(|entry| fs::read(entry.path().join("cmdline")).ok())
        .filter(|arguments| arguments.windows(marker.len()).any(|window| window == marker.as_bytes()))
        .count()
}

fn mounts() -> BTreeSet<String> {
    fs::read_to_string("/proc/self/mountinfo").expect("mounts").lines().map(str::to_owned).collect()
}

fn temporary_files() -> BTreeSet<String> {
    let names = fs::read_dir(std::env::temp_dir()).expect("a folder").flatten();
    names
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .filter(|name| name.contains("bwrap") || name.contains("box") || name.contains("bubble"))
        .collect()
}

#[test]
fn a_run_that_is_over_has_left_nothing() {
    let before = (mounts(), temporary_files());
    let marker = format!("clinging-{}", std::process::id());
    let limits = BoxLimits { wall: Duration::from_millis(500), ..LIMITS };
    assert_eq!(cling(&marker, limits), End::WallLimit);
    assert_eq!(alive(&marker), 0);
    assert_eq!((mounts(), temporary_files()), before);
}

/// The test starts itself as the judge that is killed: the variable tells the two apart.
const ROLE: &str = "LAUREL_TEST_MARKER_OF_THE_KILLED_JUDGE";

#[test]
#[allow(clippy::disallowed_methods)] // Two roles of one test program; nothing is configured.
fn a_killed_judge_takes_its_boxes_along() -> anyhow::Result<()> {
    if let Ok(marker) = std::env::var(ROLE) {
        cling(&marker, BoxLimits { wall: Duration::from_mins(1), ..LIMITS });
        return Ok(());
    }
    let marker = format!("orphaned-{}", std::process::id());
    let mut judge = Command::new(std::env::current_exe()?)
        .args(["--exact", "leftovers::a_killed_judge_takes_its_boxes_along", "--nocapture"])
        .env(ROLE, &marker)
        .stdout(Stdio::null())
        .spawn()?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build()?;
    let within = Duration::from_secs(10);
    runtime.block_on(async {
        // Bubblewrap, box-init, the program, three children, the daemon.
        eventually(within, async || expect(alive(&marker), |count| count >= 7)).await?;
        judge.kill()?;
        judge.wait()?;
        eventually(within, async || expect(alive(&marker), |count| count == 0)).await
    })
}

fn expect(processes: usize, enough: impl Fn(usize) -> bool) -> anyhow::Result<()> {
    ensure!(enough(processes), "{processes} processes");
    Ok(())
}
