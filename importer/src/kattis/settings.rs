//! `problem.yaml`, and the files that older systems keep the time limit in.

use super::Folder;
use super::yaml::{Keys, text_of};
use crate::{Bounds, Measured, Refused, languages};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Version {
    Legacy,
    /// 2023-07 and 2025-09.
    Modern,
}

/// What `problem.yaml` says, as far as it means something here.
#[derive(Debug)]
pub struct Settings {
    pub version: Version,
    names: BTreeMap<String, String>,
    pub scoring: bool,
    pub interactive: bool,
    /// Legacy says whether the validator is the package's own; later a folder with one says it.
    pub custom_validator: bool,
    pub validator_flags: Vec<String>,
    /// `None`: it follows from the example submissions, by `measured`.
    pub cpu_ms: Option<u32>,
    pub measured: Measured,
    pub memory_kib: Option<u32>,
    pub output_kib: Option<u32>,
    pub keywords: Vec<String>,
    pub languages: BTreeSet<&'static str>,
    pub constants: BTreeMap<String, String>,
}

const FILE: &str = "problem.yaml";
const CONSTANTS_MAX: usize = 100;
/// Who made it and what may be done with it: an exercise has no place for that.
const ABOUT: [&str; 9] = [
    "author",
    "credits",
    "source",
    "source_url",
    "license",
    "rights_owner",
    "uuid",
    "version",
    "embargo_until",
];

impl Settings {
    pub fn read(folder: &mut Folder<'_>) -> Result<Self, Refused> {
        let mut keys = Keys::read(folder, FILE)?.unwrap_or_else(|| Keys::empty(FILE));
        let version = version(&mut keys)?;
        let mut settings = Self {
            version,
            names: names(&mut keys)?,
            scoring: false,
            interactive: false,
            custom_validator: false,
            validator_flags: keys.take_words("validator_flags")?.unwrap_or_default(),
            cpu_ms: None,
            measured: match version {
                Version::Legacy => Measured { percent: 500, step_ms: 1_000 },
                Version::Modern => Measured { percent: 200, step_ms: 1_000 },
            },
            memory_kib: None,
            output_kib: None,
            keywords: keys.take_words("keywords")?.unwrap_or_default(),
            languages: languages::all().collect(),
            constants: BTreeMap::new(),
        };
        settings.read_type(&mut keys)?;
        settings.read_validation(&mut keys)?;
        settings.read_languages(folder, &mut keys)?;
        if let Some(constants) = keys.take_map("constants")? {
            let text = |(name, value): (String, Value)| text_of(&value).map(|text| (name, text));
            settings.constants = constants.into_entries().filter_map(text).collect();
            // Each is looked for in every text.
            if settings.constants.len() > CONSTANTS_MAX {
                return Err(Refused::new(FILE, format!("there are more than {CONSTANTS_MAX} constants")));
            }
        }
        if let Some(mut limits) = keys.take_map("limits")? {
            settings.read_limits(folder, &mut limits)?;
            limits.finish(folder);
        }
        settings.read_time_files(folder)?;
        let left_out: Vec<&str> = ABOUT.into_iter().filter(|key| keys.take(key).is_some()).collect();
        if !left_out.is_empty() {
            folder.warn(
                FILE,
                format!("not taken over: {}; credit belongs into the statement", left_out.join(", ")),
            );
        }
        // Where it is not offered, a submission may write in its box all the same.
        keys.take("allow_file_writing");
        if let Some(mut grading) = keys.take_map("grading")? {
            if grading.take_text("objective")?.is_some_and(|objective| objective == "min") {
                return Err(Refused::new(FILE, "`objective: min`: fewer points cannot be better here"));
            }
            grading.take("show_test_data_groups");
            grading.finish(folder);
        }
        keys.finish(folder);
        Ok(settings)
    }

