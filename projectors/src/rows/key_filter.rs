//! Which keys a build may have written: so that what it never wrote is not looked for in the tables.

use foldhash::quality::RandomState;
use std::hash::{BuildHasher, Hash};

/// 8 MiB: with five million keys one in fifty others is taken for one of them; with more it is more, and costs a look-up.
const WORDS_LOG2: u32 = 20;

/// A Bloom filter with all bits of a key in one word. Takes no memory before the first key is added.
#[derive(Default)]
pub struct KeyFilter {
    words: Vec<u64>,
    hasher: RandomState,
}

impl KeyFilter {
    pub fn add<K: Hash>(&mut self, key: &K) {
        if self.words.is_empty() {
            self.words = vec![0; 1 << WORDS_LOG2];
        }
        let (word, bits) = self.place(key);
        self.words[word] |= bits;
    }

    /// `false`: it was not added. `true`: it was, or seems so.
    pub fn may_hold<K: Hash>(&self, key: &K) -> bool {
        let (word, bits) = self.place(key);
        self.words.get(word).is_some_and(|word| word & bits == bits)
    }

    /// The word from the upper bits of the hash, four bits in it from the lower ones.
    fn place<K: Hash>(&self, key: &K) -> (usize, u64) {
        let hash = self.hasher.hash_one(key);
        let bits = (0..4).fold(0, |bits, number| bits | 1 << (hash >> (6 * number) & 63));
        (usize::try_from(hash >> (u64::BITS - WORDS_LOG2)).unwrap_or_default(), bits)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_added_is_held_and_nearly_nothing_else() {
        let mut filter = KeyFilter::default();
        assert!(!filter.may_hold(&0_u32));
        (0..100_000_u32).for_each(|key| filter.add(&key));
        assert!((0..100_000_u32).all(|key| filter.may_hold(&key)));
        let others = (100_000..200_000_u32).filter(|key| filter.may_hold(key)).count();
        assert!(others < 100, "{others} of 100,000 others seem to be there");
    }
}
