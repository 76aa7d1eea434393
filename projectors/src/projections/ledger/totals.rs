//! `board_totals`: what the ledger sums up to. Sums need no loading, they are added where they stand.
//!
//! `reached_at` is when the last of the submissions was accepted that the points are of. Points that come only ever move it
//! forward; where a submission lost its points it is looked up in the ledger again.

use super::rows::{best_board, boards};
use super::tables::{Best, Entry};
use crate::rows::column;
use chrono::{DateTime, Utc};
use events::board::{EPOCH_SECONDS, Scope, Window};
use sqlx::PgConnection;
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// (scope, window, learner)
type Key = (String, String, Uuid);
/// When a window begins and ends; `None`: that of all time.
type Bounds = Option<(DateTime<Utc>, DateTime<Utc>)>;

#[derive(Default)]
pub struct Totals {
    /// A build makes the totals out of the whole ledger, in the end.
    building: bool,
    additions: BTreeMap<Key, Addition>,
    /// Where a submission lost all its points, and the bounds of the window.
    lost: BTreeMap<Key, Bounds>,
    /// By exercise and learner. No points: no place.
    bests: BTreeMap<(Uuid, Uuid), Standing>,
    /// By learner and cohort: whether one is a member of the other.
    members: BTreeMap<(Uuid, Uuid), bool>,
}

struct Addition {
    points: i64,
    reached_at: DateTime<Utc>,
}

struct Standing {
    points: i64,
    cpu_ms: i64,
    reached_at: DateTime<Utc>,
}

impl Totals {
    pub fn start_empty(&mut self) {
        self.building = true;
    }

    /// `lost`: the entry's submission has no points any more.
    pub fn add(&mut self, entry: &Entry, lost: bool) {
        if self.building {
            return;
        }
        // Earlier than any time: what takes points away reaches none.
        let never = DateTime::from_timestamp(EPOCH_SECONDS, 0).unwrap_or_default();
        let reached_at = if entry.points > 0 { entry.effective_at } else { never };
        for (scope, window_at) in boards(&entry.category, &entry.language, entry.effective_at) {
            let key = (scope.to_string(), window_at, entry.learner_id);
            if lost {
                let window = Window::ALL.into_iter().find(|window| window.at(entry.effective_at) == key.1);
                let span = window.and_then(|window| window.span(entry.effective_at));
                self.lost.insert(key.clone(), span.map(|span| (span.start, span.end)));
            }
            let addition = self.additions.entry(key).or_insert(Addition { points: 0, reached_at });
            addition.points += i64::from(entry.points);
            addition.reached_at = addition.reached_at.max(reached_at);
        }
    }

    pub fn best(&mut self, best: &Best) {
        if self.building {
            return;
        }
        let standing = Standing {
            points: i64::from(best.points),
            cpu_ms: i64::from(best.cpu_ms.unwrap_or(i32::MAX)),
            reached_at: best.effective_at,
        };
        self.bests.insert((best.exercise_id, best.learner_id), standing);
    }

    pub fn came_or_left(&mut self, learner_id: Uuid, cohort_id: Uuid, is_member: bool) {
        if !self.building {
            self.members.insert((learner_id, cohort_id), is_member);
        }
    }

    /// Writes what the batch changed; the ledger's rows of it are there already.
    pub async fn write(&mut self, db: &mut PgConnection) -> sqlx::Result<()> {
        let additions = std::mem::take(&mut self.additions);
        let lost = std::mem::take(&mut self.lost);
        if !additions.is_empty() {
            add(db, &additions.iter().collect::<Vec<_>>()).await?;
        }
        if !lost.is_empty() {
            look_up_again(db, &lost.iter().collect::<Vec<_>>()).await?;
            remove_empty(db, &lost.keys().collect::<Vec<_>>()).await?;
        }
        let bests = std::mem::take(&mut self.bests);
        if !bests.is_empty() {
            write_bests(db, &bests.iter().collect::<Vec<_>>()).await?;
        }
        let global = Scope::Global.to_string();
        let touched: BTreeSet<(Uuid, &str)> = additions
            .keys()
            .filter(|(scope, ..)| *scope == global)
            .map(|(_, window_at, learner_id)| (*learner_id, window_at.as_str()))
            .collect();
        if !touched.is_empty() {
            copy_to_cohorts(db, &touched.iter().collect::<Vec<_>>(), !lost.is_empty()).await?;
        }
        let members = std::mem::take(&mut self.members);
        if !members.is_empty() {
            come_and_leave(db, &members.iter().collect::<Vec<_>>()).await?;
        }
        Ok(())
    }

