//! Clients of one stream of server-sent events, all on one thread: each keeps when it was told of which position.

use crate::visible::Timeline;
use anyhow::{Context, ensure};
use events::{Part, Position};
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::{JoinHandle, LocalSet};
use tokio_util::sync::CancellationToken;

const OPENED_WITHIN: Duration = Duration::from_mins(1);
/// Connections that are being opened at a time: fewer than wait to be accepted at most.
const OPENING: usize = 64;

/// What one client was told.
#[derive(Debug, Default)]
pub struct Watched {
    pub timeline: Timeline,
    /// The data of its last message.
    pub message: String,
}

/// Open clients.
pub struct Clients {
    stop: CancellationToken,
    thread: JoinHandle<anyhow::Result<Vec<Watched>>>,
}

impl Clients {
    /// Returns when each of them was told something.
    pub async fn open(
        address: SocketAddr,
        path: &'static str,
        part: Part,
        count: usize,
    ) -> anyhow::Result<Self> {
        let stop = CancellationToken::new();
        let told = Arc::new(AtomicUsize::new(0));
        let watching = All { address, path, part, count, stop: stop.clone(), told: Arc::clone(&told) };
        let thread = tokio::task::spawn_blocking(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
            LocalSet::new().block_on(&runtime, watching.run())
        });
        let began = Instant::now();
        while told.load(Ordering::Relaxed) < count {
            ensure!(!thread.is_finished(), "a client ended: {:?}", thread.await);
            ensure!(began.elapsed() < OPENED_WITHIN, "not all clients were told anything");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        Ok(Self { stop, thread })
    }

    pub async fn finish(self) -> anyhow::Result<Vec<Watched>> {
        self.stop.cancel();
        self.thread.await.context("the clients' thread")?
    }
}

#[derive(Clone)]
struct All {
    address: SocketAddr,
    path: &'static str,
    part: Part,
    count: usize,
    stop: CancellationToken,
    told: Arc<AtomicUsize>,
}

impl All {
    async fn run(self) -> anyhow::Result<Vec<Watched>> {
        let opening = Arc::new(tokio::sync::Semaphore::new(OPENING));
        let mut clients = Vec::with_capacity(self.count);
        for _ in 0..self.count {
            let permit = Arc::clone(&opening).acquire_owned().await?;
            let all = self.clone();
            clients.push(tokio::task::spawn_local(async move {
                let mut stream = TcpStream::connect(all.address).await?;
                let request = format!("GET {} HTTP/1.1\r\nhost: laurel\r\n\r\n", all.path);
                stream.write_all(request.as_bytes()).await?;
                drop(permit);
                all.watch(stream).await
            }));
        }
        let mut watched = Vec::with_capacity(self.count);
        for client in clients {
            watched.push(client.await??);
        }
        Ok(watched)
    }

    async fn watch(self, mut stream: TcpStream) -> anyhow::Result<Watched> {
        let mut watched = Watched::default();
        let mut buffer: Vec<u8> = Vec::with_capacity(4_096);
        let mut is_told = false;
        loop {
            let read = tokio::select! {
                read = stream.read_buf(&mut buffer) => read?,
                () = self.stop.cancelled() => return Ok(watched),
            };
            ensure!(read > 0, "a stream broke off");
            let at = Instant::now();
            while let Some(end) = buffer.iter().position(|byte| *byte == b'\n') {
                self.line(&buffer[..end], at, &mut watched)?;
                if !is_told && !watched.message.is_empty() {
                    is_told = true;
                    self.told.fetch_add(1, Ordering::Relaxed);
                }
                buffer.drain(..=end);
            }
        }
    }

    /// A line of a message; what a chunk begins with is none.
    fn line(&self, line: &[u8], at: Instant, watched: &mut Watched) -> anyhow::Result<()> {
        if let Some(data) = line.strip_prefix(b"data: ") {
            watched.message.clear();
            watched.message.push_str(std::str::from_utf8(data)?);
        } else if let Some(id) = line.strip_prefix(b"id: ") {
            // What stands behind the position is for whoever comes back.
            let id = std::str::from_utf8(id)?;
            let position: Position = id.split(';').next().unwrap_or(id).parse()?;
            watched.timeline.note(self.part, position.get(self.part), at);
        } else if line.starts_with(b"HTTP/1.1 ") {
            ensure!(line.starts_with(b"HTTP/1.1 200"), "{}", String::from_utf8_lossy(line));
        } else if line == b"event: end" {
            anyhow::bail!("a stream was ended");
        }
        Ok(())
    }
}
