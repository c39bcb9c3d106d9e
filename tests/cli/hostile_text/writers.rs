//! Any text in every output there is, through every writer, and back by the rules of whoever reads it there.

use proptest::prelude::*;
use release_step::output::{Format, Outputs, Value as Output};
use release_step::text::sanitize;
use serde_json::{Map, Value};

use super::hostile_text;
use crate::ci_rules::{Values, act, github, gitlab, jenkins, posix_env};

const TOKEN: &str = "ghadelimiter_0123456789abcdef0123456789abcdef";

/// Names of outputs of every kind.
const NAMES: [&str; 6] =
    ["request_id", "VersionName", "package_id", "asy_task_id", "deploy_package_details", "published"];

/// JSON of a server's, with any text for names and values.
fn json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        hostile_text().prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 12, 4, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            proptest::collection::vec((hostile_text(), inner), 0..4)
                .prop_map(|fields| Value::Object(Map::from_iter(fields))),
        ]
    })
}

/// Outputs of every kind, each with any text.
fn outputs() -> impl Strategy<Value = Outputs> {
    let texts = (hostile_text(), hostile_text());
    let lists =
        (proptest::collection::vec(hostile_text(), 0..4), proptest::collection::vec(hostile_text(), 0..4));
    (texts, lists, json(), any::<bool>(), json()).prop_map(|(texts, lists, details, published, error)| {
        let mut outputs = Outputs::from([(NAMES[0], &*texts.0), (NAMES[1], &*texts.1)]);
        outputs.set_list(NAMES[2], lists.0);
        outputs.set_list(NAMES[3], lists.1);
        outputs.set_json(NAMES[4], details);
        outputs.set_json(NAMES[5], published.into());
        outputs.set_in_result("error", error);
        outputs
    })
}

/// What was set, as the texts that stand outside of JSON.
fn expected(outputs: &Outputs) -> Vec<(String, String)> {
    outputs.iter().map(|(name, value)| (name.to_owned(), value.text())).collect()
}

/// Without `result`, which is JSON and must be the same as what stands alone.
fn without_result(mut values: Values, outputs: &Outputs) -> Vec<(String, String)> {
    let (name, result) = values.0.pop().unwrap();
    assert_eq!((name.as_str(), result), ("result", release_step::output::result(outputs)));
    values.0
}

/// What a reader makes of a value that loses the ends of lines and empty lines at its beginning.
fn as_act_has_it(value: &str) -> String {
    let lines: Vec<_> = value.split('\n').map(|line| line.strip_suffix('\r').unwrap_or(line)).collect();
    lines.join("\n").trim_start_matches('\n').to_owned()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn github_reads_every_output_back(outputs in outputs()) {
        let file = Format::Heredoc.render(&outputs, "", TOKEN).text;
        // The file is shared: what stands before is as it was.
        let shared = github::outputs(format!("of=another tool\n{file}").as_bytes(), github::Runner::Unix).unwrap();
        prop_assert_eq!(&shared.0[0], &("of".into(), "another tool".into()));
        let values = github::outputs(file.as_bytes(), github::Runner::Unix).unwrap();
        prop_assert_eq!(without_result(values, &outputs), expected(&outputs));

        // On Windows a carriage return at a value's end is taken for a part of the line's.
        let values = github::outputs(file.as_bytes(), github::Runner::Windows).unwrap();
        let of_windows = expected(&outputs).into_iter();
        let of_windows = of_windows.map(|(name, value)| (name, value.strip_suffix('\r').unwrap_or(&value).to_owned()));
        prop_assert_eq!(without_result(values, &outputs), of_windows.collect::<Vec<_>>());

        // Gitea and Forgejo: lines lose their carriage returns, and never do they become anything else.
        let values = act::outputs(file.as_bytes()).unwrap();
        let of_act = expected(&outputs).into_iter().map(|(name, value)| (name, as_act_has_it(&value)));
        prop_assert_eq!(without_result(values, &outputs), of_act.collect::<Vec<_>>());
    }

    #[test]
    fn jenkins_reads_every_output_back(outputs in outputs()) {
        let file = Format::Properties.render(&outputs, "", "").text;
        prop_assert!(file.is_ascii());
        let values = jenkins::properties(file.as_bytes()).unwrap();
        prop_assert_eq!(without_result(values, &outputs), expected(&outputs));
    }

    #[test]
    fn json_has_every_output_in_its_own_shape(outputs in outputs()) {
        let file = Format::Json.render(&outputs, "", "").text;
        prop_assert_eq!(file.trim_end_matches('\n'), release_step::output::result(&outputs));
        let read = jenkins::read_json(file.as_bytes()).unwrap();
        for (name, value) in outputs.iter() {
            let expected = match value {
                Output::Text(text) => Value::from(text.as_str()),
                Output::List(items) => Value::from(items.clone()),
                Output::Json(value) | Output::OnlyInResult(value) => value.clone(),
            };
            prop_assert_eq!(&read[name], &expected, "{}", name);
        }
        let names = outputs.iter().count() + 1;
        prop_assert_eq!(read.as_object().unwrap().len(), names, "`error` beside them, and nothing else");
        // The same line stands on stdout.
        let line = file.trim_end_matches('\n');
        prop_assert!(line.chars().all(|c| sanitize::line(&c.to_string()) == c.to_string()));
        prop_assert!(!line.contains("##"));
        prop_assert!(github::commands(&file).is_empty());
        prop_assert!(gitlab::markers(&file).is_empty());
    }

    #[test]
    fn a_dotenv_report_has_an_output_unchanged_or_says_why_not(outputs in outputs()) {
        let rendered = Format::Dotenv.render(&outputs, "", "");
        let values = gitlab::dotenv(rendered.text.as_bytes()).unwrap();
        prop_assert_eq!(&values, &posix_env::variables(rendered.text.as_bytes()).unwrap());
        let left_out: Vec<_> = rendered.left_out.iter().map(|(name, _)| *name).collect();
        for (name, value) in outputs.iter() {
            let seen = values.get(name).map(|value| gitlab::expanded(value, &secrets()));
            let whole = (!left_out.contains(&name) && !value.is_structure()).then(|| value.text());
            prop_assert_eq!(seen, whole, "{}", name);
            // Plain text is not left out for nothing.
            let plain = value.text().len() < 100 && value.text().chars().all(|c| c.is_ascii_alphanumeric());
            prop_assert!(!(plain && left_out.contains(&name)), "{}", name);
        }
    }
}

/// What another job's value must never take in.
fn secrets() -> Values {
    [("CI_JOB_TOKEN", "a secret"), ("TOKEN", "another"), ("id", "a third")].into()
}
