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

/// How an answer is compared. White space is what C calls so: space, tab, newline, vertical tab, form feed, carriage
/// return.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Checker {
    /// Line by line; white space at the end of lines and empty lines at the end do not count.
    #[default]
    Exact,
    /// Word by word, whatever white space is between them.
    Tokens,
    /// The same lines in any order; otherwise like `exact`.
    UnorderedLines,
    /// Word by word; where a number is expected, a number near enough will do. One of the tolerances is enough.
    Floats {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        absolute: Option<Tolerance>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        relative: Option<Tolerance>,
    },
    /// The default output validator of the ICPC and Kattis problem package format.
    Validator(ValidatorOptions),
    /// A program decides.
    Program(CheckerProgram),
}

/// The default output validator's arguments. Without any: word by word, letters of either case alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct ValidatorOptions {
    pub case_sensitive: bool,
    /// White space counts too, to the byte.
    pub space_change_sensitive: bool,
    /// `float_tolerance` is both of these.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub float_absolute_tolerance: Option<Tolerance>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub float_relative_tolerance: Option<Tolerance>,
}

/// An output validator of the same format: `program INPUT EXPECTED FOLDER ARGUMENTS…` with the answer on standard input.
/// It exits with 42 (right) or 43 (wrong); anything else is a `judge_error`. It may write into FOLDER.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckerProgram {
    pub language: String,
    pub source: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub arguments: Vec<String>,
}

/// How far a number may be off: finite, 0 or more.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "f64", into = "f64")]
pub struct Tolerance(f64);

/// Never NaN, so equality is total.
impl Eq for Tolerance {}

impl Tolerance {
    pub fn value(self) -> f64 {
        self.0
    }
}

impl From<Tolerance> for f64 {
    fn from(tolerance: Tolerance) -> Self {
        tolerance.0
    }
}

impl TryFrom<f64> for Tolerance {
    type Error = &'static str;

    fn try_from(value: f64) -> Result<Self, Self::Error> {
        if value.is_finite() && value >= 0.0 { Ok(Self(value)) } else { Err("a tolerance is 0 or more") }
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_stored_before_there_were_checkers_is_read_and_written_alike() {
        let json = r#"{"tests":[],"limits":{"cpu_ms":1,"memory_kib":1,"output_kib":1},"checker":"exact","solutions":[]}"#;
        let package: Package = serde_json::from_str(json).expect("a package");
        assert_eq!(package.checker, Checker::Exact);
        assert_eq!(serde_json::to_string(&package).expect("JSON"), json);
    }

    #[test]
    fn checkers_as_json() {
        let near = Tolerance::try_from(1e-6).expect("a tolerance");
        let program =
            CheckerProgram { language: "cpp".to_owned(), source: "x".to_owned(), arguments: Vec::new() };
        let options =
            ValidatorOptions { float_relative_tolerance: Some(near), ..ValidatorOptions::default() };
        for (checker, json) in [
            (Checker::Tokens, r#""tokens""#),
            (Checker::UnorderedLines, r#""unordered_lines""#),
            (Checker::Floats { absolute: Some(near), relative: None }, r#"{"floats":{"absolute":1e-6}}"#),
            (
                Checker::Validator(options),
                r#"{"validator":{"case_sensitive":false,"space_change_sensitive":false,"float_relative_tolerance":1e-6}}"#,
            ),
            (Checker::Program(program), r#"{"program":{"language":"cpp","source":"x"}}"#),
        ] {
            assert_eq!(serde_json::to_string(&checker).expect("JSON"), json);
            assert_eq!(serde_json::from_str::<Checker>(json).expect("a checker"), checker);
        }
        assert!(serde_json::from_str::<Checker>(r#"{"floats":{"absolute":-1.0}}"#).is_err());
        assert!(serde_json::from_str::<Tolerance>("1e999").is_err());
    }
}
