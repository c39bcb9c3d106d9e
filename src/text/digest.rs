//! One hash of several texts.

use sha2::{Digest, Sha256};

use super::encode::hex;

/// The SHA-256 of these texts, in hexadecimal. Each goes with its length, so that no two lists of texts have one hash.
#[must_use]
pub fn of_parts<'a>(parts: impl IntoIterator<Item = &'a str>) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    hex(&hash.finalize())
}

#[cfg(test)]
mod tests {
    use super::of_parts;

    #[test]
    fn where_a_text_ends_counts() {
        assert_ne!(of_parts(["ab", "c"]), of_parts(["a", "bc"]));
        assert_ne!(of_parts(["a", ""]), of_parts(["a"]));
        assert_eq!(of_parts(["a", "b"]), of_parts(["a", "b"]));
    }
}
