//! Which board somebody asked for, as of when, and whether they may see it.

use super::past;
use crate::app::App;
use crate::error::{Missing, QueryError};
use crate::read::{Projection, Read};
use access::Caller;
use chrono::{DateTime, Datelike, NaiveDate, TimeDelta, Utc};
use events::account::Role;
use events::board::{KEPT_DAYS, Scope, Window};
use events::{ExerciseId, Part, Partition, Position};
use std::collections::HashSet;
use std::ops::Range;
use std::sync::Arc;
use uuid::Uuid;

/// Everything a board's answer is made from.
pub const CONCERNED: [Projection; 5] = [
    Projection::Ledger,
    Projection::Learners,
    Projection::Exercises,
    Projection::Cohorts,
    Projection::Freezes,
];

/// How often a read of the past begins anew: for its cut, for its sums, and where a redrive or rebuild came between.
const ATTEMPTS: usize = 5;

/// What a request says about time.
#[derive(Debug, Clone, Copy)]
pub struct Asked {
    pub window: Window,
    /// Which of the windows: the one that holds this instant.
    pub at: Option<DateTime<Utc>>,
    pub as_of: Option<AsOf>,
}

/// The moment from which on nothing counts.
#[derive(Debug, Clone, Copy)]
pub enum AsOf {
    Instant(DateTime<Utc>),
    Sequence(i64),
}

impl Asked {
    pub fn now(window: Window) -> Self {
        Self { window, at: None, as_of: None }
    }

    pub fn parse(
        window: Option<&str>,
        at: Option<&str>,
        as_of: Option<&str>,
        as_of_seq: Option<&str>,
    ) -> Result<Self, QueryError> {
        let window = super::window(window)?;
        let at = at.map(instant_of_window).transpose()?;
        if at.is_some() && window == Window::All {
            let why = "`at` chooses a day, week or month: `window` is expected with it.";
            return Err(QueryError::invalid("at", "at_invalid", why));
        }
        let invalid = |field, why: &str| QueryError::invalid(field, "as_of_invalid", why);
        let as_of = match (as_of, as_of_seq) {
            (Some(_), Some(_)) => {
                return Err(invalid("as_of", "Either `as_of` or `as_of_seq` is expected."));
            }
            (Some(text), None) => {
                let instant = text.parse().ok().and_then(in_range);
                let why = "A time from 1970 to 9999 is expected, as RFC 3339 has it.";
                Some(AsOf::Instant(instant.ok_or_else(|| invalid("as_of", why))?))
            }
            (None, Some(text)) => {
                let sequence = text.parse().ok().filter(|sequence| *sequence >= 0);
                let why = "A sequence of the log is expected, a whole number.";
                Some(AsOf::Sequence(sequence.ok_or_else(|| invalid("as_of_seq", why))?))
            }
            (None, None) => None,
        };
        Ok(Self { window, at, as_of })
    }
}

/// A date or a time.
fn instant_of_window(text: &str) -> Result<DateTime<Utc>, QueryError> {
    let day = || Some(text.parse::<NaiveDate>().ok()?.and_hms_opt(0, 0, 0)?.and_utc());
    let instant = text.parse().ok().or_else(day).and_then(in_range);
    instant.ok_or_else(|| {
        let why = "A date or a time from 1970 to 9999 is expected, as RFC 3339 has them.";
        QueryError::invalid("at", "at_invalid", why)
    })
}

/// PostgreSQL knows fewer years than we can read, and windows are named by four digits.
fn in_range(instant: DateTime<Utc>) -> Option<DateTime<Utc>> {
    (1970..=9999).contains(&instant.year()).then_some(instant)
}