    /// All totals, out of all the ledger: at a build's end.
    pub async fn settle(&mut self, db: &mut PgConnection) -> sqlx::Result<()> {
        self.building = false;
        let statements = [
            // By day first: there are fewer of those than steps, and the windows' names are made for each.
            "INSERT INTO board_totals
             SELECT scope, window_at, learner_id, sum(points), max(reached_at),
                    public.board_score(sum(points)::bigint, public.board_seconds(max(reached_at)))
             FROM (SELECT CASE WHEN grouping(category) = 0 THEN 'category:' || category
                               WHEN grouping(language) = 0 THEN 'language:' || language ELSE 'global' END AS scope,
                          learner_id, sum(points) AS points, max(effective_at) AS reached_at
                   FROM (SELECT learner_id, category, language, effective_at, sum(points) AS points FROM ledger
                         GROUP BY submission_id, learner_id, category, language, effective_at HAVING sum(points) > 0)
                        AS steps,
                        LATERAL (SELECT (effective_at AT TIME ZONE 'UTC')::date AS day) AS days
                   GROUP BY GROUPING SETS ((learner_id, day), (learner_id, day, category), (learner_id, day, language)))
                  AS days,
                  LATERAL unnest(public.board_windows(reached_at)) AS windows (window_at)
             GROUP BY scope, window_at, learner_id",
            "INSERT INTO board_totals
             SELECT 'exercise:' || exercise_id, 'all', learner_id, points, effective_at,
                    public.board_score(points, coalesce(cpu_ms, 2147483647))
             FROM (SELECT DISTINCT ON (exercise_id, learner_id) * FROM board_bests
                   ORDER BY exercise_id, learner_id, no DESC) AS bests WHERE points > 0",
            "INSERT INTO board_totals
             SELECT 'cohort:' || cohort_id, window_at, learner_id, points, reached_at, score
             FROM board_members JOIN board_totals USING (learner_id) WHERE is_in = 1 AND scope = 'global'",
        ];
        for statement in statements {
            sqlx::query(statement).execute(&mut *db).await?;
        }
        Ok(())
    }
}

async fn add(db: &mut PgConnection, additions: &[(&Key, &Addition)]) -> sqlx::Result<()> {
    let additions: Vec<&(&Key, &Addition)> = additions.iter().collect();
    sqlx::query!(
        "INSERT INTO board_totals AS known (scope, window_at, learner_id, points, reached_at, score)
         SELECT scope, window_at, learner_id, points, reached_at,
                public.board_score(points, public.board_seconds(reached_at))
         FROM UNNEST($1::text[], $2::text[], $3::uuid[], $4::bigint[], $5::timestamptz[])
           AS addition (scope, window_at, learner_id, points, reached_at)
         ON CONFLICT (scope, window_at, learner_id) DO UPDATE SET
             points = known.points + excluded.points,
             reached_at = greatest(known.reached_at, excluded.reached_at),
             score = public.board_score(known.points + excluded.points,
                                        public.board_seconds(greatest(known.reached_at, excluded.reached_at)))",
        &column(&additions, |(key, _)| key.0.clone()),
        &column(&additions, |(key, _)| key.1.clone()),
        &column(&additions, |(key, _)| key.2),
        &column(&additions, |(_, addition)| addition.points),
        &column(&additions, |(_, addition)| addition.reached_at),
    )
    .execute(db)
    .await?;
    Ok(())
}

