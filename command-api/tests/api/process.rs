//! The process itself: it answers from its first moment, and starts in any order with its broker.

use access::token::generate_private_key;
use anyhow::{Context, ensure};
use chassis::log::streams::{StreamPlan, record_claim_key, record_fsync_check, set_up};
use chassis::log::{EventLog, LogConfig};
use chassis::seal::MasterKey;
use command_api::{Digests, SOURCE};
use local_servers::nats::accounts;
use secrecy::ExposeSecret;
use serde_json::Value;
use std::collections::HashMap;
use std::net::SocketAddr;
use std::process::Stdio;
use std::time::Duration;
use testkit::eventually;
use testkit::proxy::Proxy;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio::process::{Child, Command};

const SOON: Duration = Duration::from_secs(20);

fn command(nats_url: &str, claim_key: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_command-api"));
    command
        .env_clear()
        .env("LAUREL_LISTEN", "127.0.0.1:0")
        .env("LAUREL_NATS_URL", nats_url)
        .env("LAUREL_MASTER_KEY", MasterKey::generate_base64().expose_secret())
        .env("LAUREL_CLAIM_KEY", claim_key)
        .env("LAUREL_TOKEN_PRIVATE_KEY", generate_private_key().expose_secret())
        .stdin(Stdio::null())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    command
}

/// Where it says it listens. Its standard error must be read on, or it would wait for somebody to do so.
async fn address(child: &mut Child) -> anyhow::Result<SocketAddr> {
    let mut lines = BufReader::new(child.stderr.take().context("it has a standard error")?).lines();
    while let Some(line) = lines.next_line().await? {
        let line: Value = serde_json::from_str(&line)?;
        if line["message"] == "listening" {
            tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
            return Ok(line["address"].as_str().context("an address")?.parse()?);
        }
    }
    anyhow::bail!("it ended without listening")
}

/// Status line and body of `/health/ready`.
async fn readiness(address: SocketAddr) -> anyhow::Result<String> {
    let mut stream = TcpStream::connect(address).await?;
    stream.write_all(b"GET /health/ready HTTP/1.0\r\n\r\n").await?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await?;
    Ok(answer)
}

#[tokio::test]
async fn it_waits_for_its_broker_and_says_so() -> anyhow::Result<()> {
    let nats = testkit::nats_with_accounts().await?;
    let operator = LogConfig { url: nats.url(accounts::OPERATOR), process: accounts::OPERATOR };
    let operator = EventLog::connect_unchecked(&operator).await?;
    let claim_key = MasterKey::generate_base64();
    let plan = StreamPlan {
        replicas: 1,
        facts_bytes_max: 64 << 20,
        identity_bytes_max: 64 << 20,
        metadata: HashMap::new(),
    };
    set_up(operator.jetstream(), &plan).await?;
    record_fsync_check(operator.jetstream(), &[nats.monitor_url()]).await?;
    record_claim_key(operator.jetstream(), Digests::from_base64(&claim_key)?.fingerprint()).await?;

    let proxy = Proxy::start(nats.port()).await?;
    proxy.refuse();
    let mut child = command(&proxy.instead_of(&nats.url(SOURCE)), claim_key.expose_secret()).spawn()?;
    let address = tokio::time::timeout(SOON, address(&mut child)).await??;
    eventually(SOON, async || {
        let waiting = readiness(address).await?;
        ensure!(
            waiting.contains(" 503 ") && waiting.contains("connecting to the broker failed"),
            "{waiting}"
        );
        Ok(())
    })
    .await?;
    proxy.accept();
    eventually(SOON, async || {
        let ready = readiness(address).await?;
        ensure!(ready.contains(" 200 "), "{ready}");
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_broker_that_refuses_its_credentials_ends_it_at_once() -> anyhow::Result<()> {
    let nats = testkit::nats_with_accounts().await?;
    let wrong = nats.url(SOURCE).replace("-password", "-mistyped");
    let child = command(&wrong, MasterKey::generate_base64().expose_secret()).spawn()?;
    let output = tokio::time::timeout(SOON, child.wait_with_output()).await??;
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success() && said.contains("credentials"), "{said}");
    Ok(())
}
