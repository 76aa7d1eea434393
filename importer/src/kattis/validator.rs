//! How answers are compared: the default output validator with its options, or the package's own program.

use super::Folder;
use super::settings::{Settings, Version};
use super::statement::replace_constants;
use crate::{Refused, languages};
use events::package::{Checker, CheckerProgram, Tolerance, ValidatorOptions};
use std::collections::BTreeSet;

/// Each version has its own name for the folder; either is read in both.
const FOLDERS: [&str; 2] = ["output_validator/", "output_validators/"];
/// A program with everything it includes.
const SOURCE_BYTES_MAX: usize = 1 << 20;

/// `args`: what the tests' settings tell the validator.
pub fn checker(folder: &mut Folder<'_>, settings: &Settings, args: &[String]) -> Result<Checker, Refused> {
    let arguments = [settings.validator_flags.as_slice(), args].concat();
    let found = FOLDERS.into_iter().find(|name| !folder.below(name).is_empty());
    let custom = match settings.version {
        Version::Legacy => settings.custom_validator,
        Version::Modern => found.is_some() || settings.interactive,
    };
    if !custom {
        if let Some(unused) = found {
            folder.warn(
                unused.trim_end_matches('/'),
                "not used: problem.yaml does not say `validation: custom`",
            );
        }
        return Ok(Checker::Validator(options(&arguments)?));
    }
    let found =
        found.ok_or_else(|| Refused::new("output_validators", "the package's own validator is missing"))?;
    let (file, language, source) = program(folder, settings, found)?;
    if let Some(reason) = languages::unfit(language, &source) {
        return Err(Refused::new(file, reason));
    }
    let program = CheckerProgram { language: language.to_owned(), source, arguments };
    Ok(if settings.interactive { Checker::Interactor(program) } else { Checker::Program(program) })
}

fn options(arguments: &[String]) -> Result<ValidatorOptions, Refused> {
    let refuse = |word: &str| {
        Refused::new("problem.yaml", format!("the default validator's {word:?} is not understood"))
    };
    let mut options = ValidatorOptions::default();
    let mut words = arguments.iter();
    while let Some(word) = words.next() {
        let mut tolerance = || {
            let value = words.next().and_then(|value| value.parse::<f64>().ok());
            value.and_then(|value| Tolerance::try_from(value).ok()).map(Some).ok_or_else(|| refuse(word))
        };
        match word.as_str() {
            "case_sensitive" => options.case_sensitive = true,
            "space_change_sensitive" => options.space_change_sensitive = true,
            "float_absolute_tolerance" => options.float_absolute_tolerance = tolerance()?,
            "float_relative_tolerance" => options.float_relative_tolerance = tolerance()?,
            "float_tolerance" => {
                options.float_absolute_tolerance = tolerance()?;
                options.float_relative_tolerance = options.float_absolute_tolerance;
            }
            other => return Err(refuse(other)),
        }
    }
    Ok(options)
}

/// The one program in a folder: its file, its language and its source, which is one text here.
fn program(
    folder: &mut Folder<'_>,
    settings: &Settings,
    found: &str,
) -> Result<(String, &'static str, String), Refused> {
    let paths = folder.below(found);
    let names: BTreeSet<&str> = paths.iter().map(|path| path.split('/').next().unwrap_or(path)).collect();
    let is_program = |name: &str| {
        paths.iter().any(|path| path.starts_with(&format!("{name}/"))) || languages::of_file(name).is_some()
    };
    // The later version's folder is the program itself; legacy has one folder or file for each.
    let is_flat = settings.version == Version::Modern || paths.iter().all(|path| !path.contains('/'));
    let programs: Vec<&str> = names.into_iter().filter(|name| is_program(name)).collect();
    let inner = match programs.as_slice() {
        [one] if paths.iter().any(|path| path.starts_with(&format!("{one}/"))) => format!("{found}{one}/"),
        _ if is_flat => found.to_owned(),
        _ => return Err(Refused::new(found, "there are several validators; here one decides")),
    };
    let files = folder.below(&inner);
    if files.iter().any(|file| matches!(*file, "build" | "run")) {
        return Err(Refused::new(
            inner,
            "validators with `build` or `run` scripts are not run; one C++ or Python file is",
        ));
    }
    let sources: Vec<&str> =
        files.iter().copied().filter(|file| languages::of_file(file).is_some()).collect();
    let [source] = sources.as_slice() else {
        return Err(Refused::new(
            inner,
            format!("a validator is one source file here, and headers for C or C++; there are {sources:?}"),
        ));
    };
    let file = format!("{inner}{source}");
    let language = languages::of_file(source).unwrap_or_default();
    let text = folder.text(&file)?.unwrap_or_default();
    let mut joined = String::new();
    if matches!(language, "c" | "cpp") {
        include(folder, &inner, &file, text, &mut BTreeSet::new(), &mut joined)?;
    } else {
        joined.push_str(text);
    }
    for other in files.iter().filter(|other| *other != source && !is_header(other)) {
        folder.warn(format!("{inner}{other}"), "the file is not used");
    }
    Ok((file, language, replace_constants(&joined, settings)))
}

fn is_header(file: &str) -> bool {
    file.rsplit_once('.').is_some_and(|(_, ending)| matches!(ending, "h" | "hpp" | "hh" | "hxx" | "H"))
}

/// Puts the package's own headers where they are included, each once; a validator is one text here.
fn include(
    folder: &Folder<'_>,
    inner: &str,
    file: &str,
    text: &str,
    seen: &mut BTreeSet<String>,
    joined: &mut String,
) -> Result<(), Refused> {
    for line in text.lines() {
        let name = line
            .trim_start()
            .strip_prefix('#')
            .map(str::trim_start)
            .and_then(|rest| rest.strip_prefix("include"));
        let name = name.and_then(|rest| rest.trim_start().strip_prefix('"')?.split('"').next());
        match name.map(|name| format!("{inner}{name}")) {
            Some(header) if folder.bytes(&header).is_some() => {
                if seen.insert(header.clone()) {
                    let text = folder.text(&header)?.unwrap_or_default();
                    include(folder, inner, &header, text, seen, joined)?;
                }
            }
            _ if line.trim() == "#pragma once" => {}
            _ => {
                joined.push_str(line);
                joined.push('\n');
            }
        }
        if joined.len() > SOURCE_BYTES_MAX {
            return Err(Refused::new(
                file,
                format!("with its headers it has more than {SOURCE_BYTES_MAX} bytes"),
            ));
        }
    }
    Ok(())
}
