//! What the processes of one box use, read from `/proc` outside the box.
//!
//! Everything in the box descends from its first process, because it is pid 1 of the box's pid namespace and orphans
//! come to it. Cgroups would tell the same, but an ordinary user is rarely given one.

use crate::sandbox::Peaks;
use crate::sandbox::kernel_memory::{KernelMemory, open_files};
use std::collections::HashMap;
use std::fs;
use std::time::Duration;

/// What each living process has used, by its number.
pub type Usages = HashMap<i32, Usage>;

/// Whole clock ticks, so never more than the truth.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Usage {
    pub own_ticks: u32,
    /// Of its children that ended and that it waited for, and of theirs.
    pub reaped_ticks: u32,
}

/// One look at a box.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sample {
    pub cpu: Usages,
    /// Memory, resident or swapped out, the page tables, what else the kernel keeps, and the box's temporary files.
    pub memory_kib: u64,
    pub peaks: Peaks,
    /// How long each living process has waited for a processor; only if asked for.
    pub waits: HashMap<i32, Duration>,
}

/// Of a file beside its content, about.
const TEMPORARY_FILE_KIB: u64 = 1;

/// The box's processes by its first one.
#[derive(Debug, Clone, Copy)]
pub struct ProcessTree {
    first: i32,
    tick: Duration,
    page_kib: u64,
}

impl ProcessTree {
    pub fn of(first: i32) -> Self {
        let constant = |name, fallback: u64| {
            nix::unistd::sysconf(name)
                .ok()
                .flatten()
                .and_then(|value| value.try_into().ok())
                .unwrap_or(fallback)
        };
        Self {
            first,
            tick: Duration::from_secs(1)
                / u32::try_from(constant(nix::unistd::SysconfVar::CLK_TCK, 100)).unwrap_or(100),
            page_kib: constant(nix::unistd::SysconfVar::PAGE_SIZE, 4_096) / 1_024,
        }
    }

    /// `memory_max_kib` decides how hard to look: the sum of resident sizes counts pages shared by several processes
    /// several times, so only when it is above the limit each process is asked for its proportional share.
    pub fn sample(&self, kernel: &mut KernelMemory, memory_max_kib: u64, with_waits: bool) -> Sample {
        let mut sample = Sample::default();
        sample.peaks.tasks = 1;
        let mut waiting = vec![self.first];
        let mut processes = Vec::new();
        let mut page_tables_kib = 0;
        while let Some(process) = waiting.pop() {
            let Some(stat) = Stat::read(process) else { continue };
            sample.cpu.insert(process, stat.usage);
            if process != self.first {
                let (process, resident_pages) = owner_of_memory(process, &stat);
                let status = Status::read(process);
                sample.memory_kib += resident_pages * self.page_kib + status.swapped_kib;
                sample.peaks.tasks += stat.threads;
                sample.peaks.open_files = sample.peaks.open_files.max(open_files(process));
                page_tables_kib += status.page_tables_kib;
                processes.push(process);
                if with_waits {
                    sample.waits.insert(process, waited(process));
                }
            }
            children_of_threads(process, stat.threads, &mut waiting);
        }
        if sample.memory_kib > memory_max_kib && processes.len() > 1 {
            sample.memory_kib = processes.iter().filter_map(|process| proportional_kib(*process)).sum();
        }
        let (blocks_kib, files) = self.temporary_files();
        sample.peaks.files_kib = blocks_kib;
        sample.memory_kib += page_tables_kib + blocks_kib + files * TEMPORARY_FILE_KIB;
        let left_kib = memory_max_kib.saturating_sub(sample.memory_kib);
        sample.memory_kib += kernel.kib(self.first, &processes, left_kib);
        sample
    }

    /// The whole tree's.
    pub fn cpu(&self, sample: &Sample) -> Duration {
        self.duration(sample.cpu.values().map(|usage| usage.own_ticks + usage.reaped_ticks).sum())
    }

    pub fn duration(&self, ticks: u32) -> Duration {
        self.tick * ticks
    }

    /// What lies in the box's tmpfs, in KiB, and how many files that is.
    fn temporary_files(&self) -> (u64, u64) {
        let Ok(found) = nix::sys::statvfs::statvfs(format!("/proc/{}/root/tmp", self.first).as_str()) else {
            return (0, 0);
        };
        let blocks = found.blocks().saturating_sub(found.blocks_free());
        let files = found.files().saturating_sub(found.files_free());
        (blocks * found.fragment_size() / 1_024, files)
    }
}

