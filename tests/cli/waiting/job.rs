//! What else a job brings along: a clock that is wrong, a second attempt.

use super::{sandbox, story, waiting};
use crate::support::step::Step;

#[test]
fn a_wrong_clock_is_told_and_worked_around() {
    let mut told = String::new();
    for (operation, line) in [("release_artifact", "clock 61m"), ("deploy_packages", "clock -61m")] {
        let server = sandbox(&[line, "pace 100ms", "tick 100ms"]);
        let run = waiting(Step::plain(), operation, &server).run().exits_with(0);
        told += &story(&format!("{operation}, {line}"), &run, &server);
    }
    insta::assert_snapshot!(told, @"
    release_artifact, clock 61m
    = 0, released: yes, succeeded, 1 by this run
    info: credentials from `ALIBABA_CLOUD_ACCESS_KEY_ID` with `ALIBABA_CLOUD_ACCESS_KEY_SECRET`
    warn: this machine's clock is 61 min behind the server's: set it; the call is signed once more with the server's time
    info: calling ReleaseArtifact of Compute Nest at [server]
    info: accepted: client_token `[token]`, previous_version `23`, request_id `[token]`, ArtifactId `artifact-5f0c2b7d9e3a4c168b20`, ArtifactType `File`, ArtifactVersion `draft`, VersionName `1.24.0`, Status `Scanning`, release_origin `call`
    info: ReleaseArtifact: succeeded

    deploy_packages, clock -61m
    = 0, released: yes, succeeded, 2 by this run
    info: credentials from `HUAWEICLOUD_SDK_AK` with `HUAWEICLOUD_SDK_SK`
    warn: this machine's clock is 61 min ahead of the server's: set it; the call is signed once more with the server's time
    info: calling DeployFactoryPackages of DataArts Factory at [server]
    info: accepted: request_id `[token]`, package_id `2301,2302`, asy_task_id `[token],[token]`, release_origin `call`
    info: DeployFactoryPackages: succeeded
    ");
}

#[test]
fn a_re_run_of_the_same_job_is_the_same_call() {
    let server = sandbox(&[]);
    let job = |attempt: &str| {
        Step::github()
            .releasing("release_artifact", server.url())
            .input("client_token", "ci-run")
            .env("GITHUB_SERVER_URL", "https://github.example")
            .env("GITHUB_REPOSITORY", "octo/shop")
            .env("GITHUB_RUN_ID", "4711")
            .env("GITHUB_JOB", "release")
            .env("GITHUB_RUN_ATTEMPT", attempt)
    };
    let tokens = ["1", "2"].map(|attempt| {
        job(attempt).run().exits_with(0).github_outputs().get("client_token").unwrap().to_owned()
    });
    assert_eq!(tokens[0], tokens[1]);
    assert_eq!(server.effects().len(), 1);
    let alone = Step::plain().releasing("release_artifact", server.url()).input("client_token", "ci-run");
    insta::assert_snapshot!(alone.run().exits_with(2).log(), @"
    error: `INPUT_CLIENT_TOKEN` is `ci-run`, but this is no job of a CI: give a token of your own, or leave it out; nothing was sent
    error: hint: mend the variables of this step; `release-step --help release_artifact` lists them
    ");
}
