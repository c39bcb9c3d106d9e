//! The error codes of Huawei Cloud, and what a user can do about each.

use crate::cloud::error_codes::ErrorCodes;

/// Source: <https://support.huaweicloud.com/intl/en-us/devg-apisign/api-sign-errorcode.html>, and the error tables of
/// DataArts Factory and CodeArts Pipeline.
pub static CODES: ErrorCodes = ErrorCodes {
    is_code,
    older: Some(("APIG.", "APIGW.")),
    // The documentation has these with HTTP 200.
    refused: &["DEVCP.00014031", "DEVCP.00012002", "DEVCP.00014004"],
    throttled: &["APIGW.0308", "COCT.0070003", "COCT.0070500", "DEVCP.00020500"],
    under_way: &[],
    // Also the gateway's word for a back end that did not answer in time.
    open: &["APIGW.0201"],
    unauthenticated: &[
        "APIGW.0301",
        "APIGW.0303",
        "APIGW.0305",
        "APIGW.0307",
        "DEVCP.00021018",
        "COCT.0070009",
    ],
    forbidden: &[
        "APIGW.0302",
        "APIGW.0304",
        "APIGW.0306",
        "APIGW.0402",
        "APIGW.0404",
        "DLF.6888",
        "DEVCP.00014031",
    ],
    account: &[],
    hints: &[
        (
            "APIGW.0301",
            "see whether the keys are right and active, the token is not older than 24 hours, and this machine's \
             clock is right; more than five refusals in a row lock the key for five minutes",
        ),
        (
            "APIGW.0101",
            "this endpoint does not have the API: see whether `region` or `endpoint` is that of the service",
        ),
        ("APIGW.0308", "run the job again in a minute; nothing was released"),
        ("DLF.6888", "give the user the role of a developer, deployer or administrator in this workspace"),
        ("DEVCP.00014031", "give the user permission to manage pipeline extensions"),
        ("DLF.0810", "no such task package: see whether `package_ids` and `workspace` are right"),
        ("DLF.20810", "no such task package: see whether `package_ids` and `workspace` are right"),
        (
            "DLF.3051",
            "the server calls a parameter invalid: see whether the pending items exist, are not packed yet and were \
             submitted by `apply_user_id`, and the approvers may approve in this workspace",
        ),
    ],
};

/// A service's letters and digits, a period, 4 to 8 digits: `DLF.3051`.
fn is_code(text: &str) -> bool {
    let Some((service, number)) = text.split_once('.') else { return false };
    let is_service = |character: char| character.is_ascii_uppercase() || character.is_ascii_digit();
    !service.is_empty()
        && service.chars().all(is_service)
        && (4..=8).contains(&number.len())
        && number.chars().all(|character| character.is_ascii_digit())
}
