//! Codes of invitations, for people to read out and type: twelve letters and digits, 60 bits, in Crockford's alphabet.
//!
//! At the rate at which one address may guess, finding any of 10,000 good codes takes half a million years.

use crate::digests::Digests;
use events::{CohortId, InvitationId};

/// Without I, L, O and U: <https://www.crockford.com/base32.html>.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const CHARS: usize = 12;
const GROUP: usize = 4;
const BITS_PER_CHAR: usize = 5;

/// A code as it was given out or typed in, without its hyphens.
#[derive(Clone, PartialEq, Eq)]
pub struct Code(String);

impl Code {
    /// The code of a cohort's invitation of this number.
    pub fn derived(digests: &Digests, cohort: CohortId, number: u32) -> Self {
        let digest = digests.invitation_code(cohort, number);
        let bits = digest[..8].iter().fold(0_u64, |bits, byte| bits << 8 | u64::from(*byte));
        let char_at = |at: usize| char::from(ALPHABET[(bits >> (at * BITS_PER_CHAR) & 31) as usize]);
        Self((0..CHARS).map(char_at).collect())
    }

    /// What somebody typed: case, hyphens and spaces do not matter, and letters that look like digits are those. `None`: it
    /// can be nobody's code.
    pub fn parse(text: &str) -> Option<Self> {
        let typed = text.chars().filter(|c| !matches!(c, '-' | ' '));
        let read = typed.map(|c| match c.to_ascii_uppercase() {
            'O' => '0',
            'I' | 'L' => '1',
            other => other,
        });
        let code: String = read.take(CHARS + 1).collect();
        let fits = code.len() == CHARS && code.bytes().all(|byte| ALPHABET.contains(&byte));
        fits.then_some(Self(code))
    }

    pub fn id(&self, digests: &Digests) -> InvitationId {
        digests.invitation_id(&self.0)
    }

    /// Where the pages let whoever follows it join.
    pub fn link(&self) -> String {
        format!("/join/{}", self.shown())
    }

    /// `7QMK-3XTN-9PWR`.
    pub fn shown(&self) -> String {
        let groups: Vec<&str> = (0..CHARS).step_by(GROUP).map(|at| &self.0[at..at + GROUP]).collect();
        groups.join("-")
    }
}

/// Whoever has it may join.
impl std::fmt::Debug for Code {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Code(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD as BASE64;
    use uuid::Uuid;

    fn digests(fill: u8) -> Digests {
        Digests::from_base64(&BASE64.encode([fill; 32]).into()).expect("a key")
    }

    #[test]
    fn a_code_can_be_told_again_and_no_other_is_like_it() {
        let cohort = CohortId(Uuid::from_u128(1));
        let code = |fill, cohort, number| Code::derived(&digests(fill), cohort, number).shown();
        let first = code(1, cohort, 1);
        assert_eq!(first.len(), 14);
        assert_eq!(first, code(1, cohort, 1));
        for other in [code(2, cohort, 1), code(1, CohortId(Uuid::from_u128(2)), 1), code(1, cohort, 2)] {
            assert_ne!(first, other);
        }
    }

    #[test]
    fn a_code_is_read_as_people_type_it() {
        let code = Code::parse("0123-4567-89AB").expect("a code");
        for typed in ["0123456789ab", " o l23 4567 89AB ", "OI234567-89aB"] {
            assert_eq!(Code::parse(typed).as_ref(), Some(&code), "{typed}");
        }
        for no_code in
            ["", "0123", "0123-4567-89AU", "0123-4567-89ABC", "0123-4567-89Aß", &"0".repeat(10_000)]
        {
            assert_eq!(Code::parse(no_code), None, "{no_code}");
        }
        let id = code.id(&digests(1));
        assert_eq!(id, code.id(&digests(1)));
        assert_ne!(id, code.id(&digests(2)), "nobody without the key can test a guess");
        assert_eq!(format!("{code:?}"), "Code(…)");
    }
}
