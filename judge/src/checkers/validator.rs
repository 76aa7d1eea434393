//! The default output validator of the ICPC and Kattis problem package format, by its published behaviour: word by word,
//! numbers within a tolerance, and on request case and white space.
//!
//! A number is near enough when one of the tolerances says so: |expected − answer| ≤ absolute, or ≤ relative ×
//! |expected|. Only where what is expected is a number is a number looked for; then anything else is wrong.

use super::numbers::number;
use events::package::ValidatorOptions;

pub fn is_right(options: &ValidatorOptions, mut expected: &[u8], mut answer: &[u8]) -> bool {
    loop {
        let (expected_space, expected_rest) = split_space(expected);
        let (answer_space, answer_rest) = split_space(answer);
        if options.space_change_sensitive && expected_space != answer_space {
            return false;
        }
        let (expected_word, expected_rest) = split_word(expected_rest);
        let (answer_word, answer_rest) = split_word(answer_rest);
        match (expected_word, answer_word) {
            (b"", b"") => return true,
            (b"", _) | (_, b"") => return false,
            (expected, answer) if same_word(options, expected, answer) => {}
            _ => return false,
        }
        (expected, answer) = (expected_rest, answer_rest);
    }
}

fn same_word(options: &ValidatorOptions, expected: &[u8], answer: &[u8]) -> bool {
    let (absolute, relative) = (options.float_absolute_tolerance, options.float_relative_tolerance);
    if let (true, Some(wanted)) = (absolute.is_some() || relative.is_some(), number(expected)) {
        let Some(given) = number(answer) else { return false };
        let off = (wanted - given).abs();
        return absolute.is_some_and(|most| off <= most.value())
            || relative.is_some_and(|most| off <= most.value() * wanted.abs());
    }
    if options.case_sensitive { expected == answer } else { expected.eq_ignore_ascii_case(answer) }
}

fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | 0x0b | 0x0c | b'\r')
}

fn split_space(text: &[u8]) -> (&[u8], &[u8]) {
    text.split_at(text.iter().position(|byte| !is_space(*byte)).unwrap_or(text.len()))
}

