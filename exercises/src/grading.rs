//! How the format writes checkers and scoring.

use crate::error::{FormatError, Problem};
use crate::outline::{Section, at};
use events::package::{Checker, CheckerProgram, GroupRule, ScoreGroup, Scoring, Tolerance, ValidatorOptions};

pub(crate) const CHECKER_TAKES: &str =
    "exact, tokens, unordered_lines, floats with a tolerance, or validator with its options";
pub(crate) const GROUPS_TAKES: &str =
    "`name weight min` or `name weight sum`, perhaps `needs` and names before it, separated by semicolons";

/// The value of `checker`.
pub(crate) fn checker(value: &str) -> Option<Checker> {
    let words: Vec<&str> = value.split_whitespace().collect();
    Some(match words.as_slice() {
        ["exact"] => Checker::Exact,
        ["tokens"] => Checker::Tokens,
        ["unordered_lines"] => Checker::UnorderedLines,
        ["floats", both] if !both.contains('=') => {
            let both = Some(tolerance(both)?);
            Checker::Floats { absolute: both, relative: both }
        }
        ["floats", first, more @ ..] => floats([first].into_iter().chain(more).copied())?,
        ["validator", options @ ..] => Checker::Validator(validator(options)?),
        _ => return None,
    })
}

fn floats<'a>(words: impl Iterator<Item = &'a str>) -> Option<Checker> {
    let (mut absolute, mut relative) = (None, None);
    for word in words {
        let (name, value) = word.split_once('=')?;
        let place = match name {
            "absolute" => &mut absolute,
            "relative" => &mut relative,
            _ => return None,
        };
        if place.replace(tolerance(value)?).is_some() {
            return None;
        }
    }
    Some(Checker::Floats { absolute, relative })
}

/// The default validator's own command line.
fn validator(mut words: &[&str]) -> Option<ValidatorOptions> {
    let mut options = ValidatorOptions::default();
    while let [word, rest @ ..] = words {
        words = rest;
        match *word {
            "case_sensitive" => options.case_sensitive = true,
            "space_change_sensitive" => options.space_change_sensitive = true,
            name => {
                let [value, rest @ ..] = words else { return None };
                words = rest;
                let value = Some(tolerance(value)?);
                match name {
                    "float_absolute_tolerance" => options.float_absolute_tolerance = value,
                    "float_relative_tolerance" => options.float_relative_tolerance = value,
                    "float_tolerance" => {
                        options.float_absolute_tolerance = value;
                        options.float_relative_tolerance = value;
                    }
                    _ => return None,
                }
            }
        }
    }
    Some(options)
}

fn tolerance(text: &str) -> Option<Tolerance> {
    Tolerance::try_from(text.parse::<f64>().ok()?).ok()
}

/// The section `# Checker`: one program, its arguments behind the heading's colon.
pub(crate) fn checker_program(section: &Section<'_>) -> Result<Checker, FormatError> {
    let [entry] = section.entries.as_slice() else { return Err(at(section.line, Problem::BadChecker)) };
    let [block] = entry.blocks.as_slice() else { return Err(at(entry.line, Problem::BadChecker)) };
    let kind = match entry.word {
        "program" => Checker::Program,
        "interactor" => Checker::Interactor,
        _ => return Err(at(entry.line, Problem::BadChecker)),
    };
    if block.word.is_empty() || !block.attributes.is_empty() {
        return Err(at(entry.line, Problem::BadChecker));
    }
    Ok(kind(CheckerProgram {
        language: block.word.to_owned(),
        source: block.text.clone(),
        arguments: entry.note.split_whitespace().map(str::to_owned).collect(),
    }))
}

/// The value of `groups`; their tests are found later.
pub(crate) fn groups(value: &str) -> Option<Vec<ScoreGroup>> {
    value.split(';').map(group).collect()
}

fn group(text: &str) -> Option<ScoreGroup> {
    let words: Vec<&str> = text.split_whitespace().collect();
    let (name, weight, rule, needs) = match words.as_slice() {
        [name, weight, rule] => (name, weight, rule, [].as_slice()),
        [name, weight, rule, "needs", needs @ ..] if !needs.is_empty() => (name, weight, rule, needs),
        _ => return None,
    };
    let rule = match *rule {
        "min" => GroupRule::Min,
        "sum" => GroupRule::Sum,
        _ => return None,
    };
    // A number behind a test's heading is a weight.
    let is_name = name.starts_with(|first: char| first.is_ascii_lowercase());
    let needs = needs.iter().map(|name| (*name).to_owned()).collect();
    let weight = weight.parse().ok()?;
    is_name.then(|| ScoreGroup { name: (*name).to_owned(), weight, rule, tests: Vec::new(), needs })
}

/// What stands behind the word of each test's heading: its weight, or the groups it is in.
pub(crate) fn scoring(groups: Option<Vec<ScoreGroup>>, tests: &Section<'_>) -> Result<Scoring, FormatError> {
    let marks = tests.entries.iter().map(|entry| {
        let mut words = entry.word.split_whitespace().skip(1);
        (entry.line, words.by_ref().collect::<Vec<&str>>())
    });
    let mut scoring = match groups {
        Some(groups) => Scoring::Groups(groups),
        None if marks.clone().all(|(_, marks)| marks.is_empty()) => return Ok(Scoring::AllOrNothing),
        None => Scoring::Weighted(Vec::new()),
    };
    for (ordinal, (line, marks)) in (1..).zip(marks) {
        let unknown = |mark: &str| at(line, Problem::UnknownMark(mark.to_owned()));
        match &mut scoring {
            Scoring::Groups(groups) => {
                for mark in marks {
                    let group = groups.iter_mut().find(|group| group.name == mark);
                    group.ok_or_else(|| unknown(mark))?.tests.push(ordinal);
                }
            }
            Scoring::Weighted(weights) => weights.push(match marks.as_slice() {
                [] => 0,
                [weight] => weight.parse().map_err(|_| unknown(weight))?,
                [_, second, ..] => return Err(unknown(second)),
            }),
            Scoring::AllOrNothing => {}
        }
    }
    match scoring.problem(tests.entries.len()) {
        Some(problem) => Err(at(tests.line, Problem::BadScoring(problem))),
        None => Ok(scoring),
    }
}
