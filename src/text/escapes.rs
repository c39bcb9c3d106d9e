//! Finds a text wherever it stands, however it is escaped there: each of its characters may be written as it is, or as
//! a URL, a form, JSON or a page has it, and any of that more than once.

use std::ops::Range;

/// What an escape begins with, and what stands for a space in a form.
const MARKS: [char; 4] = ['%', '\\', '&', '+'];

/// How often escapes may stand within escapes. A string that is signed has them twice.
const DEEPEST: usize = 4;

/// Every place where a text holds one that is wanted.
#[must_use]
pub fn find_escaped(text: &str, wanted: &str) -> Vec<Range<usize>> {
    let Some(first) = wanted.chars().next() else {
        return Vec::new();
    };
    let begins = text.match_indices(first).map(|(begin, _)| begin);
    // Nobody escapes a letter or a digit.
    let marks = (!first.is_ascii_alphanumeric()).then(|| text.match_indices(MARKS).map(|(begin, _)| begin));
    let begins = begins.chain(marks.into_iter().flatten());
    begins.filter_map(|begin| Some(begin..begin + longest(&text[begin..], wanted)?)).collect()
}

/// How far the wanted text reaches, if the text begins with it.
fn longest(text: &str, wanted: &str) -> Option<usize> {
    let mut behind = text.chars();
    let mut characters = wanted.chars();
    loop {
        let (text_left, wanted_left) = (behind.as_str(), characters.as_str());
        let Some(character) = characters.next() else {
            return Some(text.len() - text_left.len());
        };
        match behind.next()? {
            mark if MARKS.contains(&mark) => {
                let length = longest_of_spellings(text_left, wanted_left)?;
                return Some(text.len() - text_left.len() + length);
            }
            plain if plain != character => return None,
            _ => {}
        }
    }
}

/// The same for a text in which any character may be an escape, or what an escape is made of.
fn longest_of_spellings(text: &str, wanted: &str) -> Option<usize> {
    let (mut ends, mut next) = (vec![0], Vec::new());
    for character in wanted.chars() {
        for end in ends.drain(..) {
            spellings(&text[end..], character, |length| next.push(end + length));
        }
        next.sort_unstable();
        next.dedup();
        std::mem::swap(&mut ends, &mut next);
        if ends.is_empty() {
            return None;
        }
    }
    ends.pop()
}

/// The lengths of all spellings of a character that the text begins with.
fn spellings(text: &str, character: char, mut found: impl FnMut(usize)) {
    if text.starts_with(character) {
        found(character.len_utf8());
    }
    match text.as_bytes().first() {
        Some(b'+') if character == ' ' => found(1),
        Some(b'%') => in_url(text, character).into_iter().for_each(found),
        Some(b'&') => on_page(text, character, found),
        Some(b'\\') => in_json(text, character, found),
        _ => {}
    }
}

/// `%41`, or `%2541` where it is encoded twice; a byte after the other.
fn in_url(text: &str, character: char) -> Vec<usize> {
    let mut ends = vec![0];
    for byte in character.encode_utf8(&mut [0; 4]).bytes() {
        let mut next = Vec::new();
        for end in ends {
            let Some(rest) = text[end..].strip_prefix('%') else { continue };
            for at in layers(rest, "25") {
                let digits = rest.get(at..at + 2);
                if digits.and_then(|digits| number(digits, 16)) == Some(u32::from(byte)) {
                    next.push(end + 1 + at + 2);
                }
            }
        }
        ends = next;
    }
    ends
}

/// `&lt;` and `&#60;`, or `&amp;lt;` where it is escaped twice.
fn on_page(text: &str, character: char, mut found: impl FnMut(usize)) {
    for at in layers(&text[1..], "amp;") {
        let name = &text.as_bytes()[1 + at..];
        let name = name.iter().take(10).position(|byte| *byte == b';').and_then(|end| name.get(..end));
        let Some(name) = name.and_then(|name| str::from_utf8(name).ok()) else { continue };
        if reference(name) == Some(u32::from(character)) {
            found(1 + at + name.len() + 1);
        }
    }
}

