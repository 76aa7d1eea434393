//! Checkers on the answers of real programs, and checkers that are programs themselves.

use crate::common::{SANDBOX, grade_by, package, stdio};
use events::exercise::Limits;
use events::judgement::Verdict;
use events::package::{Checker, CheckerProgram, Package, Tolerance, ValidatorOptions};
use judge::Grader;
use judge::sandbox::{BoxRun, BoxSpec, RunBox, SandboxError};
use std::sync::Arc;
use std::time::{Duration, Instant};

fn with(checker: Checker, input: &str, expected: &str) -> Package {
    Package { checker, limits: Limits::default(), ..package(vec![stdio(input, expected)]) }
}

#[test]
fn each_checker_of_ours() {
    let near = Tolerance::try_from(1e-6).ok();
    let options = ValidatorOptions { space_change_sensitive: true, ..ValidatorOptions::default() };
    let cases = [
        (Checker::Exact, "print('1 2')", "1 2\n", Verdict::Accepted),
        (Checker::Exact, "print('1  2')", "1 2\n", Verdict::WrongAnswer),
        (Checker::Tokens, "print('1\\n\\n2')", "1 2\n", Verdict::Accepted),
        (Checker::Tokens, "print('a')", "A\n", Verdict::WrongAnswer),
        (Checker::UnorderedLines, "print('b\\na')", "a\nb\n", Verdict::Accepted),
        (Checker::UnorderedLines, "print('b a')", "a\nb\n", Verdict::WrongAnswer),
        (
            Checker::Floats { absolute: near, relative: None },
            "print(2 ** 0.5)",
            "1.4142135\n",
            Verdict::Accepted,
        ),
        (
            Checker::Floats { absolute: None, relative: near },
            "print(1.41)",
            "1.4142135\n",
            Verdict::WrongAnswer,
        ),
        (Checker::Validator(ValidatorOptions::default()), "print('yes')", "YES\n", Verdict::Accepted),
        (Checker::Validator(options), "print('yes', end='')", "YES\n", Verdict::WrongAnswer),
    ];
    for (checker, source, expected, verdict) in cases {
        let graded = grade_by(&with(checker.clone(), "", expected), "python", source);
        assert_eq!(graded.verdict, verdict, "{checker:?} {source}");
    }
}

fn program(language: &str, source: &str, arguments: &[&str]) -> Checker {
    let arguments = arguments.iter().map(|argument| (*argument).to_owned()).collect();
    Checker::Program(CheckerProgram { language: language.to_owned(), source: source.to_owned(), arguments })
}

/// Any two numbers that add up will do; the first argument says how many are too large.
const IN_CPP: &str = r#"
#include <fstream>
#include <iostream>
#include <string>
int main(int argc, char** argv) {
    std::ifstream input(argv[1]), expected(argv[2]);
    std::ofstream(std::string(argv[3]) + "/judgemessage.txt") << "looked at it";
    long sum, a, b, largest = std::stol(argv[4]);
    input >> sum;
    std::string word;
    expected >> word;
    if (word != "any" || argc != 5) return 1;
    if (!(std::cin >> a >> b) || a + b != sum || a > largest || b > largest) return 43;
    return 42;
}"#;

const IN_PYTHON: &str = "
import sys
total = int(open(sys.argv[1]).read())
open(sys.argv[3] + 'judgemessage.txt', 'w').write('looked at it')
try: numbers = [int(word) for word in sys.stdin.read().split()]
except ValueError: sys.exit(43)
sys.exit(42 if len(numbers) == 2 and sum(numbers) == total and max(numbers) <= int(sys.argv[4]) else 43)
";

#[test]
fn a_program_decides() {
    for (language, source) in [("cpp", IN_CPP), ("python", IN_PYTHON)] {
        for (answer, verdict) in [
            ("print(3, 4)", Verdict::Accepted),
            ("print(5)\nprint(2)", Verdict::Accepted),
            ("print(6, 1)", Verdict::WrongAnswer),
            ("print(3, 5)", Verdict::WrongAnswer),
            ("print('x')", Verdict::WrongAnswer),
            ("", Verdict::WrongAnswer),
            ("print(3, 4); 1 / 0", Verdict::RuntimeError),
        ] {
            let graded = grade_by(&with(program(language, source, &["5"]), "7\n", "any"), "python", answer);
            assert_eq!((graded.verdict, graded.reason), (verdict, None), "{language}: {answer}");
        }
    }
}