/// When the points of these totals were reached, from the submissions that still have some.
async fn look_up_again(db: &mut PgConnection, lost: &[(&Key, &Bounds)]) -> sqlx::Result<()> {
    let lost: Vec<_> = lost.iter().collect();
    sqlx::query!(
        "UPDATE board_totals AS known SET
             reached_at = found.reached_at,
             score = public.board_score(known.points, public.board_seconds(found.reached_at))
         FROM UNNEST($1::text[], $2::text[], $3::uuid[], $4::timestamptz[], $5::timestamptz[])
                AS lost (scope, window_at, learner_id, begins_at, ends_at),
              LATERAL (
                 SELECT max(effective_at) AS reached_at FROM (
                     SELECT effective_at FROM ledger
                     WHERE ledger.learner_id = lost.learner_id
                       AND lost.scope IN ('global', 'category:' || category, 'language:' || language)
                       AND (lost.begins_at IS NULL OR effective_at >= lost.begins_at)
                       AND (lost.ends_at IS NULL OR effective_at < lost.ends_at)
                     GROUP BY submission_id, effective_at HAVING sum(points) > 0
                 ) AS steps
              ) AS found
         WHERE known.scope = lost.scope AND known.window_at = lost.window_at AND known.learner_id = lost.learner_id
           AND found.reached_at IS NOT NULL",
        &column(&lost, |(key, _)| key.0.clone()),
        &column(&lost, |(key, _)| key.1.clone()),
        &column(&lost, |(key, _)| key.2),
        &column(&lost, |(_, span)| span.map(|(begins_at, _)| begins_at)) as &[Option<DateTime<Utc>>],
        &column(&lost, |(_, span)| span.map(|(_, ends_at)| ends_at)) as &[Option<DateTime<Utc>>],
    )
    .execute(db)
    .await?;
    Ok(())
}

async fn remove_empty(db: &mut PgConnection, keys: &[&Key]) -> sqlx::Result<()> {
    sqlx::query!(
        "DELETE FROM board_totals AS known
         USING UNNEST($1::text[], $2::text[], $3::uuid[]) AS lost (scope, window_at, learner_id)
         WHERE known.scope = lost.scope AND known.window_at = lost.window_at AND known.learner_id = lost.learner_id
           AND known.points <= 0",
        &column(keys, |key| key.0.clone()),
        &column(keys, |key| key.1.clone()),
        &column(keys, |key| key.2),
    )
    .execute(db)
    .await?;
    Ok(())
}

