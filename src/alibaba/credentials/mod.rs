//! Where Alibaba Cloud's own SDKs, its CLI and its Terraform provider look for credentials.

mod assume_role;
mod credentials_uri;
mod ecs_metadata;
mod issued;
mod oidc;
mod profile;
mod sts;

use crate::cloud::credentials::check::Vendor;
use crate::cloud::credentials::source::{ExchangeSource, KeyVariables, Source};

/// The three families of names. The vendor's own GitHub action exports all of them, with equal values.
const KEYS: [KeyVariables; 3] = [
    KeyVariables {
        vendor: Vendor::Alibaba,
        id: "ALIBABA_CLOUD_ACCESS_KEY_ID",
        secret: "ALIBABA_CLOUD_ACCESS_KEY_SECRET",
        token: Some("ALIBABA_CLOUD_SECURITY_TOKEN"),
    },
    KeyVariables {
        vendor: Vendor::Alibaba,
        id: "ALICLOUD_ACCESS_KEY",
        secret: "ALICLOUD_SECRET_KEY",
        token: Some("ALICLOUD_SECURITY_TOKEN"),
    },
    KeyVariables {
        vendor: Vendor::Alibaba,
        id: "ALIBABACLOUD_ACCESS_KEY_ID",
        secret: "ALIBABACLOUD_ACCESS_KEY_SECRET",
        token: Some("ALIBABACLOUD_SECURITY_TOKEN"),
    },
];

const ROLE_ARN: &str = "ALIBABA_CLOUD_ROLE_ARN";
const PROVIDER_ARN: &str = "ALIBABA_CLOUD_OIDC_PROVIDER_ARN";
const PROFILE: &str = "ALIBABA_CLOUD_PROFILE";

/// In this order.
pub(super) static SOURCES: &[Source] = &[
    // Keys and a role mean: assume the role. The keys alone are another identity.
    Source::Exchange(ExchangeSource {
        kind: "keys and a role",
        shown: "keys with `ALIBABA_CLOUD_ROLE_ARN` (and `ALIBABA_CLOUD_ROLE_SESSION_NAME`), without a provider",
        look: assume_role::look,
    }),
    Source::Keys(KEYS[0]),
    Source::Keys(KEYS[1]),
    Source::Keys(KEYS[2]),
    Source::Exchange(ExchangeSource {
        kind: "keyless",
        shown: "`ALIBABA_CLOUD_ROLE_ARN` with `ALIBABA_CLOUD_OIDC_PROVIDER_ARN`, and `ALIBABA_CLOUD_OIDC_TOKEN_FILE`, \
                `ALIBABA_CLOUD_OIDC_TOKEN` or the CI's own token",
        look: oidc::look,
    }),
    Source::Exchange(ExchangeSource {
        kind: "profile",
        shown: "`ALIBABA_CLOUD_PROFILE` of `~/.aliyun/config.json`",
        look: profile::look,
    }),
    Source::Exchange(ExchangeSource {
        kind: "machine",
        shown: "`ALIBABA_CLOUD_ECS_METADATA`, the role's name",
        look: ecs_metadata::look,
    }),
    Source::Exchange(ExchangeSource {
        kind: "machine",
        shown: "`ALIBABA_CLOUD_CREDENTIALS_URI`",
        look: credentials_uri::look,
    }),
];
