//! Memory that the kernel keeps for a box and that no process shows: its mappings, sockets, pipes and open files.
//!
//! What is counted is charged at what it can come to, so that the memory limit holds for it too. Reading it all is dear for
//! those who have much of it, so it is read less often than the rest.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::Read;
use std::path::Path;
use std::time::{Duration, Instant};

const LOOK_EVERY: Duration = Duration::from_millis(20);
/// Looking takes at most this part of the watcher's time.
const SHARE: u32 = 8;
/// Bytes of one mapping (Linux 6.18: 65,000 mappings in each of 60 processes are 840 MiB of slab, so 226; rounded up).
const MAPPING_BYTES: u64 = 256;
/// What is behind an open file at the least.
const OPEN_FILE_KIB: u64 = 1;
/// What lies in a socket or a pipe of the default size, which the filter lets nobody enlarge.
const SOCKET_KIB: u64 = 208;
const PIPE_KIB: u64 = 64;
/// Honest programs have a few, and those are not charged: runtimes make some for themselves and leave them empty.
const SOCKETS_FREE: u64 = 32;
const PIPES_FREE: u64 = 32;

/// What was found the last time.
#[derive(Debug)]
pub struct KernelMemory {
    kib: u64,
    next: Instant,
}

impl KernelMemory {
    pub fn new() -> Self {
        Self { kib: 0, next: Instant::now() }
    }

    /// Of a box by its first process and the others. Beyond `max_kib` nothing more is counted.
    pub fn kib(&mut self, first: i32, processes: &[i32], max_kib: u64) -> u64 {
        let started = Instant::now();
        if started >= self.next {
            self.kib = beyond(sockets(first), SOCKETS_FREE, SOCKET_KIB)
                + files_kib(processes)
                + mappings_kib(processes, max_kib);
            self.next = Instant::now() + LOOK_EVERY.max(started.elapsed() * SHARE);
        }
        self.kib
    }
}

fn beyond(count: u64, free: u64, each_kib: u64) -> u64 {
    count.saturating_sub(free) * each_kib
}

/// All of the box's network namespace, also those that are nobody's because they lie in another socket.
fn sockets(first: i32) -> u64 {
    let figures = fs::read_to_string(format!("/proc/{first}/net/sockstat")).unwrap_or_default();
    let used = figures.lines().find_map(|line| line.strip_prefix("sockets: used ")?.trim().parse().ok());
    used.unwrap_or_default()
}

/// How many files a process has open; 0 before Linux 6.2, which does not tell.
pub fn open_files(process: i32) -> u64 {
    fs::metadata(format!("/proc/{process}/fd")).map(|folder| folder.len()).unwrap_or_default()
}

fn files_kib(processes: &[i32]) -> u64 {
    let open: u64 = processes.iter().map(|process| open_files(*process)).sum();
    // Which of them are pipes is looked at only where there could be many.
    let pipes = if open > PIPES_FREE { pipes(processes) } else { 0 };
    open * OPEN_FILE_KIB + beyond(pipes, PIPES_FREE, PIPE_KIB)
}

/// Different ones: both ends, and a child's, are one.
fn pipes(processes: &[i32]) -> u64 {
    let mut found = BTreeSet::new();
    let mut hidden = 0;
    for process in processes {
        let folder = format!("/proc/{process}/fd");
        // A process that nobody may look at says how many there are, and could have nothing but pipes.
        let Ok(files) = fs::read_dir(Path::new(&folder)) else {
            hidden += open_files(*process) / 2;
            continue;
        };
        let targets = files.flatten().filter_map(|file| fs::read_link(file.path()).ok());
        found.extend(targets.filter(|target| target.as_os_str().as_encoded_bytes().starts_with(b"pipe:")));
    }
    u64::try_from(found.len()).unwrap_or(u64::MAX) + hidden
}

fn mappings_kib(processes: &[i32], max_kib: u64) -> u64 {
    let mut chunk = vec![0; 64 << 10];
    let mut mappings = 0;
    for process in processes {
        let Ok(mut list) = File::open(format!("/proc/{process}/maps")) else { continue };
        // One line for each; the kernel writes a line's end within a name in another way.
        while let Ok(length @ 1..) = list.read(&mut chunk) {
            mappings += chunk[..length].iter().map(|byte| u64::from(*byte == b'\n')).sum::<u64>();
            if (mappings * MAPPING_BYTES) >> 10 > max_kib {
                return (mappings * MAPPING_BYTES) >> 10;
            }
        }
    }
    (mappings * MAPPING_BYTES) >> 10
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_this_process_has_is_seen() {
        let this = nix::unistd::getpid().as_raw();
        let before = (open_files(this), pipes(&[this]), sockets(this));
        let socket = std::os::unix::net::UnixStream::pair().expect("sockets");
        let pipe = std::io::pipe().expect("a pipe");
        // Other tests of this process open and close files at the same time; with nextest there are none.
        assert!(sockets(this) >= before.2 + 2 && pipes(&[this]) > before.1, "{before:?}");
        assert!(open_files(this) == 0 || open_files(this) >= before.0 + 4, "{before:?}");
        drop((socket, pipe));
        let all = mappings_kib(&[this], u64::MAX);
        assert!(all > 4 && mappings_kib(&[this], 0) <= all);
        assert_eq!(beyond(40, SOCKETS_FREE, SOCKET_KIB), 8 * 208);
        assert_eq!(beyond(3, SOCKETS_FREE, SOCKET_KIB), 0);
    }
}
