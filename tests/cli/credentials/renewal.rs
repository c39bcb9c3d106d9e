//! Waits that outlive their credentials.

use std::thread;

use jiff::{SignedDuration, Timestamp};
use sandbox::identity::Claims;
use sandbox::{Cloud, Recorded, Sandbox, Server, world};

use super::{asking, trusted_by, without_keys};
use crate::support::release_calls;
use crate::support::step::Step;

/// A source, and how a step is given it.
type Source = (&'static str, &'static str, fn(Step, &Server) -> Step);

const RENEWABLE: [Source; 6] = [
    ("github, Alibaba", "release_artifact", |step, server| {
        asking(trusted_by(step, Cloud::Alibaba, "github"), server, world::GITHUB_ID_TOKEN_TARGET)
    }),
    ("file, Alibaba", "release_artifact", |step, _| with_file(step, Cloud::Alibaba)),
    ("keys and a role", "release_artifact", |step, _| {
        let step =
            world::credentials(Cloud::Alibaba).iter().fold(step, |step, (name, value)| step.env(name, value));
        step.env("ALIBABA_CLOUD_ROLE_ARN", world::ALIBABA_ROLE_ARN)
    }),
    ("credentials URI", "release_artifact", |step, server| {
        let uri = format!("{}{}", server.url(), world::ALIBABA_CREDENTIALS_TARGET);
        step.env("ALIBABA_CLOUD_CREDENTIALS_URI", uri)
    }),
    ("github, Huawei", "publish_extension_draft", |step, server| {
        asking(trusted_by(step, Cloud::Huawei, "github"), server, world::GITHUB_ID_TOKEN_TARGET)
    }),
    ("github, older IAM", "publish_extension_draft", |step, server| {
        let step = step.env("HUAWEICLOUD_SDK_IDP_ID", world::HUAWEI_IDP_ID);
        asking(step, server, world::GITHUB_ID_TOKEN_TARGET)
    }),
];

fn token_of_an_hour(cloud: Cloud) -> String {
    let audience = if cloud == Cloud::Alibaba { world::ALIBABA_AUDIENCE } else { world::HUAWEI_AUDIENCE };
    let claims = Claims::new(Timestamp::now(), world::GITHUB_ISSUER, audience, world::GITHUB_SUBJECT);
    claims.living(SignedDuration::from_hours(1)).token()
}

fn with_file(step: Step, cloud: Cloud) -> Step {
    let step = trusted_by(step, cloud, "github").file("token", token_of_an_hour(cloud));
    let path = step.path("token");
    step.env("ALIBABA_CLOUD_OIDC_TOKEN_FILE", path)
}

fn sandbox(script: &[&str]) -> Server {
    let mut sandbox = Sandbox::new();
    for line in script {
        sandbox.arrange(line).unwrap();
    }
    Server::launch(sandbox, 0, |_| ()).unwrap()
}

fn waiting(source: &Source, server: &Server) -> Step {
    let (_, operation, given) = source;
    let step = without_keys(Step::plain(), operation, server);
    let step = step.input("wait", "true").input("poll_interval", "300ms").input("poll_max_interval", "300ms");
    given(step, server)
}

fn exchanges(server: &Server) -> Vec<Recorded> {
    let is_exchange = |request: &Recorded| {
        sandbox::Calls::Credentials.include(&request.operation) && request.operation != "GetIdToken"
    };
    server.requests().into_iter().filter(is_exchange).collect()
}

/// Sessions of 4 s; 12 s until the release is done. The second exchange meets a server that is too busy.
#[test]
fn every_renewable_source_outlives_its_sessions() {
    let waits = RENEWABLE.map(|source| {
        thread::spawn(move || {
            let pace = if source.1 == "release_artifact" { "pace 11s" } else { "pace 13s" };
            let rule = if source.0 == "credentials URI" { "metadata" } else { "sts" };
            let throttled = format!("fault {rule} 2: throttle");
            let server = sandbox(&["session 4s", pace, &throttled]);
            let run = waiting(&source, &server).run().exits_with(0);
            let sessions = exchanges(&server).iter().filter(|request| request.status < 300).count();
            assert!(sessions >= 3, "{}: {sessions}\n{}", source.0, run.transcript());
            assert_eq!(release_calls(&server).len(), 1, "{}", source.0);
            let refused =
                server.requests().into_iter().filter(|request| [401, 403].contains(&request.status));
            assert_eq!(refused.count(), 0, "{}\n{}", source.0, run.transcript());
        })
    });
    for wait in waits {
        wait.join().unwrap();
    }
}

/// Sessions of 8 s are renewed from the sixth second on; STS takes 3 s over it.
#[test]
fn a_slow_renewal_does_not_hold_up_a_poll() {
    let server = sandbox(&["session 8s", "pace 7s", "fault sts 2-: slow 2500ms"]);
    waiting(&RENEWABLE[0], &server).run().exits_with(0);
    let polls: Vec<Timestamp> = server
        .requests()
        .iter()
        .filter(|request| request.operation == "GetArtifact")
        .map(|request| request.at)
        .collect();
    let longest = polls.windows(2).map(|pair| pair[1].duration_since(pair[0])).max().unwrap();
    assert!(longest < SignedDuration::from_millis(1500), "{longest:?}");
    assert!(exchanges(&server).len() >= 2);
}

