//! What a fresh sandbox holds, and ready-made inputs and credentials for it.
//!
//! Nothing here is a real credential; the secrets and tokens hold the characters that are easily lost in encodings.
//! Besides what the constants name there is enough of everything that each list has more than one page of its default size.

mod alibaba;
mod huawei;
mod keyless;

use jiff::Timestamp;

pub use alibaba::{
    ALIBABA_KEY, ALIBABA_POWERLESS_KEY, ALIBABA_TEMPORARY_KEY, ARTIFACT_ID, ARTIFACT_NAME,
    ARTIFACT_WITHOUT_DRAFT_ID, LIVE_CODE_REVISION, NEW_CODE_REVISION, OTHER_CODE_REVISION, ROUTINE_NAME,
};
pub(crate) use alibaba::{alibaba_accounts, compute_nest, dcdn};
pub use huawei::{
    ADMIN_ID, APPLICANT_ID, DEPLOYER_ID, DOMAIN_ID, FORMAL_PLUGIN_VERSION, HUAWEI_AUTH_TOKEN, HUAWEI_KEY,
    HUAWEI_POWERLESS_KEY, HUAWEI_TEMPORARY_KEY, OTHER_PENDING_ITEM_ID, PACKAGE_IDS, PENDING_ITEM_IDS,
    PLUGIN_DISPLAY_NAME, PLUGIN_NAME, PLUGIN_VERSION, PROJECT_ID, WORKSPACE_ID,
};
pub(crate) use huawei::{factory, huawei_accounts, pipeline};
pub use keyless::{
    ALIBABA_AUDIENCE, ALIBABA_CLOSED_ROLE_ARN, ALIBABA_CREDENTIALS_TARGET, ALIBABA_ECS_ROLE,
    ALIBABA_LONG_ROLE_ARN, ALIBABA_PROVIDER_ARN, ALIBABA_ROLE_ARN, FORGEJO_ID_TOKEN_TARGET, FORGEJO_ISSUER,
    GITHUB_ID_TOKEN_TARGET, GITHUB_IMMUTABLE_SUBJECT, GITHUB_ISSUER, GITHUB_SUBJECT, GITLAB_ISSUER,
    GITLAB_SUBJECT, HUAWEI_AGENCY_URN, HUAWEI_AUDIENCE, HUAWEI_CLOSED_AGENCY_URN, HUAWEI_IDP_ID,
    HUAWEI_LONG_AGENCY_URN, HUAWEI_PROVIDER_URN, HUAWEI_REGION, ID_TOKEN_REQUEST_TOKEN, JENKINS_ISSUER,
    JENKINS_SUBJECT,
};
pub(crate) use keyless::{
    alibaba_providers, alibaba_roles, huawei_agencies, huawei_identity_providers, huawei_projects,
    huawei_providers,
};

use crate::account::{Account, Cloud};

/// The five release calls, under the names that `release-step` has for them.
pub const OPERATIONS: [&str; 5] = [
    "release_artifact",
    "publish_routine_code_revision",
    "release_package",
    "deploy_packages",
    "publish_extension_draft",
];

/// An access key of the sandbox.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Key {
    /// The access key's id.
    pub id: &'static str,
    /// The access key's secret.
    pub secret: &'static str,
    /// The security token of a temporary key.
    pub security_token: Option<&'static str>,
}

impl Key {
    pub(crate) fn account(&self) -> Account {
        let account = Account::new(self.id, self.secret);
        match self.security_token {
            Some(token) => account.with_security_token(token),
            None => account,
        }
    }
}

/// The cloud that an operation belongs to.
///
/// # Panics
///
/// For a name that is not one of [`OPERATIONS`].
#[must_use]
pub fn cloud(operation: &str) -> Cloud {
    match operation {
        "release_artifact" | "publish_routine_code_revision" => Cloud::Alibaba,
        "release_package" | "deploy_packages" | "publish_extension_draft" => Cloud::Huawei,
        _ => panic!("`{operation}` is not an operation"),
    }
}

