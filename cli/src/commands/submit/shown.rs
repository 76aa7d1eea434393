//! What of a judgement stands on the terminal already.

use events::{JudgementId, SubmissionId};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::fmt;
use uuid::Uuid;

/// One ended test, as the live stream and the stored submission tell it. Names stay text, so that this program also
/// shows verdicts it does not know.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct TestResult {
    pub ordinal: u32,
    pub group: String,
    pub verdict: String,
    pub cpu_ms: u32,
    pub memory_kib: u32,
    #[serde(default)]
    pub exceeded: Option<Exceeded>,
    /// What the program printed; only of samples, and only once the verdict is stored.
    #[serde(default)]
    pub output: Option<String>,
}

/// The limit that a test went over, in the unit that its name ends with.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Exceeded {
    limit: String,
    measured: u64,
    allowed: u64,
}

/// What a judge says while it works (`events::judgement::Progress`).
#[derive(Debug, Clone, Deserialize)]
pub struct Progress {
    pub judgement_id: Uuid,
    /// Goes up when another judge begins anew.
    pub delivery: u32,
    pub test: Option<TestResult>,
}

/// The tests shown of one submission's first judgement.
#[derive(Debug)]
pub struct Shown {
    judgement: JudgementId,
    delivery: u32,
    tests: BTreeMap<u32, TestResult>,
}

impl Shown {
    pub fn of(submission: SubmissionId) -> Self {
        Self { judgement: JudgementId::first(submission), delivery: 0, tests: BTreeMap::new() }
    }

    /// What to print after this. A higher delivery count means that another judge began from the start, so what was
    /// shown counts for nothing; a lower one comes from a judge that was given up.
    pub fn hear(&mut self, progress: Progress) -> Vec<String> {
        if progress.judgement_id != self.judgement.0 || progress.delivery < self.delivery {
            return Vec::new();
        }
        let mut lines = Vec::new();
        if progress.delivery > self.delivery {
            self.delivery = progress.delivery;
            if !self.tests.is_empty() {
                self.tests.clear();
                lines.push("The judge was lost; another one begins anew.".to_owned());
            }
        }
        if let Some(test) = progress.test
            && !self.has(&test)
        {
            lines.push(test.to_string());
            self.tests.insert(test.ordinal, test);
        }
        lines
    }

    /// Whether a judge has begun.
    pub fn has_begun(&self) -> bool {
        self.delivery > 0
    }

    /// Whether exactly this result is on the terminal.
    pub fn has(&self, test: &TestResult) -> bool {
        self.tests
            .get(&test.ordinal)
            .is_some_and(|shown| TestResult { output: None, ..test.clone() } == *shown)
    }
}

impl fmt::Display for TestResult {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "  test {:>3}  {:<7}  {:<14}  {:>5} ms  {:>7} KiB",
            self.ordinal,
            words(&self.group),
            words(&self.verdict),
            self.cpu_ms,
            self.memory_kib
        )?;
        self.exceeded.as_ref().map_or(Ok(()), |exceeded| write!(f, "  {exceeded}"))
    }
}

impl fmt::Display for Exceeded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let with_unit = self.limit.rsplit_once('_').filter(|(_, unit)| ["ms", "kib"].contains(unit));
        let (what, unit) = with_unit.unwrap_or((&self.limit, ""));
        let what = match what {
            "cpu" => "CPU time",
            "wall" => "wall time",
            "files" => "temporary files",
            other => &words(other),
        };
        let unit = match unit {
            "kib" => " KiB",
            "ms" => " ms",
            _ => "",
        };
        let (measured, allowed) = (grouped(self.measured), grouped(self.allowed));
        write!(f, "{what} limit: {measured}{unit} of {allowed}{unit}")
    }
}

