//! Python 3.

use crate::languages::Language;

/// `-B`: the root is read-only, so there is no use in trying to write bytecode.
pub const PYTHON: Language = Language {
    name: "python",
    probe: (
        "/usr/bin/python3",
        &[
            "-I",
            "-c",
            "import platform, sysconfig\nprint(platform.python_version())\nprint(sysconfig.get_path('stdlib'))",
        ],
    ),
    source_file: "main.py",
    check: &["-I", "-S", "-B", "-X", "utf8", "-c", include_str!("python_check.py")],
    run: &["-B", "-X", "utf8", "main.py"],
    call: &["-B", "-X", "utf8", "-c", include_str!("python_call.py")],
};
