//! Every verdict, from real programs in real boxes, and the two kinds of test.

use crate::common::{GRADER, call, grade, grade_by, package, stdio, verdict};
use events::exercise::Limits;
use events::judgement::{LimitName, TestGroup, Verdict};
use events::package::{Package, Test};
use judge::Step;
use nix::sched::{CpuSet, sched_setaffinity};
use nix::unistd::Pid;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

const ECHO: &str = "print(input())";

#[test]
fn each_verdict_of_a_program() {
    let cases = [
        ("print('hi', input())", Verdict::Accepted),
        ("print('hi')", Verdict::WrongAnswer),
        ("", Verdict::WrongAnswer),
        ("while True: pass", Verdict::TimeLimit),
        ("import time; time.sleep(60)", Verdict::TimeLimit),
        ("print(len(bytearray(300 << 20)))", Verdict::MemoryLimit),
        ("while True: print('x' * 1000)", Verdict::OutputLimit),
        ("print('hi', input()); raise SystemExit(3)", Verdict::RuntimeError),
        ("print('hi', input())\n1 / 0", Verdict::RuntimeError),
        ("import os; os.abort()", Verdict::RuntimeError),
        ("import ctypes; ctypes.string_at(0)", Verdict::RuntimeError),
        ("import os; os.close(1)", Verdict::WrongAnswer),
        ("def f(:", Verdict::CompileError),
        ("print('hi', input()); import sys; sys.stdout.close()", Verdict::Accepted),
    ];
    for (source, expected) in cases {
        let graded = grade(source, vec![stdio("x\n", "hi x\n")]);
        assert_eq!(graded.verdict, expected, "{source}: {graded:?}");
        assert_eq!(graded.points, if expected == Verdict::Accepted { 10 } else { 0 });
    }
}

#[test]
fn each_verdict_of_a_call() {
    let cases = [
        ("def f(x): return x + 1", Verdict::Accepted),
        ("def f(x): print(x + 1)", Verdict::Accepted),
        ("print('noise while loading')\ndef f(x): return x + 1", Verdict::Accepted),
        ("def f(x): return x", Verdict::WrongAnswer),
        ("def f(x): print('noise'); return x + 1", Verdict::WrongAnswer),
        ("def f(x): return str(x + 1)", Verdict::WrongAnswer),
        ("", Verdict::RuntimeError),
        ("def f(x): raise ValueError(x)", Verdict::RuntimeError),
        ("import os\ndef f(x): os._exit(0)", Verdict::RuntimeError),
        ("raise SystemExit(0)", Verdict::RuntimeError),
        ("def f(x):\n  while True: pass", Verdict::TimeLimit),
        ("def f(x): return bytearray(300 << 20)", Verdict::MemoryLimit),
        ("def f(x): return 'x' * (1 << 20)", Verdict::OutputLimit),
        ("def f(x): return", Verdict::WrongAnswer),
        ("def f(x) return", Verdict::CompileError),
        ("if __name__ == '__main__': raise SystemExit(1)\ndef f(x): return x + 1", Verdict::Accepted),
        (
            "import threading, time\nthreading.Thread(target=time.sleep, args=(60,)).start()\ndef f(x): return x + 1",
            Verdict::Accepted,
        ),
    ];
    for (source, expected) in cases {
        let graded = grade(source, vec![call("f(2)", "3")]);
        assert_eq!(graded.verdict, expected, "{source}: {graded:?}");
    }
}

#[test]
fn results_are_per_test_and_the_first_failure_counts() {
    let source = "n = int(input())\nif n == 2: raise ValueError\nprint(n)";
    let graded = grade(source, vec![stdio("1", "1"), stdio("2", "2"), stdio("3", "4"), stdio("5", "5")]);
    let verdicts: Vec<_> = graded.tests.iter().map(|test| (test.ordinal, test.verdict)).collect();
    assert_eq!(
        verdicts,
        [
            (1, Verdict::Accepted),
            (2, Verdict::RuntimeError),
            (3, Verdict::WrongAnswer),
            (4, Verdict::Accepted)
        ]
    );
    assert_eq!((graded.verdict, graded.points), (Verdict::RuntimeError, 0));
    assert!(graded.cpu_ms > 0 && graded.memory_kib > 1_000, "{graded:?}");
}

#[test]
fn what_is_shown_of_samples_and_compilers() {
    let graded = grade("def f(:", vec![stdio("", "")]);
    let complaint = String::from_utf8(graded.compile_output.expect("a complaint")).expect("UTF-8");
    assert!(complaint.contains("main.py") && complaint.contains("SyntaxError"), "{complaint}");
    assert!(graded.tests.is_empty());

    let graded = grade("print('x' * 5000)", vec![stdio("", "")]);
    assert_eq!(graded.tests[0].output.as_ref().map(Vec::len), Some(4 << 10));
    let graded = grade("print(1); 1 / 0", vec![stdio("", "")]);
    let output = String::from_utf8_lossy(graded.tests[0].output.as_deref().unwrap_or_default()).into_owned();
    assert!(output.starts_with("1\n") && output.contains("ZeroDivisionError"), "{output}");

    let mut hidden = stdio("", "1");
    hidden.group = events::judgement::TestGroup::Hidden;
    assert_eq!(grade("print(1)", vec![hidden]).tests[0].output, None);
}

