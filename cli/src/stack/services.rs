//! Every service in this process, on one port: the same libraries that run apart in the cluster, each with its own
//! connection, its own broker account and the same variables.

use super::secrets::Secrets;
use super::servers::Servers;
use access::token::TokenSigner;
use anyhow::Context;
use axum::Router;
use chassis::clock::Clock;
use chassis::config::Settings;
use chassis::http::HttpServer;
use chassis::keys::DataKeys;
use chassis::log::{EventLog, LogConfig};
use chassis::observe::Observatory;
use chassis::problem;
use chassis::shutdown::Shutdown;
use chassis::trace::Tracing;
use judge::{Grader, Judge};
use secrecy::ExposeSecret;
use tokio::net::TcpListener;

/// Starts everything and answers on `listener` until the shutdown begins.
pub async fn start(
    servers: &Servers,
    secrets: &Secrets,
    listener: TcpListener,
    tracing: &Tracing,
    shutdown: &Shutdown,
) -> anyhow::Result<Observatory> {
    let observatory = Observatory::default();
    tracing.start("laurel", &observatory);
    start_projectors(servers, &observatory, shutdown).await.context("starting projectors")?;
    start_judge(servers, secrets, &observatory, shutdown).await.context("starting judge")?;
    let commands =
        commands(servers, secrets, &observatory, shutdown).await.context("starting command-api")?;
    let queries = queries(servers, secrets, &observatory, shutdown).await.context("starting query-api")?;
    let router = problem::surround(commands.merge(queries).merge(observatory.router()));
    shutdown.spawn(HttpServer::new(&observatory).serve(listener, router, shutdown.clone()));
    Ok(observatory)
}

async fn commands(
    servers: &Servers,
    secrets: &Secrets,
    observatory: &Observatory,
    shutdown: &Shutdown,
) -> anyhow::Result<Router> {
    let settings = settings(&[
        ("LAUREL_NATS_URL", &servers.nats_url("command-api")),
        ("LAUREL_MASTER_KEY", secrets.master_key.expose_secret()),
        ("LAUREL_CLAIM_KEY", secrets.claim_key.expose_secret()),
        ("LAUREL_TOKEN_PRIVATE_KEY", secrets.token_private_key.expose_secret()),
    ]);
    let config = command_api::Config::read(settings)?;
    let log = connect(config.nats_url.clone(), "command-api").await?;
    log.observe(observatory);
    Ok(command_api::router(command_api::start(config, log, observatory, shutdown).await?))
}

async fn queries(
    servers: &Servers,
    secrets: &Secrets,
    observatory: &Observatory,
    shutdown: &Shutdown,
) -> anyhow::Result<Router> {
    let public_key = TokenSigner::from_pem(&secrets.token_private_key)?.public_pem()?;
    let settings = settings(&[
        ("LAUREL_NATS_URL", &servers.nats_url("query-api")),
        ("LAUREL_DATABASE_URL", &servers.database_url()),
        ("LAUREL_REDIS_URL", &servers.redis_url()),
        ("LAUREL_MASTER_KEY", secrets.master_key.expose_secret()),
        ("LAUREL_TOKEN_PUBLIC_KEY", &public_key),
    ]);
    let config = query_api::Config::read(settings)?;
    let mut document = query_api::openapi();
    document.merge(command_api::openapi());
    let log = connect(config.nats_url.clone(), query_api::PROCESS).await?;
    let app = query_api::start(config, log, Clock::system(), observatory, shutdown).await?;
    Ok(query_api::router(app, document))
}

async fn start_projectors(
    servers: &Servers,
    observatory: &Observatory,
    shutdown: &Shutdown,
) -> anyhow::Result<()> {
    let mut settings = settings(&[
        ("LAUREL_DATABASE_URL", &servers.database_url()),
        ("LAUREL_REDIS_URL", &servers.redis_url()),
    ]);
    let config = projectors::Config::read(&mut settings);
    settings.finish()?;
    let config = config.context("projectors has no configuration")?;
    let log = connect(servers.nats_url("projectors"), "projectors").await?;
    Ok(projectors::start(&config, log, observatory, shutdown)?)
}

async fn start_judge(
    servers: &Servers,
    secrets: &Secrets,
    observatory: &Observatory,
    shutdown: &Shutdown,
) -> anyhow::Result<()> {
    let config = judge::Config::read(settings(&[
        ("LAUREL_NATS_URL", &servers.nats_url("judge")),
        ("LAUREL_MASTER_KEY", secrets.master_key.expose_secret()),
    ]))?;
    let log = connect(config.nats_url, "judge").await?;
    let keys = DataKeys::new(log.clone(), config.master_key);
    let grader = Grader::open().context("opening the sandbox")?;
    let judge = Judge { log, keys, grader, clock: Clock::system(), slots: config.slots };
    let (observatory, until) = (observatory.clone(), shutdown.clone());
    shutdown.spawn(async move { judge::run_judge(judge, &observatory, until).await });
    Ok(())
}

async fn connect(url: String, process: &'static str) -> anyhow::Result<EventLog> {
    Ok(EventLog::connect(&LogConfig { url, process }).await?)
}

/// Which pages may ask, or show a board, and where our own is, is said by the environment of `laurel up`.
fn pages() -> Vec<(&'static str, String)> {
    let mut environment = Settings::from_environment();
    let names = ["LAUREL_CORS_ORIGINS", "LAUREL_EMBED_ORIGINS", "LAUREL_PAGE_FOLDER"];
    let given = names.map(|name| (name, environment.optional::<String>(name, "about pages")));
    given.into_iter().filter_map(|(name, text)| Some((name, text?))).collect()
}

fn settings(pairs: &[(&str, &str)]) -> Settings {
    let pairs = pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    Settings::from_pairs(pages().into_iter().map(|(name, text)| (name.to_owned(), text)).chain(pairs))
}
