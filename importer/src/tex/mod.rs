//! From the TeX of problem statements to Markdown. Small and honest: mathematics stay as they are between dollars, what is
//! known is converted, and what is not known stays as text and is warned about.

mod commands;
mod environments;
mod markdown;
mod scan;

use commands::Meaning;
use markdown::{block, emphasised, white, wrap};
use scan::Scan;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

/// What came of a statement.
#[derive(Debug)]
pub struct Converted {
    pub markdown: String,
    /// As `\problemname` or a `plainproblemname` comment says it.
    pub title: Option<String>,
    pub warnings: Vec<String>,
}

/// Groups and environments within each other.
const DEPTH_MAX: usize = 30;

pub fn to_markdown(source: &str, constants: &BTreeMap<String, String>) -> Converted {
    let source = source.replace("\r\n", "\n");
    let plain = source
        .lines()
        .find_map(|line| line.trim().trim_start_matches('%').trim().strip_prefix("plainproblemname:"));
    let mut converter =
        Converter { constants, title: None, unknown: BTreeSet::new(), pictures: false, broken: false };
    let markdown = converter.fragment(&source, 0).trim().to_owned();
    let mut warnings = Vec::new();
    if !converter.unknown.is_empty() {
        let names: Vec<String> = converter.unknown.into_iter().take(20).collect();
        warnings.push(format!("this TeX is not known and stands as text: {}", names.join(", ")));
    }
    if converter.pictures {
        warnings.push("pictures are not shown; their captions are".to_owned());
    }
    if converter.broken {
        warnings
            .push("a brace, an environment or mathematics is not closed; look at what came of it".to_owned());
    }
    Converted { markdown, title: plain.map(|name| name.trim().to_owned()).or(converter.title), warnings }
}

struct Converter<'c> {
    constants: &'c BTreeMap<String, String>,
    title: Option<String>,
    unknown: BTreeSet<String>,
    pictures: bool,
    /// Something is not closed. Nothing is searched for after that, so that a source of nothing but beginnings is not
    /// searched to its end for each.
    broken: bool,
}

