//! `data/`: the tests, and the groups they are in.

use super::Folder;
use super::settings::{Settings, Version};
use super::yaml::Keys;
use crate::Refused;
use crate::files::ending;
use events::judgement::TestGroup;
use events::package::{Test, TestKind};
use std::collections::BTreeMap;

#[derive(Debug)]
pub struct Data {
    /// The samples first.
    pub tests: Vec<Test>,
    /// The names of the tests, such as `secret/group1/3`.
    pub names: Vec<String>,
    pub sample: Node,
    pub secret: Node,
    pub style: Style,
    /// What `data` itself says.
    pub top: Keys,
    /// What the output validator is told about every test.
    pub validator_args: Vec<String>,
    pub early_stop: bool,
}

/// How groups are described.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// `testdata.yaml`: a file counts for the folders below as a whole, and a grader is told by flags.
    Testdata,
    /// `test_group.yaml`: each folder has its own.
    TestGroup,
}

impl Style {
    /// Legacy has the first, and so had the first drafts of the later version.
    fn of(folder: &Folder<'_>, version: Version) -> Self {
        let is_there =
            |name: &str| folder.below("data/").iter().any(|path| path.split('/').next_back() == Some(name));
        if version == Version::Legacy || (is_there("testdata.yaml") && !is_there("test_group.yaml")) {
            Self::Testdata
        } else {
            Self::TestGroup
        }
    }

    fn file(self) -> &'static str {
        match self {
            Self::Testdata => "testdata.yaml",
            Self::TestGroup => "test_group.yaml",
        }
    }
}

/// A folder of tests.
#[derive(Debug)]
pub struct Node {
    /// Such as `secret/group1`.
    pub name: String,
    /// Its own tests, by ordinal.
    pub tests: Vec<u32>,
    pub children: Vec<Node>,
    pub keys: Keys,
}

impl Node {
    /// Its tests and those of the groups in it.
    pub fn all_tests(&self) -> Vec<u32> {
        let mut tests = self.tests.clone();
        tests.extend(self.children.iter().flat_map(Node::all_tests));
        tests.sort_unstable();
        tests
    }

    pub fn walk(&self) -> Vec<&Node> {
        let mut nodes = vec![self];
        nodes.extend(self.children.iter().flat_map(Node::walk));
        nodes
    }
}

/// Endings that belong to a test and say nothing about how it is judged.
const ANNOTATIONS: [&str; 8] = ["hint", "desc", "png", "jpg", "jpeg", "svg", "ans", "in"];

/// What is asked of a group later, or by the groups in it.
const KEPT: [&str; 12] = [
    "accept_score",
    "args",
    "grader_flags",
    "max_score",
    "on_reject",
    "output_validator_args",
    "output_validator_flags",
    "range",
    "reject_score",
    "require_pass",
    "score_aggregation",
    "scoring",
];

/// What is collected on the way.
struct Reader<'f, 'a> {
    folder: &'f mut Folder<'a>,
    style: Style,
    tests: Vec<Test>,
    names: Vec<String>,
    validator_args: Option<Vec<String>>,
    /// A group ends at its first failed test.
    breaks: bool,
}

pub fn read(folder: &mut Folder<'_>, settings: &Settings) -> Result<Data, Refused> {
    let style = Style::of(folder, settings.version);
    let top = group_keys(folder, style, "data/")?.unwrap_or_else(|| Keys::empty("data"));
    for other in ["invalid_input", "invalid_output", "valid_output", "invalid_inputs"] {
        if !folder.below(&format!("data/{other}/")).is_empty() {
            folder.warn(format!("data/{other}"), "it tests the package's own validators and is not used");
        }
    }
    let (tests, names) = (Vec::new(), Vec::new());
    let mut reader = Reader { folder, style, tests, names, validator_args: None, breaks: false };
    let mut told = top.clone();
    reader.args(&mut told)?;
    reader.settle(told, true)?;
    let sample = reader.node("sample", TestGroup::Sample, &top)?;
    let secret = reader.node("secret", TestGroup::Hidden, &top)?;
    if settings.interactive && !sample.all_tests().is_empty() {
        reader.folder.warn("data/sample", "learners see a sample's input, also of an interactive problem");
    }
    Ok(Data {
        tests: reader.tests,
        names: reader.names,
        sample,
        secret,
        style,
        top,
        validator_args: reader.validator_args.unwrap_or_default(),
        early_stop: reader.breaks,
    })
}

fn group_keys(folder: &Folder<'_>, style: Style, path: &str) -> Result<Option<Keys>, Refused> {
    Keys::read(folder, &format!("{path}{}", style.file()))
}

impl Reader<'_, '_> {
    fn node(&mut self, name: &str, group: TestGroup, inherited: &Keys) -> Result<Node, Refused> {
        let path = format!("data/{name}/");
        let own = group_keys(self.folder, self.style, &path)?;
        let is_own = own.is_some();
        // Of the second style only some keys count for the folders below, and scoring is none of them.
        let mut keys = match (own, self.style) {
            (Some(keys), Style::Testdata) => keys,
            (None, Style::Testdata) => inherited.clone(),
            (own, Style::TestGroup) => {
                merged(own.unwrap_or_else(|| Keys::empty(&format!("{path}test_group.yaml"))), inherited)
            }
        };
        let kept = keys.only(&KEPT)?;
        let mut node = Node { name: name.to_owned(), tests: Vec::new(), children: Vec::new(), keys: kept };
        // By name: `true` is a folder of tests.
        let mut entries: BTreeMap<&str, bool> = BTreeMap::new();
        for path in self.folder.below(&path) {
            match path.split_once('/') {
                Some((folder, _)) if ending(folder) == "files" => {
                    let reason = "tests have standard input only, and no files of their own";
                    return Err(Refused::new(format!("data/{name}/{folder}"), reason));
                }
                Some((folder, _)) => drop(entries.insert(folder, true)),
                None => self.entry(name, path, &mut entries)?,
            }
        }
        let args = self.args(&mut keys)?;
        let continues = keys.take_text("on_reject")?.is_some_and(|reject| reject == "continue");
        self.settle(keys, is_own)?;
        for (entry, is_folder) in entries {
            let inner = format!("{name}/{entry}");
            if is_folder {
                node.children.push(self.node(&inner, group, &node.keys)?);
            } else {
                self.test(&inner, group, args.clone())?;
                node.tests.push(u32::try_from(self.tests.len()).unwrap_or(u32::MAX));
            }
        }
        // A sample that fails ends nothing by itself.
        self.breaks |= group == TestGroup::Hidden && !node.tests.is_empty() && !continues;
        Ok(node)
    }

