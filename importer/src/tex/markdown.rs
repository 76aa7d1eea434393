//! Putting Markdown together.

use super::scan::Scan;
use std::fmt::Write;

/// Runs of white space: two line ends or more are a paragraph's, and nothing is indented.
pub fn white(scan: &mut Scan<'_>, first: char, out: &mut String) {
    let mut lines = usize::from(first == '\n');
    while let Some(c) = scan.peek().filter(|c| matches!(c, ' ' | '\t' | '\n')) {
        lines += usize::from(c == '\n');
        scan.next();
    }
    match lines {
        0 if out.is_empty() || out.ends_with(['\n', ' ']) => {}
        0 => out.push(' '),
        1 if out.is_empty() || out.ends_with('\n') => {}
        1 => out.push('\n'),
        _ => paragraph(out),
    }
}

pub fn paragraph(out: &mut String) {
    let length = out.trim_end_matches([' ', '\n']).len();
    out.truncate(length);
    if !out.is_empty() {
        out.push_str("\n\n");
    }
}

/// A block of its own.
pub fn block(out: &mut String, text: &str) {
    paragraph(out);
    let text = text.trim_matches('\n');
    if !text.is_empty() {
        out.push_str(text);
        out.push_str("\n\n");
    }
}

/// Marks directly around the words: Markdown reads none that stand beside a space.
pub fn wrap(out: &mut String, mark: &str, text: &str) {
    let inner = text.trim();
    if inner.is_empty() || mark.is_empty() {
        return out.push_str(text);
    }
    // Within backquotes nothing is escaped.
    let plain = if mark == "`" {
        inner.replace("\\_", "_").replace("\\*", "*").replace("\\<", "<").replace("\\#", "#")
    } else {
        inner.to_owned()
    };
    let _infallible = write!(out, "{mark}{plain}{mark}");
}

pub fn emphasised(text: &str) -> String {
    let mut out = String::new();
    wrap(&mut out, "*", text);
    out
}

pub fn fenced(text: &str) -> String {
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or_default();
    let fence = "`".repeat(longest.max(2) + 1);
    format!("{fence}\n{}\n{fence}", text.trim_matches('\n'))
}

pub fn indented(text: &str, first: &str, others: &str) -> String {
    let mut out = String::new();
    for (index, line) in text.lines().enumerate() {
        let mark = if index == 0 { first } else { others };
        if index > 0 {
            out.push('\n');
        }
        out.push_str(if line.is_empty() { mark.trim_end() } else { mark });
        out.push_str(line);
    }
    out
}
