//! What holds of the importer, whatever bytes it is given.

/// Panics where it does not hold. That it returns at all is most of it.
pub fn hold(archive: &[u8]) {
    if let Err(refused) = importer::read_archive(archive) {
        assert!(!refused.reason.is_empty(), "refused without a reason");
    }
}
