//! One trace per submission, from the request to the board: spans by OpenTelemetry, sent by OTLP, off unless
//! `OTEL_EXPORTER_OTLP_ENDPOINT` is set.
//!
//! | span | of | parent |
//! |---|---|---|
//! | `POST /v1/…` | who answers HTTP ([`crate::requests`]) | the caller's `traceparent`, or none |
//! | `send <event>` | the log's client ([`crate::log`]) | what the process is doing, or else the event's own `traceparent` |
//! | `judge …`, `project …`, `board …`, `push …` | who reads the event | the event's `traceparent` |
//!
//! The event's header carries the span that sent it, so whoever reads it goes on in the same trace. By OpenTelemetry's
//! conventions for messaging a consumer links to what it consumes, and may be its child where one message is one piece of
//! work. Here it is always the child: a verdict answers one submission, and a link would leave the reader with as many
//! traces as there are processes. A projector takes many events in one commit; each that is traced gets its own span, as
//! long as the commit took, instead of one span with links.
//!
//! Nothing waits for a span: the queue is bounded, what does not fit is counted and dropped. No span holds what a learner
//! wrote, nor who it was: names of routes and events, ids of submissions, verdicts.

mod export;
mod sampling;
#[cfg(test)]
mod tests;

pub use export::{Tracing, end};

use events::Wire;
use opentelemetry::propagation::{Extractor, Injector, TextMapPropagator};
use opentelemetry::trace::{
    FutureExt, SpanBuilder, SpanContext, SpanKind, Status, TraceContextExt, Tracer, TracerProvider,
};
use opentelemetry::{Context, KeyValue, Value};
use opentelemetry_sdk::propagation::TraceContextPropagator;
use opentelemetry_sdk::trace::SdkTracerProvider;
use std::borrow::Cow;
use std::sync::OnceLock;

/// The header, of requests and of events.
pub const TRACEPARENT: &str = "traceparent";

/// Set once, by [`Tracing::start`].
static PROVIDER: OnceLock<SdkTracerProvider> = OnceLock::new();

/// Whether this process traces at all.
pub fn is_on() -> bool {
    PROVIDER.get().is_some()
}

/// A piece of work in a trace, until it is dropped. Nothing where nothing is traced.
#[derive(Debug, Default)]
#[must_use = "a span ends when it is dropped"]
pub struct Span(Option<Context>);

impl Span {
    /// Answering a request. `name` is asked for only when there is tracing. `room` is who does it.
    pub fn serving(room: &'static str, traceparent: Option<&str>, name: impl FnOnce() -> String) -> Self {
        if !is_on() {
            return Self::default();
        }
        begin(room, name(), SpanKind::Server, &context_of(traceparent))
    }

    /// Working on an event that was read: nothing unless its trace is sampled.
    pub fn consuming(
        room: &'static str,
        traceparent: Option<&str>,
        name: impl Into<Cow<'static, str>>,
    ) -> Self {
        if !is_on() || traceparent.is_none() {
            return Self::default();
        }
        let parent = context_of(traceparent);
        if !parent.span().span_context().is_sampled() {
            return Self::default();
        }
        begin(room, name, SpanKind::Consumer, &parent)
    }

    /// A part of what this process is doing just now; nothing if that is not traced.
    pub fn within(room: &'static str, name: &'static str) -> Self {
        if !is_on() {
            return Self::default();
        }
        let parent = Context::current();
        if !parent.span().span_context().is_sampled() {
            return Self::default();
        }
        begin(room, name, SpanKind::Internal, &parent)
    }

    /// Whether there is one.
    pub fn is_real(&self) -> bool {
        self.0.is_some()
    }

    /// Never what a learner wrote, nor a secret.
    pub fn set(&self, key: &'static str, value: impl Into<Value>) {
        if let Some(context) = &self.0 {
            context.span().set_attribute(KeyValue::new(key, value));
        }
    }

