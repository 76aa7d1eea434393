//! An exercise's package: what the judge needs and a learner must never see. Stored as JSON in the EXERCISES bucket
//! under the SHA-256 of its bytes, before the fact that names it.

use crate::exercise::Limits;
use crate::judgement::TestGroup;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// Everything hidden about one revision of an exercise.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Package {
    /// In the order they run. Ordinals are positions in this list, from 1.
    pub tests: Vec<Test>,
    pub limits: Limits,
    #[serde(default)]
    pub checker: Checker,
    /// Programs with the verdict they must get; the first accepted one is the reference.
    #[serde(default)]
    pub solutions: Vec<Solution>,
}

/// One test.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Test {
    pub group: TestGroup,
    #[serde(flatten)]
    pub kind: TestKind,
    /// What must come out. Never enters the box.
    pub expected: String,
}

/// How a test talks to the program.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum TestKind {
    /// The program reads `input` on standard input and prints its answer on standard output.
    Stdio { input: String },
    /// `expression` is evaluated after the program was loaded. What it prints is the answer; if it prints nothing, the
    /// language's literal form of its value (Python: `repr`).
    Call { expression: String },
}

/// How an answer is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Checker {
    /// Line by line; white space at the end of lines and empty lines at the end do not count.
    #[default]
    Exact,
}

/// An example solution.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Solution {
    pub language: String,
    pub source: String,
    /// Whether it must be accepted; a wrong one must fail.
    pub accepted: bool,
}

impl Package {
    /// The bytes to store and the digest that names them.
    pub fn encode(&self) -> serde_json::Result<(Vec<u8>, String)> {
        let bytes = serde_json::to_vec(self)?;
        let digest = digest(&bytes);
        Ok((bytes, digest))
    }
}

/// SHA-256 in lower-case hex.
pub fn digest(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

/// Lower-case hex.
pub fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    bytes
        .iter()
        .flat_map(|byte| [byte >> 4, byte & 15])
        .map(|digit| char::from(DIGITS[usize::from(digit)]))
        .collect()
}
