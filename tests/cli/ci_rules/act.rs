//! The runners of Gitea and Forgejo, after `parse_env_file.go` of `act`, which both have in them.

use super::Values;

/// A line this long ends the reading, and what is open then stays open.
const LONGEST: usize = 64 * 1024;

/// Reads a `$GITHUB_OUTPUT` file. An error is one that fails the step.
pub(crate) fn outputs(file: &[u8]) -> Result<Values, String> {
    let text = String::from_utf8_lossy(file);
    // A carriage return before the line feed belongs to the line's end, on every system.
    let lines = text.split_terminator('\n').map(|line| line.strip_suffix('\r').unwrap_or(line));
    let mut lines = lines.take_while(|line| line.len() < LONGEST);
    let mut values = Values::default();
    while let Some(line) = lines.next() {
        let equals = line.find('=').unwrap_or(usize::MAX);
        let (name, value) = match line.find("<<") {
            Some(heredoc) if heredoc < equals => (&line[..heredoc], until(&line[heredoc + 2..], &mut lines)?),
            _ => {
                let (name, value) = line.split_once('=').ok_or_else(|| format!("invalid format `{line}`"))?;
                (name, value.to_owned())
            }
        };
        values.0.push((name.into(), value));
    }
    Ok(values)
}

/// The lines up to the delimiter. Those that are empty at the beginning are lost.
fn until<'a>(delimiter: &str, lines: &mut impl Iterator<Item = &'a str>) -> Result<String, String> {
    let mut value = String::new();
    for line in lines {
        if line == delimiter {
            return Ok(value);
        }
        if !value.is_empty() {
            value.push('\n');
        }
        value.push_str(line);
    }
    Err(format!("delimiter `{delimiter}` not found"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(file: &str) -> Result<Values, String> {
        outputs(file.as_bytes())
    }

    #[test]
    fn values_stand_behind_a_sign_or_between_delimiters() {
        let file = "a=b<<c\nd<<E\none\r\n\ntwo\nE\nf<<E\n\n\ng\nE\nh=";
        let expected = [("a", "b<<c"), ("d", "one\n\ntwo"), ("f", "g"), ("h", "")];
        assert_eq!(read(file).unwrap(), expected.into());
    }

    #[test]
    fn what_is_neither_fails_the_step() {
        for file in ["\n", "a=b\n\n", "word\n", "a<<E\nb\n", "a<<E\nb\n E\n"] {
            assert!(read(file).is_err(), "{file:?}");
        }
        let long = "x".repeat(LONGEST);
        assert!(read(&format!("a<<E\n{long}\nE\n")).is_err());
        assert!(read(&format!("a<<E\n{}\nE\n", &long[1..])).is_ok());
    }
}
