//! Any text in every place where a server or a user can put it: each operation, on each CI, in each form of the log.

use proptest::array::uniform5;
use proptest::prelude::*;
use proptest::sample::select;
use release_step::ci;
use sandbox::Cloud;
use sandbox::world::{self, OPERATIONS};
use serde_json::json;

use super::{hostile_text, is_harmless};
use crate::ci_rules::{Values, act, gitlab};
use crate::ci_systems::as_texts;
use crate::support::hostile::{Behaviour, Hostile, http};
use crate::support::step::{Run, Step};

/// A run in some CI.
#[derive(Debug, Clone)]
struct Job {
    operation: &'static str,
    ci: &'static str,
    format: &'static str,
    level: &'static str,
}

fn job() -> impl Strategy<Value = Job> {
    let names: Vec<_> = ci::SYSTEMS.iter().map(|ci| ci.name()).collect();
    let levels = vec!["error", "warn", "info", "debug", "trace"];
    (select(&OPERATIONS[..]), select(names), select(&["text", "json"][..]), select(levels))
        .prop_map(|(operation, ci, format, level)| Job { operation, ci, format, level })
}

/// Text that is there: a value that is empty is none.
fn some_text() -> impl Strategy<Value = String> {
    hostile_text().prop_map(|text| if text.is_empty() { "x".to_owned() } else { text })
}

/// Text that a header can carry: what is between the ends of lines, trimmed as HTTP does.
fn header_text() -> impl Strategy<Value = String> {
    some_text().prop_map(|text| {
        let text: String = text.chars().filter(|c| !c.is_control()).collect();
        let text = text.trim_matches([' ', '\t']);
        if text.is_empty() { "x".to_owned() } else { text.to_owned() }
    })
}

/// A token as a user may choose it, and its CI hands it over.
fn client_token() -> impl Strategy<Value = String> {
    some_text().prop_map(|text| {
        let text: String = text.chars().filter(|c| matches!(c, ' '..='~')).take(64).collect();
        let text = text.trim();
        if text.is_empty() { "x".to_owned() } else { text.to_owned() }
    })
}

impl Job {
    #[track_caller]
    fn run(&self, answer: Vec<u8>, client_token: &str) -> Run {
        let server = Hostile::start([Behaviour::Answer(answer)]);
        let step = Step::of(self.ci).releasing(self.operation, &server.url());
        let step = step.input("log_format", self.format).input("log_level", self.level);
        let step = match self.operation {
            "release_artifact" => step.input("client_token", client_token),
            _ => step,
        };
        let run = step.run();
        is_harmless(self.ci, self.format, &run);
        run
    }
}

type Texts = [String; 5];

