//! A TCP proxy between a client and a server, for tests of what breaks in between.

use anyhow::Context;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// What passes, at this moment.
#[derive(Debug, Clone, Copy, Default)]
struct Gate {
    requests_held: bool,
    replies_held: bool,
    refusing: bool,
    /// Goes up with every cut; a connection lives in the one it began in.
    cuts: u64,
}

/// Forwards connections to a server until told otherwise. Ends when dropped.
pub struct Proxy {
    port: u16,
    shared: Arc<Shared>,
    accepting: JoinHandle<()>,
}

struct Shared {
    target: SocketAddr,
    gate: watch::Sender<Gate>,
    /// Bytes in a reply at which to cut.
    trigger: Mutex<Option<Vec<u8>>>,
}

impl Proxy {
    /// A proxy to a port on loopback.
    pub async fn start(target_port: u16) -> anyhow::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.context("no port for the proxy")?;
        let port = listener.local_addr()?.port();
        let target = SocketAddr::from((Ipv4Addr::LOCALHOST, target_port));
        let shared =
            Arc::new(Shared { target, gate: watch::Sender::new(Gate::default()), trigger: Mutex::default() });
        let accepting = tokio::spawn(accept(listener, Arc::clone(&shared)));
        Ok(Self { port, shared, accepting })
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    /// The server's address with the proxy's port in the place of its own.
    pub fn instead_of(&self, url: &str) -> String {
        url.replacen(&format!(":{}", self.shared.target.port()), &format!(":{}", self.port), 1)
    }

    /// Breaks all connections of this moment; new ones are welcome.
    pub fn cut_all(&self) {
        self.change(|gate| gate.cuts += 1);
    }

    /// Breaks all connections as soon as a reply contains `bytes`; that reply does not get through. Once.
    pub fn cut_next_server_reply_containing(&self, bytes: impl Into<Vec<u8>>) {
        *self.shared.trigger.lock().unwrap_or_else(PoisonError::into_inner) = Some(bytes.into());
    }

    /// How often connections were cut so far.
    pub fn cuts(&self) -> u64 {
        self.shared.gate.borrow().cuts
    }

    /// Resolves once connections have been cut `times` times since the start.
    pub async fn was_cut(&self, times: u64) {
        let mut gate = self.shared.gate.subscribe();
        let _sender_lives_in_self = gate.wait_for(|gate| gate.cuts >= times).await;
    }

    /// Lets nothing through in either direction, without breaking anything.
    pub fn hold(&self) {
        self.change(|gate| (gate.requests_held, gate.replies_held) = (true, true));
    }

    /// Lets requests through and no reply.
    pub fn hold_replies(&self) {
        self.change(|gate| gate.replies_held = true);
    }

    /// Lets through what was held, and everything after.
    pub fn release(&self) {
        self.change(|gate| (gate.requests_held, gate.replies_held) = (false, false));
    }

    /// Breaks all connections and every new one, until [`Proxy::accept`].
    pub fn refuse(&self) {
        self.change(|gate| (gate.refusing, gate.cuts) = (true, gate.cuts + 1));
    }

    pub fn accept(&self) {
        self.change(|gate| gate.refusing = false);
    }

    fn change(&self, change: impl FnOnce(&mut Gate)) {
        self.shared.gate.send_modify(change);
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.accepting.abort();
        self.refuse();
    }
}

async fn accept(listener: TcpListener, shared: Arc<Shared>) {
    while let Ok((client, _)) = listener.accept().await {
        if !shared.gate.borrow().refusing {
            tokio::spawn(forward(client, Arc::clone(&shared)));
        }
    }
}

async fn forward(client: TcpStream, shared: Arc<Shared>) {
    let mut gate = shared.gate.subscribe();
    let born_after = gate.borrow().cuts;
    let Ok(server) = TcpStream::connect(shared.target).await else { return };
    let _slower_without = client.set_nodelay(true).and_then(|()| server.set_nodelay(true));
    let (from_client, to_client) = client.into_split();
    let (from_server, to_server) = server.into_split();
    tokio::select! {
        () = pump(from_client, to_server, &shared, Direction::Requests) => {}
        () = pump(from_server, to_client, &shared, Direction::Replies) => {}
        _ = gate.wait_for(|gate| gate.cuts > born_after) => {}
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Direction {
    Requests,
    Replies,
}

async fn pump(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, shared: &Shared, direction: Direction) {
    let mut gate = shared.gate.subscribe();
    let mut buffer = vec![0; 64 * 1_024];
    // The end of what came before, because what the trigger looks for may come in two pieces.
    let mut seen = Vec::new();
    while let Ok(length @ 1..) = from.read(&mut buffer).await {
        if direction == Direction::Replies && shared.triggers(&mut seen, &buffer[..length]) {
            shared.gate.send_modify(|gate| gate.cuts += 1);
            return;
        }
        let open = |gate: &Gate| match direction {
            Direction::Requests => !gate.requests_held,
            Direction::Replies => !gate.replies_held,
        };
        let is_gone = gate.wait_for(open).await.is_err();
        if is_gone || to.write_all(&buffer[..length]).await.is_err() {
            return;
        }
    }
}

impl Shared {
    fn triggers(&self, seen: &mut Vec<u8>, piece: &[u8]) -> bool {
        let mut trigger = self.trigger.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(wanted) = trigger.as_ref().filter(|wanted| !wanted.is_empty()) else {
            seen.clear();
            return false;
        };
        seen.extend_from_slice(piece);
        let found = seen.windows(wanted.len()).any(|window| window == wanted);
        seen.drain(..seen.len().saturating_sub(wanted.len() - 1));
        if found {
            *trigger = None;
        }
        found
    }
}
