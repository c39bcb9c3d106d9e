//! Java properties, as Jenkins' `readProperties` reads them: in ISO 8859-1 unless told otherwise, hence in ASCII.
//!
//! Source: <https://docs.oracle.com/en/java/javase/21/docs/api/java.base/java/util/Properties.html#load(java.io.Reader)>

use std::fmt::Write;

use super::{Outputs, Rendered};

pub(super) fn render(outputs: &Outputs, prefix: &str) -> Rendered {
    let mut text = String::new();
    for (name, value) in outputs.texts() {
        let _ = writeln!(text, "{prefix}{name}={}", escaped(&value));
    }
    Rendered::whole(text)
}

fn escaped(value: &str) -> String {
    let mut escaped = String::with_capacity(value.len());
    for (position, character) in value.chars().enumerate() {
        match character {
            '\\' => escaped.push_str("\\\\"),
            '\n' => escaped.push_str("\\n"),
            '\r' => escaped.push_str("\\r"),
            '\t' => escaped.push_str("\\t"),
            ' ' if position == 0 => escaped.push_str("\\ "),
            ' '..='~' => escaped.push(character),
            other => {
                for unit in other.encode_utf16(&mut [0; 2]) {
                    let _ = write!(escaped, "\\u{unit:04x}");
                }
            }
        }
    }
    escaped
}
