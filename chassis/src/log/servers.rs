//! What a nats-server says about itself: on its monitoring endpoint (version, fsync), and to whoever connects (version,
//! name).

use super::error::LogError;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;

/// The oldest nats-server a process accepts: older ones lose conditional writes or batches.
const OLDEST: [u64; 3] = [2, 14, 4];
const MONITOR_WITHIN: Duration = Duration::from_secs(5);
const GREETING_WITHIN: Duration = Duration::from_secs(1);

/// What a server's first line tells.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(super) struct Greeting {
    #[serde(rename = "server_name")]
    pub name: String,
    pub version: String,
}

/// What a server's monitoring endpoint tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Monitored {
    pub name: String,
    pub version: String,
    /// Whether it calls fsync before it acknowledges.
    pub syncs_always: bool,
    /// Bytes of storage that no stream has reserved yet; unknown when the server states no limit.
    pub unreserved_bytes: Option<i64>,
}

/// Why a version is not accepted, and what to do.
pub(super) fn version_fault(name: &str, version: &str) -> Option<String> {
    let [major, minor, patch] = OLDEST;
    (!at_least(version, OLDEST)).then(|| {
        format!(
            "nats-server {name} is {version}: upgrade it to {major}.{minor}.{patch} or newer (older ones accept two winners of one race)"
        )
    })
}

/// Connects to `host:port` and reads the server's first line; needs no credentials. `None` when it is not reachable.
pub(super) async fn greeting(address: &str) -> Option<Greeting> {
    let read = async {
        let stream = TcpStream::connect(address).await.ok()?;
        let mut line = String::new();
        BufReader::new(stream).read_line(&mut line).await.ok()?;
        serde_json::from_str(line.strip_prefix("INFO ")?.trim()).ok()
    };
    tokio::time::timeout(GREETING_WITHIN, read).await.ok().flatten()
}

/// Asks a monitoring endpoint, `http://host:port`.
pub(super) async fn monitored(url: &str) -> Result<Monitored, LogError> {
    #[derive(Deserialize)]
    struct Server {
        server_name: String,
        version: String,
    }
    #[derive(Deserialize)]
    struct JetStream {
        #[serde(default)]
        config: Settings,
        #[serde(default)]
        reserved_storage: i64,
    }
    #[derive(Default, Deserialize)]
    struct Settings {
        #[serde(default)]
        sync_always: bool,
        max_storage: Option<i64>,
    }
    let Server { server_name: name, version } = get(url, "/varz").await?;
    let JetStream { config, reserved_storage } = get(url, "/jsz?config=1").await?;
    let unreserved_bytes =
        config.max_storage.filter(|max| *max > 0).map(|max| (max - reserved_storage).max(0));
    Ok(Monitored { name, version, syncs_always: config.sync_always, unreserved_bytes })
}

async fn get<T: DeserializeOwned>(url: &str, path: &str) -> Result<T, LogError> {
    let failed = |why: String| {
        LogError::request("asking a server's monitoring endpoint")(format!("{url}{path}: {why}").into())
    };
    let body = tokio::time::timeout(MONITOR_WITHIN, get_bytes(url, path))
        .await
        .map_err(|_| failed("no answer".to_owned()))?
        .map_err(|error| failed(error.to_string()))?;
    serde_json::from_slice(&body).map_err(|error| failed(format!("the answer is not readable: {error}")))
}

/// One HTTP/1.0 request, which the monitoring endpoint answers without chunks and then closes. A whole HTTP client for
/// this one call at start-up would be the largest dependency of the crate.
async fn get_bytes(url: &str, path: &str) -> std::io::Result<Vec<u8>> {
    let refuse = |why: String| std::io::Error::other(why);
    let authority = url.strip_prefix("http://").map(|rest| rest.trim_end_matches('/'));
    let authority = authority.ok_or_else(|| refuse("a monitor address begins with http://".to_owned()))?;
    let mut stream = TcpStream::connect(authority).await?;
    stream.write_all(format!("GET {path} HTTP/1.0\r\nHost: {authority}\r\n\r\n").as_bytes()).await?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await?;
    let head_end = answer.windows(4).position(|window| window == b"\r\n\r\n");
    let head_end = head_end.ok_or_else(|| refuse("the answer is not HTTP".to_owned()))?;
    let head = String::from_utf8_lossy(&answer[..head_end]).into_owned();
    if head.split(' ').nth(1) != Some("200") {
        return Err(refuse(format!("the answer is {:?}", head.lines().next().unwrap_or_default())));
    }
    Ok(answer.split_off(head_end + 4))
}

/// Compares `major.minor.patch`, whatever follows it.
fn at_least(version: &str, wanted: [u64; 3]) -> bool {
    let mut numbers = version.split(['.', '-', '+']).map(|number| number.parse::<u64>().unwrap_or_default());
    let found = [(); 3].map(|()| numbers.next().unwrap_or_default());
    found >= wanted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_compare_by_number() {
        assert!(at_least("2.15.1", OLDEST));
        assert!(at_least("2.14.4", OLDEST));
        assert!(!at_least("2.14.3", OLDEST));
        assert!(!at_least("2.9.10", OLDEST));
        assert!(at_least("3.0.0-beta", OLDEST));
    }
}
