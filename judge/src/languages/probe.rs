//! Looking a language up on the host.

use super::{Installed, Language, Probe};
use crate::sandbox::Root;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Where programs are looked for, in this order: what an operator put there, the distribution, the official images.
const PROGRAM_FOLDERS: &[&str] = &["/usr/local/bin", "/usr/bin", "/usr/local/go/bin", "/usr/local/cargo/bin"];
/// Folders a program may name. Some name places that are no business of a box, such as `/etc/perl`.
const SYSTEM_FOLDERS: &[&str] = &["/usr/", "/opt/"];

/// An error is the reason why the language is off.
pub(super) fn probe(language: &'static Language) -> Result<Installed, String> {
    let program = find_program(language.program)?;
    let (version, folders) = match language.probe {
        Probe::Says(questions) => ask(&program, questions)?,
        Probe::JavaHome => java_home(&program)?,
    };
    let folder = folders.first().cloned().unwrap_or_default();
    let mut root = Root::default();
    add(&mut root, &program);
    for folder in &folders {
        add(&mut root, folder);
    }
    for path in language.needs {
        let path = &path.replace("{folder}", &folder.to_string_lossy());
        let found = matching(path);
        if found.is_empty() {
            return Err(format!("{path} is not there"));
        }
        for path in &found {
            add(&mut root, path);
        }
    }
    for path in language.wants.iter().flat_map(|path| matching(path)) {
        add(&mut root, &path);
    }
    let mut run_root = if language.runs_alone { Root::default() } else { root.clone() };
    for root in [&mut root, &mut run_root] {
        add_shared_libraries(root);
        drop_nested(root);
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        root.variables = language.variables.iter().map(owned).collect();
    }
    Ok(Installed { language, version, compile_root: root, run_root, program, folder })
}

fn find_program(name: &str) -> Result<PathBuf, String> {
    PROGRAM_FOLDERS
        .iter()
        .find_map(|folder| Path::new(folder).join(name).canonicalize().ok())
        .ok_or_else(|| format!("there is no {name} in {}", PROGRAM_FOLDERS.join(", ")))
}

/// The version and the folders that a program tells.
fn ask(program: &Path, questions: &[&[&str]]) -> Result<(String, Vec<PathBuf>), String> {
    let mut said = String::new();
    for arguments in questions {
        let output = Command::new(program)
            .args(*arguments)
            .env_clear()
            // Some programs must be able to name a folder of their own before they tell anything.
            .env("HOME", "/tmp")
            .env("GOCACHE", "/tmp/cache")
            .stdin(Stdio::null())
            .output()
            .map_err(|error| format!("{}: {error}", program.display()))?;
        if !output.status.success() {
            let complaint = String::from_utf8_lossy(&output.stderr);
            let complaint = complaint.lines().next().unwrap_or_default();
            return Err(format!("{} does not work: {} {complaint}", program.display(), output.status));
        }
        said.push_str(&String::from_utf8_lossy(&output.stdout));
    }
    let mut lines = said.lines();
    let version = lines.next().and_then(version_in).ok_or("it does not tell its version")?;
    let is_system =
        |path: &Path| SYSTEM_FOLDERS.iter().any(|folder| path.starts_with(folder)) && path.is_dir();
    Ok((version, lines.map(PathBuf::from).filter(|path| is_system(path)).collect()))
}

fn java_home(compiler: &Path) -> Result<(String, Vec<PathBuf>), String> {
    let home = compiler.ancestors().nth(2).ok_or("a Java compiler is in a folder `bin`")?;
    let release = home.join("release");
    let text = fs::read_to_string(&release).map_err(|error| format!("{}: {error}", release.display()))?;
    let line = text.lines().find(|line| line.starts_with("JAVA_VERSION="));
    let version = line.and_then(version_in).ok_or("its file `release` has no version")?;
    Ok((version, vec![home.to_owned()]))
}

