//! The languages there are: what a submission, an exercise's offer, a checker and a solution may name.
//!
//! A name is part of the contract: facts carry it, and its meaning stays. How a language is compiled and run is the judge's
//! table, which has a row for each of these (checked there); whether a judge has it at this moment is another matter.

/// A language by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Language {
    pub name: &'static str,
    /// Whether tests may call into a program in it (`events::package::TestKind::Call`).
    pub knows_calls: bool,
}

const fn language(name: &'static str) -> Language {
    Language { name, knows_calls: false }
}

/// Every language, by name.
pub const ALL: &[Language] = &[
    language("bash"),
    language("c"),
    language("cpp"),
    language("go"),
    language("java"),
    language("javascript"),
    language("lua"),
    language("perl"),
    language("php"),
    Language { name: "python", knows_calls: true },
    language("ruby"),
    language("rust"),
    language("typescript"),
];

pub fn find(name: &str) -> Option<&'static Language> {
    ALL.iter().find(|language| language.name == name)
}
