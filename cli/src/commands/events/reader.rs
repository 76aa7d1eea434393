//! The feed as whole lines, in order and each once, through whatever breaks.

use super::Choice;
use crate::client::{Client, Refused};
use anyhow::{Context, bail, ensure};
use futures_util::StreamExt;
use futures_util::stream::BoxStream;
use reqwest::{Response, StatusCode};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::time::Duration;

/// A stream that says nothing for this long is gone: the server says something every ten seconds.
const QUIET_MAX: Duration = Duration::from_secs(30);
const BETWEEN_ATTEMPTS: Duration = Duration::from_secs(1);
/// So many attempts in a row that bring nothing, and it is given up.
const ATTEMPTS_MAX: u32 = 60;

/// Bytes as they arrive.
type Chunks = BoxStream<'static, reqwest::Result<bytes::Bytes>>;

pub struct Reader {
    client: Client,
    choice: Choice,
    follow: bool,
    /// The sequence of the last line handed out, or where the feed began.
    last: u64,
    /// Up to where an answer that ends goes.
    until: Option<u64>,
    chunks: Option<Chunks>,
    /// The beginning of a line whose end has not arrived.
    rest: Vec<u8>,
    attempts: u32,
    breaks: u32,
}

#[derive(Deserialize)]
struct Numbered {
    sequence: u64,
}

/// A line as an event; `None` when it is none.
pub fn event_of<T: DeserializeOwned>(line: &[u8]) -> Option<T> {
    serde_json::from_slice(line).ok()
}

/// The sequence a line begins with. Only the line's beginning is looked at: there are many, and long ones among them.
pub fn sequence_of(line: &[u8]) -> Option<u64> {
    let digits = line.strip_prefix(b"{\"sequence\":".as_slice());
    let Some(digits) = digits else { return event_of::<Numbered>(line).map(|event| event.sequence) };
    let length = digits.iter().position(|byte| !byte.is_ascii_digit())?;
    std::str::from_utf8(&digits[..length]).ok()?.parse().ok()
}

impl Reader {
    /// Opens the feed: behind a sequence that was read already, else where the choice says.
    pub async fn open(
        client: Client,
        choice: Choice,
        behind: Option<u64>,
        follow: bool,
    ) -> anyhow::Result<Self> {
        let mut reader = Self {
            client,
            choice,
            follow,
            last: behind.unwrap_or_default(),
            until: None,
            chunks: None,
            rest: Vec::new(),
            attempts: 0,
            breaks: 0,
        };
        let answer = reader.client.get(&reader.choice.path(behind, follow)?).await?;
        reader.begin(answer)?;
        Ok(reader)
    }

    pub fn last(&self) -> u64 {
        self.last
    }

    pub fn until(&self) -> Option<u64> {
        self.until
    }

    /// How often it was interrupted and went on.
    pub fn breaks(&self) -> u32 {
        self.breaks
    }

    fn begin(&mut self, answer: Response) -> anyhow::Result<()> {
        let sequence = |name: &str| answer.headers().get(name)?.to_str().ok()?.parse::<u64>().ok();
        let after = sequence("Laurel-Feed-After").context("the answer is no feed of events")?;
        self.last = self.last.max(after);
        // What is there when it begins anew is more, but the end that was promised stays.
        self.until = self.until.or(sequence("Laurel-Feed-Until"));
        self.rest.clear();
        self.chunks = Some(answer.bytes_stream().boxed());
        Ok(())
    }

    /// Some whole lines; `None` at the end.
    pub async fn next(&mut self) -> anyhow::Result<Option<Vec<u8>>> {
        loop {
            let Some(chunks) = &mut self.chunks else {
                if self.until.is_some_and(|until| self.last >= until) {
                    return Ok(None);
                }
                self.reopen().await?;
                continue;
            };
            match tokio::time::timeout(QUIET_MAX, chunks.next()).await {
                Ok(Some(Ok(chunk))) => {
                    self.attempts = 0;
                    self.rest.extend_from_slice(&chunk);
                    if let Some(end) = self.rest.iter().rposition(|byte| *byte == b'\n') {
                        let rest = self.rest.split_off(end + 1);
                        let lines = std::mem::replace(&mut self.rest, rest);
                        self.check(&lines)?;
                        return Ok(Some(lines));
                    }
                }
                // Only an answer that does not follow has an end of its own.
                Ok(None) if !self.follow && self.rest.is_empty() => return Ok(None),
                Ok(None | Some(Err(_))) | Err(_) => {
                    self.chunks = None;
                    self.breaks += 1;
                }
            }
        }
    }

    /// Each line behind the one before; a half line that was cut off comes again.
    fn check(&mut self, lines: &[u8]) -> anyhow::Result<()> {
        for line in lines.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
            let sequence = sequence_of(line).context("a line of the feed without a sequence")?;
            ensure!(sequence > self.last, "the feed sent {sequence} behind {}", self.last);
            self.last = sequence;
        }
        Ok(())
    }

    async fn reopen(&mut self) -> anyhow::Result<()> {
        self.attempts += 1;
        if self.attempts > 1 {
            tokio::time::sleep(BETWEEN_ATTEMPTS).await;
        }
        let path = self.choice.path(Some(self.last), self.follow)?;
        match self.client.get(&path).await {
            Ok(answer) => self.begin(answer),
            Err(error) if self.attempts >= ATTEMPTS_MAX => {
                bail!(error.context(format!("the feed broke off behind {}", self.last)))
            }
            Err(error) if is_final(&error) => Err(error),
            Err(_) => Ok(()),
        }
    }
}

/// Whether asking again would be answered alike. No answer at all, and answers of a server that is not well, pass.
fn is_final(error: &anyhow::Error) -> bool {
    error.downcast_ref::<Refused>().is_some_and(|refused| {
        refused.status.is_client_error() && refused.status != StatusCode::TOO_MANY_REQUESTS
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_says_its_sequence() {
        assert_eq!(sequence_of(br#"{"sequence":12,"position":"07.12"}"#), Some(12));
        assert_eq!(sequence_of(br#"{"position":"07.12","sequence":12}"#), Some(12));
        assert_eq!(sequence_of(br#"{"position":"07.12"}"#), None);
        assert_eq!(sequence_of(b"{\"sequence\":"), None);
    }
}
