//! JSON values as Python shows them.

use serde_json::Value;

/// Values within values.
const DEPTH_MAX: usize = 32;

/// As `repr` writes it; `None`: it is nested too deeply.
pub fn repr(value: &Value) -> Option<String> {
    within(value, 0)
}

fn within(value: &Value, depth: usize) -> Option<String> {
    if depth > DEPTH_MAX {
        return None;
    }
    let joined = |parts: Option<Vec<String>>| parts.map(|parts| parts.join(", "));
    Some(match value {
        Value::Null => "None".to_owned(),
        Value::Bool(true) => "True".to_owned(),
        Value::Bool(false) => "False".to_owned(),
        Value::Number(number) => number.to_string(),
        Value::String(text) => repr_text(text),
        Value::Array(list) => {
            format!("[{}]", joined(list.iter().map(|item| within(item, depth + 1)).collect())?)
        }
        Value::Object(map) => {
            let pair = |(key, item): (&String, &Value)| {
                Some(format!("{}: {}", repr_text(key), within(item, depth + 1)?))
            };
            format!("{{{}}}", joined(map.iter().map(pair).collect())?)
        }
    })
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
    use serde_json::json;

    #[test]
    fn values_as_python_shows_them() {
        let value = json!([1, -2.5, true, null, "it's", "a\"b'", "x\ny", { "k": [] }]);
        let shown = repr(&value).expect("shallow");
        assert_eq!(shown, r#"[1, -2.5, True, None, "it's", 'a"b\'', 'x\ny', {'k': []}]"#);
    }
}
