//! The box untrusted programs run in. `docs/adr/0003-sandbox.md` gives the reasons.
//!
//! One run is one box: bubblewrap makes fresh user, mount, pid, network, ipc, uts and cgroup namespaces with a read-only
//! root of a few allowed paths, `box-init` (see `judge/box-init`) sets limits inside and starts the program, and one
//! thread of the judge feeds it, reads it, samples it and kills it when it is over a limit. When the run is over, for
//! whatever reason, nothing of it is left: the pid namespace dies with its first process, the mounts with their
//! namespace, and nothing in it can write to the host's file system.

mod calls;
mod cgroup;
mod command;
mod cpu_counter;
pub mod host_profile;
mod init_file;
mod kept;
mod kernel_memory;
mod layers;
mod number_tree;
mod output;
mod process_tree;
mod questions;
mod ready;
mod seccomp;
mod spawn;
mod supervise;
mod warden;
mod wires;

pub use command::OPEN_FILES_MAX;
pub use layers::{Layer, Layers, RequiredLayers, UnknownLayer};
pub use wires::{Crossed, Wires};

use crate::sandbox::cpu_counter::CpuCounter;
use crate::sandbox::init_file::InitFile;
use crate::sandbox::ready::Ready;
use crate::sandbox::spawn::{SharedFile, Spawned};
use crate::sandbox::warden::Warden;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

/// The one static executable of ours that is in a box, built by `build.rs`.
const BOX_INIT: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/box-init"));

/// What the host must have for a program to run, besides what every box has.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Root {
    /// Files and folders of the host, read-only at the same place.
    pub paths: Vec<PathBuf>,
    /// Symbolic links: target, place.
    pub links: Vec<(String, String)>,
    /// Environment variables, beside what every box has.
    pub variables: Vec<(String, String)>,
}

/// A file in a box.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BoxFile {
    /// Without a folder.
    pub name: String,
    pub content: Arc<[u8]>,
    pub executable: bool,
}

impl BoxFile {
    pub fn new(name: impl Into<String>, content: &[u8]) -> Self {
        Self { name: name.into(), content: content.into(), executable: false }
    }
}

/// One run.
#[derive(Debug, Clone)]
pub struct BoxSpec<'a> {
    pub root: &'a Root,
    /// Program and arguments, as seen inside.
    pub command: Vec<String>,
    /// In the work folder, which is the current folder.
    pub files: &'a [BoxFile],
    pub stdin: &'a [u8],
    /// How many pipes beside standard output and standard error lead out, on descriptors from 3 on.
    pub private_pipes: usize,
    /// The files that the program leaves in the folder `out` are wanted; they come through a private
    /// pipe, which is then the only one ([`BoxRun::kept`]).
    pub keeps: bool,
    /// Instead of `stdin` and the standard output that is read.
    pub wires: Option<&'a Wires>,
    pub limits: BoxLimits,
    /// Set from outside, it ends the run with [`SandboxError::Stopped`].
    pub stop: &'a AtomicBool,
}

/// What one run may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BoxLimits {
    /// Of the whole process tree.
    pub cpu: Duration,
    /// Of the run as a whole; catches sleepers.
    pub wall: Duration,
    /// Resident memory and temporary files of the whole process tree.
    pub memory_kib: u64,
    /// Of all temporary files; one of them may have half of it.
    pub files_bytes: u64,
    /// Of everything that leads out, together.
    pub output_bytes: usize,
    /// Processes and threads.
    pub tasks: u64,
}

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    Exited(i32),
    /// By this signal, or because the box was ended from within.
    Signalled(i32),
    /// From here, because of the other one of two boxes.
    Cut,
    CpuLimit,
    WallLimit,
    MemoryLimit,
    OutputLimit,
}

/// What came of a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BoxRun {
    pub end: End,
    /// Of the whole process tree.
    pub cpu: Duration,
    pub wall: Duration,
    /// How long its processes and threads could have run but got no processor, together. Looked at only where a time
    /// limit comes near; zero where the kernel does not tell.
    pub waited: Duration,
    /// When the program ended, as exactly as it can be seen from here.
    pub ended: Instant,
    /// The peak of the whole process tree.
    pub memory_kib: u64,
    pub peaks: Peaks,
    pub stdout: Vec<u8>,
    pub stderr: Vec<u8>,
    /// What came through each private pipe.
    pub private: Vec<Vec<u8>>,
}

/// The most that was seen of what the kernel refuses beyond a limit, without a word to anybody but the program.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Peaks {
    /// Processes and threads, the box's own first process included.
    pub tasks: u64,
    /// Of one process; 0 where the kernel does not tell (before Linux 6.2).
    pub open_files: u64,
    /// All temporary files together.
    pub files_kib: u64,
}

impl Peaks {
    fn see(&mut self, other: Self) {
        self.tasks = self.tasks.max(other.tasks);
        self.open_files = self.open_files.max(other.open_files);
        self.files_kib = self.files_kib.max(other.files_kib);
    }
}

