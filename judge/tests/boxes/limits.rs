//! Every limit, tried from inside by a program that wants more.

use crate::common::{LIMITS, run, run_within};
use judge::sandbox::{BoxLimits, End};
use std::time::Duration;

const SOON: BoxLimits = BoxLimits { wall: Duration::from_secs(1), ..LIMITS };

#[test]
fn cpu_time_of_one_process() {
    let run = run("while True: pass");
    assert_eq!(run.end, End::CpuLimit);
    assert!(run.cpu > LIMITS.cpu, "{run:?}");
}

#[test]
fn cpu_time_of_threads_and_children_together() {
    let children = "
import os
for _ in range(3): os.fork()
while True: pass
";
    assert_eq!(run(children).end, End::CpuLimit);
    let threads = "
import hashlib, threading
def spin():
    block = bytes(1 << 20)
    while True: hashlib.sha256(block)
for _ in range(4): threading.Thread(target=spin).start()
";
    assert_eq!(run(threads).end, End::CpuLimit);
}

#[test]
fn cpu_time_of_children_that_are_gone_counts() {
    // Each child alone is far below the limit; their parent waits for them, or leaves them to pid 1.
    let waited = "
import os, time
for _ in range(40):
    if os.fork() == 0:
        end = time.process_time() + 0.08
        while time.process_time() < end: pass
        os._exit(0)
    os.wait()
";
    let left = "
import os, time
for _ in range(40):
    if os.fork() == 0:
        if os.fork() == 0:
            end = time.process_time() + 0.08
            while time.process_time() < end: pass
        os._exit(0)
    os.wait(); time.sleep(0.05)
";
    // Or nobody waits for them: then the kernel adds their time to nobody's.
    let ignored = "
import os, signal, time
signal.signal(signal.SIGCHLD, signal.SIG_IGN)
for _ in range(40):
    if os.fork() == 0:
        end = time.process_time() + 0.08
        while time.process_time() < end: pass
        os._exit(0)
    time.sleep(0.09)
";
    // On a busy machine many of them are alive at once.
    let limits = BoxLimits { memory_kib: 1 << 20, ..LIMITS };
    for source in [waited, left, ignored] {
        let run = run_within(source, limits);
        assert!(run.end == End::CpuLimit || run.cpu > LIMITS.cpu, "{run:?}");
    }
}

#[test]
fn a_sleeper() {
    let run = run_within("import time; time.sleep(60)", SOON);
    assert_eq!(run.end, End::WallLimit);
    assert!(run.cpu < Duration::from_millis(500), "{run:?}");
}

#[test]
fn a_program_that_stops_itself() {
    let run = run_within("import os, signal; os.kill(os.getpid(), signal.SIGSTOP)", SOON);
    assert_eq!(run.end, End::WallLimit);
}

#[test]
fn signals_are_no_way_out() {
    let source = "
import signal
for number in range(1, 65):
    try: signal.signal(number, signal.SIG_IGN)
    except (OSError, ValueError): pass
while True: pass
";
    assert_eq!(run(source).end, End::CpuLimit);
}

#[test]
fn memory_of_one_process() {
    let run = run("data = bytearray(300 << 20)\nprint(len(data))");
    assert_eq!(run.end, End::MemoryLimit);
    assert!(run.memory_kib > LIMITS.memory_kib, "{run:?}");
}

#[test]
fn memory_of_many_processes_together() {
    // Each has 20 MiB of its own, below the limit; together they are above it.
    let source = "
import os, time
for _ in range(6):
    if os.fork() == 0:
        data = bytearray(os.urandom(1 << 20) * 20)
        time.sleep(60)
time.sleep(60)
";
    assert_eq!(run(source).end, End::MemoryLimit);
}

#[test]
fn memory_shared_by_forks_is_counted_once() {
    // 40 MiB shared by four: 160 MiB of resident sizes, 40 MiB of memory.
    let source = "
import os, time
data = bytearray(40 << 20)
for _ in range(3):
    if os.fork() == 0:
        time.sleep(0.3)
        os._exit(0)
for _ in range(3): os.wait()
print('done')
";
    let run = run(source);
    assert_eq!((run.end, run.stdout.as_slice()), (End::Exited(0), b"done\n".as_slice()), "{run:?}");
}

#[test]
fn memory_in_mappings_stack_and_files() {
    let mapping = "
import mmap, time
pages = mmap.mmap(-1, 300 << 20, flags=mmap.MAP_PRIVATE)
for offset in range(0, 300 << 20, 4096): pages[offset] = 1
";
    assert_eq!(run(mapping).end, End::MemoryLimit);
    let files = "
import time
for number in range(6):
    with open('/dev/shm/%d' % number, 'wb') as file: file.write(bytes(8 << 20))
time.sleep(60)
";
    let limits = BoxLimits { memory_kib: 30 << 10, ..LIMITS };
    let run = run_within(files, limits);
    assert!(matches!(run.end, End::MemoryLimit | End::Exited(1)), "{run:?}");
}

#[test]
fn a_fork_bomb() {
    let polite = "
import os
while True: os.fork()
";
    assert!(
        matches!(run(polite).end, End::Exited(1) | End::CpuLimit | End::MemoryLimit),
        "{:?}",
        run(polite).end
    );
    let stubborn = "
import os
while True:
    try: os.fork()
    except OSError: pass
";
    assert!(matches!(run(stubborn).end, End::CpuLimit | End::MemoryLimit));
}

