//! Whole packages of both versions of the format, and a document of the older platforms, as they are read.

use events::exercise::Difficulty;
use events::judgement::TestGroup;
use events::package::{Checker, GroupRule, ScoreGroup, Scoring, TestKind};
use importer::{Chosen, Expected, Files, Import, Measured, Outcome, Refused, read, read_archive};
use std::path::{Path, PathBuf};

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/packages").join(name)
}

fn package(name: &str) -> Import {
    let files = Files::of_folder(&folder(name)).expect("it is a folder");
    let import = read(&files, &Chosen::default()).unwrap_or_else(|refused| panic!("{name}: {refused}"));
    let packed =
        read_archive(&files.pack().expect("it can be packed")).expect("an archive is read like its folder");
    assert_eq!(packed, import, "{name}");
    import
}

fn warnings(import: &Import) -> Vec<String> {
    import.warnings.iter().map(ToString::to_string).collect()
}

fn examples(import: &Import) -> Vec<(&str, String)> {
    let shown = import.examples.iter().map(|it| (it.file.as_str(), it.expected.to_string()));
    shown.collect()
}

#[test]
fn legacy_with_a_validator_in_cpp_and_a_statement_in_tex() {
    let import = package("echoes");
    let exercise = &import.exercise;
    assert_eq!((exercise.slug.as_str(), exercise.title.as_str()), ("echoes", "Two parts"));
    assert_eq!((exercise.category.as_str(), exercise.difficulty), ("arithmetic", Difficulty::Medium));
    assert_eq!(exercise.languages.len(), 13);
    assert_eq!(
        exercise.statement,
        r"*Two parts of a whole*

A whole number $n$ is to be cut into two parts, *both* at least one:
“any” cut will do.

## Input

One line with $n$ ($2 \le n \le 10^9$).

## Output

Two whole numbers $a$ and $b$ with $a + b = n$:

- $a \ge 1$,
- $b \ge 1$.

## Attachments

`hint.txt`:

```
One and the rest.
```"
    );
    let package = &exercise.package;
    assert_eq!((package.limits.cpu_ms, package.limits.memory_kib), (2_000, 256 << 10));
    assert_eq!(import.test_names, ["sample/1", "secret/01-smallest", "secret/02-largest"]);
    let groups: Vec<_> = package.tests.iter().map(|test| test.group).collect();
    assert_eq!(groups, [TestGroup::Sample, TestGroup::Hidden, TestGroup::Hidden]);
    assert_eq!(package.tests[1].kind, TestKind::Stdio { input: "2\n".to_owned() });
    let Checker::Program(program) = &package.checker else { panic!("{:?}", package.checker) };
    assert_eq!(
        (program.language.as_str(), program.arguments.as_slice()),
        ("cpp", &["strict".to_owned()][..])
    );
    assert!(
        program.source.contains("inline void wrong()") && !program.source.contains("validate.h"),
        "{}",
        program.source
    );
    assert!(package.scoring.is_all_or_nothing() && package.early_stop);
    assert_eq!(import.measured, None);
    assert_eq!(
        examples(&import),
        [
            ("submissions/accepted/halves.cpp", "accepted".to_owned()),
            ("submissions/accepted/one_and_rest.py", "accepted".to_owned()),
            ("submissions/run_time_error/no_number.py", "run_time_error".to_owned()),
            ("submissions/wrong_answer/two_and_rest.py", "wrong_answer".to_owned()),
        ]
    );
    assert_eq!(
        warnings(&import),
        [
            "problem.yaml: the platform's own limits hold instead of: validation_time",
            "problem.yaml: not taken over: author, license; credit belongs into the statement",
            "problem_statement/problem.sv.tex: not taken over; the statement is problem_statement/problem.en.tex",
            "problem_statement/problem.en.tex: pictures are not shown; their captions are",
            "problem_statement/parts.png: pictures are not taken over; put it on a page of your own and link to it",
            "submissions/accepted/several: not judged: its language is not one of ours",
            "input_validators: the folder is not used",
        ]
    );
}

