//! Proves Laurel's speed beside the raw limits of the same machine, and its behaviour under faults.

pub mod boards;
pub mod checker;
pub mod faults;
pub mod feed;
pub mod generator;
pub mod http;
pub mod idle;
pub mod instant_judge;
pub mod judging;
pub mod latencies;
pub mod live;
pub mod machine;
pub mod past;
pub mod population;
pub mod raw;
pub mod rebuild;
pub mod redispatch;
pub mod report;
pub mod residents;
pub mod restore;
pub mod servers;
pub mod service;
pub mod submissions;
pub mod system;
pub mod visible;
