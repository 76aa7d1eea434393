//! What a projection is: one pure fold over rows and events, the same for live reading, rebuilding and verifying.
//!
//! ```text
//!             keys()        Rows::load        fold()         Rows::upsert (live)  or  Rows::spill (building)
//!   events ──────────► keys ──────────► rows ───────► rows' ──────────────────────────────────────────────► tables
//! ```
//!
//! A projection names the rows an event touches ([`Projection::keys`]) and changes them ([`Projection::fold`]); its rows
//! know their SQL ([`crate::rows`]). Everything else (reading, transactions, checkpoints, retries, parking, metrics) is the
//! runner's, which sees projections as [`AnyProjection`].

use crate::rows::Rows;
use async_trait::async_trait;
use events::{EventType, Family, Recorded};
use sqlx::PgConnection;

/// An event contradicts the rows; parks the event's key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct FoldError(pub String);

/// A read model. No I/O and no clock in here: what comes out depends on the events alone.
pub trait Projection: Send + Sync + 'static {
    /// Checkpoint key, schema prefix and metric label: never renamed.
    const NAME: &'static str;
    /// One more = built beside the live version, caught up, swapped.
    const VERSION: u32;
    /// All of one stream: account events (IDENTITY) or facts.
    const HANDLES: &'static [EventType];
    type Rows: Rows;

    /// Says to `rows` which of them `event` touches.
    fn keys(rows: &mut Self::Rows, event: &Recorded);

    /// Applies `event`. An event that had its effect already changes nothing.
    fn fold(rows: &mut Self::Rows, event: &Recorded) -> Result<(), FoldError>;
}

/// A projection of whatever type, with the rows it has in hand.
#[async_trait]
pub trait AnyProjection: Send + Sync {
    /// Loads the rows these events touch, unless they are in hand.
    async fn load(&mut self, db: &mut PgConnection, events: &[&Recorded]) -> sqlx::Result<()>;
    fn fold(&mut self, event: &Recorded) -> Result<(), FoldError>;
    /// Writes what changed: the live way.
    async fn upsert(&mut self, db: &mut PgConnection) -> sqlx::Result<()>;
    /// See [`Rows::start_empty`].
    fn start_empty(&mut self);
    /// See [`Rows::spill`].
    async fn spill(&mut self, db: &mut PgConnection) -> sqlx::Result<()>;
    /// See [`Rows::flush`].
    async fn flush(&mut self, db: &mut PgConnection) -> sqlx::Result<bool>;
    /// See [`Rows::settle`].
    async fn settle(&mut self, db: &mut PgConnection) -> sqlx::Result<()>;
    /// See [`Rows::keep_first`].
    async fn keep_first(&mut self, db: &mut PgConnection) -> sqlx::Result<()>;
    /// Lets go of all rows in hand: the tables may hold something else.
    fn forget(&mut self);
}

struct InHand<P: Projection>(P::Rows);

#[async_trait]
impl<P: Projection> AnyProjection for InHand<P> {
    async fn load(&mut self, db: &mut PgConnection, events: &[&Recorded]) -> sqlx::Result<()> {
        for event in events {
            P::keys(&mut self.0, event);
        }
        self.0.load(db).await
    }

    fn fold(&mut self, event: &Recorded) -> Result<(), FoldError> {
        P::fold(&mut self.0, event)
    }

    async fn upsert(&mut self, db: &mut PgConnection) -> sqlx::Result<()> {
        self.0.upsert(db).await
    }

    fn start_empty(&mut self) {
        self.0 = P::Rows::default();
        self.0.start_empty();
    }

    async fn spill(&mut self, db: &mut PgConnection) -> sqlx::Result<()> {
        self.0.spill(db).await
    }

    async fn flush(&mut self, db: &mut PgConnection) -> sqlx::Result<bool> {
        self.0.flush(db).await
    }

    async fn settle(&mut self, db: &mut PgConnection) -> sqlx::Result<()> {
        self.0.settle(db).await
    }

    async fn keep_first(&mut self, db: &mut PgConnection) -> sqlx::Result<()> {
        self.0.keep_first(db).await
    }

    fn forget(&mut self) {
        self.0 = P::Rows::default();
    }
}

/// One line of the registry.
#[derive(Clone, Copy)]
pub struct Registered {
    pub name: &'static str,
    pub version: u32,
    pub handles: &'static [EventType],
    /// See [`Rows::KEYLESS`].
    pub keyless: &'static [&'static str],
    /// See [`Rows::ORDER_OF_APPLICATION`].
    pub order_of_application: &'static [(&'static str, &'static str)],
    make: fn() -> Box<dyn AnyProjection>,
}

impl Registered {
    pub const fn of<P: Projection>() -> Self {
        Self {
            name: P::NAME,
            version: P::VERSION,
            handles: P::HANDLES,
            keyless: P::Rows::KEYLESS,
            order_of_application: P::Rows::ORDER_OF_APPLICATION,
            make: || Box::new(InHand::<P>(P::Rows::default())),
        }
    }

    pub fn make(&self) -> Box<dyn AnyProjection> {
        (self.make)()
    }

    pub fn schema(&self) -> String {
        format!("{}_v{}", self.name, self.version)
    }

    /// Whether it reads IDENTITY; else FACTS.
    pub fn is_personal(&self) -> bool {
        self.handles.iter().any(|handled| handled.family == Family::Account)
    }

    pub fn handles(&self, event_type: &str) -> bool {
        self.handles.iter().any(|handled| handled.name == event_type)
    }
}

impl std::fmt::Debug for Registered {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} v{}", self.name, self.version)
    }
}
