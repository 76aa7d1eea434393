//! The older platforms' JSON: `title`, `body`, `difficulty`, `test_cases` and `solutions`. Their tests are expressions over
//! the learner's Python, which here are `call` tests.

use crate::assertion;
use crate::draft::{CATEGORY, DIFFICULTY, slug_of, title_of};
use crate::expected::Expected;
use crate::files::{Files, ending};
use crate::python_repr::{Pairs, repr};
use crate::{Example, Import, Refused, Warning};
use events::exercise::{Difficulty, Limits};
use events::judgement::TestGroup;
use events::package::{Checker, Package, Scoring, Solution, Test, TestKind};
use exercises::{ExerciseFile, points_of};
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value};
use std::collections::BTreeSet;

const LANGUAGE: &str = "python";
/// How many tests learners see where the document does not say which.
const SAMPLES: usize = 2;

struct Reader {
    file: String,
    warnings: Vec<Warning>,
}

pub fn read(files: &Files) -> Result<Import, Refused> {
    let mut documents = files.paths().filter(|path| ending(path) == "json");
    let (Some(file), None) = (documents.next(), documents.next()) else {
        let reason = "it holds neither a problem.yaml (ICPC/Kattis) nor one single .json document";
        return Err(Refused::new("the package", reason));
    };
    let text = files.text(file)?.unwrap_or_default();
    let parsed: Value = serde_json::from_str(text)
        .map_err(|error| Refused::new(file, format!("it is no good JSON: {error}")))?;
    let mut reader = Reader { file: file.to_owned(), warnings: Vec::new() };
    let Value::Object(mut map) = parsed else {
        return Err(reader.refuse("one exercise is an object; import a list's exercises one by one"));
    };
    let Document { test_cases } =
        serde_json::from_str(text).map_err(|error| reader.refuse(format!("it is no good JSON: {error}")))?;
    let import = reader.exercise(&mut map, test_cases)?;
    Ok(import)
}

/// The cases as they are written, for numbers there may have any number of digits.
#[derive(Deserialize)]
struct Document<'a> {
    #[serde(borrow, default)]
    test_cases: Option<&'a RawValue>,
}

impl Reader {
    fn refuse(&self, reason: impl Into<String>) -> Refused {
        Refused::new(&self.file, reason)
    }

    fn warn(&mut self, text: String) {
        self.warnings.push(Warning { file: self.file.clone(), text });
    }

    fn exercise(
        &mut self,
        map: &mut Map<String, Value>,
        test_cases: Option<&RawValue>,
    ) -> Result<Import, Refused> {
        let title =
            title_of(&self.text(map, &["title", "name"])?.ok_or_else(|| self.refuse("`title` is missing"))?);
        let statement = self
            .text(map, &["body", "description", "statement"])?
            .ok_or_else(|| self.refuse("`body` is missing"))?;
        let difficulty = self.difficulty(map)?;
        let category = self.text(map, &["category"])?.and_then(|name| slug_of(&name, 2, 32));
        let slug = self.text(map, &["slug"])?.and_then(|slug| slug_of(&slug, 3, 64));
        let slug = slug.or_else(|| slug_of(&title, 3, 64));
        let language = self.text(map, &["language"])?;
        if language
            .is_some_and(|language| !matches!(language.to_lowercase().as_str(), "python" | "python3" | "py"))
        {
            return Err(self.refuse("`language`: expressions can be evaluated in Python only"));
        }
        map.remove("test_cases");
        let tests = self.tests(test_cases)?;
        let test_names = (1..=tests.len()).map(|number| format!("test case {number}")).collect();
        let examples = self.solutions(map)?;
        let left: Vec<String> = map.keys().cloned().collect();
        for key in left {
            self.warn(format!("`{key}` is not understood and was left out"));
        }
        let solutions = examples.iter().map(|example| Solution {
            language: example.language.clone(),
            source: example.source.clone(),
            accepted: example.expected.is_accepted(),
        });
        let package = Package {
            tests,
            limits: Limits::default(),
            checker: Checker::Exact,
            scoring: Scoring::AllOrNothing,
            early_stop: false,
            solutions: solutions.collect(),
        };
        Ok(Import {
            format: "JSON of the older platforms",
            exercise: ExerciseFile {
                slug: slug.unwrap_or_default(),
                title,
                statement,
                category: category.unwrap_or_else(|| CATEGORY.to_owned()),
                difficulty,
                points: points_of(difficulty),
                languages: BTreeSet::from([LANGUAGE.to_owned()]),
                package,
            },
            test_names,
            measured: None,
            examples,
            warnings: std::mem::take(&mut self.warnings),
        })
    }

