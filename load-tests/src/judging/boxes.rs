//! Boxes by themselves: no broker, no service.

use crate::generator::per_second;
use crate::latencies::Latencies;
use crate::report::{Figure, Report, Target};
use anyhow::{Context, ensure};
use events::exercise::Limits;
use judge::languages::{Installed, Languages};
use judge::sandbox::{BoxFile, BoxLimits, BoxSpec, End, Root, RunBox, Sandbox};
use std::process::{Command, Stdio};
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

/// Of each measurement, over all threads.
const RUNS: usize = 400;
const RATE_FOR: Duration = Duration::from_secs(5);
const TRUE: &str = "/usr/bin/true";
pub const HELLO: &str = "print('hello')\n";
/// The tool alone, with the namespaces and nearly the mounts of a box.
const BUBBLEWRAP: [&str; 13] = [
    "/usr/bin/bwrap",
    "--unshare-all",
    "--as-pid-1",
    "--die-with-parent",
    "--ro-bind",
    "/",
    "/",
    "--proc",
    "/proc",
    "--tmpfs",
    "/tmp",
    "--",
    TRUE,
];

/// Answers the rate of boxed Python runs.
pub fn measure(report: &mut Report) -> anyhow::Result<Figure> {
    let sandbox = Sandbox::open()?;
    let languages = Languages::probe();
    let python = languages.find("python").context("Python is off")?;
    // What every box has, and it: of Python's root all but Python.
    let mut root = python.run_root.clone();
    root.paths.retain(|path| !path.to_string_lossy().contains("python"));
    root.paths.push(TRUE.into());
    let boxed_true = || run_boxed(&sandbox, &root, vec![TRUE.to_owned()], &[]);
    // Beyond two at a time this machine's cores are shared: printed, without a target.
    for (at_a_time, targets) in [(1, Some((4.0, 7.0))), (2, Some((5.0, 9.0))), (4, None)] {
        let mut bare = latencies(at_a_time, || run_bare(&[TRUE]))?;
        let mut tool = latencies(at_a_time, || run_bare(&BUBBLEWRAP))?;
        let mut boxed = latencies(at_a_time, boxed_true)?;
        for (share, target) in [(0.5, targets.map(|(p50, _)| p50)), (0.95, targets.map(|(_, p95)| p95))] {
            let name = |what: &str| format!("{what}, {at_a_time} at a time, p{:.0}", share * 100.0);
            let forked = bare.percentile_ms(share);
            report.add(Figure::new(name("fork and exec of true"), forked, "ms"));
            report.add(Figure::new(name("bubblewrap over that"), tool.percentile_ms(share) - forked, "ms"));
            let over = Figure::new(name("a box over that"), boxed.percentile_ms(share) - forked, "ms");
            report.add(target.map_or(over.clone(), |target| over.target(Target::AtMost(target))));
        }
    }
    let hello = || run_hello(&sandbox, python);
    let mut alone = latencies(1, hello)?;
    report.add(Figure::new("boxed Python print, 1 at a time, p50", alone.percentile_ms(0.5), "ms"));
    Ok(report.add(Figure::new("boxed Python prints, 2 at a time", rate(2, hello)?, "/s")))
}

fn run_hello(sandbox: &Sandbox, python: &Installed) -> anyhow::Result<()> {
    let files = [BoxFile::new(python.language.source_file, HELLO.as_bytes())];
    run_boxed(sandbox, &python.run_root, python.run(&Limits::default()), &files)
}

fn run_boxed(sandbox: &Sandbox, root: &Root, command: Vec<String>, files: &[BoxFile]) -> anyhow::Result<()> {
    let run = sandbox.run_box(&BoxSpec {
        root,
        command,
        files,
        stdin: b"",
        private_pipes: 0,
        keeps: false,
        wires: None,
        limits: BoxLimits {
            cpu: Duration::from_secs(2),
            wall: Duration::from_secs(7),
            memory_kib: 128 << 10,
            files_bytes: 32 << 20,
            output_bytes: 1 << 20,
            tasks: 64,
        },
        stop: &AtomicBool::new(false),
    })?;
    ensure!(run.end == End::Exited(0), "{run:?}");
    Ok(())
}

fn run_bare(command: &[&str]) -> anyhow::Result<()> {
    let status = Command::new(command[0]).args(&command[1..]).stdout(Stdio::null()).status()?;
    ensure!(status.success(), "{status}");
    Ok(())
}

/// The full cycle each time, on so many threads.
fn latencies(at_a_time: usize, run: impl Fn() -> anyhow::Result<()> + Sync) -> anyhow::Result<Latencies> {
    on_threads(at_a_time, || {
        let mut latencies = Latencies::default();
        for _ in 0..RUNS / at_a_time {
            let started = Instant::now();
            run()?;
            latencies.record(started.elapsed());
        }
        Ok(latencies)
    })
    .map(|all| {
        let mut merged = Latencies::default();
        for latencies in all {
            merged.merge(latencies);
        }
        merged
    })
}

/// Runs a second on so many threads.
fn rate(at_a_time: usize, run: impl Fn() -> anyhow::Result<()> + Sync) -> anyhow::Result<f64> {
    let began = Instant::now();
    let runs = on_threads(at_a_time, || {
        let mut runs = 0;
        while began.elapsed() < RATE_FOR {
            run()?;
            runs += 1;
        }
        Ok(runs)
    })?;
    Ok(per_second(runs.into_iter().sum(), began.elapsed()))
}

fn on_threads<T: Send>(count: usize, work: impl Fn() -> anyhow::Result<T> + Sync) -> anyhow::Result<Vec<T>> {
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..count).map(|_| scope.spawn(&work)).collect();
        threads.into_iter().map(|thread| thread.join().expect("a measuring thread does not panic")).collect()
    })
}
