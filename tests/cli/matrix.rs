//! Every operation on every CI: what the next step gets there, read by that CI's own rules and compared by value.

use release_step::ci;
use sandbox::{Server, world};

use crate::ci_rules::{Values, act, gitlab, jenkins};
use crate::ci_systems::{as_texts, sorted};
use crate::support::placeholders;
use crate::support::step::{Run, Step};

/// What a dotenv report leaves to the JSON beside it.
const STRUCTURES: [&str; 2] = ["deploy_package_details", "result"];

/// Names and values as the next step gets them, in every way in which this CI gives them.
fn read_back(ci: &str, run: &Run) -> Vec<(&'static str, Values)> {
    match ci {
        "github" => {
            let outputs = run.github_outputs();
            let inside = jenkins::read_json(outputs.get("result").unwrap().as_bytes()).unwrap();
            let of_gitea = act::outputs(run.file("github_output").as_bytes()).unwrap();
            vec![("GitHub", outputs), ("Gitea, Forgejo", of_gitea), ("`result` on GitHub", as_texts(&inside))]
        }
        "gitlab" => {
            let stored = run.gitlab_variables();
            // What GitLab and its runner make of a value where it is used.
            let seen = |(name, value): &(String, String)| (name.clone(), gitlab::expanded(value, &stored));
            let seen = Values(stored.0.iter().map(seen).collect());
            vec![
                ("GitLab's dotenv", seen),
                ("GitLab's JSON", as_texts(&run.json("release-step.json"))),
                ("stdout on GitLab", as_texts(&run.result())),
            ]
        }
        "jenkins" => vec![
            ("readJSON of the file", as_texts(&run.json("release-step.json"))),
            ("readJSON of stdout", as_texts(&run.result())),
            ("readProperties", jenkins::properties(run.file("more.properties").as_bytes()).unwrap()),
        ],
        _ => vec![("stdout", as_texts(&run.result())), ("a file", as_texts(&run.json("more.json")))],
    }
}

/// The values in the order of their names, as lines. Each place has its own moment of the end.
fn lines(values: &Values, without: &[&str]) -> String {
    let line = |(name, value): (String, String)| match &*name {
        "ended_at" => placeholders::replaced(&format!("{name} = {value}\n"), "no directory".as_ref()),
        _ => format!("{name} = {value}\n"),
    };
    sorted(values, without).into_iter().map(line).collect()
}

/// Runs it on each CI, and returns what all of them were told alike.
#[track_caller]
fn everywhere(operation: &str, status: i32, more: impl Fn(Step) -> Step) -> String {
    let on_each = ci::SYSTEMS.iter().map(|ci| {
        let server = Server::start();
        let step = match ci.name() {
            "jenkins" => Step::jenkins().input("output_file", "more.properties"),
            "plain" => Step::plain().input("output_file", "more.json"),
            other => Step::of(other),
        };
        let run = more(step.releasing(operation, server.url())).run().exits_with(status);
        assert_eq!(server.effects().is_empty(), status != 0, "{}", run.transcript());
        let all = jenkins::read_json(result(&run).as_bytes()).unwrap();
        for (way, values) in read_back(ci.name(), &run) {
            let structures = if way == "GitLab's dotenv" { &STRUCTURES[..] } else { &[] };
            let expected = lines(&as_texts(&all), structures);
            assert_eq!(lines(&values, &["result"]), expected, "{way}\n{}", run.transcript());
        }
        placeholders::replaced(&lines(&as_texts(&all), &[]), "no directory".as_ref())
    });
    let mut told: Vec<_> = on_each.collect();
    told.dedup();
    assert_eq!(told.len(), 1, "{operation} is told differently: {told:#?}");
    told.concat()
}

/// The output `result`, wherever it stands.
fn result(run: &Run) -> String {
    match run.files.get("github_output") {
        Some(_) => run.github_outputs().get("result").unwrap().to_owned(),
        None => run.stdout.clone(),
    }
}