    /// The first of these keys that is there, as a text.
    fn text(&self, map: &mut Map<String, Value>, keys: &[&str]) -> Result<Option<String>, Refused> {
        for key in keys {
            match map.remove(*key) {
                None | Some(Value::Null) => {}
                Some(Value::String(text)) => return Ok(Some(text)),
                Some(Value::Number(number)) => return Ok(Some(number.to_string())),
                Some(_) => return Err(self.refuse(format!("`{key}` takes a text"))),
            }
        }
        Ok(None)
    }

    fn difficulty(&mut self, map: &mut Map<String, Value>) -> Result<Difficulty, Refused> {
        let Some(said) = self.text(map, &["difficulty"])? else { return Ok(DIFFICULTY) };
        Ok(match said.to_lowercase().as_str() {
            "easy" | "1" | "beginner" => Difficulty::Easy,
            "medium" | "2" | "intermediate" => Difficulty::Medium,
            "hard" | "3" | "advanced" => Difficulty::Hard,
            _ => {
                self.warn(format!("the difficulty {said:?} is not known; it is taken as medium"));
                DIFFICULTY
            }
        })
    }

    fn tests(&mut self, cases: Option<&RawValue>) -> Result<Vec<Test>, Refused> {
        let Some(cases) = cases else { return Err(self.refuse("`test_cases` is missing")) };
        let as_json = cases.get();
        let tests = if let Ok(text) = serde_json::from_str::<String>(as_json) {
            // Some keep the list itself as a text.
            if let Ok(cases) = serde_json::from_str::<Vec<&RawValue>>(&text) {
                self.each(cases, Self::test)?
            } else {
                let lines = text.lines().filter(|line| !line.trim().is_empty());
                self.each(lines, |reader, number, line| reader.call(number, line, None, None))?
            }
        } else if let Ok(cases) = serde_json::from_str::<Vec<&RawValue>>(as_json) {
            self.each(cases, Self::test)?
        } else if let Ok(Pairs(cases)) = serde_json::from_str(as_json) {
            self.each(cases, |reader, number, (expression, expected)| {
                reader.call(number, &expression, Some(expected), None)
            })?
        } else {
            return Err(self.refuse("`test_cases` is missing"));
        };
        let count = tests.len();
        let samples = SAMPLES.min(count.saturating_sub(1));
        let says = |wanted| tests.iter().any(|(_, group)| *group == Some(wanted));
        // What is said of some says the opposite of the others.
        let others = match (says(TestGroup::Sample), says(TestGroup::Hidden)) {
            (true, _) => Some(TestGroup::Hidden),
            (false, true) => Some(TestGroup::Sample),
            (false, false) => None,
        };
        if others.is_none() && count > 0 {
            self.warn(format!(
                "it does not say which tests learners see; they see the first {samples} of {count}"
            ));
        }
        let first = |index| if index < samples { TestGroup::Sample } else { TestGroup::Hidden };
        let group = |index, said: Option<TestGroup>| said.or(others).unwrap_or_else(|| first(index));
        Ok(tests
            .into_iter()
            .enumerate()
            .map(|(index, (test, said))| Test { group: group(index, said), ..test })
            .collect())
    }

    fn each<T>(
        &self,
        cases: impl IntoIterator<Item = T>,
        read: impl Fn(&Self, usize, T) -> Result<Case, Refused>,
    ) -> Result<Vec<Case>, Refused> {
        cases.into_iter().enumerate().map(|(index, case)| read(self, index + 1, case)).collect()
    }