fn group(name: &str, weight: u32, rule: GroupRule, tests: &[u32], needs: &[&str]) -> ScoreGroup {
    let needs = needs.iter().map(|name| (*name).to_owned()).collect();
    ScoreGroup { name: name.to_owned(), weight, rule, tests: tests.to_vec(), needs }
}

#[test]
fn legacy_groups_are_worth_their_points() {
    let import = package("shares");
    let package = &import.exercise.package;
    let groups = [
        group("secret/group1", 40, GroupRule::Min, &[2, 3], &[]),
        group("secret/group2", 60, GroupRule::Sum, &[4, 5], &[]),
    ];
    assert_eq!(package.scoring, Scoring::Groups(groups.to_vec()));
    assert_eq!((import.exercise.points, package.early_stop), (100, true));
    assert_eq!(import.measured, Some(Measured { percent: 400, step_ms: 1_000 }));
    assert_eq!(examples(&import)[1].1, "partially_accepted");
    assert_eq!(warnings(&import), [""; 0]);
    assert!(matches!(package.checker, Checker::Validator(options) if !options.case_sensitive));
}

#[test]
fn a_measured_limit_is_rounded_up() {
    let measured = Measured { percent: 400, step_ms: 1_000 };
    let limits = [0, 10, 250, 251, 4_000, 6_000].map(|slowest| measured.limit_ms(slowest));
    assert_eq!(limits, [1_000, 1_000, 1_000, 2_000, 16_000, 20_000]);
}

#[test]
fn interactive_with_constants_and_rules_for_submissions() {
    let import = package("guess");
    let exercise = &import.exercise;
    assert_eq!(exercise.title, "Guess it");
    assert_eq!(exercise.languages.iter().map(String::as_str).collect::<Vec<_>>(), ["cpp", "python"]);
    assert!(
        exercise.statement.starts_with("A number from 1 to 100 is to be guessed."),
        "{}",
        exercise.statement
    );
    assert!(exercise.statement.ends_with("```text\n>50\n<lower\n>42\n<right\n```"), "{}", exercise.statement);
    let Checker::Interactor(program) = &exercise.package.checker else {
        panic!("{:?}", exercise.package.checker)
    };
    assert_eq!((program.language.as_str(), program.arguments.as_slice()), ("python", &["7".to_owned()][..]));
    assert!(program.source.contains("int(line) > 100:"), "{}", program.source);
    assert_eq!(exercise.package.limits.cpu_ms, 1_500);
    assert_eq!(import.test_names, ["sample/1", "secret/1", "secret/100", "secret/63"]);
    let expected: Vec<&Expected> = import.examples.iter().map(|example| &example.expected).collect();
    let [Expected::Tests { permitted: all, required: one, .. }, Expected::Tests { permitted, required, .. }] =
        *expected
    else {
        panic!("{expected:?}")
    };
    assert_eq!((all.as_slice(), one.as_slice()), (&[Outcome::Ac][..], &[Outcome::Ac][..]));
    assert_eq!(
        (permitted.as_slice(), required.as_slice()),
        (&[Outcome::Ac, Outcome::Wa][..], &[Outcome::Wa][..])
    );
    assert_eq!(
        warnings(&import),
        [
            "problem.yaml: not offered, because they cannot be judged here: [\"kotlin\"]",
            "problem.yaml: not taken over: uuid; credit belongs into the statement",
            "statement/problem.de.md: not taken over; the statement is statement/problem.en.md",
            "data/sample: learners see a sample's input, also of an interactive problem",
        ]
    );
}

#[test]
fn later_groups_share_what_is_left_and_need_others() {
    let import = package("stairs");
    let groups = [
        group("sample", 0, GroupRule::Min, &[1], &[]),
        group("secret/a", 30, GroupRule::Min, &[2], &["sample"]),
        group("secret/b", 50, GroupRule::Min, &[3], &["secret/a"]),
        group("secret/c", 20, GroupRule::Sum, &[4, 5], &[]),
    ];
    assert_eq!(import.exercise.package.scoring, Scoring::Groups(groups.to_vec()));
    assert_eq!((import.exercise.points, import.exercise.package.limits.memory_kib), (100, 1 << 20));
    assert_eq!(examples(&import)[1].1, "WRONG-ANSWER");
    assert_eq!(
        warnings(&import),
        [
            "problem.yaml: the limit of memory is 1024 MiB instead of 4096 MiB",
            "problem.yaml: not taken over: uuid; credit belongs into the statement",
        ]
    );
}

