//! The `laurel` program itself, as somebody types it, against the whole system.

mod events;
mod existing;
mod import;
mod queue;
mod rejudges;
mod terminal;
mod tour;
mod up;