    /// The name in this language of a statement, else any.
    pub fn name(&self, language: &str) -> Option<String> {
        self.names.get(language).or_else(|| self.names.values().next()).cloned()
    }

    fn read_type(&mut self, keys: &mut Keys) -> Result<(), Refused> {
        for kind in keys.take_words("type")?.unwrap_or_default() {
            match kind.as_str() {
                "pass-fail" => {}
                "scoring" => self.scoring = true,
                "interactive" => {
                    self.interactive = true;
                    self.custom_validator = true;
                }
                other => {
                    return Err(Refused::new(
                        FILE,
                        format!("problems of type `{other}` cannot be judged here"),
                    ));
                }
            }
        }
        Ok(())
    }

    fn read_validation(&mut self, keys: &mut Keys) -> Result<(), Refused> {
        for word in keys.take_words("validation")?.unwrap_or_default() {
            match word.as_str() {
                "default" => {}
                "custom" => self.custom_validator = true,
                "interactive" => self.interactive = true,
                "score" => {
                    let reason = "the output validator gives points itself (`validation: … score`); here it says right or wrong, and tests and groups are worth points";
                    return Err(Refused::new(FILE, reason));
                }
                other => return Err(Refused::new(FILE, format!("`validation: {other}` is not understood"))),
            }
        }
        Ok(())
    }

    fn read_languages(&mut self, folder: &mut Folder<'_>, keys: &mut Keys) -> Result<(), Refused> {
        let Some(names) = keys.take_words("languages")? else { return Ok(()) };
        if names.iter().any(|name| name == "all") {
            return Ok(());
        }
        self.languages = names.iter().filter_map(|name| languages::of_name(name)).collect();
        let unknown: Vec<_> = names.iter().filter(|name| languages::of_name(name).is_none()).collect();
        if self.languages.is_empty() {
            return Err(Refused::new(FILE, "none of its languages can be judged here"));
        }
        if !unknown.is_empty() {
            folder.warn(FILE, format!("not offered, because they cannot be judged here: {unknown:?}"));
        }
        Ok(())
    }

    fn read_limits(&mut self, folder: &mut Folder<'_>, limits: &mut Keys) -> Result<(), Refused> {
        if let Some(seconds) = limits.take_number("time_limit")? {
            self.cpu_ms = Some(milliseconds(folder, FILE, seconds)?);
        }
        if let Some(seconds) = limits.take_number("time_resolution")? {
            self.measured.step_ms = whole(seconds * 1_000.0).unwrap_or(1_000).max(1);
        }
        let mut multiplier = limits.take_number("time_multiplier")?;
        if let Some(mut multipliers) = limits.take_map("time_multipliers")? {
            multiplier = multipliers.take_number("ac_to_time_limit")?.or(multiplier);
            // How far off the slow ones are says nothing about the limit.
            multipliers.take("time_limit_to_tle");
            multipliers.finish(folder);
        }
        if let Some(multiplier) = multiplier {
            let percent = whole(multiplier * 100.0).filter(|percent| (100..=10_000).contains(percent));
            self.measured.percent = percent.ok_or_else(|| limits.wrong("time_multiplier", "1 to 100"))?;
        }
        limits.take("time_safety_margin");
        self.memory_kib =
            mebibytes(folder, limits, "memory", Bounds::MEMORY_KIB_MIN, Bounds::MEMORY_KIB_MAX)?;
        self.output_kib = mebibytes(folder, limits, "output", 1, Bounds::OUTPUT_KIB_MAX)?;
        let ours = [
            "code",
            "compilation_time",
            "compilation_memory",
            "validation_time",
            "validation_memory",
            "validation_output",
        ];
        let set: Vec<&str> = ours.into_iter().filter(|key| limits.take(key).is_some()).collect();
        if !set.is_empty() {
            folder.warn(FILE, format!("the platform's own limits hold instead of: {}", set.join(", ")));
        }
        Ok(())
    }

