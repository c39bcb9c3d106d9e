//! Jenkins: `readJSON`, `sh(returnStdout: true)`, and `readProperties`, which is `java.util.Properties`.

use std::{fmt, mem};

use serde::de::{Deserialize, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::Value;

use super::Values;

/// What a pipeline gets from `readJSON`. A name given twice is an error here: json-lib makes an array of the two.
pub(crate) fn read_json(file: &[u8]) -> Result<Value, String> {
    let text = str::from_utf8(file).map_err(|error| error.to_string())?;
    serde_json::from_str::<NamesOnce>(text).map_err(|error| error.to_string())?;
    serde_json::from_str(text).map_err(|error| error.to_string())
}

/// What `sh(returnStdout: true).trim()` gives: all of stdout, without what Java's `trim` takes for white space.
pub(crate) fn return_stdout(stdout: &str) -> &str {
    stdout.trim_matches(|c| c <= ' ')
}

/// Any JSON value whose objects give no name twice.
struct NamesOnce;

impl<'de> Deserialize<'de> for NamesOnce {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Self)
    }
}

impl<'de> Visitor<'de> for NamesOnce {
    type Value = Self;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self, A::Error> {
        let mut names = Vec::new();
        while let Some((name, Self)) = map.next_entry::<String, Self>()? {
            if names.contains(&name) {
                return Err(A::Error::custom(format!("`{name}` is given twice")));
            }
            names.push(name);
        }
        Ok(self)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self, A::Error> {
        while let Some(Self) = seq.next_element()? {}
        Ok(self)
    }

    fn visit_unit<E>(self) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_str<E>(self, _: &str) -> Result<Self, E> {
        Ok(self)
    }
}

/// Reads a `.properties` file as `readProperties` does without a `charset`: each byte is one character of ISO-8859-1.
pub(crate) fn properties(file: &[u8]) -> Result<Values, String> {
    let text: String = file.iter().copied().map(char::from).collect();
    let lines = logical_lines(&text);
    lines.iter().map(|line| property(line)).collect::<Result<_, _>>().map(Values)
}

const BLANKS: [char; 3] = [' ', '\t', '\x0c'];

/// Lines without comments and blank ones, joined where the line end is escaped.
fn logical_lines(text: &str) -> Vec<String> {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let mut lines = Vec::new();
    let mut begun = String::new();
    let mut goes_on = false;
    for line in text.split_terminator('\n') {
        let line = line.trim_start_matches(BLANKS);
        // An escaped line end with nothing before it joins nothing.
        if begun.is_empty() && (line.is_empty() || line.starts_with(['#', '!'])) {
            goes_on = false;
            continue;
        }
        let backslashes = line.len() - line.trim_end_matches('\\').len();
        goes_on = backslashes % 2 == 1;
        begun += &line[..line.len() - usize::from(goes_on)];
        if !goes_on {
            lines.push(mem::take(&mut begun));
        }
    }
    lines.extend(goes_on.then_some(begun));
    lines
}

/// The name goes to the first bare `=`, `:` or blank; blanks and one sign stand between it and the value.
fn property(line: &str) -> Result<(String, String), String> {
    let mut escaped = false;
    let end = line.find(|c: char| {
        let ends = !escaped && (c == '=' || c == ':' || BLANKS.contains(&c));
        escaped = c == '\\' && !escaped;
        ends
    });
    let (name, rest) = line.split_at(end.unwrap_or(line.len()));
    let rest = rest.trim_start_matches(BLANKS);
    let value = rest.strip_prefix(['=', ':']).unwrap_or(rest);
    Ok((unescaped(name)?, unescaped(value.trim_start_matches(BLANKS))?))
}

/// Undoes the escapes; the units are UTF-16's, so that two `\uXXXX` may make one character.
fn unescaped(text: &str) -> Result<String, String> {
    let mut units = Vec::new();
    let mut rest = text.chars();
    while let Some(c) = rest.next() {
        let c = match c {
            '\\' => match rest.next() {
                Some('u') => {
                    units.push(unit(&rest.by_ref().take(4).collect::<String>())?);
                    continue;
                }
                Some('t') => '\t',
                Some('n') => '\n',
                Some('r') => '\r',
                Some('f') => '\x0c',
                Some(other) => other,
                None => continue,
            },
            plain => plain,
        };
        units.extend_from_slice(c.encode_utf16(&mut [0; 2]));
    }
    String::from_utf16(&units).map_err(|error| error.to_string())
}

fn unit(digits: &str) -> Result<u16, String> {
    let four = digits.len() == 4 && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    let unit = four.then(|| u16::from_str_radix(digits, 16).ok()).flatten();
    unit.ok_or_else(|| format!("malformed \\uxxxx encoding `{digits}`"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_json_file_is_utf_8_and_gives_no_name_twice() {
        let value =
            read_json(br#"{"a": [1234567890123456789012, null, true, "b"], "c": {"a": -1.50}}"#).unwrap();
        assert_eq!(value["a"][0].to_string(), "1234567890123456789012");
        assert_eq!(value["c"]["a"].to_string(), "-1.50");
        assert!(read_json(br#"{"a": {"b": 1, "b": 2}}"#).unwrap_err().contains("`b` is given twice"));
        assert!(read_json(b"{} {}").is_err());
        assert!(read_json(b"\"\xff\"").is_err());
    }

    #[test]
    fn stdout_is_trimmed_as_java_does() {
        assert_eq!(return_stdout("\0\n {} \r\n"), "{}");
        assert_eq!(return_stdout("\u{a0}{}\n"), "\u{a0}{}");
    }

    fn read(file: &str) -> Values {
        properties(file.as_bytes()).unwrap()
    }

    #[test]
    fn a_name_ends_at_the_first_bare_sign_or_blank() {
        let expected =
            [("a", "b"), ("c", "d"), ("e", "f g "), ("h", "=i"), ("j", ""), ("k:l= m", "n"), ("", "o")];
        let file = "a=b\nc:d\n e \t= f g \nh==i\nj\nk\\:l\\=\\ m=n\n=o\n";
        assert_eq!(read(file), expected.into());
    }

    #[test]
    fn comments_and_blank_lines_are_skipped_and_the_last_value_wins() {
        let values = read("# a=b\n\n \t\n  ! c\ra=1\r\na=2\\\\\n#=x");
        assert_eq!(values, [("a", "1"), ("a", "2\\")].into());
        assert_eq!(values.get("a"), Some("2\\"));
    }

    #[test]
    fn an_escaped_line_end_joins_lines() {
        let expected = [("a", "bc#d"), ("e", "f")];
        assert_eq!(read("a=b\\\n   c\\\r\n#d\ne=\\\n\\\nf\\"), expected.into());
        assert_eq!(read("a=b\\\n\nc=d"), [("a", "b"), ("c", "d")].into());
        assert_eq!(read("\\\n#a\n\\\n\nb\n\\"), [("b", ""), ("", "")].into());
    }

    #[test]
    fn escapes_are_undone() {
        let expected = [("a\u{e4}", "\t\n\r\x0cz\"'\\ \u{1f600}")];
        assert_eq!(read("a\\u00e4=\\t\\n\\r\\f\\z\\\"\\'\\\\ \\uD83D\\ude00"), expected.into());
        for bad in ["a=\\u12", "a=\\u12g4", "a=\\u+123", "a=\\ud83d"] {
            assert!(properties(bad.as_bytes()).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_byte_is_a_character() {
        assert_eq!(read("a=\u{e4}"), [("a", "\u{c3}\u{a4}")].into());
    }
}
