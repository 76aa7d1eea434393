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
    /// How passed tests become points.
    #[serde(default, skip_serializing_if = "Scoring::is_all_or_nothing")]
    pub scoring: Scoring,
    /// Tests that can no longer change the points are not run.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub early_stop: bool,
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
    /// language's literal form of its value (Python: `repr`). Only for languages that know calls (`crate::language`).
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
    /// A program talks with the submission, each reading what the other prints, and decides. A test's input is for this
    /// program alone.
    Interactor(CheckerProgram),
}

impl Checker {
    /// The author's program, if one decides.
    pub fn program(&self) -> Option<&CheckerProgram> {
        match self {
            Self::Program(program) | Self::Interactor(program) => Some(program),
            Self::Exact | Self::Tokens | Self::UnorderedLines | Self::Floats { .. } | Self::Validator(_) => {
                None
            }
        }
    }
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
/// It exits with 42 (right) or 43 (wrong); anything else is a `judge_error`. It may write into FOLDER. An interactor is called
/// alike; its standard input and output are the submission's output and input.
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

/// How passed tests become points. The exercise's points are divided in proportion and rounded down, so all of them are
/// earned only by all that counts.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scoring {
    /// Everything for passing every test, else nothing.
    #[default]
    AllOrNothing,
    /// Each test has a weight of its own: one number for each, in order.
    Weighted(Vec<u32>),
    /// Groups of tests are worth points together. Tests in no group earn nothing.
    Groups(Vec<ScoreGroup>),
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScoreGroup {
    pub name: String,
    /// What it weighs among the groups.
    pub weight: u32,
    pub rule: GroupRule,
    /// By ordinal. A test may be in several groups.
    pub tests: Vec<u32>,
    /// Groups before it, every test of which must be passed for this one to count.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub needs: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GroupRule {
    /// As much as the worst test: all of the weight or nothing.
    Min,
    /// Each test an equal part of the weight, rounded down once for the group.
    Sum,
}

impl Scoring {
    pub fn is_all_or_nothing(&self) -> bool {
        *self == Self::AllOrNothing
    }

    /// Why it cannot be the scoring of this many tests.
    pub fn problem(&self, tests: usize) -> Option<&'static str> {
        let weight: u64 = match self {
            Self::AllOrNothing => return None,
            Self::Weighted(weights) if weights.len() != tests => {
                return Some("there is one weight for each test");
            }
            Self::Weighted(weights) => weights.iter().copied().map(u64::from).sum(),
            Self::Groups(groups) => groups.iter().map(|group| u64::from(group.weight)).sum(),
        };
        if weight == 0 {
            return Some("something must be worth points");
        }
        let Self::Groups(groups) = self else { return None };
        for (index, group) in groups.iter().enumerate() {
            let earlier = &groups[..index];
            let is_earlier = |name: &String| earlier.iter().any(|group| group.name == *name);
            let is_test =
                |ordinal: &u32| (1..=tests).contains(&usize::try_from(*ordinal).unwrap_or(usize::MAX));
            if is_earlier(&group.name) {
                return Some("no two groups have the same name");
            }
            if !group.needs.iter().all(is_earlier) {
                return Some("a group needs only groups before it");
            }
            let distinct: std::collections::BTreeSet<&u32> = group.tests.iter().collect();
            if distinct.is_empty() || distinct.len() != group.tests.len() || !group.tests.iter().all(is_test)
            {
                return Some("a group has tests of the package, each once");
            }
        }
        None
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
    fn scoring_as_json_and_what_is_wrong_with_it() {
        let group = |name: &str, tests: &[u32], needs: &[&str]| ScoreGroup {
            name: name.to_owned(),
            weight: 40,
            rule: GroupRule::Min,
            tests: tests.to_vec(),
            needs: needs.iter().map(|name| (*name).to_owned()).collect(),
        };
        let groups = |groups: &[ScoreGroup]| Scoring::Groups(groups.to_vec());
        let scoring = groups(&[group("small", &[2], &[]), group("large", &[2, 3], &["small"])]);
        let json = r#"{"groups":[{"name":"small","weight":40,"rule":"min","tests":[2]},{"name":"large","weight":40,"rule":"min","tests":[2,3],"needs":["small"]}]}"#;
        assert_eq!(serde_json::to_string(&scoring).expect("JSON"), json);
        assert_eq!(serde_json::from_str::<Scoring>(json).expect("a scoring"), scoring);
        for fine in [scoring, Scoring::AllOrNothing, Scoring::Weighted(vec![0, 1, 2])] {
            assert_eq!(fine.problem(3), None);
        }
        for wrong in [
            Scoring::Weighted(vec![1, 1]),
            Scoring::Weighted(vec![0, 0, 0]),
            groups(&[]),
            groups(&[ScoreGroup { weight: 0, ..group("a", &[1], &[]) }]),
            groups(&[group("a", &[], &[])]),
            groups(&[group("a", &[0], &[])]),
            groups(&[group("a", &[4], &[])]),
            groups(&[group("a", &[1, 1], &[])]),
            groups(&[group("a", &[1], &[]), group("a", &[2], &[])]),
            groups(&[group("a", &[1], &["a"])]),
            groups(&[group("a", &[1], &["b"]), group("b", &[2], &[])]),
        ] {
            assert!(wrong.problem(3).is_some(), "{wrong:?}");
        }
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
            (Checker::Interactor(program.clone()), r#"{"interactor":{"language":"cpp","source":"x"}}"#),
            (Checker::Program(program), r#"{"program":{"language":"cpp","source":"x"}}"#),
        ] {
            assert_eq!(serde_json::to_string(&checker).expect("JSON"), json);
            assert_eq!(serde_json::from_str::<Checker>(json).expect("a checker"), checker);
        }
        assert!(serde_json::from_str::<Checker>(r#"{"floats":{"absolute":-1.0}}"#).is_err());
        assert!(serde_json::from_str::<Tolerance>("1e999").is_err());
    }
}
