//! What a box is told when it asks for the machine's memory, load and uptime (`sysinfo`): its own limit, and nothing else.
//!
//! The figures of the machine would let one box read what another does. The call cannot be refused: glibc's
//! `sysconf(_SC_PHYS_PAGES)` does not look at its failure, and `qsort` chooses its way by that figure. So the filter asks
//! (`SECCOMP_RET_USER_NOTIF`), and the box's watcher writes the same answer whenever it is asked.

use crate::sandbox::SandboxError;
use nix::libc::{self as sys, seccomp_notif, seccomp_notif_resp};
use rustix::io::Errno;
use rustix::ioctl::{Setter, Updater, ioctl};
use rustix::process::{Pid, PidfdFlags, PidfdGetfdFlags, pidfd_getfd, pidfd_open};
use std::fs::OpenOptions;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::fs::FileExt;

/// A box that asks more often hears from then on that there is no such call: answering takes the judge's processor time.
const ANSWERS_MAX: u32 = 1_000;

/// Where the questions of one box are heard.
#[derive(Debug)]
pub struct Questions {
    listener: OwnedFd,
    answer: Vec<u8>,
    left: u32,
}

impl Questions {
    /// Takes the listener of the box's first process, which has it under this number.
    pub fn of(first: nix::unistd::Pid, number: i32) -> Result<OwnedFd, SandboxError> {
        let failed = SandboxError::system("listening to a box's questions");
        let first = Pid::from_raw(first.as_raw()).ok_or(Errno::SRCH).map_err(&failed)?;
        let first = pidfd_open(first, PidfdFlags::empty()).map_err(&failed)?;
        pidfd_getfd(first, number, PidfdGetfdFlags::empty()).map_err(&failed)
    }

    pub fn new(listener: OwnedFd, memory_kib: u64) -> Self {
        Self { listener, answer: told(memory_kib), left: ANSWERS_MAX }
    }

    pub fn descriptor(&self) -> BorrowedFd<'_> {
        self.listener.as_fd()
    }

    /// Answers one question that has been asked; `false` when no other is to be answered. Whoever asked may be gone by now,
    /// which is no failure.
    pub fn answer(&mut self) -> bool {
        self.left -= 1;
        let Some(question) = hear(&self.listener) else { return self.left > 0 };
        let written = match OpenOptions::new().write(true).open(format!("/proc/{}/mem", question.pid)) {
            // A number may mean another process by now; a question that is still open is still that process's.
            Ok(memory) if is_open(&self.listener, question.id) => {
                memory.write_all_at(&self.answer, question.data.args[0]).is_ok()
            }
            _ => false,
        };
        say(&self.listener, question.id, if written { 0 } else { -sys::EFAULT });
        self.left > 0
    }
}

/// The kernel's structure (sysinfo(2)): the limit is all there is, and all of it is free.
fn told(memory_kib: u64) -> Vec<u8> {
    let memory = (memory_kib << 10).to_ne_bytes();
    let mut answer = vec![0; size_of::<sys::sysinfo>()];
    let mut put = |place: usize, bytes: &[u8]| answer[place..place + bytes.len()].copy_from_slice(bytes);
    put(std::mem::offset_of!(sys::sysinfo, uptime), &1_i64.to_ne_bytes());
    put(std::mem::offset_of!(sys::sysinfo, totalram), &memory);
    put(std::mem::offset_of!(sys::sysinfo, freeram), &memory);
    put(std::mem::offset_of!(sys::sysinfo, procs), &1_u16.to_ne_bytes());
    put(std::mem::offset_of!(sys::sysinfo, mem_unit), &1_u32.to_ne_bytes());
    answer
}

#[allow(unsafe_code)] // No crate here has these calls; each gives the kernel one structure of libc's.
fn hear(listener: &OwnedFd) -> Option<seccomp_notif> {
    const RECEIVE: rustix::ioctl::Opcode = rustix::ioctl::opcode::read_write::<seccomp_notif>(b'!', 0);
    let data = sys::seccomp_data { nr: 0, arch: 0, instruction_pointer: 0, args: [0; 6] };
    let mut question = seccomp_notif { id: 0, pid: 0, flags: 0, data };
    loop {
        // SAFETY: the structure is what this operation reads (all zero) and writes.
        match unsafe { ioctl(listener, Updater::<RECEIVE, _>::new(&mut question)) } {
            Ok(()) => return Some(question),
            Err(Errno::INTR) => {}
            Err(_) => return None,
        }
    }
}

#[allow(unsafe_code)] // As above.
fn is_open(listener: &OwnedFd, question: u64) -> bool {
    const IS_VALID: rustix::ioctl::Opcode = rustix::ioctl::opcode::write::<u64>(b'!', 2);
    // SAFETY: the number is what this operation reads.
    unsafe { ioctl(listener, Setter::<IS_VALID, _>::new(question)) }.is_ok()
}

#[allow(unsafe_code)] // As above.
fn say(listener: &OwnedFd, question: u64, error: i32) {
    const SEND: rustix::ioctl::Opcode = rustix::ioctl::opcode::read_write::<seccomp_notif_resp>(b'!', 1);
    let mut answer = seccomp_notif_resp { id: question, val: 0, error, flags: 0 };
    // SAFETY: the structure is what this operation reads.
    let _ = unsafe { ioctl(listener, Updater::<SEND, _>::new(&mut answer)) };
}
