//! Python 3.

use super::table::PLAIN;
use super::{Compile, Language, Probe};

/// `-B`: the root is read-only, so there is no use in trying to write bytecode.
pub(super) const PYTHON: Language = Language {
    name: "python",
    program: "python3",
    probe: Probe::Says(&[&[
        "-I",
        "-c",
        "import platform, sysconfig\nprint(platform.python_version())\nprint(sysconfig.get_path('stdlib'))",
    ]]),
    source_file: "main.py",
    compile: Compile {
        arguments: &["{program}", "-I", "-S", "-B", "-X", "utf8", "-c", include_str!("python_check.py")],
        ..PLAIN.compile
    },
    run: &["{program}", "-B", "-X", "utf8", "main.py"],
    call: Some(&["{program}", "-B", "-X", "utf8", "-c", include_str!("python_call.py")]),
    variables: &[("PYTHONHASHSEED", "0")],
    ..PLAIN
};