/// The inputs with which `release-step` makes this operation's call succeed on a fresh sandbox. `operation` and
/// `endpoint` are not among them.
///
/// # Panics
///
/// For a name that is not one of [`OPERATIONS`].
#[must_use]
pub fn inputs(operation: &str) -> Vec<(&'static str, String)> {
    let inputs: Vec<(_, &str)> = match operation {
        "release_artifact" => vec![("artifact_id", ARTIFACT_ID)],
        "publish_routine_code_revision" => vec![
            ("name", ROUTINE_NAME),
            ("select_code_revision", NEW_CODE_REVISION),
            ("envs", "production,presetCanaryHongKong"),
        ],
        "release_package" => vec![
            ("project_id", PROJECT_ID),
            ("workspace", WORKSPACE_ID),
            ("apply_user_id", APPLICANT_ID),
            ("package_name", "nightly"),
            ("pending_item_list", huawei::PENDING_ITEM_LIST),
            ("approver_ids", DEPLOYER_ID),
        ],
        "deploy_packages" => {
            vec![
                ("project_id", PROJECT_ID),
                ("workspace", WORKSPACE_ID),
                ("package_ids", huawei::PACKAGE_ID_LIST),
            ]
        }
        "publish_extension_draft" => vec![
            ("domain_id", DOMAIN_ID),
            ("plugin_name", PLUGIN_NAME),
            ("display_name", PLUGIN_DISPLAY_NAME),
            ("version", PLUGIN_VERSION),
            ("plugin_attribution", "custom"),
        ],
        _ => panic!("`{operation}` is not an operation"),
    };
    inputs.into_iter().map(|(name, value)| (name, value.to_owned())).collect()
}

/// The environment variables that carry a cloud's long-lived key.
#[must_use]
pub fn credentials(cloud: Cloud) -> Vec<(&'static str, &'static str)> {
    match cloud {
        Cloud::Alibaba => variables(cloud, &ALIBABA_KEY),
        Cloud::Huawei => variables(cloud, &HUAWEI_KEY),
    }
}

/// The environment variables with which `release-step` gets a cloud's keys for an identity token of GitHub's, from a
/// server at this URL. Among them are inputs.
#[must_use]
pub fn keyless(cloud: Cloud, url: &str) -> Vec<(&'static str, String)> {
    let (role, provider) = match cloud {
        Cloud::Alibaba => (
            ("ALIBABA_CLOUD_ROLE_ARN", ALIBABA_ROLE_ARN),
            ("ALIBABA_CLOUD_OIDC_PROVIDER_ARN", ALIBABA_PROVIDER_ARN),
        ),
        Cloud::Huawei => (
            ("HUAWEICLOUD_OIDC_AGENCY_URN", HUAWEI_AGENCY_URN),
            ("HUAWEICLOUD_OIDC_PROVIDER_URN", HUAWEI_PROVIDER_URN),
        ),
    };
    let mut variables = [role, provider].map(|(name, value)| (name, value.to_owned())).to_vec();
    variables.push(("ACTIONS_ID_TOKEN_REQUEST_URL", format!("{url}{GITHUB_ID_TOKEN_TARGET}")));
    variables.push(("ACTIONS_ID_TOKEN_REQUEST_TOKEN", ID_TOKEN_REQUEST_TOKEN.to_owned()));
    variables.push(("INPUT_STS_ENDPOINT", url.to_owned()));
    variables.extend((cloud == Cloud::Huawei).then(|| ("INPUT_IAM_ENDPOINT", url.to_owned())));
    variables
}

/// The environment variables that carry a key, under the names that the vendor's own SDKs read.
#[must_use]
pub fn variables(cloud: Cloud, key: &Key) -> Vec<(&'static str, &'static str)> {
    let (id, secret, token) = match cloud {
        Cloud::Alibaba => {
            ("ALIBABA_CLOUD_ACCESS_KEY_ID", "ALIBABA_CLOUD_ACCESS_KEY_SECRET", "ALIBABA_CLOUD_SECURITY_TOKEN")
        }
        Cloud::Huawei => ("HUAWEICLOUD_SDK_AK", "HUAWEICLOUD_SDK_SK", "HUAWEICLOUD_SDK_SECURITY_TOKEN"),
    };
    let mut variables = vec![(id, key.id), (secret, key.secret)];
    variables.extend(key.security_token.map(|value| (token, value)));
    variables
}

