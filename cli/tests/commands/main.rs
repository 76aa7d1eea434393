//! The `laurel` program itself, as somebody types it, against the whole system.

mod backup;
mod cohorts;
mod events;
mod existing;
mod import;
mod parked;
mod queue;
mod rejudges;
mod set_up;
mod terminal;
mod tour;
mod traces;
mod up;
