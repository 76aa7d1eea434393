//! The allocator of every process. Events are read, folded and let go of by the thousand, on several threads: with the C
//! library's allocator a quarter of a rebuild's time went into it, and what it kept grew with the log.

use mimalloc::MiMalloc;

#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;