/// With a comma before every three digits.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A name of the API as a person reads it.
pub fn words(name: &str) -> String {
    name.replace('_', " ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use events::LearnerId;
    use events::judgement::{self, LimitName, TestGroup, TestProgress, Verdict};

    const SUBMISSION: SubmissionId = SubmissionId(Uuid::from_u128(1));

    /// As the judge writes it and this program reads it.
    fn progress(delivery: u32, ordinal: Option<u32>) -> Progress {
        let test = |ordinal| TestProgress {
            ordinal,
            group: TestGroup::Sample,
            verdict: Verdict::WrongAnswer,
            cpu_ms: 12,
            memory_kib: 8_000,
            exceeded: None,
        };
        let written = judgement::Progress {
            submission_id: SUBMISSION,
            judgement_id: JudgementId::first(SUBMISSION),
            learner_id: LearnerId(Uuid::nil()),
            delivery,
            tests_total: 3,
            test: ordinal.map(test),
        };
        serde_json::from_value(serde_json::to_value(written).expect("JSON"))
            .expect("it reads what judges write")
    }

    #[test]
    fn each_test_is_shown_once() {
        let mut shown = Shown::of(SUBMISSION);
        assert!(shown.hear(progress(1, None)).is_empty());
        let line = "  test   1  sample   wrong answer       12 ms     8000 KiB";
        assert_eq!(shown.hear(progress(1, Some(1))), [line]);
        assert!(shown.hear(progress(1, Some(1))).is_empty());
        let stored =
            TestResult { output: Some("7".to_owned()), ..progress(1, Some(1)).test.expect("a test") };
        assert!(shown.has(&stored));
        assert!(!shown.has(&TestResult { cpu_ms: 13, ..stored.clone() }));
        assert!(!shown.has(&TestResult { ordinal: 2, ..stored }));
    }

    #[test]
    fn what_was_exceeded_is_told() {
        let over = |limit, measured, allowed| {
            let test = TestProgress {
                ordinal: 3,
                group: TestGroup::Hidden,
                verdict: Verdict::TimeLimit,
                cpu_ms: 2_013,
                memory_kib: 8_000,
                exceeded: Some(judgement::Exceeded { limit, measured, allowed }),
            };
            let json = serde_json::to_value(test).expect("JSON");
            let test: TestResult = serde_json::from_value(json).expect("it reads what judges write");
            test.to_string()
        };
        let line = "  test   3  hidden   time limit       2013 ms     8000 KiB  CPU time limit: 2,013 ms of 2,000 ms";
        assert_eq!(over(LimitName::CpuMs, 2_013, 2_000), line);
        for (limit, measured, allowed, told) in [
            (LimitName::WallMs, 10_004, 10_000, "wall time limit: 10,004 ms of 10,000 ms"),
            (LimitName::MemoryKib, 1_048_577, 1_048_576, "memory limit: 1,048,577 KiB of 1,048,576 KiB"),
            (LimitName::OutputKib, 65, 64, "output limit: 65 KiB of 64 KiB"),
            (LimitName::FilesKib, 32_768, 32_768, "temporary files limit: 32,768 KiB of 32,768 KiB"),
            (LimitName::OpenFiles, 64, 64, "open files limit: 64 of 64"),
            (LimitName::Processes, 64, 64, "processes limit: 64 of 64"),
        ] {
            let line = over(limit, measured, allowed);
            assert!(line.ends_with(told), "{line}");
        }
    }

    #[test]
    fn a_higher_delivery_begins_anew_and_a_lower_one_is_not_heard() {
        let mut shown = Shown::of(SUBMISSION);
        shown.hear(progress(1, Some(1)));
        let lines = shown.hear(progress(2, None));
        assert!(lines.len() == 1 && lines[0].contains("anew"), "{lines:?}");
        assert!(shown.hear(progress(1, Some(2))).is_empty());
        assert_eq!(shown.hear(progress(2, Some(1))).len(), 1);
        assert!(shown.hear(progress(3, Some(1))).len() == 2);
    }

    #[test]
    fn another_submission_or_a_rejudging_is_not_heard() {
        let mut shown = Shown::of(SubmissionId(Uuid::from_u128(2)));
        assert!(shown.hear(progress(1, Some(1))).is_empty());
    }
}
