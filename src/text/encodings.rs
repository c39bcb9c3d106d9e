//! Undoes base64 and hexadecimal digits wherever they stand in a text, in either alphabet, and over line breaks.

use std::ops::Range;

use crate::text::steps::step;

/// Digits that each stand for some bits of a text.
#[derive(Clone, Copy)]
pub struct Encoding {
    /// The bits of one digit.
    bits: usize,
    value: fn(u8) -> Option<u8>,
}

/// Either alphabet of base64, mixed too.
pub const BASE64: Encoding = Encoding { bits: 6, value: of_base64 };

/// Hexadecimal digits.
pub const HEX: Encoding = Encoding { bits: 4, value: of_hex };

/// Digits in a row.
pub struct Run {
    /// What each digit stands for.
    pub values: Vec<u8>,
    positions: Vec<usize>,
    bits: usize,
}

impl Encoding {
    /// How many digits so many bytes are, at least.
    #[must_use]
    pub fn digits(self, bytes: usize) -> usize {
        bytes * 8 / self.bits
    }

    /// The places in a row of digits at which whole bytes can begin.
    #[must_use]
    pub fn alignments(self) -> Range<usize> {
        // Four digits of base64 are three bytes, two hexadecimal ones are one.
        0..if self.bits == 6 { 4 } else { 2 }
    }

    /// Every run of so many digits or more. Line breaks, and blanks after them, do not end a run.
    pub fn runs(self, text: &[u8], least: usize, mut found: impl FnMut(&Run)) {
        let mut run = Run { values: Vec::new(), positions: Vec::new(), bits: self.bits };
        let mut is_broken = false;
        for (at, byte) in text.iter().enumerate() {
            step();
            if let Some(value) = (self.value)(*byte) {
                is_broken = false;
                run.values.push(value);
                run.positions.push(at);
            } else {
                is_broken = matches!(byte, b'\n' | b'\r') || is_broken && matches!(byte, b' ' | b'\t');
                if !is_broken {
                    run.end(least, &mut found);
                }
            }
        }
        run.end(least, &mut found);
    }
}

impl Run {
    fn end(&mut self, least: usize, found: &mut impl FnMut(&Self)) {
        if self.values.len() >= least {
            found(self);
        }
        self.values.clear();
        self.positions.clear();
    }

    /// The bytes that the digits stand for, if the first `skipped` ones belong to something else.
    #[must_use]
    pub fn decoded(&self, skipped: usize) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(self.values.len() * self.bits / 8);
        let (mut left, mut count) = (0_u16, 0);
        for value in self.values.iter().skip(skipped) {
            step();
            left = left << self.bits | u16::from(*value);
            count += self.bits;
            if count >= 8 {
                count -= 8;
                bytes.push((left >> count).to_be_bytes()[1]);
            }
        }
        bytes
    }

    /// Where bytes of [`Run::decoded`] stand in the text. Digits at the ends of the run that are no whole byte go with
    /// the first and the last one.
    #[must_use]
    pub fn range(&self, skipped: usize, bytes: Range<usize>, of: usize) -> Range<usize> {
        let first = if bytes.start == 0 { 0 } else { skipped + bytes.start * 8 / self.bits };
        let end = skipped + (bytes.end * 8).div_ceil(self.bits);
        let last = if bytes.end == of { self.positions.len() } else { end } - 1;
        self.positions[first]..self.positions[last] + 1
    }

    /// Where digits stand in the text.
    #[must_use]
    pub fn digits(&self, digits: Range<usize>) -> Range<usize> {
        self.positions[digits.start]..self.positions[digits.end - 1] + 1
    }
}

fn of_base64(digit: u8) -> Option<u8> {
    Some(match digit {
        b'A'..=b'Z' => digit - b'A',
        b'a'..=b'z' => digit - b'a' + 26,
        b'0'..=b'9' => digit - b'0' + 52,
        b'+' | b'-' => 62,
        b'/' | b'_' => 63,
        _ => return None,
    })
}

fn of_hex(digit: u8) -> Option<u8> {
    Some(match digit {
        b'0'..=b'9' => digit - b'0',
        b'a'..=b'f' => digit - b'a' + 10,
        b'A'..=b'F' => digit - b'A' + 10,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::{BASE64, Encoding, HEX};

    /// What is encoded in a text, as texts, with the places of all that is found of one.
    fn found(encoding: Encoding, text: &str, wanted: &str) -> Vec<String> {
        let mut found = Vec::new();
        encoding.runs(text.as_bytes(), 1, |run| {
            for skipped in encoding.alignments() {
                let bytes = run.decoded(skipped);
                let decoded: String = bytes.iter().copied().map(char::from).collect();
                if let Some(at) = decoded.match_indices(wanted).map(|(at, _)| at).next() {
                    // Latin-1 above 127 takes two bytes here.
                    let at = decoded[..at].chars().count();
                    let place = run.range(skipped, at..at + wanted.len(), bytes.len());
                    found.push(text[place].to_owned());
                }
            }
        });
        found
    }

    #[test]
    fn base64_is_found_at_each_place_of_a_group_in_either_alphabet_and_over_lines() {
        let cases = [
            ("<a2V5LW9mLW1pbmU=>", "a2V5LW9mLW1pbmU"),
            ("<IGtleS1vZi1taW5lIA==>", "GtleS1vZi1taW5l"),
            ("<ICBrZXktb2YtbWluZSAg>", "BrZXktb2YtbWluZS"),
            ("<xa2V5LW9mLW1pbmU>", "xa2V5LW9mLW1pbmU"),
            ("<a2V5\nLW9m\r\n  LW1pbmU=>", "a2V5\nLW9m\r\n  LW1pbmU"),
            ("<a2V5LW9mLW1pbmUx>", "a2V5LW9mLW1pbmU"),
        ];
        for (text, place) in cases {
            assert_eq!(found(BASE64, text, "key-of-mine"), [place], "{text}");
        }
        assert_eq!(found(BASE64, "Pj4+Pz8/ Pj4-Pz8_", ">>>???"), ["Pj4+Pz8/", "Pj4-Pz8_"]);
        assert_eq!(found(BASE64, "a2V5 LW9mLW1pbmU=", "key-of-mine"), [""; 0]);
    }

    #[test]
    fn hexadecimal_digits_are_found_in_either_case_and_at_odd_places() {
        for text in ["6b65792d6f66", "6B65792D6F66", "06b65792d6f66"] {
            assert_eq!(found(HEX, text, "key-of"), [text], "{text}");
        }
    }
}
