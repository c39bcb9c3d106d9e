//! GitHub Actions, after `actions/runner`: `FileCommandManager.cs`, `ActionCommand.cs`, `ActionCommandManager.cs`.

use super::Values;

/// Where the runner runs, which decides what ends a line of a file command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Runner {
    /// Linux and macOS: a line feed, and nothing else.
    Unix,
    /// A line feed, with or without a carriage return before it.
    Windows,
}

/// Reads a `$GITHUB_OUTPUT` file. An error is one that fails the step, however well it went.
pub(crate) fn outputs(file: &[u8], runner: Runner) -> Result<Values, String> {
    let text = String::from_utf8_lossy(file);
    // `File.ReadAllText` takes a byte order mark away.
    let mut lines = Lines { rest: text.strip_prefix('\u{feff}').unwrap_or(&text), runner };
    let mut values = Values::default();
    while let Some((line, _)) = lines.next() {
        if line.is_empty() {
            continue;
        }
        let equals = line.find('=').unwrap_or(usize::MAX);
        let (name, value) = match line.find("<<") {
            Some(heredoc) if heredoc < equals => {
                let (name, delimiter) = (&line[..heredoc], &line[heredoc + 2..]);
                (name, lines.value_until(delimiter)?)
            }
            _ => {
                let pair = line.split_once('=');
                pair.ok_or_else(|| format!("invalid format `{line}`"))?
            }
        };
        if name.is_empty() {
            return Err(format!("the name is empty in `{line}`"));
        }
        values.0.push((name.into(), value.into()));
    }
    Ok(values)
}

/// The value that an expression such as `steps.release.outputs.status` sees: the last one, whatever its case.
pub(crate) fn output<'a>(values: &'a Values, name: &str) -> Option<&'a str> {
    values.last(|known| known.eq_ignore_ascii_case(name))
}

struct Lines<'a> {
    rest: &'a str,
    runner: Runner,
}

impl<'a> Lines<'a> {
    /// The next line, and the line end behind it (empty at the end of the file).
    fn next(&mut self) -> Option<(&'a str, &'a str)> {
        if self.rest.is_empty() {
            return None;
        }
        let whole = self.rest;
        let Some(feed) = whole.find('\n') else {
            self.rest = "";
            return Some((whole, ""));
        };
        self.rest = &whole[feed + 1..];
        let return_too = self.runner == Runner::Windows && whole[..feed].ends_with('\r');
        let end = if return_too { feed - 1 } else { feed };
        Some((&whole[..end], &whole[end..=feed]))
    }

    fn value_until(&mut self, delimiter: &str) -> Result<&'a str, String> {
        if delimiter.is_empty() {
            return Err("the delimiter is empty".into());
        }
        let start = self.rest;
        let mut end = 0;
        loop {
            match self.next() {
                Some((line, _)) if line == delimiter => return Ok(&start[..end]),
                None | Some((_, "")) => return Err(format!("delimiter `{delimiter}` not found")),
                Some((_, newline)) => end = start.len() - self.rest.len() - newline.len(),
            }
        }
    }
}

/// A workflow command as the runner carries it out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Command {
    /// In lower case.
    pub(crate) name: String,
    /// Unescaped; names in lower case.
    pub(crate) properties: Values,
    /// Unescaped.
    pub(crate) data: String,
}

/// What the runner has an extension for; any other name is left as text.
const REGISTERED: [&str; 14] = [
    "add-mask",
    "add-matcher",
    "add-path",
    "debug",
    "echo",
    "endgroup",
    "error",
    "group",
    "notice",
    "remove-matcher",
    "save-state",
    "set-env",
    "set-output",
    "warning",
];
const STOP: &str = "stop-commands";

/// The commands that the runner carries out when a step prints `text`, on stdout or stderr: it reads both.
pub(crate) fn commands(text: &str) -> Vec<Command> {
    let mut found = Vec::new();
    let mut resume: Option<String> = None;
    // `StreamReader.ReadLine` ends a line at CR, LF or both. The empty line inside a CR LF is no command.
    for line in text.split(['\r', '\n']) {
        let registered =
            |name: &str| REGISTERED.contains(&name) || name == STOP || resume.as_deref() == Some(name);
        let parsed = with_colons(line).filter(|command| registered(&command.name));
        let parsed = parsed.or_else(|| with_hashes(line).filter(|command| registered(&command.name)));
        let Some(command) = parsed else { continue };
        match &resume {
            Some(token) if *token != command.name => continue,
            Some(_) => resume = None,
            None if command.name == STOP => resume = Some(command.data.to_ascii_lowercase()),
            None => {}
        }
        found.push(command);
    }
    found
}

type Escapes = &'static [(&'static str, &'static str)];

const DATA: Escapes = &[("%0D", "\r"), ("%0A", "\n")];
const PROPERTY: Escapes = &[("%0D", "\r"), ("%0A", "\n"), ("%3A", ":"), ("%2C", ",")];
const OLD_FORM: Escapes = &[("%3B", ";"), ("%0D", "\r"), ("%0A", "\n"), ("%5D", "]")];

/// `::name key=value,key=value::data`, after white space or at the start of the line.
fn with_colons(line: &str) -> Option<Command> {
    let (info, data) = line.trim_start().strip_prefix("::")?.split_once("::")?;
    let (name, properties) = info.split_once(' ').unwrap_or((info, ""));
    Some(Command {
        name: name.to_ascii_lowercase(),
        properties: properties_of(properties.trim(), ',', PROPERTY),
        data: unescape(data, DATA),
    })
}

