//! The table itself. `docs/judge.md` tells authors and operators the same in a table for people.
//!
//! In argument lists `{program}` is the row's program (links resolved), `{folder}` the first folder that the probe named
//! (also in `needs`), `{memory_mib}` the exercise's memory limit before the language's allowance.

use super::{Compile, Language, Probe, python};

/// Compilers of one small file. What a compiler may use is ours to choose; it has nothing to do with an exercise.
const QUICK: Compile =
    Compile { arguments: &[], artifact: None, support: &[], cpu_ms: 5_000, memory_kib: 256 << 10 };
const HEAVY: Compile = Compile { cpu_ms: 20_000, memory_kib: 1 << 20, ..QUICK };

/// What every row has unless it says otherwise.
pub(super) const PLAIN: Language = Language {
    name: "",
    program: "",
    probe: Probe::Says(&[]),
    needs: &[],
    wants: &[],
    source_file: "",
    compile: QUICK,
    runs_alone: false,
    run: &[],
    call: None,
    variables: &[],
    cpu_percent: 100,
    memory_extra_kib: 0,
};

/// What gcc starts, and where it looks.
const GCC_NEEDS: &[&str] = &["/usr/bin/as", "/usr/bin/ld", "/usr/lib/gcc", "/usr/include"];
/// Where newer releases keep `cc1`.
const GCC_WANTS: &[&str] = &["/usr/libexec/gcc"];

const BASH: Language = Language {
    name: "bash",
    program: "bash",
    probe: Probe::Says(&[&["-c", "echo $BASH_VERSION"]]),
    // A shell is there to start programs; these have no way out of the box either.
    wants: &[
        "/bin/bash",
        "/bin/sh",
        "/usr/bin/awk",
        "/usr/bin/basename",
        "/usr/bin/bc",
        "/usr/bin/cat",
        "/usr/bin/comm",
        "/usr/bin/cut",
        "/usr/bin/date",
        "/usr/bin/dirname",
        "/usr/bin/env",
        "/usr/bin/expr",
        "/usr/bin/factor",
        "/usr/bin/fold",
        "/usr/bin/grep",
        "/usr/bin/head",
        "/usr/bin/join",
        "/usr/bin/ls",
        "/usr/bin/mkdir",
        "/usr/bin/nl",
        "/usr/bin/od",
        "/usr/bin/paste",
        "/usr/bin/printf",
        "/usr/bin/rev",
        "/usr/bin/rm",
        "/usr/bin/sed",
        "/usr/bin/seq",
        "/usr/bin/sleep",
        "/usr/bin/sort",
        "/usr/bin/tac",
        "/usr/bin/tail",
        "/usr/bin/tee",
        "/usr/bin/tr",
        "/usr/bin/uniq",
        "/usr/bin/wc",
        "/usr/bin/xargs",
    ],
    source_file: "main.sh",
    compile: Compile { arguments: &["{program}", "-n", "main.sh"], ..QUICK },
    run: &["{program}", "main.sh"],
    cpu_percent: 200,
    ..PLAIN
};

const C: Language = Language {
    name: "c",
    program: "gcc",
    probe: Probe::Says(&[&["-dumpfullversion"]]),
    needs: GCC_NEEDS,
    wants: GCC_WANTS,
    source_file: "main.c",
    compile: Compile {
        arguments: &["{program}", "-O2", "-std=gnu17", "-pipe", "-o", "out/main", "main.c", "-lm"],
        artifact: Some("main"),
        ..HEAVY
    },
    runs_alone: true,
    run: &["./main"],
    ..PLAIN
};

const CPP: Language = Language {
    name: "cpp",
    program: "g++",
    probe: Probe::Says(&[&["-dumpfullversion"]]),
    needs: &["/usr/bin/as", "/usr/bin/ld", "/usr/lib/gcc", "/usr/include/c++", "/usr/include"],
    wants: GCC_WANTS,
    source_file: "main.cpp",
    compile: Compile {
        arguments: &["{program}", "-O2", "-std=gnu++20", "-pipe", "-o", "out/main", "main.cpp"],
        artifact: Some("main"),
        ..HEAVY
    },
    runs_alone: true,
    run: &["./main"],
    ..PLAIN
};

/// The standard library must come compiled, as it did before Go 1.20 and in Debian 12: compiling it anew in every box would
/// take longer than a compiler may.
const GO: Language = Language {
    name: "go",
    program: "go",
    probe: Probe::Says(&[&["version"], &["env", "GOROOT"]]),
    needs: &["{folder}/pkg/linux_*"],
    wants: &["/usr/share/go-*"],
    source_file: "main.go",
    compile: Compile {
        arguments: &["{program}", "build", "-ldflags=-s -w", "-o", "out/main", "main.go"],
        artifact: Some("main"),
        ..HEAVY
    },
    runs_alone: true,
    run: &["./main"],
    variables: &[
        ("GOCACHE", "/tmp/cache"),
        ("GOFLAGS", "-mod=mod"),
        ("GO111MODULE", "off"),
        ("CGO_ENABLED", "0"),
        ("GOTOOLCHAIN", "local"),
        ("GOPATH", "/tmp/go"),
    ],
    memory_extra_kib: 16 << 10,
    ..PLAIN
};

