//! `submissions/`: programs, and what must come of them, by their folder, by `submissions.yaml`, or by a mark in the source.

use super::Folder;
use super::settings::{Settings, Version};
use super::statement::replace_constants;
use super::yaml::{Keys, words_of};
use crate::expected::{Expected, Outcome};
use crate::{Example, Refused, languages};
use events::judgement::Verdict;
use serde_json::Value;
use std::collections::BTreeMap;

/// What DOMjudge's packages mark a source with that may end in several ways.
const MARK: &str = "@EXPECTED_RESULTS@:";
/// As for what learners hand in.
const SOURCE_BYTES_MAX: usize = 64 << 10;
const EXAMPLES_MAX: usize = 40;

pub fn read(folder: &mut Folder<'_>, settings: &Settings) -> Result<Vec<Example>, Refused> {
    let rules = rules(folder)?;
    let mut programs: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for path in folder.below("submissions/") {
        let mut parts = path.splitn(3, '/');
        match (parts.next(), parts.next()) {
            (Some(kind), Some(name)) => programs.entry(format!("{kind}/{name}")).or_default().push(path),
            _ if path == "submissions.yaml" => {}
            _ => folder.warn(format!("submissions/{path}"), "the file is not used"),
        }
    }
    let mut examples = Vec::new();
    for (program, files) in programs {
        let shown = format!("submissions/{program}");
        match example(folder, settings, &rules, &program, &files)? {
            Ok(_) if examples.len() == EXAMPLES_MAX => {
                folder.warn(shown, format!("not judged: there are more than {EXAMPLES_MAX}"));
            }
            Ok(example) => examples.push(example),
            Err(reason) => folder.warn(shown, format!("not judged: {reason}")),
        }
    }
    // Accepted ones first: the time limit may follow from them.
    examples.sort_by_key(|example| !example.expected.is_accepted());
    Ok(examples)
}

/// The inner error is why this one program cannot be judged.
fn example(
    folder: &Folder<'_>,
    settings: &Settings,
    rules: &[Rule],
    program: &str,
    files: &[&str],
) -> Result<Result<Example, String>, Refused> {
    let sources: Vec<&&str> = files.iter().filter(|file| languages::of_file(file).is_some()).collect();
    let [path] = sources.as_slice() else {
        let reason =
            if sources.is_empty() { "its language is not one of ours" } else { "it has several files" };
        return Ok(Err(reason.to_owned()));
    };
    let file = format!("submissions/{path}");
    let source = replace_constants(folder.text(&file)?.unwrap_or_default(), settings);
    let matching: Vec<&Rule> = rules.iter().filter(|rule| glob(&rule.pattern, program)).collect();
    let named = matching.iter().find_map(|rule| rule.language.as_deref());
    let language = match named {
        Some(name) => languages::of_name(name),
        None => languages::of_file(path),
    };
    let Some(language) = language else { return Ok(Err("its language is not one of ours".to_owned())) };
    if let Some(reason) = languages::unfit(language, &source) {
        return Ok(Err(reason.to_owned()));
    }
    if source.len() > SOURCE_BYTES_MAX {
        return Ok(Err(format!("it has more than {SOURCE_BYTES_MAX} bytes")));
    }
    let kind = program.split('/').next().unwrap_or_default();
    let expected = match marked(&source) {
        Some(Ok(expected)) => expected,
        Some(Err(unknown)) => return Ok(Err(format!("its {MARK} names {unknown:?}"))),
        None => match ruled(kind, &matching).or_else(|| by_folder(kind, settings)) {
            Some(expected) => expected,
            None => return Ok(Err(format!("what `{kind}` expects is not known"))),
        },
    };
    Ok(Ok(Example { file, language: language.to_owned(), source, expected }))
}

/// What a folder's name says.
fn by_folder(kind: &str, settings: &Settings) -> Option<Expected> {
    use Outcome::{Ac, Rte, Tle, Wa};
    let legacy = settings.version == Version::Legacy;
    let (permitted, required): (&[Outcome], &[Outcome]) = match kind {
        "accepted" => (&[Ac], &[Ac]),
        "rejected" | "partially_accepted" => (Outcome::ALL, &[Wa, Tle, Rte]),
        "wrong_answer" => (&[Ac, Wa], &[Wa]),
        "time_limit_exceeded" if legacy => (&[Ac, Wa, Tle], &[Tle]),
        "time_limit_exceeded" => (&[Ac, Tle], &[Tle]),
        "run_time_error" if legacy => (Outcome::ALL, &[Rte]),
        "run_time_error" => (&[Ac, Rte], &[Rte]),
        "brute_force" => (&[Ac, Rte, Tle], &[Rte, Tle]),
        _ => return None,
    };
    Some(Expected::tests(kind, permitted, required))
}

/// One entry of `submissions.yaml`.
struct Rule {
    pattern: String,
    language: Option<String>,
    permitted: Option<Vec<Outcome>>,
    required: Option<Vec<Outcome>>,
}

