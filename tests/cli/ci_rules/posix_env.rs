//! A `.env` file of plain `KEY=value` lines: a line of GitLab's dotenv, without its limits of size and number.
//!
//! No quotes, no escapes, no comments, no blank lines: what is left is what every reader of such files agrees on.

use super::Values;

/// Reads the file. An error names the first line that is not one of ours.
pub(crate) fn variables(file: &[u8]) -> Result<Values, String> {
    let text = String::from_utf8_lossy(file);
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    text.split_terminator('\n').map(variable).collect::<Result<_, _>>().map(Values)
}

fn variable(line: &str) -> Result<(String, String), String> {
    let (key, value) = line.split_once('=').ok_or_else(|| format!("invalid format `{line}`"))?;
    let (key, value) = (strip(key), strip(value));
    let letter = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    if key.is_empty() || key.len() > 255 || !key.bytes().all(letter) {
        return Err(format!("invalid key `{key}`"));
    }
    Ok((key.into(), value.into()))
}

/// Ruby's `String#strip`, which knows ASCII and takes NUL for white space.
fn strip(text: &str) -> &str {
    text.trim_matches(['\0', '\t', '\n', '\x0b', '\x0c', '\r', ' '])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(file: &str) -> Result<Values, String> {
        variables(file.as_bytes())
    }

    #[test]
    fn the_first_equals_sign_splits_and_both_sides_are_stripped() {
        let expected = [("A", "b=c"), ("D", "e # f"), ("G", "\"h\""), ("I", ""), ("J", "\u{a0}k")];
        let file = "A=b=c\n D\t= e # f \r\nG=\"h\"\nI=\0\nJ=\u{a0}k";
        assert_eq!(read(file).unwrap(), expected.into());
    }

    #[test]
    fn blank_lines_and_comments_are_fatal() {
        assert!(read("A=b\n\nC=d\n").is_err());
        assert!(read("A=b\n\n").is_err());
        assert!(read("\n").is_err());
        assert!(read("# a\n").is_err());
        assert!(read("# a=b\n").is_err());
        assert_eq!(read("").unwrap(), Values::default());
    }

    #[test]
    fn a_key_is_letters_digits_and_underscores() {
        assert!(read("9_a=b").is_ok());
        for key in ["", "a-b", "a.b", "a b", "\u{e4}", "export a"] {
            assert!(read(&format!("{key}=b")).is_err(), "{key}");
        }
        assert!(read(&format!("{}=b", "a".repeat(256))).is_err());
    }

    #[test]
    fn a_byte_order_mark_goes_and_invalid_utf_8_is_replaced() {
        let file = b"\xef\xbb\xbfA=b\xff\nA=c\xe2\x82\n";
        let expected = [("A", "b\u{fffd}"), ("A", "c\u{fffd}")];
        assert_eq!(variables(file).unwrap(), expected.into());
        assert_eq!(variables(file).unwrap().get("A"), Some("c\u{fffd}"));
    }
}
