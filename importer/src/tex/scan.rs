//! Reading TeX from left to right.

pub struct Scan<'t> {
    rest: &'t str,
}

impl<'t> Scan<'t> {
    pub fn new(text: &'t str) -> Self {
        Self { rest: text }
    }

    pub fn rest(&self) -> &'t str {
        self.rest
    }

    pub fn peek(&self) -> Option<char> {
        self.rest.chars().next()
    }

    pub fn next(&mut self) -> Option<char> {
        let c = self.peek()?;
        self.rest = &self.rest[c.len_utf8()..];
        Some(c)
    }

    pub fn eat(&mut self, text: &str) -> bool {
        let after = self.rest.strip_prefix(text);
        self.rest = after.unwrap_or(self.rest);
        after.is_some()
    }

    /// A command's name, and the spaces that only end it.
    pub fn word(&mut self) -> &'t str {
        let end = self.rest.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at(end);
        self.rest = if word.is_empty() { rest } else { rest.trim_start_matches([' ', '\t']) };
        word
    }

    /// Past the end of the line, and what indents the next.
    pub fn skip_line(&mut self) {
        let end = self.rest.find('\n').map_or(self.rest.len(), |end| end + 1);
        self.rest = self.rest[end..].trim_start_matches([' ', '\t']);
    }

    /// What stands before `end`, which is taken too. Not a dollar or the like behind a backslash.
    pub fn until(&mut self, end: &str) -> Option<&'t str> {
        let mut from = 0;
        loop {
            let at = from + self.rest[from..].find(end)?;
            let slashes = self.rest[..at].bytes().rev().take_while(|byte| *byte == b'\\').count();
            if slashes % 2 == 0 {
                let inner = &self.rest[..at];
                self.rest = &self.rest[at + end.len()..];
                return Some(inner);
            }
            from = at + end.len();
        }
    }

    /// Whether a group comes, perhaps behind white space. Then it stands right behind its brace.
    pub fn opens_group(&mut self) -> bool {
        match self.rest.trim_start_matches([' ', '\t', '\n']).strip_prefix('{') {
            Some(inner) => {
                self.rest = inner;
                true
            }
            None => false,
        }
    }

    /// The rest of a group, whose opening brace has been read.
    pub fn group(&mut self) -> Option<&'t str> {
        let end = closing(self.rest, '{', '}')?;
        let inner = &self.rest[..end];
        self.rest = &self.rest[end + 1..];
        Some(inner)
    }

    /// `[…]`, if it comes at once.
    pub fn option(&mut self) -> Option<&'t str> {
        let after = self.rest.strip_prefix('[')?;
        let line = &after[..after.find('\n').unwrap_or(after.len())];
        let end = closing(line, '[', ']')?;
        self.rest = &after[end + 1..];
        Some(&after[..end])
    }

    /// A letter by itself, in braces or not; for accents.
    pub fn letter(&mut self) -> Option<char> {
        let braced = self.rest.strip_prefix('{');
        let mut chars = braced.unwrap_or(self.rest).chars();
        let letter = chars.next().filter(|c| c.is_alphabetic())?;
        let rest = chars.as_str();
        self.rest = if braced.is_some() { rest.strip_prefix('}')? } else { rest };
        Some(letter)
    }

    /// Up to a group on the same line.
    pub fn skip_to_group(&mut self) {
        let end = self.rest.find(['{', '\n']).unwrap_or(self.rest.len());
        self.rest = &self.rest[end..];
    }

    /// The rest of an environment that has begun.
    pub fn environment(&mut self, name: &str) -> Option<&'t str> {
        let (begin, end) = (format!("\\begin{{{name}}}"), format!("\\end{{{name}}}"));
        let is_raw = matches!(name, "verbatim" | "lstlisting");
        let (mut depth, mut at) = (0_usize, 0);
        loop {
            let ends = at + self.rest[at..].find(&end)?;
            let begins = self.rest[at..ends].find(&begin).filter(|_| !is_raw);
            if let Some(begins) = begins {
                depth += 1;
                at += begins + begin.len();
            } else if depth > 0 {
                depth -= 1;
                at = ends + end.len();
            } else {
                let inner = &self.rest[..ends];
                self.rest = &self.rest[ends + end.len()..];
                return Some(inner);
            }
        }
    }
}

/// Where the bracket that is open closes.
fn closing(text: &str, open: char, close: char) -> Option<usize> {
    let mut depth = 0_usize;
    let mut escaped = false;
    for (at, c) in text.char_indices() {
        if escaped {
            escaped = false;
        } else if c == '\\' {
            escaped = true;
        } else if c == open {
            depth += 1;
        } else if c == close {
            if depth == 0 {
                return Some(at);
            }
            depth -= 1;
        }
    }
    None
}

/// Parts between marks that stand in no group and no environment within.
pub fn split<'t>(text: &'t str, mark: &str) -> Vec<&'t str> {
    let (mut parts, mut from, mut at, mut depth) = (Vec::new(), 0, 0, 0_usize);
    while let Some(c) = text[at..].chars().next() {
        let rest = &text[at..];
        if rest.starts_with("\\begin{") {
            depth += 1;
        } else if rest.starts_with("\\end{") || c == '}' {
            depth = depth.saturating_sub(1);
        } else if c == '{' {
            depth += 1;
        } else if depth == 0 && rest.starts_with(mark) && !continues(mark, &rest[mark.len()..]) {
            parts.push(&text[from..at]);
            at += mark.len();
            from = at;
            continue;
        }
        // What is behind a backslash is not read by itself, but for the brace of an environment's name, which is closed.
        at += match rest {
            rest if rest.starts_with("\\begin{") => "\\begin{".len() + name_length(rest),
            rest if rest.starts_with("\\end{") => "\\end{".len() + name_length(rest),
            rest if c == '\\' => 1 + rest[1..].chars().next().map_or(0, char::len_utf8),
            _ => c.len_utf8(),
        };
    }
    parts.push(&text[from..]);
    parts
}

/// `\item` is not the beginning of `\itemsep`.
fn continues(mark: &str, rest: &str) -> bool {
    mark.ends_with(|c: char| c.is_ascii_alphabetic()) && rest.starts_with(|c: char| c.is_ascii_alphabetic())
}

/// Of an environment's name with its closing brace.
fn name_length(rest: &str) -> usize {
    let name = rest.split_once('{').map_or("", |(_, name)| name);
    name.find('}').map_or(0, |end| end + 1)
}
