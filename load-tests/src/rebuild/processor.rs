//! How much processor time servers take: on a machine that has other things to do as well it says more about what a rebuild
//! costs than the clock does.

use anyhow::Context;
use nix::unistd::{SysconfVar, sysconf};
use std::fs;
use std::time::Duration;

/// What a process and all its children, gone or there, have used so far.
pub fn used(pid: u32) -> anyhow::Result<Duration> {
    let mut ticks = 0;
    for entry in fs::read_dir("/proc")? {
        let entry = entry?;
        // `self` is there, too, and would count its process once more.
        if entry.file_name().to_str().is_none_or(|name| name.parse::<u32>().is_err()) {
            continue;
        }
        let path = entry.path().join("stat");
        // Of those some have ended since.
        let Some(used) = fs::read_to_string(path).ok().as_deref().and_then(Used::read) else { continue };
        if used.pid == pid {
            ticks += used.own + used.of_children_gone;
        } else if used.parent == pid {
            ticks += used.own;
        }
    }
    let a_second = sysconf(SysconfVar::CLK_TCK)?.context("ticks a second")?;
    Ok(Duration::from_secs_f64(f64::from(u32::try_from(ticks)?) / f64::from(u32::try_from(a_second)?)))
}

/// Of a line of `/proc/<pid>/stat`, see proc(5): in ticks.
#[derive(Debug, PartialEq)]
struct Used {
    pid: u32,
    parent: u32,
    own: u64,
    of_children_gone: u64,
}

impl Used {
    fn read(stat: &str) -> Option<Self> {
        // The name is in parentheses and may hold some.
        let (pid, rest) = stat.split_once(' ')?;
        let fields: Vec<&str> = rest.rsplit_once(") ")?.1.split(' ').collect();
        let ticks = |field: usize| fields.get(field)?.parse::<u64>().ok();
        Some(Self {
            pid: pid.parse().ok()?,
            parent: fields.get(1)?.parse().ok()?,
            own: ticks(11)? + ticks(12)?,
            of_children_gone: ticks(13)? + ticks(14)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use nix::sys::time::TimeValLike;

    #[test]
    fn times_are_read_behind_any_name() {
        let stat = "7 (a) b (c)) S 3 7 7 0 -1 4194560 1 2 0 0 50 20 9 4 20 0 1 0 100 1 1";
        assert_eq!(Used::read(stat), Some(Used { pid: 7, parent: 3, own: 70, of_children_gone: 13 }));
        assert_eq!(Used::read("cpu  1 2 3"), None);
    }

    #[test]
    fn this_process_is_counted_once() -> anyhow::Result<()> {
        let before = used(std::process::id())?;
        let mut sum = 0_u64;
        while used(std::process::id())? <= before {
            sum = (0..1_000_000).fold(sum, |sum, number| sum.wrapping_mul(31) ^ number);
        }
        let after = used(std::process::id())?;
        // The kernel says the same in another place. It is asked later, so that it is not less, but for a tick or two.
        let usage = nix::sys::resource::getrusage(nix::sys::resource::UsageWho::RUSAGE_SELF)?;
        let ms = (usage.user_time() + usage.system_time()).num_milliseconds();
        assert!(after.as_millis() <= u128::try_from(ms)? + 30, "{after:?}, and elsewhere {ms} ms");
        Ok(())
    }
}