const JAVA: Language = Language {
    name: "java",
    program: "javac",
    probe: Probe::JavaHome,
    wants: &["/etc/java-*"],
    source_file: "Main.java",
    compile: Compile {
        arguments: &[
            "{folder}/bin/javac",
            "-J-XX:+UseSerialGC",
            "-J-XX:TieredStopAtLevel=1",
            "-J-XX:-UsePerfData",
            "-J-Xmx512m",
            "-encoding",
            "UTF-8",
            "-proc:none",
            "-d",
            "out",
            "Main.java",
        ],
        artifact: Some("Main.class"),
        ..HEAVY
    },
    // With one thread that collects garbage: the CPU time of all of them counts.
    run: &[
        "{folder}/bin/java",
        "-XX:+UseSerialGC",
        "-XX:-UsePerfData",
        "-Xss64m",
        "-Xmx{memory_mib}m",
        "-Dfile.encoding=UTF-8",
        "-Dstdout.encoding=UTF-8",
        "-cp",
        ".",
        "Main",
    ],
    cpu_percent: 150,
    memory_extra_kib: 160 << 10,
    ..PLAIN
};

const JAVASCRIPT: Language = Language {
    name: "javascript",
    program: "node",
    probe: Probe::Says(&[&["--version"]]),
    // Where Debian keeps a part of Node.
    wants: &["/usr/share/nodejs"],
    source_file: "main.js",
    compile: Compile { arguments: &["{program}", "--check", "main.js"], memory_kib: 512 << 10, ..QUICK },
    run: NODE_RUN,
    memory_extra_kib: NODE_EXTRA_KIB,
    ..PLAIN
};
const NODE_RUN: &[&str] =
    &["{program}", "--stack-size=50000", "--max-old-space-size={memory_mib}", "main.js"];
const NODE_EXTRA_KIB: u32 = 96 << 10;

const LUA: Language = Language {
    name: "lua",
    program: "lua5.4",
    probe: Probe::Says(&[&["-e", "print(_VERSION)"]]),
    source_file: "main.lua",
    compile: Compile {
        arguments: &[
            "{program}",
            "-e",
            "local _, problem = loadfile('main.lua') if problem then io.stderr:write(problem, '\\n') os.exit(1) end",
        ],
        ..QUICK
    },
    run: &["{program}", "main.lua"],
    ..PLAIN
};

const PERL: Language = Language {
    name: "perl",
    program: "perl",
    probe: Probe::Says(&[&["-e", "printf qq(%vd\\n), $^V; print map qq($_\\n), @INC"]]),
    source_file: "main.pl",
    compile: Compile { arguments: &["{program}", "-c", "main.pl"], ..QUICK },
    run: &["{program}", "main.pl"],
    ..PLAIN
};

/// Without its configuration, so that it is the same on every host.
const PHP: Language = Language {
    name: "php",
    program: "php",
    probe: Probe::Says(&[&["-n", "-r", "echo PHP_VERSION, PHP_EOL;"]]),
    source_file: "main.php",
    compile: Compile { arguments: &["{program}", "-n", "-l", "main.php"], ..QUICK },
    run: &["{program}", "-n", "-d", "display_errors=stderr", "-d", "memory_limit=-1", "main.php"],
    ..PLAIN
};

const RUBY: Language = Language {
    name: "ruby",
    program: "ruby",
    probe: Probe::Says(&[&["--disable-gems", "-e", "puts RUBY_VERSION, $LOAD_PATH"]]),
    source_file: "main.rb",
    compile: Compile { arguments: &["{program}", "--disable-gems", "-c", "main.rb"], ..QUICK },
    run: &["{program}", "--disable-gems", "-W0", "main.rb"],
    memory_extra_kib: 16 << 10,
    ..PLAIN
};

const RUST: Language = Language {
    name: "rust",
    program: "rustc",
    probe: Probe::Says(&[&["--version"], &["--print", "sysroot"]]),
    needs: &["/usr/bin/cc", "/usr/bin/ld", "/usr/lib/gcc"],
    wants: GCC_WANTS,
    source_file: "main.rs",
    compile: Compile {
        arguments: &[
            "{folder}/bin/rustc",
            "--edition=2021",
            "-Copt-level=2",
            "-Cstrip=symbols",
            "-Ccodegen-units=1",
            "--color=never",
            "-o",
            "out/main",
            "main.rs",
        ],
        artifact: Some("main"),
        ..HEAVY
    },
    runs_alone: true,
    run: &["./main"],
    ..PLAIN
};

/// Type errors are compile errors. The host's typings are not asked, so that every host judges alike: what comes with
/// Node is there as `any`.
const TYPESCRIPT: Language = Language {
    name: "typescript",
    program: "node",
    probe: Probe::Says(&[&["-e", include_str!("typescript_probe.js")]]),
    wants: &["/usr/share/nodejs"],
    source_file: "main.ts",
    compile: Compile {
        arguments: &[
            "{program}",
            "{folder}/lib/tsc.js",
            "--target",
            "es2022",
            "--lib",
            "es2022",
            "--module",
            "commonjs",
            "--skipLibCheck",
            "--noEmitOnError",
            "--outDir",
            "out",
            "main.ts",
            "node.d.ts",
        ],
        artifact: Some("main.js"),
        support: &[("node.d.ts", include_str!("typescript_node.d.ts"))],
        ..HEAVY
    },
    run: NODE_RUN,
    memory_extra_kib: NODE_EXTRA_KIB,
    ..PLAIN
};

/// Every language there is, by name.
pub(super) const TABLE: &[Language] =
    &[BASH, C, CPP, GO, JAVA, JAVASCRIPT, LUA, PERL, PHP, python::PYTHON, RUBY, RUST, TYPESCRIPT];
