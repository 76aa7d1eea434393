//! The files of a package, in memory, within bounds.

use crate::{Refused, archive, folder};
use std::collections::BTreeMap;
use std::io::Read;
use std::ops::Bound;
use std::path::Path;

/// The largest archive that is looked into.
pub const ARCHIVE_BYTES_MAX: usize = 16 << 20;
/// All files together, unpacked.
const BYTES_MAX: usize = 48 << 20;
const FILE_BYTES_MAX: usize = 16 << 20;
/// Files and folders, whether they are used or not.
const ENTRIES_MAX: usize = 4_000;
const PATH_BYTES_MAX: usize = 400;
const PATH_DEPTH_MAX: usize = 10;
/// An archive may unpack to so many times its size; below the second number nobody counts.
const RATIO_MAX: usize = 100;
const RATIO_FREE_BYTES: usize = 8 << 20;

/// By path, with `/` between folders and without one in front.
#[derive(Debug, Default)]
pub struct Files {
    by_path: BTreeMap<String, Vec<u8>>,
    entries: usize,
    bytes: usize,
    /// Of the archive; `None`: a folder, which cannot unpack to more than it is.
    packed: Option<usize>,
}

impl Files {
    pub fn of_archive(bytes: &[u8]) -> Result<Self, Refused> {
        let mut files = Self { packed: Some(bytes.len()), ..Self::default() };
        archive::open(bytes, &mut files)?;
        files.refuse_file_as_folder()?;
        Ok(files)
    }

    /// A folder of this machine. Its name is the package's.
    pub fn of_folder(path: &Path) -> Result<Self, Refused> {
        let mut files = Self::default();
        folder::open(path, &mut files)?;
        Ok(files)
    }

    /// As an archive that [`Files::of_archive`] reads.
    pub fn pack(&self) -> std::io::Result<Vec<u8>> {
        folder::pack(self.by_path.iter())
    }

    pub(crate) fn paths(&self) -> impl Iterator<Item = &str> {
        self.by_path.keys().map(String::as_str)
    }

    pub(crate) fn has(&self, path: &str) -> bool {
        self.by_path.contains_key(path)
    }

    pub(crate) fn bytes(&self, path: &str) -> Option<&[u8]> {
        self.by_path.get(path).map(Vec::as_slice)
    }

    /// The paths below a folder (given with its `/`), without the folder.
    pub(crate) fn below(&self, folder: &str) -> Vec<&str> {
        let from = self.by_path.range::<str, _>((Bound::Included(folder), Bound::Unbounded));
        from.map_while(|(path, _)| path.strip_prefix(folder)).collect()
    }

    /// A file that must be text. `None`: there is no such file.
    pub(crate) fn text(&self, path: &str) -> Result<Option<&str>, Refused> {
        let Some(bytes) = self.by_path.get(path) else { return Ok(None) };
        let text = std::str::from_utf8(bytes)
            .map_err(|error| Refused::new(path, format!("byte {} is not UTF-8", error.valid_up_to() + 1)))?;
        Ok(Some(text.strip_prefix('\u{feff}').unwrap_or(text)))
    }

    /// Checks one entry's name. `None`: it is one that packages of the format ignore (hidden files and the like).
    pub(crate) fn enter(&mut self, name: &[u8]) -> Result<Option<String>, Refused> {
        self.entries += 1;
        let shown = || String::from_utf8_lossy(name).escape_debug().to_string();
        if self.entries > ENTRIES_MAX {
            return Err(Refused::new(
                shown(),
                format!("there are more than {ENTRIES_MAX} files and folders"),
            ));
        }
        let path = path_of(name).map_err(|reason| Refused::new(shown(), reason))?;
        if path.split('/').any(is_hidden) {
            return Ok(None);
        }
        Ok(Some(path))
    }

