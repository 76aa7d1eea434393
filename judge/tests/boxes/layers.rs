//! The layers of a box: that they are there, and that they hold.

use crate::common::{LIMITS, SANDBOX, printed, run_within};
use judge::sandbox::{BoxLimits, End, Layer, RequiredLayers, RunBox};
use std::process::Command;
use std::time::Duration;

#[test]
fn this_host_gives_what_is_required_when_nothing_is_said() {
    let missing = RequiredLayers::default().missing(&SANDBOX.layers());
    assert_eq!(missing, [], "docs/judge.md says what a host needs");
}

/// Before it opens a socket or speaks to a broker.
#[test]
#[allow(clippy::disallowed_methods)] // The judge's own configuration, for a judge that this test starts.
fn the_judge_does_not_start_without_a_layer_that_is_required() {
    let layers = SANDBOX.layers();
    let Some(off) = Layer::ALL.into_iter().find(|layer| !layers.has(*layer)) else { return };
    let judge = Command::new(env!("CARGO_BIN_EXE_judge"))
        .env("LAUREL_NATS_URL", "nats://judge:secret@127.0.0.1:1")
        .env("LAUREL_MASTER_KEY", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=")
        .env("LAUREL_JUDGE_LAYERS_REQUIRED", format!("seccomp,{off}"))
        .output()
        .expect("the judge starts");
    let told = String::from_utf8_lossy(&judge.stderr);
    assert!(!judge.status.success() && told.contains(&format!("required of them: {off}")), "{told}");
}

#[test]
fn a_box_is_ended_before_its_judge_when_memory_runs_out() {
    assert_eq!(printed("print(open('/proc/self/oom_score_adj').read().strip())"), "1000\n");
}

/// What bubblewrap leaves writable under `/proc` and what a process may do there to itself is closed by Landlock alone.
#[test]
fn landlock_holds_where_the_kernel_has_it() {
    let source = r"
import errno, os
for path in ('/proc/self/comm', '/proc/self/oom_score_adj', '/proc/self/coredump_filter'):
    try:
        open(path, 'w').close()
        print('opened', path)
    except OSError as error:
        print(errno.errorcode[error.errno])
os.mkdir('/tmp/work/folder'); open('/tmp/file', 'w').close(); os.rename('/tmp/file', '/tmp/work/folder/file')
open('/dev/null', 'w').write('x'); open('/dev/stdin').close(); os.mkfifo('fifo'); os.truncate('folder/file', 0)
";
    let closed = printed(source) == "EACCES\n".repeat(3);
    assert_eq!(closed, SANDBOX.layers().has(Layer::Landlock));
}

/// Children that nobody waits for, each shorter than the pause between two looks: the kernel adds their time to nobody's.
/// Where the scheduler's own count is to be had, it decides; elsewhere the wall limit is the bound.
#[test]
fn cpu_time_of_children_nobody_waits_for() {
    let source = "
import os, signal, time
signal.signal(signal.SIGCHLD, signal.SIG_IGN)
while True:
    if os.fork() == 0:
        end = time.process_time() + 0.003
        while time.process_time() < end: pass
        os._exit(0)
    time.sleep(0.001)
";
    let limits = BoxLimits { wall: Duration::from_secs(4), memory_kib: 1 << 20, ..LIMITS };
    let run = run_within(source, limits);
    if SANDBOX.layers().has(Layer::CpuCounter) {
        assert_eq!(run.end, End::CpuLimit, "{run:?}");
        assert!(run.cpu > LIMITS.cpu, "{run:?}");
    } else {
        assert!(matches!(run.end, End::CpuLimit | End::WallLimit), "{run:?}");
    }
}

/// Both count the same tree: what is waited for is not charged twice, nor is what the box's own first process does.
#[test]
fn an_honest_tree_is_charged_what_it_used() {
    let source = "
import os, time
for _ in range(5):
    if os.fork() == 0:
        end = time.process_time() + 0.05
        while time.process_time() < end: pass
        os._exit(0)
    os.wait()
print(sum(os.times()[:4]))
";
    let run = run_within(source, LIMITS);
    let by_itself: f64 = String::from_utf8_lossy(&run.stdout).trim().parse().expect("a figure");
    assert_eq!(run.end, End::Exited(0), "{run:?}");
    // Its own figure is in ticks of 10 ms and lacks its start and its end; a quarter and two ticks are let pass.
    let allowed = (by_itself + 0.15) * 4.0 / 3.0;
    assert!((by_itself - 0.02..allowed).contains(&run.cpu.as_secs_f64()), "{by_itself} {run:?}");
}
