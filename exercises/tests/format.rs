//! The text format: the documented example, exact newlines, every error, and no panic on anything.

use exercises::{ExerciseFile, FormatError, parse};
use proptest::prelude::*;
use serde_json::json;

/// A small correct file, for tests to spoil.
const GOOD: &str = "---
title: Echo
difficulty: easy
---

Print what you read.

# Tests

## sample
```input
a
```
```expect
a
```

## hidden: nothing
```input
```
```expect
```

# Solutions

## accepted
```python
print(input())
```
";

fn read(text: &str) -> Result<ExerciseFile, FormatError> {
    parse("echo", "basics", text)
}

/// What a spoilt file is told.
fn refusal(text: &str) -> String {
    read(text).expect_err("a refusal").to_string()
}

/// What was told instead of the message expected (its beginning), if it was.
fn surprise(text: &str, expected: &str) -> Option<String> {
    let told = refusal(text);
    (!told.starts_with(expected)).then(|| format!("told      {told}\nexpected  {expected}\n"))
}

/// The good file's sample with other blocks.
fn with_sample(blocks: &str) -> String {
    GOOD.replace("```input\na\n```\n```expect\na\n```\n", blocks)
}

#[test]
fn the_documented_example_becomes_the_body_of_a_request() {
    let readme = include_str!("../README.md");
    let (_, rest) = readme.split_once("````markdown\n").expect("the example begins");
    let (example, _) = rest.split_once("\n````\n").expect("the example ends");
    let exercise = parse("double-the-cake", "basics", example).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(
        serde_json::to_value(&exercise).expect("JSON"),
        json!({
            "slug": "double-the-cake",
            "title": "Double the cake",
            "statement": "A recipe is meant for half as many guests as you have invited.\n\n\
                **Input.** One line with the number of eggs, a whole number from 0 to 100.\n\n\
                **Output.** Twice that number.\n\n```text\n2 eggs become 4 eggs.\n```",
            "category": "basics",
            "difficulty": "easy",
            "points": 10,
            "languages": ["python"],
            "package": {
                "tests": [
                    { "group": "sample", "kind": "stdio", "input": "2\n", "expected": "4\n" },
                    { "group": "hidden", "kind": "stdio", "input": "100\n", "expected": "200\n" },
                ],
                "limits": { "cpu_ms": 2000, "memory_kib": 131_072, "output_kib": 1024 },
                "checker": "exact",
                "solutions": [
                    { "language": "python", "source": "print(2 * int(input()))\n", "accepted": true },
                    { "language": "python", "source": "print(int(input()) ** 2)\n", "accepted": false },
                ],
            },
        })
    );
}

#[test]
fn a_text_is_exactly_what_its_blocks_say() {
    let cases = [
        ("```input\n```\n", ""),
        ("```input\n\n```\n", "\n"),
        ("```input\n a \n\tb\n```\n", " a \n\tb\n"),
        ("```input no-final-newline\na\nb\n```\n", "a\nb"),
        ("```input no-final-newline\n```\n", ""),
        ("```input repeat=3\na\nb\n```\n", "a\nb\na\nb\na\nb\n"),
        ("```input repeat=3 no-final-newline\nab\n```\n", "ababab"),
        ("```input repeat=4294967295\n```\n", ""),
        ("```input\n2\n```\n\n```input repeat=2\nx\n```\n", "2\nx\nx\n"),
        ("````input\n```\ninside\n```\n````\n", "```\ninside\n```\n"),
        ("```input\n# Tests\n## hidden\n---\n```\n", "# Tests\n## hidden\n---\n"),
        ("```input\na```\n``` x\n`````\n", "a```\n``` x\n"),
    ];
    for (blocks, input) in cases {
        let text = with_sample(&format!("{blocks}```expect\na\n```\n"));
        let exercise = read(&text).unwrap_or_else(|error| panic!("{blocks}: {error}"));
        let first = serde_json::to_value(&exercise.package.tests[0]).expect("JSON");
        assert_eq!(
            first,
            json!({ "group": "sample", "kind": "stdio", "input": input, "expected": "a\n" }),
            "{blocks}"
        );
    }
}

