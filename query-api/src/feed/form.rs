//! How a fact looks in the feed: CloudEvents 1.0 in JSON, one object a line, the event's body as it was published.

use chassis::log::Message;
use events::subject;

/// What an answer is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// A line per fact.
    Lines,
    /// A message of server-sent events per fact; its id is the fact's sequence.
    Messages,
}

/// The attributes that CloudEvents defines, and the extensions there are; their headers are those behind `ce-`.
const ATTRIBUTES: [(&str, &str); 6] = [
    ("\",\"specversion\":", "ce-specversion"),
    (",\"id\":", "ce-id"),
    (",\"source\":", "ce-source"),
    (",\"type\":", "ce-type"),
    (",\"time\":", "ce-time"),
    (",\"requestdigest\":", "ce-requestdigest"),
];

impl Form {
    pub fn content_type(self) -> &'static str {
        match self {
            Form::Lines => "application/x-ndjson",
            Form::Messages => "text/event-stream",
        }
    }

    /// One fact.
    pub fn write(self, message: &Message, out: &mut Vec<u8>) {
        if self == Form::Messages {
            out.extend_from_slice(format!("id: {}\ndata: ", message.sequence).as_bytes());
        }
        write_event(message, out);
        out.extend_from_slice(if self == Form::Messages { b"\n\n" } else { b"\n" });
    }

    /// That the reader is level with the log, and up to where. A line that is empty says nothing; a message without data
    /// sets the id that a client comes back with.
    pub fn write_heartbeat(self, passed: u64, out: &mut Vec<u8>) {
        match self {
            Form::Lines => out.push(b'\n'),
            Form::Messages => out.extend_from_slice(format!(": heartbeat\nid: {passed}\n\n").as_bytes()),
        }
    }

    /// The last words of a stream, where the form has any.
    pub fn last_words(self, reason: &str) -> Option<Vec<u8>> {
        let words = || format!("event: end\ndata: {{\"reason\":\"{reason}\"}}\n\n").into_bytes();
        (self == Form::Messages).then(words)
    }
}

/// The sequence comes first, so that whoever only counts need not read on.
fn write_event(message: &Message, out: &mut Vec<u8>) {
    let position = match subject::partition_of(&message.subject) {
        Some(partition) => format!("{partition}.{}", message.sequence),
        None => message.sequence.to_string(),
    };
    out.extend_from_slice(
        format!("{{\"sequence\":{},\"position\":\"{position}", message.sequence).as_bytes(),
    );
    let [version, others @ ..] = ATTRIBUTES;
    out.extend_from_slice(version.0.as_bytes());
    write_text(message.header(version.1).unwrap_or("1.0"), out);
    for (name, header) in others {
        if let Some(value) = message.header(header) {
            out.extend_from_slice(name.as_bytes());
            write_text(value, out);
        }
    }
    if let Some(trace) = message.header("traceparent") {
        out.extend_from_slice(b",\"traceparent\":");
        write_text(trace, out);
    }
    out.extend_from_slice(b",\"subject\":");
    write_text(&message.subject, out);
    out.extend_from_slice(b",\"datacontenttype\":\"application/json\",\"data\":");
    write_body(&message.body, out);
    out.push(b'}');
}

fn write_text(text: &str, out: &mut Vec<u8>) {
    let plain = text.bytes().all(|byte| byte >= b' ' && byte != b'"' && byte != b'\\');
    if plain {
        out.push(b'"');
        out.extend_from_slice(text.as_bytes());
        out.push(b'"');
    } else {
        out.extend_from_slice(serde_json::Value::from(text).to_string().as_bytes());
    }
}

/// As it was published. Our own writers publish compact JSON; a body that holds a line's end would end the line, so it is
/// made compact first (and is a text of what it says if it is no JSON at all).
fn write_body(body: &[u8], out: &mut Vec<u8>) {
    if !body.is_empty() && memchr::memchr2(b'\n', b'\r', body).is_none() {
        out.extend_from_slice(body);
        return;
    }
    let value = serde_json::from_slice::<serde_json::Value>(body)
        .unwrap_or_else(|_| String::from_utf8_lossy(body).into());
    out.extend_from_slice(value.to_string().as_bytes());
}
