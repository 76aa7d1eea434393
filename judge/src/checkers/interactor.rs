//! A program that talks with the submission: two boxes at once, each reading what the other prints, and then the question
//! who is guilty of what went wrong.

use super::program::{CheckerError, FAILED, RIGHT, ReadyChecker, Talk, WRONG};
use crate::sandbox::{BoxLimits, BoxRun, Crossed, End, RunBox, SandboxError, Wires};
use crate::verdict::{self, Failure};
use std::sync::atomic::AtomicBool;
use std::time::Duration;

/// What came of a conversation, for the submission.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Conclusion {
    Right,
    Wrong,
    Failed(Failure),
}

/// A conversation's longest: the submission is ended first, so that two that wait for each other have one who is guilty.
pub fn wall_max(submission: &BoxLimits) -> Duration {
    submission.wall + ReadyChecker::WALL_MAX
}

/// Runs both. `submission` runs the submission's box with what it is given for its standard input and output.
pub fn talk(
    interactor: &ReadyChecker<'_>,
    (input, expected): (&[u8], &[u8]),
    allowed: &BoxLimits,
    boxes: &dyn RunBox,
    stop: &AtomicBool,
    submission: impl FnOnce(&Wires) -> Result<BoxRun, SandboxError>,
) -> Result<(BoxRun, Conclusion), CheckerError> {
    let Crossed { wires: [ours, theirs], relays: [said, answered] } = Crossed::new()?;
    let (other, run, other_ended, ended) = std::thread::scope(|scope| {
        // A box belongs to the thread that made it; this one lives as long as its box.
        let other = || {
            let talk = Talk::Through(&ours, wall_max(allowed));
            let other = interactor.run(input, expected, talk, boxes, stop);
            // After that the submission can make nothing better, nor worse: its end would be awaited for nothing. One that
            // was right has still to end well.
            if !matches!(&other, Ok(run) if run.end == End::Exited(RIGHT)) {
                theirs.cut();
            }
            other
        };
        let threads = (|| {
            let thread = std::thread::Builder::new;
            let said = thread().spawn_scoped(scope, || said.run())?;
            let answered = thread().spawn_scoped(scope, || answered.run())?;
            Ok::<_, std::io::Error>((said, answered, thread().spawn_scoped(scope, other)?))
        })();
        let (said, answered, other) = threads.map_err(|error| {
            [&ours, &theirs].into_iter().for_each(Wires::cut);
            SandboxError::system("starting a thread")(error)
        })?;
        let run = submission(&theirs);
        if run.is_err() {
            ours.cut();
        }
        theirs.cut();
        let other = other.join();
        ours.cut();
        Ok::<_, CheckerError>((other, run, said.join(), answered.join()))
    })?;
    let panicked = |_panic| CheckerError::Author(FAILED);
    // A box that was ended because there was no other has nothing to say.
    let run = run?;
    let other = other.map_err(panicked)??;
    // A limit is noticed before the end that it leads to, and an end that is the other one's doing after that one's.
    let ended = ended.map_err(panicked)??.min(run.ended);
    let other_ended = other_ended.map_err(panicked)??.min(other.ended);
    let conclusion =
        conclude(&run, allowed, &other, ended < other_ended).ok_or(CheckerError::Author(FAILED))?;
    Ok((run, conclusion))
}

/// The interactor's word counts, whoever ended first, unless the submission had failed before. `None`: the interactor is at
/// fault.
fn conclude(
    submission: &BoxRun,
    allowed: &BoxLimits,
    interactor: &BoxRun,
    was_first: bool,
) -> Option<Conclusion> {
    let failure = verdict::of_run(submission, allowed);
    Some(match (interactor.end, failure) {
        (End::Exited(RIGHT), None) => Conclusion::Right,
        (End::Exited(RIGHT), Some(failure)) => Conclusion::Failed(failure),
        // What the interactor did then, it may have done for want of a partner.
        (_, Some(failure)) if was_first => Conclusion::Failed(failure),
        (End::Exited(WRONG), _) => Conclusion::Wrong,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sandbox::Peaks;
    use events::judgement::Verdict;
    use std::time::Instant;

    const LIMITS: BoxLimits = BoxLimits {
        cpu: Duration::from_secs(1),
        wall: Duration::from_secs(5),
        memory_kib: 1_000,
        files_bytes: 0,
        output_bytes: 0,
        tasks: 1,
    };

    fn verdict(submission: End, interactor: End, submission_first: bool) -> Option<Verdict> {
        let run = |end| BoxRun {
            end,
            cpu: Duration::ZERO,
            wall: Duration::ZERO,
            waited: Duration::ZERO,
            ended: Instant::now(),
            memory_kib: 1,
            peaks: Peaks::default(),
            stdout: vec![],
            stderr: vec![],
            private: vec![],
        };
        let conclusion = conclude(&run(submission), &LIMITS, &run(interactor), submission_first)?;
        Some(match conclusion {
            Conclusion::Right => Verdict::Accepted,
            Conclusion::Wrong => Verdict::WrongAnswer,
            Conclusion::Failed(failure) => failure.verdict,
        })
    }

    #[test]
    fn the_guilty_side_is_found() {
        use Verdict::{Accepted, RuntimeError, TimeLimit, WrongAnswer};
        let (fine, crash) = (End::Exited(0), End::Exited(1));
        let (right, wrong, broken) = (End::Exited(42), End::Exited(43), End::Exited(1));
        for first in [true, false] {
            assert_eq!(verdict(fine, right, first), Some(Accepted));
            assert_eq!(verdict(crash, right, first), Some(RuntimeError));
            assert_eq!(verdict(fine, wrong, first), Some(WrongAnswer));
            assert_eq!(verdict(fine, broken, first), None);
            assert_eq!(verdict(fine, End::WallLimit, first), None);
        }
        assert_eq!(verdict(End::WallLimit, wrong, true), Some(TimeLimit));
        assert_eq!(verdict(End::WallLimit, broken, true), Some(TimeLimit));
        assert_eq!(verdict(crash, wrong, true), Some(RuntimeError));
        assert_eq!(verdict(crash, wrong, false), Some(WrongAnswer), "the interactor had hung up");
        assert_eq!(
            verdict(crash, broken, true),
            Some(RuntimeError),
            "the interactor could not cope with that"
        );
        assert_eq!(verdict(crash, broken, false), None);
    }
}
