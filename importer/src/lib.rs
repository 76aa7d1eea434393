//! Reads what other platforms call a problem: an ICPC/Kattis problem package (`legacy`, and `2023-07` with its final form
//! `2025-09`), or the older platforms' JSON. Pure: bytes in, an exercise as its author would write it out. `docs/importing.md`
//! tells authors what is read and what becomes of it.
//!
//! Nothing is ever written to a disk, and nothing that is read can take more than the bounds in [`files`]. What is not
//! understood is refused or warned about, and names its file; nothing is dropped in silence.

mod archive;
mod assertion;
mod draft;
mod expected;
mod files;
mod folder;
mod kattis;
mod languages;
mod platform_json;
mod python_repr;
mod tex;

pub use draft::{Bounds, Chosen};
pub use expected::{Expected, Outcome};
pub use files::{ARCHIVE_BYTES_MAX, Files};

use exercises::ExerciseFile;
use std::fmt;

/// A package, understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Import {
    /// What it was read as, for people.
    pub format: &'static str,
    pub exercise: ExerciseFile,
    /// What its tests are called in the package, in order.
    pub test_names: Vec<String>,
    /// Set when the package leaves the time limit to its example submissions; the exercise's own is then the largest there is.
    pub measured: Option<Measured>,
    pub examples: Vec<Example>,
    pub warnings: Vec<Warning>,
}

/// A time limit that follows from the slowest submission that must be accepted, as it is measured here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Measured {
    /// How many hundredths of that time the limit is.
    pub percent: u32,
    /// What it is rounded up to, milliseconds.
    pub step_ms: u32,
}

impl Measured {
    /// The limit for a slowest accepted run of so many milliseconds.
    pub fn limit_ms(self, slowest_ms: u32) -> u32 {
        let wanted = u64::from(slowest_ms.max(1)) * u64::from(self.percent) / 100;
        let step = u64::from(self.step_ms.max(1));
        let limit = wanted.div_ceil(step).max(1) * step;
        u32::try_from(limit).unwrap_or(u32::MAX).clamp(Bounds::CPU_MS_MIN, Bounds::CPU_MS_MAX)
    }
}

/// A program that comes with the package, and what must come of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Example {
    pub file: String,
    pub language: String,
    pub source: String,
    pub expected: Expected,
}

/// Something that is not taken over, or otherwise than its author may think.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Warning {
    pub file: String,
    pub text: String,
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.file, self.text)
    }
}

/// Why a package is not read: which file, and what is wrong with it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{file}: {reason}")]
pub struct Refused {
    pub file: String,
    pub reason: String,
}

impl Refused {
    pub(crate) fn new(file: impl Into<String>, reason: impl Into<String>) -> Self {
        Self { file: file.into(), reason: reason.into() }
    }
}

/// Reads an archive (.zip, .tar.gz) or a JSON document.
pub fn read_archive(bytes: &[u8]) -> Result<Import, Refused> {
    read(&Files::of_archive(bytes)?, &Chosen::default())
}

/// Reads the files of a package.
pub fn read(files: &Files, chosen: &Chosen) -> Result<Import, Refused> {
    let mut import = if let Some(root) = kattis::root(files)? {
        kattis::read(files, &root)?
    } else {
        platform_json::read(files)?
    };
    chosen.apply(&mut import);
    draft::check(&import.exercise)?;
    Ok(import)
}
