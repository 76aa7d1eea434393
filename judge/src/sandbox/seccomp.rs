//! The system-call filter of every box: an allow-list, so that what the kernel learns tomorrow is closed already.
//!
//! What is not listed fails with ENOSYS, which libraries take as "an old kernel" and fall back from. Left out on purpose,
//! beside everything privileged: `ptrace`, `process_vm_*`, `pidfd_*` (reaching into other processes); `unshare`, `setns`,
//! `mount` and its new siblings (more kernel surface); `keyctl` and its siblings, `io_uring_*`, `bpf`, `userfaultfd`,
//! `perf_event_open` (what escapes have used); `memfd_create`, `shmget`, `mq_open` and the like (memory that no process's
//! resident size shows); `clone3` (its flags lie in memory, where a filter cannot look; libraries fall back to `clone`).

use nix::libc as sys;
use seccompiler::{
    BackendError, BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter,
    SeccompRule,
};
use std::collections::BTreeMap;

/// Allowed whatever their arguments.
const ALLOWED: &[sys::c_long] = &[
    // Files.
    sys::SYS_read,
    sys::SYS_write,
    sys::SYS_readv,
    sys::SYS_writev,
    sys::SYS_pread64,
    sys::SYS_pwrite64,
    sys::SYS_preadv,
    sys::SYS_pwritev,
    sys::SYS_preadv2,
    sys::SYS_pwritev2,
    sys::SYS_openat,
    sys::SYS_openat2,
    sys::SYS_close,
    sys::SYS_close_range,
    sys::SYS_lseek,
    sys::SYS_fstat,
    sys::SYS_newfstatat,
    sys::SYS_statx,
    sys::SYS_statfs,
    sys::SYS_fstatfs,
    sys::SYS_faccessat,
    sys::SYS_faccessat2,
    sys::SYS_readlinkat,
    sys::SYS_getdents64,
    sys::SYS_getcwd,
    sys::SYS_chdir,
    sys::SYS_fchdir,
    sys::SYS_mkdirat,
    sys::SYS_mknodat,
    sys::SYS_unlinkat,
    sys::SYS_symlinkat,
    sys::SYS_linkat,
    sys::SYS_renameat,
    sys::SYS_renameat2,
    sys::SYS_ftruncate,
    sys::SYS_truncate,
    sys::SYS_fallocate,
    sys::SYS_fsync,
    sys::SYS_fdatasync,
    sys::SYS_flock,
    sys::SYS_fchmod,
    sys::SYS_fchmodat,
    sys::SYS_fchown,
    sys::SYS_fchownat,
    sys::SYS_utimensat,
    sys::SYS_umask,
    sys::SYS_dup,
    sys::SYS_dup3,
    sys::SYS_pipe2,
    sys::SYS_sendfile,
    sys::SYS_copy_file_range,
    sys::SYS_fadvise64,
    sys::SYS_getxattr,
    sys::SYS_lgetxattr,
    sys::SYS_fgetxattr,
    sys::SYS_listxattr,
    // Waiting.
    sys::SYS_ppoll,
    sys::SYS_pselect6,
    sys::SYS_epoll_create1,
    sys::SYS_epoll_ctl,
    sys::SYS_epoll_pwait,
    sys::SYS_epoll_pwait2,
    sys::SYS_eventfd2,
    sys::SYS_signalfd4,
    sys::SYS_timerfd_create,
    sys::SYS_timerfd_settime,
    sys::SYS_timerfd_gettime,
    // Memory.
    sys::SYS_brk,
    sys::SYS_mmap,
    sys::SYS_munmap,
    sys::SYS_mprotect,
    sys::SYS_mremap,
    sys::SYS_madvise,
    sys::SYS_mincore,
    sys::SYS_msync,
    sys::SYS_membarrier,
    sys::SYS_rseq,
    // Processes and threads; `clone` below.
    sys::SYS_execve,
    sys::SYS_execveat,
    sys::SYS_exit,
    sys::SYS_exit_group,
    sys::SYS_wait4,
    sys::SYS_waitid,
    sys::SYS_kill,
    sys::SYS_tkill,
    sys::SYS_tgkill,
    sys::SYS_getpid,
    sys::SYS_getppid,
    sys::SYS_gettid,
    sys::SYS_getpgid,
    sys::SYS_setpgid,
    sys::SYS_getsid,
    sys::SYS_setsid,
    sys::SYS_getuid,
    sys::SYS_geteuid,
    sys::SYS_getgid,
    sys::SYS_getegid,
    sys::SYS_getgroups,
    sys::SYS_getresuid,
    sys::SYS_getresgid,
    sys::SYS_capget,
    sys::SYS_prctl,
    sys::SYS_set_tid_address,
    sys::SYS_set_robust_list,
    sys::SYS_get_robust_list,
    sys::SYS_futex,
    sys::SYS_sched_yield,
    sys::SYS_sched_getaffinity,
    sys::SYS_sched_setaffinity,
    sys::SYS_sched_getscheduler,
    sys::SYS_sched_getparam,
    sys::SYS_sched_get_priority_max,
    sys::SYS_sched_get_priority_min,
    sys::SYS_getpriority,
    sys::SYS_setpriority,
    sys::SYS_getrlimit,
    sys::SYS_setrlimit,
    sys::SYS_getrusage,
    sys::SYS_times,
    sys::SYS_getcpu,
    // Signals.
    sys::SYS_rt_sigaction,
    sys::SYS_rt_sigprocmask,
    sys::SYS_rt_sigreturn,
    sys::SYS_rt_sigpending,
    sys::SYS_rt_sigtimedwait,
    sys::SYS_rt_sigsuspend,
    sys::SYS_rt_sigqueueinfo,
    sys::SYS_sigaltstack,
    sys::SYS_restart_syscall,
    // Time.
    sys::SYS_nanosleep,
    sys::SYS_clock_nanosleep,
    sys::SYS_clock_gettime,
    sys::SYS_clock_getres,
    sys::SYS_gettimeofday,
    sys::SYS_getitimer,
    sys::SYS_setitimer,
    sys::SYS_timer_create,
    sys::SYS_timer_settime,
    sys::SYS_timer_gettime,
    sys::SYS_timer_getoverrun,
    sys::SYS_timer_delete,
    // Local sockets; `socket`, `socketpair` and `setsockopt` below decide which there can be.
    sys::SYS_bind,
    sys::SYS_listen,
    sys::SYS_accept,
    sys::SYS_accept4,
    sys::SYS_connect,
    sys::SYS_getsockname,
    sys::SYS_getpeername,
    sys::SYS_sendto,
    sys::SYS_recvfrom,
    sys::SYS_sendmsg,
    sys::SYS_recvmsg,
    sys::SYS_shutdown,
    sys::SYS_getsockopt,
    // The machine.
    sys::SYS_uname,
    sys::SYS_sysinfo,
    sys::SYS_getrandom,
];

