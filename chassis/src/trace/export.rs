//! Where spans go: a bounded queue, and one thread that sends what is in it to an OTLP endpoint by HTTP.

use super::PROVIDER;
use super::sampling::AtTheDoor;
use crate::config::Settings;
use crate::observe::Observatory;
use async_trait::async_trait;
use axum::http::{Request, Response, Uri};
use bytes::Bytes;
use opentelemetry::Context;
use opentelemetry_http::hyper::HyperClient;
use opentelemetry_http::{HttpClient, HttpError};
use opentelemetry_otlp::{ExporterBuildError, SpanExporter, WithExportConfig, WithHttpConfig};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{
    BatchConfigBuilder, BatchSpanProcessor, SdkTracerProvider, Span, SpanData, SpanExporter as Exporter,
    SpanProcessor,
};
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use std::str::FromStr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::runtime::Handle;

/// Spans that wait to be sent, and those under way; more are dropped.
const WAITING_MAX: usize = 4_096;
/// Spans in one request.
const BATCH_MAX: usize = 512;
/// How long a span waits for others to go with.
const SENT_WITHIN: Duration = Duration::from_secs(1);
/// How long the endpoint may take over a request.
const ANSWERED_WITHIN: Duration = Duration::from_secs(3);
/// How long the end of the process waits for the last spans to go.
const ENDS_WITHIN: Duration = Duration::from_secs(4);

/// Whether and where to. OpenTelemetry's own variables, because collectors' documentation names them.
#[derive(Debug, Clone, Default)]
pub struct Tracing {
    /// `OTEL_EXPORTER_OTLP_ENDPOINT`: where spans are sent, `http://host:4318`. Default: nowhere, and then there are none.
    endpoint: Option<Endpoint>,
    /// `OTEL_TRACES_SAMPLER_ARG`: the part of all requests that is traced, 0 to 1. Default 1.
    ratio: Ratio,
}

impl Tracing {
    pub fn read(settings: &mut Settings) -> Self {
        let endpoint = settings.optional("OTEL_EXPORTER_OTLP_ENDPOINT", "where spans are sent");
        let ratio =
            settings.or("OTEL_TRACES_SAMPLER_ARG", "the part of requests that is traced", Ratio::default());
        Self { endpoint, ratio }
    }

    /// Traces from now on, if there is somewhere to send it. Call once, on the runtime that is to send; a second call in
    /// one process changes nothing.
    pub fn start(&self, service: &'static str, observatory: &Observatory) {
        let Some(Endpoint(endpoint)) = &self.endpoint else { return };
        if super::is_on() {
            return;
        }
        let fate = Fate::default();
        fate.register(observatory);
        match provider(service, endpoint, self.ratio.0, fate) {
            Ok(provider) => {
                tracing::info!(endpoint, ratio = self.ratio.0, "tracing");
                let _two_at_once = PROVIDER.set(provider);
            }
            Err(error) => tracing::error!(%error, "there is no tracing"),
        }
    }
}

/// Sends what there still is, in bounded time. Afterwards nothing is traced.
pub async fn end() {
    let Some(provider) = PROVIDER.get().cloned() else { return };
    let ended = tokio::task::spawn_blocking(move || provider.shutdown_with_timeout(ENDS_WITHIN)).await;
    if !matches!(ended, Ok(Ok(()))) {
        tracing::debug!(?ended, "the last spans were not sent");
    }
}

fn provider(
    service: &'static str,
    endpoint: &str,
    ratio: f64,
    fate: Fate,
) -> Result<SdkTracerProvider, ExporterBuildError> {
    let client = HyperClient::with_default_connector(ANSWERED_WITHIN, None);
    let exporter = SpanExporter::builder()
        .with_http()
        .with_http_client(OnRuntime { client, runtime: Handle::current() })
        .with_endpoint(format!("{endpoint}/v1/traces"))
        .with_timeout(ANSWERED_WITHIN)
        .build()?;
    let config = BatchConfigBuilder::default()
        .with_max_queue_size(WAITING_MAX)
        .with_max_export_batch_size(BATCH_MAX)
        .with_scheduled_delay(SENT_WITHIN)
        .build();
    let batches = BatchSpanProcessor::builder(Counted { exporter, fate: fate.clone() });
    let queue = Bounded { next: batches.with_batch_config(config).build(), fate };
    Ok(SdkTracerProvider::builder()
        .with_resource(Resource::builder().with_service_name(service).build())
        .with_sampler(AtTheDoor { ratio })
        .with_span_processor(queue)
        .build())
}