#[test]
fn a_thread_bomb() {
    let source = "
import threading, time
count = 0
try:
    while True:
        threading.Thread(target=time.sleep, args=(60,), daemon=True).start(); count += 1
except RuntimeError: pass
print(count < 64)
";
    let run = run(source);
    assert_eq!((run.end, run.stdout.as_slice()), (End::Exited(0), b"True\n".as_slice()));
}

#[test]
fn a_flood_on_either_stream() {
    for stream in ["stdout", "stderr"] {
        let run = run(&format!("import sys\nwhile True: sys.{stream}.write('x' * 10000)"));
        assert_eq!(run.end, End::OutputLimit);
        assert!(run.stdout.len() + run.stderr.len() < LIMITS.output_bytes + (256 << 10));
    }
}

#[test]
fn output_up_to_the_limit_is_fine() {
    let run = run("import sys\nsys.stdout.write('x' * 65536)");
    assert_eq!((run.end, run.stdout.len()), (End::Exited(0), 65_536));
}

#[test]
fn a_huge_file() {
    let one = "
with open('huge', 'wb') as file:
    while True: file.write(bytes(1 << 20))
";
    let run_one = run(one);
    assert_eq!(run_one.end, End::Exited(1), "{run_one:?}");
    assert!(String::from_utf8_lossy(&run_one.stderr).contains("File too large"));
    let many = "
import itertools
for number in itertools.count():
    with open(str(number), 'wb') as file: file.write(bytes(1 << 20))
";
    let run_many = run_within(many, BoxLimits { memory_kib: 256 << 10, ..LIMITS });
    assert!(String::from_utf8_lossy(&run_many.stderr).contains("No space left"), "{run_many:?}");
}

#[test]
fn endless_empty_files_count_as_memory() {
    let source = "
import itertools, os
for number in itertools.count(): os.mknod(str(number))
";
    let limits = BoxLimits { cpu: Duration::from_secs(5), memory_kib: 30 << 10, ..LIMITS };
    assert_eq!(run_within(source, limits).end, End::MemoryLimit);
}

#[test]
fn open_files() {
    let source = "
files = []
try:
    while True: files.append(open('/dev/null'))
except OSError: print(len(files) < 64)
";
    assert_eq!(run(source).stdout, b"True\n");
}

#[test]
fn page_tables_are_memory() {
    // Reading an empty mapping makes it no larger, but each 2 MiB of it that is looked at needs a page table.
    let source = "
import mmap, time
pages = mmap.mmap(-1, 1 << 36, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | 0x4000, prot=mmap.PROT_READ)
for offset in range(0, 1 << 36, 2 << 20): pages[offset]
time.sleep(60)
";
    let limits = BoxLimits { cpu: Duration::from_secs(10), ..LIMITS };
    let run = run_within(source, limits);
    assert_eq!(run.end, End::MemoryLimit, "{run:?}");
}

#[test]
fn mappings_are_memory() {
    // Every second page of an empty mapping otherwise than its neighbours: 60,000 mappings, and as many in each of ten children.
    let source = "
import ctypes, mmap, os, time
libc, count = ctypes.CDLL(None), 60000
libc.mmap.restype = ctypes.c_void_p
start = libc.mmap(None, ctypes.c_size_t(count * 4096), 1, 0x4022, -1, ctypes.c_long(0))
for page in range(0, count, 2): libc.mprotect(ctypes.c_void_p(start + page * 4096), ctypes.c_size_t(4096), 0)
for _ in range(10):
    if os.fork() == 0: time.sleep(60)
time.sleep(60)
";
    let limits = BoxLimits { cpu: Duration::from_secs(10), ..LIMITS };
    let run = run_within(source, limits);
    assert_eq!(run.end, End::MemoryLimit, "{run:?}");
}

#[test]
fn sockets_buffers_cannot_be_enlarged() {
    let source = "
import socket
one, other = socket.socketpair()
for level, option in ((1, 7), (1, 8), (1, 32), (1, 33)):
    before = one.getsockopt(level, socket.SO_SNDBUF), one.getsockopt(level, socket.SO_RCVBUF)
    try: one.setsockopt(level, option, 1 << 20); print('enlarged', option)
    except OSError as error: print(error.errno == 38)
    assert before == (one.getsockopt(level, socket.SO_SNDBUF), one.getsockopt(level, socket.SO_RCVBUF))
one.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
";
    let run = run(source);
    assert_eq!(
        (run.end, run.stdout.as_slice()),
        (End::Exited(0), b"True\nTrue\nTrue\nTrue\n".as_slice()),
        "{run:?}"
    );
}

#[test]
fn limits_cannot_be_raised() {
    let source = "
import resource
for name in ('RLIMIT_CPU', 'RLIMIT_NPROC', 'RLIMIT_FSIZE', 'RLIMIT_NOFILE', 'RLIMIT_CORE', 'RLIMIT_MEMLOCK'):
    kind = getattr(resource, name)
    try: resource.setrlimit(kind, (resource.RLIM_INFINITY, resource.RLIM_INFINITY)); print('raised', name)
    except ValueError: pass
try: resource.prlimit(1, resource.RLIMIT_NPROC, (1 << 20, 1 << 20)); print('raised pid 1')
except OSError: pass
print('done')
";
    assert_eq!(run(source).stdout, b"done\n");
}
