//! The `laurel` program itself, as somebody types it, against the whole system.

mod existing;
mod import;
mod rejudges;
mod queue;
mod terminal;
mod tour;
mod up;