/// CPU time that the kernel adds to nobody's: that of a process whose parent ignores its end.
///
/// Whatever a process that is gone had used must have come to somebody who is still there. What did not is lost, unless
/// the next look finds it: a look can fall between a process's end and its parent's next figure.
#[derive(Debug, Default)]
pub struct LostCpu {
    pub ticks: u32,
    before: Usages,
    /// Missing at the last look.
    missing: u32,
}

impl LostCpu {
    pub fn see(&mut self, now: Usages) {
        let gone = self.before.iter().filter(|(process, _)| !now.contains_key(process));
        let gone: u32 = gone.map(|(_, usage)| usage.own_ticks + usage.reaped_ticks).sum();
        let here = now.iter().filter_map(|(process, usage)| Some((usage, self.before.get(process)?)));
        let gained: u32 =
            here.map(|(usage, before)| usage.reaped_ticks.saturating_sub(before.reaped_ticks)).sum();
        let found_late = gained.saturating_sub(gone);
        self.ticks += self.missing.saturating_sub(found_late);
        self.missing = gone.saturating_sub(gained);
        self.before = now;
    }
}

/// The fields of `/proc/<pid>/stat` that matter here (proc(5)).
struct Stat {
    parent: i32,
    group: i32,
    usage: Usage,
    threads: u64,
    resident_pages: u64,
}

impl Stat {
    fn read(process: i32) -> Option<Self> {
        let text = fs::read(format!("/proc/{process}/stat")).ok()?;
        // The second field is the program's own name, in parentheses, and may hold anything.
        let after_name = text.iter().rposition(|byte| *byte == b')')? + 2;
        let text = std::str::from_utf8(text.get(after_name..)?).ok()?;
        let fields: Vec<&str> = text.split(' ').collect();
        // `fields[0]` is field 3 of the manual page.
        let field = |number: usize| fields.get(number - 3).and_then(|text| text.parse::<u64>().ok());
        let ticks = |user, system| Some(u32::try_from(field(user)? + field(system)?).unwrap_or(u32::MAX));
        let process = |number| field(number).and_then(|process| i32::try_from(process).ok());
        Some(Self {
            parent: process(4)?,
            group: process(5)?,
            usage: Usage { own_ticks: ticks(14, 15)?, reaped_ticks: ticks(16, 17)? },
            threads: field(20)?,
            resident_pages: field(24)?,
        })
    }
}

/// The children of a process that has one thread.
pub fn children(process: i32) -> Vec<i32> {
    let mut found = Vec::new();
    children_of_threads(process, 1, &mut found);
    found
}

/// The processes of a group whose parents are neither in it nor this process: whoever started them has died.
pub fn orphans_of_group(group: i32) -> Vec<i32> {
    let numbers = fs::read_dir("/proc").into_iter().flatten().flatten();
    let numbers = numbers.filter_map(|entry| entry.file_name().to_str()?.parse::<i32>().ok());
    let members = numbers.filter_map(|process| Some((process, Stat::read(process)?)));
    let members: HashMap<i32, Stat> = members.filter(|(_, stat)| stat.group == group).collect();
    let us = nix::unistd::getpid().as_raw();
    let is_orphan = |parent: i32| parent != us && !members.contains_key(&parent);
    members.iter().filter(|(_, stat)| is_orphan(stat.parent)).map(|(process, _)| *process).collect()
}

/// Appends the children of every thread of `process`.
fn children_of_threads(process: i32, threads: u64, found: &mut Vec<i32>) {
    let mut of_thread = |thread: &str| {
        let text = fs::read_to_string(format!("/proc/{process}/task/{thread}/children")).unwrap_or_default();
        found.extend(text.split_ascii_whitespace().filter_map(|child| child.parse::<i32>().ok()));
    };
    if threads <= 1 {
        return of_thread(&process.to_string());
    }
    for thread in fs::read_dir(format!("/proc/{process}/task")).into_iter().flatten().flatten() {
        if let Some(thread) = thread.file_name().to_str() {
            of_thread(thread);
        }
    }
}

