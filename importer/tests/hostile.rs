//! Archives that are meant to do harm are refused with the file and the reason, and nothing that is read panics.

use flate2::Compression;
use flate2::write::GzEncoder;
use importer::{Files, read_archive};
use proptest::prelude::*;
use std::io::{Cursor, Write};
use std::sync::LazyLock;
use tar::{EntryType, Header};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

/// A .tar.gz of entries as they are, with names that the library itself would not write.
fn tar_gz(entries: &[(&[u8], EntryType, &[u8])]) -> Vec<u8> {
    let mut archive = tar::Builder::new(GzEncoder::new(Vec::new(), Compression::best()));
    for (name, kind, contents) in entries {
        let mut header = Header::new_gnu();
        header.as_old_mut().name[..name.len()].copy_from_slice(name);
        header.set_entry_type(*kind);
        header.set_size(contents.len() as u64);
        header.set_mode(0o644);
        if matches!(kind, EntryType::Link | EntryType::Symlink) {
            header.set_link_name("/etc/passwd").expect("it fits");
        }
        header.set_cksum();
        archive.append(&header, *contents).expect("written");
    }
    archive.into_inner().expect("ended").finish().expect("packed")
}

fn zipped(entries: &[(&str, &[u8])]) -> Vec<u8> {
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, contents) in entries {
        archive.start_file(*name, SimpleFileOptions::default()).expect("begun");
        archive.write_all(contents).expect("written");
    }
    archive.finish().expect("ended").into_inner()
}

fn refusal(bytes: &[u8]) -> String {
    read_archive(bytes).expect_err("it is refused").to_string()
}

const FILE: EntryType = EntryType::Regular;

#[test]
fn names_that_lead_elsewhere() {
    for (name, reason) in [
        (&b"/etc/passwd"[..], "/etc/passwd: its path is not relative"),
        (b"p/../../x", "p/../../x: its path leads out of the package"),
        (b"..", "..: its path leads out of the package"),
        (b"p\\x", "p\\\\x: its path is not relative"),
        (b"C:x", "C:x: its path is not relative"),
        (b"p//x", "p//x: a folder of its path has no name"),
        (b"p/\xff", "p/\u{fffd}: its name is not UTF-8"),
        (b"p/\nx", "p/\\nx: its name has control characters"),
        (b"a/b/c/d/e/f/g/h/i/j/k", "a/b/c/d/e/f/g/h/i/j/k: it is more than 10 folders deep"),
    ] {
        let refused = refusal(&tar_gz(&[(name, FILE, b"x")]));
        assert!(refused.starts_with(reason), "{refused}");
        if let Ok(name) = std::str::from_utf8(name)
            && name != ".."
        {
            let refused = refusal(&zipped(&[(name, b"x")]));
            assert!(refused.starts_with(reason), "{refused}");
        }
    }
}

#[test]
fn what_is_no_file() {
    for kind in [EntryType::Symlink, EntryType::Link] {
        assert_eq!(refusal(&tar_gz(&[(b"p/x", kind, b"")])), "p/x: it is a link; put a copy there");
    }
    for kind in [EntryType::Char, EntryType::Block, EntryType::Fifo] {
        assert_eq!(refusal(&tar_gz(&[(b"p/x", kind, b"")])), "p/x: it is neither a file nor a folder");
    }
    // Also where nobody would look.
    assert_eq!(
        refusal(&tar_gz(&[(b".git/x", EntryType::Symlink, b"")])),
        ".git/x: it is a link; put a copy there"
    );
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    archive.add_symlink("p/x", "/etc/passwd", SimpleFileOptions::default()).expect("added");
    let bytes = archive.finish().expect("ended").into_inner();
    assert_eq!(refusal(&bytes), "p/x: it is a link; put a copy there");
}

