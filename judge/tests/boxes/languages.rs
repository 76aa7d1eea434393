//! Every language that is on judges; and which are on is no accident.

use crate::common::{LANGUAGES, LIMITS, call, grade_by, package, stdio};
use events::judgement::Verdict;
use events::package::Package;
use judge::Grader;
use judge::sandbox::{BoxFile, BoxRun, BoxSpec, RunBox, Sandbox, SandboxError};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

/// What `bin/lib.sh` sees to, here and in CI. The others are judged wherever they are on.
const EXPECTED: &[&str] = &["bash", "c", "cpp", "lua", "perl", "php", "python", "ruby"];

struct Programs {
    language: &'static str,
    /// Prints `hello, world`.
    hello: &'static str,
    /// Prints the sum of all whole numbers on standard input.
    sum: &'static str,
    /// Does not compile.
    broken: &'static str,
}

const PROGRAMS: &[Programs] = &[
    Programs {
        language: "bash",
        hello: "echo hello, world",
        sum: "sum=0\nfor number in $(cat); do sum=$((sum + number)); done\necho $sum",
        broken: "if true; then echo hello",
    },
    Programs {
        language: "c",
        hello: "#include <stdio.h>\nint main(void) { puts(\"hello, world\"); }",
        sum: "#include <stdio.h>\n#include <math.h>\nint main(void) { long n, s = 0; while (scanf(\"%ld\", &n) == 1) s += n; printf(\"%.0f\\n\", floor(s)); }",
        broken: "int main(void) { return nothing; }",
    },
    Programs {
        language: "cpp",
        hello: "#include <iostream>\nint main() { std::cout << \"hello, world\\n\"; }",
        sum: "#include <bits/stdc++.h>\nint main() { std::vector<long> v{std::istream_iterator<long>(std::cin), {}}; std::cout << std::accumulate(v.begin(), v.end(), 0L) << '\\n'; }",
        broken: "#include <iostream>\nint main() { std::cout << nothing; }",
    },
    Programs {
        language: "go",
        hello: "package main\nimport \"fmt\"\nfunc main() { fmt.Println(\"hello, world\") }",
        sum: "package main\nimport (\"bufio\"; \"fmt\"; \"os\")\nfunc main() { in := bufio.NewReader(os.Stdin); var n, s int; for { if _, e := fmt.Fscan(in, &n); e != nil { break }; s += n }; fmt.Println(s) }",
        broken: "package main\nfunc main() { x := 1 }",
    },
    Programs {
        language: "java",
        hello: "public class Main { public static void main(String[] a) { System.out.println(\"hello, world\"); } }",
        sum: "import java.util.*;\nclass Main { record Sum(long value) {}\n public static void main(String[] a) { var in = new Scanner(System.in); var s = new Sum(0); while (in.hasNextLong()) s = new Sum(s.value() + in.nextLong()); System.out.println(s.value()); } }",
        broken: "class Main { int x = \"text\"; }",
    },
    Programs {
        language: "javascript",
        hello: "console.log('hello, world')",
        sum: "const text = require('fs').readFileSync(0, 'utf8');\nconsole.log(text.split(/\\s+/).filter(Boolean).map(Number).reduce((a, b) => a + b, 0))",
        broken: "console.log('hello'",
    },
    Programs {
        language: "lua",
        hello: "print('hello, world')",
        sum: "local sum = 0\nfor n in io.read('a'):gmatch('%S+') do sum = sum + math.tointeger(n) end\nprint(sum)",
        broken: "print('hello'",
    },
    Programs {
        language: "perl",
        hello: "use strict; use warnings;\nprint \"hello, world\\n\";",
        sum: "use List::Util 'sum0';\nprint sum0(map { split } <STDIN>), \"\\n\";",
        broken: "use strict;\n$sum = 1;",
    },
    Programs {
        language: "php",
        hello: "<?php\necho \"hello, world\\n\";",
        sum: "<?php\necho array_sum(preg_split('/\\s+/', trim(stream_get_contents(STDIN)))), \"\\n\";",
        broken: "<?php\necho 'hello'\necho 'world';",
    },
    Programs {
        language: "python",
        hello: "print('hello, world')",
        sum: "import sys\nprint(sum(map(int, sys.stdin.read().split())))",
        broken: "print('hello'",
    },
    Programs {
        language: "ruby",
        hello: "puts 'hello, world'",
        sum: "require 'set'\nputs STDIN.read.split.map(&:to_i).sum",
        broken: "puts 'hello' if",
    },
    Programs {
        language: "rust",
        hello: "fn main() { println!(\"hello, world\"); }",
        sum: "use std::io::Read;\nfn main() { let mut t = String::new(); std::io::stdin().read_to_string(&mut t).unwrap(); println!(\"{}\", t.split_whitespace().map(|n| n.parse::<i64>().unwrap()).sum::<i64>()); }",
        broken: "fn main() { let x: i32 = \"text\"; }",
    },
    Programs {
        language: "typescript",
        hello: "const greeting: string = 'hello, world';\nconsole.log(greeting)",
        sum: "import * as fs from 'fs';\nconst numbers: number[] = fs.readFileSync(0, 'utf8').split(/\\s+/).filter(Boolean).map(Number);\nconsole.log(numbers.reduce((a, b) => a + b, 0))",
        broken: "const sum: number = 'text';",
    },
];

