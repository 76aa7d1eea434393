//! From a file's text to an [`ExerciseFile`]: what the words of the outline mean.

use crate::error::{FormatError, Problem};
use crate::grading;
use crate::outline::{Block, Entry, Section, at, outline};
use crate::{ExerciseFile, points_of};
use events::exercise::{Difficulty, Limits};
use events::judgement::TestGroup;
use events::package::{Checker, Package, ScoreGroup, Solution, Test, TestKind};
use std::collections::BTreeSet;

/// The most text one test may hold, in bytes, input and expected output each.
const TEXT_MAX: usize = 1024 * 1024;
const POINTS_MAX: u32 = 1_000;

/// Reads one exercise file. The slug is the file's name, the category its folder's.
pub fn parse(slug: &str, category: &str, text: &str) -> Result<ExerciseFile, FormatError> {
    if !is_slug(slug) {
        return Err(FormatError { line: None, problem: Problem::Slug(slug.to_owned()) });
    }
    if !is_slug(category) {
        return Err(FormatError { line: None, problem: Problem::Category(category.to_owned()) });
    }
    refuse_control_characters(text)?;
    let outline = outline(text)?;
    let front = FrontMatter::read(&outline.front_matter)?;
    let scoring = grading::scoring(front.groups, &outline.tests)?;
    let tests = tests(&outline.tests)?;
    let checker = match (front.checker, &outline.checker) {
        (checker, None) => checker.unwrap_or_default(),
        (None, Some(section)) => grading::checker_program(section)?,
        (Some(_), Some(section)) => return Err(at(section.line, Problem::TwoCheckers)),
    };
    let solutions = solutions(&outline.solutions, &front.languages)?;
    Ok(ExerciseFile {
        slug: slug.to_owned(),
        title: front.title,
        statement: outline.statement,
        category: category.to_owned(),
        difficulty: front.difficulty,
        points: front.points,
        languages: front.languages,
        package: Package {
            tests,
            limits: front.limits,
            checker,
            scoring,
            early_stop: front.early_stop,
            solutions,
        },
    })
}

/// 3 to 64 lower-case letters, digits and single hyphens, no hyphen at either end.
fn is_slug(text: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    (3..=64).contains(&text.len())
        && text.split('-').all(|word| !word.is_empty() && word.bytes().all(allowed))
}

/// Carriage returns would hide in a diff, and PostgreSQL stores no NUL.
fn refuse_control_characters(text: &str) -> Result<(), FormatError> {
    for (index, line) in text.split('\n').enumerate() {
        if let Some(character) = line.chars().find(|c| (c.is_control() && *c != '\t') || *c == '\u{feff}') {
            return Err(at(index + 1, Problem::ControlCharacter(character)));
        }
    }
    Ok(())
}

struct FrontMatter {
    title: String,
    difficulty: Difficulty,
    points: u32,
    languages: BTreeSet<String>,
    limits: Limits,
    checker: Option<Checker>,
    groups: Option<Vec<ScoreGroup>>,
    early_stop: bool,
}

impl FrontMatter {
    fn read(pairs: &[(usize, &str, &str)]) -> Result<Self, FormatError> {
        let mut title = None;
        let mut difficulty = None;
        let mut points = None;
        let mut languages = BTreeSet::from(["python".to_owned()]);
        let mut limits = Limits::default();
        let (mut checker, mut groups, mut early_stop) = (None, None, false);
        for (index, &(line, key, value)) in pairs.iter().enumerate() {
            if pairs[..index].iter().any(|(_, earlier, _)| *earlier == key) {
                return Err(at(line, Problem::RepeatedKey(key.to_owned())));
            }
            let bad =
                |takes| at(line, Problem::BadValue { key: key.to_owned(), value: value.to_owned(), takes });
            match key {
                "title" if value.is_empty() => return Err(bad("the exercise's name, not empty")),
                "title" => title = Some(value.to_owned()),
                "difficulty" => {
                    difficulty = Some(difficulty_of(value).ok_or_else(|| bad("easy, medium or hard"))?);
                }
                "points" => {
                    points = Some(number(value, POINTS_MAX).ok_or_else(|| bad("a number from 1 to 1000"))?);
                }
                "languages" => {
                    languages =
                        languages_of(value).ok_or_else(|| bad("names in lower case, separated by commas"))?;
                }
                "cpu_ms" => {
                    limits.cpu_ms = number(value, u32::MAX).ok_or_else(|| bad("milliseconds, from 1"))?;
                }
                "memory_kib" => {
                    limits.memory_kib = number(value, u32::MAX).ok_or_else(|| bad("KiB, from 1"))?;
                }
                "output_kib" => {
                    limits.output_kib = number(value, u32::MAX).ok_or_else(|| bad("KiB, from 1"))?;
                }
                "checker" => {
                    checker = Some(grading::checker(value).ok_or_else(|| bad(grading::CHECKER_TAKES))?);
                }
                "groups" => {
                    groups = Some(grading::groups(value).ok_or_else(|| bad(grading::GROUPS_TAKES))?);
                }
                "early_stop" if value == "yes" => early_stop = true,
                "early_stop" => return Err(bad("yes, or is left out")),
                _ => return Err(at(line, Problem::UnknownKey(key.to_owned()))),
            }
        }
        let missing = |key| at(1, Problem::MissingKey(key));
        let title = title.ok_or_else(|| missing("title"))?;
        let difficulty = difficulty.ok_or_else(|| missing("difficulty"))?;
        let points = points.unwrap_or_else(|| points_of(difficulty));
        Ok(Self { title, difficulty, points, languages, limits, checker, groups, early_stop })
    }
}