/// `\"` and `\u0022`. Each time that JSON stands in a text of JSON, there are twice as many backslashes.
fn in_json(text: &str, character: char, mut found: impl FnMut(usize)) {
    let backslashes = text.bytes().take(1 << DEEPEST).take_while(|byte| *byte == b'\\').count();
    let behind = &text[backslashes..];
    let digits = behind.strip_prefix('u').and_then(|digits| digits.get(..4));
    if digits.and_then(|digits| number(digits, 16)) == Some(u32::from(character)) {
        found(backslashes + 5);
    }
    if character == '\\' {
        [2, 4, 8, 16].into_iter().filter(|count| *count <= backslashes).for_each(found);
    } else if character.is_ascii_punctuation() {
        if behind.starts_with(character) {
            found(backslashes + 1);
        }
        if behind.starts_with('&') {
            on_page(behind, character, |length| found(backslashes + length));
        }
    }
}

/// Where the text may go on behind none, one and more of these.
fn layers(text: &str, again: &str) -> impl Iterator<Item = usize> {
    let behind = move |at: &usize| text[*at..].starts_with(again).then_some(at + again.len());
    std::iter::successors(Some(0), behind).take(DEEPEST)
}

/// The character that a page calls by this name or number.
fn reference(name: &str) -> Option<u32> {
    match name {
        "amp" => Some('&'.into()),
        "lt" => Some('<'.into()),
        "gt" => Some('>'.into()),
        "quot" => Some('"'.into()),
        "apos" => Some('\''.into()),
        _ => match name.strip_prefix('#')?.strip_prefix(['x', 'X']) {
            Some(digits) => number(digits, 16),
            None => number(&name[1..], 10),
        },
    }
}

/// Unlike the one of the standard library, takes no sign.
fn number(digits: &str, radix: u32) -> Option<u32> {
    let value = u32::from_str_radix(digits, radix).ok()?;
    digits.chars().all(|digit| digit.is_digit(radix)).then_some(value)
}

#[cfg(test)]
mod tests {
    use super::find_escaped;

    #[test]
    fn every_usual_escape_is_undone_as_often_as_it_stands() {
        let forms = [
            r#"a/+"\é =%41"#,
            "a%2F%2b%22%5C%C3%A9%20%3d%2541",
            "a/%2B\"%5C%c3%a9+=%41",
            "a%252F%252B%2522%255C%25C3%25A9%2520%253D%252541",
            r#"a\/+\"\\é \u003D%41"#,
            r#"a\\\/+\\\"\\\\é \\u003d%41"#,
            r"a/\u002B&quot;\\\u00e9 &#61;%41",
            r"a&#47;&#x2b;&#34;\&#233; &#X3D;&#37;41",
            r"a&amp;#47;+&amp;quot;\é =%41",
            r"a/+\&quot;\\é+%3D%41",
        ];
        for form in forms {
            let text = format!("é% \\ & {form} é%2 \\u00 &; &#; %é");
            let found = find_escaped(&text, r#"a/+"\é =%41"#);
            let found: Vec<_> = found.into_iter().map(|place| &text[place]).collect();
            assert_eq!(found, [form]);
            assert_eq!(find_escaped(form, "another"), [], "{form}");
        }
    }

    #[test]
    fn characters_that_escapes_are_made_of_are_found_too() {
        for (text, wanted) in
            [("%252525", "%25"), ("&amp;amp;", "&amp;"), (r"\\\\\\\\", r"\\\\"), ("%2525%2525", "%25%25")]
        {
            assert_eq!(find_escaped(text, wanted).first(), Some(&(0..text.len())), "{text}");
        }
    }

    #[test]
    fn what_is_not_there_is_not_found() {
        let texts = [
            "",
            "%",
            "\\",
            "&",
            "%2",
            "a%2",
            "\\u",
            "\\ud83d\\ude00",
            "&#x110000;",
            "&#+47;",
            "%+1",
            "a%é",
            "a\\ué",
        ];
        for text in texts {
            assert_eq!(find_escaped(text, "a/b"), [], "{text}");
            assert_eq!(find_escaped(text, ""), [], "{text}");
        }
        assert_eq!(find_escaped("a b a", "a"), [0..1, 4..5]);
    }

    /// The text is the server's: it must not be able to make us think for ever.
    #[test]
    fn a_long_text_of_escapes_takes_no_long_time() {
        let begin = std::time::Instant::now();
        for mark in ["%", "%25", "\\", "&", "&amp;", "%2525&amp;\\", "+", "p", "p%25"] {
            let _ = find_escaped(&mark.repeat(20_000), "p%ss\\\\w&rd%%&&\\\\++  of-a/pro=xy");
            let _ = find_escaped(&mark.repeat(2_000), &mark.repeat(6));
        }
        assert!(begin.elapsed().as_secs() < 10, "{:?}", begin.elapsed());
    }
}
