/// Makes new inputs of old ones, the same ones at every run.
///
/// Source of the generator: Steele, Lea & Flood, "Fast Splittable
/// Pseudorandom Number Generators", OOPSLA 2014 (`SplitMix64`).
#[derive(Clone, Copy, Debug)]
pub struct Mutator {
    state: u64,
}

/// Longest input that is made: longer ones are slow and say little new.
const BYTES_MAX: usize = 4_096;

impl Mutator {
    /// One that gives the same inputs for the same `seed`.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self { state: seed }
    }

    /// `input` with one to four changes; pieces come from `other` and `words`.
    #[must_use]
    pub fn mutate(&mut self, input: &[u8], other: &[u8], words: &[&str]) -> Vec<u8> {
        let mut bytes = input.to_vec();
        for _ in 0..=self.below(4) {
            self.change(&mut bytes, other, words);
        }
        bytes.truncate(BYTES_MAX);
        bytes
    }

    fn change(&mut self, bytes: &mut Vec<u8>, other: &[u8], words: &[&str]) {
        let at = self.below(bytes.len() + 1);
        let end = at + self.below((bytes.len() - at).min(16) + 1);
        match self.below(7) {
            0 => bytes.iter_mut().skip(at).take(1).for_each(|byte| *byte ^= 1 << (at % 8)),
            1 => {
                let new = self.byte();
                bytes.iter_mut().skip(at).take(1).for_each(|byte| *byte = new);
            }
            2 => bytes.insert(at, self.byte()),
            3 => drop(bytes.drain(at..end)),
            4 => {
                let piece = bytes[at..end].to_vec();
                let to = self.below(bytes.len() + 1);
                bytes.splice(to..to, piece);
            }
            5 => {
                let from = self.below(other.len() + 1);
                let to = from + self.below((other.len() - from).min(64) + 1);
                bytes.splice(at..end, other[from..to].iter().copied());
            }
            _ => {
                let word = words.get(self.below(words.len())).copied().unwrap_or("\u{ff}");
                bytes.splice(at..end, word.bytes());
            }
        }
    }

    /// A number below `bound`; 0 if there is none.
    pub fn below(&mut self, bound: usize) -> usize {
        let number = usize::try_from(self.next() >> 1).unwrap_or(usize::MAX >> 1);
        number.checked_rem(bound).unwrap_or(0)
    }

    /// A byte, more often one at the end of a range of numbers.
    pub fn byte(&mut self) -> u8 {
        // Numbers at the ends of their range are where mistakes are.
        match self.below(4) {
            0 => [0, 1, 0x7f, 0x80, 0xff][self.below(5)],
            _ => self.next().to_le_bytes()[0],
        }
    }

    fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}
