//! The command line that makes a box.

use crate::sandbox::BoxSpec;
use std::path::Path;

/// Where things are inside.
const INIT: &str = "/box-init";
const WORK: &str = "/tmp/work";

/// The first descriptor of the private pipes inside.
pub const PRIVATE_FROM: i32 = 3;

/// Of each process; compilers need more.
pub const OPEN_FILES_MAX: u64 = 64;
const OPEN_FILES_OF_COMPILERS_MAX: u64 = 128;
const STACK_BYTES: u64 = 64 << 20;

/// Descriptors that bubblewrap is given, by their number in its process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Descriptors {
    pub control: i32,
    pub info: i32,
    pub filter: i32,
    /// The first of the work folder's files; the others follow.
    pub files_from: i32,
}

impl Descriptors {
    pub fn of(spec: &BoxSpec<'_>) -> Self {
        let private = i32::try_from(pipes(spec)).expect("a handful of pipes");
        // The control descriptor comes right after the private pipes: box-init hides everything from it on.
        let control = PRIVATE_FROM + private;
        Self { control, info: control + 1, filter: control + 2, files_from: control + 3 }
    }
}

/// The private pipes, or the one for what is kept.
pub fn pipes(spec: &BoxSpec<'_>) -> usize {
    if spec.keeps { 1 } else { spec.private_pipes }
}

/// Bubblewrap's arguments, box-init's and the program's.
pub fn arguments(spec: &BoxSpec<'_>, init: &Path, at: Descriptors) -> Vec<String> {
    let mut arguments = Arguments(vec!["bwrap".to_owned()]);
    arguments
        .add(["--unshare-user", "--unshare-pid", "--unshare-net", "--unshare-ipc", "--unshare-uts"])
        .add(["--unshare-cgroup-try", "--new-session", "--die-with-parent", "--as-pid-1"])
        // For box-init, which mounts a `/proc` of processes alone and gives them away before anything else runs.
        .add(["--cap-add", "CAP_SYS_ADMIN", "--cap-add", "CAP_SETPCAP"])
        .add(["--hostname", "box", "--clearenv"])
        .add(["--setenv", "PATH", "/usr/bin", "--setenv", "HOME", "/tmp", "--setenv", "LANG", "C.UTF-8"]);
    for (name, value) in &spec.root.variables {
        arguments.add(["--setenv", name, value]);
    }
    for path in &spec.root.paths {
        let path = path.to_string_lossy();
        arguments.add(["--ro-bind", &path, &path]);
    }
    for (target, place) in &spec.root.links {
        arguments.add(["--symlink", target, place]);
    }
    arguments
        .add(["--proc", "/proc"])
        // Without `zero`: mapped, it is memory that no process shows.
        .add(["--dev-bind", "/dev/null", "/dev/null"])
        .add(["--dev-bind", "/dev/urandom", "/dev/urandom", "--symlink", "urandom", "/dev/random"])
        .add(["--symlink", "/proc/self/fd", "/dev/fd", "--symlink", "/proc/self/fd/0", "/dev/stdin"])
        .add(["--symlink", "/proc/self/fd/1", "/dev/stdout", "--symlink", "/proc/self/fd/2", "/dev/stderr"])
        .add(["--symlink", "/tmp", "/dev/shm"])
        .add([
            "--size",
            &spec.limits.files_bytes.to_string(),
            "--tmpfs",
            "/tmp",
            "--dir",
            WORK,
            "--chdir",
            WORK,
        ]);
    for (file, descriptor) in spec.files.iter().zip(at.files_from..) {
        let permissions = if file.executable { "0755" } else { "0644" };
        let place = format!("{WORK}/{}", file.name);
        arguments.add(["--perms", permissions, "--file", &descriptor.to_string(), &place]);
    }
    if spec.keeps {
        arguments.add(["--dir", &format!("{WORK}/out")]);
    }
    arguments
        .add(["--ro-bind", &init.to_string_lossy(), INIT])
        .add(["--remount-ro", "/"])
        .add(["--info-fd", &at.info.to_string(), "--", INIT])
        .add(limits(spec).map(|limit| limit.to_string()).each_ref().map(String::as_str))
        .add([&at.control.to_string(), &at.filter.to_string(), if spec.keeps { "keep" } else { "-" }]);
    arguments.0.extend(spec.command.iter().cloned());
    arguments.0
}

/// The resource limits box-init sets, in its order. The kernel's CPU limit counts per process and in whole seconds, so
/// it only backs up the judge's own count over the tree.
fn limits(spec: &BoxSpec<'_>) -> [u64; 5] {
    let limits = &spec.limits;
    let open_files = if spec.keeps { OPEN_FILES_OF_COMPILERS_MAX } else { OPEN_FILES_MAX };
    [limits.cpu.as_secs() + 2, limits.tasks, limits.files_bytes / 2, open_files, STACK_BYTES]
}

struct Arguments(Vec<String>);

impl Arguments {
    fn add<const N: usize>(&mut self, arguments: [&str; N]) -> &mut Self {
        self.0.extend(arguments.map(str::to_owned));
        self
    }
}
