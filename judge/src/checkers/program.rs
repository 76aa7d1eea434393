//! A checker that its author wrote. It runs in a box like everything else that is not ours: it can be as wrong as a
//! submission, and what it reads a learner has written.

use crate::compile::Compiled;
use crate::languages::{Installed, Languages};
use crate::sandbox::{BoxFile, BoxLimits, BoxRun, BoxSpec, End, RunBox, SandboxError, Wires};
use events::exercise::Limits;
use events::package::CheckerProgram;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

pub(super) const RIGHT: i32 = 42;
pub(super) const WRONG: i32 = 43;
/// The reason for a `judge_error` when it said neither.
pub(super) const FAILED: &str = "checker_failed";

/// What checking one answer may use.
const LIMITS: Limits = Limits { cpu_ms: 10_000, memory_kib: 512 << 10, output_kib: 1 << 10 };
const FILES_MAX_BYTES: u64 = 64 << 20;
const TASKS_MAX: u64 = 64;

/// Why an answer could not be checked.
#[derive(Debug, thiserror::Error)]
pub enum CheckerError {
    #[error(transparent)]
    Sandbox(#[from] SandboxError),
    /// The author's, with the reason to give for the `judge_error`.
    #[error("the exercise's checker is at fault: {0}")]
    Author(&'static str),
}

/// What a checker program has on its standard input and output.
#[derive(Debug, Clone, Copy)]
pub(super) enum Talk<'a> {
    Hears(&'a [u8]),
    /// For at most this long.
    Through(&'a Wires, Duration),
}

/// A checker program that can be run.
#[derive(Debug)]
pub struct ReadyChecker<'a> {
    installed: &'a Installed,
    compiled: Arc<Compiled>,
    arguments: &'a [String],
}

impl<'a> ReadyChecker<'a> {
    /// How long checking one answer takes at most.
    pub const WALL_MAX: Duration = Duration::from_secs(23);

    pub fn find(program: &CheckerProgram, languages: &'a Languages) -> Result<&'a Installed, CheckerError> {
        languages.find(&program.language).ok_or(CheckerError::Author("checker_language_off"))
    }

    pub fn new(
        program: &'a CheckerProgram,
        installed: &'a Installed,
        compiled: Arc<Compiled>,
    ) -> Result<Self, CheckerError> {
        let arguments = &program.arguments;
        if arguments.iter().any(|argument| argument.contains('\0')) {
            return Err(CheckerError::Author("checker_arguments_invalid"));
        }
        match &*compiled {
            Compiled::Ready(_) => Ok(Self { installed, compiled, arguments }),
            Compiled::Refused(_) => Err(CheckerError::Author("checker_does_not_compile")),
        }
    }

    pub fn is_right(
        &self,
        input: &[u8],
        expected: &[u8],
        answer: &[u8],
        boxes: &dyn RunBox,
        stop: &AtomicBool,
    ) -> Result<bool, CheckerError> {
        let run = self.run(input, expected, Talk::Hears(answer), boxes, stop)?;
        match run.end {
            End::Exited(RIGHT) => Ok(true),
            End::Exited(WRONG) => Ok(false),
            _ => Err(CheckerError::Author(FAILED)),
        }
    }

    pub(super) fn run(
        &self,
        input: &[u8],
        expected: &[u8],
        talk: Talk<'_>,
        boxes: &dyn RunBox,
        stop: &AtomicBool,
    ) -> Result<BoxRun, CheckerError> {
        let Compiled::Ready(program) = &*self.compiled else {
            return Err(CheckerError::Author("checker_does_not_compile"));
        };
        let data = [("judge_in", input), ("judge_ans", expected)];
        let data = data.map(|(name, content)| BoxFile::new(name, content));
        let files: Vec<BoxFile> = program.iter().cloned().chain(data).collect();
        let mut command = self.installed.run(&LIMITS);
        // The folder that `keeps` makes is the one for feedback.
        command.extend(["judge_in", "judge_ans", "out/"].map(str::to_owned));
        command.extend(self.arguments.iter().cloned());
        let (stdin, wires, wall) = match talk {
            Talk::Hears(answer) => (answer, None, Self::WALL_MAX),
            Talk::Through(wires, wall) => (b"".as_slice(), Some(wires), wall),
        };
        Ok(boxes.run_box(&BoxSpec {
            root: &self.installed.run_root,
            command,
            files: &files,
            stdin,
            private_pipes: 0,
            keeps: true,
            wires,
            limits: BoxLimits {
                cpu: Duration::from_millis(LIMITS.cpu_ms.into()),
                wall,
                memory_kib: LIMITS.memory_kib.into(),
                files_bytes: FILES_MAX_BYTES,
                output_bytes: 1 << 20,
                tasks: TASKS_MAX,
            },
            stop,
        })?)
    }
}