/// Calls of x86-64 that newer architectures no longer have.
#[cfg(target_arch = "x86_64")]
const ALLOWED_OLD: &[sys::c_long] = &[
    sys::SYS_open,
    sys::SYS_creat,
    sys::SYS_stat,
    sys::SYS_lstat,
    sys::SYS_access,
    sys::SYS_readlink,
    sys::SYS_getdents,
    sys::SYS_mkdir,
    sys::SYS_rmdir,
    sys::SYS_mknod,
    sys::SYS_unlink,
    sys::SYS_symlink,
    sys::SYS_link,
    sys::SYS_rename,
    sys::SYS_chmod,
    sys::SYS_chown,
    sys::SYS_lchown,
    sys::SYS_utime,
    sys::SYS_utimes,
    sys::SYS_futimesat,
    sys::SYS_dup2,
    sys::SYS_pipe,
    sys::SYS_poll,
    sys::SYS_select,
    sys::SYS_epoll_create,
    sys::SYS_epoll_wait,
    sys::SYS_eventfd,
    sys::SYS_signalfd,
    sys::SYS_fork,
    sys::SYS_vfork,
    sys::SYS_getpgrp,
    sys::SYS_pause,
    sys::SYS_alarm,
    sys::SYS_time,
    sys::SYS_arch_prctl,
];
#[cfg(not(target_arch = "x86_64"))]
const ALLOWED_OLD: &[sys::c_long] = &[];

