//! The log client against real brokers: one server, and a cluster of three.

mod accounts;
mod away;
mod cluster;
mod duplicates;
mod fitness;
mod following;
mod lost_acks;
mod races;
mod rig;
mod two_commits;
mod waiting;
