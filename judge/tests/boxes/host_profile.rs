//! The seccomp profile that operators give a judge's container: it is what the code says, boxes can be made under it, and
//! without any one of the calls that are there for making boxes they cannot.

use crate::common::{grade_by, package, run, stdio};
use events::judgement::Verdict;
use judge::sandbox::{End, Layer, RunBox, Sandbox, SandboxError, host_profile};
use std::thread;

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../deploy/base/judge/seccomp.json");

/// Calls that no container of the judge's needs.
const NEVER: &[&str] = &[
    "add_key",
    "bpf",
    "chroot",
    "clone3",
    "delete_module",
    "finit_module",
    "init_module",
    "io_uring_setup",
    "kexec_load",
    "keyctl",
    "open_by_handle_at",
    "process_vm_readv",
    "process_vm_writev",
    "ptrace",
    "reboot",
    "setns",
    "unshare",
    "userfaultfd",
];

/// On a thread under the filter. All that it starts is under it too.
fn under<T: Send>(left_out: &[&str], what: impl FnOnce() -> T + Send) -> T {
    let filter = host_profile::filter_without(left_out).expect("a filter");
    thread::scope(|scope| {
        let confined = scope.spawn(move || {
            seccompiler::apply_filter(&filter).expect("the filter is on");
            what()
        });
        confined.join().expect("no panic")
    })
}

#[test]
#[cfg(target_arch = "x86_64")]
#[allow(clippy::disallowed_methods)] // Whether the file is to be written anew.
fn profile_of_the_container_is_the_one_that_is_shipped() {
    let document = host_profile::document();
    let text = serde_json::to_string_pretty(&document).expect("JSON") + "\n";
    if std::env::var_os("LAUREL_WRITE_PROFILE").is_some() {
        std::fs::write(FILE, &text).expect("written");
    }
    assert_eq!(
        std::fs::read_to_string(FILE).expect("the file"),
        text,
        "see judge/src/sandbox/host_profile.rs"
    );
    for call in NEVER {
        assert!(!text.contains(&format!("\"{call}\"")), "{call}");
    }
}

#[test]
fn submissions_are_compiled_and_run_under_the_profile() {
    let sum = package(vec![stdio("20 22", "42")]);
    let c = "#include <stdio.h>\nint main(void) { int a, b; scanf(\"%d %d\", &a, &b); printf(\"%d\\n\", a + b); }";
    under(&[], || {
        assert_eq!(run("print(42)").end, End::Exited(0));
        let graded = grade_by(&sum, "c", c);
        assert_eq!(graded.verdict, Verdict::Accepted, "{graded:?}");
    });
}

#[test]
fn every_call_for_making_a_box_is_needed() {
    for (call, _) in host_profile::TO_MAKE_A_BOX {
        let made = under(&[call], Sandbox::open);
        // A kernel without Landlock looks like this too: the box is made, without that layer.
        if *call == "SYS_landlock_create_ruleset" {
            assert!(!made.expect("a sandbox").layers().has(Layer::Landlock));
        } else if !matches!(made, Err(SandboxError::Setup(_) | SandboxError::System { .. })) {
            panic!("a box is made without {call}: {:?}", made.map(|sandbox| sandbox.layers()));
        }
    }
}
