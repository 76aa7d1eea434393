//! Line by line; white space at the end of lines and empty lines at the end do not count.

pub fn is_right(expected: &[u8], answer: &[u8]) -> bool {
    lines(expected).eq(lines(answer))
}

/// Without what does not count.
pub fn lines(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    text.trim_ascii_end().split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii_end)
}

#[cfg(test)]
mod tests {
    use super::is_right;

    #[test]
    fn white_space_at_the_end_does_not_count() {
        for answer in ["1 2\n3\n", "1 2\n3", "1 2  \n3\t\n\n\n", "1 2\r\n3\r\n"] {
            assert!(is_right(b"1 2\n3\n", answer.as_bytes()), "{answer:?}");
        }
        assert!(is_right(b"", b"\n \n"));
    }

    #[test]
    fn everything_else_counts() {
        for answer in ["1  2\n3\n", " 1 2\n3\n", "1 2\n\n3\n", "1 2 3", "1 2\n3\n4", "", "1 2\n3\0"] {
            assert!(!is_right(b"1 2\n3\n", answer.as_bytes()), "{answer:?}");
        }
        assert!(!is_right(b"caf\xc3\xa9", b"caf\xe9"));
    }
}
