//! What can be wrong with an exercise file. Every message says what to do about it.

use std::fmt;

/// Something is wrong, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FormatError {
    /// From 1; `None` when the file's name or folder is at fault.
    pub line: Option<usize>,
    pub problem: Problem,
}

impl std::error::Error for FormatError {}

impl fmt::Display for FormatError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(f, "line {line}: {}", self.problem),
            None => self.problem.fmt(f),
        }
    }
}

/// What is wrong. `README.md` explains the format these refer to.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    #[error(
        "{0:?} is no slug; name the file with 3 to 64 lower-case letters, digits and single hyphens, like `merge-bookings.md`"
    )]
    Slug(String),
    #[error(
        "{0:?} is no category; put the file into a folder named with 3 to 64 lower-case letters, digits and single hyphens"
    )]
    Category(String),
    #[error("the character U+{:04X} is not allowed; save as UTF-8 text with Unix line ends and no control characters", u32::from(*.0))]
    ControlCharacter(char),
    #[error("a file begins with its front matter; make `---` the first line")]
    NoFrontMatter,
    #[error("the front matter does not end; close it with a line `---`")]
    OpenFrontMatter,
    #[error("{0:?} is no front matter; write `key: value`, one a line")]
    NoKey(String),
    #[error(
        "the key {0:?} is unknown; the keys are title, difficulty, points, languages, cpu_ms, memory_kib, output_kib, checker, groups, early_stop"
    )]
    UnknownKey(String),
    #[error("the key `{0}` stands twice; keep one")]
    RepeatedKey(String),
    #[error("the key `{0}` is missing; add it to the front matter")]
    MissingKey(&'static str),
    #[error("{value:?} does not fit `{key}`; it takes {takes}")]
    BadValue { key: String, value: String, takes: &'static str },
    #[error("there is no statement; write it in Markdown after the front matter")]
    NoStatement,
    #[error(
        "`# {0}` does not belong here; the statement may use `##` and below, then come `# Tests` and `# Solutions`"
    )]
    StrayHeading(String),
    #[error("the section `# {0}` is missing; add it")]
    MissingSection(&'static str),
    #[error("this text is in no block; put it between fences, or behind a colon in the `##` heading")]
    StrayText,
    #[error("a fence starts with three or more backticks at the beginning of its line; write it so")]
    BadFence,
    #[error("the block that opens here does not end; close it with as many backticks as open it")]
    OpenFence,
    #[error("`## {0}` is unknown here; {1}")]
    UnknownHeading(String, &'static str),
    #[error("a wrong solution needs its mistake named; write `## wrong: what went wrong`")]
    UnnamedMistake,
    #[error("the block {0:?} is unknown here; {1}")]
    UnknownBlock(String, &'static str),
    #[error(
        "the attribute {0:?} is unknown; `input` and `expect` take `repeat=N` (N from 1) and `no-final-newline`"
    )]
    UnknownAttribute(String),
    #[error("a test has either `input` or `call`; make two tests of it")]
    TwoKinds,
    #[error("a test needs an `input` or a `call` block; add one (an empty `input` block is an empty input)")]
    NoKind,
    #[error("a test needs an `expect` block; add one (an empty block expects nothing)")]
    NoExpect,
    #[error("a test calls one expression; give it exactly one `call` block that is not empty")]
    BadCall,
    #[error("a test's text is above {} KiB with all repeats; make it smaller", .0 / 1024)]
    TooLarge(usize),
    #[error("a solution is one block; put the whole program into it and name its language, like ```python")]
    BadSolution,
    #[error(
        "a checker is one program; write `## program` or `## interactor` (with its arguments behind a colon) and one block that names its language, like ```python"
    )]
    BadChecker,
    #[error("there are two checkers; remove `checker` from the front matter or the section `# Checker`")]
    TwoCheckers,
    #[error(
        "{0:?} is neither a weight nor a group; write `## hidden 3`, or name a group of the front matter's `groups`"
    )]
    UnknownMark(String),
    #[error("the scoring is not complete; {0}")]
    BadScoring(&'static str),
    #[error("there is no {0} test; add one (`## {0}`)")]
    NoTest(&'static str),
    #[error("there is no accepted solution; add one (`## accepted`)")]
    NoAccepted,
}
