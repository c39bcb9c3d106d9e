//! Foreign text made harmless. Whatever a server or a user wrote passes here before it reaches a terminal, a log,
//! a workflow command or a line of JSON on a stream that a CI system reads.

use std::fmt::Write;

use crate::text::invisible::is_invisible;

/// The longest foreign text that is shown, in characters.
const LONGEST: usize = 2_000;

/// One line of plain text: no line break, terminal escape, invisible or direction-changing character, and nothing
/// that a CI system takes for a command in the middle of a line (`##[`, `##vso[`, `##teamcity[`).
#[must_use]
pub fn line(foreign: &str) -> String {
    harmless(foreign, LONGEST)
}

fn harmless(foreign: &str, longest: usize) -> String {
    let mut safe = String::with_capacity(foreign.len());
    let mut last = ' ';
    for (count, character) in foreign.chars().enumerate() {
        if count == longest {
            let rest = foreign.chars().count() - longest;
            let _ = write!(safe, "… ({rest} more characters)");
            break;
        }
        match character {
            '\n' => safe.push_str("\\n"),
            '\r' => safe.push_str("\\r"),
            '\t' => safe.push(' '),
            '#' if last == '#' => safe.push_str(" #"),
            hidden if is_invisible(hidden) => {
                let _ = write!(safe, "\\u{{{:x}}}", u32::from(hidden));
            }
            plain => safe.push(plain),
        }
        last = character;
    }
    safe
}

/// The lines of a text of our own that has foreign parts, each made harmless. Ids of a hundred packages fit into one.
pub fn lines(text: &str) -> impl Iterator<Item = String> {
    text.lines().map(|text| harmless(text, 32 * LONGEST))
}

/// JSON that may stand on a stream: the same value, with everything that [`line()`] would change written as `\u` escapes.
#[must_use]
pub fn json(json: &str) -> String {
    let mut safe = String::with_capacity(json.len());
    let mut last = ' ';
    for character in json.chars() {
        if is_invisible(character) || (character == '#' && last == '#') {
            for unit in character.encode_utf16(&mut [0; 2]) {
                let _ = write!(safe, "\\u{unit:04x}");
            }
        } else {
            safe.push(character);
        }
        last = character;
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::{json, line};

    #[test]
    fn a_line_stays_one_line_and_commands_nothing() {
        assert_eq!(
            line("a\r\n::error::b \u{1b}[2J ##[error]c ###vso[x] \u{202e}d\u{9b}31m"),
            "a\\r\\n::error::b \\u{1b}[2J # #[error]c # # #vso[x] \\u{202e}d\\u{9b}31m"
        );
        assert_eq!(line(&"é".repeat(2_005)), format!("{}… (5 more characters)", "é".repeat(2_000)));
    }

    #[test]
    fn what_is_not_seen_is_shown_as_an_escape() {
        let unseen = "\u{2800}\u{3164}\u{ffa0}\u{115f}\u{fe0f}\u{34f}\u{180b}\u{600}\u{1d173}\u{e0041}";
        assert_eq!(
            line(unseen),
            r"\u{2800}\u{3164}\u{ffa0}\u{115f}\u{fe0f}\u{34f}\u{180b}\u{600}\u{1d173}\u{e0041}"
        );
        assert_eq!(json(unseen), r"\u2800\u3164\uffa0\u115f\ufe0f\u034f\u180b\u0600\ud834\udd73\udb40\udc41");
        assert_eq!(line("é ñ 版本 ü🚀"), "é ñ 版本 ü🚀");
    }

    #[test]
    fn json_keeps_its_value() {
        let value = serde_json::json!({"a": "\\## ### \u{9b}\u{2028}\u{e0041}", "b##": ["é"]});
        let safe = json(&value.to_string());
        assert!(!safe.contains("##"));
        assert!(!safe.chars().any(super::is_invisible));
        assert_eq!(serde_json::from_str::<serde_json::Value>(&safe).ok(), Some(value));
    }
}