#[test]
fn a_call_is_its_expression() {
    let text = with_sample("```call\n\n  f([1,\n     2])\n```\n```expect\n3\n```\n");
    let exercise = read(&text).unwrap_or_else(|error| panic!("{error}"));
    let first = serde_json::to_value(&exercise.package.tests[0]).expect("JSON");
    let expression = "f([1,\n     2])";
    assert_eq!(
        first,
        json!({ "group": "sample", "kind": "call", "expression": expression, "expected": "3\n" })
    );
}

#[test]
fn front_matter_replaces_defaults() {
    let more = "difficulty: hard\npoints: 77\nlanguages: rust, python\ncpu_ms: 500\nmemory_kib: 65536\noutput_kib: 64\nchecker: exact";
    let exercise = read(&GOOD.replace("difficulty: easy", more)).unwrap_or_else(|error| panic!("{error}"));
    let value = serde_json::to_value(&exercise).expect("JSON");
    assert_eq!(value["points"], 77);
    assert_eq!(value["difficulty"], "hard");
    assert_eq!(value["languages"], json!(["python", "rust"]));
    assert_eq!(value["package"]["limits"], json!({ "cpu_ms": 500, "memory_kib": 65536, "output_kib": 64 }));
}

#[test]
fn every_checker_can_be_written() {
    let both = json!({ "floats": { "absolute": 1e-6, "relative": 1e-6 } });
    let plain = json!({ "case_sensitive": false, "space_change_sensitive": false });
    let strict = json!({
        "case_sensitive": true, "space_change_sensitive": true,
        "float_absolute_tolerance": 0.5, "float_relative_tolerance": 0.25,
    });
    let near = json!({
        "case_sensitive": false, "space_change_sensitive": false,
        "float_absolute_tolerance": 1e-9, "float_relative_tolerance": 1e-9,
    });
    for (value, checker) in [
        ("exact", json!("exact")),
        ("tokens", json!("tokens")),
        ("unordered_lines", json!("unordered_lines")),
        ("floats 1e-6", both.clone()),
        ("floats relative=0.000001 absolute=1e-6", both),
        ("floats absolute=2", json!({ "floats": { "absolute": 2.0 } })),
        ("validator", json!({ "validator": plain })),
        ("validator float_tolerance 1e-9", json!({ "validator": near })),
        (
            "validator case_sensitive float_absolute_tolerance 0.5 float_relative_tolerance 0.25 space_change_sensitive",
            json!({ "validator": strict }),
        ),
    ] {
        let text = GOOD.replace("difficulty: easy", &format!("difficulty: easy\nchecker: {value}"));
        let exercise = read(&text).unwrap_or_else(|error| panic!("{value}: {error}"));
        assert_eq!(serde_json::to_value(&exercise.package.checker).expect("JSON"), checker, "{value}");
    }
    for value in [
        "",
        "Exact",
        "exact 1",
        "tokens 1",
        "floats",
        "floats x",
        "floats -1",
        "floats inf",
        "floats 1 2",
        "floats size=1",
        "floats absolute=1 absolute=2",
        "validator fast",
        "validator float_tolerance",
        "validator float_tolerance x",
    ] {
        let text = GOOD.replace("difficulty: easy", &format!("difficulty: easy\nchecker: {value}"));
        let error = read(&text).expect_err(value).to_string();
        assert!(error.contains("line 4") && error.contains("does not fit `checker`"), "{value}: {error}");
    }
}