#[test]
fn groups_may_need_later_ones_but_not_in_a_circle() {
    let a = |needs| ("data/secret/a/test_group.yaml", needs);
    let circle = changed("stairs", &[a("max_score: 30\nrequire_pass: secret/b")], &Chosen::default());
    assert_eq!(
        circle.expect_err("b needs a").to_string(),
        "data/secret/a: `require_pass` goes round in a circle (secret/a, secret/b)"
    );

    let b = ("data/secret/b/test_group.yaml", "require_pass: sample");
    let later =
        changed("stairs", &[a("max_score: 30\nrequire_pass: [secret/c, secret/b]"), b], &Chosen::default());
    let groups = [
        group("sample", 0, GroupRule::Min, &[1], &[]),
        group("secret/b", 50, GroupRule::Min, &[3], &["sample"]),
        group("secret/c", 20, GroupRule::Sum, &[4, 5], &[]),
        group("secret/a", 30, GroupRule::Min, &[2], &["secret/c", "secret/b"]),
    ];
    assert_eq!(later.expect("in order").exercise.package.scoring, Scoring::Groups(groups.to_vec()));
}

#[test]
fn a_group_of_min_needs_what_the_groups_in_it_need() {
    let files = [
        ("data/secret/a/test_group.yaml", "max_score: 30\nscore_aggregation: min"),
        ("data/secret/a/x/test_group.yaml", "require_pass: secret/c"),
        ("data/secret/a/x/1.in", "1\n"),
        ("data/secret/a/x/1.ans", "1\n"),
        ("data/secret/b/test_group.yaml", "require_pass: secret/a/x"),
    ];
    let import = changed("stairs", &files, &Chosen::default()).expect("read");
    let groups = [
        group("secret/c", 20, GroupRule::Sum, &[5, 6], &[]),
        group("secret/a/x", 0, GroupRule::Min, &[3], &["secret/c"]),
        group("secret/a", 30, GroupRule::Min, &[2, 3], &["secret/c"]),
        group("secret/b", 50, GroupRule::Min, &[4], &["secret/a/x"]),
    ];
    assert_eq!(import.exercise.package.scoring, Scoring::Groups(groups.to_vec()));
    let own = [files[0], ("data/secret/a/x/test_group.yaml", "require_pass: secret/a"), files[2], files[3]];
    let circle = changed("stairs", &own, &Chosen::default()).expect_err("it needs itself").to_string();
    assert!(circle.contains("goes round in a circle (secret/a"), "{circle}");
}

