//! Numbers as C's `scanf` reads them with `%lf`, for that is what the default validator takes for a number.

/// The whole word as a finite number; infinity and NaN are none.
pub fn number(word: &[u8]) -> Option<f64> {
    let text = std::str::from_utf8(word).ok()?;
    let (sign, digits) = match text.as_bytes().first()? {
        b'-' => (-1.0, &text[1..]),
        b'+' => (1.0, &text[1..]),
        _ => (1.0, text),
    };
    // Whatever begins otherwise is a second sign, or a name such as `inf`.
    if !digits.starts_with(|first: char| first.is_ascii_digit() || first == '.') {
        return None;
    }
    let value = match digits.strip_prefix("0x").or_else(|| digits.strip_prefix("0X")) {
        Some(digits) => hexadecimal(digits)?,
        None => digits.parse::<f64>().ok()?,
    };
    value.is_finite().then_some(sign * value)
}

/// What follows `0x`: digits, perhaps with a point, perhaps an exponent of two in decimal digits behind a `p`.
fn hexadecimal(text: &str) -> Option<f64> {
    let (digits, exponent) = match text.split_once(['p', 'P']) {
        Some((digits, exponent)) => (digits, exponent.parse::<i32>().ok()?),
        None => (text, 0),
    };
    let (whole, part) = digits.split_once('.').unwrap_or((digits, ""));
    if whole.is_empty() && part.is_empty() {
        return None;
    }
    let mut value = 0.0;
    for digit in whole.chars().chain(part.chars()) {
        value = value * 16.0 + f64::from(digit.to_digit(16)?);
    }
    let scale = exponent.checked_sub(i32::try_from(part.len()).ok()?.checked_mul(4)?)?;
    Some(value * 2f64.powi(scale))
}

#[cfg(test)]
mod tests {
    use super::number;
    use proptest::prelude::*;

    #[test]
    fn what_is_a_number_and_what_is_not() {
        for (word, value) in [
            ("0", 0.0),
            ("-0", 0.0),
            ("+5", 5.0),
            (".5", 0.5),
            ("5.", 5.0),
            ("1e3", 1e3),
            ("1E-3", 1e-3),
            ("007", 7.0),
            ("0x10", 16.0),
            ("-0X1.8p1", -3.0),
            ("0x.8", 0.5),
            ("123456789012345678901234567890", 1.234_567_890_123_456_8e29),
        ] {
            assert_eq!(number(word.as_bytes()), Some(value), "{word}");
        }
        for word in [
            "", ".", "+", "-", "e5", "1e", "1e+", "1.2.3", "1,5", "12a", "inf", "-inf", "nan", "infinity",
            "1e999", "--1", "+-1", "0x", "0xg", "0x1p", "1_000", "0x1.", "\u{ff11}",
        ] {
            let expected = (word == "0x1.").then_some(1.0);
            assert_eq!(number(word.as_bytes()), expected, "{word}");
        }
        assert_eq!(number(b"1\xff"), None);
        assert_eq!(number(b"1\0"), None);
    }

    proptest! {
        #[test]
        fn every_finite_number_is_read_as_it_is_written(value in proptest::num::f64::NORMAL) {
            prop_assert_eq!(number(value.to_string().as_bytes()), Some(value));
            prop_assert_eq!(number(format!("{value:e}").as_bytes()), Some(value));
        }

        #[test]
        fn nothing_panics(word in proptest::collection::vec(any::<u8>(), 0..12)) {
            let _ = number(&word);
        }
    }
}
