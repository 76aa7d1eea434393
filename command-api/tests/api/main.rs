//! The command API through its router, against a real broker.

mod accounts;
mod boards;
mod cohorts;
mod erasure;
mod exercises;
mod faults;
mod imports;
mod parked;
mod policy;
mod process;
mod projections;
mod rejudges;
mod runs;
mod sessions;
mod submissions;
mod world;
