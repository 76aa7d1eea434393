//! What a box costs on this machine: `cargo run --release --example box_cost -p judge`, as an ordinary user.
//!
//! Prints the full cycle (making the box, running, reading, tearing down) of `/usr/bin/true` and of a Python print,
//! beside the bare processes, one at a time.

use events::exercise::Limits;
use judge::languages::Languages;
use judge::sandbox::{BoxFile, BoxLimits, BoxSpec, End, RunBox, Sandbox};
use std::process::{Command, Stdio};
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

const RUNS: usize = 200;
const PRINT: &str = "print('hello')";

fn main() -> anyhow::Result<()> {
    let sandbox = Sandbox::open()?;
    let languages = Languages::probe();
    let python = languages.find("python").ok_or_else(|| anyhow::anyhow!("{:?}", languages.off))?;
    let mut root = python.run_root.clone();
    root.paths.push("/usr/bin/true".into());
    let boxed = |command: Vec<String>, files: &[BoxFile]| -> anyhow::Result<()> {
        let run = sandbox.run_box(&BoxSpec {
            root: &root,
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
        anyhow::ensure!(run.end == End::Exited(0), "{run:?}");
        Ok(())
    };
    let bare = |command: &[&str]| -> anyhow::Result<()> {
        let status = Command::new(command[0]).args(&command[1..]).stdout(Stdio::null()).status()?;
        anyhow::ensure!(status.success(), "{status}");
        Ok(())
    };
    measure("bare true", || bare(&["/usr/bin/true"]))?;
    measure("boxed true", || boxed(vec!["/usr/bin/true".to_owned()], &[]))?;
    measure("bare Python print", || bare(&["/usr/bin/python3", "-B", "-X", "utf8", "-c", PRINT]))?;
    measure("boxed Python print", || {
        boxed(python.run(&Limits::default()), &[BoxFile::new("main.py", PRINT.as_bytes())])
    })
}

fn measure(what: &str, mut run: impl FnMut() -> anyhow::Result<()>) -> anyhow::Result<()> {
    let mut times = Vec::with_capacity(RUNS);
    for _ in 0..RUNS {
        let started = Instant::now();
        run()?;
        times.push(started.elapsed());
    }
    times.sort();
    let at = |percent: usize| times[(RUNS - 1) * percent / 100].as_secs_f64() * 1_000.0;
    println!("{what:20} p50 {:6.2} ms   p95 {:6.2} ms", at(50), at(95));
    Ok(())
}
