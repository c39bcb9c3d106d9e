//! Text of a server or a user that means harm: it arrives unchanged where a value is read, and does nothing anywhere else.

mod everywhere;
mod messages;
mod writers;

use jiff::Timestamp;
use proptest::prelude::*;
use release_step::text::sanitize;
use sandbox::world;
use serde_json::{Value, json};

use crate::ci_rules::{Values, gitlab};
use crate::support::hostile::{Behaviour, Hostile, http};
use crate::support::step::{Run, Step};

/// Everything that some CI, terminal, shell or page takes for more than text.
const ATTACKS: &[&str] = &[
    "::error::forged",
    "\n::error::forged",
    "\r::set-output name=released::forged",
    "x\r\n  ::add-mask::e",
    "::stop-commands::forged",
    "::warning title=a,file=b::forged%0A::error::forged",
    "##[error]forged",
    "x ##[set-output name=released]forged",
    "###[warning]forged",
    "##vso[task.setvariable variable=released]forged",
    "##teamcity[setParameter name='released' value='forged']",
    "\nEOF\nreleased=forged\n",
    "\nghadelimiter_00000000000000000000000000000000\nreleased=forged",
    "\nreleased<<EOF\nforged\nEOF",
    "released=forged",
    "\x1b[31m\x1b[2J\x1b]0;forged\x07\x1b]8;;https://forged.example\x07link\x1b]8;;\x07",
    "\u{9b}31m\u{9d}0;forged\u{9c}",
    "section_start:1:forged[collapsed=true]\r\x1b[0Kforged",
    "\x1b[0Ksection_end:1:release_step\r\x1b[0Kforged",
    "a\u{2028}::error::forged\u{2029}b\u{85}c\u{b}d\u{c}e",
    "\u{202e}degrof\u{202c} \u{2066}a\u{2069} \u{200b}\u{feff}\u{e0041}\u{ad}",
    "a\0b",
    "a\u{8}\u{7f}b",
    "%0A::error::forged%0D%25",
    "\"'`\\ $(id) `id` ${CI_JOB_TOKEN} $CI_JOB_TOKEN %CI_JOB_TOKEN% $$",
    "\"}\n{\"released\":\"forged\"}",
    "# comment\n! comment\nreleased: forged\\",
    "<script>alert(1)</script>[forged](https://forged.example)![x](https://forged.example/x.png)\n# forged\n| a | b |\n```",
    "@everyone #1 https://forged.example",
    "  \t leading and trailing \u{a0}\n",
    "\u{feff}é\u{fffd}\u{1f600}",
];

/// All of them in one text, and a long tail.
fn all_attacks() -> String {
    ATTACKS.join(" \n") + &"x".repeat(3_000)
}

/// Each CI in each form of the log.
fn steps() -> Vec<(&'static str, &'static str, Step)> {
    let cis = ["github", "gitlab", "jenkins", "plain"];
    let logs = [("text", "info"), ("text", "trace"), ("json", "debug")];
    let steps = cis.into_iter().flat_map(|ci| {
        logs.map(|(format, level)| {
            (ci, format, Step::of(ci).input("log_format", format).input("log_level", level))
        })
    });
    steps.collect()
}

/// Nothing but our own commands, sections and result is on the streams, and no character that does anything.
#[track_caller]
fn is_harmless(ci: &str, format: &str, run: &Run) {
    let names: Vec<_> = run.github_commands().into_iter().map(|command| command.name).collect();
    let whole = || run.transcript();
    if ci == "github" {
        let own = [
            ["group", "endgroup"].as_slice(),
            &["group", "endgroup", "error"],
            &["group", "endgroup", "warning"],
            &["error"],
        ];
        assert!(
            own.contains(&&*names.iter().map(String::as_str).collect::<Vec<_>>()),
            "{names:?}\n{}",
            whole()
        );
        // What a page makes of Markdown cannot go wrong while there is no page.
        assert_eq!(run.file("github_step_summary"), "", "the page needs a test of its own\n{}", whole());
    } else {
        assert!(names.is_empty(), "{names:?}\n{}", whole());
        assert_eq!(run.stdout.lines().count(), 1, "{}", whole());
        run.result();
    }
    let mut stderr = run.stderr.clone();
    if ci == "gitlab" {
        let markers = run.gitlab_markers();
        let starts: Vec<_> = markers.iter().map(|marker| (marker.start, marker.name.as_str())).collect();
        assert_eq!(starts, [(true, "release_step"), (false, "release_step")], "{}", whole());
        for marker in markers {
            let word = if marker.start { "start" } else { "end" };
            let own = format!("\x1b[0Ksection_{word}:{}:release_step\r\x1b[0K", marker.time);
            stderr = stderr.replace(&own, "");
        }
    } else {
        assert!(run.gitlab_markers().is_empty(), "{}", whole());
    }
    for text in [&run.stdout, &stderr] {
        let odd = text
            .chars()
            .find(|c| !c.is_ascii_graphic() && *c != '\n' && sanitize::line(&c.to_string()) != c.to_string());
        assert_eq!(odd, None, "{}", whole());
        for opening in ["##[", "##vso[", "##teamcity["] {
            assert!(!text.contains(opening), "`{opening}` in\n{}", whole());
        }
    }
    // On GitLab the title of the section is a line of its own, and so is the end of the section: both now empty of marks.
    let (titles, log): (Vec<_>, Vec<_>) = stderr.lines().partition(|line| !is_of_the_log(format, line));
    match ci {
        "gitlab" => assert!(titles.len() == 2 && titles[1].is_empty(), "{titles:?}\n{}", whole()),
        _ => assert!(titles.is_empty(), "{titles:?} beside {log:?}\n{}", whole()),
    }
}

