//! The only writer of read models: folds events into PostgreSQL tables and Redis boards.
//!
//! [`projection`] says what a projection is, [`projections`] lists them, [`runner`] runs the live ones, [`rebuild`] builds
//! versions beside them, [`boards`] feeds Redis.

mod arrival;
pub mod boards;
pub mod config;
pub mod failure;
pub mod lease;
pub mod metrics;
pub mod projection;
pub mod projections;
pub mod rebuild;
pub mod rows;
pub mod runner;
mod traces;

pub use config::{Config, ProcessConfig};

use crate::boards::Boards;
use crate::lease::Lease;
use crate::metrics::Metrics;
use crate::projection::Registered;
use crate::runner::{Runner, VisibleAfter};
use chassis::clock::Clock;
use chassis::log::EventLog;
use chassis::observe::Observatory;
use chassis::shutdown::Shutdown;
use secrecy::ExposeSecret;
use sqlx::migrate::Migrator;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{Connection, PgConnection};
use std::str::FromStr;
use std::sync::Arc;

/// Why the projectors could not be started.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error("LAUREL_DATABASE_URL is not usable: {0}")]
    Database(sqlx::Error),
    #[error("LAUREL_REDIS_URL is not usable: {0}")]
    Redis(redis::RedisError),
}

/// The read models' tables.
pub fn migrations() -> Migrator {
    sqlx::migrate!("./migrations")
}

/// Creates or updates the tables. Safe to repeat, and from several processes at once.
pub async fn migrate(database_url: &str) -> Result<(), sqlx::Error> {
    let mut db = PgConnection::connect(database_url).await?;
    migrations().run(&mut db).await.map_err(Into::into)
}

/// Runs the projectors until the shutdown begins. Returns at once; a store that is away is waited for, and says so in
/// `/health/ready`.
pub fn start(
    config: &Config,
    log: EventLog,
    observatory: &Observatory,
    shutdown: &Shutdown,
) -> Result<(), StartError> {
    let runner = runner(config, projections::ALL, log, observatory)?;
    shutdown.spawn(runner.clone().watch_lag(shutdown.clone()));
    shutdown.spawn(runner.clone().carry_out_builds(shutdown.clone()));
    shutdown.spawn(runner.run(shutdown.clone()));
    Ok(())
}

/// A runner over any registry.
pub fn runner(
    config: &Config,
    registry: &'static [Registered],
    log: EventLog,
    observatory: &Observatory,
) -> Result<Runner, StartError> {
    let clock = Clock::system();
    let metrics = Metrics::declared(observatory);
    let database =
        PgConnectOptions::from_str(config.database_url.expose_secret()).map_err(StartError::Database)?;
    let database = database.application_name("laurel-projectors");
    let pool = PgPoolOptions::new().max_connections(4).connect_lazy_with(database.clone());
    let holder = chassis::random::uuid(&clock);
    let boards = match &config.redis_url {
        Some(url) => Some(Boards {
            redis: redis::Client::open(url.expose_secret()).map_err(StartError::Redis)?,
            database: database.clone(),
            clock: clock.clone(),
            metrics: metrics.clone(),
            woken: Arc::default(),
            traced: traces::Awaited::default(),
        }),
        None => None,
    };
    Ok(Runner {
        log,
        lease: Lease { pool: pool.clone(), name: "live", holder },
        pool,
        database,
        registry,
        boards,
        clock,
        metrics,
        readiness: observatory.readiness.clone(),
        visible_after: VisibleAfter::default(),
        save_builds_every: rebuild::SAVE_EVERY,
    })
}
