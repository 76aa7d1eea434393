#![no_main]

#[path = "../properties/checkers.rs"]
mod checkers;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| checkers::hold(bytes));