/// Whether a line is one of the log in this form.
fn is_of_the_log(format: &str, line: &str) -> bool {
    let levels = ["error", "warn", "info", "debug", "trace"];
    if format == "json" {
        let line: Result<Value, _> = serde_json::from_str(line);
        return line.is_ok_and(|line| {
            let names: Vec<_> = line.as_object().unwrap().keys().map(String::as_str).collect();
            names == ["level", "message", "time"] && levels.iter().any(|level| line["level"] == *level)
        });
    }
    let (time, rest) = line.split_once(' ').unwrap_or_default();
    let level = rest.split_once(": ").map(|(level, _)| level);
    time.parse::<Timestamp>().is_ok() && level.is_some_and(|level| levels.contains(&level))
}

/// The outputs that the next step of this CI reads, by name.
fn outputs(ci: &str, run: &Run) -> Values {
    match ci {
        "github" => run.github_outputs(),
        "gitlab" => run.gitlab_variables(),
        _ => {
            let result = if ci == "jenkins" { run.json("release-step.json") } else { run.result() };
            let fields = result.as_object().unwrap().iter();
            let texts = fields.filter_map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned())));
            Values(texts.collect())
        }
    }
}

/// The names that a successful `release_artifact` has, and those of a failed one.
const NAMES: [&str; 20] = [
    "release_origin",
    "release_hash",
    "client_token",
    "previous_version",
    "request_id",
    "ArtifactId",
    "ArtifactType",
    "ArtifactVersion",
    "VersionName",
    "Status",
    "operation",
    "released",
    "release_outcome",
    "exit_status",
    "started_at",
    "ended_at",
    "error_code",
    "error_message",
    "error",
    "result",
];

#[track_caller]
fn has_only_our_names(ci: &str, run: &Run) -> Values {
    let values = outputs(ci, run);
    for name in values.names() {
        assert!(NAMES.contains(&name), "`{name}` in\n{}", run.transcript());
    }
    values
}

fn success(text: &str) -> Behaviour {
    let body = json!({
        "RequestId": text, "ArtifactId": world::ARTIFACT_ID, "ArtifactType": text, "ArtifactVersion": text,
        "VersionName": text, "Status": text, text: text,
    });
    Behaviour::Answer(http(200, &[], body.to_string()))
}

#[test]
fn a_hostile_success_is_only_its_values() {
    let all = all_attacks();
    for (ci, format, step) in steps() {
        let server = Hostile::start([success(&all)]);
        let run = step.releasing("release_artifact", &server.url()).run().exits_with(0);
        is_harmless(ci, format, &run);
        let values = has_only_our_names(ci, &run);
        assert_eq!(values.get("released"), Some("yes"), "{}", run.transcript());
        if ci == "gitlab" {
            // What the report cannot carry stands in the JSON beside it.
            assert_eq!(values.get("Status"), None);
            assert_eq!(run.json("release-step.json")["Status"], all.as_str());
        } else {
            for name in ["request_id", "ArtifactType", "ArtifactVersion", "VersionName", "Status"] {
                assert_eq!(values.get(name), Some(&*all), "`{name}` in\n{}", run.transcript());
            }
        }
    }
}

