//! Where Alibaba Cloud's own SDKs, its CLI and its Terraform provider look for credentials.

use crate::cloud::credentials::Source;

/// In this order.
pub(super) static SOURCES: &[Source] = &[
    Source::Keys {
        id: "ALIBABA_CLOUD_ACCESS_KEY_ID",
        secret: "ALIBABA_CLOUD_ACCESS_KEY_SECRET",
        token: Some("ALIBABA_CLOUD_SECURITY_TOKEN"),
    },
    Source::Keys {
        id: "ALICLOUD_ACCESS_KEY",
        secret: "ALICLOUD_SECRET_KEY",
        token: Some("ALICLOUD_SECURITY_TOKEN"),
    },
    Source::Keys {
        id: "ALIBABACLOUD_ACCESS_KEY_ID",
        secret: "ALIBABACLOUD_ACCESS_KEY_SECRET",
        token: Some("ALIBABACLOUD_SECURITY_TOKEN"),
    },
    // Keys and a role mean: assume the role. Using the keys as they are would act as somebody else.
    Source::Unsupported {
        variable: "ALIBABA_CLOUD_ROLE_ARN",
        value: None,
        about: "a role to be assumed",
        overridden: false,
    },
    Source::Unsupported {
        variable: "ALIBABA_CLOUD_OIDC_PROVIDER_ARN",
        value: None,
        about: "keyless credentials",
        overridden: true,
    },
    Source::Unsupported {
        variable: "ALIBABA_CLOUD_PROFILE",
        value: None,
        about: "a profile of `~/.aliyun/config.json`",
        overridden: true,
    },
    Source::Unsupported {
        variable: "ALIBABA_CLOUD_ECS_METADATA",
        value: None,
        about: "the role of an ECS instance",
        overridden: true,
    },
    Source::Unsupported {
        variable: "ALIBABA_CLOUD_CREDENTIALS_URI",
        value: None,
        about: "a credentials URI",
        overridden: true,
    },
];
