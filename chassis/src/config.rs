//! Reading configuration from the environment. The one door to it: every variable is read here, and every missing or bad
//! value is reported in one go, before a socket opens.

use secrecy::SecretString;
use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

/// The variables a process was given, and what was found wrong with them so far.
#[derive(Debug)]
pub struct Settings {
    variables: BTreeMap<String, String>,
    problems: Vec<String>,
}

/// Everything that is wrong with a configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigError(pub Vec<String>);

impl std::error::Error for ConfigError {}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the configuration is not usable:")?;
        self.0.iter().try_for_each(|problem| write!(f, "\n  - {problem}"))
    }
}

impl Settings {
    /// The process's environment.
    #[allow(clippy::disallowed_methods)] // This is the door.
    pub fn from_environment() -> Self {
        Self::from_pairs(
            std::env::vars_os()
                .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?))),
        )
    }

    /// Given pairs, for `laurel up` and tests.
    pub fn from_pairs(pairs: impl IntoIterator<Item = (String, String)>) -> Self {
        Self { variables: pairs.into_iter().collect(), problems: Vec::new() }
    }

    /// A value that must be there. `what` says what it is, for the error.
    pub fn required<T>(&mut self, name: &str, what: &str) -> Option<T>
    where
        T: FromStr<Err: fmt::Display>,
    {
        if self.text(name).is_none() {
            self.problems.push(format!("{name} is not set ({what})"));
            return None;
        }
        self.parsed(name, what)
    }

    /// A value with a default.
    pub fn or<T>(&mut self, name: &str, what: &str, default: T) -> T
    where
        T: FromStr<Err: fmt::Display>,
    {
        self.parsed(name, what).unwrap_or(default)
    }

    /// A value that may be absent.
    pub fn optional<T>(&mut self, name: &str, what: &str) -> Option<T>
    where
        T: FromStr<Err: fmt::Display>,
    {
        self.parsed(name, what)
    }

    /// A secret that must be there: the variable itself, or a file named by `<name>_FILE`.
    pub fn secret(&mut self, name: &str, what: &str) -> Option<SecretString> {
        let file = format!("{name}_FILE");
        if let Some(path) = self.text(&file) {
            return match std::fs::read_to_string(path) {
                Ok(secret) => Some(secret.trim().to_owned().into()),
                Err(error) => {
                    self.problems.push(format!("{file}: {path} cannot be read: {error} ({what})"));
                    None
                }
            };
        }
        let secret = self.text(name).map(|value| value.to_owned().into());
        if secret.is_none() {
            self.problems.push(format!("neither {name} nor {file} is set ({what})"));
        }
        secret
    }

    /// Notes something wrong that only the caller can see.
    pub fn refuse(&mut self, problem: String) {
        self.problems.push(problem);
    }

    /// Call last: fails if anything was missing or bad.
    pub fn finish(self) -> Result<(), ConfigError> {
        if self.problems.is_empty() { Ok(()) } else { Err(ConfigError(self.problems)) }
    }

    fn text(&self, name: &str) -> Option<&str> {
        self.variables.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    fn parsed<T>(&mut self, name: &str, what: &str) -> Option<T>
    where
        T: FromStr<Err: fmt::Display>,
    {
        match self.text(name)?.parse() {
            Ok(value) => Some(value),
            Err(error) => {
                self.problems.push(format!("{name} is not usable: {error} ({what})"));
                None
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_problem_is_reported_in_one_go() {
        let mut settings = Settings::from_pairs([("PORT".to_owned(), "many".to_owned())]);
        let port = settings.or::<u16>("PORT", "the port to listen on", 80);
        let url = settings.required::<String>("URL", "where the broker is");
        let key = settings.secret("KEY", "the master key");
        assert_eq!((port, url.is_none(), key.is_none()), (80, true, true));
        let problems = settings.finish().expect_err("three problems").0;
        assert_eq!(problems.len(), 3, "{problems:?}");
    }
}
