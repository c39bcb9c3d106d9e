//! Undoes base64 and hexadecimal digits wherever they stand in a text, in either alphabet, and over line breaks.

use std::ops::Range;

use crate::text::steps::step;

/// Digits that each stand for some bits of a text.
#[derive(Clone, Copy)]
pub enum Encoding {
    /// Either alphabet of base64, mixed too.
    Base64,
    /// Hexadecimal digits, in either case.
    Hex,
}

/// Digits in a row.
pub struct Run {
    /// What each digit stands for.
    pub values: Vec<u8>,
    positions: Vec<usize>,
    encoding: Encoding,
}

/// What no digit of base64 is.
const NO_DIGIT: u8 = 64;
const LINE_BREAK: u8 = 65;
const BLANK: u8 = 66;

/// What each byte is as a digit of base64.
static BASE64: [u8; 256] = base64_values();

const fn base64_values() -> [u8; 256] {
    let mut values = [NO_DIGIT; 256];
    let digits = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut value = 0;
    while value < NO_DIGIT {
        values[digits[value as usize] as usize] = value;
        value += 1;
    }
    values[b'-' as usize] = 62;
    values[b'_' as usize] = 63;
    values[b'\n' as usize] = LINE_BREAK;
    values[b'\r' as usize] = LINE_BREAK;
    values[b' ' as usize] = BLANK;
    values[b'\t' as usize] = BLANK;
    values
}

/// Every run of so many digits of base64 or more. Line breaks, and blanks after them, do not end a run.
pub fn base64_runs(text: &[u8], least: usize, mut found: impl FnMut(&Run)) {
    let (mut start, mut digits, mut is_broken) = (0, 0, false);
    for (at, byte) in text.iter().enumerate() {
        step();
        match BASE64[usize::from(*byte)] {
            0..=63 => (digits, is_broken) = (digits + 1, false),
            LINE_BREAK => is_broken = true,
            BLANK if is_broken => {}
            _ => {
                if digits >= least {
                    found(&Run::of_base64(text, start..at));
                }
                (start, digits, is_broken) = (at + 1, 0, false);
            }
        }
    }
    if digits >= least {
        found(&Run::of_base64(text, start..text.len()));
    }
}

impl Encoding {
    /// How many digits so many bytes are, at least.
    #[must_use]
    pub fn digits(self, bytes: usize) -> usize {
        bytes * 8 / self.bits()
    }

    fn bits(self) -> usize {
        match self {
            Self::Base64 => 6,
            Self::Hex => 4,
        }
    }
}

impl Run {
    fn of_base64(text: &[u8], within: Range<usize>) -> Self {
        let mut values = Vec::with_capacity(within.len());
        let mut positions = Vec::with_capacity(within.len());
        for at in within {
            let value = BASE64[usize::from(text[at])];
            if value < NO_DIGIT {
                values.push(value);
                positions.push(at);
            }
        }
        Self { values, positions, encoding: Encoding::Base64 }
    }

    /// Every run of so many hexadecimal digits or more in one of base64.
    pub fn hex_runs(&self, least: usize, mut found: impl FnMut(&Self)) {
        let mut start = 0;
        for (at, value) in self.values.iter().chain([&NO_DIGIT]).enumerate() {
            step();
            if of_hex(*value).is_some() {
                continue;
            }
            if at - start >= least {
                let values = self.values[start..at].iter().copied().filter_map(of_hex).collect();
                let positions = self.positions[start..at].to_vec();
                found(&Self { values, positions, encoding: Encoding::Hex });
            }
            start = at + 1;
        }
    }

    /// The bytes that the digits stand for, for each number of digits at the beginning that may belong to something else.
    /// Left out is what has no row of so many printable characters, all of ASCII or not: no text is found in it.
    pub fn decoded(&self, least: usize, is_ascii: bool, mut found: impl FnMut(usize, &[u8])) {
        let groups = match self.encoding {
            Encoding::Base64 => 4,
            Encoding::Hex => 2,
        };
        let mut bytes = Vec::with_capacity(self.values.len());
        for skipped in 0..groups {
            bytes.clear();
            if self.decode(skipped, is_ascii, &mut bytes) >= least {
                found(skipped, &bytes);
            }
        }
    }

