//! Which traces are kept: decided once, where a request comes in; everything behind it does as its parent does.

use opentelemetry::trace::{Link, SpanKind, TraceContextExt, TraceId, TraceState};
use opentelemetry::{Context, KeyValue};
use opentelemetry_sdk::trace::{SamplingDecision, SamplingResult, ShouldSample};

/// Of all requests, this part is traced. A caller's `traceparent` may say that it is not to be traced; that it is to be
/// traced does not count more than chance, or callers would decide what tracing costs.
#[derive(Debug, Clone)]
pub(super) struct AtTheDoor {
    pub ratio: f64,
}

impl ShouldSample for AtTheDoor {
    fn should_sample(
        &self,
        parent: Option<&Context>,
        _: TraceId,
        _: &str,
        kind: &SpanKind,
        _: &[KeyValue],
        _: &[Link],
    ) -> SamplingResult {
        let parent = parent.map(|context| context.span().span_context().clone());
        let sampled = match parent.filter(opentelemetry::trace::SpanContext::is_valid) {
            Some(parent) if *kind == SpanKind::Server => parent.is_sampled() && self.by_chance(),
            Some(parent) => parent.is_sampled(),
            None => self.by_chance(),
        };
        let decision = if sampled { SamplingDecision::RecordAndSample } else { SamplingDecision::Drop };
        SamplingResult { decision, attributes: Vec::new(), trace_state: TraceState::default() }
    }
}

impl AtTheDoor {
    fn by_chance(&self) -> bool {
        let drawn = f64::from(u32::from_le_bytes(crate::random::bytes()));
        drawn < self.ratio * (f64::from(u32::MAX) + 1.0)
    }
}