    pub fn fail(&self, why: impl Into<Cow<'static, str>>) {
        if let Some(context) = &self.0 {
            context.span().set_status(Status::error(why));
        }
    }

    /// What is done meanwhile belongs to this span.
    pub async fn around<F: Future>(&self, work: F) -> F::Output {
        match &self.0 {
            Some(context) => work.with_context(context.clone()).await,
            None => work.await,
        }
    }

    /// The header with which others go on from here.
    pub fn traceparent(&self) -> Option<String> {
        header_of(self.0.as_ref()?)
    }
}

impl Drop for Span {
    fn drop(&mut self) {
        if let Some(context) = &self.0 {
            context.span().end();
        }
    }
}

/// Sending events, all of which then carry the span. What is not part of any trace stays so.
pub(crate) fn sending<'a>(wires: impl IntoIterator<Item = &'a mut Wire>) -> Span {
    if !is_on() {
        return Span::default();
    }
    let mut wires = wires.into_iter().peekable();
    let Some(first) = wires.peek() else { return Span::default() };
    let current = Context::current();
    let parent = if current.has_active_span() { current } else { context_of(header(first, TRACEPARENT)) };
    if !parent.span().span_context().is_valid() {
        return Span::default();
    }
    let name = format!("send {}", event_name(header(first, "ce-type").unwrap_or_default()));
    let span = begin("log", name, SpanKind::Producer, &parent);
    if let Some(traceparent) = span.traceparent() {
        for wire in wires {
            wire.headers.retain(|(name, _)| *name != TRACEPARENT);
            wire.headers.push((TRACEPARENT, traceparent.clone()));
        }
    }
    span
}

/// The trace and the span this thread is in, in hex, for the log.
pub(crate) fn current_ids() -> Option<(String, String)> {
    if !is_on() {
        return None;
    }
    Context::map_current(|context| {
        let span = context.span();
        let at: &SpanContext = span.span_context();
        at.is_valid().then(|| (at.trace_id().to_string(), at.span_id().to_string()))
    })
}

fn begin(room: &'static str, name: impl Into<Cow<'static, str>>, kind: SpanKind, parent: &Context) -> Span {
    let Some(provider) = PROVIDER.get() else { return Span::default() };
    let builder = SpanBuilder::from_name(name).with_kind(kind);
    let span = provider.tracer(room).build_with_context(builder, parent);
    Span(Some(parent.with_span(span)))
}

fn header<'a>(wire: &'a Wire, name: &str) -> Option<&'a str> {
    wire.headers.iter().find(|(known, _)| *known == name).map(|(_, value)| value.as_str())
}

/// `laurel.submission_judged.v1` → `submission_judged`.
fn event_name(wire_type: &str) -> &str {
    let name = wire_type.strip_prefix("laurel.").unwrap_or(wire_type);
    name.rsplit_once(".v").map_or(name, |(name, _)| name)
}

/// One header as OpenTelemetry's propagators read and write it.
struct Carrier(Option<String>);

impl Extractor for Carrier {
    fn get(&self, key: &str) -> Option<&str> {
        if key == TRACEPARENT { self.0.as_deref() } else { None }
    }

    fn keys(&self) -> Vec<&str> {
        vec![TRACEPARENT]
    }
}

impl Injector for Carrier {
    fn set(&mut self, key: &str, value: String) {
        if key == TRACEPARENT {
            self.0 = Some(value);
        }
    }
}

/// An empty context when there is no header, or none that can be read.
fn context_of(traceparent: Option<&str>) -> Context {
    let Some(text) = traceparent else { return Context::new() };
    TraceContextPropagator::new().extract_with_context(&Context::new(), &Carrier(Some(text.to_owned())))
}

fn header_of(context: &Context) -> Option<String> {
    let mut carrier = Carrier(None);
    TraceContextPropagator::new().inject_context(context, &mut carrier);
    carrier.0
}
