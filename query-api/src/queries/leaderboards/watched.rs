//! Boards as live streams read them: once for everybody who sees the same.

use super::view::{self, Asked, Class, Viewer};
use super::{BoardAnswer, BoardEntry, Freshness, board, entries, keeps_boards, read_page};
use crate::app::App;
use crate::cache::Place;
use crate::error::{Missing, QueryError};
use crate::metrics::Source;
use crate::read::Projection;
use access::Caller;
use events::board::{Scope, Window};
use events::{LearnerId, Position};
use std::collections::HashMap;
use uuid::Uuid;

/// How many learners are looked up in one step: Redis does nothing else meanwhile.
const LOOKED_UP_MAX: usize = 500;

/// How many learners are looked up in one step without Redis: PostgreSQL counts for each who is above them.
const COUNTED_MAX: usize = 50;

/// One board as some see it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Feed {
    pub scope: String,
    pub window: Window,
    /// Whether they see it move while it stands still for others.
    pub sees_live: bool,
}

/// Where some learners stand on a board as it moves on, whatever others are shown.
#[derive(Debug)]
pub struct Standing {
    /// With its date.
    pub window: String,
    /// How many learners are on the whole board.
    pub size: u64,
    /// Of those who have points on it.
    pub entries: HashMap<LearnerId, BoardEntry>,
    /// How many of those asked for, from the first.
    pub looked_up: usize,
    pub position: Position,
}

impl Feed {
    /// As this caller sees it; refuses who sees no such board. Whether there is one, its first read tells.
    pub async fn of(
        app: &App,
        scope: &str,
        window: Window,
        caller: Option<&Caller>,
        wanted: &Position,
    ) -> Result<Self, QueryError> {
        let (scope, sees_live) = match cohort_of(scope) {
            None => (scope.to_owned(), caller.is_some_and(keeps_boards)),
            Some(cohort) => {
                let learners: Vec<Uuid> = caller.iter().map(|caller| caller.learner_id.0).collect();
                let class = class(app, cohort, &learners, wanted).await?;
                let shown = class.and_then(|class| class.shows(caller));
                // An id can be written in several ways, which are one board and one feed.
                let scope = Scope::Cohort(cohort).to_string();
                (scope, shown.ok_or(QueryError::Missing(Missing::Board))?)
            }
        };
        Ok(Self { scope, window, sees_live })
    }

    pub fn is_of_cohort(&self) -> bool {
        cohort_of(&self.scope).is_some()
    }

    /// Those of some callers who do not see this board any more, or see another one in its place.
    pub async fn strangers<'a>(
        &self,
        app: &App,
        callers: &'a [Caller],
    ) -> Result<Vec<&'a Caller>, QueryError> {
        let Some(cohort) = cohort_of(&self.scope) else { return Ok(Vec::new()) };
        let learners: Vec<Uuid> = callers.iter().map(|caller| caller.learner_id.0).collect();
        let class = class(app, cohort, &learners, &Position::default()).await?;
        let sees = |caller: &Caller| class.as_ref().and_then(|class| class.shows(Some(caller)));
        Ok(callers.iter().filter(|caller| sees(caller) != Some(self.sees_live)).collect())
    }

    /// The first places.
    pub async fn read(
        &self,
        app: &App,
        places: usize,
        freshness: Freshness<'_>,
    ) -> Result<BoardAnswer, QueryError> {
        let viewer = Viewer::Admitted { sees_live: self.sees_live };
        read_page(app, &self.scope, Asked::now(self.window), viewer, None, places, freshness).await
    }

    /// Where these learners stand, as new as Postgres has it; without Redis, where the first few of them stand.
    pub async fn standing(&self, app: &App, learners: &[LearnerId]) -> Result<Standing, QueryError> {
        let viewer = Viewer::Admitted { sees_live: self.sees_live };
        let asked = Asked::now(self.window);
        let (mut read, view) = view::begin(app, &self.scope, asked, viewer, &Position::default()).await?;
        let (live, needed) = (view.live(), read.position().clone());
        let (mut size, mut found) = (0, HashMap::new());
        let mut looked_up = 0;
        while looked_up < learners.len() {
            // The first step is short, because only its answer tells where boards are read from.
            let step = if looked_up == 0 { COUNTED_MAX } else { LOOKED_UP_MAX };
            let until = learners.len().min(looked_up + step);
            let learners = learners[looked_up..until].to_vec();
            looked_up = until;
            let reading = board::read_part(app, &mut read, &live, &learners, &needed).await?;
            size = reading.found.size;
            let rank = |(place, greater): &(Place, u64)| (*place, greater + 1);
            let ranked: Vec<(Place, u64)> = reading.found.places.iter().map(rank).collect();
            let entries = entries(&mut read, &live, &ranked, Some(size)).await?;
            found.extend(entries.into_iter().map(|entry| (LearnerId(entry.learner_id), entry)));
            if reading.source == Source::Postgres {
                break;
            }
        }
        let position = read.finish().await?;
        Ok(Standing { window: live.window_at, size, entries: found, looked_up, position })
    }
}

fn cohort_of(scope: &str) -> Option<Uuid> {
    scope.strip_prefix("cohort:").and_then(|cohort| cohort.parse().ok())
}

async fn class(
    app: &App,
    cohort: Uuid,
    learners: &[Uuid],
    wanted: &Position,
) -> Result<Option<Class>, QueryError> {
    let mut read = app.reader.begin(&[Projection::Ledger, Projection::Cohorts], wanted).await?;
    let class = Class::load(&mut read, cohort, learners).await?;
    read.finish().await?;
    Ok(class)
}
