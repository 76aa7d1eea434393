//! JSON values as Python shows them.

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;
use std::fmt;

/// Values within values.
const DEPTH_MAX: usize = 32;

/// An object as it is written: Python keeps that order, and shows it.
#[derive(Debug)]
pub struct Pairs<'a>(pub Vec<(String, &'a RawValue)>);

impl<'de> Deserialize<'de> for Pairs<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;
        impl<'de> Visitor<'de> for Reader {
            type Value = Pairs<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut pairs: Vec<(String, &RawValue)> = Vec::new();
                while let Some(pair) = map.next_entry()? {
                    pairs.push(pair);
                }
                Ok(Pairs(pairs))
            }
        }
        deserializer.deserialize_map(Reader)
    }
}

/// As `repr` writes it; `None`: it is nested too deeply. From the text itself, because Python's numbers have as many digits as
/// they have.
pub fn repr(value: &RawValue) -> Option<String> {
    within(value, 0)
}

fn within(value: &RawValue, depth: usize) -> Option<String> {
    if depth > DEPTH_MAX {
        return None;
    }
    let joined = |parts: Option<Vec<String>>| parts.map(|parts| parts.join(", "));
    let text = value.get();
    Some(match text.as_bytes().first()? {
        b'n' => "None".to_owned(),
        b't' => "True".to_owned(),
        b'f' => "False".to_owned(),
        b'"' => repr_text(&serde_json::from_str::<String>(text).ok()?),
        b'[' => {
            let list: Vec<&RawValue> = serde_json::from_str(text).ok()?;
            format!("[{}]", joined(list.iter().map(|item| within(item, depth + 1)).collect())?)
        }
        b'{' => {
            let Pairs(pairs) = serde_json::from_str(text).ok()?;
            let pair = |(key, item): &(String, &RawValue)| {
                Some(format!("{}: {}", repr_text(key), within(item, depth + 1)?))
            };
            format!("{{{}}}", joined(pairs.iter().map(pair).collect())?)
        }
        _ if text.contains(['.', 'e', 'E']) => repr_float(text.parse().ok()?),
        _ if text == "-0" => "0".to_owned(),
        _ => text.to_owned(),
    })
}

/// The fewest digits that mean this number, with an exponent from 1e16 on and below 1e-4.
fn repr_float(number: f64) -> String {
    if number.is_infinite() {
        return if number > 0.0 { "inf" } else { "-inf" }.to_owned();
    }
    let size = number.abs();
    if size == 0.0 || (1e-4..1e16).contains(&size) {
        return format!("{number:?}");
    }
    let shown = format!("{number:e}");
    let (digits, exponent) = shown.split_once('e').unwrap_or((&shown, "0"));
    let (sign, exponent) = exponent.strip_prefix('-').map_or(('+', exponent), |exponent| ('-', exponent));
    format!("{digits}e{sign}{exponent:0>2}")
}

/// In single quotes, unless only those are in it.
fn repr_text(text: &str) -> String {
    let quote = if text.contains('\'') && !text.contains('"') { '"' } else { '\'' };
    let mut shown = String::from(quote);
    for c in text.chars() {
        match c {
            '\\' => shown.push_str("\\\\"),
            '\n' => shown.push_str("\\n"),
            '\t' => shown.push_str("\\t"),
            '\r' => shown.push_str("\\r"),
            c if c == quote => shown.extend(['\\', c]),
            c => shown.push(c),
        }
    }
    shown.push(quote);
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_as_python_shows_them() {
        for (json, shown) in [
            (
                r#"[1, -2.5, true, null, "it's", "a\"b'", "x\ny", {"k": [], "a": {}}]"#,
                r#"[1, -2.5, True, None, "it's", 'a"b\'', 'x\ny', {'k': [], 'a': {}}]"#,
            ),
            ("18446744073709551616", "18446744073709551616"),
            ("[-99999999999999999999999999, 0, -0]", "[-99999999999999999999999999, 0, 0]"),
            ("[1.0, 1e3, 0.1, -0.0, 123456789012345.6]", "[1.0, 1000.0, 0.1, -0.0, 123456789012345.6]"),
            (
                "[1e16, 1.5e22, 0.0001, 1e-5, -2.5e-7, 1e300]",
                "[1e+16, 1.5e+22, 0.0001, 1e-05, -2.5e-07, 1e+300]",
            ),
        ] {
            let value: &RawValue = serde_json::from_str(json).expect("JSON");
            assert_eq!(repr(value).as_deref(), Some(shown));
        }
        let deep = format!("{}{}", "[".repeat(60), "]".repeat(60));
        assert_eq!(repr(serde_json::from_str(&deep).expect("JSON")), None);
    }
}