#[test]
fn every_release_tells_the_same_on_every_ci() {
    let told = world::OPERATIONS.map(|operation| everywhere(operation, 0, |step| step));
    insta::assert_snapshot!(told.join("\n"), @r#"
    ArtifactId = artifact-5f0c2b7d9e3a4c168b20
    ArtifactType = File
    ArtifactVersion = draft
    Status = Scanning
    VersionName = 1.24.0
    client_token = [token]
    ended_at = [time]
    exit_status = 0
    operation = release_artifact
    previous_version = 23
    release_hash = [hash]
    release_origin = call
    release_outcome = submitted
    released = yes
    request_id = [token]
    started_at = [time]

    CodeRevision = 1720876959997924702
    ended_at = [time]
    exit_status = 0
    operation = publish_routine_code_revision
    release_hash = [hash]
    release_origin = call
    release_outcome = submitted
    released = yes
    request_id = [token]
    started_at = [time]

    ended_at = [time]
    exit_status = 0
    operation = release_package
    package_name = nightly
    release_hash = [hash]
    release_origin = call
    release_outcome = submitted
    release_package_id = 2303
    released = yes
    request_id = [token]
    started_at = [time]

    asy_task_id = [token],[token]
    deploy_package_details = [{"asy_subtask_num":1,"asy_task_id":"[token]","package_id":"2301"},{"asy_subtask_num":1,"asy_task_id":"[token]","package_id":"2302"}]
    ended_at = [time]
    exit_status = 0
    operation = deploy_packages
    package_id = 2301,2302
    release_hash = [hash]
    release_origin = call
    release_outcome = submitted
    released = yes
    request_id = [token]
    started_at = [time]

    ended_at = [time]
    exit_status = 0
    operation = publish_extension_draft
    published = true
    release_hash = [hash]
    release_origin = call
    release_outcome = submitted
    released = yes
    request_id = [token]
    started_at = [time]
    "#);
}

#[test]
fn every_refusal_tells_the_same_on_every_ci() {
    let wrong = [
        ("artifact_id", world::ARTIFACT_WITHOUT_DRAFT_ID, 4),
        ("envs", "nowhere", 4),
        ("pending_item_list", "1", 4),
        ("package_ids", "1", 2),
        ("version", "9.9.9", 4),
    ];
    let told = std::array::from_fn::<_, 5, _>(|number| {
        let (input, value, status) = wrong[number];
        everywhere(world::OPERATIONS[number], status, |step| step.input(input, value))
    });
    insta::assert_snapshot!(told.join("\n"), @"
    client_token = [token]
    ended_at = [time]
    error_code = EntityNotExist.ArtifactVersion
    error_message = the API rejected the call; nothing was released: HTTP 404, `EntityNotExist.ArtifactVersion`: The specified artifact version does not exist (request id `[token]`); the status does not show it
    exit_status = 4
    operation = release_artifact
    previous_version = 1
    release_hash = [hash]
    release_outcome = not_released
    released = no
    request_id = [token]
    started_at = [time]

    ended_at = [time]
    error_code = EdgeRoutine.GeneralError
    error_message = the API rejected the call; nothing was released: HTTP 400, `EdgeRoutine.GeneralError`: server error occurred: the environment nowhere does not exist (request id `[token]`); the status does not show it
    exit_status = 4
    operation = publish_routine_code_revision
    release_hash = [hash]
    release_outcome = not_released
    released = no
    request_id = [token]
    started_at = [time]

    ended_at = [time]
    error_code = DLF.3051
    error_message = the API rejected the call; nothing was released: HTTP 400, `DLF.3051`: Invalid parameter: the pending item 1 does not exist (request id `[token]`); the status does not show it
    exit_status = 4
    operation = release_package
    release_hash = [hash]
    release_outcome = not_released
    released = no
    request_id = [token]
    started_at = [time]

    ended_at = [time]
    error_code = inputs
    error_message = `package_ids` is wrong: `1` is no package of this workspace; no release call was sent
    exit_status = 2
    operation = deploy_packages
    release_hash = [hash]
    release_outcome = not_released
    released = no
    started_at = [time]

    ended_at = [time]
    error_code = DEVCP.00014004
    error_message = the API rejected the call; nothing was released: HTTP 200, `DEVCP.00014004`: Invalid parameter: the draft does not exist (request id `[token]`); the status does not show it
    exit_status = 4
    operation = publish_extension_draft
    release_hash = [hash]
    release_outcome = not_released
    released = no
    request_id = [token]
    started_at = [time]
    ");
}
