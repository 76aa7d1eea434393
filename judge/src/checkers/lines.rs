//! The same lines, as often, in any order.

use super::exact::lines;

pub fn is_right(expected: &[u8], answer: &[u8]) -> bool {
    sorted(expected) == sorted(answer)
}

fn sorted(text: &[u8]) -> Vec<&[u8]> {
    let mut lines: Vec<&[u8]> = lines(text).collect();
    lines.sort_unstable();
    lines
}

#[cfg(test)]
mod tests {
    use super::is_right;
    use proptest::prelude::*;

    #[test]
    fn order_does_not_count_and_number_does() {
        assert!(is_right(b"b\na \nb\n", b"b\nb\na\n\n"));
        assert!(is_right(b"", b"\n"));
        assert!(!is_right(b"a\nb\nb\n", b"a\na\nb\n"));
        assert!(!is_right(b"a\nb\n", b"a b\n"));
        assert!(!is_right(b"a\n\nb\n", b"a\nb\n"), "an empty line in between is a line");
    }

    proptest! {
        #[test]
        fn any_order_will_do(
            (lines, shuffled) in proptest::collection::vec("[ab ]{0,3}x", 0..8)
                .prop_flat_map(|lines| (Just(lines.clone()), Just(lines).prop_shuffle()))
        ) {
            prop_assert!(is_right(lines.join("\n").as_bytes(), shuffled.join("\n").as_bytes()));
            let fewer = shuffled[..shuffled.len().saturating_sub(1)].join("\n");
            prop_assert_eq!(is_right(lines.join("\n").as_bytes(), fewer.as_bytes()), lines.is_empty());
        }
    }
}