/// The day on which this world began, and whole days after it.
fn day(number: i64) -> Timestamp {
    const BEGINNING: i64 = 1_767_225_600;
    Timestamp::from_second(BEGINNING + number * 86_400).expect("a day of our time")
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{Cloud, OPERATIONS, cloud, credentials, inputs, keyless};
    use crate::{Request, Sandbox};

    #[test]
    fn every_operation_has_inputs_and_credentials() {
        for operation in OPERATIONS {
            assert!(!inputs(operation).is_empty());
            assert_eq!(credentials(cloud(operation)).len(), 2);
        }
        assert_eq!(credentials(Cloud::Huawei)[0].0, "HUAWEICLOUD_SDK_AK");
    }

    #[test]
    fn what_stands_for_keys_leads_to_keys() {
        for cloud in [Cloud::Alibaba, Cloud::Huawei] {
            let mut sandbox = Sandbox::new();
            let now = "2026-11-25T22:39:09Z".parse().unwrap();
            let variables = keyless(cloud, "http://127.0.0.1:1");
            let get = |name: &str| variables.iter().find(|(known, _)| *known == name).unwrap().1.clone();
            let url = get("ACTIONS_ID_TOKEN_REQUEST_URL");
            let audience =
                if cloud == Cloud::Alibaba { super::ALIBABA_AUDIENCE } else { super::HUAWEI_AUDIENCE };
            let authorization = format!("bearer {}", get("ACTIONS_ID_TOKEN_REQUEST_TOKEN"));
            let asking = Request {
                method: "GET".into(),
                target: format!("{}&audience={audience}", &url["http://127.0.0.1:1".len()..]),
                headers: vec![("authorization".into(), authorization)],
                body: Vec::new(),
            };
            let answer: Value = serde_json::from_slice(&sandbox.handle(now, &asking).body).unwrap();
            let token = answer["value"].as_str().unwrap();
            let exchange = match cloud {
                Cloud::Alibaba => exchange(
                    "/?Action=AssumeRoleWithOIDC&Format=JSON&Timestamp=2026-11-25T22%3A39%3A09Z&Version=2015-04-01",
                    "application/x-www-form-urlencoded",
                    format!(
                        "OIDCProviderArn={}&OIDCToken={token}&RoleArn={}&RoleSessionName=ci",
                        get("ALIBABA_CLOUD_OIDC_PROVIDER_ARN"),
                        get("ALIBABA_CLOUD_ROLE_ARN"),
                    ),
                ),
                Cloud::Huawei => exchange(
                    "/v5/agencies/assume-with-oidc",
                    "application/json;charset=UTF-8",
                    json!({
                        "provider_urn": get("HUAWEICLOUD_OIDC_PROVIDER_URN"),
                        "agency_urn": get("HUAWEICLOUD_OIDC_AGENCY_URN"),
                        "agency_session_name": "ci",
                        "id_token": token,
                    })
                    .to_string(),
                ),
            };
            let answer = sandbox.handle(now, &exchange);
            assert_eq!(answer.status, 200, "{}", answer.text());
        }
    }

    fn exchange(target: &str, media_type: &str, body: String) -> Request {
        let headers = vec![("content-type".into(), media_type.into())];
        Request { method: "POST".into(), target: target.into(), headers, body: body.into_bytes() }
    }

    #[test]
    fn every_list_has_more_than_one_page() {
        let Sandbox { alibaba, huawei, .. } = Sandbox::new();
        let artifacts = &alibaba.compute_nest.artifacts;
        assert!(artifacts.len() > 20 && artifacts.iter().any(|artifact| artifact.versions.len() > 20));
        let factory = &huawei.factory;
        assert!(
            [factory.items.len(), factory.packages.len(), factory.users.len()]
                .iter()
                .all(|count| *count > 10)
        );
        assert!(huawei.pipeline.versions.len() > 10);
    }
}
