//! What the fuzz targets hold true, tried on a bounded number of made-up texts in every run of the tests.

#[path = "../../fuzz/properties/checkers.rs"]
mod checkers;

use proptest::prelude::*;

/// Words, numbers near each other, lines, and bytes that are none of these; the two sides often agree in part.
fn piece() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        "[ \t\n\r\x0b]{1,3}".prop_map(String::into_bytes),
        "[aAbB]{1,2}".prop_map(String::into_bytes),
        "[-+]?[0-9]{0,2}[.]?[0-9]{0,2}(e[0-9])?".prop_map(String::into_bytes),
        Just(b"\n".to_vec()),
        Just(b"\0\xff\xc3".to_vec()),
        proptest::collection::vec(any::<u8>(), 0..3),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn checkers_hold_on_related_texts(
        choice: u8,
        shared in proptest::collection::vec(piece(), 0..6),
        other in proptest::collection::vec(piece(), 0..2),
        at in 0..6_usize,
    ) {
        let mut answer = shared.clone();
        answer.splice(at.min(shared.len()).., other);
        checkers::hold(&[&[choice], &*shared.concat(), &[0xfe], &*answer.concat()].concat());
    }

    #[test]
    fn checkers_hold_on_any_bytes(bytes in proptest::collection::vec(any::<u8>(), 0..40)) {
        checkers::hold(&bytes);
    }
}
