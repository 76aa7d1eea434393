//! The catalogue as it stands. Serves `GET /v1/exercises[/{slug}]`.

use crate::projection::{FoldError, Projection};
use crate::rows::{Copies, Json, Row, Table, column, int};
use chrono::{DateTime, Utc};
use events::exercise::{EXERCISE_ARCHIVED, EXERCISE_CREATED, EXERCISE_PUBLISHED, EXERCISE_REVISED, Exercise};
use events::{Event, EventType, Recorded};
use sqlx::PgConnection;
use uuid::Uuid;

pub struct Exercises;

impl Projection for Exercises {
    const NAME: &'static str = "exercises";
    const VERSION: u32 = 1;
    const HANDLES: &'static [EventType] =
        &[EXERCISE_CREATED, EXERCISE_REVISED, EXERCISE_PUBLISHED, EXERCISE_ARCHIVED];
    type Rows = Table<ExerciseRow>;

    fn keys(rows: &mut Self::Rows, event: &Recorded) {
        if let Event::Exercise(event) = &event.event {
            rows.want(event.exercise().exercise_id.0);
        }
    }

    fn fold(rows: &mut Self::Rows, event: &Recorded) -> Result<(), FoldError> {
        let Event::Exercise(change) = &event.event else { return Ok(()) };
        let exercise = change.exercise();
        let key = exercise.exercise_id.0;
        let revision = int(exercise.revision)?;
        let known = rows.get(key);
        if known.is_some_and(|known| known.revision >= revision) {
            return Ok(()); // Every change raises the revision: this one is known.
        }
        let created_at = known.map_or(event.time, |known| known.created_at);
        rows.put(ExerciseRow::of(exercise, created_at, event.time)?);
        Ok(())
    }
}

#[derive(Debug, Clone, PartialEq)]
pub struct ExerciseRow {
    exercise_id: Uuid,
    slug: String,
    revision: i32,
    status: String,
    title: String,
    statement: String,
    category: String,
    difficulty: String,
    points: i32,
    languages: Vec<String>,
    cpu_ms: i32,
    memory_kib: i32,
    output_kib: i32,
    /// JSON.
    samples: String,
    package_digest: String,
    author_id: Uuid,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

impl ExerciseRow {
    fn of(
        exercise: &Exercise,
        created_at: DateTime<Utc>,
        updated_at: DateTime<Utc>,
    ) -> Result<Self, FoldError> {
        Ok(Self {
            exercise_id: exercise.exercise_id.0,
            slug: exercise.slug.clone(),
            revision: int(exercise.revision)?,
            status: exercise.status.name().to_owned(),
            title: exercise.title.clone(),
            statement: exercise.statement.clone(),
            category: exercise.category.clone(),
            difficulty: exercise.difficulty.name().to_owned(),
            points: int(exercise.points)?,
            languages: exercise.languages.iter().cloned().collect(),
            cpu_ms: int(exercise.limits.cpu_ms)?,
            memory_kib: int(exercise.limits.memory_kib)?,
            output_kib: int(exercise.limits.output_kib)?,
            samples: serde_json::to_string(&exercise.samples)
                .map_err(|error| FoldError(error.to_string()))?,
            package_digest: exercise.package_digest.clone(),
            author_id: exercise.author_id.0,
            created_at,
            updated_at,
        })
    }
}

impl Row for ExerciseRow {
    type Key = Uuid;

    fn key(&self) -> Uuid {
        self.exercise_id
    }

    async fn load(db: &mut PgConnection, keys: &[Uuid]) -> sqlx::Result<Vec<Self>> {
        sqlx::query_as!(
            ExerciseRow,
            r#"SELECT exercise_id, slug, revision, status, title, statement, category, difficulty, points, languages,
                      cpu_ms, memory_kib, output_kib, samples::text AS "samples!", package_digest, author_id,
                      created_at, updated_at
               FROM exercises WHERE exercise_id = ANY($1)"#,
            keys
        )
        .fetch_all(db)
        .await
    }

    async fn upsert(db: &mut PgConnection, rows: &[&Self]) -> sqlx::Result<()> {
        sqlx::query!(
            "INSERT INTO exercises
             SELECT exercise_id, slug, revision, status, title, statement, category, difficulty, points,
                    string_to_array(languages, ','), cpu_ms, memory_kib, output_kib, samples::jsonb, package_digest,
                    author_id, created_at, updated_at
             FROM UNNEST($1::uuid[], $2::text[], $3::int[], $4::text[], $5::text[], $6::text[], $7::text[],
                         $8::text[], $9::int[], $10::text[], $11::int[], $12::int[], $13::int[], $14::text[],
                         $15::text[], $16::uuid[], $17::timestamptz[], $18::timestamptz[])
               AS changed (exercise_id, slug, revision, status, title, statement, category, difficulty, points,
                    languages, cpu_ms, memory_kib, output_kib, samples, package_digest, author_id, created_at,
                    updated_at)
             ON CONFLICT (exercise_id) DO UPDATE SET
                 revision = excluded.revision, status = excluded.status, title = excluded.title,
                 statement = excluded.statement, category = excluded.category, difficulty = excluded.difficulty,
                 points = excluded.points, languages = excluded.languages, cpu_ms = excluded.cpu_ms,
                 memory_kib = excluded.memory_kib, output_kib = excluded.output_kib, samples = excluded.samples,
                 package_digest = excluded.package_digest, author_id = excluded.author_id,
                 updated_at = excluded.updated_at",
            &column(rows, |row| row.exercise_id),
            &column(rows, |row| row.slug.clone()),
            &column(rows, |row| row.revision),
            &column(rows, |row| row.status.clone()),
            &column(rows, |row| row.title.clone()),
            &column(rows, |row| row.statement.clone()),
            &column(rows, |row| row.category.clone()),
            &column(rows, |row| row.difficulty.clone()),
            &column(rows, |row| row.points),
            &column(rows, |row| row.languages.join(",")),
            &column(rows, |row| row.cpu_ms),
            &column(rows, |row| row.memory_kib),
            &column(rows, |row| row.output_kib),
            &column(rows, |row| row.samples.clone()),
            &column(rows, |row| row.package_digest.clone()),
            &column(rows, |row| row.author_id),
            &column(rows, |row| row.created_at),
            &column(rows, |row| row.updated_at),
        )
        .execute(db)
        .await?;
        Ok(())
    }

    fn copy(&self, to: &mut Copies) {
        to.line(
            "exercises (exercise_id, slug, revision, status, title, statement, category, difficulty, points, languages, \
             cpu_ms, memory_kib, output_kib, samples, package_digest, author_id, created_at, updated_at)",
        )
        .value(self.exercise_id)
        .value(&self.slug)
        .value(self.revision)
        .value(&self.status)
        .value(&self.title)
        .value(&self.statement)
        .value(&self.category)
        .value(&self.difficulty)
        .value(self.points)
        .value(self.languages.as_slice())
        .value(self.cpu_ms)
        .value(self.memory_kib)
        .value(self.output_kib)
        .value(Json(&self.samples))
        .value(&self.package_digest)
        .value(self.author_id)
        .value(self.created_at)
        .value(self.updated_at);
    }
}
