//! A small HTTP/1.1 client over one kept-alive connection. It exists because the generator shares two cores with what it
//! measures: a request costs it one write and (almost always) one read, and its bytes were put together before.

use std::io;
use std::net::SocketAddr;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// A request, ready to be written.
#[derive(Debug, Clone)]
pub struct Request(Vec<u8>);

impl Request {
    pub fn new(method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Self {
        let mut bytes = format!("{method} {path} HTTP/1.1\r\nhost: laurel\r\n").into_bytes();
        for (name, value) in headers {
            bytes.extend_from_slice(format!("{name}: {value}\r\n").as_bytes());
        }
        if !body.is_empty() {
            let length = body.len();
            bytes.extend_from_slice(
                format!("content-type: application/json\r\ncontent-length: {length}\r\n").as_bytes(),
            );
        }
        bytes.extend_from_slice(b"\r\n");
        bytes.extend_from_slice(body);
        Self(bytes)
    }

    pub fn get(path: &str, headers: &[(&str, &str)]) -> Self {
        Self::new("GET", path, headers, &[])
    }
}

/// An answer; borrows the connection's buffer.
#[derive(Debug, Clone, Copy)]
pub struct Response<'a> {
    pub status: u16,
    head: &'a str,
    pub body: &'a [u8],
}

impl<'a> Response<'a> {
    pub fn header(&self, name: &str) -> Option<&'a str> {
        header(self.head, name)
    }

    pub fn json(&self) -> serde_json::Result<serde_json::Value> {
        serde_json::from_slice(self.body)
    }
}

/// One connection; requests go one after the other. After an error it must be opened anew.
#[derive(Debug)]
pub struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
}

impl Connection {
    pub async fn open(address: SocketAddr) -> io::Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, buffer: Vec::with_capacity(4_096) })
    }

    pub async fn send(&mut self, request: &Request) -> io::Result<Response<'_>> {
        self.stream.write_all(&request.0).await?;
        self.buffer.clear();
        let head_end = loop {
            self.read_more().await?;
            if let Some(end) = self.buffer.windows(4).position(|window| window == b"\r\n\r\n") {
                break end;
            }
        };
        let head = std::str::from_utf8(&self.buffer[..head_end]).map_err(|_| bad("the head is not UTF-8"))?;
        let status = status(head).ok_or_else(|| bad("no status line"))?;
        let length = match header(head, "content-length") {
            Some(length) => length.parse().map_err(|_| bad("content-length is no number"))?,
            None if matches!(status, 204 | 304) => 0,
            None => return Err(bad("an answer without content-length")),
        };
        let body_start = head_end + 4;
        let end: usize = body_start + length;
        while self.buffer.len() < end {
            self.read_more().await?;
        }
        let head = std::str::from_utf8(&self.buffer[..head_end]).map_err(|_| bad("the head is not UTF-8"))?;
        Ok(Response { status, head, body: &self.buffer[body_start..end] })
    }

    async fn read_more(&mut self) -> io::Result<()> {
        if self.stream.read_buf(&mut self.buffer).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        Ok(())
    }
}

fn bad(what: &'static str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}

fn status(head: &str) -> Option<u16> {
    head.strip_prefix("HTTP/1.1 ")?.get(..3)?.parse().ok()
}

fn header<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    head.split("\r\n").skip(1).find_map(|line| {
        let (found, value) = line.split_once(':')?;
        found.eq_ignore_ascii_case(name).then(|| value.trim())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_is_read() {
        let head = "HTTP/1.1 202 Accepted\r\nLaurel-Position: 07.12\r\ncontent-length: 5";
        assert_eq!(status(head), Some(202));
        assert_eq!(header(head, "laurel-position"), Some("07.12"));
        assert_eq!(header(head, "location"), None);
    }

    #[test]
    fn a_request_is_put_together() {
        let request = Request::new("POST", "/x", &[("authorization", "Bearer t")], b"{}");
        let text = String::from_utf8(request.0).expect("text");
        assert_eq!(
            text,
            "POST /x HTTP/1.1\r\nhost: laurel\r\nauthorization: Bearer t\r\n\
             content-type: application/json\r\ncontent-length: 2\r\n\r\n{}"
        );
    }
}