async fn write_bests(db: &mut PgConnection, bests: &[(&(Uuid, Uuid), &Standing)]) -> sqlx::Result<()> {
    let scope = |exercise_id: Uuid| best_board(exercise_id).0.to_string();
    let all = best_board(Uuid::nil()).1;
    let (there, gone): (Vec<_>, Vec<_>) = bests.iter().partition(|(_, standing)| standing.points > 0);
    sqlx::query!(
        "DELETE FROM board_totals AS known USING UNNEST($1::text[], $2::uuid[]) AS gone (scope, learner_id)
         WHERE known.scope = gone.scope AND known.window_at = $3 AND known.learner_id = gone.learner_id",
        &column(&gone, |(key, _)| scope(key.0)),
        &column(&gone, |(key, _)| key.1),
        all
    )
    .execute(&mut *db)
    .await?;
    sqlx::query!(
        "INSERT INTO board_totals (scope, window_at, learner_id, points, reached_at, score)
         SELECT scope, $6, learner_id, points, reached_at, public.board_score(points, cpu_ms)
         FROM UNNEST($1::text[], $2::uuid[], $3::bigint[], $4::bigint[], $5::timestamptz[])
           AS best (scope, learner_id, points, cpu_ms, reached_at)
         ON CONFLICT (scope, window_at, learner_id) DO UPDATE SET
             points = excluded.points, reached_at = excluded.reached_at, score = excluded.score",
        &column(&there, |(key, _)| scope(key.0)),
        &column(&there, |(key, _)| key.1),
        &column(&there, |(_, standing)| standing.points),
        &column(&there, |(_, standing)| standing.cpu_ms),
        &column(&there, |(_, standing)| standing.reached_at),
        all
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Gives the cohorts of these learners what the global boards have of them in these windows. `lost`: some may have nothing
/// there any more.
async fn copy_to_cohorts(db: &mut PgConnection, touched: &[&(Uuid, &str)], lost: bool) -> sqlx::Result<()> {
    let learners = column(touched, |(learner_id, _)| *learner_id);
    let windows = column(touched, |(_, window_at)| (*window_at).to_owned());
    if lost {
        sqlx::query!(
            "DELETE FROM board_totals AS known
             USING UNNEST($1::uuid[], $2::text[]) AS touched (learner_id, window_at)
               JOIN board_members AS at ON at.learner_id = touched.learner_id
             WHERE known.scope = 'cohort:' || at.cohort_id AND known.window_at = touched.window_at
               AND known.learner_id = touched.learner_id
               AND NOT EXISTS (SELECT FROM board_totals AS source WHERE source.scope = 'global'
                               AND source.window_at = touched.window_at AND source.learner_id = touched.learner_id)",
            &learners,
            &windows,
        )
        .execute(&mut *db)
        .await?;
    }
    sqlx::query!(
        // LATERAL and OFFSET 0: look-ups by key, whatever the planner believes about the tables' sizes. Otherwise it may
        // begin with the whole global board.
        "INSERT INTO board_totals (scope, window_at, learner_id, points, reached_at, score)
         SELECT 'cohort:' || at.cohort_id, touched.window_at, touched.learner_id, points, reached_at, score
         FROM UNNEST($1::uuid[], $2::text[]) AS touched (learner_id, window_at), LATERAL (
             SELECT cohort_id FROM board_members
             WHERE board_members.learner_id = touched.learner_id AND is_in = 1 OFFSET 0
         ) AS at, LATERAL (
             SELECT points, reached_at, score FROM board_totals
             WHERE scope = 'global' AND board_totals.window_at = touched.window_at
               AND board_totals.learner_id = touched.learner_id OFFSET 0
         ) AS source
         ON CONFLICT (scope, window_at, learner_id) DO UPDATE SET
             points = excluded.points, reached_at = excluded.reached_at, score = excluded.score",
        &learners,
        &windows,
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Whoever joined a cohort brings their totals of every window, whoever left takes them along.
async fn come_and_leave(db: &mut PgConnection, members: &[(&(Uuid, Uuid), &bool)]) -> sqlx::Result<()> {
    let (joined, left): (Vec<_>, Vec<_>) = members.iter().partition(|(_, is_member)| **is_member);
    // In which windows a learner ever had points is in the ledger.
    sqlx::query!(
        "DELETE FROM board_totals AS known
         USING UNNEST($1::uuid[], $2::uuid[]) AS gone (learner_id, cohort_id),
           LATERAL (SELECT DISTINCT unnest(public.board_windows(effective_at)) AS window_at FROM ledger
                    WHERE ledger.learner_id = gone.learner_id) AS windows
         WHERE known.scope = 'cohort:' || gone.cohort_id AND known.window_at = windows.window_at
           AND known.learner_id = gone.learner_id",
        &column(&left, |(key, _)| key.0),
        &column(&left, |(key, _)| key.1),
    )
    .execute(&mut *db)
    .await?;
    sqlx::query!(
        "INSERT INTO board_totals (scope, window_at, learner_id, points, reached_at, score)
         SELECT 'cohort:' || new.cohort_id, source.window_at, source.learner_id, points, reached_at, score
         FROM UNNEST($1::uuid[], $2::uuid[]) AS new (learner_id, cohort_id),
           LATERAL (SELECT DISTINCT unnest(public.board_windows(effective_at)) AS window_at FROM ledger
                    WHERE ledger.learner_id = new.learner_id) AS windows,
           LATERAL (SELECT * FROM board_totals AS source WHERE source.scope = 'global'
                    AND source.window_at = windows.window_at AND source.learner_id = new.learner_id) AS source
         ON CONFLICT (scope, window_at, learner_id) DO UPDATE SET
             points = excluded.points, reached_at = excluded.reached_at, score = excluded.score",
        &column(&joined, |(key, _)| key.0),
        &column(&joined, |(key, _)| key.1),
    )
    .execute(db)
    .await?;
    Ok(())
}