#[test]
fn a_checker_may_be_a_program() {
    let section = "# Checker\n\n## program: 5 strict\n```cpp\nint main() {}\n```\n\n# Solutions";
    let exercise = read(&GOOD.replace("# Solutions", section)).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(
        serde_json::to_value(&exercise.package.checker).expect("JSON"),
        json!({ "program": { "language": "cpp", "source": "int main() {}\n", "arguments": ["5", "strict"] } })
    );
    let talks =
        read(&GOOD.replace("# Solutions", &section.replace("program", "interactor"))).expect("an exercise");
    assert!(matches!(talks.package.checker, events::package::Checker::Interactor(_)));
    for wrong in [
        "# Checker\n# Solutions",
        "# Checker\n## program\n# Solutions",
        "# Checker\n## script\n```cpp\n```\n# Solutions",
        "# Checker\n## program\n```\nx\n```\n# Solutions",
        "# Checker\n## program\n```cpp\n```\n```cpp\n```\n# Solutions",
    ] {
        let error = read(&GOOD.replace("# Solutions", wrong)).expect_err(wrong).to_string();
        assert!(error.contains("a checker is one program; write `## program` or"), "{wrong}: {error}");
    }
    let two =
        GOOD.replace("difficulty: easy", "difficulty: easy\nchecker: exact").replace("# Solutions", section);
    assert!(read(&two).expect_err("two").to_string().contains("there are two checkers; remove"));
}

#[test]
fn scoring_is_by_weights_or_by_groups() {
    let scoring = |text: &str| {
        let exercise = read(text).unwrap_or_else(|error| panic!("{text}: {error}"));
        serde_json::to_value(&exercise.package.scoring).expect("JSON")
    };
    assert_eq!(scoring(GOOD), json!("all_or_nothing"));
    let weighted = GOOD.replace("## hidden", "## hidden 3: the largest size");
    assert_eq!(scoring(&weighted), json!({ "weighted": [0, 3] }));
    let grouped = GOOD
        .replace(
            "difficulty: easy",
            "difficulty: easy\nearly_stop: yes\ngroups: small 40 min; large 60 sum needs small",
        )
        .replace("## hidden", "## hidden large: a note")
        .replace("## sample", "## sample small large");
    assert_eq!(
        scoring(&grouped),
        json!({ "groups": [
            { "name": "small", "weight": 40, "rule": "min", "tests": [1] },
            { "name": "large", "weight": 60, "rule": "sum", "tests": [1, 2], "needs": ["small"] },
        ] })
    );
    assert!(read(&grouped).expect("an exercise").package.early_stop);
    for (from, to, message) in [
        ("## hidden", "## hidden x", "\"x\" is neither a weight nor a group; write `## hidden 3`"),
        ("## hidden", "## hidden 1 2", "\"2\" is neither a weight nor a group"),
        ("## hidden", "## hidden 0", "the scoring is not complete; something must be worth points"),
        ("easy", "easy\ngroups: a 1 min", "the scoring is not complete; a group has tests"),
        ("easy", "easy\ngroups: a 1", "does not fit `groups`; it takes `name weight min`"),
        ("easy", "easy\ngroups: 3 1 min", "does not fit `groups`"),
        ("easy", "easy\ngroups: a x min", "does not fit `groups`"),
        ("easy", "easy\nearly_stop: no", "does not fit `early_stop`; it takes yes"),
    ] {
        let error = read(&GOOD.replace(from, to)).expect_err(to).to_string();
        assert!(error.contains(message), "{to}: {error}");
    }
}

#[test]
fn a_statement_may_hold_headings_in_fences() {
    let text = GOOD.replace("Print what", "## Hint\n```python\n# Tests\n```\nPrint what");
    let exercise = read(&text).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(exercise.statement, "## Hint\n```python\n# Tests\n```\nPrint what you read.");
}

#[test]
fn names_are_checked_before_the_text() {
    for slug in ["", "ab", "Echo", "two--hyphens", "-echo", "echo-", "écho", "under_score", &"x".repeat(65)]
    {
        let error = parse(slug, "basics", GOOD).expect_err(slug);
        assert!(error.to_string().contains("is no slug; name the file"), "{slug}: {error}");
        assert_eq!(error.line, None);
    }
    let error = parse("echo", "Basics!", GOOD).expect_err("no category").to_string();
    assert!(error.contains("is no category; put the file into a folder"), "{error}");
    for slug in ["abc", "a-1-b", &"x".repeat(64)] {
        assert!(parse(slug, "basics", GOOD).is_ok(), "{slug}");
    }
}

