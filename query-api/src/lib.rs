//! Serves reads: exercises, submissions, learners, progress, leaderboards, and live updates of them.
//!
//! * [`read`]: every read is one repeatable-read transaction that knows what it read, and waits for what it must not be
//!   older than.
//! * [`positions`]: the `Laurel-Position` header, and the watermarks this replica has seen (one LISTEN connection).
//! * [`cache`]: the one door to Redis. Boards come from it when it is fresh enough, else from Postgres.
//! * [`queries`]: one file per noun with its row, SQL, handler and tests.
//! * [`live`]: server-sent events, through one hub per replica.
//! * [`etag`]: what is unchanged is not sent again. [`embed`]: a board for other pages.
//! * [`feed`]: every fact for analysts, from the log itself.
//!
//! It never publishes, and holds no state that another replica would miss.

pub mod app;
pub mod cache;
pub mod config;
mod csv;
mod cursor;
pub mod docs;
mod embed;
mod error;
mod etag;
mod extract;
mod feed;
mod judges;
mod live;
mod metrics;
mod page;
pub mod positions;
mod queries;
mod queue;
pub mod read;
#[cfg(test)]
mod testing;

pub use app::{App, PROCESS, StartError, openapi, router, start};
pub use config::Config;
