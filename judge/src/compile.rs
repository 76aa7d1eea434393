//! From a source to something that can be run, each source once: what came of it is kept by its digest, for a while and
//! in memory only.

use crate::languages::Installed;
use crate::sandbox::{BoxFile, BoxLimits, BoxRun, BoxSpec, End, RunBox, SandboxError};
use events::package::digest;
use std::collections::HashMap;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// What a compiler may hand over and say, together.
const OUTPUT_MAX_BYTES: usize = 32 << 20;
/// What a compiler may write to temporary files.
const FILES_MAX_BYTES: u64 = 256 << 20;
/// Processes and threads of a compiler: Go's and Java's start one for each core, and more.
const TASKS_MAX: u64 = 128;
/// What may be shown of a compiler's output.
const SHOWN_MAX_BYTES: usize = 4 << 10;

/// What is kept, together; the least recently used go first.
const KEPT_MAX_BYTES: usize = 64 << 20;
/// And for how long: no longer than data keys are, for it is a learner's.
const KEPT_FOR: Duration = Duration::from_mins(5);

/// What came of compiling a source.
#[derive(Debug, PartialEq, Eq)]
pub enum Compiled {
    /// The files to run it from.
    Ready(Vec<BoxFile>),
    /// What the compiler has to complain about.
    Refused(Vec<u8>),
}

impl Compiled {
    fn bytes(&self) -> usize {
        match self {
            Self::Ready(files) => files.iter().map(|file| file.name.len() + file.content.len()).sum(),
            Self::Refused(complaint) => complaint.len(),
        }
    }
}

/// A source that somebody compiles or has compiled; who comes second waits.
type Entry = Arc<Mutex<Option<Arc<Compiled>>>>;

/// Compiles. Sees no test.
#[derive(Debug, Default)]
pub struct Compiler {
    kept: Mutex<Kept>,
}

impl Compiler {
    pub fn compile(
        &self,
        boxes: &dyn RunBox,
        installed: &Installed,
        source: &[u8],
        stop: &AtomicBool,
    ) -> Result<Arc<Compiled>, SandboxError> {
        let key = format!("{}:{}", installed.language.name, digest(source));
        let entry = lock(&self.kept).entry(&key, Instant::now());
        let mut entry = lock(&entry);
        if let Some(compiled) = &*entry {
            return Ok(compiled.clone());
        }
        let run = run(boxes, installed, source, stop)?;
        let (compiled, same_next_time) = outcome(&run, installed, source);
        let compiled = Arc::new(compiled);
        if same_next_time {
            *entry = Some(compiled.clone());
            lock(&self.kept).fill(&key, compiled.bytes());
        }
        Ok(compiled)
    }
}

/// The longest that compiling takes, waiting for somebody else who compiles the same included.
pub fn wall_max(installed: &Installed) -> Duration {
    Duration::from_millis(installed.language.compile.cpu_ms.into()) * 2 + Duration::from_secs(3)
}

fn run(
    boxes: &dyn RunBox,
    installed: &Installed,
    source: &[u8],
    stop: &AtomicBool,
) -> Result<BoxRun, SandboxError> {
    let compile = &installed.language.compile;
    let support = compile.support.iter().map(|(name, content)| BoxFile::new(*name, content.as_bytes()));
    let files: Vec<BoxFile> =
        [BoxFile::new(installed.language.source_file, source)].into_iter().chain(support).collect();
    boxes.run_box(&BoxSpec {
        root: &installed.compile_root,
        command: installed.compile(),
        files: &files,
        stdin: b"",
        private_pipes: 0,
        keeps: compile.artifact.is_some(),
        wires: None,
        limits: BoxLimits {
            cpu: Duration::from_millis(compile.cpu_ms.into()),
            wall: wall_max(installed),
            memory_kib: compile.memory_kib.into(),
            files_bytes: FILES_MAX_BYTES,
            output_bytes: OUTPUT_MAX_BYTES,
            tasks: TASKS_MAX,
        },
        stop,
    })
}

/// And whether it would be the same next time: what depends on how busy the machine was would not.
fn outcome(run: &BoxRun, installed: &Installed, source: &[u8]) -> (Compiled, bool) {
    let refused = |text: &str| Compiled::Refused(text.as_bytes().to_vec());
    match (run.end, installed.language.compile.artifact, run.kept()) {
        (End::Exited(0), None, _) => {
            (Compiled::Ready(vec![BoxFile::new(installed.language.source_file, source)]), true)
        }
        (End::Exited(0), Some(artifact), Some(files)) if files.iter().any(|file| file.name == artifact) => {
            (Compiled::Ready(files), true)
        }
        (End::Exited(0), Some("Main.class"), Some(_)) => (
            refused("There is no class `Main` outside of any package, which is where a program starts."),
            true,
        ),
        (End::Exited(0), Some(_), _) => (refused("The compiler made nothing that can be run."), true),
        (End::Exited(_), _, _) => {
            let mut said = [run.stderr.as_slice(), &run.stdout].concat();
            said.truncate(SHOWN_MAX_BYTES);
            (Compiled::Refused(said), true)
        }
        _ => (refused("The source is more than the compiler can bear."), false),
    }
}

#[derive(Debug, Default)]
struct Kept {
    entries: HashMap<String, KeptEntry>,
    /// Goes up with every use.
    uses: u64,
}

#[derive(Debug)]
struct KeptEntry {
    entry: Entry,
    made: Instant,
    bytes: usize,
    last_use: u64,
}

impl Kept {
    fn entry(&mut self, key: &str, now: Instant) -> Entry {
        self.entries.retain(|_, kept| now.duration_since(kept.made) < KEPT_FOR);
        self.uses += 1;
        let new = || KeptEntry { entry: Entry::default(), made: now, bytes: 0, last_use: 0 };
        let kept = self.entries.entry(key.to_owned()).or_insert_with(new);
        kept.last_use = self.uses;
        kept.entry.clone()
    }

    fn fill(&mut self, key: &str, bytes: usize) {
        if let Some(kept) = self.entries.get_mut(key) {
            kept.bytes = bytes + key.len();
        }
        while self.entries.len() > 1
            && self.entries.values().map(|kept| kept.bytes).sum::<usize>() > KEPT_MAX_BYTES
        {
            let oldest = self.entries.iter().min_by_key(|(_, kept)| kept.last_use);
            let Some(oldest) = oldest.map(|(key, _)| key.clone()) else { return };
            self.entries.remove(&oldest);
        }
    }
}

/// A thread that failed while it held the lock left nothing half done.
fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_is_bounded_in_bytes_and_in_time() {
        let (mut kept, now) = (Kept::default(), Instant::now());
        let first = kept.entry("first", now);
        kept.fill("first", KEPT_MAX_BYTES / 2);
        kept.entry("second", now);
        kept.fill("second", KEPT_MAX_BYTES / 3);
        assert!(Arc::ptr_eq(&first, &kept.entry("first", now)));
        kept.entry("third", now);
        kept.fill("third", KEPT_MAX_BYTES / 3);
        assert_eq!(kept.entries.len(), 2, "the second was not used for longest");
        assert!(Arc::ptr_eq(&first, &kept.entry("first", now)));
        assert!(!Arc::ptr_eq(&first, &kept.entry("first", now + KEPT_FOR)));
        assert_eq!(kept.entries.len(), 1);
    }
}