    fn test(&self, number: usize, case: &RawValue) -> Result<Case, Refused> {
        let refuse = |reason: &str| Err(self.refuse(format!("test case {number}: {reason}")));
        let as_json = case.get();
        let text = |value: &RawValue| serde_json::from_str::<String>(value.get()).ok();
        if let Some(expression) = text(case) {
            return self.call(number, &expression, None, None);
        }
        if let Ok(pair) = serde_json::from_str::<Vec<&RawValue>>(as_json) {
            let [expression, expected] = pair[..] else {
                return refuse("a pair is an expression and what it comes to");
            };
            let Some(expression) = text(expression) else {
                return refuse("a pair is an expression and what it comes to");
            };
            return self.call(number, &expression, Some(expected), None);
        }
        let Ok(Pairs(map)) = serde_json::from_str(as_json) else {
            return refuse("it is neither a text, a pair nor an object");
        };
        // Of keys that are there twice the last counts, as in Python.
        let get = |wanted: &str| map.iter().rev().find(|(key, _)| key == wanted).map(|(_, value)| *value);
        let keys = ["expression", "call", "input", "test", "code", "test_case"];
        let Some(expression) = keys.iter().find_map(|key| get(key)).and_then(text) else {
            return refuse("its expression is missing (`input`)");
        };
        let keys = ["expected", "output", "expected_output", "expected_result", "result"];
        let flag = |key: &str| serde_json::from_str(get(key)?.get()).ok();
        self.call(number, &expression, keys.iter().find_map(|key| get(key)), shown(flag))
    }

    fn call(
        &self,
        number: usize,
        expression: &str,
        expected: Option<&RawValue>,
        group: Option<TestGroup>,
    ) -> Result<Case, Refused> {
        let refuse = |reason: &str| self.refuse(format!("test case {number}: {reason}"));
        let expression = assertion::condition(expression).ok_or_else(|| {
            refuse("its `assert` is not understood; give the condition alone, without a text behind it")
        })?;
        if expression.is_empty() {
            return Err(refuse("its expression is empty"));
        }
        let text = expected.and_then(|value| serde_json::from_str::<String>(value.get()).ok());
        let expected = match (text, expected) {
            // A text is what Python shows: strings have their quotes in it, and what is printed has none.
            (Some(text), _) => text,
            (None, Some(value)) => {
                repr(value).ok_or_else(|| refuse("what it comes to is nested too deeply"))?
            }
            // An expression by itself states what is so.
            (None, None) => "True".to_owned(),
        };
        let kind = TestKind::Call { expression: expression.to_owned() };
        Ok((Test { group: TestGroup::Hidden, kind, expected: format!("{expected}\n") }, group))
    }

    fn solutions(&mut self, map: &mut Map<String, Value>) -> Result<Vec<Example>, Refused> {
        let given = ["solutions", "solution"].iter().find_map(|key| map.remove(*key));
        let solutions = match given {
            None | Some(Value::Null) => return Ok(Vec::new()),
            Some(Value::Array(list)) => list,
            Some(one) => vec![one],
        };
        let mut examples = Vec::new();
        for (index, solution) in solutions.into_iter().enumerate() {
            let file = format!("{}: solution {}", self.file, index + 1);
            let (language, source, accepted) = match solution {
                Value::String(source) => (None, Some(source), true),
                Value::Object(mut map) => {
                    let accepted = map
                        .get("accepted")
                        .or_else(|| map.get("correct"))
                        .and_then(Value::as_bool)
                        .unwrap_or(true);
                    let language = self.text(&mut map, &["language", "lang"])?;
                    let source = self.text(&mut map, &["source", "code", "solution", "body", "content"])?;
                    // Or by language: `{"python": "…"}`.
                    let by_language = || {
                        ["python", "python3", "py"]
                            .iter()
                            .find_map(|key| map.get(*key)?.as_str().map(str::to_owned))
                    };
                    (language, source.or_else(by_language), accepted)
                }
                _ => return Err(Refused::new(file, "it is neither a text nor an object")),
            };
            let is_ours = language
                .as_deref()
                .is_none_or(|name| matches!(name.to_lowercase().as_str(), "python" | "python3" | "py"));
            match source {
                Some(source) if is_ours => {
                    let expected = if accepted { Expected::accepted() } else { Expected::rejected() };
                    examples.push(Example { file, language: LANGUAGE.to_owned(), source, expected });
                }
                _ => self.warnings.push(Warning { file, text: "not judged: it is not in Python".to_owned() }),
            }
        }
        examples.sort_by_key(|example| !example.expected.is_accepted());
        Ok(examples)
    }
}

/// A test, and whether learners see it if that is said.
type Case = (Test, Option<TestGroup>);

/// Whether a case's flags say that learners see it.
fn shown(flag: impl Fn(&str) -> Option<bool>) -> Option<TestGroup> {
    let of = |is_sample| if is_sample { TestGroup::Sample } else { TestGroup::Hidden };
    let hidden = flag("hidden").or_else(|| flag("is_hidden")).map(|hidden| of(!hidden));
    let keys = ["sample", "is_sample", "visible", "public"];
    hidden.or_else(|| keys.iter().find_map(|key| flag(key)).map(of))
}