#[test]
fn a_checker_at_fault_is_not_the_learners_fault() {
    let cases = [
        (program("python", "import sys; sys.exit(0)", &[]), "checker_failed"),
        (program("python", "1 / 0", &[]), "checker_failed"),
        (program("python", "import os; os.kill(os.getpid(), 9)", &[]), "checker_failed"),
        (program("python", "def f(:", &[]), "checker_does_not_compile"),
        (program("cobol", "", &[]), "checker_language_off"),
        (program("python", "import sys; sys.exit(42)", &["a\0b"]), "checker_arguments_invalid"),
    ];
    for (checker, reason) in cases {
        let graded = grade_by(&with(checker, "", ""), "python", "print(1)");
        assert_eq!((graded.verdict, graded.reason, graded.points), (Verdict::JudgeError, Some(reason), 0));
    }
}

#[test]
fn an_answer_cannot_reach_its_checkers_files() {
    // The submission's box knows nothing of the checker's; what it prints is all that arrives there.
    let source = "
import os
print(sorted(os.listdir('.')), [name for name in os.listdir('/tmp') if name != 'work'])
";
    let checker = "
import os, sys
fine = sorted(os.listdir('.')) == ['judge_ans', 'judge_in', 'main.py', 'out'] and os.listdir('out') == []
sys.exit(42 if fine and sys.stdin.read() == \"['main.py'] []\\n\" else 43)
";
    let graded = grade_by(&with(program("python", checker, &[]), "", "secret"), "python", source);
    assert_eq!(graded.verdict, Verdict::Accepted, "{graded:?}");
}

/// Thinks of the number in its input and answers guesses; the third argument behind the folder is how many there may be.
const GUESSING: &str = "
import sys
number, most = int(open(sys.argv[1]).read()), int(sys.argv[4])
for _ in range(most):
    line = sys.stdin.readline()
    if not line.strip().isdigit(): sys.exit(43)
    guess = int(line)
    print('right' if guess == number else 'more' if guess < number else 'less', flush=True)
    if guess == number: sys.exit(42 if sys.stdin.read() == '' else 43)
sys.exit(43)
";

fn interactive(source: &str) -> Package {
    let checker = CheckerProgram {
        language: "python".to_owned(),
        source: source.to_owned(),
        arguments: vec!["10".to_owned()],
    };
    let limits = Limits { cpu_ms: 700, ..Limits::default() };
    Package { limits, ..with(Checker::Interactor(checker), "619\n", "") }
}

#[test]
fn a_conversation_decides() {
    let bisect = "
low, high = 1, 1000
while True:
    guess = (low + high) // 2
    print(guess, flush=True)
    said = input()
    if said == 'right': break
    if said == 'more': low = guess + 1
    else: high = guess - 1
";
    for (source, verdict) in [
        (bisect, Verdict::Accepted),
        ("for n in range(1, 1000):\n    print(n, flush=True)\n    input()", Verdict::WrongAnswer),
        ("print('x', flush=True)\nwhile True: input()", Verdict::WrongAnswer),
        ("print(619, flush=True)\ninput()\nprint(619)", Verdict::WrongAnswer),
        ("print(619, flush=True)\ninput()\n1 / 0", Verdict::RuntimeError),
        ("1 / 0", Verdict::RuntimeError),
        ("print(619, flush=True)\nwhile True: pass", Verdict::TimeLimit),
        // Both wait for each other; it is the submission's turn.
        ("input()", Verdict::TimeLimit),
        ("import sys\nprint(input(), file=sys.stderr)", Verdict::TimeLimit),
    ] {
        let graded = grade_by(&interactive(GUESSING), "python", source);
        assert_eq!((graded.verdict, graded.reason), (verdict, None), "{source}: {graded:?}");
    }
    // In two languages, and with more output than a pipe holds.
    let flood = "int printf(const char*, ...);\nint main(void) { for (int i = 0; i < 100000; i++) printf(\"%d\\n\", i); }";
    let counting = "import sys\nsys.exit(42 if sum(1 for _ in sys.stdin) == 100000 else 43)";
    assert_eq!(grade_by(&interactive(counting), "c", flood).verdict, Verdict::Accepted);
}

/// Says something to everything, and something more than a pipe holds, before it decides.
const TALKATIVE: &str = "
import sys
said = sys.stdin.readline().strip()
print('x' * 200000, flush=True)
for _ in range(20): print('and another thing', flush=True)
sys.exit(42 if said == 'right' else 43)
";

#[test]
fn who_ends_first_does_not_matter() {
    let early =
        |word: &str| format!("int puts(const char*);\nint main(void) {{ puts(\"{word}\"); return 0; }}");
    for _ in 0..10 {
        for (word, verdict) in [("right", Verdict::Accepted), ("wrong", Verdict::WrongAnswer)] {
            let graded = grade_by(&interactive(TALKATIVE), "c", &early(word));
            assert_eq!((graded.verdict, graded.reason), (verdict, None), "{word}: {graded:?}");
        }
    }
    let nothing = grade_by(&interactive(TALKATIVE), "c", "int main(void) { return 0; }");
    assert_eq!((nothing.verdict, nothing.reason), (Verdict::WrongAnswer, None));
    // The other way round: what is said after the end is heard by nobody and harms nobody.
    let hangs_up = "import sys; sys.exit(42)";
    let talks_on =
        "import time\ntime.sleep(0.3)\nfor _ in range(20000): print('and another thing', flush=True)";
    assert_eq!(grade_by(&interactive(hangs_up), "python", talks_on).verdict, Verdict::Accepted);
}

/// Boxes of which one side's end is noticed long after it was.
struct Late {
    interactor: bool,
}

impl RunBox for Late {
    fn run_box(&self, spec: &BoxSpec<'_>) -> Result<BoxRun, SandboxError> {
        let mut run = SANDBOX.run_box(spec)?;
        if spec.files.iter().any(|file| file.name == "judge_in") == self.interactor {
            run.ended += Duration::from_secs(1);
        }
        Ok(run)
    }
}

#[test]
fn who_is_guilty_is_not_who_was_noticed_first() {
    for interactor in [true, false] {
        let grader = Grader::with_boxes(Arc::new(Late { interactor }));
        let verdict = |source: &str| {
            let graded = grader.grade_here(&interactive(GUESSING), "python", source.as_bytes(), 10, |_| {});
            graded.expect("graded").verdict
        };
        // The interactor ends, and the submission for want of a partner.
        assert_eq!(verdict("while True:\n    print(1, flush=True)\n    input()"), Verdict::WrongAnswer);
        // The other way round.
        assert_eq!(verdict("1 / 0"), Verdict::RuntimeError);
    }
}

#[test]
fn a_submission_that_was_ended_is_not_guilty_of_that() {
    let says_no_more = "import os, time\nos.close(1)\ntime.sleep(20)";
    for (word, verdict, reason) in
        [(43, Verdict::WrongAnswer, None), (1, Verdict::JudgeError, Some("checker_failed"))]
    {
        let interactor = format!("import sys\nsys.exit({word})");
        let graded = grade_by(&interactive(&interactor), "python", says_no_more);
        assert_eq!((graded.verdict, graded.reason), (verdict, reason), "{graded:?}");
    }
}

#[test]
fn a_wrong_answer_ends_a_submission_that_runs_on() {
    for source in
        ["print('x', flush=True)\nwhile True: pass", "import time\nprint('x', flush=True)\ntime.sleep(60)"]
    {
        let mut patient = interactive(GUESSING);
        patient.limits.cpu_ms = 10_000;
        let begun = Instant::now();
        let graded = grade_by(&patient, "python", source);
        assert_eq!((graded.verdict, graded.reason), (Verdict::WrongAnswer, None), "{source}: {graded:?}");
        assert!(begun.elapsed() < Duration::from_secs(8), "its limits were not waited for");
    }
}

#[test]
fn an_interactor_at_fault_is_not_the_learners_fault() {
    for source in ["raise SystemExit(0)", "import os; os.abort()", "import sys; sys.stdin.readline(); 1 / 0"]
    {
        let graded = grade_by(&interactive(source), "python", "print(1, flush=True)\nprint(input())");
        assert_eq!(
            (graded.verdict, graded.reason),
            (Verdict::JudgeError, Some("checker_failed")),
            "{source}"
        );
    }
    let mut calls = interactive(GUESSING);
    calls.tests = vec![crate::common::call("f(2)", "3")];
    assert_eq!(grade_by(&calls, "python", "").reason, Some("call_with_interactor"));
}
