//! The system-call filter of every box: an allow-list, so that what the kernel learns tomorrow is closed already.
//!
//! What is not listed fails with ENOSYS, which libraries take as "an old kernel" and fall back from. Left out on purpose,
//! beside everything privileged: `ptrace`, `process_vm_*`, `pidfd_*` (reaching into other processes); `unshare`, `setns`,
//! `mount` and its new siblings (more kernel surface); `keyctl` and its siblings, `io_uring_*`, `bpf`, `userfaultfd`,
//! `perf_event_open` (what escapes have used); `memfd_create`, `shmget`, `mq_open`, anonymous memory that is
//! shared, and the like (what no process's resident size shows); `clone3` (its flags lie in memory, where a filter cannot look; libraries fall back to `clone`).

use crate::sandbox::calls::{ALLOWED, ALLOWED_OLD, ASKED};
use crate::sandbox::number_tree;
use nix::libc as sys;
use seccompiler::{
    BackendError, BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter,
    SeccompRule,
};
use std::collections::BTreeMap;

/// Every flag of `clone` that makes a namespace.
const NAMESPACE_FLAGS: u64 = 0x7e02_0000;

const F_SETPIPE_SZ: u64 = 1_031;
const TIOCSTI: u64 = 0x5412;
const TIOCLINUX: u64 = 0x541c;

/// The filter, in the form box-init reads: the kernel's `struct sock_filter`, one after the other.
pub fn filter() -> Result<Vec<u8>, BackendError> {
    let mut rules: BTreeMap<i64, Vec<SeccompRule>> = BTreeMap::new();
    let local = u64::from(sys::AF_UNIX.unsigned_abs());
    rules.insert(sys::SYS_socket, vec![first_argument(SeccompCmpOp::Eq, local)?]);
    rules.insert(sys::SYS_socketpair, vec![first_argument(SeccompCmpOp::Eq, local)?]);
    // Only a process's own limits.
    rules.insert(sys::SYS_prlimit64, vec![first_argument(SeccompCmpOp::Eq, 0)?]);
    // What lies in a pipe is the kernel's memory, too, so pipes keep their size.
    rules.insert(sys::SYS_fcntl, vec![none_of(1, &[F_SETPIPE_SZ])?]);
    // There is no terminal in a box; should one ever be, nobody types into it.
    rules.insert(sys::SYS_ioctl, vec![none_of(1, &[TIOCSTI, TIOCLINUX])?]);
    // A filter of its own is the kernel's memory, half a MiB in each process.
    let own_filter = u64::from(sys::PR_SET_SECCOMP.unsigned_abs());
    rules.insert(sys::SYS_prctl, vec![none_of(0, &[own_filter])?]);
    rules.insert(sys::SYS_setsockopt, vec![not_of_sockets()?, no_larger_socket()?]);
    // What one box throws out of the page cache another one sees missing, and reads no faster than it is told to.
    rules.insert(sys::SYS_fadvise64, vec![none_of(3, &[advice(sys::POSIX_FADV_DONTNEED)])?]);
    let of_pages = [sys::MADV_COLD, sys::MADV_PAGEOUT, sys::MADV_MERGEABLE].map(advice);
    rules.insert(sys::SYS_madvise, vec![none_of(2, &of_pages)?]);
    rules
        .insert(sys::SYS_mmap, vec![mapping_without(sys::MAP_SHARED)?, mapping_without(sys::MAP_ANONYMOUS)?]);
    rules.insert(sys::SYS_clone, vec![first_argument(SeccompCmpOp::MaskedEq(NAMESPACE_FLAGS), 0)?]);

    let refuse = SeccompAction::Errno(sys::ENOSYS.unsigned_abs());
    let architecture = std::env::consts::ARCH.try_into()?;
    let by_argument: BpfProgram =
        SeccompFilter::new(rules, refuse, SeccompAction::Allow, architecture)?.try_into()?;
    let numbers = ALLOWED.iter().chain(ALLOWED_OLD).map(|(_, call)| *call);
    let asked = u32::try_from(ASKED.1).expect("a call's number");
    Ok(number_tree::allowing(numbers)
        .iter()
        .chain(&number_tree::asking(asked))
        .chain(&by_argument)
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

fn advice(advice: i32) -> u64 {
    advice.unsigned_abs().into()
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
fn no_larger_socket() -> Result<SeccompRule, BackendError> {
    let refused = [
        sys::SO_SNDBUF,
        sys::SO_RCVBUF,
        sys::SO_SNDBUFFORCE,
        sys::SO_RCVBUFFORCE,
        sys::SO_ATTACH_FILTER,
        sys::SO_ATTACH_REUSEPORT_CBPF,
    ];
    none_of(2, &refused.map(|option| u64::from(option.unsigned_abs())))
}

/// Shared anonymous memory stays when nobody has its pages mapped in any more, and is nobody's resident size then. Two
/// such rules together refuse it: `MAP_SHARED` is a bit of `MAP_SHARED_VALIDATE`, too.
fn mapping_without(flag: i32) -> Result<SeccompRule, BackendError> {
    SeccompRule::new(vec![argument(3, SeccompCmpOp::MaskedEq(u64::from(flag.unsigned_abs())), 0)?])
}

fn none_of(index: u8, values: &[u64]) -> Result<SeccompRule, BackendError> {
    let none = values.iter().map(|value| argument(index, SeccompCmpOp::Ne, *value));
    SeccompRule::new(none.collect::<Result<_, _>>()?)
}