/// One board as one caller is to see it.
#[derive(Debug, Clone)]
pub struct View {
    pub scope: Scope,
    /// The scope as it was asked for.
    pub name: String,
    pub window_at: String,
    pub span: Option<Range<DateTime<Utc>>>,
    /// What was recorded up to here counts; `None`: all.
    pub cut: Option<i64>,
    /// All places up to the cut, where there is one.
    pub past: Option<Arc<past::PastBoard>>,
    /// It stands still for this caller.
    pub frozen: Option<Frozen>,
    /// Whether Redis still has a board of this window.
    pub in_redis: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Frozen {
    pub sequence: i64,
    pub at: DateTime<Utc>,
}

impl View {
    /// The same board as it moves on.
    pub fn live(&self) -> Self {
        Self { cut: None, past: None, ..self.clone() }
    }
}

/// Who looks at a board.
#[derive(Debug, Clone, Copy)]
pub enum Viewer<'a> {
    Caller(Option<&'a Caller>),
    /// Whoever may, as was found out before, and whether they see it move while it stands still for others.
    Admitted {
        sees_live: bool,
    },
}

/// Begins the read of a board that has everything up to what it stands at, and says which board it is.
pub async fn begin(
    app: &App,
    scope: &str,
    asked: Asked,
    viewer: Viewer<'_>,
    wanted: &Position,
) -> Result<(Read, View), QueryError> {
    let mut wanted = wanted.clone();
    let mut summed_up: Option<past::Kept> = None;
    // What has to be waited for is waited for without a transaction, and everything is looked at anew afterwards.
    for _attempt in 0..ATTEMPTS {
        let mut read = app.reader.begin(&CONCERNED, &wanted).await?;
        let mut view = look(app, &mut read, scope, asked, viewer).await?;
        let Some(cut) = view.cut else { return Ok((read, view)) };
        // A cut goes through all partitions: each has to have been read up to it.
        let parts = || Partition::all().map(Part::Facts);
        let needed = u64::try_from(cut).unwrap_or_default();
        if !parts().all(|part| read.position().get(part) >= needed) {
            parts().for_each(|part| wanted.advance(part, needed));
            continue;
        }
        let moment = past::Moment::look(&mut read, past::Cut::of(&view, cut)).await?;
        view.past = match summed_up.take().filter(|(of, _)| *of == moment) {
            Some((_, board)) => Some(board),
            None => app.past_boards.kept(&moment),
        };
        if view.past.is_some() {
            return Ok((read, view));
        }
        drop(read);
        summed_up = Some(app.past_boards.sum_up(&app.reader, &wanted, &moment).await?);
    }
    Err(QueryError::Unavailable)
}

async fn look(
    app: &App,
    read: &mut Read,
    name: &str,
    asked: Asked,
    viewer: Viewer<'_>,
) -> Result<View, QueryError> {
    let scope = resolve(read, name).await?;
    if scope.is_by_cpu() && asked.window != Window::All {
        let kept = "Boards of exercises are kept for all time only: `all` is expected.";
        return Err(QueryError::invalid("window", "window_invalid", kept));
    }
    let sees_live = match viewer {
        Viewer::Caller(caller) => access(read, &scope, caller).await?,
        Viewer::Admitted { sees_live } => sees_live,
    };
    let freeze = sqlx::query!("SELECT frozen_seq, frozen_at FROM freezes WHERE board = $1", scope.key())
        .fetch_optional(read.connection())
        .await?;
    let now = app.clock.now();
    let mut cut = match asked.as_of {
        None => None,
        Some(AsOf::Sequence(sequence)) => {
            // Only a window that nobody dated goes by it.
            let dates = asked.window != Window::All && asked.at.is_none();
            let instant = if dates { past::instant_of(read.connection(), sequence).await? } else { None };
            Some((sequence, instant))
        }
        Some(AsOf::Instant(instant)) if instant > now => {
            return Err(QueryError::invalid("as_of", "as_of_invalid", "This time has not come yet."));
        }
        Some(AsOf::Instant(instant)) => {
            Some((past::sequence_at(read.connection(), instant).await?, Some(instant)))
        }
    };
    let frozen = freeze.filter(|_| !sees_live);
    let frozen = frozen.map(|freeze| Frozen { sequence: freeze.frozen_seq, at: freeze.frozen_at });
    if let Some(frozen) = frozen
        && cut.is_none_or(|(sequence, _)| sequence > frozen.sequence)
    {
        cut = Some((frozen.sequence, Some(frozen.at)));
    }
    let instant = asked.at.or(cut.and_then(|(_, instant)| instant)).unwrap_or(now);
    let span = asked.window.span(instant);
    let kept = TimeDelta::days(KEPT_DAYS - 1); // A day less: clocks differ.
    Ok(View {
        scope,
        name: name.to_owned(),
        window_at: asked.window.at(instant),
        in_redis: span.as_ref().is_none_or(|span| now < span.end + kept),
        span,
        cut: cut.map(|(sequence, _)| sequence),
        past: None,
        frozen,
    })
}

/// Whether the caller sees boards of this scope move on while they stand still for others. A cohort's boards are for its
/// members and instructors.
async fn access(read: &mut Read, scope: &Scope, caller: Option<&Caller>) -> Result<bool, QueryError> {
    let Scope::Cohort(cohort) = scope else { return Ok(caller.is_some_and(keeps_boards)) };
    let learners: Vec<Uuid> = caller.iter().map(|caller| caller.learner_id.0).collect();
    let class = Class::load(read, *cohort, &learners).await?;
    class.and_then(|class| class.shows(caller)).ok_or(QueryError::Missing(Missing::Board))
}

/// Whether somebody sees every board move that stands still for others, but those of cohorts.
pub fn keeps_boards(caller: &Caller) -> bool {
    [Role::Instructor, Role::Operator, Role::Admin].into_iter().any(|role| caller.has(role))
}

/// Who of some callers leads a cohort or belongs to it.
#[derive(Debug)]
pub struct Class {
    leads: HashSet<Uuid>,
    belongs: HashSet<Uuid>,
}

impl Class {
    /// `None`: there is no such cohort.
    pub async fn load(read: &mut Read, cohort: Uuid, learners: &[Uuid]) -> Result<Option<Self>, QueryError> {
        let found = sqlx::query!(
            r#"SELECT ARRAY(SELECT led FROM unnest(instructors::uuid[]) AS led WHERE led = ANY($2)) AS "leads!",
                 ARRAY(SELECT learner_id FROM board_members AS at
                       WHERE at.cohort_id = $1 AND at.learner_id = ANY($2) AND is_in = 1) AS "belongs!"
               FROM cohorts WHERE cohort_id = $1"#,
            cohort,
            learners
        )
        .fetch_optional(read.connection())
        .await?;
        Ok(found.map(|found| Self {
            leads: found.leads.into_iter().collect(),
            belongs: found.belongs.into_iter().collect(),
        }))
    }

