//! Ids that a program on the way took for numbers: YAML and JavaScript keep no more than 16 digits or so.

/// The number up to which a double holds every whole number.
const EXACT: f64 = 9_007_199_254_740_992.0;

/// Whether digits are exactly what a double above 2^53 prints: `1720876959997924600` may have been
/// `1720876959997924701`.
#[must_use]
pub fn may_be_rounded(digits: &str) -> bool {
    let is_number = !digits.is_empty() && digits.chars().all(|c| c.is_ascii_digit());
    // From 10^21 on JavaScript prints an exponent.
    let number = digits.parse::<f64>().ok().filter(|_| is_number && digits.len() <= 21);
    number.is_some_and(|number| number > EXACT && format!("{number}") == digits)
}

/// Whether a text is a number with an exponent, such as `1.6208769599979247e+18`, which nobody writes for an id.
#[must_use]
pub fn has_exponent(text: &str) -> bool {
    let Some((mantissa, exponent)) = text.split_once(['e', 'E']) else {
        return false;
    };
    let digits = |text: &str| !text.is_empty() && text.chars().all(|c| c.is_ascii_digit());
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, "0"));
    digits(whole.trim_start_matches('-'))
        && digits(fraction)
        && exponent.strip_prefix('+').is_some_and(digits)
}

#[cfg(test)]
mod tests {
    use super::{has_exponent, may_be_rounded};

    #[test]
    fn digits_that_a_double_prints() {
        for digits in ["1720876959997924600", "1620876959997924600", "9007199254740994"] {
            assert!(may_be_rounded(digits), "{digits}");
        }
        for digits in [
            "1720876959997924701",
            "1620876959997924701",
            "9007199254740992",
            "9007199254740993",
            "2301",
            "",
            "a",
        ] {
            assert!(!may_be_rounded(digits), "{digits}");
        }
    }

    #[test]
    fn numbers_with_an_exponent() {
        for text in ["1.6208769599979247e+18", "1.62087695999792E+18", "2e+18"] {
            assert!(has_exponent(text), "{text}");
        }
        for text in ["1620876959997924701", "1e5", "e+18", "1.e+18", "1.0", "release+1", "1e+", "a1e+18"] {
            assert!(!has_exponent(text), "{text}");
        }
    }
}
