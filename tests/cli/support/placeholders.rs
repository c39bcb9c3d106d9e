//! What differs from run to run, replaced by names in brackets, so that whole outputs can be compared.

use std::io;
use std::path::Path;

const MISSING: &str = "No such file or directory (os error 2)";
const FOLDER: &str = "Is a directory (os error 21)";
const RESET: &str = "Connection reset by peer (os error 104)";
const REFUSED: &str = "Connection refused (os error 111)";

/// The errors of a system that Linux has under other numbers or words.
const ERRORS: &[(i32, &str)] = if cfg!(windows) {
    &[(2, MISSING), (3, MISSING), (5, FOLDER), (10053, RESET), (10054, RESET), (10061, REFUSED)]
} else if cfg!(target_vendor = "apple") {
    &[(54, RESET), (61, REFUSED)]
} else {
    &[]
};

/// `text` with `[dir]` for the directory, `[server]` for a port on loopback, `[time]`, `[clock]` and `[unix]` for times,
/// `[token]` for a UUID or 32 hexadecimal digits, `[hash]` for 64, and `[delimiter]` for a heredoc's; the system's words as on Linux.
pub(crate) fn replaced(text: &str, dir: &Path) -> String {
    let mut text = text.to_owned();
    // The longer form first: on macOS the one is the end of the other.
    for dir in [dir.canonicalize().as_deref().unwrap_or(dir), dir] {
        text = text.replace(&*dir.to_string_lossy(), "[dir]").replace("[dir]\\", "[dir]/");
    }
    for (number, on_linux) in ERRORS {
        text = text.replace(&io::Error::from_raw_os_error(*number).to_string(), on_linux);
    }
    for delimiter in delimiters(&text) {
        text = text.replace(&delimiter, "[delimiter]");
    }
    let mut stable = String::new();
    let mut rest = text.as_str();
    while let Some(first) = rest.chars().next() {
        let (name, length) = match changing(rest, stable.chars().next_back()) {
            Some(found) => found,
            None => (&rest[..first.len_utf8()], first.len_utf8()),
        };
        stable.push_str(name);
        rest = &rest[length..];
    }
    stable
}

/// Whatever stands behind `NAME<<` and again alone on a line; a short one was not drawn at random.
fn delimiters(text: &str) -> Vec<String> {
    let after = |line: &str| line.split_once("<<").map(|(_, delimiter)| delimiter.to_owned());
    let drawn = |word: &String| word.len() >= 16 && text.lines().any(|line| line == word);
    text.lines().filter_map(after).filter(drawn).collect()
}

/// The name for what begins `text`, and its length; `before` is the character in front of it.
fn changing(text: &str, before: Option<char>) -> Option<(&'static str, usize)> {
    let begins_word = !before.is_some_and(char::is_alphanumeric);
    let at_line_start = before.is_none_or(|c| c == '\n');
    let alone = |length: &usize| !text[*length..].starts_with(char::is_alphanumeric);

    if let Some(length) = shape(text, "9999-99-99T99:99:99") {
        return Some(("[time]", length + zone(&text[length..])));
    }
    if at_line_start && let Some(length) = shape(text, "99:99:99") {
        return Some(("[clock]", length + zone(&text[length..])));
    }
    if begins_word && let Some(length) = shape(text, "99:99:99Z") {
        return Some(("[clock]", length));
    }
    for host in ["127.0.0.1:", "localhost:", "[::1]:"] {
        if let Some(port) = text.strip_prefix(host).map(digits).filter(|length| *length > 0) {
            return Some(("[server]", host.len() + port));
        }
    }
    for (mark, name) in [("section_start:", "section_start:[unix]"), ("section_end:", "section_end:[unix]")] {
        if let Some(time) = text.strip_prefix(mark).map(digits).filter(|length| *length > 0) {
            return Some((name, mark.len() + time));
        }
    }
    if begins_word && let Some(length) = shape(text, &"x".repeat(64)).filter(alone) {
        return Some(("[hash]", length));
    }
    let uuid = shape(text, "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx");
    let token = uuid.or_else(|| shape(text, &"x".repeat(32))).filter(alone);
    token.filter(|_| begins_word).map(|length| ("[token]", length))
}

/// The length of a fraction of a second and of `Z` or an offset.
fn zone(text: &str) -> usize {
    let fraction = match text.strip_prefix('.').map(digits) {
        Some(digits) if digits > 0 => digits + 1,
        _ => 0,
    };
    let rest = &text[fraction..];
    let offset = ["Z", "+99:99", "-99:99"].iter().find_map(|form| shape(rest, form));
    fraction + offset.unwrap_or(0)
}

fn digits(text: &str) -> usize {
    text.bytes().take_while(u8::is_ascii_digit).count()
}

/// The length of `form` where `text` begins with it: `9` stands for a digit, `x` for a hexadecimal one.
fn shape(text: &str, form: &str) -> Option<usize> {
    let fits = |(byte, form): (u8, u8)| match form {
        b'9' => byte.is_ascii_digit(),
        b'x' => byte.is_ascii_hexdigit(),
        _ => byte == form,
    };
    let long_enough = text.len() >= form.len();
    (long_enough && text.bytes().zip(form.bytes()).all(fits)).then_some(form.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stable(text: &str) -> String {
        replaced(text, Path::new("/tmp/.tmpAb12"))
    }

    #[test]
    fn times_become_names() {
        let text = "03:04:05 at 2026-11-22T03:04:05Z\n03:04:05.123Z 2026-11-22T03:04:05.123456+08:00.";
        assert_eq!(stable(text), "[clock] at [time]\n[clock] [time].");
        assert_eq!(stable("until 03:04:05Z at most"), "until [clock] at most");
        let text = "at 03:04:05, 2026-11-22";
        assert_eq!(stable(text), text);
        let log = "\x1b[0Ksection_start:1699999999:a\r section_end:1:a section_end:a";
        let expected = "\x1b[0Ksection_start:[unix]:a\r section_end:[unix]:a section_end:a";
        assert_eq!(stable(log), expected);
    }

    #[test]
    fn places_become_names() {
        let text = "http://127.0.0.1:43210/a [::1]:1 localhost:80 localhost: 127.0.0.1 /tmp/.tmpAb12/b";
        let expected = "http://[server]/a [server] [server] localhost: 127.0.0.1 [dir]/b";
        assert_eq!(stable(text), expected);
        assert_eq!(stable("127.0.0.1:1/a 127.0.0.1:2/a"), "[server]/a [server]/a");
    }

    #[test]
    fn tokens_become_names_where_they_stand_alone() {
        let hex = "0123456789abcdef0123456789abcdef";
        let text = format!("{hex} a_{hex}. 473469C7-AA6F-4DC5-B3DB-A3DC0DE3C83E");
        assert_eq!(stable(&text), "[token] a_[token]. [token]");
        for other in [format!("{hex}0"), format!("g{hex}"), hex[1..].to_owned()] {
            assert_eq!(stable(&other), other);
        }
    }

    #[test]
    fn a_heredoc_delimiter_becomes_a_name() {
        let text = "a<<ghadelimiter-xyz-1\nb<<EOF\nEOF\nghadelimiter-xyz-1\nc<<ghadelimiter-xyz-2\n";
        let expected = "a<<[delimiter]\nb<<EOF\nEOF\n[delimiter]\nc<<ghadelimiter-xyz-2\n";
        assert_eq!(stable(text), expected);
    }
}
