//! The self-check of an import: the package's own example submissions are judged against the whole package, by judges, and
//! what comes of each is held against what its author expects.

use crate::runs::{RunError, Runs};
use chassis::clock::Clock;
use chrono::{DateTime, TimeDelta, Utc};
use events::judgement::{LimitName, Verdict};
use events::run::{RunRequest, RunResult, RunTest, RunWhat};
use futures_util::{StreamExt, stream};
use importer::Example;
use serde::Serialize;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::SemaphorePermit;
use tokio::time::Instant;
use utoipa::ToSchema;

/// No further submission is begun after this. With the last test and the answer's way an import is answered within two
/// and a half minutes.
pub const SELF_CHECK_WITHIN: TimeDelta = TimeDelta::seconds(120);
/// How long a judge is looked for before it counts as not there; one that is busy is asked again.
const JUDGE_FOUND_WITHIN: TimeDelta = TimeDelta::seconds(3);
const ASK_AGAIN: Duration = Duration::from_millis(200);
/// The judge's reason when its time ended before the tests did: nothing is known of the others.
const TIME_SPENT: &str = "budget_spent";
/// How many are judged at once: an import is not to take every judge.
const AT_ONCE: usize = 2;

/// One example submission: what must come of it, and what came.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct CheckedSubmission {
    #[schema(example = "submissions/wrong_answer/off_by_one.py")]
    pub file: String,
    #[schema(example = "python")]
    pub language: String,
    /// As the package says it.
    #[schema(example = "wrong_answer")]
    pub expected: String,
    /// The verdict; none when it could not be judged.
    #[schema(value_type = Option<String>, example = "accepted")]
    pub got: Option<Verdict>,
    /// Whether that is what is expected; none when it could not be judged.
    pub agrees: Option<bool>,
    /// The first test that failed and the limit it went over, or why it could not be judged.
    pub detail: Option<String>,
}

/// What came of one.
#[derive(Debug)]
pub struct Judged {
    pub shown: CheckedSubmission,
    /// The most CPU time of a test, milliseconds.
    pub slowest_ms: u32,
    /// It was not judged, and may be if it is tried again.
    pub unfinished: bool,
    pub must_be_accepted: bool,
}

/// What the self-check comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Finding {
    Agrees,
    /// So many do not.
    Disagrees(usize),
    /// Not everything was judged, and may be later.
    Unfinished,
    /// None that must be accepted was judged, so nothing is known of the tests.
    NoneAccepted,
}

pub fn finding(judged: &[Judged]) -> Finding {
    let disagree = judged.iter().filter(|one| one.shown.agrees == Some(false)).count();
    let is_accepted = |one: &Judged| one.must_be_accepted && one.shown.agrees == Some(true);
    if disagree > 0 {
        Finding::Disagrees(disagree)
    } else if judged.iter().any(|one| one.unfinished) {
        Finding::Unfinished
    } else if judged.iter().any(is_accepted) {
        Finding::Agrees
    } else {
        Finding::NoneAccepted
    }
}

/// Where and until when.
pub struct SelfCheck<'a> {
    pub runs: &'a Runs,
    pub clock: &'a Clock,
    /// The import's: kept until the judges are done, also when whoever imports has hung up.
    pub place: &'a Arc<SemaphorePermit<'static>>,
    pub deadline: DateTime<Utc>,
    /// The same on the clock that nobody sets.
    pub ends: Instant,
    /// The tests' names, in order.
    pub test_names: &'a [String],
    pub points: u32,
}

