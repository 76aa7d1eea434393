//! What is told of the machine in a box: nothing. All of `/proc` but its processes is the host's, and would let one box read
//! what another does to memory and processors; so the box gets a `/proc` of processes alone.
//!
//! Bubblewrap cannot mount that. It leaves this program the capability to, in the box's user namespace, and to give it away
//! for good before anything else runs. Numbers and layouts are of the kernel's `linux/mount.h` and `linux/capability.h`.

use std::ffi::{CStr, c_char, c_void};

const NO_SETUID_DEVICES_PROGRAMS: u64 = 2 | 4 | 8;
const PR_CAPBSET_DROP: i32 = 24;
const CAP_SETPCAP: u64 = 8;
const CAP_SYS_ADMIN: u64 = 21;
const VERSION_3: u32 = 0x2008_0522;

#[repr(C)]
struct Header {
    version: u32,
    process: i32,
}

unsafe extern "C" {
    fn mount(what: *const c_char, place: *const c_char, kind: *const c_char, flags: u64, data: *const c_void)
    -> i32;
    fn capset(header: *const Header, sets: *const [u32; 6]) -> i32;
    fn prctl(option: i32, argument: u64, ...) -> i32;
}

/// Mounts it over bubblewrap's.
pub fn hide() -> Option<()> {
    let (proc, place, only_processes): (&CStr, &CStr, &CStr) = (c"proc", c"/proc", c"subset=pid");
    // SAFETY: every text lives across the call.
    let mounted = unsafe {
        mount(proc.as_ptr(), place.as_ptr(), proc.as_ptr(), NO_SETUID_DEVICES_PROGRAMS, only_processes.as_ptr().cast())
    };
    (mounted == 0).then_some(())
}

/// Neither this process nor any that comes after it has a capability from here on.
pub fn give_up_capabilities() -> Option<()> {
    // The one that drops others goes last.
    for capability in [CAP_SYS_ADMIN, CAP_SETPCAP] {
        // SAFETY: a plain system call on integers.
        if unsafe { prctl(PR_CAPBSET_DROP, capability, 0_u64, 0_u64, 0_u64) } != 0 {
            return None;
        }
    }
    // SAFETY: both structures live across the call and have the kernel's layout. Ambient ones go with the permitted.
    let empty = unsafe { capset(&Header { version: VERSION_3, process: 0 }, &[0; 6]) };
    (empty == 0).then_some(())
}
