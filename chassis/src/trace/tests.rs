use super::*;
use crate::config::Settings;
use crate::observe::Observatory;
use events::EventId;
use testkit::traces::TraceSink;
use uuid::Uuid;

const CALLER: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
const UNSAMPLED: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00";

fn wire(traceparent: Option<&str>) -> Wire {
    let mut headers = vec![("ce-type", "laurel.submission_judged.v1".to_owned())];
    headers.extend(traceparent.map(|text| (TRACEPARENT, text.to_owned())));
    Wire { id: EventId(Uuid::nil()), subject: "facts.x".to_owned(), headers, body: Vec::new() }
}

fn start(endpoint: &str, ratio: &str) -> Observatory {
    let observatory = Observatory::default();
    let mut settings = Settings::from_pairs(
        [("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint), ("OTEL_TRACES_SAMPLER_ARG", ratio)]
            .map(|(name, value)| (name.to_owned(), value.to_owned())),
    );
    Tracing::read(&mut settings).start("shop", &observatory);
    settings.finish().expect("a configuration");
    observatory
}

#[tokio::test]
async fn without_an_endpoint_nothing_is_traced_and_headers_pass_through() {
    start("", "1");
    let span = Span::serving("shop", Some(CALLER), || unreachable!("nobody needs a name"));
    let mut sent = wire(Some(CALLER));
    let sending = span.around(async { sending([&mut sent]) }).await;
    assert_eq!((span.traceparent(), sending.traceparent()), (None, None));
    assert_eq!(header(&sent, TRACEPARENT), Some(CALLER));
    assert!(!is_on());
}

#[tokio::test(flavor = "multi_thread")]
async fn who_reads_an_event_goes_on_in_the_trace_of_the_request() -> anyhow::Result<()> {
    let sink = TraceSink::start().await?;
    let observatory = start(&sink.endpoint(), "1");
    let mut sent = wire(None);
    {
        let serving = Span::serving("shop", Some(CALLER), || "POST /things".to_owned());
        serving.set("http.response.status_code", 202);
        let _sent = serving.around(async { sending([&mut sent]) }).await;
        let consuming = Span::consuming("judge", header(&sent, TRACEPARENT), "judge thing");
        consuming.around(async { drop(Span::within("judge", "grade")) }).await;
    }
    // Of what the caller does not want traced there is no span, and the event says so to others.
    let mut quiet = wire(None);
    let serving = Span::serving("shop", Some(UNSAMPLED), || "GET /quiet".to_owned());
    let _sent = serving.around(async { sending([&mut quiet]) }).await;
    assert!(header(&quiet, TRACEPARENT).is_some_and(|text| text.ends_with("-00")), "{quiet:?}");
    assert!(Span::consuming("judge", header(&quiet, TRACEPARENT), "judge thing").0.is_none());
    // What is part of no trace begins none.
    let mut alone = wire(None);
    drop(sending([&mut alone]));
    assert_eq!(header(&alone, TRACEPARENT), None);
    end().await;

    let mut spans = sink.spans();
    spans.sort_by_key(|span| span.began);
    let found: Vec<_> = spans.iter().map(|span| (span.room.as_str(), span.name.as_str())).collect();
    let expected = [
        ("shop", "POST /things"),
        ("log", "send submission_judged"),
        ("judge", "judge thing"),
        ("judge", "grade"),
    ];
    assert_eq!(found, expected);
    assert!(
        spans.iter().all(|span| span.trace == "4bf92f3577b34da6a3ce929d0e0e4736" && span.service == "shop")
    );
    let parents: Vec<_> = spans.iter().map(|span| span.parent.as_str()).collect();
    assert_eq!(parents, ["00f067aa0ba902b7", &spans[0].id, &spans[1].id, &spans[2].id]);
    assert_eq!(spans[0].attributes["http.response.status_code"], "202");
    assert!(observatory.metrics()?.contains("trace_spans_sent_total 4"), "{}", observatory.metrics()?);
    Ok(())
}

/// Nobody answers: work goes on as ever, and the spans are counted as lost.
#[tokio::test(flavor = "multi_thread")]
async fn spans_that_cannot_be_sent_are_counted() -> anyhow::Result<()> {
    let nobody = TraceSink::start().await?.endpoint();
    let observatory = start(&nobody, "1");
    for _ in 0..10_000 {
        drop(Span::serving("shop", None, || "GET /".to_owned()));
    }
    end().await;
    let metrics = observatory.metrics()?;
    let count = |reason: &str| {
        let line = format!("trace_spans_dropped_total{{reason=\"{reason}\"}} ");
        let line = metrics.lines().find_map(|found| found.strip_prefix(&line));
        line.and_then(|count| count.parse::<u64>().ok()).unwrap_or_default()
    };
    assert!(count("queue_full") > 0, "{metrics}");
    assert!(count("queue_full") + count("not_sent") <= 10_000, "{metrics}");
    Ok(())
}

#[test]
fn the_part_that_is_traced_is_about_the_ratio() {
    use opentelemetry::trace::TraceId;
    use opentelemetry_sdk::trace::{SamplingDecision, ShouldSample};
    let door = sampling::AtTheDoor { ratio: 0.1 };
    let kept = |parent: &Context, kind: SpanKind| {
        let decided =
            (0..10_000).map(|_| door.should_sample(Some(parent), TraceId::INVALID, "", &kind, &[], &[]));
        decided.filter(|decided| decided.decision == SamplingDecision::RecordAndSample).count()
    };
    // Ten standard deviations.
    assert!((700..1_300).contains(&kept(&Context::new(), SpanKind::Server)));
    assert!((700..1_300).contains(&kept(&context_of(Some(CALLER)), SpanKind::Server)));
    assert_eq!(kept(&context_of(Some(UNSAMPLED)), SpanKind::Server), 0);
    assert_eq!(kept(&context_of(Some(CALLER)), SpanKind::Consumer), 10_000);
}

/// So that it is known what a header has that is not one of ours.
#[test]
fn what_is_no_traceparent_is_no_parent() {
    for text in ["", "00", "00-0-0-01", "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"] {
        assert!(!context_of(Some(text)).span().span_context().is_valid(), "{text}");
    }
    assert_eq!(event_name("laurel.submission_judged.v1"), "submission_judged");
}
