//! One table of figures, each beside its target and the raw limit it is to be held against.

use std::fmt;

/// What a figure must come to.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Target {
    AtLeast(f64),
    AtMost(f64),
}

impl Target {
    fn is_met_by(self, value: f64) -> bool {
        match self {
            Target::AtLeast(limit) => value >= limit,
            Target::AtMost(limit) => value <= limit,
        }
    }
}

/// One measured number.
#[derive(Debug, Clone, PartialEq)]
pub struct Figure {
    pub name: String,
    pub value: f64,
    pub unit: &'static str,
    target: Option<Target>,
    /// The raw limit of the same run and how many times it this figure is.
    beside: Option<(String, f64)>,
}

impl Figure {
    pub fn new(name: impl Into<String>, value: f64, unit: &'static str) -> Self {
        Self { name: name.into(), value, unit, target: None, beside: None }
    }

    #[must_use]
    pub fn target(mut self, target: Target) -> Self {
        self.target = Some(target);
        self
    }

    /// Holds the figure against a raw limit of the same unit; `target` then speaks of the ratio.
    #[must_use]
    pub fn beside(mut self, raw: &Figure, target: Option<Target>) -> Self {
        self.beside = Some((raw.name.clone(), self.value / raw.value));
        self.target = target;
        self
    }

    fn judged(&self) -> f64 {
        self.beside.as_ref().map_or(self.value, |(_, ratio)| *ratio)
    }

    /// `None` when the figure has no target.
    pub fn is_met(&self) -> Option<bool> {
        self.target.map(|target| target.is_met_by(self.judged()))
    }
}

#[derive(Debug, Clone, Default)]
pub struct Report {
    figures: Vec<Figure>,
}

impl Report {
    /// Adds a figure and shows it at once, because a whole run takes minutes.
    pub fn add(&mut self, figure: Figure) -> Figure {
        eprintln!("  {}: {} {}", figure.name, Number(figure.value), figure.unit);
        self.figures.push(figure.clone());
        figure
    }

    /// Adds what was measured elsewhere.
    pub fn append(&mut self, other: Report) {
        self.figures.extend(other.figures);
    }

    pub fn figures(&self) -> &[Figure] {
        &self.figures
    }
}

/// A Markdown table.
impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "| what | measured | beside | target | met |")?;
        writeln!(f, "|---|---:|---|---|---|")?;
        for figure in &self.figures {
            let beside = figure.beside.as_ref();
            let beside = beside.map(|(raw, ratio)| format!("{ratio:.2} × {raw}")).unwrap_or_default();
            let times = if figure.beside.is_some() { " ×" } else { "" };
            let target = figure.target.map(|target| match target {
                Target::AtLeast(limit) => format!("≥ {}{times}", Number(limit)),
                Target::AtMost(limit) => format!("≤ {}{times}", Number(limit)),
            });
            let met = figure.is_met().map_or("", |met| if met { "yes" } else { "**no**" });
            let (name, value, unit) = (&figure.name, Number(figure.value), figure.unit);
            writeln!(f, "| {name} | {value} {unit} | {beside} | {} | {met} |", target.unwrap_or_default())?;
        }
        Ok(())
    }
}

/// Three significant digits are what a measurement on a busy machine is worth; large numbers get separators.
struct Number(f64);

impl fmt::Display for Number {
    #[allow(clippy::cast_possible_truncation)] // Figures are far below 2^63.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.abs() < 10.0 {
            return write!(f, "{}", format!("{:.2}", self.0).trim_end_matches('0').trim_end_matches('.'));
        }
        if self.0.abs() < 1_000.0 {
            return write!(f, "{}", format!("{:.1}", self.0).trim_end_matches(".0"));
        }
        let digits = (self.0.round() as i64).to_string();
        let mut grouped = String::new();
        for (index, digit) in digits.chars().enumerate() {
            if index > 0 && (digits.len() - index).is_multiple_of(3) {
                grouped.push(',');
            }
            grouped.push(digit);
        }
        f.write_str(&grouped)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_figure_is_held_against_its_raw_limit() {
        let raw = Figure::new("raw single", 6_000.0, "/s");
        let slow = Figure::new("submissions", 12_000.0, "/s").beside(&raw, Some(Target::AtLeast(2.5)));
        let fast = Figure::new("submissions", 24_000.0, "/s").beside(&raw, Some(Target::AtLeast(2.5)));
        assert_eq!((slow.is_met(), fast.is_met(), raw.is_met()), (Some(false), Some(true), None));
        let table = Report { figures: vec![raw, slow] }.to_string();
        assert!(
            table.contains("| submissions | 12,000 /s | 2.00 × raw single | ≥ 2.5 × | **no** |"),
            "{table}"
        );
    }

    #[test]
    fn numbers_are_short() {
        let numbers = [0.4, 2.0, 12.34, 100.0, 1_234_567.8].map(|value| Number(value).to_string());
        assert_eq!(numbers, ["0.4", "2", "12.3", "100", "1,234,568"]);
    }
}