#[test]
fn every_mistake_is_named_with_its_line_and_its_remedy() {
    let cases = [
        ("title: Echo", "title: Ec\rho", "line 2: the character U+000D is not allowed; save as UTF-8"),
        ("---\ntitle", "\u{feff}---\ntitle", "line 1: the character U+FEFF"),
        ("---\ntitle", "title", "line 1: a file begins with its front matter; make `---` the first line"),
        ("easy\n---\n", "easy\n", "line 4: \"\" is no front matter; write `key: value`"),
        ("title: Echo", "", "line 2: \"\" is no front matter; write `key: value`, one a line"),
        (
            "title: Echo",
            "titel: Echo",
            "line 2: the key \"titel\" is unknown; the keys are title, difficulty",
        ),
        ("title: Echo", "difficulty: easy", "line 3: the key `difficulty` stands twice; keep one"),
        ("title: Echo\n", "", "line 1: the key `title` is missing; add it to the front matter"),
        ("difficulty: easy\n", "", "line 1: the key `difficulty` is missing; add it"),
        ("title: Echo", "title:", "line 2: \"\" does not fit `title`; it takes the exercise's name"),
        ("easy", "simple", "line 3: \"simple\" does not fit `difficulty`; it takes easy, medium or hard"),
        ("easy", "easy\npoints: 0", "line 4: \"0\" does not fit `points`; it takes a number from 1 to 1000"),
        ("easy", "easy\npoints: +5", "line 4: \"+5\" does not fit `points`"),
        ("easy", "easy\nlanguages: a,,b", "line 4: \"a,,b\" does not fit `languages`; it takes names"),
        ("easy", "easy\ncpu_ms: 2s", "line 4: \"2s\" does not fit `cpu_ms`; it takes milliseconds, from 1"),
        (
            "easy",
            "easy\nchecker: fuzzy",
            "line 4: \"fuzzy\" does not fit `checker`; it takes exact, tokens, unordered_lines",
        ),
        ("Print what you read.", "", "line 5: there is no statement; write it in Markdown"),
        ("Print what", "# Echo\nPrint what", "line 5: there is no statement"),
        ("read.", "read.\n# Hint", "line 7: `# Hint` does not belong here; the statement may use `##`"),
        ("# Solutions", "# Answers", "line 24: `# Answers` does not belong here"),
        ("(input())\n```\n", "(input())\n```\n# More\n", "line 30: `# More` does not belong here"),
        ("## sample\n", "Look:\n## sample\n", "line 10: this text is in no block; put it between fences"),
        ("## hidden", "and\n## hidden", "line 18: this text is in no block"),
        ("read.", "read.\n~~~\n~~~", "line 7: a fence starts with three or more backticks"),
        ("read.", "read.\n  ```\n  ```", "line 7: a fence starts with three or more backticks"),
        ("(input())\n```", "(input())", "line 27: the block that opens here does not end; close it"),
        (
            "## sample",
            "## example",
            "line 10: `## example` is unknown here; a test is `## sample` or `## hidden`",
        ),
        ("## accepted", "## right", "line 26: `## right` is unknown here; a solution is `## accepted` or"),
        (
            "## accepted",
            "## wrong",
            "line 26: a wrong solution needs its mistake named; write `## wrong: what",
        ),
        ("## accepted", "## wrong: x", "line 24: there is no accepted solution; add one (`## accepted`)"),
        ("## sample", "## hidden", "line 8: there is no sample test; add one (`## sample`)"),
        ("## hidden", "## sample", "line 8: there is no hidden test; add one (`## hidden`)"),
        (
            "```input\na",
            "```stdin\na",
            "line 11: the block \"stdin\" is unknown here; a test has `input` or `call`",
        ),
        (
            "```python",
            "```perl",
            "line 27: the block \"perl\" is unknown here; a solution's block names one of",
        ),
        (
            "```python\nprint(input())\n",
            "```python\n",
            "line 27: a solution is one block; put the whole program",
        ),
        ("```python", "```python\n1\n```\n```python", "line 26: a solution is one block"),
        (
            "```input\na",
            "```input twice\na",
            "line 11: the attribute \"twice\" is unknown; `input` and `expect`",
        ),
        ("```input\na", "```input repeat=0\na", "line 11: the attribute \"repeat=0\" is unknown"),
        (
            "```input\na",
            "```input repeat=9999999\na",
            "line 11: a test's text is above 1024 KiB with all repeats",
        ),
    ];
    let surprises: Vec<String> = cases
        .iter()
        .filter_map(|(from, to, expected)| {
            let spoilt = GOOD.replacen(from, to, 1);
            assert_ne!(spoilt, GOOD, "{from:?} does not stand in the good file");
            surprise(&spoilt, expected)
        })
        .collect();
    assert!(surprises.is_empty(), "{}", surprises.join("\n"));
}

