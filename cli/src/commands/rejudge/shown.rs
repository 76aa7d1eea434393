//! Sets and previews as tables.

use chrono::{DateTime, Utc};
use serde::Deserialize;
use uuid::Uuid;

#[derive(Debug, Deserialize)]
pub struct Sets {
    rejudges: Vec<Set>,
}

#[derive(Debug, Deserialize)]
pub struct Set {
    rejudge_id: Uuid,
    status: String,
    reason: String,
    exercise: Option<String>,
    judge_by: String,
    judged_revision: Option<i32>,
    exercise_revision: Option<i32>,
    requested_by_handle: Option<String>,
    requested_at: DateTime<Utc>,
    submissions: Option<i32>,
    judged: i64,
    failed: i64,
    applied: i64,
}

#[derive(Debug, Deserialize)]
pub struct Preview {
    rejudge: Set,
    changed_submissions: usize,
    changed_learners: usize,
    boards: Vec<Board>,
    pub learners: Vec<Learner>,
    pub next_cursor: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Board {
    scope: String,
    entering: Vec<Place>,
    leaving: Vec<Place>,
    top: Vec<Place>,
}

#[derive(Debug, Deserialize)]
struct Place {
    handle: Option<String>,
    rank_before: Option<u64>,
    rank_after: Option<u64>,
    points_before: i64,
    points_after: i64,
}

#[derive(Debug, Deserialize)]
pub struct Learner {
    handle: Option<String>,
    points_before: i64,
    points_after: i64,
    submissions: Vec<Submission>,
}

#[derive(Debug, Deserialize)]
#[allow(clippy::struct_field_names)] // They are the fields of the answer.
struct Submission {
    submission_id: Uuid,
    exercise: Option<String>,
    verdict_before: Option<String>,
    verdict_after: String,
    points_before: i32,
    points_after: i32,
}

fn name(handle: Option<&String>) -> &str {
    handle.map_or("(erased)", String::as_str)
}

fn rank(rank: Option<u64>) -> String {
    rank.map_or_else(|| "-".to_owned(), |rank| rank.to_string())
}

impl Sets {
    pub fn print(&self) {
        if self.rejudges.is_empty() {
            println!("There is no rejudge set that you may see.");
            return;
        }
        println!("{:<36}  {:<9}  {:>13}  {:<24}  reason", "set", "status", "judged", "exercise");
        for set in &self.rejudges {
            let exercise = set.exercise.as_deref().unwrap_or("(several)");
            println!(
                "{:<36}  {:<9}  {:>13}  {exercise:<24}  {}",
                set.rejudge_id,
                set.status,
                set.progress(),
                set.reason
            );
        }
    }
}

impl Set {
    /// Whether there is nothing to wait for any more.
    pub fn is_judged(&self) -> bool {
        !matches!(self.status.as_str(), "requested" | "selected")
    }

    fn progress(&self) -> String {
        let of = self.submissions.map_or_else(|| "?".to_owned(), |count| count.to_string());
        format!("{} of {of}", self.judged)
    }

    fn judged_by(&self) -> String {
        let wanted = format!("the {} revision", self.judge_by);
        match (self.judged_revision, self.exercise_revision) {
            (None, _) => wanted,
            (Some(judged), Some(now)) if judged < now => {
                format!("{wanted}: {judged}; the exercise was revised since and is at {now}")
            }
            (Some(judged), _) => format!("{wanted}: {judged}"),
        }
    }

    pub fn print(&self) {
        println!("set        {}", self.rejudge_id);
        println!("status     {}", self.status);
        println!("exercise   {}", self.exercise.as_deref().unwrap_or("(several)"));
        println!("judged by  {}", self.judged_by());
        println!("reason     {}", self.reason);
        let at = self.requested_at.format("%Y-%m-%d %H:%M:%S");
        println!("requested  {at} by {}", name(self.requested_by_handle.as_ref()));
        println!("judged     {}", self.progress());
        if self.failed > 0 {
            println!("failed     {} (judge errors: they change nothing)", self.failed);
        }
        if self.applied > 0 {
            println!("applied    {}", self.applied);
        }
    }
}

impl Preview {
    pub fn print(&self) {
        self.rejudge.print();
        println!();
        println!(
            "{} submissions of {} learners would change.",
            self.changed_submissions, self.changed_learners
        );
        for board in &self.boards {
            board.print();
        }
        if self.learners.is_empty() {
            return;
        }
        println!("\n{:<24}  {:>8}  {:>8}  {:>8}", "learner", "before", "after", "change");
        for learner in &self.learners {
            learner.print();
        }
        if self.changed_learners > self.learners.len() {
            println!("… and {} more; --all shows them.", self.changed_learners - self.learners.len());
        }
    }
}

impl Board {
    fn print(&self) {
        println!(
            "\nBoard {}: {} enter and {} leave the first ten.",
            self.scope,
            self.entering.len(),
            self.leaving.len()
        );
        if self.top.is_empty() && self.leaving.is_empty() {
            return;
        }
        println!("{:>6}  {:>6}  {:<24}  {:>8}  {:>8}", "now", "then", "handle", "points", "then");
        for place in self.top.iter().chain(&self.leaving) {
            println!(
                "{:>6}  {:>6}  {:<24}  {:>8}  {:>8}",
                rank(place.rank_before),
                rank(place.rank_after),
                name(place.handle.as_ref()),
                place.points_before,
                place.points_after
            );
        }
    }
}

impl Learner {
    fn print(&self) {
        let change = self.points_after - self.points_before;
        let handle = name(self.handle.as_ref());
        println!("{handle:<24}  {:>8}  {:>8}  {change:>+8}", self.points_before, self.points_after);
        for submission in &self.submissions {
            println!(
                "    {}  {}  {} ({}) -> {} ({})",
                submission.submission_id,
                submission.exercise.as_deref().unwrap_or("?"),
                submission.verdict_before.as_deref().unwrap_or("not judged"),
                submission.points_before,
                submission.verdict_after,
                submission.points_after
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_says_by_which_revision_it_was_judged_and_whether_that_is_the_last() {
        let judged_by = |judged_revision, exercise_revision| {
            let set = Set {
                rejudge_id: Uuid::nil(),
                status: "judged".to_owned(),
                reason: String::new(),
                exercise: None,
                judge_by: "current".to_owned(),
                judged_revision,
                exercise_revision,
                requested_by_handle: None,
                requested_at: DateTime::UNIX_EPOCH,
                submissions: None,
                judged: 0,
                failed: 0,
                applied: 0,
            };
            set.judged_by()
        };
        assert_eq!(judged_by(None, Some(3)), "the current revision");
        assert_eq!(judged_by(Some(3), Some(3)), "the current revision: 3");
        let since = "the current revision: 3; the exercise was revised since and is at 5";
        assert_eq!(judged_by(Some(3), Some(5)), since);
    }
}
