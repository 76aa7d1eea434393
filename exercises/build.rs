//! Embeds the catalogue: writes a list of (path, `include_str!`) pairs, so that `laurel up` needs no checkout.

use std::error::Error;
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=catalogue");
    let catalogue = Path::new(env!("CARGO_MANIFEST_DIR")).join("catalogue");
    let mut list = String::from("&[\n");
    for category in entries(&catalogue)?.into_iter().filter(|path| path.is_dir()) {
        for file in entries(&category)?.into_iter().filter(|path| path.extension().is_some_and(|e| e == "md"))
        {
            let name = utf8(file.strip_prefix(&catalogue)?)?;
            let file = utf8(&file)?;
            writeln!(list, "    ({name:?}, include_str!({file:?})),")?;
        }
    }
    list.push_str("]\n");
    #[allow(clippy::disallowed_methods)] // Cargo hands a build script its folder this way only.
    let out = std::env::var_os("OUT_DIR").ok_or("OUT_DIR is not set")?;
    fs::write(Path::new(&out).join("catalogue.rs"), list)?;
    Ok(())
}

fn utf8(path: &Path) -> Result<&str, String> {
    path.to_str().ok_or_else(|| format!("{} is not UTF-8", path.display()))
}

/// What is in a folder, by name, so that the list is the same on every machine.
fn entries(folder: &Path) -> std::io::Result<Vec<PathBuf>> {
    let mut paths: Vec<PathBuf> =
        fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<std::io::Result<_>>()?;
    paths.sort();
    Ok(paths)
}