impl Converter<'_> {
    fn fragment(&mut self, source: &str, depth: usize) -> String {
        let mut out = String::new();
        if depth > DEPTH_MAX {
            self.broken = true;
            return source.to_owned();
        }
        let mut scan = Scan::new(source);
        while let Some(c) = scan.next() {
            match c {
                '\\' => self.command(&mut scan, depth, &mut out),
                '$' => self.mathematics(&mut scan, &mut out),
                '{' => self.group(&mut scan, depth, &mut out),
                '}' => {}
                '%' => scan.skip_line(),
                '~' => out.push(' '),
                '\n' | ' ' | '\t' => white(&mut scan, c, &mut out),
                '-' if scan.eat("--") => out.push('—'),
                '-' if scan.eat("-") => out.push('–'),
                '`' if scan.eat("`") => out.push('“'),
                '`' => out.push('‘'),
                '\'' if scan.eat("'") => out.push('”'),
                '<' if scan.eat("<") => out.push('«'),
                '>' if scan.eat(">") => out.push('»'),
                // Markdown would read them.
                '*' | '_' | '<' | '#' | '[' => out.extend(['\\', c]),
                c => out.push(c),
            }
        }
        out
    }

    /// What may be broken off is looked for once.
    fn found<T>(&mut self, search: impl FnOnce() -> Option<T>) -> Option<T> {
        let found = if self.broken { None } else { search() };
        self.broken |= found.is_none();
        found
    }

    fn mathematics(&mut self, scan: &mut Scan<'_>, out: &mut String) {
        let fence = if scan.eat("$") { "$$" } else { "$" };
        match self.found(|| scan.until(fence)) {
            Some(inner) => {
                let _infallible = write!(out, "{fence}{inner}{fence}");
            }
            None => out.push_str("\\$"),
        }
    }

    /// `{…}`, perhaps with a switch of the font in front.
    fn group(&mut self, scan: &mut Scan<'_>, depth: usize, out: &mut String) {
        let Some(inner) = self.found(|| scan.group()) else { return };
        let trimmed = inner.trim_start();
        let switch = trimmed
            .strip_prefix('\\')
            .map(|rest| rest.split(|c: char| !c.is_ascii_alphabetic()).next().unwrap_or_default());
        match switch.and_then(|name| Some((commands::switch(name)?, &trimmed[name.len() + 1..]))) {
            Some((mark, rest)) => {
                let text = self.fragment(rest, depth + 1);
                wrap(out, mark, &text);
            }
            None => out.push_str(&self.fragment(inner, depth + 1)),
        }
    }

    /// The command's next argument, converted.
    fn argument(&mut self, scan: &mut Scan<'_>, depth: usize) -> String {
        let Some(inner) = self.raw(scan) else { return String::new() };
        self.fragment(inner, depth + 1).trim().to_owned()
    }

    fn raw<'t>(&mut self, scan: &mut Scan<'t>) -> Option<&'t str> {
        if !scan.opens_group() {
            return None;
        }
        self.found(|| scan.group())
    }

    fn command(&mut self, scan: &mut Scan<'_>, depth: usize, out: &mut String) {
        let name = scan.word();
        if name.is_empty() {
            return self.symbol(scan, out);
        }
        scan.eat("*");
        match commands::meaning(name) {
            Meaning::Wrap(mark) => {
                let text = self.argument(scan, depth);
                wrap(out, mark, &text);
            }
            Meaning::Text(text) => {
                out.push_str(text);
                // `\ldots{}` ends the command and has nothing in it.
                scan.eat("{}");
            }
            Meaning::Heading(mark) => {
                let text = self.argument(scan, depth);
                block(out, &format!("{mark} {text}"));
            }
            Meaning::Drop { arguments } => {
                scan.option();
                for _ in 0..arguments {
                    self.raw(scan);
                }
            }
            Meaning::Special => self.special(name, scan, depth, out),
            Meaning::Unknown => {
                self.unknown.insert(format!("\\{name}"));
                out.push('\\');
                out.push_str(name);
            }
        }
    }

    fn special(&mut self, name: &str, scan: &mut Scan<'_>, depth: usize, out: &mut String) {
        match name {
            "begin" => self.environment(scan, depth, out),
            "problemname" => {
                let title = self.argument(scan, depth);
                self.title = Some(title).filter(|title| !title.is_empty());
            }
            "illustration" => {
                self.raw(scan);
                self.raw(scan);
                self.pictures = true;
                let caption = self.argument(scan, depth);
                block(out, &emphasised(&caption));
            }
            "caption" => {
                let caption = self.argument(scan, depth);
                block(out, &emphasised(&caption));
            }
            "includegraphics" => {
                scan.option();
                self.raw(scan);
                self.pictures = true;
            }
            "url" => {
                let address = self.raw(scan).unwrap_or_default();
                let _infallible = write!(out, "<{address}>");
            }
            "href" => {
                let address = self.raw(scan).unwrap_or_default().to_owned();
                let text = self.argument(scan, depth);
                let _infallible = write!(out, "[{text}]({address})");
            }
            "verb" => {
                let text =
                    scan.next().and_then(|fence| self.found(|| scan.until(fence.encode_utf8(&mut [0; 4]))));
                wrap(out, "`", text.unwrap_or_default());
            }
            "constant" => {
                let constant = self.raw(scan).unwrap_or_default();
                match self.constants.get(constant) {
                    Some(value) => out.push_str(value),
                    None => drop(self.unknown.insert(format!("\\constant{{{constant}}}"))),
                }
            }
            // `\def\name{…}` and the like: what they define is not known where it is used, and said there.
            _ => {
                scan.skip_to_group();
                self.raw(scan);
            }
        }
    }

    fn symbol(&mut self, scan: &mut Scan<'_>, out: &mut String) {
        let Some(c) = scan.next() else { return };
        match c {
            '\\' => {
                scan.eat("*");
                scan.option();
                out.push_str("\\\n");
            }
            '(' | '[' => {
                let (close, fence) = if c == '(' { ("\\)", "$") } else { ("\\]", "$$") };
                if let Some(inner) = self.found(|| scan.until(close)) {
                    let _infallible = write!(out, "{fence}{inner}{fence}");
                }
            }
            '_' | '#' | '$' | '*' => out.extend(['\\', c]),
            ',' | ';' | ':' | ' ' | '\n' => out.push(' '),
            '!' | '-' | '/' | '@' => {}
            '"' | '\'' | '`' | '^' | '~' | '=' | '.' => match (scan.letter(), commands::accent(c)) {
                (Some(letter), Some(accent)) => out.extend([letter, accent]),
                _ => out.push(c),
            },
            c => out.push(c),
        }
    }
}

#[cfg(test)]
mod tests;
