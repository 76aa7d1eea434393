//! Watermarks: a checkpoint also moves when its part has nothing pending, so that a position that names another message of
//! the same command, and "as of S", can be answered for all parts.

use super::live::{Checkpoint, Live};
use crate::failure::Failure;
use chassis::log::Stream;
use events::{Part, Partition};

impl Live {
    /// Everything of a stream up to `sequence` has been passed.
    pub(super) async fn move_watermarks(&mut self, stream: Stream, sequence: u64) -> Result<(), Failure> {
        // The digest is known only of what was read; without one the log guard compares nothing.
        let digest = self.seen.as_ref().filter(|seen| stream == Stream::Facts && seen.sequence == sequence);
        let digest = digest.map(|seen| seen.digest.clone()).unwrap_or_default();
        let parts = match stream {
            Stream::Facts => Partition::all().map(Part::Facts).collect(),
            Stream::Identity => vec![Part::Identity],
        };
        self.commit_watermark(parts, &Checkpoint { sequence, digest }).await
    }
}
