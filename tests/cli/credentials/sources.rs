//! Each source ends in a release.

use sandbox::{Cloud, Server, world};

use super::{asked, asking, token, trusted_by, without_keys};
use crate::support::release_calls;
use crate::support::step::Step;

const OPERATIONS: [(&str, Cloud); 2] =
    [("release_artifact", Cloud::Alibaba), ("publish_extension_draft", Cloud::Huawei)];

/// The call is made once, with the temporary keys.
#[track_caller]
fn releases(step: Step, server: &Server) -> String {
    let run = step.input("log_level", "trace").run().exits_with(0);
    let calls = release_calls(server);
    assert_eq!(calls.len(), 1, "{}", run.transcript());
    assert!(calls[0].accepted, "{}", run.transcript());
    assert!(calls[0].request.header("authorization").unwrap().contains("STS.") || calls[0].request.header("authorization").unwrap().contains("HST"));
    run.log()
}

#[test]
fn a_job_of_github_asks_for_its_token() {
    for (operation, cloud) in OPERATIONS {
        let services =
            [("github", world::GITHUB_ID_TOKEN_TARGET), ("forgejo", world::FORGEJO_ID_TOKEN_TARGET)];
        for (provider, target) in services {
            let server = Server::start();
            let step = without_keys(Step::github(), operation, &server);
            releases(asking(trusted_by(step, cloud, provider), &server, target), &server);
            assert_eq!(asked(&server)[0], "GetIdToken");
        }
    }
}

#[test]
fn a_job_of_gitlab_has_its_token_in_a_variable_or_in_a_file() {
    for (operation, cloud) in OPERATIONS {
        let token = token(cloud, world::GITLAB_ISSUER, world::GITLAB_SUBJECT);
        let (variable, file) = match cloud {
            Cloud::Alibaba => ("ALIBABA_CLOUD_OIDC_TOKEN", "ALIBABA_CLOUD_OIDC_TOKEN_FILE"),
            Cloud::Huawei => ("HUAWEICLOUD_OIDC_ID_TOKEN", "HUAWEICLOUD_OIDC_TOKEN_FILE"),
        };
        let server = Server::start();
        let step = trusted_by(without_keys(Step::gitlab(), operation, &server), cloud, "gitlab");
        releases(step.env(variable, &token), &server);

        let server = Server::start();
        let step = trusted_by(without_keys(Step::gitlab(), operation, &server), cloud, "gitlab");
        let step = step.file("token", format!("{token}\n"));
        let path = step.path("token");
        releases(step.env(file, path), &server);
    }
}
