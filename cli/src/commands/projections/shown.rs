//! Read models and their builds as tables.

use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::Value;

#[derive(Debug, Deserialize)]
pub struct Projections {
    projections: Vec<Projection>,
}

#[derive(Debug, Deserialize)]
pub struct Projection {
    name: String,
    version: Option<i32>,
    sequence: i64,
    lag_events: i64,
    parked_keys: i64,
    held_versions: Vec<i32>,
    way_back: Option<WayBack>,
    builds: Vec<Build>,
}

#[derive(Debug, Deserialize)]
struct WayBack {
    version: i32,
    kept_at: DateTime<Utc>,
}

#[derive(Debug, Deserialize)]
#[allow(clippy::struct_field_names)] // They are the fields of the answer.
pub struct Build {
    build_id: String,
    kind: String,
    state: String,
    version: Option<i32>,
    ordered_at: DateTime<Utc>,
    ended_at: Option<DateTime<Utc>>,
    reason: String,
    percent: f64,
    events_per_second: f64,
    remaining_seconds: Option<f64>,
    pace: f64,
    compared: Option<Vec<Compared>>,
    difference: Option<Difference>,
    error: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Compared {
    place: String,
    rows_live: i64,
    rows_built: i64,
    identical: bool,
}

#[derive(Debug, Deserialize)]
struct Difference {
    place: String,
    key: String,
    live: Option<Value>,
    built: Option<Value>,
}

impl Projections {
    pub fn names(&self) -> Vec<String> {
        self.projections.iter().filter(|one| one.version.is_some()).map(|one| one.name.clone()).collect()
    }

    pub fn print(&self) {
        println!(
            "{:<22} {:>7} {:>12} {:>9} {:>7}  build",
            "projection", "version", "event", "behind", "parked"
        );
        for one in &self.projections {
            let version = one.version.map_or("-".to_owned(), |version| version.to_string());
            let build = one.builds.first().map(Build::line).unwrap_or_default();
            println!(
                "{:<22} {version:>7} {:>12} {:>9} {:>7}  {build}",
                one.name, one.sequence, one.lag_events, one.parked_keys
            );
        }
    }
}

impl Projection {
    pub fn build(self, id: &str) -> Option<Build> {
        self.builds.into_iter().find(|build| build.build_id == id)
    }

    pub fn print(&self) {
        match self.version {
            Some(version) => println!("{} version {version}", self.name),
            None => println!("{}: no version is live yet", self.name),
        }
        println!("passed event {}, {} behind the log", self.sequence, self.lag_events);
        if self.parked_keys > 0 {
            println!("{} keys are parked: `laurel parked` shows them", self.parked_keys);
        }
        for version in &self.held_versions {
            println!("version {version} is held back; `laurel projections rebuild {}` builds it", self.name);
        }
        if let Some(way_back) = &self.way_back {
            let kept_at = way_back.kept_at.format("%Y-%m-%d %H:%M:%S");
            println!("the tables of version {} that were live until {kept_at} are kept", way_back.version);
        }
        for build in &self.builds {
            println!("{}  {}", build.ordered_at.format("%Y-%m-%d %H:%M:%S"), build.line());
        }
    }
}

impl Build {
    pub fn has_ended(&self) -> bool {
        self.ended_at.is_some()
    }

    pub fn is_well(&self) -> bool {
        self.state == "done"
    }

    /// One line: what it is and how far.
    pub fn line(&self) -> String {
        let version = self.version.map(|version| format!(" of version {version}")).unwrap_or_default();
        let mut line = format!("{}{version}: {}", self.kind, self.state);
        if self.state == "reading" {
            let left = self.remaining_seconds.map(|left| format!(", {left:.0} s left")).unwrap_or_default();
            let way = if self.pace < 1.0 {
                format!(", making way for live events ({:.0} % of the time)", self.pace * 100.0)
            } else {
                String::new()
            };
            line = format!("{line} {:.0} %, {:.0} events/s{left}{way}", self.percent, self.events_per_second);
        }
        if self.reason.is_empty() { line } else { format!("{line} ({})", self.reason) }
    }

    pub fn print(&self, name: &str) {
        println!("{name}: {}", self.line());
        for place in self.compared.iter().flatten() {
            let word = if place.identical { "identical" } else { "DIFFERENT" };
            println!("  {word}  {} ({} rows live, {} built)", place.place, place.rows_live, place.rows_built);
        }
        if let Some(difference) = &self.difference {
            let side =
                |side: &Option<Value>| side.as_ref().map_or("no such row".to_owned(), Value::to_string);
            println!("  first difference: {} [{}]", difference.place, difference.key);
            println!("    live:  {}", side(&difference.live));
            println!("    built: {}", side(&difference.built));
        }
        if let Some(error) = &self.error {
            println!("  {error}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_build_says_in_one_line_how_far_it_is() -> serde_json::Result<()> {
        let mut build: Build = serde_json::from_value(json!({
            "build_id": "b", "kind": "rebuild", "state": "reading", "version": 2, "ordered_at": "2026-11-21T10:00:00Z",
            "reason": "", "percent": 25.2, "events_per_second": 31_000.4, "remaining_seconds": 12.3, "pace": 0.5,
        }))?;
        assert_eq!(
            build.line(),
            "rebuild of version 2: reading 25 %, 31000 events/s, 12 s left, making way for live events (50 % of the time)"
        );
        build.state = "done".to_owned();
        build.reason = "a wrong total".to_owned();
        assert_eq!(build.line(), "rebuild of version 2: done (a wrong total)");
        Ok(())
    }
}