/// What became of spans.
#[derive(Debug, Clone, Default)]
struct Fate {
    waiting: Arc<AtomicUsize>,
    sent: Counter,
    dropped: Family<Why, Counter>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Why {
    /// `queue_full`, or `not_sent`: the endpoint was away or refused them.
    reason: &'static str,
}

impl Fate {
    fn register(&self, observatory: &Observatory) {
        observatory.register(|registry| {
            let registry = registry.sub_registry_with_prefix("trace");
            registry.register("spans_sent", "Spans that were sent", self.sent.clone());
            registry.register("spans_dropped", "Spans that were dropped, by reason", self.dropped.clone());
        });
    }

    fn drop_spans(&self, reason: &'static str, count: usize) {
        self.dropped.get_or_create(&Why { reason }).inc_by(count as u64);
    }
}

/// The SDK's queue drops what does not fit, too, but tells nobody how much. So nothing is handed on that would not fit.
#[derive(Debug)]
struct Bounded {
    next: BatchSpanProcessor,
    fate: Fate,
}

impl SpanProcessor for Bounded {
    fn on_start(&self, span: &mut Span, context: &Context) {
        self.next.on_start(span, context);
    }

    fn on_end(&self, span: SpanData) {
        if self.fate.waiting.fetch_add(1, Ordering::Relaxed) >= WAITING_MAX {
            self.fate.waiting.fetch_sub(1, Ordering::Relaxed);
            self.fate.drop_spans("queue_full", 1);
        } else {
            self.next.on_end(span);
        }
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.next.force_flush()
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.next.shutdown_with_timeout(timeout)
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.next.set_resource(resource);
    }
}

#[derive(Debug)]
struct Counted {
    exporter: SpanExporter,
    fate: Fate,
}

impl Exporter for Counted {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        let count = batch.len();
        let exported = self.exporter.export(batch).await;
        self.fate.waiting.fetch_sub(count, Ordering::Relaxed);
        match &exported {
            Ok(()) => {
                self.fate.sent.inc_by(count as u64);
            }
            Err(error) => {
                tracing::debug!(%error, spans = count, "spans were not sent");
                self.fate.drop_spans("not_sent", count);
            }
        }
        exported
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.exporter.shutdown_with_timeout(timeout)
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.exporter.set_resource(resource);
    }
}

/// The thread that sends is none of the runtime's, but connections are.
#[derive(Debug)]
struct OnRuntime {
    client: HyperClient,
    runtime: Handle,
}

#[async_trait]
impl HttpClient for OnRuntime {
    async fn send_bytes(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let client = self.client.clone();
        self.runtime.spawn(async move { client.send_bytes(request).await }).await?
    }
}

/// `http://host:port`, without a path.
#[derive(Debug, Clone)]
struct Endpoint(String);

impl FromStr for Endpoint {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let text = text.trim_end_matches('/');
        let uri: Uri = text.parse().map_err(|_| format!("{text:?} is no URL"))?;
        match uri.scheme_str() {
            Some("http") if uri.host().is_some() => Ok(Self(text.to_owned())),
            // No secret is in a span; a collector that is far away is reached through one that is near.
            _ => Err(format!("{text:?} does not begin with http://")),
        }
    }
}

#[derive(Debug, Clone, Copy)]
struct Ratio(f64);

impl Default for Ratio {
    fn default() -> Self {
        Self(1.0)
    }
}

impl FromStr for Ratio {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let ratio: f64 = text.parse().map_err(|_| format!("{text:?} is no number"))?;
        if (0.0..=1.0).contains(&ratio) {
            Ok(Self(ratio))
        } else {
            Err(format!("{text} is not within 0 and 1"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_meant_is_refused() {
        let read = |endpoint: &str, ratio: &str| {
            let mut settings = Settings::from_pairs(
                [("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint), ("OTEL_TRACES_SAMPLER_ARG", ratio)]
                    .map(|(name, value)| (name.to_owned(), value.to_owned())),
            );
            let tracing = Tracing::read(&mut settings);
            settings.finish().map(|()| (tracing.endpoint.map(|endpoint| endpoint.0), tracing.ratio.0))
        };
        assert_eq!(read("", ""), Ok((None, 1.0)));
        assert_eq!(
            read("http://collector:4318/", "0.01"),
            Ok((Some("http://collector:4318".to_owned()), 0.01))
        );
        assert!(read("https://collector:4318", "2").is_err_and(|error| error.0.len() == 2));
        assert!(read("collector", "NaN").is_err_and(|error| error.0.len() == 2));
    }
}
