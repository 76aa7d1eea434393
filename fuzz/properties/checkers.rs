//! What holds of every checker, whatever is expected and whatever is answered.

use events::package::{Checker, Tolerance, ValidatorOptions};
use judge::checkers::is_right;

/// Panics where it does not hold. The first byte chooses tolerances; then what is expected up to the byte 0xfe, and the answer.
pub fn hold(bytes: &[u8]) {
    let Some((choice, texts)) = bytes.split_first() else { return };
    let middle = texts.iter().position(|byte| *byte == 0xfe).unwrap_or(texts.len());
    let (expected, answer) = (&texts[..middle], texts.get(middle + 1..).unwrap_or_default());
    for checker in checkers(*choice) {
        holds_of(&checker, expected, answer);
    }
    stricter_accepts_no_more(expected, answer);
    order_of_lines(expected, answer);
}

fn checkers(choice: u8) -> Vec<Checker> {
    let tolerance =
        |bit: u8| (choice & bit != 0).then(|| Tolerance::try_from(f64::from(choice >> 4)).expect("one"));
    let (absolute, relative) = (tolerance(1), tolerance(2));
    let options = ValidatorOptions {
        case_sensitive: choice & 4 != 0,
        space_change_sensitive: choice & 8 != 0,
        float_absolute_tolerance: absolute,
        float_relative_tolerance: relative,
    };
    vec![
        Checker::Exact,
        Checker::Tokens,
        Checker::UnorderedLines,
        Checker::Floats { absolute, relative },
        Checker::Validator(options),
    ]
}

fn right(checker: &Checker, expected: &[u8], answer: &[u8]) -> bool {
    is_right(checker, expected, answer).expect("no program has to say")
}

fn holds_of(checker: &Checker, expected: &[u8], answer: &[u8]) {
    let verdict = right(checker, expected, answer);
    assert!(right(checker, expected, expected), "{checker:?}: what is expected is right");
    assert!(right(checker, answer, answer), "{checker:?}: what is expected is right");
    if counts_space(checker) {
        return;
    }
    for space in [&b"\n"[..], b" \t\r\n\n", b" "] {
        assert_eq!(
            right(checker, expected, &[answer, space].concat()),
            verdict,
            "{checker:?}: space at the end"
        );
        assert_eq!(
            right(checker, &[expected, space].concat(), answer),
            verdict,
            "{checker:?}: space at the end"
        );
    }
    if !is_relative(checker) {
        assert_eq!(right(checker, answer, expected), verdict, "{checker:?}: which of the two is expected");
    }
}

fn counts_space(checker: &Checker) -> bool {
    matches!(checker, Checker::Validator(options) if options.space_change_sensitive)
}

/// Measured by what is expected, so it matters which of the two that is.
fn is_relative(checker: &Checker) -> bool {
    match checker {
        Checker::Floats { relative, .. } => relative.is_some(),
        Checker::Validator(options) => options.float_relative_tolerance.is_some(),
        _ => false,
    }
}

fn stricter_accepts_no_more(expected: &[u8], answer: &[u8]) {
    let near = Tolerance::try_from(0.5).expect("a tolerance");
    let ladder = [
        Checker::Exact,
        Checker::Tokens,
        Checker::Floats { absolute: Some(near), relative: None },
        Checker::Floats { absolute: Some(near), relative: Some(near) },
    ];
    for pair in ladder.windows(2) {
        assert!(
            !right(&pair[0], expected, answer) || right(&pair[1], expected, answer),
            "{:?} accepts what {:?} does not",
            pair[0],
            pair[1]
        );
    }
    assert!(!right(&Checker::Exact, expected, answer) || right(&Checker::UnorderedLines, expected, answer));
    let words = Checker::Validator(ValidatorOptions::default());
    assert!(!right(&Checker::Tokens, expected, answer) || right(&words, expected, answer));
}

/// Lines end in a mark here, so that none of them is one of the empty lines at the end that do not count.
fn order_of_lines(expected: &[u8], answer: &[u8]) {
    let lines = |text: &[u8]| -> Vec<Vec<u8>> {
        text.split(|byte| *byte == b'\n').map(|line| [line, b"|"].concat()).collect()
    };
    let (expected, mut answer) = (lines(expected), lines(answer));
    let verdict = right(&Checker::UnorderedLines, &expected.join(&b'\n'), &answer.join(&b'\n'));
    answer.reverse();
    assert_eq!(right(&Checker::UnorderedLines, &expected.join(&b'\n'), &answer.join(&b'\n')), verdict);
    answer.push(b"one more|".to_vec());
    let longer = right(&Checker::UnorderedLines, &expected.join(&b'\n'), &answer.join(&b'\n'));
    assert!(!(verdict && longer), "a line more is another answer");
}
