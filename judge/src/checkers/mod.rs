//! How an answer is compared with what is expected. Bytes, not text: a program may print anything.

mod exact;

use events::package::Checker;

/// Whether `answer` will do.
pub fn is_right(checker: Checker, expected: &[u8], answer: &[u8]) -> bool {
    match checker {
        Checker::Exact => exact::is_right(expected, answer),
    }
}
