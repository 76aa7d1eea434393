//! Where exercise files come from: the binary itself, or a folder.

use crate::{ExerciseFile, FormatError, parse};
use std::fs;
use std::path::{Path, PathBuf};

/// The shipped files: (`<category>/<slug>.md`, text), sorted.
pub fn shipped() -> &'static [(&'static str, &'static str)] {
    include!(concat!(env!("OUT_DIR"), "/catalogue.rs"))
}

/// Why a catalogue could not be read. Always names the file.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    #[error("{path}: {error}")]
    Format { path: String, error: FormatError },
    #[error("{} cannot be read", path.display())]
    Io { path: PathBuf, source: std::io::Error },
}

/// The shipped exercises, by path.
pub fn load() -> Result<Vec<ExerciseFile>, LoadError> {
    shipped().iter().map(|(path, text)| parse_at(path, text)).collect()
}

/// The exercises in a folder laid out like the shipped catalogue, `<category>/<slug>.md`, by path. Anything else in
/// it is left alone.
pub fn load_dir(folder: &Path) -> Result<Vec<ExerciseFile>, LoadError> {
    let mut exercises = Vec::new();
    for category in entries(folder)?.into_iter().filter(|path| path.is_dir()) {
        for file in entries(&category)?.into_iter().filter(|path| path.extension().is_some_and(|e| e == "md"))
        {
            let text =
                fs::read_to_string(&file).map_err(|source| LoadError::Io { path: file.clone(), source })?;
            let name = file.strip_prefix(folder).unwrap_or(&file);
            exercises.push(parse_at(&name.to_string_lossy(), &text)?);
        }
    }
    Ok(exercises)
}

fn parse_at(path: &str, text: &str) -> Result<ExerciseFile, LoadError> {
    let (category, file) = path.split_once('/').unwrap_or(("", path));
    let slug = file.strip_suffix(".md").unwrap_or(file);
    parse(slug, category, text).map_err(|error| LoadError::Format { path: path.to_owned(), error })
}

fn entries(folder: &Path) -> Result<Vec<PathBuf>, LoadError> {
    let refuse = |source| LoadError::Io { path: folder.to_owned(), source };
    let mut paths = fs::read_dir(folder)
        .and_then(|entries| entries.map(|entry| Ok(entry?.path())).collect::<std::io::Result<Vec<_>>>())
        .map_err(refuse)?;
    paths.sort();
    Ok(paths)
}