    fn entry<'p>(
        &mut self,
        group: &str,
        file: &'p str,
        entries: &mut BTreeMap<&'p str, bool>,
    ) -> Result<(), Refused> {
        let full = format!("data/{group}/{file}");
        let (stem, kind) = file.rsplit_once('.').unwrap_or((file, ""));
        let is_tests = self.folder.bytes(&format!("data/{group}/{stem}.in")).is_some();
        match kind {
            "in" if entries.insert(stem, false) == Some(true) => {
                return Err(Refused::new(full, "a test and a folder have the same name"));
            }
            "yaml" if file == self.style.file() || is_tests => {}
            "interaction" => {}
            kind if ANNOTATIONS.contains(&kind) && is_tests => {}
            "statement" | "out" | "download" => {
                self.folder.warn(full, "not used; learners see the sample as it is judged");
            }
            _ => self.folder.warn(full, "the file is not used; it belongs to no test"),
        }
        Ok(())
    }

    fn test(&mut self, name: &str, group: TestGroup, args: Vec<String>) -> Result<(), Refused> {
        let text = |ending: &str| {
            let path = format!("data/{name}.{ending}");
            Ok(self.folder.text(&path)?.map(str::to_owned))
        };
        let input = text("in")?.unwrap_or_default();
        let Some(expected) = text("ans")? else {
            return Err(Refused::new(format!("data/{name}.in"), "its answer is missing (.ans)"));
        };
        let mut args = args;
        if let Some(mut keys) = Keys::read(self.folder, &format!("data/{name}.yaml"))? {
            if let Some(own) = keys.take_words("output_validator_args")? {
                args = own;
            }
            refuse_args(&mut keys)?;
            finish(keys, self.folder);
        }
        // The checker is the package's; it is told the same about every test.
        match &self.validator_args {
            None => self.validator_args = Some(args),
            Some(others) if *others != args => {
                let reason = format!(
                    "the output validator gets other arguments ({args:?}) than for {} ({others:?}); here all tests have the same",
                    self.names[0]
                );
                return Err(Refused::new(format!("data/{name}"), reason));
            }
            Some(_) => {}
        }
        self.tests.push(Test { group, kind: TestKind::Stdio { input }, expected });
        self.names.push(name.to_owned());
        Ok(())
    }

    fn args(&self, keys: &mut Keys) -> Result<Vec<String>, Refused> {
        let args = match self.style {
            Style::Testdata => {
                let own = keys.take("output_validator_flags");
                let flags = own.as_ref().and_then(|value| value.get("flags")).or(own.as_ref());
                flags.and_then(super::yaml::words_of)
            }
            Style::TestGroup => keys.take_words("output_validator_args")?,
        };
        Ok(args.unwrap_or_default())
    }

    /// What else a group says. Scoring reads its own keys later.
    fn settle(&mut self, mut keys: Keys, is_own: bool) -> Result<(), Refused> {
        refuse_args(&mut keys)?;
        if let Some(validation) =
            keys.take("static_validation").or_else(|| keys.take("static_validation_score"))
            && validation != serde_json::Value::Bool(false)
        {
            return Err(Refused::new(&keys.file, "static validation is not there"));
        }
        keys.take("on_reject");
        if keys.take_text("grading")?.is_some_and(|grading| grading == "custom") {
            return Err(Refused::new(
                &keys.file,
                "graders of the package's own (`grading: custom`) are not run",
            ));
        }
        // Inherited keys were told about where they stand.
        if is_own {
            finish(keys, self.folder);
        }
        Ok(())
    }
}

fn merged(mut own: Keys, inherited: &Keys) -> Keys {
    let mut inherited = inherited.clone();
    let file = own.file.clone();
    for key in ["output_validator_args", "args"] {
        if let Some(value) = own.take(key).or_else(|| inherited.take(key)) {
            own = own.with(key, value);
        }
    }
    own.file = file;
    own
}

fn refuse_args(keys: &mut Keys) -> Result<(), Refused> {
    match keys.take_words("args")? {
        Some(args) if !args.is_empty() => {
            Err(Refused::new(&keys.file, "`args`: submissions are started without arguments"))
        }
        _ => Ok(()),
    }
}

/// Warns about what is left, but for what means nothing to a judge and what scoring reads.
fn finish(mut keys: Keys, folder: &mut Folder<'_>) {
    let quiet = [
        "hint",
        "description",
        "full_feedback",
        "input_validator_flags",
        "input_validator_args",
        "input_visualizer_args",
        "output_visualizer_args",
        "static_validator_args",
        "grader_flags",
        "accept_score",
        "reject_score",
        "range",
        "scoring",
        "max_score",
        "score_aggregation",
        "require_pass",
    ];
    for key in quiet {
        keys.take(key);
    }
    keys.finish(folder);
}
