//! Nothing of a box outlives its run, or its judge.

use crate::common::LIMITS;
use anyhow::ensure;
use events::exercise::Limits;
use judge::languages::Languages;
use judge::sandbox::{BoxLimits, BoxSpec, End, RunBox, Sandbox};
use std::collections::BTreeSet;
use std::fs;
use std::process::{Command, Stdio};
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};
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
    let program = python.run(&Limits::default())[0].clone();
    let spec = BoxSpec {
        root: &python.run_root,
        command: vec![program, "-c".to_owned(), CLINGING.to_owned(), marker.to_owned()],
        files: &[],
        stdin: b"",
        private_pipes: 0,
        keeps: false,
        wires: None,
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
        // Of judges that run in other tests meanwhile.
        .filter(|name| !name.starts_with("box-init-"))
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

/// The first milliseconds of a box are the delicate ones: its first process waits for bubblewrap, and nothing that
/// bubblewrap arms has been armed. The judge is killed as soon as that process is there, again and again.
#[test]
#[allow(clippy::disallowed_methods)] // Two roles of one test program; nothing is configured.
fn a_judge_killed_while_a_box_is_made_leaves_no_process() -> anyhow::Result<()> {
    if let Ok(marker) = std::env::var(ROLE) {
        cling(&marker, BoxLimits { wall: Duration::from_mins(1), ..LIMITS });
        return Ok(());
    }
    let marker = format!("half-made-{}", std::process::id());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build()?;
    let mut half_made = 0;
    let folder = tempfile::tempdir()?;
    for _ in 0..40 {
        let mut judge = Command::new(std::env::current_exe()?)
            .args([
                "--exact",
                "leftovers::a_judge_killed_while_a_box_is_made_leaves_no_process",
                "--nocapture",
            ])
            .env(ROLE, &marker)
            .env("TMPDIR", folder.path())
            .stdout(Stdio::null())
            .spawn()?;
        half_made += usize::from(await_first_process(judge.id(), Instant::now() + Duration::from_secs(20))?);
        // The kernel's list of children can lack one while another comes or goes: then it is asked once more.
        let mut looks = std::iter::repeat_with(|| named(&children(judge.id()), "box-warden")).take(10);
        let wardens = looks.find(|wardens| !wardens.is_empty()).unwrap_or_default();
        judge.kill()?;
        judge.wait()?;
        ensure!(wardens.len() == 1, "{wardens:?}");
        let none = async || expect(alive(&marker) + named(&wardens, "box-warden").len(), |count| count == 0);
        runtime.block_on(eventually(Duration::from_secs(10), none))?;
        ensure!(fs::read_dir(folder.path())?.next().is_none(), "the warden left box-init's file behind");
    }
    ensure!(half_made >= 10, "only {half_made} kills came before the box was made");
    Ok(())
}

/// Returns the moment that the judge's bubblewrap has a child, and whether that child still is bubblewrap.
fn await_first_process(judge: u32, until: Instant) -> anyhow::Result<bool> {
    loop {
        for bubblewrap in named(&children(judge), "bwrap") {
            if let [first, ..] = children(bubblewrap).as_slice() {
                return Ok(!named(&[*first], "bwrap").is_empty());
            }
        }
        ensure!(Instant::now() < until, "no box is being made");
    }
}

fn children(process: u32) -> Vec<u32> {
    let threads = fs::read_dir(format!("/proc/{process}/task")).into_iter().flatten().flatten();
    let children = threads.filter_map(|thread| fs::read_to_string(thread.path().join("children")).ok());
    children
        .flat_map(|children| {
            children.split_ascii_whitespace().filter_map(|child| child.parse().ok()).collect::<Vec<_>>()
        })
        .collect()
}

/// Those of the processes that are alive and were started by this name.
fn named(processes: &[u32], name: &str) -> Vec<u32> {
    let is_named = |process: &u32| {
        let arguments = fs::read(format!("/proc/{process}/cmdline")).unwrap_or_default();
        arguments.split(|byte| *byte == 0).next() == Some(name.as_bytes())
    };
    processes.iter().copied().filter(is_named).collect()
}

fn expect(processes: usize, enough: impl Fn(usize) -> bool) -> anyhow::Result<()> {
    ensure!(enough(processes), "{processes} processes");
    Ok(())
}
