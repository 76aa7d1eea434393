//! Hostile programs in the languages that are compiled or bring a runtime of their own: what Python cannot do, they might.
//! After them an honest submission gets its verdict. (`limits`, `isolation` and `tampering` have Python's.)

use crate::common::{LANGUAGES, grade_by, package, stdio};
use events::judgement::Verdict::{self, MemoryLimit, OutputLimit, RuntimeError, TimeLimit, WrongAnswer};
use events::package::Package;

struct Hostile {
    what: &'static str,
    language: &'static str,
    source: &'static str,
    verdicts: &'static [Verdict],
}

const fn hostile(
    what: &'static str,
    language: &'static str,
    source: &'static str,
    verdicts: &'static [Verdict],
) -> Hostile {
    Hostile { what, language, source, verdicts }
}

/// Where several verdicts stand, which limit is reached first is a matter of how fast the machine is.
const PROGRAMS: &[Hostile] = &[
    hostile("fork bomb", "bash", ":(){ :|:& };:\nwait", &[WrongAnswer, RuntimeError, TimeLimit, MemoryLimit]),
    hostile("endless loop", "bash", "while :; do :; done", &[TimeLimit]),
    hostile("sleeper", "bash", "sleep 600", &[TimeLimit]),
    hostile(
        "flood",
        "bash",
        "yes() { while :; do echo yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy; done; }; yes",
        &[OutputLimit, TimeLimit],
    ),
    hostile(
        "string that doubles",
        "bash",
        "a=x; while :; do a=$a$a; done",
        &[MemoryLimit, RuntimeError, TimeLimit],
    ),
    hostile(
        "fork bomb",
        "c",
        "#include <unistd.h>\nint main(void) { for (;;) fork(); }",
        &[TimeLimit, MemoryLimit],
    ),
    hostile(
        "heap",
        "c",
        "#include <stdlib.h>\n#include <string.h>\nint main(void) { for (;;) { void *p = malloc(1 << 20); if (!p) return 1; memset(p, 1, 1 << 20); } }",
        &[MemoryLimit],
    ),
    hostile(
        "mappings",
        "c",
        "#include <sys/mman.h>\n#include <string.h>\nint main(void) { for (;;) { char *p = mmap(0, 1 << 24, 3, MAP_SHARED | MAP_ANONYMOUS, -1, 0); if (p == MAP_FAILED) return 1; memset(p, 1, 1 << 24); } }",
        &[MemoryLimit],
    ),
    hostile(
        "deep recursion",
        "c",
        "int f(volatile int *n) { volatile int a[64]; a[0] = *n + 1; return f(a) + a[1]; }\nint main(void) { volatile int n = 0; return f(&n); }",
        &[RuntimeError, MemoryLimit],
    ),
    hostile("null pointer", "c", "int main(void) { return *(volatile int *)0; }", &[RuntimeError]),
    hostile("stops itself", "c", "#include <signal.h>\nint main(void) { raise(SIGSTOP); }", &[TimeLimit]),
    hostile(
        "ignores every signal and sleeps",
        "c",
        "#include <signal.h>\n#include <unistd.h>\nint main(void) { for (int s = 1; s < 65; s++) signal(s, SIG_IGN); for (;;) sleep(600); }",
        &[TimeLimit],
    ),
    hostile(
        "daemon that goes on burning",
        "c",
        "#include <unistd.h>\nint main(void) { if (!fork()) { setsid(); if (!fork()) for (;;); _exit(0); } return 0; }",
        &[WrongAnswer],
    ),
    hostile(
        "zombies",
        "c",
        "#include <unistd.h>\nint main(void) { for (;;) if (!fork()) _exit(0); }",
        &[TimeLimit, MemoryLimit],
    ),
    hostile(
        "descriptors",
        "c",
        "#include <unistd.h>\nint main(void) { int n = 0; while (dup(0) >= 0) n++; return n > 64; }",
        &[WrongAnswer],
    ),
    hostile(
        "set-uid copy of itself",
        "c",
        "#include <sys/stat.h>\n#include <unistd.h>\nint main(void) { chmod(\"main\", 06755); if (setuid(0) == 0 || geteuid() == 0) return 0; return 1; }",
        &[RuntimeError],
    ),
    hostile(
        "kills everybody",
        "c",
        "#include <signal.h>\n#include <unistd.h>\nint main(void) { kill(1, 9); kill(-1, 9); for (;;) pause(); }",
        &[TimeLimit, RuntimeError],
    ),
    hostile(
        "endless heap",
        "cpp",
        "#include <vector>\nint main() { std::vector<long> v; for (;;) v.push_back(1); }",
        &[MemoryLimit, RuntimeError],
    ),
    hostile(
        "threads",
        "cpp",
        "#include <thread>\nint main() { for (;;) std::thread([] { for (;;); }).detach(); }",
        &[RuntimeError, TimeLimit],
    ),
    hostile("uncaught exception", "cpp", "int main() { throw 1; }", &[RuntimeError]),
    hostile(
        "flood",
        "cpp",
        "#include <iostream>\nint main() { for (;;) std::cout << \"yyyyyyyyyyyyyyyy\\n\"; }",
        &[OutputLimit],
    ),
    hostile(
        "endless heap",
        "java",
        "import java.util.*; class Main { public static void main(String[] a) { var l = new ArrayList<long[]>(); for (;;) l.add(new long[1 << 16]); } }",
        &[MemoryLimit, RuntimeError],
    ),
    hostile(
        "deep recursion",
        "java",
        "class Main { static int f(int n) { return f(n + 1) + 1; } public static void main(String[] a) { f(0); } }",
        &[MemoryLimit, RuntimeError],
    ),
    hostile(
        "threads",
        "java",
        "class Main { public static void main(String[] a) { for (;;) new Thread(() -> { for (;;); }).start(); } }",
        &[RuntimeError, TimeLimit, MemoryLimit],
    ),
    hostile(
        "endless heap",
        "javascript",
        "const a = []; for (;;) a.push(new Array(1000).fill(1.5));",
        &[MemoryLimit, RuntimeError, TimeLimit],
    ),
    hostile(
        "processes",
        "javascript",
        "const { spawn } = require('child_process'); for (;;) spawn(process.execPath, ['-e', 'for(;;);']);",
        &[RuntimeError, TimeLimit, MemoryLimit],
    ),
    hostile(
        "endless table",
        "lua",
        "local t = {} while true do t[#t + 1] = ('x'):rep(1000) .. #t end",
        &[MemoryLimit, RuntimeError, TimeLimit],
    ),
    hostile("fork bomb", "perl", "fork while 1;", &[TimeLimit, MemoryLimit]),
    hostile(
        "socket",
        "perl",
        "use Socket; socket(my $s, PF_INET, SOCK_STREAM, 0) or die; connect($s, pack_sockaddr_in(80, inet_aton('169.254.169.254'))) or die; print 'out'",
        &[RuntimeError],
    ),
    hostile(
        "endless array",
        "php",
        "<?php $a = []; while (true) $a[] = str_repeat('x', 1000);",
        &[MemoryLimit, RuntimeError],
    ),
    hostile("shell", "php", "<?php echo shell_exec('cat /etc/passwd');", &[WrongAnswer, RuntimeError]),
    hostile("endless array", "ruby", "a = []; loop { a << 'x' * 1000 }", &[MemoryLimit, RuntimeError]),
    hostile("fork bomb", "ruby", "loop { fork }", &[RuntimeError, TimeLimit, MemoryLimit]),
];