    /// Takes a file's contents. Never more than the bounds, whatever the archive says about sizes.
    pub(crate) fn take(&mut self, path: String, contents: impl Read) -> Result<(), Refused> {
        let all_max = match self.packed {
            Some(packed) => packed.saturating_mul(RATIO_MAX).clamp(RATIO_FREE_BYTES, BYTES_MAX),
            None => BYTES_MAX,
        };
        let left = all_max.saturating_sub(self.bytes);
        let most = left.min(FILE_BYTES_MAX);
        let mut bytes = Vec::new();
        let read =
            contents.take(u64::try_from(most).unwrap_or(u64::MAX).saturating_add(1)).read_to_end(&mut bytes);
        if let Err(error) = read {
            return Err(Refused::new(path, format!("it cannot be unpacked: {error}")));
        }
        if bytes.len() > most {
            let reason = if most == FILE_BYTES_MAX {
                format!("the file has more than {FILE_BYTES_MAX} bytes")
            } else if all_max == BYTES_MAX {
                format!("the package has more than {BYTES_MAX} bytes")
            } else {
                format!("the archive unpacks to more than {RATIO_MAX} times its size")
            };
            return Err(Refused::new(path, reason));
        }
        self.bytes += bytes.len();
        if self.by_path.contains_key(&path) {
            return Err(Refused::new(path, "there are two files with this name"));
        }
        self.by_path.insert(path, bytes);
        Ok(())
    }

    fn refuse_file_as_folder(&self) -> Result<(), Refused> {
        for path in self.by_path.keys() {
            let mut folders = path.match_indices('/').map(|(end, _)| &path[..end]);
            if folders.any(|folder| self.by_path.contains_key(folder)) {
                return Err(Refused::new(path, "it is in a folder that is a file too"));
            }
        }
        Ok(())
    }
}

fn path_of(name: &[u8]) -> Result<String, String> {
    let text = std::str::from_utf8(name).map_err(|_| "its name is not UTF-8".to_owned())?;
    if text.len() > PATH_BYTES_MAX {
        return Err(format!("its path has more than {PATH_BYTES_MAX} bytes"));
    }
    if text.chars().any(char::is_control) {
        return Err("its name has control characters".to_owned());
    }
    let drive = text.as_bytes().get(1) == Some(&b':');
    if text.starts_with('/') || text.contains('\\') || drive {
        return Err("its path is not relative with `/` between folders".to_owned());
    }
    let mut parts = Vec::new();
    for part in text.trim_end_matches('/').split('/') {
        match part {
            "." => {}
            ".." => return Err("its path leads out of the package with `..`".to_owned()),
            "" if !text.trim_matches('/').is_empty() => {
                return Err("a folder of its path has no name".to_owned());
            }
            part => parts.push(part),
        }
    }
    if parts.len() > PATH_DEPTH_MAX {
        return Err(format!("it is more than {PATH_DEPTH_MAX} folders deep"));
    }
    Ok(parts.join("/"))
}

/// What stands behind the last dot of a path.
pub(crate) fn ending(path: &str) -> &str {
    path.rsplit_once('.').map_or("", |(_, ending)| ending)
}

/// What the format says to behave as if it were not there, but for the file that some systems keep the time limit in.
pub(crate) fn is_hidden(name: &str) -> bool {
    name != ".timelimit" && (name.is_empty() || name.starts_with(['.', '-']) || name == "__MACOSX")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths() {
        for (name, path) in [("a/b.in", "a/b.in"), ("./a", "a"), ("a/", "a"), ("a/./b", "a/b")] {
            assert_eq!(path_of(name.as_bytes()).as_deref(), Ok(path), "{name}");
        }
        for bad in ["/etc/passwd", "../a", "a/../../b", "a\\b", "C:a", "a//b", "a\nb", "a\0b"] {
            assert!(path_of(bad.as_bytes()).is_err(), "{bad:?}");
        }
        assert!(path_of(b"\xff").is_err());
        assert!(path_of("a/".repeat(11).as_bytes()).is_err());
    }

    #[test]
    fn what_is_below_a_folder() -> Result<(), Refused> {
        let mut files = Files::default();
        for path in ["a.txt", "a/x", "a/y/z", "ab/x"] {
            files.take(path.to_owned(), path.as_bytes())?;
        }
        assert_eq!(files.below("a/"), ["x", "y/z"]);
        assert_eq!(files.below("").len(), 4);
        assert!(files.take("a/x".to_owned(), &b""[..]).is_err());
        Ok(())
    }
}