#[test]
fn revoked_sessions_are_replaced_and_revoked_trust_ends_the_watch() {
    for source in [&RENEWABLE[0], &RENEWABLE[4]] {
        for is_trusted in [true, false] {
            let server = sandbox(&["pace 4s"]);
            let mut step = waiting(source, &server).start();
            step.wait_for("accepted");
            server.with(|sandbox| {
                sandbox.revoke_sessions(Timestamp::now());
                if !is_trusted {
                    sandbox.revoke_trust();
                }
            });
            let run = step.finish();
            if is_trusted {
                run.exits_with(0);
                assert_eq!(exchanges(&server).len(), 2, "{}", source.0);
            } else {
                let run = run.exits_with(6);
                assert_eq!(run.result()["release_outcome"], "unwatched");
                assert!(run.stderr.contains("could not be renewed"), "{}", run.transcript());
            }
        }
    }
}

#[test]
fn what_cannot_be_renewed_ends_the_watch_and_says_what_it_was() {
    let server = sandbox(&["session 3s", "pace 4s"]);
    let step = without_keys(Step::plain(), "release_artifact", &server);
    let step =
        trusted_by(step, Cloud::Alibaba, "github").input("wait", "true").input("poll_interval", "300ms");
    let step =
        step.env("ALIBABA_CLOUD_OIDC_TOKEN", token_of_an_hour(Cloud::Alibaba)).input("release_timeout", "1s");
    let run = step.run().exits_with(6);
    assert_eq!(exchanges(&server).len(), 1);
    insta::assert_snapshot!(run.log(), @"
    info: credentials from `ALIBABA_CLOUD_ROLE_ARN` with `ALIBABA_CLOUD_OIDC_TOKEN`, role `acs:ram::1234567890123456:role/deploy/release-step`, until [time]
    info: calling ReleaseArtifact of Compute Nest at [server]
    info: accepted: client_token `[token]`, previous_version `23`, request_id `[token]`, ArtifactId `artifact-5f0c2b7d9e3a4c168b20`, ArtifactType `File`, ArtifactVersion `draft`, VersionName `1.24.0`, Status `Scanning`, release_origin `call`
    info: ReleaseArtifact: Scanning
    error: the release was accepted, and its status can no longer be read: the credentials from `ALIBABA_CLOUD_ROLE_ARN` with `ALIBABA_CLOUD_OIDC_TOKEN` expired at [time], and cannot be renewed
    error: hint: do not release again: run this with `resume: true`, `previous_version: 23` and fresh credentials, which waits for it; take a source that can be renewed (the CI's own token, or one in a file), or a role with longer sessions
    ");
}

#[test]
fn credentials_that_the_call_would_outlive_end_the_run_before_it() {
    let server = sandbox(&["session 60s"]);
    let step = trusted_by(without_keys(Step::plain(), "release_artifact", &server), Cloud::Alibaba, "github");
    let run = step.env("ALIBABA_CLOUD_OIDC_TOKEN", token_of_an_hour(Cloud::Alibaba)).run().exits_with(3);
    assert_eq!(release_calls(&server).len(), 0);
    insta::assert_snapshot!(run.log(), @"
    info: credentials from `ALIBABA_CLOUD_ROLE_ARN` with `ALIBABA_CLOUD_OIDC_TOKEN`, role `acs:ram::1234567890123456:role/deploy/release-step`, until [time]
    info: calling ReleaseArtifact of Compute Nest at [server]
    error: the credentials from `ALIBABA_CLOUD_ROLE_ARN` with `ALIBABA_CLOUD_OIDC_TOKEN` expire at [time], before the call's `release_timeout` is over, and cannot be renewed; nothing was released
    error: hint: take a source that can be renewed (the CI's own token, or one in a file), or a role with longer sessions
    ");
}

/// What cannot be renewed is asked for as long as the wait; what the role does not allow, for an hour.
#[test]
fn a_session_is_as_long_as_the_wait_if_the_role_allows_it() {
    let asked_for = |role: &str, wait_timeout: &str| {
        let server = sandbox(&[]);
        let step =
            trusted_by(without_keys(Step::plain(), "release_artifact", &server), Cloud::Alibaba, "github");
        let step = step.env("ALIBABA_CLOUD_OIDC_TOKEN", token_of_an_hour(Cloud::Alibaba));
        let step = step
            .env("ALIBABA_CLOUD_ROLE_ARN", role)
            .input("wait", "true")
            .input("wait_timeout", wait_timeout);
        let run = step.run().exits_with(0);
        let lifetime = |request: Recorded| {
            let body = String::from_utf8_lossy(&request.request.body).into_owned();
            body.split('&').find_map(|pair| pair.strip_prefix("DurationSeconds=")).unwrap().to_owned()
        };
        let all: Vec<String> = exchanges(&server).into_iter().map(lifetime).collect();
        let warned = run.stderr.contains("the role allows no session");
        (all.join(" "), warned)
    };
    assert_eq!(asked_for(world::ALIBABA_LONG_ROLE_ARN, "2h"), ("7500".to_owned(), false));
    assert_eq!(asked_for(world::ALIBABA_LONG_ROLE_ARN, "2d"), ("43200".to_owned(), false));
    assert_eq!(asked_for(world::ALIBABA_LONG_ROLE_ARN, "1m"), ("900".to_owned(), false));
    assert_eq!(asked_for(world::ALIBABA_ROLE_ARN, "2h"), ("7500 3600".to_owned(), true));
}
