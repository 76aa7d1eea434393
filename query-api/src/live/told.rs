//! What those who watch one board were told: how it stands, and for a while how it stood before, so that whoever comes back is
//! told what changed.

use super::client::Message;
use crate::error::QueryError;
use crate::positions;
use crate::queries::leaderboards::{BoardChanges, BoardPage};
use events::Position;
use serde::Serialize;
use std::collections::VecDeque;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

/// How many earlier states are known: some seconds of a board that changes all the time. Each is kept as what was different.
/// Going back further takes longer than telling the whole board.
const STEPS_MAX: usize = 50;

/// How a board stands. Cheap enough to clone that what is to come can be made beside what is.
#[derive(Debug, Clone)]
pub struct Told {
    page: BoardPage,
    span: Span,
    /// How it stood before, the latest first.
    steps: VecDeque<Arc<Step>>,
    /// The window it was read for, as `events::board::Window::at` has it.
    pub window_at: String,
}

/// Between which positions it surely stood so.
#[derive(Debug, Clone)]
struct Span {
    /// `None`: it stood otherwise at `last`, too. What is mended without a new fact does that.
    first: Option<Position>,
    last: Position,
}

#[derive(Debug)]
struct Step {
    span: Span,
    /// What leads back to it from the state after it.
    back: BoardChanges,
}

/// What a client heard last.
#[derive(Debug)]
pub struct Since {
    pub position: Position,
    /// Of a board: which one, and how many of its places.
    pub mark: Option<String>,
}

impl Since {
    /// An id as a message had it: a position, and of a board its mark behind a semicolon.
    pub fn parse(id: &str) -> Result<Self, QueryError> {
        let (position, mark) =
            id.split_once(';').map_or((id, None), |(position, mark)| (position, Some(mark)));
        Ok(Self { position: positions::parse(position)?, mark: mark.map(str::to_owned) })
    }
}

/// Tells a board from all others, so that nobody is told what changed since they heard of another one. Replicas of another
/// make may have another mark for it; then all of it is told.
fn mark(page: &BoardPage, places: usize) -> String {
    let mut hasher = DefaultHasher::new();
    page.hash_board(&mut hasher);
    places.hash(&mut hasher);
    format!("{:016x}", hasher.finish())
}

#[derive(Serialize)]
struct Whole<'a> {
    position: String,
    board: &'a BoardPage,
}

#[derive(Serialize)]
struct Changed<'a> {
    position: String,
    scope: &'a str,
    window: &'a str,
    #[serde(flatten)]
    changes: &'a BoardChanges,
}

impl Span {
    fn at(position: Position) -> Self {
        Self { first: Some(position.clone()), last: position }
    }

    fn holds(&self, position: &Position) -> bool {
        self.first.as_ref().is_some_and(|first| position.covers(first)) && self.last.covers(position)
    }

    /// It stands so here, too.
    fn reach(&mut self, position: Position) {
        if position != self.last {
            self.first.get_or_insert_with(|| position.clone());
            self.last = position;
        }
    }
}

impl Told {
    pub fn new(page: BoardPage, position: Position, window_at: String) -> Self {
        Self { page, span: Span::at(position), steps: VecDeque::new(), window_at }
    }

    pub fn position(&self) -> &Position {
        &self.span.last
    }

    /// How it stands from now on, and the page before, if that was another one.
    pub fn moved_on(
        mut self,
        page: BoardPage,
        position: Position,
        window_at: String,
    ) -> (Self, Option<BoardPage>) {
        self.window_at = window_at;
        // A database that was restored goes back in time, and what is to come may be otherwise than it was.
        let is_later = position.covers(&self.span.last);
        if self.page == page && is_later {
            self.span.reach(position);
            return (self, None);
        }
        let is_same_position = self.span.last == position;
        let span = std::mem::replace(&mut self.span, Span::at(position));
        let before = std::mem::replace(&mut self.page, page);
        if is_same_position {
            self.span.first = None;
        }
        match before.changes_since(&self.page).filter(|_| is_later && !is_same_position) {
            Some(back) => self.steps.push_front(Arc::new(Step { span, back })),
            None => self.steps.clear(),
        }
        self.steps.truncate(STEPS_MAX);
        (self, Some(before))
    }

    /// What a client is told first: what changed since a position where it is known how the board stood, else all of it.
    pub fn greeting(&self, places: usize, since: Option<&Since>) -> Option<Message> {
        let since = since.filter(|since| since.mark.as_deref() == Some(&*mark(&self.page, places)));
        let known = since.and_then(|since| self.at(&since.position)).map(|page| page.first(places));
        self.message(places, &self.page.first(places), known.as_ref())
    }

    /// What those are told who know of that many places of the page before; `None`: nothing among those changed.
    pub fn news(&self, places: usize, before: &BoardPage) -> Option<Message> {
        let (page, before) = (self.page.first(places), before.first(places));
        if page == before { None } else { self.message(places, &page, Some(&before)) }
    }

    /// A page, or what changed since an earlier one if that is of the same board.
    fn message(&self, places: usize, page: &BoardPage, before: Option<&BoardPage>) -> Option<Message> {
        let position = self.span.last.to_string();
        let id = format!("{position};{}", mark(page, places));
        let message = match before.and_then(|before| page.changes_since(before)) {
            Some(changes) => {
                let (scope, window) = (&page.scope, &page.window);
                Message::new("board_changes", &Changed { position, scope, window, changes: &changes })
            }
            None => Message::new("board", &Whole { position, board: page }),
        };
        message.ok().map(|message| message.known_as(id))
    }

    /// How it stood at a position.
    fn at(&self, position: &Position) -> Option<BoardPage> {
        if self.span.holds(position) {
            return Some(self.page.clone());
        }
        let found = self.steps.iter().position(|step| step.span.holds(position))?;
        let steps = self.steps.iter().take(found + 1);
        Some(steps.fold(self.page.clone(), |page, step| page.applied(&step.back)))
    }
}
