//! Languages as data: one row per language says how to find it on the host, how to check a source and how to run it.

mod python;

use crate::sandbox::Root;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A row of the table.
#[derive(Debug)]
pub struct Language {
    /// What a submission says.
    pub name: &'static str,
    /// The interpreter on the host, and the arguments that make it print its version and then the folders it needs,
    /// one a line.
    probe: (&'static str, &'static [&'static str]),
    /// What the source is called in the work folder.
    pub source_file: &'static str,
    /// The interpreter's arguments to check a source; what it says on standard error is the compile output.
    check: &'static [&'static str],
    /// To run a program that reads standard input and prints its answer.
    run: &'static [&'static str],
    /// To load a program and evaluate the expression that comes on standard input. What is printed meanwhile goes to
    /// the first private pipe; to the second go `=` and the value's literal form, when the evaluation is complete.
    call: &'static [&'static str],
}

/// Every language there is.
const TABLE: &[Language] = &[python::PYTHON];

/// A language this host has.
#[derive(Debug)]
pub struct Installed {
    pub language: &'static Language,
    pub version: String,
    /// What a box needs of the host.
    pub root: Root,
    /// The interpreter itself, links resolved.
    program: PathBuf,
}

impl Installed {
    pub fn check(&self) -> Vec<String> {
        self.command(self.language.check)
    }

    pub fn run(&self) -> Vec<String> {
        self.command(self.language.run)
    }

    pub fn call(&self) -> Vec<String> {
        self.command(self.language.call)
    }

    fn command(&self, arguments: &[&str]) -> Vec<String> {
        let program = self.program.to_string_lossy().into_owned();
        [program].into_iter().chain(arguments.iter().map(|argument| (*argument).to_owned())).collect()
    }
}

/// The languages of this host.
#[derive(Debug)]
pub struct Languages {
    pub on: Vec<Installed>,
    /// Those it lacks, with the reason.
    pub off: Vec<(&'static str, String)>,
}

impl Languages {
    /// Looks every language up on the host.
    pub fn probe() -> Self {
        let mut languages = Self { on: Vec::new(), off: Vec::new() };
        for language in TABLE {
            match probe(language) {
                Ok(installed) => languages.on.push(installed),
                Err(reason) => languages.off.push((language.name, reason)),
            }
        }
        languages
    }

    pub fn find(&self, name: &str) -> Option<&Installed> {
        self.on.iter().find(|installed| installed.language.name == name)
    }
}

fn probe(language: &'static Language) -> Result<Installed, String> {
    let (program, arguments) = language.probe;
    let program = Path::new(program).canonicalize().map_err(|error| format!("{program}: {error}"))?;
    let output = Command::new(&program)
        .args(arguments)
        .env_clear()
        .output()
        .map_err(|error| format!("{}: {error}", program.display()))?;
    let said = String::from_utf8_lossy(&output.stdout);
    let mut lines = said.lines().map(str::to_owned);
    let version = lines.next().filter(|_| output.status.success()).ok_or("it does not tell its version")?;
    let mut root = Root { paths: vec![program.clone()], links: Vec::new() };
    root.paths.extend(lines.map(PathBuf::from));
    add_shared_libraries(&mut root);
    Ok(Installed { language, version, root, program })
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