fn difficulty_of(text: &str) -> Option<Difficulty> {
    [Difficulty::Easy, Difficulty::Medium, Difficulty::Hard].into_iter().find(|one| one.name() == text)
}

/// A whole number from 1 to `max`.
fn number(text: &str, max: u32) -> Option<u32> {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|number| digits && (1..=max).contains(number))
}

fn languages_of(text: &str) -> Option<BTreeSet<String>> {
    let names: BTreeSet<String> = text.split(',').map(|name| name.trim().to_owned()).collect();
    let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    names.iter().all(|name| !name.is_empty() && name.bytes().all(allowed)).then_some(names)
}

fn tests(section: &Section<'_>) -> Result<Vec<Test>, FormatError> {
    let tests: Vec<Test> = section.entries.iter().map(test).collect::<Result<_, _>>()?;
    for (group, name) in [(TestGroup::Sample, "sample"), (TestGroup::Hidden, "hidden")] {
        if !tests.iter().any(|test| test.group == group) {
            return Err(at(section.line, Problem::NoTest(name)));
        }
    }
    Ok(tests)
}

fn test(entry: &Entry<'_>) -> Result<Test, FormatError> {
    const HEADINGS: &str = "a test is `## sample` or `## hidden`, with a note behind a colon if you like";
    const BLOCKS: &str = "a test has `input` or `call`, and `expect`";
    let group = match entry.word.split_whitespace().next().unwrap_or_default() {
        "sample" => TestGroup::Sample,
        "hidden" => TestGroup::Hidden,
        other => return Err(at(entry.line, Problem::UnknownHeading(other.to_owned(), HEADINGS))),
    };
    let (mut input, mut call, mut expected) = (None, None, None);
    for block in &entry.blocks {
        match block.word {
            "input" => append(&mut input, block)?,
            "expect" => append(&mut expected, block)?,
            "call" if call.is_none() => call = Some(expression(block)?),
            "call" => return Err(at(block.line, Problem::BadCall)),
            other => return Err(at(block.line, Problem::UnknownBlock(other.to_owned(), BLOCKS))),
        }
    }
    let kind = match (input, call) {
        (Some(input), None) => TestKind::Stdio { input },
        (None, Some(expression)) => TestKind::Call { expression },
        (Some(_), Some(_)) => return Err(at(entry.line, Problem::TwoKinds)),
        (None, None) => return Err(at(entry.line, Problem::NoKind)),
    };
    let expected = expected.ok_or_else(|| at(entry.line, Problem::NoExpect))?;
    Ok(Test { group, kind, expected })
}

/// Adds a block's text, as often as it says, to what earlier blocks of the same word gave.
fn append(text: &mut Option<String>, block: &Block<'_>) -> Result<(), FormatError> {
    let mut repeat = 1;
    let mut piece = block.text.as_str();
    for &attribute in &block.attributes {
        let unknown = || at(block.line, Problem::UnknownAttribute(attribute.to_owned()));
        if attribute == "no-final-newline" {
            piece = block.text.strip_suffix('\n').unwrap_or(&block.text);
        } else {
            let count = attribute.strip_prefix("repeat=").ok_or_else(unknown)?;
            repeat = number(count, u32::MAX).ok_or_else(unknown)?;
        }
    }
    let repeat = usize::try_from(repeat).unwrap_or(usize::MAX);
    let text = text.get_or_insert_default();
    if piece.len().saturating_mul(repeat).saturating_add(text.len()) > TEXT_MAX {
        return Err(at(block.line, Problem::TooLarge(TEXT_MAX)));
    }
    if !piece.is_empty() {
        text.push_str(&piece.repeat(repeat));
    }
    Ok(())
}

fn expression(block: &Block<'_>) -> Result<String, FormatError> {
    if let Some(attribute) = block.attributes.first() {
        return Err(at(block.line, Problem::UnknownAttribute((*attribute).to_owned())));
    }
    let expression = block.text.trim();
    if expression.is_empty() { Err(at(block.line, Problem::BadCall)) } else { Ok(expression.to_owned()) }
}

fn solutions(section: &Section<'_>, languages: &BTreeSet<String>) -> Result<Vec<Solution>, FormatError> {
    let solutions: Vec<Solution> =
        section.entries.iter().map(|entry| solution(entry, languages)).collect::<Result<_, _>>()?;
    if solutions.iter().any(|solution| solution.accepted) {
        Ok(solutions)
    } else {
        Err(at(section.line, Problem::NoAccepted))
    }
}

fn solution(entry: &Entry<'_>, languages: &BTreeSet<String>) -> Result<Solution, FormatError> {
    const HEADINGS: &str = "a solution is `## accepted` or `## wrong: what went wrong`";
    const BLOCKS: &str = "a solution's block names one of the languages of the front matter";
    let accepted = match entry.word {
        "accepted" => true,
        "wrong" if entry.note.is_empty() => return Err(at(entry.line, Problem::UnnamedMistake)),
        "wrong" => false,
        other => return Err(at(entry.line, Problem::UnknownHeading(other.to_owned(), HEADINGS))),
    };
    let [block] = entry.blocks.as_slice() else {
        return Err(at(entry.line, Problem::BadSolution));
    };
    if !languages.contains(block.word) {
        return Err(at(block.line, Problem::UnknownBlock(block.word.to_owned(), BLOCKS)));
    }
    if block.text.trim().is_empty() || !block.attributes.is_empty() {
        return Err(at(block.line, Problem::BadSolution));
    }
    Ok(Solution { language: block.word.to_owned(), source: block.text.clone(), accepted })
}
