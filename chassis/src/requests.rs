//! How long requests take, and where their traces begin: the same for every service that answers HTTP.

use crate::observe::Observatory;
use crate::trace::{Span, TRACEPARENT};
use axum::Router;
use axum::extract::{MatchedPath, Request, State};
use axum::http::{Method, StatusCode};
use axum::middleware::{self, Next};
use axum::response::Response;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::registry::Unit;
use std::time::Instant;

/// One series each; the codes of single errors are in the log, and would only multiply the series.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Labels {
    method: &'static str,
    /// As in the router: `/v1/exercises/{slug}`.
    route: String,
    status: &'static str,
}

/// `<service>_request_seconds`. Cheap to clone; clones count together.
#[derive(Debug, Clone)]
pub struct RequestTimes {
    service: &'static str,
    seconds: Family<Labels, Histogram, fn() -> Histogram>,
}

impl RequestTimes {
    /// Registers the histogram. `service` is the prefix of the service's metrics; once per service and observatory.
    pub fn registered(observatory: &Observatory, service: &'static str) -> Self {
        let seconds = Family::<Labels, Histogram, fn() -> Histogram>::new_with_constructor(buckets);
        observatory.register(|registry| {
            registry.sub_registry_with_prefix(service).register_with_unit(
                "request",
                "Time to answer a request, by method, route and class of status; a stream is answered when it begins",
                Unit::Seconds,
                seconds.clone(),
            );
        });
        Self { service, seconds }
    }

    /// Measures every route there is so far, with all layers it has so far.
    pub fn around<S: Clone + Send + Sync + 'static>(&self, router: Router<S>) -> Router<S> {
        router.route_layer(middleware::from_fn_with_state(self.clone(), measured))
    }
}

async fn measured(
    State(times): State<RequestTimes>,
    path: MatchedPath,
    request: Request,
    next: Next,
) -> Response {
    let method = name(request.method());
    let started = Instant::now();
    let traceparent = request.headers().get(TRACEPARENT).and_then(|value| value.to_str().ok());
    let span = Span::serving(times.service, traceparent, || format!("{method} {}", path.as_str()));
    let response = span.around(next.run(request)).await;
    span.set("http.response.status_code", i64::from(response.status().as_u16()));
    if response.status().is_server_error() {
        span.fail(response.status().as_str().to_owned());
    }
    let labels = Labels { method, route: path.as_str().to_owned(), status: class(response.status()) };
    times.seconds.get_or_create(&labels).observe(started.elapsed().as_secs_f64());
    response
}

/// A caller may invent methods, but no series.
fn name(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        _ => "other",
    }
}

fn class(status: StatusCode) -> &'static str {
    match status.as_u16() {
        ..200 => "1xx",
        200..300 => "2xx",
        300..400 => "3xx",
        400..500 => "4xx",
        _ => "5xx",
    }
}

/// 0.5 ms to 8 s.
fn buckets() -> Histogram {
    Histogram::new(exponential_buckets(0.000_5, 2.0, 15))
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::body::Body;
    use axum::extract::Path;
    use axum::routing::get;
    use tower::ServiceExt;

    #[tokio::test]
    async fn answers_are_counted_by_route_and_class() -> anyhow::Result<()> {
        let observatory = Observatory::default();
        let thing = async |Path(name): Path<String>| match name.as_str() {
            "broken" => StatusCode::BAD_GATEWAY,
            "hidden" => StatusCode::NOT_FOUND,
            _ => StatusCode::OK,
        };
        let router = Router::new().route("/things/{name}", get(thing));
        let router = RequestTimes::registered(&observatory, "shop").around(router);
        for (method, path) in [
            ("GET", "/things/a"),
            ("GET", "/things/b"),
            ("GET", "/things/hidden"),
            ("GET", "/things/broken"),
            // What callers invent does not multiply the series.
            ("BREW", "/things/a"),
            ("STEEP", "/things/b"),
            ("GET", "/elsewhere"),
        ] {
            router.clone().oneshot(Request::builder().method(method).uri(path).body(Body::empty())?).await?;
        }
        let metrics = observatory.metrics()?;
        let counts: Vec<&str> = metrics.lines().filter(|line| line.contains("_count{")).collect();
        let count = |method: &str, status: &str, times: u32| {
            let labels = format!("method=\"{method}\",route=\"/things/{{name}}\",status=\"{status}\"");
            let expected = format!("shop_request_seconds_count{{{labels}}} {times}");
            assert!(counts.contains(&expected.as_str()), "{expected} is not in {counts:?}");
        };
        count("GET", "2xx", 2);
        count("GET", "4xx", 1);
        count("GET", "5xx", 1);
        count("other", "4xx", 2);
        assert_eq!(counts.len(), 4, "{counts:?}");
        Ok(())
    }
}