#[test]
fn each_attack_alone_is_harmless_too() {
    for attack in ATTACKS {
        let server = Hostile::start([success(attack)]);
        // One CI each in turn would hide some: the formats of files are tried below, by the thousand.
        let run = Step::gitlab().releasing("release_artifact", &server.url()).run().exits_with(0);
        is_harmless("gitlab", "text", &run);
        let values = has_only_our_names("gitlab", &run);
        if let Some(value) = values.get("Status") {
            let known = Values(vec![("CI_JOB_TOKEN".into(), "a secret".into())]);
            assert_eq!(gitlab::expanded(value, &known), *attack, "{}", run.transcript());
        }
    }
    for attack in ATTACKS {
        let server = Hostile::start([failure(400, "Hostile.Refusal", attack)]);
        let run = Step::github().releasing("release_artifact", &server.url()).run().exits_with(4);
        is_harmless("github", "text", &run);
        has_only_our_names("github", &run);
    }
}

fn failure(status: u16, code: &str, text: &str) -> Behaviour {
    let body = json!({ "Code": code, "Message": text, "RequestId": text, "Recommend": text, text: text });
    Behaviour::Answer(http(status, &[], body.to_string()))
}

#[test]
fn a_hostile_refusal_is_only_told() {
    let all = all_attacks();
    for (ci, format, step) in steps() {
        let server = Hostile::start([failure(400, "Hostile.Refusal", &all)]);
        let run = step.releasing("release_artifact", &server.url()).run().exits_with(4);
        is_harmless(ci, format, &run);
        let values = has_only_our_names(ci, &run);
        assert_eq!(values.get("released"), Some("no"), "{}", run.transcript());
        if ci == "jenkins" {
            let error = &run.result()["error"];
            assert_eq!([&error["message"], &error["request_id"]], [all.as_str(); 2]);
        }
    }
    // A code that is none of the vendor's is not believed, and is shown as harmless.
    for (ci, format, step) in steps() {
        let server = Hostile::start([failure(400, &all, &all)]);
        let run = step.releasing("release_artifact", &server.url()).run().exits_with(8);
        is_harmless(ci, format, &run);
        let values = has_only_our_names(ci, &run);
        assert_eq!(values.get("released"), Some("unknown"), "{}", run.transcript());
    }
}

/// Answers that are in no form at all: a page, broken JSON, bytes that are no text, headers.
#[test]
fn a_hostile_page_is_only_told() {
    let all = all_attacks();
    let mut bytes = b"\xff\xfe\x00".to_vec();
    bytes.extend_from_slice(ATTACKS[0].as_bytes());
    let page =
        |text: &str| Behaviour::Answer(http(500, &[("x-acs-request-id", "\u{9b}31m##[error]forged")], text));
    let behaviours =
        [page(&all), page(ATTACKS[1]), page("\n##[error]a"), Behaviour::Answer(http(502, &[], bytes))];
    for behaviour in behaviours {
        for (ci, format, step) in steps() {
            let server = Hostile::start([behaviour.clone()]);
            let run = step.releasing("release_artifact", &server.url()).run().exits_with(8);
            is_harmless(ci, format, &run);
            has_only_our_names(ci, &run);
        }
    }
}

/// What a server says to the question before the call is told too.
#[test]
fn a_hostile_answer_to_a_status_query_is_only_told() {
    let all = all_attacks();
    let page = Behaviour::Answer(http(500, &[("x-acs-request-id", "\u{9b}31m##[error]forged")], &all));
    let coded = |code: &str, status| {
        let body = json!({ "Code": code, "Message": all, "RequestId": all, "Recommend": all });
        Behaviour::Answer(http(status, &[], body.to_string()))
    };
    let cases = [
        (page, 7),
        (failure(400, &all, &all), 7),
        (failure(400, "Hostile.Refusal", &all), 8),
        (failure(503, "Hostile.Refusal", &all), 7),
        (coded("SignatureDoesNotMatch", 400), 3),
        (coded("NoPermission", 403), 3),
    ];
    for (behaviour, status) in cases {
        for (ci, format, step) in steps() {
            let server = Hostile::from_the_first([behaviour.clone()]);
            let step = step.releasing("release_artifact", &server.url()).input("if_released", "fail");
            let run = step.run().exits_with(status);
            is_harmless(ci, format, &run);
            let values = has_only_our_names(ci, &run);
            let released = if status == 8 { "unknown" } else { "no" };
            assert_eq!(values.get("released"), Some(released), "{}", run.transcript());
        }
    }
}

