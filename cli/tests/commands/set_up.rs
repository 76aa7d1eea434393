//! `laurel set-up`, as a cluster's jobs run it: three brokers with the accounts of production, which speak TLS.

use crate::terminal::{SOON, Said, Terminal};
use anyhow::Context;
use chassis::seal::MasterKey;
use local_servers::nats::{Cluster, NatsConfig, accounts};
use secrecy::ExposeSecret;
use serde_json::json;
use std::path::Path;
use tokio::process::Command;

/// An authority, and a certificate for this machine that it signed, in `folder`.
async fn certificates(folder: &Path) -> anyhow::Result<()> {
    let steps = "openssl req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.crt -days 2 -subj /CN=brokers &&
        openssl req -newkey rsa:2048 -nodes -keyout tls.key -out tls.csr -subj /CN=broker &&
        echo subjectAltName=IP:127.0.0.1 > names &&
        openssl x509 -req -in tls.csr -CA ca.crt -CAkey ca.key -CAcreateserial -out tls.crt -days 2 -extfile names";
    let made = Command::new("sh").args(["-c", steps]).current_dir(folder).output().await?;
    anyhow::ensure!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    Ok(())
}

async fn three_brokers(folder: &Path) -> anyhow::Result<Cluster> {
    certificates(folder).await?;
    let mut config = NatsConfig::new(folder.join("brokers"));
    config.throwaway = true;
    config.store_bytes_max = Some(1 << 30);
    config.users = accounts::users(|name| Ok::<_, anyhow::Error>(format!("{name}-1")))?;
    let file = |name: &str| folder.join(name).display().to_string();
    let tls = json!({ "cert_file": file("tls.crt"), "key_file": file("tls.key"), "ca_file": file("ca.crt") });
    config.extra.insert("tls".to_owned(), tls);
    Ok(Cluster::start(3, config).await?)
}

#[tokio::test(flavor = "multi_thread")]
async fn brokers_are_set_up_for_the_services_and_again() -> anyhow::Result<()> {
    let terminal = Terminal::new()?;
    let folder = terminal.folder();
    let cluster = three_brokers(folder).await?;
    let monitors: Vec<String> =
        cluster.servers().iter().map(local_servers::nats::NatsServer::monitor_url).collect();
    let set_up = async |key: &str, authorities: &str| {
        let mut command = terminal.command(&["set-up", "log"]);
        command
            .env("LAUREL_NATS_URL", cluster.urls("operator").join(",").replace("nats://", "tls://"))
            .env("LAUREL_NATS_MONITOR_URLS", monitors.join(","))
            .env("LAUREL_CLAIM_KEY", key)
            .env("LAUREL_STREAM_REPLICAS", "3")
            .env("LAUREL_FACTS_BYTES_MAX", (200 << 20).to_string())
            .env("LAUREL_IDENTITY_BYTES_MAX", (50 << 20).to_string())
            .env("SSL_CERT_FILE", folder.join(authorities));
        let output = tokio::time::timeout(SOON, command.spawn()?.wait_with_output()).await;
        Said::of(output.context("it does not end")??)
    };
    let (key, other_key) = (MasterKey::generate_base64(), MasterKey::generate_base64());
    for _ in 0..2 {
        let said = set_up(key.expose_secret(), "ca.crt").await?;
        assert_eq!((said.code, said.out.trim()), (0, "The log is as it must be."), "{said:?}");
    }
    // What claims stand on cannot change, and who the brokers are is looked at.
    let said = set_up(other_key.expose_secret(), "ca.crt").await?;
    assert!(said.code == 1 && said.err.contains("laurel.claim_key"), "{said:?}");
    let said = set_up(key.expose_secret(), "tls.crt").await?;
    assert!(said.code == 1 && said.err.contains("ertificate"), "{said:?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn tables_are_set_up_and_again() -> anyhow::Result<()> {
    let terminal = Terminal::new()?;
    let database = testkit::database().await?;
    for _ in 0..2 {
        let mut command = terminal.command(&["set-up", "tables"]);
        command.env("LAUREL_DATABASE_URL", database.url());
        let said = Said::of(tokio::time::timeout(SOON, command.spawn()?.wait_with_output()).await??)?;
        assert_eq!((said.code, said.out.trim()), (0, "The tables are as they must be."), "{said:?}");
    }
    let said = Said::of(terminal.command(&["set-up", "tables"]).spawn()?.wait_with_output().await?)?;
    assert!(said.code == 1 && said.err.contains("LAUREL_DATABASE_URL"), "{said:?}");
    Ok(())
}
