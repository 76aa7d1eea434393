use super::*;
use proptest::prelude::*;

fn converted(source: &str) -> Converted {
    to_markdown(source, &BTreeMap::from([("maxn".to_owned(), "1000".to_owned())]))
}

fn markdown(source: &str) -> String {
    let converted = converted(source);
    assert_eq!(converted.warnings, [""; 0], "{source}");
    converted.markdown
}

#[test]
fn mathematics_stay_as_they_are() {
    assert_eq!(
        markdown(r"Let $1 \le a_i \le 10^{9}$ and $$\sum_{i} a_i$$."),
        r"Let $1 \le a_i \le 10^{9}$ and $$\sum_{i} a_i$$."
    );
    assert_eq!(markdown(r"\(x_1\) costs \$5."), r"$x_1$ costs \$5.");
    assert_eq!(markdown(r"A price of $\$5$ it is."), r"A price of $\$5$ it is.");
}

#[test]
fn words_and_quotes() {
    let source = "\\textbf{bold} \\emph{slanted} \\texttt{a_b} {\\bf old} ``quoted''~--- 1--2\\ldots{} 50\\% \\& more % gone\n  next";
    assert_eq!(markdown(source), "**bold** *slanted* `a_b` **old** “quoted” — 1–2… 50% & more next");
    assert_eq!(markdown(r#"G\"odel, caf\'{e}"#), "Go\u{308}del, cafe\u{301}");
    assert_eq!(markdown(r"a * b < c"), r"a \* b \< c");
    assert_eq!(markdown(r"at most \constant{maxn}"), "at most 1000");
    assert_eq!(
        markdown(r"\href{https://example.org/a_b}{here} or \url{https://example.org}"),
        "[here](https://example.org/a_b) or <https://example.org>"
    );
}

#[test]
fn sections_lists_and_blocks() {
    let source = r"\problemname{Two $n$}
\illustration{0.3}{cat.png}{A cat}
Text of
   one paragraph.


Another.
\section*{Input}
\begin{itemize}
  \item first
  \item second with
    \begin{enumerate} \item inner \end{enumerate}
\end{itemize}
\begin{Output}
One number.
\end{Output}
\begin{verbatim}
 a  {b} % c

 \d
\end{verbatim}
\begin{center}\begin{tabular}{|l|r|}\hline a & b\\ \hline 1 & $|x|$\\\hline\end{tabular}\end{center}
End.";
    let converted = converted(source);
    assert_eq!(converted.title.as_deref(), Some("Two $n$"));
    assert_eq!(converted.warnings, ["pictures are not shown; their captions are"]);
    let expected = r"*A cat*

Text of
one paragraph.

Another.

## Input

- first
- second with

  1. inner

## Output

One number.

```
 a  {b} % c

 \d
```

| a | b |
|---|---|
| 1 | $\|x\|$ |

End.";
    assert_eq!(converted.markdown, expected);
}

#[test]
fn what_is_not_known_stays_and_is_said() {
    let converted = converted("\\frobnicate{x} \\begin{theorem}T\\end{theorem}");
    assert_eq!(converted.markdown, "\\frobnicatex \n\nT".replace(" \n", "\n"));
    assert_eq!(
        converted.warnings,
        ["this TeX is not known and stands as text: \\begin{theorem}, \\frobnicate"]
    );
}

#[test]
fn a_plain_name_is_preferred() {
    assert_eq!(
        converted("\\problemname{$x^2$}\n%% plainproblemname: x squared\n").title.as_deref(),
        Some("x squared")
    );
}

#[test]
fn nothing_but_beginnings_ends_soon() {
    for piece in ["{", "\\begin{a}", "$", "\\(", "\\item[", "\\textbf{", "}{", "[", "\\begin{tabular}{"] {
        let source = piece.repeat((128 << 10) / piece.len());
        assert!(
            !to_markdown(&source, &BTreeMap::new()).warnings.is_empty()
                || piece.starts_with(['$', '[', '}', '\\']),
            "{piece}"
        );
    }
    let deep = format!("{}x{}", "{".repeat(60_000), "}".repeat(60_000));
    assert!(!converted(&deep).warnings.is_empty());
}

proptest! {
    #[test]
    fn no_text_is_too_strange(source in r#"(\\(begin|end)\{(itemize|tabular|verbatim|x)\}|\\item|\\textbf|\\\\|[{}$%&\[\]\\ \n"'`ä]|[a-z]){0,60}"#) {
        to_markdown(&source, &BTreeMap::new());
    }
}
