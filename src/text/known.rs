//! What must not be shown, and where it stands in bytes that are neither escaped nor encoded.
//!
//! Most texts hold no secret. So the first bytes of all secrets are looked for at once, and only where one of them begins
//! is it compared: in time that grows with the text alone, whatever the text and the secret are.

use std::ops::Range;

use secrecy::{ExposeSecret, SecretSlice};

use crate::text::signatures::Signatures;
use crate::text::steps::step;

/// So many bytes at the beginning or the end of a secret give it away: a server may cut a long text anywhere.
pub const PART: usize = 12;

/// The shortest secret that can be looked for: so many bytes are looked for at a time.
pub const SHORTEST: usize = 4;

/// Spreads four bytes over the upper twelve bits.
const SPREAD: u32 = 0x9e37_79b1;

/// Everything that is known to be secret.
pub struct Known {
    /// What is added for one request.
    pub signatures: Signatures,
    secrets: Vec<Secret>,
    /// In the order of what they begin with.
    anchors: Vec<Anchor>,
    /// Which four bytes an anchor begins with. It says yes too often, never no.
    beginnings: [u64; 64],
    shortest: usize,
    is_ascii: bool,
}

struct Secret {
    /// As [`folded`] has them.
    bytes: SecretSlice<u8>,
    /// So many of them are recognised.
    least: usize,
}

/// What is looked for of a secret: its first bytes or its last.
struct Anchor {
    first: u32,
    secret: usize,
    is_end: bool,
}

impl Default for Known {
    fn default() -> Self {
        Self {
            signatures: Signatures::default(),
            secrets: Vec::new(),
            anchors: Vec::new(),
            beginnings: [0; 64],
            shortest: usize::MAX,
            is_ascii: true,
        }
    }
}

impl Known {
    /// Remembers bytes, not under [`SHORTEST`]: a part of them too, if they are long enough for that.
    pub fn add(&mut self, bytes: &[u8], in_parts: bool) {
        let mut copy = Vec::with_capacity(bytes.len());
        copy.extend(bytes.iter().map(|byte| folded(*byte)));
        let bytes = SecretSlice::from(copy);
        let length = bytes.expose_secret().len();
        let least = if in_parts { length.min(PART) } else { length };
        let is_known =
            |known: &Secret| known.least <= least && known.bytes.expose_secret() == bytes.expose_secret();
        if self.secrets.iter().any(is_known) {
            return;
        }
        self.shortest = self.shortest.min(least);
        self.is_ascii &= bytes.expose_secret().is_ascii();
        let secret = self.secrets.len();
        self.secrets.push(Secret { bytes, least });
        self.anchor(secret, false);
        if least < length {
            self.anchor(secret, true);
        }
    }

    fn anchor(&mut self, secret: usize, is_end: bool) {
        let first = self.secrets[secret].anchored(is_end)[..SHORTEST]
            .iter()
            .fold(0, |first, byte| first << 8 | u32::from(*byte));
        let hash = first.wrapping_mul(SPREAD) >> 20;
        self.beginnings[(hash >> 6) as usize] |= 1 << (hash & 63);
        let at = self.anchors.partition_point(|known| known.first < first);
        self.anchors.insert(at, Anchor { first, secret, is_end });
    }

    /// The length of the shortest text that is known, or of the shortest part.
    #[must_use]
    pub fn shortest(&self) -> usize {
        self.shortest
    }

    /// Whether all of it is ASCII.
    #[must_use]
    pub fn is_ascii(&self) -> bool {
        self.is_ascii
    }

    /// Every place where something that is known stands, or a part of it.
    pub fn find(&self, text: &[u8], mark: &mut dyn FnMut(Range<usize>)) {
        let mut found: Vec<&Anchor> = Vec::new();
        let mut first = 0;
        for (end, byte) in text.iter().enumerate() {
            step();
            first = first << 8 | u32::from(FOLDED[usize::from(*byte)]);
            // The loop over everything that is written: its calls are not worth their cost.
            let hash = first.wrapping_mul(SPREAD) >> 20;
            if self.beginnings[(hash >> 6) as usize] >> (hash & 63) & 1 != 0 && end + 1 >= SHORTEST {
                self.compare(&text[end + 1 - SHORTEST..], first, &mut found);
            }
        }
        for anchor in found {
            let secret = &self.secrets[anchor.secret];
            let read = |bytes| Reading { bytes, is_backward: anchor.is_end };
            places(&read(secret.bytes.expose_secret()), &read(text), secret.least, mark);
        }
    }

