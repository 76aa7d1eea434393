//! Slices of a board out of `board_totals`: the same order, the same figures as Redis has them.

use crate::cache::{Ask, Place, Slice};
use crate::error::QueryError;
use chrono::{DateTime, TimeDelta, Utc};
use events::LearnerId;
use events::board::{self, POINTS_MAX};
use sqlx::PgConnection;
use uuid::Uuid;

/// A place as `board_totals` orders it: points, and the whole second in which they were reached.
#[derive(Debug, Clone, Copy)]
struct Spot {
    points: i64,
    second: DateTime<Utc>,
    learner_id: Uuid,
}

impl Spot {
    /// Before every place there can be.
    const START: Spot =
        Spot { points: POINTS_MAX + 1, second: DateTime::UNIX_EPOCH, learner_id: Uuid::nil() };

    fn of(place: Place) -> Option<Self> {
        let second = board::reached_at_of(place.score)?;
        Some(Self { points: board::points_of(place.score), second, learner_id: place.learner_id.0 })
    }

    fn place(self) -> Result<Place, QueryError> {
        let score = board::score(self.points, self.second)
            .map_err(|error| QueryError::Malformed { what: "a board's total", source: error.into() })?;
        Ok(Place { score, learner_id: LearnerId(self.learner_id) })
    }

    fn next_second(self) -> DateTime<Utc> {
        self.second + TimeDelta::seconds(1)
    }
}

/// One board's rows.
#[derive(Debug, Clone, Copy)]
pub struct Totals<'a> {
    pub scope: &'a str,
    pub window_at: &'a str,
}

impl Totals<'_> {
    pub async fn slice(self, connection: &mut PgConnection, ask: Ask) -> Result<Slice, QueryError> {
        let spots = match ask {
            Ask::After { place, count } => {
                // A score that no time belongs to is one that no board has: its place is before the first.
                let start = place.and_then(Spot::of).unwrap_or(Spot::START);
                self.after(connection, start, count).await?
            }
            Ask::Around { learner_id, radius } => match self.find(connection, learner_id).await? {
                None => Vec::new(),
                Some(centre) => {
                    let mut spots = self.before(connection, centre, radius).await?;
                    spots.reverse();
                    spots.push(centre);
                    spots.extend(self.after(connection, centre, radius).await?);
                    spots
                }
            },
        };
        let (greater, at_least) = match spots.first() {
            Some(first) => self.count(connection, *first).await?,
            None => (0, 0),
        };
        let places = spots.into_iter().map(Spot::place).collect::<Result<_, _>>()?;
        Ok(Slice { places, greater, at_least })
    }

    async fn find(
        self,
        connection: &mut PgConnection,
        learner: LearnerId,
    ) -> Result<Option<Spot>, QueryError> {
        let spot = sqlx::query_as!(
            Spot,
            r#"SELECT points, date_trunc('second', reached_at) AS "second!", learner_id FROM board_totals
               WHERE scope = $1 AND window_at = $2 AND learner_id = $3"#,
            self.scope,
            self.window_at,
            learner.0
        )
        .fetch_optional(connection)
        .await?;
        Ok(spot.filter(|spot| spot.points > 0))
    }

    async fn after(
        self,
        connection: &mut PgConnection,
        spot: Spot,
        count: usize,
    ) -> Result<Vec<Spot>, QueryError> {
        let spots = sqlx::query_as!(
            Spot,
            r#"SELECT points, date_trunc('second', reached_at) AS "second!", learner_id FROM board_totals
               WHERE scope = $1 AND window_at = $2 AND points > 0 AND points <= $3
                 AND NOT (points = $3 AND (reached_at < $4 OR (reached_at < $5 AND learner_id <= $6)))
               ORDER BY points DESC, date_trunc('second', reached_at), learner_id LIMIT $7"#,
            self.scope,
            self.window_at,
            spot.points,
            spot.second,
            spot.next_second(),
            spot.learner_id,
            i64::try_from(count).unwrap_or(i64::MAX)
        )
        .fetch_all(connection)
        .await?;
        Ok(spots)
    }

    /// Nearest first.
    async fn before(
        self,
        connection: &mut PgConnection,
        spot: Spot,
        count: usize,
    ) -> Result<Vec<Spot>, QueryError> {
        let spots = sqlx::query_as!(
            Spot,
            r#"SELECT points, date_trunc('second', reached_at) AS "second!", learner_id FROM board_totals
               WHERE scope = $1 AND window_at = $2 AND points > 0 AND points >= $3
                 AND NOT (points = $3 AND (reached_at >= $5 OR (reached_at >= $4 AND learner_id >= $6)))
               ORDER BY points, date_trunc('second', reached_at) DESC, learner_id DESC LIMIT $7"#,
            self.scope,
            self.window_at,
            spot.points,
            spot.second,
            spot.next_second(),
            spot.learner_id,
            i64::try_from(count).unwrap_or(i64::MAX)
        )
        .fetch_all(connection)
        .await?;
        Ok(spots)
    }

    /// How many scores are greater than this place's, and how many are greater or equal.
    async fn count(self, connection: &mut PgConnection, spot: Spot) -> Result<(u64, u64), QueryError> {
        let counted = sqlx::query!(
            r#"SELECT count(*) FILTER (WHERE points > $3 OR reached_at < $4) AS "greater!", count(*) AS "at_least!"
               FROM board_totals
               WHERE scope = $1 AND window_at = $2 AND points > 0 AND points >= $3
                 AND (points > $3 OR reached_at < $5)"#,
            self.scope,
            self.window_at,
            spot.points,
            spot.second,
            spot.next_second()
        )
        .fetch_one(connection)
        .await?;
        Ok((counted.greater.unsigned_abs(), counted.at_least.unsigned_abs()))
    }
}
