//! What the judge counts.

use chassis::observe::Observatory;
use events::judgement::Verdict;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::registry::Unit;

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct VerdictLabel {
    verdict: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct LanguageLabel {
    language: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct LayerLabel {
    layer: &'static str,
}

/// Cheap to clone.
#[derive(Debug, Clone)]
pub struct Metrics {
    languages: Family<LanguageLabel, Gauge>,
    layers: Family<LayerLabel, Gauge>,
    judgements: Family<VerdictLabel, Counter>,
    pub redeliveries: Counter,
    pub postponements: Counter,
    pub put_off: Counter,
    pub append_retries: Counter,
    pub starved_runs: Counter,
    pub runs_done: Counter,
    pub runs_refused: Counter,
    pub slots: Gauge,
    pub slots_busy: Gauge,
    pub grading: Histogram,
}

impl Default for Metrics {
    fn default() -> Self {
        Self {
            languages: Family::default(),
            layers: Family::default(),
            judgements: Family::default(),
            redeliveries: Counter::default(),
            postponements: Counter::default(),
            put_off: Counter::default(),
            append_retries: Counter::default(),
            starved_runs: Counter::default(),
            runs_done: Counter::default(),
            runs_refused: Counter::default(),
            slots: Gauge::default(),
            slots_busy: Gauge::default(),
            grading: Histogram::new(exponential_buckets(0.005, 2.0, 15)),
        }
    }
}

impl Metrics {
    pub fn register(&self, observatory: &Observatory) {
        observatory.register(|registry| {
            let registry = registry.sub_registry_with_prefix("judge");
            registry.register(
                "language_on",
                "1 for a language that this judge judges, else 0",
                self.languages.clone(),
            );
            registry.register(
                "sandbox_layer_on",
                "1 for a layer of the sandbox that this host gives, else 0",
                self.layers.clone(),
            );
            registry.register("judgements", "Judgements appended, by verdict", self.judgements.clone());
            registry.register(
                "redeliveries",
                "Submissions taken that were taken before",
                self.redeliveries.clone(),
            );
            registry.register(
                "postponements",
                "Submissions handed back because something was lacking",
                self.postponements.clone(),
            );
            registry.register(
                "put_off",
                "Further submissions of a learner that let others go first",
                self.put_off.clone(),
            );
            registry.register(
                "append_retries",
                "Appends of a judgement that had to be repeated",
                self.append_retries.clone(),
            );
            registry.register(
                "starved_runs",
                "Runs over a time limit that did not count because the machine kept them waiting",
                self.starved_runs.clone(),
            );
            registry.register("runs_done", "Try-runs answered with a result", self.runs_done.clone());
            registry.register(
                "runs_refused",
                "Try-runs refused: busy, too late, or something was lacking",
                self.runs_refused.clone(),
            );
            registry.register("slots", "What can be judged at the same time", self.slots.clone());
            registry.register("slots_busy", "Slots that judge or run something", self.slots_busy.clone());
            registry.register_with_unit(
                "grading",
                "From taking a submission to its graded result",
                Unit::Seconds,
                self.grading.clone(),
            );
        });
    }

    pub fn language(&self, language: &'static str, is_on: bool) {
        self.languages.get_or_create(&LanguageLabel { language }).set(i64::from(is_on));
    }

    pub fn layer(&self, layer: &'static str, is_on: bool) {
        self.layers.get_or_create(&LayerLabel { layer }).set(i64::from(is_on));
    }

    pub fn judged(&self, verdict: Verdict) {
        self.judgements.get_or_create(&VerdictLabel { verdict: verdict.name() }).inc();
    }
}