fn split_word(text: &[u8]) -> (&[u8], &[u8]) {
    text.split_at(text.iter().position(|byte| is_space(*byte)).unwrap_or(text.len()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use events::package::Tolerance;
    use proptest::prelude::*;

    const PLAIN: ValidatorOptions = ValidatorOptions {
        case_sensitive: false,
        space_change_sensitive: false,
        float_absolute_tolerance: None,
        float_relative_tolerance: None,
    };

    fn within(absolute: Option<f64>, relative: Option<f64>) -> ValidatorOptions {
        let tolerance = |value| Tolerance::try_from(value).expect("a tolerance");
        let (absolute, relative) = (absolute.map(tolerance), relative.map(tolerance));
        ValidatorOptions { float_absolute_tolerance: absolute, float_relative_tolerance: relative, ..PLAIN }
    }

    fn right(options: &ValidatorOptions, expected: &str, answer: &str) -> bool {
        is_right(options, expected.as_bytes(), answer.as_bytes())
    }

    #[test]
    fn without_options_case_and_white_space_do_not_count() {
        for answer in ["Hello World\n", "hello world", "HELLO\n\n\x0b WORLD \r\n", " hello\tworld"] {
            assert!(right(&PLAIN, "Hello World\n", answer), "{answer:?}");
        }
        for answer in ["", "\n", "HelloWorld", "Hello", "Hello World !", "Hello W\u{f6}rld", "Hello World\0"]
        {
            assert!(!right(&PLAIN, "Hello World\n", answer), "{answer:?}");
        }
        assert!(right(&PLAIN, "", " \n"));
        assert!(!right(&PLAIN, "1.0", "1.00"), "without a tolerance a number is a word");
        assert!(!right(&PLAIN, "\u{c4}", "\u{e4}"), "only the letters of ASCII have two cases");
    }

    #[test]
    fn case_and_space_on_request() {
        let case = ValidatorOptions { case_sensitive: true, ..PLAIN };
        assert!(right(&case, "Yes No", "Yes\nNo") && !right(&case, "Yes", "yes"));
        let space = ValidatorOptions { space_change_sensitive: true, ..PLAIN };
        assert!(right(&space, "Yes  no\n", "yes  NO\n"));
        for answer in
            ["Yes no\n", "Yes  no", "Yes  no\n\n", "Yes  no \n", " Yes  no\n", "Yes \tno\n", "Yes  no\r\n"]
        {
            assert!(!right(&space, "Yes  no\n", answer), "{answer:?}");
        }
    }

    #[test]
    fn one_tolerance_is_enough_and_each_is_inclusive() {
        let absolute = within(Some(0.5), None);
        assert!(right(&absolute, "100", "100.5") && right(&absolute, "100", "99.5"));
        assert!(!right(&absolute, "100", "100.51"));
        let relative = within(None, Some(0.125));
        assert!(
            right(&relative, "-8", "-9") && right(&relative, "-8", "-7") && !right(&relative, "-8", "-9.01")
        );
        assert!(
            right(&relative, "0", "-0.0") && !right(&relative, "0", "1e-300"),
            "nothing is near zero relatively"
        );
        let both = within(Some(0.5), Some(0.125));
        assert!(right(&both, "0", "0.5") && right(&both, "800", "900") && !right(&both, "800", "901"));
        assert!(right(&within(Some(0.0), None), "1.50", "15e-1"), "no tolerance, but numbers");
    }

    #[test]
    fn a_number_is_looked_for_only_where_one_is_expected() {
        let options = within(Some(0.1), None);
        assert!(right(&options, "x 1 IMPOSSIBLE", "X 1.05 impossible"));
        for answer in
            ["x one IMPOSSIBLE", "x nan IMPOSSIBLE", "x inf IMPOSSIBLE", "x 1", "x 1 2", "1 1 IMPOSSIBLE"]
        {
            assert!(!right(&options, "x 1 IMPOSSIBLE", answer), "{answer}");
        }
        assert!(right(&options, "inf nan", "INF NaN"), "these are words");
        assert!(!right(&ValidatorOptions { case_sensitive: true, ..options }, "x 1", "X 1"));
    }

    fn any_options() -> impl Strategy<Value = ValidatorOptions> {
        let tolerance =
            || proptest::option::of((0.0..1e3f64).prop_map(|value| Tolerance::try_from(value).expect("one")));
        (any::<bool>(), any::<bool>(), tolerance(), tolerance()).prop_map(
            |(case, space, absolute, relative)| ValidatorOptions {
                case_sensitive: case,
                space_change_sensitive: space,
                float_absolute_tolerance: absolute,
                float_relative_tolerance: relative,
            },
        )
    }

    /// Words, numbers, white space and bytes that are none of these.
    fn text() -> impl Strategy<Value = Vec<u8>> {
        let piece = prop_oneof![
            "[ \t\n\x0b\r]{1,3}".prop_map(String::into_bytes),
            "[A-Za-z]{1,4}".prop_map(String::into_bytes),
            any::<f64>().prop_map(|number| number.to_string().into_bytes()),
            proptest::collection::vec(any::<u8>(), 0..4),
        ];
        proptest::collection::vec(piece, 0..8).prop_map(|pieces| pieces.concat())
    }

    proptest! {
        #[test]
        fn what_is_expected_is_right(options in any_options(), text in text()) {
            prop_assert!(is_right(&options, &text, &text));
        }

        #[test]
        fn a_stricter_validator_accepts_no_more(options in any_options(), expected in text(), answer in text()) {
            if is_right(&options, &expected, &answer) {
                let lax_case = ValidatorOptions { case_sensitive: false, ..options };
                prop_assert!(is_right(&lax_case, &expected, &answer));
                let lax_space = ValidatorOptions { space_change_sensitive: false, ..options };
                prop_assert!(is_right(&lax_space, &expected, &answer));
            }
        }

        #[test]
        fn without_tolerances_words_decide(expected in text(), answer in text()) {
            let words = |text: &[u8]| -> Vec<Vec<u8>> {
                let words = text.split(|byte| is_space(*byte)).filter(|word| !word.is_empty());
                words.map(<[u8]>::to_ascii_lowercase).collect()
            };
            prop_assert_eq!(is_right(&PLAIN, &expected, &answer), words(&expected) == words(&answer));
        }

        #[test]
        fn the_tolerance_is_the_line(wanted in -1e6..1e6f64, off in -1e3..1e3f64, most in 0.0..1e3f64) {
            let given = wanted + off;
            let near = (wanted - given).abs() <= most;
            prop_assert_eq!(right(&within(Some(most), None), &wanted.to_string(), &given.to_string()), near);
            let none = right(&within(None, Some(0.0)), &wanted.to_string(), &given.to_string());
            prop_assert_eq!(none, (wanted - given).abs() <= 0.0);
        }
    }
}
