//! Archives, opened in memory. Everything but plain files and folders is refused.

use crate::Refused;
use crate::files::{ARCHIVE_BYTES_MAX, Files};
use flate2::read::MultiGzDecoder;
use std::io::{Cursor, Read};
use tar::EntryType;
use zip::ZipArchive;

const ARCHIVE: &str = "the archive";
/// What a tar file may have around its files: headers, padding, long names.
const TAR_BYTES_MAX: u64 = 64 << 20;
/// The name that a bare JSON document gets.
const JSON_FILE: &str = "exercise.json";

/// By its first bytes.
pub fn open(bytes: &[u8], files: &mut Files) -> Result<(), Refused> {
    if bytes.len() > ARCHIVE_BYTES_MAX {
        return Err(Refused::new(ARCHIVE, format!("it has more than {ARCHIVE_BYTES_MAX} bytes")));
    }
    if bytes.starts_with(b"PK") {
        open_zip(bytes, files)
    } else if bytes.starts_with(&[0x1f, 0x8b]) {
        open_tar(bytes, files)
    } else if matches!(bytes.trim_ascii_start().first(), Some(b'{' | b'[')) {
        files.take(JSON_FILE.to_owned(), bytes)
    } else {
        Err(Refused::new(ARCHIVE, "it is neither .zip nor .tar.gz nor JSON"))
    }
}

fn open_zip(bytes: &[u8], files: &mut Files) -> Result<(), Refused> {
    let unreadable =
        |error: zip::result::ZipError| Refused::new(ARCHIVE, format!("it is no good .zip: {error}"));
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(unreadable)?;
    // Names that are there twice, files that share their bytes, and files that only one kind of reader sees.
    archive.validate_header_consistency().map_err(unreadable)?;
    for index in 0..archive.len() {
        let file = archive.by_index(index).map_err(unreadable)?;
        let path = files.enter(file.name_raw())?;
        let shown = path.clone().unwrap_or_else(|| String::from_utf8_lossy(file.name_raw()).into_owned());
        if file.encrypted() {
            return Err(Refused::new(shown, "it is encrypted"));
        }
        match file.unix_mode().map_or(0, |mode| mode & 0o170_000) {
            0 | 0o100_000 | 0o040_000 => {}
            0o120_000 => return Err(Refused::new(shown, LINK)),
            _ => return Err(Refused::new(shown, NO_FILE)),
        }
        if let (Some(path), false) = (path, file.is_dir()) {
            files.take(path, file)?;
        }
    }
    Ok(())
}

pub(crate) const LINK: &str = "it is a link; put a copy there";
pub(crate) const NO_FILE: &str = "it is neither a file nor a folder";

fn open_tar(bytes: &[u8], files: &mut Files) -> Result<(), Refused> {
    let unreadable = |error: std::io::Error| Refused::new(ARCHIVE, format!("it is no good .tar.gz: {error}"));
    let mut archive = tar::Archive::new(MultiGzDecoder::new(bytes).take(TAR_BYTES_MAX));
    for entry in archive.entries().map_err(unreadable)? {
        let entry = entry.map_err(unreadable)?;
        let kind = entry.header().entry_type();
        // What `git archive` writes first: a comment and no file.
        if kind == EntryType::XGlobalHeader {
            continue;
        }
        let path = files.enter(&entry.path_bytes())?;
        let shown =
            || path.clone().unwrap_or_else(|| String::from_utf8_lossy(&entry.path_bytes()).into_owned());
        match kind {
            EntryType::Regular | EntryType::Continuous => {}
            EntryType::Directory => continue,
            EntryType::Link | EntryType::Symlink => return Err(Refused::new(shown(), LINK)),
            _ => return Err(Refused::new(shown(), NO_FILE)),
        }
        if let Some(path) = path {
            files.take(path, entry)?;
        }
    }
    Ok(())
}
