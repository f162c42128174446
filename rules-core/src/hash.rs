//! FNV-1a: the hash that names things in state and on the wire; and quicker
//! ones for what is looked up at each reading.
//!
//! None is meant to withstand an adversary; whatever is found by one is
//! compared in full, or concerns only the sender's own device.
//!
//! Source: Fowler, Noll & Vo, <http://www.isthe.com/chongo/tech/comp/fnv/>.

/// 64-bit FNV-1a of `bytes`.
#[must_use]
pub fn fnv1a_64(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

/// 128-bit FNV-1a over several byte strings, each preceded by its length so
/// that `["ab", "c"]` and `["a", "bc"]` differ.
#[must_use]
pub fn fnv1a_128(parts: &[&[u8]]) -> u128 {
    let mut hash: u128 = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d;
    for part in parts {
        let length = (part.len() as u64).to_le_bytes();
        for byte in length.iter().chain(part.iter()) {
            hash =
                (hash ^ u128::from(*byte)).wrapping_mul(0x0000_0000_0100_0000_0000_0000_0000_013B);
        }
    }
    hash
}

/// A quick 64-bit hash of `bytes`, eight at a time.
#[must_use]
pub fn hash_64(seed: u64, bytes: &[u8]) -> u64 {
    let (words, rest) = bytes.as_chunks::<8>();
    let mut hash = mix(seed, bytes.len() as u64);
    for word in words {
        hash = mix(hash, u64::from_le_bytes(*word));
    }
    let last = rest.iter().rev().fold(0, |word, byte| (word << 8) | u64::from(*byte));
    mix(hash, last)
}

/// Where to look for `text` in a table: quick rather than good, and without
/// products of 128 bits, for which wasm has no instruction.
#[must_use]
pub fn place_hash(text: &str) -> u64 {
    let mix = |hash: u64, word: u64| (hash.rotate_left(5) ^ word).wrapping_mul(ODD);
    let bytes = text.as_bytes();
    let mut hash = bytes.len() as u64;
    // The last eight bytes, or four, may overlap those before.
    let last = if let Some(last) = bytes.last_chunk::<8>() {
        for word in bytes.as_chunks::<8>().0 {
            hash = mix(hash, u64::from_le_bytes(*word));
        }
        u64::from_le_bytes(*last)
    } else if let (Some(first), Some(last)) = (bytes.first_chunk(), bytes.last_chunk()) {
        u64::from(u32::from_le_bytes(*first)) << 32 | u64::from(u32::from_le_bytes(*last))
    } else {
        bytes.iter().fold(0, |word, byte| word << 8 | u64::from(*byte))
    };
    // What tells texts apart often stands in the last bytes alone, the upper ones of
    // the word, which one product leaves where they are.
    let hash = mix(hash, last);
    mix(hash >> 32, hash) >> 32
}

/// Whether two short texts are equal.
///
/// In wasm, `==` on texts is a call that compares byte by byte.
#[inline]
#[must_use]
pub fn same_text(a: &str, b: &str) -> bool {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    if a.len() != b.len() {
        return false;
    }
    // The last eight bytes, or four, may overlap those before.
    if let (Some(last), Some(other)) = (a.last_chunk::<8>(), b.last_chunk::<8>()) {
        let (words, others) = (a.as_chunks::<8>().0, b.as_chunks::<8>().0);
        let word = |bytes: &[u8; 8]| u64::from_le_bytes(*bytes);
        return word(last) == word(other)
            && words.iter().zip(others).all(|(a, b)| word(a) == word(b));
    }
    if let (Some(first), Some(last)) = (a.first_chunk::<4>(), a.last_chunk::<4>()) {
        return b.first_chunk::<4>() == Some(first) && b.last_chunk::<4>() == Some(last);
    }
    a.iter().zip(b).all(|(a, b)| a == b)
}

/// Two numbers mixed into one: the halves of their product, each changed by
/// a constant before, laid over each other.
///
/// Source: the folded multiply of Wang Yi's wyhash (public domain).
#[must_use]
pub const fn mix(a: u64, b: u64) -> u64 {
    folded_product(a ^ ODD, b ^ 0xe703_7ed1_a0b4_28db)
}

#[cfg(not(target_family = "wasm"))]
#[allow(clippy::cast_possible_truncation, reason = "each half is taken by itself")]
const fn folded_product(a: u64, b: u64) -> u64 {
    let product = a as u128 * b as u128;
    product as u64 ^ (product >> 64) as u64
}

#[cfg(target_family = "wasm")]
use folded_product_by_halves as folded_product;

/// The same by products of 64 bits: wasm has no others, and calls a function for them.
#[cfg(any(target_family = "wasm", test))]
const fn folded_product_by_halves(a: u64, b: u64) -> u64 {
    const LOWER: u64 = 0xffff_ffff;
    let (a_lower, a_upper, b_lower, b_upper) = (a & LOWER, a >> 32, b & LOWER, b >> 32);
    let lowest = a_lower * b_lower;
    let one = a_upper * b_lower + (lowest >> 32);
    let other = a_lower * b_upper + (one & LOWER);
    let upper = a_upper * b_upper + (one >> 32) + (other >> 32);
    // With `a.wrapping_mul(b)`, LLVM would see the product of 128 bits, and call the function.
    (other << 32 | lowest & LOWER) ^ upper
}

/// An odd number without a pattern in its bits.
const ODD: u64 = 0x9e37_79b9_7f4a_7c15;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn published_test_vectors_hold() {
        assert_eq!(fnv1a_64(b""), 0xcbf2_9ce4_8422_2325);
        assert_eq!(fnv1a_64(b"a"), 0xaf63_dc4c_8601_ec8c);
        assert_eq!(fnv1a_64(b"foobar"), 0x8594_4171_f739_67e8);
    }

    #[test]
    fn a_product_by_halves_is_the_product() {
        let mut numbers = std::vec![0, 1, u64::MAX, u64::MAX << 32, u64::MAX >> 32];
        numbers.extend((0..100).map(|n| hash_64(n, b"")));
        for (a, b) in numbers.iter().flat_map(|a| numbers.iter().map(|b| (*a, *b))) {
            assert_eq!(folded_product_by_halves(a, b), folded_product(a, b), "{a} x {b}");
        }
    }

    #[test]
    fn the_quick_hash_tells_texts_of_any_length_apart() {
        let text = [b'a'; 40];
        let mut hashes: std::vec::Vec<u64> = (0..=40).map(|n| hash_64(7, &text[..n])).collect();
        hashes.extend((0..40).map(|n| {
            let mut other = text;
            other[n] = b'b';
            hash_64(7, &other)
        }));
        sorted::sort(&mut hashes);
        hashes.dedup();
        assert_eq!(hashes.len(), 81);
    }

    #[test]
    fn the_quick_hash_tells_single_letters_apart_by_any_seed() {
        for seed in 0..9 {
            let mut hashes: std::vec::Vec<u64> =
                (b'a'..=b'z').map(|letter| hash_64(seed, &[letter])).collect();
            sorted::sort(&mut hashes);
            hashes.dedup();
            assert_eq!(hashes.len(), 26, "by {seed}");
        }
    }

    #[test]
    fn places_of_texts_that_count_up_are_spread() {
        for name in ["d", "dev-", "dev-00", "dev-0000", "meter/", "a longer name of a device "] {
            let mut places: std::vec::Vec<u64> =
                (0..1_000).map(|n| place_hash(&alloc::format!("{name}{n:04}")) & 0xfff).collect();
            sorted::sort(&mut places);
            places.dedup();
            // A thousand thrown into 4,096 at random take 888 of them.
            assert!(places.len() > 840, "{name}: {}", places.len());
        }
    }

    #[test]
    fn texts_of_any_length_are_the_same_only_byte_for_byte() {
        let text = "abcdefghijklmnopqrstuvwxyz";
        for len in 0..=text.len() {
            let same = alloc::string::String::from(&text[..len]);
            assert!(same_text(&text[..len], &same));
            assert!(!same_text(&text[..len], &alloc::format!("{same}a")));
            for place in 0..len {
                let mut other = same.clone();
                other.replace_range(place..=place, "A");
                assert!(!same_text(&text[..len], &other), "{other}");
            }
        }
    }

    #[test]
    fn where_parts_are_cut_matters() {
        assert_ne!(fnv1a_128(&[b"ab", b"c"]), fnv1a_128(&[b"a", b"bc"]));
    }
}