impl BoxRun {
    /// Everything that led out.
    pub fn output_bytes(&self) -> usize {
        self.stdout.len() + self.stderr.len() + self.private.iter().map(Vec::len).sum::<usize>()
    }

    /// What was left in `out`, by name; `None` when nothing was to be kept, or when it was not fit to be.
    pub fn kept(&self) -> Option<Vec<BoxFile>> {
        kept::parse(self.private.first()?)
    }
}

/// Why there was no run: the platform's fault, never the program's.
#[derive(Debug, thiserror::Error)]
pub enum SandboxError {
    #[error("the judge refuses to run as root: start it as an ordinary user")]
    Root,
    #[error("bubblewrap (bwrap) is not installed: apt install bubblewrap")]
    BubblewrapMissing,
    #[error("the system-call filter cannot be built: {0}")]
    Filter(#[from] seccompiler::BackendError),
    #[error("{operation}: {source}")]
    System { operation: &'static str, source: std::io::Error },
    #[error("the box could not be set up: {0}")]
    Setup(String),
    #[error("the program could not be started in the box: {0}")]
    Unstartable(String),
    #[error("the run was stopped from outside")]
    Stopped,
    #[error("this host does not give boxes what is required of them: {}", names(.0))]
    LayersMissing(Vec<Layer>),
}

fn names(layers: &[Layer]) -> String {
    layers.iter().map(|layer| layer.name()).collect::<Vec<_>>().join(", ")
}

impl SandboxError {
    pub(crate) fn system<E: Into<std::io::Error>>(operation: &'static str) -> impl Fn(E) -> Self {
        // `Fn` and not `FnOnce`, so that it can be used in loops.
        move |source| Self::System { operation, source: source.into() }
    }
}

/// Whatever can run a program in a box. The load test replaces the boxed run, and only that, by implementing this.
pub trait RunBox: Send + Sync + 'static {
    /// Blocks until the run is over, at most a little longer than its wall limit.
    fn run_box(&self, spec: &BoxSpec<'_>) -> Result<BoxRun, SandboxError>;

    /// What its boxes are made of; what runs nothing has none.
    fn layers(&self) -> Layers {
        Layers::default()
    }
}

/// The real boxes. Make one per process.
#[derive(Debug)]
pub struct Sandbox {
    bubblewrap: PathBuf,
    init: InitFile,
    filter: SharedFile,
    warden: Warden,
    layers: Layers,
    /// Of the warden, which uses nothing. The kernel's first counter takes milliseconds to make and those beside it do
    /// not; so there is always one.
    _first_counter: Option<CpuCounter>,
}

impl Sandbox {
    /// Checks what a box needs of the machine.
    pub fn open() -> Result<Self, SandboxError> {
        if nix::unistd::geteuid().is_root() {
            return Err(SandboxError::Root);
        }
        let bubblewrap = ["/usr/bin/bwrap", "/usr/local/bin/bwrap"]
            .map(PathBuf::from)
            .into_iter()
            .find(|path| path.exists())
            .ok_or(SandboxError::BubblewrapMissing)?;
        let init = InitFile::place(BOX_INIT)?;
        let warden = Warden::start(&init)?;
        let mut sandbox = Self {
            bubblewrap,
            init,
            filter: SharedFile::new("seccomp", &seccomp::filter()?)?,
            _first_counter: CpuCounter::of(warden.process()),
            warden,
            layers: Layers::default(),
        };
        sandbox.layers = sandbox.look_at_a_box()?;
        Ok(sandbox)
    }

    /// Makes a box in which nothing will ever run.
    fn look_at_a_box(&self) -> Result<Layers, SandboxError> {
        let limits = BoxLimits {
            cpu: Duration::from_secs(1),
            wall: Duration::from_secs(1),
            memory_kib: 1 << 10,
            files_bytes: 1 << 20,
            output_bytes: 0,
            tasks: 1,
        };
        let spec = BoxSpec {
            root: &Root::default(),
            command: vec!["nothing".to_owned()],
            files: &[],
            stdin: b"",
            private_pipes: 0,
            keeps: false,
            wires: None,
            limits,
            stop: &AtomicBool::new(false),
        };
        Ok(Layers::of(&Ready::wait_for(self.spawn(&spec)?)?))
    }

    fn spawn(&self, spec: &BoxSpec<'_>) -> Result<Spawned, SandboxError> {
        spawn::spawn(&self.bubblewrap, &self.init.path()?, &self.filter, &self.warden, spec)
    }
}

impl RunBox for Sandbox {
    fn run_box(&self, spec: &BoxSpec<'_>) -> Result<BoxRun, SandboxError> {
        supervise::supervise(self.spawn(spec)?, spec)
    }

    fn layers(&self) -> Layers {
        self.layers.clone()
    }
}
