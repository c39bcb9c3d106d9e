//! GitLab, after `parse_dotenv_artifact_service.rb`, `variables/collection.rb`, `ansi2json/converter.rb` and the runner's `os.Expand`.

use super::{Values, posix_env};

/// A dotenv report must be smaller than this, not just as small.
const SIZE: usize = 5120;
/// The default of a self-managed GitLab, and the smallest there is.
const COUNT: usize = 20;

/// Reads a dotenv report. An error is one that fails the upload, and with it the job.
pub(crate) fn dotenv(file: &[u8]) -> Result<Values, String> {
    if file.len() >= SIZE {
        return Err(format!("{} bytes are too many", file.len()));
    }
    let values = posix_env::variables(file)?;
    match values.names().len() {
        0..=COUNT => Ok(values),
        count => Err(format!("{count} variables are too many")),
    }
}

/// What a later job sees of a value: GitLab and its runner expand references, as dotenv variables are not raw.
///
/// `$NAME` and `${NAME}` become the variable or nothing; `%NAME%` only where there is such a variable.
pub(crate) fn expanded(value: &str, variables: &Values) -> String {
    let mut seen = String::new();
    let mut rest = value;
    while let Some(at) = rest.find(['$', '%']) {
        seen.push_str(&rest[..at]);
        rest = &rest[at..];
        let (found, length) = reference(rest, variables);
        seen.push_str(found);
        rest = &rest[length..];
    }
    seen + rest
}

/// What stands for the reference at the start of `text`, and the reference's length.
fn reference<'a>(text: &'a str, variables: &'a Values) -> (&'a str, usize) {
    let name_length = |text: &str| {
        let letter = |c: char| c.is_ascii_alphanumeric() || c == '_';
        text.find(|c| !letter(c)).unwrap_or(text.len())
    };
    let (mark, tail) = text.split_at(1);
    let known = |name| variables.get(name).unwrap_or_default();
    if mark == "%" {
        let name = &tail[..name_length(tail)];
        let closed = tail[name.len()..].starts_with('%');
        return match variables.get(name) {
            Some(value) if closed => (value, name.len() + 2),
            // A doubled mark stays as it is, and begins nothing.
            None if closed && name.is_empty() => (&text[..2], 2),
            _ => (mark, 1),
        };
    }
    if let Some(tail) = tail.strip_prefix('{') {
        // An open brace without its end is dropped.
        let name = tail.split_once('}').map(|(name, _)| name);
        return name.map_or(("", 2), |name| (known(name), name.len() + 3));
    }
    // A name may not begin with a digit: one digit alone is a positional parameter, as in a shell.
    let digit = tail.starts_with(|c: char| c.is_ascii_digit());
    let name = &tail[..if digit { 1 } else { name_length(tail) }];
    match (name, tail.chars().next()) {
        // The runner keeps a doubled mark as one, and drops the shell's special parameters.
        ("", Some('$')) => (mark, 2),
        ("", Some('*' | '#' | '@' | '!' | '?' | '-')) => ("", 2),
        ("", _) => (mark, 1),
        (name, _) => (known(name), name.len() + 1),
    }
}

/// A marker of a collapsible section in a job's log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Marker {
    /// Begins a section; or else ends one.
    pub(crate) start: bool,
    /// Unix time in seconds, as it stands there.
    pub(crate) time: String,
    /// As it stands there.
    pub(crate) name: String,
    /// The options between brackets, such as `collapsed=true`.
    pub(crate) options: Option<String>,
}

/// The markers that GitLab obeys in a log. It takes them anywhere in a line, with or without `ESC [0K` before them.
pub(crate) fn markers(log: &str) -> Vec<Marker> {
    let mut found = Vec::new();
    for line in log.split_inclusive('\n') {
        let mut rest = line;
        while let Some(first) = rest.chars().next() {
            let length = if let Some((marker, length)) = marker(rest) {
                found.push(marker);
                length
            } else if first == '\x1b' {
                escape_length(rest)
            } else {
                first.len_utf8()
            };
            rest = &rest[length..];
        }
    }
    found
}

