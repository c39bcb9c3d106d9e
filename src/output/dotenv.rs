//! A dotenv report of GitLab's, by the rules of its parser: no quotes, no escapes, no comments, no blank line.
//!
//! Source: <https://docs.gitlab.com/ci/yaml/artifacts_reports/#artifactsreportsdotenv>

use super::{Outputs, Rendered};

/// The report must stay under this size, in bytes.
const TOO_LARGE: usize = 5 * 1024;

/// Lines `NAME=value`. Structures stand only in the JSON beside it. Where not all fits, the longest values give way:
/// whether it is released is worth more than a hundred ids.
pub(super) fn render(outputs: &Outputs, prefix: &str) -> Rendered {
    let mut rendered = Rendered::whole(String::new());
    let mut lines = Vec::new();
    for (name, value) in outputs.iter().filter(|(_, value)| !value.is_structure()) {
        let value = value.text();
        match obstacle(&value) {
            Some(reason) => rendered.left_out.push((name, reason)),
            None => lines.push((name, format!("{prefix}{name}={value}\n"))),
        }
    }
    let mut size: usize = lines.iter().map(|(_, line)| line.len()).sum();
    while size >= TOO_LARGE {
        let longest = lines.iter().enumerate().max_by_key(|(_, (_, line))| line.len());
        let Some((position, _)) = longest else { break };
        let (name, line) = lines.remove(position);
        size -= line.len();
        rendered.left_out.push((name, "the file would not stay under 5 KB"));
    }
    rendered.text = lines.into_iter().map(|(_, line)| line).collect();
    rendered
}

/// Whether it has what GitLab takes for a variable of Windows'.
fn has_percent_name(value: &str) -> bool {
    let is_name = |part: &str| {
        !part.is_empty()
            && !part.starts_with(|first: char| first.is_ascii_digit())
            && part.chars().all(|character| character.is_ascii_alphanumeric() || character == '_')
    };
    let mut between: Vec<&str> = value.split('%').skip(1).collect();
    between.pop();
    between.into_iter().any(is_name)
}

/// Why a value would not arrive as it is.
fn obstacle(value: &str) -> Option<&'static str> {
    if value.chars().any(char::is_control) {
        Some("it has a line break or another control character")
    } else if value.contains('$') || has_percent_name(value) {
        Some("it has a `$` or a `%NAME%`, which GitLab would expand")
    } else if value.trim() != value {
        Some("it begins or ends with white space")
    } else {
        None
    }
}