    /// Whether this caller sees the cohort's boards move while they stand still for others; `None`: they see none.
    pub fn shows(&self, caller: Option<&Caller>) -> Option<bool> {
        let caller = caller?;
        let learner = &caller.learner_id.0;
        // Whoever is no instructor any more leads nothing.
        let sees_live = self.leads.contains(learner) && caller.has(Role::Instructor)
            || [Role::Operator, Role::Admin].into_iter().any(|role| caller.has(role));
        (sees_live || self.belongs.contains(learner)).then_some(sees_live)
    }
}

/// `global`, `exercise:<slug>`, `category:<name>`, `language:<name>`: those there is, or ever was, anything to solve in;
/// `cohort:<id>`.
async fn resolve(read: &mut Read, text: &str) -> Result<Scope, QueryError> {
    let unknown = || QueryError::Missing(Missing::Board);
    let (kind, name) = text.split_once(':').unwrap_or((text, ""));
    if name.contains('\0') || name.len() > 256 {
        return Err(unknown());
    }
    let exercise = ExerciseId::of_slug(name);
    let (scope, exists) = match (kind, name) {
        ("global", "") if text == "global" => return Ok(Scope::Global),
        ("cohort", _) => return name.parse::<Uuid>().map(Scope::Cohort).map_err(|_| unknown()),
        ("exercise", _) => (Scope::Exercise(exercise), sqlx::query_scalar!(
            r#"SELECT EXISTS (SELECT FROM exercises WHERE exercise_id = $1 AND status <> 'draft') AS "exists!""#,
            exercise.0
        ).fetch_one(read.connection()).await?),
        ("category", _) => (Scope::Category(name.to_owned()), sqlx::query_scalar!(
            r#"SELECT EXISTS (SELECT FROM exercises WHERE category = $1 AND status <> 'draft') AS "exists!""#,
            name
        ).fetch_one(read.connection()).await?),
        ("language", _) => (Scope::Language(name.to_owned()), sqlx::query_scalar!(
            r#"SELECT EXISTS (SELECT FROM exercises WHERE $1 = ANY(languages) AND status <> 'draft') AS "exists!""#,
            name
        ).fetch_one(read.connection()).await?),
        _ => return Err(unknown()),
    };
    // What was taken out of the catalogue keeps the boards that were earned on it.
    if exists || has_totals(read, &scope).await? { Ok(scope) } else { Err(unknown()) }
}

async fn has_totals(read: &mut Read, scope: &Scope) -> Result<bool, QueryError> {
    let exists = sqlx::query_scalar!(
        r#"SELECT EXISTS (SELECT FROM board_totals WHERE scope = $1 AND window_at = $2) AS "exists!""#,
        scope.to_string(),
        Window::All.name()
    )
    .fetch_one(read.connection())
    .await?;
    Ok(exists)
}
