#![no_main]

#[path = "../properties/archives.rs"]
mod archives;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| archives::hold(bytes));