fn rules(folder: &mut Folder<'_>) -> Result<Vec<Rule>, Refused> {
    const FILE: &str = "submissions/submissions.yaml";
    let Some(keys) = Keys::read(folder, FILE)? else { return Ok(Vec::new()) };
    let mut rules = Vec::new();
    for (pattern, value) in keys.into_entries() {
        let Value::Object(map) = value else { continue };
        let outcomes = |key: &str| -> Result<Option<Vec<Outcome>>, Refused> {
            let Some(value) = map.get(key) else { return Ok(None) };
            let names = words_of(value).unwrap_or_default();
            let outcomes: Option<Vec<_>> = names.iter().map(|name| Outcome::of_name(name)).collect();
            outcomes
                .map(Some)
                .ok_or_else(|| Refused::new(FILE, format!("`{key}` of {pattern:?} takes AC, WA, TLE, RTE")))
        };
        for key in map.keys() {
            match key.as_str() {
                "permitted" | "required" | "language" | "authors" | "model_solution"
                | "use_for_time_limit" => {}
                other => folder.warn(FILE, format!("`{other}` of {pattern:?} is not checked")),
            }
        }
        if pattern.contains(['{', '[']) {
            folder.warn(FILE, format!("{pattern:?} is not understood; `*` is"));
            continue;
        }
        let language = map.get("language").and_then(Value::as_str).map(str::to_owned);
        rules.push(Rule {
            permitted: outcomes("permitted")?,
            required: outcomes("required")?,
            language,
            pattern,
        });
    }
    Ok(rules)
}

/// What the rules for a program say together; `None`: nothing about verdicts.
fn ruled(kind: &str, rules: &[&Rule]) -> Option<Expected> {
    let permitted: Vec<&Vec<Outcome>> = rules.iter().filter_map(|rule| rule.permitted.as_ref()).collect();
    let required = rules.iter().rev().find_map(|rule| rule.required.clone());
    if permitted.is_empty() && required.is_none() {
        return None;
    }
    let all = |outcome: &&Outcome| permitted.iter().all(|list| list.contains(outcome));
    let permitted: Vec<Outcome> = Outcome::ALL.iter().filter(all).copied().collect();
    let required = required.unwrap_or_else(|| permitted.clone());
    let names = |list: &[Outcome]| {
        list.iter().map(|outcome| format!("{outcome:?}").to_uppercase()).collect::<Vec<_>>().join("|")
    };
    let name = format!("{kind}: {} of {}", names(&required), names(&permitted));
    Some(Expected::tests(&name, &permitted, &required))
}

/// Whether a pattern matches a program, or a folder it is in. `*` is anything within a name.
fn glob(pattern: &str, program: &str) -> bool {
    let patterns: Vec<&str> = pattern.trim_end_matches('/').split('/').collect();
    let parts: Vec<&str> = program.split('/').collect();
    patterns.len() <= parts.len() && patterns.iter().zip(&parts).all(|(pattern, part)| wild(pattern, part))
}

fn wild(pattern: &str, name: &str) -> bool {
    let mut pieces = pattern.split('*');
    let first = pieces.next().unwrap_or_default();
    let Some(mut rest) = name.strip_prefix(first) else { return false };
    let mut pieces: Vec<&str> = pieces.collect();
    let Some(last) = pieces.pop() else { return rest.is_empty() };
    for piece in pieces {
        let Some(at) = rest.find(piece) else { return false };
        rest = &rest[at + piece.len()..];
    }
    rest.ends_with(last)
}

/// The mark in a source, or the name in it that is not known.
fn marked(source: &str) -> Option<Result<Expected, String>> {
    let (_, after) = source.split_once(MARK)?;
    let names =
        after.lines().next().unwrap_or_default().trim().trim_end_matches("*/").trim_end_matches("-->").trim();
    let mut verdicts = Vec::new();
    for name in names.split(',').map(str::trim) {
        match name.to_ascii_uppercase().replace('_', "-").as_str() {
            "CORRECT" | "ACCEPTED" => verdicts.push(Verdict::Accepted),
            "WRONG-ANSWER" | "NO-OUTPUT" => verdicts.push(Verdict::WrongAnswer),
            "TIMELIMIT" | "TIME-LIMIT-EXCEEDED" => verdicts.push(Verdict::TimeLimit),
            "RUN-ERROR" | "RUN-TIME-ERROR" => verdicts.extend([Verdict::RuntimeError, Verdict::MemoryLimit]),
            "OUTPUT-LIMIT" => verdicts.push(Verdict::OutputLimit),
            "COMPILER-ERROR" => verdicts.push(Verdict::CompileError),
            _ => return Some(Err(name.to_owned())),
        }
    }
    Some(Ok(Expected::Overall { name: names.to_owned(), verdicts }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns() {
        for (pattern, program) in [
            ("accepted", "accepted/a.py"),
            ("accepted/*", "accepted/a.py"),
            ("*/a.*", "accepted/a.py"),
            ("accepted/a.py", "accepted/a.py"),
            ("*/*slow*.py", "accepted/very_slow_one.py"),
        ] {
            assert!(glob(pattern, program), "{pattern}");
        }
        for (pattern, program) in
            [("accept", "accepted/a.py"), ("*/b*", "accepted/a.py"), ("a/b/c", "a/b"), ("*/a", "x/ab")]
        {
            assert!(!glob(pattern, program), "{pattern}");
        }
    }

    #[test]
    fn marks() {
        let verdicts = |source: &str| match marked(source) {
            Some(Ok(Expected::Overall { verdicts, .. })) => verdicts,
            other => panic!("{other:?}"),
        };
        assert_eq!(
            verdicts("// @EXPECTED_RESULTS@: TIMELIMIT, CORRECT\nint main"),
            [Verdict::TimeLimit, Verdict::Accepted]
        );
        assert_eq!(verdicts("/* @EXPECTED_RESULTS@: WRONG-ANSWER */"), [Verdict::WrongAnswer]);
        assert_eq!(marked("# @EXPECTED_RESULTS@: MAGIC"), Some(Err("MAGIC".to_owned())));
        assert_eq!(marked("print(1)"), None);
    }
}