/// `section_start:TIME:NAME[OPTIONS]`, then always `CR ESC [0K`.
fn marker(text: &str) -> Option<(Marker, usize)> {
    let tail = text.strip_prefix("section_")?;
    let (start, tail) = match tail.strip_prefix("start:") {
        Some(tail) => (true, tail),
        None => (false, tail.strip_prefix("end:")?),
    };
    let (time, tail) = tail.split_once(':')?;
    let (head, tail) = tail.split_once("\r\x1b[0K")?;
    let (name, options) = match head.strip_suffix(']').and_then(|head| head.split_once('[')) {
        Some((name, options)) => (name, Some(options)),
        None => (head, None),
    };
    let word = |text: &str, more: &str| {
        let letter = |c: char| c.is_ascii_alphanumeric() || more.contains(c);
        !text.is_empty() && text.chars().all(letter)
    };
    let option = |pair: &str| {
        let pair = pair.strip_prefix(' ').unwrap_or(pair).split_once('=');
        pair.is_some_and(|(name, value)| word(name, "_") && word(value, "_"))
    };
    let valid = !time.is_empty()
        && time.bytes().all(|byte| byte.is_ascii_digit())
        && word(name, "_.-")
        && options.is_none_or(|options| !options.starts_with(' ') && options.split(',').all(option));
    let marker = Marker { start, time: time.into(), name: name.into(), options: options.map(Into::into) };
    valid.then(|| (marker, text.len() - tail.len()))
}

/// `ESC`, a character from `@` to `_`, and everything up to one from `@` to `~`; where there is none, the rest of the line.
fn escape_length(text: &str) -> usize {
    let tail = &text[1..];
    if !tail.starts_with(|c| ('@'..='_').contains(&c)) {
        return 1;
    }
    let end = tail[1..].find(|c| ('@'..='~').contains(&c));
    let end = end.map_or(text.len(), |end| end + 3);
    end.min(text.find('\n').unwrap_or(text.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_stays_under_its_limits() {
        let of_size = |size: usize| format!("A={}", "b".repeat(size - 2));
        assert!(dotenv(of_size(5119).as_bytes()).is_ok());
        assert!(dotenv(of_size(5120).as_bytes()).is_err());
        let of_count = |count: u8| (0..count).fold(String::new(), |file, n| file + &format!("A{n}=\n"));
        assert!(dotenv((of_count(20) + "A1=again\n").as_bytes()).is_ok());
        assert!(dotenv(of_count(21).as_bytes()).is_err());
        assert!(dotenv(b"A=b\n\n").is_err());
    }

    #[test]
    fn references_are_expanded_where_a_later_job_reads_them() {
        let known = [("TOKEN", "secret"), ("_a1", "b")].into();
        let sees = |value| expanded(value, &known);
        assert_eq!(sees("a $TOKEN-${TOKEN}-%TOKEN%"), "a secret-secret-secret");
        assert_eq!(sees("$_a1$b${c}."), "b.");
        assert_eq!(sees("5 $, 10 %, 20%b%, %%TOKEN%"), "5 $, 10 %, 20%b%, %%TOKEN%");
        assert_eq!(sees("$$TOKEN $12 $? ${TOKEN"), "$TOKEN 2  TOKEN");
        assert_eq!(sees("plain \u{e4}"), "plain \u{e4}");
    }

    fn names(log: &str) -> Vec<String> {
        markers(log).into_iter().map(|marker| marker.name).collect()
    }

    #[test]
    fn a_section_is_found_with_its_options() {
        let log =
            "\x1b[0Ksection_start:12:a.B_c-1[collapsed=true,x=y]\r\x1b[0KHead\nsection_end:13:a\r\x1b[0K";
        let expected = [
            Marker {
                start: true,
                time: "12".into(),
                name: "a.B_c-1".into(),
                options: Some("collapsed=true,x=y".into()),
            },
            Marker { start: false, time: "13".into(), name: "a".into(), options: None },
        ];
        assert_eq!(markers(log), expected);
    }

    #[test]
    fn a_marker_counts_anywhere_in_a_line() {
        assert_eq!(names("said: section_start:1:a\r\x1b[0K"), ["a"]);
        assert_eq!(names("ssection_end:1:a\r\x1b[0Ksection_start:2:b\r\x1b[0K"), ["a", "b"]);
        assert_eq!(names("\x1b[31msection_end:1:a\r\x1b[0K"), ["a"]);
    }

    #[test]
    fn a_marker_without_its_whole_form_is_text() {
        for text in [
            "section_start:1:a",
            "section_start:1:a\r",
            "section_start:1:a\r\x1b[K",
            "section_start:1:a\n\x1b[0K",
            "section_start:1:a b\r\x1b[0K",
            "section_start::a\r\x1b[0K",
            "section_start:1:\r\x1b[0K",
            "section_start:1x:a\r\x1b[0K",
            "section_begin:1:a\r\x1b[0K",
            "section_start:1:a[b]\r\x1b[0K",
            "section_start:1:a[]\r\x1b[0K",
            // Swallowed by an escape sequence that has begun before it.
            "\x1b]section_start:1:a\r\x1b[0K",
        ] {
            assert_eq!(names(text), [""; 0], "{text:?}");
        }
    }
}
