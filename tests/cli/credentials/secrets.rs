//! Nothing that is obtained is seen, whatever goes wrong on the way to it.

use sandbox::{Cloud, Sandbox, Server, world};

use super::{asking, is_hidden, token, trusted_by, without_keys};
use crate::support::step::Step;

/// What can happen to an answer that holds secrets.
const FAULTS: [&str; 12] = [
    "cut",
    "broken-json",
    "empty",
    "html 200",
    "html 403",
    "500 after",
    "redirect",
    "throttle",
    "reset after",
    "error 401 AuthenticationFail.NoPermission",
    "error 400 InvalidParameter.DurationSeconds",
    "error 403 STS5.1001",
];

fn steps(server: &Server) -> Vec<(Step, String)> {
    let of = |cloud| token(cloud, world::GITHUB_ISSUER, world::GITHUB_SUBJECT);
    let (alibaba, huawei) = (of(Cloud::Alibaba), of(Cloud::Huawei));
    let step = |operation, ci| without_keys(Step::of(ci), operation, server);
    let keyless = |operation, ci, cloud| trusted_by(step(operation, ci), cloud, "github");
    let uri = format!("{}{}", server.url(), world::ALIBABA_CREDENTIALS_TARGET);
    let idp = step("publish_extension_draft", "github").env("HUAWEICLOUD_SDK_IDP_ID", world::HUAWEI_IDP_ID);
    vec![
        (
            asking(
                keyless("release_artifact", "github", Cloud::Alibaba),
                server,
                world::GITHUB_ID_TOKEN_TARGET,
            ),
            String::new(),
        ),
        (
            keyless("release_artifact", "gitlab", Cloud::Alibaba).env("ALIBABA_CLOUD_OIDC_TOKEN", &alibaba),
            alibaba,
        ),
        (
            keyless("publish_extension_draft", "jenkins", Cloud::Huawei)
                .env("HUAWEICLOUD_OIDC_ID_TOKEN", &huawei),
            huawei,
        ),
        (asking(idp, server, world::GITHUB_ID_TOKEN_TARGET), String::new()),
        (step("release_artifact", "plain").env("ALIBABA_CLOUD_CREDENTIALS_URI", uri), String::new()),
    ]
}

#[test]
fn no_fault_uncovers_a_secret() {
    for (number, fault) in FAULTS.into_iter().enumerate() {
        for case in 0..5 {
            let mut sandbox = Sandbox::new();
            // Of a federation's two calls one is met, in turn.
            let which = 1 + number % 2;
            sandbox.arrange(&format!("fault credentials {which}-: {fault}")).unwrap();
            let server = Server::launch(sandbox, 0, |_| ()).unwrap();
            let (step, token) = steps(&server).swap_remove(case);
            let run = step.input("log_level", "trace").run();
            assert!([Some(0), Some(3), Some(7)].contains(&run.code), "{fault}\n{}", run.transcript());
            let secrets: Vec<&str> = [token.as_str()].into_iter().filter(|token| !token.is_empty()).collect();
            is_hidden(&run, &server, &secrets);
        }
    }
}

/// A URI that is a secret itself, as some helpers have it.
#[test]
fn a_credentials_uri_is_not_shown() {
    let server = Server::start();
    let secret = "a-path-that-is-not-guessed";
    let step = without_keys(Step::plain(), "release_artifact", &server).input("log_level", "trace");
    let run =
        step.env("ALIBABA_CLOUD_CREDENTIALS_URI", format!("{}/{secret}?key={secret}", server.url())).run();
    assert!(!run.exits_with(3).transcript().contains(secret));
}
