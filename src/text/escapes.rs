//! Undoes the escapes of URLs, JSON and pages, however they are nested and mixed, in one pass.
//!
//! What is left does not depend on the order in which escapes are undone, so a secret that any software has escaped, in
//! part or in whole, once or more often, leaves the same bytes as the secret itself.

use std::ops::Range;

use crate::text::steps::step;

/// A text without its escapes, and where each of its bytes stood. Backslashes are gone.
pub struct Unescaped {
    /// What is left.
    pub bytes: Vec<u8>,
    /// Where each byte began in the text, and the text's end.
    starts: Vec<usize>,
    /// The bytes that a backslash stood before.
    escaped: Vec<usize>,
    /// Where the backslashes began that stand before the next byte.
    backslash: Option<usize>,
}

/// What an escape is written for.
enum Meant {
    Byte(u8),
    Character(u32),
}

/// The longest escape in braces and the longest reference of a page, without their first characters.
const LONGEST: usize = 10;

/// The text without its escapes, or none if there are none.
#[must_use]
pub fn unescape(text: &[u8]) -> Option<Unescaped> {
    let first = text.iter().position(|byte| matches!(byte, b'%' | b'&' | b'\\'))?;
    let mut left = Unescaped {
        bytes: Vec::with_capacity(text.len()),
        starts: Vec::with_capacity(text.len() + 1),
        escaped: Vec::new(),
        backslash: None,
    };
    left.bytes.extend_from_slice(&text[..first]);
    left.starts.extend(0..first);
    for (start, byte) in text.iter().enumerate().skip(first) {
        left.take(*byte, start);
    }
    left.starts.push(text.len());
    Some(left)
}

impl Unescaped {
    /// Where bytes of what is left stood in the text. An escape that is cut off after them goes with them.
    #[must_use]
    pub fn range(&self, bytes: Range<usize>) -> Range<usize> {
        self.starts[bytes.start]..self.starts[bytes.end + self.cut_off(bytes.end)]
    }

    /// How many bytes from here on are the beginning of an escape that does not end.
    fn cut_off(&self, at: usize) -> usize {
        let rest = &self.bytes[at..];
        let digits = |from: usize, most: usize| {
            rest.iter().skip(from).take(most).take_while(|byte| byte.is_ascii_hexdigit()).count()
        };
        match rest.first() {
            Some(b'%') => 1 + digits(1, 1),
            Some(b'u') if self.escaped.binary_search(&at).is_ok() => 1 + digits(1, 3),
            Some(b'&') if rest.len() <= LONGEST && rest[1..].iter().all(|byte| is_of_reference(*byte)) => {
                rest.len()
            }
            _ => 0,
        }
    }

    /// Appends a byte, and undoes the escape that it ends, and the one that ends with what that meant.
    fn take(&mut self, mut byte: u8, mut start: usize) {
        while self.append(byte, start) {
            let Some((length, meant)) = self.escape_at_end() else { return };
            start = self.remove(length);
            match meant {
                Meant::Byte(meant) => byte = meant,
                Meant::Character(code) => match u8::try_from(code) {
                    Ok(meant) if meant.is_ascii() => byte = meant,
                    _ => return self.append_character(code, start),
                },
            }
        }
    }

    /// Whether something was appended: a backslash only leaves its mark.
    fn append(&mut self, byte: u8, start: usize) -> bool {
        step();
        if byte == b'\\' {
            self.backslash.get_or_insert(start);
            return false;
        }
        let mut mark = self.backslash.take();
        if byte == b'u' && mark.is_none() && self.bytes.last() == Some(&b'%') {
            // `%u0041`, as JavaScript's `escape` has it.
            mark = Some(self.remove(1));
            self.backslash = None;
        }
        if mark.is_some() {
            self.escaped.push(self.bytes.len());
        }
        self.starts.push(mark.unwrap_or(start));
        self.bytes.push(match (mark, byte) {
            (Some(_), b'n') => b'\n',
            (Some(_), b'r') => b'\r',
            (Some(_), b't') => b'\t',
            _ => byte,
        });
        true
    }

