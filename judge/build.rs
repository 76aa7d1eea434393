//! Compiles `box-init` into one static executable, for the library to embed.

use std::path::PathBuf;
use std::process::Command;

#[allow(clippy::disallowed_methods)] // Cargo speaks to build scripts through the environment.
fn main() {
    println!("cargo::rerun-if-changed=box-init");
    let variable = |name: &str| std::env::var(name).unwrap_or_else(|_| panic!("cargo sets {name}"));
    let output = PathBuf::from(variable("OUT_DIR")).join("box-init");
    let status = Command::new(variable("RUSTC"))
        .args(["--crate-name=box_init", "--crate-type=bin", "--edition=2024"])
        .args([
            "-Copt-level=s",
            "-Clto=fat",
            "-Ccodegen-units=1",
            "-Cpanic=abort",
            "-Cstrip=symbols",
            "-Ctarget-feature=+crt-static",
        ])
        .args(["-Crelocation-model=static", "--target", &variable("TARGET")])
        .args(std::env::var("RUSTC_LINKER").map(|linker| format!("-Clinker={linker}")))
        .arg("-o")
        .arg(&output)
        .arg("box-init/main.rs")
        .status()
        .expect("rustc starts, for cargo just used it");
    assert!(status.success(), "box-init does not compile");
}
