//! The feed as a reader takes it: an answer in chunks, over a connection of its own, at little cost.

use anyhow::{Context, bail, ensure};
use std::net::SocketAddr;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

const READ_BYTES: usize = 256 * 1_024;
/// The feed says something every ten seconds.
const QUIET_MAX: Duration = Duration::from_secs(30);

pub struct FeedStream {
    tcp: TcpStream,
    /// What has arrived and was not looked at.
    raw: Vec<u8>,
    /// Payload that is no whole line yet.
    rest: Vec<u8>,
    /// Bytes of the current chunk that are missing.
    missing: usize,
    over: bool,
}

impl FeedStream {
    pub async fn open(address: SocketAddr, authorization: &str, path: &str) -> anyhow::Result<Self> {
        let mut tcp = TcpStream::connect(address).await?;
        let request =
            format!("GET {path} HTTP/1.1\r\nhost: laurel\r\nauthorization: {authorization}\r\n\r\n");
        tcp.write_all(request.as_bytes()).await?;
        let mut stream = Self { tcp, raw: Vec::new(), rest: Vec::new(), missing: 0, over: false };
        let head = loop {
            stream.read().await?;
            if let Some(end) = find(&stream.raw, b"\r\n\r\n") {
                break stream.raw.drain(..end + 4).collect::<Vec<u8>>();
            }
        };
        let head = String::from_utf8_lossy(&head).to_ascii_lowercase();
        ensure!(head.starts_with("http/1.1 200"), "{}", head.lines().next().unwrap_or_default());
        ensure!(head.contains("transfer-encoding: chunked"), "the answer has no chunks");
        Ok(stream)
    }

    /// Some whole lines; `None` at the end. An answer that breaks off is an error.
    pub async fn next(&mut self) -> anyhow::Result<Option<Vec<u8>>> {
        loop {
            self.take_chunks()?;
            if let Some(end) = self.rest.iter().rposition(|byte| *byte == b'\n') {
                let rest = self.rest.split_off(end + 1);
                return Ok(Some(std::mem::replace(&mut self.rest, rest)));
            }
            if self.over {
                ensure!(self.rest.is_empty(), "the answer ends inside a line");
                return Ok(None);
            }
            self.read().await?;
        }
    }

    /// Moves what is payload to `rest`.
    fn take_chunks(&mut self) -> anyhow::Result<()> {
        let mut at = 0;
        loop {
            if self.missing == 0 {
                // The end of a chunk stands before the next one's size.
                let begin = if self.raw[at..].starts_with(b"\r\n") { at + 2 } else { at };
                let Some(length) = find(&self.raw[begin..], b"\r\n") else { break };
                let size = std::str::from_utf8(&self.raw[begin..begin + length])?;
                self.missing = usize::from_str_radix(size, 16).context("the size of a chunk")?;
                at = begin + length + 2;
                if self.missing == 0 {
                    self.over = true;
                    break;
                }
            }
            let here = self.missing.min(self.raw.len() - at);
            self.rest.extend_from_slice(&self.raw[at..at + here]);
            at += here;
            self.missing -= here;
            if self.missing > 0 {
                break;
            }
        }
        self.raw.drain(..at);
        Ok(())
    }

    async fn read(&mut self) -> anyhow::Result<()> {
        self.raw.reserve(READ_BYTES);
        match tokio::time::timeout(QUIET_MAX, self.tcp.read_buf(&mut self.raw)).await? {
            Ok(0) => bail!("the answer broke off"),
            Ok(_) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }
}

fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes.windows(wanted.len()).position(|window| window == wanted)
}

/// The lines that say something.
pub fn lines(block: &[u8]) -> impl Iterator<Item = &[u8]> {
    block.split(|byte| *byte == b'\n').filter(|line| !line.is_empty())
}

/// What a line begins with.
pub fn sequence(line: &[u8]) -> anyhow::Result<u64> {
    let digits = line.strip_prefix(b"{\"sequence\":".as_slice()).context("a line without a sequence")?;
    let end = digits.iter().position(|byte| !byte.is_ascii_digit()).unwrap_or(digits.len());
    Ok(std::str::from_utf8(&digits[..end])?.parse()?)
}
