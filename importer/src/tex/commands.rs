//! The commands that are known, most of them from the list that the package format asks judging systems to render.

pub enum Meaning {
    /// Its argument, between these marks.
    Wrap(&'static str),
    Text(&'static str),
    /// Its argument is a heading.
    Heading(&'static str),
    /// It says how something looks on paper.
    Drop {
        arguments: usize,
    },
    Special,
    Unknown,
}

pub fn meaning(name: &str) -> Meaning {
    use Meaning::{Drop, Heading, Special, Text, Unknown, Wrap};
    match name {
        "textbf" => Wrap("**"),
        "emph" | "textit" | "textsl" => Wrap("*"),
        "texttt" => Wrap("`"),
        "sout" => Wrap("~~"),
        "underline" | "textsc" | "textrm" | "textsf" | "text" | "mbox" | "textnormal" | "textup" | "hbox" => {
            Wrap("")
        }
        "section" => Heading("##"),
        "subsection" => Heading("###"),
        "subsubsection" | "paragraph" | "epigraph" => Heading("####"),
        "ldots" | "dots" | "textellipsis" => Text("…"),
        "textbackslash" => Text("\\\\"),
        "textasciitilde" => Text("~"),
        "textasciicircum" => Text("^"),
        "textless" => Text("\\<"),
        "textgreater" => Text(">"),
        "textbar" => Text("|"),
        "textquotedblleft" => Text("“"),
        "textquotedblright" => Text("”"),
        "LaTeX" => Text("LaTeX"),
        "TeX" => Text("TeX"),
        "ss" => Text("ß"),
        "ae" => Text("æ"),
        "AE" => Text("Æ"),
        "o" => Text("ø"),
        "O" => Text("Ø"),
        "aa" => Text("å"),
        "AA" => Text("Å"),
        "l" => Text("ł"),
        "L" => Text("Ł"),
        "i" => Text("ı"),
        "S" => Text("§"),
        "copyright" => Text("©"),
        "degree" => Text("°"),
        "euro" | "texteuro" => Text("€"),
        "par" => Text("\n\n"),
        "newline" | "linebreak" => Text("\\\n"),
        "quad" | "qquad" => Text(" "),
        "noindent" | "centering" | "smallskip" | "medskip" | "bigskip" | "newpage" | "clearpage"
        | "pagebreak" | "hfill" | "vfill" | "tiny" | "scriptsize" | "footnotesize" | "small"
        | "normalsize" | "large" | "Large" | "LARGE" | "huge" | "Huge" | "bf" | "bfseries" | "it"
        | "itshape" | "em" | "tt" | "ttfamily" | "rm" | "sf" | "sl" | "t" | "indent" | "nextsample"
        | "remainingsamples" | "raggedright" | "leavevmode" | "sloppy" | "protect" | "hline" => {
            Drop { arguments: 0 }
        }
        "vspace" | "hspace" | "label" | "cline" | "thispagestyle" | "pagestyle" | "usepackage" | "vskip" => {
            Drop { arguments: 1 }
        }
        "setlength" | "addtolength" => Drop { arguments: 2 },
        "begin" | "problemname" | "illustration" | "caption" | "includegraphics" | "url" | "href"
        | "verb" | "constant" | "def" | "newcommand" | "renewcommand" => Special,
        _ => Unknown,
    }
}

/// What `{\bf …}` and the like put around the group.
pub fn switch(name: &str) -> Option<&'static str> {
    Some(match name {
        "bf" | "bfseries" => "**",
        "it" | "itshape" | "em" | "sl" => "*",
        "tt" | "ttfamily" | "t" => "`",
        _ => return None,
    })
}

/// As a mark that combines with the letter before it.
pub fn accent(symbol: char) -> Option<char> {
    Some(match symbol {
        '"' => '\u{308}',
        '\'' => '\u{301}',
        '`' => '\u{300}',
        '^' => '\u{302}',
        '~' => '\u{303}',
        '=' => '\u{304}',
        '.' => '\u{307}',
        _ => return None,
    })
}