#[test]
fn names_that_are_there_twice() {
    let twice = tar_gz(&[(b"p/problem.yaml", FILE, b"name: a"), (b"./p/problem.yaml", FILE, b"name: b")]);
    assert_eq!(refusal(&twice), "p/problem.yaml: there are two files with this name");
    let both = tar_gz(&[(b"p", FILE, b"x"), (b"p/x", FILE, b"x")]);
    assert_eq!(refusal(&both), "p/x: it is in a folder that is a file too");
    // Two names of one length, made one.
    let mut bytes = zipped(&[("aaa", b"1"), ("bbb", b"2")]);
    for at in 0..bytes.len() - 3 {
        if &bytes[at..at + 3] == b"bbb" {
            bytes[at..at + 3].copy_from_slice(b"aaa");
        }
    }
    let refused = refusal(&bytes);
    assert!(refused.contains("duplicate file names"), "{refused}");
}

#[test]
fn bombs() {
    let zeros = vec![0; 9 << 20];
    let refused = refusal(&tar_gz(&[(b"p/x", FILE, &zeros)]));
    assert_eq!(refused, "p/x: the archive unpacks to more than 100 times its size");
    assert_eq!(refusal(&zipped(&[("p/x", &zeros)])), refused);
    // It says a gigabyte, and what is read is bounded by what there is.
    let mut bomb = GzEncoder::new(Vec::new(), Compression::fast());
    let mut header = Header::new_gnu();
    header.set_path("p/x").expect("a path");
    header.set_size(1 << 30);
    header.set_cksum();
    bomb.write_all(header.as_bytes()).expect("written");
    for _ in 0..2 {
        bomb.write_all(&zeros).expect("written");
    }
    let refused = refusal(&bomb.finish().expect("packed"));
    assert!(refused.starts_with("p/x: the "), "{refused}");
    let name = |number: usize| format!("p/{number}");
    let names: Vec<String> = (0..4_001).map(name).collect();
    let many: Vec<(&[u8], EntryType, &[u8])> =
        names.iter().map(|name| (name.as_bytes(), FILE, &b""[..])).collect();
    assert_eq!(refusal(&tar_gz(&many)), "p/4000: there are more than 4000 files and folders");
    assert_eq!(refusal(&vec![b'P'; (16 << 20) + 1]), "the archive: it has more than 16777216 bytes");
}

/// Aliases of aliases would make a small file a large value.
#[test]
fn yaml_that_grows() {
    let mut yaml = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..12 {
        let inner = vec![format!("*a{}", level - 1); 10].join(", ");
        yaml.extend([format!("a{level}: &a{level} [{inner}]\n")]);
    }
    let refused = refusal(&tar_gz(&[(b"p/problem.yaml", FILE, yaml.as_bytes())]));
    assert!(refused.starts_with("problem.yaml: it is no good YAML"), "{refused}");
    let deep = "[".repeat(20_000);
    let refused = refusal(&tar_gz(&[(b"p/problem.yaml", FILE, deep.as_bytes())]));
    assert!(refused.starts_with("problem.yaml: it is no good YAML"), "{refused}");
}

#[test]
fn texts_that_are_none() {
    for path in ["p/problem.yaml", "p/statement/problem.en.md", "p/data/secret/1.in", "p/data/secret/1.ans"] {
        let files: [(&[u8], &[u8]); 5] = [
            (b"p/problem.yaml", b"problem_format_version: 2023-07\nname: x"),
            (b"p/statement/problem.en.md", b"x"),
            (b"p/data/sample/1.in", b"x"),
            (b"p/data/sample/1.ans", b"x"),
            (b"p/data/secret/1.in", b"x"),
        ];
        let mut entries: Vec<_> = files.iter().map(|(name, text)| (*name, FILE, *text)).collect();
        entries.push((b"p/data/secret/1.ans", FILE, b"x"));
        for entry in &mut entries {
            if entry.0 == path.as_bytes() {
                entry.2 = b"a\xff\xfe";
            }
        }
        let refused = refusal(&tar_gz(&entries));
        assert!(
            refused.ends_with(": byte 2 is not UTF-8") && path.ends_with(refused.split(':').next().unwrap()),
            "{refused}"
        );
    }
}

