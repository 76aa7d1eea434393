//! Logging set-up: lines for a person on a terminal, JSON for a collector. A JSON line that is written while something
//! traced is done names the trace and the span.

use crate::trace;
use std::fmt;
use tracing::{Event, Subscriber};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::format::{Format, Json, Writer};
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::registry::LookupSpan;

/// How log lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum LogFormat {
    Text,
    #[default]
    Json,
}

impl std::str::FromStr for LogFormat {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "text" => Ok(Self::Text),
            "json" => Ok(Self::Json),
            other => Err(format!("{other:?} is neither text nor json")),
        }
    }
}

/// Starts logging to standard error. `filter` is in tracing's syntax, for example `info,projectors=debug`. A second call
/// in one process changes nothing.
pub fn start(format: LogFormat, filter: &str) {
    let filter = EnvFilter::try_new(filter).unwrap_or_else(|_| EnvFilter::new("info"));
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    let _already_started = match format {
        LogFormat::Text => builder.with_target(false).try_init(),
        LogFormat::Json => {
            builder.json().map_event_format(|format| Traced(format.flatten_event(true))).try_init()
        }
    };
}

/// A JSON line with `trace_id` and `span_id` as its last members, where there are any.
struct Traced(Format<Json>);

impl<S, N> FormatEvent<S, N> for Traced
where
    S: Subscriber + for<'span> LookupSpan<'span>,
    N: for<'writer> FormatFields<'writer> + 'static,
    Format<Json>: FormatEvent<S, N>,
{
    fn format_event(
        &self,
        context: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let Some((trace, span)) = trace::current_ids() else {
            return self.0.format_event(context, writer, event);
        };
        let mut line = String::new();
        self.0.format_event(context, Writer::new(&mut line), event)?;
        match line.trim_end().strip_suffix('}') {
            Some(members) => writeln!(writer, r#"{members},"trace_id":"{trace}","span_id":"{span}"}}"#),
            None => writer.write_str(&line),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Settings;
    use crate::observe::Observatory;
    use crate::trace::{Span, Tracing};
    use std::io;
    use std::sync::{Arc, Mutex};

    #[derive(Clone, Default)]
    struct Lines(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Lines {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().expect("nobody panicked").extend(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[tokio::test]
    async fn a_line_names_the_trace_it_was_written_in() -> anyhow::Result<()> {
        let nobody = [("OTEL_EXPORTER_OTLP_ENDPOINT".to_owned(), "http://127.0.0.1:9".to_owned())];
        Tracing::read(&mut Settings::from_pairs(nobody)).start("shop", &Observatory::default());
        let lines = Lines::default();
        let writer = lines.clone();
        let builder = tracing_subscriber::fmt().with_writer(move || writer.clone()).json();
        let subscriber = builder.map_event_format(|format| Traced(format.flatten_event(true))).finish();
        let _until_the_end = tracing::subscriber::set_default(subscriber);
        let caller = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
        let span = Span::serving("shop", Some(caller), || "GET /".to_owned());
        span.around(async { tracing::info!(shelf = 7, "inside") }).await;
        tracing::info!("outside");
        let text = String::from_utf8(lines.0.lock().expect("nobody panicked").clone())?;
        let lines = text.lines().map(serde_json::from_str).collect::<Result<Vec<serde_json::Value>, _>>()?;
        assert_eq!(
            (&lines[0]["shelf"], &lines[0]["trace_id"]),
            (&7.into(), &"4bf92f3577b34da6a3ce929d0e0e4736".into())
        );
        assert!(lines[0]["span_id"].is_string() && lines[1]["trace_id"].is_null(), "{text}");
        Ok(())
    }
}