#[test]
fn a_test_needs_one_kind_and_an_answer() {
    let cases = [
        ("```expect\na\n```\n", "line 10: a test needs an `input` or a `call` block; add one"),
        ("```input\na\n```\n", "line 10: a test needs an `expect` block; add one"),
        (
            "```input\n```\n```call\nf()\n```\n```expect\n```\n",
            "line 10: a test has either `input` or `call`",
        ),
        ("```call\n \n```\n```expect\n```\n", "line 11: a test calls one expression; give it exactly one"),
        ("```call\nf()\n```\n```call\nf()\n```\n```expect\n```\n", "line 14: a test calls one expression"),
        ("```call repeat=2\nf()\n```\n```expect\n```\n", "line 11: the attribute \"repeat=2\" is unknown"),
    ];
    let surprises: Vec<String> =
        cases.iter().filter_map(|(blocks, expected)| surprise(&with_sample(blocks), expected)).collect();
    assert!(surprises.is_empty(), "{}", surprises.join("\n"));
}

#[test]
fn a_file_that_stops_early_says_what_is_missing() {
    assert_eq!(refusal(""), "line 1: a file begins with its front matter; make `---` the first line");
    let cut = |mark: &str| GOOD.split_once(mark).expect("the mark").0.to_owned();
    assert!(refusal(&cut("---\n\nPrint")).contains("line 1: the front matter does not end; close it"));
    assert!(refusal(&cut("# Tests")).contains("the section `# Tests` is missing; add it"));
    assert!(refusal(&cut("# Solutions")).contains("the section `# Solutions` is missing; add it"));
}

/// Pieces of the format in any order reach deeper than random characters do.
fn shuffled_pieces() -> impl Strategy<Value = String> {
    let pieces = vec![
        "---\n",
        "title: x\n",
        "difficulty: easy\n",
        "points: 5\n",
        "Text.\n",
        "\n",
        "# Tests\n",
        "# Solutions\n",
        "## sample\n",
        "## hidden: x\n",
        "## accepted\n",
        "## wrong: x\n",
        "## wrong\n",
        "```input\n",
        "```input repeat=99999999\n",
        "````expect\n",
        "```call\n",
        "```python\n",
        "```\n",
        "````\n",
        "```",
        "`",
        "x",
        "é\u{0}",
        "~~~\n",
    ];
    prop::collection::vec(prop::sample::select(pieces), 0..60).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn no_text_makes_the_reader_panic(text in any::<String>(), slug in ".{0,70}", category in ".{0,70}") {
        let _any_answer = parse(&slug, &category, &text);
        let _any_answer = read(&text);
    }

    #[test]
    fn no_order_of_pieces_makes_the_reader_panic(rest in shuffled_pieces(), good_start in any::<bool>()) {
        let start = if good_start { "---\ntitle: x\ndifficulty: easy\n---\ns\n# Tests\n" } else { "" };
        let _any_answer = read(&format!("{start}{rest}"));
    }

    #[test]
    fn any_error_names_a_line_of_the_file(at in 0..GOOD.len(), junk in "[#`\n: a-]{0,6}") {
        let mut text = GOOD.to_owned();
        text.insert_str(at, &junk);
        if let Err(error) = read(&text) {
            let line = error.line.expect("the name is fine");
            prop_assert!((1..=text.lines().count()).contains(&line), "{error}");
        }
    }
}
