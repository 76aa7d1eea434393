//! `trace-sink [ADDRESS]`: takes spans by OTLP and shows the last traces as text at `/`. For `bin/up --observe`, where no
//! collector is to be had; it keeps nothing.

use testkit::traces::TraceSink;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let address = std::env::args().nth(1).unwrap_or_else(|| "127.0.0.1:4318".to_owned());
    let sink = TraceSink::listen(address.parse()?).await?;
    println!("spans: {}", sink.endpoint());
    tokio::signal::ctrl_c().await?;
    Ok(())
}
