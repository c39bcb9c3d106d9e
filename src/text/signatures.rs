//! The signatures of the last quarter of an hour: as long as the vendors take one.

use std::collections::{HashSet, VecDeque};
use std::hash::{BuildHasherDefault, Hasher};
use std::ops::Range;

use crate::text::encodings::Run;

/// So many hexadecimal digits at the beginning or the end of a signature give it away.
pub const SHORTEST: usize = 12;

/// The digits of a signature, and of the digest that is signed.
const DIGITS: usize = 64;

/// Of each request two are remembered. A client makes five requests a second at most.
const REMEMBERED: usize = 2 * 5 * 15 * 60;

/// What is known of each: the beginning and the end. That is no secret by itself, and takes a few bytes.
#[derive(Default)]
pub struct Signatures {
    /// The oldest first.
    ends: VecDeque<[u64; 2]>,
    known: HashSet<u64, BuildHasherDefault<Spread>>,
}

impl Signatures {
    /// Remembers a signature, or a digest, in the place of the oldest.
    pub fn add(&mut self, digits: &str) {
        let mut ends = [None; 2];
        let values: Option<Vec<u8>> =
            digits.chars().map(|digit| u8::try_from(digit.to_digit(16)?).ok()).collect();
        windows(&values.unwrap_or_default(), |_, window| {
            ends = [ends[0].or(Some(beginning(window))), Some(end(window))];
        });
        let [Some(beginning), Some(end)] = ends else { return };
        if self.ends.len() == REMEMBERED {
            for end in self.ends.pop_front().into_iter().flatten() {
                self.known.remove(&end);
            }
        }
        self.ends.push_back([beginning, end]);
        self.known.extend([beginning, end]);
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// Where signatures stand in a run of hexadecimal digits, whole or cut.
    pub fn find(&self, run: &Run, mark: &mut dyn FnMut(Range<usize>)) {
        let length = run.values.len();
        windows(&run.values, |at, window| {
            if self.known.contains(&beginning(window)) {
                mark(run.digits(at..length.min(at + DIGITS)));
            }
            if self.known.contains(&end(window)) {
                mark(run.digits((at + SHORTEST).saturating_sub(DIGITS)..at + SHORTEST));
            }
        });
    }
}

/// Every row of [`SHORTEST`] digits as a number, with its place.
fn windows(values: &[u8], mut each: impl FnMut(usize, u64)) {
    let mut window = 0;
    for (at, value) in values.iter().enumerate() {
        window = (window << 4 | u64::from(*value)) & ((1 << (4 * SHORTEST)) - 1);
        if at + 1 >= SHORTEST {
            each(at + 1 - SHORTEST, window);
        }
    }
}

fn beginning(window: u64) -> u64 {
    window << 1
}

fn end(window: u64) -> u64 {
    window << 1 | 1
}

/// What is hashed are digits of a digest: they only need to be spread over all bits.
#[derive(Default)]
struct Spread(u64);

impl Hasher for Spread {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
        }
    }

    fn write_u64(&mut self, value: u64) {
        self.0 = value.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    }
}

#[cfg(test)]
mod tests {
    use super::{DIGITS, REMEMBERED, Signatures};
    use crate::text::encodings::base64_runs;

    fn found(signatures: &Signatures, text: &str) -> Vec<String> {
        let mut found = Vec::new();
        base64_runs(text.as_bytes(), 1, |run| {
            run.hex_runs(1, |digits| {
                signatures.find(digits, &mut |range| found.push(text[range].to_owned()));
            });
        });
        found.dedup();
        found
    }

    fn signature(number: usize) -> String {
        crate::cloud::signing::sha256(&number.to_string())
    }

    #[test]
    fn a_signature_is_known_for_a_quarter_of_an_hour_of_queries_and_no_longer() {
        let mut signatures = Signatures::default();
        for number in 0..=REMEMBERED {
            signatures.add(&signature(number));
        }
        for known in [1, REMEMBERED / 2, REMEMBERED] {
            assert_eq!(found(&signatures, &signature(known)), [signature(known)]);
        }
        assert_eq!(found(&signatures, &signature(0)), [""; 0]);
    }

    #[test]
    fn ten_thousand_signatures_take_no_more_memory_than_nine_thousand() {
        let mut signatures = Signatures::default();
        let mut sizes = Vec::new();
        for number in 0..3 * REMEMBERED {
            signatures.add(&signature(number));
            if (number + 1) % REMEMBERED == 0 {
                sizes.push((signatures.ends.capacity(), signatures.known.len()));
            }
        }
        assert_eq!(sizes, [sizes[0]; 3]);
        assert!(signatures.known.capacity() < 4 * REMEMBERED, "{}", signatures.known.capacity());
    }

    #[test]
    fn a_part_of_a_signature_is_known_by_its_beginning_or_its_end() {
        let mut signatures = Signatures::default();
        let (one, other) = (signature(1), signature(2));
        signatures.add(&one);
        assert_eq!(found(&signatures, &format!("{}…", &one[..12])), [&one[..12]]);
        assert_eq!(found(&signatures, &format!("…{}", &one[20..])), [&one[20..]]);
        assert_eq!(found(&signatures, &one.to_uppercase()), [one.to_uppercase()]);
        assert_eq!(found(&signatures, &format!("{other}{one}{other}")), [&*one]);
        assert_eq!(found(&signatures, &one[1..DIGITS - 1]), [""; 0]);
        assert_eq!(found(&signatures, &one[..11]), [""; 0]);
        for no_signature in ["", "abc", "no-hexadecimal-digits"] {
            signatures.add(no_signature);
        }
        assert_eq!(signatures.ends.len(), 1);
    }
}