impl SelfCheck<'_> {
    /// Judges examples against a stored package, in their order.
    pub async fn judge(&self, package_digest: &str, examples: &[&Example]) -> Vec<Judged> {
        let judging: Vec<_> =
            examples.iter().map(|example| self.judge_one(package_digest, example)).collect();
        stream::iter(judging).buffered(AT_ONCE).collect().await
    }

    async fn judge_one(&self, package_digest: &str, example: &Example) -> Judged {
        let came = self.run(package_digest, example).await;
        let unfinished = match &came {
            // Neighbours may have taken the time; where the tests need more than there is, `force` is the way.
            Ok(result) => result.reason.as_deref() == Some(TIME_SPENT),
            // These say the same however often they are asked.
            Err(error) => !matches!(error, RunError::NoJudge | RunError::Failed),
        };
        let mut shown = CheckedSubmission {
            file: example.file.clone(),
            language: example.language.clone(),
            expected: example.expected.to_string(),
            got: None,
            agrees: None,
            detail: None,
        };
        let mut slowest_ms = 0;
        match came {
            Ok(result) if result.reason.as_deref() == Some("language_off") => {
                shown.detail = Some(RunError::NoJudge.to_string());
            }
            Ok(result) if unfinished => shown.detail = self.why(&result),
            Ok(result) => {
                let verdict = result.verdict.unwrap_or(Verdict::JudgeError);
                let tests: Vec<Verdict> = result.tests.iter().filter_map(|test| test.verdict).collect();
                slowest_ms = result.tests.iter().map(|test| test.cpu_ms).max().unwrap_or_default();
                shown.got = Some(verdict);
                shown.agrees = Some(example.expected.agrees(verdict, &tests));
                shown.detail = self.why(&result);
            }
            Err(error) => shown.detail = Some(error.to_string()),
        }
        let must_be_accepted = example.expected.is_accepted();
        Judged { shown, slowest_ms, unfinished, must_be_accepted }
    }

    async fn run(&self, package_digest: &str, example: &Example) -> Result<RunResult, RunError> {
        let mut request = RunRequest {
            package_digest: package_digest.to_owned(),
            language: example.language.clone(),
            source: example.source.clone(),
            what: RunWhat::AllTests { points_max: self.points },
            start_by: self.deadline,
            end_by: self.deadline,
        };
        loop {
            request.start_by = self.deadline.min(self.clock.now() + JUDGE_FOUND_WITHIN);
            match self.runs.run(request.clone(), self.place.clone()).await {
                Err(RunError::Busy) if Instant::now() < self.ends => tokio::time::sleep(ASK_AGAIN).await,
                came => return came,
            }
        }
    }

    /// What a person wants to know of a result.
    fn why(&self, result: &RunResult) -> Option<String> {
        if let Some(reason) = &result.reason {
            return Some(reason.replace('_', " "));
        }
        if let Some(output) = &result.compile_output {
            return Some(output.lines().find(|line| !line.trim().is_empty()).unwrap_or_default().to_owned());
        }
        let failed = result.tests.iter().find(|test| test.verdict != Some(Verdict::Accepted))?;
        let index = usize::try_from(failed.ordinal).unwrap_or_default().saturating_sub(1);
        let name = self.test_names.get(index).map(|name| format!(" ({name})")).unwrap_or_default();
        let verdict = failed.verdict.map_or("no verdict", Verdict::name).replace('_', " ");
        Some(format!("test {}{name}: {verdict}{}", failed.ordinal, exceeded(failed)))
    }
}

fn exceeded(test: &RunTest) -> String {
    let Some(exceeded) = test.exceeded else { return String::new() };
    let (what, unit) = match exceeded.limit {
        LimitName::CpuMs => ("CPU time", "ms"),
        LimitName::WallMs => ("time", "ms"),
        LimitName::MemoryKib => ("memory", "KiB"),
        LimitName::OutputKib => ("output", "KiB"),
        LimitName::Processes => ("processes", ""),
        LimitName::OpenFiles => ("open files", ""),
        LimitName::FilesKib => ("temporary files", "KiB"),
        LimitName::OneFileKib => ("one file", "KiB"),
    };
    let unit = if unit.is_empty() { String::new() } else { format!("{unit} ") };
    format!(", {what} {} {unit}of {}", exceeded.measured, exceeded.allowed)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(agrees: Option<bool>, unfinished: bool, must_be_accepted: bool) -> Judged {
        let shown = CheckedSubmission {
            file: String::new(),
            language: String::new(),
            expected: String::new(),
            got: None,
            agrees,
            detail: None,
        };
        Judged { shown, slowest_ms: 0, unfinished, must_be_accepted }
    }

    #[test]
    fn one_accepted_is_enough_and_one_that_disagrees_too_much() {
        let (accepted, wrong) = (|| judged(Some(true), false, true), || judged(Some(true), false, false));
        let off = || judged(None, false, true);
        assert_eq!(finding(&[accepted(), wrong(), off()]), Finding::Agrees);
        assert_eq!(finding(&[]), Finding::NoneAccepted);
        assert_eq!(finding(&[wrong(), off()]), Finding::NoneAccepted);
        let late = || judged(None, true, false);
        assert_eq!(finding(&[accepted(), late()]), Finding::Unfinished);
        assert_eq!(finding(&[accepted(), late(), judged(Some(false), false, false)]), Finding::Disagrees(1));
    }
}
