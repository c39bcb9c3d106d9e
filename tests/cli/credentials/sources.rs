//! Each source ends in a release, with keys that are not seen.

use sandbox::{Cloud, Server, world};

use super::{asked, asking, is_hidden, token, trusted_by, without_keys};
use crate::support::release_calls;
use crate::support::step::Step;

const OPERATIONS: [(&str, Cloud); 2] =
    [("release_artifact", Cloud::Alibaba), ("publish_extension_draft", Cloud::Huawei)];

/// The call is made once, with temporary keys, and no secret is seen, not even at the level `trace`. Which services were asked.
#[track_caller]
fn releases(step: Step, server: &Server, secrets: &[&str]) -> String {
    let run = step.input("log_level", "trace").input("wait", "true").run().exits_with(0);
    let calls = release_calls(server);
    assert_eq!(calls.len(), 1, "{}", run.transcript());
    assert!(calls[0].accepted, "{}", run.transcript());
    let authorization = calls[0].request.header("authorization").unwrap();
    assert!(["Credential=STS.", "Access=HST"].iter().any(|temporary| authorization.contains(temporary)));
    is_hidden(&run, server, secrets);
    let mut asked = asked(server);
    asked.dedup();
    asked.join(" ")
}

#[test]
fn a_job_of_github_or_forgejo_asks_for_its_token() {
    let mut all = String::new();
    for (operation, cloud) in OPERATIONS {
        let services =
            [("github", world::GITHUB_ID_TOKEN_TARGET), ("forgejo", world::FORGEJO_ID_TOKEN_TARGET)];
        for (provider, target) in services {
            let server = Server::start();
            let step = trusted_by(without_keys(Step::github(), operation, &server), cloud, provider);
            all += &releases(asking(step, &server, target), &server, &[]);
            all += "\n";
        }
    }
    insta::assert_snapshot!(all, @"
    GetIdToken AssumeRoleWithOIDC GetArtifact ReleaseArtifact GetArtifact
    GetIdToken AssumeRoleWithOIDC GetArtifact ReleaseArtifact GetArtifact
    GetIdToken AssumeAgencyWithOIDC ShowPluginVersion PublishPluginDraft ShowPluginVersion
    GetIdToken AssumeAgencyWithOIDC ShowPluginVersion PublishPluginDraft ShowPluginVersion
    ");
}

#[test]
fn the_other_cis_hand_a_token_over_in_a_variable_or_in_a_file() {
    let cis = [
        ("gitlab", world::GITLAB_ISSUER, world::GITLAB_SUBJECT),
        ("jenkins", world::JENKINS_ISSUER, world::JENKINS_SUBJECT),
        ("plain", world::GITHUB_ISSUER, world::GITHUB_IMMUTABLE_SUBJECT),
    ];
    for ((operation, cloud), (ci, issuer, subject)) in
        OPERATIONS.into_iter().flat_map(|o| cis.map(|c| (o, c)))
    {
        let provider = if ci == "plain" { "github" } else { ci };
        let token = token(cloud, issuer, subject);
        let (variable, file) = match cloud {
            Cloud::Alibaba => ("ALIBABA_CLOUD_OIDC_TOKEN", "ALIBABA_CLOUD_OIDC_TOKEN_FILE"),
            Cloud::Huawei => ("HUAWEICLOUD_OIDC_ID_TOKEN", "HUAWEICLOUD_OIDC_TOKEN_FILE"),
        };
        let server = Server::start();
        let step = trusted_by(without_keys(Step::of(ci), operation, &server), cloud, provider);
        releases(step.env(variable, &token), &server, &[&token]);

        let server = Server::start();
        let step = trusted_by(without_keys(Step::of(ci), operation, &server), cloud, provider);
        let outside = tempfile::tempdir().unwrap();
        let path = outside.path().join("token");
        std::fs::write(&path, format!("{token}\r\n")).unwrap();
        releases(step.env(file, path), &server, &[&token]);
    }
}

#[test]
fn keys_assume_a_role() {
    let server = Server::start();
    let step = Step::gitlab().releasing("release_artifact", server.url()).input("sts_endpoint", server.url());
    let step = step.env("ALIBABA_CLOUD_ROLE_ARN", world::ALIBABA_ROLE_ARN);
    let asked = releases(step.env("ALIBABA_CLOUD_ROLE_SESSION_NAME", "job-7"), &server, &[]);
    insta::assert_snapshot!(asked, @"AssumeRole GetArtifact ReleaseArtifact GetArtifact");
    let assumed = &server.requests()[0].request.target;
    assert!(assumed.contains("RoleSessionName=job-7"), "{assumed}");
}

#[test]
fn a_credentials_uri_gives_keys() {
    let server = Server::start();
    let uri = format!("{}{}", server.url(), world::ALIBABA_CREDENTIALS_TARGET);
    let step = without_keys(Step::plain(), "release_artifact", &server);
    let asked = releases(step.env("ALIBABA_CLOUD_CREDENTIALS_URI", uri), &server, &[]);
    insta::assert_snapshot!(asked, @"GetCredentialsUri GetArtifact ReleaseArtifact GetArtifact");
}

#[test]
fn a_profile_of_the_alibaba_cli_is_read() {
    let token = token(Cloud::Alibaba, world::GITHUB_ISSUER, world::GITHUB_SUBJECT);
    let outside = tempfile::tempdir().unwrap();
    std::fs::write(outside.path().join("token"), &token).unwrap();
    let token_file = outside.path().join("token");
    std::fs::create_dir(outside.path().join(".aliyun")).unwrap();
    let (id, secret) = (world::ALIBABA_KEY.id, world::ALIBABA_KEY.secret);
    let config = serde_json::json!({"current": "keys", "profiles": [
        {"name": "keys", "mode": "AK", "access_key_id": id, "access_key_secret": secret},
        {"name": "role", "mode": "ramrolearn", "access_key_id": id, "access_key_secret": secret,
         "ram_role_arn": world::ALIBABA_ROLE_ARN, "ram_session_name": "ci", "expired_seconds": 900},
        {"name": "rrsa", "mode": "OIDC", "ram_session_name": "ci", "oidc_token_file": token_file,
         "ram_role_arn": world::ALIBABA_ROLE_ARN, "oidc_provider_arn": world::ALIBABA_PROVIDER_ARN},
    ]});
    std::fs::write(outside.path().join(".aliyun/config.json"), config.to_string()).unwrap();
    let step = |ci: Step, server: &Server| {
        let home = if cfg!(windows) { "USERPROFILE" } else { "HOME" };
        without_keys(ci, "release_artifact", server).env(home, outside.path())
    };
    for profile in ["role", "rrsa"] {
        let server = Server::start();
        let named = step(Step::gitlab(), &server).env("ALIBABA_CLOUD_PROFILE", profile);
        releases(named, &server, &[&token, secret]);
    }
    // In its default place only outside of a CI.
    let server = Server::start();
    let run = step(Step::plain(), &server).input("log_level", "debug").run().exits_with(0);
    assert!(run.stderr.contains("credentials from the profile `keys`"), "{}", run.stderr);
    is_hidden(&run, &server, &[secret]);
    step(Step::gitlab(), &Server::start()).run().exits_with(3);
}

#[test]
fn huawei_federates_with_the_older_iam() {
    let server = Server::start();
    let step = without_keys(Step::github(), "publish_extension_draft", &server);
    let step = step.env("HUAWEICLOUD_SDK_IDP_ID", world::HUAWEI_IDP_ID);
    let asked = releases(asking(step, &server, world::GITHUB_ID_TOKEN_TARGET), &server, &[]);
    insta::assert_snapshot!(asked, @"
    GetIdToken CreateTokenWithIdToken CreateTemporaryAccessKeyByToken ShowPluginVersion PublishPluginDraft ShowPluginVersion
    ");
}

#[test]
fn huaweis_credentials_file_knows_its_account() {
    let (id, secret) = (world::HUAWEI_KEY.id, world::HUAWEI_KEY.secret.replace('%', "%%"));
    let outside = tempfile::tempdir().unwrap();
    let path = outside.path().join("credentials");
    let keys = format!("ak = {id}\nsk: {secret}\n");
    let file = format!(
        "[basic]\n{keys}project_id = {}\n\n[global]\n{keys}domain_id = {}\n",
        world::PROJECT_ID,
        world::DOMAIN_ID
    );
    std::fs::write(&path, file).unwrap();
    for (operation, account) in [("deploy_packages", "project_id"), ("publish_extension_draft", "domain_id")]
    {
        let server = Server::start();
        let step = without_keys(Step::gitlab(), operation, &server);
        let step = step.unset(format!("INPUT_{}", account.to_uppercase()));
        let run = step.env("HUAWEICLOUD_SDK_CREDENTIALS_FILE", &path).run().exits_with(0);
        assert_eq!(release_calls(&server).len(), 1, "{}", run.transcript());
        is_hidden(&run, &server, &[world::HUAWEI_KEY.secret]);
    }
}

#[test]
fn what_the_account_is_called_is_looked_up() {
    let said = |operation: &str, account: &str, arrange: &dyn Fn(Step, &Server) -> Step| {
        let server = Server::start();
        let step = Step::plain().releasing(operation, server.url());
        let step = step.input("sts_endpoint", server.url()).input("iam_endpoint", server.url());
        let step =
            step.input("region", world::HUAWEI_REGION).unset(format!("INPUT_{}", account.to_uppercase()));
        let run = arrange(step, &server).run().exits_with(0);
        let found = run.log().lines().find(|line| line.contains("as the account has it")).map(str::to_owned);
        format!("{}: {}\n", asked(&server)[..2].join(" "), found.unwrap_or_default())
    };
    let keyless = |step: Step, server: &Server| {
        let step = world::credentials(Cloud::Huawei).iter().fold(step, |step, (name, _)| step.unset(name));
        asking(trusted_by(step, Cloud::Huawei, "github"), server, world::GITHUB_ID_TOKEN_TARGET)
    };
    let same = |step: Step, _: &Server| step;
    let all = [
        said("deploy_packages", "project_id", &same),
        said("publish_extension_draft", "domain_id", &same),
        // The agency's URN names the account.
        said("publish_extension_draft", "domain_id", &keyless),
    ];
    insta::assert_snapshot!(all.concat(), @"
    KeystoneListProjects ListFactoryReleasePackages: info: `project_id` is `[token]`, as the account has it
    KeystoneListAuthDomains ShowPluginVersion: info: `domain_id` is `[token]`, as the account has it
    GetIdToken AssumeAgencyWithOIDC:
    ");
}

/// With static keys nothing else is asked.
#[test]
fn static_keys_are_used_as_they_are() {
    let server = Server::start();
    let run = Step::github().releasing("release_artifact", server.url()).run().exits_with(0);
    assert_eq!(asked(&server), ["GetArtifact", "ReleaseArtifact"], "{}", run.transcript());
}

/// The vendor's own GitHub action exports three families of names with the same values.
#[test]
fn a_second_source_counts_only_with_other_values() {
    let (id, secret) = (world::ALIBABA_KEY.id, world::ALIBABA_KEY.secret);
    let step = |server: &Server| Step::plain().releasing("release_artifact", server.url());
    let server = Server::start();
    let same = step(&server).env("ALICLOUD_ACCESS_KEY", id).env("ALICLOUD_SECRET_KEY", secret);
    assert!(!same.run().exits_with(0).stderr.contains("warn"));
    let server = Server::start();
    let other =
        step(&server).env("ALICLOUD_ACCESS_KEY", "LTAI-another-one").env("ALICLOUD_SECRET_KEY", secret);
    let log = other.run().exits_with(0).log();
    let warnings: Vec<&str> = log.lines().filter(|line| line.starts_with("warn")).collect();
    insta::assert_snapshot!(warnings.join("\n"), @"
    warn: two sources of credentials are set, `ALIBABA_CLOUD_ACCESS_KEY_ID` with `ALIBABA_CLOUD_ACCESS_KEY_SECRET` and `ALICLOUD_ACCESS_KEY` with `ALICLOUD_SECRET_KEY`: the first is used
    ");
}

#[test]
fn of_a_file_and_a_variable_that_differ_the_file_is_taken() {
    let token = token(Cloud::Alibaba, world::GITHUB_ISSUER, world::GITHUB_SUBJECT);
    for (variable, warns) in [("another.token.altogether", true), (token.as_str(), false)] {
        let server = Server::start();
        let step =
            trusted_by(without_keys(Step::plain(), "release_artifact", &server), Cloud::Alibaba, "github");
        let step =
            step.env("ALIBABA_CLOUD_OIDC_TOKEN", variable).env("ALIBABA_CLOUD_OIDC_TOKEN_FILE", "token");
        let run = step.file("token", &token).run().exits_with(0);
        let warning = "`ALIBABA_CLOUD_OIDC_TOKEN` and `ALIBABA_CLOUD_OIDC_TOKEN_FILE` hold different tokens";
        assert_eq!(run.stderr.contains(warning), warns, "{}", run.transcript());
    }
}
