//! A package in a folder of this machine, and how it is packed to be sent.

use crate::Refused;
use crate::archive::{LINK, NO_FILE};
use crate::files::{Files, is_hidden};
use flate2::Compression;
use flate2::write::GzEncoder;
use std::fs::{self, File};
use std::path::{Path, PathBuf};

pub fn open(root: &Path, files: &mut Files) -> Result<(), Refused> {
    // The folder's own name may be `.`.
    let full = fs::canonicalize(root).map_err(|error| unreadable(root, &error))?;
    let name = full.file_name().and_then(|name| name.to_str()).unwrap_or("package");
    let name = if is_hidden(name) { "package" } else { name };
    let mut folders = vec![(full.clone(), name.to_owned())];
    while let Some((folder, path)) = folders.pop() {
        let entries = fs::read_dir(&folder).and_then(Iterator::collect::<Result<Vec<_>, _>>);
        for entry in entries.map_err(|error| unreadable(&folder, &error))? {
            let own = entry.path();
            let name = entry.file_name();
            let name = name
                .to_str()
                .ok_or_else(|| Refused::new(own.display().to_string(), "its name is not UTF-8"))?;
            // What the format ignores is not looked into: `.git` alone may be larger than everything else.
            if is_hidden(name) {
                continue;
            }
            let Some(path) = files.enter(format!("{path}/{name}").as_bytes())? else { continue };
            take(own, path, files, &mut folders)?;
        }
    }
    Ok(())
}

fn take(
    own: PathBuf,
    path: String,
    files: &mut Files,
    folders: &mut Vec<(PathBuf, String)>,
) -> Result<(), Refused> {
    // Of the entry itself, not of what a link leads to.
    let kind = fs::symlink_metadata(&own).map_err(|error| unreadable(&own, &error))?.file_type();
    if kind.is_symlink() {
        Err(Refused::new(path, LINK))
    } else if kind.is_dir() {
        folders.push((own, path));
        Ok(())
    } else if kind.is_file() {
        let file = File::open(&own).map_err(|error| unreadable(&own, &error))?;
        files.take(path, file)
    } else {
        Err(Refused::new(path, NO_FILE))
    }
}

fn unreadable(path: &Path, error: &std::io::Error) -> Refused {
    Refused::new(path.display().to_string(), format!("it cannot be read: {error}"))
}

/// A .tar.gz.
pub fn pack<'a>(files: impl Iterator<Item = (&'a String, &'a Vec<u8>)>) -> std::io::Result<Vec<u8>> {
    let mut archive = tar::Builder::new(GzEncoder::new(Vec::new(), Compression::default()));
    for (path, bytes) in files {
        let mut header = tar::Header::new_gnu();
        header.set_size(u64::try_from(bytes.len()).unwrap_or(u64::MAX));
        header.set_mode(0o644);
        archive.append_data(&mut header, path, bytes.as_slice())?;
    }
    archive.into_inner()?.finish()
}
