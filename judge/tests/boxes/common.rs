//! What the tests of boxes share: running Python in a real one.

use events::exercise::Limits;
use events::judgement::{TestGroup, Verdict};
use events::package::{Checker, Package, Scoring, Test, TestKind};
use judge::languages::Languages;
use judge::sandbox::{BoxFile, BoxLimits, BoxRun, BoxSpec, RunBox, Sandbox};
use judge::{Graded, Grader};
use std::sync::LazyLock;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

pub static SANDBOX: LazyLock<Sandbox> = LazyLock::new(|| Sandbox::open().expect("a sandbox"));
pub static LANGUAGES: LazyLock<Languages> = LazyLock::new(Languages::probe);
pub static GRADER: LazyLock<Grader> = LazyLock::new(|| Grader::open().expect("a sandbox"));

/// Tight in what is measured, so that tests of limits end soon; generous in time that passes, for a busy machine.
pub const LIMITS: BoxLimits = BoxLimits {
    cpu: Duration::from_millis(700),
    wall: Duration::from_secs(20),
    memory_kib: 64 << 10,
    files_bytes: 32 << 20,
    output_bytes: 64 << 10,
    tasks: 64,
};

/// Runs a Python program on nothing but itself.
pub fn run(source: &str) -> BoxRun {
    run_within(source, LIMITS)
}

pub fn run_within(source: &str, limits: BoxLimits) -> BoxRun {
    let python = LANGUAGES.find("python").expect("Python is on");
    let spec = BoxSpec {
        root: &python.run_root,
        command: python.run(&Limits::default()),
        files: &[BoxFile::new("main.py", source.as_bytes())],
        stdin: b"",
        private_pipes: 0,
        keeps: false,
        wires: None,
        limits,
        stop: &AtomicBool::new(false),
    };
    SANDBOX.run_box(&spec).expect("a run")
}

/// What a program that ends well prints.
pub fn printed(source: &str) -> String {
    let run = run(source);
    let complaint = String::from_utf8_lossy(&run.stderr).into_owned();
    assert_eq!(run.end, judge::sandbox::End::Exited(0), "{complaint}");
    String::from_utf8(run.stdout).expect("UTF-8")
}

pub fn stdio(input: &str, expected: &str) -> Test {
    test(TestKind::Stdio { input: input.to_owned() }, expected)
}

pub fn call(expression: &str, expected: &str) -> Test {
    test(TestKind::Call { expression: expression.to_owned() }, expected)
}

fn test(kind: TestKind, expected: &str) -> Test {
    Test { group: TestGroup::Sample, kind, expected: expected.to_owned() }
}

/// Tight limits.
pub fn package(tests: Vec<Test>) -> Package {
    let limits = Limits { cpu_ms: 700, memory_kib: 64 << 10, output_kib: 64 };
    Package {
        tests,
        limits,
        checker: Checker::Exact,
        scoring: Scoring::AllOrNothing,
        early_stop: false,
        solutions: Vec::new(),
    }
}

/// Ten points, tight limits.
pub fn grade(source: &str, tests: Vec<Test>) -> Graded {
    grade_by(&package(tests), "python", source)
}

pub fn grade_by(package: &Package, language: &str, source: &str) -> Graded {
    GRADER.grade_here(package, language, source.as_bytes(), 10, |_| {}).expect("graded")
}

pub fn verdict(source: &str, tests: Vec<Test>) -> Verdict {
    grade(source, tests).verdict
}

/// Source text of a Python string.
pub fn quoted(text: &str) -> String {
    serde_json::to_string(text).expect("JSON")
}