/// `##[name key=value;key=value]data`, anywhere in the line.
fn with_hashes(line: &str) -> Option<Command> {
    let (_, rest) = line.split_once("##[")?;
    let (info, data) = rest.split_once(']')?;
    let (name, properties) = info.split_once(' ').unwrap_or((info, ""));
    Some(Command {
        name: name.to_ascii_lowercase(),
        properties: properties_of(properties, ';', OLD_FORM),
        data: unescape(data, OLD_FORM),
    })
}

fn properties_of(text: &str, between: char, escapes: Escapes) -> Values {
    let pairs = text.split(between).filter_map(|pair| {
        let (name, value) = pair.trim_start_matches('=').split_once('=')?;
        let value = value.trim_start_matches('=');
        (!value.is_empty()).then(|| (name.to_ascii_lowercase(), unescape(value, escapes)))
    });
    Values(pairs.collect())
}

/// The percent sign comes last, so that `%250A` stays `%0A`.
fn unescape(text: &str, escapes: Escapes) -> String {
    let undone = |text: String, (escape, plain): &(&str, &str)| text.replace(escape, plain);
    let text = escapes.iter().fold(text.to_owned(), undone);
    text.replace("%25", "%")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unix(file: &str) -> Result<Values, String> {
        outputs(file.as_bytes(), Runner::Unix)
    }

    #[test]
    fn whichever_sign_comes_first_decides() {
        let file = "a=b<<c\nd<<=\nx=y\n=\n\n#e=f\n";
        let expected = [("a", "b<<c"), ("d", "x=y"), ("#e", "f")];
        assert_eq!(unix(file).unwrap(), expected.into());
    }

    #[test]
    fn a_heredoc_ends_at_its_delimiter_alone_on_a_line() {
        let file = "a<<E\n E\nE \nEE\n\nE\nb<<E\nE\nc<<E\n\nE\nd<<E\n\n\nE";
        let expected = [("a", " E\nE \nEE\n"), ("b", ""), ("c", ""), ("d", "\n")];
        assert_eq!(unix(file).unwrap(), expected.into());
    }

    #[test]
    fn an_open_heredoc_and_a_bare_word_fail_the_step() {
        assert!(unix("a<<E\nvalue\n").is_err());
        assert!(unix("a<<E\nvalueE").is_err());
        assert!(unix("a<<E").is_err());
        assert!(unix("a<<\n\n").is_err());
        assert!(unix("<<E\nE\n").is_err());
        assert!(unix("=a\n").is_err());
        assert!(unix("word\n").is_err());
        assert!(unix(" \n").is_err());
    }

    #[test]
    fn a_carriage_return_ends_a_line_on_windows_only() {
        let file = "a<<E\r\none\r\ntwo\nE\r\nb=1\r\n";
        let expected = [("a", "one\r\ntwo"), ("b", "1")];
        assert_eq!(outputs(file.as_bytes(), Runner::Windows).unwrap(), expected.into());
        // Here the delimiter is `E` with a carriage return, which the line `E` with one matches.
        let expected = [("a", "one\r\ntwo"), ("b", "1\r")];
        assert_eq!(unix(file).unwrap(), expected.into());
        assert!(unix("a<<E\none\nE\r\n").is_err());
    }

    #[test]
    fn the_last_value_wins_whatever_the_case_of_its_name() {
        let values = unix("\u{feff}Status=a\nx=\nstatus=b\nStatus=c\n").unwrap();
        assert_eq!(output(&values, "STATUS"), Some("c"));
        assert_eq!(values.get("status"), Some("b"));
        assert_eq!(values.get("x"), Some(""));
        assert_eq!(values.names(), ["Status", "x", "status"]);
        assert_eq!(output(&values, "y"), None);
    }

    fn one(text: &str) -> Command {
        let [command] = commands(text).try_into().unwrap();
        command
    }

    #[test]
    fn a_command_is_read_with_its_properties() {
        let command = one(" \t\u{3000}::Error  Title=a%3Ab%2Cc%250A,file==x,line=,=z::d%0De%0A%250A%3A::f");
        assert_eq!(command.name, "error");
        assert_eq!(command.properties, [("title", "a:b,c%0A"), ("file", "x")].into());
        assert_eq!(command.data, "d\re\n%0A%3A::f");
    }

    #[test]
    fn the_old_form_is_found_anywhere() {
        let command = one("INFO said ##[warning a=b;c=%5D%3B]d%5D] ##[error]e");
        assert_eq!(command.name, "warning");
        assert_eq!(command.properties, [("a", "b"), ("c", "];")].into());
        assert_eq!(command.data, "d]] ##[error]e");
        // The new form is tried first, and a name unknown in it does not hide the old one.
        assert_eq!(one("::nothing::##[error]e").name, "error");
    }

    #[test]
    fn text_that_is_no_command_is_left_alone() {
        let text = "| ::error::a\n::error\n:error::a\n::errors::a\n##[errors]a\n##[error\n# #[error]a\n::::a";
        assert_eq!(commands(text), []);
    }

    #[test]
    fn a_carriage_return_begins_a_line() {
        assert_eq!(one("50 %\r::error::a").data, "a");
        assert_eq!(commands("::group::a\r\n::endgroup::\r\n").len(), 2);
    }

    #[test]
    fn nothing_is_carried_out_between_stop_and_its_token() {
        let text = "::stop-commands::Tok\n::error::a\n::stop-commands::b\n::tok::\n::error::c\n::tok::\n";
        let names: Vec<_> = commands(text).into_iter().map(|command| command.name).collect();
        assert_eq!(names, [STOP, "tok", "error"]);
    }
}