/// As an author would leave them, for runtimes that need more than Python.
fn exercise(input: &str, expected: &str) -> Package {
    let limits = events::exercise::Limits::default();
    Package { limits, ..package(vec![stdio(input, expected)]) }
}

#[test]
fn what_this_host_was_prepared_for_is_on_and_the_rest_has_its_reason() {
    for language in EXPECTED {
        assert!(LANGUAGES.find(language).is_some(), "{language} is off: {:?}", LANGUAGES.off);
    }
    for (language, reason) in &LANGUAGES.off {
        assert!(reason.len() > 10, "{language}: {reason}");
    }
    let known = LANGUAGES.on.len() + LANGUAGES.off.len();
    assert_eq!(known, PROGRAMS.len(), "every language of the table has its programs here");
}

#[test]
fn every_language_that_is_on_judges() {
    let mut failures = Vec::new();
    for installed in &LANGUAGES.on {
        let name = installed.language.name;
        let programs = PROGRAMS.iter().find(|programs| programs.language == name).expect("its programs");
        let mut check = |what: &str, source: &str, package: &Package, expected: Verdict| {
            let graded = grade_by(package, name, source);
            if graded.verdict != expected {
                failures.push(format!("{name} {}, {what}: {}", installed.version, told(&graded)));
            }
            graded
        };
        let started = std::time::Instant::now();
        check("hello", programs.hello, &exercise("", "hello, world\n"), Verdict::Accepted);
        let first = started.elapsed();
        let sum = exercise("1 2 3\n-4\n5000000000\n", "5000000002\n");
        let summed = check("sum", programs.sum, &sum, Verdict::Accepted);
        check("wrong sum", programs.sum, &exercise("1 2\n", "4\n"), Verdict::WrongAnswer);
        let broken = check("broken", programs.broken, &sum, Verdict::CompileError);
        if broken.compile_output.is_none_or(|output| output.is_empty()) {
            failures.push(format!("{name}: the compiler says nothing"));
        }
        println!(
            "{name} {}: hello took {first:?}, a sum {} ms of CPU time and {} KiB",
            installed.version, summed.cpu_ms, summed.memory_kib
        );
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

fn told(graded: &judge::Graded) -> String {
    let said =
        graded.compile_output.as_deref().or(graded.tests.first().and_then(|test| test.output.as_deref()));
    format!("{:?} {}", graded.verdict, String::from_utf8_lossy(said.unwrap_or_default()))
}

#[test]
fn a_call_in_a_language_that_knows_none_is_the_platforms_fault() {
    let graded = grade_by(&package(vec![call("f(2)", "3")]), "perl", "print 3;");
    assert_eq!((graded.verdict, graded.reason), (Verdict::JudgeError, Some("call_unknown_to_language")));
}

/// Real boxes, counted.
struct Counted {
    sandbox: Sandbox,
    runs: AtomicUsize,
}

impl RunBox for Counted {
    fn run_box(&self, spec: &BoxSpec<'_>) -> Result<BoxRun, SandboxError> {
        self.runs.fetch_add(1, Ordering::Relaxed);
        self.sandbox.run_box(spec)
    }
}

#[test]
fn no_source_is_compiled_twice() {
    let boxes = Arc::new(Counted { sandbox: Sandbox::open().expect("a sandbox"), runs: AtomicUsize::new(0) });
    let grader = Grader::with_boxes(boxes.clone());
    let programs = |name| PROGRAMS.iter().find(|programs| programs.language == name).expect("its programs");
    let package = exercise("1 2", "3");
    let grade = |language: &str, source: &str| {
        grader.grade_here(&package, language, source.as_bytes(), 10, |_| {}).expect("graded").verdict
    };
    let both = std::thread::scope(|scope| {
        let started = [(), ()].map(|()| scope.spawn(|| grade("cpp", programs("cpp").sum)));
        started.map(|thread| thread.join().expect("graded"))
    });
    assert_eq!(both, [Verdict::Accepted; 2]);
    assert_eq!(boxes.runs.load(Ordering::Relaxed), 3, "one compiler, two tests");
    for _ in 0..2 {
        assert_eq!(grade("python", programs("python").broken), Verdict::CompileError);
    }
    assert_eq!(boxes.runs.load(Ordering::Relaxed), 4);
    // The same text in another language is another source.
    assert_eq!(grade("c", programs("cpp").sum), Verdict::CompileError);
    assert_eq!(boxes.runs.load(Ordering::Relaxed), 5);
}

#[test]
fn a_compiler_sees_nothing_of_the_host() {
    let attacks = [
        ("c", "#include \"/etc/passwd\"\nint main(void) { return 0; }"),
        ("c", "#include \"/proc/1/environ\"\nint x = ;"),
        ("c", "__asm__(\".incbin \\\"/etc/passwd\\\"\");\nint main(void) { return 0; }"),
        ("cpp", "#include <../../etc/shadow>\nint main() {}"),
        (
            "cpp",
            "template <int N> struct X { static const int v = X<N + 1>::v; };\nint main() { return X<0>::v; }",
        ),
    ];
    for (language, source) in attacks {
        let graded = grade_by(&exercise("", ""), language, source);
        assert_eq!(graded.verdict, Verdict::CompileError, "{source}: {graded:?}");
        let said = String::from_utf8(graded.compile_output.expect("a complaint")).expect("UTF-8");
        assert!(!said.contains("root:"), "{said}");
    }
}

#[test]
fn of_what_is_left_in_out_only_files_are_kept() {
    let python = LANGUAGES.find("python").expect("Python is on");
    let traps = "
import os
os.chdir('out')
open('main', 'wb').write(b'\\0content'); os.chmod('main', 0o755); open('empty', 'w').close()
os.symlink('/proc/1/environ', 'link'); os.mkfifo('fifo'); os.mkdir('folder'); os.link('main', 'second')
for descriptor in range(3, 16):
    try: os.write(descriptor, b'forged'); print(descriptor)
    except OSError: pass
";
    let run = |source: &str| {
        let spec = BoxSpec {
            root: &python.run_root,
            command: python.run(&events::exercise::Limits::default()),
            files: &[BoxFile::new("main.py", source.as_bytes())],
            stdin: b"",
            private_pipes: 0,
            keeps: true,
            wires: None,
            limits: LIMITS,
            stop: &AtomicBool::new(false),
        };
        Sandbox::open().expect("a sandbox").run_box(&spec).expect("a run")
    };
    let left = run(traps);
    assert!(left.stdout.is_empty(), "{left:?}");
    let kept = left.kept().expect("files");
    let seen: Vec<_> = kept.iter().map(|file| (&*file.name, file.executable, &*file.content)).collect();
    let content = b"\0content".as_slice();
    assert_eq!(seen, [("empty", false, b"".as_slice()), ("main", true, content), ("second", true, content)]);
    assert_eq!(run("import os; os.rmdir('out'); os.symlink('/tmp', 'out')").kept(), Some(Vec::new()));
    assert_eq!(run("raise SystemExit(1)").kept(), None);
}
