//! Credentials that are exchanged: each source on each CI where it makes sense, what is said where it fails, and what is
//! renewed.

mod messages;
mod renewal;
mod secrets;
mod sources;

use jiff::Timestamp;
use sandbox::identity::Claims;
use sandbox::{Cloud, Server, world};

use crate::support::forms::{forms, stand_nowhere};
use crate::support::step::{Run, Step};

/// A step that makes this operation's call to the sandbox, with all services of the cloud there, and no credentials.
pub(crate) fn without_keys(step: Step, operation: &str, server: &Server) -> Step {
    let cloud = world::cloud(operation);
    let step = step.releasing(operation, server.url());
    let step = world::credentials(cloud).iter().fold(step, |step, (name, _)| step.unset(name));
    let step = step.input("sts_endpoint", server.url());
    match cloud {
        Cloud::Alibaba => step,
        Cloud::Huawei => step.input("iam_endpoint", server.url()),
    }
}

/// The role or the agency, and the provider of this name.
pub(crate) fn trusted_by(step: Step, cloud: Cloud, provider: &str) -> Step {
    let named = |urn: &str| urn.replace("github", provider);
    match cloud {
        Cloud::Alibaba => step
            .env("ALIBABA_CLOUD_ROLE_ARN", world::ALIBABA_ROLE_ARN)
            .env("ALIBABA_CLOUD_OIDC_PROVIDER_ARN", named(world::ALIBABA_PROVIDER_ARN)),
        Cloud::Huawei => step
            .env("HUAWEICLOUD_OIDC_AGENCY_URN", world::HUAWEI_AGENCY_URN)
            .env("HUAWEICLOUD_OIDC_PROVIDER_URN", named(world::HUAWEI_PROVIDER_URN)),
    }
}

/// The two variables of a job that may ask GitHub for a token.
pub(crate) fn asking(step: Step, server: &Server, target: &str) -> Step {
    step.env("ACTIONS_ID_TOKEN_REQUEST_URL", format!("{}{target}", server.url()))
        .env("ACTIONS_ID_TOKEN_REQUEST_TOKEN", world::ID_TOKEN_REQUEST_TOKEN)
}

/// A token as a CI's issuer signs it, for this cloud.
pub(crate) fn token(cloud: Cloud, issuer: &str, subject: &str) -> String {
    let audience = match cloud {
        Cloud::Alibaba => world::ALIBABA_AUDIENCE,
        Cloud::Huawei => world::HUAWEI_AUDIENCE,
    };
    Claims::new(Timestamp::now(), issuer, audience, subject).token()
}

/// Which services were asked, in order.
pub(crate) fn asked(server: &Server) -> Vec<String> {
    server.requests().into_iter().map(|request| request.operation).collect()
}

/// Nothing that was obtained, and none of these, stands anywhere in any form.
#[track_caller]
pub(crate) fn is_hidden(run: &Run, server: &Server, secrets: &[&str]) {
    let mut hidden: Vec<String> = secrets.iter().flat_map(|secret| forms(secret)).collect();
    hidden.extend(secrets.iter().filter_map(|token| Some(token.rsplit_once('.')?.1.to_owned())));
    hidden.extend(forms(world::ID_TOKEN_REQUEST_TOKEN));
    server.with(|sandbox| {
        for account in sandbox.alibaba.accounts.iter().chain(&sandbox.huawei.accounts) {
            let parts = [Some(&account.id), Some(&account.secret), account.security_token.as_ref()];
            hidden.extend(parts.into_iter().flatten().flat_map(|secret| forms(secret)));
        }
    });
    // What the CI's own service has issued, and the tokens between.
    for request in server.requests() {
        let body = String::from_utf8_lossy(&request.request.body).into_owned();
        let token = body.split(|c: char| !(c.is_ascii_alphanumeric() || "-_.".contains(c)));
        hidden.extend(
            token.filter(|token| token.matches('.').count() == 2 && token.len() > 40).flat_map(forms),
        );
        for name in ["x-metadata-token", "x-aliyun-ecs-metadata-token"] {
            hidden.extend(request.request.header(name).into_iter().flat_map(forms));
        }
    }
    stand_nowhere(&hidden, run);
}
