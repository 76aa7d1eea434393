//! The first process of every box: pid 1 of its pid namespace, the only process between bubblewrap and the submission.
//!
//! `box-init CPU_SECONDS PROCESSES FILE_BYTES OPEN_FILES STACK_BYTES CONTROL_FD FILTER_FD KEEP PROGRAM ARGUMENTS…`
//!
//! It hides the machine (`machine.rs`), sets the resource limits, shuts itself and all that comes after it in (`landlock.rs`,
//! then the system-call filter on FILTER_FD), says `ready VERSION LISTENER` on the control descriptor (Landlock's version, 0
//! where the kernel has none; the descriptor on which the filter's questions are heard, which the judge takes), waits for one byte
//! (so nothing starts unless the judge is alive after every parent-death signal was armed), starts the program, reaps everything, and when the program
//! has ended kills what is left and reports one line: `exited CODE CPU_US PEAK_KIB`, `signalled SIGNAL CPU_US PEAK_KIB`
//! or `unstartable REASON`. Because it is pid 1, every orphan comes to it, so the CPU time it adds up is the whole
//! tree's. If KEEP is `keep` and the program ended well, the files it left in the folder `out` are written to descriptor 3
//! before the report (`sandbox/kept.rs` reads them). Without a report (a full kill), the judge falls back on what it sampled.
//!
//! `box-init --warden FILE` is something else, outside of every box: see `sandbox/warden.rs`.
//!
//! `build.rs` compiles this file and its module into a static executable, which the judge embeds: a box needs no file of the host
//! for it, and the judge's own executable never enters a box. It therefore has no dependency but the standard library,
//! and the few system calls that lacks are declared here.

mod landlock;
mod machine;

use std::fs::{File, OpenOptions};
use std::io::{Read, Write};
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::process::{Command, exit};

/// `struct rusage` of 64-bit Linux.
#[repr(C)]
#[derive(Default)]
struct Usage {
    user: [i64; 2],
    system: [i64; 2],
    max_resident_kib: i64,
    rest: [i64; 13],
}

/// `struct rlimit` of 64-bit Linux.
#[repr(C)]
struct Limit {
    soft: u64,
    hard: u64,
}

/// `struct sock_fprog`.
#[repr(C)]
struct Filter {
    steps: u16,
    first: *const u8,
}

unsafe extern "C" {
    fn wait4(pid: i32, status: *mut i32, options: i32, usage: *mut Usage) -> i32;
    fn kill(pid: i32, signal: i32) -> i32;
    fn signal(signal: i32, handler: usize) -> usize;
    fn setrlimit(resource: i32, limit: *const Limit) -> i32;
    fn prctl(option: i32, argument: u64, ...) -> i32;
    fn syscall(number: i64, ...) -> i64;
    fn close_range(first: u32, last: u32, flags: i32) -> i32;
}

const RLIMIT_CPU: i32 = 0;
const RLIMIT_FSIZE: i32 = 1;
const RLIMIT_STACK: i32 = 3;
const RLIMIT_CORE: i32 = 4;
const RLIMIT_NPROC: i32 = 6;
const RLIMIT_NOFILE: i32 = 7;
const RLIMIT_MEMLOCK: i32 = 8;
const RLIMIT_SIGPENDING: i32 = 11;
const RLIMIT_MSGQUEUE: i32 = 12;
/// Signals that wait and timers that are armed: the kernel's memory.
const PENDING_SIGNALS_MAX: u64 = 1_024;
const PR_SET_DUMPABLE: i32 = 4;
const PR_SET_NAME: i32 = 15;
const SECCOMP: i64 = if cfg!(target_arch = "x86_64") { 317 } else { 277 };
const SECCOMP_SET_MODE_FILTER: i64 = 1;
const SECCOMP_FILTER_FLAG_NEW_LISTENER: i64 = 8;
/// Of one step of a filter.
const STEP_BYTES: usize = 8;
const CLOSE_RANGE_CLOEXEC: i32 = 4;
const O_NONBLOCK: i32 = 0o4000;
/// Of x86-64 and of 64-bit ARM.
const O_NOFOLLOW: i32 = if cfg!(target_arch = "x86_64") { 0o400_000 } else { 0o100_000 };
const KEPT_FD: i32 = 3;
const SIGHUP: i32 = 1;
const SIGINT: i32 = 2;
const SIGKILL: i32 = 9;
const SIGTERM: i32 = 15;
const SIG_IGN: usize = 1;
const OWN_GROUP: i32 = 0;
const EVERYONE: i32 = -1;

