//! Where Huawei Cloud's own SDKs, its documentation's samples, its Terraform provider and its GitHub action look for
//! credentials.

mod account;
mod federation;
mod iam;
mod metadata;
mod oidc_sts;
mod profile;
mod security_key;

use crate::cloud::credentials::check::Vendor;
use crate::cloud::credentials::source::{ExchangeSource, KeyVariables, Source};

pub(super) use account::{look_up, may_look_up};

/// In this order.
pub(super) static SOURCES: &[Source] = &[
    Source::Token("HUAWEICLOUD_AUTH_TOKEN"),
    Source::Token("HW_AUTH_TOKEN"),
    Source::Keys(KeyVariables {
        vendor: Vendor::Huawei,
        id: "HUAWEICLOUD_SDK_AK",
        secret: "HUAWEICLOUD_SDK_SK",
        token: Some("HUAWEICLOUD_SDK_SECURITY_TOKEN"),
    }),
    Source::Keys(KeyVariables {
        vendor: Vendor::Huawei,
        id: "HW_ACCESS_KEY",
        secret: "HW_SECRET_KEY",
        token: Some("HW_SECURITY_TOKEN"),
    }),
    Source::Keys(KeyVariables {
        vendor: Vendor::Huawei,
        id: "CLOUD_SDK_AK",
        secret: "CLOUD_SDK_SK",
        token: None,
    }),
    Source::Keys(KeyVariables {
        vendor: Vendor::Huawei,
        id: "HUAWEI_CLOUD_ACCESS_KEY_ID",
        secret: "HUAWEI_CLOUD_SECRET_ACCESS_KEY",
        token: None,
    }),
    Source::Exchange(ExchangeSource {
        kind: "keyless",
        shown: "`HUAWEICLOUD_OIDC_PROVIDER_URN` with `HUAWEICLOUD_OIDC_AGENCY_URN`, and `HUAWEICLOUD_OIDC_TOKEN_FILE`, \
                `HUAWEICLOUD_OIDC_ID_TOKEN` or the CI's own token",
        look: oidc_sts::look,
    }),
    Source::Exchange(ExchangeSource {
        kind: "keyless, older IAM",
        shown: "`HUAWEICLOUD_SDK_IDP_ID` with `HUAWEICLOUD_SDK_ID_TOKEN_FILE` or the CI's own token",
        look: federation::look,
    }),
    Source::Exchange(ExchangeSource {
        kind: "profile",
        shown: "`HUAWEICLOUD_SDK_CREDENTIALS_FILE`",
        look: profile::look,
    }),
    Source::Exchange(ExchangeSource {
        kind: "machine",
        shown: "`HUAWEICLOUD_ECS_METADATA=true`",
        look: metadata::look,
    }),
];