    /// Removes bytes from the end, and returns where they began.
    fn remove(&mut self, length: usize) -> usize {
        let at = self.bytes.len() - length;
        let (start, first) = (self.starts[at], self.bytes[at]);
        self.bytes.truncate(at);
        self.starts.truncate(at);
        let mut is_escaped = false;
        while let Some(escaped) = self.escaped.pop_if(|escaped| *escaped >= at) {
            is_escaped = escaped == at;
        }
        // The backslash of `\u006e` is used up. That before `%6e` stands before the letter now.
        self.backslash = (is_escaped && matches!(first, b'%' | b'&')).then_some(start);
        start
    }

    fn append_character(&mut self, mut code: u32, start: usize) {
        let mut start = self.backslash.take().unwrap_or(start);
        // JSON has a character beyond U+FFFF as two.
        let last = self.bytes.len().checked_sub(3).and_then(|at| high_half(&self.bytes[at..]));
        if let (Some(high), 0xdc00..0xe000) = (last, code) {
            start = self.remove(3);
            code = 0x1_0000 + (high << 10) + (code - 0xdc00);
        }
        let mut buffer = [0; 4];
        let bytes = match char::from_u32(code) {
            Some(character) => character.encode_utf8(&mut buffer).as_bytes(),
            None => &half(code),
        };
        self.bytes.extend_from_slice(bytes);
        self.starts.resize(self.bytes.len(), start);
    }

    /// The escape that ends here: its length, and what it means.
    fn escape_at_end(&self) -> Option<(usize, Meant)> {
        let last = *self.bytes.last()?;
        if last.is_ascii_hexdigit() {
            return self.of_two_digits().or_else(|| self.of_four_digits());
        }
        let tail = &self.bytes[self.bytes.len().saturating_sub(LONGEST)..];
        let opening = |mark: u8| tail.iter().rposition(|byte| *byte == mark);
        match last {
            b';' => {
                let at = opening(b'&')?;
                let code = reference(&tail[at + 1..tail.len() - 1])?;
                Some((tail.len() - at, Meant::Character(code)))
            }
            b'}' => {
                let length = tail.len() - opening(b'{')? + 1;
                self.escaped_letter(length, b'u')?;
                let code = number(&tail[tail.len() + 2 - length..tail.len() - 1], 16)?;
                Some((length, Meant::Character(code)))
            }
            _ => None,
        }
    }

    /// `%41`, `\x41`
    fn of_two_digits(&self) -> Option<(usize, Meant)> {
        let at = self.bytes.len().checked_sub(3)?;
        if self.bytes[at] != b'%' {
            self.escaped_letter(3, b'x')?;
        }
        let code = number(&self.bytes[at + 1..], 16)?;
        Some((3, Meant::Byte(u8::try_from(code).ok()?)))
    }

    /// `\u0041`
    fn of_four_digits(&self) -> Option<(usize, Meant)> {
        let at = self.escaped_letter(5, b'u')?;
        Some((5, Meant::Character(number(&self.bytes[at + 1..], 16)?)))
    }

    /// Where this letter stands, so far from the end, with a backslash before it and none after it.
    fn escaped_letter(&self, length: usize, letter: u8) -> Option<usize> {
        let at = self.bytes.len().checked_sub(length)?;
        (self.bytes[at] == letter && self.escaped.last() == Some(&at)).then_some(at)
    }
}

fn is_of_reference(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'#'
}

/// The character that a page calls by this name or number.
fn reference(name: &[u8]) -> Option<u32> {
    match name {
        b"amp" => Some('&'.into()),
        b"lt" => Some('<'.into()),
        b"gt" => Some('>'.into()),
        b"quot" => Some('"'.into()),
        b"apos" => Some('\''.into()),
        [b'#', b'x' | b'X', digits @ ..] => number(digits, 16),
        [b'#', digits @ ..] => number(digits, 10),
        _ => None,
    }
}

/// Takes no sign, and no character that there cannot be.
fn number(digits: &[u8], radix: u32) -> Option<u32> {
    let value = digits.iter().try_fold(0, |value: u32, digit| {
        value.checked_mul(radix)?.checked_add(char::from(*digit).to_digit(radix)?)
    })?;
    (!digits.is_empty() && value <= u32::from(char::MAX)).then_some(value)
}

