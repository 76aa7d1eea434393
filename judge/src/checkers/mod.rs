//! How an answer is compared with what is expected. Bytes, not text: a program may print anything.

mod exact;
mod interactor;
mod lines;
mod numbers;
mod program;
mod validator;

pub use interactor::{Conclusion, talk, wall_max as conversation_max};
pub use program::{CheckerError, ReadyChecker};

use events::package::{Checker, ValidatorOptions};

/// Whether `answer` will do. `None`: a program has to say.
pub fn is_right(checker: &Checker, expected: &[u8], answer: &[u8]) -> Option<bool> {
    let case_sensitive = ValidatorOptions { case_sensitive: true, ..ValidatorOptions::default() };
    Some(match checker {
        Checker::Exact => exact::is_right(expected, answer),
        Checker::UnorderedLines => lines::is_right(expected, answer),
        Checker::Tokens => validator::is_right(&case_sensitive, expected, answer),
        Checker::Floats { absolute, relative } => {
            let options = ValidatorOptions {
                float_absolute_tolerance: *absolute,
                float_relative_tolerance: *relative,
                ..case_sensitive
            };
            validator::is_right(&options, expected, answer)
        }
        Checker::Validator(options) => validator::is_right(options, expected, answer),
        Checker::Program(_) | Checker::Interactor(_) => return None,
    })
}
