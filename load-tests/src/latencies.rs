//! Latencies, every one kept: a run has few enough of them for percentiles to be exact.

use std::time::Duration;

#[derive(Debug, Clone, Default)]
pub struct Latencies(Vec<Duration>);

impl Latencies {
    pub fn record(&mut self, latency: Duration) {
        self.0.push(latency);
    }

    pub fn merge(&mut self, other: Latencies) {
        self.0.extend(other.0);
    }

    pub fn count(&self) -> usize {
        self.0.len()
    }

    /// The smallest latency that at least `share` (0 to 1) of all do not exceed, in milliseconds; 0 when there is none.
    pub fn percentile_ms(&mut self, share: f64) -> f64 {
        self.0.sort_unstable();
        let index = rank(self.0.len(), share).saturating_sub(1);
        self.0.get(index).map_or(0.0, |latency| latency.as_secs_f64() * 1_000.0)
    }
}

#[allow(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss)] // Counts are far below 2^52.
fn rank(count: usize, share: f64) -> usize {
    (count as f64 * share).ceil() as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_exact() {
        let mut latencies = Latencies::default();
        assert_eq!(latencies.percentile_ms(0.5).to_string(), "0");
        for ms in (1..=100).rev() {
            latencies.record(Duration::from_millis(ms));
        }
        let percentiles =
            [0.0, 0.5, 0.99, 1.0].map(|share| latencies.percentile_ms(share).round().to_string());
        assert_eq!(percentiles, ["1", "50", "99", "100"]);
    }
}
