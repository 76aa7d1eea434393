//! What a program finds when it looks around in its box: next to nothing.

use crate::common::{printed, run};
use judge::sandbox::End;

#[test]
fn there_is_no_network() {
    let source = r"
import socket
for family in range(0, 64):
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM, socket.SOCK_RAW, socket.SOCK_SEQPACKET):
        try:
            socket.socket(family, kind).close()
            if family != socket.AF_UNIX:
                print('family', family, 'kind', kind)
        except OSError:
            pass
print('done')
";
    assert_eq!(printed(source), "done\n");
}

#[test]
fn there_are_no_other_processes() {
    let source = r"
import os
print(sorted(int(name) for name in os.listdir('/proc') if name.isdigit()), os.getpid(), os.getppid())
";
    assert_eq!(printed(source), "[1, 2] 2 1\n");
}

#[test]
fn the_first_process_cannot_be_reached() {
    let source = r"
import os, signal
for path in ('/proc/1/fd', '/proc/1/root', '/proc/1/cwd', '/proc/1/mem', '/proc/1/environ', '/proc/1/maps'):
    try:
        (os.listdir if path.endswith('fd') else os.readlink if path[8] in 'rc' else open)(path)
        print('reached', path)
    except OSError:
        pass
for number in range(1, 65):
    try:
        os.kill(1, number)
    except OSError:
        pass
print('done')
";
    assert_eq!(printed(source), "done\n");
}

/// What the machine has and does would let one box read what another does: memory held, processors kept busy.
#[test]
fn nothing_is_told_of_the_machine() {
    let source = r"
import ctypes, errno, mmap, os, struct
print(sorted(name for name in os.listdir('/proc') if not name.isdigit()))
for name in ('meminfo', 'vmstat', 'stat', 'loadavg', 'uptime', 'pressure/cpu', 'sys/fs/file-nr', 'buddyinfo', 'locks'):
    if os.path.exists('/proc/' + name): print('told', name)
libc = ctypes.CDLL(None, use_errno=True)
def told():
    answer = ctypes.create_string_buffer(b'x' * 112, 112)
    if libc.sysinfo(answer) != 0: return ctypes.get_errno()
    return struct.unpack('@l3L6LHH2LI', answer.raw[:108])
print(told())
libc.sysinfo(None); print(errno.errorcode[ctypes.get_errno()], os.sysconf('SC_PHYS_PAGES') * os.sysconf('SC_PAGE_SIZE') >> 10)
if os.fork() == 0: os._exit(0 if told() == told() else 1)
print(os.wait()[1])
for _ in range(1000): told()
print(errno.errorcode[told()])
try: os.getloadavg(); print('told the load')
except OSError: pass
# Nor can it throw a shared file out of the page cache, for another box to miss.
with open(os.__file__, 'rb') as file:
    try: os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED); print('thrown out')
    except OSError as error: print(errno.errorcode[error.errno])
    os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_SEQUENTIAL)
    pages = mmap.mmap(file.fileno(), 0, flags=mmap.MAP_PRIVATE, prot=mmap.PROT_READ)
    for advice in (12, 20, 21):
        try: pages.madvise(advice); print('advised', advice)
        except OSError as error: print(errno.errorcode[error.errno])
    pages.madvise(mmap.MADV_SEQUENTIAL)
";
    let memory = 64 << 20;
    let told = format!("(1, 0, 0, 0, {memory}, {memory}, 0, 0, 0, 0, 1, 0, 0, 0, 1)");
    let closed = "ENOSYS\n".repeat(4);
    assert_eq!(
        printed(source),
        format!("['self', 'thread-self']\n{told}\nEFAULT 65536\n0\nENOSYS\n{closed}")
    );
}

#[test]
fn there_are_no_files_of_the_host() {
    let repository = env!("CARGO_MANIFEST_DIR");
    let source = format!(
        r"
import os
for path in ('/etc', '/root', '/home', '/var', '/srv', '/opt', '/mnt', '/boot', '/run', '/sys', '/usr/share',
             '/usr/local', '/usr/sbin', '/var/lib/laurel', '/proc/1/root/etc', {repository}):
    if os.path.exists(path):
        print(path, os.listdir(path))
print(sorted(os.listdir('/')), os.listdir('/usr/bin'), os.listdir('/tmp'), sorted(os.listdir('.')))
",
        repository = crate::common::quoted(repository)
    );
    let seen = printed(&source);
    let version = seen.split("python").nth(1).and_then(|rest| rest.split('\'').next()).unwrap_or_default();
    assert_eq!(
        seen,
        format!(
            "['box-init', 'dev', 'lib', 'lib64', 'proc', 'tmp', 'usr'] ['python{version}'] ['work'] ['main.py']\n"
        )
    );
}

#[test]
fn there_are_no_secrets_in_the_environment() {
    let source = "import os\nprint(sorted(os.environ))";
    let expected = ["HOME", "LANG", "PATH", "PWD", "PYTHONHASHSEED"];
    let seen = printed(source);
    let seen: Vec<&str> = seen.trim().trim_matches(['[', ']']).split(", ").collect();
    assert!(
        seen.iter().all(|name| expected.contains(&name.trim_matches('\''))),
        "only what we set is there: {seen:?}"
    );
}

