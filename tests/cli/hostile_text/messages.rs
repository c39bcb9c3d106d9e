//! Any text in what people are shown: the title, errors, warnings and the lines of the log.

use jiff::Timestamp;
use proptest::prelude::*;
use release_step::ci::{self, Ci, RunSummary};
use release_step::error::{ApiError, Error, Kind};
use release_step::output::write::Effect;
use release_step::text::sanitize;

use super::hostile_text;
use crate::ci_rules::{github, gitlab};

/// What a CI prints of a whole run, line by line.
fn shown(ci: &dyn Ci, title: &str, error: Option<&str>, warnings: &[String]) -> Vec<String> {
    let now = Timestamp::UNIX_EPOCH;
    let ending = RunSummary { operation: Some("release_artifact"), begun: true, error, warnings, now };
    let effects = ci.begin(title, now).into_iter().chain(ci.end(&ending));
    let line = |effect| match effect {
        Effect::Stdout(line) | Effect::Stderr(line) => line,
        other => panic!("a file is no place for messages: {other:?}"),
    };
    effects.map(line).collect()
}

/// An error in which everything but our own words is somebody else's.
fn error() -> impl Strategy<Value = Error> {
    let foreign = || proptest::option::of(hostile_text());
    (hostile_text(), foreign(), foreign(), foreign(), foreign()).prop_map(
        |(what, code, message, request_id, hint)| {
            let answer = ApiError { http_status: Some(400), code, message, request_id };
            let error =
                Error::new(Kind::Rejected, format!("the call was rejected: {}", sanitize::line(&what)));
            let error = error.with_answer(answer);
            if let Some(hint) = hint { error.with_hint(sanitize::line(&hint)) } else { error }
        },
    )
}

/// The same text where it stands in a line of its own, without what a workflow command, a terminal or a section is
/// made of.
fn plain(text: &str) -> String {
    sanitize::lines(text).collect::<Vec<_>>().join("\n")
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn github_is_shown_one_group_and_one_annotation(
        title in hostile_text(),
        error in proptest::option::of(error()),
        warnings in proptest::collection::vec(hostile_text(), 0..4),
    ) {
        let message = error.map(|error| error.to_string());
        let ci = ci::SYSTEMS.iter().find(|ci| ci.name() == "github").unwrap();
        let lines = shown(*ci, &title, message.as_deref(), &warnings);
        prop_assert!(lines.iter().all(|line| !line.contains(['\n', '\r', '\x1b', '\0'])));
        let commands = github::commands(&lines.join("\n"));
        let found: Vec<_> = commands.iter().map(|command| (&*command.name, command.data.clone())).collect();
        let mut expected = vec![("group", sanitize::line(&title)), ("endgroup", String::new())];
        match (&message, &warnings[..]) {
            (Some(message), _) => expected.push(("error", plain(message))),
            (None, []) => {}
            (None, warnings) => expected.push(("warning", plain(&warnings.join("\n")))),
        }
        prop_assert_eq!(found, expected);
        prop_assert!(gitlab::markers(&lines.join("\n")).is_empty());
        let property = commands.last().unwrap().properties.clone();
        prop_assert!(commands.len() == 2 || property == [("title", "release_artifact")].into());
    }

    #[test]
    fn gitlab_is_shown_one_section_and_the_others_nothing(
        title in hostile_text(),
        error in error(),
        warnings in proptest::collection::vec(hostile_text(), 0..4),
    ) {
        let message = error.to_string();
        for ci in ci::SYSTEMS.iter().filter(|ci| ci.name() != "github") {
            let log = shown(*ci, &title, Some(&message), &warnings).join("\n");
            prop_assert!(github::commands(&log).is_empty());
            let markers = gitlab::markers(&log);
            let found: Vec<_> = markers.iter().map(|marker| (marker.start, &*marker.name)).collect();
            if ci.name() == "gitlab" {
                prop_assert_eq!(found, [(true, "release_step"), (false, "release_step")]);
                prop_assert!(log.lines().next().unwrap().ends_with(&sanitize::line(&title)));
            } else {
                prop_assert_eq!(log, "");
            }
        }
    }

    /// As the log has it, where each line begins with the time.
    #[test]
    fn an_error_is_lines_of_text(error in error()) {
        let message = error.to_string();
        let log = sanitize::lines(&message).map(|line| format!("2026-01-02T03:04:05Z error: {line}"));
        let log = log.collect::<Vec<_>>().join("\n");
        prop_assert!(log.lines().count() <= 2, "the message and the hint: {}", log);
        prop_assert!(github::commands(&log).is_empty());
        prop_assert!(gitlab::markers(&log).is_empty());
        let one_line = error.one_line();
        prop_assert!(!one_line.contains(['\n', '\r', '\x1b', '\0']));
        // Programs get the vendor's words as they are.
        let json = error.to_json();
        for (name, text) in [("code", &error.answer.code), ("request_id", &error.answer.request_id)] {
            if let Some(text) = text {
                prop_assert_eq!(json[name].as_str(), Some(text.as_str()));
            }
        }
    }

    #[test]
    fn a_line_of_text_commands_nothing(foreign in hostile_text()) {
        let line = sanitize::line(&foreign);
        prop_assert_eq!(sanitize::line(&line), line.clone(), "made harmless twice is the same");
        prop_assert!(!line.contains(['\n', '\r', '\x1b', '\0']));
        let log = format!("2026-01-02T03:04:05Z info: {line}\n");
        prop_assert!(github::commands(&log).is_empty());
        prop_assert!(gitlab::markers(&log).is_empty());
    }
}