    /// Which anchors the text begins with. Each is found once.
    fn compare<'a>(&'a self, text: &[u8], first: u32, found: &mut Vec<&'a Anchor>) {
        let from = self.anchors.partition_point(|anchor| anchor.first < first);
        for anchor in self.anchors[from..].iter().take_while(|anchor| anchor.first == first) {
            step();
            let wanted = self.secrets[anchor.secret].anchored(anchor.is_end);
            let is_here = wanted.len() <= text.len()
                && wanted.iter().zip(text).all(|(wanted, byte)| *wanted == folded(*byte));
            if is_here && !found.iter().any(|known| std::ptr::eq(*known, anchor)) {
                found.push(anchor);
            }
        }
    }
}

impl Secret {
    /// The bytes that it is recognised by.
    fn anchored(&self, is_end: bool) -> &[u8] {
        let bytes = self.bytes.expose_secret();
        let length = self.least.min(PART);
        if is_end { &bytes[bytes.len() - length..] } else { &bytes[..length] }
    }
}

/// What each byte counts as: a form has `+` for a blank, and JSON has a letter after a backslash for a line break.
static FOLDED: [u8; 256] = folded_bytes();

const fn folded_bytes() -> [u8; 256] {
    let mut folded = [0; 256];
    let mut byte = 0;
    while byte <= u8::MAX as usize {
        folded[byte] = byte.to_le_bytes()[0];
        byte += 1;
    }
    folded[b' ' as usize] = b'+';
    folded[b'\n' as usize] = b'n';
    folded[b'\r' as usize] = b'r';
    folded[b'\t' as usize] = b't';
    folded
}

fn folded(byte: u8) -> u8 {
    FOLDED[usize::from(byte)]
}

/// Bytes from one end to the other.
struct Reading<'a> {
    bytes: &'a [u8],
    is_backward: bool,
}

impl Reading<'_> {
    fn at(&self, index: usize) -> u8 {
        folded(self.bytes[if self.is_backward { self.bytes.len() - 1 - index } else { index }])
    }

    fn range(&self, read: Range<usize>) -> Range<usize> {
        let length = self.bytes.len();
        if self.is_backward { length - read.end..length - read.start } else { read }
    }
}

/// Every place where so many bytes of a secret or more stand, read from its first one: the algorithm of Knuth, Morris and
/// Pratt, which never looks back.
fn places(secret: &Reading, text: &Reading, least: usize, mark: &mut dyn FnMut(Range<usize>)) {
    let shorter = borders(secret);
    let (mut same, mut place) = (0, 0..0);
    for index in 0..text.bytes.len() {
        same = longer(secret, &shorter, same, text.at(index));
        if same < least {
            continue;
        }
        let here = index + 1 - same..index + 1;
        if here.start >= place.end && !place.is_empty() {
            mark(text.range(place));
            place = here;
        } else if place.is_empty() {
            place = here;
        } else {
            place.end = here.end;
        }
    }
    if !place.is_empty() {
        mark(text.range(place));
    }
}

/// For each beginning of a secret the longest shorter one that it ends with.
fn borders(secret: &Reading) -> Vec<usize> {
    let mut borders = vec![0; 2];
    for index in 1..secret.bytes.len() {
        borders.push(longer(secret, &borders, borders[index], secret.at(index)));
    }
    borders
}

/// How much of the secret is read, with one byte more.
fn longer(secret: &Reading, borders: &[usize], mut same: usize, byte: u8) -> usize {
    loop {
        step();
        if same < secret.bytes.len() && secret.at(same) == byte {
            return same + 1;
        }
        if same == 0 {
            return 0;
        }
        same = borders[same];
    }
}
