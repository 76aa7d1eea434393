//! Old JSON to new JSON. Pure steps of one version each, chained until the current version is reached, so that code
//! downstream only ever sees the current shape.

use serde_json::Value;

/// One step: a body of `name` at `from` becomes a body at `from + 1`.
#[derive(Debug, Clone, Copy)]
pub struct Upcast {
    pub name: &'static str,
    pub from: u32,
    pub step: fn(Value) -> Result<Value, String>,
}

/// Why an old body could not be brought up to date.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UpcastError {
    #[error("no upcaster for {name} from version {from}")]
    Missing { name: String, from: u32 },
    #[error("{name} version {from}: {reason}")]
    Refused { name: String, from: u32, reason: String },
    #[error("{name} is at version {current}; version {found} is from the future: upgrade this process")]
    FromTheFuture { name: String, found: u32, current: u32 },
}

/// Brings a body of `name` from version `found` to version `current`.
pub fn upcast(
    steps: &[Upcast],
    name: &str,
    found: u32,
    current: u32,
    body: Value,
) -> Result<Value, UpcastError> {
    if found > current {
        return Err(UpcastError::FromTheFuture { name: name.to_owned(), found, current });
    }
    (found..current).try_fold(body, |body, from| {
        let step = steps
            .iter()
            .find(|step| step.name == name && step.from == from)
            .ok_or_else(|| UpcastError::Missing { name: name.to_owned(), from })?;
        (step.step)(body).map_err(|reason| UpcastError::Refused { name: name.to_owned(), from, reason })
    })
}

/// A family that exists only here: no real event has a history yet, and inventing one would be a lie in the log.
#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const STEPS: &[Upcast] = &[
        Upcast { name: "kettle_boiled", from: 1, step: fahrenheit_to_celsius },
        Upcast { name: "kettle_boiled", from: 2, step: litres_to_millilitres },
    ];

    fn fahrenheit_to_celsius(mut body: Value) -> Result<Value, String> {
        let fahrenheit = body["fahrenheit"].as_i64().ok_or("fahrenheit is missing")?;
        body["celsius"] = json!((fahrenheit - 32) * 5 / 9);
        body.as_object_mut().ok_or("not an object")?.remove("fahrenheit");
        Ok(body)
    }

    fn litres_to_millilitres(mut body: Value) -> Result<Value, String> {
        let litres = body["litres"].as_i64().ok_or("litres is missing")?;
        body["millilitres"] = json!(litres * 1_000);
        body.as_object_mut().ok_or("not an object")?.remove("litres");
        Ok(body)
    }

    #[test]
    fn the_chain_runs_from_any_version_to_the_current_one() {
        let now = json!({ "celsius": 100, "millilitres": 2_000 });
        let first = json!({ "fahrenheit": 212, "litres": 2 });
        let second = json!({ "celsius": 100, "litres": 2 });
        assert_eq!(upcast(STEPS, "kettle_boiled", 1, 3, first), Ok(now.clone()));
        assert_eq!(upcast(STEPS, "kettle_boiled", 2, 3, second), Ok(now.clone()));
        assert_eq!(upcast(STEPS, "kettle_boiled", 3, 3, now.clone()), Ok(now));
    }

    #[test]
    fn a_gap_a_bad_body_and_the_future_are_told_apart() {
        assert!(matches!(
            upcast(&STEPS[1..], "kettle_boiled", 1, 3, json!({})),
            Err(UpcastError::Missing { from: 1, .. })
        ));
        assert!(matches!(
            upcast(STEPS, "kettle_boiled", 1, 3, json!({ "litres": 2 })),
            Err(UpcastError::Refused { from: 1, .. })
        ));
        assert!(matches!(
            upcast(STEPS, "kettle_boiled", 4, 3, json!({})),
            Err(UpcastError::FromTheFuture { found: 4, .. })
        ));
    }
}