/// How long the threads of a process could have run but got no processor: the second figure of `schedstat`, in
/// nanoseconds (Linux: Documentation/scheduler/sched-stats.rst).
fn waited(process: i32) -> Duration {
    let threads = fs::read_dir(format!("/proc/{process}/task")).into_iter().flatten().flatten();
    let figures = threads.filter_map(|thread| fs::read_to_string(thread.path().join("schedstat")).ok());
    let waits = figures.filter_map(|figures| figures.split_ascii_whitespace().nth(1)?.parse::<u64>().ok());
    Duration::from_nanos(waits.sum())
}

/// A process whose first thread has ended shows no memory, however much the others have: then one of those, and its
/// resident pages.
fn owner_of_memory(process: i32, stat: &Stat) -> (i32, u64) {
    let first = (process, stat.resident_pages);
    if stat.resident_pages > 0 || stat.threads <= 1 {
        return first;
    }
    let threads = fs::read_dir(format!("/proc/{process}/task")).into_iter().flatten().flatten();
    let threads = threads.filter_map(|thread| thread.file_name().to_str()?.parse::<i32>().ok());
    let pages = threads.filter_map(|thread| Some((thread, Stat::read(thread)?.resident_pages)));
    pages.max_by_key(|(_, pages)| *pages).unwrap_or(first)
}

/// What `/proc/<pid>/status` tells of memory that is no part of the resident size.
#[derive(Debug, Default, PartialEq, Eq)]
struct Status {
    /// What the kernel keeps to map memory. A program that reads one byte in every 2 MiB of an empty mapping has nothing
    /// else.
    page_tables_kib: u64,
    /// `MADV_PAGEOUT` lets a program send its memory there.
    swapped_kib: u64,
}

impl Status {
    fn read(process: i32) -> Self {
        Self::of(&fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default())
    }

    fn of(text: &str) -> Self {
        let kib = |name| kib_after(text, name).unwrap_or_default();
        Self { page_tables_kib: kib("VmPTE:"), swapped_kib: kib("VmSwap:") }
    }
}

/// Memory, resident or swapped out, each shared page divided among those who share it.
fn proportional_kib(process: i32) -> Option<u64> {
    let text = fs::read_to_string(format!("/proc/{process}/smaps_rollup")).ok()?;
    Some(kib_after(&text, "Pss:")? + kib_after(&text, "SwapPss:").unwrap_or_default())
}

fn kib_after(text: &str, name: &str) -> Option<u64> {
    text.lines().find_map(|line| line.strip_prefix(name)?.trim().strip_suffix("kB")?.trim().parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Looks at pid 1 and its children: per look what pid 1 has reaped, and what each child has used.
    fn lost(looks: &[(u32, &[(i32, u32)])]) -> u32 {
        let mut lost = LostCpu::default();
        for (reaped_ticks, children) in looks {
            let usage = |own_ticks, reaped_ticks| Usage { own_ticks, reaped_ticks };
            let children = children.iter().map(|(process, own_ticks)| (*process, usage(*own_ticks, 0)));
            lost.see(children.chain([(1, usage(0, *reaped_ticks))]).collect());
        }
        lost.ticks
    }

    #[test]
    fn swapped_out_memory_is_seen() {
        let text = "VmRSS:\t    1404 kB\nVmPTE:\t      48 kB\nVmSwap:\t  262144 kB\nThreads:\t1\n";
        assert_eq!(Status::of(text), Status { page_tables_kib: 48, swapped_kib: 262_144 });
    }

    #[test]
    fn what_comes_to_nobody_is_lost() {
        assert_eq!(
            lost(&[(0, &[(2, 5), (3, 1)]), (0, &[(3, 4)]), (0, &[(3, 6), (4, 2)]), (0, &[]), (0, &[])]),
            5 + 8
        );
    }

    #[test]
    fn what_is_reaped_is_not() {
        assert_eq!(lost(&[(0, &[(2, 5), (3, 1)]), (5, &[(3, 4)]), (10, &[]), (30, &[]), (30, &[])]), 0);
    }

    #[test]
    fn a_look_between_an_end_and_its_figure_loses_nothing() {
        assert_eq!(lost(&[(0, &[(2, 5)]), (0, &[]), (5, &[]), (5, &[])]), 0);
    }
}
