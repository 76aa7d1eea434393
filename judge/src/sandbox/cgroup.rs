//! The cgroup that this judge lives in. All of its boxes live there too.
//!
//! A cgroup for each box would be the further layer one thinks of first, but moving a process into one waits for the
//! kernel's readers: 11 ms, measured, three times what the rest of a box takes. What a box's own limits leave open is the
//! kernel's memory (sockets, pipes), and for that one limit around all of them is enough: a pod's, or a service's.

use std::fs;
use std::path::{Path, PathBuf};

/// Whether this process's cgroup, or one around it, limits memory. Version 2 only.
pub fn limits_memory() -> bool {
    let cgroups = fs::read_to_string("/proc/self/cgroup").unwrap_or_default();
    let Some(path) = cgroups.lines().find_map(|line| line.strip_prefix("0::")) else { return false };
    // Beside version 1 it is mounted one folder below.
    ["/sys/fs/cgroup", "/sys/fs/cgroup/unified"]
        .iter()
        .any(|root| is_limited(Path::new(root), path, |file| fs::read_to_string(file).ok()))
}

fn is_limited(root: &Path, path: &str, read: impl Fn(PathBuf) -> Option<String>) -> bool {
    let ours = root.join(path.trim_start_matches('/'));
    let around = ours.ancestors().take_while(|folder| folder.starts_with(root));
    around
        .filter_map(|folder| read(folder.join("memory.max")))
        .any(|limit| limit.trim().parse::<u64>().is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_on_the_way_up_is_a_limit() {
        let limited = |limits: &'static [(&str, &str)]| {
            is_limited(Path::new("/cg"), "/pod/judge", |file| {
                let found = limits.iter().find(|(path, _)| Path::new(path) == file);
                found.map(|(_, limit)| (*limit).to_owned())
            })
        };
        assert!(limited(&[("/cg/pod/judge/memory.max", "1073741824\n")]));
        assert!(limited(&[("/cg/pod/judge/memory.max", "max\n"), ("/cg/pod/memory.max", "1\n")]));
        assert!(!limited(&[("/cg/pod/judge/memory.max", "max\n"), ("/memory.max", "1\n")]));
        assert!(!limited(&[("/cg/other/memory.max", "1\n")]));
    }
}