#[test]
fn what_has_no_name_for_a_slug_is_asked_for_one() {
    let document = |title: &str| {
        format!(r#"{{"title": "{title}", "body": "b", "test_cases": ["f() == 1", "f() != 2"]}}"#)
    };
    for title in ["Ab", "数の和", "ß"] {
        let refused = read_archive(document(title).as_bytes()).expect_err(title).to_string();
        assert!(refused.starts_with("the slug: ") && refused.ends_with("choose one (--slug)"), "{refused}");
        let chosen = Chosen { slug: Some("sum-of-numbers".to_owned()), ..Chosen::default() };
        let files = Files::of_archive(document(title).as_bytes()).expect("a document");
        assert_eq!(read(&files, &chosen).expect(title).exercise.slug, "sum-of-numbers");
    }
}

#[test]
fn the_older_platforms_document() {
    let bytes = std::fs::read(folder("double.json")).expect("it is there");
    let import = read_archive(&bytes).expect("it is read");
    let exercise = &import.exercise;
    assert_eq!((exercise.slug.as_str(), exercise.points), ("double-it", 10));
    let tests: Vec<_> = exercise
        .package
        .tests
        .iter()
        .map(|test| match &test.kind {
            TestKind::Call { expression } => (test.group, expression.as_str(), test.expected.as_str()),
            TestKind::Stdio { .. } => panic!("{test:?}"),
        })
        .collect();
    assert_eq!(
        tests,
        [
            (TestGroup::Sample, "double(2)", "4\n"),
            (TestGroup::Sample, "double(0) == 0", "True\n"),
            (TestGroup::Hidden, "double('ab')", "'abab'\n"),
            (TestGroup::Sample, "double([1, True])", "[1, True, 1, True]\n"),
        ]
    );
    assert_eq!(examples(&import), [("exercise.json: solution 1", "accepted".to_owned())]);
    assert_eq!(warnings(&import), ["exercise.json: `author` is not understood and was left out"]);
}

#[test]
fn what_is_asserted_and_what_it_comes_to() {
    let cases = r#"["assert f(1)==1, \"one, as it is\"", "assert(f(2) == 2)", ["f(20)", 18446744073709551616],
        {"input": "f('a')", "expected": {"b": 1e16, "a": null}}]"#;
    let document = |cases: &str| format!(r#"{{"title": "One", "body": "b", "test_cases": {cases}}}"#);
    let import = read_archive(document(cases).as_bytes()).expect("it is read");
    let tests: Vec<_> =
        import.exercise.package.tests.iter().map(|test| (&test.kind, &*test.expected)).collect();
    let call = |expression: &str| TestKind::Call { expression: expression.to_owned() };
    assert_eq!(
        tests,
        [
            (&call("f(1)==1"), "True\n"),
            (&call("(f(2) == 2)"), "True\n"),
            (&call("f(20)"), "18446744073709551616\n"),
            (&call("f('a')"), "{'b': 1e+16, 'a': None}\n"),
        ]
    );
    for case in
        [r#"["assert(f(1) == 1, 'always true')", "f(2) == 2"]"#, r#"["assert f((1) == 1", "f(2) == 2"]"#]
    {
        let refused = read_archive(document(case).as_bytes()).expect_err(case).to_string();
        assert!(refused.contains(": test case 1: its `assert` is not understood"), "{refused}");
    }
}

#[test]
fn one_solution_or_several() {
    for (solutions, count) in [
        (r#""def f(): return 1""#, 1),
        (r#"["def f(): return 1", {"source": "x", "accepted": false}]"#, 2),
        (r#"[{"python": "def f(): return 1"}, {"language": "ruby", "code": "x"}]"#, 1),
        ("null", 0),
    ] {
        let text = format!(
            r#"{{"title": "One", "body": "b", "test_cases": ["f() == 1", "f() != 2"], "solutions": {solutions}}}"#
        );
        let import = read_archive(text.as_bytes()).unwrap_or_else(|refused| panic!("{solutions}: {refused}"));
        assert_eq!(import.examples.len(), count, "{solutions}");
        assert_eq!(import.exercise.package.solutions.len(), count, "{solutions}");
    }
}

/// The package `shares` with one file more, or another instead.
fn with(path: &str, text: &str) -> Result<Import, Refused> {
    changed("shares", &[(path, text)], &Chosen::default())
}

/// A package with files more, or others instead.
fn changed(name: &str, files: &[(&str, &str)], chosen: &Chosen) -> Result<Import, Refused> {
    let holder = tempfile::tempdir().expect("a folder");
    let root = holder.path().join(name);
    copy(&folder(name), &root);
    for (path, text) in files {
        let file = root.join(path);
        std::fs::create_dir_all(file.parent().expect("it is in a folder")).expect("made");
        std::fs::write(file, text).expect("written");
    }
    read(&Files::of_folder(&root)?, chosen)
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("made");
    for entry in std::fs::read_dir(from).expect("a folder") {
        let entry = entry.expect("an entry");
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).expect("copied");
        }
    }
}

#[test]
fn what_cannot_be_judged_here_is_refused_with_its_file() {
    for (path, text, refused) in [
        (
            "problem.yaml",
            "type: multi-pass",
            "problem.yaml: problems of type `multi-pass` cannot be judged here",
        ),
        (
            "problem.yaml",
            "problem_format_version: 2099-01",
            "problem.yaml: the format's version `2099-01` is not known",
        ),
        (
            "problem.yaml",
            "validation: custom score",
            "problem.yaml: the output validator gives points itself",
        ),
        ("problem.yaml", "validation: custom", "output_validators: the package's own validator is missing"),
        (
            "problem.yaml",
            "validator_flags: round",
            "problem.yaml: the default validator's \"round\" is not understood",
        ),
        ("problem.yaml", "a: [", "problem.yaml: it is no good YAML"),
        ("problem.yaml", "- a", "problem.yaml: it is not a map"),
        ("problem.yaml", "limits: {memory: much}", "problem.yaml: `memory` takes a number"),
        ("problem.yaml", "limits: {time_limit: 60}", "problem.yaml: a time limit of 60 s"),
        (".timelimit", "soon", ".timelimit: \"soon\" is no number of seconds"),
        ("data/secret/group1/3.in", "1\n", "data/secret/group1/3.in: its answer is missing"),
        ("data/secret/group1/1.files/x", "1\n", "data/secret/group1/1.files: tests have standard input only"),
        (
            "data/secret/group1/testdata.yaml",
            "grading: custom",
            "data/secret/group1/testdata.yaml: graders of the package's own",
        ),
        (
            "data/secret/group1/testdata.yaml",
            "grader_flags: max",
            "data/secret/group1/testdata.yaml: the grader's `max`",
        ),
        (
            "data/secret/group1/testdata.yaml",
            "reject_score: 1",
            "data/secret/group1/testdata.yaml: `reject_score`",
        ),
        (
            "data/secret/group1/testdata.yaml",
            "output_validator_flags: case_sensitive",
            "data/secret/group1/1: the output validator gets other arguments",
        ),
    ] {
        let error = with(path, text).expect_err(text).to_string();
        assert!(error.starts_with(refused), "{text}: {error}");
    }
}

/// As early drafts of 2023-07 had it.
#[test]
fn a_later_package_may_have_groups_of_the_older_kind() {
    let import =
        with("problem.yaml", "problem_format_version: 2023-07-draft\ntype: scoring\nname: Sum of a list");
    let import = import.expect("it is read");
    assert_eq!(import.exercise.package.scoring, package("shares").exercise.package.scoring);
    assert_eq!(import.format, "ICPC/Kattis problem package, 2023-07");
}

#[test]
fn learners_see_a_hidden_test_only_when_that_is_chosen() {
    let holder = tempfile::tempdir().expect("a folder");
    copy(&folder("shares"), holder.path());
    std::fs::remove_dir_all(holder.path().join("data/sample")).expect("removed");
    let files = Files::of_folder(holder.path()).expect("a folder");
    let refused = read(&files, &Chosen::default()).expect_err("it has no sample");
    assert!(refused.reason.starts_with("there is no sample test"), "{refused}");
    let chosen = Chosen { show_first: true, ..Chosen::default() };
    let import = read(&files, &chosen).expect("it is read");
    let groups: Vec<_> = import.exercise.package.tests.iter().map(|test| test.group).collect();
    assert_eq!(groups, [vec![TestGroup::Hidden; 4], vec![TestGroup::Sample]].concat());
    assert_eq!(import.exercise.package.tests[4].kind, import.exercise.package.tests[0].kind);
    assert_eq!(import.test_names[4], "secret/group1/1 as a sample");
    assert_eq!(warnings(&import), ["secret/group1/1: learners see this test, as there is no sample"]);
}

#[test]
fn what_is_chosen_counts() {
    let files = Files::of_folder(&folder("shares")).expect("a folder");
    let chosen = Chosen {
        slug: Some("other-name".to_owned()),
        category: Some("lists".to_owned()),
        difficulty: Some(Difficulty::Hard),
        points: Some(7),
        show_first: true,
    };
    let exercise = read(&files, &chosen).expect("read").exercise;
    assert_eq!(
        (exercise.slug.as_str(), exercise.category.as_str(), exercise.points),
        ("other-name", "lists", 7)
    );
    assert_eq!(exercise.difficulty, Difficulty::Hard);
}