#[test]
fn nothing_but_the_work_folder_can_be_written() {
    let source = r"
import os
for folder in ('/', '/usr', '/usr/bin', '/usr/lib', '/dev', '/lib', '/proc', '/proc/self', '/proc/sys/kernel'):
    try:
        open(folder + '/planted', 'w').close()
        print('wrote in', folder)
    except OSError:
        pass
for path in ('/box-init', '/proc/sys/kernel/hostname', '/proc/self/oom_score_adj_', '/proc/sysrq-trigger'):
    try:
        open(path, 'w').write('x')
        print('wrote', path)
    except OSError:
        pass
open('/tmp/mine', 'w').close(); open('mine', 'w').close(); open('/dev/shm/mine', 'w').close()
print('done')
";
    assert_eq!(printed(source), "done\n");
}

#[test]
fn it_has_no_privileges_and_can_get_none() {
    let source = r"
import ctypes, os
status = dict(line.split(':', 1) for line in open('/proc/self/status'))
print(*(status[name].strip() for name in ('CapInh', 'CapPrm', 'CapEff', 'CapBnd', 'CapAmb', 'NoNewPrivs', 'Seccomp')))
";
    assert_eq!(printed(source), format!("{} 1 2\n", ["0000000000000000"; 5].join(" ")));
}

#[test]
fn dangerous_calls_are_refused() {
    let source = r"
import ctypes, errno
libc = ctypes.CDLL(None, use_errno=True)
calls = dict(ptrace=101, mount=165, umount2=166, pivot_root=155, chroot=161, setns=308, unshare=272, keyctl=250,
    add_key=248, request_key=249, bpf=321, perf_event_open=298, userfaultfd=323, io_uring_setup=425, kexec_load=246,
    init_module=175, finit_module=313, process_vm_readv=310, process_vm_writev=311, pidfd_open=434, pidfd_getfd=438,
    memfd_create=319, shmget=29, mq_open=240, msgget=68, semget=64, clone3=435, personality=135, open_tree=428,
    fsopen=430, move_mount=429, mount_setattr=442, name_to_handle_at=303, open_by_handle_at=304, reboot=169,
    swapon=167, sethostname=170, settimeofday=164, quotactl=179, acct=163, syslog=103, iopl=172, ioperm=173,
    setuid=105, setgid=106, seccomp=317, landlock_create_ruleset=444, fanotify_init=300, vhangup=153, x32_read=0x40000000)
for name, number in calls.items():
    result = libc.syscall(number, 0, 0, 0, 0, 0, 0)
    if result != -1 or ctypes.get_errno() != errno.ENOSYS:
        print(name, result, ctypes.get_errno())
CLONE = 56
for flag in (0x20000, 0x02000000, 0x04000000, 0x08000000, 0x10000000, 0x20000000, 0x40000000):
    if libc.syscall(CLONE, flag | 17, 0, 0, 0, 0) != -1:
        print('namespace', hex(flag))
print('done')
";
    assert_eq!(printed(source), "done\n");
}

#[test]
fn a_32_bit_call_ends_the_program() {
    // int 0x80 with eax = 20 (getpid of the 32-bit table), as machine code in a page of its own.
    let source = r"
import ctypes, mmap
page = mmap.mmap(-1, 4096, flags=mmap.MAP_PRIVATE, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
page.write(bytes([0xb8, 20, 0, 0, 0, 0xcd, 0x80, 0xc3]))
address = ctypes.addressof(ctypes.c_char.from_buffer(page))
print(ctypes.CFUNCTYPE(ctypes.c_int)(address)())
";
    assert!(matches!(run(source).end, End::Signalled(_)), "{:?}", run(source));
}

#[test]
fn devices_cannot_be_made_and_only_harmless_ones_are_there() {
    let source = r"
import os, stat
for device in ((1, 1), (8, 0), (254, 0)):
    try:
        os.mknod('device', stat.S_IFBLK | 0o666, os.makedev(*device))
        print('made', device)
    except OSError:
        pass
print(sorted(os.listdir('/dev')))
";
    assert_eq!(printed(source), "['fd', 'null', 'random', 'shm', 'stderr', 'stdin', 'stdout', 'urandom']\n");
}

#[test]
fn the_usual_doors_work() {
    let source = r"
import os, sys, subprocess, threading, multiprocessing, tempfile, hashlib, decimal, json, random, datetime, asyncio
print(sys.stdin.read() == '', open('/dev/stdin').read() == '', os.getcwd())
print(subprocess.run([sys.executable, '-c', 'print(6 * 7)'], capture_output=True, text=True).stdout.strip())
thread = threading.Thread(target=print, args=('thread',)); thread.start(); thread.join()
with multiprocessing.Pool(2) as pool:
    print(pool.map(abs, [-1, -2]))
print(list(multiprocessing.Array('i', 3)), multiprocessing.Value('d', 0.5).value)
with tempfile.TemporaryFile() as file:
    print(file.write(b'abc'), len(os.urandom(4)), hashlib.sha256(b'').hexdigest()[:8])
print(asyncio.run(asyncio.sleep(0, 'async')), decimal.Decimal(1) / 3)
sys.setrecursionlimit(20000)
def down(n): return 0 if n == 0 else 1 + down(n - 1)
print(down(15000), exit)
";
    assert_eq!(
        printed(source),
        "True True /tmp/work\n42\nthread\n[1, 2]\n[0, 0, 0] 0.5\n3 4 e3b0c442\nasync 0.3333333333333333333333333333\n15000 Use exit() or Ctrl-D (i.e. EOF) to exit\n"
    );
}