/// The first number in a line, with its points.
fn version_in(line: &str) -> Option<String> {
    let from = line.find(|letter: char| letter.is_ascii_digit())?;
    let is_part = |letter: char| letter.is_ascii_digit() || letter == '.';
    Some(line[from..].chars().take_while(|letter| is_part(*letter)).collect())
}

/// The path, or all whose last part begins with what stands before the star.
fn matching(pattern: &str) -> Vec<PathBuf> {
    let path = Path::new(pattern);
    let Some(begin) = pattern.strip_suffix('*') else {
        return if path.exists() { vec![path.to_owned()] } else { Vec::new() };
    };
    let entries = path.parent().and_then(|folder| fs::read_dir(folder).ok()).into_iter().flatten().flatten();
    let paths = entries.map(|entry| entry.path());
    paths.filter(|path| path.to_string_lossy().starts_with(begin)).collect()
}

/// What `path` is on the host, and the link if it is one.
fn add(root: &mut Root, path: &Path) {
    let Ok(target) = path.canonicalize() else { return };
    if target != path {
        root.links.push((target.to_string_lossy().into_owned(), path.to_string_lossy().into_owned()));
    }
    root.paths.push(target);
}

/// Every mount adds to a box's start, and none is needed below another.
fn drop_nested(root: &mut Root) {
    root.paths.sort();
    root.paths.dedup();
    let all = root.paths.clone();
    root.paths.retain(|path| !all.iter().any(|other| other != path && path.starts_with(other)));
    let all = &root.paths;
    root.links.retain(|(_, place)| !all.iter().any(|path| Path::new(place).starts_with(path)));
    root.links.sort();
    root.links.dedup();
}

/// The loader and the library folder. The folder holds nothing but libraries, and one mount is much quicker than one for
/// each of the thirty that an interpreter's modules are linked to.
fn add_shared_libraries(root: &mut Root) {
    let architecture = std::env::consts::ARCH;
    let folders = [format!("/usr/lib/{architecture}-linux-gnu"), "/usr/lib64".to_owned()];
    if let Some(folder) = folders.iter().map(PathBuf::from).find(|folder| folder.join("libc.so.6").exists()) {
        root.paths.push(folder);
    }
    let loader = match architecture {
        "x86_64" => "/lib64/ld-linux-x86-64.so.2",
        _ => "/lib/ld-linux-aarch64.so.1",
    };
    if let Ok(target) = Path::new(loader).canonicalize() {
        root.links.push((target.to_string_lossy().into_owned(), loader.to_owned()));
    }
    if let Ok(target) = Path::new("/lib").read_link() {
        root.links.push((target.to_string_lossy().into_owned(), "/lib".to_owned()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_found_in_what_programs_say() {
        for (line, version) in [
            ("3.11.2", "3.11.2"),
            ("go version go1.19.8 linux/amd64", "1.19.8"),
            ("rustc 1.95.0 (59807616e 2026-04-14)", "1.95.0"),
            ("JAVA_VERSION=\"17.0.15\"", "17.0.15"),
            ("v20.20.2", "20.20.2"),
        ] {
            assert_eq!(version_in(line).as_deref(), Some(version));
        }
        assert_eq!(version_in("no idea"), None);
    }

    #[test]
    fn nothing_below_another_path_is_mounted() {
        let path = |path: &str| PathBuf::from(path);
        let mut root = Root {
            paths: ["/usr/lib/a/b", "/usr/lib/a", "/usr/lib/ab", "/usr/lib/a"].map(path).into(),
            ..Root::default()
        };
        root.links =
            vec![("x".to_owned(), "/usr/lib/a/link".to_owned()), ("y".to_owned(), "/usr/link".to_owned())];
        drop_nested(&mut root);
        assert_eq!(root.paths, ["/usr/lib/a", "/usr/lib/ab"].map(path));
        assert_eq!(root.links, [("y".to_owned(), "/usr/link".to_owned())]);
    }
}