#[test]
fn odd_sources_and_outputs() {
    assert_eq!(
        verdict("print('žluťoučký 🐎', input())", vec![stdio("ñ", "žluťoučký 🐎 ñ")]),
        Verdict::Accepted
    );
    assert_eq!(
        verdict("ž = 1\ndef f(): return 'ž\\ud800'", vec![call("f()", "'ž\\ud800'")]),
        Verdict::Accepted
    );
    let not_utf8 = "import sys; sys.stdout.buffer.write(bytes([0xff, 0xfe, 10]))";
    assert_eq!(verdict(not_utf8, vec![stdio("", "\u{fffd}\u{fffd}")]), Verdict::WrongAnswer);
    assert_eq!(verdict("print('a\\0b')", vec![stdio("", "a\0b")]), Verdict::Accepted);
    assert_eq!(verdict("x = 1\0", vec![stdio("", "")]), Verdict::CompileError);
    let big = format!("{ECHO}\n#{}", "x".repeat(64 * 1024 - ECHO.len() - 2));
    assert_eq!(big.len(), 64 * 1024);
    assert_eq!(verdict(&big, vec![stdio("y", "y")]), Verdict::Accepted);
    let deep = format!("print({}1{})", "(".repeat(30_000), ")".repeat(30_000));
    assert_eq!(verdict(&deep, vec![stdio("", "1")]), Verdict::CompileError);
    let input = "7 ".repeat(500_000);
    assert_eq!(
        verdict("print(sum(map(int, input().split())))", vec![stdio(&input, "3500000")]),
        Verdict::Accepted
    );
}

#[test]
fn a_verdict_about_a_limit_names_it() {
    // So little time that also a busy machine gives it long before the time that passes is over.
    let package = package(vec![stdio("", "")]);
    let package = Package { limits: Limits { cpu_ms: 200, ..package.limits }, ..package };
    let exceeded = |source: &str| grade_by(&package, "python", source).tests[0].exceeded.expect("a limit");
    let cpu = exceeded("while True: pass");
    assert!(
        cpu.limit == LimitName::CpuMs && cpu.allowed == 200 && (201..2_000).contains(&cpu.measured),
        "{cpu:?}"
    );
    let slept = exceeded("import time; time.sleep(60)");
    assert!(
        slept.limit == LimitName::WallMs && slept.allowed == 3_400 && slept.measured > 3_400,
        "{slept:?}"
    );
    let memory = exceeded("print(len(bytearray(300 << 20)))");
    assert!(memory.limit == LimitName::MemoryKib && memory.measured > 64 << 10, "{memory:?}");
    assert_eq!(memory.allowed, 64 << 10);
    let output = exceeded("while True: print('x' * 1000)");
    assert!(
        output.limit == LimitName::OutputKib && output.allowed == 64 && output.measured > 64,
        "{output:?}"
    );
    assert_eq!(grade("1 / 0", vec![stdio("", "")]).tests[0].exceeded, None);
}

/// Beyond these the kernel refuses without a word to anybody but the program; which looks as if it failed of nothing.
#[test]
fn a_program_that_failed_at_a_limit_it_had_reached_is_told_which() {
    let reached = |source: &str| {
        let graded = grade(source, vec![stdio("", "")]);
        let exceeded = graded.tests[0].exceeded.map(|told| (told.limit, told.measured, told.allowed));
        (graded.verdict, exceeded)
    };
    let told = |limit, allowed| (Verdict::RuntimeError, Some((limit, allowed, allowed)));
    let threads = "
import threading, time
while True:
    try: threading.Thread(target=time.sleep, args=(0.2,), daemon=True).start()
    except RuntimeError: time.sleep(0.1); raise
";
    assert_eq!(reached(threads), told(LimitName::Processes, 64));
    let files = "
import time
files = []
while True:
    try: files.append(open('/dev/null'))
    except OSError: time.sleep(0.1); raise
";
    assert_eq!(reached(files), told(LimitName::OpenFiles, 64));
    let full = "
import itertools, time
for number in itertools.count():
    try: open(str(number), 'wb').write(bytes(1 << 20))
    except OSError: time.sleep(0.1); raise
";
    assert_eq!(reached(full), told(LimitName::FilesKib, 32 << 10));
    let large = "
import signal
signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
with open('large', 'wb') as file:
    while True: file.write(bytes(1 << 20))
";
    assert_eq!(reached(large), told(LimitName::OneFileKib, 16 << 10));
}

