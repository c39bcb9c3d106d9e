//! Where Huawei Cloud's own SDKs, its documentation's samples and its Terraform provider look for credentials.

use crate::cloud::credentials::Source;

/// In this order.
pub(super) static SOURCES: &[Source] = &[
    Source::Token("HUAWEICLOUD_AUTH_TOKEN"),
    Source::Token("HW_AUTH_TOKEN"),
    Source::Keys {
        id: "HUAWEICLOUD_SDK_AK",
        secret: "HUAWEICLOUD_SDK_SK",
        token: Some("HUAWEICLOUD_SDK_SECURITY_TOKEN"),
    },
    Source::Keys { id: "HW_ACCESS_KEY", secret: "HW_SECRET_KEY", token: Some("HW_SECURITY_TOKEN") },
    Source::Keys { id: "CLOUD_SDK_AK", secret: "CLOUD_SDK_SK", token: None },
    Source::Unsupported {
        variable: "HUAWEICLOUD_OIDC_PROVIDER_URN",
        value: None,
        about: "keyless credentials",
        overridden: true,
    },
    Source::Unsupported {
        variable: "HUAWEICLOUD_SDK_IDP_ID",
        value: None,
        about: "keyless credentials",
        overridden: true,
    },
    Source::Unsupported {
        variable: "HUAWEICLOUD_SDK_CREDENTIALS_FILE",
        value: None,
        about: "a credentials file",
        overridden: true,
    },
    Source::Unsupported {
        variable: "HUAWEICLOUD_ECS_METADATA",
        value: Some("true"),
        about: "the agency of an ECS instance",
        overridden: true,
    },
];