/// Little time, for most of them take all they get.
fn exercise() -> Package {
    let exercise = package(vec![stdio("", "an answer that nobody knows")]);
    let limits = events::exercise::Limits { cpu_ms: 300, ..exercise.limits };
    Package { limits, ..exercise }
}

fn check(languages: &[&str]) {
    let mut surprises = Vec::new();
    for Hostile { what, language, source, verdicts } in PROGRAMS {
        if !languages.contains(language) {
            continue;
        }
        if LANGUAGES.find(language).is_none() {
            println!("{language} is off: {what} is not tried");
            continue;
        }
        let graded = grade_by(&exercise(), language, source);
        if !verdicts.contains(&graded.verdict) {
            surprises.push(format!("{language}, {what}: {graded:?}"));
        }
    }
    assert!(surprises.is_empty(), "{}", surprises.join("\n"));
    let sum = package(vec![stdio("20 22", "42")]);
    let honest = grade_by(&sum, "python", "print(sum(map(int, input().split())))");
    assert_eq!(honest.verdict, Verdict::Accepted);
}

const SHELLS: &[&str] = &["bash", "perl"];
const COMPILED: &[&str] = &["c", "cpp"];
const RUNTIMES: &[&str] = &["java", "javascript", "lua", "php", "ruby"];

#[test]
fn shells() {
    check(SHELLS);
}

#[test]
fn compiled_languages() {
    check(COMPILED);
}

#[test]
fn runtimes() {
    check(RUNTIMES);
}

#[test]
fn no_program_is_left_out() {
    let tried = [SHELLS, COMPILED, RUNTIMES].concat();
    assert!(PROGRAMS.iter().all(|program| tried.contains(&program.language)));
}
