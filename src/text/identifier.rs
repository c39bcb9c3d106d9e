//! Identifiers that a server gave: compared as the vendor's numbers, and checked like inputs before they go into a URL.

/// The longest identifier, in characters.
const LONGEST: usize = 64;

/// The form in which identifiers are compared: `2301.0`, `"2301 "` and `02301` are the number 2301. What is no number stays
/// as it is, but for white space at either end.
#[must_use]
pub fn normalize(id: &str) -> String {
    let id = id.trim();
    let (whole, fraction) = id.split_once('.').unwrap_or((id, ""));
    let is_number = !whole.is_empty()
        && whole.chars().all(|digit| digit.is_ascii_digit())
        && fraction.chars().all(|digit| digit == '0');
    if !is_number {
        return id.to_owned();
    }
    let digits = whole.trim_start_matches('0');
    if digits.is_empty() { "0".to_owned() } else { digits.to_owned() }
}

/// Whether it is fit for a URL path and a header: letters, digits, `-` and `_`.
#[must_use]
pub fn is_valid(id: &str) -> bool {
    let is_fit = |character: char| character.is_ascii_alphanumeric() || matches!(character, '-' | '_');
    !id.is_empty() && id.len() <= LONGEST && id.chars().all(is_fit)
}

#[cfg(test)]
mod tests {
    use super::{is_valid, normalize};

    #[test]
    fn numbers_are_the_same_in_every_spelling() {
        for spelling in ["2301", "2301.0", "2301.", " 2301 ", "02301", "2301.000"] {
            assert_eq!(normalize(spelling), "2301", "{spelling:?}");
        }
        for other in ["2301.5", "2301a", "2.301e3", "-2301", "", "a.0"] {
            assert_ne!(normalize(other), "2301", "{other:?}");
        }
        assert_eq!(normalize("000"), "0");
    }

    #[test]
    fn what_would_change_a_path_is_no_identifier() {
        assert!(is_valid("2301") && is_valid("artifact-9f_1"));
        for hostile in ["../../../v1/x?y=", "9?x=y", "9#f", "", "9/1", "9 1", "%2e", &"9".repeat(65)] {
            assert!(!is_valid(hostile), "{hostile:?}");
        }
    }
}
