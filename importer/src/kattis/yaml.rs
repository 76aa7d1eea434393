//! YAML files, key by key; what nobody asked for is warned about.

use super::Folder;
use crate::Refused;
use serde_json::{Map, Value};

/// Settings are small; large ones are an attack.
const YAML_BYTES_MAX: usize = 32 << 10;
/// What one setting of a group may be, written as JSON.
const GROUP_VALUE_BYTES_MAX: usize = 1 << 10;

#[derive(Debug, Clone)]
pub struct Keys {
    pub file: String,
    map: Map<String, Value>,
}

impl Keys {
    /// `None`: there is no such file. An empty one has no keys.
    pub fn read(folder: &Folder<'_>, file: &str) -> Result<Option<Self>, Refused> {
        folder.text(file)?.map(|text| Self::parse(file, text)).transpose()
    }

    pub fn parse(file: &str, text: &str) -> Result<Self, Refused> {
        if text.len() > YAML_BYTES_MAX {
            return Err(Refused::new(file, format!("it has more than {YAML_BYTES_MAX} bytes")));
        }
        let value: Value = serde_saphyr::from_str_with_options(text, options()).map_err(|error| {
            let said = error.to_string();
            Refused::new(file, format!("it is no good YAML: {}", said.lines().next().unwrap_or_default()))
        })?;
        match value {
            Value::Object(map) => Ok(Self { file: file.to_owned(), map }),
            Value::Null => Ok(Self { file: file.to_owned(), map: Map::new() }),
            _ => Err(Refused::new(file, "it is not a map of keys to values")),
        }
    }

    pub fn empty(file: &str) -> Self {
        Self { file: file.to_owned(), map: Map::new() }
    }

    /// Takes a key out. What is `null` is not there.
    pub fn take(&mut self, key: &str) -> Option<Value> {
        self.map.remove(key).filter(|value| !value.is_null())
    }

    /// These keys alone. There may be thousands of groups, so what is kept of each is bounded.
    pub fn only(&self, keys: &[&str]) -> Result<Self, Refused> {
        let mut kept = Self::empty(&self.file);
        for (key, value) in self.map.iter().filter(|(key, _)| keys.contains(&key.as_str())) {
            if value.to_string().len() > GROUP_VALUE_BYTES_MAX {
                return Err(self.wrong(key, "something shorter"));
            }
            kept.map.insert(key.clone(), value.clone());
        }
        Ok(kept)
    }

    #[must_use]
    pub fn with(mut self, key: &str, value: Value) -> Self {
        self.map.insert(key.to_owned(), value);
        self
    }

    pub fn take_map(&mut self, key: &str) -> Result<Option<Self>, Refused> {
        match self.take(key) {
            None => Ok(None),
            Some(Value::Object(map)) => Ok(Some(Self { file: self.file.clone(), map })),
            Some(_) => Err(self.wrong(key, "a map")),
        }
    }

    pub fn take_text(&mut self, key: &str) -> Result<Option<String>, Refused> {
        let Some(value) = self.take(key) else { return Ok(None) };
        text_of(&value).map(Some).ok_or_else(|| self.wrong(key, "a text"))
    }

    pub fn take_number(&mut self, key: &str) -> Result<Option<f64>, Refused> {
        let Some(value) = self.take(key) else { return Ok(None) };
        let number = text_of(&value).and_then(|text| text.trim().parse::<f64>().ok());
        number.filter(|number| number.is_finite()).map(Some).ok_or_else(|| self.wrong(key, "a number"))
    }

    /// Words of one text, or texts of a list.
    pub fn take_words(&mut self, key: &str) -> Result<Option<Vec<String>>, Refused> {
        let Some(value) = self.take(key) else { return Ok(None) };
        words_of(&value).map(Some).ok_or_else(|| self.wrong(key, "a text or a list of texts"))
    }

    pub fn wrong(&self, key: &str, takes: &str) -> Refused {
        Refused::new(&self.file, format!("`{key}` takes {takes}"))
    }

    pub fn into_entries(self) -> impl Iterator<Item = (String, Value)> {
        self.map.into_iter()
    }

    /// Warns about every key that was not taken.
    pub fn finish(self, folder: &mut Folder<'_>) {
        for key in self.map.keys() {
            folder.warn(&self.file, format!("the key `{key}` is not understood and was left out"));
        }
    }
}

/// As little as settings need: aliases of aliases would make a small file a large value.
fn options() -> serde_saphyr::Options {
    serde_saphyr::options! {
        budget: serde_saphyr::budget! { max_events: 50_000, max_nodes: 20_000, max_depth: 32 },
        alias_limits: serde_saphyr::alias_limits! { max_total_replayed_events: 2_000 },
    }
}

pub fn text_of(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(truth) => Some(truth.to_string()),
        _ => None,
    }
}

pub fn words_of(value: &Value) -> Option<Vec<String>> {
    match value {
        Value::Array(list) => list.iter().map(text_of).collect(),
        other => Some(text_of(other)?.split_whitespace().map(str::to_owned).collect()),
    }
}
