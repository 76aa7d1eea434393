//! Languages as data: one row of [`table`] per language says how to find it on the host, how to compile a source and how
//! to run it. Which of them are on is decided once, by looking.

mod probe;
mod python;
mod table;

use crate::sandbox::Root;
use events::exercise::Limits;
use std::path::PathBuf;

/// A row of the table.
#[derive(Debug)]
pub struct Language {
    /// What a submission says.
    pub name: &'static str,
    /// Looked for in [`probe::PROGRAM_FOLDERS`].
    program: &'static str,
    probe: Probe,
    /// What else of the host it must have in its boxes: paths, of which the last part may end in `*`.
    needs: &'static [&'static str],
    /// The same, as far as it is there.
    wants: &'static [&'static str],
    /// What the source is called in the work folder.
    pub source_file: &'static str,
    pub compile: Compile,
    /// What the compiler makes needs nothing of the host but shared libraries.
    runs_alone: bool,
    /// To run a program that reads standard input and prints its answer.
    run: &'static [&'static str],
    /// To load a program and evaluate the expression that comes on standard input. What is printed meanwhile goes to
    /// the first private pipe; to the second go `=` and the value's literal form, when the evaluation is complete.
    call: Option<&'static [&'static str]>,
    variables: &'static [(&'static str, &'static str)],
    /// An exercise's limits hold as they stand for a language with 100 and 0.
    pub cpu_percent: u32,
    /// What the runtime itself takes.
    pub memory_extra_kib: u32,
}

/// How a language is found and what it tells about itself.
#[derive(Debug)]
enum Probe {
    /// Started with each of these argument lists, the program prints its version first, then the folders it needs, one
    /// a line.
    Says(&'static [&'static [&'static str]]),
    /// A Java development kit: two folders up, and its file `release` has the version. (Asking it takes 300 ms.)
    JavaHome,
}

/// How a source becomes something to run.
#[derive(Debug, Clone, Copy)]
pub struct Compile {
    arguments: &'static [&'static str],
    /// What must be among the files left in `out`, which are then what is run. `None`: the source is run, and the
    /// command only checks it.
    pub artifact: Option<&'static str>,
    /// Files of ours beside the source.
    pub support: &'static [(&'static str, &'static str)],
    pub cpu_ms: u32,
    pub memory_kib: u32,
}

/// A language this host has.
#[derive(Debug)]
pub struct Installed {
    pub language: &'static Language,
    pub version: String,
    /// What a box needs of the host, to compile and to run.
    pub compile_root: Root,
    pub run_root: Root,
    /// The row's program, links resolved.
    program: PathBuf,
    /// The first folder that the probe named.
    folder: PathBuf,
}

impl Installed {
    pub fn compile(&self) -> Vec<String> {
        self.command(self.language.compile.arguments, &Limits::default())
    }

    /// `limits` are the exercise's, as its author gave them.
    pub fn run(&self, limits: &Limits) -> Vec<String> {
        self.command(self.language.run, limits)
    }

    /// `None`: the language knows no calls.
    pub fn call(&self, limits: &Limits) -> Option<Vec<String>> {
        Some(self.command(self.language.call?, limits))
    }

    /// What a program in this language may use where the exercise says `limits`.
    pub fn allowed(&self, limits: &Limits) -> Limits {
        let cpu_ms = u64::from(limits.cpu_ms) * u64::from(self.language.cpu_percent) / 100;
        Limits {
            cpu_ms: u32::try_from(cpu_ms).unwrap_or(u32::MAX),
            memory_kib: limits.memory_kib.saturating_add(self.language.memory_extra_kib),
            output_kib: limits.output_kib,
        }
    }

    fn command(&self, arguments: &[&str], limits: &Limits) -> Vec<String> {
        let fill = |argument: &&str| {
            argument
                .replace("{program}", &self.program.to_string_lossy())
                .replace("{folder}", &self.folder.to_string_lossy())
                .replace("{memory_mib}", &(limits.memory_kib / 1_024).max(1).to_string())
        };
        arguments.iter().map(fill).collect()
    }
}

/// The languages of this host.
#[derive(Debug)]
pub struct Languages {
    /// By name.
    pub on: Vec<Installed>,
    /// Those it lacks, with the reason.
    pub off: Vec<(&'static str, String)>,
}

impl Languages {
    /// Looks every language up on the host.
    pub fn probe() -> Self {
        let mut languages = Self { on: Vec::new(), off: Vec::new() };
        let found = std::thread::scope(|scope| {
            let probes: Vec<_> =
                table::TABLE.iter().map(|row| (row, scope.spawn(|| probe::probe(row)))).collect();
            let joined = probes.into_iter().map(|(row, probe)| (row, probe.join()));
            joined.collect::<Vec<_>>()
        });
        for (language, found) in found {
            match found.unwrap_or_else(|_| Err("probing it failed".to_owned())) {
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

#[cfg(test)]
mod tests {
    use super::table::TABLE;
    use events::language;

    /// Whoever reads or writes a fact knows a language by the contract's list.
    #[test]
    fn the_table_has_a_row_for_each_language_there_is() {
        let rows = TABLE.iter().map(|row| (row.name, row.call.is_some()));
        assert!(rows.eq(language::ALL.iter().map(|language| (language.name, language.knows_calls))));
    }

    #[test]
    fn the_table_is_complete_and_in_order() {
        assert!(TABLE.is_sorted_by_key(|row| row.name));
        for row in TABLE {
            assert!(!row.program.is_empty() && !row.source_file.is_empty(), "{}", row.name);
            assert!(!row.run.is_empty() && !row.compile.arguments.is_empty(), "{}", row.name);
            assert!(row.cpu_percent >= 100, "{}", row.name);
            assert!(!row.runs_alone || row.compile.artifact.is_some(), "{}", row.name);
        }
    }
}