/// What has been reaped so far.
#[derive(Default)]
struct Reaped {
    cpu_us: i64,
    max_resident_kib: i64,
}

fn main() {
    let mut arguments = std::env::args().skip(1).peekable();
    if arguments.peek().is_some_and(|first| first == "--warden") {
        guard(arguments.nth(1));
    }
    let mut number =
        || arguments.next().and_then(|text| text.parse::<u64>().ok()).unwrap_or_else(|| exit(120));
    let (cpu_seconds, processes, file_bytes) = (number(), number(), number());
    let (open_files, stack_bytes, control_fd, filter_fd) = (number(), number(), number(), number());
    let keep = arguments.next().is_some_and(|word| word == "keep");

    // When memory runs out all the same, the kernel is to end a box and not the judge.
    let _ = std::fs::write("/proc/self/oom_score_adj", "1000");
    // Nobody in the box may look into this process or take its descriptors.
    // SAFETY: plain system calls on integers.
    unsafe { prctl(PR_SET_DUMPABLE, 0) };
    machine::hide().and_then(|()| machine::give_up_capabilities()).unwrap_or_else(|| exit(119));
    limit(RLIMIT_CPU, cpu_seconds);
    limit(RLIMIT_FSIZE, file_bytes);
    limit(RLIMIT_STACK, stack_bytes);
    limit(RLIMIT_CORE, 0);
    limit(RLIMIT_NPROC, processes);
    limit(RLIMIT_NOFILE, open_files);
    limit(RLIMIT_MEMLOCK, 0);
    limit(RLIMIT_MSGQUEUE, 0);
    limit(RLIMIT_SIGPENDING, PENDING_SIGNALS_MAX);
    // From the control descriptor on nothing reaches the program, whatever the judge's process had open; nor does the
    // pipe for what is kept.
    let hidden_from = if keep { KEPT_FD as u32 } else { control_fd as u32 };
    // SAFETY: as above.
    if unsafe { close_range(hidden_from, u32::MAX, CLOSE_RANGE_CLOEXEC) } != 0 {
        exit(121);
    }

    // SAFETY: the judge put the control socket on this descriptor, and nothing else here uses it.
    let mut control = unsafe { File::from_raw_fd(control_fd as i32) };
    let mut go = [0];
    let landlock = landlock::shut_in().unwrap_or_else(|| exit(125));
    // SAFETY: the judge put the filter on this descriptor, and nothing else here uses it.
    let listener = filter(unsafe { File::from_raw_fd(filter_fd as i32) });
    let ready = writeln!(control, "ready {landlock} {}", listener.as_raw_fd());
    if ready.is_err() || control.read_exact(&mut go).is_err() {
        exit(122);
    }
    // The judge has its own by now; whoever asks when nobody listens any more is told that there is no such call.
    drop(listener);
    let Some(program) = arguments.next() else { exit(123) };
    let report = match Command::new(program).args(arguments).spawn() {
        Ok(child) => run(child.id() as i32),
        Err(error) => format!("unstartable {error}"),
    };
    if keep && report.starts_with("exited 0 ") {
        // SAFETY: the judge put the pipe on this descriptor, and nothing else here uses it.
        let _ = keep_files(unsafe { File::from_raw_fd(KEPT_FD) });
    }
    let _ = writeln!(control, "{report}");
}

/// Every regular file in `out`: its name, a NUL, `x` or `-`, its length, a newline, its content. A last NUL says that
/// this is all. Nobody else runs here any more, and links, fifos, devices and folders are left alone.
fn keep_files(mut pipe: File) -> std::io::Result<()> {
    if std::fs::symlink_metadata("out")?.is_dir() {
        for entry in std::fs::read_dir("out")? {
            let entry = entry?;
            let Ok(mut file) =
                OpenOptions::new().read(true).custom_flags(O_NOFOLLOW | O_NONBLOCK).open(entry.path())
            else {
                continue;
            };
            let found = file.metadata()?;
            if !found.is_file() {
                continue;
            }
            let executable = if found.permissions().mode() & 0o100 == 0 { '-' } else { 'x' };
            pipe.write_all(entry.file_name().as_encoded_bytes())?;
            write!(pipe, "\0{executable}{}\n", found.len())?;
            std::io::copy(&mut Read::by_ref(&mut file).take(found.len()), &mut pipe)?;
        }
    }
    pipe.write_all(b"\0")
}

