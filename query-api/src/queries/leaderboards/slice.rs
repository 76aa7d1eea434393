//! Parts of a board out of `board_totals`: the same order, the same figures as Redis has them.

use crate::cache::{Ask, Place, Slice, Standings};
use crate::error::QueryError;
use events::LearnerId;
use sqlx::PgConnection;
use uuid::Uuid;

/// One board's rows.
#[derive(Debug, Clone, Copy)]
pub struct Totals<'a> {
    pub scope: &'a str,
    pub window_at: &'a str,
}

struct Row {
    learner_id: Uuid,
    score: i64,
}

impl From<Row> for Place {
    fn from(row: Row) -> Self {
        Place { learner_id: LearnerId(row.learner_id), score: row.score }
    }
}

impl Totals<'_> {
    pub async fn slice(self, connection: &mut PgConnection, ask: Ask) -> Result<Slice, QueryError> {
        let mut size = None;
        let places = match ask {
            Ask::After { place, count } => self.after(connection, place, count).await?,
            Ask::Around { learner_id, radius } => {
                size = Some(self.size(connection).await?);
                match self.find(connection, learner_id).await? {
                    None => Vec::new(),
                    Some(centre) => {
                        let mut places = self.before(connection, centre, radius).await?;
                        places.reverse();
                        places.push(centre);
                        places.extend(self.after(connection, Some(centre), radius).await?);
                        places
                    }
                }
            }
        };
        let (greater, at_least) = match places.first() {
            Some(first) => self.count(connection, first.score).await?,
            None => (0, 0),
        };
        Ok(Slice { places, greater, at_least, size })
    }

    pub async fn standings(
        self,
        connection: &mut PgConnection,
        learners: &[LearnerId],
    ) -> Result<Standings, QueryError> {
        let mut standings = Standings { places: Vec::new(), size: self.size(connection).await? };
        for learner in learners {
            if let Some(place) = self.find(connection, *learner).await? {
                let (greater, _) = self.count(connection, place.score).await?;
                standings.places.push((place, greater));
            }
        }
        Ok(standings)
    }

    async fn find(
        self,
        connection: &mut PgConnection,
        learner: LearnerId,
    ) -> Result<Option<Place>, QueryError> {
        let row = sqlx::query_as!(
            Row,
            "SELECT learner_id, score FROM board_totals WHERE scope = $1 AND window_at = $2 AND learner_id = $3",
            self.scope,
            self.window_at,
            learner.0
        )
        .fetch_optional(connection)
        .await?;
        Ok(row.map(Into::into))
    }

    /// Those behind a place, or the first.
    async fn after(
        self,
        connection: &mut PgConnection,
        place: Option<Place>,
        count: usize,
    ) -> Result<Vec<Place>, QueryError> {
        let place = place.unwrap_or(Place { score: i64::MAX, learner_id: LearnerId(Uuid::nil()) });
        let rows = sqlx::query_as!(
            Row,
            "SELECT learner_id, score FROM board_totals
             WHERE scope = $1 AND window_at = $2 AND score <= $3 AND (score < $3 OR learner_id > $4)
             ORDER BY score DESC, learner_id LIMIT $5",
            self.scope,
            self.window_at,
            place.score,
            place.learner_id.0,
            i64::try_from(count).unwrap_or(i64::MAX)
        )
        .fetch_all(connection)
        .await?;
        Ok(rows.into_iter().map(Into::into).collect())
    }

    /// Nearest first.
    async fn before(
        self,
        connection: &mut PgConnection,
        place: Place,
        count: usize,
    ) -> Result<Vec<Place>, QueryError> {
        let rows = sqlx::query_as!(
            Row,
            "SELECT learner_id, score FROM board_totals
             WHERE scope = $1 AND window_at = $2 AND score >= $3 AND (score > $3 OR learner_id < $4)
             ORDER BY score, learner_id DESC LIMIT $5",
            self.scope,
            self.window_at,
            place.score,
            place.learner_id.0,
            i64::try_from(count).unwrap_or(i64::MAX)
        )
        .fetch_all(connection)
        .await?;
        Ok(rows.into_iter().map(Into::into).collect())
    }

    /// How many scores are greater than this one, and how many are greater or equal.
    async fn count(self, connection: &mut PgConnection, score: i64) -> Result<(u64, u64), QueryError> {
        let counted = sqlx::query!(
            r#"SELECT count(*) FILTER (WHERE score > $3) AS "greater!", count(*) AS "at_least!"
               FROM board_totals WHERE scope = $1 AND window_at = $2 AND score >= $3"#,
            self.scope,
            self.window_at,
            score
        )
        .fetch_one(connection)
        .await?;
        Ok((counted.greater.unsigned_abs(), counted.at_least.unsigned_abs()))
    }

    async fn size(self, connection: &mut PgConnection) -> Result<u64, QueryError> {
        let size = sqlx::query_scalar!(
            r#"SELECT count(*) AS "size!" FROM board_totals WHERE scope = $1 AND window_at = $2"#,
            self.scope,
            self.window_at
        )
        .fetch_one(connection)
        .await?;
        Ok(size.unsigned_abs())
    }
}
