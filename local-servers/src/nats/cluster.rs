//! Several nats-servers that replicate to each other, for tests of what only happens with replicas.

use super::{NatsConfig, NatsServer, PROBE_WITHIN};
use crate::server::aside;
use crate::{ServerError, port};
use serde_json::{Value, json};
use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::time::{Duration, Instant};

/// An election takes four to nine seconds when the first candidate does not win.
const ELECTED_WITHIN: Duration = Duration::from_mins(1);
const BETWEEN_PROBES: Duration = Duration::from_millis(50);

/// One server's place in its cluster.
pub(super) struct Member {
    pub name: String,
    /// Route ports of all members.
    routes: Vec<u16>,
    number: usize,
}

impl Member {
    pub fn settings(&self) -> Value {
        let routes: Vec<String> = self.routes.iter().map(|port| format!("nats://127.0.0.1:{port}")).collect();
        json!({ "name": "laurel", "host": "127.0.0.1", "port": self.routes[self.number], "routes": routes })
    }
}

/// Servers on loopback, each with its own data folder `<data_dir>/<number>`.
#[derive(Clone)]
pub struct Cluster {
    servers: Vec<NatsServer>,
}

impl Cluster {
    /// Starts `size` servers with the same settings and waits until they have elected a leader.
    pub async fn start(size: usize, config: NatsConfig) -> Result<Self, ServerError> {
        aside(move || Self::start_now(size, &config)).await
    }

    fn start_now(size: usize, config: &NatsConfig) -> Result<Self, ServerError> {
        let routes = (0..size).map(|_| port::free()).collect::<Result<Vec<u16>, _>>()?;
        let start = |number: usize| {
            let name = format!("laurel-{number}");
            let config = NatsConfig { data_dir: config.data_dir.join(&name), port: None, ..config.clone() };
            NatsServer::start_as(&config, Some(&Member { name, routes: routes.clone(), number }))
        };
        // Each server serves clients only once it can reach a majority, so they have to start together.
        let servers = std::thread::scope(|scope| {
            let starting: Vec<_> = (0..size).map(|number| scope.spawn(move || start(number))).collect();
            starting.into_iter().map(|start| start.join().unwrap_or(Err(ServerError::Interrupted))).collect()
        });
        let cluster = Self { servers: servers_or_error(servers)? };
        cluster.wait_for_leader()?;
        Ok(cluster)
    }

    /// By number, from 0.
    pub fn server(&self, number: usize) -> &NatsServer {
        &self.servers[number]
    }

    pub fn servers(&self) -> &[NatsServer] {
        &self.servers
    }

    /// Every server's address for `user`, for a client that fails over.
    pub fn urls(&self, user: &str) -> Vec<String> {
        self.servers.iter().map(|server| server.url(user)).collect()
    }

    fn wait_for_leader(&self) -> Result<(), ServerError> {
        let deadline = Instant::now() + ELECTED_WITHIN;
        while !self.servers.iter().all(|server| knows_leader(server.monitor_port)) {
            if Instant::now() > deadline {
                return Err(ServerError::NoLeader { seconds: ELECTED_WITHIN.as_secs() });
            }
            wait_a_moment();
        }
        Ok(())
    }
}

#[allow(clippy::disallowed_methods)] // The monitoring page is all there is to watch, and it has to be asked.
fn wait_a_moment() {
    std::thread::sleep(BETWEEN_PROBES);
}

fn servers_or_error(servers: Vec<Result<NatsServer, ServerError>>) -> Result<Vec<NatsServer>, ServerError> {
    servers.into_iter().collect()
}

/// `/jsz` names the leader of the cluster's own log once there is one.
fn knows_leader(monitor_port: u16) -> bool {
    let page = get(monitor_port, "/jsz").unwrap_or_default();
    let body = page.split_once("\r\n\r\n").map_or("", |(_, body)| body);
    let status: Value = serde_json::from_str(body).unwrap_or_default();
    status["meta_cluster"]["leader"].as_str().is_some_and(|leader| !leader.is_empty())
}

/// HTTP/1.0, so that the answer comes in one piece and ends with the connection.
fn get(port: u16, path: &str) -> std::io::Result<String> {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let mut stream = TcpStream::connect_timeout(&address, PROBE_WITHIN)?;
    stream.set_read_timeout(Some(PROBE_WITHIN))?;
    write!(stream, "GET {path} HTTP/1.0\r\n\r\n")?;
    let mut page = String::new();
    stream.read_to_string(&mut page)?;
    Ok(page)
}