/// Waits for the judge's death, which closes the other end of standard input, and ends the whole process group with it;
/// nobody needs this program's file any more then.
fn guard(own_file: Option<String>) -> ! {
    // Else it would be called by the number of the descriptor it was started from.
    // SAFETY: the name lives for ever.
    unsafe { prctl(PR_SET_NAME, c"box-warden".as_ptr() as u64) };
    // Whoever asks the judge to end, and all around it, does not mean that nobody watches over its last boxes.
    for asked in [SIGHUP, SIGINT, SIGTERM] {
        // SAFETY: ignoring a signal runs no code.
        unsafe { signal(asked, SIG_IGN) };
    }
    while std::io::stdin().read(&mut [0]).is_ok_and(|count| count > 0) {}
    // It is gone already when the judge ended in good order.
    let _ = own_file.map(std::fs::remove_file);
    // SAFETY: a plain system call; this process is in the group too.
    unsafe { kill(OWN_GROUP, SIGKILL) };
    exit(0)
}

/// From here on this process and all that it starts can only call what the filter lets through. Bubblewrap could load it
/// too, but then Landlock's calls would have to be let through.
///
/// Answers the descriptor on which somebody can hear the calls that the filter itself does not decide.
fn filter(mut file: File) -> OwnedFd {
    let mut steps = Vec::new();
    if file.read_to_end(&mut steps).is_err() || steps.is_empty() || steps.len() % STEP_BYTES != 0 {
        exit(126);
    }
    let filter = Filter { steps: (steps.len() / STEP_BYTES) as u16, first: steps.as_ptr() };
    // SAFETY: the structure and the steps live across the call and have the kernel's layout.
    let listener =
        unsafe { syscall(SECCOMP, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER, &filter) };
    match i32::try_from(listener) {
        // SAFETY: the kernel has just made it, for nobody else; it is closed when a program is started.
        Ok(listener) if listener >= 0 => unsafe { OwnedFd::from_raw_fd(listener) },
        _ => exit(127),
    }
}

fn limit(resource: i32, value: u64) {
    // SAFETY: the structure lives across the call and has the kernel's layout.
    if unsafe { setrlimit(resource, &Limit { soft: value, hard: value }) } != 0 {
        exit(124);
    }
}

/// Reaps until the program has ended, then ends everything else.
fn run(program: i32) -> String {
    let mut reaped = Reaped::default();
    let status = loop {
        match reap(&mut reaped) {
            Some((pid, status)) if pid == program => break status,
            Some(_) => {}
            None => return "unstartable the program was lost".to_owned(),
        }
    };
    loop {
        // SAFETY: a plain system call; as pid 1 this reaches every process of the box but this one.
        unsafe { kill(EVERYONE, SIGKILL) };
        if reap(&mut reaped).is_none() {
            break;
        }
    }
    let Reaped { cpu_us, max_resident_kib } = reaped;
    match status & 0x7f {
        0 => format!("exited {} {cpu_us} {max_resident_kib}", (status >> 8) & 0xff),
        signal => format!("signalled {signal} {cpu_us} {max_resident_kib}"),
    }
}

/// Waits for any child; `None` when there is none left.
fn reap(reaped: &mut Reaped) -> Option<(i32, i32)> {
    loop {
        let (mut status, mut usage) = (0, Usage::default());
        // SAFETY: both structures live across the call and have the kernel's layout.
        let pid = unsafe { wait4(EVERYONE, &mut status, 0, &mut usage) };
        if pid > 0 {
            reaped.cpu_us += (usage.user[0] + usage.system[0]) * 1_000_000 + usage.user[1] + usage.system[1];
            reaped.max_resident_kib = reaped.max_resident_kib.max(usage.max_resident_kib);
            return Some((pid, status));
        }
        if std::io::Error::last_os_error().kind() != std::io::ErrorKind::Interrupted {
            return None;
        }
    }
}