/// Every flag of `clone` that makes a namespace.
const NAMESPACE_FLAGS: u64 = 0x7e02_0000;

const F_SETPIPE_SZ: u64 = 1_031;
const TIOCSTI: u64 = 0x5412;
const TIOCLINUX: u64 = 0x541c;

/// The filter, in the form box-init reads: the kernel's `struct sock_filter`, one after the other.
pub fn filter() -> Result<Vec<u8>, BackendError> {
    let mut rules: BTreeMap<i64, Vec<SeccompRule>> =
        ALLOWED.iter().chain(ALLOWED_OLD).map(|call| (*call, Vec::new())).collect();
    let local = u64::from(sys::AF_UNIX.unsigned_abs());
    rules.insert(sys::SYS_socket, vec![first_argument(SeccompCmpOp::Eq, local)?]);
    rules.insert(sys::SYS_socketpair, vec![first_argument(SeccompCmpOp::Eq, local)?]);
    // Only a process's own limits.
    rules.insert(sys::SYS_prlimit64, vec![first_argument(SeccompCmpOp::Eq, 0)?]);
    // What lies in a pipe is the kernel's memory, too, so pipes keep their size.
    rules.insert(sys::SYS_fcntl, vec![none_of(1, &[F_SETPIPE_SZ])?]);
    // There is no terminal in a box; should one ever be, nobody types into it.
    rules.insert(sys::SYS_ioctl, vec![none_of(1, &[TIOCSTI, TIOCLINUX])?]);
    rules.insert(sys::SYS_setsockopt, vec![not_of_sockets()?, no_larger_buffer()?]);
    rules.insert(sys::SYS_clone, vec![first_argument(SeccompCmpOp::MaskedEq(NAMESPACE_FLAGS), 0)?]);

    let refuse = SeccompAction::Errno(sys::ENOSYS.unsigned_abs());
    let architecture = std::env::consts::ARCH.try_into()?;
    let program: BpfProgram =
        SeccompFilter::new(rules, refuse, SeccompAction::Allow, architecture)?.try_into()?;
    Ok(program
        .iter()
        .flat_map(|step| {
            let mut bytes = [0; 8];
            bytes[..2].copy_from_slice(&step.code.to_ne_bytes());
            bytes[2] = step.jt;
            bytes[3] = step.jf;
            bytes[4..].copy_from_slice(&step.k.to_ne_bytes());
            bytes
        })
        .collect())
}

fn first_argument(comparison: SeccompCmpOp, value: u64) -> Result<SeccompRule, BackendError> {
    SeccompRule::new(vec![argument(0, comparison, value)?])
}

fn argument(index: u8, comparison: SeccompCmpOp, value: u64) -> Result<SeccompCondition, BackendError> {
    SeccompCondition::new(index, SeccompCmpArgLen::Dword, comparison, value)
}

fn not_of_sockets() -> Result<SeccompRule, BackendError> {
    SeccompRule::new(vec![argument(1, SeccompCmpOp::Ne, u64::from(sys::SOL_SOCKET.unsigned_abs()))?])
}

/// What lies in a socket is memory of the kernel that no process's resident size shows, so its size stays the default.
fn no_larger_buffer() -> Result<SeccompRule, BackendError> {
    let sizes = [sys::SO_SNDBUF, sys::SO_RCVBUF, sys::SO_SNDBUFFORCE, sys::SO_RCVBUFFORCE];
    none_of(2, &sizes.map(|option| u64::from(option.unsigned_abs())))
}

fn none_of(index: u8, values: &[u64]) -> Result<SeccompRule, BackendError> {
    let none = values.iter().map(|value| argument(index, SeccompCmpOp::Ne, *value));
    SeccompRule::new(none.collect::<Result<_, _>>()?)
}
