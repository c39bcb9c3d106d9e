//! Randomness: for what must not be guessed or met twice, and for pauses that must not coincide.

use crate::text::encode::hex;

/// 32 random hexadecimal digits.
///
/// # Panics
///
/// When the operating system has no random numbers: nothing could be signed then.
#[must_use]
pub fn token() -> String {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).expect("the operating system has random numbers");
    hex(&bytes)
}

/// A seed for chance that need not be hard to guess, only different in each run.
///
/// # Panics
///
/// As [`token`] does.
#[must_use]
pub fn seed() -> u64 {
    getrandom::u64().expect("the operating system has random numbers")
}