#[test]
fn a_language_with_a_runtime_of_its_own_is_allowed_more() {
    // So little that also a busy machine gives it long before the time that passes is over.
    let package = package(vec![stdio("", "")]);
    let package = Package { limits: Limits { cpu_ms: 100, ..package.limits }, ..package };
    let graded = grade_by(&package, "bash", "while true; do :; done");
    let exceeded = graded.tests[0].exceeded.expect("a limit");
    assert_eq!((exceeded.limit, exceeded.allowed), (LimitName::CpuMs, 200), "{exceeded:?}");
}

/// Everything on one processor: the box, made by this thread, and `busy` others. Answers how many runs did not count.
fn starved_runs(busy: usize, source: &str) -> (Verdict, usize) {
    let (over, mut starved) = (AtomicBool::new(false), 0);
    let on_one = || {
        let mut one = CpuSet::new();
        one.set(0).expect("a processor");
        sched_setaffinity(Pid::from_raw(0), &one).expect("moved");
    };
    let graded = std::thread::scope(|scope| {
        for _ in 0..busy {
            scope.spawn(|| {
                on_one();
                while !over.load(Ordering::Relaxed) {
                    std::hint::spin_loop();
                }
            });
        }
        let graded = scope.spawn(|| {
            on_one();
            let count = |step: Step<'_>| starved += usize::from(matches!(step, Step::Starved));
            let tests = package(vec![stdio("", "")]);
            GRADER.grade_here(&tests, "python", source.as_bytes(), 10, count).expect("graded")
        });
        let graded = graded.join();
        over.store(true, Ordering::Relaxed);
        graded.expect("graded")
    });
    (graded.verdict, starved)
}

#[test]
fn a_starved_test_is_run_once_more_and_then_it_counts() {
    assert_eq!(starved_runs(2, "while True: pass"), (Verdict::TimeLimit, 1));
    // Who sleeps does not wait for a processor, however busy it is.
    assert_eq!(starved_runs(2, "import time; time.sleep(60)"), (Verdict::TimeLimit, 0));
}

#[test]
fn an_unknown_language_is_the_platforms_fault() {
    let grader = judge::Grader::open().expect("a sandbox");
    let package = package(vec![stdio("", "")]);
    let result = grader.grade_here(&package, "cobol", b"", 10, |_| {}).expect("graded");
    assert_eq!(
        (result.verdict, result.reason, result.points),
        (Verdict::JudgeError, Some("language_off"), 0)
    );
}

#[test]
fn a_hidden_tests_figures_are_coarse_and_a_samples_are_exact() {
    // Uses as much memory as its input says.
    let source = "data = b'x' * (int(input()) << 10)\nprint('done')";
    let hidden = |input| Test { group: TestGroup::Hidden, ..stdio(input, "done") };
    let tests = vec![stdio("5000", "done"), hidden("5000"), hidden("20000"), hidden("200000")];
    let told = Arc::new(Mutex::new(Vec::new()));
    let graded = GRADER
        .grade_here(&package(tests), "python", source.as_bytes(), 10, |step| {
            if let Step::Ended(test) = step {
                told.lock().expect("told").push(test.clone());
            }
        })
        .expect("graded");
    assert_eq!(*told.lock().expect("told"), graded.tests, "progress says what the results say");
    let [sample, hidden @ ..] = graded.tests.as_slice() else { panic!("{graded:?}") };
    assert!(!sample.memory_kib.is_multiple_of(4_096) || !sample.cpu_ms.is_multiple_of(50), "{sample:?}");
    for test in hidden {
        assert!(test.memory_kib.is_multiple_of(4_096) && test.cpu_ms.is_multiple_of(50), "{test:?}");
    }
    assert!(hidden[1].memory_kib > hidden[0].memory_kib, "{hidden:?}");
    let exceeded = hidden[2].exceeded.expect("the memory limit");
    assert!(exceeded.measured > exceeded.allowed && exceeded.measured.is_multiple_of(4_096), "{exceeded:?}");
    assert_eq!(graded.memory_kib, hidden[2].memory_kib);
    assert_eq!(graded.cpu_ms, graded.tests.iter().map(|test| test.cpu_ms).sum::<u32>());
}

#[test]
fn tests_that_have_a_time_together_share_it_and_say_what_was_left() {
    let bounded = GRADER.with_tests_within(Duration::from_millis(1_500));
    let sleeps_as_told = b"import time; time.sleep(float(input())); print(3)";
    let judged = |tests| bounded.grade_here(&package(tests), "python", sleeps_as_told, 10, |_| {});
    let graded = judged(vec![stdio("0.5", "3"), stdio("2", "3"), stdio("0", "3")]).expect("graded");
    let verdicts: Vec<_> = graded.tests.iter().map(|test| test.verdict).collect();
    assert_eq!(verdicts, [Verdict::Accepted, Verdict::TimeLimit]);
    let exceeded = graded.tests[1].exceeded.expect("a limit");
    assert!(exceeded.limit == LimitName::WallMs && exceeded.allowed <= 1_000, "{exceeded:?}");
}