    /// Appends the bytes of the digits after the first ones, and returns how many in a row are printable at most.
    fn decode(&self, skipped: usize, is_ascii: bool, bytes: &mut Vec<u8>) -> usize {
        let bits = self.encoding.bits();
        let (mut left, mut count, mut printable, mut longest) = (0_u16, 0, 0, 0);
        for value in self.values.iter().skip(skipped) {
            step();
            left = left << bits | u16::from(*value);
            count += bits;
            if count < 8 {
                continue;
            }
            count -= 8;
            let [_, byte] = (left >> count).to_be_bytes();
            bytes.push(byte);
            printable = if is_printable(byte, is_ascii) { printable + 1 } else { 0 };
            longest = longest.max(printable);
        }
        longest
    }

    /// Where bytes of [`Run::decoded`] stand in the text, the last of which is `of`. Digits at the ends of the run that are no
    /// whole byte go with the first and the last one.
    #[must_use]
    pub fn range(&self, skipped: usize, bytes: Range<usize>, of: usize) -> Range<usize> {
        let bits = self.encoding.bits();
        let first = if bytes.start == 0 { 0 } else { skipped + bytes.start * 8 / bits };
        let end = skipped + (bytes.end * 8).div_ceil(bits);
        self.digits(first..if bytes.end == of { self.positions.len() } else { end })
    }

    /// Where digits stand in the text.
    #[must_use]
    pub fn digits(&self, digits: Range<usize>) -> Range<usize> {
        self.positions[digits.start]..self.positions[digits.end - 1] + 1
    }
}

/// What texts consist of, in whatever form.
fn is_printable(byte: u8, is_ascii: bool) -> bool {
    matches!(byte, b' '..=b'~' | b'\t' | b'\n' | b'\r') || !(is_ascii || byte.is_ascii())
}

/// A digit of base64 as a hexadecimal one: `A` to `F`, `a` to `f`, `0` to `9`.
fn of_hex(value: u8) -> Option<u8> {
    match value {
        0..6 => Some(value + 10),
        26..32 => Some(value - 16),
        52..62 => Some(value - 52),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::{Encoding, Run, base64_runs};

    /// Where a text is found that is encoded in another.
    fn found(encoding: Encoding, text: &str, wanted: &str) -> Vec<String> {
        let mut found = Vec::new();
        let mut search = |run: &Run| {
            run.decoded(wanted.len(), true, |skipped, bytes| {
                let at = bytes.windows(wanted.len()).position(|window| window == wanted.as_bytes());
                let place = at.map(|at| run.range(skipped, at..at + wanted.len(), bytes.len()));
                found.extend(place.map(|place| text[place].to_owned()));
            });
        };
        base64_runs(text.as_bytes(), 1, |run| match encoding {
            Encoding::Base64 => search(run),
            Encoding::Hex => run.hex_runs(1, &mut search),
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
            assert_eq!(found(Encoding::Base64, text, "key-of-mine"), [place], "{text}");
        }
        assert_eq!(found(Encoding::Base64, "Pj4+Pz8/ Pj4-Pz8_", ">>>???"), ["Pj4+Pz8/", "Pj4-Pz8_"]);
        assert_eq!(found(Encoding::Base64, "a2V5 LW9mLW1pbmU=", "key-of-mine"), [""; 0]);
    }

    #[test]
    fn hexadecimal_digits_are_found_in_either_case_and_at_odd_places() {
        for text in ["6b65792d6f66", "6B65792D6F66", "06b65792d6f66"] {
            assert_eq!(found(Encoding::Hex, text, "key-of"), [text], "{text}");
        }
    }
}
