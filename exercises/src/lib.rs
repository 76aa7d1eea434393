//! The shipped catalogue of exercises, and the reader of its text format (described in this folder's `README.md`).
//!
//! [`parse`] is a pure function from one file's text to an [`ExerciseFile`], which serialises to exactly the body of
//! `POST /v1/exercises`. [`load`] reads the catalogue embedded in the binary, [`load_dir`] one in a folder.

mod catalogue;
mod error;
mod grading;
mod outline;
mod reader;

pub use catalogue::{LoadError, load, load_dir, shipped};
pub use error::{FormatError, Problem};
pub use reader::parse;

use events::exercise::Difficulty;
use events::package::Package;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// An exercise as its author wrote it: the body of `POST /v1/exercises`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExerciseFile {
    /// The file's name without `.md`.
    pub slug: String,
    pub title: String,
    /// Markdown.
    pub statement: String,
    /// The folder's name.
    pub category: String,
    pub difficulty: Difficulty,
    pub points: u32,
    pub languages: BTreeSet<String>,
    pub package: Package,
}

/// What an exercise is worth when its file does not say.
pub fn points_of(difficulty: Difficulty) -> u32 {
    match difficulty {
        Difficulty::Easy => 10,
        Difficulty::Medium => 20,
        Difficulty::Hard => 30,
    }
}
