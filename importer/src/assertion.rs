//! Python's `assert`, as far as a test case is one.

/// What is to be true: without the word, and without what is said when it is not. A text that is no `assert` stays as it is;
/// `None`: where the condition ends cannot be told.
pub fn condition(text: &str) -> Option<&str> {
    let text = text.trim();
    let Some(rest) = text.strip_prefix("assert") else { return Some(text) };
    if rest.starts_with(|c: char| c.is_alphanumeric() || c == '_') {
        return Some(text);
    }
    let condition = before_comma(rest)?.trim();
    // A pair is always true: its author forgot that.
    let inner = condition.strip_prefix('(').and_then(|inner| inner.strip_suffix(')'));
    let is_pair =
        inner.is_some_and(|inner| before_comma(inner).is_some_and(|first| first.len() < inner.len()));
    (!is_pair).then_some(condition)
}

/// Up to the first comma outside of brackets and texts; `None`: one of them is not closed.
fn before_comma(text: &str) -> Option<&str> {
    let bytes = text.as_bytes();
    let (mut at, mut depth) = (0, 0_usize);
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' | b'}' => depth = depth.checked_sub(1)?,
            b'\'' | b'"' => at = after_text(bytes, at)? - 1,
            b',' if depth == 0 => return Some(&text[..at]),
            b'#' => return None,
            _ => {}
        }
        at += 1;
    }
    (depth == 0).then_some(text)
}

/// Where the text that begins here has ended.
fn after_text(bytes: &[u8], from: usize) -> Option<usize> {
    let quote = bytes[from];
    let triple = [quote; 3];
    let end: &[u8] = if bytes[from..].starts_with(&triple) { &triple } else { &triple[..1] };
    let mut at = from + end.len();
    while at < bytes.len() {
        if bytes[at..].starts_with(end) {
            return Some(at + end.len());
        }
        at += if bytes[at] == b'\\' { 2 } else { 1 };
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conditions() {
        for (text, expected) in [
            (" f(1) == 1 ", Some("f(1) == 1")),
            ("assert f(1)==1", Some("f(1)==1")),
            ("assert f(1)==1, \"one, as it is\"", Some("f(1)==1")),
            ("assert(f(1) == 1)", Some("(f(1) == 1)")),
            ("assert (f(1)) == (1), f'{1}'", Some("(f(1)) == (1)")),
            ("assert f(1, [2, 3]) == {4: ','}, 'no'", Some("f(1, [2, 3]) == {4: ','}")),
            (r#"assert f("a\",") == '''it's, ''', 'no'"#, Some(r#"f("a\",") == '''it's, '''"#)),
            ("assertion(1, 2)", Some("assertion(1, 2)")),
            ("assert", Some("")),
            ("assert(f(1) == 1, 'always true')", None),
            ("assert f((1)", None),
            ("assert f('ö) == 1", None),
            ("assert f(1)) == 1", None),
            ("assert 'a\\", None),
        ] {
            assert_eq!(condition(text), expected, "{text}");
        }
    }
}
