//! What may happen, family by family: pure functions of what is known, without clocks, randomness or I/O.

pub mod account;
pub mod board;
pub mod cohort;
pub mod exercise;
pub mod operation;
pub mod parked;
pub mod rejudge;
pub mod submission;
