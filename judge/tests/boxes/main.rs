//! Real programs in real boxes: what they see, what they may use, what they are judged, and what is left of them.

mod checkers;
mod common;
mod host_profile;
mod hostile;
mod isolation;
mod languages;
mod layers;
mod leftovers;
mod limits;
mod scoring;
mod tampering;
mod verdicts;
