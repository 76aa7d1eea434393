//! What must come of an example submission, and whether it did.

use events::judgement::Verdict;
use std::fmt;

/// How the format tells verdicts apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    Ac,
    Wa,
    Tle,
    Rte,
}

impl Outcome {
    pub const ALL: &'static [Self] = &[Self::Ac, Self::Wa, Self::Tle, Self::Rte];

    pub(crate) fn of_name(name: &str) -> Option<Self> {
        Some(match name {
            "AC" => Self::Ac,
            "WA" => Self::Wa,
            "TLE" => Self::Tle,
            "RTE" => Self::Rte,
            _ => return None,
        })
    }

    /// Too much memory is a crash to the format. Too much output may be either a wrong answer or a crash.
    fn is(self, verdict: Verdict) -> bool {
        match self {
            Self::Ac => verdict == Verdict::Accepted,
            Self::Wa => matches!(verdict, Verdict::WrongAnswer | Verdict::OutputLimit),
            Self::Tle => verdict == Verdict::TimeLimit,
            Self::Rte => {
                matches!(verdict, Verdict::RuntimeError | Verdict::MemoryLimit | Verdict::OutputLimit)
            }
        }
    }
}

/// What must come of a submission. Displayed as the package names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Expected {
    /// Every test's verdict is one of `permitted`, and at least one test's is one of `required`.
    Tests { name: String, permitted: Vec<Outcome>, required: Vec<Outcome> },
    /// The submission's verdict is one of these.
    Overall { name: String, verdicts: Vec<Verdict> },
}

impl Expected {
    pub(crate) fn tests(name: &str, permitted: &[Outcome], required: &[Outcome]) -> Self {
        Self::Tests { name: name.to_owned(), permitted: permitted.to_vec(), required: required.to_vec() }
    }

    pub(crate) fn accepted() -> Self {
        Self::tests("accepted", &[Outcome::Ac], &[Outcome::Ac])
    }

    pub(crate) fn rejected() -> Self {
        Self::tests("rejected", Outcome::ALL, &[Outcome::Wa, Outcome::Tle, Outcome::Rte])
    }

    /// Whether nothing but `accepted` will do.
    pub fn is_accepted(&self) -> bool {
        match self {
            Self::Tests { permitted, .. } => *permitted == [Outcome::Ac],
            Self::Overall { verdicts, .. } => *verdicts == [Verdict::Accepted],
        }
    }

    /// Whether it may come to `accepted`.
    pub fn may_be_accepted(&self) -> bool {
        match self {
            Self::Tests { required, .. } => required.contains(&Outcome::Ac),
            Self::Overall { verdicts, .. } => verdicts.contains(&Verdict::Accepted),
        }
    }

    /// Whether that is what came of it: the verdict, and those of the tests that ran.
    pub fn agrees(&self, verdict: Verdict, tests: &[Verdict]) -> bool {
        match self {
            Self::Overall { verdicts, .. } => verdicts.contains(&verdict),
            // Tests do not tell of what kept them from being run.
            Self::Tests { .. } if matches!(verdict, Verdict::CompileError | Verdict::JudgeError) => false,
            Self::Tests { permitted, required, .. } => {
                let one_of =
                    |outcomes: &[Outcome], verdict| outcomes.iter().any(|outcome| outcome.is(verdict));
                tests.iter().all(|verdict| one_of(permitted, *verdict))
                    && tests.iter().any(|verdict| one_of(required, *verdict))
            }
        }
    }
}

impl fmt::Display for Expected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (Self::Tests { name, .. } | Self::Overall { name, .. }) = self;
        f.write_str(name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Verdict::{Accepted, CompileError, MemoryLimit, RuntimeError, TimeLimit, WrongAnswer};

    #[test]
    fn tests_are_permitted_and_required() {
        let wrong = Expected::tests("wrong_answer", &[Outcome::Ac, Outcome::Wa], &[Outcome::Wa]);
        assert!(wrong.agrees(WrongAnswer, &[Accepted, WrongAnswer]));
        assert!(!wrong.agrees(Accepted, &[Accepted, Accepted]), "nothing is wrong");
        assert!(!wrong.agrees(WrongAnswer, &[WrongAnswer, TimeLimit]), "not permitted");
        assert!(Expected::accepted().agrees(Accepted, &[Accepted]));
        assert!(!Expected::accepted().agrees(CompileError, &[]));
        assert!(Expected::rejected().agrees(RuntimeError, &[RuntimeError]));
        assert!(!Expected::rejected().agrees(CompileError, &[]));
        let crash = Expected::tests("run_time_error", Outcome::ALL, &[Outcome::Rte]);
        assert!(crash.agrees(MemoryLimit, &[MemoryLimit]));
    }

    #[test]
    fn overall() {
        let any = Expected::Overall { name: "x".to_owned(), verdicts: vec![TimeLimit, CompileError] };
        assert!(any.agrees(CompileError, &[]) && any.agrees(TimeLimit, &[Accepted, TimeLimit]));
        assert!(!any.agrees(Accepted, &[Accepted]) && !any.is_accepted());
    }
}
