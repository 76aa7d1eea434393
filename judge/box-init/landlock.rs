//! Landlock: what a file system shows is one thing, what a process may do with it another. Should something be mounted
//! in a box that is not meant to be there, or writable that is meant to be read, this still says no.
//!
//! Only `/tmp` can be written (and the devices), only what is there can be read and run, nothing can be a device; no TCP;
//! no signal and no abstract socket leads out. Numbers and layouts are of the kernel's `linux/landlock.h`. No crate: this
//! program is one executable without dependencies, and it is three system calls.

use std::ffi::CStr;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};

const CREATE_RULESET: i64 = 444;
const ADD_RULE: i64 = 445;
const RESTRICT_SELF: i64 = 446;
const CREATE_RULESET_VERSION: i64 = 1;
const RULE_PATH_BENEATH: i64 = 1;

/// Before it, a rename from one folder to another is always refused: too little for honest programs.
const VERSION_MIN: i64 = 2;

const EXECUTE: u64 = 1;
const WRITE_FILE: u64 = 1 << 1;
const READ_FILE: u64 = 1 << 2;
const READ_DIR: u64 = 1 << 3;
const MAKE_CHAR: u64 = 1 << 6;
const MAKE_BLOCK: u64 = 1 << 11;
const TRUNCATE: u64 = 1 << 14;
const IOCTL_DEV: u64 = 1 << 15;
const BIND_AND_CONNECT_TCP: u64 = 3;
const ABSTRACT_SOCKETS_AND_SIGNALS: u64 = 3;

const O_PATH: i32 = 0o10_000_000;
const O_CLOEXEC: i32 = 0o2_000_000;

/// `struct landlock_ruleset_attr`; older kernels know only the beginning.
#[repr(C)]
struct Ruleset {
    files: u64,
    network: u64,
    scoped: u64,
}

/// `struct landlock_path_beneath_attr`.
#[repr(C, packed)]
struct Beneath {
    allowed: u64,
    parent: i32,
}

unsafe extern "C" {
    fn syscall(number: i64, ...) -> i64;
    fn open(path: *const std::ffi::c_char, flags: i32, ...) -> i32;
}

/// Returns the version that this process is under from now on: 0 where the kernel has none, or too old a one. `None` when
/// there is one and it could not be used.
pub fn shut_in() -> Option<i64> {
    // SAFETY: asks for the version; no structure is read.
    let version = unsafe { syscall(CREATE_RULESET, 0_usize, 0_usize, CREATE_RULESET_VERSION) };
    if version < VERSION_MIN {
        return Some(0);
    }
    let (files, length) = match version {
        2 => ((1 << 14) - 1, 8),
        3 => ((1 << 15) - 1, 8),
        4 => ((1 << 15) - 1, 16),
        5 => ((1 << 16) - 1, 16),
        _ => ((1 << 16) - 1, 24_usize),
    };
    let ruleset = Ruleset { files, network: BIND_AND_CONNECT_TCP, scoped: ABSTRACT_SOCKETS_AND_SIGNALS };
    // SAFETY: the structure lives across the call, and no more of it is read than there is.
    let ruleset = descriptor(unsafe { syscall(CREATE_RULESET, &ruleset, length, 0_i64) })?;
    allow(&ruleset, c"/", EXECUTE | READ_FILE | READ_DIR)?;
    allow(&ruleset, c"/dev", (READ_FILE | READ_DIR | WRITE_FILE | TRUNCATE | IOCTL_DEV) & files)?;
    allow(&ruleset, c"/tmp", files & !(MAKE_CHAR | MAKE_BLOCK | IOCTL_DEV))?;
    // SAFETY: a plain system call on integers.
    let restricted = unsafe { syscall(RESTRICT_SELF, i64::from(ruleset.as_raw_fd()), 0_i64) };
    (restricted == 0).then_some(version)
}

fn allow(ruleset: &OwnedFd, path: &CStr, allowed: u64) -> Option<()> {
    // SAFETY: the path lives across the call.
    let parent = descriptor(unsafe { open(path.as_ptr(), O_PATH | O_CLOEXEC) }.into())?;
    let beneath = Beneath { allowed, parent: parent.as_raw_fd() };
    // SAFETY: the structure lives across the call and has the kernel's layout.
    let added =
        unsafe { syscall(ADD_RULE, i64::from(ruleset.as_raw_fd()), RULE_PATH_BENEATH, &beneath, 0_i64) };
    (added == 0).then_some(())
}

fn descriptor(number: i64) -> Option<OwnedFd> {
    let number = i32::try_from(number).ok().filter(|number| *number >= 0)?;
    // SAFETY: the kernel has just made it, for nobody else.
    Some(unsafe { OwnedFd::from_raw_fd(number) })
}
