//! Environments: lists, tables, blocks.

use super::Converter;
use super::markdown::{block, fenced, indented};
use super::scan::{self, Scan};
use std::fmt::Write;

impl Converter<'_> {
    pub(super) fn environment(&mut self, scan: &mut Scan<'_>, depth: usize, out: &mut String) {
        let Some(name) = self.raw(scan).map(str::trim) else { return };
        let Some(body) = self.found(|| scan.environment(name)) else { return };
        let plain = name.trim_end_matches('*');
        match plain {
            "itemize" | "enumerate" | "description" => {
                let list = self.list(body, plain == "enumerate", depth);
                block(out, &list);
            }
            "verbatim" | "lstlisting" | "alltt" => {
                let mut inner = Scan::new(body);
                inner.option();
                block(out, &fenced(inner.rest()));
            }
            "equation" | "displaymath" => block(out, &format!("$${}$$", body.trim())),
            "align" | "eqnarray" | "gather" | "multline" => {
                block(out, &format!("$$\\begin{{{name}}}{body}\\end{{{name}}}$$"));
            }
            "Input" | "Output" | "Interaction" => {
                block(out, &format!("## {plain}"));
                let inner = self.fragment(body, depth + 1);
                block(out, &inner);
            }
            "quote" | "quotation" => {
                let inner = self.fragment(body, depth + 1);
                block(out, &indented(inner.trim(), "> ", "> "));
            }
            "tabular" => {
                let table = self.table(body, depth);
                block(out, &table);
            }
            "center" | "figure" | "wrapfigure" | "table" | "minipage" | "flushleft" | "flushright"
            | "samepage" => {
                let mut inner = Scan::new(body);
                inner.option();
                while plain != "center" && inner.opens_group() && inner.group().is_some() {}
                let inner = self.fragment(inner.rest(), depth + 1);
                block(out, &inner);
            }
            _ => {
                self.unknown.insert(format!("\\begin{{{name}}}"));
                let inner = self.fragment(body, depth + 1);
                block(out, &inner);
            }
        }
    }

    fn list(&mut self, body: &str, numbered: bool, depth: usize) -> String {
        let mut list = String::new();
        for (index, item) in scan::split(body, "\\item").into_iter().skip(1).enumerate() {
            let mut inner = Scan::new(item);
            let label = inner.option().map(|label| self.fragment(label, depth + 1));
            let text = self.fragment(inner.rest(), depth + 1);
            let mark = if numbered { format!("{}. ", index + 1) } else { "- ".to_owned() };
            let label = label.map(|label| format!("**{}** ", label.trim())).unwrap_or_default();
            let indent = " ".repeat(mark.len());
            list.push_str(&indented(&format!("{label}{}", text.trim()), &mark, &indent));
            list.push('\n');
        }
        list
    }

    fn table(&mut self, body: &str, depth: usize) -> String {
        let mut inner = Scan::new(body);
        inner.option();
        if inner.opens_group() {
            inner.group();
        }
        let mut table = String::new();
        for row in scan::split(inner.rest(), "\\\\") {
            let row = row
                .replace("\\hline", "")
                .replace("\\toprule", "")
                .replace("\\midrule", "")
                .replace("\\bottomrule", "");
            if row.trim().is_empty() {
                continue;
            }
            let cells: Vec<String> = scan::split(&row, "&")
                .into_iter()
                .map(|cell| self.fragment(cell, depth + 1).trim().replace('|', "\\|").replace('\n', " "))
                .collect();
            let _infallible = writeln!(table, "| {} |", cells.join(" | "));
            if table.lines().count() == 1 {
                let _infallible = writeln!(table, "|{}", "---|".repeat(cells.len()));
            }
        }
        table
    }
}
