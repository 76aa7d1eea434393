//! Where a test, or a person at `bin/up --observe`, sees spans: a server that takes OTLP by HTTP, as a collector does, and
//! shows the last traces as text.

use anyhow::Context;
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue};
use opentelemetry_proto::tonic::trace::v1::Span as Sent;
use prost::Message;
use std::collections::{BTreeMap, HashMap, VecDeque};
use std::fmt::Write;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

const BODY_BYTES_MAX: usize = 16 * 1_024 * 1_024;
/// Spans that are kept; then the oldest go.
const SPANS_MAX: usize = 100_000;
/// Traces on the page.
const SHOWN_MAX: usize = 30;

/// A span as it arrived. Ids are hexadecimal.
#[derive(Debug, Clone, PartialEq)]
pub struct Span {
    /// `service.name` of the process.
    pub service: String,
    /// The part of the process that did it.
    pub room: String,
    pub name: String,
    pub trace: String,
    pub id: String,
    /// Empty: it is the first of its trace.
    pub parent: String,
    /// Unix time in nanoseconds.
    pub began: u64,
    pub ended: u64,
    pub attributes: BTreeMap<String, String>,
}

/// Takes spans until it is dropped.
pub struct TraceSink {
    address: SocketAddr,
    spans: Arc<Mutex<VecDeque<Span>>>,
    serving: JoinHandle<()>,
}

impl TraceSink {
    /// On a free port of loopback.
    pub async fn start() -> anyhow::Result<Self> {
        Self::listen(([127, 0, 0, 1], 0).into()).await
    }

    pub async fn listen(address: SocketAddr) -> anyhow::Result<Self> {
        let listener = TcpListener::bind(address).await.context("no port for spans")?;
        let address = listener.local_addr()?;
        let spans = Arc::<Mutex<VecDeque<Span>>>::default();
        let kept = Arc::clone(&spans);
        let serving = tokio::spawn(async move {
            while let Ok((tcp, _)) = listener.accept().await {
                let kept = Arc::clone(&kept);
                tokio::spawn(async move {
                    let service = service_fn(|request| take(request, Arc::clone(&kept)));
                    // A connection that breaks is the sender's to make again.
                    let _ = http1::Builder::new().serve_connection(TokioIo::new(tcp), service).await;
                });
            }
        });
        Ok(Self { address, spans, serving })
    }

    /// What `OTEL_EXPORTER_OTLP_ENDPOINT` has to say.
    pub fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    /// What has arrived.
    pub fn spans(&self) -> Vec<Span> {
        lock(&self.spans).iter().cloned().collect()
    }
}

impl Drop for TraceSink {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

fn lock(spans: &Mutex<VecDeque<Span>>) -> std::sync::MutexGuard<'_, VecDeque<Span>> {
    spans.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn take(
    request: Request<Incoming>,
    kept: Arc<Mutex<VecDeque<Span>>>,
) -> Result<Response<Full<Bytes>>, hyper::Error> {
    if request.method() == Method::GET {
        return Ok(Response::new(Full::from(page(&lock(&kept)))));
    }
    let is_traces = request.uri().path() == "/v1/traces";
    let body = Limited::new(request.into_body(), BODY_BYTES_MAX).collect().await;
    let sent = body.ok().and_then(|body| ExportTraceServiceRequest::decode(body.to_bytes()).ok());
    let mut response = Response::new(Full::default());
    match sent {
        Some(sent) if is_traces => {
            let mut kept = lock(&kept);
            kept.extend(read(sent));
            let beyond = kept.len().saturating_sub(SPANS_MAX);
            kept.drain(..beyond);
        }
        _ => *response.status_mut() = StatusCode::BAD_REQUEST,
    }
    Ok(response)
}

/// The newest traces, each as a tree with when a span began and how long it took, in milliseconds.
fn page(spans: &VecDeque<Span>) -> String {
    let mut traces: HashMap<&str, Vec<&Span>> = HashMap::new();
    for span in spans {
        traces.entry(&span.trace).or_default().push(span);
    }
    let mut traces: Vec<Vec<&Span>> = traces.into_values().collect();
    for trace in &mut traces {
        trace.sort_by_key(|span| span.began);
    }
    traces.sort_by_key(|trace| std::cmp::Reverse(trace[0].began));
    traces.truncate(SHOWN_MAX);
    let mut page = String::new();
    for trace in traces {
        let _ = writeln!(page, "{}", trace[0].trace);
        let is_first = |span: &&&Span| !trace.iter().any(|other| other.id == span.parent);
        for first in trace.iter().filter(is_first) {
            branch(&mut page, &trace, first, trace[0].began, 1);
        }
        page.push('\n');
    }
    page
}

fn branch(page: &mut String, trace: &[&Span], span: &Span, origin: u64, depth: usize) {
    let ms = |nanoseconds: u64| std::time::Duration::from_nanos(nanoseconds).as_secs_f64() * 1_000.0;
    let (at, took) = (ms(span.began.saturating_sub(origin)), ms(span.ended.saturating_sub(span.began)));
    let name = format!("{}{} ({})", "  ".repeat(depth), span.name, span.room);
    let told: Vec<String> = span.attributes.iter().map(|(key, value)| format!("{key}={value}")).collect();
    let _ = writeln!(page, "{name:<70} {at:>10.1} {took:>10.1}  {}", told.join(" "));
    for child in trace.iter().filter(|child| child.parent == span.id) {
        branch(page, trace, child, origin, depth + 1);
    }
}

fn read(request: ExportTraceServiceRequest) -> Vec<Span> {
    let mut spans = Vec::new();
    for of_process in request.resource_spans {
        let resource =
            of_process.resource.map(|resource| attributes(resource.attributes)).unwrap_or_default();
        let service = resource.get("service.name").cloned().unwrap_or_default();
        for of_room in of_process.scope_spans {
            let room = of_room.scope.map(|scope| scope.name).unwrap_or_default();
            spans.extend(of_room.spans.into_iter().map(|sent| span(&service, &room, sent)));
        }
    }
    spans
}

fn span(service: &str, room: &str, sent: Sent) -> Span {
    Span {
        service: service.to_owned(),
        room: room.to_owned(),
        name: sent.name,
        trace: hex(&sent.trace_id),
        id: hex(&sent.span_id),
        parent: hex(&sent.parent_span_id),
        began: sent.start_time_unix_nano,
        ended: sent.end_time_unix_nano,
        attributes: attributes(sent.attributes),
    }
}

fn attributes(pairs: Vec<KeyValue>) -> BTreeMap<String, String> {
    pairs.into_iter().map(|pair| (pair.key, text(pair.value))).collect()
}

fn text(value: Option<AnyValue>) -> String {
    match value.and_then(|value| value.value) {
        Some(Value::StringValue(text)) => text,
        Some(Value::IntValue(number)) => number.to_string(),
        Some(Value::BoolValue(flag)) => flag.to_string(),
        Some(other) => format!("{other:?}"),
        None => String::new(),
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
