//! Randomness: for what must not be guessed or met twice.

use crate::canonical::hexadecimal;

/// 32 random hexadecimal digits.
///
/// # Panics
///
/// When the operating system has no random numbers: nothing could be signed then.
#[must_use]
pub fn token() -> String {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).expect("the operating system has random numbers");
    hexadecimal(&bytes)
}