#[test]
fn what_is_no_package() {
    assert_eq!(refusal(b"hello"), "the archive: it is neither .zip nor .tar.gz nor JSON");
    assert!(refusal(b"PK nonsense").starts_with("the archive: it is no good .zip"));
    assert!(refusal(&[0x1f, 0x8b, 1, 2]).starts_with("the archive: it is no good .tar.gz"));
    assert!(refusal(b"{").starts_with("exercise.json: it is no good JSON"));
    assert!(refusal(b"[]").starts_with("exercise.json: one exercise is an object"));
    assert!(refusal(&"[".repeat(100_000).into_bytes()).starts_with("exercise.json: it is no good JSON"));
    assert!(refusal(&zipped(&[("a.txt", b"")])).starts_with("the package: it holds neither"));
    let two: [(&str, &[u8]); 2] = [("a/problem.yaml", b""), ("b/problem.yaml", b"")];
    assert_eq!(refusal(&zipped(&two)), "b/problem.yaml: it is a second package; import one at a time");
}

#[cfg(unix)]
#[test]
fn a_folders_links_are_not_followed() -> std::io::Result<()> {
    let holder = tempfile::tempdir()?;
    std::fs::write(holder.path().join("problem.yaml"), "name: x")?;
    std::os::unix::fs::symlink("/etc/passwd", holder.path().join("secret.txt"))?;
    let refused = Files::of_folder(holder.path()).expect_err("it is refused");
    assert_eq!(refused.reason, "it is a link; put a copy there");
    Ok(())
}

/// The packages of this folder, packed.
static SEEDS: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/packages");
    let mut seeds = Vec::new();
    for name in ["echoes", "shares", "guess", "stairs"] {
        let files = Files::of_folder(&root.join(name)).expect("a folder");
        seeds.push(files.pack().expect("packed"));
        // Unpacked too: what is changed there reaches the readers, and not only a checksum.
        let mut tar = Vec::new();
        std::io::Read::read_to_end(
            &mut flate2::read::GzDecoder::new(seeds[seeds.len() - 1].as_slice()),
            &mut tar,
        )
        .expect("unpacked");
        seeds.push(tar);
    }
    seeds.push(std::fs::read(root.join("double.json")).expect("a file"));
    seeds.push(zipped(&[
        ("p/problem.yaml", b"name: x"),
        ("p/data/sample/1.in", b"1"),
        ("p/data/sample/1.ans", b"1"),
    ]));
    seeds
});

fn gz(bytes: &[u8]) -> Vec<u8> {
    let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
    packed.write_all(bytes).expect("written");
    packed.finish().expect("packed")
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn no_bytes_are_too_strange(seed in 0..10_usize, changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..12), cut in any::<prop::sample::Index>(), is_cut in prop::bool::weighted(0.2)) {
        let mut bytes = SEEDS[seed].clone();
        let length = bytes.len();
        for (at, byte) in changes {
            bytes[at.index(length)] = byte;
        }
        if is_cut {
            bytes.truncate(cut.index(length));
        }
        // What is a bare tar is packed again after it was changed.
        let is_tar = seed < 8 && seed % 2 == 1;
        let _any = read_archive(&if is_tar { gz(&bytes) } else { bytes });
    }

    #[test]
    fn no_settings_are_too_strange(yaml in "(name|type|limits|validation|problem_format_version|keywords|languages|constants)?: ?[-\\[{\"'&*!|>a-z0-9 :,\n]{0,60}", tex in "[\\\\{}$%a-z \n]{0,80}") {
        let entries = [(&b"p/problem.yaml"[..], FILE, yaml.as_bytes()), (b"p/problem_statement/problem.tex", FILE, tex.as_bytes())];
        let _any = read_archive(&tar_gz(&entries));
    }

    #[test]
    fn no_document_is_too_strange(cases in "[\\[{\"'a-z0-9 :,}\\]]{0,60}") {
        let text = format!(r#"{{"title": "t", "body": "b", "test_cases": [{cases}], "solutions": [{cases}]}}"#);
        let _any = read_archive(text.as_bytes());
    }
}
