//! What the fuzz target of archives holds true, tried on a bounded number of made-up archives in every run of the tests.

#[path = "../../fuzz/properties/archives.rs"]
mod archives;

use proptest::prelude::*;
use std::io::{Cursor, Write};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

/// Names that mean something to the reader, and names that are traps.
fn name() -> impl Strategy<Value = String> {
    let known = prop::sample::select(vec![
        "problem.yaml",
        "p/problem.yaml",
        "data/sample/1.in",
        "data/sample/1.ans",
        "data/secret/1.in",
        "data/secret/1.ans",
        "data/secret/testdata.yaml",
        "data/secret/group/test_group.yaml",
        "problem_statement/problem.en.tex",
        "statement/problem.en.md",
        "output_validators/v/v.py",
        "output_validator/v.cpp",
        "submissions/accepted/a.py",
        "attachments/a.zip",
        "../outside",
        "/etc/passwd",
        "a/../../b",
        "nul\0name",
        "a\\b",
        "",
        ".",
        "folder/",
    ]);
    prop_oneof![4 => known.prop_map(str::to_owned), 1 => any::<String>()]
}

fn content() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        prop::sample::select(vec![
            "name: Sum\n",
            "problem_format_version: 2023-07\n",
            "problem_format_version: legacy\n",
            "validation: custom interactive\n",
            "type: [pass-fail, scoring]\n",
            "limits:\n  time_limit: 1e9\n  memory: -1\n",
            "grading:\n  score: 1\n  aggregation: min\n",
            "a: &a [*a, *a]\n",
            "accept_score: 1\nrange: 0 1\non_reject: break\n",
            "uuid: !!binary x\n",
            "\\begin{itemize}\\item \\textbf{",
            "\\section*{Input}\n$x^{2}$",
            "\\input{/etc/passwd}\\newcommand{\\x}{\\x}\\x",
            "{\"title\": \"Sum\", \"test_cases\": [",
            "]}",
            "1 2\n",
        ])
        .prop_map(|text| text.as_bytes().to_vec()),
        proptest::collection::vec(any::<u8>(), 0..8),
    ];
    proptest::collection::vec(piece, 0..6).prop_map(|pieces| pieces.concat())
}

fn files() -> impl Strategy<Value = Vec<(String, Vec<u8>)>> {
    proptest::collection::vec((name(), content()), 0..8)
}

fn zip(files: &[(String, Vec<u8>)]) -> Vec<u8> {
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in files {
        // Two files of one name are no archive that this writer makes.
        if archive.start_file(name.as_str(), SimpleFileOptions::default()).is_ok() {
            archive.write_all(content).expect("memory takes everything");
        }
    }
    archive.finish().expect("an archive").into_inner()
}

fn tar(files: &[(String, Vec<u8>)]) -> Vec<u8> {
    let mut archive =
        tar::Builder::new(flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast()));
    for (name, content) in files {
        let mut header = tar::Header::new_gnu();
        header.set_size(content.len() as u64);
        // What a well-behaved writer would refuse is written by hand.
        let bytes = name.as_bytes();
        let length = bytes.len().min(99);
        header.as_mut_bytes()[..length].copy_from_slice(&bytes[..length]);
        header.set_cksum();
        archive.append(&header, content.as_slice()).expect("memory takes everything");
    }
    archive.into_inner().and_then(flate2::write::GzEncoder::finish).expect("an archive")
}

/// One byte is another.
fn damaged(mut archive: Vec<u8>, at: usize, byte: u8) -> Vec<u8> {
    let length = archive.len();
    archive[at % length] ^= byte;
    archive
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn the_importer_holds_on_archives(files in files(), at: usize, byte: u8) {
        for archive in [zip(&files), tar(&files)] {
            archives::hold(&archive);
            archives::hold(&damaged(archive, at, byte));
        }
    }

    #[test]
    fn the_importer_holds_on_documents(document in content()) {
        archives::hold(&document);
    }

    #[test]
    fn the_importer_holds_on_any_bytes(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        archives::hold(&bytes);
    }
}
