//! The statement: one language of it, in Markdown, with what else learners are to see.

use super::Folder;
use super::settings::Settings;
use crate::files::ending;
use crate::{Bounds, Refused, tex};
use std::fmt::Write;

#[derive(Debug)]
pub struct Statement {
    pub language: String,
    pub text: String,
    /// As the statement itself says it.
    pub title: Option<String>,
}

/// As the two versions name the folder; either is read in both.
const FOLDERS: [&str; 2] = ["statement/", "problem_statement/"];
/// What is converted; an exercise's own limit is below that.
const SOURCE_BYTES_MAX: usize = 128 << 10;
/// Attachments as long as this are shown in the statement.
const ATTACHMENT_BYTES_MAX: usize = 8 << 10;

/// One file that may be the statement.
struct Candidate {
    path: String,
    language: String,
    ending: &'static str,
}

pub fn read(folder: &mut Folder<'_>, settings: &Settings) -> Result<Statement, Refused> {
    let mut candidates = candidates(folder);
    if candidates.is_empty() {
        let pdf = FOLDERS.iter().flat_map(|name| folder.below(name)).any(|path| ending(path) == "pdf");
        let reason = if pdf {
            "it is there as PDF only"
        } else {
            "there is no statement/problem.<language>.md or .tex"
        };
        return Err(Refused::new("the statement", reason));
    }
    // English first, as most learners read it; Markdown first, as nothing has to be converted.
    candidates.sort_by_key(|it| {
        (it.language != "en", !it.language.starts_with("en"), it.language.clone(), it.ending)
    });
    let chosen = candidates.remove(0);
    for other in candidates {
        folder.warn(other.path, format!("not taken over; the statement is {}", chosen.path));
    }
    let source = folder.text(&chosen.path)?.unwrap_or_default();
    if source.len() > SOURCE_BYTES_MAX {
        return Err(Refused::new(chosen.path, format!("it has more than {SOURCE_BYTES_MAX} bytes")));
    }
    let (mut text, title) = if chosen.ending == "tex" {
        let converted = tex::to_markdown(source, &settings.constants);
        for warning in converted.warnings {
            folder.warn(&*chosen.path, warning);
        }
        (converted.markdown, converted.title)
    } else {
        (markdown(source, settings), None)
    };
    pictures(folder);
    append_interactions(folder, &mut text)?;
    append_attachments(folder, &mut text);
    Ok(Statement { language: chosen.language, text, title })
}

fn candidates(folder: &Folder<'_>) -> Vec<Candidate> {
    let mut found = Vec::new();
    for name in FOLDERS {
        for path in folder.below(name) {
            for ending in ["md", "tex"] {
                let inner = path.strip_prefix("problem").and_then(|rest| rest.strip_suffix(ending));
                let Some(inner) = inner.and_then(|inner| inner.strip_suffix('.')) else { continue };
                let language = if inner.is_empty() { Some("en") } else { inner.strip_prefix('.') };
                let Some(language) = language.filter(|language| !language.contains('/')) else { continue };
                found.push(Candidate {
                    path: format!("{name}{path}"),
                    language: language.to_owned(),
                    ending,
                });
            }
        }
    }
    found
}

/// Markdown has only the format's own tags to replace.
fn markdown(source: &str, settings: &Settings) -> String {
    let mut text = source.replace("\r\n", "\n");
    for tag in ["{{nextsample}}", "{{remainingsamples}}"] {
        text = text.replace(tag, "");
    }
    replace_constants(&text, settings)
}

pub fn replace_constants(text: &str, settings: &Settings) -> String {
    let mut text = text.to_owned();
    for (name, value) in &settings.constants {
        // So that a few constants cannot make a text as long as they like.
        if text.len() > SOURCE_BYTES_MAX {
            break;
        }
        text = text.replace(&format!("{{{{{name}}}}}"), value);
    }
    text
}

fn pictures(folder: &mut Folder<'_>) {
    for name in FOLDERS {
        for path in folder.below(name) {
            let ending = ending(path).to_ascii_lowercase();
            if matches!(ending.as_str(), "png" | "jpg" | "jpeg" | "svg" | "pdf" | "eps" | "gif") {
                folder.warn(
                    format!("{name}{path}"),
                    "pictures are not taken over; put it on a page of your own and link to it",
                );
            } else if !path.starts_with("problem.") {
                folder.warn(format!("{name}{path}"), "the file is not used");
            }
        }
    }
}

/// What an interactive sample looks like: `>` is what the submission prints, `<` what it reads.
fn append_interactions(folder: &Folder<'_>, text: &mut String) -> Result<(), Refused> {
    let paths = folder.below("data/sample/").into_iter();
    for (number, path) in paths.filter(|path| ending(path) == "interaction").enumerate() {
        let conversation = folder.text(&format!("data/sample/{path}"))?.unwrap_or_default();
        if number == 0 {
            text.push_str("\n\n## Sample interaction\n\n`<` is what your program reads, `>` what it prints.");
        }
        let _infallible = write!(text, "\n\n{}", fenced("text", conversation));
    }
    Ok(())
}

fn append_attachments(folder: &mut Folder<'_>, text: &mut String) {
    let mut begun = false;
    for path in folder.below("attachments/") {
        let full = format!("attachments/{path}");
        let bytes = folder.bytes(&full).unwrap_or_default();
        let shown = std::str::from_utf8(bytes)
            .ok()
            .filter(|text| text.len() <= ATTACHMENT_BYTES_MAX && !text.contains('\0'));
        match shown {
            Some(shown) if text.len() + shown.len() + 64 <= Bounds::STATEMENT_BYTES_MAX => {
                if !begun {
                    text.push_str("\n\n## Attachments");
                    begun = true;
                }
                let _infallible = write!(text, "\n\n`{path}`:\n\n{}", fenced("", shown));
            }
            _ => folder.warn(full, "not taken over; only short texts are, at the end of the statement"),
        }
    }
}

/// A block whose fence is longer than any in it.
fn fenced(word: &str, text: &str) -> String {
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or_default();
    let fence = "`".repeat(longest.max(2) + 1);
    let end = if text.ends_with('\n') || text.is_empty() { "" } else { "\n" };
    format!("{fence}{word}\n{text}{end}{fence}")
}
