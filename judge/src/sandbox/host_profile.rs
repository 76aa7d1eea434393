//! The seccomp profile of the container that a judge runs in, where it runs in one: what boxes may call, what making a box
//! takes, what the judge itself calls besides, and nothing more. `deploy/base/judge/seccomp.json` is this as the file that
//! Kubernetes reads (`seccompProfile: {type: Localhost}`), written by `LAUREL_WRITE_PROFILE=1 cargo test -p judge profile`.
//!
//! A container's default profile refuses `mount`, `pivot_root` and new user namespaces to those without capabilities, so
//! with it no box can be made; without any profile, all that bubblewrap does not need would be open too.

use crate::sandbox::calls::{ALLOWED, ALLOWED_OLD, ASKED, Call, calls};
use nix::libc as sys;
use seccompiler::{
    BackendError, BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter,
    SeccompRule,
};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// What bubblewrap and box-init call before the box's own filter is on.
pub const TO_MAKE_A_BOX: &[Call] = calls![
    SYS_capset,
    SYS_landlock_add_rule,
    SYS_landlock_create_ruleset,
    SYS_landlock_restrict_self,
    SYS_mount,
    SYS_pivot_root,
    SYS_seccomp,
    SYS_sethostname,
    SYS_umount2,
];

/// What the judge calls outside of every box: it hands files over in memory, ends boxes by descriptor, takes a descriptor over
/// from them, counts their CPU time and looks up the broker's name.
const OF_THE_JUDGE: &[Call] = calls![
    SYS_memfd_create,
    SYS_perf_event_open,
    SYS_pidfd_getfd,
    SYS_pidfd_open,
    SYS_pidfd_send_signal,
    SYS_recvmmsg,
    SYS_sendmmsg,
];

/// What a box may call with some arguments only; the judge and bubblewrap need others (`clone` with the flags that make
/// namespaces above all).
const WITH_ANY_ARGUMENTS: &[Call] = calls![
    SYS_clone,
    SYS_fadvise64,
    SYS_fcntl,
    SYS_ioctl,
    SYS_madvise,
    SYS_mmap,
    SYS_prctl,
    SYS_prlimit64,
    SYS_setsockopt,
    SYS_socketpair
];

/// Bubblewrap brings the box's loopback up through netlink. No raw, packet or vsock sockets.
const FAMILIES: &[i32] = &[sys::AF_UNIX, sys::AF_INET, sys::AF_INET6, sys::AF_NETLINK];

/// Allowed whatever their arguments; on other architectures some of the names mean nothing.
fn allowed() -> impl Iterator<Item = Call> {
    [ALLOWED, ALLOWED_OLD, &[ASKED], TO_MAKE_A_BOX, OF_THE_JUDGE, WITH_ANY_ARGUMENTS].concat().into_iter()
}

/// As container runtimes read it (OCI runtime specification, `linux.seccomp`).
pub fn document() -> Value {
    let mut names: Vec<&str> = allowed().map(|(name, _)| name.trim_start_matches("SYS_")).collect();
    names.sort_unstable();
    let sockets = FAMILIES.iter().map(|family| {
        let arguments = json!([{"index": 0, "value": family, "op": "SCMP_CMP_EQ"}]);
        json!({"names": ["socket"], "action": "SCMP_ACT_ALLOW", "args": arguments})
    });
    let calls = [json!({"names": names, "action": "SCMP_ACT_ALLOW"})].into_iter().chain(sockets);
    json!({
        "defaultAction": "SCMP_ACT_ERRNO",
        "defaultErrnoRet": sys::ENOSYS,
        "architectures": ["SCMP_ARCH_X86_64", "SCMP_ARCH_AARCH64"],
        "syscalls": calls.collect::<Vec<_>>(),
    })
}

/// The same as a filter that a thread can put on itself, but for the named calls: for tests of what boxes need.
pub fn filter_without(left_out: &[&str]) -> Result<BpfProgram, BackendError> {
    let mut rules: BTreeMap<i64, Vec<SeccompRule>> =
        allowed().filter(|(name, _)| !left_out.contains(name)).map(|(_, call)| (call, Vec::new())).collect();
    let families = FAMILIES.iter().map(|family| {
        let family = u64::from(family.unsigned_abs());
        SeccompRule::new(vec![SeccompCondition::new(0, SeccompCmpArgLen::Dword, SeccompCmpOp::Eq, family)?])
    });
    rules.insert(sys::SYS_socket, families.collect::<Result<_, _>>()?);
    let refuse = SeccompAction::Errno(sys::ENOSYS.unsigned_abs());
    let architecture = std::env::consts::ARCH.try_into()?;
    SeccompFilter::new(rules, refuse, SeccompAction::Allow, architecture)?.try_into()
}
