//! The outline of a file: front matter, statement, and sections of entries that hold blocks. What the words mean
//! is the [`crate::reader`]'s business.

use crate::error::{FormatError, Problem};

/// A file taken apart.
pub(crate) struct Outline<'a> {
    /// (line, key, value)
    pub front_matter: Vec<(usize, &'a str, &'a str)>,
    pub statement: String,
    pub tests: Section<'a>,
    /// May be missing.
    pub checker: Option<Section<'a>>,
    pub solutions: Section<'a>,
}

/// What stands below `# Tests`, `# Checker` or `# Solutions`.
pub(crate) struct Section<'a> {
    pub line: usize,
    pub entries: Vec<Entry<'a>>,
}

/// A `##` heading with its blocks.
pub(crate) struct Entry<'a> {
    pub line: usize,
    pub word: &'a str,
    /// What stands behind the heading's colon; empty when there is none.
    pub note: &'a str,
    pub blocks: Vec<Block<'a>>,
}

/// What stands between two fences.
pub(crate) struct Block<'a> {
    pub line: usize,
    pub word: &'a str,
    pub attributes: Vec<&'a str>,
    /// The lines between the fences, each with its newline.
    pub text: String,
}

pub(crate) fn at(line: usize, problem: Problem) -> FormatError {
    FormatError { line: Some(line), problem }
}

pub(crate) fn outline(text: &str) -> Result<Outline<'_>, FormatError> {
    let mut lines = Lines { lines: text.lines().collect(), next: 0 };
    let front_matter = front_matter(&mut lines)?;
    let statement = statement(&mut lines)?;
    let tests = section(&mut lines, "Tests")?;
    let has_checker = lines.peek().is_some_and(|(_, heading)| heading_of(heading) == "Checker");
    let checker = if has_checker { Some(section(&mut lines, "Checker")?) } else { None };
    let solutions = section(&mut lines, "Solutions")?;
    match lines.take() {
        Some((line, rest)) => Err(at(line, Problem::StrayHeading(heading_of(rest)))),
        None => Ok(Outline { front_matter, statement, tests, checker, solutions }),
    }
}

/// A cursor over numbered lines.
struct Lines<'a> {
    lines: Vec<&'a str>,
    next: usize,
}

impl<'a> Lines<'a> {
    fn peek(&self) -> Option<(usize, &'a str)> {
        self.lines.get(self.next).map(|text| (self.next + 1, *text))
    }

    fn take(&mut self) -> Option<(usize, &'a str)> {
        let line = self.peek();
        self.next += usize::from(line.is_some());
        line
    }

    /// The number of the last line, for what is missing at the end.
    fn last(&self) -> usize {
        self.lines.len().max(1)
    }
}

fn front_matter<'a>(lines: &mut Lines<'a>) -> Result<Vec<(usize, &'a str, &'a str)>, FormatError> {
    if lines.take().is_none_or(|(_, text)| text.trim_end() != "---") {
        return Err(at(1, Problem::NoFrontMatter));
    }
    let mut pairs = Vec::new();
    while let Some((line, text)) = lines.take() {
        if text.trim_end() == "---" {
            return Ok(pairs);
        }
        let (key, value) = text.split_once(':').ok_or_else(|| at(line, Problem::NoKey(text.to_owned())))?;
        pairs.push((line, key.trim(), value.trim()));
    }
    Err(at(1, Problem::OpenFrontMatter))
}

/// Everything up to the first `# ` heading that is not inside a fence.
fn statement(lines: &mut Lines<'_>) -> Result<String, FormatError> {
    let from = lines.next;
    while let Some((line, text)) = lines.peek() {
        if text.starts_with("# ") {
            break;
        }
        if text.trim_start().starts_with("```") || text.trim_start().starts_with("~~~") {
            block(lines)?;
        } else {
            lines.next = line;
        }
    }
    let statement = lines.lines[from..lines.next].join("\n");
    let statement = statement.trim_matches('\n').trim_end();
    if statement.trim().is_empty() {
        return Err(at(from + 1, Problem::NoStatement));
    }
    Ok(statement.to_owned())
}

/// The heading `# <name>` and its entries, up to the next `# ` heading or the end.
fn section<'a>(lines: &mut Lines<'a>, name: &'static str) -> Result<Section<'a>, FormatError> {
    let (line, heading) = lines.take().ok_or_else(|| at(lines.last(), Problem::MissingSection(name)))?;
    if heading_of(heading) != name {
        return Err(at(line, Problem::StrayHeading(heading_of(heading))));
    }
    let mut entries: Vec<Entry<'a>> = Vec::new();
    while let Some((line, text)) = lines.peek() {
        if text.starts_with("# ") {
            break;
        } else if text.trim().is_empty() {
            lines.next = line;
        } else if let Some(heading) = text.strip_prefix("## ") {
            lines.next = line;
            let (word, note) = heading.split_once(':').unwrap_or((heading, ""));
            entries.push(Entry { line, word: word.trim(), note: note.trim(), blocks: Vec::new() });
        } else if let Some(entry) = entries.last_mut()
            && text.trim_start().starts_with("```")
        {
            entry.blocks.push(block(lines)?);
        } else {
            return Err(at(line, Problem::StrayText));
        }
    }
    Ok(Section { line, entries })
}

fn heading_of(line: &str) -> String {
    line.trim_start_matches('#').trim().to_owned()
}

/// A block, as Markdown has it: the closing fence is at least as long as the opening one and nothing else is on it.
fn block<'a>(lines: &mut Lines<'a>) -> Result<Block<'a>, FormatError> {
    let (line, opening) = lines.take().ok_or_else(|| at(lines.last(), Problem::BadFence))?;
    let info = opening.trim_start_matches('`');
    let ticks = opening.len() - info.len();
    if ticks < 3 || info.contains('`') {
        return Err(at(line, Problem::BadFence));
    }
    let mut words = info.split_whitespace();
    let word = words.next().unwrap_or_default();
    let mut text = String::new();
    while let Some((_, content)) = lines.take() {
        let bare = content.trim_end();
        if bare.len() >= ticks && bare.bytes().all(|byte| byte == b'`') {
            return Ok(Block { line, word, attributes: words.collect(), text });
        }
        text.push_str(content);
        text.push('\n');
    }
    Err(at(line, Problem::OpenFence))
}
