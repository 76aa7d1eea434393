//! What the handlers share, the router, and the start of everything behind it.

#[cfg(test)]
mod tests;

use crate::cache::Cache;
use crate::config::Config;
use crate::docs;
use crate::embed;
use crate::etag;
use crate::feed::Feed;
use crate::judges::Judges;
use crate::live::Live;
use crate::metrics::{self, Metrics};
use crate::page::{self, Page};
use crate::positions::Watermarks;
use crate::queries;
use crate::queries::leaderboards::{PastBoards, QuickBoards};
use crate::queue::Queue;
use crate::read::Reader;
use access::AccessLayer;
use access::token::TokenVerifier;
use async_nats::Subscriber;
use axum::Router;
use axum::middleware;
use chassis::clock::Clock;
use chassis::config::ConfigError;
use chassis::cors::Origins;
use chassis::keys::DataKeys;
use chassis::log::{EventLog, LogError};
use chassis::observe::Observatory;
use chassis::requests::RequestTimes;
use chassis::shutdown::Shutdown;
use events::subject;
use sqlx::PgPool;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use std::ops::Deref;
use std::sync::Arc;
use std::time::Duration;
use utoipa::openapi::OpenApi;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};

/// This process's name at the broker.
pub const PROCESS: &str = "query-api";
/// How long a read waits for a connection.
const CONNECTED_WITHIN: Duration = Duration::from_secs(5);

/// Cheap to clone, which happens for every request.
#[derive(Debug, Clone)]
pub struct App(Arc<Parts>);

#[derive(Debug)]
pub struct Parts {
    pub(crate) reader: Reader,
    pub(crate) watermarks: Watermarks,
    pub(crate) cache: Cache,
    pub(crate) past_boards: PastBoards,
    pub(crate) quick_boards: QuickBoards,
    pub(crate) keys: DataKeys,
    pub(crate) live: Live,
    pub(crate) feed: Feed,
    pub(crate) judges: Judges,
    pub(crate) queue: Queue,
    pub(crate) verifier: TokenVerifier,
    pub(crate) clock: Clock,
    pub(crate) metrics: Metrics,
    cors_origins: Origins,
    embed_origins: Origins,
    page: Page,
    request_times: RequestTimes,
}

impl Deref for App {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}

/// Why it did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error(transparent)]
    Config(#[from] ConfigError),
    #[error("LAUREL_DATABASE_URL is not usable")]
    Database(#[source] sqlx::Error),
    #[error("the log cannot be used")]
    Log(#[from] LogError),
}

/// Starts what runs beside the handlers, until the shutdown begins. Postgres and Redis need not be there yet.
pub async fn start(
    config: Config,
    log: EventLog,
    clock: Clock,
    observatory: &Observatory,
    shutdown: &Shutdown,
) -> Result<App, StartError> {
    let pool = pool(&config.database_url, config.database_connections)?;
    let listening = pool_of_one(&config.database_url)?;
    let progress = progress(&log).await?;
    let languages = Judges::listen(&log).await?;
    let metrics = Metrics::new();
    metrics.register(observatory);
    let watermarks = Watermarks::new();
    let app = Parts {
        reader: Reader::new(pool, watermarks.clone(), config.position_wait, metrics.clone()),
        watermarks: watermarks.clone(),
        cache: Cache::new(&config.redis_url)?,
        past_boards: PastBoards::default(),
        quick_boards: QuickBoards::default(),
        keys: DataKeys::new(log.clone(), config.master_key),
        live: Live::new(metrics.clone()),
        feed: Feed::new(log.clone(), metrics.clone(), shutdown.clone()),
        judges: Judges::default(),
        queue: Queue::default(),
        verifier: config.verifier,
        clock,
        metrics,
        cors_origins: config.cors_origins,
        embed_origins: config.embed_origins,
        page: Page::read(&config.page_folder),
        request_times: RequestTimes::registered(observatory, metrics::PREFIX),
    };
    let app = App(Arc::new(app));
    shutdown.spawn(watermarks.follow(listening, observatory.readiness.clone(), shutdown.clone()));
    shutdown.spawn(app.live.clone().run(app.clone(), progress, shutdown.clone()));
    shutdown.spawn(app.judges.clone().follow(languages, shutdown.clone()));
    shutdown.spawn(app.queue.clone().follow(log, shutdown.clone()));
    let (boards, begun) = (app.clone(), shutdown.clone());
    shutdown.spawn(async move {
        tokio::select! {
            () = boards.quick_boards.follow(&boards) => {}
            () = begun.begun() => {}
        }
    });
    let (keys, begun) = (app.keys.clone(), shutdown.clone());
    shutdown.spawn(async move { keys.forget_erased(&begun).await });
    Ok(app)
}

/// Listens to what judges say while they work; the connection renews the subscription by itself.
async fn progress(log: &EventLog) -> Result<Subscriber, LogError> {
    let failed = |error: &dyn std::fmt::Display| LogError::Connect(format!("listening to progress: {error}"));
    let progress = log.client().subscribe(subject::ALL_PROGRESS).await.map_err(|error| failed(&error))?;
    log.client().flush().await.map_err(|error| failed(&error))?;
    Ok(progress)
}

fn pool(url: &str, connections: u32) -> Result<PgPool, StartError> {
    // A query that takes this long is lost; it must not hold a connection and a snapshot for ever.
    let options =
        options(url)?.options([("statement_timeout", "5s"), ("idle_in_transaction_session_timeout", "10s")]);
    let pool = PgPoolOptions::new().max_connections(connections).acquire_timeout(CONNECTED_WITHIN);
    Ok(pool.connect_lazy_with(options))
}

/// The connection that listens has a pool of its own, so that busy reads cannot keep it out.
fn pool_of_one(url: &str) -> Result<PgPool, StartError> {
    let pool = PgPoolOptions::new().max_connections(1).acquire_timeout(CONNECTED_WITHIN);
    Ok(pool.connect_lazy_with(options(url)?))
}

fn options(url: &str) -> Result<PgConnectOptions, StartError> {
    let options: PgConnectOptions = url.parse().map_err(StartError::Database)?;
    Ok(options.application_name("query-api"))
}

/// The routes this service answers, without health and metrics, behind the policy table. `document` is what
/// `/openapi.json` and `/docs` show: [`openapi`], or that merged with other services' when they share a port.
pub fn router(app: App, document: OpenApi) -> Router {
    let (routes, _) = queries::routes().split_for_parts();
    let access = AccessLayer::new(app.verifier.clone());
    let times = app.request_times.clone();
    let (origins, framed_by, page) = (app.cors_origins.clone(), app.embed_origins.clone(), app.page.clone());
    let routes = routes.with_state(app).merge(docs::router(document));
    let routes = routes.merge(page::router(page)).merge(embed::router(&framed_by));
    let routes = times.around(routes.route_layer(access));
    let packed = routes.layer(middleware::from_fn(etag::validate)).layer(etag::compression());
    origins.around(packed.layer(middleware::map_response(etag::mark_compressed)))
}

/// The reads as an OpenAPI 3.1 document.
pub fn openapi() -> OpenApi {
    let (_, mut document) = queries::routes().split_for_parts();
    "Laurel".clone_into(&mut document.info.title);
    env!("CARGO_PKG_VERSION").clone_into(&mut document.info.version);
    document.info.description = Some("Reads, leaderboards and live updates.".to_owned());
    let bearer = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).bearer_format("JWT").build();
    let components = document.components.get_or_insert_default();
    components.add_security_scheme("access_token", SecurityScheme::Http(bearer));
    access::document::complete(document)
}