    /// `.timelimit` (Kattis) and `domjudge-problem.ini` count where `problem.yaml` says nothing.
    fn read_time_files(&mut self, folder: &mut Folder<'_>) -> Result<(), Refused> {
        if self.cpu_ms.is_some() {
            return Ok(());
        }
        for file in [".timelimit", "domjudge-problem.ini"] {
            let Some(text) = folder.text(file)? else { continue };
            let named = text
                .lines()
                .filter_map(|line| line.split_once('='))
                .find(|(key, _)| key.trim() == "timelimit");
            let value = named.map_or(text, |(_, value)| value).trim().trim_matches(['"', '\'']);
            if file == ".timelimit" || named.is_some() {
                let seconds = value
                    .parse()
                    .map_err(|_| Refused::new(file, format!("{value:?} is no number of seconds")))?;
                self.cpu_ms = Some(milliseconds(folder, file, seconds)?);
                return Ok(());
            }
        }
        Ok(())
    }
}

fn version(keys: &mut Keys) -> Result<Version, Refused> {
    let named = keys.take_text("problem_format_version")?.unwrap_or_else(|| "legacy".to_owned());
    match named.as_str() {
        "legacy" | "legacy-icpc" => Ok(Version::Legacy),
        "2023-07" | "2023-07-draft" | "2025-09" | "2025-09-draft" | "draft" => Ok(Version::Modern),
        other => Err(Refused::new(
            FILE,
            format!("the format's version `{other}` is not known; legacy, 2023-07 and 2025-09 are"),
        )),
    }
}

fn names(keys: &mut Keys) -> Result<BTreeMap<String, String>, Refused> {
    match keys.take("name") {
        None => Ok(BTreeMap::new()),
        Some(Value::Object(map)) => {
            Ok(map.into_iter().filter_map(|(language, name)| Some((language, text_of(&name)?))).collect())
        }
        Some(name) => {
            let name = text_of(&name).ok_or_else(|| keys.wrong("name", "a text"))?;
            Ok(BTreeMap::from([("en".to_owned(), name)]))
        }
    }
}

fn milliseconds(folder: &mut Folder<'_>, file: &str, seconds: f64) -> Result<u32, Refused> {
    let wanted = whole(seconds * 1_000.0).filter(|ms| *ms > 0);
    let Some(wanted) = wanted.filter(|ms| *ms <= Bounds::CPU_MS_MAX) else {
        let most = Bounds::CPU_MS_MAX / 1_000;
        return Err(Refused::new(
            file,
            format!("a time limit of {seconds} s; it is more than 0 and at most {most} s"),
        ));
    };
    if wanted < Bounds::CPU_MS_MIN {
        folder.warn(file, format!("the time limit is {} ms instead of {wanted} ms", Bounds::CPU_MS_MIN));
    }
    Ok(wanted.max(Bounds::CPU_MS_MIN))
}

fn mebibytes(
    folder: &mut Folder<'_>,
    limits: &mut Keys,
    key: &str,
    min: u32,
    max: u32,
) -> Result<Option<u32>, Refused> {
    let Some(mebibytes) = limits.take_number(key)? else { return Ok(None) };
    let wanted = whole(mebibytes * 1_024.0).filter(|kib| *kib > 0);
    let wanted = wanted.ok_or_else(|| limits.wrong(key, "a number of MiB above 0"))?;
    let given = wanted.clamp(min, max);
    if given != wanted {
        folder.warn(FILE, format!("the limit of {key} is {} MiB instead of {mebibytes} MiB", given >> 10));
    }
    Ok(Some(given))
}

/// Rounded to a whole number; `None` below 0 and above what fits.
pub fn whole(number: f64) -> Option<u32> {
    let rounded = number.round();
    // A decimal text of a whole number is read exactly; that spares a lossy cast.
    if rounded.is_finite() && rounded >= 0.0 { format!("{rounded:.0}").parse().ok() } else { None }
}