/// A success with these texts, and the outputs that they become.
fn success(operation: &str, texts: &Texts, id: &str) -> (Vec<u8>, Vec<(&'static str, String)>) {
    let [first, second, third, fourth, fifth] = texts;
    let (body, fields) = match operation {
        "release_artifact" => (
            json!({
                "RequestId": id, "ArtifactId": world::ARTIFACT_ID, "ArtifactType": second, "ArtifactVersion": third,
                "VersionName": fourth, "Status": fifth,
            }),
            vec![
                ("ArtifactId", world::ARTIFACT_ID.to_owned()),
                ("ArtifactType", second.clone()),
                ("ArtifactVersion", third.clone()),
                ("VersionName", fourth.clone()),
                ("Status", fifth.clone()),
            ],
        ),
        "publish_routine_code_revision" => (
            json!({"RequestId": id, "Content": {second: third, first: fourth, "CodeRevision": world::NEW_CODE_REVISION}}),
            vec![("CodeRevision", world::NEW_CODE_REVISION.to_owned())],
        ),
        "release_package" => (
            // An id that is none leaves open what was released.
            json!({third: fourth, "release_package_id": "2303", "package_name": second}),
            vec![("release_package_id", "2303".to_owned()), ("package_name", second.clone())],
        ),
        "deploy_packages" => {
            let details = json!([
                {"package_id": "2301", "asy_task_id": first, "asy_subtask_num": 1, third: fourth},
                {"package_id": "2302", "asy_task_id": second, "more": {third: [fifth]}},
            ]);
            let fields = vec![
                ("package_id", "2301,2302".to_owned()),
                ("asy_task_id", format!("{first},{second}")),
                ("deploy_package_details", details.to_string()),
            ];
            (json!({"deploy_package_details": details}), fields)
        }
        _ => (json!(true), vec![("published", "true".to_owned())]),
    };
    let id_too = [vec![("request_id", id.to_owned())], fields].concat();
    (http(200, &[("x-request-id", id)], body.to_string()), id_too)
}

const ALIBABA_CODE: &str = "Hostile.Refusal";
const HUAWEI_CODE: &str = "HOST.0001";

/// A refusal with these texts, in the form of either cloud: what has another code is none.
fn refusal(texts: &Texts, id: &str) -> Vec<u8> {
    let [detail, message, more, name, value] = texts;
    let body = json!({
        name: value, "detail": detail, "Recommend": more,
        "Code": ALIBABA_CODE, "Message": message, "RequestId": id,
        "error_code": HUAWEI_CODE, "error_msg": message, "request_id": id,
    });
    http(400, &[("x-request-id", id)], body.to_string())
}

/// What the next step gets; where the CI's own form cannot carry a value, from the JSON beside it.
#[track_caller]
fn read_back(ci: &str, run: &Run) -> Values {
    match ci {
        "github" => {
            let outputs = run.github_outputs();
            let of_gitea = act::outputs(run.file("github_output").as_bytes()).unwrap();
            assert_eq!(outputs.names(), of_gitea.names(), "{}", run.transcript());
            outputs
        }
        "gitlab" => {
            let all = as_texts(&run.json("release-step.json"));
            let known = Values([all.0.clone(), vec![("CI_JOB_TOKEN".into(), "a secret".into())]].concat());
            for (name, value) in run.gitlab_variables().0 {
                assert_eq!(all.get(&name), Some(&*gitlab::expanded(&value, &known)), "{}", run.transcript());
            }
            all
        }
        "jenkins" => as_texts(&run.json("release-step.json")),
        _ => as_texts(&run.result()),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 80, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_success_gives_its_values_and_nothing_else(
        job in job(),
        texts in uniform5(some_text()),
        id in header_text(),
        token in client_token(),
    ) {
        let (answer, mut expected) = success(job.operation, &texts, &id);
        if job.operation == "release_artifact" {
            expected.push(("client_token", token.clone()));
            expected.push(("previous_version", "23".to_owned()));
        }
        let run = job.run(answer, &token).exits_with(0);
        let values = read_back(job.ci, &run);
        for (name, value) in &expected {
            prop_assert_eq!(values.get(name), Some(&**value), "{} in\n{}", name, run.transcript());
        }
        let ours = ["operation", "released", "release_hash", "release_origin", "release_outcome", "exit_status", "started_at", "ended_at", "result"];
        let known = |name: &str| ours.contains(&name) || expected.iter().any(|(known, _)| *known == name);
        let stranger = values.names().into_iter().find(|name| !known(name));
        prop_assert_eq!(stranger, None, "{}", run.transcript());
        prop_assert_eq!(values.get("released"), Some("yes"));
    }

    #[test]
    fn a_refusal_is_only_told(
        job in job(),
        texts in uniform5(some_text()),
        id in header_text(),
        token in client_token(),
    ) {
        let run = job.run(refusal(&texts, &id), &token);
        let values = read_back(job.ci, &run);
        prop_assert_ne!(values.get("released"), Some("yes"), "{}", run.transcript());
        prop_assert_ne!(run.code, Some(0));
        let is_alibaba = world::cloud(job.operation) == Cloud::Alibaba;
        let code = if is_alibaba { ALIBABA_CODE } else { HUAWEI_CODE };
        prop_assert_eq!(values.get("error_code"), Some(code), "{}", run.transcript());
        prop_assert_eq!(values.get("request_id"), Some(&*id), "{}", run.transcript());
        prop_assert!(values.get("error_message").unwrap().lines().count() == 1);
    }

    /// What no vendor documents: a page, or bytes that are no text at all.
    #[test]
    fn a_page_is_only_told(job in job(), status in 200_u16..600, page in some_text(), id in header_text(), bytes: Vec<u8>) {
        let body = [page.as_bytes(), &bytes].concat();
        let run = job.run(http(status, &[("x-request-id", &id), ("x-acs-request-id", &id)], body), "token");
        let values = read_back(job.ci, &run);
        prop_assert_ne!(values.get("released"), Some("yes"), "{}", run.transcript());
    }
}