/// Half a character, in the form that UTF-8 would give it.
fn half(code: u32) -> [u8; 3] {
    let [_, _, high, low] = code.to_be_bytes();
    [0xe0 | high >> 4, 0x80 | (high & 0xf) << 2 | low >> 6, 0x80 | low & 0x3f]
}

/// The ten bits of the first half of a character.
fn high_half(bytes: &[u8]) -> Option<u32> {
    match bytes {
        [0xed, second @ 0xa0..0xb0, third] => Some(u32::from(second & 0xf) << 6 | u32::from(third & 0x3f)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::unescape;

    fn plain(text: &str) -> String {
        let bytes = unescape(text.as_bytes()).map_or(text.into(), |plain| plain.bytes);
        String::from_utf8_lossy(&bytes).into_owned()
    }

    #[test]
    fn every_usual_escape_is_undone_as_often_as_it_stands() {
        let forms = [
            r#"a/+"é =A"#,
            "a%2F%2b%22%C3%A9%20%3d%41",
            "a/%2B\"%c3%a9 =A",
            "a%252F%252B%2522%25C3%25A9%2520%253D%252541",
            r#"a\/+\"é \u003DA"#,
            r#"a\\\/+\\\"é \\u003dA"#,
            r"a/\u002B&quot;\\\u00e9 &#61;\x41",
            r"a&#47;&#x2b;&#34;&#233; &#X3D;&#37;41",
            r"a&amp;#47;+&amp;quot;é =%41",
            r"%61%2f+\&quot;\u{e9} %3D%41",
            r"\u0061\u002f\u002b\u0022\u00e9\u0020\u003d\u0041",
            "%u0061%u002f%u002b%u0022%u00e9%u0020%u003d%u0041",
            r"\\u0025\\u0036\\u0031%25%32%46+&#x5c;&quot;%5cu00e9 =A",
        ];
        for form in forms {
            assert_eq!(plain(form), r#"a/+"é =A"#, "{form}");
        }
        for form in ["😀", r"\ud83d\ude00", r"\\uD83D\\uDE00", "%F0%9F%98%80", "&#x1f600;", r"\u{1f600}"] {
            assert_eq!(plain(form), "😀", "{form}");
        }
    }

    #[test]
    fn each_byte_is_where_its_escape_stands() {
        let text = r"ab\\%2541\nc&amp;lt;d\u00e9";
        let plain = unescape(text.as_bytes()).unwrap();
        assert_eq!(plain.bytes, "abA\nc<dé".as_bytes());
        let places = (0..7).map(|at| &text[plain.range(at..at + 1)]);
        assert_eq!(places.collect::<Vec<_>>(), ["a", "b", r"\\%2541", r"\n", "c", "&amp;lt;", "d"]);
        assert_eq!(&text[plain.range(7..9)], r"\u00e9");
    }

    #[test]
    fn what_is_no_escape_stays() {
        let texts = [
            "",
            "%",
            "&",
            "%2",
            "a%2",
            "%zz",
            "%é",
            "&;",
            "&#;",
            "&#x110000;",
            "&#+47;",
            "&noname;",
            "%+1",
            "{41}",
            "x41",
            "u0041",
            "&ltlt",
            "&#99999999999999;",
        ];
        for text in texts {
            assert_eq!(plain(text), text, "{text}");
        }
        assert_eq!(plain(r"\"), "");
        assert_eq!(plain(r"\u004"), "u004");
        assert_eq!(plain(r"\u00\41"), "u0041");
        assert_eq!(plain(r"\u{110000}"), "u{110000}");
        assert_eq!(plain("%%41%"), "%A%");
    }

    #[test]
    fn an_escape_that_is_cut_off_goes_with_what_stands_before_it() {
        for (text, rest) in [
            ("abc%", "%"),
            ("abc%2", "%2"),
            ("abc%2…", "%2"),
            (r"abc\u00", r"\u00"),
            ("abc&am", "&am"),
            (r"abc\", r"\"),
        ] {
            let plain = unescape(text.as_bytes()).unwrap();
            assert_eq!(&text[plain.range(0..3)], format!("abc{rest}"), "{text}");
        }
        let text = "abc &b; d";
        assert_eq!(unescape(text.as_bytes()).unwrap().range(0..3), 0..3);
    }
}
