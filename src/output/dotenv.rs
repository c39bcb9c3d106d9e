//! A dotenv report of GitLab's, by the rules of its parser: no quotes, no escapes, no comments, no blank line.
//!
//! Source: <https://docs.gitlab.com/ci/yaml/artifacts_reports/#artifactsreportsdotenv>

use super::common::OUTPUTS;
use super::{Outputs, Rendered};

/// The report must stay under this size, in bytes.
const TOO_LARGE: usize = 5 * 1024;
/// How many variables it may have, where the installation is not set up for more.
///
/// Source: <https://docs.gitlab.com/administration/instance_limits/#limit-dotenv-variables>
const MOST_VARIABLES: usize = 20;

/// Texts for people: they give way first.
const FOR_PEOPLE: [&str; 2] = ["error_message", "waiting_for"];

/// Lines `NAME=value`. Structures stand only in the JSON beside it. Where not all fits, texts for people give way first,
/// then what the operation gives, then what each run gives; of these the longest first. Whether it is released is worth
/// more than a hundred ids, and an id more than a sentence.
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
    while size >= TOO_LARGE || lines.len() > MOST_VARIABLES {
        let first = lines.iter().enumerate().max_by_key(|(_, (name, line))| (rank(name), line.len()));
        let Some((position, _)) = first else { break };
        let reason = if size >= TOO_LARGE {
            "the file would not stay under 5 KB"
        } else {
            "the file would have more than 20 variables"
        };
        let (name, line) = lines.remove(position);
        size -= line.len();
        rendered.left_out.push((name, reason));
    }
    rendered.text = lines.into_iter().map(|(_, line)| line).collect();
    rendered
}

/// How soon an output gives way, the highest first.
fn rank(name: &str) -> u8 {
    if FOR_PEOPLE.contains(&name) { 2 } else { u8::from(OUTPUTS.iter().all(|output| output.0 != name)) }
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

#[cfg(test)]
mod tests {
    use super::super::Outputs;
    use super::render;

    fn names(outputs: &Outputs) -> (Vec<String>, Vec<&'static str>) {
        let rendered = render(outputs, "");
        assert!(rendered.text.len() < 5 * 1024);
        let kept = rendered.text.lines().map(|line| line.split_once('=').unwrap().0.to_owned());
        (kept.collect(), rendered.left_out.iter().map(|(name, _)| *name).collect())
    }

    #[test]
    fn whether_it_is_released_outlives_ids_and_ids_outlive_sentences() {
        let (hash, ids, sentence) = ("a".repeat(64), "1".repeat(3_000), "b".repeat(2_500));
        let outputs = |versions: &str| {
            Outputs::from([
                ("package_id", ids.as_str()),
                ("asy_task_id", versions),
                ("released", "unknown"),
                ("release_hash", &hash),
                ("request_id", &hash),
                ("error_message", &sentence),
            ])
        };
        let (kept, left_out) = names(&outputs("1"));
        assert_eq!(kept, ["package_id", "asy_task_id", "released", "release_hash", "request_id"]);
        assert_eq!(left_out, ["error_message"]);

        let (kept, left_out) = names(&outputs(&"1".repeat(6_000)));
        assert_eq!(kept, ["package_id", "released", "release_hash", "request_id"]);
        assert_eq!(left_out, ["error_message", "asy_task_id"]);
    }

    #[test]
    fn no_more_than_twenty_variables_are_written() {
        let own = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l", "m"];
        let mut outputs = Outputs::from(own.map(|name| (name, "1")));
        for name in
            ["operation", "released", "release_hash", "release_origin", "release_outcome", "exit_status"]
        {
            outputs.set(name, "1234");
        }
        assert_eq!(names(&outputs).1, Vec::<&str>::new());
        outputs.set("error_code", "1234");
        assert_eq!(names(&outputs).1, Vec::<&str>::new());
        outputs.set("error_message", "1");
        assert_eq!(names(&outputs).1, ["error_message"]);
        outputs.set("request_id", "1234");
        let (kept, left_out) = names(&outputs);
        assert_eq!((kept.len(), left_out.len()), (20, 2));
        assert!(kept.contains(&"request_id".to_owned()) && own.contains(&left_out[1]), "{left_out:?}");
    }
}