/// The state that a wait shows is the server's, and so is the reason of a failure.
#[test]
fn a_hostile_status_is_only_told() {
    let all = all_attacks();
    let draft = |status: &str| {
        let body = json!({
            "RequestId": all, "ArtifactId": all, "ArtifactVersion": "draft", "VersionName": all, "Status": status,
            "StatusDetail": all, "MaxVersion": 1, "GmtModified": status, all.clone(): all,
        });
        Behaviour::Answer(http(200, &[], body.to_string()))
    };
    for (end, status) in [(all.clone(), 6), (format!("{all}Failed"), 5)] {
        for (ci, format, step) in steps() {
            let server = Hostile::from_the_first([draft("Created"), success(&all), draft(&end)]);
            let step = step.releasing("release_artifact", &server.url()).input("poll_interval", "100ms");
            let run = step.input("wait", "true").input("wait_timeout", "0").run().exits_with(status);
            is_harmless(ci, format, &run);
            let values = has_only_our_names(ci, &run);
            assert_eq!(values.get("released"), Some("yes"), "{}", run.transcript());
            if ci == "jenkins" {
                assert_eq!(run.result()["Status"], end, "{}", run.transcript());
            }
        }
    }
}

/// The same for the other cloud, whose answers hold a list of objects.
#[test]
fn hostile_details_of_a_deployment_are_only_values() {
    let all = all_attacks();
    let detail =
        |id: u32| json!({"package_id": id, "asy_task_id": all, "asy_subtask_num": 1, all.clone(): [all]});
    let body = json!({ "deploy_package_details": [detail(2301), detail(2302)] });
    let answer = http(200, &[("x-request-id", "##[error]a")], body.to_string());
    for (ci, format, step) in steps() {
        let server = Hostile::start([Behaviour::Answer(answer.clone())]);
        let run = step.releasing("deploy_packages", &server.url()).run().exits_with(0);
        is_harmless(ci, format, &run);
        match ci {
            "github" => {
                let values = run.github_outputs();
                let details: Value =
                    serde_json::from_str(values.get("deploy_package_details").unwrap()).unwrap();
                assert_eq!(details[1]["asy_task_id"], all.as_str());
                assert_eq!(values.get("asy_task_id"), Some(&*format!("{all},{all}")));
            }
            "gitlab" => assert_eq!(run.gitlab_variables().get("package_id"), Some("2301,2302")),
            _ => assert_eq!(run.result()["asy_task_id"], json!([all, all])),
        }
    }
}

/// What a user may give and what passes the checks: no control characters, and everything else.
#[test]
fn hostile_inputs_are_only_values() {
    let shown: String = ATTACKS.concat().chars().filter(|c| !c.is_control()).take(256).collect();
    let rejected: Vec<&str> = ATTACKS.iter().copied().filter(|attack| !attack.contains('\0')).collect();
    let rejected = rejected.join(" ");
    let body = json!({ "RequestId": "1", "Content": {} });
    for (ci, format, step) in steps() {
        let server = Hostile::start([Behaviour::Answer(http(200, &[], body.to_string()))]);
        let step = step.releasing("publish_routine_code_revision", &server.url());
        let run = step.input("name", &shown).input("envs", format!("[{}]", json!(shown))).run().exits_with(0);
        is_harmless(ci, format, &run);
    }
    for (ci, _, step) in steps() {
        let run =
            ["operation", "region", "endpoint", "output_file", "ca_file", "output_prefix", "startup_mode"]
                .into_iter()
                .fold(step.input("log_format", "text"), |step, name| step.input(name, &rejected))
                .env(format!("INPUT_WAIT_{}", "\n::error::forged"), "1")
                .env("INPUT_TOKEN\n::error::forged ##[error]", "1")
                .env("HUAWEICLOUD_SDK_PROJECT_ID", &rejected)
                .env("HTTPS_PROXY", &rejected)
                .env("SSL_CERT_FILE", &rejected)
                .run()
                .exits_with(2);
        if ci == "gitlab" {
            assert!(run.gitlab_markers().is_empty(), "{}", run.transcript());
        } else {
            is_harmless(ci, "text", &run);
        }
    }
}

/// Random text that is rich in what the formats give a meaning.
fn hostile_text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        3 => proptest::sample::select(ATTACKS).prop_map(str::to_owned),
        2 => any::<String>(),
        4 => proptest::sample::select(&[
            "\n", "\r", "\r\n", "\n\n", " ", "\t", "\u{c}", "\\", "\\u", "=", ":", "#", "##", "!", "<<", "\"", "'", "$", "%",
            "TOKEN", "\u{85}", "\u{2028}", "\u{feff}", "\u{1f600}", "é", "\0", "\x1b", "a",
        ][..]).prop_map(str::to_owned),
    ];
    proptest::collection::vec(piece, 0..8).prop_map(|pieces| pieces.concat())
}
