//! The ICPC/Kattis problem package format, `legacy` and `2023-07` (with its final form, `2025-09`).
//!
//! <https://www.kattis.com/problem-package-format/spec/legacy> and `…/spec/2025-09` say what is meant where.

mod data;
mod scoring;
mod settings;
mod statement;
mod submissions;
mod validator;
mod yaml;

use crate::draft::{self, CATEGORY, DIFFICULTY, slug_of, title_of};
use crate::files::Files;
use crate::{Bounds, Import, Refused, Warning};
use events::exercise::Limits;
use events::package::{Package, Solution};
use exercises::{ExerciseFile, points_of};
use settings::{Settings, Version};

/// A package's files, and where they begin.
pub struct Folder<'a> {
    files: &'a Files,
    /// With its `/`, or empty.
    root: &'a str,
    warnings: Vec<Warning>,
}

impl<'a> Folder<'a> {
    fn text(&self, path: &str) -> Result<Option<&'a str>, Refused> {
        self.files.text(&format!("{}{path}", self.root))
    }

    fn bytes(&self, path: &str) -> Option<&'a [u8]> {
        self.files.bytes(&format!("{}{path}", self.root))
    }

    /// The paths below a folder of the package, without it.
    fn below(&self, folder: &str) -> Vec<&'a str> {
        self.files.below(&format!("{}{folder}", self.root))
    }

    fn warn(&mut self, file: impl Into<String>, text: impl Into<String>) {
        self.warnings.push(Warning { file: file.into(), text: text.into() });
    }
}

/// Where the package begins: at the top, or in the one folder that has a `problem.yaml`. `None`: it is no such package.
pub fn root(files: &Files) -> Result<Option<String>, Refused> {
    const MARK: &str = "problem.yaml";
    if files.has(MARK) {
        return Ok(Some(String::new()));
    }
    let mut roots = files
        .paths()
        .filter_map(|path| path.strip_suffix(MARK))
        .filter(|root| root.strip_suffix('/').is_some_and(|folder| !folder.contains('/')));
    match (roots.next(), roots.next()) {
        (Some(root), None) => Ok(Some(root.to_owned())),
        (Some(_), Some(second)) => {
            Err(Refused::new(format!("{second}{MARK}"), "it is a second package; import one at a time"))
        }
        (None, _) => Ok(None),
    }
}

pub fn read(files: &Files, root: &str) -> Result<Import, Refused> {
    let mut folder = Folder { files, root, warnings: Vec::new() };
    let settings = Settings::read(&mut folder)?;
    let statement = statement::read(&mut folder, &settings)?;
    let data = data::read(&mut folder, &settings)?;
    let checker = validator::checker(&mut folder, &settings, &data.validator_args)?;
    let (scoring, points) = scoring::read(&mut folder, &settings, &data)?;
    let examples = submissions::read(&mut folder, &settings)?;
    unread(&mut folder);

    let solutions = examples
        .iter()
        .filter(|example| example.expected.is_accepted() || !example.expected.may_be_accepted());
    let solutions = solutions.map(|example| Solution {
        language: example.language.clone(),
        source: example.source.clone(),
        accepted: example.expected.is_accepted(),
    });
    let mut package = Package {
        tests: data.tests,
        limits: Limits { cpu_ms: settings.cpu_ms.unwrap_or(Bounds::CPU_MS_MAX), ..Limits::default() },
        checker,
        scoring,
        early_stop: data.early_stop,
        solutions: solutions.collect(),
    };
    package.limits.memory_kib = settings.memory_kib.unwrap_or(package.limits.memory_kib);
    package.limits.output_kib = settings.output_kib.unwrap_or_else(|| draft::output_kib(&package));

    let title = settings.name(&statement.language).or(statement.title).unwrap_or_default();
    let name = root.trim_end_matches('/');
    let named = if title.trim().is_empty() { name } else { &title };
    let slug = slug_of(name, 3, 64).or_else(|| slug_of(&title, 3, 64)).unwrap_or_default();
    let category = settings.keywords.iter().find_map(|keyword| slug_of(keyword, 2, 32));
    Ok(Import {
        format: match settings.version {
            Version::Legacy => "ICPC/Kattis problem package, legacy",
            Version::Modern => "ICPC/Kattis problem package, 2023-07",
        },
        exercise: ExerciseFile {
            slug,
            title: title_of(named),
            statement: statement.text,
            category: category.unwrap_or_else(|| CATEGORY.to_owned()),
            difficulty: DIFFICULTY,
            points: points.unwrap_or(points_of(DIFFICULTY)),
            languages: settings.languages.iter().map(|name| (*name).to_owned()).collect(),
            package,
        },
        test_names: data.names,
        measured: settings.cpu_ms.is_none().then_some(settings.measured),
        examples,
        warnings: folder.warnings,
    })
}

/// Folders that mean nothing here, and one that would change what submissions are.
fn unread(folder: &mut Folder<'_>) {
    let mut seen = std::collections::BTreeSet::new();
    let paths = folder.below("");
    for path in paths {
        let (first, rest) = path.split_once('/').unwrap_or((path, ""));
        let known = matches!(
            first,
            "problem.yaml"
                | ".timelimit"
                | "domjudge-problem.ini"
                | "problem_statement"
                | "statement"
                | "data"
                | "submissions"
                | "output_validator"
                | "output_validators"
                | "attachments"
        );
        if !known && seen.insert(first.to_owned()) {
            let what = if rest.is_empty() { "the file" } else { "the folder" };
            folder.warn(first, format!("{what} is not used"));
        }
    }
    let (files, root) = (folder.files, folder.root);
    for outside in files.paths().filter(|path| !path.starts_with(root)).take(3) {
        folder.warn(outside, "it is outside of the package's folder and not used");
    }
}
