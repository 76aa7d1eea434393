//! What a compiler leaves behind, as box-init hands it over. Whoever wrote the source had a hand in it, so nothing about it
//! is taken for granted.

use crate::sandbox::BoxFile;

/// More than any compiler makes of one source of 64 KiB.
const FILES_MAX: usize = 64;
const NAME_BYTES_MAX: usize = 255;

/// The files, sorted by name; `None` when the stream is not what box-init writes, or not all of it.
pub fn parse(mut stream: &[u8]) -> Option<Vec<BoxFile>> {
    let mut files = Vec::new();
    loop {
        let (name, rest) = split_at(stream, 0)?;
        if name.is_empty() {
            files.sort_by(|one: &BoxFile, other| one.name.cmp(&other.name));
            return rest.is_empty().then_some(files);
        }
        let (header, rest) = split_at(rest, b'\n')?;
        let (kind, length) = header.split_first()?;
        let length: usize = std::str::from_utf8(length).ok()?.parse().ok()?;
        let (content, rest) = rest.split_at_checked(length)?;
        let name = std::str::from_utf8(name).ok()?;
        if name.len() > NAME_BYTES_MAX
            || name.contains('/')
            || [".", ".."].contains(&name)
            || files.len() == FILES_MAX
        {
            return None;
        }
        files.push(BoxFile { name: name.to_owned(), content: content.into(), executable: *kind == b'x' });
        stream = rest;
    }
}

fn split_at(bytes: &[u8], end: u8) -> Option<(&[u8], &[u8])> {
    let at = bytes.iter().position(|byte| *byte == end)?;
    Some((&bytes[..at], &bytes[at + 1..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_read_as_they_are_written() {
        let files = parse(b"main\0x3\na\0b.data\0-0\n\0").expect("files");
        let seen: Vec<_> =
            files.iter().map(|file| (file.name.as_str(), file.executable, &*file.content)).collect();
        assert_eq!(seen, [(".data", false, b"".as_slice()), ("main", true, b"a\0b")]);
        assert_eq!(parse(b"\0"), Some(Vec::new()));
    }

    #[test]
    fn anything_else_is_refused() {
        let many = b"a\0-0\n".repeat(FILES_MAX + 1);
        for stream in [
            b"".as_slice(),
            b"main\0x3\nabc",
            b"main\0x3\nab\0",
            b"../x\0-0\n\0",
            b"..\0-0\n\0",
            b"a\0-x\n\0",
            b"\0a",
            &many,
        ] {
            assert_eq!(parse(stream), None, "{:?}", String::from_utf8_lossy(stream));
        }
    }
}
