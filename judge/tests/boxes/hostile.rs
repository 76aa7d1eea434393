//! The hostile programs of `judge/tests/hostile`, all of them, several at once; then what is left of them.
//!
//! A program is a file in its language's folder. A comment at its beginning says `expect:` and the verdicts it may get:
//! where several stand, which limit is reached first is a matter of how fast the machine is. Its exercise takes the answer
//! `contained`, which a program prints that tried to reach something and reached nothing. Files that a program plants have
//! `laurel-hostile` in their names.

use crate::common::{LANGUAGES, grade_by, package, stdio};
use events::exercise::Limits;
use events::judgement::Verdict;
use events::package::Package;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/hostile");
/// Most sleep, or are ended as soon as they have used what little they get.
const AT_ONCE: usize = 4;
/// How many there are to be at the least, in every language that there is.
const PROGRAMS_MIN: usize = 80;

struct Hostile {
    /// Language and file.
    name: String,
    language: String,
    source: String,
    expected: Vec<String>,
}

impl Hostile {
    fn read(path: &Path) -> Self {
        let language = path.parent().and_then(Path::file_name).expect("a folder").to_string_lossy();
        let name = path.strip_prefix(FOLDER).expect("in the folder").display().to_string();
        let source = fs::read_to_string(path).expect("a program");
        let expected =
            source.lines().find_map(|line| line.split_once("expect: ")).map(|(_, verdicts)| verdicts);
        let expected = expected.unwrap_or_else(|| panic!("{name} says nothing of what is expected"));
        let expected: Vec<String> = expected.split(',').map(|verdict| verdict.trim().to_owned()).collect();
        Self { language: language.into_owned(), name, expected, source }
    }

    fn all() -> Vec<Self> {
        let folders =
            fs::read_dir(FOLDER).expect("the folder").map(|folder| folder.expect("a language").path());
        let files = folders.flat_map(|folder| fs::read_dir(folder).expect("a language's folder"));
        let mut files: Vec<PathBuf> = files.map(|file| file.expect("a file").path()).collect();
        files.sort();
        files.iter().map(|file| Self::read(file)).collect()
    }

    /// What is surprising about its verdict, if anything is.
    fn surprise(&self) -> Option<String> {
        if LANGUAGES.find(&self.language).is_none() {
            println!("{} is not tried: its language is off", self.name);
            return None;
        }
        let started = Instant::now();
        let graded = grade_by(&exercise(), &self.language, &self.source);
        println!("{:6} ms {} {}", started.elapsed().as_millis(), self.name, graded.verdict.name());
        let is_expected = self.expected.iter().any(|verdict| *verdict == graded.verdict.name());
        (!is_expected).then(|| format!("{}, expected {:?}: {graded:?}", self.name, self.expected))
    }
}

/// Little time, for most of them take all they get.
fn exercise() -> Package {
    let exercise = package(vec![stdio("", "contained")]);
    let limits = Limits { cpu_ms: 300, ..exercise.limits };
    Package { limits, ..exercise }
}

#[test]
fn every_hostile_program_is_contained_and_leaves_nothing() {
    let programs = Hostile::all();
    let honest = || {
        let sum = package(vec![stdio("20 22", "42")]);
        grade_by(&sum, "python", "print(sum(map(int, input().split())))").verdict
    };
    rustix::process::set_child_subreaper(Some(rustix::process::getpid())).expect("orphans come to us");
    // What a first run opens for good, such as the sandbox itself, is no leftover.
    assert_eq!(honest(), Verdict::Accepted);
    let before = Host::look();

    let (next, surprises) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                while let Some(program) = programs.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let surprise = program.surprise();
                    surprises.lock().expect("a list").extend(surprise);
                }
            });
        }
    });
    let surprises = surprises.into_inner().expect("a list");
    assert!(surprises.is_empty(), "{}", surprises.join("\n"));
    assert_eq!(honest(), Verdict::Accepted);
    assert_eq!(Host::look(), before);
}

#[test]
fn there_are_enough_of_them_in_every_language() {
    let programs = Hostile::all();
    assert!(programs.len() >= PROGRAMS_MIN, "only {}", programs.len());
    let tried: BTreeSet<&str> = programs.iter().map(|program| program.language.as_str()).collect();
    let languages = LANGUAGES.on.iter().map(|installed| installed.language.name);
    let known: BTreeSet<&str> = languages.chain(LANGUAGES.off.iter().map(|(name, _)| *name)).collect();
    assert_eq!(tried, known);
    let verdicts =
        ["accepted", "wrong_answer", "runtime_error", "time_limit", "memory_limit", "output_limit"];
    for Hostile { name, expected, .. } in &programs {
        let is_known = |verdict: &String| verdicts.contains(&verdict.as_str()) || verdict == "compile_error";
        assert!(expected.iter().all(is_known), "{name}: {expected:?}");
    }
}

/// What a box could have left behind, of this process's boxes alone: other tests run beside this one.
#[derive(Debug, PartialEq, Eq)]
struct Host {
    /// Everything that descends from here, by name; an orphan comes to us.
    processes: Vec<String>,
    mounts: BTreeSet<String>,
    cgroups: BTreeSet<PathBuf>,
    /// With `laurel-hostile` or bubblewrap's name in theirs, and whatever is new in the current folder.
    files: BTreeSet<PathBuf>,
    descriptors: usize,
}

impl Host {
    fn look() -> Self {
        let read = |path: &str| fs::read_to_string(path).unwrap_or_default();
        let mut files: BTreeSet<PathBuf> = names(Path::new(".")).into_iter().collect();
        for folder in ["/tmp", "/var/tmp", "/dev/shm", "/dev/mqueue", "/run/user"] {
            let suspicious = |path: &PathBuf| {
                let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
                name.contains("laurel-hostile") || name.contains("bwrap") || name.contains("bubblewrap")
            };
            files.extend(names(Path::new(folder)).into_iter().filter(suspicious));
        }
        let mut cgroups = BTreeSet::new();
        for line in read("/proc/self/cgroup").lines() {
            let path = line.rsplit(':').next().unwrap_or_default();
            for root in ["/sys/fs/cgroup", "/sys/fs/cgroup/unified"] {
                let ours = names(Path::new(&format!("{root}{path}")));
                cgroups.extend(ours.into_iter().filter(|path| path.is_dir()));
            }
        }
        Self {
            processes: descendants(std::process::id()),
            mounts: read("/proc/self/mountinfo").lines().map(str::to_owned).collect(),
            cgroups,
            files,
            descriptors: names(Path::new("/proc/self/fd")).len(),
        }
    }
}

fn names(folder: &Path) -> Vec<PathBuf> {
    fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()).collect()
}

/// Also the dead that nobody has waited for.
fn descendants(process: u32) -> Vec<String> {
    let threads = names(Path::new(&format!("/proc/{process}/task")));
    let children = threads.iter().filter_map(|thread| fs::read_to_string(thread.join("children")).ok());
    let children: Vec<u32> = children
        .flat_map(|children| children.split_whitespace().map(str::parse).collect::<Vec<_>>())
        .map(|child| child.expect("a number"))
        .collect();
    let mut found = Vec::new();
    for child in children {
        found.push(fs::read_to_string(format!("/proc/{child}/comm")).unwrap_or_default());
        found.extend(descendants(child));
    }
    found
}
